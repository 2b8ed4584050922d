/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_rows.c - the spawner's tables: rows are named by generation, belong to a tenant, are
 * bounded.
 */
/* links: sandbox/rows.c lib/base */
#include "tests/unit/unit.h"

#include "lib/plan/policy.h"
#include "sandbox/rows.h"

#include <errno.h>
#include <string.h>

static struct app app;
static const struct tenant_ref shop = { 3, 7 }, ledger = { 4, 7 }, nobody = { 0, 0 };

static struct host_policy policy;

static int setup(void **state)
{
	(void)state;
	memset(&app, 0, sizeof(app));
	policy.max_workloads = policy.tenant_workloads = 4096;
	app.policy = &policy;
	app.gen = 100;
	return 0;
}

static void naming(void **state)
{
	struct fault f;
	struct grip *g = row_take(&app, TABLE_GRIP, shop, &f);
	struct slot s = row_slot(&app, TABLE_GRIP, g);
	const struct {
		const char *why;
		struct tenant_ref t;
		struct slot s;
		int want;
	} rows[] = {
		{ "the tenant's own", shop, s, 0 },
		{ "another tenant's", ledger, s, -EPERM },
		{ "the tenant that had the index before", { 3, 6 }, s, -EPERM },
		{ "an older generation", shop, { s.n, s.gen - 1 }, -ESTALE },
		{ "generation 0", shop, { s.n, 0 }, -ESTALE },
		{ "a free row", shop, { s.n + 1, 0 }, -ESTALE },
		{ "past the table", shop, { GRIPS_MAX, s.gen }, -ESTALE },
		{ "no slot", shop, { SLOT_NONE, 0 }, -ESTALE },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(rows); i++) {
		f = (struct fault){ 0 };
		unit_eq(row_own(&app, TABLE_GRIP, rows[i].t, rows[i].s, &f) == g, !rows[i].want,
			rows[i].why);
		unit_eq(f.err, rows[i].want, rows[i].why);
	}
	row_free(&app, TABLE_GRIP, g);
	assert_null(row_get(&app, TABLE_GRIP, s));
	assert_ptr_equal(row_take(&app, TABLE_GRIP, shop, &f), g); /* the same row, named anew */
	assert_null(row_get(&app, TABLE_GRIP, s));
	assert_int_not_equal(g->row.gen, s.gen);
}

/* A row that a start uses is not dropped; a tenant's rows are counted. */
static void uses(void **state)
{
	struct fault f = { 0 };
	struct plan_slot *p = row_take(&app, TABLE_PLAN, shop, &f);
	const struct spawn_slot q = { shop, row_slot(&app, TABLE_PLAN, p) };

	(void)state;
	assert_non_null(row_take(&app, TABLE_CGROUP, shop, &f));
	assert_non_null(row_take(&app, TABLE_START, nobody, &f));
	assert_int_equal(app.tenants[shop.index].live, 2);
	assert_int_equal(app.tenants[nobody.index].live, 0);
	p->row.uses = 1;
	assert_null(row_idle(&app, TABLE_PLAN, &q, &f));
	assert_int_equal(f.err, -EBUSY);
	p->row.uses = 0;
	assert_ptr_equal(row_idle(&app, TABLE_PLAN, &q, &f), p);
	row_free(&app, TABLE_PLAN, p);
	assert_int_equal(app.tenants[shop.index].live, 1);
}

/* Full is a fault, and whatever was freed is found again; no two rows share a generation. */
static void bounds(void **state)
{
	static uint8_t seen[256 + TEMPLATES_MAX + CGROUPS_MAX];
	static void *rows[CGROUPS_MAX];
	struct fault f;

	(void)state;
	for (uint32_t i = 0; i < CGROUPS_MAX; i++) {
		struct cgroup_row *g = rows[i] = row_take(&app, TABLE_CGROUP, shop, &f);

		assert_non_null(g);
		assert_int_equal(row_number(&app, TABLE_CGROUP, g), i);
		assert_int_equal(seen[g->row.gen]++, 0);
	}
	assert_null(row_take(&app, TABLE_CGROUP, shop, &f));
	assert_int_equal(f.err, -ENOSPC);
	assert_non_null(row_take(&app, TABLE_TEMPLATE, shop, &f)); /* another table has room */
	for (uint32_t i = 0; i < CGROUPS_MAX; i += 3)
		row_free(&app, TABLE_CGROUP, rows[i]);
	for (uint32_t i = 0; i < CGROUPS_MAX; i += 3)
		assert_non_null(row_take(&app, TABLE_CGROUP, shop, &f));
	assert_null(row_take(&app, TABLE_CGROUP, shop, &f));
	assert_int_equal(app.rows[TABLE_CGROUP].top, CGROUPS_MAX);
	assert_int_equal(app.tenants[shop.index].live, CGROUPS_MAX + 1);
}

/* I12: what the operator allows, of one tenant and of all; read from the block of now. */
static void limits(void **state)
{
	struct fault f = { 0 };
	void *last = NULL;

	(void)state;
	policy.max_workloads = 3;
	policy.tenant_workloads = 2;
	for (uint32_t i = 0; i < 4; i++) { /* two a workload: one can be on its way out */
		last = row_take(&app, TABLE_CGROUP, shop, &f);
		assert_non_null(last);
	}
	assert_null(row_take(&app, TABLE_CGROUP, shop, &f));
	assert_int_equal(f.err, -EDQUOT);
	assert_non_null(row_take(&app, TABLE_PLAN, shop, &f)); /* each kind by itself */
	assert_non_null(row_take(&app, TABLE_CGROUP, ledger, &f));
	assert_non_null(row_take(&app, TABLE_CGROUP, ledger, &f));
	f = (struct fault){ 0 };
	assert_null(row_take(&app, TABLE_CGROUP, ledger, &f)); /* of all */
	assert_int_equal(f.err, -EDQUOT);
	assert_non_null(row_take(&app, TABLE_CGROUP, nobody, &f)); /* helpers are not counted */
	row_free(&app, TABLE_CGROUP, last);
	assert_non_null(row_take(&app, TABLE_CGROUP, ledger, &f));
	policy.max_workloads = 4;
	policy.tenant_workloads = 4;
	assert_non_null(row_take(&app, TABLE_CGROUP, ledger, &f));
}

/* 0 is no generation, also when the counter comes round. */
static void generation_wraps(void **state)
{
	struct fault f;
	const struct grip *g;

	(void)state;
	app.gen = UINT32_MAX;
	g = row_take(&app, TABLE_GRIP, shop, &f);
	assert_int_equal(g->row.gen, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(naming, setup),
		cmocka_unit_test_setup(uses, setup),
		cmocka_unit_test_setup(bounds, setup),
		cmocka_unit_test_setup(limits, setup),
		cmocka_unit_test_setup(generation_wraps, setup),
	};

	return cmocka_run_group_tests_name("rows", tests, NULL, NULL);
}
