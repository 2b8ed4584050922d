/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_compare.c - profile compare, profile diff: two profiles against each other. Runs in:
 * cloister.
 *
 * The supervisor's compiler judges; here its differences are shown, all or the first of each domain
 * and side.
 */
#include "cli/ask.h"
#include "cli/cmds.h"
#include "cli/list.h"
#include "cli/print.h"
#include "cli/source.h"
#include "cli/table.h"

#include <string.h>
#include <unistd.h>

struct sides {
	const char *where, *word[2]; /* as the command line has them */
	char name[2][SOURCE_NAME_MAX];
};

/* Sends the files among the two, one that is both once. */
static int send_sides(struct client *cl, struct sides *s)
{
	int e = source_send_named(cl, s->where, s->word[0], s->name[0]);

	if (e != EXITS_DONE)
		return e;
	if (strcmp(s->word[0], s->word[1]) != 0)
		return source_send_named(cl, s->where, s->word[1], s->name[1]);
	memcpy(s->name[1], s->name[0], sizeof(s->name[1]));
	return EXITS_DONE;
}

static json_t *params_of(const struct sides *s)
{
	const char *file[2];

	for (int i = 0; i < 2; i++)
		file[i] = source_is_profile(s->word[i]) ? s->word[i] : NULL;
	return json_pack("{s:s, s:s, s:s*, s:s*}", "a", s->name[0], "b", s->name[1], "a_file",
			 file[0], "b_file", file[1]);
}

static bool is_same(const json_t *a, const json_t *b, const char *key)
{
	return strcmp(client_str(a, key, ""), client_str(b, key, "")) == 0;
}

/* Leaves the first of each domain and side. */
static void keep_first(json_t *list)
{
	for (size_t i = json_array_size(list); i-- > 0;) {
		const json_t *o = json_array_get(list, i);
		bool later = false;

		for (size_t k = 0; k < i && !later; k++)
			later = is_same(o, json_array_get(list, k), "side") &&
				is_same(o, json_array_get(list, k), "domain");
		if (later)
			(void)json_array_remove(list, i); /* i is in it */
	}
}

static int exit_of(const char *verdict)
{
	static const struct {
		const char *verdict;
		int exit;
	} rows[] = { { "equal", EXITS_DONE },
		     { "stricter", EXITS_STRICTER },
		     { "looser", EXITS_LOOSER },
		     { "incomparable", EXITS_INCOMPARABLE } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].verdict, verdict) == 0)
			return rows[i].exit;
	return EXITS_CANNOT;
}

static int show(const struct sides *s, const json_t *o, const json_t *list)
{
	/* clang-format off */
	static const struct column column[] = {
		{ "WHAT", false, false, NULL }, { "ONLY IN", false, true, NULL },
		{ "IS ALLOWED", false, true, NULL }, { "BY", false, true, NULL },
	};
	/* clang-format on */
	struct screen screen = screen_of(STDOUT_FILENO);
	AUTO_TABLE struct table t = { 0 };
	AUTO_TEXT struct text out = { 0 };
	const char *verdict = client_str(o, "verdict", "undecided");

	text_shown(&out, s->word[0], strlen(s->word[0]), true);
	text_str(&out, " is ");
	text_shown(&out, verdict, strlen(verdict), true);
	text_str(&out, strcmp(verdict, "equal") == 0	      ? " to "
		       : strcmp(verdict, "incomparable") == 0 ? " with "
		       : strcmp(verdict, "undecided") == 0    ? " against "
							      : " than ");
	text_shown(&out, s->word[1], strlen(s->word[1]), true);
	text_str(&out, "\n");
	table_init(&t, column, ARRAY_LEN(column));
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *d = json_array_get(list, i);

		table_cell(&t, "%s", client_str(d, "domain", "?"));
		table_cell(&t, "%s", s->word[strcmp(client_str(d, "side", "a"), "a") != 0]);
		table_cell(&t, "%s", client_str(d, "text", "?"));
		table_cell(&t, "%s", client_str(d, "place", ""));
	}
	if (json_array_size(list))
		table_print(&t, &screen, &out);
	return print_out(&out);
}

static int compare(struct cmd *c, const char *where, bool all)
{
	const struct ask_call call = { where, "Compare", "differences", NULL };
	struct sides s = { .where = where,
			   .word = { args_word(&c->args, 0), args_word(&c->args, 1) } };
	AUTO_CLIENT struct client *cl = NULL;
	AUTO_REPLY struct client_reply r;
	json_t *list;
	int e = ask_open(where, &cl);

	client_reply_init(&r);
	if (e == EXITS_DONE)
		e = send_sides(cl, &s);
	if (e == EXITS_DONE)
		e = ask_pages_in(cl, &call, params_of(&s), &r);
	if (e != EXITS_DONE)
		return e;
	list = json_object_get(r.params, "differences");
	if (!all)
		keep_first(list);
	e = cmd_has(c, OPT_JSON) ? ask_json(r.params) : show(&s, r.params, list);
	return e == EXITS_DONE ? exit_of(client_str(r.params, "verdict", "")) : e;
}

int cmd_profile_compare(struct cmd *c)
{
	return compare(c, "profile compare", false);
}

int cmd_profile_diff(struct cmd *c)
{
	return compare(c, "profile diff", true);
}

/* ---- lint ---- */

static void finding_row(struct table *t, const json_t *o)
{
	table_cell(t, "%s", client_str(o, "id", "?"));
	table_cell(t, "%s", client_str(o, "place", ""));
	table_cell(t, "%s", client_str(o, "text", "?"));
	table_cell(t, "%s", client_str(o, "help", ""));
}

int cmd_profile_lint(struct cmd *c)
{
	/* clang-format off */
	static const struct column column[] = {
		{ "ID", false, false, NULL }, { "AT", false, true, NULL },
		{ "FINDING", false, true, NULL }, { "HELP", false, true, NULL },
	};
	/* clang-format on */
	static const struct list list = { "profile lint",    "Lint",	 "findings", column,
					  ARRAY_LEN(column), finding_row };
	AUTO_REPLY struct client_reply r;
	char name[SOURCE_NAME_MAX];
	const json_t *found;
	int e;

	client_reply_init(&r);
	e = list_ask_profile(c, &list, name, &r);
	if (e != EXITS_DONE)
		return e;
	found = json_object_get(r.params, list.key);
	if (cmd_has(c, OPT_JSON))
		e = ask_json(r.params);
	else if (json_array_size(found))
		e = list_table(&list, found);
	return e == EXITS_DONE && json_array_size(found) ? EXITS_NO : e;
}
