/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare_mode.c - the request that holds two units against each other.
 * Runs in: cloister-compile, tests.
 *
 * Two judges: the facts say where, the bytes say whether. Calls are what the decider finds in the
 * two filters; for the rest plan_within() may not find a profile wider than the facts do.
 */
#include "profiles/compare.h"
#include "profiles/meet.h"
#include "profiles/work.h"
#include "lib/base/fault.h"
#include "lib/plan/plan_within.h"

#include <errno.h>
#include <linux/version.h>
#include <string.h>

enum { LISTED_ALL = LISTED_PATH | LISTED_MOUNT | LISTED_DEVICE | LISTED_ENV | LISTED_NET };

struct bytes {
	void *p;
	size_t n;
};

struct side {
	struct facts *x;
	struct bytes plan;  /* of a profile        */
	struct bytes bound; /* as a ceiling's      */
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
	if (!s->x->is_ceiling) {
		meet_presets(s->x);
		facts_check(s->x);
	}
	return 0;
}

/* The layer's bytes; as_bound: how far a plan may go that is within it. */
static int lower_side(struct work *w, const struct facts *x, bool as_bound, struct bytes *ret,
		      struct fault *f)
{
	struct facts own = *x;
	struct job j = { .d = &w->d, .host = &w->host, .tables = &w->tables, .x = &own };
	void *p = NULL;
	size_t n = 0;
	int r;

	j.hostname = "cloister";
	if (as_bound && !own.is_ceiling)
		own.listed = LISTED_ALL;
	own.is_ceiling |= as_bound;
	for (uint32_t i = 0; x->is_ceiling && i < LIM__COUNT; i++)
		if (!own.limit_at[i].src)
			own.limit[i] = LIMIT_NONE;
	j.ceiling[j.nceiling++] = &own;
	r = lower_plan(&j, &p, &n, f);
	if (r == 0 && p) {
		ret->p = arena_get(&w->arena, n);
		ret->n = n;
		if (ret->p)
			memcpy(ret->p, p, n);
		else
			r = fault_set(f, -ENOMEM, "compare.memory", "%zu bytes", n);
	}
	arena_release(&w->tables, 0);
	return r;
}

static int lower_both(struct work *w, struct side *s, struct fault *f)
{
	int r = lower_side(w, s->x, true, &s->bound, f);

	if (r == 0 && !s->x->is_ceiling)
		r = lower_side(w, s->x, false, &s->plan, f);
	return r;
}

static struct bpf filter_of(const struct side *s)
{
	return (struct bpf){ plan_row(s->bound.p, PLAN_BPF, 0), plan_count(s->bound.p, PLAN_BPF) };
}

/* What the bytes say of each side against the other. */
static int judge(struct compare *c, const struct side side[2], struct fault *f)
{
	struct arena mem;
	int r = arena_init(&mem, DECIDE_MEMORY, f);

	for (uint32_t i = 0; r == 0 && i < 2; i++) {
		const struct side *s = &side[i], *t = &side[!i];
		struct seccomp_data call = { 0 };
		struct fault wider = { 0 };

		compare_calls(c, i, decide(&mem, filter_of(s), filter_of(t), &call), &call);
		if (s->plan.p &&
		    plan_within(s->plan.p, s->plan.n, t->bound.p, t->bound.n, &wider) &&
		    !compare_wider(c, i))
			r = fault_set(f, -EBADMSG, "compare.judges", "no fact says that %s",
				      wider.msg);
	}
	arena_fini(&mem);
	return r;
}

int compare_mode(struct work *w, struct fault *f)
{
	static const uint32_t flag[2] = { COMPILE_F_A, COMPILE_F_B };
	const char *const name[2] = { w->req->profile, w->req->ceiling[0] };
	struct compare c = { .a = &w->arena };
	struct side side[2] = { { 0 }, { 0 } };
	const char *text = NULL;
	size_t n = 0;
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
	if (r < 0 || w->d.nerror)
		return r;
	r = lines_open(&c.lines, &w->arena, f);
	for (int i = 0; i < 2; i++) {
		compare_ready(side[i].x);
		c.x[i] = side[i].x;
	}
	if (r == 0) {
		compare_facts(&c);
		r = judge(&c, side, f);
	}
	if (r == 0)
		r = compare_text(&c, &text, &n, f);
	if (r == 0)
		w->answer.text = answer_text(&w->answer, text, n);
	return r;
}
