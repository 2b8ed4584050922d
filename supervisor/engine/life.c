/* SPDX-License-Identifier: Apache-2.0 */
/*
 * life.c - walks the step table for a workload. Runs in: cloister-engine.
 * Must not: know how a step is made (makes.c) or what an end means (ends.c).
 *
 * L1 A row is never freed while an answer to one of its own steps is due.
 * L2 A start that comes true after it is no longer wanted is killed like any other.
 * L3 Nothing is started from what an earlier start was made of: that goes first, end_gone() begins.
 */
#include "supervisor/engine/life.h"
#include "lib/asks/spawn.h"
#include "supervisor/engine/events.h"
#include "supervisor/engine/operation.h"
#include "supervisor/engine/peers.h"
#include "supervisor/engine/plans.h"
#include "supervisor/engine/waits.h"

#include <errno.h>
#include <string.h>
#include <systemd/sd-event.h>

static struct live live_memory[WORKLOAD_ROWS]; /* behind engine.live */

int life_open(struct engine *e, struct fault *f)
{
	(void)f;
	e->live = live_memory;
	for (uint32_t i = 0; i < WORKLOAD_ROWS; i++)
		e->live[i] = (struct live){ .e = e, .args = -1, .net_of = NO_SLOT };
	return 0;
}

uint32_t life_needs(const struct engine *e, const struct workload_row *row,
		    const struct plan_item *p)
{
	uint32_t needs = STEP_BIT(STEP_BIND) | STEP_BIT(STEP_PLAN) | STEP_BIT(STEP_CGROUP) |
			 STEP_BIT(STEP_START);

	if (e->table->tenant[row->tenant].nlimit)
		needs |= STEP_BIT(STEP_LIMITS);
	if (p->nimage)
		needs |= STEP_BIT(STEP_IMAGES);
	if (plan_has_net(p) && !(row->flags & WF_NET_OF))
		needs |= STEP_BIT(STEP_NET);
	if (row->kind == KIND_SERVICE)
		needs |= STEP_BIT(STEP_LOG);
	return needs;
}

/* Adds the bits of the images that w's plan names. */
static void images_state(const struct engine *e, const struct workload_row *w,
			 const struct plan_item *p, struct step_state *s)
{
	bool all = true, some = false;

	for (uint32_t i = 0; i < p->nimage; i++) {
		uint32_t a = attach_find(e, w->tenant, p->image[i]);
		uint32_t state = a == ROW_NONE ? (uint32_t)MADE_NOT : e->table->attach[a].state;

		all = all && state == MADE;
		some = some || state == MADE_PENDING;
	}
	if (all)
		s->have |= STEP_BIT(STEP_IMAGES);
	else if (some)
		s->pending |= STEP_BIT(STEP_IMAGES);
}

struct step_state life_state(const struct engine *e, uint32_t w)
{
	const struct workload_row *row = &e->table->workload[w];
	const struct tenant_row *t = &e->table->tenant[row->tenant];
	struct step_state s = { .have = row->have | t->have,
				.pending = e->live[w].pending | make_shared_pending(e, row->tenant),
				.needs = row->needs,
				.want = row->want };
	uint32_t load;

	if (row->want != WANT_RUN)
		return s;
	load = load_find(e, row->tenant, row->plan);
	if (load != ROW_NONE && e->table->load[load].state == MADE)
		s.have |= STEP_BIT(STEP_PLAN);
	if (load != ROW_NONE && e->table->load[load].state == MADE_PENDING)
		s.pending |= STEP_BIT(STEP_PLAN);
	if (row->needs & STEP_BIT(STEP_IMAGES)) {
		/* the cast is for the cache of plans, which finding may fill */
		const struct plan_item *p = plans_find((struct engine *)(uintptr_t)e, row->plan);

		if (p)
			images_state(e, row, p, &s);
	}
	return s;
}

void life_push(struct engine *e, uint32_t w)
{
	struct workload_row *row = &e->table->workload[w];
	uint32_t life = row->life;

	/* what runs may not have been told yet: nothing begins, and nothing is over */
	if (!e->looked)
		return;
	/* a step can end the row (a failure that is known at once): look each time */
	while (workload_used(e, w) && row->life == life) {
		struct step_state s = life_state(e, w);
		struct action a = step_next(&s);

		/* what runs needs nothing, whatever was lost of what it was started from */
		if (row->want == WANT_RUN && row->have & STEP_BIT(STEP_START))
			return;
		if (a.kind == ACTION_NONE) {
			if (row->want == WANT_GONE && step_done(&s))
				end_gone(e, w);
			return;
		}
		if (step_table[a.step].scope == SCOPE_WORKLOAD)
			e->live[w].pending |= STEP_BIT(a.step);
		if (a.kind == ACTION_MAKE)
			make_step(e, w, a.step);
		else
			drop_step(e, w, a.step);
	}
}

