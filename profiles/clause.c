/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clause.c - is one clause of a call inside the union of others: cubes minus cubes, exactly.
 * Runs in: cloister-compile, tests. Pure.
 *
 * A clause is a cube: some bits of some arguments fixed, the others free. What a cube has outside
 * of another is at most one smaller cube per bit that the other fixes and it does not.
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

bool clause_inside(const struct sysfact *p, const struct sysfact *c)
{
	int i;

	for (i = 0; i < SYS_ARGS; i++)
		if ((c->arg[i].mask & ~p->arg[i].mask) ||
		    ((p->arg[i].value ^ c->arg[i].value) & c->arg[i].mask))
			return false;
	return true;
}

/* What is left of p in now; returns where the result is, NULL when it is too much. */
static struct cubes *remainder_of(struct cubes *now, struct cubes *next,
				  const struct sysfact *const *c, uint32_t n)
{
	struct cubes *swap;
	uint32_t i, k;

	for (i = 0; i < n; i++) {
		next->n = 0;
		for (k = 0; k < now->n; k++)
			subtract(next, now->row[k], c[i]->arg);
		if (next->over)
			return NULL;
		swap = now;
		now = next;
		next = swap;
	}
	return now;
}

int clause_witness(struct arena *a, const struct sysfact *p, const struct sysfact *const *c,
		   uint32_t n, uint64_t ret_args[SYS_ARGS])
{
	size_t mark = arena_mark(a);
	struct cubes *rest, *left = NULL;
	uint32_t i;
	int r = -1;

	for (i = 0; i < SYS_ARGS; i++)
		ret_args[i] = p->arg[i].value;
	for (i = 0; i < n; i++)
		if (clause_inside(p, c[i]))
			return 0;
	if (n == 0)
		return 1;
	rest = arena_get(a, 2 * sizeof(*rest));
	if (rest) {
		rest[0].n = 1;
		memcpy(rest[0].row[0].arg, p->arg, sizeof(p->arg));
		left = remainder_of(&rest[0], &rest[1], c, n);
	}
	if (left) {
		r = left->n > 0;
		for (i = 0; i < SYS_ARGS && r; i++)
			ret_args[i] = left->row[0].arg[i].value;
	}
	arena_release(a, mark);
	return r;
}
