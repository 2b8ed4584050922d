/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uid0.c - probes: what a uid 0 without any capability can do to a running workload
 * (security-model.md I4, I5, test 4).
 *
 * A process that made a user namespace as uid 0 has every capability in it for ever, and so has
 * every other process of that uid, however stripped. The control is exactly that namespace; the
 * victims of the real run are pid 1 and the program of a workload (targets init, work).
 * Runs in: cloister-probe --uid0, on the host as root.
 */
#include "tests/host/probes/probe.h"

#include "lib/base/fd.h"
#include "lib/base/str.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>

enum { MAP_BASE = 0x6fff0000, INSIDE_UID = 1000 };

static int strip(struct probe_ctx *c)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { { 0 }, { 0 } };

	for (unsigned long cap = 0; cap < 64; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0 && errno != EINVAL)
			return step(c, "PR_CAPBSET_DROP", -1);
	if (syscall(SYS_capset, &h, none) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return step(c, "capset", -1);
	return 0;
}

static int maps(struct probe_ctx *c, pid_t pid)
{
	char path[64], line[64];

	(void)snprintf(line, sizeof(line), "0 %d 65536\n", MAP_BASE);
	(void)snprintf(path, sizeof(path), "/proc/%d/gid_map", pid);
	if (write_text(path, line) < 0)
		return step(c, "gid_map", -1);
	(void)snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	return step(c, "uid_map", write_text(path, line) < 0 ? -1 : 0);
}

/* A process in a user namespace that uid 0 made. exec makes its memory belong to that namespace. */
static int owned_by_root(struct probe_ctx *c)
{
	char *argv[] = { (char *)(uintptr_t) "cloister-probe", (char *)(uintptr_t) "--idle", NULL };
	char *envp[] = { NULL };
	char text[32], byte;
	int up[2], down[2];

	if (pipe(up) < 0 || pipe2(down, O_CLOEXEC) < 0)
		return step(c, "pipe", -1);
	c->shim = fork();
	if (c->shim == 0) {
		if (unshare(CLONE_NEWUSER) < 0 || write(up[1], "", 1) != 1 ||
		    read(down[0], &byte, 1) != 1)
			_exit(1);
		become(INSIDE_UID);
		(void)dup2(up[1], 1);
		(void)execve("/proc/self/exe", argv, envp);
		_exit(127);
	}
	if (read(up[0], &byte, 1) != 1 || maps(c, c->shim) < 0 || write(down[1], "", 1) != 1 ||
	    read(up[0], &byte, 1) != 1)
		return step(c, "victim", -1);
	(void)snprintf(text, sizeof(text), "init=%d", c->shim);
	return target_add(c, text);
}

/* Tries one thing on both victims: reached when either falls. */
static int both(struct probe_ctx *c, int (*act)(struct probe_ctx *c, pid_t pid))
{
	static const char *const key[] = { "init", "work" };
	uint64_t pid = 0;
	const char *v;
	int r = 0, worst = PROBE_SKIP;

	if (strip(c) < 0)
		return PROBE_LOST;
	for (size_t i = 0; i < ARRAY_LEN(key); i++) {
		v = target_borrow(c, key[i]);
		if (!v || str_to_u64(v, strlen(v), &pid) < 0)
			continue;
		r = act(c, (pid_t)pid);
		if (r == 0)
			return 0;
		worst = r;
	}
	return worst;
}

static int seize(struct probe_ctx *c, pid_t pid)
{
	return step(c, "PTRACE_SEIZE", ptrace(PTRACE_SEIZE, pid, NULL, NULL));
}

static int sig(struct probe_ctx *c, pid_t pid)
{
	return step(c, "kill", kill(pid, 0));
}

static int vm_readv(struct probe_ctx *c, pid_t pid)
{
	char byte = 0;
	struct iovec v = { &byte, 1 };
	int r = step(c, "process_vm_readv", process_vm_readv(pid, &v, 1, &v, 1, 0));

	return r == -EFAULT ? 0 : r;
}

static int set_ns(struct probe_ctx *c, pid_t pid)
{
	AUTO_FD int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	return step(c, "setns", syscall(SYS_setns, fd, CLONE_NEWUSER));
}

static int open_proc(struct probe_ctx *c, pid_t pid, const char *file, int flags)
{
	char path[64];
	AUTO_FD int fd = -1;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	fd = open(path, flags | O_CLOEXEC);
	return step(c, file, fd);
}

/* mode 0600: joining first would give the right to pass over it. */
static int mem(struct probe_ctx *c, pid_t pid)
{
	(void)set_ns(c, pid);
	return open_proc(c, pid, "mem", O_RDWR);
}

static int root(struct probe_ctx *c, pid_t pid)
{
	return open_proc(c, pid, "root/.", O_PATH | O_DIRECTORY);
}

static int user_ns(struct probe_ctx *c, pid_t pid)
{
	return open_proc(c, pid, "ns/user", O_RDONLY);
}

static int environment(struct probe_ctx *c, pid_t pid)
{
	(void)set_ns(c, pid);
	return open_proc(c, pid, "environ", O_RDONLY);
}

struct act {
	int (*run)(struct probe_ctx *c, pid_t pid);
};

static int uid0(struct probe_ctx *c)
{
	const struct act *a = c->probe->arg;

	return both(c, a->run);
}

#define ACT(f)                                                                                     \
	(const struct act[])                                                                       \
	{                                                                                          \
		{                                                                                  \
			f                                                                          \
		}                                                                                  \
	}
#define ROW0(id, what, e1, e2, f)                                                                  \
	{                                                                                          \
		id, what, P_CRITICAL | P_OUTSIDE, { e1, e2 }, L_UNS, C_ROOT, owned_by_root, uid0,  \
			ACT(f)                                                                     \
	}

/* clang-format off */
static const struct probe rows[] = {
	ROW0("uid0.ptrace",   "uid 0 without capabilities: ptrace a workload",       EPERM, 0, seize),
	ROW0("uid0.kill",     "uid 0 without capabilities: signal it",               EPERM, 0, sig),
	ROW0("uid0.vm-readv", "uid 0 without capabilities: read its memory",         EPERM, 0, vm_readv),
	ROW0("uid0.setns",    "uid 0 without capabilities: join its user namespace", EPERM, 0, set_ns),
	ROW0("uid0.mem",      "uid 0 without capabilities: open its mem",            EACCES, EPERM, mem),
	ROW0("uid0.root",     "uid 0 without capabilities: enter its root",          EACCES, EPERM, root),
	ROW0("uid0.ns-file",  "uid 0 without capabilities: open its namespace file", EACCES, EPERM, user_ns),
	ROW0("uid0.environ",  "uid 0 without capabilities: read its environment",    EACCES, EPERM, environment),
};
/* clang-format on */

const struct probe_list uid0_list = { rows, ARRAY_LEN(rows) };

int mode_uid0(struct options *o)
{
	const struct probe *p;
	struct outcome out;
	unsigned count = 0;
	int bad = 0;

	o->ctx.scratch = "/tmp";
	for (size_t i = 0; (p = probe_at(i)); i++) {
		if (!(p->flags & P_OUTSIDE) || !wanted(o, p))
			continue;
		probe_run(p, &o->ctx, NULL, &out);
		report(p, o->as, &out, "-");
		bad |= out.code == PROBE_REACHED;
		count++;
	}
	printf("end probes=%u\n", count);
	return bad;
}
