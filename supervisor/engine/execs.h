/* SPDX-License-Identifier: Apache-2.0 */
/*
 * execs.h - one more command in a workload that runs, from the wish to its end.
 *
 * It has no workload row: spawn takes everything from the one that runs, and wants its plan named,
 * which must be the very one that it was started under.
 */
#ifndef CLOISTER_EXECS_H
#define CLOISTER_EXECS_H

#include "lib/asks/spawn.h"
#include "supervisor/engine/engine.h"

enum { EXECS_AT_ONCE = 128 };

/* Who follows it: started or refused, then ended. */
struct exec_hooks {
	/* the far ends of its stdio: fn takes those it keeps (fd_take) */
	void (*started)(struct engine *e, uint64_t arg, uint32_t pid, int *fds, size_t n);
	/* err: -errno of execve, or 0 and f says why */
	void (*refused)(struct engine *e, uint64_t arg, int err, const struct fault *f);
	/* x NULL: spawn ended, and the command with it */
	void (*ended)(struct engine *e, uint64_t arg, const struct spawn_exit *x);
};

struct exec_want {
	uint32_t w;	/* a workload row */
	uint32_t flags; /* enum start_flag */
	struct spawn_tty size;
	int args; /* sealed run_args: moves in */
	const struct exec_hooks *hooks;
	uint64_t arg;
};

/* May the workload be entered now? Also whether a terminal can be had, where one is wanted. */
int exec_check(struct engine *e, uint32_t w, bool tty, struct fault *f) MUST_USE;

/* *ret names it, also where it is over already: hooks may be called before this returns. -EAGAIN:
 * as many as there may be. */
int exec_begin(struct engine *e, const struct exec_want *want, uint64_t *ret,
	       struct fault *f) MUST_USE;

void exec_signal(struct engine *e, uint64_t name, uint32_t signal);

/* Nobody follows it any more: no hook is called, the command is killed. */
void exec_abandon(struct engine *e, uint64_t name);

#endif
