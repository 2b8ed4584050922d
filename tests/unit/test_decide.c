/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_decide.c - inclusion of filters: by hand, against brute force, every one-bit mutant of the
 * jump constants of an emitted filter, and what must stay undecided.
 */
/* links: tests/unit/filter_make.c profiles/arena.c profiles/decide.c profiles/filter.c
 * profiles/filter_args.c profiles/filter_prove.c profiles/filter_want.c profiles/sysargs.c
 * profiles/sysconst.c profiles/sysnames.c profiles/systab.c lib/plan lib/base */
/* libs: -lseccomp */
#include "tests/unit/unit.h"

#include "profiles/arena.h"
#include "profiles/decide.h"
#include "tests/unit/filter_make.h"

#include <errno.h>
#include <linux/audit.h>
#include <string.h>
#include <sys/syscall.h>

#define LD(word)	 BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4 * (word))
#define AND(k)		 BPF_STMT(BPF_ALU | BPF_AND | BPF_K, k)
#define JMP(op, k, t, f) BPF_JUMP(BPF_JMP | (op) | BPF_K, k, t, f)
#define RET(k)		 BPF_STMT(BPF_RET | BPF_K, k)
#define YES		 RET(SECCOMP_RET_ALLOW)
#define NO		 RET(SECCOMP_RET_ERRNO | EPERM)
#define HEAD		 LD(1), JMP(BPF_JEQ, AUDIT_ARCH_X86_64, 1, 0), RET(SECCOMP_RET_KILL_PROCESS)

enum { A0 = 4, A0_HIGH = 5, A1 = 6, HAND_MAX = 12 };

/* With memory of its own, so that only what a decision touches is made. */
static enum decision ask(struct bpf a, struct bpf b, struct seccomp_data *call)
{
	struct arena mem;
	struct fault f;
	enum decision v;

	assert_int_equal(arena_init(&mem, DECIDE_MEMORY, &f), 0);
	v = decide(&mem, a, b, call);
	arena_fini(&mem);
	if (v == DECIDE_LOOSER)
		assert_true(bpf_opens(bpf_run(a, call)) > bpf_opens(bpf_run(b, call)));
	return v;
}

/* clang-format off */
static const struct sock_filter
	all[] = { HEAD, YES }, none[] = { HEAD, NO },
	nr_5[] = { HEAD, LD(0), JMP(BPF_JEQ, 5, 0, 1), YES, NO },
	ge_5[] = { HEAD, LD(0), JMP(BPF_JGE, 5, 0, 1), YES, NO },
	gt_5[] = { HEAD, LD(0), JMP(BPF_JGT, 5, 0, 1), YES, NO },
	gt_4[] = { HEAD, LD(0), JMP(BPF_JGT, 4, 0, 1), YES, NO },
	not_5[] = { HEAD, LD(0), JMP(BPF_JEQ, 5, 1, 0), YES, NO },
	two_below_5[] = { HEAD, LD(0), JMP(BPF_JGE, 5, 2, 0), JMP(BPF_JGE, 3, 0, 1), YES, NO },
	two_named[] = { HEAD, LD(0), JMP(BPF_JEQ, 3, 1, 0), JMP(BPF_JEQ, 4, 0, 1), YES, NO },
	low_1[] = { HEAD, LD(A0), JMP(BPF_JEQ, 1, 0, 1), YES, NO },
	both_1[] = { HEAD, LD(A0), JMP(BPF_JEQ, 1, 0, 3), LD(A0_HIGH), JMP(BPF_JEQ, 0, 0, 1), YES, NO },
	bit_1[] = { HEAD, LD(A0), JMP(BPF_JSET, 1, 0, 1), YES, NO },
	masked_1[] = { HEAD, LD(A0), AND(1), JMP(BPF_JEQ, 1, 0, 1), YES, NO },
	masked_ge_2[] = { HEAD, LD(A0), AND(6), JMP(BPF_JGE, 2, 0, 1), YES, NO },
	bits_2_4[] = { HEAD, LD(A0), JMP(BPF_JSET, 6, 0, 1), YES, NO },
	never[] = { HEAD, LD(A0), AND(1), JMP(BPF_JEQ, 2, 0, 1), YES, NO },
	and_twice[] = { HEAD, LD(A0), AND(3), AND(6), JMP(BPF_JEQ, 2, 0, 1), YES, NO },
	bit_2[] = { HEAD, LD(A0), JMP(BPF_JSET, 2, 0, 1), YES, NO },
	a0_then_a1[] = { HEAD, LD(A0), JMP(BPF_JEQ, 1, 0, 3), LD(A1), JMP(BPF_JEQ, 2, 0, 1), YES, NO },
	a1_then_a0[] = { HEAD, LD(A1), JMP(BPF_JEQ, 2, 0, 3), LD(A0), JMP(BPF_JEQ, 1, 0, 1), YES, NO },
	killed[] = { HEAD, RET(SECCOMP_RET_KILL_PROCESS) },
	by_jump[] = { HEAD, BPF_STMT(BPF_JMP | BPF_JA, 1), NO, YES },
	/* ---- what is not understood ---- */
	an_or[] = { HEAD, LD(A0), BPF_STMT(BPF_ALU | BPF_OR | BPF_K, 1), JMP(BPF_JEQ, 1, 0, 1), YES, NO },
	by_x[] = { HEAD, LD(A0), BPF_STMT(BPF_MISC | BPF_TAX, 0), YES, NO },
	ret_a[] = { HEAD, BPF_STMT(BPF_RET | BPF_A, 0) },
	listens[] = { HEAD, RET(SECCOMP_RET_USER_NOTIF) },
	no_arch[] = { LD(0), YES, NO };

