/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lex.c - text to tokens.
 * Runs in: cloister-compile, tests. Linear in the text, no recursion.
 * Must not: drop or invent a byte: the tree has to print the text back.
 */
#include "profiles/lex.h"
#include "profiles/arena.h"
#include "profiles/diag.h"
#include "lib/base/fault.h"

#include <errno.h>
#include <string.h>

struct lexer {
	struct source *s;
	struct diags *d;
	uint32_t pos;
};

static char peek(const struct lexer *x, uint32_t ahead)
{
	uint64_t at = (uint64_t)x->pos + ahead;

	return at < x->s->size ? x->s->text[at] : '\0';
}

static int is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static int is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static int is_word(char c)
{
	return is_digit(c) || is_lower(c) || is_upper(c) || c == '_';
}

static int is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Bytes of the scalar at p, *ret its value; 0: not UTF-8 (RFC 3629: no surrogates, no overlong). */
static uint32_t scalar(const char *p, uint32_t left, uint32_t *ret)
{
	static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint8_t c = (uint8_t)p[0];
	uint32_t n = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc2 ? 2 : 0, v, i;

	if (n == 0 || n > left || c > 0xf4)
		return 0;
	v = n == 1 ? c : c & (0x7fu >> n);
	for (i = 1; i < n; i++) {
		if (((uint8_t)p[i] & 0xc0) != 0x80)
			return 0;
		v = v << 6 | ((uint8_t)p[i] & 0x3f);
	}
	if (v < least[n] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
		return 0;
	*ret = v;
	return n;
}

/* Shown as something else than it is, or not at all. */
static int is_hidden(uint32_t v)
{
	return (v >= 0x202a && v <= 0x202e) || (v >= 0x2066 && v <= 0x2069) ||
	       (v >= 0x200b && v <= 0x200f) || v == 0xfeff || v == 0x061c || v == 0x2028 ||
	       v == 0x2029;
}

static void bad_byte(struct lexer *x, uint32_t off, uint32_t len, const char *what)
{
	struct at at = { x->s, off, len };
	struct diag *row = diag_error(x->d, 1, at, "%s is not allowed", what);

	diag_help(x->d, row, "remove it, at byte %u of the file", off);
	diag_fix(row, at, "");
}

/* One scalar of a comment, a string or nowhere; returns its bytes, and reports what may not be. */
static uint32_t plain(struct lexer *x)
{
	const char *p = x->s->text + x->pos;
	uint32_t v = 0, n = scalar(p, x->s->size - x->pos, &v);
	char what[40] = "byte 0x";
	static const char digit[] = "0123456789abcdef";

	if (n == 0 || v < 0x20 || (v >= 0x7f && v < 0xa0)) {
		what[7] = digit[(uint8_t)p[0] >> 4];
		what[8] = digit[(uint8_t)p[0] & 15];
		bad_byte(x, x->pos, n ? n : 1,
			 *p == '\t'   ? "a tab"
			 : *p == '\r' ? "a carriage return"
			 : *p == '\0' ? "a NUL byte"
				      : what);
		return n ? n : 1;
	}
	if (is_hidden(v))
		bad_byte(x, x->pos, n, "an invisible or bidirectional control character");
	return n;
}

static uint32_t comment(struct lexer *x)
{
	uint32_t start = x->pos;

	while (x->pos < x->s->size && peek(x, 0) != '\n')
		x->pos += plain(x);
	return x->pos - start;
}

static uint32_t string(struct lexer *x, uint32_t *kind)
{
	uint32_t start = x->pos++;

	*kind = T_STRING;
	while (x->pos < x->s->size && peek(x, 0) != '\n') {
		if (peek(x, 0) == '"') {
			x->pos++;
			return x->pos - start;
		}
		if (peek(x, 0) == '\\' && (peek(x, 1) == '"' || peek(x, 1) == '\\'))
			x->pos++;
		x->pos += plain(x);
	}
	*kind = T_BAD;
	diag_help(x->d,
		  diag_error(x->d, 2, (struct at){ x->s, start, x->pos - start },
			     "this string has no end"),
		  "a string ends with '\"' on the line where it began");
	return x->pos - start;
}

/* An IPv6 network: hex digits and at least two colons, maybe a prefix length. 0: none here. */
static uint32_t inet6(const struct lexer *x)
{
	uint32_t n = 0, colons = 0;

	for (; is_hex(peek(x, n)) || peek(x, n) == ':'; n++)
		colons += peek(x, n) == ':';
	if (colons < 2)
		return 0;
	if (peek(x, n) == '/')
		for (n++; is_digit(peek(x, n));)
			n++;
	return n;
}

/* A number with what belongs to it: unit, rate, fraction of an address, prefix, date. */
static uint32_t number(const struct lexer *x)
{
	uint32_t n = peek(x, 0) == '-' ? 1 : 0;

	for (;; n++) {
		char c = peek(x, n), next = peek(x, n + 1);

		if (is_word(c) || c == '%')
			continue;
		if ((c == '.' || c == '/' || c == '-') && is_word(next))
			continue;
		return n;
	}
}

static uint32_t name(const struct lexer *x)
{
	uint32_t n = 0;

	for (;; n++) {
		char c = peek(x, n), next = peek(x, n + 1);

		if (is_word(c))
			continue;
		if ((c == '.' || c == '-') && is_word(next))
			continue;
		return n;
	}
}

static int has_upper(const char *s, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (is_upper(s[i]))
			return 1;
	return 0;
}

static uint32_t word(struct lexer *x, uint32_t *kind)
{
	const char *s = x->s->text + x->pos;
	uint32_t n = 0;
	struct at at = { x->s, x->pos, 0 };

	if (is_upper(*s)) {
		while (is_word(peek(x, n)))
			n++;
		*kind = T_CONST;
		return n;
	}
	n = at.len = name(x);
	*kind = T_NAME;
	if (has_upper(s, n)) {
		*kind = T_BAD;
		diag_error(x->d, 3, at, "a name has small letters, digits and '_' only");
	} else if (n > NAME_BYTES_MAX) {
		*kind = T_BAD;
		diag_error(x->d, 53, at, "a name of %u bytes; the limit is %d", n, NAME_BYTES_MAX);
	}
	return n;
}

static uint32_t punctuation(char c)
{
	static const struct {
		char c;
		uint32_t kind;
	} table[] = { { '{', T_OPEN },	{ '}', T_CLOSE }, { '(', T_LPAR }, { ')', T_RPAR },
		      { ',', T_COMMA }, { ':', T_COLON }, { '&', T_AMP },  { '|', T_BAR },
		      { '=', T_EQUAL }, { '\n', T_EOL } };
	size_t i;

	for (i = 0; i < ARRAY_LEN(table); i++)
		if (table[i].c == c)
			return table[i].kind;
	return T_END;
}

/* A character that begins nothing: T_BAD when it was reported as never allowed. */
static uint32_t nothing(struct lexer *x, uint32_t *kind)
{
	uint32_t start = x->pos, errors = x->d->nerror;

	x->pos += plain(x);
	*kind = x->d->nerror == errors ? T_STRAY : T_BAD;
	return x->pos - start;
}

static uint32_t next_token(struct lexer *x, uint32_t *kind)
{
	char c = peek(x, 0);
	uint32_t n = 0;

	if (c == ' ') {
		while (peek(x, n) == ' ')
			n++;
		*kind = T_SPACE;
		return n;
	}
	*kind = punctuation(c);
	if (*kind != T_END && !(c == ':' && peek(x, 1) == ':'))
		return 1;
	*kind = T_NUM;
	if ((is_hex(c) || c == ':') && (n = inet6(x)) > 0)
		return n;
	if (is_digit(c) || (c == '-' && is_digit(peek(x, 1))))
		return number(x);
	*kind = T_RANGE;
	if (c == '.' && peek(x, 1) == '.')
		return 2;
	if (is_lower(c) || is_upper(c))
		return word(x, kind);
	*kind = T_COMMENT;
	if (c == '#')
		return comment(x);
	if (c == '"')
		return string(x, kind);
	return nothing(x, kind);
}

/* Offsets of lines; returns the first offset past a bound, or the size. */
static uint32_t find_lines(struct source *s)
{
	uint32_t i, past = s->size;

	s->line[s->nline++] = 0;
	for (i = 0; i < s->size; i++) {
		if (i - s->line[s->nline - 1] == SOURCE_LINE_MAX && s->text[i] != '\n' && i < past)
			past = i;
		if (s->text[i] != '\n' || i + 1 == s->size)
			continue;
		if (s->nline == SOURCE_LINES_MAX)
			return i + 1 < past ? i + 1 : past;
		s->line[s->nline++] = i + 1;
	}
	return past;
}

static int too_large(struct source *s, struct diags *d, uint32_t at)
{
	struct at where = { s, at, 1 };

	if (s->size > SOURCE_BYTES_MAX)
		diag_error(d, 53, where, "the file has %u bytes; the limit is %d", s->size,
			   SOURCE_BYTES_MAX);
	else if (at < s->size && s->nline == SOURCE_LINES_MAX)
		diag_error(d, 53, where, "the file has more lines than %d", SOURCE_LINES_MAX);
	else if (at < s->size)
		diag_error(d, 53, where, "the line is longer than %d bytes", SOURCE_LINE_MAX);
	else
		return 0;
	s->tok[s->ntok++] = (struct token){ 0, s->size, T_BAD };
	return 1;
}

int lex_source(struct source *s, struct arena *trees, struct diags *d, struct fault *f)
{
	struct lexer x = { .s = s, .d = d };
	uint32_t bound;

	s->line = arena_get(trees, SOURCE_LINES_MAX * sizeof(*s->line));
	s->tok = arena_get(trees, ((size_t)s->size + 1) * sizeof(*s->tok));
	if (!s->line || !s->tok)
		return fault_set(f, -ENOMEM, "lex.memory", "%s", s->name);
	bound = find_lines(s);
	if (s->size > SOURCE_BYTES_MAX)
		bound = bound < SOURCE_BYTES_MAX ? bound : SOURCE_BYTES_MAX;
	if (!too_large(s, d, bound)) {
		while (x.pos < s->size) {
			struct token *t = &s->tok[s->ntok++];

			t->off = x.pos;
			t->len = next_token(&x, &t->kind);
			x.pos = t->off + t->len;
		}
	}
	arena_trim(trees, s->tok, (s->ntok + 1) * sizeof(*s->tok));
	return 0;
}
