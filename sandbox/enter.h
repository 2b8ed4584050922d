/* SPDX-License-Identifier: Apache-2.0 */
/*
 * enter.h - what a start hands to the child of clone3, and who the child becomes.
 */
#ifndef CLOISTER_ENTER_H
#define CLOISTER_ENTER_H

#include "sandbox/init.h"
#include "sandbox/spawn.h"

/* A constant plan (fixed.c): compile, image building, log relays; of no profile. */
struct enter;

struct fixed_limit {
	uint32_t resource;
	uint64_t value;
};

struct fixed {
	const char *name;
	const char *const *argv, *const *envp;
	struct fixed_limit limit[6];
	size_t nlimit;
	uint64_t build_size; /* a tmpfs /build of so many bytes and the host's /usr; 0: an empty
				root */
};

/* Stage "mounts" of a constant plan. Returns 0 or -1 and errno. */
int fixed_mounts(struct enter *e);

/* Read-only for the child: it runs on a copy of the spawner's memory. Descriptors are the
 * spawner's. */
struct enter {
	const struct app *a;
	const void *plan; /* NULL for a constant plan (fixed.c) */
	const struct fixed *fixed;
	struct tenant_ref t;
	int stdio[3];				/* become 0, 1, 2; -1: /dev/null */
	int extra[INIT_FD__END - INIT_FD_PLAN]; /* become 3 ... in this order; -1: closed */
	int error;				/* write end of the error pipe */
	const struct cgroup_row *cgroup;	/* v1 directories to join; NULL: none */
	int netns, userns, program;
	uid_t uid; /* host id of a constant plan */
};

/* Never returns: runs stages[] and ends in the exec, or reports where it stopped. */
_Noreturn void enter_run(struct enter *e);

/* The name of a stage or of a step of init, for messages. */
const char *stage_name(uint32_t stage);

#endif
