/* SPDX-License-Identifier: Apache-2.0 */
/*
 * starts.c - what spawn starts, made up: objects compared as in sandbox/spawn.c, ends, and a
 * spawner that dies and finds its workloads again.
 */
#include "tests/sim/sim.h"

#include "supervisor/engine/plans.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

static int stale(struct reply *r)
{
	return refused(r, -ESTALE, "not a live object of this tenant");
}

/* How it will go: in a quiet world services run and are ready, runs end. */
static void fortune(struct object *s, bool service)
{
	static const struct spawn_exit ends[] = {
		{ .status = CLD_EXITED, .value = 0 },
		{ .status = CLD_EXITED, .value = 3 },
		{ .status = CLD_KILLED, .value = SIGSEGV },
		{ .status = CLD_KILLED, .value = SIGKILL, .oom = 2 },
		{ .status = CLD_EXITED,
		  .value = 127,
		  .claim_kind = CLAIM_EXEC_FAILED,
		  .claim_errno = 2 },
	};

	s->exit = ends[rnd(sizeof(ends) / sizeof(ends[0]))];
	s->deaf = chance(W->quiet ? 0 : 200);
	s->ready = chance(W->quiet ? 0 : 50) ? READY_BLIND : READY_TOLD;
	s->ready_at = chance(W->quiet ? 0 : 150) ? NEVER : W->now + rnd(900) * MS;
	if (W->quiet && service)
		s->exit_at = NEVER;
	else if (chance(300))
		s->exit_at = W->now + rnd(20) * MS;
	else if (!service || chance(700))
		s->exit_at = W->now + (uint64_t)rnd(30000) * MS;
}

void starts_kill(struct object *cgroup)
{
	struct slot c = object_slot(K_CGROUP, cgroup);

	for (uint32_t i = 0; i < SIM_OBJECTS; i++) {
		struct object *s = &W->object[K_START][i];

		if (!s->gen || s->cgroup.n != c.n || s->cgroup.gen != c.gen)
			continue;
		s->killed = true;
		s->exit.status = CLD_KILLED;
		s->exit.value = SIGKILL;
		s->exit_at = W->now + rnd(20) * MS;
	}
}

/* Gives back what it held. */
void starts_end(struct object *s)
{
	struct object *g = object_at(K_CGROUP, s->cgroup);
	struct object *p[] = { object_at(K_PLAN, s->with), object_at(K_PLAN, s->limits) };
	struct object *net = object_at(K_GRIP, s->net);

	if (g && !s->exec) {
		g->uses--;
		if (s->state != S_PARKED) /* the last ones are on their way out */
			g->populated = W->now + rnd(12) * MS;
	}
	for (uint32_t i = 0; i < 2; i++) {
		if (!p[i] || s->exec)
			continue;
		p[i]->uses--;
		plan_unuse(p[i]);
	}
	if (net && !s->exec && --net->uses == 0) {
		if (s->state == S_PARKED)
			net->used = false;
		else
			object_free(K_GRIP, net, FATE_OWN);
	}
	/* commands that were begun in it end with it: they are in its pid namespace */
	for (uint32_t i = 0; !s->exec && i < SIM_OBJECTS; i++) {
		struct object *x = &W->object[K_START][i];

		if (x->gen && x->exec && x->of.n == object_slot(K_START, s).n &&
		    x->of.gen == s->gen) {
			x->exit_at = W->now;
			x->killed = true;
		}
	}
	object_free(K_START, s, FATE_OWN);
}

void starts_unpark(struct slot slot)
{
	struct object *s = object_at(K_START, slot);

	if (s && s->state == S_PARKED)
		starts_end(s);
}

static bool same_slot(struct slot a, struct slot b)
{
	return a.n == b.n && a.gen == b.gen;
}

/* What netd or volumed offered, of this tenant. */
static struct object *grip_of(const struct spawn_start *q, struct slot s, enum grip_kind kind)
{
	struct object *g = object_own(K_GRIP, &q->t, s, MAY_BE_STALE);

	if (g && g->grip != kind)
		sim_fail("a start names a grip of kind %u as one of kind %u", g->grip, kind);
	return g;
}

static int check_images(const struct spawn_start *q, struct reply *r)
{
	for (uint32_t i = 0; i < q->nimage; i++)
		if (!grip_of(q, q->image[i], GRIP_IMAGE))
			return stale(r);
	return 0;
}

static int check_net(const struct spawn_start *q, struct object **ret, struct reply *r)
{
	const struct object *of;

	*ret = NULL;
	if (q->flags & START_NET_OF) {
		of = object_own(K_START, &q->t, q->net, MAY_BE_STALE);
		*ret = of && of->state == S_RUNNING ? object_at(K_GRIP, of->net) : NULL;
		return *ret ? 0 : stale(r);
	}
	if (q->net.n == UINT32_MAX)
		return 0;
	*ret = grip_of(q, q->net, GRIP_NET);
	if (!*ret)
		return stale(r);
	for (uint32_t i = 0; i < SIM_OBJECTS; i++) { /* one made ahead for another cgroup */
		const struct object *s = &W->object[K_START][i];

		if (s->gen && s->state == S_PARKED && same_slot(s->net, q->net))
			starts_unpark(object_slot(K_START, s));
	}
	if ((*ret)->uses || (*ret)->used)
		sim_fail("a network namespace is used by two");
	return 0;
}

