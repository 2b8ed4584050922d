/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_mode.c - the request that asks what a profile allows.
 * Runs in: cloister-compile, tests.
 */
#include "profiles/explain.h"
#include "profiles/work.h"
#include "lib/base/fault.h"

#include <errno.h>

int explain_read(struct work *w, size_t nkinds, struct facts **ret, struct fault *f)
{
	static const enum unit kinds[] = { UNIT_PROFILE, UNIT_CEILING, UNIT_FRAGMENT };
	const struct unit_ref *u = NULL;
	struct facts *x = arena_get(&w->tables, sizeof(*x));
	struct chain chain;
	size_t i;
	int r;

	for (i = 0; !u && i < nkinds && i < ARRAY_LEN(kinds); i++)
		u = library_find(&w->lib, kinds[i], w->req->profile, NULL);
	if (!u) {
		diag_error(&w->d, 102, (struct at){ 0 }, "there is no '%s'", w->req->profile);
		return 0;
	}
	r = x ? facts_init(x, &w->d, &w->tables, f)
	      : fault_set(f, -ENOMEM, "compile.memory", "facts");
	if (r < 0)
		return r;
	chain_make(&w->lib, u, &chain);
	chain_read(&chain, x);
	if (u->kind == UNIT_PROFILE)
		facts_presets(x);
	*ret = x;
	return 0;
}

/* By itself: what a profile may have under its ceilings is all of it, or it is refused (A.15). */
int explain_mode(struct work *w, struct fault *f)
{
	struct facts *x = NULL;
	const char *text = NULL;
	size_t n = 0;
	int r = explain_read(w, EXPLAIN_FRAGMENTS, &x, f);

	if (r == 0 && x && !w->d.nerror)
		r = explain_facts(x, &w->arena, &text, &n, f);
	if (r == 0 && text)
		w->answer.text = answer_text(&w->answer, text, n);
	return r;
}
