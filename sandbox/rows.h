/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rows.h - the spawner's tables: fixed arrays, rows named by slots with a generation.
 *
 * Every row starts with its generation; 0 is a free row. Generations start at a random number in
 * each life of the process, so a slot from before a restart is stale (security-model.md 3.4).
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
	STARTS_MAX = 1024,
	TEMPLATES_MAX = 256,
	CG_TREES_MAX = 8, /* hierarchies in use */
};
#define SLOT_NONE UINT32_MAX /* struct slot.n where a start has no such object */

struct plan_slot {
	uint32_t gen;
	struct tenant_ref t;
	uint32_t epoch; /* of the policy it was loaded under */
	uint32_t uses;	/* starts alive on it                */
	const void *map;
	size_t size;
	int fd;
};

struct cgroup_row {
	uint32_t gen;
	struct tenant_ref t;
	uint32_t number;       /* directory t/<index>/<number>       */
	uint32_t uses;	       /* starts alive in it                 */
	struct slot parked;    /* the start that waits in it         */
	int dir[CG_TREES_MAX]; /* by hierarchy, -1 where not made    */
	int oom_event;	       /* v1: eventfd of memory.oom_control  */
};

enum grip_flag { GRIP_USED = 1 };

struct grip {
	uint32_t gen;
	struct tenant_ref t;
	uint16_t kind, flags;
	uint32_t uses;
	struct slot parked; /* NET: the start that waits in it    */
	uint8_t object[16];
	uint64_t dev, ino; /* what fstat said on arrival          */
	int fd;		   /* IMAGE: O_PATH of where it is attached */
};

/* PARKED: confined and waiting for its command; PENDING: its error pipe is the answer. */
enum start_state { START_FREE = 0, START_PARKED, START_PENDING, START_RUNNING };
enum start_kind { START_WORKLOAD = 1, START_HELPER };

struct start {
	uint32_t gen;
	struct tenant_ref t;
	uint16_t kind, state;
	uint32_t number;
	struct slot cgroup, plan, net;
	struct slot log; /* of a relay: the grip its answer names */
	pid_t pid;
	int pidfd, error_fd, exit_fd;
	int go_fd, args_fd;	/* PARKED: what lets it go on, and where its command is put */
	struct spawn_start ask; /* PARKED: the very objects it was made of */
	int far[FRAME_FDS_MAX]; /* what the answer carries besides the pidfd */
	uint32_t nfar;
	/* the request that waits for its answer */
	int sock;
	uint16_t op;
	uint32_t seq;
	uint64_t deadline; /* boottime ns, while PENDING */
	bool adopted;
};

struct template
{
	uint32_t gen;
	struct tenant_ref t;
	struct slot plan, image[START_IMAGES];
	uint32_t uses;
	uint64_t last; /* when it was used, by app.uses */
	int ns;	       /* its mount namespace, root = the finished skeleton */
};

struct tenant_live {
	uint32_t gen; /* registry generation its namespace belongs to; 0 none */
	int userns;
	uint32_t live; /* plans, grips, cgroups and starts that name it        */
};

/* Everything that was opened before the old root went away; -1 where the host lacks it. */
struct opened {
	int w, exit, ids, proc, base_ns, seed_ns, base_root;
	int usr; /* /usr of the host, attached in our own root; only with MAY_HOST_SOURCE or mkimage
		  */
	int init, compile, mkimage, relay;
	int null;
};

struct app {
	struct op_host host;
	struct acts acts;
	int parent, edge[WORKER__COUNT];
	int epoll;
	const struct host_policy *policy;
	size_t policy_size;
	struct reg_row *registry; /* shared mapping of tenants.idx, written by pwrite */
	int registry_fd;
	struct opened o;
	uint64_t host_net[2], host_user[2]; /* dev, ino of our own namespaces */
	struct {
		int fd[CG_TREES_MAX];	   /* our subtree                        */
		int tenants[CG_TREES_MAX]; /* its t/                             */
		int helpers[CG_TREES_MAX];
		uint32_t version[CG_TREES_MAX], controllers[CG_TREES_MAX];
		uint32_t n, v2; /* v2: the row that is version 2      */
	} cg;
	uint32_t landlock_abi, kernel, last_cap, has_mdwe, throwaway;
	uint32_t gen;	  /* the last generation given out */
	uint64_t uses;	  /* templates entered so far */
	uint32_t pending; /* starts whose error pipe is open */
	struct plan_slot plans[PLANS_MAX];
	struct cgroup_row cgroups[CGROUPS_MAX];
	struct grip grips[GRIPS_MAX];
	struct start starts[STARTS_MAX];
	struct template templates[TEMPLATES_MAX];
	struct tenant_live tenants[TENANTS_MAX];
};

/* What epoll hands back: kind in the high half, row number in the low. */
enum watch { WATCH_EDGE = 1, WATCH_ERROR, WATCH_PIDFD, WATCH_OOM };
int watch_add(struct app *a, int fd, enum watch kind, uint32_t n, struct fault *f) MUST_USE;

/*
 * A free row of a table whose rows begin with their generation: gives it the next generation and
 * returns its number, or SLOT_NONE.
 */
uint32_t row_take(struct app *a, void *rows, size_t stride, uint32_t n);

/* The row that s names, or NULL: stale or out of range. */
void *row_get(void *rows, size_t stride, uint32_t n, struct slot s);

#define ROW_TAKE(a, table)   row_take(a, (a)->table, sizeof((a)->table[0]), ARRAY_LEN((a)->table))
#define ROW_GET(a, table, s) row_get((a)->table, sizeof((a)->table[0]), ARRAY_LEN((a)->table), s)

/* The tenant behind ref: live in the registry and with its namespace made here. */
int tenant_get(struct app *a, struct tenant_ref t, struct tenant_live **ret,
	       struct fault *f) MUST_USE;

static inline bool tenant_same(struct tenant_ref x, struct tenant_ref y)
{
	return x.index == y.index && x.gen == y.gen;
}

/* Host ids: of a tenant, by its inside id (I8); of an image builder; one that is used once. */
uid_t tenant_uid(const struct app *a, struct tenant_ref t, uint32_t inside);
uid_t own_fs_uid(const struct app *a);
uid_t own_throwaway(struct app *a);

#endif
