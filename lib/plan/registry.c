/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry.c - rows of tenants.idx (security-model.md 3.3). Runs in: spawn (writes), netd, volumed,
 * keyd, broker, engine (read). Pure.
 */
#include "lib/plan/registry.h"
#include "lib/base/sha256.h"

#include <errno.h>
#include <string.h>

#define CRC32C UINT32_C(0x82f63b78) /* Castagnoli, reflected */

uint32_t reg_crc(const struct reg_row *r)
{
	struct reg_row copy = *r;
	const uint8_t *p = (const uint8_t *)&copy;
	uint32_t crc = UINT32_MAX;

	copy.crc = 0;
	for (size_t i = 0; i < sizeof(copy); i++) {
		crc ^= p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? CRC32C : 0);
	}
	return ~crc;
}

void registry_id(const char *name, uint8_t id[16])
{
	uint8_t sum[32];

	sha256_of(name, strlen(name), sum);
	memcpy(id, sum, 16);
}

/* A row that was never written is all zero and has no crc. */
static int is_blank(const struct reg_row *r)
{
	static const struct reg_row blank;

	return memcmp(r, &blank, sizeof(blank)) == 0;
}

static int row_check(const struct reg_row *map, uint32_t index, struct fault *f)
{
	static const uint8_t zero[sizeof(map->zero)];
	const struct reg_row *r;

	if (index >= TENANTS_MAX)
		return fault_set(f, -EINVAL, "registry.index", "tenant %u", index);
	r = &map[index];
	if (is_blank(r))
		return 0;
	if (r->crc != reg_crc(r) || r->state > REG_LEFT || !r->gen ||
	    memcmp(r->zero, zero, sizeof(zero)) != 0)
		return fault_set(f, -EBADMSG, "registry.row", "row %u is damaged", index);
	return 0;
}

int registry_look(const struct reg_row *map, struct tenant_ref ref, struct fault *f)
{
	int r = row_check(map, ref.index, f);

	if (r)
		return r;
	if (map[ref.index].state != REG_BOUND || map[ref.index].gen != ref.gen)
		return fault_set(f, -ESTALE, "registry.gen", "tenant %u of generation %u is gone",
				 ref.index, ref.gen);
	return 0;
}

int registry_plan_bind(const struct reg_row *map, const struct reg_bind *want, struct reg_row *next,
		       struct fault *f)
{
	int r = row_check(map, want->index, f);
	const struct reg_row *old;

	if (r)
		return r;
	old = &map[want->index];
	if (old->state == REG_BOUND && memcmp(old->id, want->id, sizeof(old->id)) == 0) {
		*next = *old;
		if (old->ceiling == want->ceiling)
			return 1;
		next->ceiling = want->ceiling;
		next->crc = reg_crc(next);
		return 0;
	}
	if (old->state == REG_BOUND)
		return fault_set(f, -EBUSY, "registry.owner", "index %u is another tenant's",
				 want->index);
	/* a clock that was set back: it rests as long as anybody could believe */
	if (old->state == REG_LEFT && (want->now < old->since || want->now - old->since < REG_REST))
		return fault_set(f, -EBUSY, "registry.rest", "index %u was left just now",
				 want->index);
	if (old->gen == UINT32_MAX)
		return fault_set(f, -EBUSY, "registry.gen", "index %u has no generation left",
				 want->index);
	*next = (struct reg_row){ .gen = old->gen + 1,
				  .ceiling = want->ceiling,
				  .since = want->now,
				  .state = REG_BOUND };
	memcpy(next->id, want->id, sizeof(next->id));
	next->crc = reg_crc(next);
	return 0;
}

struct reg_row registry_left(const struct reg_row *old, uint64_t now)
{
	struct reg_row row = *old;

	row.state = REG_LEFT;
	row.since = now;
	row.crc = reg_crc(&row);
	return row;
}
