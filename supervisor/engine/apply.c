/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apply.c - what an apply has to change. Runs in: cloister-engine.
 * Must not: change anything; apply_do.c does, after the whole list is known.
 */
#include "supervisor/engine/apply.h"
#include "lib/base/sha256.h"
#include "lib/base/str.h"
#include "lib/plan/plan.h"
#include "supervisor/engine/bundle.h"
#include "supervisor/engine/compile_out.h"
#include "supervisor/engine/images.h"
#include "supervisor/engine/limits.h"
#include "supervisor/engine/plans.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *change_name(uint32_t action)
{
	static const char *const name[CHANGE__COUNT] = {
		[CHANGE_NONE] = "keep",
		[CHANGE_REMOVE] = "remove",
		[CHANGE_REMOVE_TENANT] = "remove",
		[CHANGE_CREATE] = "create",
		[CHANGE_LIMIT] = "set-limit",
		[CHANGE_IMAGE] = "build-image",
		[CHANGE_LIVE] = "set-limit",
		[CHANGE_RESTART] = "restart",
		[CHANGE_START] = "start",
		[CHANGE_KEEP] = "keep",
	};

	return name[action < CHANGE__COUNT ? action : 0];
}

void apply_origin(const char *name, uint8_t origin[ORIGIN_LEN])
{
	uint8_t hash[DIGEST_LEN];

	sha256_of(name, strlen(name), hash);
	memcpy(origin, hash, ORIGIN_LEN);
}

static struct change *add(struct apply *a, enum change_action action, const char *tenant,
			  const char *name, struct fault *f)
{
	struct change *c;

	if (a->n == CHANGES_MAX) {
		(void)fault_set(f, -E2BIG, "apply.size", "more than %d changes at once",
				CHANGES_MAX);
		return NULL;
	}
	c = &a->change[a->n++];
	memset(c, 0, sizeof(*c));
	c->action = action;
	c->w = ROW_NONE;
	(void)str_copy(c->tenant_name, sizeof(c->tenant_name), tenant); /* labels */
	(void)str_copy(c->name, sizeof(c->name), name);
	return c;
}

/* ---- tenants ---- */

static void want_tenant(struct tenant_row *row, const struct compile_view *v,
			const struct compile_tenant *t, const struct engine *e)
{
	memset(row, 0, sizeof(*row));
	(void)str_copy(row->name, sizeof(row->name), t->name);
	apply_origin(compile_view_text(v, t->file), row->origin);
	row->features_off = t->features_off;
	row->nceiling = t->nceiling;
	for (uint32_t i = 0; i < t->nceiling; i++)
		(void)str_copy(row->ceiling[i], sizeof(row->ceiling[i]), t->ceiling[i]);
	if (t->nceiling == 0)
		tenant_default_ceiling(e, row);
	row->npeople = t->npeople;
	for (uint32_t i = 0; i < t->npeople; i++)
		row->people[i] = (struct person_row){ t->people[i].flags, t->people[i].id };
	row->nlimit = t->nlimit;
	for (uint32_t i = 0; i < t->nlimit; i++)
		row->limit[i] = (struct limit_row){ .knob = t->limit[i].knob,
						    .v = { t->limit[i].v[0], t->limit[i].v[1] } };
}

static bool same_tenant(const struct tenant_row *a, const struct tenant_row *b)
{
	return a->features_off == b->features_off && a->nceiling == b->nceiling &&
	       memcmp(a->ceiling, b->ceiling, sizeof(a->ceiling)) == 0 && a->nlimit == b->nlimit &&
	       memcmp(a->limit, b->limit, sizeof(a->limit)) == 0 && a->npeople == b->npeople &&
	       memcmp(a->people, b->people, sizeof(a->people)) == 0;
}

static const uint64_t *limit_of(const struct tenant_row *t, uint32_t knob)
{
	for (uint32_t i = 0; i < t->nlimit; i++)
		if (t->limit[i].knob == knob)
			return t->limit[i].v;
	return NULL;
}

/* Adds to a line; what does not fit is cut off. */
static void add_text(char *dst, size_t cap, const char *text)
{
	size_t n = strlen(dst);

	(void)snprintf(dst + n, cap - n, "%s%s", n ? ", " : "", text);
}

