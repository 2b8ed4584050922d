/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ready.h - from started to ready: the decision. Pure.
 *
 * `notify` and `listen` are claims of the workload's init, which spawn keeps; the engine asks for
 * them, ever more seldom, until `limit startup` is over. Nothing is pushed: a tenant cannot make
 * events by being ready often (security-model 10).
 */
#ifndef CLOISTER_READY_H
#define CLOISTER_READY_H

#include "lib/base/base.h"

#include <stdbool.h>

enum ready_verdict {
	READY_WAIT = 0, /* ask again in ready_pause_ns() */
	READY_YES,
	READY_LATE,  /* stop it: time-out */
	READY_CANNOT /* stop it: this kernel cannot tell */
};

/* How it stands: mode an enum plan_ready, claim an enum exit_ready, ages since its start. */
struct ready_view {
	uint32_t mode, claim;
	uint64_t age_ns, startup_ns;
};

enum ready_verdict ready_decide(const struct ready_view *v);
uint64_t ready_pause_ns(const struct ready_view *v);

/* Does a service of this mode count as running only once it is ready? One that is ready by time
 * alone does at once: nobody knows more of it than that it runs. */
bool ready_is_awaited(uint32_t mode);

#endif
