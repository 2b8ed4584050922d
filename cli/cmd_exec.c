/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_exec.c - one more command in a running workload. Runs in: cloister.
 */
#include "cli/ask.h"
#include "cli/carry.h"
#include "cli/cmds.h"

static const char where[] = "workload exec";

/* The Exec call. NULL after what is wrong was printed. */
static json_t *request(const struct cmd *c)
{
	json_t *o = ask_workload(where, args_word(&c->args, 0)), *args;

	if (!o)
		return NULL;
	args = carry_args(where, c);
	if (!args || json_object_set_new(o, "args", args) < 0) {
		json_decref(o);
		return NULL;
	}
	if (cmd_has(c, OPT_TTY))
		carry_terminal(o);
	return o;
}

int cmd_workload_exec(struct cmd *c)
{
	AUTO_CLIENT struct client *cl = NULL;
	struct carry *r = NULL;
	struct fault f = { 0 };
	json_t *o = request(c);
	int e = o ? carry_check(where, c) : EXITS_USAGE;

	if (e == EXITS_DONE && ask_open(where, &cl) != EXITS_DONE)
		e = EXITS_RUN_FAILED;
	if (e == EXITS_DONE)
		e = carry_open(where, c, cl, &r);
	if (e != EXITS_DONE)
		json_decref(o);
	else if (client_send(cl, "Exec", o, CLIENT_MORE, &f) < 0)
		e = carry_failed(where, &f);
	else
		e = carry_run(r);
	carry_close(&r);
	return e;
}
