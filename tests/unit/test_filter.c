/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_filter.c - what emitted filters answer: every row of the hard list with its errno, 32-bit
 * and high-bit arguments, what profiles leave closed; a sample of them loaded for real.
 */
/* links: profiles/filter.c profiles/filter_args.c profiles/filter_prove.c profiles/filter_want.c
 * profiles/systab.c profiles/sysargs.c profiles/sysconst.c profiles/sysnames.c profiles/expect.c
 * profiles/filter_kept.c profiles/arena.c tests/unit/plan_make.c tests/unit/filter_make.c lib/plan
 * lib/base */
/* libs: -lseccomp */
#include "tests/unit/unit.h"

#include "lib/plan/plan_check.h"
#include "profiles/arena.h"
#include "profiles/filter_parts.h"
#include "profiles/lower.h"
#include "profiles/systab.h"
#include "tests/unit/filter_make.h"
#include "tests/unit/plan_make.h"

#include <errno.h>
#include <linux/audit.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* clang-format off */
/* What a server's profile looks like. */
static const struct verdict server[] = {
	{ "floor: exit_group",         SYS_exit_group, { 0 }, OPEN },
	{ "floor: exit",               SYS_exit, { 0 }, OPEN },
	{ "floor: rt_sigreturn",       SYS_rt_sigreturn, { 0 }, OPEN },
	{ "floor: restart_syscall",    SYS_restart_syscall, { 0 }, OPEN },
	{ "floor: futex",              SYS_futex, { 0 }, OPEN },
	{ "floor: sched_yield",        SYS_sched_yield, { 0 }, OPEN },
	{ "startup: execve",           SYS_execve, { 0 }, ASK },
	{ "startup: execveat",         SYS_execveat, { 0 }, ASK },
	{ "named",                     SYS_read, { 0 }, OPEN },
	{ "not named",                 SYS_getpid, { 0 }, EPERM },
	{ "openat2 not named",         SYS_openat2, { 0 }, ENOSYS },
	{ "unix stream",               SYS_socket, { 1, 1 | 02004000, 0 }, OPEN },
	{ "unix stream, high type",    SYS_socket, { 1, ALL_ONES | 1, 0 }, OPEN },
	{ "unix dgram not named",      SYS_socket, { 1, 2, 0 }, EPERM },
	{ "inet tcp",                  SYS_socket, { 2, 1, 6 }, OPEN },
	{ "inet udp not named",        SYS_socket, { 2, 2, 0 }, EPERM },
	{ "inet icmp",                 SYS_socket, { 2, 1, 1 }, EPROTONOSUPPORT },
	{ "inet6 left closed",         SYS_socket, { 10, 1, 0 }, EAFNOSUPPORT },
	{ "inet6 raw left closed",     SYS_socket, { 10, 3, 0 }, EAFNOSUPPORT },
	{ "netlink left closed",       SYS_socket, { 16, 3, 0 }, EAFNOSUPPORT },
	{ "alg",                       SYS_socket, { 38, 5, 0 }, EAFNOSUPPORT },
	{ "socketpair not named",      SYS_socketpair, { 1, 1, 0 }, EAFNOSUPPORT },
	{ "ioctl named",               SYS_ioctl, { 0, 0x5401 }, OPEN },
	{ "ioctl named, high",         SYS_ioctl, { 0, HIGH | 0x5401 }, OPEN },
	{ "ioctl not named",           SYS_ioctl, { 0, 0x5413 }, ENOTTY },
	{ "TIOCSTI",                   SYS_ioctl, { 0, 0x5412 }, EPERM },
	{ "TIOCSTI named all the same", SYS_ioctl, { 0, HIGH | 0x5412 }, EPERM },
	{ "mprotect W",                SYS_mprotect, { 0, 0, 3 }, OPEN },
	{ "mprotect W and X",          SYS_mprotect, { 0, 0, 7 }, EPERM },
	{ "reads a limit",             SYS_prlimit64, { 0, 7, 0 }, OPEN },
	{ "sets a limit",              SYS_prlimit64, { 0, 7, 0x1000 }, EPERM },
	{ "sets by a high pointer",    SYS_prlimit64, { 0, 7, HIGH }, EPERM },
	{ "a child",                   SYS_clone, { 17 }, OPEN },
	{ "a namespace",               SYS_clone, { 0x10000011 }, EPERM },
	{ "sendto not named, oob",     SYS_sendto, { 3, 0, 0, 1 }, EPERM },
	{ "hard, not named",           SYS_mount, { 0 }, EPERM },
	{ "hard, not named, own errno", SYS_clone3, { 0 }, ENOSYS },
};

