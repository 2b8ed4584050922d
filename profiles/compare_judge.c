/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare_judge.c - two layers against each other, by their bytes. Runs in: cloister-compile,
 * tests.
 */
#include "profiles/compare.h"
#include "profiles/arena.h"
#include "profiles/decide.h"
#include "lib/plan/plan.h"
#include "lib/plan/plan_within.h"

#include <errno.h>

static void calls(struct arena *mem, struct compare *c, uint32_t side,
		  const struct compare_bytes both[2])
{
	struct seccomp_data call = { 0 };
	uint64_t args[ARRAY_LEN(call.args)];

	switch (decide(mem, bpf_of_plan(both[side].bound), bpf_of_plan(both[!side].bound), &call)) {
	case DECIDE_WITHIN:
		break;
	case DECIDE_LOOSER:
		for (size_t i = 0; i < ARRAY_LEN(args); i++)
			args[i] = call.args[i];
		compare_calls(c, side, (uint32_t)call.nr, args);
		break;
	case DECIDE_UNDECIDED:
		compare_undecided(c);
	}
}

int compare_judge(struct compare *c, const struct compare_bytes side[2], struct fault *f)
{
	struct arena mem;
	int r = arena_init(&mem, DECIDE_MEMORY, f);

	if (r < 0)
		return r;
	for (uint32_t i = 0; r == 0 && i < 2; i++) {
		const struct compare_bytes *s = &side[i], *t = &side[!i];
		struct fault wider = { 0 };

		calls(&mem, c, i, side);
		if (s->plan && plan_within(s->plan, s->nplan, t->bound, t->nbound, &wider) &&
		    !compare_wider(c, i))
			r = fault_set(f, -EBADMSG, "compare.judges", "no fact says that %s",
				      wider.msg);
	}
	arena_fini(&mem);
	return r;
}
