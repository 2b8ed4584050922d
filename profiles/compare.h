/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare.h - two layers against each other, a domain at a time (profiles-audit A.12).
 *
 * Side 0 is A, side 1 is B. A profile lists every domain; what a ceiling does not list is bounded
 * by nothing.
 */
#ifndef CLOISTER_COMPARE_H
#define CLOISTER_COMPARE_H

#include "profiles/decide.h"
#include "profiles/explain.h"

enum compare_domain {
	COMPARE_FEATURE,
	COMPARE_LIMIT,
	COMPARE_SET,
	COMPARE_MOUNT,
	COMPARE_PATH,
	COMPARE_DEVICE,
	COMPARE_ENV,
	COMPARE_NET,
	COMPARE_SYSCALL,
	COMPARE__COUNT
};

struct compare {
	struct arena *a;
	struct facts *x[2]; /* layers that are whole: presets, unset limits (compare_ready()) */
	struct lines lines; /* of the differences: SIDE, DOMAIN, TEXT, PLACE            */
	uint32_t more[COMPARE__COUNT][2]; /* what that side has and the other has not    */
	bool undecided;			  /* the filters                                 */
};

/* Makes of a layer one that can be compared: no domain of a profile is left unlisted. */
void compare_ready(struct facts *x);

/* All domains but the calls, both sides. */
void compare_facts(struct compare *c);

/*
 * The calls of one side, after the decider's verdict on its filter against the other's: what it
 * says is so, the facts only say which lines it comes from. call: its witness.
 */
void compare_calls(struct compare *c, uint32_t side, enum decision verdict,
		   const struct seccomp_data *call);

/* Does that side have anything that the other has not, the calls aside? */
bool compare_wider(const struct compare *c, uint32_t side);

/* The answer: VERDICT of the whole, one of each domain, then the differences; in c's arena. */
int compare_text(const struct compare *c, const char **ret, size_t *ret_n,
		 struct fault *f) MUST_USE;

#endif
