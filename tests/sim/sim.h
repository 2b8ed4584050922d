/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim.h - the engine's life cycle against a world that is made up: one seed, one history.
 *
 * The engine's files are the real ones. What they stand on is here: the clock and sd-event
 * (loop.c), frames (wire.c), spawn (spawn*.c), netd and volumed (workers.c), state.db (disk.c),
 * clients (clients.c, runs.c). Nothing waits, nothing reads a clock. check.c holds what must be
 * true after every step, settle.c what must come true once nobody disturbs any more.
 *
 * All of the world is behind W, in memory of its own: what lies in the program's data is the
 * engine's, and is put back to what it was at start when the engine is "killed" (crash.c).
 */
#ifndef CLOISTER_SIM_H
#define CLOISTER_SIM_H

#include "tests/sim/world.h"

extern struct world *W;

/* Ends the test: what is not as it must be, with the seed and the step. */
void sim_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
void sim_trace(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

uint32_t rnd(uint32_t n); /* below n */
bool chance(uint32_t per_mille);

/* ---- loop.c ---- */
uint64_t loop_next(void); /* when the next timer is due; NEVER */
bool loop_timers(void);	  /* runs one that is due */
void loop_deferred(void); /* runs what waits for no time */
bool loop_io(int fd);	  /* something can be read */
bool loop_listens(int fd);
uint32_t loop_sources(void);
void engine_enter(void); /* around each call into it */
void engine_leave(void);
void engine_act(void); /* it does something: it may be killed here */

/* ---- wire.c ---- */
void wire_edge(enum worker w); /* cloisterd brings the engine an edge */
void wire_run(void);
void wire_cut(enum worker w);		     /* the worker is gone */
bool wire_deliver(enum worker w);	     /* the engine reads some */
struct request *wire_request(enum worker w); /* the next one, taken out; NULL */
void wire_answer(enum worker w, uint16_t op, uint32_t seq, const struct reply *r);
void wire_exit(const struct spawn_exit *x);
const char *op_text(enum worker w, uint16_t op);

/* ---- spawn.c, starts.c ---- */
bool spawn_serve(void);
bool spawn_finish(void);    /* something that takes time is done */
void spawn_die(bool alone); /* and is begun anew at once; alone: its engine lives */
void spawn_orphans(void);   /* its engine died */
uint64_t spawn_next_exit(void);
bool spawn_exits(void);
struct object *object_new(enum kind k, struct tenant_ref t);
void object_free(enum kind k, struct object *o, enum fate fate);
struct slot object_slot(enum kind k, const struct object *o);
struct object *object_at(enum kind k, struct slot s);
bool tenant_lives(struct tenant_ref t);
bool inject(struct reply *r, const int *errs, uint32_t n);
int refused(struct reply *r, int err, const char *why);
enum { LATER = 1000 };
/* What an engine may not name: see spawn.c. */
enum strictness { MAY_BE_STALE, OF_THIS_LIFE };
struct object *object_own(enum kind k, const struct tenant_ref *t, struct slot s,
			  enum strictness is);
int starts_begin(const struct request *q, struct reply *r);
int starts_exec(const struct request *q, struct reply *r);
void starts_end(struct object *s);
void starts_unpark(struct slot s);
bool starts_finish(struct object *s);
void starts_kill(struct object *cgroup);
void plan_unuse(struct object *p);

/* ---- workers.c ---- */
bool worker_serve(enum worker w);
void volumed_forget(void);

/* ---- disk.c, crash.c ---- */
bool disk_flush(void); /* what was to be written later */
void crash_prepare(void);
void crash_engine(void); /* kills it, and begins a new one */
void engine_boot(void);
uint64_t crash_bytes(void);
const struct op_record *disk_op(const uint8_t id[16]);
struct disk_workload *disk_service(const char *tenant, const char *name);

/* ---- clients.c, runs.c ---- */
void clients_act(void);
void clients_forget(void); /* the engine died */
void clients_end_all(void);
bool clients_idle(void);
struct client *client_new(enum client_kind kind);
struct to client_to(const struct client *c);
void client_leaves(struct client *c);
struct service *service_of(uint32_t w); /* NULL: not a service */
void service_started(const char *tenant, uint32_t number);
void run_begin(void);
void exec_something(void);
void apply_something(void);
void apply_end_all(void);
bool apply_idle(void);
void tenant_name(char *dst, uint32_t tenant);
uint32_t service_row(uint32_t tenant, uint32_t service);

/* ---- plans.c of this folder ---- */
void sim_plans(void);

/* ---- check.c, settle.c ---- */
void check_all(void);
void check_forget(void);
void settle(bool empty);

/* ---- sim.c ---- */
void sim_begin(uint64_t seed);
void sim_steps(uint64_t n);
bool sim_step(void);
bool worker_lacks(void); /* its edge to the engine */
void sim_report(void);

#endif
