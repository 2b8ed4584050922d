/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_policy.c - the operator's policy block: one thing changed in a good one.
 */
/* links: lib/plan/policy.c lib/base */
#include "tests/unit/unit.h"

#include "lib/plan/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { OWN = UID_BASE + 4093 * IDS_PER_TENANT, CEILING_LEN = 24 };
#define CEILING_ID_DEFAULT UINT32_C(0x0db5ab02)

/* One row of every table, laid out as policy_check() wants it. */
struct block {
	struct host_policy p;
	struct ceiling_ref ceiling[2];
	struct tenant_pin tenant[2];
	struct grant_pin grant;
	struct plan_pin plan;
	struct image_pin image;
	struct publish_pin publish;
	uint8_t plans[2][CEILING_LEN];
	uint64_t slack[2]; /* not part of it */
};

enum { BLOCK_SIZE = offsetof(struct block, slack) };

static void fill(struct block *b)
{
	memset(b, 0, sizeof(*b));
	policy_private(&b->p, OWN);
	b->p.size = BLOCK_SIZE;
	b->p.nceiling = 2;
	b->p.ntenant = 2;
	b->p.ngrant = b->p.npin = b->p.nimage = b->p.npublish = 1;
	for (uint32_t i = 0; i < 2; i++)
		b->ceiling[i] = (struct ceiling_ref){
			.id = i + 1,
			.off = (uint32_t)offsetof(struct block, plans) + i * CEILING_LEN,
			.len = CEILING_LEN,
		};
	b->tenant[0].ceiling = b->tenant[1].ceiling = 2;
	b->tenant[0].id[0] = 3;
	b->tenant[1].id[0] = 4;
	memset(b->plan.source_sha256, 7, sizeof(b->plan.source_sha256));
	memset(b->image.sha256, 9, sizeof(b->image.sha256));
	b->grant.not_before = 1;
	b->grant.not_after = 2;
	memcpy(b->image.name, "nginx", 5);
	b->publish.proto = 6;
	b->publish.port = 443;
}

