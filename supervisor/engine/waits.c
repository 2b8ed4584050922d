/* SPDX-License-Identifier: Apache-2.0 */
/*
 * waits.c - the fixed tables of who waits for what. Runs in: cloister-engine.
 */
#include "supervisor/engine/waits.h"
#include "lib/asks/spawn.h"
#include "lib/base/clock.h"
#include "supervisor/engine/session.h"
#include "supervisor/engine/steps.h"
#include "supervisor/engine/workloads.h"

#include <errno.h>
#include <systemd/sd-event.h>

struct helper_row {
	struct slot s;
	struct helper_end end; /* fn NULL: free */
};

struct wait_row {
	struct engine *e;
	uint32_t w, life;
	enum until until;
	struct workload_wait end; /* fn NULL: free */
	sd_event_source *timer;
};

struct waits {
	struct helper_row helper[HELPERS_MAX];
	struct wait_row wait[WAITS_MAX];
};

static struct waits waits_memory; /* behind engine.waits */

int waits_open(struct engine *e, struct fault *f)
{
	(void)f;
	e->waits = &waits_memory;
	return 0;
}

int waits_helper(struct engine *e, struct slot s, struct helper_end end, struct fault *f)
{
	for (uint32_t i = 0; i < HELPERS_MAX; i++) {
		struct helper_row *h = &e->waits->helper[i];

		if (h->end.fn)
			continue;
		*h = (struct helper_row){ s, end };
		return 0;
	}
	return fault_set(f, -EAGAIN, "engine.helpers", "%d helpers at work; try again in a moment",
			 HELPERS_MAX);
}

int waits_helper_end(struct engine *e, const struct spawn_exit *x)
{
	for (uint32_t i = 0; i < HELPERS_MAX; i++) {
		struct helper_row *h = &e->waits->helper[i];
		struct helper_end end = h->end;

		if (!end.fn || h->s.n != x->s.n || h->s.gen != x->s.gen)
			continue;
		h->end.fn = NULL;
		end.fn(e, end.arg, x);
		return 1;
	}
	return 0;
}

void waits_helpers_lost(struct engine *e)
{
	for (uint32_t i = 0; i < HELPERS_MAX; i++) {
		struct helper_end end = e->waits->helper[i].end;

		e->waits->helper[i].end.fn = NULL;
		if (end.fn)
			end.fn(e, end.arg, NULL);
	}
}

static bool reached(const struct workload_row *w, enum until until)
{
	uint32_t own = STEP_BIT(STEP_CGROUP) | STEP_BIT(STEP_NET) | STEP_BIT(STEP_LOG) |
		       STEP_BIT(STEP_START);
	bool ended = w->state == W_EXITED || w->state == W_FAILED || w->state == W_BACKOFF;

	switch (until) {
	case UNTIL_NONE:
		return true;
	case UNTIL_RUNNING:
		return w->state == W_RUNNING || ended;
	case UNTIL_READY:
		return (w->state == W_RUNNING && w->ready) || ended;
	case UNTIL_ENDED:
		return ended;
	case UNTIL_GONE:
		return ended && (w->have & own) == 0;
	}
	return true;
}

static void tell(struct wait_row *r, bool gone, bool late)
{
	struct workload_wait end = r->end;

	r->end.fn = NULL;
	r->timer = sd_event_source_disable_unref(r->timer);
	end.fn(r->e, end.arg, gone ? ROW_NONE : r->w, late);
}

static int on_late(sd_event_source *s, uint64_t usec, void *data)
{
	struct wait_row *r = data;

	(void)s;
	(void)usec;
	tell(r, false, true);
	return 0;
}

int waits_workload(struct engine *e, uint32_t w, enum until until, uint64_t timeout_ns,
		   struct workload_wait end, struct fault *f)
{
	struct wait_row *r = e->waits->wait;
	uint64_t usec = clock_boot_ns() / 1000 + timeout_ns / 1000;

	if (reached(&e->table->workload[w], until)) {
		end.fn(e, end.arg, w, false);
		return 0;
	}
	while (r < e->waits->wait + WAITS_MAX && r->end.fn)
		r++;
	if (r == e->waits->wait + WAITS_MAX)
		return fault_set(f, -EAGAIN, "engine.waits", "%d clients wait already", WAITS_MAX);
	*r = (struct wait_row){
		.e = e, .w = w, .life = e->table->workload[w].life, .until = until, .end = end
	};
	if (timeout_ns &&
	    sd_event_add_time(e->loop, &r->timer, CLOCK_BOOTTIME, usec, 10000, on_late, r) < 0) {
		r->end.fn = NULL;
		return fault_set(f, -ENOMEM, "engine.waits", "arming a timer");
	}
	return 0;
}

/* A client's arg is no one else's: it has the life of its session in its upper half, and apply and
 * others count in the lower one. */
static void on_client_gone(struct engine *e, uint64_t arg)
{
	for (uint32_t i = 0; i < WAITS_MAX; i++) {
		struct wait_row *r = &e->waits->wait[i];

		if (!r->end.fn || r->end.arg != arg)
			continue;
		r->end.fn = NULL;
		r->timer = sd_event_source_disable_unref(r->timer);
	}
}

static const struct call_hooks client_hooks = { NULL, on_client_gone };

void waits_client(struct engine *e, struct to to, uint32_t w, const struct client_wait *c)
{
	struct workload_wait end = { c->fn, to_arg(to) };
	struct fault f;

	session_follow(e, to, &client_hooks, to_arg(to));
	if (waits_workload(e, w, c->until, c->timeout_ns, end, &f) < 0)
		session_fault(e, to, &f);
}

void waits_wake(struct engine *e, uint32_t w, bool gone)
{
	for (uint32_t i = 0; i < WAITS_MAX; i++) {
		struct wait_row *r = &e->waits->wait[i];

		if (r->end.fn && r->w == w && r->life == e->table->workload[w].life &&
		    (gone || reached(&e->table->workload[w], r->until)))
			tell(r, gone, false);
	}
}
