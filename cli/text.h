/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.h - a growing piece of output.
 *
 * Out of memory is remembered, not reported at each call: text_write() then fails.
 */
#ifndef CLOISTER_TEXT_H
#define CLOISTER_TEXT_H

#include "lib/base/base.h"

#include <stdbool.h>

struct text {
	char *p; /* NUL-ended when not NULL */
	size_t n, cap;
	bool bad;
};

void text_fini(struct text *t);
#define AUTO_TEXT AUTO(text_fini)

void text_add(struct text *t, const void *p, size_t n);
void text_str(struct text *t, const char *s);
void text_fmt(struct text *t, const char *fmt, ...) PRINTF(2, 3);
void text_fill(struct text *t, char c, size_t n);

/* Adds what somebody else wrote so that a terminal only shows it (I28). With one_line, LF and TAB
 * are escaped as well. */
void text_shown(struct text *t, const char *p, size_t n, bool one_line);

/* Writes all of it to fd. Returns 0, -ENOMEM or what write() said. */
int text_write(const struct text *t, int fd) MUST_USE;

#endif
