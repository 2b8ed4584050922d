/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_prove.c - the bytes of a filter against the rules. Runs in: cloister-compile. Pure.
 *
 * Every number 0..511, x32, -1 and both foreign architectures; for a call whose arguments are
 * looked at, around every clause and every row of the hard list one argument at a time takes each
 * boundary value, with the high word as it is, 1 and all ones; for any other no path may end in
 * another answer. Then the ranges as a whole: no x32 number and no foreign architecture may end in
 * anything but kill, no unknown number in anything but an errno.
 */
#include "profiles/filter_parts.h"
#include "profiles/systab.h"

#include <errno.h>
#include <linux/audit.h>
#include <stdbool.h>
#include <string.h>

enum { NUMBERS = 512, X32 = 0x40000000, VARIANTS = 5 };

struct prove {
	const struct filter_ask *ask;
	struct bpf p;
	struct fault *f;
	unsigned nr;
	struct rule_span rules;
	uint64_t base[6];
};

static int compare(struct prove *v, uint32_t arch, uint32_t nr, const uint64_t args[6])
{
	struct seccomp_data d = { .nr = (int)nr, .arch = arch };
	uint32_t want = filter_want(v->ask, arch, nr, args), got;

	memcpy(d.args, args, sizeof(d.args));
	got = bpf_run(v->p, &d);
	if (got == want)
		return 0;
	return fault_set(v->f, -EBADMSG, "filter.prove",
			 "%#x nr %u (%#llx, %#llx, %#llx, %#llx): %#x instead of %#x", arch, nr,
			 (unsigned long long)args[0], (unsigned long long)args[1],
			 (unsigned long long)args[2], (unsigned long long)args[3], got, want);
}

/* The point itself, then with other high words: which the kernel ignores for int arguments. */
static int try_highs(struct prove *v, unsigned arg, uint64_t value)
{
	static const uint64_t high[] = { 0, UINT64_C(1) << 32, UINT64_MAX << 32 };
	uint64_t args[6];
	int r = 0;

	memcpy(args, v->base, sizeof(args));
	args[arg] = value;
	for (size_t i = 0; !r && i < ARRAY_LEN(high); i++) {
		args[arg] = value ^ high[i];
		r = compare(v, AUDIT_ARCH_X86_64, v->nr, args);
	}
	return r;
}

/* Around one compare of a clause. */
static uint64_t variant(const struct plan_sysrule *r, size_t i)
{
	switch (i) {
	case 0:
		return r->value;
	case 1:
		return r->value + 1;
	case 2:
		return r->value - 1;
	case 3:
		return r->value | ~r->mask;
	default:
		return r->value ^ (r->mask & (~r->mask + 1)); /* lowest bit that counts */
	}
}

static int vary_by_clauses(struct prove *v, unsigned arg)
{
	int r = 0;

	for (size_t i = 0; !r && i < v->rules.count; i++)
		for (size_t k = 0; !r && v->rules.row[i].arg == arg && k < VARIANTS; k++)
			r = try_highs(v, arg, variant(&v->rules.row[i], k));
	return r;
}

static int vary_by_cond(struct prove *v, const struct hard_cond *c)
{
	uint32_t sample;
	int r = 0;

	for (size_t i = 0; !r && hard_sample(c, i, &sample); i++)
		r = try_highs(v, c->arg, sample);
	return r;
}

/* The same samples by an earlier row of the call? Those of OUT depend on the mask alone. */
static int tried(const struct hard_row *row, size_t k)
{
	const struct hard_cond *c = &row->cond[k];

	for (const struct hard_row *r = hard_table; r <= row; r++)
		for (size_t i = 0; r->nr == row->nr && i < (r == row ? k : HARD_CONDS); i++)
			if (r->cond[i].op == c->op && r->cond[i].arg == c->arg &&
			    r->cond[i].mask == c->mask &&
			    (c->op == HARD_OUT || r->cond[i].value == c->value))
				return 1;
	return 0;
}

/* From the base point, one argument at a time takes every value worth trying. */
static int vary(struct prove *v)
{
	int r = 0;

	for (unsigned arg = 0; !r && arg < 6; arg++) {
		r = try_highs(v, arg, v->base[arg]);
		r = r ? r : try_highs(v, arg, 0);
		r = r ? r : try_highs(v, arg, UINT64_MAX);
		r = r ? r : vary_by_clauses(v, arg);
	}
	for (size_t i = 0; !r && i < hard_count; i++) {
		if (hard_table[i].nr != v->nr)
			continue;
		for (size_t k = 0; !r && k < HARD_CONDS; k++)
			if (!tried(&hard_table[i], k))
				r = vary_by_cond(v, &hard_table[i].cond[k]);
	}
	return r;
}

static int from_clauses(struct prove *v)
{
	struct rule_span rest = v->rules;
	int r = 0;

	while (!r && rest.count) {
		struct rule_span one = rules_clause(&rest);

		memset(v->base, 0, sizeof(v->base));
		for (size_t i = 0; i < one.count; i++)
			if (one.row[i].arg != SYSRULE_ALWAYS)
				v->base[one.row[i].arg] |= one.row[i].value;
		r = vary(v);
	}
	return r;
}

