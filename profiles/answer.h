/* SPDX-License-Identifier: Apache-2.0 */
/*
 * answer.h - the compiler's answer while it is being written (struct compile_out).
 */
#ifndef CLOISTER_ANSWER_H
#define CLOISTER_ANSWER_H

#include "profiles/diag.h"

#include <stdbool.h>

enum { ANSWER_IMAGES_MAX = 256, ANSWER_TENANTS_MAX = 256, ANSWER_WORKLOADS_MAX = 1024 };

struct answer {
	uint8_t *block; /* COMPILE_OUT_MAX bytes; the header stands first */
	uint32_t used;
	bool full;
	struct compile_image_unit *image;
	struct compile_tenant *tenant;
	struct compile_workload *workload;
	uint32_t nimage, ntenant, nworkload;
	uint32_t plan_off, plan_len;
};

/* Returns 0 or -ENOMEM. */
int answer_init(struct answer *a, struct arena *arena, struct fault *f) MUST_USE;

/* Keeps n bytes, NUL-ended. */
struct compile_text answer_text(struct answer *a, const char *s, size_t n);

/* Keeps a plan, 8-byte aligned; returns its offset, 0 when the answer is full. */
uint32_t answer_plan(struct answer *a, const void *plan, size_t n);

/* Writes reports, rows and header. An answer with errors carries no rows and no plans: nothing of a
 * bad request is acted on. *ret is the answer, *ret_n its length. */
void answer_seal(struct answer *a, const struct diags *d, const void **ret, size_t *ret_n);

#endif
