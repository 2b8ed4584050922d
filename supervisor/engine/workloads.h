/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workloads.h - tenants, workloads and what was made for them: flat rows in a memfd that cloisterd
 * keeps, so that a restarted engine maps them again and adopts what runs.
 *
 * A row is free when its name (or digest) is empty; `life` grows with each use of a row, so that an
 * answer that comes late finds out that its row is another's now. Bounds are those of spawn's
 * tables.
 */
#ifndef CLOISTER_WORKLOADS_H
#define CLOISTER_WORKLOADS_H

#include "supervisor/engine/engine.h"

enum {
	WORKER_ROWS = 8,
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
	uint32_t npeople, zero;
	struct person_row people[TENANT_PEOPLE];
	uint32_t next_number, next_run;
	uint64_t changes; /* of ceilings or features: plans made before are old */
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
	EXIT_KILLED,  /* by the operator, or because its client went away */
	EXIT_REFUSED, /* the filter killed it (SIGSYS) */
	EXIT_EXEC,    /* the program could not be executed */
	EXIT_LOST,    /* ended while nobody could see how */
	EXIT_START,   /* was never started: fault */
	EXIT__COUNT
};

struct exit_row {
	uint32_t reason, oom;
	int32_t code, signal, err, zero;
};

enum workload_flag { WF_REMOVE = 1, WF_KILLED = 2, WF_NET_OF = 4, WF_NO_STDIN = 8, WF_HELD = 16 };

struct workload_row {
	char name[LABEL_MAX];
	char profile[NAME_SIZE];
	uint32_t life, tenant, number, kind;
	uint32_t have, needs, want, state;
	uint32_t restart, flags; /* enum compile_restart; WF_* */
	uint8_t plan[DIGEST_LEN], origin[ORIGIN_LEN], op_id[16];
	struct slot cgroup, net, log, start;
	uint32_t pid, restarts, failures, zero;
	uint64_t started;      /* CLOCK_REALTIME */
	uint64_t started_boot; /* CLOCK_BOOTTIME */
	uint64_t stop_ns;      /* grace between SIGTERM and cgroup kill */
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
	uint32_t net_state, net_asked; /* enum made; how often it was asked for */
	uint32_t parked, zero;	       /* a start waits there */
	uint64_t used;		       /* CLOCK_BOOTTIME of the last use; 0: free */
};

struct attach_row {
	uint8_t digest[DIGEST_LEN];
	uint32_t tenant, state;
	struct slot slot;
};

struct table {
	uint8_t magic[8];
	uint32_t build, size;
	uint32_t ntenant; /* rows from here on were never used */
	uint32_t lives;	  /* of the engine on this table       */
	uint64_t ops;	  /* operations begun                  */
	uint32_t worker_pid[WORKER_ROWS], worker_restarts[WORKER_ROWS]; /* by enum worker */
	struct tenant_row tenant[TENANT_ROWS];
	struct workload_row workload[WORKLOAD_ROWS];
	struct load_row load[LOAD_ROWS];
	struct attach_row attach[ATTACH_ROWS];
};
enum { TABLE_SIZE = 4 << 20 };
_Static_assert(sizeof(struct table) <= TABLE_SIZE, "rows fit the memfd");

/* Maps fd's memfd; a table of another build or none is begun anew. Returns 1 when rows of an
 * earlier life are there, 0 when it is new. */
int table_open(struct engine *e, int fd, struct fault *f) MUST_USE;

/* Rows by name; ROW_NONE where there is none. */
uint32_t tenant_find(const struct engine *e, const char *name);
uint32_t workload_find(const struct engine *e, uint32_t tenant, const char *name);
uint32_t workload_numbered(const struct engine *e, struct tenant_ref t, uint32_t number);

/* A new row, its name and ceilings set; ROW_NONE: the table is full. */
uint32_t tenant_new(struct engine *e, const char *name);
void tenant_default_ceiling(const struct engine *e, struct tenant_row *row);
uint32_t workload_new(struct engine *e, uint32_t tenant, const char *name, enum workload_kind kind);
void workload_free(struct engine *e, uint32_t w);

/* How many workload rows a tenant has. */
uint32_t tenant_count(const struct engine *e, uint32_t tenant);

/* Is there a row in use? */
bool workload_used(const struct engine *e, uint32_t w);

const char *state_name(uint32_t state);
const char *reason_name(uint32_t reason);

#endif
