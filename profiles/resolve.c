/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolve.c - the units of all files, and what a layer includes.
 * Runs in: cloister-compile, tests.
 */
#include "profiles/resolve.h"
#include "profiles/arena.h"
#include "profiles/diag.h"
#include "profiles/facts.h"
#include "lib/base/fault.h"
#include "lib/base/sha256.h"

#include <errno.h>
#include <string.h>

const char *at_copy(struct arena *a, struct at at)
{
	return arena_printf(a, "%.*s", (int)at.len, at_text(at));
}

static bool same_text(struct at a, struct at b)
{
	return a.len == b.len && memcmp(at_text(a), at_text(b), a.len) == 0;
}

static bool is_library(const struct source *s)
{
	return s->flags & COMPILE_F_LIBRARY;
}

static void check_twice(struct library *lib, const struct unit_ref *u)
{
	uint32_t i;

	for (i = 0; i < lib->nunit; i++) {
		const struct unit_ref *o = &lib->unit[i];

		if (o->kind != u->kind || is_library(o->src) != is_library(u->src) ||
		    !same_text(o->name, u->name))
			continue;
		diag_help(lib->d,
			  diag_error(lib->d, 101, u->name, "'%.*s' stands twice", (int)u->name.len,
				     at_text(u->name)),
			  "the first is in %s:%u", o->src->name, at_place(o->name).line);
		return;
	}
}

static void add_unit(struct library *lib, const struct source *s, uint32_t node)
{
	struct cursor c = cur_open(s, node, lib->d);
	struct unit_ref u = { .src = s, .node = node, .kind = (enum unit)s->node[node].what };

	u.name = cur_take(&c); /* a host has no other */
	if (u.kind != UNIT_HOST && !cur_name(&c, &u.name, "a name"))
		return;
	if ((u.kind == UNIT_TENANT || u.kind == UNIT_IMAGE) && !value_is_label(lib->d, u.name))
		return;
	check_twice(lib, &u);
	if (cur_is_word(&c, "under") && (u.kind == UNIT_PROFILE || u.kind == UNIT_TENANT))
		; /* read by layers.c */
	else if (u.kind == UNIT_FRAGMENT && cur_kind(&c) == T_LPAR)
		diag_later(lib->d, cur_at(&c), "a fragment's parameter list");
	else
		(void)cur_done(&c);
	if (lib->nunit == UNITS_MAX) {
		diag_error(lib->d, 53, u.name, "more than %d units", UNITS_MAX);
		return;
	}
	lib->unit[lib->nunit++] = u;
}

int library_index(struct library *lib, struct fault *f)
{
	uint32_t i, n;

	lib->unit = arena_get(lib->d->arena, UNITS_MAX * sizeof(*lib->unit));
	if (!lib->unit)
		return fault_set(f, -ENOMEM, "resolve.memory", "%d units", UNITS_MAX);
	for (i = 0; i < lib->nsrc; i++) {
		const struct source *s = &lib->src[i];

		for (n = s->node[0].child; n; n = s->node[n].next)
			if (s->node[n].kind == N_UNIT)
				add_unit(lib, s, n);
	}
	return 0;
}

static const struct unit_ref *find_in(const struct library *lib, enum unit kind, const char *name,
				      bool library)
{
	uint32_t i;

	for (i = 0; i < lib->nunit; i++)
		if (lib->unit[i].kind == kind && is_library(lib->unit[i].src) == library &&
		    at_is(lib->unit[i].name, name))
			return &lib->unit[i];
	return NULL;
}

const struct unit_ref *library_find(const struct library *lib, enum unit kind, const char *name,
				    const struct source *from)
{
	bool library = kind == UNIT_CEILING || (from && is_library(from));
	const struct unit_ref *u = find_in(lib, kind, name, library);

	return u ? u : find_in(lib, kind, name, !library);
}

static const char *const kind_names[UNIT__COUNT] = {
	[UNIT_PROFILE] = "profile", [UNIT_CEILING] = "ceiling", [UNIT_FRAGMENT] = "fragment",
	[UNIT_TENANT] = "tenant",   [UNIT_IMAGE] = "image",
};

const struct unit_ref *library_need(const struct library *lib, enum unit kind, struct at name)
{
	const char *text = at_copy(lib->d->arena, name);
	const struct unit_ref *u = library_find(lib, kind, text, name.src);
	struct nearest nr;
	struct diag *row;
	uint32_t i;

	if (u)
		return u;
	row = diag_error(lib->d, 50, name, "there is no %s '%s'", kind_names[kind], text);
	nearest_init(&nr, text, name.len);
	for (i = 0; i < lib->nunit; i++) {
		if (lib->unit[i].kind == kind)
			nearest_try(&nr, at_copy(lib->d->arena, lib->unit[i].name));
		else if (same_text(lib->unit[i].name, name))
			diag_help(lib->d, row, "'%s' is a %s", text, kind_names[lib->unit[i].kind]);
	}
	diag_nearest(lib->d, row, &nr);
	return NULL;
}

