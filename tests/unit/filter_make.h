/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_make.h - rule sets and their filters for tests, and tables of verdicts on them.
 */
#ifndef CLOISTER_FILTER_MAKE_H
#define CLOISTER_FILTER_MAKE_H

#include "lib/plan/feature.h"
#include "lib/plan/plan.h"
#include "profiles/filter.h"

#define HIGH	     UINT64_C(0x100000000)
#define ALL_ONES     UINT64_C(0xffffffff00000000)
#define ALL_FEATURES (FEAT_BIT(FEAT__COUNT) - 1)

enum { OPEN = 0, KILL = -1, ASK = -2, RULES_MAX = 2048 };

/* The one rule set under construction and its filter. */
struct made {
	struct plan_sysrule rule[RULES_MAX];
	struct sock_filter insn[PLAN_BPF_MAX];
	struct filter_ask ask;
	size_t count; /* of insn */
};

extern struct made made; /* too large for a stack */

void filter_make_begin(uint64_t features, uint32_t missing);
void filter_make_add(unsigned nr, unsigned clause, unsigned arg, uint64_t mask, uint64_t value);
void filter_make_whole(unsigned nr);
void filter_make_build(void);

/* Everything that the table knows: what is left closed is the hard list. */
void filter_make_all(uint64_t features);

uint32_t filter_make_answer(uint32_t arch, uint32_t nr, const uint64_t args[6]);

struct verdict {
	const char *why;
	uint32_t nr;
	uint64_t args[4];
	int want; /* OPEN, KILL or an errno */
};

void filter_make_judge(const struct verdict *v, size_t n);

#endif
