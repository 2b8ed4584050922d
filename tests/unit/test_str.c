/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_str.c - bounded strings: every class of input that another process or a tenant could send.
 */
/* links: lib/base */
#include "tests/unit/unit.h"

#include "lib/base/str.h"

#include <errno.h>
#include <string.h>

#define N10 "aaaaaaaaaa"
#define N31 N10 N10 N10 "a"
#define N64 N31 N31 "aa"
/* A literal with its length, so that NUL bytes count. */
#define S(x) x, sizeof(x) - 1

static const struct {
	const char *why, *s;
	size_t n;
	bool want;
} labels[] = {
	{ "one letter", S("a"), true },
	{ "all kinds", S("a0-z-9"), true },
	{ "31 bytes", S(N31), true },
	{ "32 bytes", S(N31 "a"), false },
	{ "empty", S(""), false },
	{ "a digit first", S("0a"), false },
	{ "a dash first", S("-x"), false },
	{ "upper case", S("Aa"), false },
	{ "underscore", S("a_b"), false },
	{ "a dot", S("a.b"), false },
	{ "parent folder", S(".."), false },
	{ "a slash", S("a/b"), false },
	{ "a newline behind", S("a\n"), false },
	{ "a NUL inside", S("a\0b"), false },
	{ "a high byte", S("a\xc3\xa9"), false },
};

static const struct {
	const char *why, *s;
	size_t n;
	bool want;
} names[] = {
	{ "one part", S("shell"), true },
	{ "parts with dots", S("web.nginx"), true },
	{ "parts with dashes and digits", S("cache-2.redis_7"), true },
	{ "64 bytes", S(N64), true },
	{ "65 bytes", S(N64 "a"), false },
	{ "empty", S(""), false },
	{ "a dot at the end", S("web."), false },
	{ "a dash at the end", S("web-"), false },
	{ "an empty part", S("web..nginx"), false },
	{ "dot then dash", S("web.-x"), false },
	{ "a dot first", S(".web"), false },
	{ "a digit first", S("1web"), false },
	{ "underscore first", S("_web"), false },
	{ "upper case", S("Web"), false },
	{ "a slash", S("web/nginx"), false },
	{ "a NUL inside", S("web\0x"), false },
};

static const struct {
	const char *why, *s;
	size_t n;
	bool may_dir, want;
} paths[] = {
	{ "plain", S("/usr/bin/true"), false, true },
	{ "plain where a folder may stand", S("/usr/bin"), true, true },
	{ "folder", S("/usr/"), true, true },
	{ "folder where none may stand", S("/usr/"), false, false },
	{ "root as a folder", S("/"), true, true },
	{ "root as a file", S("/"), false, false },
	{ "relative", S("usr/bin"), true, false },
	{ "empty", S(""), true, false },
	{ "dot", S("/usr/./bin"), true, false },
	{ "dot at the end", S("/usr/."), true, false },
	{ "dot dot", S("/usr/../etc"), true, false },
	{ "dot dot at the end", S("/usr/.."), true, false },
	{ "dot dot only", S("/.."), true, false },
	{ "dot dot then slash", S("/../"), true, false },
	{ "three dots are a name", S("/..."), true, true },
	{ "a name that starts with dots", S("/..a/.b"), true, true },
	{ "empty segment", S("/usr//bin"), true, false },
	{ "two slashes at the end", S("/usr//"), true, false },
	{ "two slashes only", S("//"), true, false },
	{ "NUL", S("/a\0b"), true, false },
	{ "newline", S("/a\nb"), true, false },
	{ "DEL", S("/a\x7f"), true, false },
	{ "high bytes are names", S("/\xc3\xa9"), true, true },
};

static void shapes(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(labels); i++)
		unit_eq(str_is_label(labels[i].s, labels[i].n), labels[i].want, labels[i].why);
	for (size_t i = 0; i < UNIT_LEN(names); i++)
		unit_eq(str_is_name(names[i].s, names[i].n), names[i].want, names[i].why);
	for (size_t i = 0; i < UNIT_LEN(paths); i++)
		unit_eq(str_is_path(paths[i].s, paths[i].n, paths[i].may_dir), paths[i].want,
			paths[i].why);
}

