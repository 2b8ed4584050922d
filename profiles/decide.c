/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decide.c - inclusion of two seccomp filters, exactly (profiles-audit A.11).
 * Runs in: cloister-compile, with --within and for a comparison, and tests.
 *
 * All paths of a are walked; where one ends in ALLOW, or in NOTIFY, which is ALLOW for a while, the
 * walk goes on through b under what the path
 * says of each of the 16 words. What a path says of a word is an ordered binary decision diagram
 * over the word's 32 bits, highest first, so "no such word" is one comparison.
 * D1 A path whose diagram of some word is false is no path.
 * D2 Programs are loop-free (bpf.h B1), so a path ends; how many there are, and how many nodes, is
 *    capped, and a cap reached is "undecided".
 * D3 A call that is said to be allowed by a and not by b was run through both before it is told.
 */
#include "profiles/decide.h"
#include "profiles/arena.h"

#include <string.h>

enum {
	NODES_MAX = 1 << 20,
	WALKS_MAX = 1 << 20,
	UNIQUE_LEAST = 1 << 12, /* slots of the table of nodes, at first    */
	CACHE_BITS = 14,
	CACHE = 1 << CACHE_BITS, /* results of conjunctions kept         */
	BITS = 32,
	INSNS_MAX = 4096,
	STACK_MAX = 2 * INSNS_MAX, /* branches on one path through both    */
	FALSE_ = 0,
	TRUE_ = 1,
};

/* Bit of the word that the node asks for: the highest first. Terminals: BITS. */
struct node {
	uint32_t lo, hi;
	uint8_t bit;
};

/* The accumulator: (a word, or a constant) & mask. */
struct acc {
	uint32_t mask, value;
	uint8_t word; /* BPF_WORDS: the constant */
};

/* A point of the walk. */
struct point {
	uint32_t says[BPF_WORDS]; /* a diagram each */
	struct acc acc;
	uint32_t pc;
	uint32_t in_b;
	int opens; /* in b: bpf_opens() of the leaf of a that led here */
};

/* The tests of an instruction that were made last: its mask is nearly always the same. */
struct tests {
	uint32_t mask, yes, no;
	uint32_t made;
};

struct decide {
	struct node *node;
	struct tests *tests; /* by program and instruction */
	struct arena *mem;
	uint32_t *unique; /* node number + 1 by hash; 0: free */
	uint32_t mask;	  /* its slots - 1 */
	struct {
		uint32_t f, g, r;
	} * cache;
	struct point *stack;
	uint32_t nnode, depth, npath;
	int full; /* a cap was reached */
	struct bpf prog[2];
};

/* Where the node is in the table of all, or the free slot for it. */
static uint32_t *slot_of(const struct decide *d, const struct node *want)
{
	uint64_t h = ((uint64_t)want->lo << 32 | want->hi) + want->bit;
	uint32_t at = (uint32_t)(h * UINT64_C(0x9e3779b97f4a7c15) >> 32) & d->mask;

	for (; d->unique[at]; at = (at + 1) & d->mask) {
		const struct node *n = &d->node[d->unique[at] - 1];

		if (n->lo == want->lo && n->hi == want->hi && n->bit == want->bit)
			break;
	}
	return &d->unique[at];
}

/* Twice the slots: a small problem touches few pages. */
static void grow(struct decide *d)
{
	uint32_t mask = d->mask * 2 + 1;
	uint32_t *more = arena_get(d->mem, (mask + 1) * sizeof(*more));

	if (!more) {
		d->full = 1;
		return;
	}
	d->unique = more;
	d->mask = mask;
	for (uint32_t i = TRUE_ + 1; i < d->nnode; i++)
		*slot_of(d, &d->node[i]) = i + 1;
}

/* The node that asks for bit, each only once. */
static uint32_t node_of(struct decide *d, unsigned bit, uint32_t lo, uint32_t hi)
{
	const struct node want = { lo, hi, (uint8_t)bit };
	uint32_t *slot;

	if (lo == hi)
		return lo;
	slot = slot_of(d, &want);
	if (*slot)
		return *slot - 1;
	if (d->nnode > d->mask / 2) {
		grow(d);
		slot = slot_of(d, &want);
	}
	if (d->full || d->nnode == NODES_MAX) {
		d->full = 1;
		return FALSE_;
	}
	d->node[d->nnode] = want;
	*slot = ++d->nnode;
	return d->nnode - 1;
}

