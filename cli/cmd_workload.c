/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_workload.c - status, workloads and their output. Runs in: cloister.
 */
#include "cli/ask.h"
#include "cli/cmds.h"
#include "cli/list.h"
#include "cli/print.h"
#include "cli/table.h"
#include "cli/units.h"
#include "cli/workloads.h"
#include "lib/base/str.h"

#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { FOLLOW_MS = 250, LOG_LINES_MAX = 10000 };

static void processes(struct text *out, const json_t *list)
{
	static const struct column column[] = {
		{ "PROCESS", false, false, NULL },
		{ "PID", true, false, NULL },
		{ "RESTARTS", true, false, NULL },
	};
	AUTO_TABLE struct table t = { 0 };
	struct screen s = screen_of(STDOUT_FILENO);

	if (!json_array_size(list)) /* a tenant's people are not told */
		return;
	text_str(out, "\n");
	table_init(&t, column, ARRAY_LEN(column));
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *p = json_array_get(list, i);

		table_cell(&t, "%s", client_str(p, "name", "?"));
		number_cell(&t, p, "pid");
		table_cell(&t, "%" PRIu64, client_u64(p, "restarts"));
	}
	table_print(&t, &s, out);
}

/* The first line: what this is and for how long. */
static void headline(struct text *t, const json_t *params)
{
	const char *version = client_str(params, "version", "?"),
		   *state = client_str(params, "state", "?");
	uint64_t tenants = client_u64(params, "tenants");
	struct units up = units_since(client_u64(params, "started"));

	text_str(t, "cloister ");
	text_shown(t, version, strlen(version), true);
	text_str(t, ", ");
	text_shown(t, state, strlen(state), true);
	text_fmt(t, "%s%s, %" PRIu64 " tenant%s\n\n", up.s[0] ? " for " : "", up.s, tenants,
		 tenants == 1 ? "" : "s");
}

int cmd_status(struct cmd *c)
{
	AUTO_REPLY struct client_reply r;
	AUTO_TEXT struct text t = { 0 };
	int e;

	client_reply_init(&r);
	e = ask_pages("status", "Status", NULL, "workloads", &r);
	if (e != EXITS_DONE)
		return e;
	if (cmd_has(c, OPT_JSON))
		return ask_json(r.params);
	headline(&t, r.params);
	workloads_table(&t, json_object_get(r.params, "workloads"));
	processes(&t, json_object_get(r.params, "processes"));
	return print_out(&t);
}

int cmd_workload_list(struct cmd *c)
{
	const char *tenant = args_word(&c->args, 0);
	AUTO_REPLY struct client_reply r;
	AUTO_TEXT struct text t = { 0 };
	int e;

	client_reply_init(&r);
	e = ask_pages("workload list", "WorkloadList", json_pack("{s:s*}", "tenant", tenant),
		      "workloads", &r);
	if (e != EXITS_DONE)
		return e;
	if (cmd_has(c, OPT_JSON))
		return ask_json(r.params);
	workloads_table(&t, json_object_get(r.params, "workloads"));
	return print_out(&t);
}

int cmd_workload_status(struct cmd *c)
{
	json_t *which = ask_workload("workload status", args_word(&c->args, 0));
	AUTO_REPLY struct client_reply r;
	AUTO_TEXT struct text t = { 0 };
	int e = EXITS_USAGE;

	client_reply_init(&r);
	if (which)
		e = ask("workload status", "WorkloadStatus", which, &r);
	if (e != EXITS_DONE)
		return e;
	if (cmd_has(c, OPT_JSON))
		return ask_json(r.params);
	workload_sheet(&t, json_object_get(r.params, "workload"));
	return print_out(&t);
}

static int change(const struct cmd *c, const char *where, const char *method)
{
	AUTO_REPLY struct client_reply r;
	json_t *o = ask_workload(where, args_word(&c->args, 0));

	client_reply_init(&r);
	return o ? ask(where, method, o, &r) : EXITS_USAGE;
}

int cmd_workload_start(struct cmd *c)
{
	return change(c, "workload start", "WorkloadStart");
}

int cmd_workload_restart(struct cmd *c)
{
	return change(c, "workload restart", "WorkloadRestart");
}

int cmd_workload_stop(struct cmd *c)
{
	return change(c, "workload stop", "WorkloadStop");
}

/* Prints from *at on and moves it. Returns an enum exits; *ret_end = nothing further is there now.
 */
static int log_piece(struct client *cl, json_t *which, uint64_t *at, bool *ret_end)
{
	AUTO_REPLY struct client_reply r;
	AUTO_TEXT struct text t = { 0 };
	struct fault f = { 0 };
	json_t *o = json_deep_copy(which);
	const char *s;

	client_reply_init(&r);
	/* out of memory leaves NULL or no offset, and the supervisor says what is missing */
	(void)json_object_set_new(o, "offset", json_integer((json_int_t)*at));
	(void)json_object_del(which, "lines"); /* where to begin: asked once */
	if (client_call(cl, "WorkloadLogs", o, &r, &f) < 0)
		return ask_failed("workload logs", &f);
	if (r.error)
		return ask_refused("workload logs", &r);
	s = client_str(r.params, "text", "");
	*ret_end = !json_is_false(json_object_get(r.params, "end")) ||
		   client_u64(r.params, "offset") == *at;
	*at = client_u64(r.params, "offset");
	text_shown(&t, s, strlen(s), false);
	return print_out(&t);
}

/* Adds --lines. Returns an enum exits. */
static int log_lines(const struct cmd *c, json_t *which)
{
	const char *s = c->args.value[OPT_LINES];
	uint64_t n;

	if (!which || !cmd_has(c, OPT_LINES))
		return which ? EXITS_DONE : EXITS_USAGE;
	if (str_to_u64(s, strlen(s), &n) < 0 || n > LOG_LINES_MAX) {
		say_error("workload logs", "'%s' is not a number of lines; write 0 to %d", s,
			  LOG_LINES_MAX);
		return EXITS_USAGE;
	}
	return json_object_set_new(which, "lines", json_integer((json_int_t)n)) < 0 ? EXITS_FAULT
										    : EXITS_DONE;
}

int cmd_workload_logs(struct cmd *c)
{
	json_t *which = ask_workload("workload logs", args_word(&c->args, 0));
	AUTO_CLIENT struct client *cl = NULL;
	uint64_t at = 0;
	bool end = false;
	int e = log_lines(c, which);

	if (e == EXITS_DONE)
		e = ask_open("workload logs", &cl);
	while (e == EXITS_DONE && (!end || cmd_has(c, OPT_FOLLOW))) {
		if (end)
			(void)poll(NULL, 0, FOLLOW_MS);
		e = log_piece(cl, which, &at, &end);
	}
	json_decref(which);
	return e;
}
