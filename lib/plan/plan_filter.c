/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_filter.c - plan_check: the seccomp program against the hard list, on its bytes. Runs in:
 * cloister-spawn, cloister-compile. Pure.
 *
 * The exact decider (profiles-audit A.11) allocates and is the compiler's and the auditor's. Here:
 * F1 a call that is closed as a whole: no path for its number, both branches of every argument test
 *    taken, ends in ALLOW, or in NOTIFY, which is ALLOW for a while;
 * F2 a row with conditions: every path of its number is walked with the bits that are known of the
 *    arguments that the row looks at, whatever the high words and the other arguments are. Where
 *    one ends in either they must say that the row does not hold.
 */
#include "lib/plan/check.h"
#include "lib/plan/bpf.h"
#include "lib/plan/hardlist.h"

#include <linux/audit.h>
#include <sys/syscall.h>

enum { X32_BIT = 0x40000000, CAN_OPEN = BPF_CAN_ALLOW | BPF_CAN_NOTIFY };

/* clang-format off */
static const enum plan_fault flaw_fault[] = {
	[BPF_LENGTH] = PF_BPF_LENGTH, [BPF_OPCODE] = PF_BPF_OPCODE, [BPF_FIELD] = PF_BPF_FIELD,
	[BPF_LOAD] = PF_BPF_LOAD,     [BPF_JUMP] = PF_BPF_JUMP,     [BPF_RETURN] = PF_BPF_RETURN,
	[BPF_ACTION] = PF_BPF_ACTION, [BPF_ARCH] = PF_BPF_ARCH,
};

/* clang-format on */
int check_program(struct check *c)
{
	const struct plan_seccomp *s = check_only(c, PLAN_SECCOMP);
	struct bpf p = { check_only(c, PLAN_BPF), c->h->sec[PLAN_BPF].count };
	size_t at;
	enum bpf_flaw flaw = bpf_check(p, &at);

	if (s->first || s->count != p.count || s->flags & ~(uint32_t)PLAN_SECCOMP_LISTENER ||
	    s->zero)
		return check_bad(c, PF_SECCOMP, s);
	return flaw == BPF_FINE ? 0 : check_bad(c, flaw_fault[flaw], p.insn + at);
}

/* clang-format off */
static const struct {
	enum plan_fault fault;
	uint32_t arch_lo, arch_hi, nr_lo, nr_hi;
	unsigned may;
} ranges[] = {
	{ PF_BPF_FOREIGN, 0, AUDIT_ARCH_X86_64 - 1, 0, UINT32_MAX, BPF_CAN_KILL },
	{ PF_BPF_FOREIGN, AUDIT_ARCH_X86_64 + 1, UINT32_MAX, 0, UINT32_MAX, BPF_CAN_KILL },
	{ PF_BPF_X32, AUDIT_ARCH_X86_64, AUDIT_ARCH_X86_64, X32_BIT, UINT32_MAX - 1, BPF_CAN_KILL },
	{ PF_BPF_UNKNOWN, AUDIT_ARCH_X86_64, AUDIT_ARCH_X86_64, HARD_NR_LAST + 1, X32_BIT - 1,
	  BPF_CAN_ERRNO | BPF_CAN_KILL },
	{ PF_BPF_UNKNOWN, AUDIT_ARCH_X86_64, AUDIT_ARCH_X86_64, UINT32_MAX, UINT32_MAX,
	  BPF_CAN_ERRNO | BPF_CAN_KILL },
};
/* clang-format on */

static int check_ranges(struct check *c, struct bpf p)
{
	struct bpf_ask ask;

	bpf_ask_all(&ask);
	for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
		bpf_ask_word(&ask, BPF_ARCHITECTURE, ranges[i].arch_lo, ranges[i].arch_hi);
		bpf_ask_word(&ask, BPF_NR, ranges[i].nr_lo, ranges[i].nr_hi);
		if (bpf_leaves(p, &ask) & ~ranges[i].may)
			return check_bad(c, ranges[i].fault, p.insn);
	}
	return 0;
}

/* ---- F2 ---- */

/* What a path says of a word: the bits that are known, and their values. */
struct known {
	uint32_t bits, value;
};

/* A point of the walk: only the number and the arguments that the row looks at are followed. */
struct point {
	struct known at[HARD_CONDS];
	uint32_t mask; /* the accumulator is word & mask */
	uint16_t pc;
	uint8_t word;
};

enum { FORKS_MAX = 500, STEPS_MAX = 1 << 17 };

