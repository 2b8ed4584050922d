/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loads.c - what spawn and volumed hold for a tenant: loaded plans, attached images, and what was
 * made ahead (one namespace and one empty cgroup per plan), which takes both off the next run's
 * path. Runs in: cloister-engine.
 */
#include "supervisor/engine/plans.h"
#include "lib/asks/netd.h"
#include "lib/asks/spawn.h"
#include "lib/asks/volumed.h"
#include "lib/base/clock.h"
#include "supervisor/engine/images.h"
#include "supervisor/engine/peers.h"

#include <string.h>

uint32_t load_find(const struct engine *e, uint32_t tenant, const uint8_t digest[DIGEST_LEN])
{
	for (uint32_t i = 0; i < LOAD_ROWS; i++) {
		const struct load_row *l = &e->table->load[i];

		if (l->used && !l->gone && l->tenant == tenant &&
		    memcmp(l->digest, digest, DIGEST_LEN) == 0)
			return i;
	}
	return ROW_NONE;
}

/* Nobody who could complain is left: the object is stale, or goes when its user does. */
static const struct answer nobody = { NULL, 0 };

static void drop(struct engine *e, enum spawn_op op, struct tenant_ref t, struct slot s)
{
	struct spawn_slot q = { .t = t, .s = s };

	PEERS_ASK(e, WORKER_SPAWN, op, &q, -1, nobody);
}

/* The cgroup first: with it goes the start that is parked there and holds the network. What is on
 * its way stays so. */
static void drop_ahead(struct engine *e, struct load_row *l)
{
	if (l->cgroup_state == MADE) {
		drop(e, SPAWN_CGROUP_DROP, l->t, l->cgroup);
		l->cgroup_state = MADE_NOT;
	}
	if (l->net_state == MADE) {
		drop(e, SPAWN_GRIP_DROP, l->t, l->net);
		l->net_state = MADE_NOT;
	}
	l->parked = 0;
}

static bool is_awaited(const struct load_row *l)
{
	return l->state == MADE_PENDING || l->cgroup_state == MADE_PENDING ||
	       l->net_state == MADE_PENDING;
}

void load_free(struct engine *e, uint32_t load)
{
	struct load_row *l = &e->table->load[load];

	drop_ahead(e, l);
	load_renew(e, load);
	if (is_awaited(l))
		l->gone = 1;
	else
		*l = (struct load_row){ 0 };
}

void load_renew(struct engine *e, uint32_t load)
{
	struct load_row *l = &e->table->load[load];

	if (!l->used || l->state != MADE) {
		l->old = l->state == MADE_PENDING;
		return;
	}
	drop(e, SPAWN_PLAN_DROP, l->t, l->slot);
	l->state = MADE_NOT;
}

enum loaded load_loaded(struct engine *e, uint32_t load, const struct reply *r)
{
	struct load_row *l = &e->table->load[load];
	bool old = l->old;

	l->state = r->code == 0 ? MADE : MADE_NOT;
	l->slot = r->slot;
	l->old = 0;
	if (l->gone) {
		load_free(e, load);
		return LOADED_GONE;
	}
	if (!old)
		return LOADED;
	load_renew(e, load);
	return LOADED_AGAIN;
}

static bool load_busy(const struct engine *e, const struct load_row *l)
{
	if (is_awaited(l))
		return true;
	for (uint32_t i = 0; i < WORKLOAD_ROWS; i++) {
		const struct workload_row *w = &e->table->workload[i];

		if (w->name[0] && w->tenant == l->tenant &&
		    memcmp(w->plan, l->digest, DIGEST_LEN) == 0)
			return true;
	}
	return false;
}

uint32_t load_take(struct engine *e, uint32_t tenant, const uint8_t digest[DIGEST_LEN])
{
	uint32_t n = load_find(e, tenant, digest), old = ROW_NONE;
	struct load_row *l = e->table->load;

	for (uint32_t i = 0; n == ROW_NONE && i < LOAD_ROWS; i++)
		if (l[i].used == 0)
			n = i;
	for (uint32_t i = 0; n == ROW_NONE && i < LOAD_ROWS; i++)
		if ((old == ROW_NONE || l[i].used < l[old].used) && !load_busy(e, &l[i]))
			old = i;
	if (n == ROW_NONE && old == ROW_NONE)
		return ROW_NONE;
	if (n == ROW_NONE) {
		n = old;
		load_free(e, n);
	}
	if (l[n].used == 0) {
		memcpy(l[n].digest, digest, DIGEST_LEN);
		l[n].tenant = tenant;
		l[n].t = e->table->tenant[tenant].ref;
	}
	l[n].used = clock_boot_ns();
	return n;
}

uint32_t attach_find(const struct engine *e, uint32_t tenant, const uint8_t digest[DIGEST_LEN])
{
	for (uint32_t i = 0; i < ATTACH_ROWS; i++) {
		const struct attach_row *a = &e->table->attach[i];

		if (a->state != MADE_NOT && a->tenant == tenant &&
		    memcmp(a->digest, digest, DIGEST_LEN) == 0)
			return i;
	}
	return ROW_NONE;
}

