/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenant_merge.c - a change to a tenant, as data. Runs in: cloister-engine. Pure.
 */
#include "supervisor/engine/tenants.h"
#include "lib/asks/compile.h"
#include "lib/base/str.h"
#include "lib/plan/feature.h"
#include "lib/plan/plan.h"
#include "supervisor/engine/limits.h"

#include <errno.h>
#include <string.h>

static uint32_t knob_find(const char *name)
{
	uint32_t i = 0;

	while (i < KNOB__COUNT && strcmp(knob_name(i), name) != 0)
		i++;
	return i;
}

static int set_limit(struct tenant_row *t, const struct compile_limit *l, struct fault *f)
{
	uint32_t i = 0;

	while (i < t->nlimit && t->limit[i].knob != l->knob)
		i++;
	if (i == TENANT_LIMITS)
		return fault_set(f, -E2BIG, "tenant.set", "more than %d limits", TENANT_LIMITS);
	t->limit[i] = (struct limit_row){ .knob = l->knob, .v = { l->v[0], l->v[1] } };
	t->nlimit += i == t->nlimit;
	return 0;
}

/* Where this one of the tenant's people is, or npeople. */
static uint32_t person_at(const struct tenant_row *t, uint32_t group, uint32_t id)
{
	uint32_t i = 0;

	while (i < t->npeople &&
	       ((t->people[i].flags & PERSON_GROUP) != group || t->people[i].id != id))
		i++;
	return i;
}

static int set_person(struct tenant_row *t, const struct compile_person *p, struct fault *f)
{
	uint32_t i = person_at(t, p->flags & PERSON_GROUP, p->id);

	if (i == TENANT_PEOPLE)
		return fault_set(f, -E2BIG, "tenant.set", "more than %d people; name a group",
				 TENANT_PEOPLE);
	t->people[i] = (struct person_row){ p->flags, p->id };
	t->npeople += i == t->npeople;
	return 0;
}

static int take_limit(struct tenant_row *t, const char *name, struct fault *f)
{
	uint32_t knob = knob_find(name), i = 0;

	while (i < t->nlimit && t->limit[i].knob != knob)
		i++;
	if (i == t->nlimit)
		return fault_set(f, -ENOENT, "tenant.set", "the tenant has no such limit");
	t->limit[i] = t->limit[--t->nlimit];
	t->limit[t->nlimit] = (struct limit_row){ 0 };
	return 0;
}

static int take_feature(struct tenant_row *t, const char *name, struct fault *f)
{
	int feat = feature_find(name, strlen(name));

	if (feat < 0 || !(t->features_off & FEAT_BIT(feat)))
		return fault_set(f, -ENOENT, "tenant.set", "no such feature is off");
	t->features_off &= ~FEAT_BIT(feat);
	return 0;
}

static int take_person(struct tenant_row *t, uint32_t group, const char *number, struct fault *f)
{
	uint64_t id;
	uint32_t i;

	if (str_to_u64(number, strlen(number), &id) < 0 || id >= UINT32_MAX)
		return fault_set(f, -EINVAL, "tenant.set", "user:UID or group:GID");
	i = person_at(t, group, (uint32_t)id);
	if (i == t->npeople)
		return fault_set(f, -ENOENT, "tenant.set", "this one is not of its people");
	t->people[i] = t->people[--t->npeople];
	t->people[t->npeople] = (struct person_row){ 0 };
	return 0;
}

/* "limit:memory", "feature:net.inbound", "user:1000", "group:2000". */
static int take_away(struct tenant_row *t, const char *what, struct fault *f)
{
	const char *name = strchr(what, ':');
	size_t n = name ? (size_t)(name++ - what) : 0;

	if (n == 5 && memcmp(what, "limit", n) == 0)
		return take_limit(t, name, f);
	if (n == 7 && memcmp(what, "feature", n) == 0)
		return take_feature(t, name, f);
	if (n == 4 && memcmp(what, "user", n) == 0)
		return take_person(t, 0, name, f);
	if (n == 5 && memcmp(what, "group", n) == 0)
		return take_person(t, PERSON_GROUP, name, f);
	return fault_set(f, -EINVAL, "tenant.set",
			 "without has limit:NAME, feature:NAME, user:UID or group:GID");
}

int tenant_merge(struct tenant_row *t, const struct compile_tenant *c, const json_t *without,
		 struct fault *f)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < json_array_size(without); i++)
		rc = take_away(t, json_string_value(json_array_get(without, i)), f);
	for (uint32_t i = 0; rc == 0 && i < c->nlimit; i++)
		rc = set_limit(t, &c->limit[i], f);
	for (uint32_t i = 0; rc == 0 && i < c->npeople; i++)
		rc = set_person(t, &c->people[i], f);
	t->features_off |= c->features_off;
	if (c->nceiling == 0)
		return rc;
	t->nceiling = c->nceiling;
	memset(t->ceiling, 0, sizeof(t->ceiling));
	for (uint32_t i = 0; i < c->nceiling; i++)
		(void)str_copy(t->ceiling[i], sizeof(t->ceiling[i]), c->ceiling[i]); /* NAMEs */
	return rc;
}