static const struct {
	const char *why, *s;
	size_t n;
	bool want;
} texts[] = {
	{ "empty", S(""), true },
	{ "ASCII", S("a\tb\n"), true },
	{ "NUL", S("a\0b"), false },
	{ "two bytes", S("\xc2\x80"), true },
	{ "largest two", S("\xdf\xbf"), true },
	{ "smallest three", S("\xe0\xa0\x80"), true },
	{ "overlong two", S("\xc1\xbf"), false },
	{ "overlong slash", S("\xc0\xaf"), false },
	{ "overlong three", S("\xe0\x9f\xbf"), false },
	{ "overlong four", S("\xf0\x8f\xbf\xbf"), false },
	{ "overlong NUL", S("\xc0\x80"), false },
	{ "below the surrogates", S("\xed\x9f\xbf"), true },
	{ "first surrogate", S("\xed\xa0\x80"), false },
	{ "last surrogate", S("\xed\xbf\xbf"), false },
	{ "above the surrogates", S("\xee\x80\x80"), true },
	{ "largest scalar", S("\xf4\x8f\xbf\xbf"), true },
	{ "past the largest", S("\xf4\x90\x80\x80"), false },
	{ "five bytes", S("\xf8\x88\x80\x80\x80"), false },
	{ "a lone continuation", S("\x80"), false },
	{ "cut after one", S("\xe2\x82"), false },
	{ "cut by ASCII", S("\xe2\x82z"), false },
	{ "0xff", S("\xff"), false },
};

static void utf8(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(texts); i++)
		unit_eq(str_is_utf8(texts[i].s, texts[i].n), texts[i].want, texts[i].why);
}

static const struct {
	const char *why, *s;
	size_t n;
	const char *want;
} escapes[] = {
	{ "shown as it is", S("a b\n\tc~"), "a b\n\tc~" },
	{ "UTF-8 is shown", S("\xc3\xa9\xe2\x82\xac"), "\xc3\xa9\xe2\x82\xac" },
	{ "ESC", S("\x1b[31m"), "\\x1b[31m" },
	{ "BEL and CR", S("\a\r"), "\\x07\\x0d" },
	{ "DEL", S("\x7f"), "\\x7f" },
	{ "NUL", S("\0"), "\\x00" },
	{ "C1: CSI in UTF-8", S("\xc2\x9b"), "\\xc2\\x9b" },
	{ "C1 as a bare byte", S("\x9b"), "\\x9b" },
	{ "broken UTF-8", S("a\xe2\x82z"), "a\\xe2\\x82z" },
	{ "bidi override", S("\xe2\x80\xae"), "\\xe2\\x80\\xae" },
	{ "bidi mark", S("\xd8\x9c"), "\\xd8\\x9c" },
	{ "bidi isolate", S("\xe2\x81\xa6"), "\\xe2\\x81\\xa6" },
	{ "zero width", S("\xe2\x80\x8b"), "\\xe2\\x80\\x8b" },
	{ "line separator", S("\xe2\x80\xa8"), "\\xe2\\x80\\xa8" },
	{ "byte order mark", S("\xef\xbb\xbf"), "\\xef\\xbb\\xbf" },
};

static void escaping(void **state)
{
	char out[64];
	size_t used, n;

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(escapes); i++) {
		n = str_escape(out, sizeof(out) - 1, escapes[i].s, escapes[i].n, &used);
		out[n] = '\0';
		unit_row(strcmp(out, escapes[i].want) == 0, escapes[i].why);
		unit_eq(used, escapes[i].n, escapes[i].why);
	}
}

/* With any room at all: never over the room, never half an escape, and calls in a row give the
 * whole. */
static void escaping_in_pieces(void **state)
{
	static const char in[] = "a\x1b\xc3\xa9\x9b z\xe2\x80\xae.";
	char whole[64], got[64];
	size_t used, n = str_escape(whole, sizeof(whole), in, sizeof(in) - 1, &used);

	(void)state;
	for (size_t cap = 12; cap < 48; cap++) {
		size_t at = 0, out = 0;

		while (at < sizeof(in) - 1) {
			size_t w = str_escape(got + out, cap, in + at, sizeof(in) - 1 - at, &used);

			assert_true(w <= cap);
			assert_true(used > 0);
			at += used;
			out += w;
		}
		assert_int_equal(out, n);
		assert_memory_equal(got, whole, n);
	}
	assert_int_equal(str_escape(got, 3, "\x1b", 1, &used), 0);
	assert_int_equal(used, 0);
}

