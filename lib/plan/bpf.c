/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bpf.c - seccomp programs. Runs in: cloister-spawn (plan_check), cloister-compile. Pure.
 *
 * B1 Every jump goes forward, so a program of n instructions ends within n steps and one pass over
 *    it in order sees every path.
 * B2 The kernel accepts more (TRACE, LOG, X, scratch memory); what is not needed is refused, so
 * that nothing here has to reason about it (profiles-audit A.11).
 */
#include "lib/plan/bpf.h"

#include <linux/audit.h>
#include <string.h>

enum { INSNS_MAX = 4096, LOAD_MAX = 60 };

enum op {
	OP_LOAD = BPF_LD | BPF_W | BPF_ABS,
	OP_AND = BPF_ALU | BPF_AND | BPF_K,
	OP_JEQ = BPF_JMP | BPF_JEQ | BPF_K,
	OP_JGT = BPF_JMP | BPF_JGT | BPF_K,
	OP_JGE = BPF_JMP | BPF_JGE | BPF_K,
	OP_JSET = BPF_JMP | BPF_JSET | BPF_K,
	OP_JA = BPF_JMP | BPF_JA,
	OP_RET = BPF_RET | BPF_K,
};

_Static_assert(sizeof(struct seccomp_data) == LOAD_MAX + 4, "seccomp_data is 16 words");

static int is_branch(uint16_t code)
{
	return code == OP_JEQ || code == OP_JGT || code == OP_JGE || code == OP_JSET;
}

