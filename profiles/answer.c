/* SPDX-License-Identifier: Apache-2.0 */
/*
 * answer.c - the compiler's answer: header, texts and plans, then the rows.
 * Runs in: cloister-compile, tests.
 */
#include "profiles/work.h"
#include "lib/base/str.h"
#include "lib/base/fault.h"

#include <errno.h>
#include <string.h>

enum { ROWS_ROOM = 1 << 20 }; /* kept free for what answer_seal() writes last */

int answer_init(struct answer *a, struct arena *arena, struct fault *f)
{
	*a = (struct answer){ .used = sizeof(struct compile_out) };
	a->block = arena_get(arena, COMPILE_OUT_MAX);
	a->image = arena_get(arena, ANSWER_IMAGES_MAX * sizeof(*a->image));
	a->tenant = arena_get(arena, ANSWER_TENANTS_MAX * sizeof(*a->tenant));
	a->workload = arena_get(arena, ANSWER_WORKLOADS_MAX * sizeof(*a->workload));
	if (!a->block || !a->image || !a->tenant || !a->workload)
		return fault_set(f, -ENOMEM, "answer.memory", "the answer");
	return 0;
}

static uint8_t *take(struct answer *a, size_t n, uint32_t *ret_off)
{
	uint32_t off = (a->used + 7) & ~7u;

	if (n > COMPILE_OUT_MAX || off > COMPILE_OUT_MAX - n) {
		a->full = true;
		return NULL;
	}
	a->used = off + (uint32_t)n;
	*ret_off = off;
	return a->block + off;
}

static bool has_room(const struct answer *a, size_t n)
{
	return n < COMPILE_OUT_MAX - ROWS_ROOM && a->used < COMPILE_OUT_MAX - ROWS_ROOM - n;
}

static struct compile_text keep(struct answer *a, const char *s, size_t n)
{
	struct compile_text t = { 0, 0 };
	uint32_t off = 0;
	uint8_t *p = take(a, n + 1, &off);

	if (p && n)
		memcpy(p, s, n);
	if (p)
		t = (struct compile_text){ off, (uint32_t)n };
	return t;
}

struct compile_text answer_text(struct answer *a, const char *s, size_t n)
{
	if (has_room(a, n))
		return keep(a, s, n);
	a->full = true;
	return (struct compile_text){ 0, 0 };
}

uint32_t answer_plan(struct answer *a, const void *plan, size_t n)
{
	uint32_t off = 0;
	uint8_t *p = has_room(a, n) ? take(a, n, &off) : NULL;

	a->full |= !p;
	if (p)
		memcpy(p, plan, n);
	return off;
}

/* The line of the report, each byte that a terminal should not get shown as '?': columns stay. */
static struct compile_text source_line(struct answer *a, const struct diag *d)
{
	char line[SOURCE_LINE_MAX];
	const struct source *s = d->at.src;
	uint32_t start, n = 0, i;

	if (!s || !s->nline)
		return keep(a, "", 0);
	start = s->line[at_place(d->at).line - 1];
	while (n < sizeof(line) && start + n < s->size && s->text[start + n] != '\n')
		n++;
	memcpy(line, s->text + start, n);
	for (i = 0; i < n; i++) {
		uint8_t c = (uint8_t)line[i];

		if (c < 0x20 || c == 0x7f)
			line[i] = '?';
	}
	if (!str_is_utf8(line, n))
		for (i = 0; i < n; i++)
			line[i] = (uint8_t)line[i] >= 0x80 ? '?' : line[i];
	return keep(a, line, n);
}

static void put_diag(struct answer *a, struct compile_diag *out, const struct diag *d)
{
	struct place p = at_place(d->at);
	const char *file = d->at.src ? d->at.src->name : "-", *help = d->help ? d->help : "";

	*out = (struct compile_diag){ .severity = d->severity,
				      .code = d->code,
				      .line = p.line,
				      .column = p.column,
				      .length = p.length };
	out->file = keep(a, file, strlen(file));
	out->message = keep(a, d->message, strlen(d->message));
	out->source = source_line(a, d);
	out->help = keep(a, help, strlen(help));
	if (!d->fix)
		return;
	out->fix_start = d->fix_start;
	out->fix_end = d->fix_end;
	out->fix = keep(a, d->fix, strlen(d->fix));
}

/* By file, in the request's order, then by place; errors before warnings. */
static bool comes_before(const struct diag *a, const struct diag *b)
{
	if (a->severity != b->severity)
		return a->severity < b->severity;
	if (a->at.src != b->at.src)
		return (uintptr_t)a->at.src < (uintptr_t)b->at.src;
	return a->at.off < b->at.off;
}

static uint32_t put_diags(struct answer *a, const struct diags *d, uint32_t *ret_off)
{
	const struct diag *order[2 * COMPILE_DIAGS_MAX];
	uint32_t n = 0, i, k, most = COMPILE_DIAGS_MAX;
	struct compile_diag *row = (void *)take(a, most * sizeof(*row), ret_off);

	for (i = 0; i < d->nerror + d->nwarning; i++) {
		const struct diag *v = i < d->nerror ? &d->error[i] : &d->warning[i - d->nerror];

		for (k = n++; k > 0 && comes_before(v, order[k - 1]); k--)
			order[k] = order[k - 1];
		order[k] = v;
	}
	n = row && n > most ? most : n;
	for (i = 0; row && i < n; i++)
		put_diag(a, &row[i], order[i]);
	return row ? n : 0;
}

static uint32_t put_rows(struct answer *a, const void *rows, size_t size, uint32_t n)
{
	uint32_t off = 0;
	uint8_t *p = n ? take(a, size * n, &off) : NULL;

	if (p)
		memcpy(p, rows, size * n);
	return off;
}

void answer_seal(struct answer *a, struct diags *d, const void **ret, size_t *ret_n)
{
	struct compile_out h = { .magic = COMPILE_OUT_MAGIC };

	if (a->full)
		diag_error(d, 53, (struct at){ 0 }, "the answer is larger than %d bytes",
			   COMPILE_OUT_MAX);
	h.status = d->nerror;
	if (!d->nerror) {
		h.nimage = a->nimage;
		h.ntenant = a->ntenant;
		h.nworkload = a->nworkload;
		h.image_off = put_rows(a, a->image, sizeof(*a->image), a->nimage);
		h.tenant_off = put_rows(a, a->tenant, sizeof(*a->tenant), a->ntenant);
		h.workload_off = put_rows(a, a->workload, sizeof(*a->workload), a->nworkload);
		h.plan_off = a->plan_off;
		h.plan_len = a->plan_len;
		h.text = a->text;
	} else {
		memset(a->block + sizeof(h), 0, a->used - sizeof(h));
		a->used = sizeof(h);
	}
	h.ndiag = put_diags(a, d, &h.diag_off);
	h.size = a->used;
	memcpy(a->block, &h, sizeof(h));
	*ret = a->block;
	*ret_n = a->used;
}
