/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spawn.c - cloister-spawn, made up: its tables, and every rule of security-model.md 3.4 that a
 * request can break. What the real one refuses is refused here as well; what the engine must never
 * even ask ends the test.
 */
#include "tests/sim/sim.h"

#include "lib/plan/policy.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* ---- tables ---- */

struct slot object_slot(enum kind k, const struct object *o)
{
	return (struct slot){ (uint32_t)(o - W->object[k]), o->gen };
}

struct object *object_at(enum kind k, struct slot s)
{
	struct object *o = s.n < SIM_OBJECTS ? &W->object[k][s.n] : NULL;

	return o && s.gen && o->gen == s.gen ? o : NULL;
}

struct object *object_new(enum kind k, struct tenant_ref t)
{
	struct object *o = W->object[k];

	while (o < W->object[k] + SIM_OBJECTS && o->gen)
		o++;
	if (o == W->object[k] + SIM_OBJECTS)
		sim_fail("%d objects of kind %u: something is never let go of", SIM_OBJECTS, k);
	*o = (struct object){ .gen = ++W->gen, .t = t, .exit_at = NEVER, .ready_at = NEVER };
	W->fate[o->gen % SIM_FATES] = (struct fated){ o->gen, FATE_LIFE };
	return o;
}

void object_free(enum kind k, struct object *o, enum fate fate)
{
	(void)k;
	W->fate[o->gen % SIM_FATES] = (struct fated){ o->gen, fate };
	o->gen = 0;
}

/* The object that a request names; NULL: it is stale, for a reason that the engine cannot know
 * yet. */
struct object *object_own(enum kind k, const struct tenant_ref *t, struct slot s,
			  enum strictness is)
{
	static const char *const name[] = { "plan", "cgroup", "grip", "start" };
	struct object *o = object_at(k, s);
	const struct fated *was = &W->fate[s.gen % SIM_FATES];

	if (o && (o->t.index != t->index || o->t.gen != t->gen))
		sim_fail("tenant %u.%u names the %s of tenant %u.%u", t->index, t->gen, name[k],
			 o->t.index, o->t.gen);
	if (o && k == K_PLAN && o->orphan && o->judged)
		sim_fail("a plan is named after it was dropped");
	if (o)
		return o;
	if (s.gen && was->gen == s.gen && was->fate == FATE_DROPPED)
		sim_fail("%s %u.%u is named by %s after it was dropped", name[k], s.n, s.gen,
			 op_text(WORKER_SPAWN, W->serving));
	if (is == OF_THIS_LIFE && (was->gen != s.gen || s.gen == 0))
		sim_fail("%s %u.%u, which %s names, is none of this spawner's", name[k], s.n, s.gen,
			 op_text(WORKER_SPAWN, W->serving));
	return NULL;
}

bool tenant_lives(struct tenant_ref t)
{
	return t.index < SIM_INDEXES && W->registry[t.index].state == REG_BOUND &&
	       W->registry[t.index].gen == t.gen && W->bound[t.index] == t.gen;
}

/* ---- answers ---- */

int refused(struct reply *r, int err, const char *why)
{
	(void)fault_set(&r->fault, err, "sim", "%s", why);
	return err;
}

bool inject(struct reply *r, const int *errs, uint32_t n)
{
	if (W->quiet || !chance(W->fail))
		return false;
	r->code = refused(r, errs[rnd(n)], "the world says no");
	return true;
}
#define INJECT(r, ...)                                                                             \
	inject(r, (const int[]){ __VA_ARGS__ }, sizeof((int[]){ __VA_ARGS__ }) / sizeof(int))

static int stale(struct reply *r)
{
	return refused(r, -ESTALE, "not a live object of this tenant");
}

/* ---- tenants ---- */

/* The registry's file is the engine's to read. */
static void write_row(uint32_t index)
{
	const struct reg_row *row = &W->registry[index];

	if (pwrite(FD_REGISTRY, row, sizeof(*row), (off_t)(index * sizeof(*row))) !=
	    (ssize_t)sizeof(*row))
		sim_fail("writing the registry");
}

