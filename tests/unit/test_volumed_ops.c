/* SPDX-License-Identifier: Apache-2.0 */
/* test_volumed_ops.c - the gate of volumed: every row, every wrong shape. The handlers:
 * tests/host/image.sh. */
/* links: volumes/volumed_ops.c volumes/builds.c volumes/store.c volumes/image.c lib/wire
 * lib/plan/policy.c lib/plan/registry.c lib/base */
#include "tests/unit/unit.h"

#include "volumes/volumed_ops.h"

#include <errno.h>
#include <string.h>

static int gate(struct op_host *h, uint8_t from, uint16_t op, uint32_t size, uint16_t nfds)
{
	struct frame fr = { .head = { .op = op, .size = size, .nfds = nfds } };
	struct reply out;
	int rc;

	for (int i = 0; i < FRAME_FDS_MAX; i++)
		fr.fd[i] = -1;
	rc = op_run(h, from, &fr, &out);
	reply_fini(&out);
	return rc;
}

static int never(void *self, const void *req, int *fd, struct reply *out)
{
	(void)self;
	(void)req;
	(void)fd;
	(void)out;
	return 0;
}

/* The table with handlers that do nothing, so that the right shape can be tried as the control. */
static void shapes(void **state)
{
	struct op_row rows[VOLUMED__COUNT];
	struct op_host h = { .rows = rows, .count = VOLUMED__COUNT };

	(void)state;
	memcpy(rows, volumed_ops, sizeof(rows));
	for (uint16_t op = 1; op < VOLUMED__COUNT; op++) {
		const struct op_row *r = &volumed_ops[op];

		assert_non_null(r->name);
		assert_non_null(r->run);
		rows[op].run = never;
		for (uint8_t phase = PHASE_SETUP; phase <= PHASE_RUN; phase++)
			for (uint8_t from = FROM_PARENT; from <= FROM_PEER; from *= 2) {
				bool may = (r->phase & phase) && (r->from & from);

				h.phase = phase;
				h.done = 0;
				assert_int_equal(gate(&h, from, op, r->size, r->fds),
						 may ? 0 : -EPROTO);
				h.done = 0;
				assert_int_equal(gate(&h, from, op, r->size + 1, r->fds), -EPROTO);
				assert_int_equal(gate(&h, from, op, r->size - 1, r->fds), -EPROTO);
				assert_int_equal(gate(&h, from, op, r->size, r->fds + 1), -EPROTO);
			}
	}
	assert_int_equal(gate(&h, FROM_ENGINE, 0, 0, 0), -EPROTO);
	assert_int_equal(gate(&h, FROM_ENGINE, VOLUMED__COUNT, 0, 0), -EPROTO);
}

/* Who may what, spelled out: a row that moves must be moved here as well. */
static void owners(void **state)
{
	(void)state;
	for (uint16_t op = 1; op < VOLUMED__COUNT; op++)
		assert_int_equal(volumed_ops[op].from,
				 op < PARENT__COUNT ? FROM_PARENT : FROM_ENGINE);
	for (uint16_t op = PARENT__COUNT; op < VOLUMED__COUNT; op++) {
		assert_int_equal(volumed_ops[op].fds, 0); /* the engine hands in nothing */
		assert_int_equal(volumed_ops[op].phase, PHASE_RUN);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shapes),
		cmocka_unit_test(owners),
	};

	return cmocka_run_group_tests_name("volumed_ops", tests, NULL, NULL);
}
