/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apply_do.c - one change after the other. Runs in: cloister-engine.
 * A change that fails does not keep the others from being tried: tenants do not wait for each
 * other.
 */
#include "supervisor/engine/apply_do.h"
#include "supervisor/engine/life.h"
#include "supervisor/engine/limits.h"
#include "supervisor/engine/operation.h"
#include "supervisor/engine/tenants.h"
#include "supervisor/engine/waits.h"

#include <stdio.h>
#include <string.h>

static struct apply_job *job;
static struct op_record job_op;

static void finish(struct engine *e)
{
	json_t *list = pages_send(e, job->to, "changes", changes_json(&job->list));
	json_t *o = json_pack("{s:o, s:o, s:o, s:o}", "changes", list, "missing_images",
			      json_array(), "images", TAKE_PTR(job->images), "diagnostics",
			      TAKE_PTR(job->diagnostics));

	operation_close(e, &job_op, job->failed ? OPP_FAILED : OPP_DONE, "");
	job->used = false;
	if (!job->failed || job->dry) {
		session_reply(e, job->to, o);
		return;
	}
	if (o)
		DROP(json_object_update_new(o, json_pack("{s:s, s:s}", "message",
							 "some changes failed; each says why",
							 "site", "apply.changes")));
	session_error(e, job->to, "io.cloister.Refused", o);
}

static void apply_go_on(struct engine *e);
static void next(struct engine *e);

static void fail(struct change *c, const char *why)
{
	job->failed++;
	(void)snprintf(c->detail, sizeof(c->detail), "failed: %s", why);
}

static void on_running(struct engine *e, uint64_t arg, uint32_t w, bool late)
{
	struct change *c = &job->list.change[job->at];
	const struct workload_row *row = w == ROW_NONE ? NULL : &e->table->workload[w];

	(void)late;
	if (!job->used || arg != job->serial)
		return;
	if (!row || (row->state != W_RUNNING && row->fault.err))
		fail(c, row ? row->fault.msg : "it is gone");
	else if (row->state == W_FAILED || row->state == W_BACKOFF)
		fail(c, reason_name(row->exit.reason));
	else
		(void)snprintf(c->detail, sizeof(c->detail), "pid %u", row->pid);
	next(e);
}

/* Waits for w; a list that is full is a failure of this change alone. */
static void wait_for(struct engine *e, uint32_t w, enum until until,
		     void (*fn)(struct engine *, uint64_t, uint32_t, bool))
{
	struct fault f;

	if (waits_workload(e, w, until, 0, (struct workload_wait){ fn, job->serial }, &f) == 0)
		return;
	fail(&job->list.change[job->at], f.msg);
	next(e);
}

static void begin(struct engine *e, struct change *c, uint32_t w)
{
	struct workload_row *row = &e->table->workload[w];

	memcpy(row->plan, c->plan, DIGEST_LEN);
	memcpy(row->origin, c->origin, ORIGIN_LEN);
	memcpy(row->profile, c->profile, sizeof(row->profile));
	row->restart = c->restart;
	row->failures = 0;
	life_start(e, w);
	wait_for(e, w, UNTIL_RUNNING, on_running);
}

static void start(struct engine *e, struct change *c)
{
	uint32_t t = tenant_find(e, c->tenant_name);
	uint32_t w = c->w;

	if (w == ROW_NONE && t != ROW_NONE)
		w = workload_new(e, t, c->name, KIND_SERVICE);
	if (w == ROW_NONE || e->table->workload[w].flags & WF_REMOVE) {
		fail(c, w == ROW_NONE ? "too many workloads" : "it is being removed");
		next(e);
		return;
	}
	begin(e, c, w);
}

static void on_old_gone(struct engine *e, uint64_t arg, uint32_t w, bool late)
{
	(void)late;
	if (!job->used || arg != job->serial)
		return;
	if (w != ROW_NONE && !(e->table->workload[w].flags & WF_REMOVE)) {
		begin(e, &job->list.change[job->at], w);
		return;
	}
	fail(&job->list.change[job->at], "it is gone");
	next(e);
}

static void restart(struct engine *e, struct change *c)
{
	life_stop(e, c->w, WF_HELD | WF_AGAIN);
	wait_for(e, c->w, UNTIL_GONE, on_old_gone);
}

static void on_removed(struct engine *e, uint64_t arg, uint32_t w, bool late)
{
	(void)w;
	(void)late;
	if (job->used && arg == job->serial)
		next(e);
}