static int bind(const struct request *q, struct reply *r)
{
	const struct spawn_tenant_bind *b = (const void *)q->body;
	struct reg_row *row;
	bool here;

	if (b->index >= SIM_INDEXES)
		return refused(r, -EINVAL, "no such index");
	row = &W->registry[b->index];
	here = row->state == REG_BOUND && memcmp(row->id, b->id, 16) == 0;
	if (row->state == REG_BOUND && !here)
		return refused(r, -EBUSY, "another's");
	if (row->state == REG_LEFT && W->now - row->since < REG_REST)
		return refused(r, -EBUSY, "it rests");
	if (W->bound[b->index] != row->gen && INJECT(r, -EADDRINUSE))
		return r->code;
	if (INJECT(r, -ENOMEM, -ENOSPC))
		return r->code;
	if (!here) {
		row->gen++;
		row->state = REG_BOUND;
		memcpy(row->id, b->id, 16);
		write_row(b->index);
	}
	W->bound[b->index] = row->gen;
	r->value[0] = b->index;
	r->value[1] = row->gen;
	return 0;
}

static bool has_objects(struct tenant_ref t)
{
	for (uint32_t k = 0; k < K__COUNT; k++)
		for (uint32_t i = 0; i < SIM_OBJECTS; i++)
			if (W->object[k][i].gen && W->object[k][i].t.index == t.index &&
			    W->object[k][i].t.gen == t.gen)
				return true;
	return false;
}

static int free_tenant(const struct request *q, struct reply *r)
{
	const struct spawn_tenant *t = (const void *)q->body;

	if (t->t.index >= SIM_INDEXES || W->registry[t->t.index].state != REG_BOUND ||
	    W->registry[t->t.index].gen != t->t.gen)
		return stale(r);
	if (has_objects(t->t))
		return refused(r, -EBUSY, "objects of the tenant are alive");
	W->registry[t->t.index].state = REG_LEFT;
	W->registry[t->t.index].since = W->now;
	W->bound[t->t.index] = 0;
	write_row(t->t.index);
	return 0;
}

static int limit(const struct request *q, struct reply *r)
{
	const struct spawn_tenant_limit *l = (const void *)q->body;

	if (!tenant_lives(l->t))
		return stale(r);
	return INJECT(r, -EBUSY, -EINVAL) ? r->code : 0;
}

/* ---- plans ---- */

void plan_unuse(struct object *p)
{
	if (p->orphan && !p->uses)
		object_free(K_PLAN, p, p->judged ? FATE_DROPPED : FATE_OWN);
}

static int judged(struct object *p, struct reply *r)
{
	p->judged = true;
	p->orphan = false;
	p->epoch = W->epoch;
	r->slot = object_slot(K_PLAN, p);
	return 0;
}

static int load(const struct request *q, struct reply *r)
{
	const struct spawn_tenant *t = (const void *)q->body;
	struct object *p;

	if (!tenant_lives(t->t))
		return stale(r);
	if (INJECT(r, -EDQUOT, -ENOMEM))
		return r->code;
	p = object_new(K_PLAN, t->t);
	p->plan = q->plan;
	p->orphan = true;
	if (chance(400)) /* it was judged before */
		return judged(p, r);
	p->op = q->op;
	p->seq = q->seq;
	p->edge = W->worker[WORKER_SPAWN].edge;
	return LATER;
}

static void load_finish(struct object *p)
{
	struct reply r;

	reply_init(&r);
	if (INJECT(&r, -EINVAL, -ESTALE, -ENOMEM, -EACCES))
		object_free(K_PLAN, p, FATE_OWN);
	else
		(void)judged(p, &r);
	if (p->edge == W->worker[WORKER_SPAWN].edge)
		wire_answer(WORKER_SPAWN, p->op, p->seq, &r);
}

static int plan_drop(const struct request *q, struct reply *r)
{
	const struct spawn_slot *s = (const void *)q->body;
	struct object *p = object_own(K_PLAN, &s->t, s->s, MAY_BE_STALE);

	if (!p)
		return stale(r);
	p->orphan = true;
	p->epoch = 0;
	plan_unuse(p);
	return 0;
}

/* ---- cgroups and grips ---- */

