/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format.c - a text's tree in canonical form. Runs in: cloister-compile, tests.
 *
 * Two tokens that the text set apart stay apart and two that it did not stay together (but for
 * commas), so that the result has the same tokens. Line ends inside a statement mean nothing to its
 * readers. Only statements of a profile, ceiling or fragment change places; there order never
 * matters (A.1).
 */
#include "profiles/format.h"
#include "lib/base/fault.h"
#include "lib/plan/feature.h"
#include "profiles/arena.h"
#include "profiles/diag.h"
#include "profiles/format_list.h"
#include "profiles/value.h"

#include <errno.h>
#include <string.h>

#define NO_TOKEN UINT32_MAX

/* What stands in a body or in the file, with the comments that belong to it. */
struct item {
	uint32_t node, lead, trail; /* lead: first token that may be a comment before it */
	uint32_t end;		    /* behind its own last token: without trail */
	uint32_t rank, sub;	    /* group; order inside it */
	bool blank;		    /* the text has an empty line before it */
};

/* ---- which group a statement is of ---- */

enum { RANK_CALLS = 10, RANK_GROUPED = 16 };

/* clang-format off */
static const struct {
	const char *word;
	uint8_t rank, group; /* an empty line stands where the group changes */
} ranks[] = {
	{ "about",   0, 0 }, { "include", 1, 0 }, { "let",    2, 1 },
	{ "feature", 3, 2 }, { "limit",   4, 2 }, { "set",    5, 2 },
	{ "volume",  6, 3 }, { "mount",   6, 3 }, { "path",   7, 4 },
	{ "device",  8, 5 }, { "env",     8, 5 },
	{ "net",     9, 6 }, { "channel", 9, 6 }, { "socket", 9, 6 },
	{ "syscall", 11, 7 }, { "never",  12, 8 }, { "test",  13, 9 },
};
/* clang-format on */

/* The first word, or the one behind "allow". */
static struct at keyword(const struct source *s, uint32_t node)
{
	struct cursor c = cur_open(s, node, NULL);
	struct at at = cur_take(&c);

	return at_is(at, "allow") && cur_kind(&c) == T_NAME ? cur_take(&c) : at;
}

/* Exec, ioctl, prctl and what is not listed stand before the calls, in the order of the text. */
static uint32_t rank_of(const struct source *s, uint32_t node, uint32_t *ret_group)
{
	struct at at = keyword(s, node);

	for (size_t i = 0; i < ARRAY_LEN(ranks); i++)
		if (at_is(at, ranks[i].word)) {
			*ret_group = ranks[i].group;
			return ranks[i].rank;
		}
	*ret_group = 7;
	return RANK_CALLS;
}

static uint32_t sub_of(const struct source *s, uint32_t node)
{
	struct cursor c = cur_open(s, node, NULL);
	struct at word = cur_take(&c), name = cur_at(&c);

	if (at_is(word, "feature"))
		return (uint32_t)(feature_find(at_text(name), name.len) + 1);
	for (uint32_t i = 0; at_is(word, "limit") && i < LIM__COUNT; i++)
		if (at_is(name, limit_table[i].name))
			return i;
	return 0;
}

/* ---- items ---- */

static bool is_comment(const struct source *s, uint32_t tok)
{
	return s->tok[tok].kind == T_COMMENT;
}

/* The comment on the same line behind a node; *ret_next is where what follows begins. */
static uint32_t trail_of(const struct source *s, uint32_t tok, uint32_t *ret_next)
{
	uint32_t found = NO_TOKEN;

	while (tok < s->ntok && (s->tok[tok].kind == T_SPACE || is_comment(s, tok))) {
		if (is_comment(s, tok))
			found = tok;
		tok++;
	}
	*ret_next = tok;
	return found;
}

/* The end of a node without spaces and a comment behind it, which may be its last tokens. */
static uint32_t own_end(const struct source *s, uint32_t node)
{
	uint32_t end = s->node[node].tok + s->node[node].ntok, k = end;

	for (; k > s->node[node].tok; k--)
		if (s->tok[k - 1].kind != T_SPACE && !is_comment(s, k - 1))
			return k;
	return end;
}

static bool has_blank(const struct source *s, uint32_t from, uint32_t to)
{
	uint32_t ends = 0;

	for (; from < to && ends < 2; from++) {
		if (is_comment(s, from))
			break;
		ends += s->tok[from].kind == T_EOL;
	}
	return ends >= 2;
}

/* The children of node, in the order of the text. Returns how many. */
static uint32_t collect(const struct source *s, uint32_t node, uint32_t from, struct item *item)
{
	uint32_t n = 0;

	for (uint32_t c = s->node[node].child; c; c = s->node[c].next) {
		struct item *it = &item[n++];

		*it = (struct item){ .node = c, .lead = from, .end = own_end(s, c) };
		it->blank = has_blank(s, from, s->node[c].tok);
		it->trail = trail_of(s, it->end, &from);
	}
	return n;
}

/* Stable: what is equal keeps its order. There are few items, and mostly they are in order. */
static void sort_items(const struct source *s, struct item *item, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct item it = item[i];
		uint32_t k = i, group;

		it.rank = rank_of(s, it.node, &group);
		it.rank = it.rank * RANK_GROUPED + group;
		it.sub = sub_of(s, it.node);
		for (; k > 0 && (item[k - 1].rank > it.rank ||
				 (item[k - 1].rank == it.rank && item[k - 1].sub > it.sub));
		     k--)
			item[k] = item[k - 1];
		item[k] = it;
	}
}

