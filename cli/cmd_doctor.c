/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_doctor.c - what this host can do, and what that means. Runs in: cloister.
 */
#include "cli/ask.h"
#include "cli/cmds.h"
#include "cli/print.h"
#include "cli/table.h"

#include <string.h>
#include <unistd.h>

static int check_tint(const char *cell)
{
	if (strcmp(cell, "ok") == 0)
		return SGR_GREEN;
	return strcmp(cell, "missing") == 0 ? SGR_RED : SGR_YELLOW;
}

int cmd_doctor(struct cmd *c)
{
	static const struct column column[] = {
		{ "CHECK", false, false, NULL },
		{ "STATE", false, false, check_tint },
		{ "FOUND", false, true, NULL },
		{ "MEANS", false, true, NULL },
	};
	AUTO_REPLY struct client_reply r;
	AUTO_TABLE struct table tab = { 0 };
	AUTO_TEXT struct text t = { 0 };
	struct screen s = screen_of(STDOUT_FILENO);
	const json_t *list;
	bool missing = false;
	int e;

	client_reply_init(&r);
	table_init(&tab, column, ARRAY_LEN(column));
	e = ask("doctor", "Doctor", NULL, &r);
	if (e != EXITS_DONE)
		return e;
	list = json_object_get(r.params, "checks");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *o = json_array_get(list, i);
		const char *state = client_str(o, "state", "missing");

		missing |= strcmp(state, "missing") == 0;
		table_cell(&tab, "%s", client_str(o, "name", "?"));
		table_cell(&tab, "%s", state);
		table_cell(&tab, "%s", client_str(o, "detail", ""));
		table_cell(&tab, "%s", client_str(o, "means", ""));
	}
	table_print(&tab, &s, &t);
	e = cmd_has(c, OPT_JSON) ? ask_json(r.params) : print_out(&t);
	return e == EXITS_DONE && missing ? EXITS_CANNOT : e;
}