/* Both. Recurses once for each bit at most. */
static uint32_t both(struct decide *d, uint32_t f, uint32_t g)
{
	uint32_t r, slot = (f * 0x9e3779b1u ^ g * 0x85ebca6bu) >> (32 - CACHE_BITS);
	struct node a, b;
	unsigned bit;

	if (f == g || g == TRUE_ || f == FALSE_)
		return f;
	if (f == TRUE_ || g == FALSE_)
		return g;
	if (d->cache[slot].f == f && d->cache[slot].g == g)
		return d->cache[slot].r;
	a = d->node[f];
	b = d->node[g];
	bit = a.bit > b.bit ? a.bit : b.bit;
	r = node_of(d, bit, both(d, a.bit == bit ? a.lo : f, b.bit == bit ? b.lo : g),
		    both(d, a.bit == bit ? a.hi : f, b.bit == bit ? b.hi : g));
	d->cache[slot].f = f;
	d->cache[slot].g = g;
	d->cache[slot].r = r;
	return r;
}

/*
 * "The test of i holds for word & mask" as a diagram, or that it does not. From the lowest bit up:
 * at each, rest is what the bits below it say.
 */
static uint32_t test_of(struct decide *d, const struct sock_filter *i, uint32_t mask, int holds)
{
	const uint32_t yes = holds ? TRUE_ : FALSE_, no = holds ? FALSE_ : TRUE_;
	const unsigned op = BPF_OP(i->code);
	uint32_t rest = op == BPF_JEQ || op == BPF_JGE ? yes : no;

	for (unsigned bit = 0; bit < BITS; bit++) {
		int k = i->k >> bit & 1, free = mask >> bit & 1;
		uint32_t lo, hi; /* what a 0 and a 1 of (word & mask) here mean */

		if (op == BPF_JEQ) {
			lo = k ? no : rest;
			hi = k ? rest : no;
		} else if (op == BPF_JSET) {
			lo = rest;
			hi = k ? yes : rest;
		} else { /* JGT, JGE */
			lo = k ? no : rest;
			hi = k ? rest : yes;
		}
		rest = node_of(d, bit, lo, free ? hi : lo);
	}
	return rest;
}

/* The one word that the diagram admits? */
static int is_one(const struct decide *d, uint32_t n, uint32_t *ret)
{
	uint32_t left = BITS;

	*ret = 0;
	for (; n > TRUE_; left--) {
		const struct node *at = &d->node[n];

		if (at->lo != FALSE_ && at->hi != FALSE_)
			return 0;
		if (at->lo == FALSE_)
			*ret |= UINT32_C(1) << at->bit;
		n = at->lo == FALSE_ ? at->hi : at->lo;
	}
	return left == 0; /* each bit asked for */
}

static const struct tests *tests_of(struct decide *d, const struct point *p,
				    const struct sock_filter *i)
{
	struct tests *t = &d->tests[p->in_b * INSNS_MAX + (size_t)(i - d->prog[p->in_b].insn)];

	if (!t->made || t->mask != p->acc.mask)
		*t = (struct tests){ p->acc.mask, test_of(d, i, p->acc.mask, 1),
				     test_of(d, i, p->acc.mask, 0), 1 };
	return t;
}

/* Both ways of a branch: goes on with one, keeps the other. Returns 0 where the path is none. */
static int branch(struct decide *d, struct point *p, const struct sock_filter *i)
{
	struct point *other = &d->stack[d->depth];
	const struct tests *test;
	uint32_t *says;
	uint32_t yes, no, value = p->acc.value;

	if (p->acc.word == BPF_WORDS || is_one(d, p->says[p->acc.word], &value)) {
		p->pc += bpf_taken(i, value & p->acc.mask) ? i->jt : i->jf;
		return 1;
	}
	says = &p->says[p->acc.word];
	test = tests_of(d, p, i);
	yes = both(d, *says, test->yes);
	no = both(d, *says, test->no);
	if (yes != FALSE_ && no != FALSE_) {
		if (d->depth == STACK_MAX || ++d->npath > WALKS_MAX) {
			d->full = 1;
			return 0;
		}
		*other = *p;
		other->says[p->acc.word] = no;
		other->pc += i->jf;
		d->depth++;
	}
	*says = yes != FALSE_ ? yes : no;
	p->pc += yes != FALSE_ ? i->jt : i->jf;
	return *says != FALSE_; /* D1 */
}

