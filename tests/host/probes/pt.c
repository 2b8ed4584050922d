/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pt.c - probes: processes of others, and pid 1 of the own namespace (the shim, security-model
 * I13).
 *
 * The victim of the pt.* rows is the canary's process, by its number on the host. The victim of the
 * pt.shim-* rows is pid 1 inside, and outside a child of the control with the same uid: what pid 1
 * would be if it had not been given an id of its own.
 * Runs in: cloister-probe. The shim rows run last.
 */
#include "tests/host/probes/probe.h"

#include "lib/base/fd.h"
#include "lib/base/str.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

enum { EFFECT_MS = 300 };

static pid_t victim(struct probe_ctx *c)
{
	const char *pid = target_borrow(c, "pid");
	uint64_t v = 0;

	if (!pid || str_to_u64(pid, strlen(pid), &v) < 0)
		return 0;
	return (pid_t)v;
}

/* A number may be taken inside as well: only the canary's own name counts. */
static int is_canary(struct probe_ctx *c, pid_t pid, int r)
{
	const char *want = target_borrow(c, "procname");
	char path[64], comm[64];

	if (r != 0)
		return r;
	(void)snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	if (!want || read_text(path, comm, sizeof(comm)) <= 0 ||
	    strncmp(comm, want, strlen(want)) != 0)
		return absent(c, "another process has that number here");
	c->nonce_seen = true;
	return 0;
}

static int attach(struct probe_ctx *c)
{
	pid_t pid = victim(c);
	long r;

	if (!pid)
		return PROBE_SKIP;
	r = ptrace(PTRACE_SEIZE, pid, NULL, NULL);
	return is_canary(c, pid, step(c, "PTRACE_SEIZE", r));
}

static int vm_read(struct probe_ctx *c)
{
	char byte = 0;
	struct iovec here = { &byte, 1 };
	struct iovec there = { &byte, 1 };
	pid_t pid = victim(c);
	int r;

	if (!pid)
		return PROBE_SKIP;
	r = step(c, "process_vm_readv", process_vm_readv(pid, &here, 1, &there, 1, 0));
	/* It has no such address: that is the kernel's answer after the permission was given. */
	return is_canary(c, pid, r == -EFAULT ? 0 : r);
}

static int proc_mem(struct probe_ctx *c)
{
	pid_t pid = victim(c);
	char path[64];

	if (!pid)
		return PROBE_SKIP;
	(void)snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	return is_canary(c, pid, step(c, "open mem", open(path, O_RDONLY | O_CLOEXEC)));
}

static int signal_peer(struct probe_ctx *c)
{
	pid_t pid = victim(c);

	return pid ? is_canary(c, pid, step(c, "kill", kill(pid, 0))) : PROBE_SKIP;
}

static int tgkill_peer(struct probe_ctx *c)
{
	pid_t pid = victim(c);

	return pid ? is_canary(c, pid, step(c, "tgkill", syscall(SYS_tgkill, pid, pid, 0)))
		   : PROBE_SKIP;
}

static int queue_peer(struct probe_ctx *c)
{
	siginfo_t si = { .si_code = SI_QUEUE };
	pid_t pid = victim(c);

	if (!pid)
		return PROBE_SKIP;
	return is_canary(c, pid,
			 step(c, "rt_sigqueueinfo", syscall(SYS_rt_sigqueueinfo, pid, 0, &si)));
}

static int pidfd_peer(struct probe_ctx *c)
{
	pid_t pid = victim(c);
	AUTO_FD int fd = -1;

	if (!pid)
		return PROBE_SKIP;
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (fd < 0)
		return step(c, "pidfd_open", -1);
	return is_canary(
		c, pid,
		step(c, "pidfd_send_signal", syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0)));
}

static int prio_peer(struct probe_ctx *c)
{
	pid_t pid = victim(c);

	if (!pid)
		return PROBE_SKIP;
	return is_canary(c, pid, step(c, "setpriority", setpriority(PRIO_PROCESS, (id_t)pid, 10)));
}

static int sigio_peer(struct probe_ctx *c)
{
	AUTO_FD int fd = -1;
	pid_t pid = victim(c);
	int p[2];

	if (!pid)
		return PROBE_SKIP;
	if (pipe2(p, O_CLOEXEC) < 0)
		return step(c, "pipe", -1);
	(void)close(p[1]);
	fd = p[0];
	return is_canary(c, pid, step(c, "F_SETOWN", fcntl(fd, F_SETOWN, pid)));
}

/* ---- the shim ---- */

/* The control's victim: same uid, dumpable, idle, with the nonce in its environment. */
static int same_uid(struct probe_ctx *c)
{
	char nonce[TARGET_MAX];
	char *argv[] = { (char *)(uintptr_t) "cloister-probe", (char *)(uintptr_t) "--idle", NULL };
	char *envp[] = { nonce, NULL };
	int fd[2];
	char byte;

	(void)snprintf(nonce, sizeof(nonce), "NONCE=%s", c->nonce ? c->nonce : "");
	if (pipe(fd) < 0)
		return step(c, "pipe", -1);
	c->shim = fork();
	if (c->shim == 0) {
		become(CONTROL_UID);
		(void)dup2(fd[1], 1);
		(void)execve("/proc/self/exe", argv, envp);
		_exit(127);
	}
	(void)close(fd[1]);
	return step(c, "victim", read(fd[0], &byte, 1) == 1 ? 0 : -1);
}

