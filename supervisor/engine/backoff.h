/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backoff.h - how long a service waits before it begins again, and how often a tenant's may.
 * Pure: the time is handed in.
 */
#ifndef CLOISTER_BACKOFF_H
#define CLOISTER_BACKOFF_H

#include "lib/base/base.h"

/*
 * Of one service (profiles-audit A.17): 100 ms after the first failure, twice that after each
 * further one, at most a minute. ran_ns: how long it ran this time; long enough, and the earlier
 * failures are forgotten. Counts this one in *failures.
 */
uint64_t backoff_ns(uint32_t *failures, uint64_t ran_ns);

/*
 * Of all services of a tenant: so many restarts at once and so many a second, for a start costs the
 * privileged programs milliseconds, and they serve every tenant (security-model 10). Zeroed: full.
 */
enum { RESTARTS_AT_ONCE = 16, RESTARTS_A_SECOND = 8 };

struct bucket {
	uint64_t used;	    /* tokens taken and not yet refilled, in ns of refilling */
	uint64_t filled_ns; /* when used was true                                    */
};

/* Takes one token: 0, or the ns until there is one. */
uint64_t bucket_take(struct bucket *b, uint64_t now_ns) MUST_USE;

#endif
