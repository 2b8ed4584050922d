/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_parts.h - what the filter_*.c files share.
 */
#ifndef CLOISTER_FILTER_PARTS_H
#define CLOISTER_FILTER_PARTS_H

#include "lib/plan/bpf.h"
#include "lib/plan/hardlist.h"
#include "profiles/filter.h"

enum { CLAUSES_MAX = 64 }; /* profiles-audit A.8: rules per call */

/* The rows of one call, or of one clause of it. */
struct rule_span {
	const struct plan_sysrule *row;
	size_t count;
};

/* All rows of nr; count 0: the profile does not name it. */
struct rule_span rules_of(const struct filter_ask *ask, unsigned nr);

/* Takes the first clause off *rest. count 0: there is none left. */
struct rule_span rules_clause(struct rule_span *rest);

/* Does the clause pin (arg & mask) to one value? */
int clause_pins(struct rule_span clause, unsigned arg, uint32_t mask, uint32_t *ret);

/* The answer that a refusal with err is. */
uint32_t filter_refusal(const struct filter_ask *ask, uint16_t err);

/* The answer to an argument that neither clause nor hard list names. */
uint32_t filter_left(const struct filter_ask *ask, unsigned nr);

/* Is nr decided by its number alone? Returns 1 and the answer, or 0: arguments are looked at. */
int filter_flat(const struct filter_ask *ask, unsigned nr, uint32_t *ret);

struct filter_code {
	struct sock_filter *insn;
	size_t count, cap;
	int full; /* an instruction had no room, or a jump was too far */
};

/* Appends the test of nr's arguments; it ends in returns only. */
void filter_emit(struct filter_code *c, const struct filter_ask *ask, unsigned nr);

/* Are the bytes what the rules say, for every number, both foreign architectures, x32 and the
 * boundary values of all arguments? 0 or -EBADMSG. */
int filter_prove(const struct filter_ask *ask, struct bpf p, struct fault *f) MUST_USE;

#endif
