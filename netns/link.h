/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link.h - links and settings of the network namespace that the caller is in, and news of
 * namespaces that died.
 */
#ifndef CLOISTER_NETNS_LINK_H
#define CLOISTER_NETNS_LINK_H

#include "lib/base/base.h"
#include "lib/base/fault.h"

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
struct nl_sock;
struct census {
	struct nl_sock *ask, *news;
	uint32_t live;
};

int census_open(struct census *c, struct fault *f) MUST_USE;
void census_close(struct census *c);

/* To poll for POLLIN, then census_read(). */
int census_fd(const struct census *c);

/* Counts a new namespace (an open fd of it; the caller is at home). Returns 0 or a fault. */
int census_add(struct census *c, int ns, struct fault *f) MUST_USE;

/* Takes all news that is there. After lost news it counts anew. Returns 0 or a fault. */
int census_read(struct census *c, struct fault *f) MUST_USE;

#endif