#define P(x) { x, ARRAY_LEN(x) }
static const struct { const char *why; struct bpf a, b; enum decision want; } hand[] = {
	{ "all in all", P(all), P(all), DECIDE_WITHIN },
	{ "none in all", P(none), P(all), DECIDE_WITHIN },
	{ "all in none", P(all), P(none), DECIDE_LOOSER },
	{ "none in killed", P(none), P(killed), DECIDE_WITHIN },
	{ "one in all", P(nr_5), P(all), DECIDE_WITHIN },
	{ "all in one", P(all), P(nr_5), DECIDE_LOOSER },
	{ "at the bound", P(nr_5), P(ge_5), DECIDE_WITHIN },
	{ "one past the bound", P(nr_5), P(gt_5), DECIDE_LOOSER },
	{ ">= 5 in > 5", P(ge_5), P(gt_5), DECIDE_LOOSER },
	{ "> 5 in >= 5", P(gt_5), P(ge_5), DECIDE_WITHIN },
	{ ">= 5 in > 4", P(ge_5), P(gt_4), DECIDE_WITHIN },
	{ "> 4 in >= 5", P(gt_4), P(ge_5), DECIDE_WITHIN },
	{ "not 5 in > 5", P(not_5), P(gt_5), DECIDE_LOOSER },
	{ "> 5 in not 5", P(gt_5), P(not_5), DECIDE_WITHIN },
	{ "3..4 in 3, 4", P(two_below_5), P(two_named), DECIDE_WITHIN },
	{ "3, 4 in 3..4", P(two_named), P(two_below_5), DECIDE_WITHIN },
	{ "low word in both", P(low_1), P(both_1), DECIDE_LOOSER },
	{ "both words in low", P(both_1), P(low_1), DECIDE_WITHIN },
	{ "set in masked", P(bit_1), P(masked_1), DECIDE_WITHIN },
	{ "masked in set", P(masked_1), P(bit_1), DECIDE_WITHIN },
	{ "value in bit", P(low_1), P(bit_1), DECIDE_WITHIN },
	{ "bit in value", P(bit_1), P(low_1), DECIDE_LOOSER },
	{ "masked >= 2 in bits", P(masked_ge_2), P(bits_2_4), DECIDE_WITHIN },
	{ "bits in masked >= 2", P(bits_2_4), P(masked_ge_2), DECIDE_WITHIN },
	{ "what no word is", P(never), P(none), DECIDE_WITHIN },
	{ "masked twice", P(and_twice), P(bit_2), DECIDE_WITHIN },
	{ "and back", P(bit_2), P(and_twice), DECIDE_WITHIN },
	{ "another order", P(a0_then_a1), P(a1_then_a0), DECIDE_WITHIN },
	{ "one of two", P(low_1), P(a1_then_a0), DECIDE_LOOSER },
	{ "by a jump", P(by_jump), P(all), DECIDE_WITHIN },
	{ "until ready in none", P(listens), P(none), DECIDE_LOOSER },
	{ "until ready in for good", P(listens), P(all), DECIDE_WITHIN },
	{ "for good in until ready", P(all), P(listens), DECIDE_LOOSER },
	{ "until ready in itself", P(listens), P(listens), DECIDE_WITHIN },
	{ "by a jump, more", P(by_jump), P(nr_5), DECIDE_LOOSER },
	{ "OR", P(an_or), P(all), DECIDE_UNDECIDED },
	{ "OR on the other side", P(none), P(an_or), DECIDE_UNDECIDED },
	{ "X", P(by_x), P(all), DECIDE_UNDECIDED },
	{ "RET A", P(ret_a), P(all), DECIDE_UNDECIDED },
	{ "architecture not asked", P(no_arch), P(all), DECIDE_UNDECIDED },
	{ "nothing", { all, 0 }, P(all), DECIDE_UNDECIDED },
};
/* clang-format on */

