/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host.c - the operator's files to one policy block (security-model.md 3.2), and the one plan of a
 * text that the block pins. Runs in: cloister-compile --host, cloister-compile, tests.
 *
 * All that the files name goes into the block: every ceiling of the library as bytes, every tenant
 * with its ceiling, every workload's text and every image's content by their hashes.
 */
#include "profiles/work.h"
#include "profiles/block.h"

#include <errno.h>
#include <string.h>

static int ceilings(struct work *w, struct block *b, struct fault *f)
{
	size_t mark = arena_mark(&w->tables);
	uint32_t i;
	int r = 0;

	for (i = 0; r == 0 && i < w->lib.nunit && !diag_full(&w->d); i++) {
		struct job j;
		void *bytes = NULL;
		size_t n = 0;

		if (w->lib.unit[i].kind != UNIT_CEILING)
			continue;
		r = layers_ceiling(w, &w->lib.unit[i], &j, f);
		if (r == 0 && !w->d.nerror)
			r = lower_plan(&j, &bytes, &n, f);
		if (r == 0 && bytes) {
			void *copy = arena_text(&w->arena, bytes, n); /* tables are given back */

			if (copy)
				block_ceiling(b, &w->lib.unit[i], copy, n);
			else
				r = fault_set(f, -ENOMEM, "host.memory", "a ceiling");
		}
		arena_release(&w->tables, mark);
	}
	return r;
}

static void pins(const struct answer *a, struct block *b)
{
	uint32_t i;

	for (i = 0; i < a->ntenant; i++)
		block_tenant(b, &a->tenant[i]);
	for (i = 0; i < a->nworkload; i++)
		block_plan(b, a->tenant[a->workload[i].tenant].name, a->workload[i].source_sha256);
	for (i = 0; i < a->nimage; i++)
		block_image(b, &a->image[i]);
}

int host_mode(struct work *w, struct fault *f)
{
	const struct compile_req *q = w->req;
	struct block *b;
	int r;

	if (q->own_base % IDS_PER_TENANT || q->own_base < UID_BASE || !q->epoch)
		return fault_set(f, -EBADMSG, "host.head", "uids from %u, epoch %u", q->own_base,
				 q->epoch);
	b = block_begin(&w->lib, &w->arena, q->own_base, q->epoch);
	if (!b)
		return fault_set(f, -ENOMEM, "host.memory", "a block");
	w->host_ceiling = block_preset(b);
	r = ceilings(w, b, f);
	if (r == 0)
		r = tenant_files(w, f);
	if (r < 0)
		return r;
	pins(&w->answer, b);
	return w->d.nerror ? 0 : block_seal(b, &w->bare, &w->bare_len, f);
}

int make_mode(struct work *w, struct fault *f)
{
	const struct answer *a = &w->answer;
	int r = tenant_files(w, f);

	if (r < 0 || w->d.nerror)
		return r;
	if (a->nworkload != 1)
		diag_error(&w->d, 102, (struct at){ 0 }, "there is no workload '%s'",
			   w->req->profile);
	else if (!a->workload[0].plan_len)
		diag_error(&w->d, 102, (struct at){ 0 }, "an image of '%s' is missing",
			   w->req->profile);
	if (w->d.nerror)
		return 0;
	w->bare = a->block + a->workload[0].plan_off;
	w->bare_len = a->workload[0].plan_len;
	return 0;
}

/* WHERE: what is wrong; what to do. */
static const char *one_line(struct work *w, const struct diag *d)
{
	const char *where = "";
	size_t n = d->help ? strcspn(d->help, "\n") : 0;

	if (d->at.src)
		where = arena_printf(&w->arena, "%s:%u: ", d->at.src->name, at_place(d->at).line);
	return arena_printf(&w->arena, "%s%s%s%.*s\n", where, d->message, n ? "; " : "", (int)n,
			    n ? d->help : "");
}

int host_answer(struct work *w, const void **ret, size_t *ret_n)
{
	const char *text = "";
	uint32_t i;

	*ret = w->bare;
	*ret_n = w->bare_len;
	if (!w->d.nerror)
		return 0;
	for (i = 0; i < w->d.nerror; i++)
		text = arena_printf(&w->arena, "%s%s", text, one_line(w, &w->d.error[i]));
	*ret = text;
	*ret_n = strlen(text);
	return 1;
}
