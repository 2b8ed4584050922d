/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parse.h - tokens to the lossless tree: units, bodies and statements (profiles-audit A.3, A.17).
 *
 * What a statement says is read by its subject (facts.c, tenant.c) through a cursor; what this
 * version does not have yet is recognised and refused here, at its place.
 */
#ifndef CLOISTER_PARSE_H
#define CLOISTER_PARSE_H

#include "profiles/diag.h"

#include <stdbool.h>

enum unit {
	UNIT_NONE = 0,
	UNIT_PROFILE,
	UNIT_CEILING,
	UNIT_FRAGMENT,
	UNIT_TENANT,
	UNIT_IMAGE,
	UNIT_PACK,
	UNIT_GRANT,
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
