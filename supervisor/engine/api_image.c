/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_image.c - images by name. Runs in: cloister-engine.
 */
#include "supervisor/engine/api.h"
#include "lib/base/str.h"
#include "supervisor/engine/image_build.h"
#include "supervisor/engine/images.h"
#include "supervisor/engine/plans.h"
#include "supervisor/engine/tenants.h"
#include "supervisor/engine/text.h"

#include <errno.h>
#include <string.h>

static const char *bad_call(const struct engine *e, const struct call *c)
{
	const char *name = arg_text(c->params, "name"), *inputs = arg_text(c->params, "inputs");
	uint8_t scratch[INPUTS_LEN / 2];

	if (!c->more)
		return "ImageBegin needs \"more\": it replies twice";
	if (!str_is_label(name, strlen(name)) || strcmp(name, "host") == 0 ||
	    strcmp(name, "root") == 0)
		return "an image's name is a small letter, then small letters, digits or -, not "
		       "host or root";
	if (strlen(inputs) != INPUTS_LEN || str_unhex(scratch, inputs, sizeof(scratch)) < 0)
		return "inputs is 64 hex digits";
	return e->ending ? "the supervisor is being shut down" : NULL;
}

void api_image_begin(struct engine *e, const struct call *c)
{
	const char *bad = bad_call(e, c);
	struct fault f;

	if (bad)
		session_refuse(e, c->to, "image.begin", bad, NULL);
	else if (image_build_begin(e, c->to, arg_text(c->params, "name"),
				   arg_text(c->params, "inputs"), &f) < 0)
		session_fault(e, c->to, &f);
}

static uint32_t attached(const struct engine *e, const uint8_t digest[DIGEST_LEN])
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < ATTACH_ROWS; i++)
		n += e->table->attach[i].state == MADE &&
		     memcmp(e->table->attach[i].digest, digest, DIGEST_LEN) == 0;
	return n;
}

static json_t *image_json(const struct engine *e, const struct image_row *row)
{
	char hex[2 * DIGEST_LEN + 1];

	str_hex(hex, row->digest, DIGEST_LEN);
	return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I}", "name", row->name, "digest", hex,
			 "inputs", row->inputs, "bytes", (json_int_t)row->bytes, "built",
			 (json_int_t)(row->built / 1000000), "attached",
			 (json_int_t)attached(e, row->digest));
}

/* "tenant/name" of every workload whose plan has this image. */
static json_t *users_json(struct engine *e, const uint8_t digest[DIGEST_LEN])
{
	json_t *list = json_array();

	for (uint32_t w = 0; list && w < WORKLOAD_ROWS; w++) {
		const struct workload_row *row = &e->table->workload[w];
		const struct plan_item *p = workload_used(e, w) ? plans_find(e, row->plan) : NULL;

		for (uint32_t i = 0; p && i < p->nimage; i++)
			if (memcmp(p->image[i], digest, DIGEST_LEN) == 0)
				DROP(json_array_append_new(
					list,
					json_sprintf("%s/%s", e->table->tenant[row->tenant].name,
						     row->name)));
	}
	return list;
}

void api_image_show(struct engine *e, const struct call *c)
{
	const char *name = arg_text(c->params, "name");
	const struct image_row *row =
		str_is_label(name, strlen(name)) ? images_find(e, name) : NULL;
	struct fault f;

	if (row) {
		pages_reply(e, c->to, "workloads", users_json(e, row->digest),
			    json_pack("{s:o}", "image", image_json(e, row)));
		return;
	}
	(void)fault_set(&f, -ENOENT, "image.show", "no such image; see cloister image list");
	session_fault(e, c->to, &f);
}

void api_image_list(struct engine *e, const struct call *c)
{
	json_t *list = json_array();

	for (uint32_t i = 0; list && i < e->images->n; i++)
		DROP(json_array_append_new(list, image_json(e, &e->images->row[i])));
	pages_reply(e, c->to, "images", list, NULL);
}

void api_image_remove(struct engine *e, const struct call *c)
{
	const char *name = arg_text(c->params, "name");
	const struct image_row *row =
		str_is_label(name, strlen(name)) ? images_find(e, name) : NULL;
	uint8_t digest[DIGEST_LEN];
	struct fault f;

	if (row)
		tenants_detach(e, row->digest);
	if (row && attached(e, row->digest)) {
		session_refuse(e, c->to, "image.remove", "a tenant has this image attached",
			       "stop its workloads first");
		return;
	}
	if (row)
		memcpy(digest, row->digest, sizeof(digest));
	else
		(void)fault_set(&f, -ENOENT, "image.remove",
				"no such image; see cloister image list");
	if (!row || images_drop(e, name, &f) < 0) {
		session_fault(e, c->to, &f);
		return;
	}
	image_forget(e, digest);
	session_reply(e, c->to, NULL);
}
