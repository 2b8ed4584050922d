/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frame.h - exact-size datagrams with descriptors between our programs.
 *
 * AF_UNIX SOCK_SEQPACKET, one datagram = one frame: a 16-byte head, then a flat body. A peer of
 * another build is refused. Native byte order.
 */
#ifndef CLOISTER_FRAME_H
#define CLOISTER_FRAME_H

#include "lib/base/base.h"
#include "lib/base/fault.h"
#include "lib/base/ids.h"

enum {
	FRAME_BODY_MAX = 1024,
	FRAME_FDS_MAX = 4, /* a start answers with a pidfd and three pipe ends */

	FRAME_OP_MASK = 0x3fff,
	FRAME_EVENT = 0x4000, /* unasked news of a server                      */
	FRAME_REPLY = 0x8000, /* op | FRAME_REPLY answers the request of same seq */
};

struct frame_head {
	uint32_t build; /* CLOISTER_BUILD of the sender            */
	uint16_t op, nfds;
	uint32_t size; /* of the body                             */
	uint32_t seq;  /* chosen by the asker, echoed in the reply */
};
_Static_assert(sizeof(struct frame_head) == 16, "frame head");

struct frame {
	struct frame_head head;
	uint8_t body[FRAME_BODY_MAX] __attribute__((aligned(8)));
	int fd[FRAME_FDS_MAX]; /* -1 where none; the receiver owns them */
};

/* What every request gets back, whatever its op. */
struct reply {
	int32_t code; /* 0 done, > 0 a named outcome, < 0 -errno (fault is set) */
	uint32_t pad;
	struct slot slot;  /* the object made, where one was                         */
	uint64_t value[4]; /* op-specific; for digests 32 bytes                      */
	struct fault fault;
	/* not sent: */
	int fd[FRAME_FDS_MAX]; /* the sender closes them after sending                   */
	uint32_t nfds;
	uint32_t later; /* handler: no answer now, op_reply() will be called      */
};
enum { REPLY_WIRE = 4 + 4 + 8 + 32 + 192 };
_Static_assert(offsetof(struct reply, fd) == REPLY_WIRE, "reply on the wire");

/* An empty reply: code 0, no descriptors. */
void reply_init(struct reply *r);

/* Closes the descriptors that a reply still holds. */
void reply_fini(struct reply *r);

/*
 * Receives one datagram into *fr. Every received fd is close-on-exec.
 * Returns 1 a frame, 0 the peer closed, -EAGAIN nothing now, other <0 a fault.
 * A datagram that is short, long, truncated, of another build or with a descriptor count other than
 * head.nfds is -EBADMSG and leaves no fd open.
 */
int frame_recv(int sock, struct frame *fr, struct fault *f) MUST_USE;

/* Closes the descriptors that are still in *fr. */
void frame_close(struct frame *fr);

/* What goes out as one frame. Body and descriptors stay the caller's. */
struct frame_out {
	uint16_t op;
	uint32_t seq;
	const void *body;
	size_t size;
	const int *fd;
	size_t nfds;
};

/* Sends one frame. Returns 0 or -errno; a full socket is -EAGAIN (the peer does not read: end its
 * edge). */
int frame_send(int sock, const struct frame_out *o) MUST_USE;

/* Sends r as the answer to (op, seq) and closes its descriptors. */
int reply_send(int sock, uint16_t op, uint32_t seq, struct reply *r) MUST_USE;

/*
 * Takes a reply out of a received frame. Descriptors move to r. Returns 0, or -EBADMSG when fr is
 * no reply of the exact shape.
 */
int reply_take(struct frame *fr, struct reply *r) MUST_USE;

/*
 * One request and its answer on a socket that carries nothing else meanwhile (blocking socket).
 * Returns the reply's code; a broken peer is a fault. r's descriptors become the caller's.
 */
int frame_call(int sock, const struct frame_out *o, struct reply *r, struct fault *f) MUST_USE;

/* Which end of an edge between workers a socket is. */
enum frame_end {
	FRAME_ANSWERS, /* never waits: a peer that reads no answers stops nobody else */
	FRAME_ASKS,    /* by frame_ask(): waits two seconds, a peer answers in microseconds */
};

/* Makes *fd the new *edge; an old one is closed. What is no SEQPACKET socket is -ENOTSOCK, and
 * nothing changes. */
int frame_edge(int *edge, int *fd, enum frame_end end, const char *site, struct fault *f) MUST_USE;

/*
 * frame_call() on a FRAME_ASKS edge. Where no answer came *edge is closed, for what comes next on
 * it would answer no next question. A peer's refusal, whatever its number, closes nothing.
 */
int frame_ask(int *edge, const struct frame_out *o, struct reply *r, struct fault *f) MUST_USE;

#endif
