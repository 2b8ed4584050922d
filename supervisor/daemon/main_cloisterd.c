/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main_cloisterd.c - cloisterd: starts, feeds and restarts the long-lived programs of a supervisor.
 * Root; no seccomp, no Landlock: it is an ancestor of workloads.
 */
#include "supervisor/daemon/daemon.h"

#include "lib/base/str.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	EXIT_REFUSED = 1,
	EXIT_USAGE = 2,
	EXIT_INPUT = 3,
	EXIT_FAULT = 5,
	EXIT_CONFIG = 78,
	READY_FD = 3
};

static struct daemon app;

static int usage(int fd, int code)
{
	(void)dprintf(
		fd,
		"usage: cloisterd --state DIR [--etc DIR] [--volatile] [--ready-fd N] "
		"[--let-in]\n\n"
		"  --state DIR     where everything of this supervisor is (made if it is not "
		"there)\n"
		"  --etc DIR       the operator's files (else etc below the state directory; see "
		"cloister.conf(5))\n"
		"  --volatile      DIR may be on tmpfs or overlay, and what is in it be lost\n"
		"  --ready-fd N    write one byte to descriptor N when the supervisor serves\n"
		"  --let-in        everyone may connect to control.sock; who has no role is "
		"closed unheard\n"
		"  --help          this text\n\n"
		"Started by `cloister up`. SIGTERM ends the supervisor and leaves workloads "
		"running;\n`cloister down` ends both. SIGHUP reads the operator's files again.\n");
	return code;
}

/* 0 done, else the exit code */
static int read_args(char **arg, const char **state, uint64_t *ready)
{
	for (; *arg; arg++) {
		if (strcmp(*arg, "--help") == 0)
			return usage(1, -1);
		if (strcmp(*arg, "--volatile") == 0)
			app.may_pass = true;
		else if (strcmp(*arg, "--state") == 0 && arg[1] && arg[1][0])
			*state = *++arg;
		else if (strcmp(*arg, "--etc") == 0 && arg[1] && arg[1][0] == '/')
			app.host.etc = *++arg;
		else if (strcmp(*arg, "--ready-fd") == 0 && arg[1] &&
			 str_to_u64(arg[1], strlen(arg[1]), ready) == 0 && *ready < 1024)
			arg++;
		else if (strcmp(*arg, "--let-in") == 0)
			app.let_in = true;
		else
			return usage(2, EXIT_USAGE);
	}
	return *state ? 0 : usage(2, EXIT_USAGE);
}

int main(int argc, char **argv)
{
	const char *state = NULL;
	uint64_t ready = UINT64_MAX;
	struct fault f = { 0 };
	int rc = argc > 0 ? read_args(argv + 1, &state, &ready) : EXIT_USAGE;

	if (rc)
		return rc < 0 ? 0 : rc;
	app.ready = -1;
	if (ready != UINT64_MAX)
		app.ready = (int)ready == READY_FD ? READY_FD : dup2((int)ready, READY_FD);
	rc = harden_common(PROG_CLOISTERD, app.ready < 0 ? READY_FD : READY_FD + 1, &f);
	if (rc == 0)
		rc = daemon_open(&app, state, &f);
	if (rc == 0)
		rc = daemon_run(&app, &f);
	if (rc < 0)
		(void)dprintf(2, "cloisterd: %s: %s\n", f.site, f.msg);
	if (daemon_close(&app, &f) < 0)
		(void)dprintf(2, "cloisterd: %s: %s\n", f.site, f.msg);
	if (rc == -EOPNOTSUPP)
		app.code = EXIT_CONFIG;
	if (app.code)
		return app.code;
	if (rc == -EBADMSG) /* the operator's files */
		return EXIT_INPUT;
	return rc == 0 ? 0 : rc == -EBUSY || rc == -EEXIST ? EXIT_REFUSED : EXIT_FAULT;
}
