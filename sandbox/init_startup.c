/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init_startup.c - init's own filter, and its answers to startup calls (profiles-audit A.10).
 * Runs as: cloister-init. Must not: allocate, link anything, or look at the workload's memory.
 *
 * The plan's filter asks about a startup call at a listener, and init says: go on until the program
 * is ready, EPERM from then on. Nothing but the phase decides, so it does not matter that the
 * memory behind the arguments may change under our eyes. If init dies, so does all that would ask.
 */
#include "sandbox/init_startup.h"
#include "sandbox/init.h"
#include "sandbox/init_bare.h"
#include "lib/plan/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/ioctl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

enum { NOTIF_BYTES = 256 }; /* more than any kernel's struct seccomp_notif */

/* 6.6: the waiting call and we take turns on one processor; older: EINVAL, and it costs more. */
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS	   SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP 1
#endif

/* The calls that init makes after its fork; no clone, exec, open or socket (I13). */
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_##what)
#define EQUAL(k)     BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, 0, 1)
#define ALLOW(k)     EQUAL(k), RETURN(ALLOW)
#define LOAD(field)  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
/* clang-format off */
#define INIT_CALLS                                                                                 \
	LOAD(arch),                                                                                \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xc000003e /* AUDIT_ARCH_X86_64 */, 1, 0),             \
	RETURN(KILL_PROCESS),                                                                      \
	LOAD(nr),                                                                                  \
	ALLOW(SYS_read),       ALLOW(SYS_waitid),       ALLOW(SYS_kill),                           \
	ALLOW(SYS_setresuid),  ALLOW(SYS_pwrite64),     ALLOW(SYS_restart_syscall),                \
	ALLOW(SYS_exit_group), ALLOW(SYS_rt_sigreturn), ALLOW(SYS_poll),                           \
	ALLOW(SYS_recvfrom),   ALLOW(SYS_sendto)

static const struct sock_filter init_filter[] = { INIT_CALLS, RETURN(KILL_PROCESS) };
/* And for startup calls: to hear of one, to answer, to start their clock. */
static const struct sock_filter init_answers[] = {
	INIT_CALLS,
	ALLOW(SYS_timerfd_settime),
	EQUAL(SYS_ioctl), BPF_STMT(BPF_JMP | BPF_JA, 1), RETURN(KILL_PROCESS),
	LOAD(args[1]), /* the kernel looks at 32 bits */
	ALLOW((uint32_t)SECCOMP_IOCTL_NOTIF_RECV), ALLOW((uint32_t)SECCOMP_IOCTL_NOTIF_SEND),
	RETURN(KILL_PROCESS),
};
/* clang-format on */

long filter_load(const struct sock_filter *code, size_t n, long flags)
{
	struct sock_fprog prog = {
		.len = (unsigned short)n,
		.filter = (struct sock_filter *)(uintptr_t)code, /* the kernel only reads */
	};

	return sys(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, SYS_PTR(&prog));
}

long init_filter_load(bool answers)
{
	return answers ? filter_load(init_answers, ARRAY_LEN(init_answers), 0)
		       : filter_load(init_filter, ARRAY_LEN(init_filter), 0);
}

void startup_tell(int32_t *shared, int32_t n)
{
	__atomic_store_n(shared, n, __ATOMIC_RELEASE);
	(void)sys(SYS_futex, SYS_PTR(shared), FUTEX_WAKE, 1, 0);
}

static bool lives(long child)
{
	siginfo_t si;

	si.si_pid = 0;
	return sys(SYS_waitid, P_PID, child, SYS_PTR(&si), WEXITED | WNOHANG | WNOWAIT, 0) == 0 &&
	       si.si_pid == 0;
}

/* The same descriptor above the numbers that init closes. */
static long above(long fd)
{
	long rc = fd < 0 ? fd : sys(SYS_fcntl, fd, F_DUPFD_CLOEXEC, INIT_FD__END);

	if (fd >= 0)
		(void)sys(SYS_close, fd);
	return rc;
}

long startup_take(struct startup *s, int32_t *shared, long child)
{
	const struct timespec soon = { 0, 50000000 }; /* it may die without a word */
	uint64_t turns = SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP;
	int32_t n;
	long rc;

	while ((n = __atomic_load_n(shared, __ATOMIC_ACQUIRE)) == 0 && lives(child))
		(void)sys(SYS_futex, SYS_PTR(shared), FUTEX_WAIT, 0, SYS_PTR(&soon));
	rc = sys(SYS_unshare, CLONE_FILES);
	if (rc < 0)
		return rc;
	if (n <= 0)
		return 0; /* it failed and says so, or is dead */
	s->listener = above(n);
	s->timer = above(sys(SYS_timerfd_create, CLOCK_BOOTTIME, TFD_CLOEXEC));
	if (s->listener < 0 || s->timer < 0)
		return s->listener < 0 ? s->listener : s->timer;
	(void)sys(SYS_ioctl, s->listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SYS_PTR(&turns));
	return 0;
}

/* `limit startup` is counted from the first startup call, the exec: a parked start may wait long.
 */
static void start_clock(struct startup *s, const void *plan)
{
	struct itimerspec t = { { 0, 0 }, { 0, 1 } }; /* a plan without the limit: at once */

	for (size_t i = 0; i < plan_count(plan, PLAN_LIMITMISC); i++) {
		const struct plan_limitmisc *l = plan_row(plan, PLAN_LIMITMISC, i);

		if (l->limit == LIMIT_STARTUP_NS && l->value) {
			t.it_value.tv_sec = (long)(l->value / 1000000000u);
			t.it_value.tv_nsec = (long)(l->value % 1000000000u);
		}
	}
	if (sys(SYS_timerfd_settime, s->timer, 0, SYS_PTR(&t), 0) < 0)
		s->over = true;
}

void startup_answer(struct startup *s, const void *plan)
{
	static uint64_t buf[NOTIF_BYTES / sizeof(uint64_t)];
	struct seccomp_notif *call = (struct seccomp_notif *)buf;
	struct seccomp_notif_resp say = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(buf); i++)
		buf[i] = 0; /* the kernel wants it so */
	if (sys(SYS_ioctl, s->listener, SECCOMP_IOCTL_NOTIF_RECV, SYS_PTR(buf)) < 0)
		return; /* ENOENT: the caller is dead */
	if (!s->counted)
		start_clock(s, plan);
	s->counted = true;
	say.id = call->id;
	if (s->over)
		say.error = -EPERM;
	else
		say.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	(void)sys(SYS_ioctl, s->listener, SECCOMP_IOCTL_NOTIF_SEND, SYS_PTR(&say));
}
