/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link.h - links and settings of the network namespace that the caller is in, and news of
 * namespaces that died.
 */
#ifndef CLOISTER_NETNS_LINK_H
#define CLOISTER_NETNS_LINK_H

#include "lib/base/base.h"
#include "lib/base/fault.h"

#include <stdbool.h>

/* Writes a workload's network settings under proc (netns-broker.md 2.3). flags: enum netd_flag.
 * Before a device is up. Returns 0 or a fault; IPv6 wanted on a host without it is -EAFNOSUPPORT.
 */
int link_settings(int proc, uint32_t flags, struct fault *f) MUST_USE;

/* Sets lo up. Returns 0 or a fault. */
int link_lo_up(struct fault *f) MUST_USE;

/*
 * The census: every namespace made is given a number in the home namespace, and the kernel tells
 * when one of them is gone, whoever held it last (RTM_DELNSID).
 */
enum { CENSUS_MAX = 16384 };
struct census_row {	 /* by the kernel's number, the lowest that is free */
	uint64_t ino;	 /* 0: none has it                                 */
	uint32_t of;	 /* tenant's index + 1, 0: nobody's yet            */
	uint16_t before; /* had the number before, and their end is news to come */
	bool seen;
};

struct nl_sock;
struct census {
	struct nl_sock *ask, *news;
	uint32_t live, top; /* rows ever used */
	struct census_row row[CENSUS_MAX];
};

int census_open(struct census *c, struct fault *f) MUST_USE;
void census_close(struct census *c);

/* To poll for POLLIN, then census_read(). */
int census_fd(const struct census *c);

/* Counts a new namespace (an open fd of it; the caller is at home). Returns 0 or a fault. */
int census_add(struct census *c, int ns, struct fault *f) MUST_USE;

/* Notes whose a counted namespace is from here on. Returns 0 or a fault. */
int census_give(struct census *c, int ns, uint32_t index, struct fault *f) MUST_USE;

/* Pure. How many live ones tenant index has. */
uint32_t census_of(const struct census *c, uint32_t index);

/* Takes all news that is there. After lost news it counts anew. Returns 0 or a fault. */
int census_read(struct census *c, struct fault *f) MUST_USE;

#endif
