/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stats.h - what live workloads use at the moment, asked of spawn.
 */
#ifndef CLOISTER_STATS_H
#define CLOISTER_STATS_H

#include "supervisor/engine/session.h"

/* Asks for every live workload (tenant ROW_NONE: of all tenants), then calls fn; what cannot be had
 * stays as it was. Too many at once: fn is called with the old figures. */
void stats_then(struct engine *e, struct to to, uint32_t tenant,
		void (*fn)(struct engine *e, struct to to, uint32_t tenant));

#endif