static void remove_workload(struct engine *e, struct change *c)
{
	life_stop(e, c->w, WF_HELD | WF_REMOVE);
	if (!workload_used(e, c->w) || e->table->workload[c->w].life != c->life)
		next(e);
	else
		wait_for(e, c->w, UNTIL_GONE, on_removed);
}

static void remove_tenant(struct engine *e, struct change *c)
{
	struct fault f;

	if (tenant_remove(e, c->tenant_name, &f) < 0)
		fail(c, f.msg);
	next(e);
}

/* What of a workload's file the engine alone keeps. */
static void follow(struct engine *e, struct change *c)
{
	struct workload_row *row = &e->table->workload[c->w];
	struct fault f;

	if (!workload_used(e, c->w) || row->life != c->life)
		return;
	row->restart = c->restart;
	memcpy(row->origin, c->origin, ORIGIN_LEN);
	memcpy(row->profile, c->profile, sizeof(row->profile));
	if (operation_keep(e, c->w, &f) < 0)
		fail(c, f.msg);
}

/* A change that is carried out without an end of anything: f says why it was not. */
static void on_set(struct engine *e, uint64_t arg, const struct fault *f)
{
	if (!job->used || arg != job->serial)
		return;
	if (f)
		fail(&job->list.change[job->at], f->msg);
	next(e);
}

static void set_tenant(struct engine *e, struct change *c)
{
	struct fault f;

	if (tenant_set(e, &job->list.tenant[c->tenant], &f) < 0) {
		fail(c, f.msg);
		next(e);
		return;
	}
	tenant_set_then(e, (struct limits_done){ on_set, job->serial });
}

static void on_live(struct engine *e, uint64_t arg, const struct fault *f)
{
	struct change *c = &job->list.change[job->at];

	if (job->used && arg == job->serial && !f)
		follow(e, c);
	on_set(e, arg, f);
}

static void set_live(struct engine *e, struct change *c)
{
	limits_change(e, c->w, c->plan, (struct limits_done){ on_live, job->serial });
}

static void keep(struct engine *e, struct change *c)
{
	const struct workload_row *row = &e->table->workload[c->w];
	bool same = memcmp(row->plan, c->plan, DIGEST_LEN) == 0;

	if (!same) { /* another text of the same: what runs is not touched */
		set_live(e, c);
		return;
	}
	follow(e, c);
	/* it ended while others were changed: the policy of now says what comes of it */
	if ((row->state == W_EXITED || row->state == W_FAILED) && row->life == c->life &&
	    !row->have && !e->live[c->w].pending && again_is_due(e, row))
		again_later(e, c->w);
	next(e);
}

static void image(struct engine *e, struct change *c)
{
	(void)c; /* nothing that starts needs it: else this apply was refused */
	next(e);
}

static void (*const carry_out[CHANGE__COUNT])(struct engine *, struct change *) = {
	[CHANGE_REMOVE] = remove_workload,
	[CHANGE_REMOVE_TENANT] = remove_tenant,
	[CHANGE_CREATE] = set_tenant,
	[CHANGE_LIMIT] = set_tenant,
	[CHANGE_IMAGE] = image,
	[CHANGE_LIVE] = set_live,
	[CHANGE_RESTART] = restart,
	[CHANGE_START] = start,
	[CHANGE_KEEP] = keep,
};

/* Is what a change was about still the row that it meant? */
static bool is_same(const struct engine *e, const struct change *c)
{
	return c->w == ROW_NONE ||
	       (workload_used(e, c->w) && e->table->workload[c->w].life == c->life);
}

/* Change number job->at is done: tells the client, goes on. Its depth is bounded by CHANGES_MAX. */
static void next(struct engine *e)
{
	const struct change *c = &job->list.change[job->at];
	char object[2 * LABEL_MAX];

	change_object(c, object, sizeof(object));
	session_more(e, job->to,
		     json_pack("{s:I, s:I, s:s}", "step", (json_int_t)job->at + 1, "total",
			       (json_int_t)job->list.n, "object", object),
		     NULL, 0);
	job->at++;
	apply_go_on(e);
}

static void apply_go_on(struct engine *e)
{
	struct change *c = &job->list.change[job->at];

	job->serial++;
	if (job->at == job->list.n) {
		finish(e);
	} else if (!is_same(e, c)) {
		fail(c, "it changed meanwhile");
		next(e);
	} else {
		carry_out[c->action](e, c);
	}
}

int apply_begin(struct engine *e, struct apply_job *j, struct fault *f)
{
	if (operation_open(e, OP_APPLY, ROW_NONE, &job_op, f) < 0)
		return f->err;
	job = j;
	apply_go_on(e);
	return 0;
}
