/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_compare.c - two profiles against each other; findings and facts about one. Runs in:
 * cloister-engine.
 */
#include "supervisor/engine/api.h"
#include "lib/asks/compile.h"
#include "lib/base/str.h"
#include "supervisor/engine/compile.h"
#include "supervisor/engine/compile_out.h"
#include "supervisor/engine/text.h"
#include "supervisor/engine/who.h"

#include <errno.h>
#include <string.h>

enum { FIELDS = 4 }; /* at most */

struct field {
	const char *p;
	size_t n;
};

/* The next line of `want` fields with a tab between two, the last one to the line's end; false:
 * there is none. */
static bool next_line(const char **text, const char *end, struct field f[FIELDS], size_t want)
{
	while (*text < end) {
		const char *at = *text, *eol = memchr(at, '\n', (size_t)(end - at));
		size_t n = 0;

		if (!eol)
			return false;
		*text = eol + 1;
		for (; n < want && at <= eol; n++) {
			const char *tab =
				n + 1 < want ? memchr(at, '\t', (size_t)(eol - at)) : NULL;

			f[n] = (struct field){ at, (size_t)((tab ? tab : eol) - at) };
			at = (tab ? tab : eol) + 1;
		}
		if (n == want)
			return true;
	}
	return false;
}

static json_t *field_json(struct field f)
{
	return text_json(f.p, f.n);
}

/* "=", DOMAIN (none: of the whole), VERDICT; "a" or "b", DOMAIN, TEXT, PLACE. */
static void take_line(const struct field f[FIELDS], json_t *head, json_t *domains, json_t *list)
{
	if (f[0].n != 1)
		return;
	if (*f[0].p != '=')
		DROP(json_array_append_new(
			list, json_pack("{s:o, s:o, s:o, s:o}", "side", field_json(f[0]), "domain",
					field_json(f[1]), "text", field_json(f[2]), "place",
					field_json(f[3]))));
	else if (f[1].n)
		DROP(json_array_append_new(domains,
					   json_pack("{s:o, s:o}", "domain", field_json(f[1]),
						     "verdict", field_json(f[2]))));
	else
		DROP(json_object_set_new(head, "verdict", field_json(f[2])));
}

static void on_compared(struct engine *e, uint64_t arg, const struct compile_view *v,
			struct fault *f)
{
	json_t *list = json_array(), *domains = json_array(), *head = json_object();
	struct field field[FIELDS];
	const char *at;

	v = whole_view(e, arg_to(arg), v, f);
	if (v) {
		at = compile_view_text(v, v->out->text);
		for (const char *end = at + v->out->text.len; next_line(&at, end, field, FIELDS);)
			take_line(field, head, domains, list);
		DROP(json_object_set_new(head, "domains", domains));
		pages_reply(e, arg_to(arg), "differences", list, head);
		return;
	}
	json_decref(list);
	json_decref(domains);
	json_decref(head);
}

void api_compare(struct engine *e, const struct call *c)
{
	const char *a = arg_text(c->params, "a"), *b = arg_text(c->params, "b");
	struct compile_ask q = { .mode = COMPILE_COMPARE,
				 .profile = a,
				 .other = b,
				 .file_a = arg_text(c->params, "a_file"),
				 .file_b = arg_text(c->params, "b_file"),
				 .bundle = session_bundle(e, c->to),
				 .guest = !who_host(e, c->who) };
	struct fault f;
	int rc = 0;

	if (!str_is_name(a, strlen(a)) || !str_is_name(b, strlen(b)))
		rc = fault_set(&f, -ENOENT, "engine.compare", "that is no profile's name");
	if (rc == 0)
		rc = compile_begin(e, &q, (struct compile_done){ on_compared, to_arg(c->to) }, &f);
	if (rc < 0)
		session_fault(e, c->to, &f);
}

/* An answer whose lines have these fields, with a tab between two. */
struct lines {
	const char *list, *key[FIELDS];
};
static const struct lines findings = { "findings", { "id", "text", "help", "place" } };
static const struct lines facts = { "facts", { "domain", "text", "place" } };

static void reply_lines(struct engine *e, uint64_t arg, const struct lines *what,
			const struct compile_view *v, struct fault *f)
{
	json_t *list = json_array();
	struct field field[FIELDS];
	size_t want = what->key[FIELDS - 1] ? FIELDS : FIELDS - 1;
	const char *at;

	v = whole_view(e, arg_to(arg), v, f);
	if (!v) {
		json_decref(list);
		return;
	}
	at = compile_view_text(v, v->out->text);
	for (const char *end = at + v->out->text.len; next_line(&at, end, field, want);) {
		json_t *o = json_object();

		for (size_t i = 0; i < want; i++)
			DROP(json_object_set_new(o, what->key[i], field_json(field[i])));
		DROP(json_array_append_new(list, o));
	}
	pages_reply(e, arg_to(arg), what->list, list, NULL);
}

static void on_linted(struct engine *e, uint64_t arg, const struct compile_view *v, struct fault *f)
{
	reply_lines(e, arg, &findings, v, f);
}

static void on_explained(struct engine *e, uint64_t arg, const struct compile_view *v,
			 struct fault *f)
{
	reply_lines(e, arg, &facts, v, f);
}

/* About the one profile that params {name} mean. */
static void about_one(struct engine *e, const struct call *c, enum compile_mode mode,
		      struct compile_done done)
{
	const char *name = arg_text(c->params, "name");
	struct compile_ask q = { .mode = mode,
				 .profile = name,
				 .bundle = session_bundle(e, c->to),
				 .guest = !who_host(e, c->who) };
	struct fault f;
	int rc = 0;

	if (!str_is_name(name, strlen(name)))
		rc = fault_set(&f, -ENOENT, "engine.profile", "that is no profile's name");
	if (rc == 0)
		rc = compile_begin(e, &q, done, &f);
	if (rc < 0)
		session_fault(e, c->to, &f);
}

void api_lint(struct engine *e, const struct call *c)
{
	about_one(e, c, COMPILE_LINT, (struct compile_done){ on_linted, to_arg(c->to) });
}

void api_explain(struct engine *e, const struct call *c)
{
	about_one(e, c, COMPILE_EXPLAIN, (struct compile_done){ on_explained, to_arg(c->to) });
}
