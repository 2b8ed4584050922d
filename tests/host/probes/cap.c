/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cap.c - probes: capabilities, ids, the state that a start leaves, and the filter as a whole.
 * Runs in: cloister-probe.
 */
#include "tests/host/probes/probe.h"

#include "lib/base/fd.h"
#include "lib/base/str.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

/* The value of "Name:" in /proc/self/status, or -1. */
static long long status_field(const char *name, int base)
{
	static char buf[8192];
	const char *at = read_text("/proc/self/status", buf, sizeof(buf)) < 0 ? NULL : buf;
	size_t n = strlen(name);

	for (; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (!strncmp(at, name, n) && at[n] == ':')
			return strtoll(at + n + 1, NULL, base);
	}
	return -1;
}

static int sets(struct probe_ctx *c)
{
	static const char *const set[] = { "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb" };
	long long v;

	for (size_t i = 0; i < ARRAY_LEN(set); i++) {
		v = status_field(set[i], 16);
		if (v < 0)
			return skip(c, "/proc/self/status cannot be read");
		if (v != 0)
			return step(c, set[i], 0);
	}
	return status_field("NoNewPrivs", 10) == 1 ? PROBE_ABSENT : step(c, "NoNewPrivs", 0);
}

/* Filter mode, and exactly one filter: nothing inherited, nothing stacked (STYLE 3, note 1). */
static int one_filter(struct probe_ctx *c)
{
	long long mode = status_field("Seccomp", 10);
	long long n = status_field("Seccomp_filters", 10);

	if (mode < 0)
		return skip(c, "/proc/self/status cannot be read");
	(void)snprintf(c->note, sizeof(c->note), "mode %lld, %lld filters", mode, n);
	return mode == 2 && n == 1 ? PROBE_ABSENT : 0;
}

static int become_root(struct probe_ctx *c)
{
	if (c->outside && syscall(SYS_setresuid, 0, CONTROL_UID, 0) < 0)
		return step(c, "control", -1);
	if (syscall(SYS_setuid, 0) == 0 && geteuid() == 0)
		return step(c, "setuid", 0);
	return step(c, "setresuid", syscall(SYS_setresuid, 0, 0, 0));
}

static int other_uid(struct probe_ctx *c)
{
	return step(c, "setresuid", syscall(SYS_setresuid, 65533, 65533, 65533));
}

static int other_gid(struct probe_ctx *c)
{
	return step(c, "setresgid", syscall(SYS_setresgid, 0, 0, 0));
}

static int groups(struct probe_ctx *c)
{
	static const gid_t g[] = { 0 };

	return step(c, "setgroups", syscall(SYS_setgroups, 1, g));
}

static int seed_group(struct probe_ctx *c)
{
	static const gid_t g[] = { 4242 };

	return step(c, "setgroups", syscall(SYS_setgroups, 1, g));
}

static int groups_inherited(struct probe_ctx *c)
{
	gid_t g[64];
	long n = syscall(SYS_getgroups, 64, g);

	if (n < 0)
		return step(c, "getgroups", -1);
	for (long i = 0; i < n; i++)
		if (g[i] != getgid())
			return step(c, "a foreign group", 0);
	return absent(c, "none but the own");
}

static int regain(struct probe_ctx *c)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2] = {
		{ .effective = 1U << CAP_CHOWN, .permitted = 1U << CAP_CHOWN }, { 0 }
	};

	return step(c, "capset", syscall(SYS_capset, &h, d));
}

static int inherit_chown(struct probe_ctx *c)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2];

	if (syscall(SYS_capget, &h, d) < 0)
		return step(c, "capget", -1);
	d[0].inheritable |= 1U << CAP_CHOWN;
	return step(c, "capset", syscall(SYS_capset, &h, d));
}

static int ambient(struct probe_ctx *c)
{
	return step(c, "PR_CAP_AMBIENT_RAISE",
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0));
}

static int nice_up(struct probe_ctx *c)
{
	return step(c, "setpriority", setpriority(PRIO_PROCESS, 0, -10));
}

/* A cgroup of version 1 has no real-time share unless it is given one; the top has. */
static int leave_cgroup(struct probe_ctx *c)
{
	(void)c;
	DROP(write_text("/sys/fs/cgroup/cpu/cgroup.procs", "0")); /* elsewhere it is not needed */
	return 0;
}

static int realtime(struct probe_ctx *c)
{
	struct sched_param p = { .sched_priority = 10 };

	return step(c, "sched_setscheduler", syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &p));
}

static int link_down(struct probe_ctx *c)
{
	AUTO_FD int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq r = { .ifr_name = "lo" };

	if (fd < 0)
		return step(c, "socket", -1);
	return step(c, "SIOCSIFFLAGS", ioctl(fd, SIOCSIFFLAGS, &r));
}

