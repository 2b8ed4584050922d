/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.h - foreign text, and what rows mean, as JSON.
 */
#ifndef CLOISTER_TEXT_H
#define CLOISTER_TEXT_H

#include "supervisor/engine/workloads.h"

#include <jansson.h>

struct call;
struct compile_view;

/* n bytes as a JSON string; what is no UTF-8, and NUL, becomes U+FFFD. */
json_t *text_json(const char *s, size_t n) MUST_USE;

/* The diagnostics of a compile. */
json_t *diagnostics_json(const struct compile_view *v) MUST_USE;

/* W of the API, and how it ended. */
json_t *workload_json(struct engine *e, uint32_t w) MUST_USE;
json_t *exit_json(const struct workload_row *row) MUST_USE;

/* The string argument `key`, NULL where it is absent. */
const char *arg_text(json_t *params, const char *key);

/* The tenant that params {tenant} of a call mean; ROW_NONE with f set: there is none, or none that
 * the caller may see. */
uint32_t arg_tenant(struct engine *e, const struct call *c, struct fault *f);
void no_tenant(struct fault *f); /* says just that */

/* Whole numbers of 16 bits; 0 where there is none, or a larger one. */
uint16_t arg_u16(json_t *params, const char *key);

/* The workload that params {tenant, name} mean; ROW_NONE with f set. */
uint32_t arg_workload(struct engine *e, json_t *params, struct fault *f);

#endif
