/* SPDX-License-Identifier: Apache-2.0 */
/*
 * res.c - probes: using the machine up. Each takes until it has what it wants or is refused.
 *
 * Inside, a limit must refuse; outside, as the control, the same code gets all that it wants, which
 * is little for a machine. With the target "hold" a probe says "held" at its limit and keeps what
 * it took until its input ends: the harness then looks at the others (exhaust.sh). Runs in:
 * cloister-probe.
 */
#include "tests/host/probes/probe.h"

#include "lib/base/fd.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#define MFD_NOEXEC_SEAL_ 8u /* 6.3 */

enum { MIB = 1 << 20, PAGE = 4096, PIDS = 512, HUGE_PAGE = 2 << 20, EPOLLS = 100, CHUNK = 65536 };

/* What a row wants inside and outside, and the refusal that is its limit's. 0: none but a kill. */
struct want {
	unsigned long in, out;
	int refusal;
};

static unsigned long wanted_of(const struct probe_ctx *c)
{
	const struct want *w = c->probe->arg;

	return c->outside ? w->out : w->in;
}

static void hold(struct probe_ctx *c)
{
	char note[NOTE_MAX], rest[64];

	memcpy(note, c->note, sizeof(note));
	if (target_borrow(c, "hold") && write(STDOUT_FILENO, "held\n", 5) == 5)
		while (read(STDIN_FILENO, rest, sizeof(rest)) > 0)
			;
	memcpy(c->note, note, sizeof(note));
}

/* n were had, then errno. All of them: the control's answer. */
static int verdict(struct probe_ctx *c, const char *what, unsigned long n)
{
	int err = errno;
	const struct want *w = c->probe->arg;

	if (n >= wanted_of(c)) {
		hold(c);
		return 0;
	}
	(void)snprintf(c->note, sizeof(c->note), "%lu %s, then %s", n, what,
		       strerrorname_np(err) ? strerrorname_np(err) : "?");
	if (err != w->refusal)
		return -err;
	hold(c);
	return PROBE_CAPPED;
}

/* Who holds memory beyond a limit is killed, so a child does it: killed = capped. */
static int in_child(struct probe_ctx *c, int (*take)(struct probe_ctx *c, unsigned long want))
{
	const struct want *w = c->probe->arg;
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(take(c, wanted_of(c)));
	if (pid < 0 || RETRY_EINTR(waitpid(pid, &status, 0)) < 0)
		return step(c, "fork", -1);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
		(void)step(c, "killed for its memory", 0);
		hold(c);
		return PROBE_CAPPED;
	}
	if (!WIFEXITED(status))
		return PROBE_LOST;
	errno = WEXITSTATUS(status);
	if (errno && errno == w->refusal) {
		(void)step(c, strerrorname_np(errno), 0);
		hold(c);
		return PROBE_CAPPED;
	}
	return errno ? step(c, "take", -1) : 0;
}

/* ---- processes ---- */

static int forks(struct probe_ctx *c)
{
	static pid_t pid[PIDS];
	unsigned long n = 0;
	int r;

	while (n < wanted_of(c)) {
		pid[n] = fork();
		if (pid[n] == 0)
			for (;;)
				(void)pause();
		if (pid[n] < 0)
			break;
		n++;
	}
	r = verdict(c, "processes", n);
	while (n--) {
		(void)kill(pid[n], SIGKILL);
		(void)waitpid(pid[n], NULL, 0);
	}
	return r;
}

/* Born and gone, over and over: nothing of a dead process may stay behind. */
static int fork_storm(struct probe_ctx *c)
{
	unsigned long n = 0;
	pid_t pid;

	for (; n < wanted_of(c); n++) {
		pid = fork();
		if (pid == 0)
			_exit(0);
		if (pid < 0)
			break;
		if (n % 2 || waitpid(pid, NULL, 0) == pid)
			continue; /* every other one stays a zombie */
	}
	return verdict(c, "births", n);
}

/* ---- memory ---- */

static int take_touch(struct probe_ctx *c, unsigned long want)
{
	char *p =
		mmap(NULL, want * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)c;
	if (p == MAP_FAILED)
		return errno;
	for (unsigned long i = 0; i < want * MIB; i += PAGE)
		p[i] = 1;
	return 0;
}

