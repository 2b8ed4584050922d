/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clause.c - is one clause of a call inside the union of others: cubes minus cubes, exactly.
 * Runs in: cloister-compile, tests. Pure.
 *
 * A clause is a cube: some bits of some arguments fixed, the others free. What a cube has outside of
 * another is at most one smaller cube per bit that the other fixes and it does not.
 */
#include "profiles/meet.h"

#include <string.h>

enum { CUBES_MAX = 512 };

struct cube {
	struct argcond arg[SYS_ARGS];
};

struct cubes {
	struct cube row[CUBES_MAX];
	uint32_t n;
	bool over;
};

static void add(struct cubes *s, const struct cube *c)
{
	if (s->n == CUBES_MAX)
		s->over = true;
	else
		s->row[s->n++] = *c;
}

static bool apart(const struct cube *a, const struct argcond b[SYS_ARGS])
{
	int i;

	for (i = 0; i < SYS_ARGS; i++)
		if ((a->arg[i].value ^ b[i].value) & a->arg[i].mask & b[i].mask)
			return true;
	return false;
}

/* Adds to out what c has outside of b. */
static void subtract(struct cubes *out, struct cube c, const struct argcond b[SYS_ARGS])
{
	int i;

	if (apart(&c, b)) {
		add(out, &c);
		return;
	}
	for (i = 0; i < SYS_ARGS; i++) {
		uint64_t extra = b[i].mask & ~c.arg[i].mask;

		while (extra) {
			uint64_t bit = extra & (0 - extra);
			struct cube part = c;

			part.arg[i].mask |= bit;
			part.arg[i].value |= ~b[i].value & bit;
			add(out, &part);
			c.arg[i].mask |= bit;
			c.arg[i].value |= b[i].value & bit;
			extra &= ~bit;
		}
	}
}

int clause_witness(const struct sysfact *p, const struct sysfact *const *c, uint32_t n,
		   uint64_t ret_args[SYS_ARGS])
{
	static struct cubes rest[2]; /* single-threaded, no recursion: kept off the stack */
	struct cubes *now = &rest[0], *next = &rest[1], *swap;
	uint32_t i, k;

	memset(ret_args, 0, SYS_ARGS * sizeof(*ret_args));
	now->n = 1;
	memcpy(now->row[0].arg, p->arg, sizeof(p->arg));
	for (i = 0; i < n; i++) {
		next->n = 0;
		next->over = false;
		for (k = 0; k < now->n; k++)
			subtract(next, now->row[k], c[i]->arg);
		if (next->over)
			return -1;
		swap = now;
		now = next;
		next = swap;
	}
	if (now->n == 0)
		return 0;
	for (i = 0; i < SYS_ARGS; i++)
		ret_args[i] = now->row[0].arg[i].value;
	return 1;
}
