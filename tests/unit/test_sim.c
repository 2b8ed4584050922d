/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_sim.c - the engine's life cycle in a made up world (tests/sim): steps of it under chance,
 * with everything that can fail failing, then quiet, again and again. SEED=N replays one history,
 * STEPS=N says how long, SIM_TRACE=STEP shows it from there on.
 */
/* links: tests/sim supervisor/engine/life.c supervisor/engine/steps.c supervisor/engine/makes.c
 * supervisor/engine/makes_tenant.c supervisor/engine/makes_log.c supervisor/engine/stops.c
 * supervisor/engine/ends.c supervisor/engine/again.c supervisor/engine/backoff.c
 * supervisor/engine/watch.c supervisor/engine/ready.c supervisor/engine/reasons.c
 * supervisor/engine/limits.c supervisor/engine/limits_note.c supervisor/engine/plan_diff.c
 * supervisor/engine/recover.c supervisor/engine/reconcile.c supervisor/engine/workloads.c
 * supervisor/engine/tenants.c supervisor/engine/tenant_limits.c supervisor/engine/plans.c
 * supervisor/engine/loads.c supervisor/engine/waits.c supervisor/engine/operation.c
 * supervisor/engine/execs.c supervisor/engine/peers.c supervisor/engine/events.c
 * supervisor/engine/ring.c supervisor/engine/apply_do.c lib/plan/registry.c lib/plan/feature.c
 * lib/plan/policy.c lib/base/fault.c lib/base/fd.c lib/base/file.c lib/base/sha256.c lib/base/str.c
 */
/* libs: -ljansson */
#include "tests/unit/unit.h"

#include "tests/sim/sim.h"

static uint64_t number(const char *name, uint64_t other)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 10) : other;
}

int main(void)
{
	uint64_t steps = number("STEPS", 150000);

	sim_begin(number("SEED", 5));
	sim_steps(steps);
	sim_report();
	(void)printf("1 passed, 0 failed, 0 skipped\n");
	return 0;
}
