/* SPDX-License-Identifier: Apache-2.0 */
/*
 * enter.h - what a start hands to the child of clone3, and who the child becomes.
 */
#ifndef CLOISTER_ENTER_H
#define CLOISTER_ENTER_H

#include "sandbox/init.h"
#include "sandbox/spawn.h"

enum { FIXED_LIMITS = 6 };

/* A constant plan (fixed.c): compile, image building, log relays; of no profile. */
struct fixed {
	const char *const *argv, *const *envp;
	uint64_t seconds;    /* it may live so long; 0: as long as it likes      */
	uint64_t build_size; /* a tmpfs /build of so many bytes and the host's   */
			     /* /usr; 0: an empty root                           */
	size_t nlimit;
	struct {
		uint32_t resource;
		uint64_t value;
	} limit[FIXED_LIMITS];
};

/* The child runs on a copy of the spawner's memory; descriptors are the spawner's. */
struct enter {
	const struct app *a;
	const void *plan; /* NULL for a constant plan */
	const struct fixed *fixed;
	struct tenant_ref t;
	uid_t uid;				/* host id of a constant plan                    */
	int stdio[3];				/* become 0, 1, 2; -1: /dev/null                 */
	int extra[INIT_FD__END - INIT_FD_PLAN]; /* become 3 ... in this order; -1: closed        */
	int error;				/* write end of the error pipe                   */
	int ns;	    /* mount namespace to be cloned in; -1: the spawner's own      */
	int cgroup; /* v2: what it is born in */
	const struct cgroup_row *joins; /* v1: what it joins; NULL: nothing */
	int netns, userns, program;
	const struct start *of; /* an exec: the running start that it enters; NULL: a start */
	bool tty;		/* stdio is a terminal, made by the child */
	struct spawn_tty size;
};

/* Stage "mounts" of a constant plan. Returns 0 or -1 and errno. */
int fixed_mounts(struct enter *e);

/* Never returns: runs stages[] and ends in the exec, or reports where it stopped. */
_Noreturn void enter_run(struct enter *e);

/* The name of a stage or of a step of init, for messages. */
const char *stage_name(uint32_t stage);

#endif
