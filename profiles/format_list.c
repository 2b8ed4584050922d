/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format_list.c - one statement in canonical form. Runs in: cloister-compile, tests.
 */
#include "profiles/format_list.h"
#include "profiles/format.h"
#include "profiles/arena.h"

#include <string.h>

/* ---- the page ---- */

static void put(struct page *p, const char *s, size_t n)
{
	if (n > p->cap - p->n) {
		p->full = true;
		return;
	}
	if (p->out)
		memcpy(p->out + p->n, s, n);
	p->n += n;
}

void page_str(struct page *p, const char *text)
{
	put(p, text, strlen(text));
}

void page_end(struct page *p)
{
	put(p, "\n", 1);
	p->lines++;
}

void page_indent(struct page *p, uint32_t depth)
{
	for (uint32_t i = 0; i < depth * FORMAT_INDENT; i++)
		put(p, " ", 1);
}

/* Without the spaces at its end. */
void page_comment(struct page *p, uint32_t tok)
{
	const char *s = p->s->text + p->s->tok[tok].off;
	size_t n = p->s->tok[tok].len;

	while (n && s[n - 1] == ' ')
		n--;
	put(p, s, n);
}

bool has_comments(const struct source *s, uint32_t from, uint32_t to)
{
	for (; from < to; from++)
		if (s->tok[from].kind == T_COMMENT)
			return true;
	return false;
}

/* Hexadecimal numbers in small letters. */
static void put_token(struct page *p, uint32_t tok)
{
	const struct token *t = &p->s->tok[tok];
	const char *s = p->s->text + t->off;
	bool hex = t->kind == T_NUM && t->len > 2 && s[0] == '0' && s[1] == 'x';

	for (uint32_t i = 0; i < t->len; i++) {
		char c = s[i];

		if (hex && c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		put(p, &c, 1);
	}
}

static bool is_gap(const struct source *s, uint32_t tok)
{
	return s->tok[tok].kind == T_SPACE || s->tok[tok].kind == T_EOL;
}

void page_join(struct page *p, uint32_t from, uint32_t to)
{
	bool any = false, gap = false;

	for (; from < to; from++) {
		uint32_t kind = p->s->tok[from].kind;

		if (is_gap(p->s, from)) {
			gap = true;
			continue;
		}
		if (any && gap && kind != T_COMMA)
			put(p, " ", 1);
		put_token(p, from);
		any = true;
		gap = kind == T_COMMA;
	}
}

/* ---- lists ---- */

/* One item of a list: tokens that stand together; those inside parentheses do. */
struct entry {
	uint32_t from, to;
};

/* A statement with one list in braces: its ends, and what is in it. */
struct braces {
	uint32_t open, close, n;
	struct entry *entry;
};

/* Finds the one list; false: there is none, or more, or one with comments or lists in it. */
static bool find_braces(const struct source *s, uint32_t from, uint32_t to, struct braces *b)
{
	uint32_t depth = 0, lists = 0;

	for (uint32_t i = from; i < to; i++) {
		uint32_t kind = s->tok[i].kind;

		if (kind == T_COMMENT)
			return false;
		if (kind == T_OPEN) {
			lists++;
			b->open = i;
			if (++depth > 1)
				return false;
		}
		if (kind == T_CLOSE) {
			b->close = i;
			depth--;
		}
	}
	return lists == 1;
}

static uint32_t entry_end(const struct source *s, uint32_t from, uint32_t to)
{
	uint32_t depth = 0;

	for (; from < to && (depth || !is_gap(s, from)); from++) {
		depth += s->tok[from].kind == T_LPAR;
		depth -= depth && s->tok[from].kind == T_RPAR;
	}
	return from;
}

/* Splits the list; true: each item is one name. */
static bool split(const struct source *s, struct braces *b)
{
	bool names = true;

	for (uint32_t i = b->open + 1; i < b->close;) {
		struct entry e = { i, i + 1 };

		if (!is_gap(s, i)) {
			e.to = entry_end(s, i, b->close);
			names &= e.to == e.from + 1 && s->tok[i].kind == T_NAME;
			b->entry[b->n++] = e;
		}
		i = e.to;
	}
	return names;
}

static int by_name(const struct source *s, const struct entry *a, const struct entry *b)
{
	const struct token *x = &s->tok[a->from], *y = &s->tok[b->from];
	uint32_t n = x->len < y->len ? x->len : y->len;
	int r = memcmp(s->text + x->off, s->text + y->off, n);

	return r ? r : x->len < y->len ? -1 : x->len > y->len;
}

static void sort(const struct source *s, struct entry *e, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++) {
		struct entry x = e[i];
		uint32_t k = i;

		for (; k > 0 && by_name(s, &e[k - 1], &x) > 0; k--)
			e[k] = e[k - 1];
		e[k] = x;
	}
}

