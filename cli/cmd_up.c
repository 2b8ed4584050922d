/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_up.c - up and down. Runs in: cloister.
 */
#include "cli/ask.h"
#include "cli/cmds.h"
#include "cli/place.h"
#include "cli/print.h"
#include "lib/base/clock.h"
#include "lib/base/fd.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>

enum {
	DOWN_MS = 60 * 1000, /* every `limit stop` of every workload may have to pass */
	LOOK_MS = 20,
};

/* The path as one word of a shell. */
static void quoted(struct text *t, const char *s)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+=:,@";

	if (s[strspn(s, plain)] == '\0') {
		text_str(t, s);
		return;
	}
	text_str(t, "'");
	for (; *s; s++)
		if (*s == '\'')
			text_str(t, "'\\''");
		else
			text_add(t, s, 1);
	text_str(t, "'");
}

static int print_export(const struct place *p)
{
	AUTO_TEXT struct text t = { 0 };

	text_str(&t, "export CLOISTER_SOCKET=");
	quoted(&t, p->socket);
	text_str(&t, "\n");
	return print_out(&t);
}

int cmd_up(struct cmd *c)
{
	const char *state = c->args.value[OPT_STATE];
	AUTO_CLIENT struct client *running = NULL;
	struct fault f = { 0 };
	struct place p;
	uint64_t began;
	int r;

	if (geteuid() != 0) {
		say_error("up", "only root can start a supervisor; try: sudo cloister up");
		return EXITS_NO;
	}
	r = place_of(state ? state : PLACE_DEFAULT, &p, &f);
	if (r < 0) {
		say_error("up", "%s", f.msg);
		return EXITS_CANNOT;
	}
	if (client_open(p.socket, &running, &f) == 0) {
		say_note("up: already running in %s", p.dir);
		return print_export(&p);
	}
	if (f.err == -ENAMETOOLONG)
		return ask_failed("up", &f);
	if (isatty(STDERR_FILENO))
		say_note("up: starting in %s ...", p.dir);
	began = clock_boot_ns();
	r = place_start(&p, &f);
	if (r == -EINTR) {
		say_error("up", "%s", f.msg);
		return EXITS_RUN_SIGNALLED + SIGINT;
	}
	if (r < 0) {
		bool log =
			r != -EPERM && r != -EBADMSG && r != -ENOTSUP && access(p.log, F_OK) == 0;

		say_error("up", "%s%s%s", f.msg, log ? "; its log is " : "", log ? p.log : "");
		return r == -EPERM     ? EXITS_NO
		       : r == -EBADMSG ? EXITS_INPUT
		       : r == -ENOTSUP ? EXITS_CANNOT
				       : EXITS_FAULT;
	}
	if (place_passes(&p))
		say_note("up: %s is on %s: what it keeps is gone with it", p.dir, place_passes(&p));
	if (isatty(STDERR_FILENO))
		say_note("up: ready after %u ms; 'cloister down' ends it",
			 (unsigned)((clock_boot_ns() - began) / 1000000));
	return print_export(&p);
}

/* Waits until the process behind pidfd has ended and the socket's name is gone. */
static bool wait_gone(const char *path, int pidfd)
{
	uint64_t until = clock_boot_ns() + DOWN_MS * UINT64_C(1000000);
	struct pollfd pfd = { .fd = pidfd, .events = POLLIN };

	if (pidfd >= 0)
		(void)RETRY_EINTR(poll(&pfd, 1, DOWN_MS)); /* the name decides, below */
	while (access(path, F_OK) == 0 && clock_boot_ns() < until)
		(void)poll(NULL, 0, LOOK_MS);
	return access(path, F_OK) != 0;
}

static int end(struct client *cl)
{
	AUTO_REPLY struct client_reply r;
	AUTO_FD int pidfd = -1;
	struct fault f = { 0 };
	int peer = client_peer(cl);

	client_reply_init(&r);
	if (peer > 0)
		pidfd = pidfd_open(peer,
				   0); /* -1 where it is not ours to see: then the name alone */
	if (client_call(cl, "Shutdown", NULL, &r, &f) < 0)
		return ask_failed("down", &f);
	if (r.error)
		return ask_refused("down", &r);
	if (wait_gone(client_path(cl), pidfd))
		return EXITS_DONE;
	say_error("down", "%s is still there after a minute; see the supervisor's log beside it",
		  client_path(cl));
	return EXITS_FAULT;
}

/* Which supervisor: as named, else the environment's, else what `up` makes where we are. */
static const char *state_of(const struct cmd *c)
{
	const char *env = getenv("CLOISTER_SOCKET");

	if (c->args.value[OPT_STATE] || (env && env[0]))
		return c->args.value[OPT_STATE];
	return access(PLACE_DEFAULT "/control.sock", F_OK) == 0 ? PLACE_DEFAULT : NULL;
}

int cmd_down(struct cmd *c)
{
	const char *state = state_of(c);
	AUTO_CLIENT struct client *cl = NULL;
	struct fault f = { 0 };
	struct place p;
	int r;

	if (state) {
		r = place_of(state, &p, &f);
		if (r < 0) {
			say_error("down", "%s", f.msg);
			return EXITS_CANNOT;
		}
	}
	r = client_open(state ? p.socket : NULL, &cl, &f);
	if (r == -ENOENT || r == -ECONNREFUSED) {
		say_note("down: no supervisor is running there; nothing to do");
		return EXITS_DONE;
	}
	if (r < 0)
		return ask_failed("down", &f);
	return end(cl);
}
