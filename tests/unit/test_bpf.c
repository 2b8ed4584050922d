/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_bpf.c - the evaluator of seccomp programs: structure, concrete runs, reachable answers.
 */
/* links: lib/plan/bpf.c lib/base */
#include "tests/unit/unit.h"

#include "lib/plan/bpf.h"

#include <linux/audit.h>
#include <string.h>

#define LD(k)	      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, k)
#define AND(k)	      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, k)
#define JEQ(k, t, f)  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, t, f)
#define JGT(k, t, f)  BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, k, t, f)
#define JGE(k, t, f)  BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, k, t, f)
#define JSET(k, t, f) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, k, t, f)
#define JA(k)	      BPF_STMT(BPF_JMP | BPF_JA, k)
#define RET(k)	      BPF_STMT(BPF_RET | BPF_K, k)
#define ARCH	      AUDIT_ARCH_X86_64
#define ALLOW	      SECCOMP_RET_ALLOW
#define KILL	      SECCOMP_RET_KILL_PROCESS
#define DENY	      (SECCOMP_RET_ERRNO | 1)
#define HEAD	      LD(4), JEQ(ARCH, 1, 0), RET(KILL)

enum { LONG = 12 };

static size_t length(const struct sock_filter p[LONG])
{
	size_t n = LONG;

	while (n && p[n - 1].code == 0 && p[n - 1].k == 0)
		n--;
	return n;
}

/* clang-format off */
static const struct { const char *why; enum bpf_flaw want; size_t at; struct sock_filter p[LONG]; } shapes[] = {
	{ "the least",               BPF_FINE, 1, { HEAD, RET(ALLOW) } },
	{ "nothing",                 BPF_LENGTH, 0, { { 0 } } },
	{ "no check of arch",        BPF_ARCH, 0, { LD(0), JEQ(ARCH, 1, 0), RET(KILL), RET(ALLOW) } },
	{ "another arch",            BPF_ARCH, 1, { LD(4), JEQ(AUDIT_ARCH_I386, 1, 0), RET(KILL), RET(ALLOW) } },
	{ "arch by greater",         BPF_ARCH, 1, { LD(4), JGE(ARCH, 1, 0), RET(KILL), RET(ALLOW) } },
	{ "two instructions",        BPF_ARCH, 0, { LD(4), RET(ALLOW) } },
	{ "three instructions",      BPF_FINE, 1, { LD(4), JEQ(ARCH, 0, 0), RET(KILL) } },
	{ "false one past it",       BPF_JUMP, 3, { HEAD, JEQ(1, 0, 1), RET(ALLOW) } },
	{ "only a return",           BPF_ARCH, 0, { RET(ALLOW) } },
	{ "load of a half word",     BPF_OPCODE, 3, { HEAD, BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0), RET(ALLOW) } },
	{ "load of length",          BPF_OPCODE, 3, { HEAD, BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0), RET(ALLOW) } },
	{ "indirect load",           BPF_OPCODE, 3, { HEAD, BPF_STMT(BPF_LD | BPF_W | BPF_IND, 0), RET(ALLOW) } },
	{ "scratch memory",          BPF_OPCODE, 3, { HEAD, BPF_STMT(BPF_ST, 0), RET(ALLOW) } },
	{ "add",                     BPF_OPCODE, 3, { HEAD, BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 1), RET(ALLOW) } },
	{ "and with X",              BPF_OPCODE, 3, { HEAD, BPF_STMT(BPF_ALU | BPF_AND | BPF_X, 1), RET(ALLOW) } },
	{ "compare with X",          BPF_OPCODE, 3, { HEAD, BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 0), RET(ALLOW) } },
	{ "return of A",             BPF_OPCODE, 3, { HEAD, BPF_STMT(BPF_RET | BPF_A, 0), RET(ALLOW) } },
	{ "opcode of garbage",       BPF_OPCODE, 3, { HEAD, { 0xffff, 0, 0, 1 }, RET(ALLOW) } },
	{ "load of the last word",   BPF_FINE, 1, { HEAD, LD(60), RET(ALLOW) } },
	{ "load behind the last",    BPF_LOAD, 3, { HEAD, LD(64), RET(ALLOW) } },
	{ "load not aligned",        BPF_LOAD, 3, { HEAD, LD(2), RET(ALLOW) } },
	{ "load from far",           BPF_LOAD, 3, { HEAD, LD(0xfffffffc), RET(ALLOW) } },
	{ "jump to the last",        BPF_FINE, 1, { HEAD, JA(1), RET(KILL), RET(ALLOW) } },
	{ "jump past it",            BPF_JUMP, 3, { HEAD, JA(2), RET(KILL), RET(ALLOW) } },
	{ "jump back",               BPF_JUMP, 3, { HEAD, JA(0xfffffffe), RET(KILL), RET(ALLOW) } },
	{ "true past it",            BPF_JUMP, 3, { HEAD, JEQ(1, 1, 0), RET(ALLOW) } },
	{ "false past it",           BPF_JUMP, 3, { HEAD, JEQ(1, 0, 255), RET(ALLOW) } },
	{ "last is a jump",          BPF_JUMP, 3, { HEAD, JA(0) } },
	{ "last is a load",          BPF_RETURN, 3, { HEAD, LD(60) } },
	{ "return with jt",          BPF_FIELD, 3, { HEAD, { BPF_RET | BPF_K, 1, 0, ALLOW } } },
	{ "load with jf",            BPF_FIELD, 3, { HEAD, { BPF_LD | BPF_W | BPF_ABS, 0, 1, 0 }, RET(ALLOW) } },
	{ "errno 1",                 BPF_FINE, 1, { HEAD, RET(SECCOMP_RET_ERRNO | 1) } },
	{ "errno 4095",              BPF_FINE, 1, { HEAD, RET(SECCOMP_RET_ERRNO | 4095) } },
	{ "errno 4096",              BPF_ACTION, 3, { HEAD, RET(SECCOMP_RET_ERRNO | 4096) } },
	{ "errno 0",                 BPF_ACTION, 3, { HEAD, RET(SECCOMP_RET_ERRNO) } },
	{ "allow with data",         BPF_ACTION, 3, { HEAD, RET(ALLOW | 1) } },
	{ "kill the thread only",    BPF_ACTION, 3, { HEAD, RET(SECCOMP_RET_KILL_THREAD) } },
	{ "log",                     BPF_ACTION, 3, { HEAD, RET(SECCOMP_RET_LOG) } },
	{ "trace",                   BPF_ACTION, 3, { HEAD, RET(SECCOMP_RET_TRACE) } },
	{ "trap",                    BPF_ACTION, 3, { HEAD, RET(SECCOMP_RET_TRAP) } },
	{ "notify",                  BPF_FINE, 1, { HEAD, RET(SECCOMP_RET_USER_NOTIF) } },
	{ "notify with data",        BPF_ACTION, 3, { HEAD, RET(SECCOMP_RET_USER_NOTIF | 1) } },
	{ "unknown action",          BPF_ACTION, 3, { HEAD, RET(0x12340000) } },
};

