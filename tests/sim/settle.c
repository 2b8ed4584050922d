/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settle.c - nobody disturbs any more: in bounded time of the made up clock everything is as it was
 * asked for, everybody was answered, and nothing is held for what is gone.
 */
#include "tests/sim/sim.h"

#include "lib/asks/compile.h"
#include "supervisor/engine/life.h"
#include "supervisor/engine/reasons.h"

#include <dirent.h>
#include <string.h>

enum { LONGEST_S = 900, TEXT = 160 };

static char why[TEXT]; /* what is not yet as it should be */

#define NOT_YET(...) (snprintf(why, sizeof(why), __VA_ARGS__), false)

static bool service_is_right(uint32_t t, uint32_t n)
{
	struct service *s = &W->service[t][n];
	uint32_t w = service_row(t, n);
	const struct workload_row *row = w == ROW_NONE ? NULL : &W->e->table->workload[w];
	bool runs = row && row->state == W_RUNNING && row->ready;
	bool ended = row && (row->state == W_EXITED || row->state == W_FAILED) &&
		     !(row->have | W->e->live[w].pending);

	/* the engine died while they stopped it, or before it had begun anew: that is kept */
	if (s->doubt && ended && !row->wanted && !(row->flags & WF_REMOVE))
		return true;
	if (s->doubt && row)
		s->held = row->flags & WF_HELD;
	if (s->doubt)
		s->declared = row && !(row->flags & WF_REMOVE);
	s->doubt = false;
	if (!row)
		return !s->declared || NOT_YET("t%u/s%u is gone", t, n);
	if (row->flags & WF_REMOVE)
		return NOT_YET("t%u/s%u is still to be removed", t, n);
	if (!s->declared)
		return NOT_YET("t%u/s%u was removed and is there", t, n);
	if (s->held)
		return ended || NOT_YET("t%u/s%u was stopped: state %u have %#x", t, n, row->state,
					row->have);
	if (runs || (ended && row->restart == RESTART_NEVER))
		return true;
	if (ended && row->restart == RESTART_ON_FAILURE && reason_is_well(&row->exit))
		return true;
	return NOT_YET("t%u/s%u: state %u ready %u restart %u have %#x want %u", t, n, row->state,
		       row->ready, row->restart, row->have, row->want);
}

static bool has_start(const struct object *s)
{
	for (uint32_t w = 0; w < W->e->max_workloads; w++) {
		const struct workload_row *row = &W->e->table->workload[w];

		if (workload_used(W->e, w) && row->have & STEP_BIT(STEP_START) &&
		    row->start.gen == s->gen)
			return true;
	}
	return false;
}

/* L2: what runs is somebody's. */
static bool starts_are_known(void)
{
	for (uint32_t i = 0; i < SIM_OBJECTS; i++) {
		const struct object *s = &W->object[K_START][i];

		if (s->gen && s->state != S_PARKED && !has_start(s))
			return NOT_YET("L2: start %u of tenant %u (exec %d) runs and nobody knows",
				       s->number, s->t.index, s->exec);
	}
	return true;
}

static bool nothing_is_under_way(void)
{
	for (uint32_t w = WORKER_SPAWN; w < WORKER__COUNT; w++)
		if (W->worker[w].nin || W->worker[w].nout || !W->worker[w].edge)
			return NOT_YET("worker %u is busy", w);
	for (uint32_t i = 0; i < W->e->max_workloads; i++)
		if (workload_used(W->e, i) && W->e->live[i].pending)
			return NOT_YET("steps %#x are due", W->e->live[i].pending);
	for (uint32_t i = 0; i < LOAD_ROWS; i++)
		if (W->e->table->load[i].used && W->e->table->load[i].state == MADE_PENDING)
			return NOT_YET("a plan is being looked at");
	return true;
}

static bool somebody_waits(void)
{
	for (uint32_t i = 0; i < SIM_CLIENTS; i++) {
		const struct client *c = &W->client[i];

		if (c->kind)
			return NOT_YET("client %u (kind %u, t%u/s%u%s) waits since %llu ms", i,
				       c->kind, c->tenant, c->service,
				       c->restart ? ", restart" : "",
				       (unsigned long long)(c->since / MS));
	}
	return NOT_YET("an apply does not end");
}

static bool all_is_right(void)
{
	if (!W->listens)
		return NOT_YET("the engine does not listen");
	for (uint32_t w = 0; w < W->e->max_workloads; w++)
		if (workload_used(W->e, w) && W->e->table->workload[w].kind == KIND_RUN)
			return NOT_YET("%s is still there: state %u have %#x pending %#x",
				       W->e->table->workload[w].name,
				       W->e->table->workload[w].state,
				       W->e->table->workload[w].have, W->e->live[w].pending);
	if (!clients_idle() || !apply_idle())
		return somebody_waits();
	for (uint32_t t = 0; t < SIM_TENANTS; t++)
		for (uint32_t n = 0; n < SIM_SERVICES; n++)
			if (!service_is_right(t, n))
				return false;
	for (uint32_t i = 0; i < SIM_OPS; i++)
		if (W->disk.op[i].kind == OP_LEAVE && W->disk.op[i].phase < OPP_DONE)
			return NOT_YET("a uid range is still to be let go of");
	return nothing_is_under_way() && starts_are_known();
}

/* ---- how much is held ---- */

