/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.c - the compiler's memory.
 * Runs in: cloister-compile, tests.
 * Must not: grow. A request that needs more is refused (profiles-audit A.8).
 */
#include "profiles/arena.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

int arena_init(struct arena *a, size_t size, struct fault *f)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return fault_sys(f, "arena.map", "%zu bytes", size);
	*a = (struct arena){ .base = p, .size = size };
	return 0;
}

void arena_fini(struct arena *a)
{
	if (a->base)
		(void)munmap(a->base, a->size);
	*a = (struct arena){ 0 };
}

static size_t round_up(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

void *arena_get(struct arena *a, size_t n)
{
	size_t from = a->used, end;

	if (n == 0)
		n = 1;
	if (n > a->size || round_up(n) > a->size - from)
		return NULL;
	end = from + round_up(n);
	/* fresh pages are zero, and stay untouched until somebody needs them */
	if (from < a->dirty)
		memset(a->base + from, 0, (end < a->dirty ? end : a->dirty) - from);
	a->used = end;
	return a->base + from;
}

void arena_trim(struct arena *a, const void *block, size_t n)
{
	size_t at = (size_t)((const uint8_t *)block - a->base) + round_up(n);

	if (at < a->used)
		arena_release(a, at);
}

size_t arena_mark(const struct arena *a)
{
	return a->used;
}

void arena_release(struct arena *a, size_t mark)
{
	if (a->used > a->dirty)
		a->dirty = a->used;
	a->used = mark;
}

char *arena_text(struct arena *a, const char *s, size_t n)
{
	char *p = arena_get(a, n + 1);

	if (p && n)
		memcpy(p, s, n);
	return p;
}

const char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	char *p;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	p = n < 0 ? NULL : arena_get(a, (size_t)n + 1);
	if (p)
		(void)vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return p ? p : "";
}
