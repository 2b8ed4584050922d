/* SPDX-License-Identifier: Apache-2.0 */
/*
 * side.h - one tenant of the evil engine's with one object of each kind, and requests that name
 * them.
 */
#ifndef CLOISTER_EVIL_SIDE_H
#define CLOISTER_EVIL_SIDE_H

#include "tests/host/evil/world.h"

/* Numbers of a side's workloads. */
enum { N_RUNNING = 1, N_SPARE, N_MORE };

struct side {
	const char *name;
	struct tenant_ref t;
	uint8_t id[16];
	struct slot plan, image_plan;		  /* under them a RUN; with the image */
	struct slot running, its_cgroup, its_net; /* `sleep`, under plan */
	struct slot cgroup, net, log, image;	  /* not in use */
	int pidfd;
};

/* Binds the tenant and makes all of it. 0 or -1, and says what failed. */
int side_make(struct world *w, struct side *s, const char *name, uint32_t index,
	      const uint8_t digest[DIGEST_LEN]);
int side_bind(struct world *w, struct side *s, uint32_t ceiling);
int side_net(struct world *w, struct side *s, struct slot *to);

/* Builds an image of one file. 0 or -1. */
int image_make(struct world *w, uint8_t digest[DIGEST_LEN]);
int plan_take(struct world *w, const struct side *s, const char *name, const uint8_t *digest,
	      struct slot *to);

/* A start of the spare objects, without or with the image. */
struct spawn_start start_of(const struct side *s, bool image);
struct spawn_exec exec_of(const struct side *s);

/* A run of `true` as q says; where it is started it is waited for. The code. */
int run_it(struct world *w, const struct spawn_start *q, struct reply *r);
int exec_it(struct world *w, const struct spawn_exec *q, struct reply *r);
int slot_op(struct world *w, uint16_t op, struct tenant_ref t, struct slot s, struct reply *r);
int args_memory(const char *a, const char *b);

#endif
