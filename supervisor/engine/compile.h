/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compile.h - has profiles compiled by a helper of spawn's.
 */
#ifndef CLOISTER_ENGINE_COMPILE_H
#define CLOISTER_ENGINE_COMPILE_H

#include "supervisor/engine/workloads.h"

struct bundle;
struct compile_view;

enum { COMPILES_MAX = 16, COMPILES_GUESTS = 4 };

struct compile_ask {
	uint32_t mode;	     /* enum compile_mode */
	const char *profile; /* COMPILE_PLAN: its NAME */
	/* COMPILE_COMPARE: the other one's NAME, and names of the two sides' files, NULL: none */
	const char *other, *file_a, *file_b;
	const struct tenant_row *t;  /* whose ceilings; NULL: the defaults */
	const struct bundle *bundle; /* may be NULL */
	uint32_t root_source;	     /* COMPILE_PLAN: enum compile_source, 0 none */
	const uint8_t *root_digest;  /* of a SOURCE_IMAGE root */
	bool guest; /* for one of a tenant's people: they leave most compiles to others */
};

/* v is valid for the call alone; NULL: f says why there is none. */
struct compile_done {
	void (*fn)(struct engine *e, uint64_t arg, const struct compile_view *v, struct fault *f);
	uint64_t arg;
};

int compile_open(struct engine *e, struct fault *f) MUST_USE;

/* Returns 0: done will be called later. */
int compile_begin(struct engine *e, const struct compile_ask *q, struct compile_done done,
		  struct fault *f) MUST_USE;

#endif
