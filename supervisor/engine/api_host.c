/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_host.c - Status and Shutdown. Runs in: cloister-engine.
 */
#include "supervisor/engine/api.h"
#include "supervisor/engine/life.h"
#include "supervisor/engine/peers.h"
#include "supervisor/engine/plans.h"
#include "supervisor/engine/stats.h"
#include "supervisor/engine/text.h"

#include <systemd/sd-event.h>
#include <unistd.h>

static json_t *process_json(const char *name, uint32_t pid, uint32_t restarts)
{
	json_t *o = json_pack("{s:s, s:I}", "name", name, "restarts", (json_int_t)restarts);

	if (o && pid)
		DROP(json_object_set_new(o, "pid", json_integer(pid)));
	return o;
}

/* syscalls engine: getppid */
/* For those who see the host; to a tenant's people the list is empty. */
static json_t *processes_json(const struct engine *e, bool host)
{
	json_t *list = json_array();

	if (!list || !host)
		return list;
	/* who started us, and reads the operator's files on SIGHUP */
	DROP(json_array_append_new(list, process_json("cloisterd", (uint32_t)getppid(), 0)));
	DROP(json_array_append_new(list, process_json("cloister-engine", (uint32_t)getpid(),
						      e->restarts[WORKER_ENGINE])));
	DROP(json_array_append_new(list, process_json("cloister-spawn", peers_pid(e, WORKER_SPAWN),
						      peers_restarts(e, WORKER_SPAWN))));
	DROP(json_array_append_new(list, process_json("cloister-netd", peers_pid(e, WORKER_NETD),
						      peers_restarts(e, WORKER_NETD))));
	DROP(json_array_append_new(list,
				   process_json("cloister-volumed", peers_pid(e, WORKER_VOLUMED),
						peers_restarts(e, WORKER_VOLUMED))));
	return list;
}

static void status(struct engine *e, struct to to, uint64_t arg)
{
	uint32_t tenants = 0;
	bool whole = peers_has(e, WORKER_SPAWN) && peers_has(e, WORKER_NETD) &&
		     peers_has(e, WORKER_VOLUMED);

	(void)arg;
	for (uint32_t i = 0; i < e->table->ntenant; i++)
		tenants += e->table->tenant[i].name[0] && session_sees(e, to, i);
	pages_reply(e, to, "workloads", workload_rows(e, to, ROW_NONE),
		    json_pack("{s:s, s:s, s:I, s:I, s:o}", "version", CLOISTER_VERSION, "state",
			      e->ending ? "ending"
			      : whole	? "running"
					: "degraded",
			      "started", (json_int_t)(e->started / 1000000), "tenants",
			      (json_int_t)tenants, "processes",
			      processes_json(e, session_sees(e, to, ROW_NONE))));
}

void api_status(struct engine *e, const struct call *c)
{
	stats_then(e, c->to, 0, status);
}

/* ---- shutting down ---- */

static struct {
	struct to to;
	bool asked, answered;
	sd_event_source *last;
} ending;

static int on_last(sd_event_source *s, uint64_t usec, void *data)
{
	struct engine *e = data;

	(void)usec;
	if (!sessions_pending(e))
		return sd_event_exit(e->loop, 0);
	/* one second for a client that reads slowly is enough */
	(void)sd_event_source_set_enabled(s, SD_EVENT_OFF);
	return sd_event_exit(e->loop, 0);
}

void end_idle(struct engine *e)
{
	enum { SOON_US = 20000, LAST_US = 1000000 };

	if (!ending.asked || ending.answered)
		return;
	for (uint32_t w = 0; w < WORKLOAD_ROWS; w++) {
		struct step_state s;

		if (!workload_used(e, w))
			continue;
		s = life_state(e, w);
		s.want = WANT_GONE;
		if (!step_done(&s))
			return;
	}
	ending.answered = true;
	for (uint32_t t = 0; t < e->table->ntenant; t++)
		if (e->table->tenant[t].name[0])
			ahead_drop(e, t);
	session_reply(e, ending.to, NULL);
	/* what was asked of spawn last is on its way; the reply too, as a rule */
	if (sd_event_add_time_relative(e->loop, &ending.last, CLOCK_MONOTONIC,
				       sessions_pending(e) ? LAST_US : SOON_US, 0, on_last, e) < 0)
		(void)sd_event_exit(e->loop, 0);
}

void api_shutdown(struct engine *e, const struct call *c)
{
	if (ending.asked) {
		session_refuse(e, c->to, "engine.ending", "it is being shut down already", NULL);
		return;
	}
	ending.asked = true;
	ending.to = c->to;
	e->ending = true;
	for (uint32_t w = 0; w < WORKLOAD_ROWS; w++) {
		if (!workload_used(e, w))
			continue;
		if (e->table->workload[w].kind == KIND_RUN)
			life_kill(e, w, WF_HELD);
		else
			life_stop(e, w, 0); /* it stays wanted: the next start has it again */
	}
	end_idle(e);
}
