/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_run.c - `run`: the path that is measured. Runs in: cloister-engine.
 *
 * A run whose plan was made before costs one request to spawn: plan, images, network namespace and
 * cgroup are there. Its last reply goes out before anything is cleaned up.
 */
#include "supervisor/engine/api.h"
#include "lib/base/fd.h"
#include "lib/base/str.h"
#include "supervisor/engine/life.h"
#include "supervisor/engine/plans.h"
#include "supervisor/engine/run_args.h"
#include "supervisor/engine/run_plan.h"
#include "supervisor/engine/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { RUNS_MAX = 256 };

struct run {
	bool used, abandoned;
	struct to to;
	struct run_want want;
	uint32_t net_of, net_of_life; /* ROW_NONE: its own network */
	uint32_t w, life;	      /* ROW_NONE before its row is made */
	int args;
	bool no_stdin, tty;
	uint16_t rows, columns;
};

static struct run run_memory[RUNS_MAX];

static uint64_t run_arg(const struct run *r)
{
	return (uint64_t)(r - run_memory);
}

static void run_free(struct run *r)
{
	fd_close(&r->args);
	r->used = false;
}

static void refuse(struct engine *e, struct run *r, const struct fault *f)
{
	session_fault(e, r->to, f);
	run_free(r);
}

/* ---- what happens to it ---- */

static void on_started(struct engine *e, uint64_t arg, uint32_t w, int *fds, size_t n)
{
	struct run *run = &run_memory[arg];
	const struct workload_row *row = &e->table->workload[w];

	session_more(e, run->to,
		     json_pack("{s:b, s:s, s:I}", "started", 1, "workload", row->name, "pid",
			       (json_int_t)row->pid),
		     fds, n);
}

void run_not_executed(struct engine *e, struct to to, int err)
{
	enum { CANNOT_EXECUTE = 126, NOT_FOUND = 127 };
	int code = err == -ENOENT ? NOT_FOUND : CANNOT_EXECUTE;
	const char *why = strerrordesc_np(-err);

	session_error(
		e, to, "io.cloister.Exec",
		json_pack("{s:s, s:i}", "message", why ? why : "cannot be executed", "code", code));
}

static void on_ended(struct engine *e, uint64_t arg, uint32_t w)
{
	struct run *r = &run_memory[arg];
	const struct workload_row *row = &e->table->workload[w];

	if (row->exit.reason == EXIT_EXEC)
		run_not_executed(e, r->to, row->exit.err);
	else if (row->exit.reason == EXIT_START)
		session_fault(e, r->to, &row->fault);
	else
		session_reply(e, r->to, exit_json(row));
	run_free(r);
}

static const struct life_hooks life_hooks = { on_started, on_ended };

static bool has_row(const struct engine *e, const struct run *r)
{
	return r->w != ROW_NONE && workload_used(e, r->w) &&
	       e->table->workload[r->w].life == r->life;
}

static void on_signal(struct engine *e, uint64_t arg, uint32_t signal)
{
	if (has_row(e, &run_memory[arg]))
		life_signal(e, run_memory[arg].w, signal);
}

static void on_closed(struct engine *e, uint64_t arg)
{
	run_memory[arg].abandoned = true;
	if (has_row(e, &run_memory[arg]))
		life_kill(e, run_memory[arg].w, WF_HELD);
}

static const struct call_hooks call_hooks = { on_signal, on_closed };

/* ---- beginning ---- */

static int make_row(struct engine *e, struct run *r, const struct plan_item *p, struct fault *f)
{
	struct tenant_row *t = &e->table->tenant[r->want.tenant];
	char name[LABEL_MAX];
	struct workload_row *row;

	if (p->features & t->features_off)
		return fault_set(f, -EPERM, "run.feature",
				 "profile %s has a feature that the file of tenant %s switches off",
				 r->want.profile, t->name);
	(void)snprintf(name, sizeof(name), "run-%u", t->next_run++);
	if (r->tty && !plan_has_tty(p))
		return fault_set(f, -EPERM, "run.tty",
				 "profile %s has no terminal; add the line 'feature pty on' to it",
				 r->want.profile);
	r->w = workload_new(e, r->want.tenant, name, KIND_RUN);
	if (r->w == ROW_NONE)
		return fault_set(f, -ENOSPC, "run.full", "too many workloads; wait for one to end");
	row = &e->table->workload[r->w];
	r->life = row->life;
	(void)str_copy(row->profile, sizeof(row->profile), r->want.profile); /* a NAME */
	memcpy(row->plan, p->digest, DIGEST_LEN);
	row->stop_ns = p->stop_ns;
	row->stop_signal = p->stop_signal;
	row->flags = r->tty ? WF_TTY : r->no_stdin ? WF_NO_STDIN : 0;
	if (r->net_of != ROW_NONE)
		row->flags |= WF_NET_OF;
	row->needs = life_needs(e, row, p);
	return 0;
}

