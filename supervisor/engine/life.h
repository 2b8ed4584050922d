/* SPDX-License-Identifier: Apache-2.0 */
/*
 * life.h - brings workloads up and down along the step table.
 *
 * life.c walks the table, makes.c asks for what a step names, watch.c looks after what runs,
 * stops.c ends it, ends.c says what its end means, again.c begins it anew.
 */
#ifndef CLOISTER_LIFE_H
#define CLOISTER_LIFE_H

#include "supervisor/engine/steps.h"
#include "supervisor/engine/workloads.h"

struct sd_event_source;
struct reply;
struct spawn_exit;

/* The operation that is going on (operation.h); kind 0: none. */
struct op_live {
	uint8_t id[16];
	uint32_t kind;
};

/* Who follows a run: called with its row still there. Any may be NULL. */
struct life_hooks {
	/* the far ends of its stdio: fn takes those it keeps (fd_take) */
	void (*started)(struct engine *e, uint64_t arg, uint32_t w, int *fds, size_t n);
	void (*ended)(struct engine *e, uint64_t arg, uint32_t w);
};

/* What dies with this process; one per workload row. */
struct live {
	struct engine *e; /* for timers: the row is this one's number */
	uint32_t pending; /* STEP_BITs of the workload's own steps */
	int args;	  /* sealed run_args of a run that has not begun, -1 */
	const struct life_hooks *hooks;
	uint64_t arg;
	struct sd_event_source *timer;		  /* back-off, or grace after SIGTERM */
	struct sd_event_source *watch, *lifetime; /* watch.c */
	struct slot net_of;			  /* the start whose network it shares */
	uint16_t rows, columns;			  /* WF_TTY: of its terminal */
	struct op_live op;
};

struct plan_item;

/* What a workload of this plan is made of: STEP_BITs. Its kind, tenant and flags are set. */
uint32_t life_needs(const struct engine *e, const struct workload_row *row,
		    const struct plan_item *p);

int life_open(struct engine *e, struct fault *f) MUST_USE;

/* Wants w running: its plan, needs and kind are set. */
void life_start(struct engine *e, uint32_t w);

/* Wants w gone: SIGTERM, grace, kill. flags: WF_* to add (HELD: not started again, REMOVE). */
void life_stop(struct engine *e, uint32_t w, uint32_t flags);

/* The same without grace. */
void life_kill(struct engine *e, uint32_t w, uint32_t flags);

void life_signal(struct engine *e, uint32_t w, uint32_t signal);

/* Does what can be done now. Safe to call at any time, for any row in use. */
void life_push(struct engine *e, uint32_t w);

/* ---- between life.c, makes.c and ends.c ---- */

struct step_state life_state(const struct engine *e, uint32_t w);

/* The answer to a step of a workload's own; drop: it was to be dropped. */
uint64_t life_arg(const struct engine *e, uint32_t w, enum step s, bool drop);
void life_answered(struct engine *e, uint64_t arg, struct reply *r);

/* A step cannot be made: w fails with f. */
void life_fail(struct engine *e, uint32_t w, const struct fault *f);

/* A step of the tenant's came true (f NULL): whoever waits goes on. Or it failed: who needs it, and
 * where digest is given that very plan or image, fails. */
void life_shared(struct engine *e, uint32_t tenant, const struct fault *f, uint32_t steps,
		 const uint8_t *digest);

/* makes.c */
void make_step(struct engine *e, uint32_t w, enum step s);
void drop_step(struct engine *e, uint32_t w, enum step s);
uint32_t make_shared_pending(const struct engine *e, uint32_t tenant);
void make_tenant_reset(struct engine *e, uint32_t tenant);

void make_bind(struct engine *e, uint32_t w); /* makes_tenant.c */
void limits_loaded(struct engine *e, uint32_t tenant, const uint8_t *digest,
		   const struct fault *f);	/* limits.c; f NULL: it is there */
void make_limits(struct engine *e, uint32_t w); /* makes_tenant.c */
void make_log(struct engine *e, uint32_t w);	/* makes_log.c */

/* life.c: w became ready. */
void life_is_ready(struct engine *e, uint32_t w);

/* watch.c: w was started now. Does it count as running only once it is ready? Until then it is
 * `starting`. */
void watch_started(struct engine *e, uint32_t w);
bool watch_is_awaited(struct engine *e, uint32_t w);
/* w runs, newly or found running: begins to watch what is to come. Safe to call again. */
void watch_begin(struct engine *e, uint32_t w);
void watch_end(struct engine *e, uint32_t w);

/* again.c: does w begin again after its end? Then later. */
bool again_is_due(const struct engine *e, const struct workload_row *row);
void again_later(struct engine *e, uint32_t w);

/* A workload of this number runs under ref: whose it is (makes_tenant.c). */
void tenant_learn(struct engine *e, struct tenant_ref ref, uint32_t number);
/* Its ref; where it was not bound in this life of ours, that of the registry (gen 0: none). */
struct tenant_ref tenant_recall(const struct tenant_row *t);
/* Is there a tenant of the name that ref is bound to? (makes_tenant.c) */
bool tenant_is_named(const struct engine *e, struct tenant_ref ref);

/* reconcile.c: what earlier engines did not end, before anything happens to the rows; then, once,
 * with what was adopted (a flag a row) and how many were killed as unknown. */
void reconcile_open(struct engine *e);
void reconcile(struct engine *e, const bool *adopted, uint32_t killed);

/* stops.c: has fn called after ns with w's struct live; it takes the place of an earlier one. */
void life_arm(struct engine *e, uint32_t w, uint64_t ns,
	      int (*fn)(struct sd_event_source *s, uint64_t usec, void *live));
uint32_t life_row(const struct live *l);

/* ends.c */
void end_by_slot(struct engine *e, const struct spawn_exit *x); /* whoever was started as x->s */
void end_idle(struct engine *e); /* api_host.c: the last one may have gone */
void end_exit(struct engine *e, uint32_t w, const struct spawn_exit *x); /* NULL: unseen */
void end_tell(struct engine *e, uint32_t w); /* row->exit is set: whoever follows it hears it */
void end_ask(struct engine *e, uint32_t w);  /* stops.c: the step START is to be dropped */
void end_gone(struct engine *e, uint32_t w);

#endif
