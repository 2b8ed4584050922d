/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limits.c - limits of a workload changed while it runs. Runs in: cloister-engine.
 * spawn takes them from a plan that it has checked, never as a number from us (I3).
 */
#include "supervisor/engine/limits.h"
#include "lib/asks/spawn.h"
#include "lib/base/fd.h"
#include "supervisor/engine/events.h"
#include "supervisor/engine/life.h"
#include "supervisor/engine/peers.h"
#include "supervisor/engine/plans.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { CHANGES_AT_ONCE = 16, TEXT_MAX = 160 };

static struct change {
	bool used, asked;
	uint32_t w, tenant, life; /* of its row when it began */
	uint8_t plan[DIGEST_LEN];
	struct limits_done done;
} changes[CHANGES_AT_ONCE];

/* ---- comparing ---- */

static struct plan_bytes map(struct engine *e, const uint8_t digest[DIGEST_LEN])
{
	const struct plan_item *p = plans_find(e, digest);
	struct plan_bytes b = { NULL, 0 };
	struct fault f;
	int n = p ? plan_map(p, &b.p, &f) : -ENOENT;

	b.n = n < 0 ? 0 : (size_t)n;
	return b;
}

static void unmap(struct plan_bytes b)
{
	if (b.p)
		sealed_unmap(b.p, b.n);
}

enum plan_change limits_compare(struct engine *e, const uint8_t old[DIGEST_LEN],
				const uint8_t new[DIGEST_LEN], char *text, size_t cap)
{
	struct plan_bytes a = map(e, old), b = map(e, new);
	enum plan_change is = PLAN_RESTART;

	if (a.p && b.p)
		is = plan_compare(a, b, text, cap);
	else
		(void)snprintf(text, cap, "the plan that it runs under is gone");
	unmap(a);
	unmap(b);
	return is;
}

/* ---- changing ---- */

static void finish(struct engine *e, struct change *c, const struct fault *f)
{
	struct limits_done done = c->done;

	c->used = false;
	done.fn(e, done.arg, f);
}

static void ended(struct engine *e, struct change *c)
{
	struct fault f;

	(void)fault_set(&f, -ESTALE, "limits.set", "it ended meanwhile; apply again");
	finish(e, c, &f);
}

static bool is_there(const struct engine *e, const struct change *c)
{
	const struct workload_row *row = &e->table->workload[c->w];

	return workload_used(e, c->w) && row->life == c->life && row->want == WANT_RUN &&
	       row->have & STEP_BIT(STEP_START);
}

/* From here its plan is the new one: what the engine itself keeps of it goes along. */
static void take_plan(struct engine *e, struct change *c)
{
	struct workload_row *row = &e->table->workload[c->w];
	const struct plan_item *p = plans_find(e, c->plan);
	char text[TEXT_MAX];

	(void)limits_compare(e, row->plan, c->plan, text, sizeof(text));
	memcpy(row->plan, c->plan, DIGEST_LEN);
	if (p)
		row->stop_ns = p->stop_ns;
	watch_end(e, c->w);
	watch_begin(e, c->w);
	if (text[0])
		event_workload(e, c->w, EVENT_LIMITS, "%s", text);
}

static void on_set(struct engine *e, uint64_t arg, struct reply *r)
{
	struct change *c = &changes[arg];

	if (!is_there(e, c)) {
		ended(e, c);
	} else if (r->code < 0) {
		limits_busy(&r->fault);
		event_workload(e, c->w, EVENT_LIMITS, "refused: %s", r->fault.msg);
		finish(e, c, &r->fault);
	} else {
		take_plan(e, c);
		finish(e, c, NULL);
	}
}

static void set(struct engine *e, struct change *c, uint32_t load)
{
	const struct workload_row *row = &e->table->workload[c->w];
	struct spawn_cgroup_limits q = { .t = e->table->tenant[row->tenant].ref,
					 .cgroup = row->cgroup,
					 .plan = e->table->load[load].slot };

	c->asked = true;
	PEERS_ASK(e, WORKER_SPAWN, SPAWN_CGROUP_LIMITS, &q, -1,
		  ((struct answer){ on_set, (uint64_t)(c - changes) }));
}

void limits_loaded(struct engine *e, uint32_t tenant, const uint8_t *digest, const struct fault *f)
{
	for (struct change *c = changes; c < changes + CHANGES_AT_ONCE; c++) {
		uint32_t load = load_find(e, tenant, digest);

		if (!c->used || c->asked || c->tenant != tenant ||
		    memcmp(c->plan, digest, DIGEST_LEN) != 0)
			continue;
		if (f)
			finish(e, c, f);
		else if (load == ROW_NONE || !is_there(e, c))
			ended(e, c);
		else
			set(e, c, load);
	}
}

void limits_change(struct engine *e, uint32_t w, const uint8_t plan[DIGEST_LEN],
		   struct limits_done done)
{
	struct workload_row *row = &e->table->workload[w];
	struct change *c = changes;
	uint32_t load;
	struct fault f;

	while (c < changes + CHANGES_AT_ONCE && c->used)
		c++;
	if (c == changes + CHANGES_AT_ONCE) {
		(void)fault_set(&f, -EAGAIN, "limits.set", "too many changes at once; try again");
		done.fn(e, done.arg, &f);
		return;
	}
	*c = (struct change){
		.used = true, .w = w, .tenant = row->tenant, .life = row->life, .done = done
	};
	memcpy(c->plan, plan, DIGEST_LEN);
	load = load_find(e, row->tenant, plan);
	if (!is_there(e, c))
		ended(e, c);
	else if (load != ROW_NONE && e->table->load[load].state == MADE)
		set(e, c, load);
	else if (load == ROW_NONE || e->table->load[load].state == MADE_NOT)
		make_load(e, row->tenant, plan);
	/* else it is on its way: limits_loaded() hears of it */
}
