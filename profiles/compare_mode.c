/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare_mode.c - the request that holds two units against each other.
 * Runs in: cloister-compile, tests.
 */
#include "profiles/compare.h"
#include "profiles/work.h"
#include "lib/base/fault.h"

#include <errno.h>
#include <string.h>

struct side {
	struct facts *x;
	struct compare_bytes bytes;
};

/* The sources of one side: its own file and the library. */
static int library_of(struct work *w, uint32_t flag, struct library *ret, struct fault *f)
{
	*ret = (struct library){ .d = &w->d };
	ret->src = arena_get(&w->arena, (w->lib.nsrc + 1) * sizeof(*ret->src));
	if (!ret->src)
		return fault_set(f, -ENOMEM, "compare.memory", "%u files", w->lib.nsrc);
	for (uint32_t i = 0; i < w->lib.nsrc; i++)
		if (w->lib.src[i].flags & (flag | COMPILE_F_LIBRARY))
			ret->src[ret->nsrc++] = w->lib.src[i];
	return library_index(ret, f);
}

/* A fragment has no limits of its own, and is no layer. */
static const struct unit_ref *unit_of(struct work *w, const struct library *lib, const char *name)
{
	const struct unit_ref *u = library_find(lib, UNIT_PROFILE, name, NULL);

	if (!u)
		u = library_find(lib, UNIT_CEILING, name, NULL);
	if (!u)
		diag_error(&w->d, 102, (struct at){ 0 }, "there is no profile or ceiling '%s'",
			   name);
	return u;
}

static int read_side(struct work *w, uint32_t flag, const char *name, struct side *s,
		     struct fault *f)
{
	struct library *lib = arena_get(&w->arena, sizeof(*lib));
	const struct unit_ref *u;
	struct chain chain;
	int r = lib ? library_of(w, flag, lib, f)
		    : fault_set(f, -ENOMEM, "compare.memory", "a side");

	u = r < 0 ? NULL : unit_of(w, lib, name);
	if (!u)
		return r;
	s->x = arena_get(&w->arena, sizeof(*s->x));
	if (!s->x)
		return fault_set(f, -ENOMEM, "compare.memory", "facts");
	r = facts_init(s->x, &w->d, &w->arena, f);
	if (r < 0)
		return r;
	chain_make(lib, u, &chain);
	chain_read(&chain, s->x);
	if (s->x->is_ceiling) {
		facts_unbound(s->x);
	} else {
		facts_presets(s->x);
		facts_check(s->x);
		s->x->listed = LISTED_ALL; /* it has nothing of what it does not list */
	}
	return 0;
}

/* The layer's bytes; as_bound: how far a plan may go that is within it. */
static int lower_side(struct work *w, struct side *s, bool as_bound, struct fault *f)
{
	struct facts own = *s->x;
	struct job j = { .d = &w->d, .host = &w->host, .tables = &w->tables, .x = &own };
	void *p = NULL, *kept = NULL;
	size_t n = 0;
	int r;

	j.hostname = "cloister";
	own.is_ceiling |= as_bound;
	j.ceiling[j.nceiling++] = &own;
	r = lower_plan(&j, &p, &n, f);
	if (r == 0 && p) {
		kept = arena_get(&w->arena, n);
		if (kept)
			memcpy(kept, p, n);
		else
			r = fault_set(f, -ENOMEM, "compare.memory", "%zu bytes", n);
	}
	*(as_bound ? &s->bytes.bound : &s->bytes.plan) = kept;
	*(as_bound ? &s->bytes.nbound : &s->bytes.nplan) = n;
	arena_release(&w->tables, 0);
	return r;
}

static int lower_both(struct work *w, struct side *s, struct fault *f)
{
	int r = lower_side(w, s, true, f);

	return r || s->x->is_ceiling ? r : lower_side(w, s, false, f);
}

static int compare(struct work *w, const struct side side[2], struct fault *f)
{
	const struct compare_bytes bytes[2] = { side[0].bytes, side[1].bytes };
	struct facts *x[2] = { side[0].x, side[1].x };
	struct compare *c = NULL;
	const char *text = NULL;
	size_t n = 0;
	int r = compare_open(&w->arena, x, &c, f);

	if (r == 0)
		r = compare_judge(c, bytes, f);
	if (r == 0)
		r = compare_text(c, &text, &n, f);
	if (r == 0)
		w->answer.text = answer_text(&w->answer, text, n);
	return r;
}

int compare_mode(struct work *w, struct fault *f)
{
	static const uint32_t flag[2] = { COMPILE_F_A, COMPILE_F_B };
	const char *const name[2] = { w->req->profile, w->req->ceiling[0] };
	struct side side[2] = { { 0 }, { 0 } };
	int r = 0;

	/* what two texts allow is no matter of this host */
	w->host = (struct host){ .landlock_abi = UINT32_MAX,
				 .kernel = UINT32_MAX,
				 .flags = UINT32_MAX,
				 .any_image = true,
				 .by_name = true };
	for (int i = 0; r == 0 && i < 2; i++)
		r = read_side(w, flag[i], name[i], &side[i], f);
	for (int i = 0; r == 0 && !w->d.nerror && i < 2; i++)
		r = lower_both(w, &side[i], f);
	return r < 0 || w->d.nerror ? r : compare(w, side, f);
}
