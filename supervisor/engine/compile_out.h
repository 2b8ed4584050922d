/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compile_out.h - what the compiler answered, every number checked before it is used.
 */
#ifndef CLOISTER_COMPILE_OUT_H
#define CLOISTER_COMPILE_OUT_H

#include "lib/asks/compile.h"
#include "lib/base/fault.h"

enum { OUT_DIAGS_MAX = 2048, OUT_UNITS_MAX = 1024 };

struct compile_view {
	const uint8_t *p;
	size_t size;
	const struct compile_out *out;
	const struct compile_diag *diag;
	const struct compile_image_unit *image;
	const struct compile_tenant *tenant;
	const struct compile_workload *workload;
};

/*
 * Pure. Are the n bytes at p (aligned to 8) a whole answer: sizes, counts, offsets, enums, names,
 * and every text inside and NUL-ended? Returns 0 with *ret, or -EBADMSG.
 */
int compile_view_open(const void *p, size_t n, struct compile_view *ret, struct fault *f) MUST_USE;

/* A text of a view that is open. */
const char *compile_view_text(const struct compile_view *v, struct compile_text t);

#endif