/* The way from the layer's unit to the one being read, for cycles and the depth. */
struct trail {
	const struct library *lib;
	struct chain *chain;
	const struct unit_ref *unit[INCLUDE_DEPTH_MAX + 1];
	uint32_t depth;
};

static bool is_cycle(struct trail *t, const struct unit_ref *u, struct at at)
{
	const char *text = "";
	uint32_t i, from;

	for (from = 0; from < t->depth && t->unit[from] != u; from++)
		continue;
	if (from == t->depth)
		return false;
	for (i = from; i < t->depth; i++)
		text = arena_printf(t->lib->d->arena, "%s%.*s -> ", text, (int)t->unit[i]->name.len,
				    at_text(t->unit[i]->name));
	diag_help(t->lib->d, diag_error(t->lib->d, 51, at, "an include that leads back to itself"),
		  "%s%.*s", text, (int)u->name.len, at_text(u->name));
	return true;
}

static void follow(struct trail *t, const struct unit_ref *u);

static void include(struct trail *t, struct cursor *c)
{
	const struct unit_ref *u;
	struct at at;
	uint32_t i;

	if (!cur_name(c, &at, "a fragment's name"))
		return;
	if (cur_is_word(c, "pin")) {
		diag_later(t->lib->d, cur_at(c), "'include ... pin'");
		return;
	}
	if (!cur_done(c))
		return;
	u = library_need(t->lib, UNIT_FRAGMENT, at);
	if (!u || is_cycle(t, u, at))
		return;
	for (i = 0; i < t->chain->n; i++)
		if (t->chain->unit[i] == u)
			return;
	if (t->depth > INCLUDE_DEPTH_MAX)
		diag_error(t->lib->d, 53, at, "includes deeper than %d", INCLUDE_DEPTH_MAX);
	else if (t->chain->n == CHAIN_MAX)
		diag_error(t->lib->d, 53, at, "more than %d includes", CHAIN_MAX);
	else
		follow(t, u);
}

/* Recursion: INCLUDE_DEPTH_MAX at most. */
static void follow(struct trail *t, const struct unit_ref *u)
{
	const struct source *s = u->src;
	uint32_t body = s->node[u->node].child, n;

	t->chain->unit[t->chain->n++] = u;
	t->unit[t->depth++] = u;
	for (n = body ? s->node[body].child : 0; n; n = s->node[n].next) {
		struct cursor c = cur_open(s, n, t->lib->d);

		if (s->node[n].kind != N_STMT || s->node[n].what != STMT_INCLUDE)
			continue;
		cur_take(&c);
		include(t, &c);
	}
	t->depth--;
}

void chain_make(const struct library *lib, const struct unit_ref *u, struct chain *ret)
{
	struct trail t = { .lib = lib, .chain = ret };

	*ret = (struct chain){ 0 };
	follow(&t, u);
}

void chain_read(const struct chain *chain, struct facts *x)
{
	uint32_t i;

	x->at = chain->unit[0]->name;
	x->name = at_copy(x->d->arena, x->at);
	x->is_ceiling = chain->unit[0]->kind == UNIT_CEILING;
	for (i = 0; i < chain->n; i++)
		facts_unit(x, chain->unit[i]->src, chain->unit[i]->node);
	facts_conflicts(x);
	facts_expand(x);
}

static void hash_node(const struct source *s, uint32_t node, struct sha256 *hash)
{
	const struct node *n = &s->node[node];
	char between = '\0';
	uint32_t i;

	for (i = n->tok; i < n->tok + n->ntok; i++) {
		const struct token *t = &s->tok[i];

		if (t->kind == T_SPACE || t->kind == T_COMMENT)
			continue;
		if (t->kind == T_EOL) {
			between = '\n';
			continue;
		}
		if (between)
			sha256_add(hash, &between, 1);
		sha256_add(hash, s->text + t->off, t->len);
		between = ' ';
	}
	sha256_add(hash, "\n", 1);
}

void chain_digest(const struct chain *chain, uint8_t out[32])
{
	struct sha256 hash;
	uint32_t i;

	sha256_init(&hash);
	for (i = 0; i < chain->n; i++)
		hash_node(chain->unit[i]->src, chain->unit[i]->node, &hash);
	sha256_done(&hash, out);
}

void workload_digest(const struct source *s, uint32_t node, uint8_t source[32])
{
	struct sha256 hash;

	sha256_init(&hash);
	hash_node(s, node, &hash);
	sha256_add(&hash, source, DIGEST_LEN);
	sha256_done(&hash, source);
}

void digest_join(const uint8_t *part, uint32_t n, uint8_t out[32])
{
	sha256_of(part, (size_t)n * DIGEST_LEN, out);
}
