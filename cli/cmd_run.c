/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_run.c - one command, confined, to its end. Runs in: cloister.
 *
 * No descriptor, variable or terminal of the caller's reaches the command (I26); carry.c copies. It
 * is on the path that `make bench` measures, so it makes few calls and loads nothing.
 */
#include "cli/ask.h"
#include "cli/carry.h"
#include "cli/cmds.h"
#include "cli/place.h"
#include "cli/print.h"
#include "cli/source.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

/* The Run call. NULL after what is wrong was printed. */
static json_t *request(const struct cmd *c, const char *profile)
{
	const char *tenant = c->args.value[OPT_TENANT];
	json_t *args = carry_args("run", c), *o;

	if (!args)
		return NULL;
	o = json_pack("{s:s,s:o,s:{},s:b,s:s*,s:s*,s:s*}", "tenant", tenant ? tenant : "default",
		      "args", args, "env", "stdin", 1, "profile", profile, "root",
		      c->args.value[OPT_ROOT], "net_of", c->args.value[OPT_NET_OF]);
	if (o && cmd_has(c, OPT_TTY))
		carry_terminal(o);
	if (!o)
		say_error("run", "an option is not UTF-8");
	return o;
}

/* Finds a supervisor, or starts one for root. Returns an enum exits. */
static int supervisor(struct client **ret)
{
	const char *env = getenv("CLOISTER_SOCKET");
	struct fault f = { 0 };
	struct place p;
	int r = client_open(NULL, ret, &f);

	if (r == 0)
		return EXITS_DONE;
	if ((r != -ENOENT && r != -ECONNREFUSED) || (env && env[0]) || geteuid() != 0)
		return carry_failed("run", &f);
	r = place_of(CLIENT_STATE_OWN, &p, &f);
	if (r == 0)
		r = place_start(&p, &f);
	if (r == 0)
		r = client_open(p.socket, ret, &f);
	if (r == 0) {
		say_note("run: no supervisor was running; started a private one in %s, 'cloister "
			 "down' ends it",
			 p.dir);
		return EXITS_DONE;
	}
	say_error("run", "no private supervisor in " CLIENT_STATE_OWN ": %s", f.msg);
	return r == -EINTR ? EXITS_RUN_SIGNALLED + SIGINT : EXITS_RUN_FAILED;
}

static int begin(struct client *cl, const struct cmd *c)
{
	const char *profile = c->args.value[OPT_PROFILE];
	char name[SOURCE_NAME_MAX];
	struct fault f = { 0 };
	json_t *o;

	if (profile && source_send_named(cl, "run", profile, name) != EXITS_DONE)
		return EXITS_RUN_FAILED;
	o = request(c, profile ? name : NULL);
	if (!o || client_send(cl, "Run", o, CLIENT_MORE, &f) < 0)
		return o ? carry_failed("run", &f) : EXITS_RUN_FAILED;
	return EXITS_DONE;
}

int cmd_run(struct cmd *c)
{
	AUTO_CLIENT struct client *cl = NULL;
	struct carry *r = NULL;
	int e = carry_check("run", c);

	if (e == EXITS_DONE)
		e = supervisor(&cl);
	if (e == EXITS_DONE)
		e = carry_open("run", c, cl, &r);
	if (e == EXITS_DONE)
		e = begin(cl, c);
	if (e == EXITS_DONE)
		e = carry_run(r);
	carry_close(&r);
	return e;
}