/* Any word that the diagram admits. */
static uint32_t word_of(const struct decide *d, uint32_t n)
{
	uint32_t v = 0;

	while (n != TRUE_) {
		const struct node *at = &d->node[n];

		if (at->lo == FALSE_)
			v |= UINT32_C(1) << at->bit;
		n = at->lo == FALSE_ ? at->hi : at->lo;
	}
	return v;
}

/* D3 */
static enum decision confirm(const struct decide *d, const struct point *p,
			     struct seccomp_data *ret_call)
{
	uint32_t word[BPF_WORDS];

	for (size_t i = 0; i < BPF_WORDS; i++)
		word[i] = word_of(d, p->says[i]);
	_Static_assert(sizeof(word) == sizeof(*ret_call), "16 words");
	memcpy(ret_call, word, sizeof(*ret_call));
	if (bpf_opens(bpf_run(d->prog[0], ret_call)) > bpf_opens(bpf_run(d->prog[1], ret_call)))
		return DECIDE_LOOSER;
	return DECIDE_UNDECIDED; /* ours to repair; no pass meanwhile */
}

/* One instruction. Returns 1 to go on, 0 at the end of a path, -1: p allows what b does not. */
static int step(struct decide *d, struct point *p)
{
	const struct sock_filter *i = &d->prog[p->in_b].insn[p->pc++];

	switch (BPF_CLASS(i->code)) {
	case BPF_LD:
		p->acc = (struct acc){ UINT32_MAX, 0, (uint8_t)(i->k / 4) };
		return 1;
	case BPF_ALU: /* AND */
		p->acc.mask &= i->k;
		return 1;
	case BPF_JMP:
		if (BPF_OP(i->code) != BPF_JA)
			return branch(d, p, i);
		p->pc += i->k;
		return 1;
	default: /* RET */
		if (p->in_b)
			return bpf_opens(i->k) >= p->opens ? 0 : -1;
		p->opens = bpf_opens(i->k);
		if (!p->opens)
			return 0;
		p->in_b = 1;
		p->pc = 0;
		p->acc = (struct acc){ UINT32_MAX, 0, BPF_WORDS };
		return 1;
	}
}

static enum decision walk(struct decide *d, struct seccomp_data *ret_call)
{
	d->stack[d->depth++] = (struct point){ .acc = { UINT32_MAX, 0, BPF_WORDS } };
	for (size_t i = 0; i < BPF_WORDS; i++)
		d->stack[0].says[i] = TRUE_;
	while (d->depth) {
		struct point p = d->stack[--d->depth];
		int r;

		do {
			r = step(d, &p);
		} while (r > 0 && !d->full);
		if (d->full) /* D2 */
			return DECIDE_UNDECIDED;
		if (r < 0)
			return confirm(d, &p, ret_call);
	}
	return DECIDE_WITHIN;
}

enum decision decide(struct arena *mem, struct bpf a, struct bpf b, struct seccomp_data *ret_call)
{
	size_t mark = arena_mark(mem), at;
	struct decide d = { .mem = mem, .mask = UNIQUE_LEAST - 1, .prog = { a, b }, .nnode = 2 };
	enum decision v = DECIDE_UNDECIDED;

	d.node = arena_get(mem, NODES_MAX * sizeof(*d.node));
	d.unique = arena_get(mem, UNIQUE_LEAST * sizeof(*d.unique));
	d.cache = arena_get(mem, CACHE * sizeof(*d.cache));
	d.tests = arena_get(mem, 2 * INSNS_MAX * sizeof(*d.tests));
	d.stack = arena_get(mem, STACK_MAX * sizeof(*d.stack));
	/* the instructions that are understood are those of bpf_check(), and no others */
	if (d.node && d.unique && d.cache && d.tests && d.stack && bpf_check(a, &at) == BPF_FINE &&
	    bpf_check(b, &at) == BPF_FINE) {
		d.node[FALSE_].bit = d.node[TRUE_].bit = BITS;
		v = walk(&d, ret_call);
	}
	arena_release(mem, mark);
	return v;
}
