/* SPDX-License-Identifier: Apache-2.0 */
/*
 * makes.c - one function per step of the table: who is asked for what.
 * Runs in: cloister-engine. Must not: decide which step is next.
 */
#include "supervisor/engine/life.h"
#include "lib/asks/netd.h"
#include "lib/asks/spawn.h"
#include "lib/asks/volumed.h"
#include "lib/base/fd.h"
#include "supervisor/engine/peers.h"
#include "supervisor/engine/plans.h"

#include <fcntl.h>
#include <string.h>

static struct answer own_answer(struct engine *e, uint32_t w, enum step s, bool drop)
{
	return (struct answer){ life_answered, life_arg(e, w, s, drop) };
}

static struct tenant_row *tenant_of(struct engine *e, uint32_t w)
{
	return &e->table->tenant[e->table->workload[w].tenant];
}

/* ---- images and plan ---- */

static void on_attached(struct engine *e, uint64_t arg, struct reply *r)
{
	struct attach_row *a = &e->table->attach[arg];

	a->state = r->code < 0 ? MADE_NOT : MADE;
	a->slot = r->slot;
	if (a->old) { /* for a spawner of before it is no use: asked for anew by who needs it */
		attach_drop(e, (uint32_t)arg);
		life_shared(e, a->tenant, NULL, STEP_BIT(STEP_IMAGES), a->digest);
		return;
	}
	life_shared(e, a->tenant, r->code < 0 ? &r->fault : NULL, STEP_BIT(STEP_IMAGES), a->digest);
}

static void lacking(struct engine *e, uint32_t w, const char *what)
{
	struct fault f;

	(void)fault_set(&f, -ENOSPC, "engine.full", "%s", what);
	life_fail(e, w, &f);
}

static const char plan_gone[] = "its plan is gone; apply it again";

static void make_images(struct engine *e, uint32_t w)
{
	struct workload_row *row = &e->table->workload[w];
	const struct plan_item *p = plans_find(e, row->plan);

	if (!p) { /* or this step would be the next one for ever */
		lacking(e, w, plan_gone);
		return;
	}
	for (uint32_t i = 0; i < p->nimage; i++) {
		struct volumed_image q = { .t = tenant_of(e, w)->ref };
		uint32_t a = attach_take(e, row->tenant, p->image[i]);

		if (a == ROW_NONE) {
			lacking(e, w, "too many images are attached");
			return;
		}
		if (e->table->attach[a].state != MADE_NOT)
			continue;
		e->table->attach[a].state = MADE_PENDING;
		memcpy(q.digest, p->image[i], DIGEST_LEN);
		PEERS_ASK(e, WORKER_VOLUMED, VOLUMED_IMAGE_ATTACH, &q, -1,
			  ((struct answer){ on_attached, a }));
	}
}

static void on_loaded(struct engine *e, uint64_t arg, struct reply *r)
{
	const struct load_row *l = &e->table->load[arg];
	uint32_t tenant = l->tenant;
	uint8_t digest[DIGEST_LEN];
	struct fault gone;

	memcpy(digest, l->digest, sizeof(digest));
	switch (load_loaded(e, (uint32_t)arg, r)) {
	case LOADED:
		break;
	case LOADED_AGAIN:
		make_load(e, tenant, digest);
		return;
	case LOADED_GONE: /* workloads have asked anew, the others wait */
		(void)fault_set(&gone, -EAGAIN, "engine.plan",
				"cloister-spawn was started anew; try again");
		exec_shared(e, tenant, &gone, digest);
		limits_loaded(e, tenant, digest, &gone);
		return;
	}
	if (r->code > 0) /* an enum plan_fault: the plan breaks a rule that root keeps */
		r->fault.err = -EBADMSG;
	if (r->code ==
	    -ESTALE) /* a ceiling of before: the policy says no, nothing is wrong with us */
		r->fault.err = -EPERM;
	if (r->code != 0)
		load_free(e, (uint32_t)arg);
	life_shared(e, tenant, r->code != 0 ? &r->fault : NULL, STEP_BIT(STEP_PLAN), digest);
	limits_loaded(e, tenant, digest, r->code != 0 ? &r->fault : NULL);
}

static void not_loaded(struct engine *e, uint32_t tenant, const uint8_t *digest, const char *why)
{
	struct fault f;

	(void)fault_set(&f, -ENOSPC, "engine.full", "%s", why);
	life_shared(e, tenant, &f, STEP_BIT(STEP_PLAN), digest);
	limits_loaded(e, tenant, digest, &f);
}

void make_load(struct engine *e, uint32_t tenant, const uint8_t digest[DIGEST_LEN])
{
	struct plan_item *p = plans_find(e, digest);
	uint32_t load = p ? load_take(e, tenant, digest) : ROW_NONE;
	struct spawn_tenant q = { .t = e->table->tenant[tenant].ref };
	/* one that only the policy's texts may have is made of them by spawn's own compiler */
	bool make = p && plan_is_made(e, p);
	int fd;

	if (load == ROW_NONE) {
		not_loaded(e, tenant, digest, p ? "too many plans are loaded" : plan_gone);
		return;
	}
	fd = fcntl(make ? p->text : p->fd, F_DUPFD_CLOEXEC, FD__END);
	if (fd < 0) { /* asked without its descriptor, spawn would end our edge */
		not_loaded(e, tenant, digest, "too many descriptors are open");
		return;
	}
	e->table->load[load].state = MADE_PENDING;
	e->table->load[load].t = q.t;
	PEERS_ASK(e, WORKER_SPAWN, make ? SPAWN_PLAN_MAKE : SPAWN_PLAN_LOAD, &q, fd,
		  ((struct answer){ on_loaded, load }));
}

