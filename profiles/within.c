/* SPDX-License-Identifier: Apache-2.0 */
/*
 * within.c - cloister-compile --within: two plans in, one verdict out. It never sees a text.
 * Runs in: cloister-compile, tests.
 */
#include "profiles/within.h"
#include "profiles/arena.h"
#include "profiles/decide.h"
#include "lib/base/fd.h"
#include "lib/plan/plan.h"
#include "lib/plan/plan_check.h"
#include "lib/plan/plan_within.h"

#include <string.h>

/* The filters, which plan_within() leaves out. */
static int decide_filters(const void *plan, const void *ceiling, struct within_answer *ret,
			  struct fault *f)
{
	static const uint32_t verdict[] = { [DECIDE_WITHIN] = WITHIN_YES,
					    [DECIDE_LOOSER] = WITHIN_CALL,
					    [DECIDE_UNDECIDED] = WITHIN_UNDECIDED };
	struct arena mem;
	struct seccomp_data call = { 0 };
	int r = arena_init(&mem, DECIDE_MEMORY, f);

	if (r < 0)
		return r;
	ret->verdict = verdict[decide(&mem, bpf_of_plan(plan), bpf_of_plan(ceiling), &call)];
	ret->nr = (uint32_t)call.nr;
	memcpy(ret->args, call.args, sizeof(ret->args));
	arena_fini(&mem);
	return 0;
}

int within_decide(const void *plan, size_t n, const void *ceiling, size_t cn,
		  struct within_answer *ret, struct fault *f)
{
	*ret = (struct within_answer){ .magic = WITHIN_MAGIC, .verdict = WITHIN_BYTES };
	if (plan_check(plan, n, f) || plan_within(plan, n, ceiling, cn, f))
		return 0;
	memcpy(ret->plan, ((const struct plan_hdr *)plan)->body_sha256, DIGEST_LEN);
	memcpy(ret->ceiling, ((const struct plan_hdr *)ceiling)->body_sha256, DIGEST_LEN);
	return decide_filters(plan, ceiling, ret, f);
}

int within_run(struct within_answer *ret, struct fault *f)
{
	const void *plan = NULL, *ceiling = NULL;
	int n = sealed_map(WITHIN_FD_PLAN, PLAN_SIZE_MAX, "within.plan", &plan, f), cn;

	if (n < 0)
		return n;
	cn = sealed_map(WITHIN_FD_CEILING, PLAN_SIZE_MAX, "within.ceiling", &ceiling, f);
	return cn < 0 ? cn : within_decide(plan, (size_t)n, ceiling, (size_t)cn, ret, f);
}
