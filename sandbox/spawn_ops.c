/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spawn_ops.c - all powers of the spawner on one screen.
 * Runs in: cloister-spawn. Every request is a fixed struct; the gate checked sender, size, phase
 * and fds.
 */
#include "sandbox/spawn.h"
#include "lib/base/fd.h"
#include "lib/plan/plan.h"
#include "lib/plan/plan_check.h"
#include "lib/plan/policy.h"

#include <string.h>
#include <fcntl.h>

static int edge_take(void *self, const void *req, int *fd, struct reply *out)
{
	struct app *a = self;
	const struct parent_edge *q = req;

	if (q->worker != WORKER_ENGINE && q->worker != WORKER_NETD && q->worker != WORKER_VOLUMED)
		return fault_set(&out->fault, -EINVAL, "spawn.edge", "no edge to worker %u",
				 q->worker);
	if (a->edge[q->worker] >= 0)
		start_orphan(a, a->edge[q->worker]);
	fd_close(&a->edge[q->worker]);
	if (q->worker == WORKER_ENGINE)
		adopt_orphans(a);
	/* one that does not read must not stop us, nor the news of one that was there before */
	if (fcntl(fd[0], F_SETFL, O_NONBLOCK) < 0)
		return fault_sys(&out->fault, "spawn.edge", "setting up an edge");
	a->edge[q->worker] = fd_take(&fd[0]);
	if (a->host.phase != PHASE_RUN) /* who asks before waits, it is not refused at the gate */
		return 0;
	return watch_add(a, a->edge[q->worker], WATCH_EDGE, q->worker, &out->fault);
}

/* Their bytes are read as often as a plan is loaded: looked at once. */
static int check_ceilings(const struct host_policy *p, struct fault *f)
{
	const struct ceiling_ref *c = (const void *)(p + 1);
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < p->nceiling; i++) {
		const struct plan_hdr *h = (const void *)((const uint8_t *)p + c[i].off);

		rc = plan_check_ceiling(h, c[i].len, f);
		if (rc == 0 && memcmp(h->ceiling_sha256, c[i].sha256, sizeof(c[i].sha256)) != 0)
			rc = 1;
	}
	return rc ? fault_set(f, -EINVAL, "spawn.ceiling", "a ceiling of the block is damaged") : 0;
}

static int policy_new(void *self, const void *req UNUSED, int *fd, struct reply *out)
{
	struct app *a = self;
	const struct host_policy *p = NULL;
	int size = policy_map(fd[0], "spawn.policy", &p, &out->fault);

	if (size < 0)
		return size;
	if (check_ceilings(p, &out->fault) < 0) {
		sealed_unmap(p, (size_t)size);
		return out->fault.err;
	}
	if (policy_swap(p, &a->policy, &out->fault) < 0)
		return out->fault.err;
	plans_review(a);
	return 0;
}

static int run(void *self, const void *req UNUSED, int *fd UNUSED, struct reply *out)
{
	struct app *a = self;
	int rc;

	if (!a->policy)
		return fault_set(&out->fault, -EPROTO, "spawn.run", "no policy block yet");
	rc = spawn_open(a, &out->fault);
	for (uint32_t w = WORKER_ENGINE; rc == 0 && w < WORKER__COUNT; w++)
		if (a->edge[w] >= 0)
			rc = watch_add(a, a->edge[w], WATCH_EDGE, w, &out->fault);
	if (rc == 0)
		a->host.phase = PHASE_RUN;
	return rc;
}

static int host(void *self, const void *req UNUSED, int *fd UNUSED, struct reply *out)
{
	const struct app *a = self;
	uint64_t ctl = 0;

	for (uint32_t i = 0; i < a->cg.n; i++)
		for (uint32_t c = 0; c < CTL__COUNT; c++)
			if (a->cg.controllers[i] & 1u << c)
				ctl |= (uint64_t)a->cg.version[i] << (4 * c);
	out->value[HOST_CONTROLLERS] = ctl;
	out->value[HOST_LANDLOCK] = a->landlock_abi;
	out->value[HOST_KERNEL] = a->kernel;
	out->value[HOST_FLAGS] = a->labels | (a->has_mdwe ? HOST_F_MDWE : 0u) |
				 (a->policy->may & MAY_HOST_SOURCE ? HOST_F_HOST_SOURCE : 0u) |
				 (faccessat(a->cg.helpers.dir[CG_V2], "cgroup.kill", F_OK, 0) == 0
					  ? HOST_F_CGROUP_KILL
					  : 0u);
	return 0;
}

