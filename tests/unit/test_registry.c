/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_registry.c - rows of tenants.idx: who owns an index, and when a reference is stale.
 */
/* links: lib/plan/registry.c lib/base */
#include "tests/unit/unit.h"

#include "lib/plan/registry.h"

#include <errno.h>
#include <string.h>

static struct reg_row map[TENANTS_MAX];

static struct reg_bind want(uint32_t index, const char *name)
{
	struct reg_bind w = { .index = index, .ceiling = 7, .now = 99 };

	registry_id(name, w.id);
	return w;
}

static void bind(uint32_t index, const char *name)
{
	struct reg_bind w = want(index, name);
	struct fault f;

	w.now += REG_REST; /* what was left before has rested */
	assert_int_equal(registry_plan_bind(map, &w, &map[index], &f), 0);
}

static void crc(void **state)
{
	struct reg_row r = { 0 };
	uint32_t first = reg_crc(&r);

	(void)state;
	/* CRC-32C of 64 zero bytes */
	assert_int_equal(first, 0x03c8eb67);
	r.crc = 5;
	assert_int_equal(reg_crc(&r), first);
	for (size_t i = 0; i < sizeof(r); i++) {
		if (i >= offsetof(struct reg_row, crc) && i < offsetof(struct reg_row, crc) + 4)
			continue;
		((uint8_t *)&r)[i] ^= 1;
		assert_int_not_equal(reg_crc(&r), first);
		((uint8_t *)&r)[i] ^= 1;
	}
}

static void look(void **state)
{
	/* clang-format off */
	static const struct { const char *why; struct tenant_ref ref; int want; } rows[] = {
		{ "bound",           { 5, 1 }, 0 },
		{ "rebound",         { 6, 3 }, 0 },
		{ "old generation",  { 6, 2 }, -ESTALE },
		{ "generation 0",    { 5, 0 }, -ESTALE },
		{ "never bound",     { 8, 0 }, -ESTALE },
		{ "left",            { 7, 1 }, -ESTALE },
		{ "past the end",    { TENANTS_MAX, 1 }, -EINVAL },
		{ "far past it",     { UINT32_MAX, 1 }, -EINVAL },
		{ "damaged",         { 9, 1 }, -EBADMSG },
	};
	/* clang-format on */
	struct fault f;

	(void)state;
	memset(map, 0, sizeof(map));
	bind(5, "shop");
	for (int i = 0; i < 3; i++) {
		bind(6, "ledger");
		if (i < 2)
			map[6] = registry_left(&map[6], 0);
	}
	bind(7, "gone");
	map[7] = registry_left(&map[7], 0);
	bind(9, "torn");
	map[9].ceiling ^= 1;
	for (size_t i = 0; i < UNIT_LEN(rows); i++)
		unit_eq(registry_look(map, rows[i].ref, &f), rows[i].want, rows[i].why);
}

static void binding(void **state)
{
	struct reg_bind shop = want(3, "shop"), ledger = want(3, "ledger");
	const struct reg_bind past = want(TENANTS_MAX, "shop");
	struct reg_row next;
	struct fault f;

	(void)state;
	memset(map, 0, sizeof(map));
	assert_memory_not_equal(shop.id, ledger.id, sizeof(shop.id));
	assert_int_equal(registry_plan_bind(map, &shop, &next, &f), 0);
	assert_int_equal(next.gen, 1);
	assert_int_equal(next.state, REG_BOUND);
	assert_int_equal(next.ceiling, 7);
	assert_int_equal(next.since, 99);
	assert_memory_equal(next.id, shop.id, sizeof(shop.id));
	map[3] = next;
	shop.now = 100;
	assert_int_equal(registry_plan_bind(map, &shop, &next, &f), 1);
	assert_int_equal(next.since, 99); /* what stands there */
	shop.ceiling = 8;		  /* another one: the same binding, written anew */
	assert_int_equal(registry_plan_bind(map, &shop, &next, &f), 0);
	assert_int_equal(next.ceiling, 8);
	assert_int_equal(next.gen, 1);
	assert_int_equal(next.crc, reg_crc(&next));
	assert_int_equal(registry_plan_bind(map, &ledger, &next, &f), -EBUSY);
	map[3] = registry_left(&map[3], 1000);
	assert_int_equal(map[3].state, REG_LEFT);
	assert_int_equal(registry_look(map, (struct tenant_ref){ 3, 1 }, &f), -ESTALE);
	/* it rests, for its own tenant as well; the clock was set back; it has rested */
	shop.now = ledger.now = 1000 + REG_REST - 1;
	assert_int_equal(registry_plan_bind(map, &ledger, &next, &f), -EBUSY);
	assert_int_equal(registry_plan_bind(map, &shop, &next, &f), -EBUSY);
	ledger.now = 999;
	assert_int_equal(registry_plan_bind(map, &ledger, &next, &f), -EBUSY);
	ledger.now = 1000 + REG_REST;
	assert_int_equal(registry_plan_bind(map, &ledger, &next, &f), 0);
	assert_int_equal(next.gen, 2);
	map[3].gen = UINT32_MAX;
	map[3].crc = reg_crc(&map[3]);
	assert_int_equal(registry_plan_bind(map, &ledger, &next, &f), -EBUSY);
	assert_int_equal(registry_plan_bind(map, &past, &next, &f), -EINVAL);
	map[3].crc ^= 1;
	assert_int_equal(registry_plan_bind(map, &ledger, &next, &f), -EBADMSG);
}

/* Each of these is a row that no one wrote whole, even with a right crc. */
static void damage(void **state)
{
	struct fault f;

	(void)state;
	memset(map, 0, sizeof(map));
	bind(3, "shop");
	map[3].zero[23] = 1;
	map[3].crc = reg_crc(&map[3]);
	assert_int_equal(registry_look(map, (struct tenant_ref){ 3, 1 }, &f), -EBADMSG);
	map[3].zero[23] = 0;
	map[3].state = REG_LEFT + 1;
	map[3].crc = reg_crc(&map[3]);
	assert_int_equal(registry_look(map, (struct tenant_ref){ 3, 1 }, &f), -EBADMSG);
	map[3].state = REG_BOUND;
	map[3].gen = 0;
	map[3].crc = reg_crc(&map[3]);
	assert_int_equal(registry_look(map, (struct tenant_ref){ 3, 0 }, &f), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crc),
		cmocka_unit_test(look),
		cmocka_unit_test(binding),
		cmocka_unit_test(damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
