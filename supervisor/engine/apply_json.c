/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apply_json.c - what an apply answers. Runs in: cloister-engine.
 */
#include "supervisor/engine/apply_do.h"
#include "supervisor/engine/compile_out.h"
#include "supervisor/engine/images.h"
#include "supervisor/engine/text.h"

#include <stdio.h>
#include <string.h>

void change_object(const struct change *c, char *dst, size_t cap)
{
	if (c->action == CHANGE_IMAGE)
		(void)snprintf(dst, cap, "image %s", c->name);
	else
		(void)snprintf(dst, cap, "%s%s%s", c->tenant_name, c->name[0] ? "/" : "", c->name);
}

json_t *changes_json(const struct apply *a)
{
	json_t *list = json_array();

	for (uint32_t i = 0; list && i < a->n; i++) {
		const struct change *c = &a->change[i];
		char object[2 * LABEL_MAX + 8];

		change_object(c, object, sizeof(object));
		DROP(json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:o}", "action", change_name(c->action), "object",
				  object, "detail", text_json(c->detail, strlen(c->detail)))));
	}
	return list;
}

/* n strings, NUL-ended, one behind the other; the view was checked. */
static json_t *strings_json(const struct compile_view *v, struct compile_text t, uint32_t n)
{
	const char *s = compile_view_text(v, t);
	json_t *list = json_array();

	for (uint32_t i = 0; list && i < n; i++) {
		DROP(json_array_append_new(list, text_json(s, strlen(s))));
		s += strlen(s) + 1;
	}
	return list;
}

static json_t *unit_json(const struct engine *e, const struct compile_view *v,
			 const struct compile_image_unit *u)
{
	const struct image_row *row = images_find(e, u->name);
	const char *file = compile_view_text(v, u->file);

	return json_pack("{s:s, s:o, s:I, s:o, s:o, s:b, s:s*}", "name", u->name, "file",
			 text_json(file, strlen(file)), "line", (json_int_t)u->line, "packages",
			 strings_json(v, u->packages, u->npackage), "dirs",
			 strings_json(v, u->dirs, u->ndir), "missing", !row, "inputs",
			 row ? row->inputs : NULL);
}

json_t *image_units_json(const struct engine *e, const struct compile_view *v)
{
	json_t *list = json_array();

	for (uint32_t i = 0; list && i < v->out->nimage; i++)
		DROP(json_array_append_new(list, unit_json(e, v, &v->image[i])));
	return list;
}

static const struct compile_image_unit *unit_of(const struct compile_view *v, const char *name)
{
	for (uint32_t i = 0; i < v->out->nimage; i++)
		if (strcmp(v->image[i].name, name) == 0)
			return &v->image[i];
	return NULL;
}

static bool listed(const json_t *list, const char *name)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *have =
			json_string_value(json_object_get(json_array_get(list, i), "name"));

		if (have && strcmp(have, name) == 0)
			return true;
	}
	return false;
}

static void add_missing(const struct engine *e, const struct compile_view *v,
			const struct compile_workload *w, json_t *list)
{
	const char *name = compile_view_text(v, w->images);
	const char *file = compile_view_text(v, w->file);

	for (uint32_t i = 0; i < w->nmissing; i++, name += strlen(name) + 1) {
		const struct compile_image_unit *u = unit_of(v, name);

		if (listed(list, name))
			continue;
		DROP(json_array_append_new(list,
					   u ? unit_json(e, v, u)
					     : json_pack("{s:o, s:o, s:I, s:[], s:[], s:b}", "name",
							 text_json(name, strlen(name)), "file",
							 text_json(file, strlen(file)), "line",
							 (json_int_t)w->line, "packages", "dirs",
							 "missing", 1)));
	}
}

json_t *missing_json(const struct engine *e, const struct compile_view *v)
{
	json_t *list = json_array();

	for (uint32_t i = 0; list && i < v->out->nworkload; i++)
		add_missing(e, v, &v->workload[i], list);
	return list;
}
