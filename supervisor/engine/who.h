/* SPDX-License-Identifier: Apache-2.0 */
/*
 * who.h - who a client is, as the kernel said when it connected, and what it may do.
 *
 * Of the host: root and members of `cloister-operator` change everything, members of `cloister`
 * read everything. Of one tenant: what its file says of its own people (profiles-audit.md A.17);
 * the rows are looked at with each call, so that who is taken out of them is out at once.
 */
#ifndef CLOISTER_WHO_H
#define CLOISTER_WHO_H

#include "supervisor/engine/workloads.h"

enum {
	WHO_GROUPS = 64
}; /* who is in more of them is taken as in none: that only takes rights away */

struct who {
	uint32_t uid, gid, ngroup;
	uint32_t group[WHO_GROUPS];
};

/* Finds the gids of the two groups; before confinement. */
int who_open(struct engine *e, struct fault *f) MUST_USE;

/* Pure: the gid of a group in the text of /etc/group, GID_NONE where it has none. */
uint32_t who_group(const char *text, const char *name);

/* What the kernel recorded about the other end of sock at its connect(). */
int who_read(int sock, struct who *ret) MUST_USE;

/* ROLE_* (session.h) over the whole host; over one tenant (its row; ROW_NONE: the host alone), the
 * host's included; anywhere at all. */
uint32_t who_host(const struct engine *e, const struct who *w);
uint32_t who_tenant(const struct engine *e, const struct who *w, uint32_t tenant);
uint32_t who_anywhere(const struct engine *e, const struct who *w);

/* May w see this tenant's rows? */
bool who_sees(const struct engine *e, const struct who *w, uint32_t tenant);

#endif