static int shim_open(struct probe_ctx *c, const char *file, int flags)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", c->shim, file);
	return step(c, path, open(path, flags | O_CLOEXEC));
}

static int shim_mem(struct probe_ctx *c)
{
	return shim_open(c, "mem", O_RDWR);
}

static int shim_fd(struct probe_ctx *c)
{
	return shim_open(c, "fd", O_RDONLY | O_DIRECTORY);
}

static int shim_environ(struct probe_ctx *c)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/environ", c->shim);
	return nonce_file(c, AT_FDCWD, path);
}

static int shim_oom(struct probe_ctx *c)
{
	return shim_open(c, "oom_score_adj", O_WRONLY);
}

static int shim_maps(struct probe_ctx *c)
{
	return shim_open(c, "maps", O_RDONLY);
}

static int shim_ptrace(struct probe_ctx *c)
{
	return step(c, "PTRACE_SEIZE", ptrace(PTRACE_SEIZE, c->shim, NULL, NULL));
}

static int shim_vm_write(struct probe_ctx *c)
{
	char byte = 0;
	struct iovec v = { &byte, 1 };
	int r = step(c, "process_vm_writev", process_vm_writev(c->shim, &v, 1, &v, 1, 0));

	return r == -EFAULT ? 0 : r;
}

static int shim_getfd(struct probe_ctx *c)
{
	AUTO_FD int fd = (int)syscall(SYS_pidfd_open, c->shim, 0);

	return step(c, fd < 0 ? "pidfd_getfd, no pidfd" : "pidfd_getfd",
		    syscall(SYS_pidfd_getfd, fd, 1, 0));
}

static int shim_prlimit(struct probe_ctx *c)
{
	struct rlimit l = { 0, 0 };

	return step(c, "prlimit", prlimit(c->shim, RLIMIT_FSIZE, &l, NULL));
}

static int shim_prio(struct probe_ctx *c)
{
	return step(c, "setpriority", setpriority(PRIO_PROCESS, (id_t)c->shim, 19));
}

static int shim_affinity(struct probe_ctx *c)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	return step(c, "sched_setaffinity", sched_setaffinity(c->shim, sizeof(one), &one));
}

static int shim_scheduler(struct probe_ctx *c)
{
	struct sched_param p = { 0 };

	return step(c, "sched_setscheduler",
		    syscall(SYS_sched_setscheduler, c->shim, SCHED_BATCH, &p));
}

static void nap(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	(void)nanosleep(&t, NULL);
}

/*
 * Is pid 1 at work? It must reap an orphan: a process that is gone while pid 1 is stopped stays a
 * zombie, and a signal to it succeeds.
 */
static bool reaps(void)
{
	int fd[2];
	pid_t orphan = 0;
	pid_t middle;

	if (pipe2(fd, O_CLOEXEC) < 0)
		return false;
	middle = fork();
	if (middle == 0) {
		orphan = fork();
		if (orphan > 0)
			DROP(write(fd[1], &orphan, sizeof(orphan)));
		_exit(0);
	}
	if (middle < 0 || read(fd[0], &orphan, sizeof(orphan)) != (ssize_t)sizeof(orphan))
		return false;
	(void)waitpid(middle, NULL, 0);
	for (int i = 0; i < 20; i++, nap(50))
		if (kill(orphan, 0) < 0 && errno == ESRCH)
			return true;
	return false;
}

/* Sends the signal of the row; "no effect" is what must come out inside. */
static int shim_signal(struct probe_ctx *c)
{
	const int *sig = c->probe->arg;
	int status = 0;

	if (kill(c->shim, *sig) < 0)
		return step(c, "kill", -1);
	nap(EFFECT_MS);
	if (c->outside) /* ended or stopped */
		return step(c, "kill",
			    waitpid(c->shim, &status, WNOHANG | WUNTRACED) == c->shim ? 0 : -1);
	return reaps() ? absent(c, "sent, and pid 1 goes on") : step(c, "pid 1 no longer reaps", 0);
}

#define SIG(n)                                                                                     \
	(const int[])                                                                              \
	{                                                                                          \
		n                                                                                  \
	}

