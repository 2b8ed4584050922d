/* SPDX-License-Identifier: Apache-2.0 */
/* test_image_tar.c - names of packages, what apt and dpkg say, the same tree twice. */
/* links: cli/image_tar.c cli/image_dirs.c cli/image_packages.c cli/image_installed.c
 * cli/image_deb.c cli/image_run.c lib/base */
/* libs: -larchive */
#include "tests/unit/unit.h"

#include "cli/image_dirs.h"
#include "cli/image_packages.h"
#include "cli/image_run.h"
#include "lib/base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void package_names(void **state)
{
	static const struct {
		const char *why, *name;
		bool want;
	} rows[] = {
		{ "plain", "redis-server", true },
		{ "with a plus", "libstdc++", true },
		{ "g++", "g++", true },
		{ "with a dot", "python3.11", true },
		{ "empty", "", false },
		{ "one letter", "a", false },
		{ "an option", "-o", false },
		{ "long option", "--force-yes", false },
		{ "apt would remove it", "redis-server-", false },
		{ "apt would install it otherwise", "redis-server+", false },
		{ "a version", "redis=1", false },
		{ "a release", "redis/sid", false },
		{ "an architecture", "redis:i386", false },
		{ "a pattern", "?name(x)", false },
		{ "a pattern, short", "~nredis", false },
		{ "a task", "lamp^", false },
		{ "a file", "./redis.deb", false },
		{ "upper case", "Redis", false },
		{ "a space", "redis server", false },
		{ "a line end", "redis\n", false },
		{ "a wildcard", "redis*", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (recipe_is_package(rows[i].name) != rows[i].want)
			fail_msg("%s", rows[i].why);
}

static void apt_lines(void **state)
{
	static const struct {
		const char *why, *line;
		int want;
		const char *name;
		uint64_t size;
	} rows[] = {
		{ "with a hash", "'http://d/p/a_1.deb' a_1%3a2_amd64.deb 123 MD5Sum:00\n", 0,
		  "a_1%3a2_amd64.deb", 123 },
		{ "without", "'http://d/p/a_1.deb' a_1_all.deb 5 ", 0, "a_1_all.deb", 5 },
		{ "no uri", "Reading package lists...", 1, NULL, 0 },
		{ "empty", "", 1, NULL, 0 },
		{ "uri without an end", "'http://d", 1, NULL, 0 },
		{ "no name", "'http://d'", 1, NULL, 0 },
		{ "no size", "'u' a_1_all.deb", -EINVAL, NULL, 0 },
		{ "size is text", "'u' a_1_all.deb x", -EINVAL, NULL, 0 },
		{ "a path", "'u' ../a_1_all.deb 5", -EINVAL, NULL, 0 },
		{ "a path inside", "'u' a/b_1_all.deb 5", -EINVAL, NULL, 0 },
		{ "hidden", "'u' .a.deb 5", -EINVAL, NULL, 0 },
		{ "an option", "'u' -a.deb 5", -EINVAL, NULL, 0 },
		{ "no archive", "'u' a_1_all.rpm 5", -EINVAL, NULL, 0 },
		{ "too large", "'u' a_1_all.deb 99999999999999999999", -EINVAL, NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *name = NULL;
		size_t len = 0;
		uint64_t size = 0;

		if (apt_line(rows[i].line, &name, &len, &size) != rows[i].want)
			fail_msg("%s", rows[i].why);
		if (rows[i].want != 0)
			continue;
		if (len != strlen(rows[i].name) || memcmp(name, rows[i].name, len) != 0 ||
		    size != rows[i].size)
			fail_msg("%s: other values", rows[i].why);
	}
}

static void depends(void **state)
{
	static const struct {
		const char *why, *field, *want; /* names; "|" behind one with alternatives left */
	} rows[] = {
		{ "nothing", "", "" },
		{ "pre-depends alone", ", ", "" },
		{ "one", "libc6", "libc6" },
		{ "version", "libc6 (>= 2.34), libssl3 (>= 3)", "libc6 libssl3" },
		{ "alternatives", "a | b (>= 1) | c, d", "a| b| c d" },
		{ "architecture", "perl:any, x:amd64 (= 1)", "perl x" },
		{ "restrictions", "a [amd64], b <!nocheck>", "a b" },
		{ "a bar in a version", "a (>= 1), b", "a b" },
		{ "ends in a comma", "a, ", "a" },
		{ "bad", "(>= 1)", "!" },
		{ "bad later", "a, | b", "a !" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *s = rows[i].field;
		char got[256] = "", name[128];
		bool last = false;
		int rc;

		while ((rc = dpkg_depend(&s, name, &last)) == 0)
			(void)snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s%s",
				       *got ? " " : "", name, last ? "" : "|");
		if (rc < 0)
			(void)snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s!",
				       *got ? " " : "");
		if (strcmp(got, rows[i].want) != 0)
			fail_msg("%s: wanted \"%s\", got \"%s\"", rows[i].why, rows[i].want, got);
	}
}

/* A directory of its own below the current one. */
static int scratch(void **state)
{
	static char dir[64];

	(void)snprintf(dir, sizeof(dir), "/tmp/cloister-unit.XXXXXX");
	*state = mkdtemp(dir);
	return *state ? 0 : -1;
}

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int scratch_end(void **state)
{
	static const char *const names[] = { "b", "a", "l", "p" };
	char path[256];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", (char *)*state, names[i]);
		(void)unlink(path); /* not every test makes each */
	}
	return rmdir(*state);
}

static void inputs_of(const char *dir, uint8_t digest[32])
{
	struct recipe r = { .dir = { dir }, .dirs = 1 };
	struct fault f = { 0 };

	assert_int_equal(recipe_inputs(&r, digest, &f), 0);
}

/* Everything that the image will be made of changes the hash, and nothing else does. */
static void dir_inputs(void **state)
{
	const char *dir = *state;
	uint8_t one[32], two[32];
	char path[256];

	write_file(dir, "b", "b");
	write_file(dir, "a", "a");
	inputs_of(dir, one);
	(void)snprintf(path, sizeof(path), "%s/a", dir);
	assert_int_equal(unlink(path), 0);
	write_file(dir, "a", "a"); /* another inode, time and place in the list */
	inputs_of(dir, two);
	assert_memory_equal(one, two, 32);
	(void)snprintf(path, sizeof(path), "%s/", dir);
	inputs_of(path, two);
	assert_memory_equal(one, two, 32);
	write_file(dir, "a", "c");
	inputs_of(dir, two);
	assert_memory_not_equal(one, two, 32);
	(void)snprintf(path, sizeof(path), "%s/a", dir);
	write_file(dir, "a", "a");
	assert_int_equal(chmod(path, 0755), 0);
	inputs_of(dir, two);
	assert_memory_not_equal(one, two, 32);
	assert_int_equal(chmod(path, 0600), 0);
	inputs_of(dir, two);
	assert_memory_equal(one, two, 32);
	(void)snprintf(path, sizeof(path), "%s/l", dir);
	assert_int_equal(symlink("/etc/shadow", path), 0);
	inputs_of(dir, two);
	assert_memory_not_equal(one, two, 32);
}

/* What is no content is left out and counted; a missing directory is a fault. */
static void dir_odd(void **state)
{
	AUTO(tarball_fini) struct tarball t = { 0 };
	struct fault f = { 0 };
	char path[256];
	AUTO_FD int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	assert_true(null >= 0);
	(void)snprintf(path, sizeof(path), "%s/p", (char *)*state);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(tarball_open(&t, null, &f), 0);
	assert_int_equal(dir_write(*state, &t, &f), 0);
	assert_int_equal(t.notes, 1);
	assert_int_equal(dir_write(path, &t, &f), -ENOTDIR);
	assert_int_equal(dir_write("/nonexistent", &t, &f), -ENOENT);
	assert_int_equal(tarball_close(&t, &f), 0);
}

static void reader_gone(void **state)
{
	struct recipe r = { .dir = { *state }, .dirs = 1 };
	struct fault f = { 0 };
	int p[2];

	write_file(*state, "a", "a");
	assert_int_equal(pipe(p), 0);
	assert_int_equal(close(p[0]), 0);
	assert_int_equal(recipe_write(&r, p[1], &f), 1);
	assert_int_equal(close(p[1]), 0);
}

static void programs(void **state)
{
	static const char *const say[] = { "sh", "-c",
					   "echo out; echo W: no >&2; echo E: why >&2; exit 3",
					   NULL };
	static const char *const none[] = { "cloister-no-such-program", NULL };
	struct fault f = { 0 };
	struct ran r = { 0 };

	(void)state;
	assert_int_equal(image_run(say, &r, &f), 0);
	assert_int_equal(r.code, 3);
	assert_string_equal(r.out, "out\n");
	assert_string_equal(r.why, "why");
	ran_fini(&r);
	assert_int_equal(image_run(none, &r, &f), -ENOENT);
	ran_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(package_names),
		cmocka_unit_test(apt_lines),
		cmocka_unit_test(depends),
		cmocka_unit_test_setup_teardown(dir_inputs, scratch, scratch_end),
		cmocka_unit_test_setup_teardown(dir_odd, scratch, scratch_end),
		cmocka_unit_test_setup_teardown(reader_gone, scratch, scratch_end),
		cmocka_unit_test(programs),
	};

	(void)signal(SIGPIPE, SIG_IGN); /* as cloister-imagetar does */
	return cmocka_run_group_tests_name("image_tar", tests, NULL, NULL);
}
