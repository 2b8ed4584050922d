/* SPDX-License-Identifier: Apache-2.0 */
/* test_args.c - command lines and what becomes of them. */
/* links: cli/args.c cli/near.c cli/cmd_table.c lib/base */
#include "tests/unit/unit.h"

#include "tests/unit/cmd_stubs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { WORDS = 8 };

static size_t count(const char *const *argv)
{
	size_t n = 0;

	while (n < WORDS && argv[n])
		n++;
	return n;
}

static int parse(struct args *a, const char *const *argv, const struct cmd_row **row, char *why)
{
	/* the parser does not write to the strings; argv's type predates const */
	return args_parse(a, (char *const *)(uintptr_t)argv, count(argv), row, why);
}

/* clang-format off */
static const struct {
	const char *why;
	const char *argv[WORDS];
	int want;
	const char *verb; /* of the row found; "" where it has none         */
	const char *says; /* part of the message, for what is wrong         */
} lines[] = {
	{ "a word",                   { "status" },                              0, "", NULL },
	{ "noun and verb",            { "workload", "list" },                    0, "list", NULL },
	{ "option behind",            { "status", "--json" },                    0, "", NULL },
	{ "option in front",          { "--json", "status" },                    0, "", NULL },
	{ "option between",           { "workload", "--json", "list" },          0, "list", NULL },
	{ "value as a word",          { "up", "--state", "x" },                  0, "", NULL },
	{ "value behind =",           { "up", "--state=x" },                     0, "", NULL },
	{ "value that is a dash",     { "up", "--state", "-" },                  0, "", NULL },
	{ "letter",                   { "workload", "logs", "a/b", "-f" },       0, "logs", NULL },
	{ "many values",              { "image", "build", "x", "--package", "a", "b" }, 0, "build", NULL },
	{ "command behind --",        { "run", "--", "ls", "--json" },           0, "", NULL },
	{ "run, letter",              { "run", "-t", "--", "sh" },               0, "", NULL },
	{ "exec without --",          { "workload", "exec", "a/b", "ls", "-l" }, 0, "exec", NULL },
	{ "exec with --",             { "workload", "exec", "a/b", "--", "ls" }, 0, "exec", NULL },
	{ "exec, letter in front",    { "-t", "workload", "exec", "a/b", "sh" }, 0, "exec", NULL },
	{ "help of all",              { "--help" },                              1, NULL, NULL },
	{ "help of a noun",           { "workload", "-h" },                      1, NULL, NULL },
	{ "help of a command",        { "workload", "list", "--help" },          1, "list", NULL },
	{ "help goes before faults",  { "workload", "logs", "--help" },          1, "logs", NULL },
	{ "nothing",                  { NULL },                            -EINVAL, NULL, "no command" },
	{ "unknown, near",            { "statsu" },                        -EINVAL, NULL, "did you mean 'cloister status'" },
	{ "unknown, far",             { "frobnicate" },                    -EINVAL, NULL, "--help" },
	{ "unknown verb, near",       { "workload", "lsit" },              -EINVAL, NULL, "'cloister workload list'" },
	{ "noun without verb",        { "workload" },                      -EINVAL, NULL, "needs a verb" },
	{ "unknown option, near",     { "status", "--jsn" },               -EINVAL, NULL, "'--json'" },
	{ "option of another command", { "status", "--state", "x" },       -EINVAL, NULL, "unknown option '--state'" },
	{ "value missing",            { "up", "--state" },                 -EINVAL, NULL, "--state needs a value" },
	{ "value empty",              { "up", "--state=" },                -EINVAL, NULL, "--state needs a value" },
	{ "value of a flag",          { "status", "--json=1" },            -EINVAL, NULL, "takes no value" },
	{ "many without any",         { "image", "build", "x", "--dir" },  -EINVAL, NULL, "--dir needs a value" },
	{ "option twice",             { "up", "--state=a", "--state=b" },  -EINVAL, NULL, "stands twice" },
	{ "-- is no value",           { "run", "--tenant", "--", "ls" },   -EINVAL, NULL, "--tenant needs a value" },
	{ "word missing",             { "workload", "stop" },              -EINVAL, NULL, "TENANT/NAME is missing" },
	{ "word swallowed by many",   { "image", "build", "--dir", "x" },  -EINVAL, NULL, "put it before" },
	{ "word too many",            { "status", "x" },                   -EINVAL, NULL, "one word too many" },
	{ "run without --",           { "run", "ls" },                     -EINVAL, NULL, "put -- before" },
	{ "run without --, option",   { "run", "ls", "-l" },               -EINVAL, NULL, "put -- before" },
	{ "run without command",      { "run", "--" },                     -EINVAL, NULL, "no command to run" },
	{ "exec without command",     { "workload", "exec", "a/b" },       -EINVAL, NULL, "cloister workload exec -- /bin/true" },
	{ "exec without workload",    { "workload", "exec", "--", "ls" },  -EINVAL, NULL, "TENANT/NAME" },
	{ "exec, unknown option",     { "workload", "exec", "a/b", "-x", "ls" }, -EINVAL, NULL, "unknown option '-x'" },
	{ "-- elsewhere",             { "status", "--" },                  -EINVAL, NULL, "only for commands that run" },
	{ "later noun",               { "volume", "create" },              -ENOSYS, NULL, "'volume create' is not in this version yet" },
	{ "later noun alone",         { "top" },                           -ENOSYS, NULL, "not in this version yet" },
	{ "later verb",               { "tenant", "add", "x" },            -ENOSYS, NULL, "'tenant add' is not" },
	{ "later option",             { "run", "--volume", "--", "ls" },   -ENOSYS, NULL, "'run --volume' is not" },
};
/* clang-format on */

