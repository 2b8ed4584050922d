/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_plan.c - which plan a run needs, and a cache of those that were needed lately.
 * Runs in: cloister-engine.
 *
 * A cached plan is good while what it was compiled from is the same: ceilings, profile, root,
 * library and image names; it names no tenant, so it serves all that have these ceilings. A run
 * with texts of its own is compiled each time.
 */
#include "supervisor/engine/run_plan.h"
#include "lib/asks/compile.h"
#include "lib/base/str.h"
#include "lib/plan/policy.h"
#include "supervisor/engine/bundle.h"
#include "supervisor/engine/compile.h"
#include "supervisor/engine/compile_out.h"
#include "supervisor/engine/images.h"
#include "supervisor/engine/library.h"
#include "supervisor/engine/plans.h"

#include <errno.h>
#include <string.h>

enum { CACHED = 32, WAITING = COMPILES_MAX };

/* What a plan depends on. */
struct key {
	uint64_t library, images, nceiling;
	char ceiling[TENANT_CEILINGS][NAME_SIZE];
	char profile[NAME_SIZE], root[LABEL_MAX];
};

static struct {
	struct key key;
	uint8_t plan[DIGEST_LEN];
	bool used;
} cache[CACHED];
static uint32_t cache_next;

static struct {
	struct run_plan_done done; /* fn NULL: free */
	struct key key;
	uint32_t tenant, life;
	uint64_t changes;
	bool keep;
} waiting[WAITING];

int run_plan_root(struct engine *e, const char *root, struct run_want *want, struct fault *f)
{
	const struct image_row *i;

	if (!root && !(e->may & MAY_HOST_SOURCE))
		return fault_set(f, -EINVAL, "run.root",
				 "name an image with --root; see cloister image list");
	root = root ? root : "host";
	if (!str_is_label(root, strlen(root)))
		return fault_set(f, -EINVAL, "run.root", "--root is an image's name or host");
	(void)str_copy(want->root, sizeof(want->root), root);
	if (strcmp(root, "host") == 0) {
		if (!(e->may & MAY_HOST_SOURCE))
			return fault_set(f, -EPERM, "run.root",
					 "the operator's policy does not allow the source host");
		want->root_source = SOURCE_HOST;
		return 0;
	}
	i = images_find(e, root);
	if (!i)
		return fault_set(f, -ENOENT, "run.root",
				 "no image %s; build it: cloister image build %s --package PKG",
				 root, root);
	want->root_source = SOURCE_IMAGE;
	memcpy(want->root_digest, i->digest, DIGEST_LEN);
	return 0;
}

static struct key key_of(const struct engine *e, const struct run_want *want)
{
	const struct tenant_row *t = &e->table->tenant[want->tenant];
	struct key k;

	memset(&k, 0, sizeof(k)); /* it is compared as bytes */
	k.library = e->library->generation;
	k.images = e->images->generation;
	k.nceiling = t->nceiling;
	for (uint32_t i = 0; i < t->nceiling; i++)
		(void)str_copy(k.ceiling[i], sizeof(k.ceiling[i]), t->ceiling[i]); /* NAMEs */
	memcpy(k.profile, want->profile, sizeof(k.profile));
	memcpy(k.root, want->root, sizeof(k.root));
	return k;
}

static const struct plan_item *cached(struct engine *e, const struct key *k)
{
	for (uint32_t i = 0; i < CACHED; i++)
		if (cache[i].used && memcmp(&cache[i].key, k, sizeof(*k)) == 0)
			return plans_find(e, cache[i].plan);
	return NULL;
}

/* A tenant that was changed or removed meanwhile: the plan stands under ceilings of before. */
static bool same_tenant(const struct engine *e, size_t n)
{
	const struct tenant_row *t = &e->table->tenant[waiting[n].tenant];

	return t->name[0] && t->life == waiting[n].life && t->changes == waiting[n].changes;
}

static void on_compiled(struct engine *e, uint64_t arg, const struct compile_view *v,
			struct fault *f)
{
	struct run_plan_done done = waiting[arg].done;
	struct plan_item *p = NULL;

	waiting[arg].done.fn = NULL;
	if (v && v->out->status == 0 && v->out->plan_len == 0)
		(void)fault_set(f, -EBADMSG, "run.plan", "the compiler gave no plan");
	else if (v && v->out->status == 0 && !same_tenant(e, arg))
		(void)fault_set(f, -EAGAIN, "run.tenant",
				"the tenant was changed or removed meanwhile; try again");
	else if (v && v->out->status == 0)
		DROP(plans_add(e, v->p + v->out->plan_off, v->out->plan_len, &p, f));
	if (p && waiting[arg].keep) {
		cache[cache_next].key = waiting[arg].key;
		memcpy(cache[cache_next].plan, p->digest, DIGEST_LEN);
		cache[cache_next].used = true;
		cache_next = (cache_next + 1) % CACHED;
	}
	done.fn(e, done.arg, p, v && v->out->status ? v : NULL, f);
}

void run_plan_get(struct engine *e, const struct run_want *want, struct run_plan_done done)
{
	bool own_text = want->bundle && want->bundle->n;
	struct compile_ask q = { .mode = COMPILE_PLAN,
				 .profile = want->profile,
				 .t = &e->table->tenant[want->tenant],
				 .bundle = want->bundle,
				 .root_source = want->root_source,
				 .root_digest = want->root_source == SOURCE_IMAGE
							? want->root_digest
							: NULL };
	struct key k = key_of(e, want);
	const struct plan_item *p = own_text ? NULL : cached(e, &k);
	struct fault f = { 0 };
	uint32_t n = 0;

	if (p) {
		done.fn(e, done.arg, p, NULL, &f);
		return;
	}
	while (n < WAITING && waiting[n].done.fn)
		n++;
	if (n == WAITING) {
		(void)fault_set(&f, -EAGAIN, "run.compile", "too many compiles; try again");
		done.fn(e, done.arg, NULL, NULL, &f);
		return;
	}
	waiting[n].done = done;
	waiting[n].key = k;
	waiting[n].tenant = want->tenant;
	waiting[n].life = q.t->life;
	waiting[n].changes = q.t->changes;
	waiting[n].keep = !own_text;
	if (compile_begin(e, &q, (struct compile_done){ on_compiled, n }, &f) < 0) {
		waiting[n].done.fn = NULL;
		done.fn(e, done.arg, NULL, NULL, &f);
	}
}
