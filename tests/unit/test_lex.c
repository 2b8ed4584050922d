/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_lex.c - tokens by kind, what may not stand in a text, bounds, nearest words.
 */
/* links: profiles/lex.c profiles/arena.c profiles/diag.c profiles/tree.c lib/base */
#include "tests/unit/unit.h"

#include "profiles/lex.h"
#include "profiles/arena.h"
#include "profiles/diag.h"
#include "lib/base/fault.h"

#include <string.h>

enum { ROOM = 16 << 20 };

struct run {
	struct arena arena, trees;
	struct diags d;
	struct source s;
};

static void lex(struct run *r, const char *text, size_t n)
{
	struct fault f = { 0 };

	*r = (struct run){ .s = { .name = "t", .text = text, .size = (uint32_t)n } };
	assert_int_equal(arena_init(&r->arena, ROOM, &f), 0);
	assert_int_equal(arena_init(&r->trees, ROOM, &f), 0);
	r->d.arena = &r->arena;
	assert_int_equal(lex_source(&r->s, &r->trees, &r->d, &f), 0);
}

static void end(struct run *r)
{
	arena_fini(&r->trees);
	arena_fini(&r->arena);
}

static const char letters[T__COUNT + 1] = {
	[T_END] = '?',	 [T_SPACE] = ' ', [T_COMMENT] = '#', [T_EOL] = ';',   [T_NAME] = 'n',
	[T_CONST] = 'C', [T_NUM] = '0',	  [T_STRING] = '"',  [T_OPEN] = '{',  [T_CLOSE] = '}',
	[T_LPAR] = '(',	 [T_RPAR] = ')',  [T_COMMA] = ',',   [T_COLON] = ':', [T_AMP] = '&',
	[T_BAR] = '|',	 [T_EQUAL] = '=', [T_RANGE] = '-',   [T_STRAY] = '!', [T_BAD] = '*',
};

static const struct {
	const char *why, *text, *kinds;
	uint32_t code; /* of the first error, 0 none */
} rows[] = {
	{ "words", "limit memory.high 4", "n n 0", 0 },
	{ "a name in parts", "web.nginx io.read-ops a_b", "n n n", 0 },
	{ "constants", "PROT_READ|PROT_EXEC", "C|C", 0 },
	{ "numbers with units", "0x1f 0o17 10MiB/s 500/s 150% 30s", "0 0 0 0 0 0", 0 },
	{ "networks", "10.0.0.0/8 2001:db8::/32 ::/0", "0 0 0", 0 },
	{ "a range is three tokens", "8000..8015", "0-0", 0 },
	{ "a minus belongs to its number", "-100", "0", 0 },
	{ "a colon behind a mask", "a & 0xff: 1", "n & 0: 0", 0 },
	{ "a name and a colon are no network", "fd:0", "n:0", 0 },
	{ "a pin", "sha256:e3b0", "n:n", 0 },
	{ "a date", "2027-03-31", "0", 0 },
	{ "string with an escape", "\"a\\\"b\"", "\"", 0 },
	{ "comment to the line's end", "a # b\nc", "n #;n", 0 },
	{ "list and arguments", "x(a: B, c) = { }", "n(n: C, n) = { }", 0 },
	{ "string without an end", "\"abc\nx", "*;n", 2 },
	{ "tab", "a\tb", "n*n", 1 },
	{ "carriage return", "a\r\n", "n*;", 1 },
	{ "control byte in a comment", "# \x01", "#", 1 },
	{ "DEL", "\x7f", "*", 1 },
	{ "C1 control", "\xc2\x85", "*", 1 },
	{ "invalid UTF-8", "# \xff", "#", 1 },
	{ "overlong UTF-8", "# \xc0\xaf", "#", 1 },
	{ "surrogate", "# \xed\xa0\x80", "#", 1 },
	{ "cut UTF-8", "# \xe2\x82", "#", 1 },
	{ "bidi control in a comment", "# \xe2\x80\xae", "#", 1 },
	{ "a bidi mark in a comment", "# \xd8\x9c", "#", 1 },
	{ "a line separator in a comment", "# \xe2\x80\xa8", "#", 1 },
	{ "isolate in a string", "\"\xe2\x81\xa6\"", "\"", 1 },
	{ "zero width", "# \xe2\x80\x8b", "#", 1 },
	{ "byte order mark", "\xef\xbb\xbf", "*", 1 },
	{ "other scripts in a comment", "# \xc3\xa4\xe2\x82\xac", "#", 0 },
	{ "a letter outside of strings", "\xc3\xa4", "!", 0 },
	{ "stray characters", "@ $", "! !", 0 },
	{ "capitals in a name", "aBc", "*", 3 },
};

static void kinds(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(rows); i++) {
		struct run r;
		char got[64] = "";

		lex(&r, rows[i].text, strlen(rows[i].text));
		for (uint32_t k = 0; k < r.s.ntok && k < sizeof(got) - 1; k++)
			got[k] = letters[r.s.tok[k].kind];
		unit_row(strcmp(got, rows[i].kinds) == 0, rows[i].why);
		unit_eq(r.d.nerror ? r.d.error[0].code : 0, rows[i].code, rows[i].why);
		end(&r);
	}
}

