/* SPDX-License-Identifier: Apache-2.0 */
/*
 * op.h - the operation table of a server and the gate in front of it (security-model.md I2).
 *
 * All powers of a program are the rows of one const table. The gate checks sender, phase, exact
 * size and descriptor count before the handler runs and writes the acts journal around it.
 */
#ifndef CLOISTER_OP_H
#define CLOISTER_OP_H

#include "lib/wire/acts.h"
#include "lib/wire/frame.h"

enum { FROM_PARENT = 1, FROM_ENGINE = 2, FROM_PEER = 4 };
enum { PHASE_SETUP = 1, PHASE_RUN = 2, PHASE_ANY = 3 };

struct op_row {
	const char *name; /* "cgroup.make": logs, audit and docs use it  */
	uint32_t size;	  /* exact bytes of the request                  */
	uint8_t fds;	  /* exact descriptors it carries                */
	uint8_t from;	  /* FROM_* bits: the sockets it may come by     */
	uint8_t phase;	  /* PHASE_* bits in which it may run            */
	uint8_t once;	  /* at most once in the life of the process     */
	/*
	 * req is row->size bytes, aligned to 8. fd[] holds row->fds descriptors; the handler takes
	 * what it keeps (fd_take), the gate closes the rest. Sets out->fault when it returns <0.
	 */
	int (*run)(void *self, const void *req, int *fd, struct reply *out);
};

#define ROW(name_, type_, fds_, from_, phase_, once_, run_)                                        \
	{                                                                                          \
		name_, sizeof(struct type_), fds_, from_, phase_, once_, run_                      \
	}
#define ROW_EMPTY(name_, fds_, from_, phase_, once_, run_)                                         \
	{                                                                                          \
		name_, 0, fds_, from_, phase_, once_, run_                                         \
	}

struct op_host {
	const struct op_row *rows;
	uint32_t count;
	uint32_t phase; /* one PHASE_* bit */
	uint64_t done;	/* rows with once that ran */
	void *self;
	struct acts *acts; /* NULL: no journal (unit tests) */
	/* Fills *out from a checked request; NULL where no request names a tenant. */
	void (*about)(const struct op_row *row, const void *req, struct act_about *out);
	/* The request being handled, for handlers that answer later. */
	int now_sock;
	uint16_t now_op;
	uint32_t now_seq;
	struct act_about
		now_about; /* a handler adds what only it knows: the record behind it has it */
};

/*
 * Runs one request that came by a socket of kind from (one FROM_* bit, set by the loop from the
 * socket, never by the sender). Returns 0 with *out filled, or -EPROTO: end that sender's edge.
 * Every descriptor of fr that the handler did not take is closed.
 */
int op_run(struct op_host *h, uint8_t from, struct frame *fr, struct reply *out) MUST_USE;

/*
 * The handler of parent.acts in every server, whose self begins with its op_host: the journal goes
 * on in another segment. The record behind it is the first there; its tag begins with the number
 * of records of the one before (uint64_t), so that a reader sees what is missing.
 */
int op_acts(void *self, const void *req, int *fd, struct reply *out);

/* The record behind an act whose handler answers later: from who sends that answer. */
void op_after(struct op_host *h, uint16_t op, int32_t code, const struct act_about *about);

/*
 * Receives one frame from sock, runs it and sends the answer unless the handler keeps it for later.
 * Returns 1 one was served, -EAGAIN nothing there, 0 the peer closed, other <0: close this edge.
 * Out of memory ends the process: an edge whose two ends live is not made again.
 */
int op_serve(struct op_host *h, int sock, uint8_t from, struct fault *f) MUST_USE;

#endif
