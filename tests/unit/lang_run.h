/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lang_run.h - one compile in a test: a text, the shipped library beside it, the answer.
 */
#ifndef CLOISTER_LANG_RUN_H
#define CLOISTER_LANG_RUN_H

#include "tests/unit/unit.h"
#include "profiles/compile.h"
#include "tests/golden/maker.h"
#include "lib/plan/plan.h"

#include <string.h>

static const char *const library[] = {
	"profiles/std/runtime.glibc.profile",	 "profiles/std/web.nginx.profile",
	"profiles/std/cache.redis.profile",	 "profiles/std/shell.profile",
	"profiles/std/host.default.profile",	 "profiles/std/host.try.profile",
	"profiles/std/ceiling.syscalls.profile", "profiles/std/db.postgres.profile",
	"profiles/std/db.postgres.init.profile", "profiles/std/db.postgres.parts.profile",
	"profiles/std/job.batch.profile",
};

/* One compile of a text with the library beside it. */
struct run {
	struct maker maker;
	struct work *work;
	const struct compile_out *out;
	size_t n;
	void *req;
};

static void begin_with(struct run *r, uint32_t mode, const char *profile, const char *ceiling,
		       size_t nlibrary)
{
	memset(r, 0, sizeof(*r));
	assert_int_equal(maker_init(&r->maker, mode), 0);
	(void)snprintf(r->maker.req.profile, sizeof(r->maker.req.profile), "%s", profile);
	if (*ceiling)
		(void)snprintf(r->maker.req.ceiling[r->maker.req.nceiling++],
			       sizeof(r->maker.req.ceiling[0]), "%s", ceiling);
	for (size_t i = 0; i < nlibrary; i++)
		assert_int_equal(maker_file(&r->maker, library[i], COMPILE_F_LIBRARY), 0);
}

/* runtime.glibc alone, the first of the library: where instrumented, much of a test is parsing it
 */
enum { RUNTIME_ONLY = 1 };

UNUSED static void begin(struct run *r, uint32_t mode, const char *profile, const char *ceiling)
{
	begin_with(r, mode, profile, ceiling, UNIT_LEN(library));
}

static void compile(struct run *r)
{
	struct fault f = { 0 };
	const void *out = NULL;

	r->req = maker_seal(&r->maker);
	assert_non_null(r->req);
	assert_int_equal(compile_run(r->req, r->maker.req.size, &r->work, &out, &r->n, &f), 0);
	r->out = out;
}

static void end(struct run *r)
{
	compile_end(&r->work);
	maker_fini(&r->maker);
	free(r->req);
}

UNUSED static const void *plan_of(const struct run *r)
{
	return r->out->plan_len ? (const char *)r->out + r->out->plan_off : NULL;
}

UNUSED static uint32_t first_code(const struct run *r)
{
	const struct compile_diag *d = (const void *)((const char *)r->out + r->out->diag_off);

	return r->out->ndiag ? d->code : 0;
}

/* A profile of this body, under host.default, with runtime.glibc and a memory limit. */
UNUSED static void text_of(struct run *r, const char *body, const char *ceiling)
{
	static char text[4096];
	int n = snprintf(text, sizeof(text),
			 "cloister 1\n\nprofile p {\n  include runtime.glibc\n"
			 "  limit memory 64MiB\n%s}\n",
			 body);

	begin(r, COMPILE_PLAN, "p", ceiling);
	assert_int_equal(maker_text(&r->maker, "p.profile", text, (size_t)n, 0), 0);
}

#endif
