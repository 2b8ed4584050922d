/* SPDX-License-Identifier: Apache-2.0 */
/*
 * again.c - whether and when a service begins anew. Runs in: cloister-engine.
 */
#include "lib/asks/compile.h"
#include "lib/base/clock.h"
#include "supervisor/engine/backoff.h"
#include "supervisor/engine/events.h"
#include "supervisor/engine/life.h"
#include "supervisor/engine/reasons.h"

#include <systemd/sd-event.h>

static struct bucket restarts[TENANT_ROWS];

bool again_is_due(const struct engine *e, const struct workload_row *row)
{
	if (e->ending || row->flags & (WF_HELD | WF_REMOVE) || row->exit.reason == EXIT_NOT)
		return false;
	return row->restart == RESTART_ALWAYS ||
	       (row->restart == RESTART_ON_FAILURE && !reason_is_well(&row->exit));
}

static int on_backoff_over(sd_event_source *s, uint64_t usec, void *data)
{
	struct live *l = data;
	struct engine *e = l->e;
	uint32_t w = life_row(l);
	struct workload_row *row = &e->table->workload[w];
	uint64_t wait;

	(void)s;
	(void)usec;
	l->timer = sd_event_source_disable_unref(l->timer);
	if (!again_is_due(e, row)) { /* its file says otherwise by now */
		row->state = reason_is_well(&row->exit) ? W_EXITED : W_FAILED;
		end_gone(e, w);
		return 0;
	}
	wait = bucket_take(&restarts[row->tenant], clock_boot_ns());
	if (wait) { /* its tenant has had its share: it stands in line for itself alone */
		life_arm(e, w, wait, on_backoff_over);
		return 0;
	}
	row->restarts++;
	event_workload(e, w, EVENT_RESTART, "number %u", row->restarts);
	life_start(e, w);
	return 0;
}

void again_later(struct engine *e, uint32_t w)
{
	struct workload_row *row = &e->table->workload[w];
	uint64_t now = clock_boot_ns();
	/* a start of another boot may lie ahead of this one's clock */
	uint64_t ran = row->started_boot && now > row->started_boot ? now - row->started_boot : 0;
	uint64_t delay = backoff_ns(&row->failures, ran);

	row->started_boot = 0;
	row->state = W_BACKOFF;
	event_workload(e, w, EVENT_BACKOFF, "starts again in %llu ms",
		       (unsigned long long)(delay / 1000000));
	life_arm(e, w, delay, on_backoff_over);
}
