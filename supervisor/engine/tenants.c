/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenants.c - tenants as a whole. Runs in: cloister-engine.
 */
#include "supervisor/engine/tenants.h"
#include "lib/asks/spawn.h"
#include "lib/plan/plan.h"
#include "supervisor/engine/life.h"
#include "supervisor/engine/operation.h"
#include "supervisor/engine/peers.h"
#include "supervisor/engine/plans.h"

#include <errno.h>
#include <string.h>
#include <systemd/sd-event.h>

static bool has_limit(const struct tenant_row *t, uint32_t knob)
{
	for (uint32_t i = 0; i < t->nlimit; i++)
		if (t->limit[i].knob == knob)
			return true;
	return false;
}

/* A limit that is not wanted any more goes back to what a cgroup begins with. */
static void lift(struct engine *e, const struct tenant_row *t, uint32_t knob)
{
	enum { WEIGHT = 100, PERIOD = 100000 };
	struct spawn_tenant_limit q = { .t = t->ref, .knob = knob, .v = { UINT64_MAX, PERIOD } };

	if (knob == KNOB_CPU_WEIGHT)
		q.v[0] = WEIGHT;
	if (knob == KNOB_OOM_GROUP)
		q.v[0] = 0;
	tenant_ask_limit(e, &q);
}

/* Has t's cgroup follow its row, which was `old`. */
static void set_limits(struct engine *e, struct tenant_row *t, const struct tenant_row *old)
{
	bool bound = t->ref.gen != 0;

	tenant_limits_anew();
	for (uint32_t i = 0; bound && i < old->nlimit; i++)
		if (!has_limit(t, old->limit[i].knob))
			lift(e, t, old->limit[i].knob);
	t->have &= ~STEP_BIT(STEP_LIMITS);
	/* what runs feels it at once; a failure shows at the next start, which sets them again */
	for (uint32_t i = 0; bound && i < t->nlimit; i++) {
		struct spawn_tenant_limit q = { .t = t->ref,
						.knob = t->limit[i].knob,
						.v = { t->limit[i].v[0], t->limit[i].v[1] } };

		tenant_ask_limit(e, &q);
	}
	for (uint32_t w = 0; w < WORKLOAD_ROWS; w++) {
		struct workload_row *row = &e->table->workload[w];

		if (!workload_used(e, w) || &e->table->tenant[row->tenant] != t)
			continue;
		row->needs &= ~STEP_BIT(STEP_LIMITS);
		if (t->nlimit)
			row->needs |= STEP_BIT(STEP_LIMITS);
	}
}

int tenant_set(struct engine *e, const struct tenant_row *want, struct fault *f)
{
	uint32_t n = tenant_find(e, want->name);
	bool is_new = n == ROW_NONE;
	struct tenant_row *t, old;
	struct op_record op;

	if (n == ROW_NONE)
		n = tenant_new(e, want->name);
	if (n == ROW_NONE)
		return fault_set(f, -ENOSPC, "tenant.full", "%d tenants are the bound",
				 TENANT_ROWS);
	t = &e->table->tenant[n];
	old = *t;
	memcpy(t->origin, want->origin, sizeof(t->origin));
	t->features_off = want->features_off;
	if (memcmp(t->ceiling, want->ceiling, sizeof(t->ceiling)) != 0)
		t->have &= ~STEP_BIT(STEP_BIND); /* the next start binds it under the new one */
	t->nceiling = want->nceiling;
	memcpy(t->ceiling, want->ceiling, sizeof(t->ceiling));
	t->npeople = want->npeople;
	memcpy(t->people, want->people, sizeof(t->people));
	t->nlimit = want->nlimit;
	memcpy(t->limit, want->limit, sizeof(t->limit));
	if (operation_open(e, OP_TENANT, n, &op, f) < 0) {
		*t = old;
		if (is_new)
			t->name[0] = '\0';
		return f->err;
	}
	t->changes++;
	set_limits(e, t, &old);
	operation_close(e, &op, OPP_DONE, "");
	return 0;
}

void tenant_again(struct engine *e, uint32_t tenant)
{
	struct tenant_row *t = &e->table->tenant[tenant];
	const struct tenant_row same = *t;

	set_limits(e, t, &same);
}

/* ---- removing ---- */

/*
 * Removed, and their uid ranges are still bound: spawn may have something of them, and what was on
 * its way is let go of as it comes. Each is an operation of its own, for the engine may end first.
 */
static struct leaving {
	enum { LEAVING_NONE = 0, LEAVING_ASKED, LEAVING_WAITS } state;
	struct tenant_ref t;
	uint8_t op[16];
} leaving[TENANT_ROWS];
static sd_event_source *leave_timer;

