/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_profile.c - profiles: checking files, showing the library. Runs in: cloister.
 */
#include "cli/ask.h"
#include "cli/cmds.h"
#include "cli/list.h"
#include "cli/diag.h"
#include "cli/print.h"
#include "cli/source.h"
#include "cli/table.h"

#include <string.h>
#include <unistd.h>

static int send_all(struct client *cl, const struct cmd *c)
{
	AUTO_SOURCES struct sources s = { 0 };
	int e = EXITS_DONE;

	for (size_t i = 0; e == EXITS_DONE && args_word(&c->args, i); i++)
		e = sources_add(&s, "profile check", args_word(&c->args, i));
	for (size_t i = 0; e == EXITS_DONE && i < s.n; i++)
		e = source_send(cl, "profile check", s.path[i]);
	return e;
}

int cmd_profile_check(struct cmd *c)
{
	AUTO_CLIENT struct client *cl = NULL;
	AUTO_REPLY struct client_reply r;
	struct fault f = { 0 };
	const json_t *d;
	int e = ask_open("profile check", &cl);

	client_reply_init(&r);
	if (e == EXITS_DONE)
		e = send_all(cl, c);
	if (e != EXITS_DONE)
		return e;
	if (client_call(cl, "Check", NULL, &r, &f) < 0)
		return ask_failed("profile check", &f);
	d = json_object_get(r.params, "diagnostics");
	if (r.error && !json_is_array(d))
		return ask_refused("profile check", &r);
	if (!cmd_has(c, OPT_JSON))
		diag_print(d);
	else if (ask_json(r.params) != EXITS_DONE)
		return EXITS_FAULT;
	return diag_has_error(d) ? EXITS_INPUT : EXITS_DONE;
}

int cmd_profile_show(struct cmd *c)
{
	AUTO_REPLY struct client_reply r;
	AUTO_TEXT struct text t = { 0 };
	const char *s;
	int e;

	client_reply_init(&r);
	e = ask("profile show", "ProfileShow", json_pack("{s:s}", "name", args_word(&c->args, 0)),
		&r);
	if (e != EXITS_DONE)
		return e;
	if (cmd_has(c, OPT_JSON))
		return ask_json(r.params);
	s = client_str(r.params, "text", "");
	text_shown(&t, s, strlen(s), false);
	return print_out(&t);
}

static void profile_row(struct table *t, const json_t *o)
{
	table_cell(t, "%s", client_str(o, "name", "?"));
	table_cell(t, "%s", client_str(o, "kind", ""));
	table_cell(t, "%s", client_str(o, "about", ""));
}

int cmd_profile_list(struct cmd *c)
{
	static const struct column column[] = {
		{ "NAME", false, false, NULL },
		{ "KIND", false, false, NULL },
		{ "ABOUT", false, true, NULL },
	};
	static const struct list list = { "profile list", "ProfileList",     "profiles",
					  column,	  ARRAY_LEN(column), profile_row };

	return list_show(c, &list);
}
