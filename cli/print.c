/* SPDX-License-Identifier: Apache-2.0 */
/*
 * print.c - what people see. Runs in: cloister.
 *
 * Whatever a tenant or a file may have written is escaped here, where it is shown (I27, I28).
 */
#include "cli/print.h"
#include "lib/base/str.h"
#include "lib/client/exits.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { ERROR_MAX = 1200, WIDTH_LEAST = 40 };

struct screen screen_of(int fd)
{
	const char *none = getenv("NO_COLOR"), *term = getenv("TERM");
	struct screen s = { 0 };
	struct winsize w = { 0 };

	if (!isatty(fd))
		return s;
	s.tty = true;
	s.colour = !(none && none[0]) && term && strcmp(term, "dumb") != 0;
	if (ioctl(fd, TIOCGWINSZ, &w) == 0 && w.ws_col >= WIDTH_LEAST)
		s.width = w.ws_col;
	return s;
}

void print_sgr(struct text *t, const struct screen *s, int sgr)
{
	if (s->colour)
		text_fmt(t, "\033[%dm", sgr);
}

void print_sgr_end(struct text *t, const struct screen *s)
{
	if (s->colour)
		text_str(t, "\033[0m");
}

/* One write, so that lines of several programs do not mix. */
static void PRINTF(2, 0) line(const char *where, const char *fmt, va_list ap)
{
	char raw[ERROR_MAX], out[4 * ERROR_MAX + 1];
	int n = snprintf(raw, sizeof(raw), "cloister: %s%s", where ? where : "", where ? ": " : "");
	size_t len, used;

	if (n < 0 || (size_t)n >= sizeof(raw))
		n = 0;
	(void)vsnprintf(raw + n, sizeof(raw) - (size_t)n, fmt,
			ap); /* cut at the end: still a line */
	for (char *p = raw; *p; p++)
		if (*p == '\n' || *p == '\t')
			*p = ' ';
	len = str_escape(out, sizeof(out) - 1, raw, strlen(raw), &used);
	out[len++] = '\n';
	if (write(STDERR_FILENO, out, len) < 0)
		return; /* nowhere left to complain */
}

void say_error(const char *where, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line(where, fmt, ap);
	va_end(ap);
}

void say_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line(NULL, fmt, ap);
	va_end(ap);
}

int print_out(const struct text *t)
{
	int r = text_write(t, STDOUT_FILENO);

	if (r == 0)
		return EXITS_DONE;
	if (r != -EPIPE)
		say_error("standard output", "%s", strerrordesc_np(-r));
	return EXITS_FAULT;
}
