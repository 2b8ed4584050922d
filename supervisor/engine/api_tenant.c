/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_tenant.c - TenantList. Runs in: cloister-engine.
 */
#include "supervisor/engine/api.h"
#include "lib/plan/plan.h"
#include "supervisor/engine/steps.h"
#include "supervisor/engine/workloads.h"

static const char *const knob_names[KNOB__COUNT] = {
	[KNOB_MEMORY_MAX] = "memory",	 [KNOB_MEMORY_HIGH] = "memory.high",
	[KNOB_SWAP_MAX] = "swap",	 [KNOB_OOM_GROUP] = "oom.group",
	[KNOB_CPU_MAX] = "cpu",		 [KNOB_CPU_WEIGHT] = "cpu.weight",
	[KNOB_PIDS_MAX] = "pids",	 [KNOB_HUGETLB_2MB] = "hugepages",
	[KNOB_IO_RBPS] = "io.read",	 [KNOB_IO_WBPS] = "io.write",
	[KNOB_IO_RIOPS] = "io.read-ops", [KNOB_IO_WIOPS] = "io.write-ops",
};

static json_t *limit_json(const struct limit_row *l)
{
	json_t *o = json_pack("{s:s}", "knob", l->knob < KNOB__COUNT ? knob_names[l->knob] : "?");

	/* absent: no limit */
	if (o && l->v[0] <= INT64_MAX)
		DROP(json_object_set_new(o, "value", json_integer((json_int_t)l->v[0])));
	if (o && l->knob == KNOB_CPU_MAX)
		DROP(json_object_set_new(o, "period", json_integer((json_int_t)l->v[1])));
	return o;
}

static json_t *tenant_json(const struct engine *e, uint32_t n)
{
	const struct tenant_row *t = &e->table->tenant[n];
	json_t *ceilings = json_array(), *limits = json_array(), *o;

	for (uint32_t i = 0; ceilings && i < t->nceiling; i++)
		DROP(json_array_append_new(ceilings, json_string(t->ceiling[i])));
	for (uint32_t i = 0; limits && i < t->nlimit; i++)
		DROP(json_array_append_new(limits, limit_json(&t->limit[i])));
	o = json_pack("{s:s, s:o, s:I, s:o}", "name", t->name, "ceilings", ceilings, "workloads",
		      (json_int_t)tenant_count(e, n), "limits", limits);
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
		if (e->table->tenant[i].name[0])
			DROP(json_array_append_new(list, tenant_json(e, i)));
	session_reply(e, c->to, json_pack("{s:o}", "tenants", list));
}
