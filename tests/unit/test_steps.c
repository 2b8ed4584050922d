/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_steps.c - the lifecycle table: every (have x needs x want) state reaches its goal, one step
 * at a time, in an order that never makes a thing before what it stands on, nor drops one under
 * another.
 */
/* links: supervisor/engine/steps.c lib/base */
#include "tests/unit/unit.h"

#include "supervisor/engine/steps.h"

enum { STATES = 1 << STEP__COUNT };

static uint32_t own_bits(void)
{
	uint32_t own = 0;

	for (uint32_t i = 0; i < STEP__COUNT; i++)
		if (step_table[i].scope == SCOPE_WORKLOAD)
			own |= STEP_BIT(i);
	return own;
}

/* What stands on step i, as far as it is there or coming. */
static bool carries(uint32_t there, uint32_t i)
{
	for (uint32_t k = 0; k < STEP__COUNT; k++)
		if (step_table[k].after & STEP_BIT(i) && there & STEP_BIT(k))
			return true;
	return false;
}

/* Runs s to its goal with answers that come at once. Returns the number of steps. */
static int run(struct step_state s)
{
	for (int n = 0; n <= 2 * STEP__COUNT; n++) {
		struct action a = step_next(&s);
		uint32_t bit = STEP_BIT(a.step);

		if (a.kind == ACTION_NONE) {
			assert_true(step_done(&s));
			return n;
		}
		if (a.kind == ACTION_MAKE) {
			assert_int_equal(s.want, WANT_RUN);
			assert_true(s.needs & bit);
			assert_false(s.have & bit);
			assert_int_equal(step_table[a.step].after & s.needs & ~s.have, 0);
			s.have |= bit;
		} else {
			assert_int_equal(s.want, WANT_GONE);
			assert_true(own_bits() & bit & s.have);
			assert_false(carries(s.have, a.step));
			s.have &= ~bit;
		}
	}
	fail_msg("it does not end");
	return -1;
}

static void every_state_reaches_its_goal(void **state)
{
	(void)state;
	for (uint32_t needs = 0; needs < STATES; needs++)
		for (uint32_t have = 0; have < STATES; have++) {
			(void)run((struct step_state){ have, 0, needs, WANT_RUN });
			(void)run((struct step_state){ have, 0, needs, WANT_GONE });
		}
}

/* Nothing is asked for twice, and nothing goes on that stands on what is not there yet. */
static void answers_may_be_late(void **state)
{
	(void)state;
	for (uint32_t needs = 0; needs < STATES; needs++)
		for (uint32_t pending = 0; pending < STATES; pending++) {
			struct step_state s = { 0, pending, needs, WANT_RUN };
			struct action a = step_next(&s);

			if (a.kind == ACTION_NONE)
				continue;
			assert_false(pending & STEP_BIT(a.step));
			assert_int_equal(step_table[a.step].after & needs, 0);
		}
}

/* What is dropped waits for what is still being made on top of it. */
static void drops_wait_for_makes(void **state)
{
	struct step_state s = { .have = STEP_BIT(STEP_CGROUP),
				.pending = STEP_BIT(STEP_START),
				.needs = UINT32_MAX,
				.want = WANT_GONE };

	(void)state;
	assert_int_equal(step_next(&s).kind, ACTION_NONE);
	assert_false(step_done(&s));
	s.pending = 0;
	assert_int_equal(step_next(&s).kind, ACTION_DROP);
	assert_int_equal(step_next(&s).step, STEP_CGROUP);
}

/* A run whose tenant, plan and images are there asks for cgroup and network at once. */
static void own_steps_go_side_by_side(void **state)
{
	uint32_t tenant = STEP_BIT(STEP_BIND) | STEP_BIT(STEP_LIMITS) | STEP_BIT(STEP_IMAGES) |
			  STEP_BIT(STEP_PLAN);
	struct step_state s = { .have = tenant, .needs = tenant | own_bits(), .want = WANT_RUN };
	uint32_t asked = 0;

	(void)state;
	for (struct action a = step_next(&s); a.kind == ACTION_MAKE; a = step_next(&s)) {
		asked |= STEP_BIT(a.step);
		s.pending |= STEP_BIT(a.step);
	}
	assert_int_equal(asked, STEP_BIT(STEP_CGROUP) | STEP_BIT(STEP_NET) | STEP_BIT(STEP_LOG));
}

static void table_is_whole(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < STEP__COUNT; i++) {
		assert_non_null(step_table[i].name);
		assert_in_range(step_table[i].scope, SCOPE_TENANT, SCOPE_WORKLOAD);
		assert_in_range(step_table[i].by, BY_SPAWN, BY_VOLUMED);
		/* only on earlier ones: so there is no ring */
		assert_int_equal(step_table[i].after & ~(STEP_BIT(i) - 1), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_whole),
		cmocka_unit_test(every_state_reaches_its_goal),
		cmocka_unit_test(answers_may_be_late),
		cmocka_unit_test(drops_wait_for_makes),
		cmocka_unit_test(own_steps_go_side_by_side),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
