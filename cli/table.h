/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.h - rows and columns, aligned.
 */
#ifndef CLOISTER_TABLE_H
#define CLOISTER_TABLE_H

#include "cli/print.h"

enum { TABLE_COLUMNS_MAX = 16 };

struct column {
	const char *head;
	bool right;		       /* numbers                                          */
	bool shrink;		       /* may be cut with an ellipsis on a narrow terminal */
	int (*tint)(const char *cell); /* an SGR code, 0 for none; NULL: never */
};

struct table {
	const struct column *column;
	size_t columns;
	char **cell; /* rows * columns, filled from the left */
	size_t cells, cap;
	bool bad; /* out of memory */
};

void table_init(struct table *t, const struct column *column, size_t columns);
void table_fini(struct table *t);
#define AUTO_TABLE AUTO(table_fini)

/* The next cell. Its text is escaped to one line. An empty one shows as "-". */
void table_cell(struct table *t, const char *fmt, ...) PRINTF(2, 3);

/* Appends the table to out: head and rows; cut to the terminal's width, never cut elsewhere. */
void table_print(const struct table *t, const struct screen *s, struct text *out);

#endif
