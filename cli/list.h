/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list.h - a command that asks for a list and shows it, a row an item.
 */
#ifndef CLOISTER_LIST_H
#define CLOISTER_LIST_H

#include "cli/cmds.h"
#include "cli/source.h"
#include "cli/table.h"
#include "lib/client/client.h"

struct list {
	const char *where;  /* "image list": the command, for messages  */
	const char *method; /* of the API                               */
	const char *key;    /* of the reply: the array                  */
	const struct column *column;
	size_t columns;
	void (*row)(struct table *t, const json_t *item); /* one cell per column */
};

/* As a table, or with --json the reply as it is. Returns an enum exits. */
int list_show(const struct cmd *c, const struct list *l);

/* Asks it of the profile that the first operand names, of the library or in a file. Returns an
 * enum exits; name and r are filled when it is EXITS_DONE. */
int list_ask_profile(const struct cmd *c, const struct list *l, char name[SOURCE_NAME_MAX],
		     struct client_reply *r);

/* Prints items as a table. Returns an enum exits. */
int list_table(const struct list *l, const json_t *items);

#endif
