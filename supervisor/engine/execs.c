/* SPDX-License-Identifier: Apache-2.0 */
/*
 * execs.c - asks spawn for one more command in a workload that runs. Runs in: cloister-engine.
 *
 * A plan that spawn does not hold (it was started anew since, or the policy changed) is loaded
 * again first; whether it is the right one is spawn's to say.
 */
#include "supervisor/engine/execs.h"
#include "lib/base/fd.h"
#include "supervisor/engine/operation.h"
#include "supervisor/engine/peers.h"
#include "supervisor/engine/plans.h"
#include "supervisor/engine/steps.h"
#include "supervisor/engine/waits.h"

#include <signal.h>
#include <string.h>

/* PLAN: waits for spawn to hold it; ASKED: spawn was asked. */
enum exec_state { EXEC_FREE = 0, EXEC_PLAN, EXEC_ASKED, EXEC_RUNNING };

static struct exec {
	enum exec_state state;
	bool abandoned;
	struct exec_want want;
	struct op_record op;
	uint32_t tenant, life;	  /* of the workload's row when it began */
	uint32_t begun;		  /* how many were before it: a row is used again */
	struct slot slot;	  /* RUNNING */
	uint8_t plan[DIGEST_LEN]; /* PLAN: that is loaded; the workload's may change meanwhile */
} exec_memory[EXECS_AT_ONCE];
static uint32_t exec_count;

static uint64_t name_of(const struct exec *x)
{
	return (uint64_t)x->begun << 32 | (uint64_t)(x - exec_memory);
}

/* NULL: it is over. */
static struct exec *find(uint64_t name)
{
	struct exec *x = &exec_memory[(uint32_t)name % EXECS_AT_ONCE];

	return x->state && name_of(x) == name ? x : NULL;
}

/* Written before anybody is told, and the row is free: who is told may begin another. */
static struct exec take(struct engine *e, struct exec *x, enum op_phase phase, const char *note)
{
	struct exec was = *x;

	operation_close(e, &was.op, phase, note);
	fd_close(&x->want.args);
	x->state = EXEC_FREE;
	return was;
}

static void refuse(struct engine *e, struct exec *x, int err, const struct fault *f)
{
	struct exec was = take(e, x, OPP_FAILED, f ? f->msg : "its client went away");

	if (!was.abandoned)
		was.want.hooks->refused(e, was.want.arg, err, f);
}

static bool runs(const struct engine *e, uint32_t w)
{
	const struct workload_row *row = &e->table->workload[w];

	/* STARTING: begun and not ready yet, which is when one would like to look */
	return workload_used(e, w) && row->have & STEP_BIT(STEP_START) &&
	       (row->state == W_RUNNING || row->state == W_STARTING);
}

int exec_check(struct engine *e, uint32_t w, bool tty, struct fault *f)
{
	const struct workload_row *row = &e->table->workload[w];
	const struct plan_item *p = runs(e, w) ? plans_find(e, row->plan) : NULL;

	if (!runs(e, w))
		return fault_set(f, -ENOENT, "exec.workload",
				 "the workload is not running; see cloister workload list");
	if (!p)
		return fault_set(f, -ENOENT, "exec.plan", "its plan is gone; start it anew");
	if (tty && !plan_has_tty(p))
		return fault_set(f, -EPERM, "exec.tty",
				 "profile %s has no terminal; add the line 'feature pty on' to it",
				 row->profile);
	return 0;
}

static void send_signal(struct engine *e, const struct exec *x, uint32_t signal)
{
	const struct workload_row *row = &e->table->workload[x->want.w];
	struct spawn_signal q = { e->table->tenant[row->tenant].ref, x->slot, signal, 0 };

	if (x->state == EXEC_RUNNING)
		PEERS_ASK(e, WORKER_SPAWN, SPAWN_SIGNAL, &q, -1, ((struct answer){ NULL, 0 }));
}

void exec_signal(struct engine *e, uint64_t name, uint32_t signal)
{
	const struct exec *x = find(name);

	if (x && signal != SIGKILL)
		send_signal(e, x, signal);
}

void exec_abandon(struct engine *e, uint64_t name)
{
	struct exec *x = find(name);

	if (!x)
		return;
	x->abandoned = true;
	send_signal(e, x, SIGKILL);
}

