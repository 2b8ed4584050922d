/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apply_do.h - carries out the changes of an apply, one after the other; and (apply_json.c) its
 * list and the images of its files as JSON.
 */
#ifndef CLOISTER_APPLY_DO_H
#define CLOISTER_APPLY_DO_H

#include "supervisor/engine/apply.h"
#include "supervisor/engine/session.h"

/* The one apply that is going on. */
struct apply_job {
	struct apply list;
	bool used, dry;
	struct to to;
	uint32_t at, failed, serial; /* serial: which wait an answer belongs to */
	json_t *images, *diagnostics;
};

/* Carries out job->list, tells its client each step and the end. job stays where it is. <0: it was
 * not begun. */
int apply_begin(struct engine *e, struct apply_job *job, struct fault *f) MUST_USE;

/* "tenant", "tenant/workload" or "image NAME" */
void change_object(const struct change *c, char *dst, size_t cap);

json_t *changes_json(const struct apply *a) MUST_USE;

/* Every image unit of the files. */
json_t *image_units_json(const struct engine *e, const struct compile_view *v) MUST_USE;

/* What workloads name and the host does not have; with its unit's inputs where there is one. */
json_t *missing_json(const struct engine *e, const struct compile_view *v) MUST_USE;

#endif
