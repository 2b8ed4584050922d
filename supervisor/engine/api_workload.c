/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_workload.c - services and runs that are there. Runs in: cloister-engine.
 */
#include "supervisor/engine/api.h"
#include "lib/base/str.h"
#include "supervisor/engine/life.h"
#include "supervisor/engine/stats.h"
#include "supervisor/engine/text.h"
#include "supervisor/engine/waits.h"

#include <errno.h>
#include <string.h>

static void list(struct engine *e, struct to to, uint32_t tenant)
{
	json_t *all = json_array();

	for (uint32_t w = 0; all && w < WORKLOAD_ROWS; w++)
		if (workload_used(e, w) &&
		    (tenant == ROW_NONE || e->table->workload[w].tenant == tenant))
			DROP(json_array_append_new(all, workload_json(e, w)));
	session_reply(e, to, json_pack("{s:o}", "workloads", all));
}

void api_workload_list(struct engine *e, const struct call *c)
{
	const char *name = arg_text(c->params, "tenant");
	uint32_t tenant = ROW_NONE;

	if (name) {
		tenant = str_is_label(name, strlen(name)) ? tenant_find(e, name) : ROW_NONE;
		if (tenant == ROW_NONE) {
			struct fault f;

			(void)fault_set(&f, -ENOENT, "engine.name",
					"no such tenant; see cloister tenant list");
			session_fault(e, c->to, &f);
			return;
		}
	}
	stats_then(e, c->to, tenant, list);
}

static void on_started(struct engine *e, uint64_t arg, uint32_t w, bool late)
{
	const struct workload_row *row = w == ROW_NONE ? NULL : &e->table->workload[w];

	(void)late;
	if (row && row->state == W_RUNNING)
		session_reply(e, arg_to(arg), NULL);
	else if (row && row->fault.err)
		session_fault(e, arg_to(arg), &row->fault);
	else
		session_refuse(e, arg_to(arg), "workload.start", "it ended at once",
			       "see cloister workload logs");
}

void api_workload_start(struct engine *e, const struct call *c)
{
	struct fault f;
	uint32_t w = arg_workload(e, c->params, &f);
	struct workload_row *row;

	if (w == ROW_NONE) {
		session_fault(e, c->to, &f);
		return;
	}
	row = &e->table->workload[w];
	if (row->kind != KIND_SERVICE || e->ending || row->state == W_RUNNING ||
	    row->state == W_STARTING || row->state == W_STOPPING) {
		session_refuse(e, c->to, "workload.start",
			       row->kind == KIND_SERVICE ? "it is not stopped" : "it is a run",
			       NULL);
		return;
	}
	row->failures = 0;
	life_start(e, w);
	if (waits_workload(e, w, UNTIL_RUNNING, 0,
			   (struct workload_wait){ on_started, to_arg(c->to) }, &f) < 0)
		session_fault(e, c->to, &f);
}

static void on_stopped(struct engine *e, uint64_t arg, uint32_t w, bool late)
{
	(void)late;
	session_reply(e, arg_to(arg),
		      w == ROW_NONE
			      ? NULL
			      : json_pack("{s:o}", "exit", exit_json(&e->table->workload[w])));
}

void api_workload_stop(struct engine *e, const struct call *c)
{
	struct fault f;
	uint32_t w = arg_workload(e, c->params, &f), life;

	if (w == ROW_NONE) {
		session_fault(e, c->to, &f);
		return;
	}
	life = e->table->workload[w].life;
	life_stop(e, w, WF_HELD);
	if (!workload_used(e, w) || e->table->workload[w].life != life)
		session_reply(e, c->to, NULL);
	else if (waits_workload(e, w, UNTIL_GONE, 0,
				(struct workload_wait){ on_stopped, to_arg(c->to) }, &f) < 0)
		session_fault(e, c->to, &f);
}

static void on_waited(struct engine *e, uint64_t arg, uint32_t w, bool late)
{
	struct fault f;

	(void)late; /* the state in the reply says it */
	if (w != ROW_NONE) {
		session_reply(e, arg_to(arg), json_pack("{s:o}", "workload", workload_json(e, w)));
		return;
	}
	(void)fault_set(&f, -ENOENT, "workload.wait", "the workload was removed");
	session_fault(e, arg_to(arg), &f);
}

void api_workload_wait(struct engine *e, const struct call *c)
{
	static const struct {
		const char *word;
		enum until until;
	} rows[] = { { "running", UNTIL_RUNNING }, { "exited", UNTIL_ENDED } };
	const char *word = arg_text(c->params, "for");
	json_int_t ms = json_integer_value(json_object_get(c->params, "timeout_ms"));
	enum until until = UNTIL_NONE;
	struct fault f;
	uint32_t w = arg_workload(e, c->params, &f);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(word, rows[i].word) == 0)
			until = rows[i].until;
	if (w == ROW_NONE) {
		session_fault(e, c->to, &f);
	} else if (strcmp(word, "listening") == 0) {
		(void)fault_set(&f, -EOPNOTSUPP, "workload.wait",
				"this version does not watch for listening; wait for running");
		session_fault(e, c->to, &f);
	} else if (until == UNTIL_NONE || ms < 0) {
		session_refuse(e, c->to, "workload.wait", "for is running, listening or exited",
			       NULL);
	} else if (waits_workload(e, w, until, (uint64_t)ms * 1000000,
				  (struct workload_wait){ on_waited, to_arg(c->to) }, &f) < 0) {
		session_fault(e, c->to, &f);
	}
}