static int pour(int fd, unsigned long mib)
{
	static const char block[CHUNK] = { 1 };

	for (unsigned long i = 0; i < mib * MIB / CHUNK; i++)
		if (write(fd, block, CHUNK) != CHUNK)
			return errno ? errno : EIO;
	return 0;
}

static int take_memfd(struct probe_ctx *c, unsigned long want)
{
	int fd = memfd_create("probe", MFD_CLOEXEC | MFD_NOEXEC_SEAL_);

	(void)c;
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("probe", MFD_CLOEXEC);
	return fd < 0 ? errno : pour(fd, want);
}

static int take_tmpfs(struct probe_ctx *c, unsigned long want)
{
	char path[TARGET_MAX];
	AUTO_FD int fd =
		open(scratch_path(c, path, "pour"), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	int r = fd < 0 ? errno : pour(fd, want);

	(void)unlink(path);
	return r;
}

/* Ends of pairs, each filled until nothing more goes in. */
static int fill_pairs(int (*make)(int fd[2]), unsigned long want)
{
	static const char block[PAGE] = { 1 };
	unsigned long had = 0;
	int fd[2];
	ssize_t n;

	while (had < want * MIB) {
		if (make(fd) < 0)
			return errno;
		while ((n = write(fd[1], block, sizeof(block))) > 0)
			had += (unsigned long)n;
		if (errno != EAGAIN)
			return errno;
	}
	return 0;
}

static int make_pipe(int fd[2])
{
	return pipe2(fd, O_NONBLOCK | O_CLOEXEC);
}

static int make_pair(int fd[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd);
}

static int take_pipes(struct probe_ctx *c, unsigned long want)
{
	(void)c;
	return fill_pairs(make_pipe, want);
}

static int take_pairs(struct probe_ctx *c, unsigned long want)
{
	(void)c;
	return fill_pairs(make_pair, want);
}

/* A page of a table for each two MiB of nothing. */
static int take_tables(struct probe_ctx *c, unsigned long want)
{
	volatile char *p = mmap(NULL, want * HUGE_PAGE, PROT_READ,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	(void)c;
	if (p == MAP_FAILED || madvise((void *)(uintptr_t)p, want * HUGE_PAGE, MADV_NOHUGEPAGE) < 0)
		return errno;
	for (unsigned long i = 0; i < want; i++)
		(void)p[i * HUGE_PAGE];
	return 0;
}

/* All that a process may open, watched by many. */
static int take_epoll(struct probe_ctx *c, unsigned long want)
{
	struct epoll_event e = { .events = EPOLLIN };
	int ep[EPOLLS], fd;
	unsigned long n = 0;

	(void)c;
	for (int i = 0; i < EPOLLS; i++) {
		ep[i] = epoll_create1(EPOLL_CLOEXEC);
		if (ep[i] < 0)
			return errno;
	}
	while (n < want && (fd = eventfd(0, EFD_CLOEXEC)) >= 0)
		for (int i = 0; i < EPOLLS; i++, n++)
			if (epoll_ctl(ep[i], EPOLL_CTL_ADD, fd, &e) < 0)
				return errno;
	return n < want ? errno : 0;
}

static int memory(struct probe_ctx *c)
{
	static const struct {
		const char *id;
		int (*take)(struct probe_ctx *c, unsigned long want);
	} kinds[] = {
		{ "res.memory-touch", take_touch },   { "res.memory-memfd", take_memfd },
		{ "res.memory-tmpfs", take_tmpfs },   { "res.memory-pipes", take_pipes },
		{ "res.memory-sockets", take_pairs }, { "res.memory-tables", take_tables },
		{ "res.epoll", take_epoll },	      { "res.tmpfs-size", take_tmpfs },
	};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (!strcmp(kinds[i].id, c->probe->id))
			return in_child(c, kinds[i].take);
	return PROBE_LOST;
}

/* ---- descriptors and what hangs on them ---- */

static int open_null(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static int open_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int open_abstract(void)
{
	static unsigned n;
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = open_socket();

	(void)snprintf(a.sun_path + 1, sizeof(a.sun_path) - 1, "cloister-probe-%u", n++);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		return -1;
	return fd;
}

static int open_inotify(void)
{
	return inotify_init1(IN_CLOEXEC);
}

static int many(struct probe_ctx *c, const char *what, int (*make)(void))
{
	unsigned long n = 0;

	while (n < wanted_of(c) && make() >= 0)
		n++;
	return verdict(c, what, n);
}

static int files(struct probe_ctx *c)
{
	return many(c, "files", open_null);
}

static int sockets(struct probe_ctx *c)
{
	return many(c, "sockets", open_socket);
}

static int abstract(struct probe_ctx *c)
{
	return many(c, "abstract names", open_abstract);
}

static int inotify(struct probe_ctx *c)
{
	return many(c, "inotify instances", open_inotify);
}

/* The outside may have as many as it likes: what is measured is the number, not who gives it. */
static int more_files(struct probe_ctx *c)
{
	struct rlimit r = { PIDS * 16, PIDS * 16 };

	return step(c, "RLIMIT_NOFILE", setrlimit(RLIMIT_NOFILE, &r));
}

static int timers(struct probe_ctx *c)
{
	struct sigevent e = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
	unsigned long n = 0;
	int id;

	while (n < wanted_of(c) && syscall(SYS_timer_create, CLOCK_MONOTONIC, &e, &id) == 0)
		n++;
	return verdict(c, "timers", n);
}

/* Signals that wait, each with a record in the kernel. */
static int signals(struct probe_ctx *c)
{
	siginfo_t si = { .si_code = SI_QUEUE };
	unsigned long n = 0;
	sigset_t all;

	sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
	while (n < wanted_of(c) && syscall(SYS_rt_sigqueueinfo, getpid(), SIGRTMIN + 1, &si) == 0)
		n++;
	return verdict(c, "pending signals", n);
}

/* Descriptors in flight: sent, closed, never received. */
static int in_flight(struct probe_ctx *c)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(int))];
	} u;
	char byte = 0;
	struct iovec io = { &byte, 1 };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = &u };
	unsigned long n = 0;
	int fd[2] = { -1, -1 };

	m.msg_controllen = sizeof(u);
	u.h = (struct cmsghdr){ CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
	for (; n < wanted_of(c); n++) {
		if (n % 64 == 0 && make_pair(fd) < 0)
			break;
		memcpy(CMSG_DATA(&u.h), &fd[0], sizeof(int));
		if (sendmsg(fd[1], &m, MSG_DONTWAIT) < 0)
			break;
	}
	return verdict(c, "descriptors in flight", n);
}

