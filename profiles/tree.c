/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree.c - places in a source, and the tree back to text.
 * Runs in: cloister-compile, tests.
 */
#include "profiles/tree.h"

#include <string.h>

/* Unicode scalars in n bytes: every byte that does not continue another. */
static uint32_t scalars(const char *s, uint32_t n)
{
	uint32_t i, count = 0;

	for (i = 0; i < n; i++)
		count += ((uint8_t)s[i] & 0xc0) != 0x80;
	return count;
}

static uint32_t line_of(const struct source *s, uint32_t off)
{
	uint32_t lo = 0, hi = s->nline;

	while (hi - lo > 1) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (s->line[mid] <= off)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

struct place at_place(struct at at)
{
	struct place p = { 1, 1, 1 };
	uint32_t line, start;

	if (!at.src || !at.src->nline || at.off > at.src->size)
		return p;
	line = line_of(at.src, at.off);
	start = at.src->line[line];
	p.line = line + 1;
	p.column = scalars(at.src->text + start, at.off - start) + 1;
	if (at.len <= at.src->size - at.off && at.len)
		p.length = scalars(at.src->text + at.off, at.len);
	if (!p.length)
		p.length = 1;
	return p;
}

static uint32_t put(const struct source *s, uint32_t from, uint32_t to, char **out)
{
	for (; from < to; from++) {
		memcpy(*out, s->text + s->tok[from].off, s->tok[from].len);
		*out += s->tok[from].len;
	}
	return to;
}

/* Recursion: nodes are at most five deep (file, unit, body, workload, its body, statement). */
static int print_node(const struct source *s, uint32_t n, uint32_t end, char **out)
{
	const struct node *node = &s->node[n];
	uint32_t tok = node->tok, child;

	if (node->tok + node->ntok > end)
		return -1;
	for (child = node->child; child; child = s->node[child].next) {
		if (s->node[child].tok < tok)
			return -1;
		tok = put(s, tok, s->node[child].tok, out);
		if (print_node(s, child, node->tok + node->ntok, out) < 0)
			return -1;
		tok += s->node[child].ntok;
	}
	put(s, tok, node->tok + node->ntok, out);
	return 0;
}

size_t tree_print(const struct source *s, char *out)
{
	char *p = out;

	if (!s->nnode || print_node(s, 0, s->ntok, &p) < 0)
		return SIZE_MAX;
	return (size_t)(p - out);
}