static const struct {
	const char *why, *s;
	size_t n;
	int want;
	uint64_t v;
} numbers[] = {
	{ "zero", S("0"), 0, 0 },
	{ "leading zeros", S("007"), 0, 7 },
	{ "largest", S("18446744073709551615"), 0, UINT64_MAX },
	{ "one more", S("18446744073709551616"), -ERANGE, 0 },
	{ "a digit more", S("184467440737095516150"), -ERANGE, 0 },
	{ "empty", S(""), -EINVAL, 0 },
	{ "sign", S("-1"), -EINVAL, 0 },
	{ "plus", S("+1"), -EINVAL, 0 },
	{ "space", S(" 1"), -EINVAL, 0 },
	{ "unit", S("1k"), -EINVAL, 0 },
	{ "hex", S("0x1"), -EINVAL, 0 },
	{ "NUL behind", S("1\0"), -EINVAL, 0 },
};

static void decimal(void **state)
{
	static const uint64_t there_and_back[] = { 0, 9, 10, 99, 100, 1u << 31, UINT64_MAX };

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(numbers); i++) {
		uint64_t v = 12345;

		unit_eq(str_to_u64(numbers[i].s, numbers[i].n, &v), numbers[i].want,
			numbers[i].why);
		unit_row(v == (numbers[i].want ? 12345 : numbers[i].v), numbers[i].why);
	}
	for (size_t i = 0; i < UNIT_LEN(there_and_back); i++) {
		char text[21], want[32];
		uint64_t v = 0;
		size_t n = str_u64(text, there_and_back[i]);

		(void)snprintf(want, sizeof(want), "%llu", (unsigned long long)there_and_back[i]);
		assert_string_equal(text, want);
		assert_int_equal(n, strlen(want));
		assert_int_equal(str_to_u64(text, n, &v), 0);
		assert_true(v == there_and_back[i]);
	}
}

static void copying(void **state)
{
	char dst[4] = "???";

	(void)state;
	assert_int_equal(str_copy(dst, sizeof(dst), "abc"), 0);
	assert_string_equal(dst, "abc");
	assert_int_equal(str_copy(dst, sizeof(dst), ""), 0);
	assert_string_equal(dst, "");
	assert_int_equal(str_copy(dst, sizeof(dst), "abcd"), -ENAMETOOLONG);
	assert_string_equal(dst, "abc");
	dst[0] = 'z';
	assert_int_equal(str_copy(dst, 0, ""), -ENAMETOOLONG);
	assert_int_equal(dst[0], 'z');
}

static void hexadecimal(void **state)
{
	uint8_t all[256], back[256];
	char hex[513];

	(void)state;
	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)i;
	str_hex(hex, all, sizeof(all));
	assert_int_equal(strlen(hex), 512);
	assert_memory_equal(hex, "000102", 6);
	assert_string_equal(hex + 506, "fdfeff");
	assert_int_equal(str_unhex(back, hex, sizeof(back)), 0);
	assert_memory_equal(all, back, sizeof(all));
	assert_int_equal(str_unhex(back, "AB", 1), -EINVAL); /* one spelling only */
	assert_int_equal(str_unhex(back, "0g", 1), -EINVAL);
	assert_int_equal(str_unhex(back, "", 1), -EINVAL);
	assert_int_equal(str_unhex(back, "a", 1), -EINVAL);
}

static void test_digits(void **state)
{
	static const struct {
		const char *s, *rest;
		uint64_t want;
	} rows[] = {
		{ "12x", "x", 12 },
		{ "", "", 0 },
		{ "x1", "x1", 0 },
		{ "007\n", "\n", 7 },
		{ "18446744073709551615", "", UINT64_MAX },
		{ "18446744073709551616.", ".", UINT64_MAX },
		{ "99999999999999999999999", "", UINT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(rows); i++) {
		const char *p = rows[i].s;

		unit_row(str_digits(&p) == rows[i].want, rows[i].s);
		assert_string_equal(p, rows[i].rest);
	}
}

static void test_version(void **state)
{
	(void)state;
	assert_int_equal(str_version("6.12.3-amd64"), 6 << 16 | 12 << 8 | 3);
	assert_int_equal(str_version("6.1.0-9-cloud"), 6 << 16 | 1 << 8);
	assert_int_equal(str_version("6.1.300"), 6 << 16 | 1 << 8 | 255);
	assert_int_equal(str_version("7"), 7 << 16);
	assert_int_equal(str_version("x"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digits), cmocka_unit_test(test_version),
		cmocka_unit_test(shapes),      cmocka_unit_test(utf8),
		cmocka_unit_test(escaping),    cmocka_unit_test(escaping_in_pieces),
		cmocka_unit_test(decimal),     cmocka_unit_test(copying),
		cmocka_unit_test(hexadecimal),
	};

	return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
