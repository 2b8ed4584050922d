/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clients.c - clients of the API, made up: what api_workload.c does for each call, and what the
 * clients may rely on from then on. A call is answered once.
 */
#include "tests/sim/sim.h"

#include "lib/base/fd.h"
#include "supervisor/engine/life.h"
#include "supervisor/engine/waits.h"

#include <string.h>

/* ---- sessions ---- */

struct client *client_new(enum client_kind kind)
{
	for (uint32_t i = 0; i < SIM_CLIENTS; i++) {
		struct client *c = &W->client[i];

		if (c->kind)
			continue;
		*c = (struct client){ .kind = kind,
				      .life = c->life + 1,
				      .w = ROW_NONE,
				      .here = true,
				      .since = W->now };
		return c;
	}
	return NULL;
}

struct to client_to(const struct client *c)
{
	return (struct to){ (uint32_t)(c - W->client), c->life };
}

static struct client *client_at(struct to to)
{
	struct client *c = &W->client[to.n % SIM_CLIENTS];

	return c->life == to.life ? c : NULL;
}

/* The last reply of its call. */
static void answered(struct to to)
{
	struct client *c = client_at(to);

	if (!c)
		return;
	if (c->kind == CLIENT_NONE)
		sim_fail("a client is answered twice");
	if (c->kind == CLIENT_CALL && W->full) /* told that it could not be written */
		W->service[c->tenant][c->service].doubt = true;
	c->kind = CLIENT_NONE;
	c->hooks = NULL;
}

void client_leaves(struct client *c)
{
	const struct call_hooks *hooks = c->hooks;

	if (c->kind == CLIENT_CALL) /* it was not told */
		W->service[c->tenant][c->service].doubt = true;
	c->hooks = NULL;
	if (hooks && hooks->closed)
		hooks->closed(W->e, c->arg);
	c->kind = CLIENT_NONE;
	c->life++;
}

void session_follow(struct engine *e, struct to to, const struct call_hooks *hooks, uint64_t arg)
{
	struct client *c = client_at(to);

	(void)e;
	if (!c || c->kind == CLIENT_NONE)
		return;
	c->hooks = hooks;
	c->arg = arg;
}

void session_more(struct engine *e, struct to to, json_t *params, int *fds, size_t n)
{
	(void)e;
	(void)to;
	json_decref(params);
	for (size_t i = 0; i < n; i++)
		fd_close(&fds[i]);
}

void session_reply(struct engine *e, struct to to, json_t *params)
{
	(void)e;
	json_decref(params);
	answered(to);
}

void session_error(struct engine *e, struct to to, const char *error, json_t *params)
{
	(void)error;
	session_reply(e, to, params);
}

void session_fault(struct engine *e, struct to to, const struct fault *f)
{
	if (!f->err)
		sim_fail("a client is told of a fault that is none");
	sim_trace("client: %s", f->msg);
	session_reply(e, to, NULL);
}

void session_refuse(struct engine *e, struct to to, const char *site, const char *message,
		    const char *help)
{
	(void)site;
	(void)help;
	sim_trace("client: %s", message);
	session_reply(e, to, NULL);
}

int sessions_listen(struct engine *e, struct fault *f)
{
	(void)e;
	(void)f;
	W->listens = true;
	return 0;
}

/* ---- what they said ---- */

void tenant_name(char *dst, uint32_t tenant)
{
	memcpy(dst, "t0", 3);
	dst[1] = (char)('0' + tenant);
}

uint32_t service_row(uint32_t tenant, uint32_t service)
{
	char name[3];
	uint32_t t;

	tenant_name(name, tenant);
	t = tenant_find(W->e, name);
	name[0] = 's';
	name[1] = (char)('0' + service);
	return t == ROW_NONE ? ROW_NONE : workload_find(W->e, t, name);
}

struct service *service_of(uint32_t w)
{
	const struct workload_row *row = &W->e->table->workload[w];
	const char *tenant = W->e->table->tenant[row->tenant].name;

	if (row->kind != KIND_SERVICE)
		return NULL;
	return &W->service[tenant[1] - '0'][row->name[1] - '0'];
}

