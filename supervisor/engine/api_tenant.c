/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_tenant.c - TenantList, TenantShow. Runs in: cloister-engine.
 */
#include "supervisor/engine/api.h"
#include "lib/asks/compile.h"
#include "lib/plan/feature.h"
#include "lib/plan/plan.h"
#include "supervisor/engine/limits.h"
#include "supervisor/engine/stats.h"
#include "supervisor/engine/steps.h"
#include "supervisor/engine/tenants.h"
#include "supervisor/engine/text.h"

#include <errno.h>
#include <string.h>

static json_t *limit_json(const struct limit_row *l)
{
	json_t *o = json_pack("{s:s}", "knob", knob_name(l->knob));

	/* absent: no limit */
	if (o && l->v[0] <= INT64_MAX)
		DROP(json_object_set_new(o, "value", json_integer((json_int_t)l->v[0])));
	if (o && l->knob == KNOB_CPU_MAX && l->v[1] <= INT64_MAX)
		DROP(json_object_set_new(o, "period", json_integer((json_int_t)l->v[1])));
	return o;
}

static json_t *features_json(uint64_t off)
{
	json_t *list = json_array();

	for (uint32_t i = 0; list && i < FEAT__COUNT; i++)
		if (off & FEAT_BIT(i))
			DROP(json_array_append_new(list, json_string(feature_table[i].name)));
	return list;
}

static json_t *people_json(const struct tenant_row *t)
{
	json_t *list = json_array();

	for (uint32_t i = 0; list && i < t->npeople && i < TENANT_PEOPLE; i++)
		DROP(json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:I}", "role",
				  t->people[i].flags & PERSON_EDITS ? "editor" : "viewer", "kind",
				  t->people[i].flags & PERSON_GROUP ? "group" : "user", "id",
				  (json_int_t)t->people[i].id)));
	return list;
}

bool tenant_is_applied(const struct tenant_row *t)
{
	static const uint8_t none[ORIGIN_LEN];

	return memcmp(t->origin, none, sizeof(none)) != 0;
}

json_t *tenant_json(const struct engine *e, uint32_t n)
{
	const struct tenant_row *t = &e->table->tenant[n];
	json_t *ceilings = json_array(), *limits = json_array(), *o;

	for (uint32_t i = 0; ceilings && i < t->nceiling; i++)
		DROP(json_array_append_new(ceilings, json_string(t->ceiling[i])));
	for (uint32_t i = 0; limits && i < t->nlimit; i++)
		DROP(json_array_append_new(limits, limit_json(&t->limit[i])));
	o = json_pack("{s:s, s:o, s:I, s:o, s:o, s:o, s:b}", "name", t->name, "ceilings", ceilings,
		      "workloads", (json_int_t)tenant_count(e, n), "limits", limits, "features_off",
		      features_json(t->features_off), "people", people_json(t), "applied",
		      tenant_is_applied(t));
	/* bound with its first start */
	if (o && t->have & STEP_BIT(STEP_BIND))
		DROP(json_object_update_new(
			o, json_pack("{s:I, s:I}", "index", (json_int_t)t->ref.index, "uid_base",
				     (json_int_t)UID_BASE +
					     (json_int_t)t->ref.index * IDS_PER_TENANT)));
	return o;
}

void api_tenant_list(struct engine *e, const struct call *c)
{
	json_t *list = json_array();

	for (uint32_t i = 0; list && i < e->table->ntenant; i++)
		if (e->table->tenant[i].name[0] && session_sees(e, c->to, i))
			DROP(json_array_append_new(list, tenant_json(e, i)));
	pages_reply(e, c->to, "tenants", list, NULL);
}

/* The tenant that was asked for (the life of its row, and the row), after the figures came. */
static void show(struct engine *e, struct to to, uint64_t which)
{
	uint32_t tenant = (uint32_t)which;
	const struct tenant_row *t = &e->table->tenant[tenant];
	struct fault f;

	/* nor is it shown to one who may not see it any more */
	if (t->name[0] && t->life == which >> 32 && session_sees(e, to, tenant)) {
		pages_reply(e, to, "workloads", workload_rows(e, to, tenant),
			    json_pack("{s:o}", "tenant", tenant_json(e, tenant)));
		return;
	}
	(void)fault_set(&f, -ENOENT, "tenant.show", "it was removed meanwhile");
	session_fault(e, to, &f);
}

void api_tenant_show(struct engine *e, const struct call *c)
{
	struct fault f;
	uint32_t t = arg_tenant(e, c, &f);

	if (t == ROW_NONE)
		session_fault(e, c->to, &f);
	else
		stats_then(e, c->to, (uint64_t)e->table->tenant[t].life << 32 | t, show);
}
