/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.c - rows and columns, aligned. Runs in: cloister.
 */
#include "cli/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { CELLS_FIRST = 64, GAP = 2, SHRINK_LEAST = 8, CELL_MAX = 600 };

void table_init(struct table *t, const struct column *column, size_t columns)
{
	*t = (struct table){ .column = column, .columns = columns };
	if (columns > TABLE_COLUMNS_MAX)
		t->bad = true;
}

void table_fini(struct table *t)
{
	for (size_t i = 0; i < t->cells; i++)
		free(t->cell[i]);
	free(t->cell);
	*t = (struct table){ 0 };
}

void table_cell(struct table *t, const char *fmt, ...)
{
	AUTO_TEXT struct text shown = { 0 };
	char raw[CELL_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, ap); /* a cell that long is cut */
	va_end(ap);
	text_shown(&shown, raw[0] ? raw : "-", strlen(raw[0] ? raw : "-"), true);
	if (t->cells == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : CELLS_FIRST;
		char **cell = reallocarray(t->cell, cap, sizeof(*cell));

		if (!cell) {
			t->bad = true;
			return;
		}
		t->cell = cell;
		t->cap = cap;
	}
	if (shown.bad || t->bad) {
		t->bad = true;
		return;
	}
	t->cell[t->cells++] = TAKE_PTR(shown.p);
}

/* Columns on a terminal: one for each character, not for each byte. */
static size_t width_of(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void measure(const struct table *t, size_t *width)
{
	for (size_t c = 0; c < t->columns; c++)
		width[c] = width_of(t->column[c].head);
	for (size_t i = 0; i < t->cells; i++) {
		size_t w = width_of(t->cell[i]), c = i % t->columns;

		if (w > width[c])
			width[c] = w;
	}
}

/* Takes columns away from the widest that may shrink until the line fits. */
static void fit(const struct table *t, size_t *width, size_t limit)
{
	size_t total = GAP * (t->columns - 1);

	for (size_t c = 0; c < t->columns; c++)
		total += width[c];
	while (total > limit) {
		size_t best = t->columns;

		for (size_t c = 0; c < t->columns; c++)
			if (t->column[c].shrink && width[c] > SHRINK_LEAST &&
			    (best == t->columns || width[c] > width[best]))
				best = c;
		if (best == t->columns)
			return;
		width[best]--;
		total--;
	}
}

/* The first columns of s, at most width; the last one an ellipsis where s is longer. */
static void cut(struct text *out, const char *s, size_t width)
{
	size_t n = 0, i = 0;

	if (width_of(s) <= width) {
		text_str(out, s);
		return;
	}
	for (; s[i]; i++) {
		n += ((unsigned char)s[i] & 0xc0) != 0x80;
		if (n == width)
			break;
	}
	text_add(out, s, i);
	text_str(out, "\xe2\x80\xa6"); /* U+2026 */
}

static void put(struct text *out, const struct column *col, const char *s, size_t width, bool last)
{
	size_t w = width_of(s) < width ? width_of(s) : width;

	if (col->right)
		text_fill(out, ' ', width - w);
	cut(out, s, width);
	if (!col->right && !last)
		text_fill(out, ' ', width - w);
	if (!last)
		text_fill(out, ' ', GAP);
}

void table_print(const struct table *t, const struct screen *s, struct text *out)
{
	size_t width[TABLE_COLUMNS_MAX] = { 0 };

	if (t->bad || t->columns == 0) {
		out->bad = true;
		return;
	}
	measure(t, width);
	if (s->width)
		fit(t, width, s->width);
	print_sgr(out, s, SGR_BOLD);
	for (size_t c = 0; c < t->columns; c++)
		put(out, &t->column[c], t->column[c].head, width[c], c + 1 == t->columns);
	print_sgr_end(out, s);
	text_str(out, "\n");
	for (size_t i = 0; i < t->cells; i++) {
		const struct column *col = &t->column[i % t->columns];
		bool last = i % t->columns + 1 == t->columns;
		int sgr = col->tint ? col->tint(t->cell[i]) : 0;

		if (sgr)
			print_sgr(out, s, sgr);
		put(out, col, t->cell[i], width[i % t->columns], last);
		if (sgr)
			print_sgr_end(out, s);
		if (last)
			text_str(out, "\n");
	}
}
