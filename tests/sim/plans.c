/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plans.c - the plans of this world: just enough of one each for plan_read() and plan_compare().
 * Number 1 and 2 differ in what can be changed while it runs.
 */
#include "tests/sim/sim.h"

#include "lib/base/sha256.h"
#include "lib/plan/feature.h"
#include "lib/plan/plan.h"

#include <string.h>

static const struct recipe {
	bool net, command;
	uint32_t images, ready;
	uint64_t memory, stop, startup, lifetime; /* ns; 0: not said */
} recipes[SIM_PLANS] = {
	{ false, true, 0, READY_TIME, 1 << 24, 0, SECONDS, 0 },
	{ true, true, 1, READY_NOTIFY, 1 << 24, SECONDS, 2 * SECONDS, 0 },
	{ true, true, 1, READY_NOTIFY, 1 << 25, 2 * SECONDS, 2 * SECONDS, 0 },
	{ true, true, 2, READY_LISTEN, 1 << 24, 0, 0, 0 },
	{ true, false, 1, READY_TIME, 1 << 24, SECONDS, 0, 0 },
	{ false, false, 0, READY_TIME, 1 << 24, 0, 0, 5 * SECONDS },
	{ false, true, 0, READY_TIME, 1 << 24, SECONDS, SECONDS, 3 * SECONDS },
};

/* Begins section s at the end of the plan. */
static void *section(uint8_t *plan, enum plan_section s, uint32_t count, size_t stride)
{
	struct plan_hdr *h = (struct plan_hdr *)(void *)plan;
	uint32_t at = h->total_len;

	h->sec[s] = (struct plan_sec){ .off = at,
				       .len = (uint32_t)(count * stride),
				       .count = (uint16_t)count,
				       .stride = (uint16_t)stride };
	h->total_len += (uint32_t)(count * stride + 7) & ~7u;
	if (h->total_len > sizeof(W->plan_bytes[0]))
		sim_fail("a plan of %u bytes", h->total_len);
	return plan + at;
}

static void limits(uint8_t *plan, const struct recipe *r)
{
	const struct plan_limitmisc all[] = { { LIMIT_STOP_NS, 0, r->stop },
					      { LIMIT_STARTUP_NS, 0, r->startup },
					      { LIMIT_LIFETIME_NS, 0, r->lifetime } };
	uint32_t n = 0;
	struct plan_limitmisc *l;

	for (uint32_t i = 0; i < 3; i++)
		n += all[i].value != 0;
	l = section(plan, PLAN_LIMITMISC, n, sizeof(*l));
	for (uint32_t i = 0; i < 3; i++)
		if (all[i].value)
			*l++ = all[i];
}

static void build(uint32_t n)
{
	const struct recipe *r = &recipes[n];
	uint8_t *plan = W->plan_bytes[n];
	struct plan_hdr *h = (struct plan_hdr *)(void *)plan;
	struct plan_features *f;
	struct plan_cgroup *c;
	struct plan_mount *m;

	memcpy(h->magic, PLAN_MAGIC, sizeof(h->magic));
	h->version = PLAN_VERSION;
	h->nsections = PLAN__COUNT;
	h->body_sha256[0] = (uint8_t)n;
	h->total_len = sizeof(*h);
	((struct plan_ident *)section(plan, PLAN_IDENT, 1, sizeof(struct plan_ident)))->ready =
		r->ready;
	f = section(plan, PLAN_FEATURES, 1, sizeof(*f));
	f->on = r->net ? FEAT_BIT(FEAT_NET_LOOPBACK) : 0;
	c = section(plan, PLAN_CGROUP, 1, sizeof(*c));
	c->knob = KNOB_MEMORY_MAX;
	c->v[0] = r->memory;
	m = section(plan, PLAN_MOUNT, r->images, sizeof(*m));
	for (uint32_t i = 0; i < r->images; i++) {
		m[i].kind = MOUNT_IMAGE;
		memcpy(m[i].digest, W->image_digest[i], DIGEST_LEN);
	}
	limits(plan, r);
	((struct plan_exec *)section(plan, PLAN_EXEC, 1, sizeof(struct plan_exec)))->path.len =
		r->command;
	W->plan_size[n] = h->total_len;
	sha256_of(plan, h->total_len, W->plan_digest[n]);
}

void sim_plans(void)
{
	for (uint32_t i = 0; i < SIM_IMAGES; i++)
		memset(W->image_digest[i], (int)(0xa0 + i), DIGEST_LEN);
	for (uint32_t n = 0; n < SIM_PLANS; n++)
		build(n);
}
