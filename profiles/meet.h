/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meet.h - a profile under its ceilings (profiles-audit A.1, A.5, A.15, A.16).
 *
 * Strict mode: what exceeds a ceiling is refused with a witness (P060, P061), never cut off in
 * silence; so the meet of a profile that passes is the profile itself, with the presets of unset
 * limits brought under the ceilings.
 */
#ifndef CLOISTER_MEET_H
#define CLOISTER_MEET_H

#include "profiles/facts.h"

/* One more layer. Reports what of x exceeds it. */
void meet_ceiling(struct facts *x, const struct facts *ceiling);

/* What one fact has that the layer c does not: rights of a path; the first port, 0 none; whether
 * the mount fits. A domain that c does not list has everything, but for the host's files. */
uint32_t meet_path_left(const struct pathfact *p, const struct facts *c);
uint32_t meet_port_left(const struct netfact *n, const struct facts *c);
bool meet_mount_fits(const struct mountfact *m, const struct facts *c);

/* "mprotect(start=0x0, len=0x0, prot=0x6)", in the arena. */
const char *meet_call_text(struct arena *a, uint16_t nr, const uint64_t args[SYS_ARGS]);

/*
 * A call that p allows and none of the n clauses of c (same nr) does: *ret_args is one. Returns 1
 * when there is one, 0 when p is included, -1 when it is too much to decide (taken as exceeding).
 * Exact: cubes minus cubes.
 */
int clause_witness(struct arena *a, const struct sysfact *p, const struct sysfact *const *c,
		   uint32_t n, uint64_t ret_args[SYS_ARGS]);

/* Is clause p inside of clause c alone? Same nr. */
bool clause_inside(const struct sysfact *p, const struct sysfact *c);

/* May the profile show this path of the host under this ceiling, and execute what is there? */
bool ceiling_has_host(const struct facts *ceiling, const char *path, bool exec);

#endif