void service_started(const char *tenant, uint32_t number)
{
	const struct engine *e = W->e;

	for (uint32_t w = 0; w < e->max_workloads; w++) {
		const struct workload_row *row = &e->table->workload[w];
		const struct service *s;

		if (!workload_used(e, w) || row->kind != KIND_SERVICE || row->number != number ||
		    strcmp(e->table->tenant[row->tenant].name, tenant) != 0)
			continue;
		s = service_of(w);
		if (s->held && !s->doubt && !s->restarts && row->want == WANT_RUN)
			sim_fail("%s/%s was stopped and is started", tenant, row->name);
	}
}

/* They say something of it now: did it happen, should the engine die in the middle? */
static void say(uint32_t w, bool held)
{
	struct service *s = service_of(w);

	if (s->doubt && !(W->e->table->workload[w].flags & WF_REMOVE))
		s->declared = true;
	s->doubt = s->restarts || W->full;
	s->held = held;
}

static void begun(uint32_t w)
{
	const struct op_record *op = disk_op(W->e->table->workload[w].op_id);

	/* S1: what became of it is written before anybody is told */
	if (op && op->phase < OPP_DONE && op->kind == OP_START)
		sim_fail("S1: a client hears of a start that is not written");
}

/* ---- api_workload.c ---- */

static void on_started(struct engine *e, uint64_t arg, uint32_t w, bool late)
{
	(void)late;
	if (w != ROW_NONE && e->table->workload[w].state == W_RUNNING)
		begun(w);
	session_reply(e, arg_to(arg), NULL);
}

static void start_it(struct engine *e, struct to to, uint32_t w)
{
	if (e->table->workload[w].flags & WF_REMOVE) {
		session_refuse(e, to, "workload.start", "it is being removed", NULL);
		return;
	}
	say(w, false);
	if (e->table->workload[w].want != WANT_RUN) {
		e->table->workload[w].failures = 0;
		life_start(e, w);
	}
	waits_client(e, to, w, &(struct client_wait){ UNTIL_RUNNING, 0, on_started });
}

static void start(struct client *c, uint32_t w)
{
	const struct workload_row *row = &W->e->table->workload[w];

	if (row->state == W_RUNNING || row->state == W_STARTING || row->state == W_STOPPING)
		session_refuse(W->e, client_to(c), "workload.start", "it is not stopped", NULL);
	else
		start_it(W->e, client_to(c), w);
}

static void on_stopped(struct engine *e, uint64_t arg, uint32_t w, bool late)
{
	(void)w;
	(void)late;
	session_reply(e, arg_to(arg), NULL);
}

static void stop(struct client *c, uint32_t w)
{
	uint32_t life = W->e->table->workload[w].life;

	say(w, true);
	life_stop(W->e, w, WF_HELD);
	if (!workload_used(W->e, w) || W->e->table->workload[w].life != life)
		session_reply(W->e, client_to(c), NULL);
	else
		waits_client(W->e, client_to(c), w,
			     &(struct client_wait){ UNTIL_GONE, 0, on_stopped });
}

static void on_restart_gone(struct engine *e, uint64_t arg, uint32_t w, bool late)
{
	struct client *c = client_at(arg_to(arg));
	struct fault f;

	(void)late;
	if (!c)
		sim_fail("a restart is answered twice");
	W->service[c->tenant][c->service].restarts--;
	if (w != ROW_NONE) {
		start_it(e, arg_to(arg), w);
		return;
	}
	(void)fault_set(&f, -ENOENT, "workload.restart", "the workload was removed");
	session_fault(e, arg_to(arg), &f);
}

static void restart(struct client *c, uint32_t w)
{
	struct service *s = service_of(w);
	struct fault f;

	c->restart = true; /* its place is kept, though it goes away */
	say(w, true);
	s->restarts++;
	life_stop(W->e, w, WF_HELD);
	if (waits_workload(W->e, w, UNTIL_GONE, 0,
			   (struct workload_wait){ on_restart_gone, to_arg(client_to(c)) },
			   &f) == 0)
		return;
	s->restarts--;
	session_fault(W->e, client_to(c), &f);
}

static void on_waited(struct engine *e, uint64_t arg, uint32_t w, bool late)
{
	(void)w;
	(void)late;
	session_reply(e, arg_to(arg), NULL);
}