static void nul(void **state)
{
	struct run r;

	(void)state;
	lex(&r, "a\0b", 3);
	assert_int_equal(r.d.nerror, 1);
	assert_int_equal(r.d.error[0].code, 1);
	assert_int_equal(r.d.error[0].at.off, 1);
	assert_int_equal(r.s.ntok, 3);
	end(&r);
}

/* Every byte is in one token, in order. */
static void covers(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(rows); i++) {
		struct run r;
		uint32_t at = 0;

		lex(&r, rows[i].text, strlen(rows[i].text));
		for (uint32_t k = 0; k < r.s.ntok; k++) {
			unit_eq(r.s.tok[k].off, at, rows[i].why);
			unit_row(r.s.tok[k].len > 0, rows[i].why);
			at += r.s.tok[k].len;
		}
		unit_eq(at, strlen(rows[i].text), rows[i].why);
		end(&r);
	}
}

static const struct {
	const char *why;
	uint32_t size, line; /* bytes in all, a line end after each so many */
	uint32_t code;
} bounds[] = {
	{ "a line of 1024 bytes", 1025, 1024, 0 },
	{ "a line of 1025 bytes", 1026, 1025, 53 },
	{ "256 KiB", SOURCE_BYTES_MAX, 1000, 0 },
	{ "a byte more", SOURCE_BYTES_MAX + 1, 1000, 53 },
	{ "8192 lines", SOURCE_LINES_MAX * 8, 7, 0 },
	{ "8193 lines", SOURCE_LINES_MAX * 8 + 8, 7, 53 },
};

static void at_bounds(void **state)
{
	static char text[SOURCE_BYTES_MAX + 1];

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(bounds); i++) {
		struct run r;

		memset(text, ' ', sizeof(text));
		for (uint32_t k = bounds[i].line; k < bounds[i].size; k += bounds[i].line + 1)
			text[k] = '\n';
		lex(&r, text, bounds[i].size);
		unit_eq(r.d.nerror ? r.d.error[0].code : 0, bounds[i].code, bounds[i].why);
		end(&r);
	}
}

/* Columns count scalars, not bytes. */
static void columns(void **state)
{
	static const char text[] = "a\n# \xc3\xa4 \xe2\x82\xac x";
	struct run r;
	struct place p;

	(void)state;
	lex(&r, text, sizeof(text) - 1);
	p = at_place((struct at){ &r.s, (uint32_t)sizeof(text) - 2, 1 });
	assert_int_equal(p.line, 2);
	assert_int_equal(p.column, 7);
	end(&r);
}

static const struct {
	const char *a, *b;
	unsigned want;
} words[] = {
	{ "epol_wait", "epoll_wait", 1 }, { "raed", "read", 1 },      { "read", "read", 0 },
	{ "write", "writev", 1 },	  { "memory", "memry", 1 },   { "abcd", "badc", 2 },
	{ "abcdef", "uvwxyz", 3 },	  { "a", "abcdefghijkl", 3 }, { "", "ab", 2 },
};

static void distance(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(words); i++)
		unit_eq(edit_distance(words[i].a, strlen(words[i].a), words[i].b,
				      strlen(words[i].b)),
			words[i].want, words[i].a);
}

static void nearest(void **state)
{
	static const char *const names[] = { "read", "readv", "pread64", "write", "rseq" };
	struct nearest nr;

	(void)state;
	nearest_init(&nr, "raed", 4);
	for (size_t i = 0; i < UNIT_LEN(names); i++)
		nearest_try(&nr, names[i]);
	assert_int_equal(nr.count, 1);
	assert_string_equal(nr.name[0], "read");
	nearest_init(&nr, "xyz", 3);
	for (size_t i = 0; i < UNIT_LEN(names); i++)
		nearest_try(&nr, names[i]);
	assert_int_equal(nr.count, 0);
}

/* The bound on reports, and one place reported once. */
static void reports(void **state)
{
	struct run r;

	(void)state;
	lex(&r, "abc", 3);
	for (uint32_t i = 0; i < 50; i++)
		diag_error(&r.d, 3, (struct at){ &r.s, i % 3, 1 }, "x");
	assert_int_equal(r.d.nerror, 3);
	for (uint32_t i = 0; i < 50; i++)
		diag_error(&r.d, 100 + i, (struct at){ &r.s, 0, 1 }, "x");
	assert_int_equal(r.d.nerror, COMPILE_DIAGS_MAX);
	r.s.flags = COMPILE_F_LIBRARY;
	diag_warn(&r.d, 91, (struct at){ &r.s, 0, 1 }, "x");
	assert_int_equal(r.d.nwarning, 0);
	end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds),     cmocka_unit_test(nul),	cmocka_unit_test(covers),
		cmocka_unit_test(at_bounds), cmocka_unit_test(columns), cmocka_unit_test(distance),
		cmocka_unit_test(nearest),   cmocka_unit_test(reports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
