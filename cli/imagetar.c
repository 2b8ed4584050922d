/* SPDX-License-Identifier: Apache-2.0 */
/*
 * imagetar.c - packages and directories as one tar, or as the hash of what that tar would be made
 * of. Runs in: cloister-imagetar, started by `cloister image build` and `apply` with the operator's
 * own rights. Must not speak to a supervisor: its stdout is the pipe that the caller was given.
 */
#include "cli/image_tar.h"
#include "cli/print.h"
#include "lib/base/ids.h"
#include "lib/base/str.h"
#include "lib/client/exits.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CACHE_DEFAULT "/var/cache/cloister"

static int usage(void)
{
	say_error(
		"image build",
		"usage: cloister-imagetar inputs|tar [--installed] [--package PKG | --dir DIR]...");
	return EXITS_USAGE;
}

/* Options come from our own client: exact, each with its value. */
static int read_recipe(char **arg, struct recipe *r)
{
	for (; *arg; arg++) {
		bool package = strcmp(*arg, "--package") == 0, dir = strcmp(*arg, "--dir") == 0;

		if (strcmp(*arg, "--installed") == 0)
			r->installed = true;
		else if (package && arg[1] && r->packages < RECIPE_PARTS_MAX)
			r->package[r->packages++] = *++arg;
		else if (dir && arg[1] && r->dirs < RECIPE_PARTS_MAX)
			r->dir[r->dirs++] = *++arg;
		else
			return usage();
	}
	return r->packages + r->dirs ? EXITS_DONE : usage();
}

static int print_inputs(const struct recipe *r, struct fault *f)
{
	uint8_t digest[DIGEST_LEN];
	char line[2 * DIGEST_LEN + 2];
	int rc = recipe_inputs(r, digest, f);

	if (rc < 0)
		return rc;
	str_hex(line, digest, DIGEST_LEN);
	line[2 * DIGEST_LEN] = '\n';
	return write(STDOUT_FILENO, line, 2 * DIGEST_LEN + 1) < 0
		       ? fault_sys(f, "image.out", "the hash")
		       : 0;
}

static int failed(const struct fault *f)
{
	say_error("image build", "%s", f->msg);
	return f->err == -ENOENT || f->err == -ENOTDIR || f->err == -EINVAL ? EXITS_INPUT
									    : EXITS_FAULT;
}

int main(int argc, char **argv)
{
	const char *cache = getenv("CLOISTER_CACHE");
	struct recipe r = { .cache = cache && cache[0] ? cache : CACHE_DEFAULT };
	struct fault f = { 0 };
	int rc;

	if (argc < 2)
		return usage();
	rc = read_recipe(argv + 2, &r);
	if (rc != EXITS_DONE)
		return rc;
	(void)signal(SIGPIPE, SIG_IGN); /* a builder that ends early says why itself */
	if (strcmp(argv[1], "inputs") == 0)
		rc = print_inputs(&r, &f);
	else if (strcmp(argv[1], "tar") == 0)
		rc = recipe_write(&r, STDOUT_FILENO, &f);
	else
		return usage();
	return rc < 0 ? failed(&f) : EXITS_DONE;
}