/* clang-format off */
#define F(field) offsetof(struct block, field), sizeof(((struct block *)0)->field)
static const struct { const char *why; size_t off, size; uint64_t value; int want; } rows[] = {
	{ "as it is",                   F(p.epoch), 7, 0 },
	{ "another magic",              F(p.magic[0]), 'X', -EINVAL },
	{ "size of another",            F(p.size), BLOCK_SIZE + 8, -EINVAL },
	{ "epoch 0",                    F(p.epoch), 0, -EINVAL },
	{ "no bit set",                 F(p.may), 0, 0 },
	{ "unknown bit",                F(p.may), 128, -EINVAL },
	{ "no workloads",               F(p.max_workloads), 0, -EINVAL },
	{ "tenants from uid 0",         F(p.uid_base), 0, -EINVAL },
	{ "ranges off by one",          F(p.uid_base), UID_BASE + 1, -EINVAL },
	{ "ranges past the last uid",   F(p.uid_base), 0xffff0000, -EINVAL },
	{ "too many tenants",           F(p.index_max), TENANTS_MAX, -EINVAL },
	{ "own range off by one",       F(p.own_base), OWN + 1, -EINVAL },
	{ "namespaces owned by root",   F(p.ns_owner_uid), 0, -EINVAL },
	{ "edge owned by no one",       F(p.edge_uid), UINT32_MAX, -EINVAL },
	{ "helper outside the range",   F(p.fs_uid), OWN - 1, -EINVAL },
	{ "ids used once outside",      F(p.throwaway_uid), OWN + IDS_PER_TENANT, -EINVAL },
	{ "installed users",            F(p.own_base), 0, 0 },
	{ "more ceilings than bytes",   F(p.nceiling), UINT32_MAX, -EINVAL },
	{ "more grants than bytes",     F(p.ngrant), UINT32_MAX, -EINVAL },
	{ "a pin less",                 F(p.npin), 0, -EINVAL },
	{ "ceiling out of the block",   F(ceiling[1].off), 0xfffffff8, -EINVAL },
	{ "ceiling too long",           F(ceiling[1].len), CEILING_LEN + 8, -EINVAL },
	{ "ceiling of nothing",         F(ceiling[1].len), 0, -EINVAL },
	{ "ceilings overlap",           F(ceiling[0].len), CEILING_LEN + 8, -EINVAL },
	{ "ceiling not aligned",        F(ceiling[0].off), offsetof(struct block, plans) + 4, -EINVAL },
	{ "ceiling over the tables",    F(ceiling[0].off), sizeof(struct host_policy), -EINVAL },
	{ "ceiling twice",              F(ceiling[1].id), 1, -EINVAL },
	{ "ceiling's spare word",       F(ceiling[0].pad), 1, -EINVAL },
	{ "ceiling without an id",      F(ceiling[0].id), 0, -EINVAL },
	{ "no workloads of a tenant",   F(p.tenant_workloads), 0, -EINVAL },
	{ "spare word",                 F(p.pad), 1, -EINVAL },
	{ "tenants not in order",       F(tenant[0].id[0]), 5, -EINVAL },
	{ "tenant twice",               F(tenant[0].id[0]), 4, -EINVAL },
	{ "tenant under no ceiling",    F(tenant[0].ceiling), 3, -EINVAL },
	{ "tenant's spare word",        F(tenant[1].pad), 1, -EINVAL },
	{ "grant of a moment",          F(grant.not_before), 2, 0 },
	{ "last tenant index",          F(p.index_max), TENANTS_MAX - 1, 0 },
	{ "first range there is",       F(p.uid_base), IDS_PER_TENANT, 0 },
	{ "range to the last uids",     F(p.uid_base), 0xf0010000, 0 },
	{ "range past the last uid",    F(p.uid_base), 0xf0020000, -EINVAL },
	{ "ceiling of a gap",           F(ceiling[1].len), CEILING_LEN - 8, -EINVAL },
	{ "ceiling of a small gap",     F(ceiling[1].len), CEILING_LEN - 7, 0 },
	{ "grant that ends first",      F(grant.not_before), 3, -EINVAL },
	{ "grant without an end",       F(grant.not_after), 0, 0 },
	{ "image of no label",          F(image.name[0]), 'N', -EINVAL },
	{ "image name with a tail",     F(image.name[9]), 'x', -EINVAL },
	{ "image name without an end",  F(image.name[5]), '/', -EINVAL },
	{ "port 0",                     F(publish.port), 0, -EINVAL },
	{ "protocol sctp",              F(publish.proto), 132, -EINVAL },
	{ "publish's spare word",       F(publish.pad), 1, -EINVAL },
};
/* clang-format on */

static void one_thing_changed(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(rows); i++) {
		struct block b;
		struct fault f = { 0 };

		fill(&b);
		memcpy((uint8_t *)&b + rows[i].off, &rows[i].value, rows[i].size);
		unit_eq(policy_check(&b, BLOCK_SIZE, &f), rows[i].want, rows[i].why);
		unit_eq(f.err, rows[i].want, rows[i].why);
	}
}

/* Where users are installed there is no own range that could catch these. */
static void own_uids(void **state)
{
	static const size_t fields[] = {
		offsetof(struct host_policy, ns_owner_uid),
		offsetof(struct host_policy, edge_uid),
		offsetof(struct host_policy, throwaway_uid),
		offsetof(struct host_policy, fs_uid),
	};
	static const uint32_t bad[] = { 0, UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(fields); i++) {
		for (size_t k = 0; k < UNIT_LEN(bad); k++) {
			struct host_policy p;
			struct fault f;

			policy_private(&p, OWN);
			p.own_base = 0;
			memcpy((uint8_t *)&p + fields[i], &bad[k], sizeof(bad[k]));
			assert_int_equal(policy_check(&p, sizeof(p), &f), -EINVAL);
		}
	}
}

static void private_block(void **state)
{
	struct host_policy p;
	struct fault f;

	(void)state;
	policy_private(&p, OWN);
	assert_int_equal(policy_check(&p, sizeof(p), &f), 0);
	assert_int_equal(p.may, MAY_ALL);
	assert_int_equal(p.own_base, OWN);
	assert_int_equal(p.ns_owner_uid, OWN + OWN_NS);
	assert_int_equal(p.fs_uid, OWN + OWN_FS);
	assert_int_equal(p.throwaway_uid, OWN + OWN_THROWAWAY);
	assert_int_equal(p.uid_base, UID_BASE);
}

