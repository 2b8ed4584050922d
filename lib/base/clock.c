/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.c - the only place that reads time. Runs in: every program.
 */
#include "lib/base/clock.h"

#include <time.h>

static uint64_t now(clockid_t id)
{
	struct timespec t = { 0 };

	(void)clock_gettime(id, &t); /* cannot fail for these two clocks and a good pointer */
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t clock_boot_ns(void)
{
	return now(CLOCK_BOOTTIME);
}

uint64_t clock_real_ns(void)
{
	return now(CLOCK_REALTIME);
}