/* old NULL: there is none yet. */
static void tenant_detail(struct change *c, const struct tenant_row *old,
			  const struct tenant_row *want)
{
	char text[112], limits[160] = "";

	if (!old) {
		(void)snprintf(c->detail, sizeof(c->detail), "%u limits, under %s", want->nlimit,
			       want->ceiling[0]);
		return;
	}
	for (uint32_t k = 0; k < KNOB__COUNT; k++) {
		const uint64_t *a = limit_of(old, k), *b = limit_of(want, k);

		if ((!a && !b) || (a && b && memcmp(a, b, 2 * sizeof(*a)) == 0))
			continue;
		limit_change_text(k, a, b, text, sizeof(text));
		add_text(limits, sizeof(limits), text);
	}
	if (limits[0])
		(void)snprintf(c->detail, sizeof(c->detail), "applies now: %s", limits);
	if (old->features_off != want->features_off ||
	    memcmp(old->ceiling, want->ceiling, sizeof(old->ceiling)) != 0)
		add_text(c->detail, sizeof(c->detail), "at restart: features or ceilings");
	if (!c->detail[0])
		add_text(c->detail, sizeof(c->detail), "its file is another");
}

static int diff_tenants(struct engine *e, struct apply *a, const struct compile_view *v,
			struct fault *f)
{
	if (v->out->ntenant > APPLY_TENANTS)
		return fault_set(f, -E2BIG, "apply.size", "more than %d tenants at once",
				 APPLY_TENANTS);
	for (uint32_t i = 0; i < v->out->ntenant; i++) {
		struct tenant_row *want = &a->tenant[i];
		uint32_t have;
		struct change *c;

		want_tenant(want, v, &v->tenant[i], e);
		have = tenant_find(e, want->name);
		if (have != ROW_NONE && same_tenant(&e->table->tenant[have], want) &&
		    memcmp(e->table->tenant[have].origin, want->origin, ORIGIN_LEN) == 0)
			continue;
		c = add(a, have == ROW_NONE ? CHANGE_CREATE : CHANGE_LIMIT, want->name, "", f);
		if (!c)
			return f->err;
		c->tenant = i;
		tenant_detail(c, have == ROW_NONE ? NULL : &e->table->tenant[have], want);
	}
	return 0;
}

/* ---- workloads ---- */

static bool is_stopped(const struct workload_row *row, uint32_t restart)
{
	bool ended = row->state == W_EXITED || row->state == W_FAILED || row->state == W_NONE;

	/* one that did its work and need not begin again is as its file wants it */
	return ended &&
	       (row->state == W_FAILED || row->flags & WF_HELD || restart == RESTART_ALWAYS);
}

/* Its plan is another: does what runs have to end for it? */
static void decide_plan(struct engine *e, struct change *c, const struct workload_row *row)
{
	bool runs = row->pid && (row->state == W_RUNNING || row->state == W_STARTING);
	char text[100], note[72];

	switch (limits_compare(e, row->plan, c->plan, text, sizeof(text))) {
	case PLAN_SAME_RUN: /* lines of its file moved */
		c->action = runs ? CHANGE_KEEP : CHANGE_RESTART;
		(void)snprintf(c->detail, sizeof(c->detail), "as it is");
		break;
	case PLAN_LIVE:
		c->action = runs ? CHANGE_LIVE : CHANGE_RESTART;
		limits_note(e, c->w, c->plan, note, sizeof(note));
		(void)snprintf(c->detail, sizeof(c->detail), "%s: %s%s",
			       runs ? "applies now" : "at its start", text, runs ? note : "");
		break;
	case PLAN_RESTART:
		c->action = CHANGE_RESTART;
		(void)snprintf(c->detail, sizeof(c->detail), "at restart: %s", text);
		break;
	}
}

static void decide(struct engine *e, struct change *c, uint32_t w)
{
	const struct workload_row *row;

	c->w = w;
	if (w == ROW_NONE) {
		(void)snprintf(c->detail, sizeof(c->detail), "profile %s", c->profile);
		return;
	}
	row = &e->table->workload[w];
	c->life = row->life;
	if (memcmp(row->plan, c->plan, DIGEST_LEN) != 0) {
		decide_plan(e, c, row);
	} else if (is_stopped(row, c->restart)) {
		(void)snprintf(c->detail, sizeof(c->detail), "it is %s", state_name(row->state));
	} else {
		c->action = CHANGE_KEEP;
		(void)snprintf(c->detail, sizeof(c->detail), "%s",
			       row->restart == c->restart ? "as it is"
							  : "with another restart policy");
	}
}

