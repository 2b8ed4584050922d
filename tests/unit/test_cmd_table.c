/* SPDX-License-Identifier: Apache-2.0 */
/* test_cmd_table.c - every row is whole, and everything printed from the table names every row. */
/* links: cli/cmd_table.c cli/help.c cli/complete.c cli/near.c cli/text.c lib/base */
#include "tests/unit/unit.h"

#include "cli/help.h"
#include "cli/near.h"
#include "tests/unit/cmd_stubs.h"

#include <stdio.h>
#include <string.h>

static void rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < cmd_count; i++) {
		const struct cmd_row *r = &cmd_table[i];

		if (!r->noun || !r->words || !r->about || !r->about[0] || !r->run)
			fail_msg("row %zu: something is missing", i);
		if (r->min > r->max || (r->min && !r->words[0]) ||
		    (r->tail == TAIL_DASHES && r->max))
			fail_msg("%s: operands and their names disagree", r->noun);
		assert_ptr_equal(cmd_find(r->noun, r->verb), r); /* no row hides another */
		assert_true(cmd_is_noun(r->noun));
		assert_false(cmd_is_later(r->noun, r->verb));
	}
	assert_null(cmd_find("workload", NULL));
	assert_null(cmd_find("workload", "nothing"));
}

static void options(void **state)
{
	uint32_t used = OPT_BIT(OPT_HELP);

	(void)state;
	for (size_t i = 0; i < cmd_count; i++)
		used |= cmd_table[i].opts;
	for (size_t o = 0; o < OPT__COUNT; o++) {
		const struct opt_row *row = &opt_table[o];

		if (!row->name || !row->about || !row->arg != (row->kind == OPT_FLAG))
			fail_msg("option %zu: a flag has no argument, the others have", o);
		if (!(used & OPT_BIT(o)))
			fail_msg("--%s: no command takes it", row->name);
	}
}

static void later(void **state)
{
	static const struct {
		const char *noun, *verb;
		bool want;
	} words[] = {
		{ "volume", "create", true }, { "volume", NULL, true },	 { "tenant", "add", true },
		{ "tenant", "list", false },  { "tenant", NULL, false }, { "tenan", "add", false },
		{ "volumes", NULL, false },   { "status", NULL, false }, { "", NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (cmd_is_later(words[i].noun, words[i].verb) != words[i].want)
			fail_msg("%s %s", words[i].noun, words[i].verb ? words[i].verb : "");
}

static void holds(const struct text *t, const char *what, const char *word)
{
	if (t->bad || !t->p || !strstr(t->p, word))
		fail_msg("%s does not name '%s'", what, word);
}

/* Help, manual, documentation and both completions come from the table: none may leave a row out.
 */
static void printed(void **state)
{
	static const struct {
		const char *name;
		void (*print)(struct text *t);
		bool options;
	} forms[] = {
		{ "help", help_overview, false },
		{ "manual", help_scd, true },
		{ "documentation", help_md, true },
		{ "bash completion", complete_bash, true },
		{ "zsh completion", complete_zsh, true },
	};
	char name[64];

	(void)state;
	for (size_t f = 0; f < ARRAY_LEN(forms); f++) {
		AUTO_TEXT struct text t = { 0 };

		forms[f].print(&t);
		for (size_t i = 0; i < cmd_count; i++) {
			(void)snprintf(name, sizeof(name), "%s%s%s", cmd_table[i].noun,
				       cmd_table[i].verb ? " " : "",
				       cmd_table[i].verb ? cmd_table[i].verb : "");
			holds(&t, forms[f].name, name);
		}
		for (size_t o = OPT_HELP + 1; forms[f].options && o < OPT__COUNT; o++)
			holds(&t, forms[f].name, opt_table[o].name);
	}
}

static void one_command(void **state)
{
	AUTO_TEXT struct text t = { 0 };

	(void)state;
	help_command(&t, cmd_find("run", NULL));
	holds(&t, "run --help", "usage: cloister run [--tenant TENANT]");
	holds(&t, "run --help", "-- CMD...");
	holds(&t, "run --help", "--help");
	for (const char *p = t.p; p && *p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
		if (strcspn(p, "\n") > 160)
			fail_msg("a line of %zu columns", strcspn(p, "\n"));
}

static void distances(void **state)
{
	static const struct {
		const char *a, *b;
		size_t want;
	} pairs[] = {
		{ "", "", 0 },	      { "list", "list", 0 },  { "lsit", "list", 1 },
		{ "lis", "list", 1 }, { "lists", "list", 1 }, { "lost", "list", 1 },
		{ "", "abc", 3 },     { "abc", "xyz", 3 },    { "status", "statsu", 1 },
	};
	struct near n = { .word = "up" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		assert_int_equal(near_distance(pairs[i].a, pairs[i].b), pairs[i].want);
		assert_int_equal(near_distance(pairs[i].b, pairs[i].a), pairs[i].want);
	}
	assert_true(near_distance("a word that is longer than any command", "x") > 31);
	near_offer(&n, "run"); /* two edits: a short word is near to everything */
	assert_null(n.best);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows),	       cmocka_unit_test(options),
		cmocka_unit_test(later),       cmocka_unit_test(printed),
		cmocka_unit_test(one_command), cmocka_unit_test(distances),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
