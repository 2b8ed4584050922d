/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_args.c - the tests of one call's arguments, as instructions. Runs in: cloister-compile.
 *
 * libseccomp only decides by number (filter.c); arguments are tested here, because the library
 * reports success for sets of conditional rules that do not hold (launch.md 4.3, "Shape of the
 * libseccomp 2.5.4 calls"): an unconditional ALLOW removes every condition, order is lost, two
 * compares on one argument are refused.
 *
 * A call's block, in this order; every part either returns or falls through:
 *   A1 clauses that no row of the hard list can touch: the common case comes first and is short
 *   A2 families that no clause opens
 *   A3 rows of the hard list
 *   A4 the other clauses, now safe
 *   A5 the answer to what is left
 * Parts are short, so a jump out of one always fits 8 bits.
 */
#include "profiles/filter_parts.h"

#include <errno.h>
#include <linux/audit.h>
#include <sys/syscall.h>

enum { NEXT = 0, TO_PASS = 254, TO_FAIL = 255, JUMP_MAX = 253, GROUP_MAX = 120 };

static void put(struct filter_code *c, struct sock_filter i)
{
	if (c->count < c->cap)
		c->insn[c->count++] = i;
	else
		c->full = 1;
}

static void put_load(struct filter_code *c, unsigned arg, int high, uint32_t mask)
{
	uint32_t at = (uint32_t)(offsetof(struct seccomp_data, args) + 8 * arg + (high ? 4 : 0));

	put(c, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at));
	if (mask != UINT32_MAX)
		put(c, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask));
}

static void put_equal(struct filter_code *c, uint32_t k, uint8_t jt, uint8_t jf)
{
	put(c, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, jt, jf));
}

static void put_return(struct filter_code *c, uint32_t answer)
{
	put(c, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer));
}

/* Jumps marked so since from now lead to here. */
static void land(struct filter_code *c, size_t from, uint8_t mark)
{
	for (size_t i = from; i < c->count; i++) {
		struct sock_filter *s = &c->insn[i];
		size_t far = c->count - i - 1;

		if (BPF_CLASS(s->code) != BPF_JMP || (s->jt != mark && s->jf != mark))
			continue;
		if (far > JUMP_MAX)
			c->full = 1;
		s->jt = s->jt == mark ? (uint8_t)far : s->jt;
		s->jf = s->jf == mark ? (uint8_t)far : s->jf;
	}
}

/* Falls through when the condition holds, else jumps TO_FAIL. */
static void put_cond(struct filter_code *c, const struct hard_cond *cond)
{
	size_t start = c->count;

	put_load(c, cond->arg, 0, cond->mask);
	for (size_t i = 0; i < cond->count; i++) {
		int last = i + 1 == cond->count;

		if (cond->op == HARD_OUT)
			put_equal(c, cond->value[i], TO_FAIL, NEXT);
		else
			put_equal(c, cond->value[i], last ? NEXT : TO_PASS, last ? TO_FAIL : NEXT);
	}
	land(c, start, TO_PASS);
}

static void put_row(struct filter_code *c, const struct hard_cond *cond, uint32_t answer)
{
	size_t start = c->count;

	for (size_t i = 0; i < HARD_CONDS && cond[i].op != HARD_END; i++)
		put_cond(c, &cond[i]);
	put_return(c, answer);
	land(c, start, TO_FAIL);
}

static void put_word(struct filter_code *c, const struct plan_sysrule *r, int high)
{
	uint32_t mask = (uint32_t)(high ? r->mask >> 32 : r->mask);

	if (!mask)
		return;
	put_load(c, r->arg, high, mask);
	put_equal(c, (uint32_t)(high ? r->value >> 32 : r->value), NEXT, TO_FAIL);
}

static void put_clause(struct filter_code *c, struct rule_span clause)
{
	size_t start = c->count;

	for (size_t i = 0; i < clause.count; i++) {
		if (clause.row[i].arg == SYSRULE_ALWAYS)
			continue;
		put_word(c, &clause.row[i], 0);
		put_word(c, &clause.row[i], 1);
	}
	put_return(c, SECCOMP_RET_ALLOW);
	land(c, start, TO_FAIL);
}

