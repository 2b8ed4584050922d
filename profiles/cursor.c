/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cursor.c - reading a statement's tokens.
 * Runs in: cloister-compile, tests.
 */
#include "profiles/tree.h"
#include "profiles/diag.h"

#include <string.h>

static bool is_trivia(uint32_t kind)
{
	return kind == T_SPACE || kind == T_COMMENT || kind == T_EOL;
}

struct cursor cur_open(const struct source *s, uint32_t node, struct diags *d)
{
	const struct node *n = &s->node[node];
	uint32_t end = n->tok + n->ntok;

	/* a block is read by itself */
	if (n->child)
		end = s->node[n->child].tok;
	return (struct cursor){ .s = s, .d = d, .tok = n->tok, .end = end };
}

static void skip(struct cursor *c)
{
	while (c->tok < c->end && is_trivia(c->s->tok[c->tok].kind))
		c->tok++;
}

enum token_kind cur_kind(struct cursor *c)
{
	skip(c);
	return c->tok < c->end ? (enum token_kind)c->s->tok[c->tok].kind : T_END;
}

struct at cur_at(struct cursor *c)
{
	uint32_t last;

	if (cur_kind(c) != T_END)
		return at_token(c->s, c->tok);
	for (last = c->end; last > 0 && is_trivia(c->s->tok[last - 1].kind);)
		last--;
	if (last == 0)
		return (struct at){ c->s, 0, 0 };
	return (struct at){ c->s, c->s->tok[last - 1].off + c->s->tok[last - 1].len, 0 };
}

struct at cur_take(struct cursor *c)
{
	struct at at = cur_at(c);

	if (c->tok < c->end)
		c->tok++;
	return at;
}

bool cur_accept(struct cursor *c, enum token_kind kind)
{
	if (cur_kind(c) != kind)
		return false;
	c->tok++;
	return true;
}

bool at_is(struct at at, const char *word)
{
	return at.len == strlen(word) && memcmp(at_text(at), word, at.len) == 0;
}

bool cur_is_word(struct cursor *c, const char *word)
{
	return cur_kind(c) == T_NAME && at_is(cur_at(c), word);
}

bool cur_accept_word(struct cursor *c, const char *word)
{
	if (!cur_is_word(c, word))
		return false;
	c->tok++;
	return true;
}

void cur_fail(struct cursor *c, const char *what)
{
	if (!c->failed && cur_kind(c) != T_BAD)
		diag_error(c->d, 3, cur_at(c), "expected %s", what);
	c->failed = true;
}

bool cur_expect(struct cursor *c, enum token_kind kind, const char *what)
{
	if (cur_accept(c, kind))
		return true;
	cur_fail(c, what);
	return false;
}

bool cur_name(struct cursor *c, struct at *ret, const char *what)
{
	struct at at = cur_at(c);

	if (!cur_expect(c, T_NAME, what))
		return false;
	*ret = at;
	return true;
}

bool cur_done(struct cursor *c)
{
	if (c->failed)
		return false;
	if (cur_kind(c) == T_END)
		return true;
	cur_fail(c, "the end of the line");
	return false;
}
