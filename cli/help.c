/* SPDX-License-Identifier: Apache-2.0 */
/*
 * help.c - help and manual text from the command table. Runs in: cloister. Pure.
 */
#include "cli/help.h"

#include <stdio.h>
#include <string.h>

enum { LINE_MAX_ = 96, LEFT = 26, INDENT = 2, OPT_TEXT = 48 };

static const char *const intro = "cloister - host programs of tenants who do not trust each other\n"
				 "\n"
				 "usage: cloister COMMAND [options] [operands]\n";

static const char *const outro =
	"\n"
	"'cloister COMMAND --help' tells more. Options may stand before or after operands; '--' "
	"ends them.\n"
	"Environment: CLOISTER_SOCKET (the supervisor's control socket), NO_COLOR.\n"
	"Exit codes: 0 yes, done; 1 no, refused; 2 usage; 3 bad input file; 4 this host cannot;\n"
	"5 supervisor unreachable or a fault of ours.\n";

/* Words of s in lines of at most LINE_MAX_ columns, each after indent spaces. */
static void wrap(struct text *t, const char *s, size_t indent)
{
	size_t col = 0;

	while (*s) {
		size_t n = strcspn(s, " ");

		if (col && col + 1 + n > LINE_MAX_) {
			text_str(t, "\n");
			col = 0;
		}
		text_fill(t, ' ', col ? 1 : indent);
		col = col ? col + 1 : indent;
		text_add(t, s, n);
		col += n;
		s += n;
		s += strspn(s, " ");
	}
	text_str(t, "\n");
}

static void pair(struct text *t, const char *left, const char *about)
{
	size_t n = strlen(left);

	text_fill(t, ' ', INDENT);
	text_str(t, left);
	if (n + INDENT >= LEFT) {
		text_str(t, "\n");
		text_fill(t, ' ', LEFT);
	} else {
		text_fill(t, ' ', LEFT - INDENT - n);
	}
	text_str(t, about);
	text_str(t, "\n");
}

static void row_name(char *dst, size_t cap, const struct cmd_row *row)
{
	(void)snprintf(dst, cap, "%s%s%s", row->noun, row->verb ? " " : "",
		       row->verb ? row->verb : "");
}

void help_overview(struct text *t)
{
	char name[OPT_TEXT];

	text_str(t, intro);
	text_str(t, "\n");
	for (size_t i = 0; i < cmd_count; i++) {
		row_name(name, sizeof(name), &cmd_table[i]);
		pair(t, name, cmd_table[i].about);
	}
	text_str(t, outro);
}

void help_noun(struct text *t, const char *noun)
{
	char name[OPT_TEXT];

	text_fmt(t, "usage: cloister %s VERB [options] [operands]\n\n", noun);
	for (size_t i = 0; i < cmd_count; i++) {
		if (strcmp(cmd_table[i].noun, noun) != 0)
			continue;
		row_name(name, sizeof(name), &cmd_table[i]);
		pair(t, name, cmd_table[i].about);
	}
}

/* "--state DIR", or "-f, --follow". */
static void opt_name(char *dst, size_t cap, const struct opt_row *o)
{
	char letter[8] = "";

	if (o->letter)
		(void)snprintf(letter, sizeof(letter), "-%c, ", o->letter);
	(void)snprintf(dst, cap, "%s--%s%s%s", letter, o->name, o->arg ? " " : "",
		       o->arg ? o->arg : "");
}

static uint64_t opts_of(const struct cmd_row *row)
{
	return row->opts | OPT_BIT(OPT_HELP);
}

static void usage(struct text *t, const struct cmd_row *row)
{
	const char *dashes = row->tail == TAIL_DASHES ? row->words : "";

	text_fmt(t, "cloister %s%s%s", row->noun, row->verb ? " " : "", row->verb ? row->verb : "");
	if (row->tail == TAIL_WORDS) { /* the operand, options, then the command */
		size_t n = strcspn(row->words, " ");

		text_fmt(t, " %.*s", (int)n, row->words);
		dashes = row->words + n + 1;
	} else if (!row->tail && row->words[0]) {
		text_fmt(t, " %s", row->words);
	}
	for (size_t o = OPT_HELP + 1; o < OPT__COUNT; o++)
		if (row->opts & OPT_BIT(o))
			text_fmt(t, " [--%s%s%s]", opt_table[o].name, opt_table[o].arg ? " " : "",
				 opt_table[o].arg ? opt_table[o].arg : "");
	if (dashes[0])
		text_fmt(t, " %s", dashes);
}

void help_command(struct text *t, const struct cmd_row *row)
{
	char name[OPT_TEXT];

	text_str(t, "usage: ");
	usage(t, row);
	text_str(t, "\n\n");
	wrap(t, row->about, INDENT);
	if (row->more) {
		text_str(t, "\n");
		wrap(t, row->more, INDENT);
	}
	text_str(t, "\n");
	for (size_t o = 0; o < OPT__COUNT; o++) {
		if (!(opts_of(row) & OPT_BIT(o)))
			continue;
		opt_name(name, sizeof(name), &opt_table[o]);
		pair(t, name, opt_table[o].about);
	}
	if (row->role != ROLE_NONE)
		text_fmt(t,
			 "\n  Who may: root, members of the %s, and a tenant's own people\n"
			 "  where cloister-api(7) says so.\n",
			 row->role == ROLE_READ ? "groups cloister and cloister-operator"
						: "group cloister-operator");
}

/* scdoc takes _ and * as mark-up, and a line that starts with a dot or dash as more than text. */
static void scd_text(struct text *t, const char *s)
{
	for (; *s; s++) {
		if (strchr("_*\\[]#~", *s))
			text_str(t, "\\");
		text_add(t, s, 1);
	}
}

static void scd_row(struct text *t, const struct cmd_row *row)
{
	AUTO_TEXT struct text line = { 0 };
	char name[OPT_TEXT];

	usage(&line, row);
	text_str(t, "*");
	scd_text(t, line.p ? line.p : "");
	text_str(t, "*\n\t");
	scd_text(t, row->about);
	text_str(t, ".");
	if (row->more) {
		text_str(t, " ");
		scd_text(t, row->more);
	}
	text_str(t, "\n\n");
	for (size_t o = OPT_HELP + 1; o < OPT__COUNT; o++) {
		if (!(row->opts & OPT_BIT(o)))
			continue;
		opt_name(name, sizeof(name), &opt_table[o]);
		text_str(t, "\t*");
		scd_text(t, name);
		text_str(t, "*: ");
		scd_text(t, opt_table[o].about);
		text_str(t, "\n\n");
	}
}

void help_scd(struct text *t)
{
	for (size_t i = 0; i < cmd_count; i++)
		scd_row(t, &cmd_table[i]);
}

static void md_text(struct text *t, const char *s)
{
	for (; *s; s++) {
		if (*s == '|')
			text_str(t, "\\");
		text_add(t, s, 1);
	}
}

void help_md(struct text *t)
{
	static const char *const role[] = { "-", "read", "change" };

	text_str(t, "# Commands\n\nPrinted by `cloister help --as md`; do not edit.\n\n"
		    "| command | does | needs |\n|---|---|---|\n");
	for (size_t i = 0; i < cmd_count; i++) {
		AUTO_TEXT struct text line = { 0 };

		usage(&line, &cmd_table[i]);
		text_str(t, "| `");
		md_text(t, line.p ? line.p : "");
		text_str(t, "` | ");
		md_text(t, cmd_table[i].about);
		text_fmt(t, " | %s |\n", role[cmd_table[i].role]);
	}
}