uint64_t life_arg(const struct engine *e, uint32_t w, enum step s, bool drop)
{
	return (uint64_t)e->table->workload[w].life << 32 | (uint64_t)drop << 24 |
	       (uint64_t)s << 16 | w;
}

static struct slot *slot_of(struct workload_row *row, enum step s)
{
	switch (s) {
	case STEP_CGROUP:
		return &row->cgroup;
	case STEP_NET:
		return &row->net;
	case STEP_LOG:
		return &row->log;
	case STEP_START:
		return &row->start;
	case STEP_BIND:
	case STEP_LIMITS:
	case STEP_IMAGES:
	case STEP_PLAN:
	case STEP__COUNT:
		break;
	}
	return NULL;
}

static void started(struct engine *e, uint32_t w, struct reply *r)
{
	struct workload_row *row = &e->table->workload[w];
	struct live *l = &e->live[w];

	row->pid = (uint32_t)r->value[0];
	if (row->want != WANT_RUN) /* L2: life_push() drops it next */
		return;
	watch_started(e, w);
	if (!watch_is_awaited(e, w))
		row->state = W_RUNNING;
	operation_end(e, w, OP_START, OPP_DONE, "");
	/* fd[0] is the pidfd */
	if (l->hooks && l->hooks->started)
		l->hooks->started(e, l->arg, w, &r->fd[1], r->nfds ? r->nfds - 1 : 0);
	waits_wake(e, w, false);
}

/* Dropping failed: a cgroup whose last processes are still on their way out is asked again, and a
 * network that the start holds which was parked in that cgroup. */
static bool ask_again(const struct reply *r, enum step s)
{
	return (s == STEP_CGROUP || s == STEP_NET) && r->code == -EBUSY;
}

static int on_again(sd_event_source *src, uint64_t usec, void *data)
{
	struct engine *e = data;

	(void)usec;
	for (uint32_t w = 0; w < WORKLOAD_ROWS; w++)
		if (workload_used(e, w) && e->table->workload[w].want == WANT_GONE)
			life_push(e, w);
	(void)sd_event_source_unref(src);
	return 0;
}

static void drop_again(struct engine *e)
{
	enum { AGAIN_US = 5000 };
	sd_event_source *src = NULL;

	/* without memory for a timer it stays until another one fires, or the next edge */
	DROP(sd_event_add_time_relative(e->loop, &src, CLOCK_MONOTONIC, AGAIN_US, 1000, on_again,
					e));
}

static void dropped(struct engine *e, uint32_t w, enum step s, struct reply *r)
{
	struct workload_row *row = &e->table->workload[w];
	struct slot *slot = slot_of(row, s);

	if (ask_again(r, s)) {
		drop_again(e);
		return;
	}
	/* any other refusal means that it is not there any more */
	row->have &= ~STEP_BIT(s);
	if (slot)
		*slot = NO_SLOT;
	life_push(e, w);
}

void life_answered(struct engine *e, uint64_t arg, struct reply *r)
{
	uint32_t w = (uint32_t)arg & 0xffff;
	enum step s = (enum step)(arg >> 16 & 0xff);
	bool drop = arg >> 24 & 1;
	struct workload_row *row = &e->table->workload[w];
	struct slot *slot = slot_of(row, s);

	if (!workload_used(e, w) || row->life != arg >> 32)
		return;
	e->live[w].pending &= ~STEP_BIT(s);
	if (drop) {
		dropped(e, w, s, r);
		return;
	}
	if (r->code < 0) {
		/* spawn: value[0] says that the program itself could not be executed */
		if (s == STEP_START && r->value[0] == 1)
			row->exit = (struct exit_row){ .reason = EXIT_EXEC, .err = r->code };
		life_fail(e, w, &r->fault);
		return;
	}
	row->have |= STEP_BIT(s);
	if (slot)
		*slot = r->slot;
	if (s == STEP_START)
		started(e, w, r);
	if (workload_used(e, w) && row->life == arg >> 32)
		life_push(e, w);
}