/* Can the row never hold for arguments that the clause fits? */
static int apart(const struct hard_row *row, struct rule_span clause)
{
	for (size_t i = 0; i < HARD_CONDS && row->cond[i].op != HARD_END; i++) {
		const struct hard_cond *cond = &row->cond[i];
		uint32_t v;
		int in = 0;

		if (!clause_pins(clause, cond->arg, cond->mask, &v))
			continue;
		for (size_t k = 0; k < cond->count; k++)
			in |= cond->value[k] == v;
		if (in != (cond->op == HARD_IN))
			return 1;
	}
	return 0;
}

static int clean(const struct filter_ask *ask, struct rule_span clause)
{
	for (size_t i = 0; i < hard_count; i++)
		if (hard_table[i].nr == clause.row[0].nr &&
		    hard_in_force(&hard_table[i], ask->features) && !apart(&hard_table[i], clause))
			return 0;
	return 1;
}

/* One compare of the low word: such clauses share a load. */
static int simple(struct rule_span clause)
{
	return clause.count == 1 && clause.row[0].arg != SYSRULE_ALWAYS &&
	       clause.row[0].mask <= UINT32_MAX;
}

/* A1 or A4: the clauses whose cleanness is as wanted. */
static void put_clauses(struct filter_code *c, const struct filter_ask *ask, struct rule_span rest,
			int wanted)
{
	uint32_t value[GROUP_MAX];
	struct hard_cond group[HARD_CONDS] = { { .op = HARD_IN, .value = value } };

	while (rest.count) {
		struct rule_span one = rules_clause(&rest);
		const struct plan_sysrule *r = one.row;

		if (clean(ask, one) != wanted)
			continue;
		if (group[0].count && (!simple(one) || group[0].count == GROUP_MAX ||
				       group[0].arg != r->arg || group[0].mask != r->mask)) {
			put_row(c, group, SECCOMP_RET_ALLOW);
			group[0].count = 0;
		}
		if (!simple(one)) {
			put_clause(c, one);
			continue;
		}
		group[0].arg = r->arg;
		group[0].mask = (uint32_t)r->mask;
		value[group[0].count++] = (uint32_t)r->value;
	}
	if (group[0].count)
		put_row(c, group, SECCOMP_RET_ALLOW);
}

/* A2: nothing to say when some clause leaves the family open. */
static void put_families(struct filter_code *c, const struct filter_ask *ask, struct rule_span rest)
{
	uint32_t value[CLAUSES_MAX];
	struct hard_cond closed[HARD_CONDS] = { { HARD_OUT, 0, 0, UINT32_MAX, value } };

	while (rest.count) {
		if (!clause_pins(rules_clause(&rest), 0, UINT32_MAX, &value[closed[0].count]))
			return;
		if (!closed[0].count || value[closed[0].count] != value[closed[0].count - 1])
			closed[0].count++;
	}
	put_row(c, closed, filter_refusal(ask, EAFNOSUPPORT));
}

int filter_flat(const struct filter_ask *ask, unsigned nr, uint32_t *ret)
{
	static const uint64_t none[6];
	struct rule_span rest = rules_of(ask, nr);
	int always = 0;

	/* The judge answers for a call whose arguments do not matter. */
	*ret = filter_want(ask, AUDIT_ARCH_X86_64, nr, none);
	if (filter_is_floor(nr) || rest.count == 0 || hard_never(nr, ask->features))
		return 1;
	while (rest.count)
		always |= rules_clause(&rest).row[0].arg == SYSRULE_ALWAYS;
	for (size_t i = 0; i < hard_count; i++)
		if (hard_table[i].nr == nr && hard_in_force(&hard_table[i], ask->features))
			return 0;
	return always;
}

void filter_emit(struct filter_code *c, const struct filter_ask *ask, unsigned nr)
{
	struct rule_span rules = rules_of(ask, nr);

	put_clauses(c, ask, rules, 1);
	if (nr == SYS_socket || nr == SYS_socketpair)
		put_families(c, ask, rules);
	for (size_t i = 0; i < hard_count; i++)
		if (hard_table[i].nr == nr && hard_in_force(&hard_table[i], ask->features))
			put_row(c, hard_table[i].cond, filter_refusal(ask, hard_table[i].err));
	put_clauses(c, ask, rules, 0);
	put_return(c, filter_left(ask, nr));
}