/* Each value that a row names, with each of a clause beside it. */
static int from_row(struct prove *v, const struct hard_row *row)
{
	const struct hard_cond *c = &row->cond[0];
	int r = 0;

	for (size_t i = 0; !r && i < c->count; i++) {
		memset(v->base, 0, sizeof(v->base));
		v->base[c->arg] = c->value[i];
		if (row->cond[1].op != HARD_END)
			v->base[row->cond[1].arg] = row->cond[1].value[0];
		r = vary(v);
	}
	return r;
}

/* Do the answers to this call depend on its arguments at all? */
static int has_conditions(const struct prove *v)
{
	if (hard_never(v->nr, v->ask->features))
		return 0;
	for (size_t i = 0; i < v->rules.count; i++)
		if (v->rules.row[i].arg != SYSRULE_ALWAYS)
			return 1;
	for (size_t i = 0; v->rules.count && i < hard_count; i++)
		if (hard_table[i].nr == v->nr && hard_in_force(&hard_table[i], v->ask->features))
			return 1;
	return 0;
}

/* Then no path for the number may end in another kind of answer than the one already compared. */
static int prove_flat(struct prove *v, const uint64_t none[6])
{
	static const uint64_t ones[6] = { UINT64_MAX, UINT64_MAX, UINT64_MAX,
					  UINT64_MAX, UINT64_MAX, UINT64_MAX };
	uint32_t want = filter_want(v->ask, AUDIT_ARCH_X86_64, v->nr, none);
	unsigned may = want == SECCOMP_RET_ALLOW	  ? BPF_CAN_ALLOW
		       : want == SECCOMP_RET_USER_NOTIF	  ? BPF_CAN_NOTIFY
		       : want == SECCOMP_RET_KILL_PROCESS ? BPF_CAN_KILL
							  : BPF_CAN_ERRNO;
	struct bpf_ask ask;

	bpf_ask_all(&ask);
	bpf_ask_word(&ask, BPF_ARCHITECTURE, AUDIT_ARCH_X86_64, AUDIT_ARCH_X86_64);
	bpf_ask_word(&ask, BPF_NR, v->nr, v->nr);
	if (bpf_leaves(v->p, &ask) != may)
		return fault_set(v->f, -EBADMSG, "filter.prove", "nr %u depends on arguments",
				 v->nr);
	return compare(v, AUDIT_ARCH_X86_64, v->nr, ones);
}

static int prove_number(struct prove *v)
{
	static const uint64_t none[6];
	int r = compare(v, AUDIT_ARCH_X86_64, v->nr, none);

	r = r ? r : compare(v, AUDIT_ARCH_I386, v->nr, none);
	r = r ? r : compare(v, AUDIT_ARCH_AARCH64, v->nr, none);
	r = r ? r : compare(v, AUDIT_ARCH_X86_64, v->nr | X32, none);
	v->rules = rules_of(v->ask, v->nr);
	if (!has_conditions(v))
		return r ? r : prove_flat(v, none);
	memset(v->base, 0, sizeof(v->base));
	r = r ? r : vary(v);
	r = r ? r : from_clauses(v);
	for (size_t i = 0; !r && i < hard_count; i++)
		if (hard_table[i].nr == v->nr)
			r = from_row(v, &hard_table[i]);
	return r;
}

/* clang-format off */
static const struct {
	const char *what;
	uint32_t arch_lo, arch_hi, nr_lo, nr_hi;
	unsigned may;
} ranges[] = {
	{ "x32", AUDIT_ARCH_X86_64, AUDIT_ARCH_X86_64, X32, UINT32_MAX - 1, BPF_CAN_KILL },
	{ "a foreign architecture", 0, AUDIT_ARCH_X86_64 - 1, 0, UINT32_MAX, BPF_CAN_KILL },
	{ "a foreign architecture", AUDIT_ARCH_X86_64 + 1, UINT32_MAX, 0, UINT32_MAX, BPF_CAN_KILL },
	{ "an unknown number", AUDIT_ARCH_X86_64, AUDIT_ARCH_X86_64, SYSTAB_LAST + 1, X32 - 1, BPF_CAN_ERRNO },
	{ "number -1", AUDIT_ARCH_X86_64, AUDIT_ARCH_X86_64, UINT32_MAX, UINT32_MAX, BPF_CAN_ERRNO },
};
/* clang-format on */

static int prove_ranges(struct prove *v)
{
	struct bpf_ask ask;

	bpf_ask_all(&ask);
	for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
		bpf_ask_word(&ask, BPF_ARCHITECTURE, ranges[i].arch_lo, ranges[i].arch_hi);
		bpf_ask_word(&ask, BPF_NR, ranges[i].nr_lo, ranges[i].nr_hi);
		if (bpf_leaves(v->p, &ask) & ~ranges[i].may)
			return fault_set(v->f, -EBADMSG, "filter.prove",
					 "%s may get another answer", ranges[i].what);
	}
	return 0;
}

int filter_prove(const struct filter_ask *ask, struct bpf p, struct fault *f)
{
	struct prove v = { .ask = ask, .p = p, .f = f };
	size_t at;
	enum bpf_flaw flaw = bpf_check(p, &at);
	int r;

	if (flaw != BPF_FINE)
		return fault_set(f, -EBADMSG, "filter.prove", "instruction %zu: flaw %d", at,
				 (int)flaw);
	r = prove_ranges(&v);
	for (v.nr = 0; !r && v.nr < NUMBERS; v.nr++)
		r = prove_number(&v);
	return r;
}
