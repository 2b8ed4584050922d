/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expand.c - what features, devices and settings stand for (profiles-audit A.5, A.6).
 * Runs in: cloister-compile, tests.
 *
 * Ceilings are expanded by the same rows as profiles, so a feature that both have on never exceeds.
 */
#include "profiles/facts.h"
#include "profiles/diag.h"

#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define NAMESPACES UINT64_C(0x7E020000) /* launch.md S1 */
#define THREAD	   UINT64_C(0x10000)	/* CLONE_THREAD */

enum {
	NO_ARG = 0xff,
	MEMFD_SEAL = 8,	   /* MFD_NOEXEC_SEAL, 6.3 */
	MEMFD_EXEC = 16,   /* MFD_EXEC             */
	SHM_EXEC_ = 0x8000 /* SHM_EXEC of shmat    */
};

/* One call that a feature adds, under at most one condition. */
struct feature_call {
	uint16_t nr;
	uint8_t feature, arg, width;
	uint8_t unless; /* enum feature: with it on the condition falls away; FEAT__COUNT: none */
	uint64_t mask, value;
};

/* clang-format off */
#define C(feat, call) { SYS_##call, FEAT_##feat, NO_ARG, 0, FEAT__COUNT, 0, 0 }

#define TTY(request) { SYS_ioctl, FEAT_PTY, 1, 4, FEAT__COUNT, UINT32_MAX, request }

static const struct feature_call calls[] = {
	{ SYS_clone, FEAT_THREADS, 0, 8, FEAT__COUNT, NAMESPACES | THREAD, THREAD },
	C(THREADS, tgkill), C(THREADS, membarrier), C(THREADS, sched_setaffinity),
	{ SYS_clone, FEAT_FORK, 0, 8, FEAT__COUNT, NAMESPACES | THREAD, 0 },
	C(FORK, vfork), C(FORK, wait4), C(FORK, waitid), C(FORK, getpgrp), C(FORK, getpgid),
	C(FORK, setpgid), C(FORK, setsid), C(FORK, kill), C(FORK, tgkill),
	C(EXEC, execve), C(EXEC, execveat),
	C(JIT, mmap), C(JIT, mprotect), C(JIT, pkey_mprotect), C(JIT, pkey_alloc), C(JIT, pkey_free),
	/* a memfd that may be executed is a way round "what is written is not run": Landlock does
	 * not see it (launch.md C11) */
	{ SYS_memfd_create, FEAT_MEMFD, 1, 4, FEAT_JIT, MEMFD_SEAL | MEMFD_EXEC, MEMFD_SEAL },
	C(SYSV_IPC, shmget), C(SYSV_IPC, shmdt), C(SYSV_IPC, shmctl), C(SYSV_IPC, semget),
	C(SYSV_IPC, semop), C(SYSV_IPC, semtimedop), C(SYSV_IPC, semctl), C(SYSV_IPC, msgget),
	C(SYSV_IPC, msgsnd), C(SYSV_IPC, msgrcv), C(SYSV_IPC, msgctl),
	{ SYS_shmat, FEAT_SYSV_IPC, 2, 4, FEAT_JIT, SHM_EXEC_, 0 },
	C(POSIX_MQ, mq_open), C(POSIX_MQ, mq_unlink), C(POSIX_MQ, mq_timedsend),
	C(POSIX_MQ, mq_timedreceive), C(POSIX_MQ, mq_notify), C(POSIX_MQ, mq_getsetattr),
	C(NET_LOOPBACK, connect), C(NET_LOOPBACK, getpeername), C(NET_LOOPBACK, getsockname),
	C(NET_LOOPBACK, getsockopt), C(NET_LOOPBACK, setsockopt), C(NET_LOOPBACK, recvfrom),
	C(NET_LOOPBACK, recvmsg), C(NET_LOOPBACK, recvmmsg), C(NET_LOOPBACK, sendto),
	C(NET_LOOPBACK, sendmsg), C(NET_LOOPBACK, sendmmsg), C(NET_LOOPBACK, shutdown),
	C(NET_INBOUND, bind), C(NET_INBOUND, listen), C(NET_INBOUND, accept), C(NET_INBOUND, accept4),
	/* what a shell, an editor and a terminal multiplexer ask of a terminal; nothing that types into
	 * one or is the host's (S11) */
	TTY(TCGETS), TTY(TCSETS), TTY(TCSETSW), TTY(TCSETSF), TTY(TCSBRK), TTY(TCSBRKP), TTY(TCXONC),
	TTY(TCFLSH), TTY(TIOCSCTTY), TTY(TIOCNOTTY), TTY(TIOCGPGRP), TTY(TIOCSPGRP), TTY(TIOCGSID),
	TTY(TIOCGWINSZ), TTY(TIOCSWINSZ), TTY(TIOCOUTQ), TTY(TIOCGPTN), TTY(TIOCSPTLCK),
	TTY(TIOCGPTPEER), TTY(FIONREAD),
	C(IO_URING, io_uring_setup), C(IO_URING, io_uring_enter), C(IO_URING, io_uring_register),
	C(USERFAULTFD, userfaultfd), C(PERF, perf_event_open),
	C(PTRACE, ptrace), C(PTRACE, process_vm_readv), C(PTRACE, process_vm_writev),
	C(NUMA, mbind), C(NUMA, set_mempolicy), C(NUMA, migrate_pages), C(NUMA, move_pages),
	C(NUMA, set_mempolicy_home_node),
};