static void by_hand(void **state)
{
	struct seccomp_data call;

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(hand); i++)
		unit_eq(ask(hand[i].a, hand[i].b, &call), hand[i].want, hand[i].why);
}

/* ---- against brute force ---- */

enum { RANDOM_LEN = 14, PAIRS = 3000, SMALL = 8 };

static uint32_t dice(uint32_t *seed, uint32_t n)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % n;
}

/* A program that looks at three bits of two words only. */
static void random_program(struct sock_filter p[RANDOM_LEN], uint32_t *seed)
{
	static const struct sock_filter head[] = { HEAD };
	static const uint16_t ops[] = { BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET };
	uint32_t at = UNIT_LEN(head);

	memcpy(p, head, sizeof(head));
	while (at < RANDOM_LEN - 4) {
		uint32_t left = RANDOM_LEN - at - 2;

		if (dice(seed, 3) == 0 || at == UNIT_LEN(head)) {
			p[at++] = (struct sock_filter)LD(dice(seed, 2) ? A0 : A1);
			p[at++] = (struct sock_filter)AND(SMALL - 1);
		} else {
			p[at++] = (struct sock_filter)JMP(ops[dice(seed, 4)], dice(seed, SMALL),
							  (uint8_t)dice(seed, left),
							  (uint8_t)dice(seed, left));
		}
	}
	while (at < RANDOM_LEN)
		p[at++] = dice(seed, 2) ? (struct sock_filter)YES : (struct sock_filter)NO;
}

static int more_by_trying(struct bpf a, struct bpf b)
{
	for (uint32_t x = 0; x < SMALL; x++)
		for (uint32_t y = 0; y < SMALL; y++) {
			struct seccomp_data d = { .arch = AUDIT_ARCH_X86_64, .args = { x, y } };

			if (bpf_run(a, &d) == SECCOMP_RET_ALLOW &&
			    bpf_run(b, &d) != SECCOMP_RET_ALLOW)
				return 1;
		}
	return 0;
}

static void brute_force(void **state)
{
	uint32_t seed = 1, looser = 0;

	(void)state;
	for (size_t i = 0; i < PAIRS; i++) {
		struct sock_filter a[RANDOM_LEN], b[RANDOM_LEN];
		struct bpf pa = { a, RANDOM_LEN }, pb = { b, RANDOM_LEN };
		struct seccomp_data call;
		int more;

		random_program(a, &seed);
		random_program(b, &seed);
		more = more_by_trying(pa, pb);
		assert_int_equal(ask(pa, pb, &call), more ? DECIDE_LOOSER : DECIDE_WITHIN);
		looser += (uint32_t)more;
	}
	assert_in_range(looser, PAIRS / 10, PAIRS - PAIRS / 10); /* both happen */
}