static void on_freed(struct engine *e, uint64_t arg, struct reply *r);

void tenants_leave(struct engine *e)
{
	for (uint32_t i = 0; i < TENANT_ROWS; i++) {
		struct leaving *l = &leaving[i];
		struct spawn_tenant q = { .t = l->t };

		if (l->state != LEAVING_WAITS)
			continue;
		l->state = LEAVING_ASKED;
		if (tenant_is_named(e, l->t)) { /* by another of its name: it goes on with it */
			l->state = LEAVING_NONE;
			operation_left(e, l->op);
			continue;
		}
		PEERS_ASK(e, WORKER_SPAWN, SPAWN_TENANT_FREE, &q, -1,
			  ((struct answer){ on_freed, i }));
	}
}

static int on_leave(sd_event_source *src, uint64_t usec, void *data)
{
	(void)src;
	(void)usec;
	leave_timer = sd_event_source_disable_unref(leave_timer);
	tenants_leave(data);
	return 0;
}

static void on_freed(struct engine *e, uint64_t arg, struct reply *r)
{
	enum { AGAIN_US = 50000 };
	struct leaving *l = &leaving[arg];

	if (r->code != -EBUSY && r->code != -EPIPE) {
		l->state = LEAVING_NONE;
		operation_left(e, l->op);
		return;
	}
	l->state = LEAVING_WAITS;
	if (!leave_timer) /* without memory for one it waits for the next removal, or engine */
		DROP(sd_event_add_time_relative(e->loop, &leave_timer, CLOCK_MONOTONIC, AGAIN_US,
						1000, on_leave, e));
}

void tenant_left(struct tenant_ref t, const uint8_t op[16])
{
	struct leaving *l = leaving;

	while (l < leaving + TENANT_ROWS && l->state != LEAVING_NONE)
		l++;
	if (l == leaving + TENANT_ROWS) /* the operation stays, for the next engine */
		return;
	*l = (struct leaving){ .state = LEAVING_WAITS, .t = t };
	memcpy(l->op, op, sizeof(l->op));
}

int tenant_remove(struct engine *e, const char *name, struct fault *f)
{
	uint32_t n = tenant_find(e, name);
	struct tenant_ref ref;
	struct op_record op;
	uint8_t leave[16];

	if (n == ROW_NONE)
		return fault_set(f, -ENOENT, "tenant.remove", "no tenant %s", name);
	if (tenant_count(e, n))
		return fault_set(f, -EBUSY, "tenant.remove", "%s still has %u workloads", name,
				 tenant_count(e, n));
	if (operation_open(e, OP_TENANT_REMOVE, n, &op, f) < 0)
		return f->err;
	ref = tenant_recall(&e->table->tenant[n]);
	ahead_drop(e, n);
	for (uint32_t i = 0; i < LOAD_ROWS; i++)
		if (e->table->load[i].used && e->table->load[i].tenant == n)
			load_free(e, i);
	for (uint32_t i = 0; i < ATTACH_ROWS; i++)
		if (e->table->attach[i].tenant == n)
			attach_drop(e, i);
	if (ref.gen) {
		operation_leave(e, ref, leave);
		tenant_left(ref, leave);
	}
	make_tenant_reset(e, n);
	e->table->tenant[n].have = 0;
	operation_close(e, &op, OPP_DONE, ""); /* looks at the name */
	e->table->tenant[n].name[0] = '\0';
	tenants_leave(e);
	return 0;
}

static bool is_named(struct engine *e, uint32_t tenant, const uint8_t digest[DIGEST_LEN])
{
	for (uint32_t w = 0; w < WORKLOAD_ROWS; w++) {
		const struct workload_row *row = &e->table->workload[w];
		const struct plan_item *p;

		if (!workload_used(e, w) || row->tenant != tenant)
			continue;
		p = plans_find(e, row->plan);
		for (uint32_t i = 0; p && i < p->nimage; i++)
			if (memcmp(p->image[i], digest, DIGEST_LEN) == 0)
				return true;
	}
	return false;
}

void tenants_detach(struct engine *e, const uint8_t digest[DIGEST_LEN])
{
	for (uint32_t i = 0; i < ATTACH_ROWS; i++) {
		const struct attach_row *a = &e->table->attach[i];

		if (a->state != MADE || memcmp(a->digest, digest, DIGEST_LEN) != 0 ||
		    is_named(e, a->tenant, digest))
			continue;
		attach_drop(e, i);
	}
}
