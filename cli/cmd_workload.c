/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_workload.c - status, tenants, workloads and their output. Runs in: cloister.
 */
#include "cli/ask.h"
#include "cli/cmds.h"
#include "cli/list.h"
#include "cli/print.h"
#include "cli/table.h"
#include "cli/units.h"
#include "lib/base/str.h"

#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { FOLLOW_MS = 250, LOG_LINES_MAX = 10000 };

static int state_tint(const char *cell)
{
	if (strcmp(cell, "running") == 0)
		return SGR_GREEN;
	if (strcmp(cell, "failed") == 0)
		return SGR_RED;
	return strcmp(cell, "backoff") == 0 || strcmp(cell, "starting") == 0 ||
			       strcmp(cell, "stopping") == 0
		       ? SGR_YELLOW
		       : 0;
}

/* Short forms of the layers that every workload is held to, in the order they are put on. */
static const struct {
	const char *layer;
	char mark;
} marks[] = {
	{ "mnt", 'm' }, { "pid", 'p' },	    { "net", 'n' },	 { "ipc", 'i' },
	{ "uts", 'h' }, { "cgroup", 'c' },  { "user", 'u' },	 { "caps", 'C' },
	{ "nnp", 'N' }, { "seccomp", 'S' }, { "landlock", 'L' }, { "cgroup-limits", 'R' },
};

static bool has_layer(const json_t *layers, const char *name)
{
	for (size_t i = 0; i < json_array_size(layers); i++) {
		const char *s = json_string_value(json_array_get(layers, i));

		if (s && strcmp(s, name) == 0)
			return true;
	}
	return false;
}

/* One letter for each layer in force, a dot for one that is not. */
static void layers_cell(struct table *t, const json_t *w)
{
	const json_t *layers = json_object_get(w, "layers");
	char s[ARRAY_LEN(marks) + 1];

	for (size_t i = 0; i < ARRAY_LEN(marks); i++)
		s[i] = has_layer(layers, marks[i].layer) ? marks[i].mark : '.';
	s[ARRAY_LEN(marks)] = '\0';
	table_cell(t, "%s", json_array_size(layers) ? s : "");
}

static void legend(struct text *t, const struct screen *s)
{
	print_sgr(t, s, SGR_DIM);
	text_str(t, "layers:");
	for (size_t i = 0; i < ARRAY_LEN(marks); i++)
		text_fmt(t, " %c=%s", marks[i].mark, marks[i].layer);
	print_sgr_end(t, s);
	text_str(t, "\n");
}

static void number_cell(struct table *t, const json_t *o, const char *key)
{
	uint64_t v = client_u64(o, key);

	if (v)
		table_cell(t, "%" PRIu64, v);
	else
		table_cell(t, "%s", "");
}

static void bytes_cell(struct table *t, const json_t *o, const char *key)
{
	uint64_t v = client_u64(o, key);

	table_cell(t, "%s", v ? units_bytes(v).s : "");
}

/* How it is, and when it is over, how it ended. */
static void ended_cell(struct table *t, const json_t *w)
{
	const json_t *e = json_object_get(w, "exit");
	const char *reason = client_str(e, "reason", "");

	if (!json_is_object(e))
		table_cell(t, "%s", "");
	else if (client_u64(e, "signal"))
		table_cell(t, "signal %" PRIu64 "%s%s", client_u64(e, "signal"),
			   reason[0] ? " " : "", reason);
	else
		table_cell(t, "code %" PRIu64 "%s%s", client_u64(e, "code"), reason[0] ? " " : "",
			   reason);
}

static void workload_row(struct table *t, const json_t *w)
{
	const char *state = client_str(w, "state", "?");
	struct units up = units_since(client_u64(w, "pid") ? client_u64(w, "started") : 0);

	table_cell(t, "%s/%s", client_str(w, "tenant", "?"), client_str(w, "name", "?"));
	table_cell(t, "%s", client_str(w, "profile", ""));
	table_cell(t, "%s", state);
	number_cell(t, w, "pid");
	bytes_cell(t, w, "memory");
	number_cell(t, w, "pids");
	table_cell(t, "%s", up.s);
	table_cell(t, "%" PRIu64, client_u64(w, "restarts"));
	ended_cell(t, w);
	layers_cell(t, w);
}

