/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main_cloister.c - the command line. Runs in: cloister, as whoever calls it, with no privilege of
 * ours; whatever needs one is asked of the supervisor by its control socket.
 */
#include "cli/cmds.h"
#include "cli/help.h"
#include "cli/print.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/*
 * Standard descriptors that the caller closed are /dev/null from here on. Otherwise the next one
 * that is opened gets the number: with stdout closed the control socket, into which `run` would
 * then copy what the tenant writes, with the caller's rights behind it.
 */
static bool hold_stdio(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) /* inherited */
			return false;
	return true;
}

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

	if (!hold_stdio())
		return EXITS_FAULT;
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
