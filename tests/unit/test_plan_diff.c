/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_plan_diff.c - what of a changed plan can be changed while its workload runs: limits that the
 * kernel or the engine can change, and nothing else of it, whatever section a change is in.
 */
/* links: lib/plan lib/base profiles/expect.c supervisor/engine/plan_diff.c
 * tests/unit/plan_make.c */
#include "tests/unit/unit.h"

#include "supervisor/engine/limits.h"
#include "tests/unit/plan_make.h"

#include <string.h>

static struct plan_cgroup *knob(uint8_t *plan, uint32_t n)
{
	for (size_t i = 0; i < plan_count(plan, PLAN_CGROUP); i++) {
		struct plan_cgroup *k = plan_make_row(plan, PLAN_CGROUP, i);

		if (k->knob == n)
			return k;
	}
	fail_msg("the made plan has no knob %u", n);
	return NULL;
}

static enum plan_change compare(const uint8_t *a, size_t na, const uint8_t *b, size_t nb,
				char text[200])
{
	return plan_compare((struct plan_bytes){ a, na }, (struct plan_bytes){ b, nb }, text, 200);
}

static void values_apply_now(void **state)
{
	size_t n, m;
	uint8_t *a = plan_make(&n), *b = plan_make(&m);
	char text[200];

	(void)state;
	assert_int_equal(compare(a, n, b, m, text), PLAN_SAME_RUN);
	assert_string_equal(text, "");
	knob(a, KNOB_MEMORY_MAX)->v[0] = UINT64_C(64) << 20;
	knob(b, KNOB_MEMORY_MAX)->v[0] = UINT64_C(2) << 30;
	knob(a, KNOB_PIDS_MAX)->v[0] = 10;
	knob(b, KNOB_PIDS_MAX)->v[0] = UINT64_MAX;
	assert_int_equal(compare(a, n, b, m, text), PLAN_LIVE);
	assert_string_equal(text, "memory 64MiB -> 2GiB, pids 10 -> none");
	free(a);
	free(b);
}

/* A made plan with these rows of LIMITMISC alone, or of CGROUP besides its own. */
static uint8_t *with(enum plan_section s, const void *row, size_t size, size_t *ret)
{
	struct plan_maker m;
	uint8_t *p;

	plan_make_init(&m);
	plan_make_clear(&m, PLAN_LIMITMISC);
	if (row)
		plan_make_add(&m, s, row, size);
	p = plan_make_done(&m, ret);
	plan_make_fini(&m);
	return p;
}

static const struct {
	const char *why;
	struct plan_limitmisc from, to;
	enum plan_change want;
	const char *text;
} limits[] = {
	{ "lifetime",
	  { LIMIT_LIFETIME_NS, 0, 60000000000 },
	  { LIMIT_LIFETIME_NS, 0, 1500000000 },
	  PLAN_LIVE,
	  "lifetime 60s -> 1500ms" },
	{ "startup",
	  { LIMIT_STARTUP_NS, 0, 60000000000 },
	  { LIMIT_STARTUP_NS, 0, 1000000000 },
	  PLAN_LIVE,
	  "startup 60s -> 1s" },
	{ "stop",
	  { LIMIT_STOP_NS, 0, 1000000 },
	  { LIMIT_STOP_NS, 0, 2000000 },
	  PLAN_LIVE,
	  "stop 1ms -> 2ms" },
	{ "the relay has its rate from its start",
	  { LIMIT_LOG_RATE, 0, 1 << 20 },
	  { LIMIT_LOG_RATE, 0, 1536 },
	  PLAN_RESTART,
	  "log 1MiB/s -> 1536B/s" },
	{ "connections",
	  { LIMIT_CONNECTIONS, 0, 5 },
	  { LIMIT_CONNECTIONS, 0, 6 },
	  PLAN_RESTART,
	  "connections 5 -> 6" },
};