static const struct { const char *why; uint32_t want, nr; uint64_t arg0; struct sock_filter p[LONG]; } runs[] = {
	{ "equal",           ALLOW, 5, 0, { HEAD, LD(0), JEQ(5, 0, 1), RET(ALLOW), RET(DENY) } },
	{ "not equal",       DENY, 6, 0, { HEAD, LD(0), JEQ(5, 0, 1), RET(ALLOW), RET(DENY) } },
	{ "greater",         ALLOW, 6, 0, { HEAD, LD(0), JGT(5, 0, 1), RET(ALLOW), RET(DENY) } },
	{ "greater: equal",  DENY, 5, 0, { HEAD, LD(0), JGT(5, 0, 1), RET(ALLOW), RET(DENY) } },
	{ "at least",        ALLOW, 5, 0, { HEAD, LD(0), JGE(5, 0, 1), RET(ALLOW), RET(DENY) } },
	{ "at least: less",  DENY, 4, 0, { HEAD, LD(0), JGE(5, 0, 1), RET(ALLOW), RET(DENY) } },
	{ "unsigned",        ALLOW, 0xffffffff, 0, { HEAD, LD(0), JGT(5, 0, 1), RET(ALLOW), RET(DENY) } },
	{ "bit set",         ALLOW, 0, 6, { HEAD, LD(16), JSET(4, 0, 1), RET(ALLOW), RET(DENY) } },
	{ "bit not set",     DENY, 0, 3, { HEAD, LD(16), JSET(4, 0, 1), RET(ALLOW), RET(DENY) } },
	{ "low word",        ALLOW, 0, 0x700000002, { HEAD, LD(16), JEQ(2, 0, 1), RET(ALLOW), RET(DENY) } },
	{ "high word",       ALLOW, 0, 0x700000002, { HEAD, LD(20), JEQ(7, 0, 1), RET(ALLOW), RET(DENY) } },
	{ "masked",          ALLOW, 0, 0x1f, { HEAD, LD(16), AND(0xf0), JEQ(0x10, 0, 1), RET(ALLOW), RET(DENY) } },
	{ "jump",            DENY, 0, 0, { HEAD, JA(1), RET(ALLOW), RET(DENY) } },
	{ "A starts at 0",   ALLOW, 9, 0, { LD(4), JEQ(ARCH, 1, 0), RET(KILL), AND(0), JEQ(0, 0, 1), RET(ALLOW), RET(DENY) } },
};

