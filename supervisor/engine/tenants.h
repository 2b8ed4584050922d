/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenants.h - making, changing and removing tenants.
 */
#ifndef CLOISTER_TENANTS_H
#define CLOISTER_TENANTS_H

#include "supervisor/engine/workloads.h"

/* Makes the tenant want->name be as *want: ceilings, features, limits, origin. */
int tenant_set(struct engine *e, const struct tenant_row *want, struct fault *f) MUST_USE;

/* Has what runs of it feel its limits once more: they may not have been sent. */
void tenant_again(struct engine *e, uint32_t tenant);

/* Lets go of all that is held for it, then of it. -EBUSY: it has workloads. */
int tenant_remove(struct engine *e, const char *name, struct fault *f) MUST_USE;

/* Detaches an image wherever no workload's plan names it any more. */
void tenants_detach(struct engine *e, const uint8_t digest[DIGEST_LEN]);

#endif