/* ---- emitted filters ---- */

/* A filter of some calls, some with arguments looked at. */
static struct bpf emit(struct sock_filter out[PLAN_BPF_MAX], uint32_t calls)
{
	filter_make_begin(FEAT_BIT(FEAT_EXEC) | FEAT_BIT(FEAT_NET_LOOPBACK), MISSING_ERRNO);
	for (unsigned nr = 0; nr < calls; nr++)
		if (nr != SYS_ioctl && nr != SYS_mprotect && nr != SYS_mmap)
			filter_make_whole(nr);
	filter_make_add(SYS_ioctl, 0, 1, UINT32_MAX, 0x5401);
	filter_make_add(SYS_ioctl, 1, 1, UINT32_MAX, 0x5413);
	filter_make_add(SYS_mprotect, 0, 2, 4, 0);
	filter_make_add(SYS_socket, 0, 0, UINT32_MAX, 2);
	filter_make_build();
	memcpy(out, made.insn, made.count * sizeof(*out));
	return (struct bpf){ out, made.count };
}

static void emitted(void **state)
{
	static struct sock_filter small[PLAN_BPF_MAX], large[PLAN_BPF_MAX];
	struct bpf s = emit(small, 12), l;
	struct seccomp_data call;

	(void)state;
	l = emit(large, 24);
	assert_int_equal(ask(s, s, &call), DECIDE_WITHIN);
	assert_int_equal(ask(l, l, &call), DECIDE_WITHIN);
	assert_int_equal(ask(s, l, &call), DECIDE_WITHIN);
	assert_int_equal(ask(l, s, &call), DECIDE_LOOSER);
	assert_in_range(call.nr, 12, 24);
	filter_make_all(ALL_FEATURES);
	assert_int_equal(ask((struct bpf){ made.insn, made.count }, l, &call), DECIDE_LOOSER);
	assert_int_equal(ask(l, (struct bpf){ made.insn, made.count }, &call), DECIDE_WITHIN);
	assert_int_equal(ask((struct bpf){ made.insn, made.count },
			     (struct bpf){ made.insn, made.count }, &call),
			 DECIDE_WITHIN);
}

/* Around the constant that was changed, and all over. */
static int differ_somewhere(struct bpf a, struct bpf b, const struct sock_filter *i, uint32_t *seed)
{
	enum { TRIES = 400 };

	for (size_t t = 0; t < TRIES; t++) {
		uint32_t near = i->k ^ (dice(seed, 2) ? UINT32_C(1) << dice(seed, 32) : 0);
		struct seccomp_data d = { .nr = (int)dice(seed, 480), .arch = AUDIT_ARCH_X86_64 };

		for (size_t k = 0; k < 6; k++)
			d.args[k] = dice(seed, 2) ? near : dice(seed, 48);
		if (dice(seed, 2))
			d.nr = (int)near;
		if ((bpf_run(a, &d) == SECCOMP_RET_ALLOW) != (bpf_run(b, &d) == SECCOMP_RET_ALLOW))
			return 1;
	}
	return 0;
}

/* clang-format off */
/* What the emitter makes of a dozen calls, made short: a tree by number, whole calls, values, masks,
 * both words, a refused bit pattern. */
