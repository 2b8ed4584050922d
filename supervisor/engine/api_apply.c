/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_apply.c - Apply: compile all, list the changes, have them carried out.
 * Runs in: cloister-engine. One error in the files, or an image that is missing, and nothing
 * changes.
 */
#include "supervisor/engine/api.h"
#include "lib/asks/compile.h"
#include "supervisor/engine/apply_do.h"
#include "supervisor/engine/bundle.h"
#include "supervisor/engine/compile.h"
#include "supervisor/engine/compile_out.h"
#include "supervisor/engine/text.h"

#include <errno.h>

static struct apply_job job;

static void give_up(struct engine *e, const struct fault *f)
{
	job.used = false;
	json_decref(TAKE_PTR(job.images));
	json_decref(TAKE_PTR(job.diagnostics));
	session_fault(e, job.to, f);
}

static void lacks_images(struct engine *e, json_t *missing)
{
	job.used = false;
	session_error(e, job.to, "io.cloister.Refused",
		      json_pack("{s:s, s:s, s:o, s:o, s:o}", "message",
				"images are missing; build them, then apply again", "site",
				"apply.images", "missing_images", missing, "images",
				TAKE_PTR(job.images), "diagnostics", TAKE_PTR(job.diagnostics)));
}

static void on_compiled(struct engine *e, uint64_t arg, const struct compile_view *v,
			struct fault *f)
{
	struct bundle *b = session_bundle(e, job.to);
	json_t *missing;

	(void)arg;
	if (!v || !b) {
		if (!b)
			(void)fault_set(f, -ECANCELED, "apply.client", "the client went away");
		give_up(e, f);
		return;
	}
	if (v->out->status) {
		job.used = false;
		session_error(e, job.to, "io.cloister.BadInput",
			      json_pack("{s:s, s:o}", "message",
					"the files have errors; nothing changed", "diagnostics",
					diagnostics_json(v)));
		return;
	}
	job.images = image_units_json(e, v);
	job.diagnostics = diagnostics_json(v);
	if (apply_diff(e, &job.list, v, b, f) < 0) {
		give_up(e, f);
		return;
	}
	missing = missing_json(e, v);
	if (job.dry) {
		job.used = false;
		pages_reply(e, job.to, "changes", changes_json(&job.list),
			    json_pack("{s:o, s:o, s:o}", "missing_images", missing, "images",
				      TAKE_PTR(job.images), "diagnostics",
				      TAKE_PTR(job.diagnostics)));
	} else if (json_array_size(missing)) {
		lacks_images(e, missing);
	} else {
		json_decref(missing);
		bundle_fini(b);
		if (apply_begin(e, &job, f) < 0)
			give_up(e, f);
	}
}

void api_apply(struct engine *e, const struct call *c)
{
	struct compile_ask q = { .mode = COMPILE_APPLY, .bundle = session_bundle(e, c->to) };
	struct fault f;

	if (job.used || e->ending) {
		session_refuse(e, c->to, "apply.busy",
			       e->ending ? "the supervisor is being shut down"
					 : "another apply is going on",
			       NULL);
		return;
	}
	if (!q.bundle || q.bundle->n == 0) {
		session_refuse(e, c->to, "apply.text", "no file to apply",
			       "send them by Text first");
		return;
	}
	job.used = true;
	job.dry = json_is_true(c->params ? json_object_get(c->params, "dry_run") : NULL);
	job.to = c->to;
	job.at = job.failed = 0;
	if (compile_begin(e, &q, (struct compile_done){ on_compiled, 0 }, &f) < 0)
		give_up(e, &f);
}
