/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_worker.c - stands in for spawn, netd, volumed and engine when cloisterd alone is tried. It
 * answers every frame with 0 (as spawn it makes a policy block of sorts) and writes what it saw to
 * stderr (log/supervisor.log), a line each: NAME start pid=N uid=N gid=N fds=0,1,... capbnd=HEX
 * env=N argc=N cwd=... NAME frame op=N worker=N fds=N SIGUSR1 as the first signal ends it with 0.
 * The fake spawn makes a workload on SIGUSR2.
 */
#include "lib/asks/compile.h"
#include "lib/asks/spawn_start.h"
#include "lib/plan/policy.h"
#include "lib/wire/frame.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FDS_SHOWN = 64 };

static const char *me;

static void report(int argc, char **envp)
{
	char fds[256] = "", cap[24];
	size_t at = 0, nenv = 0;
	unsigned long long bound = 0;

	for (int fd = 0; fd < FDS_SHOWN; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			at += (size_t)snprintf(fds + at, sizeof(fds) - at, "%s%d", at ? "," : "",
					       fd);
	for (int c = 0; c < 64; c++)
		if (prctl(PR_CAPBSET_READ, c, 0, 0, 0) == 1)
			bound |= 1ull << c;
	while (envp[nenv])
		nenv++;
	(void)snprintf(cap, sizeof(cap), "%llx", bound);
	(void)dprintf(2, "%s start pid=%d uid=%u gid=%u fds=%s capbnd=%s env=%zu argc=%d\n", me,
		      (int)getpid(), (unsigned)getuid(), (unsigned)getgid(), fds, cap, nenv, argc);
}

/* policy.make: the block of a private supervisor, whatever its files say. */
static void policy(struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	struct host_policy block;
	struct compile_req q;
	int fd[2];

	if (!c || c->cmsg_len != CMSG_LEN(sizeof(fd)))
		_exit(6);
	memcpy(fd, CMSG_DATA(c), sizeof(fd));
	if (pread(fd[0], &q, sizeof(q), 0) != sizeof(q))
		_exit(6);
	policy_private(&block, q.own_base);
	block.epoch = q.epoch;
	if (write(fd[1], &block, sizeof(block)) != sizeof(block) ||
	    fcntl(fd[1], F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		_exit(6);
}

static void answer(void)
{
	static struct {
		struct frame_head head;
		uint8_t body[FRAME_BODY_MAX];
	} in;
	static struct {
		struct frame_head head;
		uint8_t body[REPLY_WIRE];
	} out;
	char control[CMSG_SPACE(sizeof(int) * FRAME_FDS_MAX)];
	struct iovec io = { &in, sizeof(in) };
	struct msghdr m = { .msg_iov = &io,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(WORKER_FD_PARENT, &m, MSG_CMSG_CLOEXEC);
	struct parent_edge e = { 0 };

	if (n <= 0)
		_exit(3);
	memcpy(&e, in.body, sizeof(e));
	(void)dprintf(2, "%s frame op=%u worker=%u fds=%u\n", me, in.head.op,
		      in.head.op == PARENT_EDGE ? e.worker : 0, in.head.nfds);
	if (in.head.op == SPAWN_POLICY_MAKE && strcmp(me, "cloister-spawn") == 0)
		policy(&m);
	out.head = in.head;
	out.head.op |= FRAME_REPLY;
	out.head.nfds = 0;
	out.head.size = REPLY_WIRE;
	(void)!send(WORKER_FD_PARENT, &out, sizeof(out), MSG_NOSIGNAL);
}

/* A process in t/7/1 of every hierarchy, as a workload's init would be. */
static void workload(void)
{
	struct spawn_cgroups cg;
	pid_t pid;

	if (pread(SPAWN_FD_CGROUPS, &cg, sizeof(cg), 0) != sizeof(cg))
		_exit(4);
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < (int)cg.nfd; i++) {
			int dir = SPAWN_FD_CGROUP + i, procs;

			(void)mkdirat(dir, "t/7", 0755);
			(void)mkdirat(dir, "t/7/1", 0755);
			procs = openat(dir, "t/7/1/cgroup.procs", O_WRONLY | O_CLOEXEC);
			if (procs < 0 || write(procs, "0", 1) != 1)
				(void)dprintf(2, "%s no workload in row %d\n", me, i);
		}
		(void)close(WORKER_FD_PARENT);
		(void)dprintf(2, "%s workload pid=%d\n", me, (int)getpid());
		for (;;)
			(void)pause();
	}
}

int main(int argc, char **argv, char **envp)
{
	sigset_t s;
	int sig;

	me = argv[0];
	(void)sigemptyset(&s);
	(void)sigaddset(&s, SIGUSR1);
	(void)sigaddset(&s, SIGUSR2);
	report(argc, envp);
	(void)sigprocmask(SIG_BLOCK, &s, NULL);
	sig = signalfd(-1, &s, SFD_CLOEXEC);
	for (;;) {
		struct pollfd p[] = { { WORKER_FD_PARENT, POLLIN, 0 }, { sig, POLLIN, 0 } };
		struct signalfd_siginfo si;

		if (poll(p, 2, -1) < 0)
			return 5;
		if (p[0].revents)
			answer();
		if (p[1].revents && read(sig, &si, sizeof(si)) == sizeof(si)) {
			if (si.ssi_signo == SIGUSR1)
				return 0;
			workload();
		}
	}
}