/* Length of an item as page_join() prints it. */
static size_t width_of(struct page *p, const struct entry *e)
{
	struct page dry = { .s = p->s, .cap = SIZE_MAX };

	page_join(&dry, e->from, e->to);
	return dry.n;
}

static void put_wrapped(struct page *p, const struct braces *b, uint32_t depth)
{
	size_t column = 0;

	for (uint32_t i = 0; i < b->n; i++) {
		size_t w = width_of(p, &b->entry[i]);

		if (column && column + 1 + w > FORMAT_WIDTH) {
			page_end(p);
			column = 0;
		}
		if (column)
			page_str(p, " ");
		else
			page_indent(p, depth);
		column += column ? 1 + w : depth * FORMAT_INDENT + w;
		page_join(p, b->entry[i].from, b->entry[i].to);
	}
	page_end(p);
}

/* A list of names of calls: the one whose order says nothing to anybody. */
static bool is_calls(const struct source *s, uint32_t from, uint32_t open)
{
	uint32_t last = open;

	while (last > from && is_gap(s, last - 1))
		last--;
	return last > from && at_is(at_token(s, last - 1), "syscall");
}

static void put_list(struct page *p, uint32_t from, uint32_t to, struct braces *b, uint32_t depth)
{
	size_t line = p->n;
	bool names = split(p->s, b);
	struct page dry;

	if (names && is_calls(p->s, from, b->open))
		sort(p->s, b->entry, b->n);
	page_indent(p, depth);
	page_join(p, from, b->open);
	page_str(p, " {");
	dry = *p;
	for (uint32_t i = 0; i < b->n; i++) {
		page_str(&dry, " ");
		page_join(&dry, b->entry[i].from, b->entry[i].to);
	}
	page_str(&dry, " }");
	if (dry.n - line + (to - b->close > 1) * width_of(p, &(struct entry){ b->close, to }) <=
	    FORMAT_WIDTH) {
		*p = dry;
	} else {
		page_end(p);
		put_wrapped(p, b, depth + 1);
		page_indent(p, depth);
		page_str(p, "}");
	}
	for (uint32_t i = b->close + 1; i < to; i++)
		if (!is_gap(p->s, i)) {
			if (p->s->tok[i].kind != T_COMMA)
				page_str(p, " ");
			page_join(p, i, to);
			return;
		}
}

/* ---- what keeps its lines ---- */

/* Braces that the line which begins at tok closes first: it stands that much further left. */
static bool closes(const struct source *s, uint32_t tok, uint32_t to)
{
	while (tok < to && s->tok[tok].kind == T_SPACE)
		tok++;
	return tok < to && (s->tok[tok].kind == T_CLOSE || s->tok[tok].kind == T_RPAR);
}

/* One line, from `from` to its end. */
static uint32_t put_line(struct page *p, uint32_t from, uint32_t to, uint32_t *depth)
{
	uint32_t i = from;

	page_indent(p, *depth - (*depth && closes(p->s, from, to)));
	for (; i < to && p->s->tok[i].kind != T_EOL; i++) {
		uint32_t kind = p->s->tok[i].kind;

		*depth += kind == T_OPEN || kind == T_LPAR;
		*depth -= *depth && (kind == T_CLOSE || kind == T_RPAR);
		if (kind == T_COMMENT)
			break;
	}
	page_join(p, from, i);
	if (i < to && p->s->tok[i].kind == T_COMMENT) {
		bool first = true;

		for (uint32_t k = from; k < i; k++)
			first &= is_gap(p->s, k);
		if (!first)
			page_str(p, " ");
		page_comment(p, i++);
	}
	return i;
}

static void put_lines(struct page *p, uint32_t from, uint32_t to, uint32_t depth)
{
	while (from < to) {
		uint32_t ends = 0;

		from = put_line(p, from, to, &depth);
		for (; from < to && is_gap(p->s, from); from++)
			ends += p->s->tok[from].kind == T_EOL;
		if (from == to)
			break;
		page_end(p);
		if (ends > 1)
			page_end(p);
	}
}

void page_statement(struct page *p, uint32_t from, uint32_t to, uint32_t depth)
{
	struct braces b = { 0 };

	while (to > from && is_gap(p->s, to - 1))
		to--;
	if (find_braces(p->s, from, to, &b)) {
		b.entry = arena_get(p->arena, (to - from + 1) * sizeof(*b.entry));
		p->full |= !b.entry;
		if (b.entry)
			put_list(p, from, to, &b, depth);
		return;
	}
	put_lines(p, from, to, depth);
}
