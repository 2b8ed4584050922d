/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenant.h - tenant and workload units while they are read (profiles-audit A.17).
 */
#ifndef CLOISTER_TENANT_H
#define CLOISTER_TENANT_H

#include "profiles/work.h"

enum { WORKLOADS_PER_TENANT = 64, WORKLOAD_ENV_MAX = 64 };

/* Limits by name; at[i].src NULL: not set. */
struct limits {
	uint64_t v[LIM__COUNT];
	struct at at[LIM__COUNT];
};

struct tenant {
	const struct unit_ref *unit;
	const char *about;
	uint64_t off; /* FEAT_BIT()s */
	struct at off_at[FEAT__COUNT];
	struct limits limits;
	struct compile_person person[COMPILE_TENANT_PEOPLE];
	struct at person_at[COMPILE_TENANT_PEOPLE];
	uint32_t nperson;
	struct at workload[WORKLOADS_PER_TENANT]; /* their names */
	uint32_t nworkload, row;
};

struct workload {
	struct at name, profile;
	uint32_t node; /* its statement */
	const char *about;
	struct command command;
	uint32_t restart; /* enum compile_restart */
	struct at restart_at;
	struct envvalue env[WORKLOAD_ENV_MAX];
	struct rename rename[RENAMES_MAX];
	uint32_t nenv, nrename;
	struct limits limits;
};

/* Reads "limit NAME VALUE" into l; in_tenant: those of a tenant's own cgroup only (P108). */
void limits_read(struct limits *l, struct cursor *c, bool in_tenant);

/* A statement that may stand once: reports P106 and returns false when first is set already. */
bool only_once(struct diags *d, struct at first, struct at again);

/* One workload of a tenant: read, compiled, put into the answer. node: its statement. */
int workload_unit(struct work *w, struct tenant *t, uint32_t node, struct fault *f) MUST_USE;

/* An image unit into the answer. */
void image_unit(struct work *w, const struct unit_ref *u);

#endif