static void sizes(void **state)
{
	struct block b;
	struct fault f;

	(void)state;
	fill(&b);
	assert_int_equal(policy_check(NULL, 0, &f), -EINVAL);
	assert_int_equal(policy_check((uint8_t *)&b + 4, BLOCK_SIZE, &f), -EINVAL);
	for (size_t n = 0; n < BLOCK_SIZE; n++)
		assert_int_equal(policy_check(&b, n, &f), -EINVAL);
	b.p.size = POLICY_MAX + 8;
	assert_int_equal(policy_check(&b, POLICY_MAX + 8, &f), -EINVAL);
	b.p.size = BLOCK_SIZE + 8;
	assert_int_equal(policy_check(&b, BLOCK_SIZE + 8, &f), -EINVAL);
}

/* The rows by name: each that is there, and its neighbours that are not. */
static void lookups(void **state)
{
	struct block b;
	struct plan_pin pin;
	uint8_t id[16] = { 3 }, sum[32];

	(void)state;
	fill(&b);
	assert_ptr_equal(policy_ceiling(&b.p, 1), &b.ceiling[0]);
	assert_ptr_equal(policy_ceiling(&b.p, 2), &b.ceiling[1]);
	assert_null(policy_ceiling(&b.p, 0));
	assert_null(policy_ceiling(&b.p, 3));
	assert_ptr_equal(policy_tenant(&b.p, id), &b.tenant[0]);
	id[0] = 4;
	assert_ptr_equal(policy_tenant(&b.p, id), &b.tenant[1]);
	for (size_t i = 0; i < 3; i++) {
		id[0] = (const uint8_t[]){ 2, 5, 4 }[i];
		id[15] = i == 2;
		assert_null(policy_tenant(&b.p, id));
	}
	pin = b.plan;
	assert_true(policy_has_plan(&b.p, &pin));
	pin.tenant[0] = 1; /* the text of another tenant */
	assert_false(policy_has_plan(&b.p, &pin));
	pin = b.plan;
	pin.source_sha256[31] ^= 1;
	assert_false(policy_has_plan(&b.p, &pin));
	memset(sum, 9, sizeof(sum));
	assert_true(policy_has_image(&b.p, sum));
	sum[0] = 8;
	assert_false(policy_has_image(&b.p, sum));
}

/* A sealed block of an epoch. */
static int block_fd(uint32_t epoch)
{
	struct host_policy p;
	int fd = memfd_create("block", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	policy_private(&p, OWN);
	p.epoch = epoch;
	assert_int_equal(write(fd, &p, sizeof(p)), sizeof(p));
	assert_int_equal(
		fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL),
		0);
	return fd;
}

/* A reader takes a block whose epoch grows, and keeps the one it has otherwise. */
static void epochs(void **state)
{
	static const struct {
		const char *why;
		uint32_t epoch;
		int want;
	} steps[] = {
		{ "the first", 2, 0 },	    { "the same again", 2, -ESTALE },
		{ "the next", 3, 0 },	    { "one of before", 2, -ESTALE },
		{ "no block", 0, -EINVAL }, { "with a gap", 9, 0 },
	};
	const struct host_policy *have = NULL;
	uint32_t last = 0;

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(steps); i++) {
		struct fault f = { 0 };
		int fd = block_fd(steps[i].epoch);

		unit_eq(policy_take(fd, "test", &have, &f), steps[i].want, steps[i].why);
		last = steps[i].want ? last : steps[i].epoch;
		unit_eq(have->epoch, last, steps[i].why);
		(void)close(fd);
	}
}

static void ceiling_ids(void **state)
{
	(void)state;
	/* sha256sum of the name, its first four bytes, little-endian: stable, it is on disk */
	assert_int_equal(policy_ceiling_id("host.default"), CEILING_ID_DEFAULT);
	assert_int_not_equal(policy_ceiling_id("host.try"), policy_ceiling_id("host.default"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_thing_changed),
		cmocka_unit_test(own_uids),
		cmocka_unit_test(private_block),
		cmocka_unit_test(sizes),
		cmocka_unit_test(lookups),
		cmocka_unit_test(ceiling_ids),
		cmocka_unit_test(epochs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
