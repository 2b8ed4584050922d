/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diag.h - errors in files as people read them (profiles-audit.md A.13).
 */
#ifndef CLOISTER_DIAG_H
#define CLOISTER_DIAG_H

#include "cli/print.h"

#include <jansson.h>

/*
 * file:line:col: error[P012]: message
 *    14 |   the source line
 *       |   ^~~~
 *    help: ...
 */
void diag_text(struct text *t, const struct screen *s, const json_t *diagnostic);

/* All of an array to stderr. */
void diag_print(const json_t *diagnostics);

/* Is there an error among them (and not only warnings)? */
bool diag_has_error(const json_t *diagnostics);

#endif
