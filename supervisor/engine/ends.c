/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ends.c - what the end of a workload means.
 * Runs in: cloister-engine.
 */
#include "supervisor/engine/life.h"
#include "lib/asks/spawn.h"
#include "lib/base/fd.h"
#include "supervisor/engine/events.h"
#include "supervisor/engine/operation.h"
#include "supervisor/engine/plans.h"
#include "supervisor/engine/reasons.h"
#include "supervisor/engine/waits.h"

#include <systemd/sd-event.h>

void end_exit(struct engine *e, uint32_t w, const struct spawn_exit *x)
{
	struct workload_row *row = &e->table->workload[w];
	struct live *l = &e->live[w];
	bool asked = row->want == WANT_GONE, timed = row->flags & (WF_TIMEOUT | WF_LIFETIME);

	watch_end(e, w);
	l->timer = sd_event_source_disable_unref(l->timer);
	l->pending &= ~STEP_BIT(STEP_START);
	/* spawn lets go of a network namespace with its last user */
	row->have &= ~(STEP_BIT(STEP_START) | STEP_BIT(STEP_NET));
	row->start = row->net = NO_SLOT;
	row->pid = 0;
	row->ready = 0;
	row->exit = reason_of(x, row->flags, asked);
	row->state = (asked && !timed) || reason_is_well(&row->exit) ? W_EXITED : W_FAILED;
	if (row->flags &
	    WF_BEGIN) /* who waits for the start that follows is not told of this end */
		row->state = W_STARTING;
	event_exit(e, w);
	row->want = WANT_GONE;
	row->here = false;
	operation_note(e, w);
	end_tell(e, w);
}

void end_tell(struct engine *e, uint32_t w)
{
	struct workload_row *row = &e->table->workload[w];
	struct live *l = &e->live[w];
	const struct life_hooks *hooks = l->hooks;

	l->hooks = NULL;
	fd_close(&l->args);
	if (hooks && hooks->ended)
		hooks->ended(e, l->arg, w);
	waits_wake(e, w, false);
	if (row->kind == KIND_RUN)
		ahead_make(e, w);
	life_push(e, w);
}

/* It will not be again: said before whoever waits for it is told. */
static void ended(struct engine *e, uint32_t w)
{
	struct workload_row *row = &e->table->workload[w];

	if (row->kind == KIND_RUN) {
		operation_end(e, w, OP_RUN, row->exit.reason == EXIT_START ? OPP_FAILED : OPP_DONE,
			      row->fault.err ? row->fault.msg : reason_name(row->exit.reason));
		return;
	}
	operation_end(e, w, OP_REMOVE, OPP_DONE, "");
}

/* Nothing is left of its life before. Who waits for just that may begin or end it from there. */
static void begin_anew(struct engine *e, uint32_t w)
{
	const struct workload_row *row = &e->table->workload[w];
	uint32_t life = row->life;

	waits_wake(e, w, false);
	if (workload_used(e, w) && row->life == life && row->flags & WF_BEGIN)
		life_start(e, w);
}

void end_gone(struct engine *e, uint32_t w)
{
	struct workload_row *row = &e->table->workload[w];

	if (row->state == W_BACKOFF && e->live[w].timer)
		return;
	if (row->flags & WF_BEGIN) {
		begin_anew(e, w);
		return;
	}
	if (row->kind == KIND_RUN || row->flags & WF_REMOVE) {
		ended(e, w);
		e->live[w].timer = sd_event_source_disable_unref(e->live[w].timer);
		workload_free(e, w); /* who is told may go on to remove its tenant */
		waits_wake(e, w, true);
	} else {
		if (again_is_due(e, row))
			again_later(e, w);
		else if (!e->ending && !(row->flags & WF_AGAIN))
			row->wanted = false;
		operation_end(e, w, OP_STOP, OPP_DONE, "");
		operation_note(e, w);
		waits_wake(e, w, false);
	}
	if (e->ending)
		end_idle(e);
}

void end_by_slot(struct engine *e, const struct spawn_exit *x)
{
	for (uint32_t w = 0; w < WORKLOAD_ROWS; w++) {
		const struct workload_row *row = &e->table->workload[w];

		if (row->name[0] && row->have & STEP_BIT(STEP_START) && row->start.n == x->s.n &&
		    row->start.gen == x->s.gen) {
			end_exit(e, w, x);
			return;
		}
	}
}
