/* SPDX-License-Identifier: Apache-2.0 */
/*
 * block.h - a policy block (lib/plan/policy.h) while it is made of the operator's files.
 *
 * What is wrong with a file is reported to the diags of the library; a block with a report is not
 * sealed.
 */
#ifndef CLOISTER_BLOCK_H
#define CLOISTER_BLOCK_H

#include "profiles/resolve.h"

struct arena;
struct block;
struct compile_image_unit;
struct compile_tenant;
struct host_policy;

/* A block of the library's cloister.conf, in the arena; NULL: no room. */
struct block *block_begin(const struct library *lib, struct arena *a, uint32_t own_base,
			  uint32_t epoch);

/* The ceiling of a tenant whose file names none: as the engine has it. */
const char *block_preset(const struct block *b);

/* Adds one ceiling; the bytes are kept, not copied. */
void block_ceiling(struct block *b, const struct unit_ref *u, const void *bytes, size_t n);

/* Adds a tenant, the text of a workload of it, what is pinned of an image. */
void block_tenant(struct block *b, const struct compile_tenant *t);
void block_plan(struct block *b, const char *tenant, const uint8_t source_sha256[32]);
void block_image(struct block *b, const struct compile_image_unit *u);

/* Lays it out; *ret is in the arena. Returns 0, also where it is too large, which is reported. */
int block_seal(struct block *b, const void **ret, size_t *ret_n, struct fault *f) MUST_USE;

/*
 * host_conf.c: reads the `host` units into p, bits and limits. What no line allows is off; without
 * any such unit p stays as it is.
 */
void host_conf(const struct library *lib, struct host_policy *p);

#endif
