/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runs.c - `run`, `exec` and `apply` of the made up clients: as api_run.c, api_exec.c and apply.c
 * come to the life cycle. apply_do.c is the real one.
 */
#include "tests/sim/sim.h"

#include "lib/asks/compile.h"
#include "lib/base/fd.h"
#include "supervisor/engine/apply_do.h"
#include "supervisor/engine/execs.h"
#include "supervisor/engine/life.h"
#include "supervisor/engine/limits.h"
#include "supervisor/engine/plans.h"
#include "supervisor/engine/tenants.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static int args_fd(void)
{
	return fcntl(0, F_DUPFD_CLOEXEC, SIM_FD);
}

/* ---- runs ---- */

static void run_started(struct engine *e, uint64_t arg, uint32_t w, int *fds, size_t n)
{
	(void)w;
	session_more(e, arg_to(arg), NULL, fds, n);
}

static void run_ended(struct engine *e, uint64_t arg, uint32_t w)
{
	(void)w;
	session_reply(e, arg_to(arg), NULL);
}

static const struct life_hooks run_hooks = { run_started, run_ended };

static struct client *run_of(uint64_t arg)
{
	struct client *c = &W->client[arg];
	const struct workload_row *row = c->w == ROW_NONE ? NULL : &W->e->table->workload[c->w];

	return row && workload_used(W->e, c->w) && row->life == c->row_life ? c : NULL;
}

static void run_signal(struct engine *e, uint64_t arg, uint32_t signal)
{
	if (run_of(arg))
		life_signal(e, run_of(arg)->w, signal);
}

static void run_closed(struct engine *e, uint64_t arg)
{
	if (run_of(arg))
		life_kill(e, run_of(arg)->w, WF_HELD);
}

static const struct call_hooks run_calls = { run_signal, run_closed };

/* Somebody whose network may be shared; ROW_NONE. */
static uint32_t net_of(uint32_t t)
{
	uint32_t w = rnd(24);
	const struct workload_row *row = &W->e->table->workload[w];

	if (chance(800) || !workload_used(W->e, w) || row->tenant != t || row->state != W_RUNNING ||
	    !(row->have & STEP_BIT(STEP_NET)))
		return ROW_NONE;
	return w;
}

void run_begin(void)
{
	static uint32_t names;
	struct engine *e = W->e;
	char name[LABEL_MAX];
	struct plan_item *p;
	struct client *c;
	struct workload_row *row;
	uint32_t t, of;

	tenant_name(name, rnd(SIM_TENANTS));
	t = tenant_find(e, name);
	p = plans_find(e, W->plan_digest[4 + rnd(2)]);
	if (t == ROW_NONE || !p)
		return;
	c = client_new(CLIENT_RUN);
	if (!c)
		return;
	of = net_of(t);
	session_follow(e, client_to(c), &run_calls, (uint64_t)(c - W->client));
	(void)snprintf(name, sizeof(name), "run-%u", ++names);
	c->w = workload_new(e, t, name, KIND_RUN);
	if (c->w == ROW_NONE) {
		session_reply(e, client_to(c), NULL);
		return;
	}
	sim_trace("client: run in t%u", t);
	row = &e->table->workload[c->w];
	c->row_life = row->life;
	memcpy(row->plan, p->digest, DIGEST_LEN);
	row->stop_ns = p->stop_ns;
	row->stop_signal = p->stop_signal;
	row->flags = chance(500) ? WF_NO_STDIN : 0;
	if (of != ROW_NONE)
		row->flags |= WF_NET_OF;
	row->needs = life_needs(e, row, p);
	e->live[c->w].hooks = &run_hooks;
	e->live[c->w].arg = to_arg(client_to(c));
	e->live[c->w].args = args_fd();
	if (of != ROW_NONE)
		e->live[c->w].net_of = e->table->workload[of].start;
	life_start(e, c->w);
}

/* ---- execs ---- */

static void exec_started(struct engine *e, uint64_t arg, uint32_t pid, int *fds, size_t n)
{
	(void)pid;
	session_more(e, arg_to(arg), NULL, fds, n);
}

static void exec_refused(struct engine *e, uint64_t arg, int err, const struct fault *f)
{
	if (!err && !(f && f->err))
		sim_fail("an exec is refused without a reason");
	session_reply(e, arg_to(arg), NULL);
}