static void command_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		const struct cmd_row *row = NULL;
		char why[ARGS_WHY_MAX] = "";
		struct args a;
		int r = parse(&a, lines[i].argv, &row, why);

		if (r != lines[i].want)
			fail_msg("%s: %d, want %d (%s)", lines[i].why, r, lines[i].want, why);
		if (lines[i].says && !strstr(why, lines[i].says))
			fail_msg("%s: says '%s'", lines[i].why, why);
		if (lines[i].verb &&
		    (!row || strcmp(row->verb ? row->verb : "", lines[i].verb) != 0))
			fail_msg("%s: wrong row", lines[i].why);
	}
}

static void values(void **state)
{
	const char *const argv[WORDS] = { "image", "--package", "a",	      "b",
					  "--dir", "d",		"--installed" };
	const char *const full[WORDS] = { "image", "build", "--dir=d", "n", "--package", "a", "b" };
	const struct cmd_row *row;
	char why[ARGS_WHY_MAX];
	struct args a;

	(void)state;
	assert_int_equal(parse(&a, full, &row, why), 0);
	assert_int_equal(a.many_count, 3);
	assert_int_equal(a.many[0].opt, OPT_DIR);
	assert_string_equal(a.many[0].value, "d");
	assert_string_equal(a.many[2].value, "b");
	assert_string_equal(args_word(&a, 0), "n");
	assert_null(args_word(&a, 1));
	assert_int_equal(parse(&a, argv, &row, why), -EINVAL);
}

/* What stands behind -- is the tenant's: byte for byte, options and further -- included. */
static void tail(void **state)
{
	const char *const argv[WORDS] = { "run", "--tenant", "t", "--", "--help", "--", "-x", "" };
	const struct cmd_row *row;
	char why[ARGS_WHY_MAX];
	struct args a;

	(void)state;
	assert_int_equal(parse(&a, argv, &row, why), 0);
	assert_int_equal(a.tail_count, 4);
	for (size_t i = 0; i < a.tail_count; i++)
		assert_ptr_equal(a.tail[i], argv[4 + i]);
	assert_int_equal(a.seen, OPT_BIT(OPT_TENANT));
}

/* The same without --: from the first word that is no operand. */
static void plain_tail(void **state)
{
	const char *const argv[WORDS] = { "workload", "exec", "a/b", "-t", "sh", "-t", "--", "x" };
	const struct cmd_row *row;
	char why[ARGS_WHY_MAX];
	struct args a;

	(void)state;
	assert_int_equal(parse(&a, argv, &row, why), 0);
	assert_string_equal(args_word(&a, 0), "a/b");
	assert_int_equal(a.tail_count, 4);
	for (size_t i = 0; i < a.tail_count; i++)
		assert_ptr_equal(a.tail[i], argv[4 + i]);
	assert_int_equal(a.seen, OPT_BIT(OPT_TTY));
}

static void bounds(void **state)
{
	static const char *argv[ARGS_WORDS_MAX + 3];
	const struct cmd_row *row;
	char why[ARGS_WHY_MAX];
	struct args a;

	(void)state;
	argv[0] = "apply";
	for (size_t i = 1; i < ARRAY_LEN(argv); i++)
		argv[i] = "f";
	assert_int_equal(
		args_parse(&a, (char *const *)(uintptr_t)argv, ARGS_WORDS_MAX + 1, &row, why),
		-EINVAL);
	assert_non_null(strstr(why, "too many words"));
	argv[1] = "--package";
	assert_int_equal(
		args_parse(&a, (char *const *)(uintptr_t)argv, ARGS_MANY_MAX + 3, &row, why),
		-EINVAL);
	assert_non_null(strstr(why, "too many values"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(command_lines), cmocka_unit_test(values), cmocka_unit_test(tail),
		cmocka_unit_test(plain_tail),	 cmocka_unit_test(bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
