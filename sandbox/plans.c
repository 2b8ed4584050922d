/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plans.c - plan.load: seals, every hard invariant, the operator's bits; once per plan, not per
 * start. Runs in: cloister-spawn. The mapping is kept and is what later starts read; the descriptor
 * is for init alone, which maps the same sealed bytes (I3; security-model.md 3.4, mistake 4).
 */
#include "sandbox/spawn.h"
#include "lib/base/fd.h"
#include "lib/plan/policy.h"
#include "lib/plan/plan.h"
#include "lib/plan/plan_check.h"

#include <string.h>

/* What this host and its operator allow of a plan that is sound in itself. */
static int allowed(const struct app *a, const void *map, struct fault *f)
{
	const struct plan_hdr *h = map;

	if (h->flags & PLAN_F_HOST_SOURCE && !(a->policy->may & MAY_HOST_SOURCE))
		return fault_set(f, -EPERM, "plan.host",
				 "the operator's policy forbids source host");
	if (h->min_landlock_abi > a->landlock_abi)
		return fault_set(f, -EOPNOTSUPP, "plan.landlock",
				 "the plan needs Landlock ABI %u, this kernel has %u",
				 h->min_landlock_abi, a->landlock_abi);
	if (h->min_kernel > a->kernel)
		return fault_set(f, -EOPNOTSUPP, "plan.kernel", "the plan needs a newer kernel");
	if (!(a->policy->may & MAY_PLAN))
		return fault_set(f, -EPERM, "plan.pinned",
				 "the policy starts pinned plans only, and none is pinned");
	return 0;
}

int plan_load(void *self, const void *req, int *fd, struct reply *out)
{
	struct app *a = self;
	const struct spawn_tenant *q = req;
	struct plan_slot *p = NULL;
	const void *map = NULL;
	int rc = tenant_get(a, q->t, &out->fault);
	int size = rc < 0 ? rc : sealed_map(fd[0], PLAN_SIZE_MAX, "plan.seals", &map, &out->fault);

	if (size < 0)
		return size;
	rc = plan_check(map, (size_t)size, &out->fault);
	if (rc > 0) /* a named rule: f->msg says which and where; refused all the same */
		rc = -EINVAL;
	if (rc == 0)
		rc = allowed(a, map, &out->fault);
	if (rc == 0) {
		p = row_take(a, TABLE_PLAN, q->t, &out->fault);
		rc = p ? 0 : out->fault.err;
	}
	if (rc < 0) {
		sealed_unmap(map, (size_t)size);
		return rc;
	}
	p->epoch = a->policy->epoch;
	p->map = map;
	p->size = (size_t)size;
	p->fd = fd_take(&fd[0]);
	out->slot = row_slot(a, TABLE_PLAN, p);
	return 0;
}

static void drop(struct app *a, struct plan_slot *p)
{
	template_drop_of(a, row_slot(a, TABLE_PLAN, p));
	sealed_unmap(p->map, p->size);
	fd_close(&p->fd);
	row_free(a, TABLE_PLAN, p);
}

void plan_unuse(struct app *a, struct plan_slot *p)
{
	if (p->row.gen && p->orphan && !p->row.uses)
		drop(a, p);
}

int plan_drop(void *self, const void *req, int *fd UNUSED, struct reply *out)
{
	struct app *a = self;
	const struct spawn_slot *q = req;
	struct plan_slot *p = row_idle(a, TABLE_PLAN, q, &out->fault);

	if (!p)
		return out->fault.err;
	drop(a, p);
	return 0;
}