static void exec_ended(struct engine *e, uint64_t arg, const struct spawn_exit *x)
{
	(void)x;
	session_reply(e, arg_to(arg), NULL);
}

static const struct exec_hooks exec_hooks = { exec_started, exec_refused, exec_ended };

static void exec_closed(struct engine *e, uint64_t name)
{
	exec_abandon(e, name);
}

static const struct call_hooks exec_calls = { exec_signal, exec_closed };

void exec_something(void)
{
	struct exec_want want = { .w = rnd(24), .hooks = &exec_hooks };
	struct fault f;
	struct client *c;
	uint64_t name;

	if (!workload_used(W->e, want.w) || exec_check(W->e, want.w, false, &f) < 0)
		return;
	c = client_new(CLIENT_EXEC);
	if (!c)
		return;
	sim_trace("client: exec");
	want.arg = to_arg(client_to(c));
	want.args = args_fd();
	if (exec_begin(W->e, &want, &name, &f) == 0) {
		session_follow(W->e, client_to(c), &exec_calls, name);
		return;
	}
	fd_close(&want.args);
	session_fault(W->e, client_to(c), &f);
}

/* ---- apply ---- */

static struct apply_job job; /* dies with the engine */

bool apply_idle(void)
{
	return !job.used;
}

void change_object(const struct change *c, char *dst, size_t cap)
{
	(void)snprintf(dst, cap, "%s/%s", c->tenant_name, c->name);
}

json_t *changes_json(const struct apply *a)
{
	/* what they said is true from here on, or, where it failed, as the engine has it */
	for (uint32_t i = 0; i < a->n; i++) {
		const struct change *c = &a->change[i];
		struct service *s;

		sim_trace("apply: %u %s/%s: %s", c->action, c->tenant_name, c->name, c->detail);
		if (!c->name[0])
			continue;
		s = &W->service[c->tenant_name[1] - '0'][c->name[1] - '0'];
		s->restarts--;
		if (strncmp(c->detail, "failed", 6) == 0 || c->action == CHANGE_RESTART)
			s->doubt = true;
		if (c->action == CHANGE_REMOVE)
			s->declared = false;
	}
	return NULL;
}

json_t *pages_send(struct engine *e, struct to to, const char *key, json_t *list)
{
	(void)e;
	(void)to;
	(void)key;
	return list ? list : json_null();
}

static struct change *add(enum change_action action, uint32_t tenant)
{
	struct change *c = &job.list.change[job.list.n++];

	memset(c, 0, sizeof(*c));
	c->action = action;
	c->w = ROW_NONE;
	tenant_name(c->tenant_name, tenant);
	return c;
}

static void want_tenant(uint32_t tenant)
{
	struct tenant_row *t = &job.list.tenant[0];
	char name[3];
	uint32_t have;
	struct change *c;

	tenant_name(name, tenant);
	have = tenant_find(W->e, name);
	if (have != ROW_NONE && chance(600))
		return;
	memset(t, 0, sizeof(*t));
	memcpy(t->name, name, sizeof(name));
	memset(t->origin, 1, sizeof(t->origin));
	tenant_default_ceiling(W->e, t);
	t->nlimit = rnd(3);
	for (uint32_t i = 0; i < t->nlimit; i++)
		t->limit[i] = (struct limit_row){ .knob = i, .v = { (rnd(3) + 1) << 20, 0 } };
	c = add(have == ROW_NONE ? CHANGE_CREATE : CHANGE_LIMIT, tenant);
	c->tenant = 0;
}

/* decide() of apply.c */
static uint32_t decide(const struct change *c)
{
	const struct workload_row *row = c->w == ROW_NONE ? NULL : &W->e->table->workload[c->w];
	bool runs = row && row->pid && (row->state == W_RUNNING || row->state == W_STARTING);
	bool ended =
		row && (row->state == W_EXITED || row->state == W_FAILED || row->state == W_NONE);
	char text[100];

	if (!row)
		return CHANGE_START;
	if (memcmp(row->plan, c->plan, DIGEST_LEN) == 0)
		return ended && (row->state == W_FAILED || row->flags & WF_HELD ||
				 c->restart == RESTART_ALWAYS)
			       ? CHANGE_START
			       : CHANGE_KEEP;
	switch (limits_compare(W->e, row->plan, c->plan, text, sizeof(text))) {
	case PLAN_SAME_RUN:
		return runs ? CHANGE_KEEP : CHANGE_RESTART;
	case PLAN_LIVE:
		return runs ? CHANGE_LIVE : CHANGE_RESTART;
	case PLAN_RESTART:
		break;
	}
	return CHANGE_RESTART;
}

