/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stats.c - memory and processes of live workloads. Runs in: cloister-engine.
 */
#include "supervisor/engine/stats.h"
#include "lib/asks/spawn.h"
#include "supervisor/engine/life.h"
#include "supervisor/engine/peers.h"

enum { GATHERS_MAX = 16, ASKED_MAX = 128 };

struct gather {
	void (*fn)(struct engine *e, struct to to, uint32_t tenant);
	struct to to;
	uint32_t tenant, left;
};

static struct gather gathers[GATHERS_MAX];

static void done(struct engine *e, struct gather *g)
{
	struct gather copy = *g;

	g->fn = NULL;
	copy.fn(e, copy.to, copy.tenant);
}

static void on_stat(struct engine *e, uint64_t arg, struct reply *r)
{
	struct gather *g = &gathers[arg >> 16 & 0xff];
	uint32_t w = (uint32_t)arg & 0xffff;

	if (r->code >= 0 && e->table->workload[w].life == arg >> 32) {
		e->live[w].memory = r->value[0];
		e->live[w].memory_peak = r->value[1];
		e->live[w].pids = r->value[2];
		e->live[w].ready = r->value[3] >> 32 & 1;
	}
	if (--g->left == 0)
		done(e, g);
}

static bool wanted(const struct engine *e, uint32_t w, uint32_t tenant)
{
	const struct workload_row *row = &e->table->workload[w];

	return workload_used(e, w) && row->have & STEP_BIT(STEP_START) &&
	       (tenant == ROW_NONE || row->tenant == tenant);
}

void stats_then(struct engine *e, struct to to, uint32_t tenant,
		void (*fn)(struct engine *e, struct to to, uint32_t tenant))
{
	struct gather *g = gathers;

	while (g < gathers + GATHERS_MAX && g->fn)
		g++;
	if (g == gathers + GATHERS_MAX) {
		fn(e, to, tenant);
		return;
	}
	/* one more than is asked for: answers that come at once must not end it early */
	*g = (struct gather){ fn, to, tenant, 1 };
	for (uint32_t w = 0; w < WORKLOAD_ROWS && g->left <= ASKED_MAX; w++) {
		const struct workload_row *row = &e->table->workload[w];
		struct spawn_slot q;

		if (!wanted(e, w, tenant))
			continue;
		q = (struct spawn_slot){ .t = e->table->tenant[row->tenant].ref, .s = row->cgroup };
		g->left++;
		PEERS_ASK(e, WORKER_SPAWN, SPAWN_CGROUP_STAT, &q, -1,
			  ((struct answer){ on_stat, (uint64_t)row->life << 32 |
							     (uint64_t)(g - gathers) << 16 | w }));
	}
	if (--g->left == 0)
		done(e, g);
}