/* The test of i comes out as holds for a & mask. Returns 0 where it cannot; learns what it can, so
 * that too many calls may be left, never too few. */
static int learn(struct known *a, const struct sock_filter *i, uint32_t mask, int holds)
{
	const uint32_t open = mask & ~a->bits, op = BPF_OP(i->code);

	if (!open)
		return bpf_taken(i, a->value & mask) == holds;
	if (op == BPF_JEQ && holds) {
		if ((i->k & ~mask) || ((a->value ^ i->k) & mask & a->bits))
			return 0;
		a->value = (a->value & ~mask) | i->k;
		a->bits |= mask;
	} else if (op == BPF_JEQ && !(open & (open - 1)) && !(i->k & ~mask) &&
		   !((a->value ^ i->k) & mask & ~open)) {
		a->value |= ~i->k & open; /* all but this bit are equal */
		a->bits |= open;
	} else if (op == BPF_JSET && !holds) {
		if (a->value & mask & i->k)
			return 0;
		a->bits |= mask & i->k;
	} else if (op == BPF_JSET && !(mask & i->k)) {
		return 0;
	}
	return 1;
}

/* What is known of the word that the point looks at; *other for one that is not followed. */
static struct known *known_of(const struct hard_row *row, struct point *p, struct known *other)
{
	for (size_t i = 0; i < HARD_CONDS && row->cond[i].op != HARD_END; i++)
		if (p->word == BPF_ARG_LOW(row->cond[i].arg))
			return &p->at[i];
	*other = (struct known){ 0, 0 };
	if (p->word == BPF_NR)
		*other = (struct known){ UINT32_MAX, row->nr };
	else if (p->word == BPF_ARCHITECTURE)
		*other = (struct known){ UINT32_MAX, AUDIT_ARCH_X86_64 };
	return other;
}

/* Where it opens: may a call that the row refuses be here? */
static int row_open_at(const struct hard_row *row, const struct point *p)
{
	uint64_t args[6] = { 0 };

	for (size_t i = 0; i < HARD_CONDS && row->cond[i].op != HARD_END; i++) {
		if (row->cond[i].mask & ~p->at[i].bits)
			return 1;
		args[row->cond[i].arg] = p->at[i].value;
	}
	return hard_holds(row, args);
}

/* One way of the branch i at p in *p; the other, where both can be, in *fork. Returns how many. */
static int part(const struct hard_row *row, struct point *p, struct point *fork,
		const struct sock_filter *i)
{
	struct known other;
	int yes, no;

	*fork = *p;
	yes = learn(known_of(row, p, &other), i, p->mask, 1);
	no = learn(known_of(row, fork, &other), i, p->mask, 0);
	p->pc = (uint16_t)(p->pc + 1 + i->jt);
	fork->pc = (uint16_t)(fork->pc + 1 + i->jf);
	if (!yes)
		*p = *fork;
	return yes + no;
}

/* Does a path from this point open a call that the row refuses? What is too long to say
 * is a yes. */
static int point_opens(const struct hard_row *row, struct bpf prog, struct point p)
{
	struct point fork[FORKS_MAX + 1];
	size_t n = 0, ways = 1;

	for (size_t steps = 0; steps < STEPS_MAX; steps++) {
		const struct sock_filter *i = &prog.insn[p.pc];

		if (i->code == (BPF_RET | BPF_K) || !ways) {
			if (ways && bpf_opens(i->k) && row_open_at(row, &p))
				return 1;
			if (!n)
				return 0;
			p = fork[--n];
			ways = 1;
		} else if (BPF_CLASS(i->code) == BPF_LD) {
			p.word = (uint8_t)(i->k / 4);
			p.mask = UINT32_MAX;
			p.pc++;
		} else if (BPF_CLASS(i->code) == BPF_ALU) {
			p.mask &= i->k;
			p.pc++;
		} else if (BPF_OP(i->code) == BPF_JA) {
			p.pc = (uint16_t)(p.pc + 1 + i->k);
		} else {
			ways = (size_t)part(row, &p, &fork[n], i);
			n += ways == 2;
			if (n > FORKS_MAX)
				return 1;
		}
	}
	return 1;
}

