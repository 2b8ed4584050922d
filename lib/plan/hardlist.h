/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hardlist.h - what no profile opens: launch.md 4.3 as one table, rows S1-S24.
 *
 * The compiler, plan_check and the probes read the same rows. A row refuses a call when all its
 * conditions hold; it allows nothing. Behind the S rows stand the R rows: what profiles-audit A.6
 * reserves for a feature, so that a toggle shown "off" is true. Pure.
 */
#ifndef CLOISTER_HARDLIST_H
#define CLOISTER_HARDLIST_H

#include "lib/plan/feature.h"

enum { HARD_NR_LAST = 470, HARD_CONDS = 2, HARD_HUGE = 3 };

enum hard_class {
	HARD_H, /* never, whatever the features                               */
	HARD_F, /* refused while the feature is off                           */
	HARD_R, /* the same; of A.6, not of the list of launch.md             */
};

enum hard_op {
	HARD_END = 0, /* no condition here                                     */
	HARD_IN,      /* holds when (arg & mask) is one of the values          */
	HARD_OUT,     /* holds when it is none of them                         */
};

/* Only the low 32 bits are looked at: the kernel ignores the upper half of these arguments
 * (CVE-2019-10063). */
struct hard_cond {
	uint8_t op, arg, count;
	uint32_t mask;
	const uint32_t *value;
};

struct hard_row {
	const char *id; /* "S6" */
	uint16_t nr;
	uint16_t err; /* errno of the refusal */
	uint8_t class;
	uint8_t feature; /* enum feature of F and R; FEAT__COUNT for H */
	struct hard_cond cond[HARD_CONDS];
};

/* Sorted as in launch.md, not by nr. */
extern const struct hard_row hard_table[];
extern const size_t hard_count;

/* Where a call asks for huge pages, which come from a pool that is the host's: refused where a plan
 * has no limit on them. */
extern const struct hard_row hard_huge[HARD_HUGE];

/* Is the row in force under these features? */
int hard_in_force(const struct hard_row *r, uint64_t features);

/* Do all conditions of the row hold for these arguments? */
int hard_holds(const struct hard_row *r, const uint64_t args[6]);

/* The first row that refuses this call under these features, or NULL. */
const struct hard_row *hard_refuses(unsigned nr, const uint64_t args[6], uint64_t features);

/* The first row that refuses nr whatever the arguments, or NULL. */
const struct hard_row *hard_never(unsigned nr, uint64_t features);

/* Argument value i worth trying against the condition (OUT: some are in its list, so ask
 * hard_holds() of the row); returns 0 past the last one. */
int hard_sample(const struct hard_cond *c, size_t i, uint32_t *ret);

#endif
