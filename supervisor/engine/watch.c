/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch.c - readiness and lifetime of what runs. Runs in: cloister-engine.
 */
#include "lib/asks/spawn.h"
#include "lib/base/clock.h"
#include "supervisor/engine/events.h"
#include "supervisor/engine/life.h"
#include "supervisor/engine/peers.h"
#include "supervisor/engine/plans.h"
#include "supervisor/engine/ready.h"

#include <errno.h>
#include <systemd/sd-event.h>

#define MS UINT64_C(1000000) /* in ns */
enum { SLACK_US = 2000 };

bool watch_is_awaited(struct engine *e, uint32_t w)
{
	const struct workload_row *row = &e->table->workload[w];
	const struct plan_item *p = plans_find(e, row->plan);

	return p && row->kind == KIND_SERVICE && !row->ready && ready_is_awaited(p->ready);
}

static void give_up(struct engine *e, uint32_t w, enum ready_verdict v, uint64_t startup_ns)
{
	struct workload_row *row = &e->table->workload[w];

	if (v == READY_CANNOT)
		(void)fault_set(&row->fault, -EOPNOTSUPP, "workload.ready",
				"this kernel does not tell who listens (no inet_diag); use `set "
				"ready notify` or `time`");
	else
		(void)fault_set(&row->fault, -ETIMEDOUT, "workload.ready",
				"not ready within its `limit startup` of %llu ms; see its log",
				(unsigned long long)(startup_ns / MS));
	event_workload(e, w, EVENT_LATE, "%s", row->fault.msg);
	life_stop(e, w, WF_TIMEOUT);
}

static struct ready_view view(const struct workload_row *row, const struct plan_item *p,
			      uint32_t claim)
{
	return (struct ready_view){ .mode = p->ready,
				    .claim = claim,
				    .age_ns = clock_boot_ns() - row->started_boot,
				    .startup_ns = p->startup_ns };
}

static void look_in(struct engine *e, uint32_t w, uint64_t ns);

static void judge(struct engine *e, uint32_t w, uint32_t claim)
{
	const struct workload_row *row = &e->table->workload[w];
	const struct plan_item *p = plans_find(e, row->plan);
	struct ready_view v;
	enum ready_verdict is;

	if (!p || row->ready || row->want != WANT_RUN || !e->live[w].watch)
		return;
	v = view(row, p, claim);
	is = ready_decide(&v);
	if (is == READY_YES)
		life_is_ready(e, w);
	else if (is != READY_WAIT)
		give_up(e, w, is, v.startup_ns);
	else
		look_in(e, w, ready_pause_ns(&v));
}

static void on_claim(struct engine *e, uint64_t arg, struct reply *r)
{
	uint32_t w = (uint32_t)arg;

	if (workload_used(e, w) && e->table->workload[w].life == arg >> 32 &&
	    e->table->workload[w].have & STEP_BIT(STEP_START))
		judge(e, w, r->code < 0 ? (uint32_t)READY_NOT : (uint32_t)r->value[0]);
}

static int on_look(sd_event_source *s, uint64_t usec, void *data)
{
	struct live *l = data;
	struct engine *e = l->e;
	uint32_t w = life_row(l);
	const struct workload_row *row = &e->table->workload[w];
	const struct plan_item *p = plans_find(e, row->plan);
	struct spawn_slot q = { .t = e->table->tenant[row->tenant].ref, .s = row->start };

	(void)s;
	(void)usec;
	if (p && !ready_is_awaited(p->ready))
		judge(e, w, READY_NOT);
	else
		PEERS_ASK(e, WORKER_SPAWN, SPAWN_READY, &q, -1,
			  ((struct answer){ on_claim, (uint64_t)row->life << 32 | w }));
	return 0;
}

static int on_lifetime(sd_event_source *s, uint64_t usec, void *data)
{
	struct live *l = data;

	(void)s;
	(void)usec;
	if (l->e->table->workload[life_row(l)].want != WANT_RUN)
		return 0;
	event_workload(l->e, life_row(l), EVENT_LATE, "its `limit lifetime` is over");
	life_stop(l->e, life_row(l), WF_LIFETIME);
	return 0;
}

static void timer(struct engine *e, uint32_t w, sd_event_source **s, uint64_t at_ns,
		  sd_event_time_handler_t fn)
{
	*s = sd_event_source_disable_unref(*s);
	/* a source without memory is one that never comes: it would run unwatched, so it ends */
	if (sd_event_add_time(e->loop, s, CLOCK_BOOTTIME, at_ns / 1000, SLACK_US, fn, &e->live[w]) <
	    0)
		life_stop(e, w, WF_LIFETIME);
}

static void look_in(struct engine *e, uint32_t w, uint64_t ns)
{
	timer(e, w, &e->live[w].watch, clock_boot_ns() + ns, on_look);
}

void watch_begin(struct engine *e, uint32_t w)
{
	const struct workload_row *row = &e->table->workload[w];
	const struct plan_item *p = plans_find(e, row->plan);
	struct ready_view v;

	if (!p || row->want != WANT_RUN)
		return;
	v = view(row, p, READY_NOT);
	if (p->lifetime_ns)
		timer(e, w, &e->live[w].lifetime, row->started_boot + p->lifetime_ns, on_lifetime);
	if (row->kind == KIND_SERVICE && !row->ready)
		look_in(e, w, ready_pause_ns(&v));
}

void watch_end(struct engine *e, uint32_t w)
{
	struct live *l = &e->live[w];

	l->watch = sd_event_source_disable_unref(l->watch);
	l->lifetime = sd_event_source_disable_unref(l->lifetime);
}

void watch_started(struct engine *e, uint32_t w)
{
	struct workload_row *row = &e->table->workload[w];

	row->ready = 0;
	row->started = clock_real_ns();
	row->started_boot = clock_boot_ns();
	event_workload(e, w, EVENT_START, "pid %u", row->pid);
	watch_begin(e, w);
}
