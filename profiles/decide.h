/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decide.h - does one seccomp filter allow nothing that another refuses: exactly, from the bytes
 * (profiles-audit A.11).
 */
#ifndef CLOISTER_DECIDE_H
#define CLOISTER_DECIDE_H

#include "lib/plan/bpf.h"
#include "lib/plan/plan.h"

struct arena;

enum decision {
	DECIDE_WITHIN = 0,
	DECIDE_LOOSER,	  /* the answer's call is allowed by a, not by b: bpf_run() said so */
	DECIDE_UNDECIDED, /* a form or a size that is not decided: never a pass             */
};

/* The filter of a plan or of a ceiling. */
static inline struct bpf bpf_of_plan(const void *plan)
{
	return (struct bpf){ plan_row(plan, PLAN_BPF, 0), plan_count(plan, PLAN_BPF) };
}

/* Room that decide() takes from the arena, and gives back; of pages that are touched when used. */
enum { DECIDE_MEMORY = 40 << 20 };

/* Is every call that a allows allowed by b? *ret_call is set where the verdict is LOOSER. */
enum decision decide(struct arena *mem, struct bpf a, struct bpf b, struct seccomp_data *ret_call);

#endif
