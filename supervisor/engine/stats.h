/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stats.h - figures of what runs, read anew for whoever asks and every few seconds.
 */
#ifndef CLOISTER_STATS_H
#define CLOISTER_STATS_H

#include "supervisor/engine/session.h"

/* Reads the figures of all that runs (stats_figures()), then calls fn; at once, with those of
 * before, when spawn cannot be asked or too many wait already. */
void stats_then(struct engine *e, struct to to, uint64_t arg,
		void (*fn)(struct engine *e, struct to to, uint64_t arg));

#endif