/* ---- printing ---- */

/* Comments on lines of their own; one empty line between two paragraphs of them stays. */
static void put_comments(struct page *p, uint32_t from, uint32_t to, uint32_t depth)
{
	const struct source *s = p->s;
	uint32_t ends = 0;
	bool any = false;

	for (; from < to; from++) {
		ends += s->tok[from].kind == T_EOL;
		if (!is_comment(s, from))
			continue;
		if (any && ends > 1)
			page_end(p);
		page_indent(p, depth);
		page_comment(p, from);
		page_end(p);
		any = true;
		ends = 0;
	}
}

/* "limit NAME VALUE" with the value in its largest exact unit; false: it is not of that form. */
static bool put_limit(struct page *p, const struct item *it, uint32_t depth)
{
	struct diags quiet = { .arena = p->arena };
	struct cursor c = cur_open(p->s, it->node, &quiet);
	enum limit_id id;
	struct at at;
	uint64_t v;

	if (!cur_accept_word(&c, "limit") || !limit_read(&c, true, &id, &v, &at) ||
	    cur_kind(&c) != T_END || has_comments(p->s, p->s->node[it->node].tok, it->end))
		return false;
	page_indent(p, depth);
	page_str(p, "limit ");
	page_str(p, limit_table[id].name);
	page_str(p, " ");
	page_str(p, limit_show(p->arena, id, v));
	return true;
}

static void put_body(struct page *p, uint32_t body, uint32_t depth, bool sorted);

/* Header tokens up to the body, then the body; without one, the statement. */
static void put_node(struct page *p, const struct item *it, uint32_t depth, bool is_unit)
{
	const struct node *node = &p->s->node[it->node];
	uint32_t body = node->child;
	bool sorted = node->what == UNIT_PROFILE || node->what == UNIT_CEILING ||
		      node->what == UNIT_FRAGMENT;

	if (!is_unit && !body && put_limit(p, it, depth))
		return;
	if (!body) {
		page_statement(p, node->tok, it->end, depth);
		return;
	}
	page_indent(p, depth);
	page_join(p, node->tok, p->s->node[body].tok);
	page_str(p, " ");
	put_body(p, body, depth, is_unit && sorted);
}

static void put_items(struct page *p, const struct item *item, uint32_t n, uint32_t depth,
		      bool sorted)
{
	bool units = p->s->node[item[0].node].kind == N_UNIT ||
		     p->s->node[item[0].node].kind == N_VERSION;

	for (uint32_t i = 0; i < n; i++) {
		bool gap = units    ? true
			   : sorted ? item[i].rank % RANK_GROUPED !=
					      item[i ? i - 1 : 0].rank % RANK_GROUPED
				    : item[i].blank;

		if (i && gap)
			page_end(p);
		put_comments(p, item[i].lead, p->s->node[item[i].node].tok, depth);
		put_node(p, &item[i], depth, units);
		if (item[i].trail != NO_TOKEN) {
			page_str(p, " ");
			page_comment(p, item[i].trail);
		}
		page_end(p);
	}
}

/* Where the last item and its comment end; first: where they would begin. */
static uint32_t end_of(const struct source *s, const struct item *item, uint32_t n, uint32_t first)
{
	uint32_t next = first;

	for (uint32_t i = 0; i < n; i++)
		if (item[i].end >= next)
			(void)trail_of(s, item[i].end, &next);
	return next;
}

/* Recursion: a workload's body inside a tenant's, no deeper. */
static void put_body(struct page *p, uint32_t body, uint32_t depth, bool sorted)
{
	const struct source *s = p->s;
	uint32_t first = s->node[body].tok + 1, last = s->node[body].tok + s->node[body].ntok - 1;
	struct item *item = arena_get(p->arena, (s->node[body].ntok + 1) * sizeof(*item));
	uint32_t n = item ? collect(s, body, first, item) : 0;

	p->full |= !item;
	page_str(p, "{");
	page_end(p);
	if (n && sorted)
		sort_items(s, item, n);
	if (n)
		put_items(p, item, n, depth + 1, sorted);
	put_comments(p, end_of(s, item, n, first), last, depth + 1);
	page_indent(p, depth);
	page_str(p, "}");
}

int format_source(const struct source *s, struct arena *a, const char **ret, size_t *ret_n,
		  struct fault *f)
{
	struct page p = { .s = s, .arena = a };
	struct item *item = arena_get(a, (s->nnode + 1) * sizeof(*item));
	uint32_t n;

	p.cap = (size_t)s->size * 2 + (size_t)SOURCE_LINES_MAX * 8 + 4096;
	p.out = arena_get(a, p.cap);
	if (!item || !p.out)
		return fault_set(f, -ENOMEM, "format.memory", "%s", s->name);
	n = collect(s, 0, 0, item);
	if (n)
		put_items(&p, item, n, 0, false);
	if (n && has_comments(s, end_of(s, item, n, 0), s->ntok))
		page_end(&p);
	put_comments(&p, end_of(s, item, n, 0), s->ntok, 0);
	if (p.full || p.n > SOURCE_BYTES_MAX || p.lines > SOURCE_LINES_MAX)
		return 1;
	*ret = p.out;
	*ret_n = p.n;
	return 0;
}
