/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.c - what is true after every step, whatever happened. settle.c: what comes true.
 */
#include "tests/sim/sim.h"

#include "lib/asks/compile.h"
#include "supervisor/engine/life.h"

#include <string.h>

/* L1: a row that is free owes nobody anything, and nobody owes it. */
static void check_free(uint32_t w)
{
	const struct live *l = &W->e->live[w];

	if (l->pending)
		sim_fail("L1: row %u was freed with steps %#x due", w, l->pending);
	if (l->timer || l->watch || l->lifetime)
		sim_fail("row %u was freed with a timer", w);
	if (l->hooks || l->args >= 0)
		sim_fail("row %u was freed and somebody follows it", w);
	if (l->op.kind)
		sim_fail("row %u was freed with an operation of kind %u", w, l->op.kind);
}

static void check_slots(uint32_t w, const struct workload_row *row)
{
	if (row->have & STEP_BIT(STEP_CGROUP) && row->cgroup.n == UINT32_MAX)
		sim_fail("%s has a cgroup without a slot", row->name);
	if (row->have & STEP_BIT(STEP_START) && row->start.n == UINT32_MAX)
		sim_fail("%s is started without a slot", row->name);
	for (uint32_t i = 0; i < w; i++) {
		const struct workload_row *o = &W->e->table->workload[i];

		if (!workload_used(W->e, i))
			continue;
		if (o->tenant == row->tenant && strcmp(o->name, row->name) == 0)
			sim_fail("%s is there twice", row->name);
		if (row->have & o->have & STEP_BIT(STEP_CGROUP) && o->cgroup.n == row->cgroup.n &&
		    o->cgroup.gen == row->cgroup.gen)
			sim_fail("%s and %s have one cgroup", row->name, o->name);
		if (row->have & o->have & STEP_BIT(STEP_NET) && o->net.n == row->net.n &&
		    o->net.gen == row->net.gen)
			sim_fail("%s and %s have one network", row->name, o->name);
	}
}

static void check_state(const struct workload_row *row, const struct live *l)
{
	bool started = row->have & STEP_BIT(STEP_START);

	if (row->state >= W__COUNT || row->tenant >= W->e->table->ntenant ||
	    !W->e->table->tenant[row->tenant].name[0])
		sim_fail("%s is of no tenant, or in state %u", row->name, row->state);
	if (row->state == W_RUNNING && !started)
		sim_fail("%s is running and was not started", row->name);
	/* one that is not wanted and was found running is ended next */
	if (started && row->want == WANT_RUN && (row->state == W_EXITED || row->state == W_BACKOFF))
		sim_fail("%s is over (%u) and is started", row->name, row->state);
	if (row->state == W_BACKOFF && row->flags & (WF_HELD | WF_REMOVE))
		sim_fail("%s was stopped and waits for its next start", row->name);
	if (l->pending & ~(row->needs | STEP_BIT(STEP_START) | STEP_BIT(STEP_CGROUP)) &&
	    row->want == WANT_RUN)
		sim_fail("%s makes what it does not need: %#x", row->name, l->pending);
}

/* So many restarts at once and so many a second, over all of a tenant's services. */
static void check_bucket(uint32_t tenant)
{
	enum { AT_ONCE = 16, A_SECOND = 8 };
	uint32_t n = W->nrestarted[tenant]++;
	uint64_t *at = &W->restarted[tenant][n % SIM_RESTARTS];

	if (n >= SIM_RESTARTS && W->now - *at < (SIM_RESTARTS - AT_ONCE) * SECONDS / A_SECOND)
		sim_fail("tenant %u: %d restarts in %llu ms", tenant, SIM_RESTARTS,
			 (unsigned long long)((W->now - *at) / MS));
	*at = W->now;
}

static void check_backoff(const struct workload_row *row, struct seen *s)
{
	bool same = s->life == row->life;

	if (same && row->restarts == s->restarts + 1) {
		if (s->state != W_BACKOFF)
			sim_fail("%s is started again out of state %u", row->name, s->state);
		if (W->now - s->backoff_since + MS < s->backoff_ns) /* timers count us */
			sim_fail("%s is started again after %llu ms, %llu are due", row->name,
				 (unsigned long long)((W->now - s->backoff_since) / MS),
				 (unsigned long long)(s->backoff_ns / MS));
		if (row->restart == RESTART_NEVER)
			sim_fail("%s is started again, which its file says never", row->name);
		check_bucket((uint32_t)(W->e->table->tenant[row->tenant].name[1] - '0'));
	}
	if (row->state == W_BACKOFF &&
	    (!same || s->state != W_BACKOFF || s->failures != row->failures)) {
		uint32_t doublings = row->failures ? row->failures - 1 : 0;

		s->backoff_since = W->now;
		s->backoff_ns = doublings > 9 ? 60 * SECONDS : (100 * MS) << doublings;
	}
	s->life = row->life;
	s->state = row->state;
	s->restarts = row->restarts;
	s->failures = row->failures;
}

void check_all(void)
{
	for (uint32_t w = 0; w < W->e->max_workloads; w++) {
		const struct workload_row *row = &W->e->table->workload[w];

		if (!workload_used(W->e, w)) {
			check_free(w);
			continue;
		}
		check_slots(w, row);
		check_state(row, &W->e->live[w]);
		check_backoff(row, &W->seen[w]);
	}
}

void check_forget(void)
{
	memset(W->seen, 0, sizeof(W->seen));
	memset(W->nrestarted, 0, sizeof(W->nrestarted));
}
