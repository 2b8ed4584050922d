/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list.c - a command that asks for a list and shows it. Runs in: cloister.
 */
#include "cli/list.h"
#include "cli/ask.h"

#include <unistd.h>

int list_show(const struct cmd *c, const struct list *l)
{
	AUTO_REPLY struct client_reply r;
	AUTO_TABLE struct table tab = { 0 };
	AUTO_TEXT struct text t = { 0 };
	struct screen s = screen_of(STDOUT_FILENO);
	const json_t *items;
	int e;

	client_reply_init(&r);
	table_init(&tab, l->column, l->columns);
	e = ask_pages(l->where, l->method, NULL, l->key, &r);
	if (e != EXITS_DONE)
		return e;
	if (cmd_has(c, OPT_JSON))
		return ask_json(r.params);
	items = json_object_get(r.params, l->key);
	for (size_t i = 0; i < json_array_size(items); i++)
		l->row(&tab, json_array_get(items, i));
	table_print(&tab, &s, &t);
	return print_out(&t);
}
