/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain.h - facts in words, and the lines of an answer that is text.
 */
#ifndef CLOISTER_EXPLAIN_H
#define CLOISTER_EXPLAIN_H

#include "profiles/arena.h"
#include "profiles/facts.h"

enum { LINES_ROOM = 2 << 20 }; /* 8,192 facts, and a path of 512 bytes for some of them */

/* A text that grows, of fields with a tab between two: what a text of the language holds has no
 * control character in it (P001). */
struct lines {
	struct arena *a;
	char *p;
	size_t n;
	bool full;
};

/* Returns 0 or -ENOMEM. */
int lines_open(struct lines *l, struct arena *a, struct fault *f) MUST_USE;
void lines_add(struct lines *l, const char *s);
/* The end of a fact's line: a tab, FILE:LINE where it is said, a line end. */
void lines_end(struct lines *l, struct at at);

/* In words, in the arena. */
const char *explain_mount(struct arena *a, const struct mountfact *m);
const char *explain_path(struct arena *a, const struct pathfact *p, uint32_t rights);
const char *explain_net(struct arena *a, const struct netfact *n);
const char *explain_call(struct arena *a, const struct sysfact *s);

/*
 * One line a fact: DOMAIN, tab, what it is, tab, FILE:LINE of the line that allows it (empty: a
 * preset, or it comes with a feature). *ret is in the arena, not NUL-ended. Returns 0, -ENOMEM.
 */
int explain_facts(const struct facts *x, struct arena *a, const char **ret, size_t *ret_n,
		  struct fault *f) MUST_USE;

#endif
