/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - cloister-probe: the command line.
 * Runs in: a tenant, and on the host beside it.
 */
#include "tests/host/probes/probe.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

static int first_fd = -1;

void remember_fds(void)
{
	enum { HIGHEST = 4096 };

	first_fd = -1;
	for (int fd = HIGHEST; fd > 2; fd--)
		if (fcntl(fd, F_GETFD) >= 0)
			first_fd = fd;
}

int started_with_fd(void)
{
	return first_fd;
}

static const struct {
	const char *name;
	int (*run)(struct options *o);
} modes[] = {
	{ "--list", mode_list },       { "--inside", mode_inside },
	{ "--control", mode_control }, { "--uid0", mode_uid0 },
	{ "--canary", mode_canary },   { "--demo", mode_demo },
	{ "--merge", mode_merge },     { "--stdio-attack", mode_stdio_attack },
	{ "--statdev", mode_statdev }, { "--work", mode_work },
	{ "--spin", mode_spin },       { "--names", mode_names },
};

static int usage(void)
{
	(void)fprintf(stderr,
		      "usage: cloister-probe --list [--json]\n"
		      "       cloister-probe --canary --nonce N --target dir=DIR\n"
		      "       cloister-probe --inside|--control|--uid0 --nonce N [--as NAME]"
		      " [--target KEY=VALUE]... [ID|AREA.]...\n"
		      "       cloister-probe --demo [--target KEY=VALUE]...\n"
		      "       cloister-probe --merge INSIDE CONTROL\n");
	return 2;
}

/* Reads the options after the mode. Returns 0 or a usage error. */
static int options_read(struct options *o, int argc, char **argv)
{
	int i = 0;

	for (; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "--json"))
			o->json = true;
		else if (i + 1 < argc && !strcmp(argv[i], "--nonce"))
			o->ctx.nonce = argv[++i];
		else if (i + 1 < argc && !strcmp(argv[i], "--as"))
			o->as = argv[++i];
		else if (i + 1 >= argc || strcmp(argv[i], "--target") != 0 ||
			 target_add(&o->ctx, argv[++i]) < 0)
			return usage();
	}
	o->id = argv + i;
	o->nid = argc - i;
	return 0;
}

int main(int argc, char **argv)
{
	struct options *o = calloc(1, sizeof(*o));
	int r = 2;

	/* The copies that carry rights (fs.setuid-gain) do nothing for whoever finds them. */
	if (getauxval(AT_SECURE) && (argc != 2 || strcmp(argv[1], "--whoami") != 0))
		return 2;
	remember_fds();
	if (!o || argc < 2)
		return usage();
	if (!strcmp(argv[1], "--idle"))
		idle(argc > 2 ? argv[2] : "");
	if (!strcmp(argv[1], "--whoami"))
		return mode_whoami(argv[0]);
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		if (strcmp(argv[1], modes[i].name) != 0)
			continue;
		r = options_read(o, argc - 2, argv + 2);
		return r ? r : modes[i].run(o);
	}
	return usage();
}