static int action_fits(uint32_t k)
{
	uint32_t data = k & SECCOMP_RET_DATA;

	if ((k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
		return data >= 1 && data <= 4095; /* 0 would fake success */
	return k == SECCOMP_RET_ALLOW || k == SECCOMP_RET_KILL_PROCESS ||
	       k == SECCOMP_RET_USER_NOTIF;
}

static enum bpf_flaw insn_flaw(const struct sock_filter *i, size_t left)
{
	if (is_branch(i->code))
		return i->jt < left && i->jf < left ? BPF_FINE : BPF_JUMP;
	if (i->jt || i->jf)
		return BPF_FIELD;
	if (i->code == OP_JA)
		return i->k < left ? BPF_FINE : BPF_JUMP;
	if (i->code == OP_LOAD)
		return i->k <= LOAD_MAX && i->k % 4 == 0 ? BPF_FINE : BPF_LOAD;
	if (i->code == OP_RET)
		return action_fits(i->k) ? BPF_FINE : BPF_ACTION;
	return i->code == OP_AND ? BPF_FINE : BPF_OPCODE;
}

enum bpf_flaw bpf_check(struct bpf p, size_t *ret_at)
{
	*ret_at = 0;
	if (p.count < 1 || p.count > INSNS_MAX)
		return BPF_LENGTH;
	for (size_t i = 0; i < p.count; i++) {
		enum bpf_flaw flaw = insn_flaw(&p.insn[i], p.count - 1 - i);

		*ret_at = i;
		if (flaw != BPF_FINE)
			return flaw;
	}
	/* B1: with all jumps in range only the last instruction could fall off the end. */
	if (p.insn[p.count - 1].code != OP_RET)
		return BPF_RETURN;
	*ret_at = 0;
	if (p.count < 3 || p.insn[0].code != OP_LOAD ||
	    p.insn[0].k != offsetof(struct seccomp_data, arch))
		return BPF_ARCH;
	*ret_at = 1;
	if (p.insn[1].code != OP_JEQ || p.insn[1].k != AUDIT_ARCH_X86_64)
		return BPF_ARCH;
	return BPF_FINE;
}

int bpf_taken(const struct sock_filter *i, uint32_t a)
{
	if (i->code == OP_JEQ)
		return a == i->k;
	if (i->code == OP_JGT)
		return a > i->k;
	if (i->code == OP_JGE)
		return a >= i->k;
	return (a & i->k) != 0;
}

uint32_t bpf_run(struct bpf p, const struct seccomp_data *d)
{
	uint32_t a = 0;

	for (size_t pc = 0; pc < p.count; pc++) { /* B1 */
		const struct sock_filter *i = &p.insn[pc];

		if (i->code == OP_RET)
			return i->k;
		if (i->code == OP_LOAD)
			memcpy(&a, (const uint8_t *)d + i->k, sizeof(a));
		else if (i->code == OP_AND)
			a &= i->k;
		else if (i->code == OP_JA)
			pc += i->k;
		else
			pc += bpf_taken(i, a) ? i->jt : i->jf;
	}
	return SECCOMP_RET_KILL_PROCESS;
}

void bpf_ask_all(struct bpf_ask *ask)
{
	memset(ask->lo, 0, sizeof(ask->lo));
	memset(ask->hi, 0xff, sizeof(ask->hi));
}

void bpf_ask_word(struct bpf_ask *ask, size_t word, uint32_t lo, uint32_t hi)
{
	ask->lo[word] = lo;
	ask->hi[word] = hi;
}

enum { CAN_BE = 1, CAN_NOT = 2 };

struct range {
	uint32_t lo, hi;
};

/* Can the test hold, can it fail, for values in the range? */
static unsigned branches(const struct sock_filter *i, struct range a)
{
	if (a.lo == a.hi)
		return bpf_taken(i, a.lo) ? CAN_BE : CAN_NOT;
	if (i->code == OP_JEQ)
		return a.lo <= i->k && i->k <= a.hi ? CAN_BE | CAN_NOT : CAN_NOT;
	if (i->code == OP_JSET)
		return CAN_BE | CAN_NOT;
	return (bpf_taken(i, a.hi) ? CAN_BE : 0u) | (bpf_taken(i, a.lo) ? 0u : CAN_NOT);
}

/*
 * What the accumulator may hold where some paths meet is kept as the number of the instruction that
 * made it, so that a step needs two bytes: a load, or an AND right behind one. Anything else, and a
 * meeting of two makers, is "any value".
 */
enum { NOT_REACHED = 0, ANY = UINT16_MAX };

static struct range made_by(struct bpf p, uint16_t maker, const struct bpf_ask *ask)
{
	struct range any = { 0, UINT32_MAX }, a = any;
	const struct sock_filter *i, *load;

	if (maker == ANY)
		return any;
	i = load = &p.insn[maker - 1];
	if (i->code == OP_AND)
		load = i - 1;
	a.lo = ask->lo[load->k / 4];
	a.hi = ask->hi[load->k / 4];
	if (load == i)
		return a;
	return a.lo == a.hi ? (struct range){ a.lo & i->k, a.lo & i->k } : any;
}

static void reach(uint16_t *at, uint16_t maker)
{
	if (*at == NOT_REACHED)
		*at = maker;
	else if (*at != maker)
		*at = ANY;
}

static unsigned leaf(uint32_t k)
{
	if (k == SECCOMP_RET_ALLOW)
		return BPF_CAN_ALLOW;
	if (k == SECCOMP_RET_USER_NOTIF)
		return BPF_CAN_NOTIFY;
	return k == SECCOMP_RET_KILL_PROCESS ? BPF_CAN_KILL : BPF_CAN_ERRNO;
}

unsigned bpf_leaves(struct bpf p, const struct bpf_ask *ask)
{
	uint16_t maker[INSNS_MAX] = { ANY };
	unsigned leaves = 0, can;

	for (size_t pc = 0; pc < p.count; pc++) { /* B1: all that jump here are behind us */
		const struct sock_filter *i = &p.insn[pc];
		uint16_t a = maker[pc], self = (uint16_t)(pc + 1);

		if (a == NOT_REACHED)
			continue;
		if (i->code == OP_RET) {
			leaves |= leaf(i->k);
		} else if (i->code == OP_LOAD) {
			reach(&maker[pc + 1], self);
		} else if (i->code == OP_AND) {
			reach(&maker[pc + 1],
			      a == pc && p.insn[pc - 1].code == OP_LOAD ? self : ANY);
		} else if (i->code == OP_JA) {
			reach(&maker[pc + 1 + i->k], a);
		} else {
			can = branches(i, made_by(p, a, ask));
			if (can & CAN_BE)
				reach(&maker[pc + 1 + i->jt], a);
			if (can & CAN_NOT)
				reach(&maker[pc + 1 + i->jf], a);
		}
	}
	return leaves;
}
