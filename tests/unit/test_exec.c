/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_exec.c - who may run a second command where: an exec is a start for every check (3.4), each
 * of which is taken away here once.
 */
/* links: sandbox/exec.c sandbox/rows.c lib/base */
#include "tests/unit/unit.h"

#include "lib/base/fd.h"
#include "lib/plan/plan.h"
#include "lib/plan/policy.h"
#include "sandbox/enter.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

static struct app app;
static struct host_policy policy;
static const struct tenant_ref shop = { 3, 7 }, ledger = { 4, 7 };
static struct {
	int cloned, aborted, awaited;
	struct enter e;
} seen;

/* What exec.c and plans.c call of the rest of the spawner. */
int tenant_get(struct app *a, struct tenant_ref t, struct fault *f)
{
	(void)a;
	return t.gen == 7 ? 0 : fault_set(f, -ESTALE, "tenant.gen", "stale");
}

struct start *start_begin(struct app *a, struct tenant_ref t, enum start_kind kind, struct fault *f)
{
	struct start *s = row_take(a, TABLE_START, t, f);

	if (s)
		s->kind = (uint16_t)kind;
	return s;
}

int start_stdio(const struct app *a, struct start *s, struct enter *e, uint32_t flags, int log)
{
	(void)a, (void)s, (void)log;
	e->tty = flags & START_TTY;
	return 0;
}

int start_clone(struct app *a, struct start *s, struct enter *e, struct fault *f)
{
	(void)a, (void)s, (void)f;
	seen.cloned++;
	seen.e = *e;
	return 0;
}

void start_abort(struct app *a, struct start *s)
{
	(void)a, (void)s;
	seen.aborted++;
}

void start_await(struct app *a, struct start *s, struct reply *out)
{
	(void)a, (void)out;
	s->state = START_RUNNING;
	seen.awaited++;
}

int start_tty(const struct plan_slot *p, uint32_t flags, struct fault *f)
{
	const struct plan_hdr *h = p->map;

	if (!(flags & START_TTY) || (flags == START_TTY && h->flags))
		return 0;
	return fault_set(f, h->flags ? -EINVAL : -EOPNOTSUPP, "start.tty", "no terminal");
}

/* A running workload of each tenant, under one plan. */
static struct world {
	struct plan_hdr plan, other_plan; /* flags: it has a terminal */
	struct start *start[2];
	struct plan_slot *slot[2], *other;
} w;

static struct plan_slot *load(struct tenant_ref t, const struct plan_hdr *map)
{
	struct fault f;
	struct plan_slot *p = row_take(&app, TABLE_PLAN, t, &f);

	p->map = map;
	p->fd = -1;
	p->epoch = policy.epoch;
	return p;
}

static struct start *run(struct tenant_ref t)
{
	struct fault f;
	struct cgroup_row *g = row_take(&app, TABLE_CGROUP, t, &f);
	struct start *s = start_begin(&app, t, START_WORKLOAD, &f);

	for (size_t i = 0; i < CG_TREES_MAX; i++)
		g->dir[i] = -1;
	s->state = START_RUNNING;
	s->number = 5;
	s->pidfd = 77;
	s->cgroup = row_slot(&app, TABLE_CGROUP, g);
	memcpy(s->note.plan, w.plan.body_sha256, sizeof(s->note.plan));
	return s;
}

static int setup(void **state)
{
	(void)state;
	memset(&app, 0, sizeof(app));
	memset(&seen, 0, sizeof(seen));
	policy = (struct host_policy){
		.may = MAY_ALL, .epoch = 2, .max_workloads = 100, .tenant_workloads = 100
	};
	app.policy = &policy;
	app.gen = 100;
	memset(&w, 0, sizeof(w));
	memset(w.plan.body_sha256, 7, sizeof(w.plan.body_sha256));
	w.other_plan = w.plan;
	w.other_plan.body_sha256[31] ^= 1;
	w.slot[0] = load(shop, &w.plan);
	w.slot[1] = load(ledger, &w.plan);
	w.other = load(shop, &w.other_plan);
	w.start[0] = run(shop);
	w.start[1] = run(ledger);
	return 0;
}

static struct spawn_exec good(void)
{
	return (struct spawn_exec){ .t = shop,
				    .start = row_slot(&app, TABLE_START, w.start[0]),
				    .plan = row_slot(&app, TABLE_PLAN, w.slot[0]),
				    .workload = 5 };
}

