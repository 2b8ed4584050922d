/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recover.c - what is, against what the rows say. Runs in: cloister-engine.
 *
 * A new edge to spawn is a new life of it, or of ours. Slots of the old life are let go of (a spawn
 * that is new finds them stale; one whose engine is new has let go of them itself), and what runs
 * is adopted: spawn walks its own cgroups, and a row is found by tenant and number. In our first
 * look the rows are those of state.db: they say what to look for and what is wanted, never what is
 * (I24).
 */
#include "lib/asks/spawn.h"
#include "lib/asks/volumed.h"
#include "supervisor/engine/life.h"
#include "supervisor/engine/peers.h"
#include "supervisor/engine/plans.h"
#include "supervisor/engine/session.h"
#include "supervisor/engine/waits.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-event.h>

enum { ADOPT_MAX = 2048 }; /* more than spawn's table holds: it does not end */

static bool adopted[WORKLOAD_ROWS];
static bool ran[WORKLOAD_ROWS]; /* before: the walk is to come by it. Others start meanwhile */
static uint64_t adopt_life; /* counts reconciliations: late answers of an older one are let be */

/*
 * Workloads that no row knows (the rows went with an earlier cloisterd): killed, and their cgroups
 * go when spawn tells their end, not before.
 */
static struct stranger {
	enum { STRANGER_NONE = 0, STRANGER_RUNS, STRANGER_ENDED, STRANGER_BUSY } state;
	struct tenant_ref t;
	struct slot start, cgroup;
} stranger[ADOPT_MAX];
static uint32_t nstranger; /* rows from here on were not used in this adoption */

static const struct answer nobody = { NULL, 0 };

static void drop_slot(struct engine *e, enum spawn_op op, struct tenant_ref t, struct slot s)
{
	struct spawn_slot q = { t, s };

	if (s.n != UINT32_MAX)
		PEERS_ASK(e, WORKER_SPAWN, op, &q, -1, nobody);
}

static void forget_attached(struct engine *e)
{
	for (uint32_t i = 0; i < ATTACH_ROWS; i++)
		attach_drop(e, i);
}

/*
 * What was loaded and bound under the policy of before is asked for again by the next start, which
 * so hears what the policy of now says to it. What runs goes on: spawn keeps its plan for it.
 */
void recover_policy(struct engine *e)
{
	for (uint32_t t = 0; t < e->table->ntenant; t++) {
		ahead_drop(e, t);
		e->table->tenant[t].have &= ~STEP_BIT(STEP_BIND);
	}
	for (uint32_t i = 0; i < LOAD_ROWS; i++)
		load_renew(e, i);
}

/* Slots that name something of spawn's old life, running workloads' aside. */
static void forget_slots(struct engine *e)
{
	for (uint32_t t = 0; t < e->table->ntenant; t++) {
		ahead_drop(e, t);
		make_tenant_reset(e, t);
		e->table->tenant[t].have = 0;
	}
	for (uint32_t i = 0; i < LOAD_ROWS; i++)
		if (e->table->load[i].used)
			load_free(e, i);
	forget_attached(e);
	for (uint32_t w = 0; w < WORKLOAD_ROWS; w++) {
		struct workload_row *row = &e->table->workload[w];
		struct tenant_ref t = e->table->tenant[row->tenant].ref;

		adopted[w] = ran[w] = false;
		if (!workload_used(e, w))
			continue;
		if (row->have & STEP_BIT(STEP_LOG))
			drop_slot(e, SPAWN_GRIP_DROP, t, row->log);
		if (!(row->have & STEP_BIT(STEP_START)) && row->have & STEP_BIT(STEP_NET))
			drop_slot(e, SPAWN_GRIP_DROP, t, row->net);
		if (!(row->have & STEP_BIT(STEP_START)) && row->have & STEP_BIT(STEP_CGROUP))
			drop_slot(e, SPAWN_CGROUP_DROP, t, row->cgroup);
		/* a net grip of a running one is kept: in an unchanged spawn --net-of still works
		 */
		ran[w] = row->have & STEP_BIT(STEP_START);
		row->have &= STEP_BIT(STEP_START) | STEP_BIT(STEP_NET);
		if (!(row->have & STEP_BIT(STEP_START)))
			row->have = 0;
		row->log = NO_SLOT;
		/* what is pending stays so: spawn's are answered with -EPIPE, netd's may come true
		 */
	}
}

/* ---- what runs ---- */

