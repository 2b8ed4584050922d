/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rows.h - the spawner's state: fixed arrays, rows named by slots with a generation.
 *
 * Generations start at a random number in each life of the process, so a slot from before a restart
 * is stale (security-model.md 3.4). Taking and freeing a row costs the same however many there are.
 */
#ifndef CLOISTER_ROWS_H
#define CLOISTER_ROWS_H

#include "lib/asks/spawn.h"
#include "lib/wire/op.h"

#include <stdbool.h>
#include <sys/types.h>

struct host_policy;
struct reg_row;

enum {
	PLANS_MAX = 512,
	CGROUPS_MAX = 1024,
	GRIPS_MAX = 2048,
	STARTS_MAX = 2048, /* as many workloads as cgroups, and their execs    */
	EXECS_MAX = 16,	   /* of one tenant at a time (I12)                 */
	TEMPLATES_MAX = 256,
	COMPILES_MAX = 256, /* and verdicts, at a time         */
	MKIMAGES_MAX = 4,
	PROVED_MAX = 256, /* verdicts kept, the oldest goes */
	CG_TREES_MAX = 8, /* hierarchies in use                            */
	CG_V2 = 0,	  /* the one of version 2 (asks/spawn_start.h)     */
};
#define SLOT_NONE  UINT32_MAX		   /* struct slot.n where a start has no such object */
#define NOTE_XATTR "trusted.cloister.held" /* of the v2 directory: start.note */

enum table { TABLE_PLAN, TABLE_CGROUP, TABLE_GRIP, TABLE_START, TABLE_TEMPLATE, TABLE__COUNT };

/* What the rows of every table begin with. */
struct row {
	uint32_t gen;	     /* 0: free                             */
	uint32_t uses;	     /* starts alive on it; free: the next  */
	struct tenant_ref t; /* gen 0: of no tenant                 */
};

struct plan_slot {
	struct row row;
	uint32_t epoch; /* of the policy that allows it; 0: none any more */
	bool orphan;	/* not admitted yet, let go of, or its engine is gone: it goes with its last
			   start */
	bool made;	/* by a compiler of ours (plan.make): the hash of its text is one */
	uint8_t under[DIGEST_LEN]; /* body_sha256 of the ceiling that its filter is within */
	const void *map;
	size_t size;
	int fd;
};

struct cgroup_row {
	struct row row;
	uint32_t number;       /* directory t/<index>/<number>       */
	int dir[CG_TREES_MAX]; /* by hierarchy, <0 where not made    */
	int oom_event;	       /* v1: eventfd of memory.oom_control  */
	uint32_t ooms;	       /* v1: what it told of                */
	struct slot start;     /* the last that was put into it      */
};

struct grip {
	struct row row;
	uint16_t kind;
	bool used;	   /* NET: once, for good      */
	struct slot start; /* NET: the first put into it */
	uint8_t object[16];
	uint64_t dev, ino; /* what fstat said on arrival            */
	int fd;		   /* IMAGE: O_PATH of where it is attached */
};

/* What the next spawner must know of a workload that it finds alive: kept with its cgroup. */
struct start_note {
	uint64_t held[1 + START_IMAGES]; /* I10: inode of its network, devices of its images */
	uint8_t plan[DIGEST_LEN];	 /* body_sha256, for exec into it */
};

/* PARKED: confined and waiting for its command; PENDING: its error pipe is the answer. */
enum start_state { START_MADE = 0, START_PARKED, START_PENDING, START_RUNNING };
enum start_kind { START_WORKLOAD = 1, START_HELPER, START_EXEC };

struct start {
	struct row row;
	uint16_t kind, state;
	uint32_t number;
	struct slot cgroup, plan, net;
	struct slot limits; /* another plan, whose limits its cgroup has by now; gen 0: its own */
	struct slot log;    /* of a relay: the grip its answer names */
	pid_t pid;
	int pidfd, error_fd, exit_fd;
	int go_fd, args_fd;	    /* PARKED: what lets it go on, and where its command is put */
	struct spawn_start ask;	    /* PARKED: the very objects it was made of */
	struct start_note note;	    /* WORKLOAD: zero for the others */
	int far[FRAME_FDS_MAX - 1]; /* what the answer carries besides the pidfd */
	uint32_t nfar;
	/* the request that waits for its answer */
	int sock;
	uint16_t op;
	uint32_t seq;
	struct act_about about;
	uint64_t deadline; /* boottime ns; 0: none */
	uint64_t seconds;  /* a helper may run so long; 0: no bound */
	int output;	   /* of a helper whose end is the answer; -1: its start is */
	bool adopted;
	bool told;	 /* the engine of now knows its slots */
	uint32_t *among; /* HELPER: the count it is in */
	bool tty;	 /* its terminal's far end is yet to come by error_fd */
};

