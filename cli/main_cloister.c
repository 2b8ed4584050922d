/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main_cloister.c - the command line. Runs in: cloister, as whoever calls it, with no privilege of
 * ours; whatever needs one is asked of the supervisor by its control socket.
 */
#include "cli/cmds.h"
#include "cli/help.h"
#include "cli/print.h"

#include <errno.h>
#include <string.h>

/* Help for as many words as were given. */
static int show_help(const struct cmd *c, const struct cmd_row *row)
{
	AUTO_TEXT struct text t = { 0 };

	if (row)
		help_command(&t, row);
	else if (c->args.words)
		help_noun(&t, c->args.word[0]);
	else
		help_overview(&t);
	return print_out(&t);
}

int main(int argc, char **argv)
{
	char why[ARGS_WHY_MAX];
	struct cmd c;
	int r;

	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		argv[1] += 2;
	if (argc < 1)
		return EXITS_USAGE;
	r = args_parse(&c.args, argv + 1, (size_t)argc - 1, &c.row, why);
	if (r == 1)
		return show_help(&c, c.row);
	if (r < 0) {
		say_error(NULL, "%s", why);
		return EXITS_USAGE;
	}
	return c.row->run(&c);
}
