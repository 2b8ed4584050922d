/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list.c - a command that asks for a list and shows it. Runs in: cloister.
 */
#include "cli/list.h"
#include "cli/ask.h"

#include <unistd.h>

int list_table(const struct list *l, const json_t *items)
{
	AUTO_TABLE struct table tab = { 0 };
	AUTO_TEXT struct text t = { 0 };
	struct screen s = screen_of(STDOUT_FILENO);

	table_init(&tab, l->column, l->columns);
	for (size_t i = 0; i < json_array_size(items); i++)
		l->row(&tab, json_array_get(items, i));
	table_print(&tab, &s, &t);
	return print_out(&t);
}

int list_show(const struct cmd *c, const struct list *l)
{
	AUTO_REPLY struct client_reply r;
	int e;

	client_reply_init(&r);
	e = ask_pages(l->where, l->method, NULL, l->key, &r);
	if (e != EXITS_DONE)
		return e;
	return cmd_has(c, OPT_JSON) ? ask_json(r.params)
				    : list_table(l, json_object_get(r.params, l->key));
}

int list_ask_profile(const struct cmd *c, const struct list *l, char name[SOURCE_NAME_MAX],
		     struct client_reply *r)
{
	const struct ask_call call = { l->where, l->method, l->key, NULL };
	AUTO_CLIENT struct client *cl = NULL;
	int e = ask_open(l->where, &cl);

	if (e == EXITS_DONE)
		e = source_send_named(cl, l->where, args_word(&c->args, 0), name);
	if (e == EXITS_DONE)
		e = ask_pages_in(cl, &call, json_pack("{s:s}", "name", name), r);
	return e;
}
