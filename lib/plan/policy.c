/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy.c - the operator's policy block. Runs in: cloisterd (makes the private one), every server
 * (checks what it got). Pure but for policy_map().
 *
 * The block is trusted only as far as its own numbers agree: counts, ranges, text. Ceilings inside
 * it are plans, which their user checks with plan_check().
 */
#include "lib/plan/policy.h"
#include "lib/base/fd.h"
#include "lib/base/sha256.h"
#include "lib/base/str.h"

#include <errno.h>
#include <string.h>

enum { PRIVATE_WORKLOADS = 4096 };

void policy_private(struct host_policy *p, uint32_t own_base)
{
	*p = (struct host_policy){
		.size = sizeof(*p),
		.epoch = 1,
		.may = MAY_ALL,
		.uid_base = UID_BASE,
		.index_max = TENANTS_MAX - 1,
		.ns_owner_uid = own_base + OWN_NS,
		.edge_uid = own_base + OWN_NS,
		.max_workloads = PRIVATE_WORKLOADS,
		.tenant_workloads = PRIVATE_WORKLOADS,
		.own_base = own_base,
		.throwaway_uid = own_base + OWN_THROWAWAY,
		.fs_uid = own_base + OWN_FS,
	};
	memcpy(p->magic, POLICY_MAGIC, sizeof(p->magic));
}

/* Where the tables stand: one behind the other, ceilings' plans last. */
struct tables {
	const struct ceiling_ref *ceiling;
	const struct tenant_pin *tenant;
	const struct grant_pin *grant;
	const struct plan_pin *plan;
	const struct image_pin *image;
	const struct publish_pin *publish;
	uint64_t plan_at, end;
};

static void find_tables(const struct host_policy *p, struct tables *t)
{
	const uint8_t *b = (const uint8_t *)p;
	uint64_t at = sizeof(*p);

	t->ceiling = (const void *)(b + at);
	at += (uint64_t)p->nceiling * sizeof(struct ceiling_ref);
	t->tenant = (const void *)(b + at);
	at += (uint64_t)p->ntenant * sizeof(struct tenant_pin);
	t->grant = (const void *)(b + at);
	at += (uint64_t)p->ngrant * sizeof(struct grant_pin);
	t->plan = (const void *)(b + at);
	at += (uint64_t)p->npin * sizeof(struct plan_pin);
	t->image = (const void *)(b + at);
	at += (uint64_t)p->nimage * sizeof(struct image_pin);
	t->publish = (const void *)(b + at);
	at += (uint64_t)p->npublish * sizeof(struct publish_pin);
	t->plan_at = at;
}

static int bad(struct fault *f, const char *what, size_t row)
{
	return fault_set(f, -EINVAL, "policy", "%s %zu", what, row);
}

/* Uids of tenants, of the supervisor and those used once must not meet, nor the system's. */
static int check_ids(const struct host_policy *p, struct fault *f)
{
	uint64_t end = (uint64_t)p->uid_base + ((uint64_t)p->index_max + 1) * IDS_PER_TENANT;
	const uint32_t own[] = { p->ns_owner_uid, p->edge_uid, p->throwaway_uid, p->fs_uid };

	if (p->index_max >= TENANTS_MAX || p->uid_base < IDS_PER_TENANT ||
	    p->uid_base % IDS_PER_TENANT || end > UINT32_MAX)
		return bad(f, "uid range of tenants from", p->uid_base);
	if (p->own_base % IDS_PER_TENANT)
		return bad(f, "own uid range from", p->own_base);
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (own[i] == 0 || own[i] == UINT32_MAX)
			return bad(f, "root or no one as own uid", i);
	for (size_t i = 0; p->own_base && i < ARRAY_LEN(own); i++)
		if (own[i] - p->own_base >= IDS_PER_TENANT)
			return bad(f, "uid outside the own range", i);
	return 0;
}

/* The private supervisor's own range is a tenant's row that it claimed; an installed one's is not.
 */
static int check_head(const void *block, size_t size, struct fault *f)
{
	const struct host_policy *p = block;

	if (size < sizeof(*p) || size > POLICY_MAX || p->size != size)
		return bad(f, "size", size);
	if (memcmp(p->magic, POLICY_MAGIC, sizeof(p->magic)) != 0)
		return bad(f, "not a policy block of version", 1);
	if (!p->epoch || p->may & ~(uint64_t)MAY_ALL || !p->max_workloads || !p->tenant_workloads ||
	    p->pad)
		return bad(f, "epoch, bits or workloads of epoch", p->epoch);
	return check_ids(p, f);
}

static int check_ceilings(const struct host_policy *p, struct tables *t, struct fault *f)
{
	t->end = t->plan_at;
	for (uint32_t i = 0; i < p->nceiling; i++) {
		const struct ceiling_ref *c = &t->ceiling[i];

		if (c->pad || c->off % 8 || c->off < t->end || c->off - t->end >= 8 || !c->len ||
		    c->off > p->size || c->len > p->size - c->off || !c->id ||
		    (i && c->id <= c[-1].id))
			return bad(f, "ceiling", i);
		t->end = (uint64_t)c->off + c->len;
	}
	return p->size - t->end >= 8 ? bad(f, "bytes behind", t->end) : 0;
}