static struct object *made(const struct spawn_start *q, struct object *net, enum start_state state)
{
	struct object *s = object_new(K_START, q->t);
	struct object *g = object_at(K_CGROUP, q->cgroup), *p = object_at(K_PLAN, q->plan);

	s->state = state;
	s->number = q->workload;
	s->cgroup = q->cgroup;
	s->with = q->plan;
	s->plan = p->plan;
	s->ask = *q;
	s->pid = ++W->pid;
	g->uses++;
	g->start = object_slot(K_START, s);
	p->uses++;
	if (net) {
		s->net = object_slot(K_GRIP, net);
		net->uses++;
		net->used = true;
	}
	return s;
}

static int awaited(struct object *s, const struct request *q)
{
	s->state = S_PENDING;
	s->op = q->op;
	s->seq = q->seq;
	s->edge = W->worker[WORKER_SPAWN].edge;
	fortune(s, q->op == SPAWN_START);
	return LATER;
}

/* The start that waits for a run of the very same objects. */
static struct object *parked_for(const struct spawn_start *q)
{
	const struct object *g = object_at(K_CGROUP, q->cgroup);
	struct object *s = g ? object_at(K_START, g->start) : NULL;
	const struct object *p = s ? object_at(K_PLAN, s->with) : NULL;
	struct spawn_start ask = *q;

	ask.flags &= ~(uint32_t)START_NO_STDIN;
	if (!s || s->state != S_PARKED || !p || p->epoch != W->epoch || !tenant_lives(q->t) ||
	    memcmp(&ask, &s->ask, offsetof(struct spawn_start, op_id)) != 0)
		return NULL;
	return s;
}

/* What only the engine's clients know: whom this would start. */
static void tell_clients(const struct spawn_start *q)
{
	for (uint32_t t = 0; t < W->e->table->ntenant; t++) {
		const struct tenant_row *row = &W->e->table->tenant[t];

		if (row->name[0] && row->ref.index == q->t.index && row->ref.gen == q->t.gen)
			service_started(row->name, q->workload);
	}
}

int starts_begin(const struct request *q, struct reply *r)
{
	const struct spawn_start *a = (const void *)q->body;
	struct object *s = q->op == SPAWN_RUN ? parked_for(a) : NULL, *p, *g, *net;

	if (q->op == SPAWN_START)
		tell_clients(a);
	if (q->op != SPAWN_PARK && inject(r, (const int[]){ -EDQUOT }, 1))
		return r->code;
	if (s)
		return awaited(s, q);
	if (!tenant_lives(a->t))
		return stale(r);
	p = object_own(K_PLAN, &a->t, a->plan, OF_THIS_LIFE);
	g = object_own(K_CGROUP, &a->t, a->cgroup, OF_THIS_LIFE);
	if (!p || !g || p->epoch != W->epoch)
		return stale(r);
	if (g->number != a->workload)
		sim_fail("cgroup %u is named for workload %u", g->number, a->workload);
	if (check_net(a, &net, r) < 0)
		return r->fault.err;
	starts_unpark(g->start);
	if (g->uses)
		sim_fail("cgroup %u is started in twice", g->number);
	if (a->log.n != UINT32_MAX && !grip_of(a, a->log, GRIP_LOG))
		return stale(r);
	if (check_images(a, r) < 0)
		return r->fault.err;
	s = made(a, net, q->op == SPAWN_PARK ? S_PARKED : S_PENDING);
	return q->op == SPAWN_PARK ? 0 : awaited(s, q);
}

int starts_exec(const struct request *q, struct reply *r)
{
	const struct spawn_exec *x = (const void *)q->body;
	struct object *of = object_own(K_START, &x->t, x->start, MAY_BE_STALE);
	struct object *p = object_own(K_PLAN, &x->t, x->plan, OF_THIS_LIFE), *s;

	if (!tenant_lives(x->t) || !of || !p || of->state != S_RUNNING || p->epoch != W->epoch)
		return stale(r);
	if (of->number != x->workload || of->exec)
		sim_fail("an exec names start %u for workload %u", of->number, x->workload);
	if (inject(r, (const int[]){ -EBUSY, -ENOMEM }, 2))
		return r->code;
	if (of->plan != p->plan)
		return refused(r, -EPERM, "not the plan that the workload runs under");
	s = object_new(K_START, x->t);
	s->exec = true;
	s->number = x->workload;
	s->cgroup = of->cgroup;
	s->of = x->start;
	s->pid = ++W->pid;
	return awaited(s, q);
}