enum { TREE = 1 << RIGHT_READ | 1 << RIGHT_LIST | 1 << RIGHT_WRITE | 1 << RIGHT_CREATE |
	      1 << RIGHT_DELETE | 1 << RIGHT_MOVE };

static const struct {
	uint8_t feature;
	const char *path;
	uint32_t rights;
} feature_paths[] = {
	{ FEAT_PROC,     "/proc/",       1 << RIGHT_READ | 1 << RIGHT_LIST },
	{ FEAT_TMP,      "/tmp/",        TREE },
	{ FEAT_SHM,      "/dev/shm/",    TREE },
	{ FEAT_POSIX_MQ, "/dev/mqueue/", TREE & ~(1 << RIGHT_MOVE) },
	{ FEAT_PTY,      "/dev/pts/",    1 << RIGHT_READ | 1 << RIGHT_LIST | 1 << RIGHT_WRITE | 1 << RIGHT_IOCTL },
};

static const char *const node_paths[NODE__COUNT] = {
	"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/ptmx",
};
/* clang-format on */

static void add_call(struct facts *x, const struct feature_call *call)
{
	struct sysfact s = { .nr = call->nr, .at = x->on_at[call->feature], .implied = 1 };

	if (call->arg != NO_ARG &&
	    (call->unless == FEAT__COUNT || !(x->on & FEAT_BIT(call->unless)))) {
		s.arg[call->arg] = (struct argcond){ call->mask, call->value };
		s.width[call->arg] = call->width;
	}
	facts_add_sys(x, &s);
}

static void add_inet(struct facts *x, enum feature feature, uint32_t family)
{
	static const struct {
		uint32_t type, protocol[2];
	} kinds[] = { { SOCK_STREAM, { 0, 6 } }, { SOCK_DGRAM, { 0, 17 } } };
	size_t i;

	for (i = 0; i < 2 * ARRAY_LEN(kinds); i++) {
		struct sysfact s = { .nr = SYS_socket, .at = x->on_at[feature], .implied = 1 };

		s.arg[0] = (struct argcond){ UINT32_MAX, family };
		s.arg[1] = (struct argcond){ 0xf, kinds[i / 2].type };
		s.arg[2] = (struct argcond){ UINT32_MAX, kinds[i / 2].protocol[i % 2] };
		s.width[0] = s.width[1] = s.width[2] = 4;
		facts_add_sys(x, &s);
	}
}

/* set ready notify: a datagram to the notify socket. */
static void add_notify(struct facts *x)
{
	static const uint16_t nrs[] = { SYS_connect, SYS_sendto, SYS_sendmsg };
	struct sysfact s = { .nr = SYS_socket, .at = x->set[SET_READY].at[0], .implied = 1 };
	size_t i;

	s.arg[0] = (struct argcond){ UINT32_MAX, AF_UNIX };
	s.arg[1] = (struct argcond){ 0xf, SOCK_DGRAM };
	s.arg[2] = (struct argcond){ UINT32_MAX, 0 };
	s.width[0] = s.width[1] = s.width[2] = 4;
	facts_add_sys(x, &s);
	for (i = 0; i < ARRAY_LEN(nrs); i++) {
		s = (struct sysfact){ .nr = nrs[i], .at = s.at, .implied = 1 };
		facts_add_sys(x, &s);
	}
}

static void add_paths(struct facts *x)
{
	struct pathfact p = { .implied = 1 };
	size_t i;

	for (i = 0; i < ARRAY_LEN(feature_paths); i++) {
		if (!(x->on & FEAT_BIT(feature_paths[i].feature)))
			continue;
		p.at = x->on_at[feature_paths[i].feature];
		p.path = feature_paths[i].path;
		p.rights = feature_paths[i].rights;
		facts_add_path(x, &p);
	}
	for (i = 0; i < NODE__COUNT; i++) {
		if (!(x->devices & UINT64_C(1) << i))
			continue;
		p.at = x->device_at[i];
		p.path = node_paths[i];
		p.rights = RIGHT_BIT(RIGHT_READ) | RIGHT_BIT(RIGHT_WRITE);
		if (x->on & FEAT_BIT(FEAT_PTY) && (i == NODE_TTY || i == NODE_PTMX))
			p.rights |= RIGHT_BIT(RIGHT_IOCTL);
		facts_add_path(x, &p);
	}
}

void facts_expand(struct facts *x)
{
	size_t i;

	/* its own, at no path of the host's */
	for (i = NODE_TTY; x->on & FEAT_BIT(FEAT_PTY) && i <= NODE_PTMX; i++) {
		x->devices |= UINT64_C(1) << i;
		if (!x->device_at[i].src)
			x->device_at[i] = x->on_at[FEAT_PTY];
	}
	for (i = 0; i < ARRAY_LEN(calls); i++)
		if (x->on & FEAT_BIT(calls[i].feature))
			add_call(x, &calls[i]);
	if (x->on & FEAT_BIT(FEAT_NET_LOOPBACK))
		add_inet(x, FEAT_NET_LOOPBACK, AF_INET);
	if (x->on & FEAT_BIT(FEAT_NET_IPV6))
		add_inet(x, FEAT_NET_IPV6, AF_INET6);
	if (!x->is_ceiling && x->set[SET_READY].n && !strcmp(x->set[SET_READY].value[0], "notify"))
		add_notify(x);
	add_paths(x);
}
