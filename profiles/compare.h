/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare.h - two layers against each other, a domain at a time (profiles-audit A.12).
 *
 * Side 0 is A, side 1 is B. A profile lists every domain; what a ceiling does not list is bounded
 * by nothing. Two judges: the facts say where, the bytes say whether.
 */
#ifndef CLOISTER_COMPARE_H
#define CLOISTER_COMPARE_H

#include "lib/base/fault.h"

#include <stdbool.h>

struct arena;
struct compare;
struct facts;

/* A layer's bytes. */
struct compare_bytes {
	const void *plan; /* of a profile, else NULL */
	size_t nplan;
	const void *bound; /* as a ceiling's: how far a plan may go */
	size_t nbound;
};

/* All domains but the calls, both sides. x: two layers that were read, unbound or with presets and
 * all listed, and have no error, which are changed; they, and *ret in the arena, are needed to the
 * end. Returns 0, -ENOMEM. */
int compare_open(struct arena *a, struct facts *x[2], struct compare **ret,
		 struct fault *f) MUST_USE;

/* compare_judge.c: what the bytes say of both sides. The calls are what the decider finds; for the
 * rest plan_within() may not find a profile wider where no fact does: -EBADMSG. */
int compare_judge(struct compare *c, const struct compare_bytes side[2], struct fault *f) MUST_USE;

/* The decider's witness against one side: its filter allows this call, the other's does not. The
 * facts say which lines it comes from. */
void compare_calls(struct compare *c, uint32_t side, uint32_t nr, const uint64_t args[6]);
/* The decider cannot tell. */
void compare_undecided(struct compare *c);

/* Does that side have anything that the other has not, the calls aside? */
bool compare_wider(const struct compare *c, uint32_t side);

/*
 * The answer, four fields a line with a tab between two: "=", DOMAIN, VERDICT, for each domain and,
 * with an empty one, for the whole; then "a" or "b", DOMAIN, what only that side has, FILE:LINE. In
 * the arena. Returns 0, -ENOMEM.
 */
int compare_text(const struct compare *c, const char **ret, size_t *ret_n,
		 struct fault *f) MUST_USE;

#endif
