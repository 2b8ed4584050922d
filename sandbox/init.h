/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init.h - what cloister-init finds at its start; shared with enter.c, which lays it out.
 */
#ifndef CLOISTER_INIT_H
#define CLOISTER_INIT_H

#include "lib/base/base.h"

/* Descriptors above stdio, in this order and no others. */
enum init_fd {
	INIT_FD_PLAN = 3, /* sealed plan                                        */
	INIT_FD_ARGS,	  /* sealed struct run_args; parked: struct parked; else closed   */
	INIT_FD_ERROR,	  /* write end: one struct start_error, or EOF = started */
	INIT_FD_EXIT,	  /* 128 bytes for struct exit_record; closed: an exec   */
	INIT_FD_NOTIFY,	  /* datagram socket bound to /run/notify, or closed */
	INIT_FD_GO,	  /* a parked start: its end is the end of the wait; else closed   */
	INIT_FD__END
};

/*
 * What a parked start waits at: a memfd of this size. The spawner writes the struct run_args, then
 * go, then wakes. A futex, for that call no filter can take away.
 */
enum { PARKED_ARGS = 4096 };
struct parked {
	uint32_t go;
	uint8_t rest[PARKED_ARGS - 4];
	/* from PARKED_ARGS on: struct run_args, at most RUN_ARGS_MAX bytes */
};

/* The one record on the error pipe of a start (launch L5). */
struct start_error {
	uint32_t stage; /* enum start_stage */
	int32_t err;	/* positive errno   */
};
_Static_assert(sizeof(struct start_error) == 8, "one atomic write");

/* Who failed: rows of stages[] in enter.c first, then the steps of init. The message names them. */
enum start_stage {
	STAGE_NONE = 0,
	STAGE_LABEL,
	STAGE_RESET,
	STAGE_CGROUP,
	STAGE_NET,
	STAGE_MOUNTS,
	STAGE_JOIN,
	STAGE_USER,
	STAGE_IDS,
	STAGE_PTY,
	STAGE_LANDLOCK,
	STAGE_CAPS,
	STAGE_LIMITS,
	STAGE_FDS,
	STAGE_INIT,
	STAGE_INIT_IDS,
	STAGE_INIT_PLAN,
	STAGE_INIT_ARGS,
	STAGE_INIT_FORK,
	STAGE_FILTER,
	STAGE_PROGRAM, /* the program itself: missing, not executable, wrong format */
	STAGE__COUNT
};

/*
 * What the plan of a test build leaves out, so that tests show which other layer holds. In a
 * release build PLAN_LACKS() is false when it is compiled, and plan_check() refuses the flags.
 */
enum plan_ablate {
	ABLATE_FD = 1 << 4,	   /* spawn leaves descriptors open, across the exec */
	ABLATE_CLOSE = 1 << 5,	   /* init does not close what it was not given      */
	ABLATE_NET = 1 << 6,	   /* the host's network namespace                   */
	ABLATE_NS = 1 << 7,	   /* the host's pid, ipc and cgroup namespaces      */
	ABLATE_MOUNTS = 1 << 8,	   /* no mount is ro, nosuid, nodev or noexec        */
	ABLATE_USER = 1 << 9,	   /* the host's user namespace                      */
	ABLATE_LANDLOCK = 1 << 10, /* no Landlock domain                             */
	ABLATE_CAPS = 1 << 11,	   /* all capabilities of its user namespace         */
	ABLATE_LIMITS = 1 << 12,   /* no rlimit, no MDWE                             */
	ABLATE_NNP = 1 << 13,	   /* no no_new_privs                                */
	ABLATE_SECCOMP = 1 << 14,  /* no filter                                      */
	ABLATE_CGROUP = 1 << 15,   /* none of its version 1 cgroups                  */
};

/* plan: NULL for a constant plan. */
#define PLAN_LACKS(plan, ablate)                                                                   \
	(test_ablate() && (plan) && ((const struct plan_hdr *)(plan))->flags & (ablate))

#endif
