/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_help.c - help, version, completion. Runs in: cloister. Speaks to nobody.
 */
#include "cli/cmds.h"
#include "cli/help.h"
#include "cli/print.h"

#include <string.h>

static int unknown(const char *noun, const char *verb)
{
	say_error("help", "no command '%s%s%s'; see 'cloister --help'", noun, verb ? " " : "",
		  verb ? verb : "");
	return EXITS_USAGE;
}

int cmd_help(struct cmd *c)
{
	AUTO_TEXT struct text t = { 0 };
	const char *as = c->args.value[OPT_AS];
	const char *noun = args_word(&c->args, 0), *verb = args_word(&c->args, 1);
	const struct cmd_row *row = noun ? cmd_find(noun, verb) : NULL;

	if (as && strcmp(as, "scd") == 0)
		help_scd(&t);
	else if (as && strcmp(as, "md") == 0)
		help_md(&t);
	else if (as) {
		say_error("help", "--as %s is not known; use scd or md", as);
		return EXITS_USAGE;
	} else if (!noun)
		help_overview(&t);
	else if (row)
		help_command(&t, row);
	else if (!verb && cmd_is_noun(noun))
		help_noun(&t, noun);
	else
		return unknown(noun, verb);
	return print_out(&t);
}

int cmd_version(struct cmd *c)
{
	AUTO_TEXT struct text t = { 0 };

	(void)c;
	text_str(&t, "cloister " CLOISTER_VERSION "\n");
	return print_out(&t);
}

int cmd_completion(struct cmd *c)
{
	AUTO_TEXT struct text t = { 0 };
	const char *shell = args_word(&c->args, 0);

	if (strcmp(shell, "bash") == 0)
		complete_bash(&t);
	else if (strcmp(shell, "zsh") == 0)
		complete_zsh(&t);
	else {
		say_error("completion", "no completion for '%s'; use bash or zsh", shell);
		return EXITS_USAGE;
	}
	return print_out(&t);
}
