/* SPDX-License-Identifier: Apache-2.0 */
/*
 * args.c - arguments of a call that name something. Runs in: cloister-engine.
 */
#include "lib/base/str.h"
#include "supervisor/engine/session.h"
#include "supervisor/engine/text.h"
#include "supervisor/engine/who.h"

#include <errno.h>
#include <string.h>

const char *arg_text(json_t *params, const char *key)
{
	return params ? json_string_value(json_object_get(params, key)) : NULL;
}

uint16_t arg_u16(json_t *params, const char *key)
{
	json_int_t v = params ? json_integer_value(json_object_get(params, key)) : 0;

	return v < 0 || v > UINT16_MAX ? 0 : (uint16_t)v;
}

void no_tenant(struct fault *f)
{
	(void)fault_set(f, -ENOENT, "engine.name", "no such tenant; see cloister tenant list");
}

uint32_t arg_tenant(struct engine *e, const struct call *c, struct fault *f)
{
	const char *name = arg_text(c->params, "tenant");
	uint32_t t = name && str_is_label(name, strlen(name)) ? tenant_find(e, name) : ROW_NONE;

	if (t != ROW_NONE && !who_sees(e, c->who, t))
		t = ROW_NONE;
	if (t == ROW_NONE)
		no_tenant(f);
	return t;
}

uint32_t arg_workload(struct engine *e, json_t *params, struct fault *f)
{
	const char *tenant = arg_text(params, "tenant"), *name = arg_text(params, "name");
	uint32_t t, w;

	if (!tenant || !name || !str_is_label(tenant, strlen(tenant)) ||
	    !str_is_label(name, strlen(name))) {
		(void)fault_set(
			f, -EINVAL, "engine.name",
			"a name is a small letter, then small letters, digits or -, 31 in all");
		return ROW_NONE;
	}
	t = tenant_find(e, tenant);
	w = t == ROW_NONE ? ROW_NONE : workload_find(e, t, name);
	if (w == ROW_NONE)
		(void)fault_set(f, -ENOENT, "engine.name",
				"no workload %s/%s; see cloister workload list", tenant, name);
	return w;
}
