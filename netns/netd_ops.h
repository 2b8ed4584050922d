/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netd_ops.h - the powers of cloister-netd and the state they work on.
 */
#ifndef CLOISTER_NETD_OPS_H
#define CLOISTER_NETD_OPS_H

#include "netns/pool.h"

#include "lib/wire/op.h"

struct host_policy;
struct reg_row;

struct netd {
	struct op_host host;
	struct acts acts;
	struct pool pool;
	const struct reg_row *registry;
	const struct host_policy *policy; /* NULL before PARENT_POLICY */
	int parent, engine, spawn;	  /* edges, -1 where none */
	bool cut; /* spawn lives and its edge is lost: only a new life of ours gets one */
};

extern const struct op_row netd_ops[NETD__COUNT];

/* Takes the descriptors that cloisterd left (parent.h). Returns 0 or a fault. */
int netd_open(struct netd *n, struct fault *f) MUST_USE;

/* Serves until the parent edge closes (I23). Returns 0 then, or a fault that ends the program. */
int netd_serve(struct netd *n, struct fault *f) MUST_USE;

#endif