static void timers_apply_now(void **state)
{
	char text[200];

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(limits); i++) {
		size_t n, m, o;
		uint8_t *a = with(PLAN_LIMITMISC, &limits[i].from, sizeof(limits[i].from), &n);
		uint8_t *b = with(PLAN_LIMITMISC, &limits[i].to, sizeof(limits[i].to), &m);
		uint8_t *none = with(PLAN_LIMITMISC, NULL, 0, &o);

		unit_eq((int)compare(a, n, b, m, text), (int)limits[i].want, limits[i].why);
		unit_row(strcmp(text, limits[i].text) == 0, limits[i].why);
		unit_eq((int)compare(a, n, none, o, text), (int)limits[i].want, limits[i].why);
		unit_row(strstr(text, " -> none"), limits[i].why);
		free(a);
		free(b);
		free(none);
	}
}

/* spawn writes what a plan has and lifts nothing: a knob that goes, and one in a hierarchy that
 * the process may not have joined, need a start. */
static void knobs_that_come_and_go(void **state)
{
	static const struct plan_cgroup high = { KNOB_MEMORY_HIGH, 0, { 1 << 20, 0 } },
					huge = { KNOB_HUGETLB_2MB, 0, { 1 << 21, 0 } };
	struct plan_maker m;
	size_t n[3];
	uint8_t *p[3];
	char text[200];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		plan_make_init(&m);
		plan_make_clear(&m, PLAN_CGROUP);
		if (i == 1)
			plan_make_add(&m, PLAN_CGROUP, &high, sizeof(high));
		if (i == 2)
			plan_make_add(&m, PLAN_CGROUP, &huge, sizeof(huge));
		p[i] = plan_make_done(&m, &n[i]);
		plan_make_fini(&m);
	}
	assert_int_equal(compare(p[0], n[0], p[1], n[1], text), PLAN_LIVE);
	assert_string_equal(text, "memory.high none -> 1MiB");
	assert_int_equal(compare(p[1], n[1], p[0], n[0], text), PLAN_RESTART);
	assert_int_equal(compare(p[0], n[0], p[2], n[2], text), PLAN_RESTART);
	for (size_t i = 0; i < 3; i++)
		free(p[i]);
}

/* One bit in each section: no section is forgotten, the two that are records aside. */
static void every_section_counts(void **state)
{
	size_t n, m;
	uint8_t *a = plan_make(&n), *b = plan_make(&m);
	char text[200], row[32];
	unsigned seen = 0;

	(void)state;
	for (uint32_t s = 0; s < PLAN__COUNT; s++) {
		const struct plan_sec *sec = &((const struct plan_hdr *)(const void *)b)->sec[s];
		enum plan_change want =
			s == PLAN_PROV || s == PLAN_EXPECT ? PLAN_SAME_RUN : PLAN_RESTART;

		if (sec->len == 0 || s == PLAN_CGROUP || s == PLAN_LIMITMISC)
			continue;
		(void)snprintf(row, sizeof(row), "section %u", s);
		b[sec->off + sec->len - 1] ^= 1;
		unit_eq((int)compare(a, n, b, m, text), (int)want, row);
		unit_row((text[0] != '\0') == (want == PLAN_RESTART), row);
		b[sec->off + sec->len - 1] ^= 1;
		seen++;
	}
	assert_true(seen >= 12);
	((struct plan_hdr *)(void *)b)->sec[PLAN_MOUNT].off = UINT32_MAX; /* outside */
	assert_int_equal(compare(a, n, b, m, text), PLAN_RESTART);
	free(a);
	free(b);
}

/* A line too short for it all is cut, not overrun. */
static void text_is_bounded(void **state)
{
	size_t n, m;
	uint8_t *a = plan_make(&n), *b = plan_make(&m);
	char text[16];

	(void)state;
	knob(b, KNOB_MEMORY_MAX)->v[0] += 1;
	knob(b, KNOB_PIDS_MAX)->v[0] += 1;
	assert_int_equal(plan_compare((struct plan_bytes){ a, n }, (struct plan_bytes){ b, m },
				      text, sizeof(text)),
			 PLAN_LIVE);
	assert_int_equal(strlen(text), sizeof(text) - 1);
	free(a);
	free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_apply_now),	  cmocka_unit_test(timers_apply_now),
		cmocka_unit_test(knobs_that_come_and_go), cmocka_unit_test(every_section_counts),
		cmocka_unit_test(text_is_bounded),
	};

	return cmocka_run_group_tests_name("plan_diff", tests, NULL, NULL);
}
