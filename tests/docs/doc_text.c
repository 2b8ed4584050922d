/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doc_text.c - a tool for the documentation and its tests, never installed: what is printed from
 * tables, and calls and command lines of the pages held against the tables.
 * Runs in: make docs, tests.
 */
#include "cli/args.h"
#include "lib/harden/harden.h"
#include "tests/docs/doc_api.h"
#include "tests/unit/cmd_stubs.h"

#include <stdio.h>
#include <string.h>
#include <sys/capability.h>

enum { WORDS = 64, LINE = 4096 };

static void print_caps(const char *what, uint64_t word)
{
	printf("%s: ", what);
	for (cap_value_t v = 0; v < 64; v++)
		if (word >> v & 1) {
			char *name = cap_to_name(v);

			for (char *c = name; c && *c; c++)
				putchar(*c == '_' || *c < 'a' ? *c : *c - 'a' + 'A');
			(void)cap_free(name); /* fails for what is no name only */
			putchar(word >> v >> 1 ? ' ' : ';');
		}
	printf("%s", word ? " " : "none; ");
}

/* NAME, tab, its capabilities in words: a line a program. */
static int print_rights(void)
{
	for (int p = PROG_NONE + 1; p < PROG__COUNT; p++) {
		const struct harden_row *r = &harden_table[p];

		printf("%s\t", r->name);
		print_caps("in effect", r->effective);
		if (r->permitted & ~r->effective)
			print_caps("raised around the one act that needs it",
				   r->permitted & ~r->effective);
		if (r->bounding & ~r->permitted)
			print_caps("for its children alone", r->bounding & ~r->permitted);
		printf("at most %u descriptors.\n", r->nofile);
	}
	return 0;
}

static int check_command(char *line)
{
	static struct args a;
	const struct cmd_row *row = NULL;
	char *word[WORDS], *save = NULL, why[ARGS_WHY_MAX] = "";
	size_t n = 0;

	for (char *w = strtok_r(line, " ", &save); w && n < WORDS; w = strtok_r(NULL, " ", &save))
		word[n++] = w;
	if (args_parse(&a, word, n, &row, why) == 0)
		return 0;
	printf("cloister %s ...: %s\n", n ? word[0] : "", why);
	return -1;
}

static int each_line(bool calls)
{
	char line[LINE];
	int bad = 0;

	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		bad |= calls ? doc_api_call(line) : check_command(line);
	}
	return bad != 0;
}

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";

	if (strcmp(what, "idl") == 0)
		return doc_api_idl();
	if (strcmp(what, "scd") == 0)
		return doc_api_scd();
	if (strcmp(what, "rights") == 0)
		return print_rights();
	if (strcmp(what, "calls") == 0 || strcmp(what, "commands") == 0)
		return each_line(what[1] == 'a');
	(void)fputs("usage: doc_text idl|scd|rights | calls|commands <LINES\n", stderr);
	return 2;
}
