/* SPDX-License-Identifier: Apache-2.0 */
/*
 * complete.c - completion scripts from the command table. Runs in: cloister. Pure.
 */
#include "cli/help.h"

#include <string.h>

/* What a word names, so that it can be asked for; NULL: nothing. The script's own words. */
static const char *names_of(const struct cmd_row *row)
{
	static const struct {
		const char *noun, *words, *names; /* noun NULL: any; words: how they begin */
	} rows[] = {
		{ NULL, "TENANT/NAME", "workloads" },
		{ NULL, "[TENANT[/WORKLOAD]]", "tenants workloads" },
		{ NULL, "[TENANT]", "tenants" },
		{ "tenant", "NAME", "tenants" },
		{ "image", "NAME", "images" },
		{ "profile", "NAME", "profiles" },
		{ "profile", "A B", "profiles" },
	};

	if (row->verb && strcmp(row->verb, "add") == 0)
		return NULL; /* a name that is not there yet */
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if ((!rows[i].noun || strcmp(rows[i].noun, row->noun) == 0) &&
		    strncmp(row->words, rows[i].words, strlen(rows[i].words)) == 0)
			return rows[i].names;
	return NULL;
}

static bool takes_files(const struct cmd_row *row)
{
	return strstr(row->words, "FILE") || strncmp(row->words, "A B", 3) == 0;
}

/*
 * A function for both shells: prints the names that a supervisor knows, and nothing where none
 * answers. What is not of a name's bytes is left out: the shells expand what they are given here.
 */
static void asks(struct text *t)
{
	text_str(t,
		 "_cloister_names()\n{ # PROGRAM KIND...\n"
		 "\tlocal program=$1 kind\n\tshift\n"
		 "\tfor kind; do\n"
		 "\t\ttimeout 2 \"$program\" \"${kind%s}\" list --json 2>/dev/null </dev/null |\n"
		 "\t\t\tawk -F'\"' -v kind=\"$kind\" '/^    \\{/ { name = tenant = \"\" }\n"
		 "\t\t\t\t/^      \"name\": \"/ { name = $4 } /^      \"tenant\": \"/ { tenant = "
		 "$4 }\n"
		 "\t\t\t\t/^    \\}/ { if (kind == \"workloads\") name = tenant \"/\" name\n"
		 "\t\t\t\t\tif (name ~ \"^[a-z][a-z0-9._/-]*$\") print name }'\n"
		 "\tdone\n}\n");
}

/* Each noun once, in the table's order. */
static bool first_of_noun(size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (strcmp(cmd_table[j].noun, cmd_table[i].noun) == 0)
			return false;
	return true;
}

static void nouns(struct text *t)
{
	for (size_t i = 0; i < cmd_count; i++)
		if (first_of_noun(i))
			text_fmt(t, "%s%s", i ? " " : "", cmd_table[i].noun);
}

static void verbs(struct text *t, const char *noun)
{
	const char *sep = "";

	for (size_t i = 0; i < cmd_count; i++) {
		if (strcmp(cmd_table[i].noun, noun) != 0 || !cmd_table[i].verb)
			continue;
		text_fmt(t, "%s%s", sep, cmd_table[i].verb);
		sep = " ";
	}
}

static void options(struct text *t, const struct cmd_row *row)
{
	text_str(t, "--help");
	for (size_t o = OPT_HELP + 1; o < OPT__COUNT; o++)
		if (row->opts & OPT_BIT(o))
			text_fmt(t, " --%s", opt_table[o].name);
}

/* Operands that are a choice of fixed words: "bash|zsh". */
static void choices(struct text *t, const struct cmd_row *row)
{
	if (row->words[0] < 'a' || row->words[0] > 'z')
		return;
	text_str(t, " ");
	for (const char *p = row->words; *p; p++)
		text_add(t, *p == '|' ? " " : p, 1);
}

