/* SPDX-License-Identifier: Apache-2.0 */
/*
 * steps.c - what a workload is made of, in which order, and the next thing to do about it.
 * Runs in: cloister-engine. Pure: no system call, no clock, no memory of its own.
 */
#include "supervisor/engine/steps.h"

#define B(s) STEP_BIT(STEP_##s)

/* clang-format off */
const struct step_row step_table[STEP__COUNT] = {
	/*                name      scope           by          after                                   */
	[STEP_BIND]   = { "bind",   SCOPE_TENANT,   BY_SPAWN,   0                                       },
	[STEP_LIMITS] = { "limits", SCOPE_TENANT,   BY_SPAWN,   B(BIND)                                 },
	[STEP_IMAGES] = { "images", SCOPE_TENANT,   BY_VOLUMED, B(BIND)                                 },
	[STEP_PLAN]   = { "plan",   SCOPE_TENANT,   BY_SPAWN,   B(BIND)                                 },
	[STEP_CGROUP] = { "cgroup", SCOPE_WORKLOAD, BY_SPAWN,   B(BIND) | B(LIMITS) | B(PLAN)           },
	[STEP_NET]    = { "net",    SCOPE_WORKLOAD, BY_NETD,    B(BIND)                                 },
	[STEP_LOG]    = { "log",    SCOPE_WORKLOAD, BY_SPAWN,   B(BIND)                                 },
	[STEP_START]  = { "start",  SCOPE_WORKLOAD, BY_SPAWN,   B(IMAGES) | B(PLAN) | B(CGROUP) | B(NET) | B(LOG) },
};
/* clang-format on */

static struct action make_next(const struct step_state *s)
{
	for (uint32_t i = 0; i < STEP__COUNT; i++) {
		uint32_t bit = STEP_BIT(i);

		if (!(s->needs & bit) || (s->have | s->pending) & bit)
			continue;
		if ((step_table[i].after & s->needs & ~s->have) == 0)
			return (struct action){ ACTION_MAKE, (enum step)i };
	}
	return (struct action){ ACTION_NONE, STEP_BIND };
}

/* Is something that stands on step i still there or on its way? */
static int stood_on(const struct step_state *s, uint32_t i)
{
	for (uint32_t k = i + 1; k < STEP__COUNT; k++)
		if (step_table[k].after & STEP_BIT(i) && (s->have | s->pending) & STEP_BIT(k))
			return 1;
	return 0;
}

static struct action drop_next(const struct step_state *s)
{
	for (uint32_t i = STEP__COUNT; i-- > 0;) {
		if (step_table[i].scope != SCOPE_WORKLOAD || !(s->have & STEP_BIT(i)) ||
		    s->pending & STEP_BIT(i))
			continue;
		if (!stood_on(s, i))
			return (struct action){ ACTION_DROP, (enum step)i };
	}
	return (struct action){ ACTION_NONE, STEP_BIND };
}

struct action step_next(const struct step_state *s)
{
	return s->want == WANT_RUN ? make_next(s) : drop_next(s);
}

int step_done(const struct step_state *s)
{
	uint32_t own = 0;

	for (uint32_t i = 0; i < STEP__COUNT; i++)
		if (step_table[i].scope == SCOPE_WORKLOAD)
			own |= STEP_BIT(i);
	if (s->want == WANT_RUN)
		return (s->needs & ~s->have) == 0;
	return ((s->have | s->pending) & own) == 0;
}
