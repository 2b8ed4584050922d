/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diag.c - errors and warnings, and the nearest known word.
 * Runs in: cloister-compile, tests.
 */
#include "profiles/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Codes that mostly follow from another fault at the same place: said only when they are alone. */
static int follows(uint32_t code)
{
	return code == 33 || code == 42 || code == 60;
}

static int is_known(const struct diag *row, uint32_t code, struct at at)
{
	return row->at.src == at.src && row->at.off == at.off && at.src &&
	       (row->code == code || follows(code));
}

PRINTF(2, 0)
static const char *vtext(struct arena *a, const char *fmt, va_list ap)
{
	char buf[1024];

	(void)vsnprintf(buf, sizeof(buf), fmt, ap);
	return arena_printf(a, "%s", buf);
}

static struct diag *slot(struct diags *d, uint32_t severity, uint32_t code, struct at at)
{
	struct diag *rows = severity == SEV_ERROR ? d->error : d->warning;
	uint32_t *n = severity == SEV_ERROR ? &d->nerror : &d->nwarning, i;

	if (severity == SEV_WARNING && at.src && (at.src->flags & COMPILE_F_LIBRARY))
		return NULL;
	for (i = 0; i < *n; i++)
		if (is_known(&rows[i], code, at))
			return NULL;
	if (*n >= COMPILE_DIAGS_MAX)
		return NULL;
	rows[*n] = (struct diag){ .severity = severity, .code = code, .at = at };
	return &rows[(*n)++];
}

struct diag *diag_error(struct diags *d, uint32_t code, struct at at, const char *fmt, ...)
{
	struct diag *row = slot(d, SEV_ERROR, code, at);
	va_list ap;

	if (!row)
		return &d->scratch;
	va_start(ap, fmt);
	row->message = vtext(d->arena, fmt, ap);
	va_end(ap);
	return row;
}

struct diag *diag_warn(struct diags *d, uint32_t code, struct at at, const char *fmt, ...)
{
	struct diag *row = slot(d, SEV_WARNING, code, at);
	va_list ap;

	if (!row)
		return &d->scratch;
	va_start(ap, fmt);
	row->message = vtext(d->arena, fmt, ap);
	va_end(ap);
	return row;
}

void diag_help(struct diags *d, struct diag *row, const char *fmt, ...)
{
	const char *line;
	va_list ap;

	if (row == &d->scratch)
		return;
	va_start(ap, fmt);
	line = vtext(d->arena, fmt, ap);
	va_end(ap);
	row->help = row->help ? arena_printf(d->arena, "%s\n%s", row->help, line) : line;
}

void diag_fix(struct diag *row, struct at at, const char *text)
{
	row->fix_start = at.off;
	row->fix_end = at.off + at.len;
	row->fix = text;
}

void diag_later(struct diags *d, struct at at, const char *what)
{
	struct diag *row = diag_error(d, 4, at, "%s is not in this version yet", what);

	diag_help(d, row, "this version has the first part of language 1; leave it out");
}

unsigned int edit_distance(const char *a, size_t na, const char *b, size_t nb)
{
	unsigned int row[3][NAME_BYTES_MAX + 2];
	size_t i, j;

	if (na > NAME_BYTES_MAX || nb > NAME_BYTES_MAX || na > nb + NEAREST_DISTANCE ||
	    nb > na + NEAREST_DISTANCE)
		return NEAREST_DISTANCE + 1;
	for (j = 0; j <= nb; j++)
		row[0][j] = (unsigned int)j;
	for (i = 1; i <= na; i++) {
		unsigned int *cur = row[i % 3], *up = row[(i + 2) % 3], *two = row[(i + 1) % 3];

		cur[0] = (unsigned int)i;
		for (j = 1; j <= nb; j++) {
			unsigned int v = up[j - 1] + (a[i - 1] != b[j - 1]);

			v = v < up[j] + 1 ? v : up[j] + 1;
			v = v < cur[j - 1] + 1 ? v : cur[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    two[j - 2] + 1 < v)
				v = two[j - 2] + 1;
			cur[j] = v;
		}
	}
	return row[na % 3][nb] > NEAREST_DISTANCE ? NEAREST_DISTANCE + 1 : row[na % 3][nb];
}

void nearest_init(struct nearest *nr, const char *want, size_t n)
{
	*nr = (struct nearest){ .want = want, .n = n, .distance = NEAREST_DISTANCE };
}

void nearest_try(struct nearest *nr, const char *name)
{
	size_t n = strlen(name);
	unsigned int dist = edit_distance(nr->want, nr->n, name, n);

	/* a word of three letters is within 2 of too much: more must be right than wrong */
	if (dist > nr->distance || dist * 2 >= (nr->n > n ? nr->n : n))
		return;
	if (dist < nr->distance)
		nr->count = 0;
	nr->distance = dist;
	if (nr->count < NEAREST_MAX)
		nr->name[nr->count++] = name;
}

void diag_nearest(struct diags *d, struct diag *row, const struct nearest *nr)
{
	if (nr->count == 1) {
		diag_help(d, row, "did you mean '%s'?", nr->name[0]);
		if (row->at.src)
			diag_fix(row, row->at, nr->name[0]);
	} else if (nr->count == 2) {
		diag_help(d, row, "did you mean '%s' or '%s'?", nr->name[0], nr->name[1]);
	} else if (nr->count == 3) {
		diag_help(d, row, "did you mean '%s', '%s' or '%s'?", nr->name[0], nr->name[1],
			  nr->name[2]);
	}
}
