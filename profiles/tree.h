/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree.h - a source text, its tokens and its lossless tree, and how statements are read from it.
 *
 * Every byte of the text belongs to exactly one token (white space and comments are tokens too),
 * every token to exactly one smallest node: printing the tree gives the text back.
 */
#ifndef CLOISTER_TREE_H
#define CLOISTER_TREE_H

#include "lib/base/base.h"

#include <stdbool.h>

struct arena;
struct diags;
struct fault;

/* Bounds of profiles-audit A.2 and A.8. */
enum {
	SOURCE_BYTES_MAX = 256 << 10,
	SOURCE_LINES_MAX = 8192,
	SOURCE_LINE_MAX = 1024,
	SOURCE_TOTAL_MAX = 1 << 20,
	SOURCE_FILES_MAX = 64,
	NEST_MAX = 64,
	NAME_BYTES_MAX = 64,
	STRING_BYTES_MAX = 512,
};

enum token_kind {
	T_END = 0, /* not stored: what a cursor sees past the last token */
	T_SPACE,
	T_COMMENT,
	T_EOL,
	T_NAME,	  /* web.nginx        */
	T_CONST,  /* SIGCHLD          */
	T_NUM,	  /* 12, 0x1f, 10MiB/s, 10.0.0.0/8: read by value.c */
	T_STRING, /* with its quotes  */
	T_OPEN,	  /* { */
	T_CLOSE,  /* } */
	T_LPAR,
	T_RPAR,
	T_COMMA,
	T_COLON,
	T_AMP,
	T_BAR,
	T_EQUAL,
	T_RANGE, /* .. */
	T_STRAY, /* begins nothing; whoever meets it reports it */
	T_BAD,	 /* reported by the lexer */
	T__COUNT
};

struct token {
	uint32_t off, len;
	uint32_t kind;
};

enum node_kind {
	N_FILE,	   /* the whole text                                      */
	N_VERSION, /* cloister 1                                          */
	N_UNIT,	   /* what = enum unit; child: N_BODY                     */
	N_BODY,	   /* from { to }; children: N_STMT, N_SKIP               */
	N_STMT,	   /* what = enum stmt; a workload's child: N_BODY        */
	N_SKIP,	   /* reported and passed over                            */
	N__COUNT
};

struct node {
	uint16_t kind, what;
	uint32_t tok, ntok;   /* its tokens, those of its children included */
	uint32_t child, next; /* node numbers, 0 none                       */
};

struct source {
	const char *name; /* as shown in errors, NUL-ended */
	const char *text;
	uint32_t size, flags; /* COMPILE_F_* */
	struct token *tok;
	uint32_t ntok;
	uint32_t *line; /* offset of each line's first byte */
	uint32_t nline;
	struct node *node; /* node 0 is the file */
	uint32_t nnode;
};

/* A stretch of a source: where a fact or a fault is. src NULL: nowhere (a default). */
struct at {
	const struct source *src;
	uint32_t off, len;
};

/* Where it begins, counted from 1, columns in Unicode scalars. */
struct place {
	uint32_t line, column, length;
};
struct place at_place(struct at at);

static inline struct at at_token(const struct source *s, uint32_t tok)
{
	if (tok >= s->ntok)
		return (struct at){ s, s->size, 0 };
	return (struct at){ s, s->tok[tok].off, s->tok[tok].len };
}

/*
 * Writes what the tree holds, token by token, into out (s->size bytes). Returns the bytes written,
 * or SIZE_MAX when a node reaches outside of its parent or before its elder sibling's end.
 */
size_t tree_print(const struct source *s, char *out);

/* ---- units and statements (parse.c); what each says is read by its subject through a cursor ----
 */

enum unit {
	UNIT_NONE = 0,
	UNIT_PROFILE,
	UNIT_CEILING,
	UNIT_FRAGMENT,
	UNIT_TENANT,
	UNIT_IMAGE,
	UNIT_PACK,
	UNIT_GRANT,
	UNIT_HOST,
	UNIT__COUNT
};

enum stmt {
	STMT_NONE = 0,
	STMT_ABOUT,
	STMT_INCLUDE,
	STMT_FEATURE,
	STMT_LIMIT,
	STMT_SET,
	STMT_ALLOW,
	STMT_MOUNT,
	STMT_DEVICE,
	STMT_ENV,
	STMT_WORKLOAD,
	STMT_PROFILE,
	STMT_RUN,
	STMT_RESTART,
	STMT_IMAGE,
	STMT_PACKAGE,
	STMT_DIR,
	STMT_PIN,
	STMT_PEOPLE,
	STMT_MAY,
	STMT_LATER, /* recognised and refused */
	STMT__COUNT
};

/* Fills s->tok, s->line and s->node, in the arena trees. Faults in the text are reported; returns 0
 * or -ENOMEM. */
int parse_source(struct source *s, struct arena *trees, struct diags *d, struct fault *f) MUST_USE;

/* ---- reading a node's tokens in order, without space, comments and line ends ---- */

struct cursor {
	const struct source *s;
	struct diags *d;
	uint32_t tok, end;
	bool failed; /* one report a statement: set by cur_fail() */
};

struct cursor cur_open(const struct source *s, uint32_t node, struct diags *d);

/* Kind of the next token; T_END behind the last. */
enum token_kind cur_kind(struct cursor *c);

/* Where the next token is; at the end: the end of the last one. */
struct at cur_at(struct cursor *c);

/* Takes the next token; *ret is where it was. */
struct at cur_take(struct cursor *c);

/* Takes the next token if it is of this kind. */
bool cur_accept(struct cursor *c, enum token_kind kind);

/* Takes the next token if it is this word. */
bool cur_accept_word(struct cursor *c, const char *word);

/* Is the next token this word? */
bool cur_is_word(struct cursor *c, const char *word);

/* Reports "expected WHAT" (P003) at the next token, once a statement. */
void cur_fail(struct cursor *c, const char *what);

/* Takes a token of the kind, or fails with what. */
bool cur_expect(struct cursor *c, enum token_kind kind, const char *what);

/* Takes a NAME; *ret its text in the source (not NUL-ended). */
bool cur_name(struct cursor *c, struct at *ret, const char *what);

/* Nothing may be left. */
bool cur_done(struct cursor *c);

/* The text of a stretch: at.len bytes, not NUL-ended. */
static inline const char *at_text(struct at at)
{
	return at.src->text + at.off;
}

bool at_is(struct at at, const char *word);

#endif