/* nr in [lo, hi], the low word of argument 0 in [alo, ahi]: which answers are named? */
enum { A = BPF_CAN_ALLOW, E = BPF_CAN_ERRNO, K = BPF_CAN_KILL };
static const struct { const char *why; unsigned want; uint32_t lo, hi, alo, ahi; struct sock_filter p[LONG]; } asks[] = {
	{ "its number",            A, 5, 5, 0, ~0u, { HEAD, LD(0), JEQ(5, 0, 1), RET(ALLOW), RET(DENY) } },
	{ "another number",        E, 6, 6, 0, ~0u, { HEAD, LD(0), JEQ(5, 0, 1), RET(ALLOW), RET(DENY) } },
	{ "a range with it",       A | E, 0, 9, 0, ~0u, { HEAD, LD(0), JEQ(5, 0, 1), RET(ALLOW), RET(DENY) } },
	{ "a range without it",    E, 6, 9, 0, ~0u, { HEAD, LD(0), JEQ(5, 0, 1), RET(ALLOW), RET(DENY) } },
	{ "wholly above",          A, 6, 9, 0, ~0u, { HEAD, LD(0), JGT(5, 0, 1), RET(ALLOW), RET(DENY) } },
	{ "partly above",          A | E, 5, 9, 0, ~0u, { HEAD, LD(0), JGT(5, 0, 1), RET(ALLOW), RET(DENY) } },
	{ "not above",             E, 0, 5, 0, ~0u, { HEAD, LD(0), JGT(5, 0, 1), RET(ALLOW), RET(DENY) } },
	{ "at least, from it on",  A, 5, 9, 0, ~0u, { HEAD, LD(0), JGE(5, 0, 1), RET(ALLOW), RET(DENY) } },
	{ "any argument",          A | E, 5, 5, 0, ~0u, { HEAD, LD(16), JEQ(5, 0, 1), RET(ALLOW), RET(DENY) } },
	{ "a bit of any argument", A | E, 5, 5, 0, ~0u, { HEAD, LD(16), JSET(1, 0, 1), RET(ALLOW), RET(DENY) } },
	{ "its argument",          A, 5, 5, 5, 5, { HEAD, LD(16), JEQ(5, 0, 1), RET(ALLOW), RET(DENY) } },
	{ "its argument, masked",  A, 5, 5, 0xf5, 0xf5, { HEAD, LD(16), AND(15), JEQ(5, 0, 1), RET(ALLOW), RET(DENY) } },
	{ "another, masked",       E, 5, 5, 0xf6, 0xf6, { HEAD, LD(16), AND(15), JEQ(5, 0, 1), RET(ALLOW), RET(DENY) } },
	{ "a masked range",        A | E, 5, 5, 0, 9, { HEAD, LD(16), AND(15), JEQ(5, 0, 1), RET(ALLOW), RET(DENY) } },
	{ "masked twice",          A | E, 5, 5, 5, 5, { HEAD, LD(16), AND(16), AND(7), JEQ(5, 0, 1), RET(ALLOW), RET(DENY) } },
	{ "its high word is free", A | E, 5, 5, 5, 5, { HEAD, LD(20), JEQ(5, 0, 1), RET(ALLOW), RET(DENY) } },
	{ "A before any load",     A | E, 5, 5, 0, ~0u, { LD(4), JEQ(ARCH, 1, 0), RET(KILL), AND(1), JEQ(0, 0, 1), RET(ALLOW), RET(DENY) } },
	{ "dead code",             E, 5, 5, 0, ~0u, { HEAD, JA(1), RET(ALLOW), RET(DENY) } },
	/* 3: nr is 5 -> 5, which expects A = argument; else 4 loads it. Both meet at 5: anything. */
	{ "two loads meet",        A | E, 0, 9, 7, 7, { HEAD, LD(0), JEQ(5, 1, 0), LD(16), JEQ(7, 0, 1), RET(ALLOW), RET(DENY) } },
};
/* clang-format on */

