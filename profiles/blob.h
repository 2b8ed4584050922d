/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blob.h - a plan while it is being written: rows by section, strings once each, then one block.
 */
#ifndef CLOISTER_BLOB_H
#define CLOISTER_BLOB_H

#include "profiles/tree.h"
#include "lib/plan/plan.h"

struct blob {
	struct arena *arena;
	uint8_t *row[PLAN__COUNT];
	uint32_t n[PLAN__COUNT];
	bool full; /* a section or the strings were at their end */
	char *strings;
	uint32_t nstrings;
	uint64_t scratch[32]; /* what a row past the end is written to */
};

/* Returns 0 or -ENOMEM. */
int blob_init(struct blob *b, struct arena *a, struct fault *f) MUST_USE;

/* A new zeroed row of the section. at.src not NULL: a PROV row says where it comes from. */
void *blob_add(struct blob *b, enum plan_section s, struct at at);

struct plan_str blob_str(struct blob *b, const char *text);

/* Lays the plan out with head's fields, fills in EXPECT and the hash. *ret is in the arena.
 * Returns 0, -E2BIG when it is over PLAN_SIZE_MAX or a section was full, -ENOMEM. */
int blob_seal(struct blob *b, const struct plan_hdr *head, void **ret, size_t *ret_n,
	      struct fault *f) MUST_USE;

#endif