/* ---- places ---- */

static int inodes(struct probe_ctx *c)
{
	char path[TARGET_MAX], name[32];
	unsigned long n = 0;
	int fd;

	for (; n < wanted_of(c); n++) {
		(void)snprintf(name, sizeof(name), "inode-%lu", n);
		fd = open(scratch_path(c, path, name), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		if (fd < 0)
			break;
		(void)close(fd);
	}
	return verdict(c, "files", n);
}

/* One directory in the other; taken away again from the inside out. */
static int deep(struct probe_ctx *c)
{
	unsigned long n = 0;
	int r;

	if (chdir(c->scratch) < 0)
		return step(c, "chdir", -1);
	while (n < wanted_of(c) && mkdir("d", 0700) == 0 && chdir("d") == 0)
		n++;
	r = verdict(c, "levels", n);
	while (n-- && chdir("..") == 0)
		(void)rmdir("d");
	return r;
}

#define WANT(in, out, refusal)                                                                     \
	(const struct want[])                                                                      \
	{                                                                                          \
		{                                                                                  \
			in, out, refusal                                                           \
		}                                                                                  \
	}

/* clang-format off */
static const struct probe rows[] = {
	{ "res.files",          "open files without end", P_CRITICAL | P_ALONE, { PROBE_CAPPED },
	  L_RL | L_CG, C_ROOT, more_files, files, WANT(4000, 4000, EMFILE) },
	{ "res.sockets",        "make sockets without end", P_ALONE, { PROBE_CAPPED },
	  L_RL | L_CG, C_ROOT, more_files, sockets, WANT(4000, 4000, EMFILE) },
	{ "res.abstract",       "take abstract names without end", P_ALONE, { PROBE_CAPPED },
	  L_RL | L_NET, C_ROOT, more_files, abstract, WANT(4000, 4000, EMFILE) },
	{ "res.in-flight",      "send descriptors that nobody receives", P_CRITICAL | P_ALONE, { PROBE_CAPPED },
	  L_RL | L_CG, C_ROOT, NULL, in_flight, WANT(4000, 4000, ETOOMANYREFS) },
	/* The bound is the uid's, on the host as in the tenant: another's share is what is left. */
	{ "res.inotify",        "make inotify instances without end", P_ALONE, { PROBE_CAPPED },
	  L_UNS | L_RL, C_USER, NULL, inotify, WANT(4000, 100, EMFILE) },
	{ "res.timers",         "make timers without end", P_ALONE, { PROBE_CAPPED },
	  L_RL | L_CG, C_USER, NULL, timers, WANT(4000, 4000, EAGAIN) },
	{ "res.signals",        "have signals wait without end", P_ALONE, { PROBE_CAPPED },
	  L_RL | L_CG, C_USER, NULL, signals, WANT(4000, 4000, EAGAIN) },
	{ "res.tmpfs-inodes",   "make files without end", P_CRITICAL | P_ALONE, { PROBE_CAPPED },
	  L_MNT | L_CG, C_USER, NULL, inodes, WANT(3000, 3000, ENOSPC) },
	{ "res.tmpfs-deep",     "nest directories without end", P_ALONE, { PROBE_CAPPED },
	  L_MNT | L_CG, C_USER, NULL, deep, WANT(3000, 3000, ENOSPC) },
	{ "res.tmpfs-size",     "fill /tmp", P_CRITICAL | P_ALONE, { PROBE_CAPPED },
	  L_MNT | L_CG, C_USER, NULL, memory, WANT(96, 96, ENOSPC) },
	{ "res.forkbomb",       "fork without end", P_CRITICAL | P_ALONE, { PROBE_CAPPED },
	  L_CG | L_RL, C_USER, NULL, forks, WANT(PIDS, PIDS, EAGAIN) },
	{ "res.fork-storm",     "be born and die without end", P_CRITICAL | P_ALONE, { PROBE_CAPPED },
	  L_CG | L_RL, C_USER, NULL, fork_storm, WANT(1000, 1000, EAGAIN) },
	/* What ends the one who asks, or all of the workload. */
	{ "res.memory-touch",   "touch memory without end", P_CRITICAL | P_ALONE, { PROBE_CAPPED },
	  L_CG, C_USER, NULL, memory, WANT(128, 128, 0) },
	{ "res.memory-tmpfs",   "keep memory in files of /tmp", P_CRITICAL | P_ALONE, { PROBE_CAPPED },
	  L_CG | L_MNT, C_USER, NULL, memory, WANT(128, 128, 0) },
	{ "res.memory-memfd",   "keep memory in a memfd", P_CRITICAL | P_ALONE, { PROBE_CAPPED },
	  L_CG, C_USER, NULL, memory, WANT(128, 128, 0) },
	{ "res.memory-pipes",   "keep memory in pipes", P_ALONE, { PROBE_CAPPED },
	  L_CG | L_RL, C_ROOT, more_files, memory, WANT(96, 96, EMFILE) },
	{ "res.memory-sockets", "keep memory in sockets", P_CRITICAL | P_ALONE, { PROBE_CAPPED },
	  L_CG | L_RL, C_ROOT, more_files, memory, WANT(96, 96, EMFILE) },
	{ "res.memory-tables",  "keep memory in page tables", P_CRITICAL | P_ALONE, { PROBE_CAPPED },
	  L_CG, C_USER, NULL, memory, WANT(30000, 30000, 0) },
	{ "res.epoll",          "keep memory in epoll watches", P_ALONE, { PROBE_CAPPED },
	  L_CG | L_RL, C_ROOT, more_files, memory, WANT(400000, 400000, EMFILE) },
};
/* clang-format on */

const struct probe_list res_list = { rows, ARRAY_LEN(rows) };