/* An object is one of a row's, of a load or of an attachment. */
static bool is_named(enum kind k, const struct object *o)
{
	const struct table *t = W->e->table;
	uint32_t gen = o->gen;

	for (uint32_t w = 0; w < W->e->max_workloads; w++) {
		const struct workload_row *row = &t->workload[w];

		if (!workload_used(W->e, w))
			continue;
		if ((k == K_CGROUP && row->cgroup.gen == gen) ||
		    (k == K_START && row->start.gen == gen) ||
		    (k == K_GRIP && (row->net.gen == gen || row->log.gen == gen)))
			return true;
	}
	for (uint32_t i = 0; i < LOAD_ROWS; i++) {
		const struct load_row *l = &t->load[i];

		if (l->used &&
		    ((k == K_PLAN && l->state == MADE && l->slot.gen == gen) ||
		     (k == K_CGROUP && l->cgroup_state == MADE && l->cgroup.gen == gen) ||
		     (k == K_GRIP && l->net_state == MADE && l->net.gen == gen)))
			return true;
	}
	for (uint32_t i = 0; i < ATTACH_ROWS; i++)
		if (k == K_GRIP && t->attach[i].state == MADE && t->attach[i].slot.gen == gen)
			return true;
	return false;
}

static void check_leaks(void)
{
	static const char *const name[] = { "plan", "cgroup", "grip", "start" };

	for (uint32_t k = 0; k < K__COUNT; k++)
		for (uint32_t i = 0; i < SIM_OBJECTS; i++) {
			const struct object *o = &W->object[k][i];

			/* in use: it goes with its last user; parked: with its cgroup */
			if (!o->gen || o->uses || (k == K_START && o->state == S_PARKED) ||
			    is_named((enum kind)k, o))
				continue;
			sim_fail("%s %u.%u of tenant %u (number %u, grip %u) is held for nobody",
				 name[k], i, o->gen, o->t.index, o->number, o->grip);
		}
}

static uint32_t open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	uint32_t n = 0;

	for (const struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d))
		n += e->d_name[0] >= '0' && e->d_name[0] <= '9' && atoi(e->d_name) >= SIM_FD;
	if (d)
		(void)closedir(d);
	return n;
}

/* Three edges, and the plans that are kept: at most those of this world. */
static void check_bounds(void)
{
	uint32_t fds = open_fds();

	if (fds > 3 + SIM_PLANS + 1) /* the last one is what reads them */
		sim_fail("%u descriptors are open", fds);
	for (uint32_t i = 0; i < SIM_OPS; i++)
		if (W->disk.op[i].kind && W->disk.op[i].phase < OPP_DONE)
			sim_fail("operation %u of kind %u has no end on the disk", i,
				 W->disk.op[i].kind);
}

/* ---- all of it ---- */

static void until_right(void)
{
	uint64_t end = W->now + LONGEST_S * SECONDS;

	while (!all_is_right()) {
		if (W->now > end)
			sim_fail("after %d s of quiet: %s", LONGEST_S, why);
		for (int i = 0; i < 8; i++)
			(void)sim_step();
	}
}

static bool is_left_over(enum kind k, uint32_t i)
{
	const struct object *o = &W->object[k][i];

	return NOT_YET("object %u.%u of kind %u is left: tenant %u number %u grip %u uses %u", i,
		       o->gen, k, o->t.index, o->number, o->grip, o->uses);
}

static bool is_empty(void)
{
	for (uint32_t k = 0; k < K__COUNT; k++)
		for (uint32_t i = 0; i < SIM_OBJECTS; i++)
			if (W->object[k][i].gen)
				return is_left_over((enum kind)k, i);
	for (uint32_t i = 0; i < SIM_INDEXES; i++)
		if (W->registry[i].state == REG_BOUND)
			return NOT_YET("uid range %u is still bound", i);
	return true;
}

/* Files that name nothing: not a trace of anything is left. */
static void until_empty(void)
{
	uint64_t end;

	for (uint32_t t = 0; t < SIM_TENANTS; t++)
		for (uint32_t n = 0; n < SIM_SERVICES; n++)
			W->service[t][n] = (struct service){ .held = true };
	apply_end_all();
	until_right();
	end = W->now + LONGEST_S * SECONDS;
	while (!is_empty()) {
		if (W->now > end)
			sim_fail("all is removed, and %s", why);
		(void)sim_step();
	}
	for (uint32_t t = 0; t < W->e->table->ntenant; t++)
		if (W->e->table->tenant[t].name[0])
			sim_fail("tenant %s is still there", W->e->table->tenant[t].name);
	W->happened[T_EMPTY]++;
	if (loop_sources() > 5) /* cloisterd, what failed, three edges */
		sim_fail("%u event sources are left", loop_sources());
}

void settle(bool empty)
{
	W->quiet = true;
	W->full = false;
	sim_trace("---- quiet");
	(void)disk_flush();
	/* what runs without an end of its own is to be well from here on */
	for (uint32_t i = 0; i < SIM_OBJECTS; i++) {
		struct object *s = &W->object[K_START][i];

		if (!s->gen || s->exec)
			continue;
		s->deaf = false;
		if (s->exit_at == NEVER || s->exit_at > W->now + 40 * SECONDS)
			s->ready_at = s->ready_at == NEVER ? W->now : s->ready_at;
	}
	clients_end_all();
	until_right();
	(void)disk_flush();
	check_leaks();
	check_bounds();
	if (empty)
		until_empty();
	W->quiet = false;
}
