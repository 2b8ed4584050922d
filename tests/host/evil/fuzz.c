/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz.c - requests whose slots, tenants and counts are swapped with each other live one: none is
 * done whose objects differ in tenant. What is right is done, or nothing would be shown.
 * Runs in: the host tests, as part of evil-engine.
 */
#include "tests/host/evil/tries.h"

#include "lib/base/fd.h"

#include <stdio.h>
#include <string.h>

enum { POOL = 24 };

static struct {
	uint64_t state;
	struct slot slot[POOL];
	uint32_t n;
	uint64_t asked, done, refused, crossed;
} z;

/* xorshift64*: the same run for the same seed. */
static uint32_t pick(uint32_t below)
{
	z.state ^= z.state >> 12;
	z.state ^= z.state << 25;
	z.state ^= z.state >> 27;
	return (uint32_t)((z.state * UINT64_C(2685821657736338717)) >> 33) % below;
}

static void pool_of(const struct side *s)
{
	const struct slot all[] = { s->plan,   s->image_plan, s->running, s->its_cgroup, s->its_net,
				    s->cgroup, s->net,	      s->log,	  s->image };

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		z.slot[z.n++] = all[i];
}

static void refill(void)
{
	z.n = 0;
	pool_of(&a);
	pool_of(&b);
	z.slot[z.n++] = (struct slot){ UINT32_MAX, 0 };
}

static struct slot any_slot(void)
{
	struct slot s = z.slot[pick(z.n)];

	if (pick(16) == 0)
		s.gen += pick(2) ? 1 : UINT32_MAX;
	return s;
}

static struct tenant_ref any_tenant(void)
{
	struct tenant_ref t = pick(2) ? a.t : b.t;

	if (pick(8) == 0)
		t.gen += pick(2) ? 1 : UINT32_MAX;
	if (pick(16) == 0)
		t.index = pick(2) ? 0 : UINT32_MAX;
	return t;
}

static bool is(struct slot x, struct slot y)
{
	return x.gen == y.gen && x.n == y.n;
}

/* Whose is it? NULL: nobody's, or no slot. */
static const struct side *owner(struct slot s)
{
	for (uint32_t i = 0; i < z.n - 1; i++)
		if (is(z.slot[i], s))
			return i < (z.n - 1) / 2 ? &a : &b;
	return NULL;
}

static bool of(struct tenant_ref t, struct slot s)
{
	const struct side *o = owner(s);

	return o && o->t.index == t.index && o->t.gen == t.gen;
}

static bool none_or_of(struct tenant_ref t, struct slot s)
{
	return s.n == UINT32_MAX || of(t, s);
}

/* Is all that a start names its tenant's? */
static bool is_one(const struct spawn_start *q)
{
	bool good = of(q->t, q->cgroup) && of(q->t, q->plan) && none_or_of(q->t, q->net) &&
		    none_or_of(q->t, q->log);

	for (uint32_t i = 0; good && i < q->nimage; i++)
		good = i < START_IMAGES && of(q->t, q->image[i]);
	return good;
}

static void spoil_start(struct spawn_start *q)
{
	switch (pick(9)) {
	case 0:
		q->t = any_tenant();
		break;
	case 1:
		q->cgroup = any_slot();
		break;
	case 2:
		q->plan = any_slot();
		break;
	case 3:
		q->net = any_slot();
		break;
	case 4:
		q->log = any_slot();
		break;
	case 5:
		q->image[pick(START_IMAGES)] = any_slot();
		break;
	case 6:
		q->nimage = pick(START_IMAGES + 3);
		break;
	case 7:
		q->workload = pick(4);
		break;
	default:
		q->flags ^= START_NET_OF;
		q->net = pick(2) ? a.running : b.running;
		break;
	}
}

static void count(int rc, bool one, const char *what, const struct reply *r)
{
	z.asked++;
	z.done += rc >= 0;
	z.refused += rc < 0;
	if (rc >= 0 && !one) {
		z.crossed++;
		printf("# done over a border: %s\n", what);
	}
	if (rc == -ETIMEDOUT || rc == -EPIPE) {
		z.crossed++; /* no answer is not a refusal */
		printf("# no answer: %s (%s)\n", what, r->fault.site);
	}
}

