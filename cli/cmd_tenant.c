/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_tenant.c - tenants: list, add, show, set, remove. Runs in: cloister.
 *
 * What add and set are given is written as a tenant file of one unit and sent as such: values have
 * one reader, the compiler.
 */
#include "cli/ask.h"
#include "cli/cmds.h"
#include "cli/list.h"
#include "cli/print.h"
#include "cli/source.h"
#include "cli/table.h"
#include "cli/units.h"
#include "cli/workloads.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* "memory 2GiB, cpu 150%, pids 128". */
static void limits_text(struct text *s, const json_t *limits)
{
	for (size_t i = 0; i < json_array_size(limits); i++) {
		const json_t *l = json_array_get(limits, i);
		const char *knob = client_str(l, "knob", "?");
		uint64_t v = client_u64(l, "value"), period = client_u64(l, "period");

		text_fmt(s, "%s%s ", s->n ? ", " : "", knob);
		if (period)
			text_fmt(s, "%" PRIu64 "%%", v * 100 / period);
		else if (strncmp(knob, "memory", 6) == 0 || strncmp(knob, "swap", 4) == 0)
			text_str(s, units_bytes(v).s);
		else
			text_fmt(s, "%" PRIu64, v);
	}
}

static void tenant_row(struct table *t, const json_t *o)
{
	AUTO_TEXT struct text ceilings = { 0 };
	AUTO_TEXT struct text limits = { 0 };

	table_cell(t, "%s", client_str(o, "name", "?"));
	table_cell(t, "%" PRIu64, client_u64(o, "index"));
	table_cell(t, "%" PRIu64, client_u64(o, "uid_base"));
	table_cell(t, "%" PRIu64, client_u64(o, "workloads"));
	words_join(&ceilings, json_object_get(o, "ceilings"));
	table_cell(t, "%s", ceilings.p ? ceilings.p : "");
	limits_text(&limits, json_object_get(o, "limits"));
	table_cell(t, "%s", limits.p ? limits.p : "");
}

int cmd_tenant_list(struct cmd *c)
{
	static const struct column column[] = {
		{ "TENANT", false, false, NULL },  { "INDEX", true, false, NULL },
		{ "UID BASE", true, false, NULL }, { "WORKLOADS", true, false, NULL },
		{ "CEILINGS", false, true, NULL }, { "LIMITS", false, true, NULL },
	};
	static const struct list list = { "tenant list", "TenantList",	    "tenants",
					  column,	 ARRAY_LEN(column), tenant_row };

	return list_show(c, &list);
}

/* ---- show ---- */

/* "editor group 2000". */
static void people_lines(struct text *out, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *p = json_array_get(list, i);
		AUTO_TEXT struct text s = { 0 };

		text_fmt(&s, "%s %" PRIu64, client_str(p, "kind", "?"), client_u64(p, "id"));
		sheet_line(out, client_str(p, "role", "?"), s.p ? s.p : "?");
	}
}

static void tenant_sheet(struct text *out, const json_t *o)
{
	AUTO_TEXT struct text ceilings = { 0 };
	AUTO_TEXT struct text limits = { 0 };
	AUTO_TEXT struct text off = { 0 };
	AUTO_TEXT struct text ids = { 0 };

	words_join(&ceilings, json_object_get(o, "ceilings"));
	limits_text(&limits, json_object_get(o, "limits"));
	words_join(&off, json_object_get(o, "features_off"));
	if (json_object_get(o, "uid_base"))
		text_fmt(&ids, "index %" PRIu64 ", from uid %" PRIu64, client_u64(o, "index"),
			 client_u64(o, "uid_base"));
	sheet_line(out, "tenant", client_str(o, "name", "?"));
	sheet_line(out, "ids", ids.p ? ids.p : "none before its first start");
	sheet_line(out, "under", ceilings.p ? ceilings.p : "none");
	sheet_line(out, "limits", limits.p ? limits.p : "none but the workloads' own");
	sheet_line(out, "off", off.p ? off.p : "nothing");
	people_lines(out, json_object_get(o, "people"));
	sheet_line(out, "made by",
		   json_is_true(json_object_get(o, "applied")) ? "a file, by apply" : "hand");
}

int cmd_tenant_show(struct cmd *c)
{
	AUTO_REPLY struct client_reply r;
	AUTO_TEXT struct text t = { 0 };
	int e;

	client_reply_init(&r);
	e = ask_pages("tenant show", "TenantShow",
		      json_pack("{s:s}", "tenant", args_word(&c->args, 0)), "workloads", &r);
	if (e != EXITS_DONE)
		return e;
	if (cmd_has(c, OPT_JSON))
		return ask_json(r.params);
	tenant_sheet(&t, json_object_get(r.params, "tenant"));
	text_str(&t, "\n");
	workloads_table(&t, json_object_get(r.params, "workloads"));
	return print_out(&t);
}

/* ---- add and set ---- */

/* What add and set were given: a file's text, and what is to be taken away. */
struct wish {
	const char *where;
	struct text under, body;
	json_t *without;
};

static void wish_fini(struct wish *w)
{
	text_fini(&w->under);
	text_fini(&w->body);
	json_decref(w->without);
}

/* Words of the language only: nothing that could end the line it is put into. */
static bool is_plain(const char *s)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/%";

	return s[0] && s[strspn(s, plain)] == '\0';
}

static int wrong(const struct wish *w, const char *value, const char *form)
{
	say_error(w->where, "'%s': write %s", value, form);
	return EXITS_USAGE;
}