static void begin(struct engine *e, struct run *r, const struct plan_item *p)
{
	struct fault f;
	struct live *l;

	if (e->ending)
		(void)fault_set(&f, -EPERM, "run.ending", "the supervisor is being shut down");
	else if (r->net_of != ROW_NONE && (!workload_used(e, r->net_of) ||
					   e->table->workload[r->net_of].life != r->net_of_life ||
					   e->table->workload[r->net_of].state != W_RUNNING))
		(void)fault_set(&f, -ENOENT, "run.net-of", "that workload is not running");
	else if (make_row(e, r, p, &f) == 0)
		f.err = 0;
	if (f.err) {
		refuse(e, r, &f);
		return;
	}
	l = &e->live[r->w];
	l->hooks = &life_hooks;
	l->arg = run_arg(r);
	l->args = fd_take(&r->args);
	l->rows = r->rows;
	l->columns = r->columns;
	if (r->net_of != ROW_NONE)
		l->net_of = e->table->workload[r->net_of].start;
	life_start(e, r->w);
}

static void on_plan(struct engine *e, uint64_t arg, const struct plan_item *p,
		    const struct compile_view *v, struct fault *f)
{
	struct run *r = &run_memory[arg];

	if (r->abandoned) {
		run_free(r);
	} else if (p) {
		begin(e, r, p);
	} else if (v) {
		session_error(e, r->to, "io.cloister.BadInput",
			      json_pack("{s:s, s:o}", "message", "the profile has errors",
					"diagnostics", diagnostics_json(v)));
		run_free(r);
	} else {
		refuse(e, r, f);
	}
}

static int find_tenant(struct engine *e, const char *name, uint32_t *ret, struct fault *f)
{
	if (!str_is_label(name, strlen(name)))
		return fault_set(
			f, -EINVAL, "run.tenant",
			"a tenant's name is a small letter, then small letters, digits or -");
	*ret = tenant_find(e, name);
	if (*ret == ROW_NONE && strcmp(name, "default") == 0) {
		*ret = tenant_new(e, name);
		if (*ret == ROW_NONE)
			return fault_set(f, -ENOSPC, "run.tenant", "%d tenants are the bound",
					 TENANT_ROWS);
	}
	if (*ret == ROW_NONE)
		return fault_set(f, -ENOENT, "run.tenant",
				 "no tenant %s; apply a tenant file, or leave --tenant out", name);
	return 0;
}

static int find_net_of(struct engine *e, struct run *r, const char *name, struct fault *f)
{
	const char *slash = strchr(name, '/');
	const char *tenant = e->table->tenant[r->want.tenant].name;

	if (slash &&
	    ((size_t)(slash - name) != strlen(tenant) || memcmp(name, tenant, strlen(tenant)) != 0))
		return fault_set(f, -EPERM, "run.net-of",
				 "the network of another tenant's workload is out of reach");
	r->net_of = workload_find(e, r->want.tenant, slash ? slash + 1 : name);
	if (r->net_of == ROW_NONE || !(e->table->workload[r->net_of].have & STEP_BIT(STEP_NET)))
		return fault_set(f, -ENOENT, "run.net-of",
				 "no running workload of that name with a network");
	r->net_of_life = e->table->workload[r->net_of].life;
	return 0;
}

static int read_call(struct engine *e, const struct call *c, struct run *r, struct fault *f)
{
	const char *tenant = arg_text(c->params, "tenant");
	const char *profile = arg_text(c->params, "profile");
	const char *net_of = arg_text(c->params, "net_of");
	json_t *env = json_object_get(c->params, "env");
	int rc;

	if (!c->more)
		return fault_set(f, -EINVAL, "run.more", "Run needs \"more\": it replies twice");
	profile = profile ? profile : "shell";
	if (!str_is_name(profile, strlen(profile)))
		return fault_set(f, -EINVAL, "run.profile",
				 "not a profile's name; a file's text comes by Text first");
	(void)str_copy(r->want.profile, sizeof(r->want.profile), profile); /* a NAME */
	rc = find_tenant(e, tenant ? tenant : "default", &r->want.tenant, f);
	if (rc == 0)
		rc = run_plan_root(e, arg_text(c->params, "root"), &r->want, f);
	if (rc == 0 && net_of)
		rc = find_net_of(e, r, net_of, f);
	if (rc == 0)
		rc = run_args_make(json_object_get(c->params, "args"),
				   json_is_object(env) ? env : NULL, &r->args, f);
	r->no_stdin = json_is_false(json_object_get(c->params, "stdin"));
	r->tty = json_is_true(json_object_get(c->params, "tty"));
	r->rows = arg_u16(c->params, "rows");
	r->columns = arg_u16(c->params, "columns");
	return rc;
}

void api_run(struct engine *e, const struct call *c)
{
	struct run *r = run_memory;
	struct fault f;

	while (r < run_memory + RUNS_MAX && r->used)
		r++;
	if (r == run_memory + RUNS_MAX) {
		session_refuse(e, c->to, "run.full", "256 runs are going on",
			       "wait for one to end");
		return;
	}
	*r = (struct run){
		.used = true, .to = c->to, .net_of = ROW_NONE, .w = ROW_NONE, .args = -1
	};
	if (read_call(e, c, r, &f) < 0) {
		refuse(e, r, &f);
		return;
	}
	session_follow(e, c->to, &call_hooks, run_arg(r));
	r->want.bundle = session_bundle(e, c->to);
	run_plan_get(e, &r->want, (struct run_plan_done){ on_plan, run_arg(r) });
}

void api_signal(struct engine *e, const struct call *c)
{
	session_refuse(e, c->to, "run.signal", "Signal is oneway, on the connection of a Run",
		       NULL);
}
