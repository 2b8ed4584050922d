/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ready.c - when a service is ready. Runs in: cloister-engine. Pure.
 */
#include "supervisor/engine/ready.h"
#include "lib/asks/spawn.h"
#include "lib/plan/plan.h"

#define MS UINT64_C(1000000) /* in ns */

enum ready_verdict ready_decide(const struct ready_view *v)
{
	if (v->mode == READY_TIME)
		return v->age_ns >= v->startup_ns ? READY_YES : READY_WAIT;
	if (v->claim == READY_TOLD)
		return READY_YES;
	if (v->claim == READY_BLIND)
		return READY_CANNOT;
	if (v->age_ns < v->startup_ns)
		return READY_WAIT;
	/* that cloister-spawn was started anew is no fault of the workload */
	return v->claim == READY_LOST ? READY_YES : READY_LATE;
}

/* An eighth of its age: a fast service is seen at once, a slow one costs little. */
uint64_t ready_pause_ns(const struct ready_view *v)
{
	const uint64_t least = 10 * MS, most = 1000 * MS;
	uint64_t left = v->startup_ns > v->age_ns ? v->startup_ns - v->age_ns : 0;
	uint64_t pause = v->age_ns / 8;

	if (v->mode == READY_TIME)
		return left;
	pause = pause < least ? least : pause > most ? most : pause;
	return pause < left ? pause : left;
}

bool ready_is_awaited(uint32_t mode)
{
	return mode != READY_TIME;
}