static int take_away(struct wish *w, const char *kind, const char *name)
{
	return json_array_append_new(w->without, json_sprintf("%s:%s", kind, name)) < 0
		       ? EXITS_FAULT
		       : EXITS_DONE;
}

/* NAME=VALUE of a limit or a feature; the word that takes it away is no value. */
static int wish_pair(struct wish *w, const struct args_many *m, const char *kind, const char *none)
{
	const char *form =
		m->opt == OPT_LIMIT ? "NAME=VALUE, or NAME=none" : "NAME=off or NAME=any";
	const char *equal = strchr(m->value, '=');
	char name[64];

	if (!equal || (size_t)(equal - m->value) >= sizeof(name) || !is_plain(equal + 1))
		return wrong(w, m->value, form);
	memcpy(name, m->value, (size_t)(equal - m->value));
	name[equal - m->value] = '\0';
	if (!is_plain(name))
		return wrong(w, m->value, form);
	if (strcmp(equal + 1, none) == 0)
		return take_away(w, kind, name);
	text_fmt(&w->body, "  %s %s %s\n", kind, name, equal + 1);
	return EXITS_DONE;
}

/* user:UID or group:GID. */
static int wish_person(struct wish *w, const struct args_many *m, const char *role)
{
	bool group = strncmp(m->value, "group:", 6) == 0, user = strncmp(m->value, "user:", 5) == 0;
	const char *id = m->value + (group ? 6 : 5);

	if ((!group && !user) || !is_plain(id))
		return wrong(w, m->value, "user:UID or group:GID, as a number");
	if (!role)
		return take_away(w, group ? "group" : "user", id);
	text_fmt(&w->body, "  %s %s %s\n", role, group ? "group" : "user", id);
	return EXITS_DONE;
}

static int wish_one(struct wish *w, const struct args_many *m)
{
	if (m->opt == OPT_LIMIT)
		return wish_pair(w, m, "limit", "none");
	if (m->opt == OPT_FEATURE)
		return wish_pair(w, m, "feature", "any");
	if (m->opt == OPT_VIEWER)
		return wish_person(w, m, "viewer");
	if (m->opt == OPT_EDITOR)
		return wish_person(w, m, "editor");
	if (m->opt == OPT_NO_ROLE)
		return wish_person(w, m, NULL);
	if (!is_plain(m->value))
		return wrong(w, m->value, "a ceiling's name");
	text_fmt(&w->under, "%s%s", w->under.n ? ", " : " under ", m->value);
	return EXITS_DONE;
}

static int send_wish(const struct cmd *c, struct wish *w, struct client_reply *r, bool create)
{
	const char *name = args_word(&c->args, 0);
	AUTO_CLIENT struct client *cl = NULL;
	AUTO_TEXT struct text t = { 0 };
	struct fault f = { 0 };
	int e;

	if (!is_plain(name))
		return wrong(w, name, "a small letter, then small letters, digits or -, 31 in all");
	text_fmt(&t, "cloister 1\n\ntenant %s%s {\n%s}\n", name, w->under.p ? w->under.p : "",
		 w->body.p ? w->body.p : "");
	e = ask_open(w->where, &cl);
	if (e == EXITS_DONE)
		e = source_send_text(cl, w->where, "options.tenant", &t);
	if (e != EXITS_DONE)
		return e;
	if (client_call(cl, "TenantSet",
			json_pack("{s:s, s:b, s:O}", "tenant", name, "create", create, "without",
				  w->without),
			r, &f) < 0)
		return ask_failed(w->where, &f);
	return r->error ? ask_refused(w->where, r) : EXITS_DONE;
}

static int set(struct cmd *c, const char *where, bool create)
{
	AUTO(wish_fini) struct wish w = { .where = where, .without = json_array() };
	AUTO_REPLY struct client_reply r;
	const json_t *tenant;
	int e = w.without ? EXITS_DONE : EXITS_FAULT;

	client_reply_init(&r);
	if (!create && c->args.many_count == 0) {
		say_error(where, "nothing to set; see cloister tenant set --help");
		return EXITS_USAGE;
	}
	for (size_t i = 0; e == EXITS_DONE && i < c->args.many_count; i++)
		e = wish_one(&w, &c->args.many[i]);
	if (e == EXITS_DONE)
		e = send_wish(c, &w, &r, create);
	if (e != EXITS_DONE)
		return e;
	tenant = json_object_get(r.params, "tenant");
	if (json_is_true(json_object_get(tenant, "applied")))
		say_note("%s: an apply of the file that made this tenant sets what the file says "
			 "again",
			 where);
	return cmd_has(c, OPT_JSON) ? ask_json(r.params) : EXITS_DONE;
}

int cmd_tenant_add(struct cmd *c)
{
	return set(c, "tenant add", true);
}

int cmd_tenant_set(struct cmd *c)
{
	return set(c, "tenant set", false);
}

int cmd_tenant_remove(struct cmd *c)
{
	AUTO_REPLY struct client_reply r;
	int e;

	client_reply_init(&r);
	e = ask_pages("tenant remove", "TenantRemove",
		      json_pack("{s:s, s:b}", "tenant", args_word(&c->args, 0), "with_workloads",
				cmd_has(c, OPT_FORCE)),
		      "removed", &r);
	if (e != EXITS_DONE)
		return e;
	if (json_is_true(json_object_get(r.params, "applied")))
		say_note("tenant remove: a file made it; an apply of that file makes it again");
	return cmd_has(c, OPT_JSON) ? ask_json(r.params) : EXITS_DONE;
}
