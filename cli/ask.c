/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ask.c - one question to the supervisor. Runs in: cloister.
 */
#include "cli/ask.h"
#include "cli/diag.h"
#include "cli/print.h"

#include <errno.h>
#include <string.h>

int ask_failed(const char *where, const struct fault *f)
{
	if (f->err == -ENOENT || f->err == -ECONNREFUSED)
		say_error(where,
			  "no supervisor answers at %s; start one with 'cloister up', or set "
			  "CLOISTER_SOCKET",
			  f->msg);
	else if (f->err == -EACCES || f->err == -EPERM)
		say_error(where,
			  "%s; root, members of the groups cloister and cloister-operator, and a "
			  "tenant's own people may",
			  f->msg);
	else if (f->err == -EPIPE || f->err == -ECONNRESET)
		say_error(where,
			  "the supervisor closed the conversation (%s); it does so unheard where "
			  "somebody has no role",
			  f->msg);
	else
		say_error(where, "%s", f->msg);
	return f->err == -EACCES || f->err == -EPERM ? EXITS_NO : EXITS_FAULT;
}

int ask_refused(const char *where, const struct client_reply *r)
{
	const char *help = client_str(r->params, "help", NULL);
	const char *site = client_str(r->params, "site", NULL);
	json_t *diagnostics = json_object_get(r->params, "diagnostics");

	if (json_array_size(diagnostics))
		diag_print(diagnostics);
	say_error(where, "%s%s%s%s%s%s", client_message(r), site && site[0] ? " [" : "",
		  site && site[0] ? site : "", site && site[0] ? "]" : "", help ? "; " : "",
		  help ? help : "");
	return client_exit(r);
}

int ask_open(const char *where, struct client **ret)
{
	struct fault f = { 0 };

	return client_open(NULL, ret, &f) < 0 ? ask_failed(where, &f) : EXITS_DONE;
}

int ask(const char *where, const char *method, json_t *params, struct client_reply *r)
{
	AUTO_CLIENT struct client *c = NULL;
	struct fault f = { 0 };
	int e = ask_open(where, &c);

	if (e != EXITS_DONE) {
		json_decref(params);
		return e;
	}
	if (client_call(c, method, params, r, &f) < 0)
		return ask_failed(where, &f);
	return r->error ? ask_refused(where, r) : EXITS_DONE;
}

/* Puts what came before in front of what the last reply has. */
static void join(const struct client_reply *r, const char *key, json_t *before)
{
	json_t *last = json_object_get(r->params, key);

	if (json_array_size(before) == 0 || !r->params) {
		json_decref(before);
		return;
	}
	if (last)
		(void)json_array_extend(before, last); /* of what was parsed: there was memory */
	(void)json_object_set_new(r->params, key, before);
}

int ask_pieces(struct client *c, const struct ask_call *a, json_t *params, struct client_reply *r)
{
	json_t *before = json_array();
	struct fault f = { 0 };
	bool more = true;

	if (!before || client_send(c, a->method, params, CLIENT_MORE, &f) < 0) {
		json_decref(before);
		return ask_failed(a->where, &f);
	}
	while (more) {
		const json_t *piece;

		client_reply_fini(r);
		if (client_next(c, true, r, &f) < 0) {
			json_decref(before);
			return ask_failed(a->where, &f);
		}
		more = r->continues && !r->error;
		piece = more ? json_object_get(r->params, a->key) : NULL;
		if (piece)
			(void)json_array_extend(before, (json_t *)(uintptr_t)piece);
		else if (more && a->each)
			a->each(r->params);
	}
	join(r, a->key, before);
	return EXITS_DONE;
}

int ask_pages_in(struct client *c, const struct ask_call *a, json_t *params, struct client_reply *r)
{
	int e = ask_pieces(c, a, params, r);

	return e == EXITS_DONE && r->error ? ask_refused(a->where, r) : e;
}

int ask_pages(const char *where, const char *method, json_t *params, const char *key,
	      struct client_reply *r)
{
	const struct ask_call a = { .where = where, .method = method, .key = key };
	AUTO_CLIENT struct client *c = NULL;
	int e = ask_open(where, &c);

	if (e != EXITS_DONE) {
		json_decref(params);
		return e;
	}
	return ask_pages_in(c, &a, params, r);
}

/* ASCII only: what a tenant wrote cannot act on a terminal from inside the document (I28). */
void ask_json_text(struct text *t, const json_t *o, bool one_line)
{
	AUTO_FREE char *s = json_dumps(o, (one_line ? JSON_COMPACT : JSON_INDENT(2)) |
						  JSON_ENSURE_ASCII | JSON_SORT_KEYS);
	size_t n;

	t->bad |= !s;
	/* jansson takes DEL for a character like others; it stands in strings only */
	for (const char *p = s; p && *p; p += n + (p[n] != '\0')) {
		n = strcspn(p, "\x7f");
		text_add(t, p, n);
		text_str(t, p[n] ? "\\u007f" : "\n");
	}
}

int ask_json(const json_t *o)
{
	AUTO_TEXT struct text t = { 0 };

	ask_json_text(&t, o, false);
	return print_out(&t);
}

json_t *ask_workload(const char *where, const char *word)
{
	const char *slash = strchr(word, '/');
	json_t *o = NULL;

	if (slash && slash != word && slash[1])
		o = json_pack("{s:s%,s:s}", "tenant", word, (size_t)(slash - word), "name",
			      slash + 1);
	if (!o)
		say_error(where, "'%s' is not a workload; write TENANT/NAME", word);
	return o;
}
