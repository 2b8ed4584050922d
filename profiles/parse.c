/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parse.c - tokens to the lossless tree.
 * Runs in: cloister-compile, tests. Depth is fixed: file, unit, body, workload, its body.
 * Must not: recurse on what the text nests. What it passes over it counts.
 */
#include "profiles/tree.h"
#include "profiles/arena.h"
#include "profiles/diag.h"
#include "profiles/lex.h"
#include "lib/base/fault.h"

#include <errno.h>
#include <string.h>

/* Where a statement may stand. */
enum { IN_PROFILE = 1, IN_TENANT = 2, IN_WORKLOAD = 4, IN_IMAGE = 8, IN_HOST = 16 };

/* clang-format off */
static const struct {
	const char *word;
	uint16_t stmt;
	uint16_t in;
} words[] = {
	{ "about",    STMT_ABOUT,    IN_PROFILE | IN_TENANT | IN_WORKLOAD | IN_HOST },
	{ "include",  STMT_INCLUDE,  IN_PROFILE },
	{ "feature",  STMT_FEATURE,  IN_PROFILE | IN_TENANT },
	{ "limit",    STMT_LIMIT,    IN_PROFILE | IN_TENANT | IN_WORKLOAD | IN_HOST },
	{ "set",      STMT_SET,      IN_PROFILE },
	{ "allow",    STMT_ALLOW,    IN_PROFILE },
	{ "mount",    STMT_MOUNT,    IN_PROFILE },
	{ "device",   STMT_DEVICE,   IN_PROFILE },
	{ "env",      STMT_ENV,      IN_PROFILE | IN_WORKLOAD },
	{ "volume",   STMT_LATER,    IN_PROFILE | IN_TENANT | IN_WORKLOAD },
	{ "channel",  STMT_LATER,    IN_PROFILE },
	{ "never",    STMT_LATER,    IN_PROFILE },
	{ "let",      STMT_LATER,    IN_PROFILE },
	{ "for",      STMT_LATER,    IN_PROFILE },
	{ "when",     STMT_LATER,    IN_PROFILE },
	{ "use",      STMT_LATER,    IN_PROFILE | IN_WORKLOAD },
	{ "test",     STMT_LATER,    IN_PROFILE },
	{ "workload", STMT_WORKLOAD, IN_TENANT },
	{ "viewer",   STMT_PEOPLE,   IN_TENANT },
	{ "editor",   STMT_PEOPLE,   IN_TENANT },
	{ "publish",  STMT_LATER,    IN_TENANT },
	{ "profile",  STMT_PROFILE,  IN_WORKLOAD },
	{ "run",      STMT_RUN,      IN_WORKLOAD },
	{ "restart",  STMT_RESTART,  IN_WORKLOAD },
	{ "image",    STMT_IMAGE,    IN_WORKLOAD },
	{ "provide",  STMT_LATER,    IN_WORKLOAD },
	{ "package",  STMT_PACKAGE,  IN_IMAGE },
	{ "dir",      STMT_DIR,      IN_IMAGE },
	{ "pin",      STMT_PIN,      IN_IMAGE },
	{ "may",      STMT_MAY,      IN_HOST },
};

/* flag: COMPILE_F_* of the file it belongs into. in: what its body holds; 0: refused, not read. */
static const struct {
	const char *word;
	uint8_t flag, in;
} units[UNIT__COUNT] = {
	[UNIT_PROFILE]  = { "profile",  0, IN_PROFILE },
	[UNIT_CEILING]  = { "ceiling",  0, IN_PROFILE },
	[UNIT_FRAGMENT] = { "fragment", 0, IN_PROFILE },
	[UNIT_TENANT]   = { "tenant",   COMPILE_F_TENANT, IN_TENANT },
	[UNIT_IMAGE]    = { "image",    COMPILE_F_TENANT, IN_IMAGE },
	[UNIT_PACK]     = { "pack",     0, 0 },
	[UNIT_GRANT]    = { "grant",    COMPILE_F_TENANT, 0 },
	[UNIT_HOST]     = { "host",     COMPILE_F_CONF, IN_HOST },
};
/* clang-format on */

struct parser {
	struct source *s;
	struct diags *d;
	uint32_t pos;
};

static uint32_t kind(const struct parser *p)
{
	return p->pos < p->s->ntok ? p->s->tok[p->pos].kind : T_END;
}

static struct at here(const struct parser *p)
{
	return at_token(p->s, p->pos);
}

static void skip_space(struct parser *p)
{
	while (kind(p) == T_SPACE || kind(p) == T_COMMENT)
		p->pos++;
}

static void skip_lines(struct parser *p)
{
	while (kind(p) == T_SPACE || kind(p) == T_COMMENT || kind(p) == T_EOL)
		p->pos++;
}

/* A new node at the current token, behind *link (the parent's child or the elder sibling's next).
 * There are fewer nodes than tokens: each but the root begins at a token of its own kind. */
