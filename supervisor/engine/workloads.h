/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workloads.h - tenants, workloads and what was made for them: flat rows. What is declared in them
 * is kept by the store (store.h); what runs comes from the kernel at each start (recover.c).
 *
 * A row is free when its name (or digest) is empty; `life` grows with each use of a row, so that an
 * answer that comes late finds out that its row is another's now. Bounds are those of spawn's
 * tables.
 */
#ifndef CLOISTER_WORKLOADS_H
#define CLOISTER_WORKLOADS_H

#include "supervisor/engine/engine.h"

enum {
	TENANT_ROWS = 512,
	WORKLOAD_ROWS = 1024,
	LOAD_ROWS = 512,
	ATTACH_ROWS = 512,
	TENANT_LIMITS = 16,
	TENANT_CEILINGS = 4,
	TENANT_PEOPLE = 16,
	ORIGIN_LEN = 16,
	NAME_SIZE = NAME_MAX_ + 3,
};
#define ROW_NONE UINT32_MAX
#define NO_SLOT	 ((struct slot){ UINT32_MAX, 0 })

struct limit_row {
	uint32_t knob, zero;
	uint64_t v[2];
};

/* One of a tenant's own people: PERSON_* of lib/asks/compile.h, and a uid or gid. */
struct person_row {
	uint32_t flags, id;
};

struct tenant_row {
	char name[LABEL_MAX];
	uint32_t life, have; /* STEP_BITs of the tenant's steps but images and plan */
	struct tenant_ref ref;
	uint8_t origin[ORIGIN_LEN]; /* of the file that made it; zero: a run did */
	uint64_t features_off;
	uint32_t nceiling, nlimit;
	char ceiling[TENANT_CEILINGS][NAME_SIZE];
	struct limit_row limit[TENANT_LIMITS];
	uint32_t npeople, people_zero;
	struct person_row people[TENANT_PEOPLE];
	uint32_t next_number, next_run;
	uint32_t number_end, zero; /* numbers below are ours to give: tenant_number() */
	uint64_t changes;	   /* of ceilings or features: plans made before are old */
	uint64_t since; /* the newest event when it was made: those before are not its own */
};

enum made { MADE_NOT = 0, MADE_PENDING, MADE };

enum workload_kind { KIND_NONE = 0, KIND_SERVICE, KIND_RUN };

enum workload_state {
	W_NONE = 0,
	W_STARTING,
	W_RUNNING,
	W_STOPPING,
	W_EXITED,
	W_FAILED,
	W_BACKOFF,
	W__COUNT
};

enum exit_reason {
	EXIT_NOT = 0,
	EXIT_CODE,
	EXIT_SIGNAL,
	EXIT_OOM,
	EXIT_KILLED,   /* by the operator, or because its client went away */
	EXIT_REFUSED,  /* the filter killed it (SIGSYS) */
	EXIT_EXEC,     /* the program could not be executed */
	EXIT_LOST,     /* ended while nobody could see how */
	EXIT_START,    /* was never started: fault */
	EXIT_TIMEOUT,  /* not ready within `limit startup`: stopped */
	EXIT_LIFETIME, /* stopped at the end of `limit lifetime` */
	EXIT__COUNT
};

struct exit_row {
	uint32_t reason, oom;
	int32_t code, signal, err;
	uint32_t claim; /* signal or err: as init recorded it */
};

/* HELD: not started again by itself. AGAIN, with it: but by whoever stops it, so the host's next
 * start may as well. */
enum workload_flag {
	WF_REMOVE = 1,
	WF_KILLED = 2,
	WF_NET_OF = 4,
	WF_NO_STDIN = 8,
	WF_HELD = 16,
	WF_TIMEOUT = 32,  /* is stopped: it was not ready in time */
	WF_LIFETIME = 64, /* is stopped: its time is over         */
	WF_AGAIN = 128,
	WF_TTY = 256,
	WF_BEGIN = 512, /* starts once nothing is left of its life before */
};

struct workload_row {
	char name[LABEL_MAX];
	char profile[NAME_SIZE];
	uint32_t life, tenant, number, kind;
	uint32_t have, needs, want, state;
	uint32_t restart, flags;				 /* enum compile_restart; WF_* */
	uint8_t plan[DIGEST_LEN], origin[ORIGIN_LEN], op_id[16]; /* op_id: of its start */
	uint8_t id[16];	 /* a service: of this life of its name     */
	uint32_t wanted; /* a service: the host's next start has it run */
	uint32_t here;	 /* a service: in this boot, its start was begun */
	struct slot cgroup, net, log, start;
	uint32_t pid, restarts, failures, stop_signal;
	uint32_t ready, zero;  /* it was seen to be, in this life */
	uint64_t started;      /* CLOCK_REALTIME */
	uint64_t started_boot; /* CLOCK_BOOTTIME */
	uint64_t stop_ns;      /* grace between the stop signal and cgroup kill */
	struct exit_row exit;
	struct fault fault; /* why it could not be started */
};

/* A plan that spawn holds for a tenant, and what was made ahead for the next run of it: an empty
 * cgroup, a network namespace, and with both the start itself, but for its command. */
struct load_row {
	uint8_t digest[DIGEST_LEN];
	uint32_t tenant, state; /* enum made */
	struct slot slot;
	struct slot cgroup;
	struct slot net;
	uint32_t number, cgroup_state; /* enum made */
	struct tenant_ref t;	       /* whose it is, though tenant's row be another's by now */
	uint32_t net_state, gone;      /* enum made; gone: free once what is PENDING was answered */
	uint32_t parked,
		old;   /* parked: a start waits there; old: PENDING, of the policy of before */
	uint64_t used; /* CLOCK_BOOTTIME of the last use; 0: free */
};

struct attach_row {
	uint8_t digest[DIGEST_LEN];
	uint32_t tenant, state;
	struct slot slot;
	struct tenant_ref t;
	uint32_t old, zero; /* PENDING, of a spawner or tenant of before: let go of at its answer */
};

struct table {
	uint32_t ntenant; /* rows from here on were never used */
	struct tenant_row tenant[TENANT_ROWS];
	struct workload_row workload[WORKLOAD_ROWS];
	struct load_row load[LOAD_ROWS];
	struct attach_row attach[ATTACH_ROWS];
};

/* Empty rows. */
int table_open(struct engine *e, struct fault *f) MUST_USE;

/* Rows by name; ROW_NONE where there is none. */
uint32_t tenant_find(const struct engine *e, const char *name);
uint32_t workload_find(const struct engine *e, uint32_t tenant, const char *name);
uint32_t workload_numbered(const struct engine *e, struct tenant_ref t, uint32_t number);

/* A new row, its name and ceilings set; ROW_NONE: the table is full. */
uint32_t tenant_new(struct engine *e, const char *name);
void tenant_default_ceiling(const struct engine *e, struct tenant_row *row);
uint32_t workload_new(struct engine *e, uint32_t tenant, const char *name, enum workload_kind kind);
void workload_free(struct engine *e, uint32_t w);

/* The next number of a workload of tenant: no life of an engine gives one twice (store_rows.c). */
uint32_t tenant_number(struct engine *e, uint32_t tenant);

/* -ENOSPC where nothing new may begin: there is no room to write it down (store_op.c). */
int store_room(const struct engine *e, struct fault *f) MUST_USE;

/* How many workload rows a tenant has. */
uint32_t tenant_count(const struct engine *e, uint32_t tenant);

/* Is there a row in use? */
bool workload_used(const struct engine *e, uint32_t w);

const char *state_name(uint32_t state);
const char *reason_name(uint32_t reason);

#endif