static void structure(void **state)
{
	size_t at;

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(shapes); i++) {
		struct bpf p = { shapes[i].p, length(shapes[i].p) };

		unit_eq(bpf_check(p, &at), shapes[i].want, shapes[i].why);
		unit_eq(at, shapes[i].at, shapes[i].why);
	}
}

static void lengths(void **state)
{
	static struct sock_filter p[4097] = { HEAD };
	size_t at;

	(void)state;
	for (size_t i = 3; i < UNIT_LEN(p); i++)
		p[i] = (struct sock_filter)RET(DENY);
	assert_int_equal(bpf_check((struct bpf){ p, 4096 }, &at), BPF_FINE);
	assert_int_equal(bpf_check((struct bpf){ p, 4097 }, &at), BPF_LENGTH);
	assert_int_equal(bpf_check((struct bpf){ p, 0 }, &at), BPF_LENGTH);
}

static void concrete(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(runs); i++) {
		struct seccomp_data d = { .nr = (int)runs[i].nr,
					  .arch = ARCH,
					  .args = { runs[i].arg0 } };
		struct bpf p = { runs[i].p, length(runs[i].p) };

		unit_eq(bpf_run(p, &d), runs[i].want, runs[i].why);
		d.arch = AUDIT_ARCH_I386;
		unit_eq(bpf_run(p, &d), KILL, runs[i].why);
	}
}

static void reachable(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(asks); i++) {
		struct bpf p = { asks[i].p, length(asks[i].p) };
		struct bpf_ask ask;

		bpf_ask_all(&ask);
		unit_row(bpf_leaves(p, &ask) & BPF_CAN_KILL, asks[i].why);
		bpf_ask_word(&ask, BPF_ARCHITECTURE, ARCH, ARCH);
		bpf_ask_word(&ask, BPF_NR, asks[i].lo, asks[i].hi);
		bpf_ask_word(&ask, BPF_ARG_LOW(0), asks[i].alo, asks[i].ahi);
		unit_eq(bpf_leaves(p, &ask), asks[i].want, asks[i].why);
	}
}

/* A small generator, the same every time. */
static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static struct sock_filter random_insn(uint32_t *seed, size_t left)
{
	static const uint16_t jump[] = { BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET };
	static const uint32_t ret[] = { ALLOW, DENY, KILL };
	uint32_t kind = next(seed) % 8, k = next(seed) % 8;

	if (kind < 3)
		return (struct sock_filter)LD(4 * (next(seed) % 8));
	if (kind == 3)
		return (struct sock_filter)AND(k);
	if (kind < 7 && left > 1)
		return (struct sock_filter)BPF_JUMP(
			(uint16_t)(BPF_JMP | BPF_K | jump[next(seed) % 4]), k,
			(uint8_t)(next(seed) % (left < 6 ? left : 6)),
			(uint8_t)(next(seed) % (left < 6 ? left : 6)));
	return (struct sock_filter)RET(ret[next(seed) % 3]);
}

static unsigned leaf_of(uint32_t answer)
{
	if (answer == ALLOW)
		return A;
	return answer == KILL ? K : E;
}

/* What a concrete run answers is always among the answers that are named. */
static void never_too_few(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct sock_filter p[40] = { HEAD };
		struct bpf b = { p, UNIT_LEN(p) };
		struct seccomp_data d = { .arch = ARCH };
		struct bpf_ask ask;
		size_t at;

		for (size_t i = 3; i + 1 < UNIT_LEN(p); i++)
			p[i] = random_insn(&seed, UNIT_LEN(p) - 1 - i);
		p[UNIT_LEN(p) - 1] = (struct sock_filter)RET(DENY);
		assert_int_equal(bpf_check(b, &at), BPF_FINE);
		bpf_ask_all(&ask);
		d.nr = (int)(next(&seed) % 8);
		d.args[0] = next(&seed) % 8;
		bpf_ask_word(&ask, BPF_NR, (uint32_t)d.nr - (d.nr > 0), (uint32_t)d.nr);
		bpf_ask_word(&ask, BPF_ARG_LOW(0), (uint32_t)d.args[0], (uint32_t)d.args[0]);
		for (int k = 0; k < 8; k++) {
			d.args[1] = next(&seed) % 8;
			assert_true(bpf_leaves(b, &ask) & leaf_of(bpf_run(b, &d)));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(structure),	 cmocka_unit_test(lengths),
		cmocka_unit_test(concrete),	 cmocka_unit_test(reachable),
		cmocka_unit_test(never_too_few),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
