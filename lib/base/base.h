/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base.h - attributes and the few macros every file may use.
 */
#ifndef CLOISTER_BASE_H
#define CLOISTER_BASE_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MUST_USE     __attribute__((warn_unused_result))
#define PRINTF(a, b) __attribute__((format(printf, a, b)))
#define UNUSED	     __attribute__((unused))
#define AUTO(fn)     __attribute__((cleanup(fn)))

/* Is this the build whose plans may leave out layers of a workload (tests/host/ablate.sh)? */
static inline int test_ablate(void)
{
#ifdef CLOISTER_TEST_ABLATE
	return 1;
#else
	return 0;
#endif
}

/* A result dropped on purpose, with the reason above it: gcc ignores a plain (void) before
 * MUST_USE. */
#define DROP(call) ((void)!(call))

/* Moves a pointer out and leaves NULL behind. */
#define TAKE_PTR(p)                                                                                \
	__extension__({                                                                            \
		__typeof__(p) *p_ = &(p);                                                          \
		__typeof__(p) v_ = *p_;                                                            \
		*p_ = NULL;                                                                        \
		v_;                                                                                \
	})

/* Calls fn again while it is interrupted by a signal. */
#define RETRY_EINTR(expr)                                                                          \
	__extension__({                                                                            \
		__typeof__(expr) r_;                                                               \
		do                                                                                 \
			r_ = (expr);                                                               \
		while (r_ == -1 && errno == EINTR);                                                \
		r_;                                                                                \
	})

/* free() for AUTO; not for programs that may not allocate (tools/check-symbols). */
static inline void free_ptr(void *p)
{
	free(*(void **)p);
}
#define AUTO_FREE AUTO(free_ptr)

#endif