/* Its number is not given again in this life of ours: while it dies, its cgroup has that name. */
static void kill_unknown(struct engine *e, const struct stranger *s, uint32_t number)
{
	if (nstranger < ADOPT_MAX)
		stranger[nstranger++] = *s;
	if (number >= e->first_number)
		e->first_number = number + 1;
	drop_slot(e, SPAWN_CGROUP_KILL, s->t, s->cgroup);
}

static void stranger_drop(struct engine *e, uint32_t i);

static int on_strangers(sd_event_source *src, uint64_t usec, void *data)
{
	(void)usec;
	(void)sd_event_source_unref(src);
	for (uint32_t i = 0; i < nstranger; i++)
		if (stranger[i].state == STRANGER_BUSY)
			stranger_drop(data, i);
	return 0;
}

/* Its last processes may be on their way out still. */
static void on_stranger(struct engine *e, uint64_t arg, struct reply *r)
{
	enum { AGAIN_US = 5000 };
	struct stranger *s = &stranger[(uint32_t)arg];
	sd_event_source *src = NULL;

	if (arg >> 32 != (uint32_t)adopt_life)
		return;
	s->state = r->code == -EBUSY ? STRANGER_BUSY : STRANGER_NONE;
	if (s->state == STRANGER_BUSY) /* without memory for a timer it stays until the next edge */
		DROP(sd_event_add_time_relative(e->loop, &src, CLOCK_MONOTONIC, AGAIN_US, 1000,
						on_strangers, e));
}

static void stranger_drop(struct engine *e, uint32_t i)
{
	struct spawn_slot q = { stranger[i].t, stranger[i].cgroup };

	stranger[i].state = STRANGER_ENDED;
	PEERS_ASK(e, WORKER_SPAWN, SPAWN_CGROUP_DROP, &q, -1,
		  ((struct answer){ on_stranger, (uint64_t)(uint32_t)adopt_life << 32 | i }));
}

static bool stranger_end(struct engine *e, struct slot start)
{
	for (uint32_t i = 0; i < nstranger; i++) {
		const struct stranger *s = &stranger[i];

		if (s->state != STRANGER_RUNS || s->start.n != start.n || s->start.gen != start.gen)
			continue;
		stranger_drop(e, i);
		return true;
	}
	return false;
}

static void take(struct engine *e, const struct reply *r)
{
	struct tenant_ref t = { (uint32_t)r->value[1], (uint32_t)(r->value[1] >> 32) };
	struct slot cgroup = { (uint32_t)r->value[2], (uint32_t)(r->value[2] >> 32) };
	struct slot net = { (uint32_t)(r->value[3] >> 32), (uint32_t)(r->value[0] >> 32) };
	struct workload_row *row;
	uint32_t w;

	tenant_learn(e, t, (uint32_t)r->value[0]);
	w = workload_numbered(e, t, (uint32_t)r->value[0]);
	if (w == ROW_NONE) {
		kill_unknown(e, &(struct stranger){ STRANGER_RUNS, t, r->slot, cgroup },
			     (uint32_t)r->value[0]);
		return;
	}
	row = &e->table->workload[w];
	adopted[w] = true;
	row->start = r->slot;
	row->cgroup = cgroup;
	if ((uint32_t)r->value[3])
		row->pid = (uint32_t)r->value[3];
	row->have |= STEP_BIT(STEP_START) | STEP_BIT(STEP_CGROUP);
	if (net.gen && !(row->flags & WF_NET_OF)) { /* --net-of goes on to work */
		row->net = net;
		row->have |= STEP_BIT(STEP_NET);
	}
	if (row->want == WANT_RUN)
		row->state = watch_is_awaited(e, w) ? W_STARTING : W_RUNNING;
	e->live[w].pending &= ~STEP_BIT(STEP_START); /* should it end, it is asked again */
}

/* A row whose start did not come back ended while nobody looked; a run whose client went with the
 * old engine has nobody to run for; the rest goes on where it stood. */
static void settle(struct engine *e, uint32_t w)
{
	struct workload_row *row = &e->table->workload[w];

	if (row->have & STEP_BIT(STEP_START) && ran[w] && !adopted[w]) {
		end_exit(e, w, NULL);
	} else if (row->kind == KIND_RUN && !e->live[w].hooks) {
		life_kill(e, w, WF_HELD);
	} else if (row->state == W_BACKOFF && !e->live[w].timer) {
		life_start(e, w);
	} else {
		if (row->have & STEP_BIT(STEP_START))
			watch_begin(e, w);
		life_push(e, w);
	}
}