struct template
{
	struct row row;
	struct slot of[1 + START_IMAGES]; /* its plan, its images */
	uint64_t last;			  /* when it was used, by app.uses */
	int ns;				  /* its mount namespace, root = the finished skeleton */
};

/* A plan whose filter is within that of a ceiling: body_sha256 of both. */
struct proved {
	uint8_t plan[DIGEST_LEN], ceiling[DIGEST_LEN];
};

struct tenant_live {
	uint32_t gen; /* registry generation its namespace belongs to; 0 none */
	int userns;
	uint32_t live; /* rows that name it */
	uint32_t of[TABLE__COUNT], running;
};

/* Everything that was opened before the old root went away. */
struct opened {
	int ids, proc, base_ns, base_pid, base_net, seed_ns, base_root, null;
	int usr; /* /usr of the host, attached in our own root */
	int init, compile, mkimage, relay;
};

struct app {
	struct op_host host;
	struct acts acts;
	int edge[WORKER__COUNT]; /* WORKER_NONE: the parent's */
	int epoll;
	const struct host_policy *policy;
	struct reg_row *registry; /* shared mapping of tenants.idx, written by pwrite */
	struct opened o;
	uint64_t host_ns, host_net, host_user; /* our own namespaces: their dev, each ino */
	struct {
		int tenants[CG_TREES_MAX]; /* t/ of our subtree */
		struct cgroup_row helpers; /* helper/: the builds together */
		uint32_t version[CG_TREES_MAX], controllers[CG_TREES_MAX];
		uint32_t n;
	} cg;
	uint32_t landlock_abi, kernel, last_cap, has_mdwe, labels, throwaway;
	uint32_t gen;	    /* the last generation given out  */
	uint64_t uses;	    /* templates entered so far       */
	uint32_t timed;	    /* starts with a deadline         */
	uint64_t expire_at; /* boottime ns: the next look at them */
	struct {
		uint32_t free; /* the first free row + 1, 0: none below top */
		uint32_t top;  /* rows ever used: what a walk looks at      */
		uint32_t live; /* rows of tenants                           */
	} rows[TABLE__COUNT];
	uint32_t compiles, mkimages, relays; /* that live */
	uint32_t running;		     /* workloads: those that wait parked do not count */
	struct proved proved[PROVED_MAX];
	uint32_t nproved; /* ever: the next is at nproved % PROVED_MAX */
	struct plan_slot plans[PLANS_MAX];
	struct cgroup_row cgroups[CGROUPS_MAX];
	struct grip grips[GRIPS_MAX];
	struct start starts[STARTS_MAX];
	struct template templates[TEMPLATES_MAX];
	struct tenant_live tenants[TENANTS_MAX];
};

/* A zeroed row for t (gen 0: for no tenant), or NULL and the fault. */
void *row_take(struct app *a, enum table k, struct tenant_ref t, struct fault *f);
void row_free(struct app *a, enum table k, void *row);

/* The row that s names: NULL where it is stale or out of range, or (own) not of t: the fault. */
void *row_get(struct app *a, enum table k, struct slot s);
void *row_own(struct app *a, enum table k, struct tenant_ref t, struct slot s, struct fault *f);

/* The same for a row that is to be dropped: nothing may use it. */
void *row_idle(struct app *a, enum table k, const struct spawn_slot *q, struct fault *f);

uint32_t row_number(const struct app *a, enum table k, const void *row);
struct slot row_slot(const struct app *a, enum table k, const void *row);

/* What epoll hands back: kind in the high half, row number in the low. */
enum watch { WATCH_EDGE = 1, WATCH_ERROR, WATCH_PIDFD, WATCH_OOM };
int watch_add(struct app *a, int fd, enum watch kind, uint32_t n, struct fault *f) MUST_USE;

/* Is ref live in the registry, and is its namespace made here? */
int tenant_get(struct app *a, struct tenant_ref t, struct fault *f) MUST_USE;

static inline bool tenant_same(struct tenant_ref x, struct tenant_ref y)
{
	return x.index == y.index && x.gen == y.gen;
}

static inline bool slot_same(struct slot x, struct slot y)
{
	return x.n == y.n && x.gen == y.gen;
}

/* Host ids: of a tenant, by its inside id (I8); one that is used once. */
uid_t tenant_uid(const struct app *a, struct tenant_ref t, uint32_t inside);
uid_t own_throwaway(struct app *a);

#endif
