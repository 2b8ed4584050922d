/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expect.c - what a plan promises of each planned property (profiles-audit C.5). Runs in:
 * cloister-compile. Pure.
 */
#include "profiles/expect.h"
#include "lib/base/sha256.h"
#include "lib/plan/feature.h"
#include "lib/plan/plan.h"

#include <string.h>

enum { LOW_PORTS = 1024 }; /* net.ipv4.ip_unprivileged_port_start by default */

/* The row of a section that every plan has once. */
static const void *only(const void *plan, enum plan_section s)
{
	return (const uint8_t *)plan + ((const struct plan_hdr *)plan)->sec[s].off;
}

static uint64_t knob(const void *plan, enum plan_knob k)
{
	const struct plan_cgroup *c;

	for (size_t i = 0; (c = plan_row(plan, PLAN_CGROUP, i)); i++)
		if (c->knob == k)
			return c->v[0];
	return UINT64_MAX;
}

/* CG-03 ... CG-13; io.max, cpuset and descendants have no knob yet. */
static uint64_t cgroup_value(const void *plan, enum property p)
{
	static const uint32_t knobs[] = {
		KNOB_MEMORY_MAX, KNOB_MEMORY_HIGH, KNOB_SWAP_MAX, KNOB_OOM_GROUP,   KNOB_CPU_MAX,
		KNOB_CPU_WEIGHT, KNOB_PIDS_MAX,	   KNOB_IO_RBPS,  KNOB_HUGETLB_2MB,
	};
	size_t i = (size_t)p - PROP_CG_03;

	return i < ARRAY_LEN(knobs) ? knob(plan, knobs[i]) : UINT64_MAX;
}

static uint64_t rlimit_value(const void *plan, size_t resource)
{
	const struct plan_rlimit *r = plan_row(plan, PLAN_RLIMIT, resource);

	return r ? r->hard : UINT64_MAX;
}

static uint64_t rules_of_dir(const void *plan, uint8_t dir)
{
	const struct plan_netrule *r;
	uint64_t n = 0;

	for (size_t i = 0; (r = plan_row(plan, PLAN_NETRULE, i)); i++)
		n += r->dir == dir;
	return n;
}

/* The first eight bytes of a section's hash. */
static uint64_t section_hash(const void *plan, enum plan_section s)
{
	const struct plan_hdr *h = plan;
	uint8_t sum[32];
	uint64_t v;

	sha256_of((const uint8_t *)plan + h->sec[s].off, h->sec[s].len, sum);
	memcpy(&v, sum, sizeof(v));
	return v;
}

/* MNT-02: flags that every mount has; MNT-06: 0 no /proc, 1 own processes, 2 all of it. */
static uint64_t mount_value(const void *plan, enum property p)
{
	const struct plan_mount *m;
	uint64_t all = UINT64_MAX, proc = 0;

	for (size_t i = 0; (m = plan_row(plan, PLAN_MOUNT, i)); i++) {
		all &= m->attr;
		if (m->kind == MOUNT_PROC)
			proc = m->flags & MOUNT_F_PROC_FULL ? 2 : 1;
	}
	return p == PROP_MNT_02 ? all : proc;
}

static uint64_t caps_value(const struct plan_caps *c, enum property p)
{
	const uint64_t set[] = { c->inheritable, c->permitted, c->effective,
				 c->bounding,	 c->ambient,   c->securebits };

	return set[p - PROP_CAP_01];
}

static uint64_t landlock_value(const void *plan, enum property p)
{
	const struct plan_landlock *l = only(plan, PLAN_LANDLOCK);

	if (p == PROP_LSM_03)
		return l->fs;
	return p == PROP_LSM_04 ? l->net : l->scoped;
}

static uint64_t ids_value(const void *plan)
{
	const struct plan_exec *e = only(plan, PLAN_EXEC);

	return (uint64_t)e->uid << 32 | e->gid;
}

static uint64_t on(const void *plan, enum feature f)
{
	return ((const struct plan_features *)only(plan, PLAN_FEATURES))->on >> f & 1;
}

/* The rest, one line each. What no plan of this version has (volumes, links) is 0. */
static uint64_t single_value(const void *plan, enum property p)
{
	const struct plan_hdr *h = plan;

	/* clang-format off */
	switch ((unsigned)p) {
	case PROP_NS_11:   return 1;
	case PROP_ID_01:
	case PROP_ID_02:   return IDS_PER_TENANT;
	case PROP_ID_05:   return ids_value(plan);
	case PROP_PRIV_01: return ((const struct plan_caps *)only(plan, PLAN_CAPS))->no_new_privs;
	case PROP_PRIV_05: return rlimit_value(plan, 14); /* RLIMIT_RTPRIO */
	case PROP_PRIV_07:
	case PROP_PROC_04: return !on(plan, FEAT_JIT);
	case PROP_SEC_01:  return 2; /* SECCOMP_MODE_FILTER */
	case PROP_SEC_02:  return plan_count(plan, PLAN_SECCOMP);
	case PROP_SEC_03:  return section_hash(plan, PLAN_BPF);
	case PROP_SEC_04:  return plan_count(plan, PLAN_NEVER);
	case PROP_LSM_02:  return h->min_landlock_abi;
	case PROP_MNT_01:  return plan_count(plan, PLAN_MOUNT);
	case PROP_DEV_01:  return ((const struct plan_device *)only(plan, PLAN_DEVICE))->nodes;
	case PROP_FD_03:   return plan_count(plan, PLAN_CHANNEL);
	case PROP_PROC_05: return 1;
	case PROP_NET_01:  return 1; /* lo */
	case PROP_NET_05:  return plan_count(plan, PLAN_NETRULE);
	case PROP_NET_07:  return rules_of_dir(plan, NET_IN);
	case PROP_NET_08:  return rules_of_dir(plan, NET_OUT);
	case PROP_NET_10:  return on(plan, FEAT_NET_LOW_PORTS) ? 0 : LOW_PORTS;
	case PROP_ENV_01:  return plan_count(plan, PLAN_ENV);
	case PROP_HOST_01: return h->min_kernel;
	default:           return 0;
	}
	/* clang-format on */
}

uint64_t expect_value(const void *plan, enum property p)
{
	if (p >= PROP_CAP_01 && p <= PROP_CAP_06)
		return caps_value(only(plan, PLAN_CAPS), p);
	if (p >= PROP_LSM_03 && p <= PROP_LSM_05)
		return landlock_value(plan, p);
	if (p >= PROP_CG_03 && p <= PROP_CG_13)
		return cgroup_value(plan, p);
	if (p >= PROP_RL_01 && p <= PROP_RL_16)
		return rlimit_value(plan, (size_t)p - PROP_RL_01);
	if (p == PROP_MNT_02 || p == PROP_MNT_06)
		return mount_value(plan, p);
	return single_value(plan, p);
}

void expect_fill(void *plan)
{
	const struct plan_hdr *h = plan;
	size_t i = 0;

	for (unsigned p = 0; p < PROP__COUNT && i < h->sec[PLAN_EXPECT].count; p++) {
		struct plan_expect e = { .property = p };

		if (!property_table[p].planned)
			continue;
		e.value = expect_value(plan, (enum property)p);
		memcpy((uint8_t *)plan + h->sec[PLAN_EXPECT].off + i++ * sizeof(e), &e, sizeof(e));
	}
}