static void a_start(void)
{
	struct side *s = pick(2) ? &a : &b;
	struct spawn_start q = start_of(s, pick(2));
	struct reply r;
	int rc;

	for (uint32_t i = pick(3); i > 0; i--)
		spoil_start(&q);
	rc = run_it(&w, &q, &r);
	count(rc, is_one(&q), "a start", &r);
	/* its network went with it */
	if (rc >= 0 && is(q.net, a.net))
		DROP(side_net(&w, &a, &a.net));
	else if (rc >= 0 && is(q.net, b.net))
		DROP(side_net(&w, &b, &b.net));
	refill();
}

static void an_exec(void)
{
	struct spawn_exec q = exec_of(pick(2) ? &a : &b);
	struct reply r;
	int rc;

	if (pick(3) == 0)
		q.t = any_tenant();
	if (pick(3) == 0)
		q.start = any_slot();
	if (pick(3) == 0)
		q.plan = any_slot();
	if (pick(6) == 0)
		q.workload = pick(4);
	rc = exec_it(&w, &q, &r);
	count(rc, of(q.t, q.start) && of(q.t, q.plan), "an exec", &r);
}

/* Only where it is wrong: right ones would end what the others need. */
static void a_drop(void)
{
	static const uint16_t ops[] = { SPAWN_CGROUP_KILL, SPAWN_CGROUP_DROP, SPAWN_GRIP_DROP,
					SPAWN_PLAN_DROP, SPAWN_READY };
	uint16_t op = ops[pick(ARRAY_LEN(ops))];
	struct tenant_ref t = any_tenant();
	struct slot s = any_slot();
	AUTO(reply_fini) struct reply r;

	reply_init(&r);
	if (of(t, s) && op != SPAWN_READY)
		return;
	count(slot_op(&w, op, t, s, &r), of(t, s), "a slot", &r);
}

static void limits(void)
{
	const struct spawn_cgroup_limits l = { any_tenant(), any_slot(), any_slot() };
	const struct spawn_cgroup_make m = { .t = any_tenant(), .plan = any_slot(), .workload = 9 };
	const struct frame_out ol = { SPAWN_CGROUP_LIMITS, 0, &l, sizeof(l), NULL, 0 };
	const struct frame_out om = { SPAWN_CGROUP_MAKE, 0, &m, sizeof(m), NULL, 0 };
	AUTO(reply_fini) struct reply r;

	if (pick(2)) {
		count(world_ask(&w, WORKER_SPAWN, &ol, &r), of(l.t, l.cgroup) && of(l.t, l.plan),
		      "limits", &r);
		return;
	}
	count(world_ask(&w, WORKER_SPAWN, &om, &r), of(m.t, m.plan), "a cgroup", &r);
	if (r.code == 0)
		DROP(slot_op(&w, SPAWN_CGROUP_DROP, m.t, r.slot, &r));
}

static void a_signal(void)
{
	const struct spawn_signal q = { .t = any_tenant(), .s = any_slot(), .signal = 28 };
	const struct frame_out o = { SPAWN_SIGNAL, 0, &q, sizeof(q), NULL, 0 };
	AUTO(reply_fini) struct reply r;

	count(world_ask(&w, WORKER_SPAWN, &o, &r), of(q.t, q.s), "a signal", &r);
}

void fuzz(uint64_t seed, uint64_t n)
{
	static void (*const kinds[])(void) = { a_start, a_start, a_start, an_exec,
					       a_drop,	limits,	 a_signal };
	char what[160];

	z.state = seed * 2 + 1;
	refill();
	for (uint64_t i = 0; i < n; i++)
		kinds[pick(ARRAY_LEN(kinds))]();
	(void)snprintf(what, sizeof(what),
		       "of %llu requests none is done over a border (seed %llu, %llu refused)",
		       (unsigned long long)z.asked, (unsigned long long)seed,
		       (unsigned long long)z.refused);
	tap(&w, z.crossed == 0 && z.refused > n / 4, "fields swapped", what);
	(void)snprintf(what, sizeof(what), "%llu within one tenant are done, as the control",
		       (unsigned long long)z.done);
	tap(&w, z.done > n / 20, "fields swapped", what);
}
