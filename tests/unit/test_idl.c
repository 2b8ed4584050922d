/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_idl.c - arguments against a method's declaration, and the text that is made from the table.
 */
/* links: lib/varlink lib/base */
/* libs: -ljansson */
#include "tests/unit/unit.h"

#include "lib/varlink/idl.h"

#include <errno.h>
#include <string.h>

static const char in[] =
	"(name: string, n: ?int, on: ?bool, list: ?[]string, map: ?[string]string, any: ?object)";

static const struct {
	const char *why, *text;
	int want;
	const char *names; /* the fault begins with it */
} rows[] = {
	{ "what must be there", "{\"name\":\"a\"}", 0, "" },
	{ "nothing", "{}", -EINVAL, "name" },
	{ "wrong type", "{\"name\":1}", -EINVAL, "name" },
	{ "null is no string", "{\"name\":null}", -EINVAL, "name" },
	{ "null for an optional one", "{\"name\":\"a\",\"n\":null}", 0, "" },
	{ "a real is no int", "{\"name\":\"a\",\"n\":1.5}", -EINVAL, "n" },
	{ "an int", "{\"name\":\"a\",\"n\":-3}", 0, "" },
	{ "a bool", "{\"name\":\"a\",\"on\":false}", 0, "" },
	{ "a string is no bool", "{\"name\":\"a\",\"on\":\"yes\"}", -EINVAL, "on" },
	{ "a list", "{\"name\":\"a\",\"list\":[\"x\",\"y\"]}", 0, "" },
	{ "a number in a list", "{\"name\":\"a\",\"list\":[\"x\",1]}", -EINVAL, "list" },
	{ "a string is no list", "{\"name\":\"a\",\"list\":\"x\"}", -EINVAL, "list" },
	{ "a map", "{\"name\":\"a\",\"map\":{\"k\":\"v\"}}", 0, "" },
	{ "a number in a map", "{\"name\":\"a\",\"map\":{\"k\":1}}", -EINVAL, "map" },
	{ "an object", "{\"name\":\"a\",\"any\":{\"k\":[1]}}", 0, "" },
	{ "a stranger", "{\"name\":\"a\",\"nam\":\"b\"}", -EINVAL, "an argument" },
	{ "a stranger without a name", "{\"name\":\"a\",\"\":1}", -EINVAL, "an argument" },
};

static void checking(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(rows); i++) {
		struct fault f = { 0 };
		json_t *o = json_loads(rows[i].text, 0, NULL);

		assert_non_null(o);
		unit_eq(idl_check(in, o, &f), rows[i].want, rows[i].why);
		unit_row(strncmp(f.msg, rows[i].names, strlen(rows[i].names)) == 0, rows[i].why);
		json_decref(o);
	}
}

static void no_parameters(void **state)
{
	struct fault f;

	(void)state;
	assert_int_equal(idl_check("()", NULL, &f), 0);
	assert_int_equal(idl_check("(a: ?int)", NULL, &f), 0);
	assert_int_equal(idl_check("(a: int)", NULL, &f), -EINVAL);
}

static void describing(void **state)
{
	static const struct {
		struct idl_method m;
		int more;
	} table[] = { { { "One", "()", "(a: int)", "First." }, 1 },
		      { { "Two", "(b: ?int)", "()", "Second." }, 2 } };
	const struct idl_interface i = { "x.y", "Doc.", "type T (a: int)\n",
					 table, 2,	sizeof(table[0]) };
	char *text = idl_describe(&i);

	(void)state;
	assert_string_equal(text, "# Doc.\ninterface x.y\n\ntype T (a: int)\n\n"
				  "# First.\nmethod One() -> (a: int)\n\n"
				  "# Second.\nmethod Two(b: ?int) -> ()\n\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checking),
		cmocka_unit_test(no_parameters),
		cmocka_unit_test(describing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