/* ---- what takes time ---- */

bool starts_finish(struct object *s)
{
	struct reply r;

	if (s->state != S_PENDING)
		return false;
	reply_init(&r);
	if (s->killed) {
		r.code = refused(&r, -EINTR, "it was killed");
	} else if (!inject(&r, (const int[]){ -ENOMEM, -ETIMEDOUT, -ENOENT }, 3)) {
		r.slot = object_slot(K_START, s);
		r.value[0] = s->pid;
		r.nfds = 1 + (s->op != SPAWN_START) * rnd(3);
	} else {
		r.value[0] = r.code == -ENOENT;
	}
	s->told = s->edge && s->edge == W->worker[WORKER_SPAWN].edge;
	if (s->told)
		wire_answer(WORKER_SPAWN, s->op, s->seq, &r);
	sim_trace("spawn: start %u of %u: %d", s->number, s->t.index, r.code);
	if (r.code < 0)
		starts_end(s);
	else
		s->state = S_RUNNING;
	return true;
}

uint64_t spawn_next_exit(void)
{
	uint64_t first = NEVER;

	for (uint32_t i = 0; i < SIM_OBJECTS; i++) {
		const struct object *s = &W->object[K_START][i];

		if (s->gen && s->state == S_RUNNING && s->exit_at < first)
			first = s->exit_at;
	}
	return first;
}

bool spawn_exits(void)
{
	for (uint32_t i = 0; i < SIM_OBJECTS; i++) {
		struct object *s = &W->object[K_START][i];
		struct object *g = object_at(K_CGROUP, s->cgroup);
		struct spawn_exit x = s->exit;
		bool told = s->told;

		if (!s->gen || s->state != S_RUNNING || s->exit_at > W->now)
			continue;
		x.s = object_slot(K_START, s);
		x.flags = s->adopted ? EXIT_UNSEEN : 0;
		wire_exit(&x);
		sim_trace("exit of %u of %u", s->number, s->t.index);
		starts_end(s);
		if (!told && g && !g->uses) /* nobody else will */
			object_free(K_CGROUP, g, FATE_OWN);
		return true;
	}
	return false;
}

/* ---- ends of spawn and of its engine ---- */

void spawn_orphans(void)
{
	for (uint32_t i = 0; i < SIM_OBJECTS; i++) {
		struct object *s = &W->object[K_START][i];

		s->told = false;
		if (s->gen && s->exec) {
			s->edge = 0;
			s->exit_at = W->now;
			s->killed = true;
		} else if (s->gen && s->state != S_RUNNING) {
			starts_end(s);
		}
	}
	for (uint32_t i = 0; i < SIM_OBJECTS; i++) {
		if (W->object[K_CGROUP][i].gen && !W->object[K_CGROUP][i].uses)
			object_free(K_CGROUP, &W->object[K_CGROUP][i], FATE_OWN);
		if (W->object[K_GRIP][i].gen && !W->object[K_GRIP][i].uses)
			object_free(K_GRIP, &W->object[K_GRIP][i], FATE_OWN);
		if (!W->object[K_PLAN][i].gen)
			continue;
		W->object[K_PLAN][i].orphan = true;
		W->object[K_PLAN][i].edge = 0;
		plan_unuse(&W->object[K_PLAN][i]);
	}
}

/* One that lives on, in the new spawner's tables. */
static void revive(const struct object *old)
{
	struct object *g = object_new(K_CGROUP, old->t), *s = object_new(K_START, old->t), *net;

	g->number = old->number;
	g->uses = 1;
	g->start = object_slot(K_START, s);
	s->state = S_RUNNING;
	s->adopted = true;
	s->number = old->number;
	s->pid = old->pid;
	s->plan = old->plan;
	s->cgroup = object_slot(K_CGROUP, g);
	s->exit = old->exit;
	s->exit_at = old->exit_at;
	s->deaf = old->deaf;
	s->ready = old->ready;
	s->ready_at = old->ready_at;
	if (!old->net.gen || (!W->quiet && chance(50)))
		return;
	net = object_new(K_GRIP, old->t);
	net->grip = GRIP_NET;
	net->used = true;
	net->uses = 1;
	s->net = object_slot(K_GRIP, net);
}

void spawn_die(bool alone)
{
	static struct object old[SIM_OBJECTS]; /* filled and used in here alone */

	memcpy(old, W->object[K_START], sizeof(old));
	memset(W->object, 0, sizeof(W->object));
	W->gen += 1 + rnd(1 << 20);
	memset(W->fate, 0, sizeof(W->fate));
	for (uint32_t i = 0; i < SIM_OBJECTS; i++)
		if (old[i].gen && !old[i].exec && old[i].state == S_RUNNING)
			revive(&old[i]);
	if (alone)
		wire_cut(WORKER_SPAWN);
	W->worker[WORKER_SPAWN].pid++;
}