static const struct sock_filter compact[] = {
	/*  0 */ HEAD, LD(0),
	/*  4 */ JMP(BPF_JGE, 0x40000000, 0, 2), JMP(BPF_JEQ, UINT32_MAX, 34, 0), RET(SECCOMP_RET_KILL_PROCESS),
	/*  7 */ JMP(BPF_JGT, 16, 11, 0), JMP(BPF_JGT, 3, 3, 0), JMP(BPF_JGE, 2, 30, 0), JMP(BPF_JEQ, 0, 28, 0),
	/* 11 */ JMP(BPF_JEQ, 1, 27, 28), JMP(BPF_JEQ, 16, 10, 0), JMP(BPF_JEQ, 10, 3, 0), JMP(BPF_JEQ, 12, 24, 0),
	/* 15 */ JMP(BPF_JGE, 14, 0, 24), JMP(BPF_JEQ, 15, 22, 23), LD(8), JMP(BPF_JSET, 4, 21, 20),
	/* 19 */ JMP(BPF_JEQ, 41, 8, 0), JMP(BPF_JEQ, 56, 13, 0), JMP(BPF_JGT, 230, 0, 18), JMP(BPF_JGT, 232, 17, 16),
	/* 23 */ LD(6), AND(UINT32_MAX), JMP(BPF_JEQ, 0x5401, 13, 0), JMP(BPF_JEQ, 0x5413, 12, 0), JMP(BPF_JEQ, 0x541b, 11, 12),
	/* 28 */ LD(4), JMP(BPF_JEQ, 1, 1, 0), JMP(BPF_JEQ, 2, 0, 9), LD(6), AND(0xf), JMP(BPF_JEQ, 1, 5, 6),
	/* 34 */ LD(4), AND(0x7e020000), JMP(BPF_JEQ, 0, 0, 3), LD(5), JMP(BPF_JEQ, 0, 0, 1), YES, NO,
};
/* clang-format on */

static void one_bit_mutants(void **state)
{
	static struct sock_filter changed[UNIT_LEN(compact)];
	const struct bpf a = { compact, UNIT_LEN(compact) }, b = { changed, a.count };
	uint32_t different = 0, equal = 0, seed = 7;

	(void)state;
	memcpy(changed, compact, sizeof(compact));
	for (size_t i = 2; i < a.count; i++) {
		for (unsigned bit = 0; BPF_CLASS(compact[i].code) == BPF_JMP && bit < 32; bit++) {
			struct seccomp_data call;
			enum decision there, back;

			changed[i].k = compact[i].k ^ UINT32_C(1) << bit;
			there = ask(a, b, &call);
			back = ask(b, a, &call);
			assert_int_not_equal(there, DECIDE_UNDECIDED);
			assert_int_not_equal(back, DECIDE_UNDECIDED);
			if (there == DECIDE_LOOSER || back == DECIDE_LOOSER) {
				different++; /* ask() ran the witness */
				continue;
			}
			assert_false(differ_somewhere(a, b, &compact[i], &seed));
			equal++;
		}
		changed[i] = compact[i];
	}
	print_message("%u mutants differ, each by a call; %u proved equal\n", different, equal);
	assert_true(different > equal && equal > 0 && different + equal > 600);
}

/* Each branch goes on either way, so the paths double. */
static void too_many_paths(void **state)
{
	static struct sock_filter p[64] = { HEAD };
	struct bpf hostile = { p, 0 };
	struct seccomp_data call;
	size_t n = 3;

	(void)state;
	for (uint32_t bit = 0; bit < 24; bit++) {
		p[n++] = (struct sock_filter)LD(bit % 2 ? A0 : A1);
		p[n++] = (struct sock_filter)JMP(BPF_JSET, UINT32_C(1) << bit, 0, 0);
	}
	p[n++] = (struct sock_filter)YES;
	hostile.count = n;
	assert_int_equal(ask(hostile, (struct bpf){ all, UNIT_LEN(all) }, &call), DECIDE_UNDECIDED);
	p[3 + 2 * 8] = (struct sock_filter)YES; /* the control: 2^8 are decided */
	hostile.count = 3 + 2 * 8 + 1;
	assert_int_equal(ask(hostile, (struct bpf){ all, UNIT_LEN(all) }, &call), DECIDE_WITHIN);
}

/* Memory that is not there is no pass either. */
static void no_memory(void **state)
{
	const struct bpf p = { none, UNIT_LEN(none) };
	struct seccomp_data call;
	struct arena mem;
	struct fault f;

	(void)state;
	assert_int_equal(arena_init(&mem, DECIDE_MEMORY / 4, &f), 0);
	assert_int_equal(decide(&mem, p, p, &call), DECIDE_UNDECIDED);
	assert_int_equal(arena_mark(&mem), 0);
	arena_fini(&mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_hand),	  cmocka_unit_test(brute_force),
		cmocka_unit_test(emitted),	  cmocka_unit_test(one_bit_mutants),
		cmocka_unit_test(too_many_paths), cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
