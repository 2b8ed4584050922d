/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operation.c - the last operations, in memory. Runs in: cloister-engine.
 */
#include "supervisor/engine/operation.h"
#include "lib/base/clock.h"

#include <string.h>

static struct operation ring[OPERATIONS_KEPT];
static uint32_t ring_next;

static struct operation *find(const uint8_t id[16])
{
	for (uint32_t i = 0; i < OPERATIONS_KEPT; i++)
		if (ring[i].kind && memcmp(ring[i].id, id, sizeof(ring[i].id)) == 0)
			return &ring[i];
	return NULL;
}

void operation_begin(struct engine *e, enum operation_kind kind, uint8_t id[16])
{
	struct operation *o = &ring[ring_next];
	/* the counter is in the rows that outlive us: no id comes twice while they are kept */
	uint64_t n = ++e->table->ops;

	ring_next = (ring_next + 1) % OPERATIONS_KEPT;
	*o = (struct operation){ .kind = kind,
				 .state = OPERATION_INTENT,
				 .begun = clock_boot_ns() };
	memcpy(o->id, &n, sizeof(n));
	memcpy(o->id + sizeof(n), &e->started, sizeof(e->started));
	memcpy(id, o->id, sizeof(o->id));
}

void operation_end(struct engine *e, const uint8_t id[16], bool done)
{
	struct operation *o = find(id);

	(void)e;
	if (!o)
		return;
	o->state = done ? OPERATION_DONE : OPERATION_FAILED;
	o->ended = clock_boot_ns();
}

const struct operation *operation_find(const uint8_t id[16])
{
	return find(id);
}