static int ask(const struct spawn_exec *q, int seals)
{
	struct reply out = { 0 };
	AUTO_FD int fd = memfd_create("args", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_int_equal(ftruncate(fd, 100), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return spawn_exec(&app, q, &fd, &out);
}

enum { SEALS = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL };

static void enters(void **state)
{
	struct spawn_exec q = good();

	(void)state;
	assert_int_equal(ask(&q, SEALS), 0);
	assert_int_equal(seen.cloned, 1);
	assert_int_equal(seen.awaited, 1);
	assert_ptr_equal(seen.e.of, w.start[0]); /* it joins, */
	assert_ptr_equal(seen.e.plan, &w.plan);	 /* under the plan that runs, */
	assert_int_equal(seen.e.ns, -1);	 /* and makes nothing */
	assert_int_equal(seen.e.netns, -1);
	assert_int_equal(seen.e.extra[INIT_FD_EXIT - INIT_FD_PLAN], -1);
}

/* clang-format off */
static void no_policy(struct spawn_exec *q)    { (void)q; policy.may &= ~(uint64_t)MAY_EXEC; }
static void old_policy(struct spawn_exec *q)   { (void)q; policy.epoch++; }
static void stale_tenant(struct spawn_exec *q) { q->t.gen--; }
static void their_start(struct spawn_exec *q)  { q->start = row_slot(&app, TABLE_START, w.start[1]); }
static void their_plan(struct spawn_exec *q)   { q->plan = row_slot(&app, TABLE_PLAN, w.slot[1]); }
static void as_another(struct spawn_exec *q)   { q->t = ledger; }
static void other_plan(struct spawn_exec *q)   { q->plan = row_slot(&app, TABLE_PLAN, w.other); }
static void no_plan(struct spawn_exec *q)      { (void)q; memset(w.start[0]->note.plan, 0, 32); }
static void old_slot(struct spawn_exec *q)     { q->start.gen--; }
static void other_number(struct spawn_exec *q) { q->workload++; }
static void parked(struct spawn_exec *q)       { (void)q; w.start[0]->state = START_PARKED; }
static void pending(struct spawn_exec *q)      { (void)q; w.start[0]->state = START_PENDING; }
static void helper(struct spawn_exec *q)       { (void)q; w.start[0]->kind = START_HELPER; }
static void an_exec(struct spawn_exec *q)      { (void)q; w.start[0]->kind = START_EXEC; }
static void net_of(struct spawn_exec *q)       { q->flags = START_NET_OF; }
static void unknown_flag(struct spawn_exec *q) { q->flags = 1u << 31; }
static void tty(struct spawn_exec *q)          { q->flags = START_TTY; }
static void no_cgroup(struct spawn_exec *q)    { (void)q; w.start[0]->cgroup.gen--; }

static const struct {
	const char *why;
	void (*without)(struct spawn_exec *q);
	int want;
} verdicts[] = {
	{ "the policy forbids it",            no_policy,    -EPERM      },
	{ "a plan of an older policy",        old_policy,   -ESTALE     },
	{ "a tenant of an earlier life",      stale_tenant, -ESTALE     },
	{ "another tenant's workload",        their_start,  -EPERM      },
	{ "another tenant's plan",            their_plan,   -EPERM      },
	{ "asked for another tenant",         as_another,   -EPERM      },
	{ "another plan than it runs under",  other_plan,   -EPERM      },
	{ "adopted, its plan not known",      no_plan,      -EPERM      },
	{ "a slot of an earlier start",       old_slot,     -ESTALE     },
	{ "another workload's number",        other_number, -ESTALE     },
	{ "a parked start",                   parked,       -ESTALE     },
	{ "one that has not begun",           pending,      -ESTALE     },
	{ "a helper",                         helper,       -ESTALE     },
	{ "an exec",                          an_exec,      -ESTALE     },
	{ "a flag of a start's",              net_of,       -EINVAL     },
	{ "a flag of nobody's",               unknown_flag, -EINVAL     },
	{ "a terminal without feature pty",   tty,          -EOPNOTSUPP },
	{ "its cgroup is gone",               no_cgroup,    -ESTALE     },
};
/* clang-format on */

static void refused(void **state)
{
	for (size_t i = 0; i < UNIT_LEN(verdicts); i++) {
		struct spawn_exec q;

		(void)setup(state);
		q = good();
		verdicts[i].without(&q);
		unit_eq(ask(&q, SEALS), verdicts[i].want, verdicts[i].why);
		unit_eq(seen.cloned, 0, verdicts[i].why);
	}
}

static void sealed(void **state)
{
	struct spawn_exec q = good();

	(void)state;
	assert_int_equal(ask(&q, SEALS & ~F_SEAL_WRITE), -EPERM);
	assert_int_equal(seen.cloned, 0);
}

static void terminal(void **state)
{
	struct spawn_exec q = good();

	(void)state;
	w.plan.flags = 1;
	q.flags = START_TTY;
	assert_int_equal(ask(&q, SEALS), 0);
	assert_true(seen.e.tty);
	q.flags = START_TTY | START_NO_STDIN;
	assert_int_equal(ask(&q, SEALS), -EINVAL);
}

/* I12: one tenant's do not take another's place. */
static void bounded(void **state)
{
	struct spawn_exec q = good(), theirs = good();

	(void)state;
	for (int i = 0; i < EXECS_MAX; i++)
		assert_int_equal(ask(&q, SEALS), 0);
	assert_int_equal(ask(&q, SEALS), -EBUSY);
	theirs.t = ledger;
	theirs.start = row_slot(&app, TABLE_START, w.start[1]);
	theirs.plan = row_slot(&app, TABLE_PLAN, w.slot[1]);
	assert_int_equal(ask(&theirs, SEALS), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(enters, setup),	cmocka_unit_test(refused),
		cmocka_unit_test_setup(sealed, setup),	cmocka_unit_test_setup(terminal, setup),
		cmocka_unit_test_setup(bounded, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
