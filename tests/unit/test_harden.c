/* SPDX-License-Identifier: Apache-2.0 */
/* test_harden.c - the table of programs, and what it does to a process. */
/* links: lib/harden/harden.c lib/base */
/* libs: -lcap */
#include "tests/unit/unit.h"

#include "lib/base/ids.h"
#include "lib/harden/harden.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CAP(c) (UINT64_C(1) << CAP_##c)

/* STYLE.md 3, held against the table: what each program has when it serves. */
static const struct {
	const char *why;
	enum program p;
	uint64_t effective;
	uint64_t never; /* in no set, the bounding one included */
} stated[] = {
	{ "cloisterd", PROG_CLOISTERD, CAP(KILL) | CAP(SETUID) | CAP(SETGID),
	  CAP(SYS_MODULE) | CAP(SYS_RAWIO) | CAP(SYS_BOOT) | CAP(SYS_TIME) | CAP(BPF) },
	{ "engine", PROG_ENGINE, 0, ~UINT64_C(0) },
	{ "spawn", PROG_SPAWN,
	  CAP(SYS_ADMIN) | CAP(SETUID) | CAP(SETGID) | CAP(KILL) | CAP(MKNOD) | CAP(SETPCAP) |
		  CAP(SYS_CHROOT),
	  CAP(NET_ADMIN) | CAP(SYS_MODULE) | CAP(DAC_OVERRIDE) },
	{ "netd", PROG_NETD, CAP(NET_ADMIN) | CAP(SYS_ADMIN), ~(CAP(NET_ADMIN) | CAP(SYS_ADMIN)) },
	{ "volumed", PROG_VOLUMED, CAP(SYS_ADMIN), ~CAP(SYS_ADMIN) },
	{ "compile", PROG_COMPILE, 0, ~UINT64_C(0) },
	{ "mkimage", PROG_MKIMAGE, 0, ~UINT64_C(0) },
	{ "relay", PROG_RELAY, 0, ~UINT64_C(0) },
};

static void test_stated(void **state)
{
	(void)state;
	assert_int_equal(UNIT_LEN(stated), PROG__COUNT - 1);
	for (size_t i = 0; i < UNIT_LEN(stated); i++) {
		const struct harden_row *r = &harden_table[stated[i].p];

		unit_row(r->effective == stated[i].effective, stated[i].why);
		unit_row((r->bounding & stated[i].never) == 0, stated[i].why);
	}
}

static void test_rows(void **state)
{
	(void)state;
	for (int p = PROG_NONE + 1; p < PROG__COUNT; p++) {
		const struct harden_row *r = &harden_table[p];

		unit_row((r->effective & ~r->permitted) == 0, r->name);
		unit_row((r->permitted & ~r->bounding) == 0, r->name);
		/* a worker regains by exec what cloisterd's bounding set lets through, no more */
		unit_row((r->bounding & ~harden_table[PROG_CLOISTERD].bounding) == 0, r->name);
		/* I4: root with, others without capabilities */
		unit_row((r->who == WHO_ROOT) == (r->permitted != 0), r->name);
		unit_row(r->who == WHO_ROOT || r->own != 0, r->name);
		/* securebits pass on to children that must be root */
		unit_row(r->ancestor == (r->securebits == 0), r->name);
		for (int q = PROG_NONE + 1; q < p; q++)
			unit_row(strcmp(r->name, harden_table[q].name) != 0, r->name);
	}
}

static void test_no_program(void **state)
{
	static const int none[] = { PROG_NONE, PROG__COUNT, -1 };
	struct fault f;

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(none); i++) {
		assert_int_equal(harden_common((enum program)none[i], 1000, &f), -EINVAL);
		assert_int_equal(harden_caps((enum program)none[i], &f), -EINVAL);
		assert_int_equal(harden_become((enum program)none[i], UID_BASE, &f), -EINVAL);
	}
}

/* Runs fn in a child; its return value is the exit code: 0, or the number of the check that failed.
 */
static int in_child(int (*fn)(void))
{
	pid_t pid = fork();
	int st = 0;

	if (pid == 0)
		_exit(fn());
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &st, 0), pid);
	return WIFEXITED(st) ? WEXITSTATUS(st) : 200;
}

