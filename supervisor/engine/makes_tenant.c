/* SPDX-License-Identifier: Apache-2.0 */
/*
 * makes_tenant.c - the tenant's own steps: its uid range and user namespace, its limits.
 * Runs in: cloister-engine. Must not: decide which step is next.
 */
#include "lib/asks/spawn.h"
#include "lib/plan/policy.h"
#include "lib/plan/registry.h"
#include "supervisor/engine/life.h"
#include "supervisor/engine/peers.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* What of a tenant dies with this process. */
struct tenant_live {
	uint32_t pending; /* STEP_BITs */
	uint32_t next;	  /* index to try next: see choose_index() */
	uint32_t limits;  /* answers due */
	uint32_t resets;  /* of it: an answer to what was asked before one is of no use */
};
enum { TENANT_BITS = 12 };
_Static_assert(TENANT_ROWS <= 1 << TENANT_BITS, "a row fits beside the resets");
static struct tenant_live tenant_live[TENANT_ROWS];
static struct reg_row registry_copy[TENANTS_MAX];

uint32_t make_shared_pending(const struct engine *e, uint32_t tenant)
{
	(void)e;
	return tenant_live[tenant].pending;
}

void make_tenant_reset(struct engine *e, uint32_t tenant)
{
	(void)e;
	tenant_live[tenant] = (struct tenant_live){ .resets = tenant_live[tenant].resets + 1 };
}

static bool read_bound(struct tenant_ref ref, struct reg_row *ret)
{
	off_t at = (off_t)(ref.index * sizeof(*ret));

	return pread(FD_REGISTRY, ret, sizeof(*ret), at) == (ssize_t)sizeof(*ret) &&
	       ret->state == REG_BOUND && ret->gen == ref.gen;
}

bool tenant_is_named(const struct engine *e, struct tenant_ref ref)
{
	struct reg_row reg;
	uint8_t id[16];

	for (uint32_t t = 0; read_bound(ref, &reg) && t < e->table->ntenant; t++) {
		registry_id(e->table->tenant[t].name, id);
		if (e->table->tenant[t].name[0] && memcmp(id, reg.id, sizeof(id)) == 0)
			return true;
	}
	return false;
}

struct tenant_ref tenant_recall(const struct tenant_row *t)
{
	ssize_t n = t->ref.gen ? 0 : pread(FD_REGISTRY, registry_copy, sizeof(registry_copy), 0);
	uint32_t rows = n < 0 ? 0 : (uint32_t)((size_t)n / sizeof(registry_copy[0]));
	uint8_t id[16];

	registry_id(t->name, id);
	for (uint32_t i = 0; i < rows; i++)
		if (registry_copy[i].state == REG_BOUND &&
		    memcmp(registry_copy[i].id, id, sizeof(id)) == 0)
			return (struct tenant_ref){ i, registry_copy[i].gen };
	return t->ref;
}

/* Which tenant has this ref: the registry knows it by its name's hash, and root alone writes it. */
static void learn(struct engine *e, struct tenant_ref ref)
{
	struct reg_row reg;
	uint8_t id[16];

	if (!read_bound(ref, &reg))
		return;
	for (uint32_t t = 0; t < e->table->ntenant; t++) {
		struct tenant_row *row = &e->table->tenant[t];

		registry_id(row->name, id);
		if (!row->name[0] || row->ref.gen || memcmp(id, reg.id, sizeof(id)) != 0)
			continue;
		row->ref = ref;
	}
}

/* A number that is in use is not given again, should its being given not have been written. */
static void pass_number(struct engine *e, struct tenant_ref ref, uint32_t number)
{
	for (uint32_t t = 0; t < e->table->ntenant; t++) {
		struct tenant_row *row = &e->table->tenant[t];

		if (row->name[0] && row->ref.index == ref.index && row->ref.gen == ref.gen &&
		    row->next_number <= number)
			row->next_number = number + 1;
	}
}

void tenant_learn(struct engine *e, struct tenant_ref ref, uint32_t number)
{
	learn(e, ref);
	pass_number(e, ref, number);
}

/* ---- bind ---- */

static uint64_t tenant_arg(const struct engine *e, uint32_t tenant)
{
	return (uint64_t)e->table->tenant[tenant].life << 32 |
	       (uint32_t)(tenant_live[tenant].resets << TENANT_BITS) | tenant;
}

/* The row of the tenant behind arg; ROW_NONE when it is another's by now, or was reset. */
static uint32_t tenant_at(const struct engine *e, uint64_t arg)
{
	uint32_t tenant = (uint32_t)arg & ((1U << TENANT_BITS) - 1);

	return e->table->tenant[tenant].name[0] && tenant_arg(e, tenant) == arg ? tenant : ROW_NONE;
}

/*
 * The index to try next: where it runs already; else those that the registry has for this name
 * (more than one, when another supervisor had claimed the first), then the free ones, then those
 * that were left, of which spawn takes what has rested. *next counts through all three.
 */
