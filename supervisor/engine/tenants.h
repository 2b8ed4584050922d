/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenants.h - making, changing and removing tenants.
 */
#ifndef CLOISTER_TENANTS_H
#define CLOISTER_TENANTS_H

#include "supervisor/engine/workloads.h"

#include <jansson.h>

/* Of the API (api_tenant.c): a tenant's row, and whether a file made it. */
json_t *tenant_json(const struct engine *e, uint32_t n) MUST_USE;
bool tenant_is_applied(const struct tenant_row *t);

/* Makes the tenant want->name be as *want: ceilings, features, limits, origin. */
int tenant_set(struct engine *e, const struct tenant_row *want, struct fault *f) MUST_USE;

struct limits_done; /* limits.h */
/* Tells `done` once the kernel has the limits of the last tenant_set(), which was just now, or what
 * it refused. */
void tenant_set_then(struct engine *e, struct limits_done done);

/* Between tenants.c and tenant_limits.c: limits are set from here on; one of them. */
struct spawn_tenant_limit;
void tenant_limits_anew(void);
void tenant_ask_limit(struct engine *e, const struct spawn_tenant_limit *q);

/* Has what runs of it feel its limits once more: they may not have been sent. */
void tenant_again(struct engine *e, uint32_t tenant);

/* Lets go of all that is held for it, then of it. -EBUSY: it has workloads. */
int tenant_remove(struct engine *e, const char *name, struct fault *f) MUST_USE;

/* The uid range of one that is gone is to be let go of (OP_LEAVE op); now, as far as they can. */
void tenant_left(struct tenant_ref t, const uint8_t op[16]);
void tenants_leave(struct engine *e);

struct compile_tenant;

/*
 * tenant_merge.c: takes from *t what the strings of without name ("limit:memory",
 * "feature:net.inbound", "user:1000", "group:2000"), then adds what c says: limits, people and
 * features off one by one, ceilings all together. Pure. Returns 0, -ENOENT it had none such,
 * -E2BIG, -EINVAL; *t is then of no use.
 */
int tenant_merge(struct tenant_row *t, const struct compile_tenant *c, const json_t *without,
		 struct fault *f) MUST_USE;

/* Detaches an image wherever no workload's plan names it any more. */
void tenants_detach(struct engine *e, const uint8_t digest[DIGEST_LEN]);

#endif
