/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree.h - a source text, its tokens and its lossless tree.
 *
 * Every byte of the text belongs to exactly one token (white space and comments are tokens too),
 * every token to exactly one smallest node: printing the tree gives the text back.
 */
#ifndef CLOISTER_TREE_H
#define CLOISTER_TREE_H

#include "lib/base/base.h"

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

#endif
