/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init.h - what cloister-init finds at its start; shared with enter.c, which lays it out.
 */
#ifndef CLOISTER_INIT_H
#define CLOISTER_INIT_H

#include <stdint.h>

/* Descriptors above stdio, in this order and no others. */
enum init_fd {
	INIT_FD_PLAN = 3, /* sealed plan                                        */
	INIT_FD_ARGS,	  /* sealed struct run_args; parked: struct parked; else closed   */
	INIT_FD_ERROR,	  /* write end: one struct start_error, or EOF = started */
	INIT_FD_EXIT,	  /* 128 bytes for struct exit_record                   */
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
	STAGE_USER,
	STAGE_IDS,
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

#endif
