/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world.h - the real spawn, netd and volumed with this program in every other place: their parent,
 * their engine, and the one between netd, volumed and spawn, through whom offers pass. For tests
 * that do what a taken-over program could.
 */
#ifndef CLOISTER_EVIL_WORLD_H
#define CLOISTER_EVIL_WORLD_H

#include "lib/asks/netd.h"
#include "lib/asks/spawn.h"
#include "lib/asks/volumed.h"
#include "lib/wire/acts.h"
#include "lib/wire/frame.h"

#include <stdbool.h>
#include <sys/types.h>

enum {
	OWN_BASE = 0x7ffd0000,
	OWN_INDEX = (OWN_BASE - UID_BASE) / IDS_PER_TENANT,
	CEILING_ID = 5, /* what every tenant is bound under */
	TREES = 8,
	EXITS = 64,
	PLAN_ROOM = 64 << 10,
};

/* argv: PROGRAMS-DIR DIR PLANS-DIR "VERSION CONTROLLERS CGROUP-DIR"... */
struct world {
	const char *bin, *dir, *plans;
	char **cgroup;
	pid_t pid[WORKER__COUNT];
	int parent[WORKER__COUNT], engine[WORKER__COUNT], acts[WORKER__COUNT];
	off_t seen[WORKER__COUNT]; /* of its journal */
	int hear[WORKER__COUNT];   /* netd, volumed: what they would offer to spawn comes here */
	int offer[WORKER__COUNT];  /* and goes on by this */
	bool hold;		   /* the next offer does not go on: it is kept in held */
	int held;
	struct spawn_offer held_what;
	uint8_t image[DIGEST_LEN]; /* an image that is in volumed's store */
	int image_of_b;		   /* B's attachment of it, as it was offered */
	uint32_t epoch, abi, seq;
	struct slot ended[EXITS]; /* told to have ended, a ring */
	uint32_t nended;
	int tests, bad;
};

/* What the policy block says; the rest is a private supervisor's. */
struct rules {
	uint64_t may; /* 0: all */
	const char *ceiling;
	uint32_t workloads, tenant_workloads; /* 0: as it is */
	const uint8_t *pin_tenant;	      /* 16 bytes, with pin_source: a plan_pin */
	const uint8_t *pin_source;
};

void tap(struct world *w, bool good, const char *why, const char *what);

/* Starts all and ends their set-up. 0 or -1. */
int world_open(struct world *w, char **argv, const struct rules *r);
/* Ends the parents' edges: each must go by itself. */
void world_close(struct world *w);

/* Only the world's own doings have root; who asks has the engine's id. */
void as_root(void);
void as_engine(void);

int world_policy(struct world *w, const struct rules *r);
/* A new edge of the engine to a server, in place of the one before. */
int world_edge(struct world *w, enum worker id);

/* One request of the engine and its answer, whose descriptors the caller owns. The code or -errno;
 * -EPIPE: the edge was ended, and is there anew. */
int world_ask(struct world *w, enum worker id, const struct frame_out *o, struct reply *r);
/* An offer to spawn by netd's or volumed's edge. */
int world_offer(struct world *w, enum worker as, const struct spawn_offer *o, int fd,
		struct reply *r);

/*
 * Is what came behind the last look the op, asked once with t and answered with code? t NULL: of no
 * tenant.
 */
bool world_noted(struct world *w, enum worker id, uint16_t op, int code,
		 const struct tenant_ref *t);
void world_skip(struct world *w);		  /* what is in the journals was looked at */
bool world_ended(struct world *w, struct slot s); /* a start's end is told, in some seconds */

/* The plan NAME of the plans' directory for this kernel, in room; its size, -1. plan_memory():
 * sealed, its hash made good. */
union plan_bytes {
	uint64_t aligned[PLAN_ROOM / 8];
	uint8_t byte[PLAN_ROOM];
};
ssize_t plan_read(const struct world *w, const char *name, union plan_bytes *to);
int plan_memory(union plan_bytes *p, size_t n);
int sealed_memory(const void *p, size_t n);

#endif
