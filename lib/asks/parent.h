/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parent.h - what cloisterd tells every worker, by the edge on descriptor 3.
 *
 * The first three rows of each server's operation table. EOF on this edge ends the worker (I23).
 */
#ifndef CLOISTER_ASK_PARENT_H
#define CLOISTER_ASK_PARENT_H

#include "lib/base/ids.h"

enum worker {
	WORKER_NONE = 0,
	WORKER_ENGINE,
	WORKER_SPAWN,
	WORKER_NETD,
	WORKER_VOLUMED,
	WORKER__COUNT
};

enum parent_op {
	PARENT_NONE = 0,
	PARENT_EDGE, /* struct parent_edge, 1 fd: a socket to that worker; replaces an older one */
	PARENT_POLICY, /* nothing, 1 fd: the sealed policy block */
	PARENT_RUN,  /* nothing: set-up is over, once                                            */
	PARENT_ACTS, /* nothing, 1 fd: the next segment of the acts journal, empty, O_APPEND. Not to
			the engine */
	PARENT__COUNT,
};

struct parent_edge {
	uint32_t worker; /* enum worker: who is at the other end                 */
	/* for people alone; 0: not told */
	uint32_t pid;	      /* of that worker                                   */
	uint32_t starts;      /* how often it was started                         */
	uint32_t starts_here; /* and who hears this                               */
};

/* Descriptors that a worker finds at its start. The rest are the program's own, from WORKER_FD on.
 */
enum { WORKER_FD_PARENT = 3, WORKER_FD_ACTS = 4, WORKER_FD_REGISTRY = 5, WORKER_FD = 6 };

#endif
