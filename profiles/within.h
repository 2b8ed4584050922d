/* SPDX-License-Identifier: Apache-2.0 */
/*
 * within.h - is a plan within a ceiling, all of it: plan_check(), plan_within(), and the filters by
 * the exact decider (security-model.md 3.4 step 4).
 */
#ifndef CLOISTER_WITHIN_H
#define CLOISTER_WITHIN_H

#include "lib/asks/within.h"
#include "lib/base/fault.h"

/* Maps the two sealed descriptors and decides. Returns 0 and the answer; <0 a fault of ours. */
int within_run(struct within_answer *ret, struct fault *f) MUST_USE;

/* The same of bytes, aligned to 8. */
int within_decide(const void *plan, size_t n, const void *ceiling, size_t cn,
		  struct within_answer *ret, struct fault *f) MUST_USE;

#endif