uint32_t attach_take(struct engine *e, uint32_t tenant, const uint8_t digest[DIGEST_LEN])
{
	uint32_t n = attach_find(e, tenant, digest);

	for (uint32_t i = 0; n == ROW_NONE && i < ATTACH_ROWS; i++)
		if (e->table->attach[i].state == MADE_NOT)
			n = i;
	if (n == ROW_NONE || e->table->attach[n].state != MADE_NOT)
		return n;
	memcpy(e->table->attach[n].digest, digest, DIGEST_LEN);
	e->table->attach[n].tenant = tenant;
	e->table->attach[n].t = e->table->tenant[tenant].ref;
	e->table->attach[n].old = 0;
	return n;
}

void attach_drop(struct engine *e, uint32_t attach)
{
	struct attach_row *a = &e->table->attach[attach];
	struct volumed_image q = { .t = a->t };

	a->old = a->state == MADE_PENDING;
	if (a->state != MADE)
		return;
	memcpy(q.digest, a->digest, DIGEST_LEN);
	drop(e, SPAWN_GRIP_DROP, q.t, a->slot);
	PEERS_ASK(e, WORKER_VOLUMED, VOLUMED_IMAGE_DETACH, &q, -1, nobody);
	a->state = MADE_NOT;
}

/*
 * With a cgroup and a network made ahead, the whole of the next run but its command is: spawn parks
 * it, and the RUN that names the same objects finds it. Nobody waits for the answer.
 */
static void park(struct engine *e, struct load_row *l)
{
	const struct plan_item *p = plans_find(e, l->digest);
	struct spawn_start q = { .t = l->t,
				 .cgroup = l->cgroup,
				 .plan = l->slot,
				 .net = NO_SLOT,
				 .log = NO_SLOT,
				 .workload = l->number };

	if (!p || p->has_command || l->parked || l->state != MADE || l->cgroup_state != MADE ||
	    e->ending)
		return;
	if (plan_has_net(p) && l->net_state != MADE)
		return;
	if (plan_has_net(p))
		q.net = l->net;
	for (; q.nimage < p->nimage; q.nimage++) {
		uint32_t a = attach_find(e, l->tenant, p->image[q.nimage]);

		if (a == ROW_NONE || e->table->attach[a].state != MADE)
			return;
		q.image[q.nimage] = e->table->attach[a].slot;
	}
	l->parked = 1;
	PEERS_ASK(e, WORKER_SPAWN, SPAWN_PARK, &q, -1, nobody);
}

/* What was asked for came, or not: of a plan that is gone it is let go of. */
static void came(struct engine *e, struct load_row *l)
{
	if (l->gone)
		load_free(e, (uint32_t)(l - e->table->load));
	else
		park(e, l);
}

static void on_net_ahead(struct engine *e, uint64_t arg, struct reply *r)
{
	struct load_row *l = &e->table->load[arg];

	l->net_state = r->code < 0 ? MADE_NOT : MADE;
	l->net = r->slot;
	came(e, l);
}

static void on_cgroup_ahead(struct engine *e, uint64_t arg, struct reply *r)
{
	struct load_row *l = &e->table->load[arg];

	l->cgroup_state = r->code < 0 ? MADE_NOT : MADE;
	l->cgroup = r->slot;
	came(e, l);
}

void ahead_make(struct engine *e, uint32_t w)
{
	const struct workload_row *row = &e->table->workload[w];
	const struct plan_item *p = plans_find(e, row->plan);
	uint32_t load = load_find(e, row->tenant, row->plan);
	struct load_row *l = load == ROW_NONE ? NULL : &e->table->load[load];

	if (!p || !l || l->state != MADE || e->ending)
		return;
	if (plan_has_net(p) && l->net_state == MADE_NOT) {
		struct netd_assign q = { .t = l->t, .flags = plan_net_flags(p) };

		l->net_state = MADE_PENDING;
		PEERS_ASK(e, WORKER_NETD, NETD_ASSIGN, &q, -1,
			  ((struct answer){ on_net_ahead, load }));
	}
	if (l->cgroup_state == MADE_NOT) {
		struct spawn_cgroup_make q = { .t = l->t,
					       .plan = l->slot,
					       .workload = tenant_number(e, row->tenant) };

		l->number = q.workload;
		l->cgroup_state = MADE_PENDING;
		PEERS_ASK(e, WORKER_SPAWN, SPAWN_CGROUP_MAKE, &q, -1,
			  ((struct answer){ on_cgroup_ahead, load }));
	}
}

void ahead_drop(struct engine *e, uint32_t tenant)
{
	for (uint32_t i = 0; i < LOAD_ROWS; i++)
		if (e->table->load[i].used && e->table->load[i].tenant == tenant)
			drop_ahead(e, &e->table->load[i]);
}

static bool has_name(const struct engine *e, const uint8_t digest[DIGEST_LEN])
{
	for (uint32_t i = 0; i < e->images->n; i++)
		if (memcmp(e->images->row[i].digest, digest, DIGEST_LEN) == 0)
			return true;
	return false;
}

void image_forget(struct engine *e, const uint8_t digest[DIGEST_LEN])
{
	struct volumed_image q = { 0 };

	if (has_name(e, digest))
		return;
	memcpy(q.digest, digest, DIGEST_LEN);
	/* -EBUSY: attached; the file stays until it is asked for again */
	PEERS_ASK(e, WORKER_VOLUMED, VOLUMED_IMAGE_DROP, &q, -1, nobody);
}
