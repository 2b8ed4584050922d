/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_tenant_set.c - TenantSet: tenants by hand. Runs in: cloister-engine.
 * What is to be set comes as the text of a tenant file, so that values have one reader, the
 * compiler, whose answer was checked before it gets here (compile_out.c).
 */
#include "lib/asks/compile.h"
#include "lib/base/str.h"
#include "supervisor/engine/api.h"
#include "supervisor/engine/bundle.h"
#include "supervisor/engine/compile.h"
#include "supervisor/engine/compile_out.h"
#include "supervisor/engine/limits.h"
#include "supervisor/engine/tenants.h"
#include "supervisor/engine/text.h"

#include <errno.h>
#include <string.h>

enum { SETS_MAX = 8, WITHOUT_MAX = 16 };

static struct set {
	struct to to;
	bool used, create;
	char name[LABEL_MAX];
	json_t *without;
} sets[SETS_MAX];

/* The text's one tenant, or f. */
static const struct compile_tenant *only_tenant(const struct compile_view *v, const char *name,
						struct fault *f)
{
	if (v->out->ntenant == 1 && v->out->nworkload == 0 && v->out->nimage == 0 &&
	    strcmp(v->tenant[0].name, name) == 0)
		return &v->tenant[0];
	(void)fault_set(f, -EINVAL, "tenant.set", "the text is one tenant of that name, no more");
	return NULL;
}

static int set(struct engine *e, const struct set *s, const struct compile_view *v, struct fault *f)
{
	const struct compile_tenant *c = only_tenant(v, s->name, f);
	uint32_t n = tenant_find(e, s->name);
	struct tenant_row want = { 0 };
	int rc;

	if (!c)
		return f->err;
	if (s->create && n != ROW_NONE)
		return fault_set(f, -EEXIST, "tenant.add",
				 "there is a tenant %s; change it with 'cloister tenant set'",
				 s->name);
	if (!s->create && n == ROW_NONE)
		return fault_set(f, -ENOENT, "tenant.set", "no tenant %s", s->name);
	if (n != ROW_NONE)
		want = e->table->tenant[n];
	else
		tenant_default_ceiling(e, &want);
	(void)str_copy(want.name, sizeof(want.name), s->name); /* a label: the compiler's answer */
	rc = tenant_merge(&want, c, s->without, f);
	return rc < 0 ? rc : tenant_set(e, &want, f);
}

static void end(struct set *s)
{
	json_decref(s->without);
	*s = (struct set){ 0 };
}

/* The kernel has its limits, or f says which it refused: the row has them all the same. */
static void on_set(struct engine *e, uint64_t arg, const struct fault *f)
{
	struct set *s = &sets[arg];
	uint32_t n = tenant_find(e, s->name);
	struct fault gone;

	(void)fault_set(&gone, -ENOENT, "tenant.set", "the tenant was removed meanwhile");
	if (f || n == ROW_NONE)
		session_fault(e, s->to, f ? f : &gone);
	else
		session_reply(e, s->to, json_pack("{s:o}", "tenant", tenant_json(e, n)));
	end(s);
}

static void on_compiled(struct engine *e, uint64_t arg, const struct compile_view *v,
			struct fault *f)
{
	struct set *s = &sets[arg];

	if (v && !v->out->status && set(e, s, v, f) == 0) {
		tenant_set_then(e, (struct limits_done){ on_set, arg });
		return;
	}
	if (v && v->out->status)
		session_error(e, s->to, "io.cloister.BadInput",
			      json_pack("{s:s, s:o}", "message", "this is wrong; nothing changed",
					"diagnostics", diagnostics_json(v)));
	else
		session_fault(e, s->to, f);
	end(s);
}

void api_tenant_set(struct engine *e, const struct call *c)
{
	const char *name = arg_text(c->params, "tenant");
	struct compile_ask q = { .mode = COMPILE_APPLY, .bundle = session_bundle(e, c->to) };
	json_t *without = json_object_get(c->params, "without");
	struct set *s = sets;
	struct fault f;

	while (s < sets + SETS_MAX && s->used)
		s++;
	if (e->ending || s == sets + SETS_MAX) {
		session_refuse(e, c->to, "tenant.busy",
			       e->ending ? "the supervisor is being shut down"
					 : "others set tenants; try again in a moment",
			       NULL);
		return;
	}
	if (!str_is_label(name, strlen(name))) {
		session_refuse(
			e, c->to, "tenant.set",
			"a tenant's name is a small letter, then small letters, digits or -, "
			"31 in all",
			NULL);
		return;
	}
	if (!q.bundle || q.bundle->n != 1 || json_array_size(without) > WITHOUT_MAX) {
		session_refuse(e, c->to, "tenant.set", "one text, that was sent before, is needed",
			       NULL);
		return;
	}
	*s = (struct set){ .to = c->to,
			   .used = true,
			   .create = json_is_true(json_object_get(c->params, "create")),
			   .without = json_incref(without) };
	(void)str_copy(s->name, sizeof(s->name), name); /* a label */
	if (compile_begin(e, &q, (struct compile_done){ on_compiled, (uint64_t)(s - sets) }, &f) ==
	    0)
		return;
	end(s);
	session_fault(e, c->to, &f);
}