static void make_plan(struct engine *e, uint32_t w)
{
	struct workload_row *row = &e->table->workload[w];

	make_load(e, row->tenant, row->plan);
}

/* ---- the workload's own ---- */

/* Something that was made ahead: the step is there without asking anybody. */
static void have_at_once(struct engine *e, uint32_t w, enum step s)
{
	e->live[w].pending &= ~STEP_BIT(s);
	e->table->workload[w].have |= STEP_BIT(s);
}

static void make_cgroup(struct engine *e, uint32_t w)
{
	struct workload_row *row = &e->table->workload[w];
	struct tenant_row *t = tenant_of(e, w);
	struct load_row *l = &e->table->load[load_find(e, row->tenant, row->plan)];
	struct spawn_cgroup_make q = { .t = t->ref, .plan = l->slot };

	/* the network of a start that is parked there is its own: not for a run that has another */
	bool other = row->flags & WF_NET_OF ||
		     (l->parked && (row->have | e->live[w].pending) & STEP_BIT(STEP_NET));

	/* a service has its number already */
	if (row->kind == KIND_RUN && l->cgroup_state == MADE && !other) {
		l->parked = 0;
		row->number = l->number;
		row->cgroup = l->cgroup;
		l->cgroup_state = MADE_NOT;
		have_at_once(e, w, STEP_CGROUP);
		return;
	}
	if (row->kind == KIND_RUN)
		row->number = tenant_number(e, row->tenant);
	q.workload = row->number;
	PEERS_ASK(e, WORKER_SPAWN, SPAWN_CGROUP_MAKE, &q, -1, own_answer(e, w, STEP_CGROUP, false));
}

static void make_net(struct engine *e, uint32_t w)
{
	struct workload_row *row = &e->table->workload[w];
	struct tenant_row *t = tenant_of(e, w);
	const struct plan_item *p = plans_find(e, row->plan);
	struct netd_assign q = { .t = t->ref, .flags = p ? plan_net_flags(p) : 0 };
	uint32_t load = load_find(e, row->tenant, row->plan);
	struct load_row *l = load == ROW_NONE ? NULL : &e->table->load[load];

	/* a start that is parked for another run holds it */
	if (l && l->net_state == MADE && !l->parked) {
		row->net = l->net;
		l->net_state = MADE_NOT;
		have_at_once(e, w, STEP_NET);
		return;
	}
	PEERS_ASK(e, WORKER_NETD, NETD_ASSIGN, &q, -1, own_answer(e, w, STEP_NET, false));
}

static void make_start(struct engine *e, uint32_t w)
{
	struct workload_row *row = &e->table->workload[w];
	const struct plan_item *p = plans_find(e, row->plan);
	struct load_row *l = &e->table->load[load_find(e, row->tenant, row->plan)];
	struct spawn_start q = { .t = tenant_of(e, w)->ref,
				 .cgroup = row->cgroup,
				 .plan = l->slot,
				 .net = NO_SLOT,
				 .log = NO_SLOT,
				 .nimage = p ? p->nimage : 0,
				 .workload = row->number };
	bool is_run = row->kind == KIND_RUN;

	/* a plan of before may have had more of its own: those slots are nobody's any more */
	if (row->have & STEP_BIT(STEP_NET))
		q.net = row->net;
	if (row->have & STEP_BIT(STEP_LOG))
		q.log = row->log;
	if (row->flags & WF_NET_OF) {
		q.net = e->live[w].net_of;
		q.flags |= START_NET_OF;
	}
	if (row->flags & WF_TTY) {
		q.flags |= START_TTY;
		q.tty.rows = e->live[w].rows;
		q.tty.columns = e->live[w].columns;
	}
	if (row->flags & WF_NO_STDIN || !is_run)
		q.flags |= START_NO_STDIN;
	for (uint32_t i = 0; i < q.nimage; i++)
		q.image[i] = e->table->attach[attach_find(e, row->tenant, p->image[i])].slot;
	memcpy(q.op_id, row->op_id, sizeof(q.op_id));
	PEERS_ASK(e, WORKER_SPAWN, is_run ? SPAWN_RUN : SPAWN_START, &q,
		  is_run ? fd_take(&e->live[w].args) : -1, own_answer(e, w, STEP_START, false));
}

void make_step(struct engine *e, uint32_t w, enum step s)
{
	static void (*const make[STEP__COUNT])(struct engine *, uint32_t) = {
		[STEP_BIND] = make_bind, [STEP_LIMITS] = make_limits, [STEP_IMAGES] = make_images,
		[STEP_PLAN] = make_plan, [STEP_CGROUP] = make_cgroup, [STEP_NET] = make_net,
		[STEP_LOG] = make_log,	 [STEP_START] = make_start,
	};

	make[s](e, w);
}

void drop_step(struct engine *e, uint32_t w, enum step s)
{
	const struct workload_row *row = &e->table->workload[w];
	struct spawn_slot q = { .t = tenant_of(e, w)->ref };
	enum spawn_op op = SPAWN_GRIP_DROP;

	if (s == STEP_START) {
		end_ask(e, w);
		return;
	}
	if (s == STEP_CGROUP)
		op = SPAWN_CGROUP_DROP;
	q.s = s == STEP_CGROUP ? row->cgroup : s == STEP_NET ? row->net : row->log;
	PEERS_ASK(e, WORKER_SPAWN, op, &q, -1, own_answer(e, w, s, true));
}
