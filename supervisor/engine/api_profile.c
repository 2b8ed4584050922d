/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_profile.c - texts of a connection, and the library. Runs in: cloister-engine.
 */
#include "supervisor/engine/api.h"
#include "lib/asks/compile.h"
#include "lib/base/str.h"
#include "supervisor/engine/bundle.h"
#include "supervisor/engine/compile.h"
#include "supervisor/engine/compile_out.h"
#include "supervisor/engine/library.h"
#include "supervisor/engine/text.h"
#include "supervisor/engine/who.h"

#include <errno.h>
#include <string.h>

void api_text(struct engine *e, const struct call *c)
{
	json_t *text = json_object_get(c->params, "text");
	const char *name = arg_text(c->params, "name");
	struct bundle *b = session_bundle(e, c->to);
	size_t n = json_string_length(text);
	struct fault f;
	int rc;

	if (!b)
		rc = fault_set(&f, -ENOMEM, "engine.bundle", "out of memory");
	else if (json_is_true(json_object_get(c->params, "append")))
		rc = bundle_append(b, name, json_string_value(text), n, &f);
	else
		rc = bundle_add(b, name, json_string_value(text), n, &f);
	if (rc < 0) {
		session_fault(e, c->to, &f);
		return;
	}
	if (json_is_true(json_object_get(c->params, "tenant_file")))
		bundle_mark_tenant(b, name);
	session_reply(e, c->to, NULL);
}

static void on_checked(struct engine *e, uint64_t arg, const struct compile_view *v,
		       struct fault *f)
{
	if (v)
		session_reply(e, arg_to(arg),
			      json_pack("{s:o}", "diagnostics", diagnostics_json(v)));
	else
		session_fault(e, arg_to(arg), f);
}

void api_check(struct engine *e, const struct call *c)
{
	struct compile_ask q = { .mode = COMPILE_CHECK,
				 .bundle = session_bundle(e, c->to),
				 .guest = !who_host(e, c->who) };
	struct fault f;

	if (!q.bundle || q.bundle->n == 0)
		session_refuse(e, c->to, "engine.check", "no text to check",
			       "send it by Text first");
	else if (compile_begin(e, &q, (struct compile_done){ on_checked, to_arg(c->to) }, &f) < 0)
		session_fault(e, c->to, &f);
}

/* ---- texts and facts of the compiler's ---- */

/* n bytes of text in pieces that end between two characters. */
static json_t *pieces_json(const char *text, size_t n)
{
	enum { PIECE = 12000 };
	json_t *list = json_array();

	while (list && n) {
		size_t len = n < PIECE ? n : PIECE;

		while (len < n && len > PIECE / 2 && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--;
		DROP(json_array_append_new(list, text_json(text, len)));
		text += len;
		n -= len;
	}
	return list;
}

const struct compile_view *whole_view(struct engine *e, struct to to, const struct compile_view *v,
				      const struct fault *f)
{
	if (v && !v->out->status)
		return v;
	if (v)
		session_error(e, to, "io.cloister.BadInput",
			      json_pack("{s:s, s:o}", "message", "there are errors", "diagnostics",
					diagnostics_json(v)));
	else
		session_fault(e, to, f);
	return NULL;
}

static void on_formatted(struct engine *e, uint64_t arg, const struct compile_view *v,
			 struct fault *f)
{
	v = whole_view(e, arg_to(arg), v, f);
	if (v)
		pages_reply(e, arg_to(arg), "text",
			    pieces_json(compile_view_text(v, v->out->text), v->out->text.len),
			    NULL);
}

void api_format(struct engine *e, const struct call *c)
{
	struct compile_ask q = { .mode = COMPILE_FORMAT,
				 .bundle = session_bundle(e, c->to),
				 .guest = !who_host(e, c->who) };
	struct fault f;

	if (!q.bundle || q.bundle->n != 1)
		session_refuse(e, c->to, "engine.format", "one text to lay out is needed",
			       "send it by Text first");
	else if (compile_begin(e, &q, (struct compile_done){ on_formatted, to_arg(c->to) }, &f) < 0)
		session_fault(e, c->to, &f);
}

void api_profile_list(struct engine *e, const struct call *c)
{
	const struct library *l;
	json_t *list;
	struct fault f;

	if (library_get(e, &l, &f) < 0) {
		session_fault(e, c->to, &f);
		return;
	}
	list = json_array();
	for (uint32_t i = 0; list && i < l->n; i++) {
		struct library_unit u;

		for (size_t pos = 0; library_unit_next(&l->file[i], &pos, &u);)
			DROP(json_array_append_new(
				list, json_pack("{s:o, s:s, s:s, s:o}", "name",
						text_json(u.name, strlen(u.name)), "kind", u.kind,
						"file", l->file[i].name, "about",
						text_json(u.about, strlen(u.about)))));
	}
	pages_reply(e, c->to, "profiles", list, NULL);
}

static const struct library_file *file_of(const struct library *l, const char *name)
{
	for (uint32_t i = 0; i < l->n; i++) {
		struct library_unit u;

		for (size_t pos = 0; library_unit_next(&l->file[i], &pos, &u);)
			if (strcmp(u.name, name) == 0)
				return &l->file[i];
	}
	return NULL;
}

void api_profile_show(struct engine *e, const struct call *c)
{
	const char *name = arg_text(c->params, "name");
	const struct library_file *file;
	const struct library *l;
	struct fault f;

	if (library_get(e, &l, &f) < 0) {
		session_fault(e, c->to, &f);
		return;
	}
	file = str_is_name(name, strlen(name)) ? file_of(l, name) : NULL;
	if (file) {
		session_reply(e, c->to,
			      json_pack("{s:s, s:o}", "file", file->name, "text",
					text_json(file->text, file->len)));
		return;
	}
	(void)fault_set(&f, -ENOENT, "engine.profile",
			"no unit of that name in the library; see cloister profile list");
	session_fault(e, c->to, &f);
}
