/* SPDX-License-Identifier: Apache-2.0 */
/*
 * makes_log.c - the step that gives a service its log relay. Runs in: cloister-engine.
 */
#include "supervisor/engine/life.h"
#include "supervisor/engine/logparts.h"
#include "supervisor/engine/peers.h"
#include "supervisor/engine/plans.h"

#include <string.h>

void make_log(struct engine *e, uint32_t w)
{
	struct workload_row *row = &e->table->workload[w];
	const struct plan_item *p = plans_find(e, row->plan);
	struct spawn_log q = { .t = e->table->tenant[row->tenant].ref,
			       .workload = row->number,
			       .size_max = LOG_PART_SIZE,
			       .rate = p ? p->log_rate : 1 << 20 };
	struct question ask = { .to = WORKER_SPAWN,
				.op = SPAWN_LOG,
				.body = &q,
				.size = sizeof(q),
				.nmore = LOG_PARTS - 1 };
	int fd[LOG_PARTS];
	struct fault f;

	if (log_open(e, w, fd, &q.part, &f) < 0) {
		e->live[w].pending &= ~STEP_BIT(STEP_LOG);
		life_fail(e, w, &f);
		return;
	}
	ask.fd = fd[0];
	memcpy(ask.more, fd + 1, sizeof(ask.more));
	peers_ask(e, &ask, ((struct answer){ life_answered, life_arg(e, w, STEP_LOG, false) }));
}