static int cgroup_make(const struct request *q, struct reply *r)
{
	const struct spawn_cgroup_make *m = (const void *)q->body;
	struct object *g;

	if (!tenant_lives(m->t))
		return stale(r);
	if (!object_own(K_PLAN, &m->t, m->plan, OF_THIS_LIFE))
		return stale(r);
	for (uint32_t i = 0; i < SIM_OBJECTS; i++) {
		g = &W->object[K_CGROUP][i];
		if (g->gen && g->number == m->workload && g->t.index == m->t.index)
			sim_fail("number %u of tenant %u is given twice", m->workload, m->t.index);
	}
	if (INJECT(r, -ENOMEM, -EDQUOT, -EEXIST, -ENOSPC))
		return r->code;
	g = object_new(K_CGROUP, m->t);
	g->number = m->workload;
	r->slot = object_slot(K_CGROUP, g);
	return 0;
}

static int cgroup_kill(const struct request *q, struct reply *r)
{
	const struct spawn_slot *s = (const void *)q->body;
	struct object *g = object_own(K_CGROUP, &s->t, s->s, MAY_BE_STALE);

	if (!g)
		return stale(r);
	starts_kill(g);
	return 0;
}

static int cgroup_drop(const struct request *q, struct reply *r)
{
	const struct spawn_slot *s = (const void *)q->body;
	struct object *g = object_own(K_CGROUP, &s->t, s->s, MAY_BE_STALE);

	if (!g)
		return stale(r);
	starts_unpark(g->start);
	if (g->uses || g->populated > W->now)
		return refused(r, -EBUSY, "it is in use");
	object_free(K_CGROUP, g, FATE_DROPPED);
	return 0;
}

static int cgroup_limits(const struct request *q, struct reply *r)
{
	const struct spawn_cgroup_limits *l = (const void *)q->body;
	struct object *g = object_own(K_CGROUP, &l->t, l->cgroup, MAY_BE_STALE);
	struct object *p = object_own(K_PLAN, &l->t, l->plan, MAY_BE_STALE);
	struct object *s = g ? object_at(K_START, g->start) : NULL, *before;

	if (!g || !p || !s || s->state != S_RUNNING)
		return stale(r);
	if (p->epoch != W->epoch || INJECT(r, -EBUSY, -ENOMEM))
		return r->code ? r->code : stale(r);
	before = object_at(K_PLAN, s->limits);
	p->uses++;
	s->limits = l->plan;
	if (before) {
		before->uses--;
		plan_unuse(before);
	}
	return 0;
}

static int grip_drop(const struct request *q, struct reply *r)
{
	const struct spawn_slot *s = (const void *)q->body;
	struct object *g = object_own(K_GRIP, &s->t, s->s, MAY_BE_STALE);

	if (!g)
		return stale(r);
	if (g->uses)
		return refused(r, -EBUSY, "it is in use");
	object_free(K_GRIP, g, FATE_DROPPED);
	return 0;
}

static int log_relay(const struct request *q, struct reply *r)
{
	const struct spawn_log *l = (const void *)q->body;
	struct object *g;

	if (!tenant_lives(l->t))
		return stale(r);
	if (INJECT(r, -ENOMEM, -EDQUOT, -ENOENT))
		return r->code;
	g = object_new(K_GRIP, l->t);
	g->grip = GRIP_LOG;
	r->slot = object_slot(K_GRIP, g);
	return 0;
}

/* ---- of starts ---- */

static int ready(const struct request *q, struct reply *r)
{
	const struct spawn_slot *a = (const void *)q->body;
	const struct object *s = object_own(K_START, &a->t, a->s, MAY_BE_STALE);

	if (!s)
		return stale(r);
	r->value[0] = s->adopted	      ? (uint32_t)READY_LOST
		      : W->now >= s->ready_at ? s->ready
					      : (uint32_t)READY_NOT;
	return 0;
}

