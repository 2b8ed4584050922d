/* SPDX-License-Identifier: Apache-2.0 */
/* test_claim.c - whose claim a text is, and whether a uid range was given to someone. */
/* links: supervisor/daemon/claim.c lib/base */
#include "tests/unit/unit.h"

#include "lib/base/ids.h"
#include "supervisor/daemon/claim.h"

static void test_is(void **state)
{
	static const struct {
		const char *why, *text, *path;
		uint32_t n;
		int want;
	} rows[] = {
		{ "ours", "/srv/a\n4093\n", "/srv/a", 4093, 1 },
		{ "a tenant's of ours: the link's name is not the number", "/srv/a\n4093\n",
		  "/srv/a", 7, 0 },
		{ "a longer path", "/srv/ab\n4093\n", "/srv/a", 4093, 0 },
		{ "a shorter path", "/srv\n4093\n", "/srv/a", 4093, 0 },
		{ "the number goes on", "/srv/a\n40935\n", "/srv/a", 4093, 0 },
		{ "cut short", "/srv/a\n4093", "/srv/a", 4093, 0 },
		{ "more behind it", "/srv/a\n4093\nx", "/srv/a", 4093, 0 },
		{ "empty", "", "/srv/a", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(rows); i++)
		unit_eq(claim_is(rows[i].text, rows[i].path, rows[i].n), rows[i].want, rows[i].why);
}

static void test_overlaps(void **state)
{
	/* 0x70000000 = 1879048192 */
	static const struct {
		const char *why, *text;
		uint32_t n;
		int want;
	} rows[] = {
		{ "nobody", "", 0, 0 },
		{ "as Debian does it", "alice:100000:65536\nbob:165536:65536\n", 0, 0 },
		{ "ends where the range begins", "a:1878982656:65536\n", 0, 0 },
		{ "one id of it", "a:1878982656:65537\n", 0, 1 },
		{ "the whole range, second line", "a:1:2\nb:1879048192:65536\n", 0, 1 },
		{ "the next range", "b:1879113728:65536\n", 0, 0 },
		{ "the next range", "b:1879113728:65536\n", 1, 1 },
		{ "inside", "b:1879050000:1\n", 0, 1 },
		{ "around", "b:0:4294967295\n", 4093, 1 },
		{ "a comment", "#b:1879048192:65536\n", 0, 0 },
		{ "no numbers", "b:x:y\n::\nb\n", 0, 0 },
		{ "no line end", "b:1879048192:65536", 0, 1 },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(rows); i++)
		unit_eq(claim_overlaps(rows[i].text, UID_BASE + rows[i].n * IDS_PER_TENANT),
			rows[i].want, rows[i].why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_is),
		cmocka_unit_test(test_overlaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