static void bash_case(struct text *t, const struct cmd_row *row)
{
	text_fmt(t, "\t\"%s%s%s\") words=\"", row->noun, row->verb ? " " : "",
		 row->verb ? row->verb : "");
	options(t, row);
	choices(t, row);
	text_fmt(t, "\"; names=\"%s\"; files=%d ;;\n", names_of(row) ? names_of(row) : "",
		 takes_files(row));
}

void complete_bash(struct text *t)
{
	text_str(t, "# bash completion for cloister(1), printed by 'cloister completion bash'\n");
	asks(t);
	text_str(t, "_cloister_reply()\n{ # of words, names and files, for cur\n"
		    "\tcase $cur in -*) names= files=0 ;; esac\n"
		    "\t[ -n \"$names\" ] && words=\"$words $(_cloister_names \"${COMP_WORDS[0]}\" "
		    "$names)\"\n"
		    "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
		    "\t[ \"$files\" = 1 ] && COMPREPLY+=($(compgen -f -- \"$cur\"))\n"
		    "\treturn 0\n}\n");
	text_str(t, "_cloister()\n{\n"
		    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
		    "\tlocal noun=${COMP_WORDS[1]} words= names= files=0 w\n"
		    "\tfor w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
		    "\t\t[ \"$w\" = -- ] && { COMPREPLY=($(compgen -c -f -- \"$cur\")); return; }\n"
		    "\tdone\n"
		    "\tcase $prev in\n"
		    "\t--state|--dir) COMPREPLY=($(compgen -d -- \"$cur\")); return ;;\n"
		    "\t--profile) names=profiles files=1 ;;\n"
		    "\t--tenant) names=tenants ;;\n"
		    "\t--root) names=images words=host ;;\n"
		    "\t--under) names=profiles ;;\n"
		    "\tesac\n"
		    "\tif [ -n \"$names\" ]; then\n\t\t_cloister_reply\n\t\treturn\n\tfi\n"
		    "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n\t\tCOMPREPLY=($(compgen -W \"");
	nouns(t);
	text_str(t, "\" -- \"$cur\"))\n\t\treturn\n\tfi\n");
	text_str(t, "\tif [ \"$COMP_CWORD\" -eq 2 ]; then\n\t\tcase $noun in\n");
	for (size_t i = 0; i < cmd_count; i++) {
		if (!cmd_table[i].verb || !first_of_noun(i))
			continue;
		text_fmt(t, "\t\t%s) COMPREPLY=($(compgen -W \"", cmd_table[i].noun);
		verbs(t, cmd_table[i].noun);
		text_str(t, "\" -- \"$cur\")); return ;;\n");
	}
	text_str(t, "\t\tesac\n\tfi\n"
		    "\tcase $noun in\n\t");
	for (size_t i = 0, n = 0; i < cmd_count; i++)
		if (cmd_table[i].verb && first_of_noun(i))
			text_fmt(t, "%s%s", n++ ? "|" : "", cmd_table[i].noun);
	text_str(t, ") noun=\"$noun ${COMP_WORDS[2]}\" ;;\n\tesac\n\tcase $noun in\n");
	for (size_t i = 0; i < cmd_count; i++)
		bash_case(t, &cmd_table[i]);
	text_str(t, "\tesac\n\t_cloister_reply\n}\n"
		    "complete -o filenames -F _cloister cloister\n");
}

/* A text between single quotes in an _arguments or _describe list. */
static void zsh_text(struct text *t, const char *s)
{
	for (; *s; s++) {
		if (*s == '\'')
			text_str(t, "'\\''");
		else if (strchr(":[]", *s))
			text_fmt(t, "\\%c", *s);
		else
			text_add(t, s, 1);
	}
}

