/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apply_json.h - an apply's list and the images of its files as JSON.
 */
#ifndef CLOISTER_APPLY_JSON_H
#define CLOISTER_APPLY_JSON_H

#include "supervisor/engine/apply.h"

#include <jansson.h>

/* "tenant", "tenant/workload" or "image NAME" */
void change_object(const struct change *c, char *dst, size_t cap);

json_t *changes_json(const struct apply *a) MUST_USE;

/* Every image unit of the files. */
json_t *image_units_json(const struct engine *e, const struct compile_view *v) MUST_USE;

/* What workloads name and the host does not have; with its unit's inputs where there is one. */
json_t *missing_json(const struct engine *e, const struct compile_view *v) MUST_USE;

#endif