uint32_t policy_ceiling_id(const char *name)
{
	uint8_t sum[32];
	uint32_t id;

	sha256_of(name, strlen(name), sum);
	memcpy(&id, sum, sizeof(id));
	return id ? id : 1;
}

const struct ceiling_ref *policy_ceiling(const struct host_policy *p, uint32_t id)
{
	struct tables t;

	find_tables(p, &t);
	for (uint32_t i = 0; i < p->nceiling; i++)
		if (t.ceiling[i].id == id)
			return &t.ceiling[i];
	return NULL;
}

const struct tenant_pin *policy_tenant(const struct host_policy *p, const uint8_t id[16])
{
	struct tables t;
	uint32_t lo = 0, hi = p->ntenant;

	find_tables(p, &t);
	while (lo < hi) { /* by id, each once: policy_check() */
		uint32_t mid = lo + (hi - lo) / 2;
		int order = memcmp(t.tenant[mid].id, id, sizeof(t.tenant[mid].id));

		if (order == 0)
			return &t.tenant[mid];
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

bool policy_has_plan(const struct host_policy *p, const struct plan_pin *want)
{
	struct tables t;

	find_tables(p, &t);
	for (uint32_t i = 0; i < p->npin; i++)
		if (memcmp(&t.plan[i], want, sizeof(*want)) == 0)
			return true;
	return false;
}

bool policy_has_image(const struct host_policy *p, const uint8_t sha256[32])
{
	struct tables t;

	find_tables(p, &t);
	for (uint32_t i = 0; i < p->nimage; i++)
		if (memcmp(t.image[i].sha256, sha256, sizeof(t.image[i].sha256)) == 0)
			return true;
	return false;
}

static int check_image(const struct image_pin *m)
{
	const char *name = (const char *)m->name;
	size_t n = strnlen(name, sizeof(m->name));

	for (size_t i = n; i < sizeof(m->name); i++)
		if (m->name[i])
			return 0;
	return str_is_label(name, n);
}

int policy_check(const void *block, size_t size, struct fault *f)
{
	const struct host_policy *p = block;
	struct tables t;
	int r;

	if (!block || (uintptr_t)block % 8)
		return bad(f, "no block at", 0);
	r = check_head(block, size, f);
	if (r)
		return r;
	find_tables(p, &t);
	if (t.plan_at > size)
		return bad(f, "tables longer than", size);
	r = check_ceilings(p, &t, f);
	for (uint32_t i = 0; !r && i < p->ntenant; i++)
		if (t.tenant[i].pad || !policy_ceiling(p, t.tenant[i].ceiling))
			r = bad(f, "tenant", i);
	for (uint32_t i = 1; !r && i < p->ntenant; i++)
		if (memcmp(t.tenant[i - 1].id, t.tenant[i].id, sizeof(t.tenant[i].id)) >= 0)
			r = bad(f, "order of tenant", i);
	for (uint32_t i = 0; !r && i < p->ngrant; i++)
		if (t.grant[i].not_after && t.grant[i].not_after < t.grant[i].not_before)
			r = bad(f, "grant", i);
	for (uint32_t i = 0; !r && i < p->nimage; i++)
		if (!check_image(&t.image[i]))
			r = bad(f, "image", i);
	for (uint32_t i = 0; !r && i < p->npublish; i++)
		if (t.publish[i].pad || !t.publish[i].port ||
		    (t.publish[i].proto != 6 && t.publish[i].proto != 17))
			r = bad(f, "publish", i);
	return r;
}

int policy_map(int fd, const char *site, const struct host_policy **ret, struct fault *f)
{
	const void *map = NULL;
	int size = sealed_map(fd, POLICY_MAX, site, &map, f);
	int rc = size < 0 ? size : policy_check(map, (size_t)size, f);

	if (rc < 0 && size >= 0)
		sealed_unmap(map, (size_t)size);
	if (rc < 0)
		return rc;
	*ret = map;
	return size;
}

int policy_swap(const struct host_policy *next, const struct host_policy **have, struct fault *f)
{
	if (*have && next->epoch <= (*have)->epoch) {
		int rc = fault_set(f, -ESTALE, "policy.epoch", "epoch %u does not grow from %u",
				   next->epoch, (*have)->epoch);

		sealed_unmap(next, next->size);
		return rc;
	}
	if (*have)
		sealed_unmap(*have, (*have)->size);
	*have = next;
	return 0;
}

int policy_take(int fd, const char *site, const struct host_policy **have, struct fault *f)
{
	const struct host_policy *next = NULL;
	int size = policy_map(fd, site, &next, f);

	return size < 0 ? size : policy_swap(next, have, f);
}
