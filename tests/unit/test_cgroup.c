/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_cgroup.c - what is written for a limit, in directories that stand in for cgroups: which
 * files a controller has is the kernel's to say, and few machines delegate all of them.
 */
/* links: sandbox/cgroup.c sandbox/rows.c lib/base */
#include "tests/unit/unit.h"

#include "sandbox/spawn.h"
#include "lib/plan/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct app app;
static char top[] = "/tmp/test-cgroup.XXXXXX";
static const struct tenant_ref shop = { 3, 7 };

/* What cgroup.c calls of the rest of the spawner. */
int tenant_get(struct app *a, struct tenant_ref t, struct fault *f)
{
	(void)a, (void)t, (void)f;
	return 0;
}

void start_unpark(struct app *a, struct slot slot)
{
	(void)a, (void)slot;
}

static void put_text(const char *file, const char *text)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/3/%s", top, file);
	f = fopen(path, "w");
	assert_non_null(f);
	(void)fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static const char *text_of(const char *file)
{
	static char text[64];
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/3/%s", top, file);
	f = fopen(path, "r");
	if (!f)
		return "no such file";
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	(void)fclose(f);
	return text;
}

static void forget(const char *file)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/3/%s", top, file);
	(void)unlink(path);
}

/* "limit hugepages" is about pages of 2 MiB: no other size is left open beside it. */
static void huge_pages(void **state)
{
	static const struct {
		const char *why;
		uint32_t tree;
		const char *two, *one; /* its files */
		uint64_t v;
		const char *want_two, *want_one;
	} rows[] = {
		{ "v2", CG_V2, "hugetlb.2MB.max", "hugetlb.1GB.max", 4 << 20, "4194304", "0" },
		{ "v2, no limit", CG_V2, "hugetlb.2MB.max", "hugetlb.1GB.max", UINT64_MAX, "max",
		  "0" },
		{ "v1", 1, "hugetlb.2MB.limit_in_bytes", "hugetlb.1GB.limit_in_bytes", 4 << 20,
		  "4194304", "0" },
		{ "a processor without 1 GiB pages", CG_V2, "hugetlb.2MB.max", NULL, 4 << 20,
		  "4194304", NULL },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(rows); i++) {
		struct spawn_tenant_limit q = { .t = shop,
						.knob = KNOB_HUGETLB_2MB,
						.v = { rows[i].v, 0 } };
		struct reply out = { 0 };

		app.cg.n = rows[i].tree + 1;
		for (uint32_t k = 0; k <= rows[i].tree; k++)
			app.cg.controllers[k] = k == rows[i].tree ? 1u << CTL_HUGETLB : 0;
		put_text(rows[i].two, "");
		if (rows[i].one)
			put_text(rows[i].one, "");
		unit_eq(tenant_limit(&app, &q, NULL, &out), 0, rows[i].why);
		unit_row(strcmp(text_of(rows[i].two), rows[i].want_two) == 0, rows[i].why);
		if (rows[i].one)
			unit_row(strcmp(text_of(rows[i].one), rows[i].want_one) == 0, rows[i].why);
		forget(rows[i].two);
		forget(rows[i].one ? rows[i].one : rows[i].two);
	}
}

static int setup(void **state)
{
	char path[64];

	(void)state;
	if (!mkdtemp(top))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/3", top);
	if (mkdir(path, 0700) < 0)
		return -1;
	for (size_t i = 0; i < CG_TREES_MAX; i++)
		app.cg.tenants[i] = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return 0;
}

static int teardown(void **state)
{
	char path[64];

	(void)state;
	for (size_t i = 0; i < CG_TREES_MAX; i++)
		(void)close(app.cg.tenants[i]);
	(void)snprintf(path, sizeof(path), "%s/3", top);
	return rmdir(path) < 0 || rmdir(top) < 0 ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(huge_pages) };

	return cmocka_run_group_tests(tests, setup, teardown);
}
