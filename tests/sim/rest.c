/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rest.c - what the life cycle calls beside all that: readers of events, logs on disk, figures.
 */
#include "tests/sim/sim.h"

#include "supervisor/engine/events.h"
#include "supervisor/engine/figures.h"
#include "supervisor/engine/life.h"
#include "supervisor/engine/logparts.h"
#include "supervisor/engine/plans.h"

#include <errno.h>
#include <fcntl.h>

void events_tell(struct engine *e)
{
	(void)e;
	engine_act();
}

void end_idle(struct engine *e)
{
	(void)e;
}

const struct figures *stats_figures(uint32_t w)
{
	static const struct figures none;

	(void)w;
	return &none;
}

bool plan_is_made(const struct engine *e, struct plan_item *p)
{
	(void)e;
	(void)p;
	return false;
}

int log_open(const struct engine *e, uint32_t w, int fd[LOG_PARTS], uint32_t *part, struct fault *f)
{
	(void)e;
	(void)w;
	if (!W->quiet && chance(W->fail / 4))
		return fault_set(f, -ENOSPC, "log.open", "the log's disk is full");
	for (int i = 0; i < LOG_PARTS; i++)
		fd[i] = fcntl(0, F_DUPFD_CLOEXEC, SIM_FD);
	*part = 1;
	return 0;
}

/* Only cloisterd is answered so, where an engine cannot serve at all. */
int reply_send(int sock, uint16_t op, uint32_t seq, struct reply *r)
{
	(void)op;
	(void)seq;
	(void)r;
	sim_fail("something is answered on descriptor %d", sock);
}
