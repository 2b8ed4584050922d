/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker.h - the long-lived programs: one row each, and what is known about the one that runs.
 */
#ifndef CLOISTER_DAEMON_WORKER_H
#define CLOISTER_DAEMON_WORKER_H

#include "supervisor/daemon/places.h"

#include "lib/asks/spawn_start.h"
#include "lib/harden/harden.h"

#include <sys/types.h>

enum { WORKER_PLACES = 8 };

struct worker_row {
	const char *file; /* beside cloisterd */
	enum program program;
	uint32_t edges;		   /* bits 1 << WORKER_*, both sides have each other's */
	enum place acts, registry; /* descriptors 4 and 5              */
	uint32_t nplaces;	   /* descriptors from 6 on            */
	enum place place[WORKER_PLACES];
	bool cgroups; /* behind them, the directories of struct spawn_cgroups */
};

extern const struct worker_row worker_table[WORKER__COUNT];

struct worker_state {
	int program; /* O_PATH, opened once: every life runs the same build                 */
	int pidfd, edge;
	pid_t pid; /* 0: does not run                                             */
	uint32_t starts;
	bool ready;	      /* answered PARENT_RUN                                         */
	uint64_t began, next; /* boot time; next: when to start again, or, running, to kill  */
	uint64_t backoff;
};

struct workers {
	struct worker_state w[WORKER__COUNT];
	const struct places *places;
	const int *cgroup; /* directories for spawn, in the order of the table     */
	uint32_t ncgroup;
	int generation; /* cgroup that workers are born in                       */
	uint32_t own_base;
	struct fault made; /* err 0: a block */
};

/* Opens the programs. Returns 0 or a fault that names the missing one. */
int workers_open(struct workers *ws, struct fault *f) MUST_USE;

/* Starts the process of one worker, without a word to it yet. */
int worker_start(struct workers *ws, enum worker id, struct fault *f) MUST_USE;

/* Fresh sockets between this worker and each of its peers that runs; with `later`, only those with
 * a higher number (so that each pair is joined once when all are new). */
int worker_connect(struct workers *ws, enum worker id, bool later, struct fault *f) MUST_USE;

/* The policy block, then (run) the word to begin. */
int worker_feed(struct workers *ws, enum worker id, bool run, struct fault *f) MUST_USE;

/* Looks at the journals, every ACTS_LOOK_MS: a full one's server gets the next segment. */
enum { ACTS_LOOK_MS = 5000 };
int worker_acts(struct workers *ws, enum worker id, struct places *p, struct fault *f) MUST_USE;

/* spawn: the operator's files and the memory for the block made of them. */
int worker_policy_make(struct workers *ws, const int fd[2], struct fault *f) MUST_USE;

/* Reads what came by the edge: one of these, 0 for all else, or <0: it must go. */
enum {
	HEARD_CLOSED = 1, /* it is going                              */
	HEARD_REFUSED,	  /* likewise, and f says why it refused      */
	HEARD_MADE,	  /* policy.make is through: ws->made is its answer */
};
int worker_hear(struct workers *ws, enum worker id, struct fault *f) MUST_USE;

/* Ends it at once; its end is seen like any other. */
void worker_kill(struct workers *ws, enum worker id);

/* Its process was waited for: forgets it and sets when to start it again (100 ms, doubling to 10 s;
 * a life of more than 10 s starts over). */
void worker_ended(struct workers *ws, enum worker id);

/* The worker with this pid, WORKER_NONE if none. */
enum worker worker_by_pid(const struct workers *ws, pid_t pid);

#endif
