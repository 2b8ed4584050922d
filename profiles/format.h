/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format.h - the canonical form of a text (profiles-audit A.14).
 */
#ifndef CLOISTER_FORMAT_H
#define CLOISTER_FORMAT_H

#include "profiles/tree.h"

enum { FORMAT_WIDTH = 100, FORMAT_INDENT = 2 };

/*
 * Lays a parsed text without errors out anew: groups in their order, features and limits in that
 * of their tables, lists of calls sorted, lists wrapped, values in their largest exact unit; every
 * comment stays with what it stands before or behind. *ret is in the arena, not NUL-ended. Returns
 * 0, 1 the result would be past the language's bounds for a file, -ENOMEM.
 */
int format_source(const struct source *s, struct arena *a, const char **ret, size_t *ret_n,
		  struct fault *f) MUST_USE;

#endif
