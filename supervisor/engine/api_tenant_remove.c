/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_tenant_remove.c - TenantRemove: its workloads first, then all that is held for it.
 * Runs in: cloister-engine.
 */
#include "supervisor/engine/api.h"
#include "supervisor/engine/life.h"
#include "supervisor/engine/tenants.h"
#include "supervisor/engine/text.h"
#include "supervisor/engine/waits.h"

#include <errno.h>
#include <string.h>
#include <systemd/sd-event.h>

enum { REMOVES_MAX = 8 };

static struct removal {
	struct engine *e;
	struct to to;
	sd_event_source *next;
	uint32_t tenant, life; /* row */
	bool used;
	json_t *names;
} removals[REMOVES_MAX];

static void removal_end(struct engine *e, struct removal *r)
{
	const struct tenant_row *t = &e->table->tenant[r->tenant];
	struct removal copy = *r;
	bool applied = tenant_is_applied(t);
	struct fault f;

	*r = (struct removal){ 0 };
	if (t->life != copy.life || !t->name[0])
		(void)fault_set(&f, -ENOENT, "tenant.remove", "it was removed meanwhile");
	else if (tenant_remove(e, t->name, &f) == 0) {
		pages_reply(e, copy.to, "removed", copy.names,
			    json_pack("{s:b}", "applied", applied));
		return;
	}
	json_decref(copy.names);
	session_fault(e, copy.to, &f);
}

static uint32_t any_of(const struct engine *e, uint32_t tenant)
{
	uint32_t w = 0;

	while (w < WORKLOAD_ROWS &&
	       !(workload_used(e, w) && e->table->workload[w].tenant == tenant))
		w++;
	return w;
}

static void removal_next(struct engine *e, uint64_t arg, uint32_t w, bool late);

/* One after the other; all of them were told to end before. */
static void removal_go_on(struct engine *e, struct removal *r)
{
	uint32_t w = any_of(e, r->tenant);
	struct fault f;

	if (w == WORKLOAD_ROWS) {
		removal_end(e, r);
	} else if (waits_workload(e, w, UNTIL_GONE, 0,
				  (struct workload_wait){ removal_next, (uint64_t)(r - removals) },
				  &f) < 0) {
		session_fault(e, r->to, &f);
		json_decref(r->names);
		*r = (struct removal){ 0 };
	}
}

static int on_freed(sd_event_source *src, void *data)
{
	struct removal *r = data;

	(void)src;
	r->next = sd_event_source_disable_unref(r->next);
	removal_go_on(r->e, r);
	return 0;
}

/* w is about to be freed, not yet: its row is looked at again from the loop. */
static void removal_next(struct engine *e, uint64_t arg, uint32_t w, bool late)
{
	struct removal *r = &removals[arg];
	struct fault f;

	(void)w;
	(void)late;
	if (sd_event_add_defer(e->loop, &r->next, on_freed, r) >= 0)
		return;
	(void)fault_set(&f, -ENOMEM, "tenant.remove", "out of memory");
	session_fault(e, r->to, &f);
	json_decref(r->names);
	*r = (struct removal){ 0 };
}

static void stop_all(struct engine *e, struct removal *r)
{
	for (uint32_t w = 0; w < WORKLOAD_ROWS; w++) {
		const struct workload_row *row = &e->table->workload[w];

		if (!workload_used(e, w) || row->tenant != r->tenant)
			continue;
		DROP(json_array_append_new(
			r->names,
			json_sprintf("%s/%s", e->table->tenant[r->tenant].name, row->name)));
		if (row->kind == KIND_RUN)
			life_kill(e, w, WF_HELD);
		else
			life_stop(e, w, WF_HELD | WF_REMOVE);
	}
}

void api_tenant_remove(struct engine *e, const struct call *c)
{
	struct removal *r = removals;
	struct fault f;
	uint32_t t = arg_tenant(e, c, &f);
	uint32_t n = t == ROW_NONE ? 0 : tenant_count(e, t);

	while (r < removals + REMOVES_MAX && r->used)
		r++;
	if (t != ROW_NONE && r == removals + REMOVES_MAX) {
		(void)fault_set(&f, -EAGAIN, "tenant.remove",
				"others remove tenants; try again in a moment");
		t = ROW_NONE;
	}
	if (t != ROW_NONE && n && !json_is_true(json_object_get(c->params, "with_workloads"))) {
		(void)fault_set(&f, -EBUSY, "tenant.remove",
				"it has %u workload%s; stop and remove them too with --force", n,
				n == 1 ? "" : "s");
		t = ROW_NONE;
	}
	if (t == ROW_NONE) {
		session_fault(e, c->to, &f);
		return;
	}
	*r = (struct removal){ .e = e,
			       .to = c->to,
			       .tenant = t,
			       .life = e->table->tenant[t].life,
			       .used = true,
			       .names = json_array() };
	stop_all(e, r);
	removal_go_on(e, r);
}
