/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_label.c - which LSM is in use and whether workloads get its profile, from files that stand
 * in for those of procfs.
 */
/* links: sandbox/label.c lib/base */
#include "tests/unit/unit.h"

#include "sandbox/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char top[] = "/tmp/test-label.XXXXXX";
static int proc = -1;

/* text NULL: no such file. */
static void make(const char *name, const char *text)
{
	int fd;

	(void)unlinkat(proc, name, 0);
	if (!text)
		return;
	fd = openat(proc, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
}

static const char *text_of(const char *name)
{
	static char text[64];
	int fd = openat(proc, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	(void)close(fd);
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static void looking(void **state)
{
	static const struct {
		const char *why, *current, *apparmor, *exec;
		uint32_t want;
	} rows[] = {
		{ "no LSM with labels", NULL, NULL, NULL, 0 },
		{ "AppArmor built in, not in use", "", "", "", 0 },
		{ "AppArmor, the profile is not loaded", "unconfined\n", "unconfined\n", NULL,
		  HOST_F_APPARMOR },
		{ "AppArmor, the profile is loaded", "unconfined\n", "unconfined\n", "",
		  HOST_F_APPARMOR | HOST_F_LABEL },
		{ "SELinux", "system_u:system_r:init_t:s0", NULL, NULL, HOST_F_SELINUX },
		{ "both, AppArmor is ours to ask", "system_u:system_r:init_t:s0", "unconfined\n",
		  "", HOST_F_APPARMOR | HOST_F_LABEL },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(rows); i++) {
		make("self/attr/current", rows[i].current);
		make("self/attr/apparmor/current", rows[i].apparmor);
		make("self/attr/apparmor/exec", rows[i].exec);
		unit_eq(label_look(proc), rows[i].want, rows[i].why);
	}
}

/* What was found at the start and is gone later: the start fails, it does not go on without. */
static void asking(void **state)
{
	(void)state;
	make("self/attr/apparmor/exec", "");
	assert_int_equal(label_put(proc), 0);
	assert_string_equal(text_of("self/attr/apparmor/exec"), "exec cloister-workload");
	make("self/attr/apparmor/exec", NULL);
	assert_int_equal(label_put(proc), -ENOENT);
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(top))
		return -1;
	proc = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return mkdirat(proc, "self", 0700) || mkdirat(proc, "self/attr", 0700) ||
			       mkdirat(proc, "self/attr/apparmor", 0700)
		       ? -1
		       : 0;
}

static int teardown(void **state)
{
	(void)state;
	make("self/attr/current", NULL);
	make("self/attr/apparmor/current", NULL);
	make("self/attr/apparmor/exec", NULL);
	(void)unlinkat(proc, "self/attr/apparmor", AT_REMOVEDIR);
	(void)unlinkat(proc, "self/attr", AT_REMOVEDIR);
	(void)unlinkat(proc, "self", AT_REMOVEDIR);
	(void)close(proc);
	return rmdir(top);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(looking), cmocka_unit_test(asking) };

	return cmocka_run_group_tests(tests, setup, teardown);
}