static const struct verdict killer[] = {
	{ "named",                     SYS_read, { 0 }, OPEN },
	{ "not named",                 SYS_getpid, { 0 }, KILL },
	{ "argument not named",        SYS_mprotect, { 0, 0, 7 }, KILL },
	{ "hard list",                 SYS_mount, { 0 }, KILL },
	{ "an errno of its own stays", SYS_clone3, { 0 }, ENOSYS },
	{ "a closed family stays",     SYS_socket, { 10, 1, 0 }, EAFNOSUPPORT },
	{ "ioctl not named stays",     SYS_ioctl, { 0, 0x5413 }, ENOTTY },
	{ "unknown number stays",      471, { 0 }, ENOSYS },
};
/* clang-format on */

static void add_server(uint32_t missing)
{
	filter_make_begin(FEAT_BIT(FEAT_FORK) | FEAT_BIT(FEAT_NET_LOOPBACK), missing);
	filter_make_whole(SYS_read);
	filter_make_whole(SYS_write);
	filter_make_add(SYS_socket, 0, 0, UINT32_MAX, 1);
	filter_make_add(SYS_socket, 0, 1, 0xf, 1);
	filter_make_add(SYS_socket, 1, 0, UINT32_MAX, 2);
	filter_make_add(SYS_socket, 1, 1, 0xf, 1);
	filter_make_add(SYS_socket, 1, 2, UINT32_MAX, 0);
	filter_make_add(SYS_socket, 2, 0, UINT32_MAX, 2);
	filter_make_add(SYS_socket, 2, 1, 0xf, 1);
	filter_make_add(SYS_socket, 2, 2, UINT32_MAX, 6);
	filter_make_add(SYS_ioctl, 0, 1, UINT32_MAX, 0x5401);
	filter_make_add(SYS_ioctl, 1, 1, UINT32_MAX, 0x5421);
	filter_make_add(SYS_ioctl, 2, 1, UINT32_MAX, 0x5412); /* asks in vain */
	filter_make_add(SYS_mprotect, 0, 2, 6, 0);
	filter_make_add(SYS_mprotect, 1, 2, 6, 2);
	filter_make_add(SYS_mprotect, 2, 2, 6, 4);
	filter_make_add(SYS_prlimit64, 0, 2, UINT64_MAX, 0);
	filter_make_add(SYS_clone, 0, 0, 0x7e020000, 0);
	filter_make_build();
}

static void server_profile(void **state)
{
	(void)state;
	add_server(MISSING_ERRNO);
	filter_make_judge(server, UNIT_LEN(server));
	add_server(MISSING_KILL);
	filter_make_judge(killer, UNIT_LEN(killer));
}

static void empty_profile(void **state)
{
	static const uint64_t none[6];

	(void)state;
	filter_make_begin(0, MISSING_ERRNO);
	filter_make_build();
	for (unsigned nr = 0; nr < 512; nr++)
		if (filter_make_answer(AUDIT_ARCH_X86_64, nr, none) == SECCOMP_RET_ALLOW)
			assert_true(filter_is_floor(nr));
	for (unsigned nr = 0; nr < 512; nr++) {
		assert_int_equal(filter_make_answer(AUDIT_ARCH_I386, nr, none),
				 SECCOMP_RET_KILL_PROCESS);
		assert_int_equal(filter_make_answer(AUDIT_ARCH_AARCH64, nr, none),
				 SECCOMP_RET_KILL_PROCESS);
	}
}

static void same_bytes(void **state)
{
	static struct sock_filter first[PLAN_BPF_MAX];
	size_t n;

	(void)state;
	add_server(MISSING_ERRNO);
	n = made.count;
	memcpy(first, made.insn, sizeof(first));
	add_server(MISSING_ERRNO);
	assert_int_equal(made.count, n);
	assert_memory_equal(made.insn, first, n * sizeof(first[0]));
}

