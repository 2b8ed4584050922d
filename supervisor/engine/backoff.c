/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backoff.c - delays between a service's starts. Runs in: cloister-engine. Pure.
 */
#include "supervisor/engine/backoff.h"

#define MS	      UINT64_C(1000000) /* in ns */
#define BACKOFF_FIRST (100 * MS)
#define BACKOFF_LAST  (60 * 1000 * MS)
#define RAN_WELL      (10 * 1000 * MS) /* a run that makes up for earlier failures */

uint64_t backoff_ns(uint32_t *failures, uint64_t ran_ns)
{
	uint64_t delay = BACKOFF_FIRST;

	if (ran_ns > RAN_WELL)
		*failures = 0;
	for (uint32_t i = 0; i < *failures && delay < BACKOFF_LAST; i++)
		delay *= 2;
	if (*failures < UINT32_MAX)
		++*failures;
	return delay < BACKOFF_LAST ? delay : BACKOFF_LAST;
}

uint64_t bucket_take(struct bucket *b, uint64_t now_ns)
{
	const uint64_t token = 1000 * MS / RESTARTS_A_SECOND, full = RESTARTS_AT_ONCE * token;
	uint64_t gone = now_ns > b->filled_ns ? now_ns - b->filled_ns : 0;

	b->used = gone < b->used ? b->used - gone : 0;
	b->filled_ns = now_ns;
	if (b->used + token > full)
		return b->used + token - full;
	b->used += token;
	return 0;
}
