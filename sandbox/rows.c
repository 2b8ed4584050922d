/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rows.c - taking and finding rows of the spawner's tables. Runs in: cloister-spawn.
 */
#include "sandbox/rows.h"
#include "lib/plan/policy.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

/* clang-format off */
#define AT(member) offsetof(struct app, member), sizeof(((struct app *)0)->member[0])
static const struct kind {
	const char *noun, *full, *slot, *used; /* and the sites of its faults */
	size_t at, size;
	uint32_t count;
	uint32_t per; /* workload: what one can need, and what is made ahead or not gone yet */
} kinds[TABLE__COUNT] = {
	[TABLE_PLAN]     = { "plan",     "plan.full",     "plan.slot",     "plan.used",   AT(plans),     PLANS_MAX,     2 },
	[TABLE_CGROUP]   = { "cgroup",   "cgroup.full",   "cgroup.slot",   "cgroup.used", AT(cgroups),   CGROUPS_MAX,   2 },
	[TABLE_GRIP]     = { "grip",     "grip.full",     "grip.slot",     "grip.used",   AT(grips),     GRIPS_MAX,     8 },
	[TABLE_START]    = { "process",  "start.full",    "start.slot",    "start.used",  AT(starts),    STARTS_MAX,    3 },
	[TABLE_TEMPLATE] = { "template", "mounts.full",   "mounts.slot",   "mounts.used", AT(templates), TEMPLATES_MAX, 2 },
};
/* clang-format on */

static struct row *row_at(struct app *a, enum table k, uint32_t i)
{
	return (struct row *)(void *)((char *)a + kinds[k].at + kinds[k].size * i);
}

uint32_t row_number(const struct app *a, enum table k, const void *row)
{
	const char *first = (const char *)a + kinds[k].at;

	return (uint32_t)((size_t)((const char *)row - first) / kinds[k].size);
}

struct slot row_slot(const struct app *a, enum table k, const void *row)
{
	return (struct slot){ row_number(a, k, row), ((const struct row *)row)->gen };
}

static void count(struct app *a, enum table k, struct tenant_ref t, uint32_t n)
{
	a->tenants[t.index].live += n;
	a->tenants[t.index].of[k] += n;
	a->rows[k].live += n;
}

/* I12: what the operator allows of all and of one tenant, read from the block at each use. */
static bool has_room(const struct app *a, enum table k, struct tenant_ref t, struct fault *f)
{
	const struct host_policy *p = a->policy;
	uint64_t per = kinds[k].per;

	if (a->tenants[t.index].of[k] >= per * p->tenant_workloads)
		(void)fault_set(
			f, -EDQUOT, kinds[k].full,
			"the tenant has as many of kind %s as limit tenant-workloads allows",
			kinds[k].noun);
	else if (a->rows[k].live >= per * p->max_workloads)
		(void)fault_set(f, -EDQUOT, kinds[k].full,
				"there are as many of kind %s as limit workloads allows",
				kinds[k].noun);
	else
		return true;
	return false;
}

void *row_take(struct app *a, enum table k, struct tenant_ref t, struct fault *f)
{
	uint32_t i = a->rows[k].free ? a->rows[k].free - 1 : a->rows[k].top;
	struct row *row = row_at(a, k, i);

	if (i == kinds[k].count) {
		(void)fault_set(f, -ENOSPC, kinds[k].full, "%u of kind %s are the bound", i,
				kinds[k].noun);
		return NULL;
	}
	if (t.gen && !has_room(a, k, t, f))
		return NULL;
	if (a->rows[k].free)
		a->rows[k].free = row->uses;
	else
		a->rows[k].top++;
	memset(row, 0, kinds[k].size);
	row->gen = ++a->gen ? a->gen : ++a->gen;
	row->t = t;
	if (t.gen)
		count(a, k, t, 1);
	return row;
}

void row_free(struct app *a, enum table k, void *p)
{
	struct row *row = p;

	if (row->t.gen)
		count(a, k, row->t, UINT32_MAX); /* one less */
	row->gen = 0;
	row->uses = a->rows[k].free;
	a->rows[k].free = row_number(a, k, row) + 1;
}

void *row_get(struct app *a, enum table k, struct slot s)
{
	struct row *row = s.n < kinds[k].count ? row_at(a, k, s.n) : NULL;

	return row && s.gen && row->gen == s.gen ? row : NULL;
}

void *row_own(struct app *a, enum table k, struct tenant_ref t, struct slot s, struct fault *f)
{
	const struct row *row = row_get(a, k, s);

	if (row && tenant_same(row->t, t))
		return row_at(a, k, s.n);
	(void)fault_set(f, row ? -EPERM : -ESTALE, kinds[k].slot, "not a live %s of this tenant",
			kinds[k].noun);
	return NULL;
}

void *row_idle(struct app *a, enum table k, const struct spawn_slot *q, struct fault *f)
{
	struct row *row = row_own(a, k, q->t, q->s, f);

	if (!row || !row->uses)
		return row;
	(void)fault_set(f, -EBUSY, kinds[k].used, "%u starts use this %s", row->uses,
			kinds[k].noun);
	return NULL;
}

int watch_add(struct app *a, int fd, enum watch kind, uint32_t n, struct fault *f)
{
	struct epoll_event e = { .events = EPOLLIN, .data.u64 = (uint64_t)kind << 32 | n };

	if (epoll_ctl(a->epoll, EPOLL_CTL_ADD, fd, &e) < 0)
		return fault_sys(f, "spawn.watch", "watching a descriptor of kind %u", kind);
	return 0;
}
