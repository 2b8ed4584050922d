/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_fmt.c - profile fmt, profile explain. Runs in: cloister, with the rights of who calls it.
 *
 * The text is laid out by the supervisor's compiler; here it is only sent, and written back.
 */
#include "cli/ask.h"
#include "cli/cmds.h"
#include "cli/diag.h"
#include "cli/list.h"
#include "lib/base/fd.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- fmt ---- */

/* The text of a file in canonical form. Returns an enum exits. */
static int formatted(const char *path, const struct text *old, struct text *ret)
{
	static const struct ask_call call = { "profile fmt", "Format", "text", NULL };
	AUTO_CLIENT struct client *cl = NULL;
	AUTO_REPLY struct client_reply r;
	const json_t *list;
	int e = ask_open("profile fmt", &cl);

	client_reply_init(&r);
	if (e == EXITS_DONE)
		e = source_send_read(cl, "profile fmt", path, old);
	if (e == EXITS_DONE)
		e = ask_pages_in(cl, &call, NULL, &r);
	list = e == EXITS_DONE ? json_object_get(r.params, "text") : NULL;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *piece = json_array_get(list, i);

		text_add(ret, json_string_value(piece), json_string_length(piece));
	}
	return e;
}

/* In place of the old one in one step, with its mode. */
static int write_back(const char *path, const struct text *t)
{
	char real[PATH_MAX], temp[PATH_MAX];
	AUTO_FD int fd = -1;
	struct stat st;
	int n = -1;

	if (realpath(path, real) && stat(real, &st) == 0)
		n = snprintf(temp, sizeof(temp), "%s.XXXXXX", real);
	if (n > 0 && (size_t)n < sizeof(temp))
		fd = mkstemp(temp);
	if (fd >= 0 && text_write(t, fd) == 0 && fchmod(fd, st.st_mode & 07777) == 0 &&
	    fsync(fd) == 0 && rename(temp, real) == 0)
		return EXITS_DONE;
	say_error("profile fmt", "%s: %s", path, strerrordesc_np(errno));
	if (fd >= 0)
		(void)unlink(temp);
	return EXITS_FAULT;
}

/* The lines of [from, to), each behind a mark. */
static void marked(struct text *out, const char *mark, const char *from, const char *to)
{
	while (from < to) {
		const char *end = memchr(from, '\n', (size_t)(to - from));
		size_t n = (size_t)((end ? end : to) - from);

		text_str(out, mark);
		text_shown(out, from, n, true);
		text_str(out, "\n");
		from += n + 1;
	}
}

/* What would change, from the first line that differs to the last. */
static int show_change(const char *path, const struct text *old, const struct text *new)
{
	AUTO_TEXT struct text out = { 0 };
	size_t same = 0, tail = 0, line = 1;

	for (size_t i = 0; i < old->n && i < new->n && old->p[i] == new->p[i]; i++)
		if (old->p[i] == '\n') {
			same = i + 1;
			line++;
		}
	for (size_t i = 1;
	     i <= old->n - same && i <= new->n - same && old->p[old->n - i] == new->p[new->n - i];
	     i++)
		if (i == old->n - same || i == new->n - same || old->p[old->n - i] == '\n')
			tail = i - (old->p[old->n - i] == '\n');
	text_shown(&out, path, strlen(path), true);
	text_fmt(&out, ":%zu\n", line);
	marked(&out, "-", old->p + same, old->p + old->n - tail);
	marked(&out, "+", new->p + same, new->p + new->n - tail);
	return print_out(&out);
}

static int format_one(const struct cmd *c, const char *path, json_t *changed)
{
	AUTO_TEXT struct text old = { 0 };
	AUTO_TEXT struct text new = { 0 };
	int e = source_read("profile fmt", path, &old);

	if (e == EXITS_DONE)
		e = formatted(path, &old, &new);
	text_str(&new, "");
	if (e != EXITS_DONE || new.bad)
		return e == EXITS_DONE ? EXITS_FAULT : e;
	if (old.n == new.n && memcmp(old.p, new.p, old.n) == 0)
		return EXITS_DONE;
	(void)json_array_append_new(changed,
				    json_string(path)); /* a path that is no UTF-8: not listed */
	if (!cmd_has(c, OPT_CHECK))
		return write_back(path, &new);
	e = cmd_has(c, OPT_JSON) ? EXITS_DONE : show_change(path, &old, &new);
	return e == EXITS_DONE ? EXITS_NO : e;
}

int cmd_profile_fmt(struct cmd *c)
{
	AUTO_SOURCES struct sources s = { 0 };
	json_t *o = json_pack("{s:[]}", "changed");
	int e = o ? EXITS_DONE : EXITS_FAULT, worst = EXITS_DONE;

	for (size_t i = 0; e == EXITS_DONE && args_word(&c->args, i); i++)
		e = sources_add(&s, "profile fmt", args_word(&c->args, i));
	for (size_t i = 0; e == EXITS_DONE && i < s.n; i++) {
		int one = format_one(c, s.path[i], json_object_get(o, "changed"));

		worst = one > worst ? one : worst;
	}
	if (e == EXITS_DONE && cmd_has(c, OPT_JSON))
		e = ask_json(o);
	json_decref(o);
	return e == EXITS_DONE ? worst : e;
}

/* ---- explain ---- */

static void fact_row(struct table *t, const json_t *o)
{
	table_cell(t, "%s", client_str(o, "domain", "?"));
	table_cell(t, "%s", client_str(o, "text", "?"));
	table_cell(t, "%s", client_str(o, "place", ""));
}

/* Leaves those facts that have the word in them. Returns how many. */
static size_t keep_about(json_t *list, const char *word)
{
	for (size_t i = json_array_size(list); i-- > 0;) {
		const json_t *o = json_array_get(list, i);

		if (!strstr(client_str(o, "text", ""), word) &&
		    strcmp(client_str(o, "domain", ""), word) != 0)
			(void)json_array_remove(list, i); /* i is in it */
	}
	return json_array_size(list);
}

int cmd_profile_explain(struct cmd *c)
{
	/* clang-format off */
	static const struct column column[] = {
		{ "WHAT", false, false, NULL }, { "IS ALLOWED", false, true, NULL }, { "BY", false, true, NULL },
	};
	/* clang-format on */
	static const struct list list = { "profile explain", "Explain", "facts", column,
					  ARRAY_LEN(column), fact_row };
	const char *about = args_word(&c->args, 1);
	AUTO_REPLY struct client_reply r;
	char name[SOURCE_NAME_MAX];
	bool none;
	json_t *facts;
	int e;

	client_reply_init(&r);
	e = list_ask_profile(c, &list, name, &r);
	if (e != EXITS_DONE)
		return e;
	facts = json_object_get(r.params, list.key);
	none = about && keep_about(facts, about) == 0;
	if (cmd_has(c, OPT_JSON))
		e = ask_json(r.params);
	else if (none)
		say_error(list.where, "nothing in %s allows '%s'", name, about);
	else
		e = list_table(&list, facts);
	return e == EXITS_DONE && none ? EXITS_NO : e;
}
