/* SPDX-License-Identifier: Apache-2.0 */
/*
 * home.h - where netd itself lives: a mount namespace with nothing in it and a network namespace of
 * its own, so that it has no path of the host and no link of the host at hand.
 */
#ifndef CLOISTER_NETNS_HOME_H
#define CLOISTER_NETNS_HOME_H

#include "lib/base/base.h"
#include "lib/base/fault.h"

struct home {
	int proc; /* a procfs that is mounted nowhere: the one way to a file */
	int net;  /* the home network namespace, to come back to            */
};

/* Leaves the host's namespaces. Once, at start, with CAP_SYS_ADMIN. Returns 0 or a fault. */
int home_enter(struct home *h, struct fault *f) MUST_USE;

#endif
