/* SPDX-License-Identifier: Apache-2.0 */
/* test_print.c - tables, numbers, diagnostics: exact text. */
/* links: cli/table.c cli/print.c cli/text.c cli/units.c cli/diag.c lib/client
 * lib/varlink lib/base */
/* libs: -ljansson */
#include "tests/unit/unit.h"

#include "cli/diag.h"
#include "cli/table.h"
#include "cli/units.h"

#include <string.h>
#include <unistd.h>

static int red(const char *cell)
{
	return strcmp(cell, "failed") == 0 ? SGR_RED : 0;
}

static const struct column column[] = {
	{ "NAME", false, true, NULL },
	{ "N", true, false, NULL },
	{ "STATE", false, false, red },
};

static void fill(struct table *t)
{
	table_init(t, column, ARRAY_LEN(column));
	table_cell(t, "%s", "web");
	table_cell(t, "%d", 7);
	table_cell(t, "%s", "running");
	table_cell(t, "%s", "a-long-name");
	table_cell(t, "%d", 1234);
	table_cell(t, "%s", "failed");
	table_cell(t, "%s", "");
	table_cell(t, "%d", 0);
	table_cell(t, "%s", "x\n\033[2J");
}

static void tables(void **state)
{
	static const struct {
		const char *why;
		struct screen screen;
		const char *want;
	} cases[] = {
		{ "plain, never cut, escaped",
		  { .width = 0 },
		  "NAME            N  STATE\n"
		  "web             7  running\n"
		  "a-long-name  1234  failed\n"
		  "-               0  x\\x0a\\x1b[2J\n" },
		{ "narrow: the wide column gives way",
		  { .tty = true, .width = 27 },
		  "NAME         N  STATE\n"
		  "web          7  running\n"
		  "a-long-\xe2\x80\xa6  1234  failed\n"
		  "-            0  x\\x0a\\x1b[2J\n" },
		{ "colour",
		  { .tty = true, .colour = true },
		  "\033[1mNAME            N  STATE\033[0m\n"
		  "web             7  running\n"
		  "a-long-name  1234  \033[31mfailed\033[0m\n"
		  "-               0  x\\x0a\\x1b[2J\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_TABLE struct table t;
		AUTO_TEXT struct text out = { 0 };

		fill(&t);
		table_print(&t, &cases[i].screen, &out);
		assert_false(out.bad);
		if (strcmp(out.p, cases[i].want) != 0)
			fail_msg("%s:\n%s", cases[i].why, out.p);
	}
}

static void numbers(void **state)
{
	static const struct {
		uint64_t v;
		const char *want;
	} bytes[] = {
		{ 0, "0" },
		{ 1023, "1023" },
		{ 1024, "1.0KiB" },
		{ 10 * 1024 - 1, "9.9KiB" },
		{ 31 * 1024 * 1024, "31MiB" },
		{ UINT64_C(3) << 29, "1.5GiB" },
		{ UINT64_MAX, "15EiB" },
	}, spans[] = {
		{ 0, "0ms" },
		{ 850000000, "850ms" },
		{ UINT64_C(12) * 1000000000, "12s" },
		{ UINT64_C(184) * 1000000000, "3m04s" },
		{ UINT64_C(18600) * 1000000000, "5h10m" },
		{ UINT64_C(612000) * 1000000000, "7d02h" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bytes); i++)
		assert_string_equal(units_bytes(bytes[i].v).s, bytes[i].want);
	for (size_t i = 0; i < ARRAY_LEN(spans); i++)
		assert_string_equal(units_span(spans[i].v).s, spans[i].want);
}

static json_t *diagnostic(const char *source, int column_, int length, const char *help)
{
	return json_pack("{s:s,s:s,s:s,s:i,s:i,s:i,s:s,s:s,s:s*}", "severity", "error", "code",
			 "P012", "file", "shop.profile", "line", 14, "column", column_, "length",
			 length, "message", "unknown syscall 'epol_wait'", "source", source, "help",
			 help);
}

static void diagnostics(void **state)
{
	static const struct {
		const char *why, *source, *help;
		int column, length;
		const char *want; /* below the first line */
	} cases[] = {
		{ "the reference's example", "  allow syscall { epol_wait read write }",
		  "did you mean 'epoll_wait'?", 19, 9,
		  "   14 |   allow syscall { epol_wait read write }\n"
		  "      |                   ^~~~~~~~~\n"
		  "   help: did you mean 'epoll_wait'?\n" },
		{ "no help, no length", "x", NULL, 1, 0,
		  "   14 | x\n"
		  "      | ^\n" },
		{ "columns count characters", "\xc3\xa4\xc3\xb6 x", NULL, 4, 1,
		  "   14 | \xc3\xa4\xc3\xb6 x\n"
		  "      |    ^\n" },
		{ "the caret moves with what is escaped", "\033 x", NULL, 3, 1,
		  "   14 | \\x1b x\n"
		  "      |      ^\n" },
		{ "past the end of the line", "ab", NULL, 9, 3,
		  "   14 | ab\n"
		  "      |   ^\n" },
	};
	static const char first[] =
		"shop.profile:14:19: error[P012]: unknown syscall 'epol_wait'\n";
	struct screen plain = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_TEXT struct text t = { 0 };
		json_t *d = diagnostic(cases[i].source, cases[i].column, cases[i].length,
				       cases[i].help);

		diag_text(&t, &plain, d);
		json_decref(d);
		assert_false(t.bad);
		if (i == 0)
			assert_memory_equal(t.p, first, sizeof(first) - 1);
		if (strcmp(strchr(t.p, '\n') + 1, cases[i].want) != 0)
			fail_msg("%s:\n%s", cases[i].why, t.p);
	}
}

static void severities(void **state)
{
	json_t *warning = json_pack("[{s:s}]", "severity", "warning");
	json_t *error = json_pack("[{s:s},{s:s}]", "severity", "warning", "severity", "error");
	json_t *odd = json_pack("[{}]");

	(void)state;
	assert_false(diag_has_error(NULL));
	assert_false(diag_has_error(warning));
	assert_true(diag_has_error(error));
	assert_true(diag_has_error(odd)); /* what cannot be told counts as the worse */
	json_decref(warning);
	json_decref(error);
	json_decref(odd);
}

/* The one line of a failure stays one line, whatever the message holds. */
static void error_line(void **state)
{
	char buf[256] = "";
	int p[2], old = dup(STDERR_FILENO);
	ssize_t n;

	(void)state;
	assert_int_equal(pipe(p), 0);
	assert_true(dup2(p[1], STDERR_FILENO) >= 0);
	say_error("where", "%s", "a\nb\033]0;title\007");
	assert_true(dup2(old, STDERR_FILENO) >= 0);
	n = read(p[0], buf, sizeof(buf) - 1);
	assert_true(n > 0);
	assert_string_equal(buf, "cloister: where: a b\\x1b]0;title\\x07\n");
	close(p[0]);
	close(p[1]);
	close(old);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables),      cmocka_unit_test(numbers),
		cmocka_unit_test(diagnostics), cmocka_unit_test(severities),
		cmocka_unit_test(error_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