static int listener(struct probe_ctx *c)
{
	struct sock_filter allow = { .code = BPF_RET | BPF_K, .k = SECCOMP_RET_ALLOW };
	struct sock_fprog prog = { 1, &allow };

	if (c->outside && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return step(c, "control", -1);
	return step(c, "seccomp",
		    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			    *(const unsigned long *)c->probe->arg, &prog));
}

/* Lets the call in = survives it. The number is getpid's of i386, which has no argument. */
static int i386_entry(struct probe_ctx *c)
{
	long r = 20;

	__asm__ volatile("int $0x80" : "+a"(r) : : "memory", "r8", "r9", "r10", "r11");
	(void)snprintf(c->note, sizeof(c->note), "getpid by int 0x80 gave %ld", r);
	return 0;
}

static int x32_entry(struct probe_ctx *c)
{
	long r = syscall(0x40000000L | SYS_getpid);

	(void)snprintf(c->note, sizeof(c->note), "x32 getpid gave %ld", r < 0 ? -errno : r);
	return 0;
}

/* Numbers that the table of known calls lacks; the control's sweep also has one that is known. */
static int unknown_numbers(struct probe_ctx *c)
{
	enum { FIRST = 480, LAST = 1023 };

	for (long nr = FIRST; nr <= LAST; nr++) {
		if (syscall(nr, -1L, -1L, -1L, -1L, -1L, -1L) == -1 && errno == ENOSYS)
			continue;
		(void)snprintf(c->note, sizeof(c->note), "call %ld", nr);
		return -errno;
	}
	if (c->outside && syscall(SYS_getppid) >= 0)
		return step(c, "a known one answers", 0);
	return -ENOSYS;
}

/* clang-format off */
static const struct probe rows[] = {
	{ "cap.sets",       "hold any capability, or lack no_new_privs", P_CRITICAL, { PROBE_ABSENT },
	  L_CAP | L_NNP, C_ROOT, NULL, sets, NULL },
	{ "cap.setuid",     "become uid 0", P_CRITICAL, { EPERM },
	  L_CAP | L_UNS | L_SEC, C_ROOT, NULL, become_root, NULL },
	{ "cap.init-uid",   "become the uid of pid 1", P_CRITICAL, { EPERM },
	  L_CAP | L_SEC, C_ROOT, NULL, other_uid, NULL },
	{ "cap.setgid",     "become gid 0", 0, { EPERM },
	  L_CAP | L_SEC, C_ROOT, NULL, other_gid, NULL },
	{ "cap.setgroups",  "join a group", 0, { EPERM },
	  L_CAP | L_SEC, C_ROOT, NULL, groups, NULL },
	{ "cap.groups",     "keep a group of the starter", 0, { PROBE_ABSENT },
	  L_UNS, C_ROOT, seed_group, groups_inherited, NULL },
	{ "cap.capset",     "raise a capability", P_CRITICAL, { EPERM },
	  L_CAP | L_SEC, C_ROOT, NULL, regain, NULL },
	{ "cap.ambient",    "raise an ambient capability", P_CRITICAL, { EPERM },
	  L_CAP | L_SEC, C_ROOT, inherit_chown, ambient, NULL },
	{ "cap.nice",       "raise its own priority", 0, { EACCES, EPERM },
	  L_CAP | L_SEC | L_RL, C_ROOT, NULL, nice_up, NULL },
	{ "cap.realtime",   "become a real-time process", 0, { EPERM },
	  L_CAP | L_SEC | L_RL, C_ROOT, leave_cgroup, realtime, NULL },
	{ "cap.net-admin",  "take its own link down", 0, { EPERM, ENOTTY },
	  L_CAP | L_NET | L_ARG, C_ROOT, NULL, link_down, NULL },
};

static const struct probe secrows[] = {
	{ "sec.one-filter",   "run without a filter, or under a second one", P_CRITICAL, { PROBE_ABSENT },
	  L_SEC, C_USER, NULL, one_filter, NULL },
	{ "sec.i386",         "enter the kernel by int 0x80", P_CRITICAL, { PROBE_KILLED },
	  L_SEC, C_USER, NULL, i386_entry, NULL },
	{ "sec.x32",          "call by an x32 number", P_CRITICAL, { PROBE_KILLED },
	  L_SEC, C_USER, NULL, x32_entry, NULL },
	{ "sec.unknown-nr",   "call numbers that no table knows", 0, { ENOSYS },
	  L_SEC, C_USER, NULL, unknown_numbers, NULL },
	{ "sec.listener",     "load a filter with a listener", 0, { EPERM },
	  L_ARG, C_USER, NULL, listener, FLAGS(SECCOMP_FILTER_FLAG_NEW_LISTENER) },
	{ "sec.listener-high", "the same with a high bit", 0, { EPERM },
	  L_ARG, C_USER, NULL, listener, FLAGS(HIGH | SECCOMP_FILTER_FLAG_NEW_LISTENER) },
};
/* clang-format on */

const struct probe_list cap_list = { rows, ARRAY_LEN(rows) };
const struct probe_list sec_list = { secrows, ARRAY_LEN(secrows) };
