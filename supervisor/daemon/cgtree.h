/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgtree.h - our subtree `cloister.<own>` in every hierarchy: supervisor/<generation>, helper, t.
 */
#ifndef CLOISTER_DAEMON_CGTREE_H
#define CLOISTER_DAEMON_CGTREE_H

#include "supervisor/daemon/cgroups.h"

#include <stdbool.h>

/* What is kept in DIR/run/cgroups, for a cloisterd that comes after one that was killed: workloads
 * are where that one was started, not where it is. */
struct cg_saved {
	struct cg_found found;
	uint32_t lent, pad; /* controllers that we enabled in our own cgroup for our subtree */
};

struct cgtree {
	struct cg_saved saved;
	struct spawn_cgroups table;
	int parent[SPAWN_CGROUPS_MAX], dir[SPAWN_CGROUPS_MAX];
	int supervisor, generation; /* directories in version 2 */
	char name[24];		    /* cloister.<own>  */
	char gen_name[24];
};

/* Every descriptor -1. */
void cgtree_init(struct cgtree *c);

/*
 * Makes the subtree (or finds it), enables controllers down to t and helper, moves this process
 * into `supervisor`, kills and removes what an earlier cloisterd left in supervisor/ and helper/,
 * and makes this one's generation. saved.found and saved.lent are filled by the caller. At start,
 * with full rights. Returns 0 or a fault.
 */
int cgtree_open(struct cgtree *c, uint32_t own, struct fault *f) MUST_USE;

/* Does the subtree exist at the places of c->saved? */
bool cgtree_there(const struct cgtree *c, uint32_t own);

/* Is a process in t? */
bool cgtree_busy(const struct cgtree *c);

/* Kills everything in t, helper and supervisor/<generation> and removes the whole subtree; this
 * process goes back to where it was. Reaps children meanwhile. Goes on after a failure and returns
 * the first. */
int cgtree_remove(struct cgtree *c, struct fault *f) MUST_USE;

#endif