static void on_settled(struct engine *e)
{
	bool first = !e->looked;
	struct fault f;

	e->looked = true;
	/* the rows of state.db, once; later there are our own, which know more */
	if (first)
		reconcile(e, adopted, nstranger);
	for (uint32_t w = 0; !first && w < WORKLOAD_ROWS; w++)
		if (workload_used(e, w))
			settle(e, w);
	if (sessions_listen(e, &f) == 0)
		return;
	(void)fprintf(stderr, "cloister-engine: %s: %s\n", f.site, f.msg);
	(void)sd_event_exit(e->loop, 1);
}

static void adopt_next(struct engine *e, uint32_t n);

/* A call of the walk that failed: what was not told must not be taken for ended. */
static struct {
	sd_event_source *timer;
	uint64_t arg;
	uint32_t left;
} again;

static int on_adopt_again(sd_event_source *src, uint64_t usec, void *data)
{
	(void)src;
	(void)usec;
	again.timer = sd_event_source_disable_unref(again.timer);
	if (again.arg >> 32 == (uint32_t)adopt_life)
		adopt_next(data, (uint32_t)again.arg);
	return 0;
}

static void adopt_again(struct engine *e, uint64_t arg, const struct fault *f)
{
	enum { AGAIN_US = 50000, TIMES = 100 };

	(void)fprintf(stderr, "cloister-engine: %s: %s\n", f->site, f->msg);
	if (again.arg != arg)
		again.left = TIMES;
	again.arg = arg;
	again.timer = sd_event_source_disable_unref(again.timer);
	if (again.left-- == 0 || sd_event_add_time_relative(e->loop, &again.timer, CLOCK_MONOTONIC,
							    AGAIN_US, 1000, on_adopt_again, e) < 0)
		(void)sd_event_exit(e->loop, 1); /* an engine that begins anew may do better */
}

static void on_adopt(struct engine *e, uint64_t arg, struct reply *r)
{
	uint32_t n = (uint32_t)arg; /* it goes up: a walk that does not end is none */

	if (arg >> 32 != (uint32_t)adopt_life)
		return;
	if (r->code == -EPIPE) /* spawn went away: its next edge begins anew */
		return;
	if (r->code == -ENOENT) {
		on_settled(e);
		return;
	}
	if (r->code >= 0 && (n >= ADOPT_MAX || r->slot.n < n))
		r->code = fault_set(&r->fault, -EBADMSG, "engine.adopt", "a walk without an end");
	if (r->code < 0) {
		adopt_again(e, arg, &r->fault);
		return;
	}
	take(e, r);
	adopt_next(e, r->slot.n + 1);
}

static void adopt_next(struct engine *e, uint32_t n)
{
	struct spawn_adopt q = { .n = n };

	PEERS_ASK(e, WORKER_SPAWN, SPAWN_ADOPT, &q, -1,
		  ((struct answer){ on_adopt, (uint64_t)(uint32_t)adopt_life << 32 | n }));
}

static void on_host(struct engine *e, uint64_t arg, struct reply *r)
{
	(void)arg;
	if (r->code >= 0)
		memcpy(e->host, r->value, sizeof(e->host));
}

static void on_volumed_host(struct engine *e, uint64_t arg, struct reply *r)
{
	(void)arg;
	if (r->code >= 0)
		e->volumed_host = r->value[0];
}

void exits_event(struct engine *e, const void *event)
{
	const struct spawn_exit *x = event;

	if (!waits_helper_end(e, x) && !stranger_end(e, x->s))
		end_by_slot(e, x);
}

void recover_edge(struct engine *e, enum worker w)
{
	if (w == WORKER_VOLUMED)
		PEERS_ASK_EMPTY(e, w, VOLUMED_HOST, ((struct answer){ on_volumed_host, 0 }));
	if (w != WORKER_SPAWN)
		return;
	adopt_life++;
	nstranger = 0; /* they are told again, by their slots of now */
	PEERS_ASK_EMPTY(e, w, SPAWN_HOST, ((struct answer){ on_host, 0 }));
	forget_slots(e);
	adopt_next(e, 0);
}

void recover_run(struct engine *e)
{
	reconcile_open(e);
	for (uint32_t w = WORKER_SPAWN; w < WORKER__COUNT; w++)
		if (peers_has(e, w))
			recover_edge(e, w);
}

void recover_lost(struct engine *e, enum worker w)
{
	if (w == WORKER_SPAWN)
		waits_helpers_lost(e);
}
