/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.h - the compiler's memory: one block with a bound, given out in order, never freed singly.
 */
#ifndef CLOISTER_ARENA_H
#define CLOISTER_ARENA_H

#include "lib/base/fault.h"

struct arena {
	uint8_t *base;
	size_t size, used;
	size_t dirty; /* bytes from base that may not be zero any more */
};

/* Below RLIMIT_AS of 256 MiB; pages are touched only when used. */
enum { ARENA_SIZE = 80 << 20, TREES_SIZE = 48 << 20, TABLES_SIZE = 16 << 20 };

int arena_init(struct arena *a, size_t size, struct fault *f) MUST_USE;
void arena_fini(struct arena *a);

/* Zeroed memory, 8-byte aligned, or NULL when the bound is reached. n 0 is as n 1. */
void *arena_get(struct arena *a, size_t n) MUST_USE;

/* Gives back the end of the newest block: it keeps its first n bytes. */
void arena_trim(struct arena *a, const void *block, size_t n);

/* Everything got after the mark is given back. */
size_t arena_mark(const struct arena *a);
void arena_release(struct arena *a, size_t mark);

/* A NUL-ended copy of n bytes; NULL when the bound is reached. */
char *arena_text(struct arena *a, const char *s, size_t n) MUST_USE;

/* printf into the arena. Never NULL: "" when the bound is reached. */
const char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF(2, 3);

#endif
