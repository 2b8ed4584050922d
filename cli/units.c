/* SPDX-License-Identifier: Apache-2.0 */
/*
 * units.c - numbers for people. Runs in: cloister.
 */
#include "cli/units.h"
#include "lib/base/clock.h"

#include <inttypes.h>
#include <stdio.h>

struct units units_bytes(uint64_t v)
{
	static const char *const name[] = { "", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	struct units u;
	unsigned i = 0;
	uint64_t rest = 0; /* 1024ths of the unit */

	for (; v >= 1024; i++) {
		rest = v & 1023;
		v >>= 10;
	}
	if (i && v < 10)
		(void)snprintf(u.s, sizeof(u.s), "%" PRIu64 ".%" PRIu64 "%s", v, rest * 10 / 1024,
			       name[i]);
	else
		(void)snprintf(u.s, sizeof(u.s), "%" PRIu64 "%s", v, name[i]);
	return u;
}

struct units units_span(uint64_t ns)
{
	uint64_t ms = ns / 1000000, s = ms / 1000, m = s / 60, h = m / 60;
	struct units u;

	if (s == 0)
		(void)snprintf(u.s, sizeof(u.s), "%" PRIu64 "ms", ms);
	else if (m == 0)
		(void)snprintf(u.s, sizeof(u.s), "%" PRIu64 "s", s);
	else if (h == 0)
		(void)snprintf(u.s, sizeof(u.s), "%" PRIu64 "m%02" PRIu64 "s", m, s % 60);
	else if (h < 24)
		(void)snprintf(u.s, sizeof(u.s), "%" PRIu64 "h%02" PRIu64 "m", h, m % 60);
	else
		(void)snprintf(u.s, sizeof(u.s), "%" PRIu64 "d%02" PRIu64 "h", h / 24, h % 24);
	return u;
}

struct units units_since(uint64_t wall_ms)
{
	uint64_t now = clock_real_ns() / 1000000;

	if (wall_ms == 0 || wall_ms > now)
		return (struct units){ "" };
	return units_span((now - wall_ms) * 1000000);
}
