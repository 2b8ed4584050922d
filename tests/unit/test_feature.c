/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_feature.c - the tables of features, of the hard list and of properties: every row.
 */
/* links: lib/plan/feature.c lib/plan/hardlist.c lib/plan/property.c profiles/systab.c
 * profiles/sysargs.c profiles/sysconst.c profiles/sysnames.c lib/base */
#include "tests/unit/unit.h"

#include "lib/plan/hardlist.h"
#include "lib/plan/property.h"
#include "profiles/systab.h"

#include <string.h>

static void features(void **state)
{
	(void)state;
	for (unsigned i = 0; i < FEAT__COUNT; i++) {
		const struct feature_row *r = &feature_table[i];

		assert_non_null(r->name);
		unit_row(r->about && *r->about, r->name);
		unit_eq(feature_find(r->name, strlen(r->name)), i, r->name);
		unit_row(!(r->needs >> FEAT__COUNT) && !(r->needs & FEAT_BIT(i)), r->name);
		/* what cannot be on is not built; what is built needs only what is built */
		unit_row(r->can_be_on || !r->built, r->name);
		for (unsigned k = 0; k < FEAT__COUNT; k++)
			if (r->built && r->needs & FEAT_BIT(k))
				unit_row(feature_table[k].built, r->name);
	}
	assert_int_equal(feature_find("net", 3), -1);
	assert_int_equal(feature_find("threadsx", 7), FEAT_THREADS);
	assert_int_equal(feature_find("", 0), -1);
}

static void hard_rows(void **state)
{
	uint8_t seen[25] = { 0 };

	(void)state;
	for (size_t i = 0; i < hard_count; i++) {
		const struct hard_row *r = &hard_table[i];
		int row = r->class == HARD_R ? 0 : atoi(r->id + 1);

		unit_row(systab_name(r->nr) != NULL, r->id);
		unit_row(r->err > 0 && r->err < 4096, r->id);
		unit_row((r->class == HARD_H) == (r->feature == FEAT__COUNT), r->id);
		assert_in_range(row, 0, 24);
		seen[row] = 1;
		for (size_t k = 0; k < HARD_CONDS; k++) {
			const struct hard_cond *c = &r->cond[k];

			if (c->op == HARD_END)
				continue;
			unit_row(c->arg < 6 && c->mask && c->count && c->value, r->id);
			for (size_t v = 0; v < c->count; v++)
				unit_row(!(c->value[v] & ~c->mask), r->id);
		}
	}
	for (size_t i = 1; i < UNIT_LEN(seen); i++)
		unit_row(seen[i], "a row of launch.md is missing");
}

/* The samples of a row meet it, and reach both sides of its values. */
static void samples(void **state)
{
	(void)state;
	for (size_t i = 0; i < hard_count; i++) {
		const struct hard_cond *c = &hard_table[i].cond[0];
		uint32_t v;
		size_t n = 0, held = 0;

		for (; hard_sample(c, n, &v); n++) {
			struct hard_row one = hard_table[i];
			uint64_t args[6] = { 0 };

			one.cond[1] = (struct hard_cond){ 0 };
			args[c->arg] = v;
			held += (size_t)hard_holds(&one, args);
		}
		if (c->op == HARD_END)
			unit_eq(n, 0, hard_table[i].id);
		else
			unit_row(c->op == HARD_IN ? held == n && n : held > 5 && held < n,
				 hard_table[i].id);
	}
}

static void properties(void **state)
{
	(void)state;
	for (unsigned i = 0; i < PROP__COUNT; i++) {
		assert_non_null(property_table[i].id);
		for (unsigned k = 0; k < i; k++)
			unit_row(strcmp(property_table[i].id, property_table[k].id) != 0,
				 property_table[i].id);
	}
	assert_string_equal(property_table[PROP_NS_01].id, "NS-01");
	assert_string_equal(property_table[PROP_CG_13].id, "CG-13");
	assert_string_equal(property_table[PROP_RL_16].id, "RL-16");
	assert_string_equal(property_table[PROP_NET_10].id, "NET-10");
	assert_string_equal(property_table[PROP_AUD_01].id, "AUD-01");
	assert_in_range(property_planned(), 60, PROP__COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(features),
		cmocka_unit_test(hard_rows),
		cmocka_unit_test(samples),
		cmocka_unit_test(properties),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
