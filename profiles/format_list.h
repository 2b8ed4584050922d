/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format_list.h - a page that grows, and one statement on it.
 */
#ifndef CLOISTER_FORMAT_LIST_H
#define CLOISTER_FORMAT_LIST_H

#include "profiles/tree.h"

struct page {
	const struct source *s;
	struct arena *arena;
	char *out; /* NULL: only counted */
	size_t n, cap, lines;
	bool full;
};

void page_str(struct page *p, const char *text);
void page_end(struct page *p);
void page_indent(struct page *p, uint32_t depth);
void page_comment(struct page *p, uint32_t tok);

/* Tokens on one line, one space where the text has any. */
void page_join(struct page *p, uint32_t from, uint32_t to);

/* Indented; a list in braces on one line where it fits, else wrapped. What has comments in it, or
 * braces in braces, keeps its lines. */
void page_statement(struct page *p, uint32_t from, uint32_t to, uint32_t depth);

bool has_comments(const struct source *s, uint32_t from, uint32_t to);

#endif
