/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry.h - tenants.idx: which tenant owns which index, and so which uid range
 * (security-model.md 3.3). spawn alone writes; the others map it read-only.
 */
#ifndef CLOISTER_REGISTRY_H
#define CLOISTER_REGISTRY_H

#include "lib/base/fault.h"
#include "lib/base/ids.h"

enum reg_state { REG_FREE = 0, REG_BOUND, REG_LEFT };

/* ns that a uid range rests between two tenants (security-model.md 9). */
#define REG_REST (UINT64_C(600) * 1000000000)

struct reg_row {
	uint8_t id[16]; /* first half of SHA-256 over the tenant's name */
	uint32_t gen, ceiling;
	uint64_t since; /* it is so: CLOCK_REALTIME, ns */
	uint32_t state, crc;
	uint8_t zero[24];
};
_Static_assert(sizeof(struct reg_row) == 64, "reg_row");

enum { REG_SIZE = 64 * TENANTS_MAX };

/* crc over a row with crc = 0 (CRC-32C). */
uint32_t reg_crc(const struct reg_row *r);

/* Pure: is ref a live binding of map (TENANTS_MAX rows)? 0, -ESTALE, -EINVAL (index) or -EBADMSG
 * (crc). */
int registry_look(const struct reg_row *map, struct tenant_ref ref, struct fault *f) MUST_USE;

/* The tenant's id16 from its name. */
void registry_id(const char *name, uint8_t id[16]);

/* A binding that is wanted. */
struct reg_bind {
	uint32_t index, ceiling;
	uint64_t now; /* CLOCK_REALTIME, ns */
	uint8_t id[16];
};

/* Pure: may it be made now? Fills *next with the row to write (gen + 1, state BOUND).
 * Returns 0; 1 when it is bound to id already (*next = that row), but 0 and the same gen where its
 * ceiling changes; -EBUSY owned by another, or it rests. */
int registry_plan_bind(const struct reg_row *map, const struct reg_bind *want, struct reg_row *next,
		       struct fault *f) MUST_USE;

/* Pure: the row of one whose tenant leaves it now. */
struct reg_row registry_left(const struct reg_row *old, uint64_t now);

#endif
