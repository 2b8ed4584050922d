/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ends.c - what the end of a workload means, and whether it begins again.
 * Runs in: cloister-engine.
 */
#include "supervisor/engine/life.h"
#include "lib/asks/compile.h"
#include "lib/asks/spawn.h"
#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "supervisor/engine/operation.h"
#include "supervisor/engine/plans.h"
#include "supervisor/engine/waits.h"

#include <signal.h>
#include <systemd/sd-event.h>

#define MS UINT64_C(1000000) /* in ns */

/* Back-off of a service (profiles-audit A.17), and how long a run makes up for earlier failures. */
#define BACKOFF_FIRST (100 * MS)
#define BACKOFF_LAST  (60 * 1000 * MS)
#define RAN_WELL      (10 * 1000 * MS)

static struct exit_row classify(const struct spawn_exit *x, uint32_t flags)
{
	struct exit_row r = { .reason = EXIT_CODE, .oom = x->oom, .code = x->value };
	bool killed = x->status == CLD_KILLED || x->status == CLD_DUMPED;

	if (x->claim_kind == CLAIM_EXEC_FAILED) {
		r.reason = EXIT_EXEC;
		r.err = -(int32_t)(x->claim_errno & 0xfff);
		return r;
	}
	if (x->claim_kind == CLAIM_EXITED)
		r.code = x->claim_code;
	if (x->claim_kind == CLAIM_SIGNALED)
		r.signal = x->claim_signal;
	else if (killed)
		r.signal = x->value;
	if (r.signal) {
		r.code = 0;
		r.reason = r.signal == SIGSYS ? EXIT_REFUSED : EXIT_SIGNAL;
	}
	if (r.signal == SIGKILL && x->oom)
		r.reason = EXIT_OOM;
	else if (r.signal == SIGKILL && flags & WF_KILLED)
		r.reason = EXIT_KILLED;
	if (x->flags & EXIT_UNSEEN && x->claim_kind == CLAIM_NONE)
		r = (struct exit_row){ .reason = EXIT_LOST, .oom = x->oom };
	return r;
}

void end_exit(struct engine *e, uint32_t w, const struct spawn_exit *x)
{
	struct workload_row *row = &e->table->workload[w];
	struct live *l = &e->live[w];
	bool asked = row->want == WANT_GONE;

	l->timer = sd_event_source_disable_unref(l->timer);
	l->pending &= ~STEP_BIT(STEP_START);
	/* spawn lets go of a network namespace with its last user */
	row->have &= ~(STEP_BIT(STEP_START) | STEP_BIT(STEP_NET));
	row->start = row->net = NO_SLOT;
	row->pid = 0;
	row->exit = x ? classify(x, row->flags) : (struct exit_row){ .reason = EXIT_LOST };
	row->state = asked || (row->exit.reason == EXIT_CODE && row->exit.code == 0) ? W_EXITED
										     : W_FAILED;
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

static bool begins_again(const struct engine *e, const struct workload_row *row)
{
	bool well = row->exit.reason == EXIT_CODE && row->exit.code == 0;

	if (e->ending || row->flags & (WF_HELD | WF_REMOVE) || row->exit.reason == EXIT_NOT)
		return false;
	return row->restart == RESTART_ALWAYS || (row->restart == RESTART_ON_FAILURE && !well);
}

static int on_backoff_over(sd_event_source *s, uint64_t usec, void *data)
{
	struct live *l = data;
	struct engine *e = l->e;
	uint32_t w = life_row(l);

	(void)s;
	(void)usec;
	l->timer = sd_event_source_disable_unref(l->timer);
	e->table->workload[w].restarts++;
	life_start(e, w);
	return 0;
}

static void back_off(struct engine *e, uint32_t w)
{
	struct workload_row *row = &e->table->workload[w];
	uint64_t delay = BACKOFF_FIRST;

	if (row->started_boot && clock_boot_ns() - row->started_boot > RAN_WELL)
		row->failures = 0;
	for (uint32_t i = 0; i < row->failures && delay < BACKOFF_LAST; i++)
		delay *= 2;
	row->failures++;
	row->state = W_BACKOFF;
	life_arm(e, w, delay < BACKOFF_LAST ? delay : BACKOFF_LAST, on_backoff_over);
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

void end_gone(struct engine *e, uint32_t w)
{
	struct workload_row *row = &e->table->workload[w];

	if (row->state == W_BACKOFF && e->live[w].timer)
		return;
	if (row->kind == KIND_RUN || row->flags & WF_REMOVE) {
		ended(e, w);
		waits_wake(e, w, true);
		e->live[w].timer = sd_event_source_disable_unref(e->live[w].timer);
		workload_free(e, w);
	} else {
		if (begins_again(e, row))
			back_off(e, w);
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