static void workloads(struct text *out, const json_t *list)
{
	/* clang-format off */
	static const struct column column[] = {
		{ "WORKLOAD", false, true, NULL }, { "PROFILE", false, true, NULL },
		{ "STATE", false, false, state_tint }, { "PID", true, false, NULL },
		{ "MEMORY", true, false, NULL }, { "PIDS", true, false, NULL },
		{ "UP", true, false, NULL }, { "RESTARTS", true, false, NULL },
		{ "LAST END", false, true, NULL }, { "LAYERS", false, false, NULL },
	};
	/* clang-format on */
	AUTO_TABLE struct table t = { 0 };
	struct screen s = screen_of(STDOUT_FILENO);

	if (!json_array_size(list)) {
		text_str(out, "no workloads\n");
		return;
	}
	table_init(&t, column, ARRAY_LEN(column));
	for (size_t i = 0; i < json_array_size(list); i++)
		workload_row(&t, json_array_get(list, i));
	table_print(&t, &s, out);
	legend(out, &s);
}

static void processes(struct text *out, const json_t *list)
{
	static const struct column column[] = {
		{ "PROCESS", false, false, NULL },
		{ "PID", true, false, NULL },
		{ "RESTARTS", true, false, NULL },
	};
	AUTO_TABLE struct table t = { 0 };
	struct screen s = screen_of(STDOUT_FILENO);

	table_init(&t, column, ARRAY_LEN(column));
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *p = json_array_get(list, i);

		table_cell(&t, "%s", client_str(p, "name", "?"));
		number_cell(&t, p, "pid");
		table_cell(&t, "%" PRIu64, client_u64(p, "restarts"));
	}
	table_print(&t, &s, out);
}

/* The first line: what this is and since when. */
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
	text_fmt(t, "%s%s, %" PRIu64 " tenant%s\n\n", up.s[0] ? " since " : "", up.s, tenants,
		 tenants == 1 ? "" : "s");
}

int cmd_status(struct cmd *c)
{
	AUTO_REPLY struct client_reply r;
	AUTO_TEXT struct text t = { 0 };
	int e;

	client_reply_init(&r);
	e = ask("status", "Status", NULL, &r);
	if (e != EXITS_DONE)
		return e;
	if (cmd_has(c, OPT_JSON))
		return ask_json(r.params);
	headline(&t, r.params);
	workloads(&t, json_object_get(r.params, "workloads"));
	text_str(&t, "\n");
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
	e = ask("workload list", "WorkloadList", json_pack("{s:s*}", "tenant", tenant), &r);
	if (e != EXITS_DONE)
		return e;
	if (cmd_has(c, OPT_JSON))
		return ask_json(r.params);
	workloads(&t, json_object_get(r.params, "workloads"));
	return print_out(&t);
}

/* "memory 2GiB, cpu 150%, pids 128". */
static void limits_cell(struct table *t, const json_t *limits)
{
	AUTO_TEXT struct text s = { 0 };

	for (size_t i = 0; i < json_array_size(limits); i++) {
		const json_t *l = json_array_get(limits, i);
		const char *knob = client_str(l, "knob", "?");
		uint64_t v = client_u64(l, "value"), period = client_u64(l, "period");

		text_fmt(&s, "%s%s ", s.n ? ", " : "", knob);
		if (period)
			text_fmt(&s, "%" PRIu64 "%%", v * 100 / period);
		else if (strncmp(knob, "memory", 6) == 0 || strncmp(knob, "swap", 4) == 0)
			text_str(&s, units_bytes(v).s);
		else
			text_fmt(&s, "%" PRIu64, v);
	}
	table_cell(t, "%s", s.p ? s.p : "");
}

/* The words of an array of strings, with commas. */
static void words_cell(struct table *t, const json_t *list)
{
	AUTO_TEXT struct text s = { 0 };

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *w = json_string_value(json_array_get(list, i));

		text_fmt(&s, "%s%s", i ? ", " : "", w ? w : "?");
	}
	table_cell(t, "%s", s.p ? s.p : "");
}

static void tenant_row(struct table *t, const json_t *o)
{
	table_cell(t, "%s", client_str(o, "name", "?"));
	table_cell(t, "%" PRIu64, client_u64(o, "index"));
	table_cell(t, "%" PRIu64, client_u64(o, "uid_base"));
	table_cell(t, "%" PRIu64, client_u64(o, "workloads"));
	words_cell(t, json_object_get(o, "ceilings"));
	limits_cell(t, json_object_get(o, "limits"));
}

int cmd_tenant_list(struct cmd *c)
{
	static const struct column column[] = {
		{ "TENANT", false, false, NULL },  { "INDEX", true, false, NULL },
		{ "UID BASE", true, false, NULL }, { "WORKLOADS", true, false, NULL },
		{ "CEILINGS", false, true, NULL }, { "LIMITS", false, true, NULL },
	};
	static const struct list list = { "tenant list", "TenantList",	    "tenants",
					  column,	 ARRAY_LEN(column), tenant_row };

	return list_show(c, &list);
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
