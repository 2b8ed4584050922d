/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_kept.c - filters that this compile built and proved already: most workloads of a host have
 * the rules of another. Runs in: cloister-compile. A filter is the same only when every rule is.
 */
#include "profiles/arena.h"
#include "profiles/filter.h"
#include "profiles/lower.h"

#include <string.h>

enum { FILTERS_KEPT = 32 };

struct filter_kept {
	struct filter_ask ask; /* its rules are a copy */
	const struct sock_filter *insn;
	size_t n;
};

struct filters {
	struct arena *arena;
	uint32_t n;
	struct filter_kept row[FILTERS_KEPT];
};

struct filters *filters_new(struct arena *a)
{
	struct filters *k = arena_get(a, sizeof(*k));

	if (k)
		k->arena = a;
	return k;
}

static const struct filter_kept *find(const struct filters *k, const struct filter_ask *ask)
{
	for (uint32_t i = 0; i < k->n; i++) {
		const struct filter_kept *r = &k->row[i];

		if (r->ask.count == ask->count && r->ask.features == ask->features &&
		    r->ask.missing == ask->missing &&
		    memcmp(r->ask.rules, ask->rules, ask->count * sizeof(*ask->rules)) == 0)
			return r;
	}
	return NULL;
}

/* Where there is no room it is built again next time. */
static void keep(struct filters *k, const struct filter_ask *ask, const struct sock_filter *code,
		 size_t n)
{
	struct plan_sysrule *rules;
	struct sock_filter *insn;

	if (k->n == FILTERS_KEPT)
		return;
	rules = arena_get(k->arena, ask->count * sizeof(*rules));
	insn = arena_get(k->arena, n * sizeof(*insn));
	if (!rules || !insn)
		return;
	memcpy(rules, ask->rules, ask->count * sizeof(*rules));
	memcpy(insn, code, n * sizeof(*insn));
	k->row[k->n] = (struct filter_kept){ *ask, insn, n };
	k->row[k->n++].ask.rules = rules;
}

int filters_build(struct filters *k, const struct filter_ask *ask, struct sock_filter *out,
		  size_t *ret_n, struct fault *f)
{
	const struct filter_kept *had = k ? find(k, ask) : NULL;
	int rc;

	if (had) {
		memcpy(out, had->insn, had->n * sizeof(*out));
		*ret_n = had->n;
		return 0;
	}
	rc = filter_build(ask, out, PLAN_BPF_MAX, ret_n, f);
	if (rc == 0 && k)
		keep(k, ask, out, *ret_n);
	return rc;
}
