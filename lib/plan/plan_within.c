/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_within.c - is a plan within a ceiling (security-model.md 3.4 step 4, I3).
 * Runs in: cloister-spawn, cloister-compile. Pure.
 *
 * W1 Both are bytes that were checked first; nothing that either says about itself is believed, so
 *    SYSRULE, EXPECT, PROV and the hashes are not looked at.
 * W2 A bound of the ceiling that the plan has no row for is not kept; but no row for huge pages is
 *    none of them: plan_check() saw that the filter refuses to ask.
 */
#include "lib/plan/plan_within.h"
#include "lib/plan/feature.h"
#include "lib/plan/plan_check.h"

#include <errno.h>
#include <linux/mount.h>
#include <string.h>

struct pair {
	const struct plan_hdr *p, *c;
	struct fault *f;
};

enum { TCP = 6, CONNECT_TCP = 2, BIND_TCP = 1, ABI_NET = 4, PORT_FREE = 1024 };

static int wider(const struct pair *w, enum within k, const char *what, size_t row)
{
	(void)fault_set(w->f, -EPERM, "plan.within", "the plan exceeds its ceiling: %s (row %zu)",
			what, row);
	return (int)k;
}

static int header(const struct pair *w)
{
	if (w->p->flags & ~w->c->flags & PLAN_F_HOST_SOURCE)
		return wider(w, WIDER_HEADER, "source host", 0);
	for (unsigned s = 0; s < PLAN__COUNT; s++)
		if ((s == PLAN_VOLUME || s == PLAN_CHANNEL || s == PLAN_NEVER) && w->p->sec[s].len)
			return wider(w, WIDER_LATER, "a section of a later version", s);
	return 0;
}

/* Is v one of the lines of list? An empty list permits all. */
static int is_listed(const char *list, const char *v)
{
	size_t n = strlen(v);

	for (const char *at = list; *at; at += strcspn(at, "\n"), at += *at == '\n')
		if (strcspn(at, "\n") == n && memcmp(at, v, n) == 0)
			return 1;
	return *list == '\0';
}

static int ident(const struct pair *w)
{
	const struct plan_ident *p = plan_row(w->p, PLAN_IDENT, 0);
	const struct plan_ident *c = plan_row(w->c, PLAN_IDENT, 0);
	const char *zone = plan_text(w->p, p->timezone);

	if (!is_listed(plan_text(w->c, c->hostname), plan_text(w->p, p->hostname)))
		return wider(w, WIDER_IDENT, "hostname", 0);
	if (!is_listed(plan_text(w->c, c->user), plan_text(w->p, p->user)))
		return wider(w, WIDER_IDENT, "user", 0);
	if (*zone && !is_listed(plan_text(w->c, c->timezone), zone))
		return wider(w, WIDER_IDENT, "timezone", 0);
	if (!(c->ready >> p->ready & 1) || !(c->missing >> p->missing & 1) ||
	    !(c->stop >> p->stop & 1))
		return wider(w, WIDER_IDENT, "ready, missing or stop-signal", 0);
	return p->language == c->language ? 0 : wider(w, WIDER_IDENT, "language", 0);
}

static int features(const struct pair *w)
{
	const struct plan_features *p = plan_row(w->p, PLAN_FEATURES, 0);
	const struct plan_features *c = plan_row(w->c, PLAN_FEATURES, 0);

	for (size_t i = 0; i < FEAT__COUNT; i++)
		if ((p->on | p->permitted) & ~c->on & FEAT_BIT(i))
			return wider(w, WIDER_FEATURE, feature_table[i].name, i);
	return 0;
}

static int credentials(const struct pair *w)
{
	const struct plan_ns *pn = plan_row(w->p, PLAN_NS, 0), *cn = plan_row(w->c, PLAN_NS, 0);
	const struct plan_caps *p = plan_row(w->p, PLAN_CAPS, 0);
	const struct plan_caps *c = plan_row(w->c, PLAN_CAPS, 0);
	const uint64_t more = (p->effective & ~c->effective) | (p->permitted & ~c->permitted) |
			      (p->inheritable & ~c->inheritable) | (p->bounding & ~c->bounding) |
			      (p->ambient & ~c->ambient);

	if (cn->clone_mask & ~pn->clone_mask ||
	    memcmp(pn->time_offset, cn->time_offset, sizeof(pn->time_offset)) != 0)
		return wider(w, WIDER_NS, "namespaces", 0);
	if (more || c->securebits & ~p->securebits || c->no_new_privs > p->no_new_privs)
		return wider(w, WIDER_CAPS, "a capability, securebits or no_new_privs", 0);
	return 0;
}

static int rlimits(const struct pair *w)
{
	const struct plan_rlimit *p, *c;

	for (size_t i = 0; (p = plan_row(w->p, PLAN_RLIMIT, i)); i++) {
		c = plan_row(w->c, PLAN_RLIMIT, i); /* 16 rows, one of each */
		if (p->resource != c->resource || p->soft > c->soft || p->hard > c->hard)
			return wider(w, WIDER_RLIMIT, "rlimit", i);
	}
	return 0;
}

