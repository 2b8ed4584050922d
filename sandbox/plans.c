/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plans.c - plan.load and plan.make: seals, every hard invariant, the ceiling, the operator's bits
 * and pins; once per plan, not per start, and again when the policy changes. Runs in:
 * cloister-spawn. The mapping is kept and is what later starts read; the descriptor is for init
 * alone, which maps the same sealed bytes (I3; security-model.md 3.4, mistake 4).
 */
#include "sandbox/spawn.h"
#include "lib/base/fd.h"
#include "lib/plan/policy.h"
#include "lib/plan/plan.h"
#include "lib/plan/plan_check.h"
#include "lib/plan/registry.h"

#include <string.h>
#include <sys/mman.h>

/* Without MAY_PLAN: the text is the operator's for this tenant, and so is each image. */
static int pinned(const struct app *a, const struct plan_slot *p, struct fault *f)
{
	const struct plan_hdr *h = p->map;
	struct plan_pin pin;

	memcpy(pin.tenant, a->registry[p->row.t.index].id, sizeof(pin.tenant));
	memcpy(pin.source_sha256, h->source_sha256, sizeof(pin.source_sha256));
	if (!p->made || !policy_has_plan(a->policy, &pin))
		return fault_set(
			f, -EPERM, "plan.pinned",
			"'may plan' is off, and this is no workload of the operator's files");
	for (size_t i = 0; i < plan_count(h, PLAN_MOUNT); i++) {
		const struct plan_mount *m = plan_row(h, PLAN_MOUNT, i);

		if (m->kind == MOUNT_IMAGE && !policy_has_image(a->policy, m->digest))
			return fault_set(f, -EPERM, "plan.image",
					 "'may plan' is off, and an image is not the one pinned");
	}
	return 0;
}

/* What this host and its operator allow of a plan that is sound in itself. */
int plan_allowed(const struct app *a, const struct plan_slot *p, struct fault *f)
{
	const struct plan_hdr *h = p->map;
	int rc = verdict_bytes(a, p, f);

	if (rc < 0)
		return rc;
	if (h->flags & PLAN_F_HOST_SOURCE && !(a->policy->may & MAY_HOST_SOURCE))
		return fault_set(f, -EPERM, "plan.host",
				 "the operator's policy forbids source host");
	if (h->min_landlock_abi != (a->landlock_abi < LL_ABI_MOST ? a->landlock_abi : LL_ABI_MOST))
		return fault_set(f, -EOPNOTSUPP, "plan.landlock",
				 "the plan is for Landlock ABI %u, this kernel has %u; apply its "
				 "files again",
				 h->min_landlock_abi, a->landlock_abi);
	if (h->min_kernel > a->kernel)
		return fault_set(f, -EOPNOTSUPP, "plan.kernel", "the plan needs a newer kernel");
	return a->policy->may & MAY_PLAN ? 0 : pinned(a, p, f);
}

void plans_review(struct app *a)
{
	struct fault ignored; /* the start that names the plan tells */

	for (uint32_t i = 0; i < a->rows[TABLE_PLAN].top; i++) {
		struct plan_slot *p = &a->plans[i];

		if (p->row.gen && !p->orphan)
			p->epoch = plan_allowed(a, p, &ignored) == 0 && verdict_known(a, p)
					   ? a->policy->epoch
					   : 0;
	}
}

void plan_admit(const struct app *a, struct plan_slot *p)
{
	p->orphan = false;
	p->epoch = a->policy->epoch;
}

/* The plan on *fd becomes a row of t's; fd is taken then. */
static int take(struct app *a, struct tenant_ref t, int *fd, bool made, struct reply *out)
{
	const void *map = NULL;
	int size = sealed_map(*fd, PLAN_SIZE_MAX, "plan.seals", &map, &out->fault);
	struct plan_slot *p, want = { .row.t = t, .made = made, .orphan = true };
	struct slot self;
	int rc = size < 0 ? size : plan_check(map, (size_t)size, &out->fault);

	if (size < 0)
		return size;
	want.map = map;
	want.size = (size_t)size;
	if (rc > 0) /* a named rule: f->msg says which and where; refused all the same */
		rc = -EINVAL;
	if (rc == 0) {
		a->host.now_about.t = t;
		memcpy(a->host.now_about.tag, ((const struct plan_hdr *)map)->body_sha256,
		       sizeof(a->host.now_about.tag));
	}
	if (rc == 0)
		rc = plan_allowed(a, &want, &out->fault);
	p = rc == 0 ? row_take(a, TABLE_PLAN, t, &out->fault) : NULL;
	if (!p) {
		sealed_unmap(map, (size_t)size);
		return rc < 0 ? rc : out->fault.err;
	}
	want.row = p->row;
	want.fd = fd_take(fd);
	*p = want;
	self = row_slot(a, TABLE_PLAN, p);
	if (verdict_known(a, p)) {
		plan_admit(a, p);
		out->slot = self;
		return 0;
	}
	rc = verdict_ask(a, p, out);
	p = row_get(a, TABLE_PLAN, self);
	if (rc < 0 && p)
		plan_unuse(a, p);
	return rc;
}

int plan_load(void *self, const void *req, int *fd, struct reply *out)
{
	const struct spawn_tenant *q = req;
	int rc = tenant_get(self, q->t, &out->fault);

	return rc < 0 ? rc : take(self, q->t, &fd[0], false, out);
}

int plan_make(void *self, const void *req, int *fd, struct reply *out)
{
	const struct spawn_tenant *q = req;
	int output = tenant_get(self, q->t, &out->fault);

	if (output < 0)
		return output;
	output = memfd_create("plan", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (output < 0)
		return fault_sys(&out->fault, "plan.output", "making the plan's memory");
	return compile_begin(self, fd[0], output, q->t, out);
}

int plan_made(struct app *a, struct tenant_ref t, int *fd, struct reply *out)
{
	int rc = tenant_get(a, t, &out->fault);

	return rc < 0 ? rc : take(a, t, fd, true, out);
}

void plan_unuse(struct app *a, struct plan_slot *p)
{
	if (!p->row.gen || !p->orphan || p->row.uses)
		return;
	template_drop_of(a, row_slot(a, TABLE_PLAN, p));
	sealed_unmap(p->map, p->size);
	fd_close(&p->fd);
	row_free(a, TABLE_PLAN, p);
}

/* What runs under it goes on, and nothing starts any more. */
int plan_drop(void *self, const void *req, int *fd UNUSED, struct reply *out)
{
	const struct spawn_slot *q = req;
	struct plan_slot *p = row_own(self, TABLE_PLAN, q->t, q->s, &out->fault);

	if (!p)
		return out->fault.err;
	p->orphan = true;
	p->epoch = 0;
	plan_unuse(self, p);
	return 0;
}

int start_tty(const struct plan_slot *p, uint32_t flags, struct fault *f)
{
	size_t i = 0, n = plan_count(p->map, PLAN_MOUNT);

	if (!(flags & START_TTY))
		return 0;
	if (flags != START_TTY)
		return fault_set(f, -EINVAL, "start.flags", "a terminal goes with no other flag");
	while (i < n &&
	       ((const struct plan_mount *)plan_row(p->map, PLAN_MOUNT, i))->kind != MOUNT_DEVPTS)
		i++;
	return i < n ? 0 : fault_set(f, -EOPNOTSUPP, "start.tty", "the plan has no feature pty");
}