void life_fail(struct engine *e, uint32_t w, const struct fault *f)
{
	struct workload_row *row = &e->table->workload[w];

	if (row->exit.reason == EXIT_NOT)
		row->exit = (struct exit_row){ .reason = EXIT_START, .err = f->err };
	row->fault = *f;
	event_workload(e, w, EVENT_FAILED, "%s", f->msg);
	row->want = WANT_GONE;
	row->here = false;
	operation_end(e, w, OP_START, OPP_FAILED, f->msg);
	if (row->flags & WF_BEGIN) { /* who waits for the start that follows is not told of this */
		life_push(e, w);
		return;
	}
	row->state = W_FAILED;
	end_tell(e, w);
}

/* Does w need the very plan or image that digest names? NULL: whatever it needs. */
static bool is_about(struct engine *e, uint32_t w, uint32_t steps, const uint8_t *digest)
{
	const struct workload_row *row = &e->table->workload[w];
	const struct plan_item *p;

	if (!(row->needs & steps))
		return false;
	if (!digest || !(steps & STEP_BIT(STEP_IMAGES)))
		return !digest || memcmp(row->plan, digest, DIGEST_LEN) == 0;
	p = plans_find(e, row->plan);
	for (uint32_t i = 0; p && i < p->nimage; i++)
		if (memcmp(p->image[i], digest, DIGEST_LEN) == 0)
			return true;
	return false;
}

void life_shared(struct engine *e, uint32_t tenant, const struct fault *f, uint32_t steps,
		 const uint8_t *digest)
{
	if (steps & STEP_BIT(STEP_PLAN))
		exec_shared(e, tenant, f, digest);
	for (uint32_t w = 0; w < WORKLOAD_ROWS; w++) {
		struct workload_row *row = &e->table->workload[w];

		if (!workload_used(e, w) || row->tenant != tenant || row->want != WANT_RUN ||
		    row->have & STEP_BIT(STEP_START))
			continue;
		if (!f)
			life_push(e, w);
		else if (is_about(e, w, steps, digest))
			life_fail(e, w, f);
	}
}

void life_is_ready(struct engine *e, uint32_t w)
{
	struct workload_row *row = &e->table->workload[w];

	row->ready = 1;
	if (row->state == W_STARTING)
		row->state = W_RUNNING;
	operation_note(e, w);
	event_workload(e, w, EVENT_READY, "pid %u", row->pid);
	waits_wake(e, w, false);
}

/* Says that it is started, before anybody is asked for anything (S1). */
static int begin(struct engine *e, uint32_t w, struct fault *f)
{
	struct workload_row *row = &e->table->workload[w];
	const struct plan_item *p = plans_find(e, row->plan);

	if (row->kind == KIND_RUN)
		return operation_begin(e, w, OP_RUN, f);
	if (!p)
		return fault_set(f, -ENOENT, "engine.plan", "its plan is gone; apply it again");
	row->needs = life_needs(e, row, p);
	row->stop_ns = p->stop_ns;
	row->stop_signal = p->stop_signal;
	row->wanted = row->here = true;
	return operation_begin(e, w, OP_START, f);
}

/* Is something of its own there still, or on its way? */
static bool is_left(const struct engine *e, uint32_t w)
{
	const struct step_state s = { .have = e->table->workload[w].have,
				      .pending = e->live[w].pending };

	return !step_done(&s);
}

void life_start(struct engine *e, uint32_t w)
{
	struct workload_row *row = &e->table->workload[w];
	struct fault f;

	/* that of its grace stays: what ignores SIGTERM would be waited for for ever */
	if (!(row->have & e->live[w].pending & STEP_BIT(STEP_START)))
		e->live[w].timer = sd_event_source_disable_unref(e->live[w].timer);
	row->flags &=
		~(uint32_t)(WF_HELD | WF_KILLED | WF_TIMEOUT | WF_LIFETIME | WF_AGAIN | WF_BEGIN);
	row->exit = (struct exit_row){ 0 };
	row->fault = (struct fault){ 0 };
	row->state = W_STARTING;
	if (is_left(e, w)) { /* L3 */
		row->flags |= WF_BEGIN;
		row->want = WANT_GONE;
		life_push(e, w);
		return;
	}
	row->want = WANT_RUN;
	if (begin(e, w, &f) < 0)
		life_fail(e, w, &f);
	else
		life_push(e, w);
}