static int knob_fits(const struct plan_cgroup *p, const struct plan_cgroup *c)
{
	uint64_t mine, most;

	if (c->knob == KNOB_OOM_GROUP) /* a duty, not an amount */
		return p->v[0] >= c->v[0];
	if (c->knob != KNOB_CPU_MAX)
		return p->v[0] <= c->v[0];
	/* quota / period, which are small; what overflows is out of range on either side */
	return !__builtin_mul_overflow(p->v[0], c->v[1], &mine) &&
	       !__builtin_mul_overflow(c->v[0], p->v[1], &most) && mine <= most;
}

static int knobs(const struct pair *w)
{
	const struct plan_cgroup *p, *c;

	for (size_t i = 0; (c = plan_row(w->c, PLAN_CGROUP, i)); i++) {
		for (size_t k = 0; (p = plan_row(w->p, PLAN_CGROUP, k)); k++)
			if (p->knob == c->knob)
				break;
		if (p ? !knob_fits(p, c) : c->knob != KNOB_HUGETLB_2MB) /* W2 */
			return wider(w, WIDER_KNOB, "cgroup knob", c->knob);
	}
	return 0;
}

static int limits(const struct pair *w)
{
	const struct plan_limitmisc *p, *c;

	for (size_t i = 0; (c = plan_row(w->c, PLAN_LIMITMISC, i)); i++) {
		for (size_t k = 0; (p = plan_row(w->p, PLAN_LIMITMISC, k)); k++)
			if (p->limit == c->limit)
				break;
		if (!p || p->value > c->value) /* W2 */
			return wider(w, WIDER_LIMIT, "limit", c->limit);
	}
	return 0;
}