/* A filter that was built before is given for the same rules in the same circumstances alone. */
static void kept(void **state)
{
	static const struct {
		const char *why;
		uint64_t features;
		uint32_t missing, nrule;
		uint16_t nr; /* of the last rule */
	} asks[] = {
		{ "the first", 0, MISSING_ERRNO, 2, SYS_mprotect },
		{ "a feature: W and X", FEAT_BIT(FEAT_JIT), MISSING_ERRNO, 2, SYS_mprotect },
		{ "another answer", 0, MISSING_KILL, 2, SYS_mprotect },
		{ "another call", 0, MISSING_ERRNO, 2, SYS_madvise },
		{ "a call less", 0, MISSING_ERRNO, 1, SYS_read },
		{ "the first again", 0, MISSING_ERRNO, 2, SYS_mprotect },
	};
	static struct sock_filter out[PLAN_BPF_MAX], first[PLAN_BPF_MAX];
	struct fault f = { 0 };
	struct filters *k;
	struct arena mem;
	size_t n, nfirst = 0;

	(void)state;
	assert_int_equal(arena_init(&mem, 1 << 20, &f), 0);
	k = filters_new(&mem);
	assert_non_null(k);
	for (size_t i = 0; i < UNIT_LEN(asks); i++) {
		filter_make_begin(asks[i].features, asks[i].missing);
		filter_make_whole(SYS_read);
		if (asks[i].nrule > 1)
			filter_make_whole(asks[i].nr);
		filter_make_build();
		assert_int_equal(filters_build(k, &made.ask, out, &n, &f), 0);
		unit_eq(n, made.count, asks[i].why);
		unit_eq(memcmp(out, made.insn, n * sizeof(*out)), 0, asks[i].why);
		if (i == 0)
			memcpy(first, out, (nfirst = n) * sizeof(*out));
		unit_eq(n == nfirst && memcmp(out, first, n * sizeof(*out)) == 0,
			i == 0 || i == UNIT_LEN(asks) - 1, asks[i].why);
	}
	arena_fini(&mem);
}

static void bad_rules(void **state)
{
	/* clang-format off */
	static const struct { const char *why; struct plan_sysrule rule; } rows[] = {
		{ "unknown number",   { .nr = 471, .arg = SYSRULE_ALWAYS, .width = 8 } },
		{ "third phase",      { .nr = 0, .phase = 2, .arg = SYSRULE_ALWAYS, .width = 8 } },
		{ "startup of a part", { .nr = 0, .phase = 1, .arg = 0, .width = 4, .mask = 1 } },
		{ "argument 6",       { .nr = 0, .arg = 6, .width = 4, .mask = 1 } },
		{ "width 2",          { .nr = 0, .arg = 0, .width = 2, .mask = 1 } },
		{ "mask 0",           { .nr = 0, .arg = 0, .width = 4 } },
		{ "wide mask",        { .nr = 0, .arg = 0, .width = 4, .mask = HIGH } },
		{ "value over mask",  { .nr = 0, .arg = 0, .width = 4, .mask = 1, .value = 2 } },
		{ "whole with value", { .nr = 0, .arg = SYSRULE_ALWAYS, .width = 8, .value = 1 } },
	};
	/* clang-format on */
	struct fault f;

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(rows); i++) {
		filter_make_begin(0, MISSING_ERRNO);
		made.rule[made.ask.count++] = rows[i].rule;
		unit_eq(filter_build(&made.ask, made.insn, PLAN_BPF_MAX, &made.count, &f), -EINVAL,
			rows[i].why);
	}
	filter_make_begin(0, MISSING_ERRNO);
	filter_make_whole(1);
	filter_make_whole(0);
	assert_int_equal(filter_build(&made.ask, made.insn, PLAN_BPF_MAX, &made.count, &f),
			 -EINVAL);
	filter_make_begin(0, MISSING_ERRNO);
	for (unsigned i = 0; i <= CLAUSES_MAX; i++)
		filter_make_add(SYS_ioctl, i, 1, UINT32_MAX, i);
	assert_int_equal(filter_build(&made.ask, made.insn, PLAN_BPF_MAX, &made.count, &f),
			 -EINVAL);
	filter_make_begin(0, MISSING_ERRNO);
	assert_int_equal(filter_build(&made.ask, made.insn, 100, &made.count, &f), -E2BIG);
}

static void many_clauses(void **state)
{
	uint64_t args[6] = { 0 };

	(void)state;
	filter_make_begin(0, MISSING_ERRNO);
	for (unsigned i = 0; i < CLAUSES_MAX; i++)
		filter_make_add(SYS_ioctl, i, 1, UINT32_MAX, 0x9000 + 2 * i);
	for (unsigned i = 0; i < CLAUSES_MAX; i++) {
		filter_make_add(SYS_fcntl, i, 1, UINT32_MAX, i);
		filter_make_add(SYS_fcntl, i, 2, UINT64_MAX, HIGH * i);
	}
	filter_make_build();
	for (unsigned i = 0; i < 2 * CLAUSES_MAX; i++) {
		args[1] = 0x9000 + i;
		assert_int_equal(filter_make_answer(AUDIT_ARCH_X86_64, SYS_ioctl, args) ==
					 SECCOMP_RET_ALLOW,
				 i % 2 == 0);
	}
}