/* clang-format off */
static const struct probe rows[] = {
	{ "pt.attach-peer",  "ptrace another tenant's process", P_CRITICAL | P_NONCE | P_HOST, { EPERM },
	  L_NS | L_UNS | L_SEC, C_USER, NULL, attach, NULL },
	{ "pt.vm-peer",      "read its memory by process_vm_readv", P_CRITICAL | P_NONCE | P_HOST, { EPERM },
	  L_NS | L_UNS | L_SEC, C_USER, NULL, vm_read, NULL },
	{ "pt.mem-peer",     "open its /proc/PID/mem", P_CRITICAL | P_NONCE | P_HOST, { ENOENT, EACCES, PROBE_ABSENT },
	  L_NS | L_UNS, C_USER, NULL, proc_mem, NULL },
	{ "pt.signal-peer",  "signal it", P_CRITICAL | P_NONCE | P_HOST, { ESRCH, PROBE_ABSENT },
	  L_NS | L_UNS, C_USER, NULL, signal_peer, NULL },
	{ "pt.tgkill-peer",  "signal its thread", P_CRITICAL | P_NONCE | P_HOST, { ESRCH, EPERM, PROBE_ABSENT },
	  L_NS | L_UNS, C_USER, NULL, tgkill_peer, NULL },
	{ "pt.queue-peer",   "queue a signal with data to it", P_NONCE | P_HOST, { ESRCH, EPERM, PROBE_ABSENT },
	  L_NS | L_UNS, C_USER, NULL, queue_peer, NULL },
	{ "pt.pidfd-peer",   "signal it by a pidfd", P_CRITICAL | P_NONCE | P_HOST, { ESRCH, EPERM, PROBE_ABSENT },
	  L_NS | L_UNS, C_USER, NULL, pidfd_peer, NULL },
	{ "pt.prio-peer",    "change its priority", P_NONCE | P_HOST, { ESRCH, EPERM, PROBE_ABSENT },
	  L_NS | L_UNS, C_USER, NULL, prio_peer, NULL },
	{ "pt.sigio",        "have SIGIO sent to it", P_NONCE | P_HOST, { ESRCH, EPERM, PROBE_ABSENT },
	  L_NS, C_USER, NULL, sigio_peer, NULL },
};

static const struct probe shim_rows[] = {
	{ "pt.shim-mem",       "open the memory of pid 1", P_CRITICAL, { EACCES, ENOENT },
	  L_UNS | L_MNT, C_USER, same_uid, shim_mem, NULL },
	{ "pt.shim-maps",      "read the address space of pid 1", 0, { EACCES, ENOENT },
	  L_UNS | L_MNT, C_USER, same_uid, shim_maps, NULL },
	{ "pt.shim-fd",        "list the descriptors of pid 1", P_CRITICAL, { EACCES, ENOENT },
	  L_UNS | L_MNT, C_USER, same_uid, shim_fd, NULL },
	{ "pt.shim-environ",   "read the environment of pid 1", P_NONCE, { EACCES, ENOENT },
	  L_UNS | L_ENV, C_USER, same_uid, shim_environ, NULL },
	{ "pt.shim-oom",       "make pid 1 the OOM killer's choice", 0, { EACCES, ENOENT },
	  L_UNS | L_LL, C_USER, same_uid, shim_oom, NULL },
	{ "pt.shim-ptrace",    "ptrace pid 1", P_CRITICAL, { EPERM },
	  L_SEC | L_UNS, C_USER, same_uid, shim_ptrace, NULL },
	{ "pt.shim-vm-write",  "write the memory of pid 1", P_CRITICAL, { EPERM },
	  L_SEC | L_UNS, C_USER, same_uid, shim_vm_write, NULL },
	{ "pt.shim-getfd",     "take a descriptor of pid 1", P_CRITICAL, { EPERM },
	  L_SEC | L_UNS, C_USER, same_uid, shim_getfd, NULL },
	{ "pt.shim-prlimit",   "forbid pid 1 to write its record", P_CRITICAL, { EPERM },
	  L_SEC | L_UNS, C_USER, same_uid, shim_prlimit, NULL },
	{ "pt.shim-prio",      "lower the priority of pid 1", 0, { EPERM },
	  L_UNS, C_USER, same_uid, shim_prio, NULL },
	{ "pt.shim-affinity",  "bind pid 1 to a processor", 0, { EPERM },
	  L_UNS, C_USER, same_uid, shim_affinity, NULL },
	{ "pt.shim-scheduler", "change the scheduling class of pid 1", 0, { EPERM },
	  L_UNS, C_USER, same_uid, shim_scheduler, NULL },
	{ "pt.shim-stop",      "stop pid 1", P_CRITICAL, { PROBE_ABSENT, EPERM },
	  L_NS, C_USER, same_uid, shim_signal, SIG(SIGSTOP) },
	{ "pt.shim-term",      "ask pid 1 to end", P_CRITICAL, { PROBE_ABSENT, EPERM },
	  L_NS, C_USER, same_uid, shim_signal, SIG(SIGTERM) },
	{ "pt.shim-kill",      "kill pid 1", P_CRITICAL, { PROBE_ABSENT, EPERM },
	  L_NS, C_USER, same_uid, shim_signal, SIG(SIGKILL) },
};
/* clang-format on */

const struct probe_list pt_list = { rows, ARRAY_LEN(rows) };
const struct probe_list shim_list = { shim_rows, ARRAY_LEN(shim_rows) };
