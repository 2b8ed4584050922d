/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workloads.c - workloads as people see them. Runs in: cloister.
 */
#include "cli/workloads.h"
#include "cli/units.h"
#include "lib/client/client.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { NAME_WIDE = 13 };

int state_tint(const char *cell)
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

void number_cell(struct table *t, const json_t *o, const char *key)
{
	uint64_t v = client_u64(o, key);

	if (v)
		table_cell(t, "%" PRIu64, v);
	else
		table_cell(t, "%s", "");
}

void bytes_cell(struct table *t, const json_t *o, const char *key)
{
	uint64_t v = client_u64(o, key);

	table_cell(t, "%s", v ? units_bytes(v).s : "");
}

void workload_name_cell(struct table *t, const json_t *w)
{
	table_cell(t, "%s/%s", client_str(w, "tenant", "?"), client_str(w, "name", "?"));
}

/* "code 1 exited", "signal 9 out of memory"; empty while it has not ended. */
static void ended_text(struct text *t, const json_t *w)
{
	const json_t *e = json_object_get(w, "exit");
	const char *reason = client_str(e, "reason", "");

	if (!json_is_object(e))
		return;
	if (client_u64(e, "signal"))
		text_fmt(t, "signal %" PRIu64, client_u64(e, "signal"));
	else if (json_object_get(e, "code"))
		text_fmt(t, "code %" PRIu64, client_u64(e, "code"));
	text_fmt(t, "%s%s", t->n && reason[0] ? " " : "", reason);
}

static void ended_cell(struct table *t, const json_t *w)
{
	AUTO_TEXT struct text s = { 0 };

	ended_text(&s, w);
	table_cell(t, "%s", s.p ? s.p : "");
}

static void workload_row(struct table *t, const json_t *w)
{
	const char *state = client_str(w, "state", "?");
	struct units up = units_since(client_u64(w, "pid") ? client_u64(w, "started") : 0);

	workload_name_cell(t, w);
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

void workloads_table(struct text *out, const json_t *list)
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

/* ---- one ---- */

void sheet_line(struct text *out, const char *name, const char *value)
{
	size_t n = strlen(name);

	text_shown(out, name, n, true);
	text_fill(out, ' ', n < NAME_WIDE ? NAME_WIDE - n : 1);
	text_shown(out, value, strlen(value), true);
	text_str(out, "\n");
}

void words_join(struct text *t, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *w = json_string_value(json_array_get(list, i));

		text_fmt(t, "%s%s", i ? ", " : "", w ? w : "?");
	}
}

static void sheet_words(struct text *out, const char *name, const json_t *list)
{
	AUTO_TEXT struct text s = { 0 };

	words_join(&s, list);
	sheet_line(out, name, s.p ? s.p : "none");
}

/* "12MiB of 64MiB" */
static void sheet_bytes(struct text *out, const json_t *w)
{
	char s[128];
	uint64_t peak = client_u64(w, "memory_peak"), limit = client_u64(w, "memory_limit");

	(void)snprintf(s, sizeof(s), "%s%s%s%s%s", units_bytes(client_u64(w, "memory")).s,
		       limit ? " of " : "", limit ? units_bytes(limit).s : "",
		       peak ? ", peak " : "", peak ? units_bytes(peak).s : "");
	sheet_line(out, "memory", s);
}

static void sheet_cpu(struct text *out, const json_t *w)
{
	char s[96];
	uint64_t limit = client_u64(w, "cpu_limit_permille");
	const json_t *used = json_object_get(w, "cpu_us");

	(void)snprintf(s, sizeof(s), "%s%s%s",
		       used ? units_span(client_u64(w, "cpu_us") * 1000).s : "",
		       used ? " used" : "not counted", limit ? ", limit " : "");
	if (limit)
		(void)snprintf(s + strlen(s), sizeof(s) - strlen(s), "%" PRIu64 "%%", limit / 10);
	sheet_line(out, "cpu", s);
}

static void sheet_pids(struct text *out, const json_t *w)
{
	char s[64];
	uint64_t limit = client_u64(w, "pids_limit");

	(void)snprintf(s, sizeof(s), "%" PRIu64, client_u64(w, "pids"));
	if (limit)
		(void)snprintf(s + strlen(s), sizeof(s) - strlen(s), " of %" PRIu64, limit);
	sheet_line(out, "processes", s);
}

/* What it uses, while it runs. */
static void sheet_use(struct text *out, const json_t *w)
{
	char s[64];

	(void)snprintf(s, sizeof(s), "%" PRIu64 ", up %s", client_u64(w, "pid"),
		       units_since(client_u64(w, "started")).s);
	sheet_line(out, "pid", s);
	sheet_line(out, "ready", client_str(w, "ready", "?"));
	sheet_bytes(out, w);
	sheet_cpu(out, w);
	sheet_pids(out, w);
}

void workload_sheet(struct text *out, const json_t *w)
{
	AUTO_TEXT struct text name = { 0 };
	AUTO_TEXT struct text ended = { 0 };
	char restarts[32];
	const char *message = client_str(json_object_get(w, "exit"), "message", "");

	text_fmt(&name, "%s/%s", client_str(w, "tenant", "?"), client_str(w, "name", "?"));
	sheet_line(out, "workload", name.p ? name.p : "?");
	sheet_line(out, "kind", client_str(w, "kind", "?"));
	sheet_line(out, "state", client_str(w, "state", "?"));
	if (client_u64(w, "pid"))
		sheet_use(out, w);
	ended_text(&ended, w);
	if (ended.n)
		sheet_line(out, "last end", ended.p);
	if (message[0])
		sheet_line(out, "because", message);
	(void)snprintf(restarts, sizeof(restarts), "%" PRIu64, client_u64(w, "restarts"));
	sheet_line(out, "restarts", restarts);
	sheet_line(out, "profile", client_str(w, "profile", "?"));
	sheet_line(out, "plan", client_str(w, "plan", "?"));
	sheet_words(out, "images", json_object_get(w, "image"));
	sheet_words(out, "layers", json_object_get(w, "layers"));
}