/* The judge of the bytes sees what is done to them. */
static void mutants_die(void **state)
{
	size_t lived = 0, tried = 0;
	struct fault f;

	(void)state;
	add_server(MISSING_ERRNO);
	for (size_t i = 0; i < made.count; i++) {
		struct sock_filter keep = made.insn[i];
		int returns = keep.code == (BPF_RET | BPF_K), r;

		if (!returns && (BPF_CLASS(keep.code) != BPF_JMP || i % 5))
			continue; /* of the compares a fifth, for time */
		if (returns)
			made.insn[i].k = keep.k == SECCOMP_RET_ALLOW ? SECCOMP_RET_ERRNO | 1
								     : SECCOMP_RET_ALLOW;
		else
			made.insn[i].k ^= 1;
		r = filter_prove(&made.ask, (struct bpf){ made.insn, made.count }, &f);
		tried++;
		lived += r == 0;
		made.insn[i] = keep;
	}
	/* Some are equal to the original: returns behind a row that shadows another one (families
	 * that the profile leaves closed), bounds of the tree between two numbers with one answer.
	 */
	if (tried == 0 || lived * 8 > tried)
		fail_msg("%zu of %zu mutants lived", lived, tried);
}

static void in_a_plan(void **state)
{
	struct plan_maker m;
	struct plan_seccomp *s;
	struct plan_features *on;
	struct fault f;
	size_t size;
	uint8_t *plan;

	(void)state;
	add_server(MISSING_ERRNO);
	plan_make_init(&m);
	plan_make_clear(&m, PLAN_BPF);
	for (size_t i = 0; i < made.count; i++)
		plan_make_add(&m, PLAN_BPF, &made.insn[i], sizeof(made.insn[i]));
	s = (void *)m.sec[PLAN_SECCOMP].p;
	s->count = (uint32_t)made.count;
	s->flags = PLAN_SECCOMP_LISTENER; /* without feature exec */
	plan = plan_make_done(&m, &size);
	if (plan_check(plan, size, &f) != 0)
		fail_msg("%s", f.msg);
	/* the same filter where one of its features is off */
	on = plan_make_row(plan, PLAN_FEATURES, 0);
	on->on &= ~FEAT_BIT(FEAT_FORK);
	plan_make_rehash(plan, size);
	assert_int_equal(plan_check(plan, size, &f), PF_FEATURE_VALUE);
	free(plan);
	plan_make_fini(&m);
}

/* ---- startup calls (profiles-audit A.10) ---- */

static void startup(void **state)
{
	static const struct verdict with[] = {
		{ "feature exec: execve", SYS_execve, { 0 }, OPEN },
		{ "feature exec: execveat", SYS_execveat, { 0 }, OPEN },
		{ "a startup call", SYS_bind, { 1, 2, 3 }, ASK },
		{ "a call of all times", SYS_listen, { 0 }, OPEN },
		{ "another", SYS_accept, { 0 }, EPERM },
		{ "one of the hard list", SYS_mount, { 0 }, EPERM },
	};

	(void)state;
	filter_make_begin(FEAT_BIT(FEAT_EXEC), MISSING_ERRNO);
	filter_make_whole(SYS_bind);
	made.rule[0].phase = 1;
	filter_make_whole(SYS_listen);
	filter_make_whole(SYS_mount); /* no line opens it, startup or not */
	made.rule[2].phase = 1;
	filter_make_build();
	filter_make_judge(with, UNIT_LEN(with));
}

/* What may happen for a while may happen: the checker takes an ask for an opening. */
static void asked_is_open(void **state)
{
	struct plan_maker m;
	struct plan_seccomp *s;
	struct fault f;
	size_t size;
	uint8_t *plan;

	(void)state;
	add_server(MISSING_ERRNO);
	plan_make_init(&m);
	plan_make_clear(&m, PLAN_BPF);
	for (size_t i = 0; i < made.count; i++) {
		if (made.insn[i].k == (SECCOMP_RET_ERRNO | EPERM) &&
		    BPF_CLASS(made.insn[i].code) == BPF_RET)
			made.insn[i].k = SECCOMP_RET_USER_NOTIF;
		plan_make_add(&m, PLAN_BPF, &made.insn[i], sizeof(made.insn[i]));
	}
	s = (void *)m.sec[PLAN_SECCOMP].p;
	s->count = (uint32_t)made.count;
	s->flags = PLAN_SECCOMP_LISTENER;
	plan = plan_make_done(&m, &size);
	assert_int_equal(plan_check(plan, size, &f), PF_HARD_VALUE); /* clone: the first row */
	free(plan);
	plan_make_fini(&m);
}

