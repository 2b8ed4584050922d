/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.c - strings and paths of the language.
 * Runs in: cloister-compile, tests.
 */
#include "profiles/value.h"
#include "profiles/arena.h"
#include "profiles/diag.h"
#include "lib/base/str.h"

#include <stdio.h>
#include <string.h>

static size_t put_utf8(char *out, uint32_t v)
{
	if (v < 0x80) {
		out[0] = (char)v;
		return 1;
	}
	if (v < 0x800) {
		out[0] = (char)(0xc0 | v >> 6);
		out[1] = (char)(0x80 | (v & 0x3f));
		return 2;
	}
	if (v < 0x10000) {
		out[0] = (char)(0xe0 | v >> 12);
		out[1] = (char)(0x80 | (v >> 6 & 0x3f));
		out[2] = (char)(0x80 | (v & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | v >> 18);
	out[1] = (char)(0x80 | (v >> 12 & 0x3f));
	out[2] = (char)(0x80 | (v >> 6 & 0x3f));
	out[3] = (char)(0x80 | (v & 0x3f));
	return 4;
}

/* \u{HEX} behind the backslash: bytes it took, 0 when it is none. What may not stand in a text may
 * not be spelled either (A.2). */
static size_t unicode(const char *s, size_t n, uint32_t *ret)
{
	uint32_t v = 0;
	size_t i = 2;

	if (n < 4 || s[0] != 'u' || s[1] != '{')
		return 0;
	for (; i < n && s[i] != '}' && i < 8; i++) {
		uint32_t c = (uint8_t)s[i], low = c | 32;

		if (c >= '0' && c <= '9')
			v = v * 16 + (c - '0');
		else if (low >= 'a' && low <= 'f')
			v = v * 16 + (low - 'a' + 10);
		else
			return 0;
	}
	if (i >= n || s[i] != '}' || i == 2 || v < 0x20 || (v >= 0x7f && v < 0xa0) ||
	    (v >= 0xd800 && v < 0xe000) || v > 0x10ffff || (v >= 0x200b && v <= 0x200f) ||
	    (v >= 0x202a && v <= 0x202e) || (v >= 0x2066 && v <= 0x2069) || v == 0xfeff ||
	    v == 0x061c || v == 0x2028 || v == 0x2029)
		return 0;
	*ret = v;
	return i + 1;
}

/* One escape at s (behind the backslash); bytes taken, 0 unknown; *out gets len bytes. */
static size_t escape(const char *s, size_t n, char *out, size_t *len)
{
	static const char from[] = "\\\"nt", to[] = "\\\"\n\t";
	const char *p = n && *s ? strchr(from, *s) : NULL;
	uint32_t v = 0;
	size_t used;

	if (p) {
		*out = to[p - from];
		*len = 1;
		return 1;
	}
	used = unicode(s, n, &v);
	if (used)
		*len = put_utf8(out, v);
	return used;
}

bool value_string(struct cursor *c, const char **ret, struct at *ret_at)
{
	struct at at = cur_at(c);
	const char *s;
	char *out;
	size_t i, n = 0, len = 0, used;

	if (!cur_expect(c, T_STRING, "a string in quotes"))
		return false;
	s = at_text(at);
	out = arena_get(c->d->arena, at.len);
	if (!out || at.len - 2 > STRING_BYTES_MAX) {
		diag_error(c->d, 53, at, "a string of %u bytes; the limit is %d", at.len - 2,
			   STRING_BYTES_MAX);
		return false;
	}
	for (i = 1; i + 1 < at.len; i += used) {
		used = 1;
		if (s[i] == '$' && s[i + 1] == '{') {
			diag_later(c->d, (struct at){ at.src, at.off + (uint32_t)i, 2 },
				   "'${name}' in a string");
			return false;
		}
		if (s[i] != '\\') {
			out[n++] = s[i];
			continue;
		}
		used = escape(s + i + 1, at.len - i - 2, out + n, &len);
		if (used++ == 0) {
			struct at bad = { at.src, at.off + (uint32_t)i, 2 };

			diag_help(c->d, diag_error(c->d, 3, bad, "this escape is not known"),
				  "known are \\\\ \\\" \\n \\t and \\u{HEX}");
			return false;
		}
		n += len;
	}
	out[n] = '\0';
	*ret = out;
	*ret_at = at;
	return true;
}

/* The canonical spelling of what was probably meant, or NULL. */
static const char *canonical(struct arena *a, const char *path)
{
	size_t n = strlen(path), i, out = 0;
	char *p = arena_get(a, n + 2);

	if (!p || *path != '/')
		return NULL;
	for (i = 0; i < n;) {
		size_t end = i;

		while (path[end] == '/')
			end++;
		p[out++] = '/';
		i = end;
		while (path[end] && path[end] != '/')
			end++;
		if (end - i == 1 && path[i] == '.') {
			out--;
		} else if (end - i == 2 && path[i] == '.' && path[i + 1] == '.') {
			return NULL;
		} else {
			memcpy(p + out, path + i, end - i);
			out += end - i;
		}
		i = end;
	}
	return p;
}

bool value_path(struct cursor *c, const char **ret, struct at *ret_at)
{
	const char *better;
	struct diag *row;

	if (!value_string(c, ret, ret_at))
		return false;
	if (str_is_path(*ret, strlen(*ret), true))
		return true;
	row = diag_error(c->d, 30, *ret_at,
			 **ret == '/' ? "the path is not canonical" : "the path is not absolute");
	better = canonical(c->d->arena, *ret);
	if (better && str_is_path(better, strlen(better), true))
		diag_help(c->d, row, "write \"%s\"", better);
	else
		diag_help(c->d, row, "a path starts with '/', without '.', '..' or empty parts");
	return false;
}

bool value_is_label(struct diags *d, struct at at)
{
	if (str_is_label(at_text(at), at.len) && !at_is(at, "host") && !at_is(at, "world"))
		return true;
	diag_help(d,
		  diag_error(d, 100, at, "'%.*s' cannot be a name here", (int)at.len, at_text(at)),
		  "small letters, digits and '-', at most 31, a letter first; not host or world");
	return false;
}

bool value_label(struct cursor *c, const char *what, const char **ret, struct at *ret_at)
{
	if (!cur_name(c, ret_at, what) || !value_is_label(c->d, *ret_at))
		return false;
	*ret = arena_printf(c->d->arena, "%.*s", (int)ret_at->len, at_text(*ret_at));
	return true;
}

bool value_sha256(struct cursor *c, uint8_t ret[32])
{
	enum { BYTES = 32 };
	struct at at = cur_at(c);

	if (cur_accept_word(c, "sha256") && cur_accept(c, T_COLON)) {
		at = cur_at(c);
		if ((cur_accept(c, T_NUM) || cur_accept(c, T_NAME)) && at.len == 2 * BYTES &&
		    str_unhex(ret, at_text(at), BYTES) == 0)
			return true;
	}
	if (!c->failed)
		diag_error(c->d, 20, at, "expected sha256: and 64 hex digits");
	c->failed = true;
	return false;
}