static int common(void)
{
	struct fault f;
	struct rlimit rl;
	sigset_t mask;
	char name[17] = "";
	int high = fcntl(1, F_DUPFD, 50);

	(void)umask(0);
	(void)signal(SIGUSR1, SIG_IGN);
	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &mask, NULL);
	if (high < 50)
		return 100;
	if (harden_common(PROG_NETD, 50, &f) < 0)
		return 1;
	if (fcntl(high, F_GETFD) >= 0 || fcntl(1, F_GETFD) < 0)
		return 2;
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return 3;
	if (umask(0) != 077)
		return 4;
	if (getsid(0) != getpid())
		return 5;
	if (getrlimit(RLIMIT_CORE, &rl) < 0 || rl.rlim_max != 0)
		return 6;
	if (getrlimit(RLIMIT_NOFILE, &rl) < 0 || rl.rlim_cur > harden_table[PROG_NETD].nofile)
		return 7;
	if (signal(SIGUSR1, SIG_DFL) != SIG_DFL || signal(SIGPIPE, SIG_DFL) != SIG_IGN)
		return 8;
	if (sigprocmask(SIG_BLOCK, NULL, &mask) < 0 || sigismember(&mask, SIGTERM))
		return 9;
	if (prctl(PR_GET_NAME, name, 0, 0, 0) < 0 || strcmp(name, "cloister-netd") != 0)
		return 10;
	return 0;
}

/* Their hard limits are the workloads'. */
static int ancestor_limits(void)
{
	struct fault f;
	struct rlimit before, after;

	if (getrlimit(RLIMIT_STACK, &before) < 0 || harden_common(PROG_SPAWN, 50, &f) < 0 ||
	    getrlimit(RLIMIT_STACK, &after) < 0)
		return 1;
	if (after.rlim_max != before.rlim_max)
		return 2;
	return signal(SIGPIPE, SIG_DFL) == SIG_DFL ? 0 : 3;
}

static void test_common(void **state)
{
	(void)state;
	assert_int_equal(in_child(common), 0);
	assert_int_equal(in_child(ancestor_limits), 0);
}

static uint64_t bounding(void)
{
	uint64_t r = 0;

	for (cap_value_t v = 0; v < cap_max_bits(); v++)
		if (cap_get_bound(v) == 1)
			r |= UINT64_C(1) << v;
	return r;
}

static int as_netd(void)
{
	struct fault f;

	if (harden_caps(PROG_NETD, &f) < 0)
		return 1;
	if (bounding() != (CAP(NET_ADMIN) | CAP(SYS_ADMIN)))
		return 2;
	/* locked: the way back is shut */
	if (prctl(PR_SET_SECUREBITS, 0, 0, 0, 0) == 0)
		return 3;
	/* once more: it has no SETPCAP now, but nothing is left to drop */
	return harden_caps(PROG_NETD, &f) == 0 ? 0 : 4;
}

static int as_spawn_from_netd(void)
{
	struct fault f;

	if (harden_caps(PROG_NETD, &f) < 0)
		return 1;
	return harden_caps(PROG_SPAWN, &f) < 0 && f.err < 0 ? 0 : 2; /* fails closed */
}

static int as_daemon(void)
{
	struct fault f;

	if (harden_caps(PROG_CLOISTERD, &f) < 0)
		return 1;
	if (harden_raise(CAP(DAC_OVERRIDE), true, &f) < 0 ||
	    harden_raise(CAP(DAC_OVERRIDE), false, &f) < 0)
		return 2;
	if (harden_raise(CAP(SYS_MODULE), true, &f) == 0)
		return 3;
	return harden_raise(CAP(SYS_ADMIN), true, &f) == 0 ? 4 : 0; /* in the bounding set only */
}

static int as_engine(void)
{
	uid_t r, e, s;
	struct fault f;

	if (harden_caps(PROG_CLOISTERD, &f) < 0 || harden_become(PROG_ENGINE, UID_BASE, &f) < 0)
		return 1;
	if (getresuid(&r, &e, &s) < 0 || r != UID_BASE + OWN_ENGINE || e != r || s != r)
		return 2;
	if (getgid() != UID_BASE + OWN_ENGINE || getgroups(0, NULL) != 0 || bounding() != 0)
		return 3;
	return harden_caps(PROG_ENGINE, &f) == 0 ? 0 : 4;
}

static int engine_as_root(void)
{
	struct fault f;

	return harden_caps(PROG_ENGINE, &f) == -EPERM ? 0 : 1;
}

static int engine_outside(void)
{
	struct fault f;

	return harden_become(PROG_ENGINE, 1000, &f) == -EINVAL ? 0 : 1;
}

static void test_caps(void **state)
{
	(void)state;
	if (geteuid() != 0)
		unit_skip("dropping capabilities needs root");
	assert_int_equal(in_child(as_netd), 0);
	assert_int_equal(in_child(as_spawn_from_netd), 0);
	assert_int_equal(in_child(as_daemon), 0);
	assert_int_equal(in_child(as_engine), 0);
	assert_int_equal(in_child(engine_as_root), 0);
	assert_int_equal(in_child(engine_outside), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stated),	   cmocka_unit_test(test_rows),
		cmocka_unit_test(test_no_program), cmocka_unit_test(test_common),
		cmocka_unit_test(test_caps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
