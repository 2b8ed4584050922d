/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec.c - one more command in a running workload: a start for every check, that makes nothing.
 * Runs in: cloister-spawn.
 *
 * All it gets is the workload's: cgroup, namespaces, plan. It is init's program run once more, in a
 * process that is nobody's init: the child enters what init is in (enter.c), and cloister-init
 * becomes the command instead of forking one. Its parent is the spawner; it ends with both.
 */
#include "sandbox/enter.h"
#include "lib/base/fd.h"
#include "lib/plan/plan.h"
#include "lib/plan/policy.h"

#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>

/* SYS_PTRACE: init is not dumpable and its user namespace is not ours. Permitted, and in force for
 * this one call only (launch.md 3.6). */
int ns_join(int pidfd, int what)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct now[2];
	int rc;

	if (syscall(SYS_capget, &h, now) < 0)
		return -1;
	now[0].effective |= 1u << CAP_SYS_PTRACE;
	if (syscall(SYS_capset, &h, now) < 0)
		return -1;
	rc = setns(pidfd, what);
	now[0].effective &= ~(1u << CAP_SYS_PTRACE);
	if (syscall(SYS_capset, &h, now) < 0)
		abort(); /* a right that is not given back */
	return rc;
}

static uint32_t execs_of(const struct app *a, struct tenant_ref t)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < a->rows[TABLE_START].top; i++)
		n += a->starts[i].row.gen && a->starts[i].kind == START_EXEC &&
		     tenant_same(a->starts[i].row.t, t);
	return n;
}

static int check(struct app *a, const struct spawn_exec *q, struct start **ret, struct fault *f)
{
	const struct plan_slot *p;
	const struct plan_hdr *h;
	struct start *s;

	if (!(a->policy->may & MAY_EXEC))
		return fault_set(f, -EPERM, "exec.policy", "the operator's policy forbids exec");
	if (tenant_get(a, q->t, f) < 0)
		return f->err;
	s = row_own(a, TABLE_START, q->t, q->start, f); /* I7 */
	p = s ? row_own(a, TABLE_PLAN, q->t, q->plan, f) : NULL;
	if (!p)
		return f->err;
	h = p->map;
	if (s->kind != START_WORKLOAD || s->state != START_RUNNING || s->number != q->workload)
		return fault_set(f, -ESTALE, "start.slot", "not a running workload");
	if (p->epoch != a->policy->epoch)
		return fault_set(f, -ESTALE, "start.epoch", "the plan is of an older policy");
	if (memcmp(s->note.plan, h->body_sha256, sizeof(s->note.plan)) != 0)
		return fault_set(f, -EPERM, "exec.plan",
				 "not the plan that the workload runs under");
	if (q->flags & ~(uint32_t)(START_NO_STDIN | START_TTY))
		return fault_set(f, -EINVAL, "start.flags", "flags %#x", q->flags);
	if (execs_of(a, q->t) >= EXECS_MAX) /* I12 */
		return fault_set(f, -EBUSY, "exec.full", "%d of a tenant at a time", EXECS_MAX);
	*ret = s;
	return start_tty(p, q->flags, f);
}

int spawn_exec(void *self, const void *req, int *fd, struct reply *out)
{
	struct app *a = self;
	const struct spawn_exec *q = req;
	struct start *of = NULL, *s;
	const struct plan_slot *p;
	const struct cgroup_row *g;
	struct enter e = {
		.t = q->t, .size = q->tty, .stdio = { -1, -1, -1 }, .ns = -1, .netns = -1
	};
	int rc;

	if (check(a, q, &of, &out->fault) < 0 ||
	    sealed_size(fd[0], RUN_ARGS_MAX, "start.command", &out->fault) < 0)
		return out->fault.err;
	p = row_get(a, TABLE_PLAN, q->plan);
	g = row_get(a, TABLE_CGROUP, of->cgroup);
	s = g ? start_begin(a, q->t, START_EXEC, &out->fault) : NULL;
	if (!s)
		return g ? out->fault.err : -ESTALE;
	e.of = of;
	e.plan = p->map;
	e.cgroup = g->dir[CG_V2];
	e.joins = g;
	e.userns = a->tenants[q->t.index].userns;
	e.program = a->o.init;
	memcpy(e.extra, (const int[]){ p->fd, fd[0], -1, -1, -1, -1 }, sizeof(e.extra));
	s->number = q->workload;
	rc = start_stdio(a, s, &e, q->flags, -1);
	if (rc < 0)
		(void)fault_sys(&out->fault, "start.pipes", "making pipes");
	else
		rc = start_clone(a, s, &e, &out->fault);
	for (size_t i = 0; i < ARRAY_LEN(e.stdio); i++)
		fd_close(&e.stdio[i]);
	if (rc < 0) {
		start_abort(a, s);
		return out->fault.err;
	}
	start_await(a, s, out);
	return 0;
}
