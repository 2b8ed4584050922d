/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit.h - the one header a unit test includes first: cmocka 1.1 wants these four before it.
 */
#ifndef CLOISTER_UNIT_H
#define CLOISTER_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define UNIT_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Names the row of a table and fails the test: unit_row(got == want, rows[i].why). */
#define unit_row(holds, why)                                                                       \
	do {                                                                                       \
		if (!(holds))                                                                      \
			fail_msg("row \"%s\": %s", (why), #holds);                                 \
	} while (0)

/* The same where two numbers are compared, so that both are shown. */
#define unit_eq(got, want, why)                                                                    \
	do {                                                                                       \
		long long got_ = (long long)(got), want_ = (long long)(want);                      \
		if (got_ != want_)                                                                 \
			fail_msg("row \"%s\": %s is %lld, wanted %lld", (why), #got, got_, want_); \
	} while (0)

/* The only way to skip: it says which test and why, and the runner counts it. */
#define unit_skip(reason)                                                                          \
	do {                                                                                       \
		(void)fprintf(stderr, "SKIP %s: %s\n", __func__, (reason));                        \
		skip();                                                                            \
	} while (0)

#endif
