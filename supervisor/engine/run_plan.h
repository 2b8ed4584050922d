/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_plan.h - the plan of a run: from the cache, or compiled.
 */
#ifndef CLOISTER_RUN_PLAN_H
#define CLOISTER_RUN_PLAN_H

#include "supervisor/engine/workloads.h"

struct bundle;
struct plan_item;
struct compile_view;

struct run_want {
	uint32_t tenant;
	char profile[NAME_SIZE];
	char root[LABEL_MAX]; /* an image's name; "host" */
	uint32_t root_source; /* enum compile_source */
	uint8_t root_digest[DIGEST_LEN];
	const struct bundle *bundle; /* looked at before run_plan_get() returns, not later */
};

/* p: there it is. Else v, with the errors in the text; or neither, and f says why. */
struct run_plan_done {
	void (*fn)(struct engine *e, uint64_t arg, const struct plan_item *p,
		   const struct compile_view *v, struct fault *f);
	uint64_t arg;
};

/* Sets the root of want from --root (NULL: the default here). */
int run_plan_root(struct engine *e, const char *root, struct run_want *want,
		  struct fault *f) MUST_USE;

/* Calls done, at once when the plan is known. */
void run_plan_get(struct engine *e, const struct run_want *want, struct run_plan_done done);

#endif