static uint32_t open_node(struct parser *p, uint32_t **link, enum node_kind k)
{
	uint32_t n = p->s->nnode++;

	p->s->node[n] = (struct node){ .kind = (uint16_t)k, .tok = p->pos };
	**link = n;
	*link = &p->s->node[n].next;
	return n;
}

static void close_node(struct parser *p, uint32_t n)
{
	p->s->node[n].ntok = p->pos - p->s->node[n].tok;
}

/* Passes over a statement: to the end of its line, blocks and lists included. */
static void skip_statement(struct parser *p)
{
	uint32_t depth = 0, open = 0;

	for (; kind(p) != T_END; p->pos++) {
		uint32_t k = kind(p);

		if (depth == 0 && (k == T_EOL || k == T_CLOSE))
			return;
		if (k == T_OPEN || k == T_LPAR) {
			open = depth == 0 ? p->pos : open;
			if (++depth == NEST_MAX + 1)
				diag_error(p->d, 53, here(p), "nested deeper than %d", NEST_MAX);
		} else if ((k == T_CLOSE || k == T_RPAR) && depth > 0) {
			depth--;
		}
	}
	if (depth)
		diag_error(p->d, 2, at_token(p->s, open), "this is never closed");
}

static void unknown_statement(struct parser *p, uint16_t in)
{
	struct at at = here(p);
	struct nearest nr;
	struct diag *row;
	size_t i;

	if (kind(p) == T_BAD)
		return;
	if (kind(p) != T_NAME) {
		diag_error(p->d, 3, at, "expected a statement");
		return;
	}
	row = diag_error(p->d, 10, at, "unknown statement '%.*s'", (int)at.len, at_text(at));
	if (at_is(at, "deny")) {
		diag_help(p->d, row,
			  "everything is refused that no line allows: remove the 'allow'");
		return;
	}
	if (in == IN_PROFILE && (at_is(at, "path") || at_is(at, "syscall") || at_is(at, "net") ||
				 at_is(at, "ioctl") || at_is(at, "prctl") || at_is(at, "socket") ||
				 at_is(at, "exec") || at_is(at, "capability"))) {
		diag_help(p->d, row, "write 'allow %.*s ...'", (int)at.len, at_text(at));
		return;
	}
	nearest_init(&nr, at_text(at), at.len);
	for (i = 0; i < ARRAY_LEN(words); i++)
		if (words[i].in & in)
			nearest_try(&nr, words[i].word);
	diag_nearest(p->d, row, &nr);
}

static uint16_t statement_of(const struct parser *p, uint16_t in)
{
	size_t i;

	for (i = 0; kind(p) == T_NAME && i < ARRAY_LEN(words); i++)
		if ((words[i].in & in) && at_is(here(p), words[i].word))
			return words[i].stmt;
	return STMT_NONE;
}

static void refuse_later(struct parser *p)
{
	struct at at = here(p);
	char what[NAME_BYTES_MAX + 3];
	size_t n = at.len;

	what[0] = '\'';
	memcpy(what + 1, at_text(at), n);
	memcpy(what + 1 + n, "'", 2);
	diag_later(p->d, at, what);
}

static uint32_t *parse_body(struct parser *p, uint32_t *link, uint16_t in);

/* A workload: its header up to the brace, then its own body. */
static void parse_workload(struct parser *p, uint32_t n)
{
	while (kind(p) != T_OPEN && kind(p) != T_EOL && kind(p) != T_END && kind(p) != T_CLOSE)
		p->pos++;
	if (kind(p) == T_OPEN)
		(void)parse_body(p, &p->s->node[n].child, IN_WORKLOAD);
	else
		diag_error(p->d, 3, here(p), "expected '{'");
}

static void parse_statement(struct parser *p, uint32_t **link, uint16_t in)
{
	uint16_t stmt = statement_of(p, in);
	uint32_t n = open_node(p, link, stmt && stmt != STMT_LATER ? N_STMT : N_SKIP);

	p->s->node[n].what = stmt;
	if (stmt == STMT_NONE)
		unknown_statement(p, in);
	if (stmt == STMT_LATER)
		refuse_later(p);
	if (stmt == STMT_WORKLOAD)
		parse_workload(p, n);
	else
		skip_statement(p);
	close_node(p, n);
	/* a stray closing parenthesis and the like: taken here, so that there is progress */
	if (p->s->node[n].ntok == 0) {
		p->pos++;
		close_node(p, n);
	}
	skip_space(p);
	if (kind(p) == T_CLOSE && p->s->node[n].what != STMT_WORKLOAD)
		diag_error(p->d, 3, here(p), "expected the end of the line before '}'");
	else if (kind(p) != T_EOL && kind(p) != T_END && kind(p) != T_CLOSE)
		diag_error(p->d, 3, here(p), "expected the end of the line");
}

