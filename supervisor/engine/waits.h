/* SPDX-License-Identifier: Apache-2.0 */
/*
 * waits.h - who waits for what: the end of a helper or an exec, the state of a workload.
 */
#ifndef CLOISTER_WAITS_H
#define CLOISTER_WAITS_H

#include "supervisor/engine/engine.h"

struct spawn_exit;
struct to;

enum { WAITS_MAX = 256, HELPERS_MAX = 256 };

/* The end of the helper behind slot s: x is NULL when spawn went away before it ended. */
struct helper_end {
	void (*fn)(struct engine *e, uint64_t arg, const struct spawn_exit *x);
	uint64_t arg;
};

int waits_open(struct engine *e, struct fault *f) MUST_USE;

/* -EAGAIN: too many helpers at once. */
int waits_helper(struct engine *e, struct slot s, struct helper_end end, struct fault *f) MUST_USE;

/* An exit came: 1 it was a helper's and its waiter was told, 0 it was not. */
int waits_helper_end(struct engine *e, const struct spawn_exit *x);
void waits_helpers_lost(struct engine *e);

enum until {
	UNTIL_NONE = 0,
	UNTIL_RUNNING, /* or it ended, or could not be started */
	UNTIL_READY,   /* or the same */
	UNTIL_ENDED,   /* exited, failed or waiting for its next start */
	UNTIL_GONE,    /* nothing of it is left but its row, or not even that */
};

/* w as it is now; ROW_NONE: its row is gone. late: the time was over first. */
struct workload_wait {
	void (*fn)(struct engine *e, uint64_t arg, uint32_t w, bool late);
	uint64_t arg;
};

/* Tells `end` once workload w is as `until` says; at once, when it is. timeout_ns 0: no bound. */
int waits_workload(struct engine *e, uint32_t w, enum until until, uint64_t timeout_ns,
		   struct workload_wait end, struct fault *f) MUST_USE;

/* The same for a client that waits: fn's arg is to_arg(to), and a client that goes away waits no
 * more. A wait that cannot be had is said to it. */
struct client_wait {
	enum until until;
	uint64_t timeout_ns;
	void (*fn)(struct engine *e, uint64_t arg, uint32_t w, bool late);
};
void waits_client(struct engine *e, struct to to, uint32_t w, const struct client_wait *c);

/* The state of w changed; called by life.c. gone: its row is about to be freed. */
void waits_wake(struct engine *e, uint32_t w, bool gone);

#endif