static void on_ended(struct engine *e, uint64_t arg, const struct spawn_exit *s)
{
	struct exec was = take(e, &exec_memory[(uint32_t)arg], s ? OPP_DONE : OPP_UNDONE, "");

	if (!was.abandoned)
		was.want.hooks->ended(e, was.want.arg, s);
}

static void on_started(struct engine *e, uint64_t arg, struct reply *r)
{
	struct exec *x = &exec_memory[(uint32_t)arg]; /* its own: asked once, free only after */
	struct fault f;

	if (r->code < 0) { /* value[0]: it is the program that cannot be executed */
		refuse(e, x, r->value[0] == 1 ? r->code : 0, &r->fault);
		return;
	}
	x->slot = r->slot;
	x->state = EXEC_RUNNING;
	if (x->abandoned)
		send_signal(e, x, SIGKILL);
	if (waits_helper(e, r->slot, (struct helper_end){ on_ended, arg }, &f) < 0) {
		send_signal(e, x, SIGKILL);
		refuse(e, x, 0, &f);
	} else if (!x->abandoned) {
		/* fd[0] is the pidfd */
		x->want.hooks->started(e, x->want.arg, (uint32_t)r->value[0], &r->fd[1],
				       r->nfds ? r->nfds - 1 : 0);
	}
}

/* Goes on once spawn holds the plan; until then it is loaded. */
static void push(struct engine *e, struct exec *x)
{
	const struct workload_row *row = &e->table->workload[x->want.w];
	struct fault f = { 0 };
	bool there = row->life == x->life && exec_check(e, x->want.w, false, &f) == 0;
	uint32_t load = there ? load_find(e, row->tenant, row->plan) : ROW_NONE;
	struct spawn_exec q = { .start = row->start,
				.workload = row->number,
				.flags = x->want.flags,
				.tty = x->want.size };

	if (!there && !f.err) /* the row is another's */
		(void)fault_set(&f, -ENOENT, "exec.workload", "the workload is gone");
	if (!there) {
		refuse(e, x, 0, &f);
		return;
	}
	memcpy(x->plan, row->plan, DIGEST_LEN);
	if (load == ROW_NONE || e->table->load[load].state != MADE) {
		if (load == ROW_NONE || e->table->load[load].state == MADE_NOT)
			make_load(e, row->tenant, row->plan); /* exec_shared() hears how it went */
		return;
	}
	q.t = e->table->tenant[row->tenant].ref;
	q.plan = e->table->load[load].slot;
	memcpy(q.op_id, x->op.id, sizeof(q.op_id));
	x->state = EXEC_ASKED;
	PEERS_ASK(e, WORKER_SPAWN, SPAWN_EXEC, &q, fd_take(&x->want.args),
		  ((struct answer){ on_started, name_of(x) }));
}

void exec_shared(struct engine *e, uint32_t tenant, const struct fault *f, const uint8_t *digest)
{
	for (struct exec *x = exec_memory; x < exec_memory + EXECS_AT_ONCE; x++) {
		if (x->state != EXEC_PLAN || x->tenant != tenant ||
		    (digest && memcmp(x->plan, digest, DIGEST_LEN) != 0))
			continue;
		if (f || x->abandoned)
			refuse(e, x, 0, f);
		else
			push(e, x);
	}
}

int exec_begin(struct engine *e, const struct exec_want *want, uint64_t *ret, struct fault *f)
{
	struct exec *x = exec_memory;

	while (x < exec_memory + EXECS_AT_ONCE && x->state)
		x++;
	if (x == exec_memory + EXECS_AT_ONCE)
		return fault_set(f, -EAGAIN, "exec.full", "%d commands are going on; wait for one",
				 EXECS_AT_ONCE);
	*x = (struct exec){ .state = EXEC_FREE,
			    .want = *want,
			    .begun = ++exec_count,
			    .tenant = e->table->workload[want->w].tenant,
			    .life = e->table->workload[want->w].life };
	if (operation_open(e, OP_EXEC, ROW_NONE, &x->op, f) < 0)
		return f->err;
	x->state = EXEC_PLAN;
	*ret = name_of(x);
	push(e, x);
	return 0;
}
