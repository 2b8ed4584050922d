/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.c - a growing piece of output. Runs in: cloister.
 */
#include "cli/text.h"
#include "lib/base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { GROW_FIRST = 512, SHOWN_PIECE = 256 };

void text_fini(struct text *t)
{
	free(t->p);
	*t = (struct text){ 0 };
}

/* Room for n more bytes and a NUL. */
static bool room(struct text *t, size_t n)
{
	size_t want = t->cap ? t->cap : GROW_FIRST;
	char *p;

	if (t->bad || n > SIZE_MAX / 4 || t->n > SIZE_MAX / 4) {
		t->bad = true;
		return false;
	}
	while (want < t->n + n + 1)
		want *= 2;
	if (want == t->cap)
		return true;
	p = realloc(t->p, want);
	if (!p) {
		t->bad = true;
		return false;
	}
	t->p = p;
	t->cap = want;
	return true;
}

void text_add(struct text *t, const void *p, size_t n)
{
	if (!room(t, n))
		return;
	if (n)
		memcpy(t->p + t->n, p, n);
	t->n += n;
	t->p[t->n] = '\0';
}

void text_str(struct text *t, const char *s)
{
	text_add(t, s, strlen(s));
}

void text_fmt(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !room(t, (size_t)n)) {
		t->bad = true;
		return;
	}
	va_start(ap, fmt);
	(void)vsnprintf(t->p + t->n, (size_t)n + 1, fmt, ap); /* sized above */
	va_end(ap);
	t->n += (size_t)n;
}

void text_fill(struct text *t, char c, size_t n)
{
	if (!room(t, n))
		return;
	memset(t->p + t->n, c, n);
	t->n += n;
	t->p[t->n] = '\0';
}

/* LF and TAB of a text that has to stay on one line. */
static void shown_line(struct text *t, const char *p, size_t n)
{
	size_t start = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] != '\n' && p[i] != '\t')
			continue;
		text_add(t, p + start, i - start);
		text_str(t, p[i] == '\n' ? "\\x0a" : "\\x09");
		start = i + 1;
	}
	text_add(t, p + start, n - start);
}

void text_shown(struct text *t, const char *p, size_t n, bool one_line)
{
	char buf[4 * SHOWN_PIECE];

	while (n) {
		size_t used, len = str_escape(buf, sizeof(buf), p, n, &used);

		if (one_line)
			shown_line(t, buf, len);
		else
			text_add(t, buf, len);
		p += used;
		n -= used;
	}
}

int text_write(const struct text *t, int fd)
{
	if (t->bad)
		return -ENOMEM;
	for (size_t done = 0; done < t->n;) {
		ssize_t n = RETRY_EINTR(write(fd, t->p + done, t->n - done));

		if (n < 0)
			return -errno;
		done += (size_t)n;
	}
	return 0;
}