static int diff_workload(struct engine *e, struct apply *a, const struct compile_view *v,
			 const struct compile_workload *in, const struct bundle *b, struct fault *f)
{
	const char *tenant = v->tenant[in->tenant].name;
	uint32_t t = tenant_find(e, tenant);
	uint32_t w = t == ROW_NONE ? ROW_NONE : workload_find(e, t, in->name);
	struct change *c = add(a, CHANGE_START, tenant, in->name, f);
	struct plan_item *p;

	if (!c)
		return f->err;
	if (w != ROW_NONE && e->table->workload[w].kind != KIND_SERVICE)
		return fault_set(f, -EEXIST, "apply.name", "%s/%s is a run that goes on", tenant,
				 in->name);
	(void)str_copy(c->profile, sizeof(c->profile), in->profile);
	apply_origin(compile_view_text(v, in->file), c->origin);
	c->restart = in->restart;
	if (in->plan_len == 0) {
		c->w = w;
		(void)snprintf(c->detail, sizeof(c->detail), "when its images are there");
		return 0;
	}
	if (plans_add(e, v->p + in->plan_off, in->plan_len, &p, f) < 0)
		return f->err;
	if (plan_keep_text(e, c->tenant_name, c->name, b, p, f) < 0)
		return f->err;
	memcpy(c->plan, p->digest, DIGEST_LEN);
	decide(e, c, w);
	return 0;
}

static bool in_files(const struct apply *a, const uint8_t origin[ORIGIN_LEN])
{
	for (uint32_t i = 0; i < a->norigin; i++)
		if (memcmp(a->origin[i], origin, ORIGIN_LEN) == 0)
			return true;
	return false;
}

static bool names_tenant(const struct compile_view *v, const char *name)
{
	for (uint32_t i = 0; i < v->out->ntenant; i++)
		if (strcmp(v->tenant[i].name, name) == 0)
			return true;
	return false;
}

static bool names_workload(const struct compile_view *v, const char *tenant, const char *name)
{
	for (uint32_t i = 0; i < v->out->nworkload; i++)
		if (strcmp(v->workload[i].name, name) == 0 &&
		    strcmp(v->tenant[v->workload[i].tenant].name, tenant) == 0)
			return true;
	return false;
}

/* What an earlier apply of these files made and they do not name any more. */
static int diff_gone(struct engine *e, struct apply *a, const struct compile_view *v,
		     struct fault *f)
{
	for (uint32_t w = 0; w < WORKLOAD_ROWS; w++) {
		const struct workload_row *row = &e->table->workload[w];
		const char *tenant = e->table->tenant[row->tenant].name;
		struct change *c;

		if (!workload_used(e, w) || row->kind != KIND_SERVICE ||
		    !in_files(a, row->origin) || names_workload(v, tenant, row->name))
			continue;
		c = add(a, CHANGE_REMOVE, tenant, row->name, f);
		if (!c)
			return f->err;
		c->w = w;
		c->life = row->life;
		(void)snprintf(c->detail, sizeof(c->detail), "its file does not name it any more");
	}
	for (uint32_t t = 0; t < e->table->ntenant; t++) {
		const struct tenant_row *row = &e->table->tenant[t];
		struct change *c;

		if (!row->name[0] || !in_files(a, row->origin) || names_tenant(v, row->name))
			continue;
		c = add(a, CHANGE_REMOVE_TENANT, row->name, "", f);
		if (!c)
			return f->err;
		(void)snprintf(c->detail, sizeof(c->detail), "its file does not name it any more");
	}
	return 0;
}

static int diff_images(struct engine *e, struct apply *a, const struct compile_view *v,
		       struct fault *f)
{
	for (uint32_t i = 0; i < v->out->nimage; i++) {
		const struct compile_image_unit *u = &v->image[i];
		const struct image_row *row = images_find(e, u->name);
		struct change *c;

		if (row && u->has_pin && memcmp(row->digest, u->pin, DIGEST_LEN) != 0)
			return fault_set(f, -EPERM, "apply.pin",
					 "image %s is not the one that its pin names", u->name);
		if (row)
			continue;
		c = add(a, CHANGE_IMAGE, "", u->name, f);
		if (!c)
			return f->err;
		(void)snprintf(c->detail, sizeof(c->detail), "%u packages, %u directories",
			       u->npackage, u->ndir);
	}
	return 0;
}

static int by_action(const void *x, const void *y)
{
	const struct change *a = x, *b = y;

	return a->action < b->action ? -1 : a->action > b->action;
}

int apply_diff(struct engine *e, struct apply *a, const struct compile_view *v,
	       const struct bundle *b, struct fault *f)
{
	int rc;

	a->n = a->norigin = 0;
	for (uint32_t i = 0; i < b->n && a->norigin < APPLY_FILES; i++)
		if (b->file[i].tenant)
			apply_origin(b->file[i].name, a->origin[a->norigin++]);
	rc = diff_tenants(e, a, v, f);
	if (rc == 0)
		rc = diff_images(e, a, v, f);
	for (uint32_t i = 0; rc == 0 && i < v->out->nworkload; i++)
		rc = diff_workload(e, a, v, &v->workload[i], b, f);
	if (rc == 0)
		rc = diff_gone(e, a, v, f);
	if (rc == 0)
		qsort(a->change, a->n, sizeof(a->change[0]), by_action);
	return rc;
}
