/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workloads.h - workloads as people see them: a table, or all about one.
 */
#ifndef CLOISTER_CLI_WORKLOADS_H
#define CLOISTER_CLI_WORKLOADS_H

#include "cli/table.h"

#include <jansson.h>

/* The colour of a state's name. */
int state_tint(const char *cell);

/* "tenant/name". */
void workload_name_cell(struct table *t, const json_t *w);

/* Cells of a figure that may be absent. */
void number_cell(struct table *t, const json_t *o, const char *key);
void bytes_cell(struct table *t, const json_t *o, const char *key);

/* A table of all of list, with what its letters mean. */
void workloads_table(struct text *out, const json_t *list);

/* All about one, a line a fact. */
void workload_sheet(struct text *out, const json_t *w);

/* "  memory        12MiB" with the name in a column of its own; value is escaped. */
void sheet_line(struct text *out, const char *name, const char *value);

/* The strings of list with commas, escaped when shown. */
void words_join(struct text *t, const json_t *list);

#endif
