/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compile.c - the order of a compile, for each of its modes.
 * Runs in: cloister-compile, tests.
 */
#include "profiles/compile.h"
#include "profiles/work.h"
#include "lib/base/fault.h"

#include <errno.h>
#include <string.h>

/* One profile under its ceilings; want_plan: into the answer. */
static int one_profile(struct work *w, const struct unit_ref *u, bool want_plan, struct fault *f)
{
	struct job j;
	void *plan = NULL;
	size_t n = 0;
	int r = layers_profile(w, u, &j, f);

	if (r == 0)
		r = layers_default(w, &j, u->name, f);
	j.nowner = j.nceiling;
	if (r == 0)
		r = layers_under(w, &j, u, f);
	if (r < 0)
		return r;
	layers_meet(&j, w);
	if (!w->d.nerror)
		r = lower_plan(&j, &plan, &n, f);
	if (r == 0 && plan && want_plan) {
		w->answer.plan_off = answer_plan(&w->answer, plan, n);
		w->answer.plan_len = (uint32_t)n;
	}
	arena_release(&w->tables, 0);
	return r;
}

/* The bytes of one ceiling. */
static int one_ceiling(struct work *w, const struct unit_ref *u, struct fault *f)
{
	struct job j;
	void *plan = NULL;
	size_t n = 0;
	int r = layers_ceiling(w, u, &j, f);

	if (r == 0 && !w->d.nerror)
		r = lower_plan(&j, &plan, &n, f);
	if (r == 0 && plan) {
		w->answer.plan_off = answer_plan(&w->answer, plan, n);
		w->answer.plan_len = (uint32_t)n;
	}
	arena_release(&w->tables, 0);
	return r;
}

static int plan_mode(struct work *w, enum unit kind, struct fault *f)
{
	const char *name = w->req->profile, *noun = kind == UNIT_CEILING ? "ceiling" : "profile";
	const struct unit_ref *u = library_find(&w->lib, kind, name, NULL);
	struct nearest nr;
	uint32_t i;

	if (u)
		return kind == UNIT_CEILING ? one_ceiling(w, u, f) : one_profile(w, u, true, f);
	nearest_init(&nr, name, strlen(name));
	for (i = 0; i < w->lib.nunit; i++)
		if (w->lib.unit[i].kind == kind)
			nearest_try(&nr, at_copy(&w->arena, w->lib.unit[i].name));
	diag_nearest(&w->d,
		     diag_error(&w->d, 102, (struct at){ 0 }, "there is no %s '%s'", noun, name),
		     &nr);
	return 0;
}

/* A fragment or a ceiling by itself: read for its errors. */
static int one_layer(struct work *w, const struct unit_ref *u, struct fault *f)
{
	struct facts *x = arena_get(&w->tables, sizeof(*x));
	struct chain chain;
	int r;

	if (!x)
		return fault_set(f, -ENOMEM, "compile.memory", "facts");
	r = facts_init(x, &w->d, &w->tables, f);
	if (r < 0)
		return r;
	chain_make(&w->lib, u, &chain);
	chain_read(&chain, x);
	arena_release(&w->tables, 0);
	return 0;
}

static int check_mode(struct work *w, struct fault *f)
{
	uint32_t i;
	int r = 0;

	for (i = 0; r == 0 && i < w->lib.nunit && !diag_full(&w->d); i++) {
		const struct unit_ref *u = &w->lib.unit[i];

		if (u->src->flags & COMPILE_F_LIBRARY)
			continue;
		if (u->kind == UNIT_PROFILE)
			r = one_profile(w, u, false, f);
		else if (u->kind == UNIT_FRAGMENT || u->kind == UNIT_CEILING)
			r = one_layer(w, u, f);
	}
	return r ? r : tenant_files(w, f);
}

static int parse_all(struct work *w, struct fault *f)
{
	uint32_t i;
	int r = 0;

	for (i = 0; r == 0 && i < w->lib.nsrc; i++)
		r = parse_source(&w->lib.src[i], &w->trees, &w->d, f);
	/* two sides may each have a unit of one name */
	return r || w->req->mode == COMPILE_COMPARE ? r : library_index(&w->lib, f);
}

static int compile(struct work *w, const void *req, size_t n, struct fault *f)
{
	int r;

	w->d.arena = &w->arena;
	w->lib.d = &w->d;
	r = answer_init(&w->answer, &w->arena, f);
	if (r == 0)
		r = request_read(w, req, n, f);
	if (r == 0 && w->req->mode == COMPILE_FORMAT)
		return format_mode(w, f);
	if (r == 0)
		r = parse_all(w, f);
	if (r < 0)
		return r;
	if (w->req->mode == COMPILE_PLAN)
		return plan_mode(w, UNIT_PROFILE, f);
	if (w->req->mode == COMPILE_CEILING)
		return plan_mode(w, UNIT_CEILING, f);
	if (w->req->mode == COMPILE_HOST)
		return host_mode(w, f);
	if (w->req->mode == COMPILE_MAKE)
		return make_mode(w, f);
	if (w->req->mode == COMPILE_COMPARE)
		return w->d.nerror ? 0 : compare_mode(w, f);
	if (w->req->mode == COMPILE_LINT)
		return lint_mode(w, f);
	if (w->req->mode == COMPILE_EXPLAIN)
		return explain_mode(w, f);
	return w->req->mode == COMPILE_CHECK ? check_mode(w, f) : tenant_files(w, f);
}

/*
 * A bound of a table or arena was reached: the text asks for it, so it is the text's error (A.8).
 * Told from memory that only a job used; what was reported before stays.
 */
static void too_much(struct work *w, const struct fault *f)
{
	arena_release(&w->tables, 0);
	w->d.arena = &w->tables;
	diag_error(&w->d, 53, (struct at){ 0 }, "more than one compile may hold: %s", f->msg);
}

int compile_run(const void *req, size_t n, struct work **ret_work, const void **ret, size_t *ret_n,
		struct fault *f)
{
	struct arena arena = { 0 };
	struct work *w;
	int r = arena_init(&arena, ARENA_SIZE, f);

	if (r < 0)
		return r;
	w = arena_get(&arena, sizeof(*w));
	if (!w)
		return fault_set(f, -ENOMEM, "compile.memory", "no room");
	w->arena = arena;
	w->filters = filters_new(&w->arena);
	r = arena_init(&w->tables, TABLES_SIZE, f);
	if (r == 0)
		r = arena_init(&w->trees, TREES_SIZE, f);
	if (r == 0)
		r = compile(w, req, n, f);
	if (r == -E2BIG || r == -ENOMEM) {
		too_much(w, f);
		r = 0;
	}
	if (r < 0) {
		compile_end(&w);
		return r;
	}
	*ret_work = w;
	if (w->bare_len || (w->d.nerror && w->req->mode >= COMPILE_HOST))
		return host_answer(w, ret, ret_n);
	answer_seal(&w->answer, &w->d, ret, ret_n);
	return 0;
}

void compile_end(struct work **w)
{
	struct arena arena;

	if (!*w)
		return;
	arena_fini(&(*w)->tables);
	arena_fini(&(*w)->trees);
	arena = (*w)->arena; /* it holds the work itself */
	arena_fini(&arena);
	*w = NULL;
}