static void wait_for(struct client *c, uint32_t w)
{
	uint64_t ns = chance(500) ? rnd(3000) * MS + 1 : 0;

	c->kind = CLIENT_WAIT;
	waits_client(
		W->e, client_to(c), w,
		&(struct client_wait){ chance(500) ? UNTIL_RUNNING : UNTIL_ENDED, ns, on_waited });
}

static void service_call(void)
{
	static void (*const calls[])(struct client *, uint32_t) = { start, start, stop, restart,
								    wait_for };
	uint32_t t = rnd(SIM_TENANTS), s = rnd(SIM_SERVICES), w = service_row(t, s);
	struct client *c = w == ROW_NONE ? NULL : client_new(CLIENT_CALL);
	uint32_t which = rnd(sizeof(calls) / sizeof(calls[0]));

	if (!c)
		return;
	c->tenant = t;
	c->service = s;
	W->talk = &W->service[t][s];
	sim_trace("client: call %u of t%u/s%u", which, t, s);
	calls[which](c, w);
	W->talk = NULL;
}

static void somebody_leaves(void)
{
	struct client *c = &W->client[rnd(SIM_CLIENTS)];

	if (c->kind == CLIENT_NONE || c->restart || c->kind == CLIENT_APPLY)
		return;
	sim_trace("client %u goes away", (uint32_t)(c - W->client));
	client_leaves(c);
}

static void somebody_signals(void)
{
	struct client *c = &W->client[rnd(SIM_CLIENTS)];

	if (c->kind && c->hooks && c->hooks->signal)
		c->hooks->signal(W->e, c->arg, 15);
}

void clients_act(void)
{
	static void (*const acts[])(void) = {
		service_call, service_call,   service_call,    run_begin,	run_begin,
		run_begin,    exec_something, apply_something, somebody_leaves, somebody_signals,
	};

	engine_enter();
	acts[rnd(sizeof(acts) / sizeof(acts[0]))]();
	engine_leave();
}

/* ---- at the engine's end ---- */

/* Its removal was begun: that goes on. */
static bool is_leaving(const struct disk_workload *d)
{
	for (uint32_t i = 0; i < SIM_OPS; i++)
		if (W->disk.op[i].kind == OP_REMOVE && W->disk.op[i].phase < OPP_DONE &&
		    memcmp(W->disk.op[i].target, d->row.id, 16) == 0)
			return true;
	return false;
}

/* What a service is to be, by the disk: where they were in the middle of saying it. */
static void from_disk(struct service *s, const struct disk_workload *d)
{
	s->declared = d && !is_leaving(d);
	if (s->held && !s->doubt && !s->restarts && d && d->row.wanted)
		sim_fail("a service that was stopped is still wanted on the disk");
	s->doubt |= s->restarts != 0; /* until it is seen what the engine makes of it */
	s->restarts = 0;
}

void clients_forget(void)
{
	char tenant[3], name[3];

	if (W->talk)
		W->talk->doubt = true;
	W->talk = NULL;
	for (uint32_t i = 0; i < SIM_CLIENTS; i++) {
		const struct client *c = &W->client[i];

		if (c->kind == CLIENT_CALL) /* nobody told it that it is so */
			W->service[c->tenant][c->service].doubt = true;
		W->client[i].kind = CLIENT_NONE;
		W->client[i].hooks = NULL;
		W->client[i].life++;
	}
	for (uint32_t t = 0; t < SIM_TENANTS; t++)
		for (uint32_t s = 0; s < SIM_SERVICES; s++) {
			tenant_name(tenant, t);
			tenant_name(name, s);
			name[0] = 's';
			from_disk(&W->service[t][s], disk_service(tenant, name));
		}
}

void clients_end_all(void)
{
	for (uint32_t i = 0; i < SIM_CLIENTS; i++) {
		struct client *c = &W->client[i];

		if (c->kind != CLIENT_RUN && c->kind != CLIENT_EXEC && c->kind != CLIENT_WAIT)
			continue;
		engine_enter();
		client_leaves(c);
		engine_leave();
	}
}

bool clients_idle(void)
{
	for (uint32_t i = 0; i < SIM_CLIENTS; i++)
		if (W->client[i].kind)
			return false;
	return true;
}
