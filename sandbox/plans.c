/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plans.c - plan.load: seals, every hard invariant, the operator's bits; once per plan, not per
 * start. Runs in: cloister-spawn. The mapping is kept and is what later starts read; the descriptor
 * never is (I3; security-model.md 3.4, mistake 4).
 */
#include "sandbox/spawn.h"
#include "lib/base/fd.h"
#include "lib/plan/policy.h"
#include "lib/plan/plan.h"
#include "lib/plan/plan_check.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { SEALS = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL };

/* What this host and its operator allow of a plan that is sound in itself. */
static int allowed(const struct app *a, const void *map, struct fault *f)
{
	const struct plan_hdr *h = map;

	if (h->flags & PLAN_F_HOST_SOURCE && !(a->policy->may & MAY_HOST_SOURCE))
		return fault_set(f, -EPERM, "plan.host",
				 "the operator's policy does not allow the image source host");
	if (h->min_landlock_abi > a->landlock_abi)
		return fault_set(f, -EOPNOTSUPP, "plan.landlock",
				 "the plan was made for Landlock ABI %u, this kernel has %u",
				 h->min_landlock_abi, a->landlock_abi);
	if (h->min_kernel > a->kernel)
		return fault_set(f, -EOPNOTSUPP, "plan.kernel", "the plan needs a newer kernel");
	if (!(a->policy->may & MAY_PLAN))
		return fault_set(
			f, -EPERM, "plan.pinned",
			"the operator's policy starts pinned plans only, and none is pinned");
	return 0;
}

static int map_plan(int fd, const void **ret_map, size_t *ret_size, struct fault *f)
{
	struct stat st;
	void *map;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0 || (seals & SEALS) != SEALS)
		return fault_set(f, -EINVAL, "plan.seals", "not a sealed plan");
	if (fstat(fd, &st) < 0)
		return fault_sys(f, "plan.stat", "reading the plan's size");
	if (st.st_size < (off_t)sizeof(struct plan_hdr) || st.st_size > PLAN_SIZE_MAX)
		return fault_set(f, -EINVAL, "plan.size", "a plan of %lld bytes",
				 (long long)st.st_size);
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return fault_sys(f, "plan.map", "mapping the plan");
	*ret_map = map;
	*ret_size = (size_t)st.st_size;
	return 0;
}

int plan_load(void *self, const void *req, int *fd, struct reply *out)
{
	struct app *a = self;
	const struct spawn_tenant *q = req;
	struct tenant_live *live;
	struct plan_slot p = { .t = q->t, .epoch = a->policy->epoch };
	uint32_t n;
	int rc = tenant_get(a, q->t, &live, &out->fault);

	if (rc == 0)
		rc = map_plan(fd[0], &p.map, &p.size, &out->fault);
	if (rc < 0)
		return rc;
	rc = plan_check(p.map, p.size, &out->fault);
	if (rc > 0) /* a named rule: f->msg says which and where; refused all the same */
		rc = -EINVAL;
	if (rc == 0)
		rc = allowed(a, p.map, &out->fault);
	n = rc == 0 ? ROW_TAKE(a, plans) : SLOT_NONE;
	if (rc == 0 && n == SLOT_NONE)
		rc = fault_set(&out->fault, -ENOSPC, "plan.full", "%d plans are the bound",
			       PLANS_MAX);
	if (rc < 0) {
		(void)munmap((void *)(uintptr_t)p.map, p.size);
		return rc;
	}
	p.gen = a->plans[n].gen;
	p.fd = fd_take(&fd[0]);
	a->plans[n] = p;
	live->live++;
	out->slot = (struct slot){ n, p.gen };
	return 0;
}

bool plan_current(const struct app *a, const struct plan_slot *p)
{
	return p->epoch == a->policy->epoch;
}

int plan_drop(void *self, const void *req, int *fd, struct reply *out)
{
	struct app *a = self;
	const struct spawn_slot *q = req;
	struct plan_slot *p = ROW_GET(a, plans, q->s);

	(void)fd;
	if (!p || !tenant_same(p->t, q->t))
		return fault_set(&out->fault, -ESTALE, "plan.slot", "not a plan of this tenant");
	if (p->uses)
		return fault_set(&out->fault, -EBUSY, "plan.used", "%u starts live under this plan",
				 p->uses);
	template_drop_of(a, p->t, &q->s, NULL);
	(void)munmap((void *)(uintptr_t)p->map, p->size);
	fd_close(&p->fd);
	a->tenants[p->t.index].live--;
	p->gen = 0;
	return 0;
}
