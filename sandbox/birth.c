/* SPDX-License-Identifier: Apache-2.0 */
/*
 * birth.c - how a process is made: with what is its own of the spawner's table, and nothing else.
 * Runs in: cloister-spawn.
 *
 * The spawner holds some seventeen descriptors for each tenant. A child that copied them all would
 * hold other tenants' mounts and namespaces until it had closed them, which took 1.8 ms of 8,000.
 */
#include "sandbox/enter.h"
#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "lib/plan/plan.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

struct birth {
	struct enter *e;
	struct clone_args how;
	pid_t pid;
	int err;
};

/*
 * Stands between the spawner and the child, on the memory and table of the spawner, which waits for
 * its end: parts from the table where what is kept for the child ends, so that what is open for
 * other tenants is neither copied nor closed again, and makes the child in the spawner's name.
 */
static int between(void *arg)
{
	struct birth *b = arg;
	pid_t pid = -1;

	if (close_range(ENTER_FD_LOW + ENTER_FDS, ~0u, CLOSE_RANGE_UNSHARE) == 0)
		pid = (pid_t)syscall(SYS_clone3, &b->how, sizeof(b->how));
	if (pid == 0)
		enter_run(b->e);
	b->err = errno;
	b->pid = pid;
	return 0;
}

/* The child's pid, or -errno. */
static pid_t bear(struct birth *b, int *pidfd)
{
	static uint8_t stack[1 << 17] __attribute__((aligned(16)));
	pid_t pid;

	/* an exec is born in the workload's pid namespace: so would be who stands between */
	if (b->e->of || PLAN_LACKS(b->e->plan, ABLATE_FD)) {
		b->how.exit_signal = SIGCHLD;
		pid = (pid_t)syscall(SYS_clone3, &b->how, sizeof(b->how));
		if (pid == 0)
			enter_run(b->e);
		b->pid = pid;
		b->err = errno;
	} else {
		b->how.flags |= CLONE_PARENT;
		pid = clone(between, stack + sizeof(stack),
			    CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD, b);
		if (pid < 0)
			return -errno;
		(void)RETRY_EINTR(waitpid(pid, NULL, 0));
	}
	if (b->pid < 0)
		return -b->err;
	*pidfd = pidfd_open(b->pid, 0);
	if (*pidfd >= 0)
		return b->pid;
	b->err = errno;
	(void)kill(b->pid, SIGKILL); /* ours, and not waited for: its number is nobody else's */
	(void)RETRY_EINTR(waitpid(b->pid, NULL, 0));
	return -b->err;
}

/* To the numbers that are kept for a child; or (put away) nothing of it stays with us. */
static int low_fds(const struct app *a, const struct enter *e, bool away)
{
	for (int i = 0; i < ENTER_FDS; i++)
		if (e->fd[i] >= 0 &&
		    dup3(away ? a->o.null : e->fd[i], ENTER_FD_LOW + i, O_CLOEXEC) < 0)
			return -1;
	return 0;
}

int birth_open(const struct app *a, struct fault *f)
{
	for (int i = 0; i < ENTER_FDS; i++)
		if (fcntl(a->o.null, F_DUPFD_CLOEXEC, ENTER_FD_LOW + i) != ENTER_FD_LOW + i)
			return fault_set(f, -EMFILE, "open.low", "descriptor %d is not free",
					 ENTER_FD_LOW + i);
	return 0;
}

/* Its copy of our namespace is the child's; a constant plan may want that of our own. An exec is
 * born in the workload's pid namespace, which cannot be entered later, and takes the others itself.
 */
static int enter_birthplace(const struct enter *e)
{
	if (e->of)
		return ns_join(e->of->pidfd, CLONE_NEWPID);
	return e->ns >= 0 ? setns(e->ns, CLONE_NEWNS) : 0;
}

pid_t birth(const struct app *a, struct enter *e, int *pidfd, struct fault *f)
{
	struct birth b = { .e = e, /* the rest as if who stands between was killed */
			   .pid = -1,
			   .err = EINTR,
			   .how = { .flags = CLONE_INTO_CGROUP | CLONE_CLEAR_SIGHAND,
				    .cgroup = ENTER_FD_LOW + (__u64)(&e->cgroup - e->fd) } };
	pid_t pid;

	e->a = a;
	e->last = e->of ? e->of->pidfd : a->o.null;
	for (uint32_t i = 0; i < CG_TREES_MAX; i++)
		e->join[i] = e->joins && i != CG_V2 && i < a->cg.n ? e->joins->dir[i] : -1;
	if (!e->of)
		b.how.flags |= CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
			       CLONE_NEWCGROUP | (e->netns < 0 ? CLONE_NEWNET : 0);
	if (PLAN_LACKS(e->plan, ABLATE_NS))
		b.how.flags &= ~(__u64)(CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWCGROUP);
	pid = low_fds(a, e, false) < 0 || enter_birthplace(e) < 0 ? -errno : bear(&b, pidfd);
	if (pid < 0 && !e->of) /* the one that nobody could tell of */
		DROP(file_put(e->cgroup, "cgroup.kill", "1"));
	if (e->ns >= 0)
		ns_home(a);
	/* or the next start would be in there, or find something of this one */
	if ((e->of && setns(a->o.base_pid, CLONE_NEWPID) < 0) || low_fds(a, e, true) < 0)
		abort();
	return pid < 0 ? fault_set(f, pid, "start.clone", "making a process: %s",
				   strerrordesc_np(-pid))
		       : pid;
}