static uint32_t choose_index(const struct engine *e, const struct tenant_row *t, uint32_t *next)
{
	ssize_t n = pread(FD_REGISTRY, registry_copy, sizeof(registry_copy), 0);
	uint32_t rows = n < 0 ? 0 : (uint32_t)((size_t)n / sizeof(registry_copy[0]));
	uint32_t i = *next;
	uint8_t id[16];

	if (i == 0 && t->ref.gen) {
		*next = 1;
		return t->ref.index;
	}
	registry_id(t->name, id);
	for (; i < TENANTS_MAX; i++) {
		*next = i + 1;
		if (i < rows && registry_copy[i].state == REG_BOUND &&
		    memcmp(registry_copy[i].id, id, sizeof(id)) == 0)
			return i;
	}
	for (; i < 3 * TENANTS_MAX; i++) {
		uint32_t at = i % TENANTS_MAX;
		uint32_t state = at < rows ? registry_copy[at].state : REG_FREE;

		*next = i + 1;
		if (at <= e->index_max && state == (i < 2 * TENANTS_MAX ? REG_FREE : REG_LEFT))
			return at;
	}
	return ROW_NONE;
}

static void bind_try(struct engine *e, uint32_t tenant);

static void on_bound(struct engine *e, uint64_t arg, struct reply *r)
{
	uint32_t tenant = tenant_at(e, arg);
	struct tenant_row *t;

	if (tenant == ROW_NONE)
		return;
	t = &e->table->tenant[tenant];
	if (r->code == -EADDRINUSE || r->code == -EBUSY) {
		bind_try(e, tenant);
		return;
	}
	tenant_live[tenant].pending &= ~STEP_BIT(STEP_BIND);
	if (r->code >= 0) {
		t->ref = (struct tenant_ref){ (uint32_t)r->value[0], (uint32_t)r->value[1] };
		t->have |= STEP_BIT(STEP_BIND);
	}
	life_shared(e, tenant, r->code < 0 ? &r->fault : NULL, STEP_BIT(STEP_BIND), NULL);
}

static void bind_try(struct engine *e, uint32_t tenant)
{
	struct tenant_row *t = &e->table->tenant[tenant];
	struct tenant_live *l = &tenant_live[tenant];
	struct spawn_tenant_bind q = { .index = choose_index(e, t, &l->next) };
	struct fault f;

	if (q.index == ROW_NONE) {
		l->pending &= ~STEP_BIT(STEP_BIND);
		l->next = 0;
		(void)fault_set(&f, -ENOSPC, "engine.bind", "no uid range is free for tenant %s",
				t->name);
		life_shared(e, tenant, &f, STEP_BIT(STEP_BIND), NULL);
		return;
	}
	registry_id(t->name, q.id);
	q.ceiling = policy_ceiling_id(t->ceiling[0]);
	PEERS_ASK(e, WORKER_SPAWN, SPAWN_TENANT_BIND, &q, -1,
		  ((struct answer){ on_bound, tenant_arg(e, tenant) }));
}

void make_bind(struct engine *e, uint32_t w)
{
	uint32_t tenant = e->table->workload[w].tenant;

	tenant_live[tenant].pending |= STEP_BIT(STEP_BIND);
	tenant_live[tenant].next = 0;
	bind_try(e, tenant);
}

/* ---- limits ---- */

static void on_limit(struct engine *e, uint64_t arg, struct reply *r)
{
	uint32_t tenant = tenant_at(e, arg);
	struct tenant_live *l;

	if (tenant == ROW_NONE)
		return;
	l = &tenant_live[tenant];
	if (!(l->pending & STEP_BIT(STEP_LIMITS)))
		return;
	if (l->limits)
		l->limits--;
	if (r->code >= 0 && l->limits)
		return;
	l->pending &= ~STEP_BIT(STEP_LIMITS);
	l->limits = 0;
	if (r->code >= 0)
		e->table->tenant[tenant].have |= STEP_BIT(STEP_LIMITS);
	life_shared(e, tenant, r->code < 0 ? &r->fault : NULL, STEP_BIT(STEP_LIMITS), NULL);
}

void make_limits(struct engine *e, uint32_t w)
{
	uint32_t tenant = e->table->workload[w].tenant;
	const struct tenant_row *t = &e->table->tenant[tenant];

	tenant_live[tenant].pending |= STEP_BIT(STEP_LIMITS);
	tenant_live[tenant].limits = t->nlimit;
	for (uint32_t i = 0; i < t->nlimit; i++) {
		struct spawn_tenant_limit q = { .t = t->ref,
						.knob = t->limit[i].knob,
						.v = { t->limit[i].v[0], t->limit[i].v[1] } };

		PEERS_ASK(e, WORKER_SPAWN, SPAWN_TENANT_LIMIT, &q, -1,
			  ((struct answer){ on_limit, tenant_arg(e, tenant) }));
	}
}
