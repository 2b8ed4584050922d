/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring.c - the last events, numbered. Runs in: cloister-engine. Pure.
 */
#include "supervisor/engine/events.h"

void ring_put(struct ring *r, const struct event *e)
{
	struct event *at = &r->at[r->last % EVENTS_MAX];

	*at = *e;
	at->seq = ++r->last;
}

int ring_next(const struct ring *r, uint64_t *seen, uint64_t *missed, struct event *ret)
{
	uint64_t before = r->last > EVENTS_MAX ? r->last - EVENTS_MAX : 0; /* the newest lost one */

	if (*seen > r->last) /* a number of an earlier engine's: what is here is all new */
		*seen = 0;
	if (*seen < before) {
		*missed += before - *seen;
		*seen = before;
	}
	if (*seen == r->last)
		return 0;
	*ret = r->at[*seen % EVENTS_MAX];
	++*seen;
	return 1;
}

const char *event_name(uint32_t kind)
{
	static const char *const name[EVENT__COUNT] = {
		[EVENT_START] = "start",       [EVENT_READY] = "ready",
		[EVENT_LATE] = "late",	       [EVENT_EXIT] = "exit",
		[EVENT_FAILED] = "failed",     [EVENT_BACKOFF] = "backoff",
		[EVENT_RESTART] = "restart",   [EVENT_OOM] = "oom",
		[EVENT_PRESSURE] = "pressure", [EVENT_LIMITS] = "limits",
		[EVENT_WORKER] = "worker",
	};

	return kind < EVENT__COUNT && name[kind] ? name[kind] : "?";
}
