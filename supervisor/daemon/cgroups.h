/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroups.h - which control group hierarchies this host has, and where we are in them
 * (launch.md 5.1). Pure: text in, table out. The only text that cloisterd reads, at start and never
 * later.
 */
#ifndef CLOISTER_DAEMON_CGROUPS_H
#define CLOISTER_DAEMON_CGROUPS_H

#include "lib/asks/spawn_start.h"
#include "lib/base/fault.h"

enum { CG_PATH = 1024 };

/* Our own current cgroup in one hierarchy, by the path where it is mounted. */
struct cg_place {
	uint32_t version, controllers; /* bits 1 << CTL_*; of version 2: 0, see cgroups_names() */
	char path[CG_PATH];
};

struct cg_found {
	uint32_t n, pad;
	struct cg_place row[SPAWN_CGROUPS_MAX]; /* row 0 is version 2 */
};

/*
 * Reads the texts of /proc/self/mountinfo and /proc/self/cgroup (NUL-ended). A hierarchy that is
 * not mounted writable, or whose mount does not show our cgroup, is left out: its controllers are
 * "none". Returns 0, or -ENODEV without a usable version 2. v1 freezer is left out: version 2 has
 * its own.
 */
int cgroups_find(const char *mountinfo, const char *self, struct cg_found *out,
		 struct fault *f) MUST_USE;

/* Names as in cgroup.controllers, separated by blanks, to bits 1 << CTL_*. */
uint32_t cgroups_names(const char *text);

/* The name of one controller in version 2 ("io"); NULL where it has none there. */
const char *cgroups_name(enum host_controller c);

#endif