/* Is path dir itself, or below it? dir may end in a slash. */
static int reaches(const char *dir, const char *path)
{
	size_t n = strlen(dir);

	n -= n && dir[n - 1] == '/';
	return strncmp(dir, path, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

/* The rights of the rules at or above r's path; a rule without a trailing / is of one file. */
static int path_fits(const struct pair *w, const struct plan_llrule *r)
{
	const char *path = plan_text(w->p, r->path);
	const struct plan_llrule *c;
	uint64_t left = r->access;

	for (size_t i = 0; (c = plan_row(w->c, PLAN_LLRULE, i)); i++) {
		const char *dir = plan_text(w->c, c->path);
		size_t n = strlen(dir);

		if (c->flags & LLRULE_PORT)
			continue;
		if (strcmp(dir, path) == 0 || (n && dir[n - 1] == '/' && reaches(dir, path)))
			left &= ~c->access;
	}
	return !left;
}

/* The addresses of p are among those of c, for one direction and protocol. */
static int same_way(const struct plan_netrule *p, const struct plan_netrule *c)
{
	if (p->dir != c->dir || p->proto != c->proto || (c->family && c->family != p->family) ||
	    c->prefix > p->prefix)
		return 0;
	for (unsigned bit = 0; c->family && bit < c->prefix; bit++)
		if ((p->addr[bit / 8] ^ c->addr[bit / 8]) & 0x80u >> bit % 8)
			return 0;
	return 1;
}

/* All ports of p are in rows of the ceiling that have all its addresses. */
static int box_fits(const struct pair *w, const struct plan_netrule *p)
{
	uint32_t port = p->port_lo, before;
	const struct plan_netrule *c;

	do {
		before = port;
		for (size_t i = 0; (c = plan_row(w->c, PLAN_NETRULE, i)); i++)
			if (same_way(p, c) && c->port_lo <= port && port <= c->port_hi)
				port = c->port_hi + 1u;
	} while (port != before && port <= p->port_hi);
	return port > p->port_hi;
}

static int listens(const struct pair *w, uint16_t lo, uint16_t hi)
{
	const struct plan_netrule box = {
		.dir = NET_IN, .proto = TCP, .port_lo = lo, .port_hi = hi
	};

	return !(w->c->flags & CEILING_NET) || box_fits(w, &box);
}

static int landlock(const struct pair *w)
{
	const struct plan_landlock *l = plan_row(w->p, PLAN_LANDLOCK, 0);
	const struct plan_features *on = plan_row(w->p, PLAN_FEATURES, 0);
	const struct plan_llrule *r;

	for (size_t i = 0; (r = plan_row(w->p, PLAN_LLRULE, i)); i++) {
		if (r->flags & LLRULE_PORT) {
			if (r->access & ~(uint64_t)BIND_TCP ||
			    !listens(w, (uint16_t)r->port, (uint16_t)r->port))
				return wider(w, WIDER_PORT, "a port of Landlock", i);
		} else if (w->c->flags & CEILING_PATHS && !path_fits(w, r)) {
			return wider(w, WIDER_PATH, "path", i);
		}
	}
	/* what is not handled is open: connecting only with a network, binding only where all
	 * ports are. That the ABI is this kernel's is spawn's to see. */
	if (w->p->min_landlock_abi < ABI_NET)
		return 0;
	if (!(l->net & CONNECT_TCP) && !(on->on & FEAT_BIT(FEAT_NET_LOOPBACK)))
		return wider(w, WIDER_PORT, "connecting is not held", 0);
	if (!(l->net & BIND_TCP) && !listens(w, PORT_FREE, UINT16_MAX))
		return wider(w, WIDER_PORT, "binding is not held", 0);
	return 0;
}

static int host_fits(const struct pair *w, const struct plan_mount *p, const struct plan_mount *c)
{
	return reaches(plan_text(w->c, c->name), plan_text(w->p, p->name));
}

static int same_target(const struct pair *w, const struct plan_mount *p, const struct plan_mount *c)
{
	return strcmp(plan_text(w->p, p->target), plan_text(w->c, c->target)) == 0;
}

static int as_tight(const struct pair *w, const struct plan_mount *p, const struct plan_mount *c)
{
	const uint64_t hold = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			      MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSYMFOLLOW;

	return !(c->attr & hold & ~p->attr) && !(p->flags & ~c->flags) && p->size <= c->size &&
	       (p->kind != MOUNT_IMAGE ||
		(memcmp(p->digest, c->digest, sizeof(p->digest)) == 0 &&
		 strcmp(plan_text(w->p, p->name), plan_text(w->c, c->name)) == 0));
}

/* A row of the ceiling binds the mounts of its kind at its target (host: from its path); what none
 * binds may stand where the ceiling lists no mounts, but for the host's files. */
static int mounts(const struct pair *w)
{
	const struct plan_mount *p, *c;

	for (size_t i = 0; (p = plan_row(w->p, PLAN_MOUNT, i)); i++) {
		int fits = p->kind != MOUNT_HOST && !(w->c->flags & CEILING_MOUNTS);
		int (*binds)(const struct pair *, const struct plan_mount *,
			     const struct plan_mount *) =
			p->kind == MOUNT_HOST ? host_fits : same_target;
		int bound = 0;

		for (size_t k = 0; bound < 2 && (c = plan_row(w->c, PLAN_MOUNT, k)); k++)
			if (c->kind == p->kind && binds(w, p, c))
				bound = as_tight(w, p, c) ? 2 : 1;
		if (bound ? bound == 1 : !fits)
			return wider(w, WIDER_MOUNT, "mount", i);
	}
	return 0;
}

static int devices(const struct pair *w)
{
	const struct plan_device *p = plan_row(w->p, PLAN_DEVICE, 0);
	const struct plan_device *c = plan_row(w->c, PLAN_DEVICE, 0);

	return p->nodes & ~c->nodes ? wider(w, WIDER_DEVICE, "a device node", 0) : 0;
}

static int net(const struct pair *w)
{
	const struct plan_netrule *p;

	for (size_t i = 0; (p = plan_row(w->p, PLAN_NETRULE, i)); i++)
		if (w->c->flags & CEILING_NET && !box_fits(w, p))
			return wider(w, WIDER_NET, "network rule", i);
	return 0;
}

static int env(const struct pair *w)
{
	const struct plan_env *p, *c;

	for (size_t i = 0; (p = plan_row(w->p, PLAN_ENV, i)); i++) {
		if (!(w->c->flags & CEILING_ENV))
			return 0;
		for (size_t k = 0; (c = plan_row(w->c, PLAN_ENV, k)); k++)
			if (strcmp(plan_text(w->p, p->name), plan_text(w->c, c->name)) == 0)
				break;
		if (!c)
			return wider(w, WIDER_ENV, "variable", i);
	}
	return 0;
}

static int command(const struct pair *w)
{
	const struct plan_exec *p = plan_row(w->p, PLAN_EXEC, 0);
	const struct plan_exec *c = plan_row(w->c, PLAN_EXEC, 0);

	if (p->uid != c->uid || p->gid != c->gid || c->umask & ~p->umask)
		return wider(w, WIDER_EXEC, "uid, gid or umask", 0);
	return 0;
}

int plan_within(const void *plan, size_t n, const void *ceiling, size_t cn, struct fault *f)
{
	static int (*const part[])(const struct pair *) = {
		header, ident,	  features, credentials, rlimits, knobs,   limits,
		mounts, landlock, devices,  net,	 env,	  command,
	};
	const struct pair w = { plan, ceiling, f };
	int r = 0;

	if (!f)
		return -EINVAL;
	if (!plan || n < sizeof(*w.p) || n != w.p->total_len)
		return fault_set(f, -EINVAL, "plan.within", "not a plan of %zu bytes", n);
	if (plan_check_ceiling(ceiling, cn, f)) /* W1 */
		return WIDER_CEILING;
	for (size_t i = 0; !r && i < ARRAY_LEN(part); i++)
		r = part[i](&w);
	return r;
}
