/* SPDX-License-Identifier: Apache-2.0 */
/* test_worker.c - the table of long-lived programs, and when one that died is started again. */
/* links: supervisor/daemon/places.c supervisor/daemon/worker.c lib/wire/frame.c lib/harden/harden.c
 * lib/base */
/* libs: -lcap */
#include "tests/unit/unit.h"

#include "lib/base/clock.h"
#include "supervisor/daemon/worker.h"

#include <string.h>

static void test_table(void **state)
{
	unsigned edges = 0;

	(void)state;
	for (int a = WORKER_NONE + 1; a < WORKER__COUNT; a++) {
		const struct worker_row *r = &worker_table[a];

		unit_row(strcmp(r->file, harden_table[r->program].name) == 0, r->file);
		unit_row(r->nplaces <= WORKER_PLACES, r->file);
		/* spawn alone writes the registry, and it alone gets cgroups and claims */
		unit_row((r->registry == PLACE_REG_RW) == (a == WORKER_SPAWN), r->file);
		unit_row(r->cgroups == (a == WORKER_SPAWN), r->file);
		unit_row(!(r->edges & 1u << a), r->file);
		for (int b = WORKER_NONE + 1; b < WORKER__COUNT; b++) {
			bool ab = r->edges >> b & 1, ba = worker_table[b].edges >> a & 1;

			unit_row(ab == ba, r->file);
			edges += a < b && ab;
		}
		for (size_t i = 0; i < r->nplaces; i++)
			unit_row(r->place[i] != PLACE_DIR && r->place[i] != PLACE_LOCK &&
					 r->place[i] != PLACE_POLICY,
				 r->file);
	}
	assert_int_equal(edges, 5); /* security-model.md 3.1, without keyd and broker */
	/* what spawn finds, by the names that it knows */
	assert_int_equal(worker_table[WORKER_SPAWN].place[SPAWN_FD_IDS - WORKER_FD], PLACE_IDS);
	assert_int_equal(worker_table[WORKER_SPAWN].nplaces, SPAWN_FD_CGROUP - WORKER_FD);
	assert_int_equal(worker_table[WORKER_NETD].edges & 1u << WORKER_VOLUMED, 0);
}

static void test_backoff(void **state)
{
	static const uint64_t want[] = { 100, 200, 400, 800, 1600, 3200, 6400, 10000, 10000 };
	const uint64_t ms = 1000000, slack = 1000;
	struct workers ws = { 0 };
	struct worker_state *w = &ws.w[WORKER_NETD];

	(void)state;
	w->edge = w->pidfd = -1;
	for (size_t i = 0; i < UNIT_LEN(want); i++) {
		uint64_t before = clock_boot_ns();

		w->began = before;
		w->pid = 1;
		worker_ended(&ws, WORKER_NETD);
		assert_int_equal(w->pid, 0);
		assert_in_range(w->next - before, want[i] * ms, (want[i] + slack) * ms);
	}
	/* a long life counts as a new start */
	w->began = clock_boot_ns() - 11000 * ms;
	worker_ended(&ws, WORKER_NETD);
	assert_in_range(w->next - clock_boot_ns(), 0, 100 * ms);
}

static void test_by_pid(void **state)
{
	struct workers ws = { 0 };

	(void)state;
	ws.w[WORKER_SPAWN].pid = 7;
	assert_int_equal(worker_by_pid(&ws, 7), WORKER_SPAWN);
	assert_int_equal(worker_by_pid(&ws, 8), WORKER_NONE);
	assert_int_equal(worker_by_pid(&ws, 0), WORKER_NONE); /* those that do not run have 0 */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_backoff),
		cmocka_unit_test(test_by_pid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
