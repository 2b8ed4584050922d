/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_varlink.c - frames and bounds of the client wire: size, depth, duplicate keys, and that the
 * cutting of the bytes makes no difference.
 */
/* links: lib/varlink lib/base */
/* libs: -ljansson */
#include "tests/unit/unit.h"

#include "lib/varlink/varlink.h"

#include <errno.h>
#include <string.h>

static void feed(struct varlink_in *in, const char *p, size_t n)
{
	while (n) {
		size_t room, take;
		char *to = varlink_in_space(in, &room);

		assert_true(room > 0);
		take = room < n ? room : n;
		memcpy(to, p, take);
		varlink_in_add(in, take);
		p += take;
		n -= take;
	}
}

static const struct {
	const char *why, *text;
	int want;
} messages[] = {
	{ "a call", "{\"method\":\"a.B\"}", 0 },
	{ "the same key twice", "{\"method\":\"a\",\"method\":\"b\"}", -EBADMSG },
	{ "the same key twice inside", "{\"a\":{\"b\":1,\"b\":2}}", -EBADMSG },
	{ "16 deep", "{\"a\":[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]}", 0 },
	{ "17 deep", "{\"a\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}", -EBADMSG },
	{ "brackets in a string", "{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[\"}", 0 },
	{ "a quote behind a backslash", "{\"a\":\"\\\"[[[[[[[[[[[[[[[[[[[[[\"}", 0 },
	{ "an array", "[1]", -EBADMSG },
	{ "a number", "1", -EBADMSG },
	{ "nothing", "", -EBADMSG },
	{ "two objects", "{}{}", -EBADMSG },
	{ "cut short", "{\"a\":", -EBADMSG },
	{ "invalid UTF-8", "{\"a\":\"\xff\"}", -EBADMSG },
	{ "an escaped NUL", "{\"a\":\"\\u0000\"}", -EBADMSG },
	{ "a number past 64 bits", "{\"a\":99999999999999999999}", -EBADMSG },
};

static void parsing(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(messages); i++) {
		struct fault f;
		json_t *o = NULL;
		int rc = varlink_parse(messages[i].text, strlen(messages[i].text), &o, &f);

		unit_eq(rc, messages[i].want, messages[i].why);
		unit_row((o != NULL) == (rc == 0), messages[i].why);
		json_decref(o);
	}
}

/* Two messages in one write, and each byte for itself, give the same two. */
static void cutting(void **state)
{
	static const char two[] = "{\"a\":1}\0{\"a\":2}";
	struct varlink_in *in = calloc(1, sizeof(*in));

	(void)state;
	assert_non_null(in);
	for (size_t piece = 1; piece <= sizeof(two); piece++) {
		json_int_t sum = 0;
		int found = 0;

		for (size_t at = 0; at < sizeof(two); at += piece) {
			size_t n = sizeof(two) - at < piece ? sizeof(two) - at : piece;
			struct fault f;
			json_t *o;

			feed(in, two + at, n);
			while (varlink_in_next(in, &o, &f) == 1) {
				sum = sum * 10 + json_integer_value(json_object_get(o, "a"));
				found++;
				json_decref(o);
			}
		}
		assert_int_equal(found, 2);
		assert_int_equal(sum, 12);
		assert_false(varlink_in_partial(in));
	}
	free(in);
}

/* The largest message with its NUL is taken, one byte more is not; behind others as well. */
static void size(void **state)
{
	struct varlink_in *in = calloc(1, sizeof(*in));
	char *big = malloc(VARLINK_MAX + 1);
	struct fault f;
	json_t *o;

	(void)state;
	assert_non_null(in);
	assert_non_null(big);
	memset(big, ' ', VARLINK_MAX + 1);
	memcpy(big, "{}", 2);
	big[VARLINK_MAX - 1] = '\0';
	feed(in, "{}", 3);
	feed(in, big, 1000);
	assert_int_equal(varlink_in_next(in, &o, &f), 1);
	json_decref(o);
	assert_int_equal(varlink_in_next(in, &o, &f), 0);
	feed(in, big + 1000, VARLINK_MAX - 1000);
	assert_int_equal(varlink_in_next(in, &o, &f), 1);
	json_decref(o);
	big[VARLINK_MAX - 1] = ' ';
	feed(in, big, VARLINK_MAX);
	assert_int_equal(varlink_in_next(in, &o, &f), -EMSGSIZE);
	free(big);
	free(in);
}

static const struct {
	const char *why, *text;
	int want;
	bool more, oneway;
} calls[] = {
	{ "bare", "{\"method\":\"a.B\"}", 0, false, false },
	{ "with more", "{\"method\":\"a.B\",\"more\":true}", 0, true, false },
	{ "oneway", "{\"method\":\"a.B\",\"oneway\":true,\"parameters\":{}}", 0, false, true },
	{ "no method", "{\"parameters\":{}}", -EBADMSG, false, false },
	{ "method a number", "{\"method\":1}", -EBADMSG, false, false },
	{ "parameters a list", "{\"method\":\"a.B\",\"parameters\":[]}", -EBADMSG, false, false },
	{ "more a number", "{\"method\":\"a.B\",\"more\":1}", -EBADMSG, false, false },
};

static void call_shapes(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(calls); i++) {
		struct varlink_call c = { 0 };
		struct fault f;
		json_t *o;

		assert_int_equal(varlink_parse(calls[i].text, strlen(calls[i].text), &o, &f), 0);
		unit_eq(varlink_call_read(o, &c, &f), calls[i].want, calls[i].why);
		unit_eq(c.more, calls[i].more, calls[i].why);
		unit_eq(c.oneway, calls[i].oneway, calls[i].why);
		json_decref(o);
	}
}

static void there_and_back(void **state)
{
	struct varlink_reply r;
	struct fault f;
	json_t *m = varlink_reply_new(json_pack("{s:i}", "n", 7), true), *back;
	char *text;
	size_t n;

	(void)state;
	assert_int_equal(varlink_write(m, &text, &n), 0);
	assert_int_equal(text[n - 1], '\0');
	assert_int_equal(varlink_parse(text, n - 1, &back, &f), 0);
	assert_int_equal(varlink_reply_read(back, &r, &f), 0);
	assert_true(r.continues);
	assert_null(r.error);
	assert_int_equal(json_integer_value(json_object_get(r.params, "n")), 7);
	json_decref(back);
	json_decref(m);
	free(text);
	m = varlink_error_new("a.B", NULL);
	assert_int_equal(varlink_reply_read(m, &r, &f), 0);
	assert_string_equal(r.error, "a.B");
	json_decref(m);
}

static void too_long_to_send(void **state)
{
	char *big = malloc(VARLINK_MAX + 1);
	json_t *m;
	char *text;
	size_t n;

	(void)state;
	assert_non_null(big);
	memset(big, 'x', VARLINK_MAX);
	big[VARLINK_MAX] = '\0';
	m = varlink_reply_new(json_pack("{s:s}", "t", big), false);
	assert_int_equal(varlink_write(m, &text, &n), -EMSGSIZE);
	json_decref(m);
	free(big);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parsing),	  cmocka_unit_test(cutting),
		cmocka_unit_test(size),		  cmocka_unit_test(call_shapes),
		cmocka_unit_test(there_and_back), cmocka_unit_test(too_long_to_send),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
