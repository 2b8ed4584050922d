/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diag.c - errors in files as people read them. Runs in: cloister.
 */
#include "cli/diag.h"
#include "lib/client/client.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* Bytes of the first n characters of s. */
static size_t bytes_of(const char *s, uint64_t n)
{
	size_t i = 0;

	for (; s[i]; i++)
		if (((unsigned char)s[i] & 0xc0) != 0x80 && n-- == 0)
			break;
	return i;
}

static size_t columns(const struct text *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		n += ((unsigned char)t->p[i] & 0xc0) != 0x80;
	return n;
}

/* How many columns a piece of the line takes once it is escaped; a TAB stays one. */
static size_t shown_columns(const char *s, size_t n)
{
	AUTO_TEXT struct text t = { 0 };

	text_shown(&t, s, n, true);
	return columns(&t);
}

static void source_line(struct text *t, const struct screen *s, const json_t *d, int sgr)
{
	const char *src = client_str(d, "source", "");
	uint64_t col = client_u64(d, "column"), len = client_u64(d, "length");
	size_t before = bytes_of(src, col ? col - 1 : 0);
	size_t under = bytes_of(src + before, len ? len : 1);
	size_t wide = shown_columns(src + before, under);

	text_fmt(t, "%5" PRIu64 " | ", client_u64(d, "line"));
	text_shown(t, src, strlen(src), true);
	text_str(t, "\n      | ");
	text_fill(t, ' ', shown_columns(src, before));
	print_sgr(t, s, sgr);
	text_str(t, "^");
	text_fill(t, '~', wide > 1 ? wide - 1 : 0);
	print_sgr_end(t, s);
	text_str(t, "\n");
}

/* Further lines of a help text keep the indent of the first. */
static void indented(struct text *t, const char *label, const char *s)
{
	if (label[0])
		text_fmt(t, "   %s: ", label);
	for (; *s; s++) {
		size_t n = strcspn(s, "\n");

		text_shown(t, s, n, true);
		text_str(t, s[n] ? "\n         " : "");
		s += n;
		if (!*s)
			break;
	}
	text_str(t, "\n");
}

void diag_text(struct text *t, const struct screen *s, const json_t *d)
{
	const char *severity = client_str(d, "severity", "error");
	const char *help = client_str(d, "help", ""), *file = client_str(d, "file", "-");
	const char *message = client_str(d, "message", "");
	int sgr = strcmp(severity, "warning") == 0 ? SGR_YELLOW : SGR_RED;

	print_sgr(t, s, SGR_BOLD);
	text_shown(t, file, strlen(file), true);
	text_fmt(t, ":%" PRIu64 ":%" PRIu64 ": ", client_u64(d, "line"), client_u64(d, "column"));
	print_sgr_end(t, s);
	print_sgr(t, s, sgr);
	text_shown(t, severity, strlen(severity), true);
	text_str(t, "[");
	text_shown(t, client_str(d, "code", "P000"), strlen(client_str(d, "code", "P000")), true);
	text_str(t, "]");
	print_sgr_end(t, s);
	text_str(t, ": ");
	indented(t, "", message);
	if (client_u64(d, "line"))
		source_line(t, s, d, sgr);
	if (help[0])
		indented(t, "help", help);
}

void diag_print(const json_t *diagnostics)
{
	AUTO_TEXT struct text t = { 0 };
	struct screen s = screen_of(STDERR_FILENO);

	for (size_t i = 0; i < json_array_size(diagnostics); i++)
		diag_text(&t, &s, json_array_get(diagnostics, i));
	if (text_write(&t, STDERR_FILENO) < 0)
		return; /* nowhere left to complain */
}

bool diag_has_error(const json_t *diagnostics)
{
	for (size_t i = 0; i < json_array_size(diagnostics); i++)
		if (strcmp(client_str(json_array_get(diagnostics, i), "severity", "error"),
			   "error") == 0)
			return true;
	return false;
}
