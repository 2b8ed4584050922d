/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bpf.h - seccomp programs: structure, concrete evaluation, and which answers a number can reach.
 *
 * Only the opcodes of profiles-audit A.11 exist here; programs are loop-free. Pure, bounded by the
 * length of the program.
 */
#ifndef CLOISTER_BPF_H
#define CLOISTER_BPF_H

#include "lib/base/base.h"

#include <linux/filter.h>
#include <linux/seccomp.h>

struct bpf {
	const struct sock_filter *insn;
	size_t count;
};

enum bpf_flaw {
	BPF_FINE = 0,
	BPF_LENGTH, /* not 1..4096 instructions                                     */
	BPF_OPCODE, /* outside LD W ABS, AND K, JEQ JGT JGE JSET K, JA, RET K       */
	BPF_FIELD,  /* jt, jf or k set where the opcode has none                    */
	BPF_LOAD,   /* load not aligned or not in 0..60                             */
	BPF_JUMP,   /* jump past the end                                            */
	BPF_RETURN, /* the last instruction is no return                            */
	BPF_ACTION, /* other than ALLOW, ERRNO(1..4095), KILL_PROCESS, USER_NOTIF   */
	BPF_ARCH,   /* does not begin with the check of the architecture            */
};

/* Every instruction. *ret_at is the first bad one. */
enum bpf_flaw bpf_check(struct bpf p, size_t *ret_at);

/* Does the branch i go the way of jt when the accumulator is a? */
int bpf_taken(const struct sock_filter *i, uint32_t a);

/* The answer to one call. p passed bpf_check(). */
uint32_t bpf_run(struct bpf p, const struct seccomp_data *d);

/* NOTIFY: cloister-init answers; until the program is ready that is ALLOW (profiles-audit A.10). */
enum bpf_leaf { BPF_CAN_ALLOW = 1, BPF_CAN_ERRNO = 2, BPF_CAN_KILL = 4, BPF_CAN_NOTIFY = 8 };

/* How far an answer opens a call: 0 not, 1 until the program is ready, 2 for good. */
static inline int bpf_opens(uint32_t k)
{
	return k == SECCOMP_RET_ALLOW ? 2 : k == SECCOMP_RET_USER_NOTIF;
}

/* A set of calls: each of the 16 words of struct seccomp_data lies in [lo, hi]. */
enum { BPF_WORDS = 16, BPF_NR = 0, BPF_ARCHITECTURE = 1 };
#define BPF_ARG_LOW(i) (4 + 2 * (size_t)(i))

struct bpf_ask {
	uint32_t lo[BPF_WORDS], hi[BPF_WORDS];
};

/* Every call; then narrowed word by word. */
void bpf_ask_all(struct bpf_ask *ask);
void bpf_ask_word(struct bpf_ask *ask, size_t word, uint32_t lo, uint32_t hi);

/* BPF_CAN_* bits: every answer that some call of the set may get, both branches of each test taken
 * that the set does not decide. May name too many, never too few. p passed bpf_check(). */
unsigned bpf_leaves(struct bpf p, const struct bpf_ask *ask);

#endif
