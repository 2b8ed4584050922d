/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diag.h - errors and warnings of the compiler (profiles-audit A.13).
 */
#ifndef CLOISTER_DIAG_H
#define CLOISTER_DIAG_H

#include "profiles/tree.h"
#include "lib/asks/compile.h"

struct diag {
	uint32_t severity, code;
	struct at at;
	const char *message, *help; /* help NULL: none */
	uint32_t fix_start, fix_end;
	const char *fix; /* NULL: none */
};

struct diags {
	struct arena *arena;
	struct diag error[COMPILE_DIAGS_MAX], warning[COMPILE_DIAGS_MAX];
	struct diag scratch; /* what a report beyond the bound is written to */
	uint32_t nerror, nwarning;
};

/* Records one report and returns it, so that help can be added. A second report of the same code at
 * the same place, or one past the bound, goes to the scratch row. Warnings about library files are
 * dropped likewise: their author is not the reader. */
struct diag *diag_error(struct diags *d, uint32_t code, struct at at, const char *fmt, ...)
	PRINTF(4, 5);
struct diag *diag_warn(struct diags *d, uint32_t code, struct at at, const char *fmt, ...)
	PRINTF(4, 5);

/* Adds a line of help. */
void diag_help(struct diags *d, struct diag *row, const char *fmt, ...) PRINTF(3, 4);

/* The replacement an editor can make. text is kept, not copied. */
void diag_fix(struct diag *row, struct at at, const char *text);

/* "NAME is not in this version yet" at its place (P004). what is quoted from the text. */
void diag_later(struct diags *d, struct at at, const char *what);

/* No further error can be recorded. */
static inline int diag_full(const struct diags *d)
{
	return d->nerror >= COMPILE_DIAGS_MAX;
}

/* ---- the nearest known word ---- */

enum { NEAREST_MAX = 3, NEAREST_DISTANCE = 2 };

struct nearest {
	const char *want;
	size_t n;
	unsigned int distance; /* of those kept */
	uint32_t count;
	const char *name[NEAREST_MAX];
};

void nearest_init(struct nearest *nr, const char *want, size_t n);
void nearest_try(struct nearest *nr, const char *name);

/* "did you mean 'a', 'b' or 'c'?", and the fix when there is only one. */
void diag_nearest(struct diags *d, struct diag *row, const struct nearest *nr);

/* Damerau-Levenshtein (optimal string alignment), cut off above 2: 3 means "more". */
unsigned int edit_distance(const char *a, size_t na, const char *b, size_t nb);

#endif