/* Each value of an IN is a start of its own; an OUT starts with nothing known. */
static int row_opens(const struct hard_row *row, struct bpf prog)
{
	const struct hard_cond *c = row->cond;
	size_t n[HARD_CONDS];

	for (size_t k = 0; k < HARD_CONDS; k++)
		n[k] = c[k].op == HARD_IN ? c[k].count : 1;
	for (size_t i = 0; i < n[0] * n[1]; i++) {
		const size_t at[HARD_CONDS] = { i % n[0], i / n[0] };
		struct point p = { .mask = UINT32_MAX };

		for (size_t k = 0; k < HARD_CONDS; k++)
			if (c[k].op == HARD_IN)
				p.at[k] = (struct known){ c[k].mask, c[k].value[at[k]] };
		if (point_opens(row, prog, p))
			return 1;
	}
	return 0;
}

/* Can any call of this number end so? F1 */
static int number_opens(unsigned nr, struct bpf p, unsigned leaves)
{
	struct bpf_ask ask;

	bpf_ask_all(&ask);
	bpf_ask_word(&ask, BPF_ARCHITECTURE, AUDIT_ARCH_X86_64, AUDIT_ARCH_X86_64);
	bpf_ask_word(&ask, BPF_NR, nr, nr);
	return (bpf_leaves(p, &ask) & leaves) != 0;
}

static int check_hard(struct check *c, struct bpf p)
{
	uint64_t on = check_features_on(c);

	for (size_t i = 0; i < hard_count; i++) {
		const struct hard_row *row = &hard_table[i];
		int whole = row->cond[0].op == HARD_END, hard = row->class == HARD_H;

		if (!hard_in_force(row, on) || !number_opens(row->nr, p, CAN_OPEN))
			continue;
		if (whole)
			return check_bad(c, hard ? PF_HARD_CALL : PF_FEATURE_CALL, p.insn);
		if (row_opens(row, p))
			return check_bad(c, hard ? PF_HARD_VALUE : PF_FEATURE_VALUE, p.insn);
	}
	return 0;
}

/* A host without the controller has no knob to hold them with, so their limit 0 is no row of a plan
 * but this. */
static int check_huge(struct check *c, struct bpf p)
{
	const struct plan_cgroup *k;

	for (size_t i = 0; (k = plan_row(c->p, PLAN_CGROUP, i)); i++)
		if (k->knob == KNOB_HUGETLB_2MB)
			return 0;
	for (size_t i = 0; i < HARD_HUGE; i++)
		if (row_opens(&hard_huge[i], p))
			return check_bad(c, PF_HUGE, p.insn);
	return 0;
}

/* A listener exactly where something asks it; without feature exec no exec once it says no. */
static int check_startup(struct check *c, struct bpf p)
{
	const struct plan_seccomp *s = check_only(c, PLAN_SECCOMP);
	struct bpf_ask all;

	bpf_ask_all(&all);
	if (!(bpf_leaves(p, &all) & BPF_CAN_NOTIFY) != !s->flags)
		return check_bad(c, PF_LISTENER, &s->flags);
	if (!(check_features_on(c) & FEAT_BIT(FEAT_EXEC)) &&
	    (number_opens(SYS_execve, p, BPF_CAN_ALLOW) ||
	     number_opens(SYS_execveat, p, BPF_CAN_ALLOW)))
		return check_bad(c, PF_FEATURE_EXEC, p.insn);
	return 0;
}

static int rule_fits(const struct plan_sysrule *r)
{
	uint64_t fits = r->width == 4 ? UINT32_MAX : UINT64_MAX;

	if (r->nr > HARD_NR_LAST || r->phase > (r->arg == SYSRULE_ALWAYS) || r->zero ||
	    (r->width != 4 && r->width != 8))
		return 0;
	if (r->arg == SYSRULE_ALWAYS)
		return !r->mask && !r->value;
	return r->arg < 6 && r->mask && !(r->mask & ~fits) && !(r->value & ~r->mask);
}

static int check_sysrules(struct check *c)
{
	const struct plan_sysrule *r = check_only(c, PLAN_SYSRULE);

	for (size_t i = 0; i < c->h->sec[PLAN_SYSRULE].count; i++, r++)
		if (!rule_fits(r) ||
		    (i && (r[-1].nr > r->nr || (r[-1].nr == r->nr && r[-1].clause > r->clause))))
			return check_bad(c, PF_SYSRULE, r);
	return 0;
}

int check_filter(struct check *c)
{
	struct bpf p = { check_only(c, PLAN_BPF), c->h->sec[PLAN_BPF].count };
	int r = check_program(c);

	r = r ? r : check_ranges(c, p);
	r = r ? r : check_hard(c, p);
	r = r ? r : check_huge(c, p);
	r = r ? r : check_startup(c, p);
	return r ? r : check_sysrules(c);
}
