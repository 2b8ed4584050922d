/* SPDX-License-Identifier: Apache-2.0 */
/*
 * print.h - what people see: one line per failure, tables, diagnostics.
 */
#ifndef CLOISTER_PRINT_H
#define CLOISTER_PRINT_H

#include "cli/text.h"

struct screen {
	bool tty;
	bool colour;  /* a terminal, and NO_COLOR is not set (no-color.org) */
	size_t width; /* columns; 0 where unlimited: not a terminal         */
};

/* What is at the other end of fd. */
struct screen screen_of(int fd);

/* Starts and ends a colour (the number of an SGR code), nothing on a screen without colour. */
enum { SGR_BOLD = 1, SGR_RED = 31, SGR_GREEN = 32, SGR_YELLOW = 33, SGR_DIM = 2 };
void print_sgr(struct text *t, const struct screen *s, int sgr);
void print_sgr_end(struct text *t, const struct screen *s);

/*
 * "cloister: WHERE: message" on stderr, one line, whatever the message holds; where may be NULL.
 * Allocates nothing.
 */
void say_error(const char *where, const char *fmt, ...) PRINTF(2, 3);

/* The same for what is no failure. */
void say_note(const char *fmt, ...) PRINTF(1, 2);

/* Writes t to stdout. Returns EXITS_DONE; or says what is wrong with stdout and returns
 * EXITS_FAULT. A reader that went away is no fault of ours and is not mentioned. */
int print_out(const struct text *t) MUST_USE;

#endif
