/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layers.c - which layers a plan has, and their meet (profiles-audit A.15).
 * Runs in: cloister-compile, tests.
 */
#include "profiles/work.h"
#include "profiles/meet.h"
#include "lib/base/fault.h"

#include <errno.h>
#include <string.h>

int layers_profile(struct work *w, const struct unit_ref *profile, struct job *j, struct fault *f)
{
	struct chain chain;
	int r;

	*j = (struct job){
		.d = &w->d, .host = &w->host, .tables = &w->tables, .filters = w->filters
	};
	j->hostname = "cloister";
	j->x = arena_get(&w->tables, sizeof(*j->x));
	if (!j->x)
		return fault_set(f, -ENOMEM, "layers.memory", "facts");
	r = facts_init(j->x, &w->d, &w->tables, f);
	if (r < 0)
		return r;
	chain_make(&w->lib, profile, &chain);
	chain_read(&chain, j->x);
	chain_digest(&chain, j->source_sha256);
	facts_presets(j->x);
	return 0;
}

/* The ceiling's facts, read once for all jobs. */
static int read_ceiling(struct work *w, const struct unit_ref *u, struct ceiling **ret,
			struct fault *f)
{
	struct ceiling *c;
	struct chain chain;
	uint32_t i;
	int r;

	for (i = 0; i < w->nceiling; i++) {
		if (w->ceiling[i]->unit == u) {
			*ret = w->ceiling[i];
			return 0;
		}
	}
	c = w->nceiling < CEILINGS_MAX ? arena_get(&w->arena, sizeof(*c)) : NULL;
	if (!c)
		return fault_set(f, -ENOMEM, "layers.memory", "more than %d ceilings",
				 CEILINGS_MAX);
	r = facts_init(&c->facts, &w->d, &w->arena, f);
	if (r < 0)
		return r;
	c->unit = u;
	chain_make(&w->lib, u, &chain);
	chain_read(&chain, &c->facts);
	chain_digest(&chain, c->sha256);
	w->ceiling[w->nceiling++] = c;
	*ret = c;
	return 0;
}

int layers_add(struct work *w, struct job *j, const struct unit_ref *u, struct fault *f)
{
	struct ceiling *c = NULL;
	uint32_t i;
	int r = read_ceiling(w, u, &c, f);

	if (r < 0)
		return r;
	for (i = 0; i < j->nceiling; i++)
		if (j->ceiling[i] == &c->facts)
			return 0;
	if (j->nceiling < LAYERS_MAX)
		j->ceiling[j->nceiling++] = &c->facts;
	return 0;
}

int layers_ceiling(struct work *w, const struct unit_ref *u, struct job *j, struct fault *f)
{
	struct ceiling *c = NULL;
	int r = read_ceiling(w, u, &c, f);

	*j = (struct job){
		.d = &w->d, .host = &w->host, .tables = &w->tables, .filters = w->filters
	};
	j->x = r < 0 ? NULL : arena_get(&w->tables, sizeof(*j->x));
	if (!j->x)
		return r < 0 ? r : fault_set(f, -ENOMEM, "layers.memory", "a ceiling's facts");
	*j->x = c->facts;
	facts_unbound(j->x);
	j->ceiling[j->nceiling++] = j->x;
	memcpy(j->source_sha256, c->sha256, DIGEST_LEN);
	digest_join(c->sha256, 1, j->ceiling_sha256);
	return 0;
}

int layers_under(struct work *w, struct job *j, const struct unit_ref *u, struct fault *f)
{
	struct cursor c = cur_open(u->src, u->node, &w->d);
	const struct unit_ref *ceiling;
	struct at at;
	int r = 0;

	cur_take(&c);
	cur_take(&c);
	if (!cur_accept_word(&c, "under"))
		return 0;
	do {
		if (!cur_name(&c, &at, "a ceiling's name"))
			return 0;
		ceiling = library_need(&w->lib, UNIT_CEILING, at);
		r = ceiling ? layers_add(w, j, ceiling, f) : 0;
	} while (r == 0 && cur_accept(&c, T_COMMA));
	(void)cur_done(&c);
	return r;
}

int layers_default(struct work *w, struct job *j, struct at at, struct fault *f)
{
	const struct unit_ref *u;
	uint32_t i;
	int r = 0;

	for (i = 0; r == 0 && i < (w->host_ceiling ? 1 : w->req->nceiling); i++) {
		const char *name = w->host_ceiling ? w->host_ceiling : w->req->ceiling[i];

		u = library_find(&w->lib, UNIT_CEILING, name, NULL);
		if (u)
			r = layers_add(w, j, u, f);
		else
			diag_error(&w->d, 50, at, "there is no ceiling '%s'", name);
	}
	return r;
}

/* Over the ceilings' own digests, in the order of the layers. */
static void hash_ceilings(struct job *j, const struct work *w)
{
	uint8_t part[LAYERS_MAX * DIGEST_LEN] = { 0 };
	uint32_t i, k, n = j->nowner ? j->nowner : j->nceiling;

	for (i = 0; i < n; i++)
		for (k = 0; k < w->nceiling; k++)
			if (j->ceiling[i] == &w->ceiling[k]->facts)
				memcpy(part + i * DIGEST_LEN, w->ceiling[k]->sha256, DIGEST_LEN);
	digest_join(part, n, j->ceiling_sha256);
}

void layers_meet(struct job *j, const struct work *w)
{
	uint32_t i;

	facts_check(j->x);
	if (!j->nceiling)
		diag_help(j->d,
			  diag_error(j->d, 50, j->x->at, "'%s' is under no ceiling", j->x->name),
			  "write 'profile %s under host.default {'", j->x->name);
	for (i = 0; i < j->nceiling; i++)
		meet_ceiling(j->x, j->ceiling[i]);
	hash_ceilings(j, w);
}