static int signalled(const struct request *q, struct reply *r)
{
	const struct spawn_signal *g = (const void *)q->body;
	struct object *s = object_own(K_START, &g->t, g->s, MAY_BE_STALE);

	if (!s || s->state != S_RUNNING)
		return stale(r);
	if (g->signal == SIGKILL && !s->exec)
		sim_fail("a workload's init is to be sent SIGKILL");
	if (g->signal != SIGKILL && s->deaf)
		return 0;
	s->exit.status = g->signal == SIGKILL || chance(500) ? CLD_KILLED : CLD_EXITED;
	s->exit.value = s->exit.status == CLD_KILLED ? (int32_t)g->signal : 0;
	if (s->exit_at > W->now + 300 * MS)
		s->exit_at = W->now + rnd(300) * MS;
	return 0;
}

static int adopt(const struct request *q, struct reply *r)
{
	for (uint32_t i = ((const struct spawn_adopt *)(const void *)q->body)->n; i < SIM_OBJECTS;
	     i++) {
		struct object *s = &W->object[K_START][i];

		if (!s->gen || s->exec || s->state != S_RUNNING)
			continue;
		if (INJECT(r, -EMFILE))
			return r->code;
		s->told = true;
		sim_trace("spawn tells of start %u of %u, cgroup %u.%u", s->number, s->t.index,
			  s->cgroup.n, s->cgroup.gen);
		r->slot = object_slot(K_START, s);
		r->value[0] = s->number | (uint64_t)s->net.gen << 32;
		r->value[1] = s->t.index | (uint64_t)s->t.gen << 32;
		r->value[2] = s->cgroup.n | (uint64_t)s->cgroup.gen << 32;
		r->value[3] = s->pid | (uint64_t)s->net.n << 32;
		r->nfds = 1;
		return 0;
	}
	return refused(r, -ENOENT, "no further workload");
}

static int host(const struct request *q, struct reply *r)
{
	(void)q;
	(void)r;
	return 0;
}

bool spawn_serve(void)
{
	static int (*const serve[SPAWN__COUNT])(const struct request *, struct reply *) = {
		[SPAWN_TENANT_BIND] = bind,
		[SPAWN_TENANT_FREE] = free_tenant,
		[SPAWN_TENANT_LIMIT] = limit,
		[SPAWN_PLAN_LOAD] = load,
		[SPAWN_PLAN_DROP] = plan_drop,
		[SPAWN_CGROUP_MAKE] = cgroup_make,
		[SPAWN_CGROUP_KILL] = cgroup_kill,
		[SPAWN_CGROUP_DROP] = cgroup_drop,
		[SPAWN_CGROUP_LIMITS] = cgroup_limits,
		[SPAWN_READY] = ready,
		[SPAWN_GRIP_DROP] = grip_drop,
		[SPAWN_START] = starts_begin,
		[SPAWN_RUN] = starts_begin,
		[SPAWN_PARK] = starts_begin,
		[SPAWN_SIGNAL] = signalled,
		[SPAWN_LOG] = log_relay,
		[SPAWN_ADOPT] = adopt,
		[SPAWN_HOST] = host,
		[SPAWN_EXEC] = starts_exec,
	};
	const struct request *q = wire_request(WORKER_SPAWN);
	struct reply r;

	if (!q)
		return false;
	reply_init(&r);
	W->serving = q->op;
	r.code = serve[q->op](q, &r);
	if (r.code == LATER) {
		sim_trace("spawn %s: later", op_text(WORKER_SPAWN, q->op));
		return true;
	}
	sim_trace("spawn %s %u.%u: %d, %u.%u", op_text(WORKER_SPAWN, q->op),
		  q->size >= 16 ? ((const struct spawn_slot *)(const void *)q->body)->s.n : 0,
		  q->size >= 16 ? ((const struct spawn_slot *)(const void *)q->body)->s.gen : 0,
		  r.code, r.slot.n, r.slot.gen);
	wire_answer(WORKER_SPAWN, q->op, q->seq, &r);
	return true;
}

bool spawn_finish(void)
{
	uint32_t from = rnd(SIM_OBJECTS);

	for (uint32_t n = 0; n < SIM_OBJECTS; n++) {
		uint32_t i = (from + n) % SIM_OBJECTS;
		struct object *p = &W->object[K_PLAN][i];

		if (p->gen && !p->judged && p->op) {
			load_finish(p);
			return true;
		}
		if (W->object[K_START][i].gen && starts_finish(&W->object[K_START][i]))
			return true;
	}
	return false;
}
