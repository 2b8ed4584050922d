/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_image.c - images: build, list, remove. Runs in: cloister.
 */
#include "cli/ask.h"
#include "cli/cmds.h"
#include "cli/list.h"
#include "cli/image.h"
#include "cli/print.h"
#include "cli/table.h"
#include "cli/units.h"
#include "cli/workloads.h"

#include <inttypes.h>
#include <unistd.h>

enum { DIGEST_SHOWN = 16 };

int cmd_image_build(struct cmd *c)
{
	AUTO(image_recipe_fini)
	struct image_recipe r = { .name = args_word(&c->args, 0),
				  .installed = cmd_has(c, OPT_INSTALLED) };

	if (c->args.many_count == 0) {
		say_error("image build",
			  "nothing to build it from; give --package PKG or --dir DIR");
		return EXITS_USAGE;
	}
	for (size_t i = 0; i < c->args.many_count; i++) {
		const struct args_many *m = &c->args.many[i];

		if (image_recipe_add(&r, m->opt == OPT_DIR ? IMAGE_DIR : IMAGE_PACKAGE, m->value) <
		    0) {
			say_error("image build", "too many packages or directories for one image");
			return EXITS_USAGE;
		}
	}
	return image_build(&r, IMAGE_ALWAYS);
}

static void image_row(struct table *t, const json_t *o)
{
	struct units built = units_since(client_u64(o, "built"));

	table_cell(t, "%s", client_str(o, "name", "?"));
	table_cell(t, "%s", units_bytes(client_u64(o, "bytes")).s);
	table_cell(t, "%" PRIu64, client_u64(o, "attached"));
	table_cell(t, "%s%s", built.s, built.s[0] ? " ago" : "");
	table_cell(t, "%.*s", DIGEST_SHOWN, client_str(o, "digest", "?"));
}

int cmd_image_list(struct cmd *c)
{
	static const struct column column[] = {
		{ "IMAGE", false, true, NULL },	   { "SIZE", true, false, NULL },
		{ "ATTACHED", true, false, NULL }, { "BUILT", true, false, NULL },
		{ "DIGEST", false, false, NULL },
	};
	static const struct list list = { "image list", "ImageList",	   "images",
					  column,	ARRAY_LEN(column), image_row };

	return list_show(c, &list);
}

int cmd_image_show(struct cmd *c)
{
	AUTO_REPLY struct client_reply r;
	AUTO_TEXT struct text t = { 0 };
	AUTO_TEXT struct text used = { 0 };
	const json_t *o;
	int e;

	client_reply_init(&r);
	e = ask_pages("image show", "ImageShow", json_pack("{s:s}", "name", args_word(&c->args, 0)),
		      "workloads", &r);
	if (e != EXITS_DONE)
		return e;
	if (cmd_has(c, OPT_JSON))
		return ask_json(r.params);
	o = json_object_get(r.params, "image");
	words_join(&used, json_object_get(r.params, "workloads"));
	sheet_line(&t, "image", client_str(o, "name", "?"));
	sheet_line(&t, "digest", client_str(o, "digest", "?"));
	sheet_line(&t, "built from", client_str(o, "inputs", "?"));
	sheet_line(&t, "size", units_bytes(client_u64(o, "bytes")).s);
	sheet_line(&t, "built", units_since(client_u64(o, "built")).s);
	sheet_line(&t, "used by", used.p ? used.p : "no workload");
	return print_out(&t);
}

int cmd_image_remove(struct cmd *c)
{
	AUTO_REPLY struct client_reply r;

	client_reply_init(&r);
	return ask("image remove", "ImageRemove",
		   json_pack("{s:s}", "name", args_word(&c->args, 0)), &r);
}
