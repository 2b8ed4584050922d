/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_access.c - plan_check: Landlock and network rules. Runs in: cloister-spawn,
 * cloister-compile. Pure.
 */
#include "lib/plan/check.h"
#include "lib/plan/feature.h"

#include <string.h>

enum { TCP = 6, UDP = 17, LOW_PORTS = 1024 };

struct rights {
	uint64_t fs, net, scoped;
};

/* What each Landlock ABI knows (kernel Documentation/userspace-api/landlock.rst). */
static struct rights abi_rights(unsigned abi)
{
	struct rights r = { 0, 0, 0 };

	if (abi >= 1)
		r.fs = 0x1fff;
	if (abi >= 2)
		r.fs |= 1u << 13; /* REFER */
	if (abi >= 3)
		r.fs |= 1u << 14; /* TRUNCATE */
	if (abi >= 4)
		r.net = 3; /* BIND_TCP, CONNECT_TCP */
	if (abi >= 5)
		r.fs |= 1u << 15; /* IOCTL_DEV */
	if (abi >= 6)
		r.scoped = 3; /* abstract unix sockets, signals */
	return r;
}

static int check_handled(struct check *c)
{
	const struct plan_landlock *l = check_only(c, PLAN_LANDLOCK);
	struct rights r = abi_rights(c->h->min_landlock_abi);

	if (!c->h->min_landlock_abi ||
	    (l->fs & ~r.fs) | (l->net & ~r.net) | (l->scoped & ~r.scoped))
		return check_bad(c, PF_LL_ABI, l);
	if (l->fs != r.fs || l->scoped != r.scoped)
		return check_bad(c, PF_LL_HANDLED, l);
	return 0;
}

static int check_llrule(struct check *c, const struct plan_llrule *r)
{
	const struct plan_landlock *l = check_only(c, PLAN_LANDLOCK);
	int is_port = (r->flags & LLRULE_PORT) != 0;

	if (r->flags & ~(uint32_t)(LLRULE_OPTIONAL | LLRULE_PORT))
		return check_bad(c, PF_LL_RULE, &r->flags);
	if (!r->access || r->access & ~(is_port ? l->net : l->fs))
		return check_bad(c, PF_LL_ACCESS, &r->access);
	if (is_port ? r->port == 0 || r->port > UINT16_MAX || r->path.len : r->port != 0)
		return check_bad(c, PF_LL_RULE, &r->port);
	return is_port ? 0 : check_path(c, &r->path, 1);
}

/* All bits behind the prefix are zero, also those behind a short address. */
static int has_host_bits(const struct plan_netrule *r)
{
	for (unsigned bit = r->prefix; bit < 8 * sizeof(r->addr); bit++)
		if (r->addr[bit / 8] & 0x80u >> bit % 8)
			return 1;
	return 0;
}

static int check_netrule(struct check *c, const struct plan_netrule *r)
{
	uint64_t on = check_features_on(c);
	uint64_t need = r->dir == NET_IN ? FEAT_BIT(FEAT_NET_INBOUND) : FEAT_BIT(FEAT_NET_OUTBOUND);
	unsigned bits = r->family == 4 ? 32 : r->family == 6 ? 128 : 0;

	if ((r->dir != NET_IN && r->dir != NET_OUT) || (r->proto != TCP && r->proto != UDP) ||
	    (r->family && !bits) || r->prefix > bits || !r->port_lo || r->port_lo > r->port_hi)
		return check_bad(c, PF_NET_RULE, r);
	if (has_host_bits(r))
		return check_bad(c, PF_NET_HOST_BITS, r->addr);
	if (r->family == 6)
		need |= FEAT_BIT(FEAT_NET_IPV6);
	if (r->dir == NET_IN && r->port_lo < LOW_PORTS)
		need |= FEAT_BIT(FEAT_NET_LOW_PORTS);
	return need & ~on ? check_bad(c, PF_NET_FEATURE, r) : 0;
}

int check_access(struct check *c)
{
	const struct plan_llrule *l = check_only(c, PLAN_LLRULE);
	const struct plan_netrule *n = check_only(c, PLAN_NETRULE);
	int r = check_handled(c);

	for (size_t i = 0; !r && i < c->h->sec[PLAN_LLRULE].count; i++)
		r = check_llrule(c, &l[i]);
	for (size_t i = 0; !r && i < c->h->sec[PLAN_NETRULE].count; i++)
		r = check_netrule(c, &n[i]);
	return r;
}