/* ---- loaded for real ---- */

/* Not _exit(): the sanitizers hook it, and under the filter their calls are refused. */
static void leave(long status)
{
	(void)syscall(SYS_exit_group, status);
}

static void load(void)
{
	struct sock_fprog prog = { (unsigned short)made.count, made.insn };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) < 0)
		leave(200);
}

/* Runs in a child; 0 when every answer is as wanted, else the row's number + 1. */
static int run_rows(const struct verdict *v, size_t n)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		load();
		for (size_t i = 0; i < n; i++) {
			errno = 0;
			(void)syscall((long)v[i].nr, v[i].args[0], v[i].args[1], v[i].args[2],
				      v[i].args[3], 0, 0);
			if (errno != v[i].want)
				leave((long)i + 1);
		}
		leave(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void loaded(void **state)
{
	/* clang-format off */
	/* An allowed call shows by the kernel's own complaint about descriptor -1 or address 0. */
	static const struct verdict rows[] = {
		{ "allowed: bad descriptor", SYS_read, { (uint64_t)-1 }, EBADF },
		{ "not named",               SYS_getcwd, { 0 }, EPERM },
		{ "clone3",                  SYS_clone3, { 0 }, ENOSYS },
		{ "unknown",                 480, { 0 }, ENOSYS },
		{ "alg",                     SYS_socket, { 38, 5, 0 }, EAFNOSUPPORT },
		{ "alg under high bits",     SYS_socket, { HIGH | 38, 5, 0 }, EAFNOSUPPORT },
		{ "inet6 left closed",       SYS_socket, { 10, 1, 0 }, EAFNOSUPPORT },
		{ "inet raw",                SYS_socket, { 2, 3, 0 }, EPERM },
		{ "mptcp",                   SYS_socket, { 2, 1, 262 }, EPROTONOSUPPORT },
		{ "TCGETS on nothing",       SYS_ioctl, { (uint64_t)-1, 0x5401 }, EBADF },
		{ "TIOCSTI",                 SYS_ioctl, { (uint64_t)-1, 0x5412 }, EPERM },
		{ "TIOCSTI under high bits", SYS_ioctl, { (uint64_t)-1, HIGH | 0x5412 }, EPERM },
		{ "ioctl not named",         SYS_ioctl, { (uint64_t)-1, 0x5413 }, ENOTTY },
		{ "mprotect W and X",        SYS_mprotect, { 0x1000, 0x1000, 7 }, EPERM },
		{ "mprotect of nothing",     SYS_mprotect, { 0x1000, 0x1000, 3 }, ENOMEM },
		{ "a namespace",             SYS_clone, { 0x10000011 }, EPERM },
		{ "unshare",                 SYS_unshare, { 0x10000000 }, EPERM },
		{ "number -1",               UINT32_MAX, { 0 }, ENOSYS },
	};
	/* clang-format on */
	int r;

	(void)state;
	add_server(MISSING_ERRNO);
	r = run_rows(rows, UNIT_LEN(rows));
	if (r)
		fail_msg("row \"%s\"", r <= (int)UNIT_LEN(rows) ? rows[r - 1].why : "load");
}

static void by_int80(void)
{
	long nr = 20; /* getpid of i386 */

	__asm__ volatile("int $0x80" : "+a"(nr) : : "memory");
}

static void by_x32(void)
{
	(void)syscall(0x40000000 | SYS_exit_group, 0);
}

static void by_missing(void)
{
	(void)syscall(SYS_getcwd, 0, 0);
}

static void killed(void **state)
{
	static const struct {
		const char *why;
		uint32_t missing;
		void (*run)(void);
	} rows[] = {
		{ "i386", MISSING_ERRNO, by_int80 },
		{ "x32", MISSING_ERRNO, by_x32 },
		{ "missing kill", MISSING_KILL, by_missing },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(rows); i++) {
		int status;
		pid_t pid;

		add_server(rows[i].missing);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			load();
			rows[i].run();
			leave(0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		unit_row(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, rows[i].why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(server_profile), cmocka_unit_test(empty_profile),
		cmocka_unit_test(same_bytes),	  cmocka_unit_test(kept),
		cmocka_unit_test(bad_rules),	  cmocka_unit_test(many_clauses),
		cmocka_unit_test(mutants_die),	  cmocka_unit_test(in_a_plan),
		cmocka_unit_test(loaded),	  cmocka_unit_test(startup),
		cmocka_unit_test(asked_is_open),  cmocka_unit_test(killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
