/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spawn_start.h - what cloister-spawn finds open at its start, behind the three that every worker
 * has (parent.h), and what cloisterd found out about control groups. Structs only.
 */
#ifndef CLOISTER_ASK_SPAWN_START_H
#define CLOISTER_ASK_SPAWN_START_H

#include "lib/asks/parent.h"
#include "lib/asks/spawn.h" /* enum host_controller */

enum spawn_start_fd {
	SPAWN_FD_W = WORKER_FD, /* directory of the workloads' records, root 0700                 */
	SPAWN_FD_EXIT,		/* directory of init's exit records, root 0700                    */
	SPAWN_FD_IDS,		/* /run/cloister-ids                                              */
	SPAWN_FD_PROGRAMS,	/* O_PATH: the directory of cloister-init, cloister-compile, ...  */
	SPAWN_FD_CGROUPS,	/* sealed memfd: struct spawn_cgroups                             */
	SPAWN_FD_CGROUP, /* first of nfd directories: row i of the struct is SPAWN_FD_CGROUP + i */
};

/*
 * The tenants' claims in SPAWN_FD_IDS: spawn makes index i its supervisor's own by
 * linkat(SPAWN_FD_IDS, "<own>", SPAWN_FD_IDS, "<i>") where own = (policy.own_base - UID_BASE) /
 * IDS_PER_TENANT, in decimal; EEXIST and another inode than "<own>": another supervisor has it. All
 * claims of one supervisor are so one inode, and cloisterd finds them again by it.
 */

enum { SPAWN_CGROUPS_MAX = 12 };

struct spawn_cgroup_row {
	uint32_t version; /* 1 or 2; exactly one row is 2, and it is row 0                        */
	uint32_t
		controllers; /* bits 1 << CTL_*; for version 2 those enabled below t/ and helper/ */
};

/*
 * Each directory is this supervisor's subtree `cloister.<own>` in that hierarchy. `t` and `helper`
 * exist in it; in version 2 so does `supervisor`, where the programs themselves are. A controller
 * is in at most one row; one in no row is "none" on this host.
 */
struct spawn_cgroups {
	uint32_t nfd, pad;
	struct spawn_cgroup_row row[SPAWN_CGROUPS_MAX];
};
_Static_assert(sizeof(struct spawn_cgroups) == 8 + 8 * SPAWN_CGROUPS_MAX, "spawn_cgroups");

#endif
