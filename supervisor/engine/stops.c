/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stops.c - how a workload is ended: SIGTERM, grace, an end to the whole cgroup.
 * Runs in: cloister-engine.
 */
#include "lib/asks/spawn.h"
#include "lib/base/clock.h"
#include "supervisor/engine/life.h"
#include "supervisor/engine/operation.h"
#include "supervisor/engine/peers.h"
#include "supervisor/engine/waits.h"

#include <errno.h>
#include <signal.h>
#include <systemd/sd-event.h>

uint32_t life_row(const struct live *l)
{
	return (uint32_t)(l - l->e->live);
}

void life_arm(struct engine *e, uint32_t w, uint64_t ns, sd_event_time_handler_t fn)
{
	struct live *l = &e->live[w];

	l->timer = sd_event_source_disable_unref(l->timer);
	/* without memory for a timer the operator's kill or start is what remains */
	DROP(sd_event_add_time(e->loop, &l->timer, CLOCK_BOOTTIME, (clock_boot_ns() + ns) / 1000,
			       10000, fn, l));
}

static void ask_kill(struct engine *e, uint32_t w)
{
	const struct workload_row *row = &e->table->workload[w];
	struct spawn_slot q = { .t = e->table->tenant[row->tenant].ref, .s = row->cgroup };

	PEERS_ASK(e, WORKER_SPAWN, SPAWN_CGROUP_KILL, &q, -1, ((struct answer){ NULL, 0 }));
}

static int on_grace_over(sd_event_source *s, uint64_t usec, void *data)
{
	struct live *l = data;

	(void)s;
	(void)usec;
	l->timer = sd_event_source_disable_unref(l->timer);
	l->e->table->workload[life_row(l)].flags |= WF_KILLED;
	ask_kill(l->e, life_row(l));
	return 0;
}

void life_signal(struct engine *e, uint32_t w, uint32_t signal)
{
	const struct workload_row *row = &e->table->workload[w];
	struct spawn_signal q = { .t = e->table->tenant[row->tenant].ref,
				  .s = row->start,
				  .signal = signal };

	if (row->have & STEP_BIT(STEP_START))
		PEERS_ASK(e, WORKER_SPAWN, SPAWN_SIGNAL, &q, -1, ((struct answer){ NULL, 0 }));
}

void end_ask(struct engine *e, uint32_t w)
{
	struct workload_row *row = &e->table->workload[w];

	row->state = W_STOPPING;
	if (row->flags & WF_KILLED) {
		ask_kill(e, w);
		return;
	}
	/* 0: written by an engine that did not know of it */
	life_signal(e, w, row->stop_signal ? row->stop_signal : SIGTERM);
	life_arm(e, w, row->stop_ns, on_grace_over);
}

/* A service that the operator ends: not to be started by a later engine, whatever comes in between.
 */
static void intend(struct engine *e, uint32_t w, uint32_t flags)
{
	struct workload_row *row = &e->table->workload[w];
	/* a stop does not take the place of a removal: that goes on */
	enum op_kind kind = row->flags & WF_REMOVE ? OP_REMOVE : OP_STOP;
	struct fault ignored;

	if (row->kind != KIND_SERVICE || !(flags & (WF_HELD | WF_REMOVE)) || flags & WF_AGAIN)
		return;
	row->wanted = false;
	if (e->live[w].op.kind != (uint32_t)kind)
		DROP(operation_begin(e, w, kind, &ignored)); /* always */
}

void life_stop(struct engine *e, uint32_t w, uint32_t flags)
{
	struct workload_row *row = &e->table->workload[w];

	row->flags = (row->flags & ~(uint32_t)WF_BEGIN) | flags;
	row->want = WANT_GONE;
	intend(e, w, flags);
	if (row->state == W_BACKOFF) {
		e->live[w].timer = sd_event_source_disable_unref(e->live[w].timer);
		row->state = W_EXITED;
		waits_wake(e, w, false);
	}
	if (row->state == W_STARTING && !(row->have & STEP_BIT(STEP_START))) {
		struct fault f;

		(void)fault_set(&f, -ECANCELED, "engine.stop", "stopped before it had begun");
		life_fail(e, w, &f);
		return;
	}
	life_push(e, w);
}

void life_kill(struct engine *e, uint32_t w, uint32_t flags)
{
	struct workload_row *row = &e->table->workload[w];
	bool asked = e->live[w].pending & row->have & STEP_BIT(STEP_START);

	life_stop(e, w, flags | WF_KILLED);
	if (asked) /* SIGTERM went out before: no need to wait for the grace's end */
		ask_kill(e, w);
}
