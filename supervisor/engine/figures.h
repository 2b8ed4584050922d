/* SPDX-License-Identifier: Apache-2.0 */
/*
 * figures.h - the kernel's figures of a workload's cgroup, read from its text. Pure.
 */
#ifndef CLOISTER_FIGURES_H
#define CLOISTER_FIGURES_H

#include "lib/base/base.h"

#include <stdbool.h>

struct spawn_figure;

enum psi { PSI_CPU, PSI_MEMORY, PSI_IO, PSI__COUNT };

struct figures {
	bool has_cpu, has_throttled;
	uint32_t has_psi; /* bits of enum psi: the kernel counts it */
	uint64_t memory, memory_peak, pids;
	uint64_t oom_kills;
	uint64_t cpu_us;		  /* used since its start                             */
	uint64_t throttled, throttled_us; /* how often and how long `limit cpu` held it back   */
	/* share of the last 10 s in which some (all) of it waited, in hundredths of a percent */
	uint32_t some10[PSI__COUNT], full10[PSI__COUNT];
};

/* Text that is not what the kernel writes leaves a figure at 0 and its has_ bit clear. */
void figures_read(const struct spawn_figure *raw, struct figures *ret);

/* "some avg10=12.34 ..." and the line "full ...". false: not that. */
bool psi_read(const char *text, uint32_t *some10, uint32_t *full10);

/*
 * Is the pressure p high? At or above a threshold it becomes so, and below half of that no more: it
 * is not told again and again.
 */
bool psi_is_high(enum psi p, uint32_t some10, bool was_high);

const char *psi_name(enum psi p);

/* stats.c: of workload row w, as read last; zeroes before the first reading. */
const struct figures *stats_figures(uint32_t w);

#endif
