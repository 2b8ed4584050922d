/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mounts.h - pieces of the root that template and start share.
 */
#ifndef CLOISTER_MOUNTS_H
#define CLOISTER_MOUNTS_H

#include "sandbox/spawn.h"
#include "lib/plan/feature.h"

/* Opens path below root: no symbolic link, no way out, whatever the tree holds. -1 and errno. */
int path_open(int root, const char *path, uint64_t flags, uint64_t resolve);

struct tmpfs {
	uint64_t size, inodes, attr; /* attr: MOUNT_ATTR_* */
	uint32_t mode;
	uid_t owner; /* host id */
};

/* A detached tmpfs. Returns its descriptor or a fault. */
int tmpfs_make(const struct tmpfs *t, struct fault *f) MUST_USE;

/* Has the mount at fd every flag of attr? Read back, not assumed. */
int mount_verify(int fd, uint64_t attr, const char *target, struct fault *f) MUST_USE;

/* In a copy of the seed namespace: makes tree the root and drops what was there. */
int root_switch(int tree, struct fault *f) MUST_USE;

/* Back to the spawner's own mount namespace. */
int ns_home(const struct app *a, struct fault *f) MUST_USE;

/* One template in the making. */
struct build {
	const void *plan;
	const struct spawn_start *q;
	size_t n;
	int tree[PLAN_MOUNTS_MAX];
};

#endif