/* How the value of an option is completed. */
static const char *zsh_action(const char *name)
{
	static const struct {
		const char *name, *action;
	} rows[] = {
		{ "state", ":_directories" },
		{ "dir", ":_directories" },
		{ "profile", ":{_cloister_add profiles; _files}" },
		{ "tenant", ":_cloister_add tenants" },
		{ "root", ":{compadd host; _cloister_add images}" },
		{ "under", ":_cloister_add profiles" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].action;
	return ": ";
}

static void zsh_operands(struct text *t, const struct cmd_row *row)
{
	const char *names = names_of(row);

	if (names)
		text_fmt(t, "'%s:operand:{_cloister_add %s%s}'", row->tail ? "1" : "*", names,
			 takes_files(row) ? "; _files" : "");
	if (row->tail)
		text_str(t, names ? " '*::command:_normal'" : "'*::command:_normal'");
	else if (!names && takes_files(row))
		text_str(t, "'*:file:_files'");
	else if (row->words[0] >= 'a' && row->words[0] <= 'z') {
		text_str(t, "'1:word:(");
		choices(t, row);
		text_str(t, ")'");
	} else if (!names) {
		text_str(t, "'*:operand: '");
	}
}

static void zsh_case(struct text *t, const struct cmd_row *row)
{
	text_fmt(t, "\t'%s%s%s') _arguments ", row->noun, row->verb ? " " : "",
		 row->verb ? row->verb : "");
	for (size_t o = 0; o < OPT__COUNT; o++) {
		const struct opt_row *opt = &opt_table[o];

		if (!((row->opts | OPT_BIT(OPT_HELP)) & OPT_BIT(o)))
			continue;
		text_fmt(t, "'--%s[", opt->name);
		zsh_text(t, opt->about);
		text_str(t, "]");
		if (opt->arg) {
			text_str(t, ":");
			zsh_text(t, opt->arg);
			text_str(t, zsh_action(opt->name));
		}
		text_str(t, "' ");
	}
	zsh_operands(t, row);
	text_str(t, " ;;\n");
}

static void zsh_item(struct text *t, const char *word, const char *about)
{
	text_fmt(t, "\t\t'%s:", word);
	zsh_text(t, about);
	text_str(t, "'\n");
}

void complete_zsh(struct text *t)
{
	text_str(t, "#compdef cloister\n# printed by 'cloister completion zsh'\n");
	asks(t);
	text_str(t, "_cloister_add()\n{ # KIND...\n\tlocal -a names\n"
		    "\tnames=(${(f)\"$(_cloister_names \"$program\" \"$@\")\"})\n\tcompadd -a "
		    "names\n}\n"
		    "_cloister()\n{\n\tlocal cmd=$words[2] program=$words[1]\n\tlocal -a list\n"
		    "\tif (( CURRENT == 2 )); then\n\t\tlist=(\n");
	for (size_t i = 0; i < cmd_count; i++)
		if (first_of_noun(i))
			zsh_item(t, cmd_table[i].noun,
				 cmd_table[i].verb ? "see its verbs" : cmd_table[i].about);
	text_str(t, "\t\t)\n\t\t_describe command list\n\t\treturn\n\tfi\n");
	for (size_t i = 0; i < cmd_count; i++) {
		if (!cmd_table[i].verb || !first_of_noun(i))
			continue;
		text_fmt(t, "\tif [[ $cmd == %s ]] && (( CURRENT == 3 )); then\n\t\tlist=(\n",
			 cmd_table[i].noun);
		for (size_t j = i; j < cmd_count; j++)
			if (strcmp(cmd_table[j].noun, cmd_table[i].noun) == 0)
				zsh_item(t, cmd_table[j].verb, cmd_table[j].about);
		text_str(t, "\t\t)\n\t\t_describe verb list\n\t\treturn\n\tfi\n");
		text_fmt(t,
			 "\t[[ $cmd == %s ]] && { cmd=\"$cmd $words[3]\"; shift words; "
			 "(( CURRENT-- )); }\n",
			 cmd_table[i].noun);
	}
	text_str(t, "\tshift words\n\t(( CURRENT-- ))\n\tcase $cmd in\n");
	for (size_t i = 0; i < cmd_count; i++)
		zsh_case(t, &cmd_table[i]);
	text_str(t, "\tesac\n}\n_cloister \"$@\"\n");
}
