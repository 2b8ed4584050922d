/* SPDX-License-Identifier: Apache-2.0 */
/*
 * volumed_ops.h - the powers of cloister-volumed and the state they work on.
 */
#ifndef CLOISTER_VOLUMED_OPS_H
#define CLOISTER_VOLUMED_OPS_H

#include "lib/asks/spawn.h"
#include "lib/asks/volumed.h"
#include "lib/plan/policy.h"
#include "lib/plan/registry.h"
#include "lib/wire/op.h"
#include "volumes/image.h"

#include <stdbool.h>
#include <sys/types.h>

enum { BUILDS_MAX = 4, ATTACHED_MAX = 1024 };

/* An image that is being built: free, being written by a builder, or being copied by a child. */
struct build {
	uint32_t gen; /* 0 free */
	int file;     /* without a name; spawn holds another descriptor of it */
	int answer;   /* read end: one struct store_kept from the child, -1 before COMMIT */
	pid_t child;
	uint32_t seq; /* of the request that waits */
	struct act_about about;
	bool asked; /* an engine waits: the edge is still the one it came by */
};

/* One superblock in spawn's hands. */
struct attached {
	uint32_t used;
	struct tenant_ref t;
	uint8_t digest[DIGEST_LEN];
	dev_t dev;
	struct slot slot; /* spawn's */
};

struct volumed {
	struct op_host host;
	struct acts acts;
	const struct reg_row *registry;
	const struct host_policy *policy; /* NULL before PARENT_POLICY */
	int parent, engine, spawn;	  /* edges, -1 where none */
	bool cut;   /* spawn lives and its edge is lost: only a new life of ours gets one */
	int images; /* images/pub */
	int dev;    /* directory fd of /dev, -1 unless loop is needed */
	enum image_kind kind;
	uint32_t gen; /* the last generation given out */
	struct build builds[BUILDS_MAX];
	struct attached attached[ATTACHED_MAX];
};

/* Hands what fd stands for to spawn; its slot comes back in out. */
int volumed_offer(struct volumed *v, const struct spawn_offer *o, int fd,
		  struct reply *out) MUST_USE;

/* builds.c: rows, and what the loop calls */
int build_begin(void *self, const void *req, int *fd, struct reply *out);
int build_commit(void *self, const void *req, int *fd, struct reply *out);
int build_abort(void *self, const void *req, int *fd, struct reply *out);
void build_done(struct volumed *v, struct build *b); /* its answer can be read */
void builds_orphan(struct volumed *v);		     /* the engine that asked is gone */

extern const struct op_row volumed_ops[VOLUMED__COUNT];
void volumed_about(const struct op_row *row, const void *req, struct act_about *out);

/* Takes the descriptors that cloisterd left (parent.h), leaves the host's mounts, finds out how
 * images are attached here. Returns 0 or a fault. */
int volumed_open(struct volumed *v, struct fault *f) MUST_USE;

/* Serves until the parent edge closes (I23). Returns 0 then, or a fault that ends the program. */
int volumed_serve(struct volumed *v, struct fault *f) MUST_USE;

#endif