static void want_service(uint32_t tenant, uint32_t service)
{
	static const uint32_t plans[] = { 0, 1, 2, 1, 2, 3, 6 };
	uint32_t plan = plans[rnd(sizeof(plans) / sizeof(plans[0]))];
	struct service *s = &W->service[tenant][service];
	struct change *c = add(CHANGE_START, tenant);

	tenant_name(c->name, service);
	c->name[0] = 's';
	memset(c->origin, 1, sizeof(c->origin));
	c->w = service_row(tenant, service);
	c->life = c->w == ROW_NONE ? 0 : W->e->table->workload[c->w].life;
	memcpy(c->plan, W->plan_digest[plan], DIGEST_LEN);
	c->restart = plan == 6 ? RESTART_NEVER : rnd(3);
	if (c->w != ROW_NONE && chance(250)) {
		c->action = CHANGE_REMOVE;
	} else {
		c->action = decide(c);
		s->plan = plan;
		s->restart = c->restart;
		s->declared = true;
	}
	if (c->action == CHANGE_START || c->action == CHANGE_RESTART)
		s->held = false;
	if (c->action == CHANGE_REMOVE)
		s->held = true;
	if (s->restarts++ || W->full)
		s->doubt = true;
}

static void carry_out(struct client *c)
{
	struct fault f;

	job.used = true;
	job.at = job.failed = 0;
	job.to = client_to(c);
	if (apply_begin(W->e, &job, &f) == 0)
		return;
	job.used = false;
	json_decref(changes_json(&job.list));
	for (uint32_t i = 0; i < job.list.n; i++) /* nothing of it was done */
		if (job.list.change[i].name[0])
			W->service[job.list.change[i].tenant_name[1] - '0']
				  [job.list.change[i].name[1] - '0']
					  .doubt = true;
	session_fault(W->e, client_to(c), &f);
}

void apply_something(void)
{
	uint32_t tenant = rnd(SIM_TENANTS), n = rnd(3);
	struct client *c = job.used ? NULL : client_new(CLIENT_APPLY);
	char name[3];

	if (!c)
		return;
	job.list.n = 0;
	tenant_name(name, tenant);
	if (chance(150) && tenant_find(W->e, name) != ROW_NONE) {
		(void)add(CHANGE_REMOVE_TENANT, tenant);
	} else {
		want_tenant(tenant);
		for (uint32_t i = 0; i < n; i++)
			want_service(tenant, (rnd(2) + 2 * i) % SIM_SERVICES);
	}
	sim_trace("client: apply of %u changes, the first is %u of t%u", job.list.n,
		  job.list.change[0].action, tenant);
	carry_out(c);
}

/* Files that name nothing any more. */
void apply_end_all(void)
{
	struct client *c = client_new(CLIENT_APPLY);
	char name[3];

	if (!c || job.used)
		sim_fail("an apply cannot begin");
	job.list.n = 0;
	for (uint32_t t = 0; t < SIM_TENANTS; t++)
		for (uint32_t s = 0; s < SIM_SERVICES; s++) {
			uint32_t w = service_row(t, s);
			struct change *g;

			if (w == ROW_NONE)
				continue;
			g = add(CHANGE_REMOVE, t);
			tenant_name(g->name, s);
			g->name[0] = 's';
			g->w = w;
			g->life = W->e->table->workload[w].life;
			W->service[t][s].restarts++;
		}
	for (uint32_t t = 0; t < SIM_TENANTS; t++) {
		tenant_name(name, t);
		if (tenant_find(W->e, name) != ROW_NONE)
			(void)add(CHANGE_REMOVE_TENANT, t);
	}
	engine_enter();
	carry_out(c);
	engine_leave();
}
