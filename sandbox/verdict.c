/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict.c - is a plan within its tenant's ceiling (security-model.md 3.4 steps 3 and 4, I3).
 * Runs in: cloister-spawn. All but the filters is compared here, from the bytes; the filters by the
 * exact decider in a process of its own, which gets the two sealed plans and nothing else. What it
 * found is kept by the hashes of both.
 */
#include "sandbox/spawn.h"
#include "lib/asks/within.h"
#include "lib/base/fd.h"
#include "lib/plan/plan.h"
#include "lib/plan/plan_within.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

/* Is the plan under its tenant's ceiling (3.4, step 3), and within it but for the filter (4)? */
int verdict_bytes(const struct app *a, const struct plan_slot *p, struct fault *f)
{
	const struct plan_hdr *h = p->map;
	size_t size = 0;
	const struct plan_hdr *ceiling = ceiling_of(a, p->row.t, &size, f);

	if (!ceiling)
		return f->err;
	if (plan_within(h, p->size, ceiling, size, f))
		return -EPERM;
	if (memcmp(h->ceiling_sha256, ceiling->ceiling_sha256, sizeof(h->ceiling_sha256)) != 0)
		return fault_set(f, -ESTALE, "plan.ceiling",
				 "the plan stands under another ceiling than the policy's for its "
				 "tenant; apply its files again");
	return 0;
}

/* Is the filter within that of the tenant's ceiling of now: known from a verdict (4)? */
bool verdict_known(const struct app *a, struct plan_slot *p)
{
	const struct plan_hdr *h = p->map, *ceiling;
	struct fault ignored;
	size_t size = 0;

	ceiling = ceiling_of(a, p->row.t, &size, &ignored);
	for (uint32_t i = 0; ceiling && i < PROVED_MAX; i++) {
		const struct proved *v = &a->proved[i];

		if (memcmp(v->plan, h->body_sha256, DIGEST_LEN) == 0 &&
		    memcmp(v->ceiling, ceiling->body_sha256, DIGEST_LEN) == 0)
			memcpy(p->under, v->ceiling, DIGEST_LEN);
	}
	return ceiling && memcmp(p->under, ceiling->body_sha256, DIGEST_LEN) == 0;
}

/* Asks for the verdict on the filter of p, which nothing can start until it is there. */
int verdict_ask(struct app *a, struct plan_slot *p, struct reply *out)
{
	size_t size = 0;
	const struct plan_hdr *ceiling = ceiling_of(a, p->row.t, &size, &out->fault);
	AUTO_FD int copy = memfd_create("ceiling", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (!ceiling)
		return out->fault.err;
	if (copy < 0 || write(copy, ceiling, size) != (ssize_t)size ||
	    fcntl(copy, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return fault_sys(&out->fault, "plan.verdict", "a ceiling of %zu bytes", size);
	return decide_begin(a, p, copy, out);
}

/* What the decider says is taken for this very plan under the ceiling of now, or not at all. */
static int take_verdict(const struct app *a, const struct plan_slot *p,
			const struct within_answer *v, struct fault *f)
{
	const struct plan_hdr *h = p->map;

	if (v->verdict == WITHIN_CALL)
		return fault_set(f, -EPERM, "plan.filter",
				 "the plan exceeds its ceiling: call %u (%#llx, %#llx, %#llx, "
				 "%#llx, %#llx, %#llx)",
				 v->nr, (unsigned long long)v->args[0],
				 (unsigned long long)v->args[1], (unsigned long long)v->args[2],
				 (unsigned long long)v->args[3], (unsigned long long)v->args[4],
				 (unsigned long long)v->args[5]);
	if (v->verdict != WITHIN_YES || memcmp(v->plan, h->body_sha256, DIGEST_LEN) != 0)
		return fault_set(f, -EPERM, "plan.filter",
				 "whether the filter is within its ceiling is not decided");
	return plan_allowed(a, p, f); /* the block may be another by now */
}

void plan_proved(struct app *a, struct start *s, const siginfo_t *si, struct reply *out)
{
	struct plan_slot *p = row_get(a, TABLE_PLAN, s->plan);
	struct within_answer v = { .verdict = WITHIN_NONE };
	struct proved *to = &a->proved[a->nproved % PROVED_MAX];

	if (si->si_code != CLD_EXITED || si->si_status != 0 ||
	    sealed_size(s->output, sizeof(v), "plan.verdict", &out->fault) != (int)sizeof(v) ||
	    pread(s->output, &v, sizeof(v), 0) != (ssize_t)sizeof(v) ||
	    memcmp(v.magic, WITHIN_MAGIC, sizeof(v.magic)) != 0)
		v.verdict = WITHIN_NONE;
	out->code = p ? take_verdict(a, p, &v, &out->fault)
		      : fault_set(&out->fault, -ESTALE, "plan.slot", "the plan is gone");
	if (out->code < 0)
		return; /* an orphan: it goes with this start */
	memcpy(to->plan, v.plan, DIGEST_LEN);
	memcpy(to->ceiling, v.ceiling, DIGEST_LEN);
	a->nproved++;
	if (!verdict_known(a, p)) {
		out->code = fault_set(&out->fault, -ESTALE, "plan.ceiling",
				      "the ceiling is another one by now; load the plan again");
	} else if (s->sock >= 0) { /* with no one to hear of it, it goes */
		plan_admit(a, p);
		out->slot = row_slot(a, TABLE_PLAN, p);
	}
}