/* clang-format off */
const struct op_row spawn_ops[SPAWN__COUNT] = {
	/*                               name              request            fds from         phase        once handler */
	[PARENT_EDGE]        = ROW(      "parent.edge",    parent_edge,        1, FROM_PARENT, PHASE_ANY,   0, edge_take),
	[PARENT_POLICY]      = ROW_EMPTY("parent.policy",                      1, FROM_PARENT, PHASE_ANY,   0, policy_new),
	[PARENT_RUN]         = ROW_EMPTY("parent.run",                         0, FROM_PARENT, PHASE_SETUP, 1, run),
	[PARENT_ACTS]        = ROW_EMPTY("parent.acts",                        1, FROM_PARENT, PHASE_ANY,   0, op_acts),
	[SPAWN_TENANT_BIND]  = ROW(      "tenant.bind",    spawn_tenant_bind,  0, FROM_ENGINE, PHASE_RUN,   0, tenant_bind),
	[SPAWN_TENANT_FREE]  = ROW(      "tenant.free",    spawn_tenant,       0, FROM_ENGINE, PHASE_RUN,   0, tenant_free),
	[SPAWN_TENANT_LIMIT] = ROW(      "tenant.limit",   spawn_tenant_limit, 0, FROM_ENGINE, PHASE_RUN,   0, tenant_limit),
	[SPAWN_PLAN_LOAD]    = ROW(      "plan.load",      spawn_tenant,       1, FROM_ENGINE, PHASE_RUN,   0, plan_load),
	[SPAWN_PLAN_DROP]    = ROW(      "plan.drop",      spawn_slot,         0, FROM_ENGINE, PHASE_RUN,   0, plan_drop),
	[SPAWN_CGROUP_MAKE]  = ROW(      "cgroup.make",    spawn_cgroup_make,  0, FROM_ENGINE, PHASE_RUN,   0, cgroup_make),
	[SPAWN_CGROUP_KILL]  = ROW(      "cgroup.kill",    spawn_slot,         0, FROM_ENGINE, PHASE_RUN,   0, cgroup_kill),
	[SPAWN_CGROUP_DROP]  = ROW(      "cgroup.drop",    spawn_slot,         0, FROM_ENGINE, PHASE_RUN,   0, cgroup_drop),
	[SPAWN_CGROUP_LIMITS] = ROW(     "cgroup.limits",  spawn_cgroup_limits, 0, FROM_ENGINE, PHASE_RUN,  0, cgroup_limits),
	[SPAWN_FIGURES]      = ROW(      "figures",        spawn_figures,      0, FROM_ENGINE, PHASE_RUN,   0, cgroup_figures),
	[SPAWN_READY]        = ROW(      "ready",          spawn_slot,         0, FROM_ENGINE, PHASE_RUN,   0, start_ready),
	[SPAWN_GRIP_DROP]    = ROW(      "grip.drop",      spawn_slot,         0, FROM_ENGINE, PHASE_RUN,   0, grip_drop),
	[SPAWN_START]        = ROW(      "start",          spawn_start,        0, FROM_ENGINE, PHASE_RUN,   0, spawn_start),
	[SPAWN_RUN]          = ROW(      "run",            spawn_start,        1, FROM_ENGINE, PHASE_RUN,   0, spawn_start),
	[SPAWN_SIGNAL]       = ROW(      "signal",         spawn_signal,       0, FROM_ENGINE, PHASE_RUN,   0, spawn_signal),
	[SPAWN_LOG]          = ROW(      "log",            spawn_log,  LOG_PARTS, FROM_ENGINE, PHASE_RUN,   0, spawn_log),
	[SPAWN_HELPER]       = ROW(      "helper",         spawn_helper,       1, FROM_ENGINE, PHASE_RUN,   0, spawn_helper),
	[SPAWN_MKIMAGE]      = ROW(      "mkimage",        spawn_mkimage,      0, FROM_ENGINE, PHASE_RUN,   0, spawn_mkimage),
	[SPAWN_ADOPT]        = ROW(      "adopt",          spawn_adopt,        0, FROM_ENGINE, PHASE_RUN,   0, spawn_adopt),
	[SPAWN_HOST]         = ROW_EMPTY("host",                               0, FROM_ENGINE, PHASE_RUN,   0, host),
	[SPAWN_PARK]         = ROW(      "park",           spawn_start,        0, FROM_ENGINE, PHASE_RUN,   0, spawn_start),
	[SPAWN_EXEC]         = ROW(      "exec",           spawn_exec,         1, FROM_ENGINE, PHASE_RUN,   0, spawn_exec),
	[SPAWN_POLICY_MAKE]  = ROW_EMPTY("policy.make",                        2, FROM_PARENT, PHASE_RUN,   0, policy_make),
	[SPAWN_PLAN_MAKE]    = ROW(      "plan.make",      spawn_tenant,       1, FROM_ENGINE, PHASE_RUN,   0, plan_make),
	[SPAWN_OFFER]        = ROW(      "offer",          spawn_offer,        1, FROM_PEER,   PHASE_RUN,   0, grip_offer),
};
/* clang-format on */
_Static_assert(SPAWN__COUNT <= 64, "op_host.done is one word");

/* Every request that names a tenant does so in its first 8 bytes. */
void spawn_about(const struct op_row *row, const void *req, struct act_about *out)
{
	size_t op = (size_t)(row - spawn_ops);

	if (op < PARENT__COUNT || op == SPAWN_TENANT_BIND || op == SPAWN_HELPER ||
	    op == SPAWN_MKIMAGE || op == SPAWN_ADOPT || op == SPAWN_HOST || op == SPAWN_FIGURES ||
	    op == SPAWN_POLICY_MAKE)
		return;
	memcpy(&out->t, req, sizeof(out->t));
	if (op == SPAWN_START || op == SPAWN_RUN || op == SPAWN_PARK || op == SPAWN_EXEC)
		memcpy(out->op_id, (const char *)req + row->size - sizeof(out->op_id),
		       sizeof(out->op_id)); /* the last field of each */
	if (op == SPAWN_OFFER)
		memcpy(out->tag, ((const struct spawn_offer *)req)->object, sizeof(out->tag));
}
