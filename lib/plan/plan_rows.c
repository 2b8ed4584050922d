/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_rows.c - plan_check: identity, features, namespaces, credentials, limits, environment,
 * command, expectations. Runs in: cloister-spawn, cloister-compile. Pure.
 */
#include "lib/plan/check.h"
#include "lib/base/str.h"
#include "lib/plan/feature.h"
#include "lib/plan/property.h"

#include <sched.h>
#include <string.h>
#include <sys/resource.h>

enum {
	SECUREBITS = 0xef, /* NOROOT, NO_SETUID_FIXUP, NO_CAP_AMBIENT_RAISE, all locked */
	HOSTNAME_MAX = 63,
	USER_MAX = 32,
	TIMEZONE_MAX = 64,
	WEIGHT_MAX = 10000,
	PERIOD_MIN = 1000,
	PERIOD_MAX = 1000000, /* us; the kernel's own bounds of cpu.max */
	QUOTA_MIN = 1000,
};

uint64_t check_features_on(const struct check *c)
{
	return ((const struct plan_features *)check_only(c, PLAN_FEATURES))->on;
}

/* Letters, digits and those of `more`, 1 to max of them, the first no digit or mark if first. */
static int check_chars(struct check *c, const struct plan_str *s, const char *more, size_t max)
{
	static const char base[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	const char *t = plan_text(c->p, *s);

	if (s->len == 0 || s->len > max || t[0] == '-' || t[0] == '.')
		return check_bad(c, PF_NAME, s);
	for (size_t i = 0; i < s->len; i++)
		if (!strchr(base, t[i]) && !strchr(more, t[i]))
			return check_bad(c, PF_NAME, s);
	return 0;
}

/* What stands in generated files and in TZ must not break out of its field. */
static int check_ident(struct check *c)
{
	const struct plan_ident *i = check_only(c, PLAN_IDENT);
	int r;

	if (!str_is_name(plan_text(c->p, i->profile), i->profile.len))
		return check_bad(c, PF_NAME, &i->profile);
	r = check_chars(c, &i->hostname, "-.", HOSTNAME_MAX);
	r = r ? r : check_chars(c, &i->user, "-_", USER_MAX);
	if (!r && i->timezone.len)
		r = check_chars(c, &i->timezone, "-_+/,:", TIMEZONE_MAX);
	if (!r && (i->language != 1 || i->ready >= READY__COUNT || i->missing >= MISSING__COUNT ||
		   i->stop >= STOP__COUNT))
		return check_bad(c, PF_IDENT, &i->language);
	return r;
}

static int check_features(struct check *c)
{
	const struct plan_features *s = check_only(c, PLAN_FEATURES);

	if ((s->on | s->permitted) >> FEAT__COUNT)
		return check_bad(c, PF_FEATURE_BIT, s);
	if (s->on & ~s->permitted)
		return check_bad(c, PF_FEATURE_CEILING, s);
	for (unsigned i = 0; i < FEAT__COUNT; i++) {
		const struct feature_row *row = &feature_table[i];

		if (!(s->on & FEAT_BIT(i)))
			continue;
		if (!row->can_be_on || !row->built)
			return check_bad(c, PF_LATER, s);
		if (row->needs & ~s->on)
			return check_bad(c, PF_FEATURE_NEEDS, s);
	}
	return 0;
}

static int check_ns(struct check *c)
{
	const uint64_t all = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWNS |
			     CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP;
	const struct plan_ns *n = check_only(c, PLAN_NS);

	if (n->clone_mask != all || n->time_offset[0] || n->time_offset[1])
		return check_bad(c, PF_NS, n);
	return 0;
}

static int check_caps(struct check *c)
{
	const struct plan_caps *s = check_only(c, PLAN_CAPS);

	if (s->effective | s->permitted | s->inheritable | s->bounding | s->ambient)
		return check_bad(c, PF_CAPS, s);
	if (s->securebits != SECUREBITS)
		return check_bad(c, PF_SECUREBITS, &s->securebits);
	if (s->no_new_privs != 1)
		return check_bad(c, PF_NNP, &s->no_new_privs);
	if (s->zero[0] | s->zero[1] | s->zero[2])
		return check_bad(c, PF_PADDING, s->zero);
	return 0;
}

static int check_rlimits(struct check *c)
{
	const struct plan_rlimit *r = check_only(c, PLAN_RLIMIT);
	uint64_t on = check_features_on(c);

	for (uint32_t i = 0; i < RLIM_NLIMITS; i++, r++) {
		int closed = (i == RLIMIT_CORE && !(on & FEAT_BIT(FEAT_CORE_DUMP))) ||
			     (i == RLIMIT_RTPRIO && !(on & FEAT_BIT(FEAT_REALTIME)));

		if (r->resource != i)
			return check_bad(c, PF_RLIMIT_ROWS, r);
		if (r->zero)
			return check_bad(c, PF_PADDING, &r->zero);
		if (r->soft > r->hard)
			return check_bad(c, PF_RLIMIT_ORDER, r);
		if (closed && r->hard)
			return check_bad(c, PF_RLIMIT_CLOSED, r);
	}
	return 0;
}

static int knob_fits(const struct plan_cgroup *k)
{
	if (k->knob == KNOB_CPU_MAX)
		return k->v[0] >= QUOTA_MIN && k->v[1] >= PERIOD_MIN && k->v[1] <= PERIOD_MAX;
	if (k->v[1])
		return 0;
	if (k->knob == KNOB_CPU_WEIGHT)
		return k->v[0] >= 1 && k->v[0] <= WEIGHT_MAX;
	return k->knob != KNOB_OOM_GROUP || k->v[0] <= 1;
}

static int check_cgroup(struct check *c)
{
	const struct plan_cgroup *k = check_only(c, PLAN_CGROUP);
	uint64_t memory = 0, pids = 0;

	for (size_t i = 0; i < c->h->sec[PLAN_CGROUP].count; i++, k++) {
		if (k->knob >= KNOB__COUNT || (i && k->knob <= k[-1].knob))
			return check_bad(c, PF_KNOB, k);
		if (k->knob >= KNOB_IO_RBPS && k->knob <= KNOB_IO_WIOPS)
			return check_bad(c, PF_LATER, k);
		if (k->zero)
			return check_bad(c, PF_PADDING, &k->zero);
		memory = k->knob == KNOB_MEMORY_MAX ? k->v[0] : memory;
		pids = k->knob == KNOB_PIDS_MAX ? k->v[0] : pids;
		if (!knob_fits(k))
			return check_bad(c, PF_KNOB_VALUE, k);
	}
	if (memory == 0 || memory == UINT64_MAX)
		return check_bad(c, PF_MEMORY, check_only(c, PLAN_CGROUP));
	if (pids == 0 || pids == UINT64_MAX)
		return check_bad(c, PF_PIDS, check_only(c, PLAN_CGROUP));
	return 0;
}

static int check_limits(struct check *c)
{
	const struct plan_limitmisc *l = check_only(c, PLAN_LIMITMISC);

	for (size_t i = 0; i < c->h->sec[PLAN_LIMITMISC].count; i++, l++) {
		if (l->limit >= LIMIT__COUNT || (i && l->limit <= l[-1].limit))
			return check_bad(c, PF_LIMIT, l);
		if (l->limit == LIMIT_VOLUME_SIZE)
			return check_bad(c, PF_LATER, l);
		if (l->zero)
			return check_bad(c, PF_PADDING, &l->zero);
	}
	return 0;
}

/* The loader and malloc obey these even without set-uid; nothing of a tenant needs them. */
static int steers_loader(const char *name)
{
	return strncmp(name, "LD_", 3) == 0 || strcmp(name, "GLIBC_TUNABLES") == 0;
}

static int check_env_name(struct check *c, const struct plan_str *s)
{
	int r = check_chars(c, s, "_", PLAN_PATH_MAX);
	const char *t = plan_text(c->p, *s);

	if (r == PF_NAME || (!r && ((t[0] >= '0' && t[0] <= '9') || steers_loader(t))))
		return check_bad(c, PF_ENV_NAME, s);
	return r;
}

static int check_env(struct check *c)
{
	const struct plan_env *e = check_only(c, PLAN_ENV);
	int r = 0;

	for (size_t i = 0; !r && i < c->h->sec[PLAN_ENV].count; i++) {
		r = check_env_name(c, &e[i].name);
		for (size_t k = 0; !r && k < i; k++)
			if (strcmp(plan_text(c->p, e[i].name), plan_text(c->p, e[k].name)) == 0)
				r = check_bad(c, PF_ENV_DUP, &e[i]);
	}
	return r;
}

/* A directory there can be a descriptor of somebody (CVE-2024-21626). */
static int is_magic(const char *path)
{
	return !strcmp(path, "/proc") || !strncmp(path, "/proc/", 6) || !strcmp(path, "/dev") ||
	       !strncmp(path, "/dev/", 5);
}

static int check_exec(struct check *c)
{
	const struct plan_exec *e = check_only(c, PLAN_EXEC);
	uint16_t nargs = c->h->sec[PLAN_ARG].count;
	int r = check_path(c, &e->cwd, 1);

	if (!r && ((e->cwd.len > 1 && plan_text(c->p, e->cwd)[e->cwd.len - 1] == '/') ||
		   is_magic(plan_text(c->p, e->cwd))))
		return check_bad(c, PF_EXEC, &e->cwd);
	if (!r && (e->uid > ID_PLAN_MAX || e->gid > ID_PLAN_MAX))
		return check_bad(c, PF_ID, &e->uid);
	if (!r && e->umask > 0777)
		return check_bad(c, PF_EXEC, &e->umask);
	if (!r && e->path.len)
		r = check_path(c, &e->path, 0);
	if (!r && (e->nargs != nargs || !nargs != !e->path.len))
		return check_bad(c, PF_ARGS, &e->nargs);
	return r;
}

static int check_expect_row(struct check *c, const struct plan_expect *e, uint32_t want)
{
	if (e->property >= PROP__COUNT || !property_table[e->property].planned ||
	    e->property < want)
		return check_bad(c, PF_EXPECT_PROPERTY, e);
	if (e->property > want)
		return check_bad(c, PF_EXPECT_MISSING, e);
	return e->kind > 1 ? check_bad(c, PF_EXPECT_VALUE, e) : 0;
}

static int check_expect(struct check *c)
{
	const struct plan_expect *e = check_only(c, PLAN_EXPECT);
	size_t row = 0, count = c->h->sec[PLAN_EXPECT].count;
	int r = 0;

	for (uint32_t p = 0; !r && p < PROP__COUNT; p++) {
		if (!property_table[p].planned)
			continue;
		if (row == count)
			return check_bad(c, PF_EXPECT_MISSING, e + row);
		r = check_expect_row(c, &e[row++], p);
	}
	return r || row == count ? r : check_bad(c, PF_EXPECT_PROPERTY, e + row);
}

static int check_prov(struct check *c)
{
	const struct plan_prov *p = check_only(c, PLAN_PROV);

	for (size_t i = 0; i < c->h->sec[PLAN_PROV].count; i++, p++)
		if (p->section >= PLAN_STRINGS || p->index >= c->h->sec[p->section].count)
			return check_bad(c, PF_PROV, p);
	return 0;
}

int check_rows(struct check *c)
{
	static int (*const part[])(struct check *) = {
		check_ident,  check_features, check_ns,	  check_caps, check_rlimits, check_cgroup,
		check_limits, check_env,      check_exec, check_prov, check_expect,
	};
	int r = 0;

	for (size_t i = 0; !r && i < ARRAY_LEN(part); i++)
		r = part[i](c);
	return r;
}
