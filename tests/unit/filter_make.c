/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_make.c - rule sets and their filters for tests. Runs in: unit tests.
 */
#include "tests/unit/unit.h"

#include "lib/plan/bpf.h"
#include "profiles/systab.h"
#include "tests/unit/filter_make.h"

#include <linux/audit.h>
#include <string.h>

struct made made;

void filter_make_begin(uint64_t features, uint32_t missing)
{
	memset(&made, 0, sizeof(made));
	made.ask =
		(struct filter_ask){ .rules = made.rule, .features = features, .missing = missing };
}

void filter_make_add(unsigned nr, unsigned clause, unsigned arg, uint64_t mask, uint64_t value)
{
	assert_true(made.ask.count < RULES_MAX);
	made.rule[made.ask.count++] = (struct plan_sysrule){
		.nr = (uint16_t)nr,
		.clause = (uint16_t)clause,
		.arg = (uint8_t)arg,
		.width = mask > UINT32_MAX || arg == SYSRULE_ALWAYS ? 8 : 4,
		.mask = mask,
		.value = value,
	};
}

void filter_make_whole(unsigned nr)
{
	filter_make_add(nr, 0, SYSRULE_ALWAYS, 0, 0);
}

static int by_number(const void *a, const void *b)
{
	const struct plan_sysrule *x = a, *y = b;

	if (x->nr != y->nr)
		return x->nr < y->nr ? -1 : 1;
	return x->clause - y->clause;
}

void filter_make_build(void)
{
	struct fault f = { 0 };

	qsort(made.rule, made.ask.count, sizeof(made.rule[0]), by_number);
	if (filter_build(&made.ask, made.insn, PLAN_BPF_MAX, &made.count, &f) != 0)
		fail_msg("%s: %s", f.site, f.msg);
}

uint32_t filter_make_answer(uint32_t arch, uint32_t nr, const uint64_t args[6])
{
	struct seccomp_data d = { .nr = (int)nr, .arch = arch };

	memcpy(d.args, args, sizeof(d.args));
	return bpf_run((struct bpf){ made.insn, made.count }, &d);
}

static uint32_t answer_for(int want)
{
	if (want == OPEN)
		return SECCOMP_RET_ALLOW;
	if (want == ASK)
		return SECCOMP_RET_USER_NOTIF;
	return want == KILL ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | (uint32_t)want;
}

/* Everything that the table knows, with every feature: what is left closed is the hard list. */
void filter_make_all(uint64_t features)
{
	filter_make_begin(features, MISSING_ERRNO);
	for (unsigned nr = 0; nr <= SYSTAB_LAST; nr++)
		if (systab_name(nr))
			filter_make_whole(nr);
	filter_make_build();
}

void filter_make_judge(const struct verdict *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t args[6] = { v[i].args[0], v[i].args[1], v[i].args[2], v[i].args[3] };

		unit_eq(filter_make_answer(AUDIT_ARCH_X86_64, v[i].nr, args), answer_for(v[i].want),
			v[i].why);
	}
}
