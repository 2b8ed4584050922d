/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operation.c - ids of operations. Runs in: cloister-engine.
 */
#include "supervisor/engine/operation.h"

#include <string.h>

void operation_begin(struct engine *e, uint8_t id[16])
{
	/* the counter is in the rows that outlive us: no id comes twice while they are kept */
	uint64_t n = ++e->table->ops;

	memcpy(id, &n, sizeof(n));
	memcpy(id + sizeof(n), &e->started, sizeof(e->started));
}
