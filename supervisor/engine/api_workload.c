/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_workload.c - services and runs that are there. Runs in: cloister-engine.
 */
#include "supervisor/engine/api.h"
#include "lib/base/str.h"
#include "supervisor/engine/life.h"
#include "supervisor/engine/plans.h"
#include "supervisor/engine/stats.h"
#include "supervisor/engine/text.h"
#include "supervisor/engine/waits.h"

#include <errno.h>
#include <string.h>

json_t *workload_rows(struct engine *e, struct to to, uint32_t tenant)
{
	json_t *all = json_array();

	for (uint32_t w = 0; all && w < WORKLOAD_ROWS; w++)
		if (workload_used(e, w) && session_sees(e, to, e->table->workload[w].tenant) &&
		    (tenant == ROW_NONE || e->table->workload[w].tenant == tenant))
			DROP(json_array_append_new(all, workload_json(e, w)));
	return all;
}

static void list(struct engine *e, struct to to, uint64_t tenant)
{
	pages_reply(e, to, "workloads", workload_rows(e, to, (uint32_t)tenant), NULL);
}

void api_workload_list(struct engine *e, const struct call *c)
{
	uint32_t tenant = ROW_NONE;
	struct fault f;

	if (arg_text(c->params, "tenant")) {
		tenant = arg_tenant(e, c, &f);
		if (tenant == ROW_NONE) {
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

/* A service's start, as a client asks for it; answered when it runs. */
static void start_it(struct engine *e, struct to to, uint32_t w)
{
	struct workload_row *row = &e->table->workload[w];
	const struct plan_item *p = plans_find(e, row->plan);

	if (row->flags & WF_REMOVE) {
		session_refuse(e, to, "workload.start", "it is being removed", NULL);
		return;
	}
	/* switched off since its plan was made */
	if (p && p->features & e->table->tenant[row->tenant].features_off) {
		session_refuse(e, to, "workload.feature",
			       "its profile has a feature that is off for its tenant",
			       "change the profile and apply, or cloister tenant set");
		return;
	}
	if (row->want != WANT_RUN) { /* or another client was first */
		row->failures = 0;
		life_start(e, w);
	}
	waits_client(e, to, w, &(struct client_wait){ UNTIL_RUNNING, 0, on_started });
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
	start_it(e, c->to, w);
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
	else
		waits_client(e, c->to, w, &(struct client_wait){ UNTIL_GONE, 0, on_stopped });
}

static void on_restart_gone(struct engine *e, uint64_t arg, uint32_t w, bool late)
{
	struct fault f;

	(void)late;
	if (w != ROW_NONE && !e->ending) {
		start_it(e, arg_to(arg), w);
		return;
	}
	(void)fault_set(&f, -ENOENT, "workload.restart", "the workload was removed");
	session_fault(e, arg_to(arg), &f);
}

void api_workload_restart(struct engine *e, const struct call *c)
{
	struct fault f;
	uint32_t w = arg_workload(e, c->params, &f);

	if (w == ROW_NONE) {
		session_fault(e, c->to, &f);
		return;
	}
	if (e->table->workload[w].kind != KIND_SERVICE || e->ending) {
		session_refuse(e, c->to, "workload.restart",
			       e->ending ? "the supervisor is being shut down" : "it is a run",
			       NULL);
		return;
	}
	life_stop(e, w, WF_HELD);
	/* not waits_client(): a client that goes away meanwhile does not leave it stopped */
	if (waits_workload(e, w, UNTIL_GONE, 0,
			   (struct workload_wait){ on_restart_gone, to_arg(c->to) }, &f) < 0)
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
	} rows[] = { { "running", UNTIL_RUNNING },
		     { "ready", UNTIL_READY },
		     { "exited", UNTIL_ENDED } };
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
	} else if (until == UNTIL_NONE || ms < 0) {
		session_refuse(e, c->to, "workload.wait", "for is running, ready or exited", NULL);
	} else {
		waits_client(e, c->to, w,
			     &(struct client_wait){ until, (uint64_t)ms * 1000000, on_waited });
	}
}

/* which: the life of the row, and the row. */
static void status(struct engine *e, struct to to, uint64_t which)
{
	uint32_t w = (uint32_t)which;
	struct fault f;

	if (workload_used(e, w) && e->table->workload[w].life == which >> 32) {
		session_reply(e, to, json_pack("{s:o}", "workload", workload_json(e, w)));
		return;
	}
	(void)fault_set(&f, -ENOENT, "workload.status", "the workload was removed");
	session_fault(e, to, &f);
}

void api_workload_status(struct engine *e, const struct call *c)
{
	struct fault f;
	uint32_t w = arg_workload(e, c->params, &f);

	if (w == ROW_NONE) {
		session_fault(e, c->to, &f);
		return;
	}
	stats_then(e, c->to, (uint64_t)e->table->workload[w].life << 32 | w, status);
}