/* { EOL { statement EOL } }. Depth two at most: only IN_TENANT leads to IN_WORKLOAD. */
static uint32_t *parse_body(struct parser *p, uint32_t *link, uint16_t in)
{
	uint32_t open = p->pos, n = open_node(p, &link, N_BODY);
	uint32_t *inner = &p->s->node[n].child;

	p->pos++;
	skip_space(p);
	if (kind(p) != T_EOL && kind(p) != T_END)
		diag_error(p->d, 3, here(p), "expected the end of the line after '{'");
	for (;;) {
		skip_lines(p);
		if (kind(p) == T_END || kind(p) == T_CLOSE)
			break;
		parse_statement(p, &inner, in);
	}
	if (kind(p) == T_CLOSE)
		p->pos++;
	else
		diag_error(p->d, 2, at_token(p->s, open), "this block is never closed");
	close_node(p, n);
	return link;
}

static uint16_t unit_of(const struct parser *p)
{
	uint16_t u;

	for (u = 1; kind(p) == T_NAME && u < UNIT__COUNT; u++)
		if (at_is(here(p), units[u].word))
			return u;
	return UNIT_NONE;
}

static bool unit_fits(struct parser *p, uint16_t u)
{
	uint32_t flag = p->s->flags & (COMPILE_F_TENANT | COMPILE_F_CONF);
	const char *file = flag == COMPILE_F_TENANT ? ".tenant"
			   : flag		    ? "cloister.conf"
						    : ".profile";
	struct at at = here(p);
	struct nearest nr;
	struct diag *row;

	if (u != UNIT_NONE && units[u].flag == flag && units[u].in)
		return true;
	if (u != UNIT_NONE && units[u].flag == flag) {
		refuse_later(p);
		return false;
	}
	if (u != UNIT_NONE) {
		diag_error(p->d, 3, at, "'%s' does not stand in a %s file", units[u].word, file);
		return false;
	}
	if (kind(p) == T_BAD)
		return false;
	row = diag_error(p->d, 3, at, "expected %s",
			 flag == COMPILE_F_TENANT ? "'tenant' or 'image'"
			 : flag			  ? "'host'"
						  : "'profile', 'ceiling' or 'fragment'");
	nearest_init(&nr, at_text(at), at.len <= NAME_BYTES_MAX ? at.len : 0);
	for (u = 1; u < UNIT__COUNT; u++)
		if (units[u].flag == flag)
			nearest_try(&nr, units[u].word);
	diag_nearest(p->d, row, &nr);
	return false;
}

static void parse_unit(struct parser *p, uint32_t **link)
{
	uint16_t u = unit_of(p);
	uint32_t n = open_node(p, link, unit_fits(p, u) ? N_UNIT : N_SKIP);
	bool is_unit = p->s->node[n].kind == N_UNIT;

	p->s->node[n].what = u;
	if (is_unit) {
		while (kind(p) != T_OPEN && kind(p) != T_EOL && kind(p) != T_END)
			p->pos++;
		if (kind(p) == T_OPEN)
			(void)parse_body(p, &p->s->node[n].child, units[u].in);
		else
			diag_error(p->d, 3, here(p), "expected '{'");
	} else {
		skip_statement(p);
		if (kind(p) == T_CLOSE)
			p->pos++;
	}
	close_node(p, n);
	skip_space(p);
	if (is_unit && kind(p) != T_EOL && kind(p) != T_END)
		diag_error(p->d, 3, here(p), "expected the end of the line");
}

/* cloister 1 */
static void parse_version(struct parser *p, uint32_t **link)
{
	uint32_t n = open_node(p, link, N_VERSION);
	struct diag *row;

	if (kind(p) != T_NAME || !at_is(here(p), "cloister")) {
		if (kind(p) != T_BAD)
			diag_help(p->d, diag_error(p->d, 3, here(p), "expected 'cloister 1'"),
				  "the first line of every file names the language's version");
		return;
	}
	p->pos++;
	skip_space(p);
	if (kind(p) != T_NUM) {
		diag_error(p->d, 3, here(p), "expected the language's version: 1");
	} else if (!at_is(here(p), "1")) {
		row = diag_error(p->d, 4, here(p), "language version %.*s is not supported",
				 (int)here(p).len, at_text(here(p)));
		diag_help(p->d, row, "the highest supported is 1");
	}
	while (kind(p) != T_EOL && kind(p) != T_END)
		p->pos++;
	close_node(p, n);
}

int parse_source(struct source *s, struct arena *trees, struct diags *d, struct fault *f)
{
	struct parser p = { .s = s, .d = d };
	uint32_t *link;
	int r = lex_source(s, trees, d, f);

	if (r < 0)
		return r;
	s->node = arena_get(trees, ((size_t)s->ntok + 4) * sizeof(*s->node));
	if (!s->node)
		return fault_set(f, -ENOMEM, "parse.memory", "%s", s->name);
	s->node[s->nnode++] = (struct node){ .kind = N_FILE, .ntok = s->ntok };
	link = &s->node[0].child;
	skip_lines(&p);
	parse_version(&p, &link);
	for (skip_lines(&p); kind(&p) != T_END; skip_lines(&p)) {
		uint32_t before = p.pos;

		parse_unit(&p, &link);
		if (p.pos == before)
			p.pos++;
	}
	arena_trim(trees, s->node, s->nnode * sizeof(*s->node));
	return 0;
}
