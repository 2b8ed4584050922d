/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenant.c - tenant units, and the order in which a request's tenant files are read.
 * Runs in: cloister-compile, tests.
 */
#include "profiles/tenant.h"
#include "profiles/arena.h"
#include "profiles/diag.h"
#include "lib/base/fault.h"

#include <errno.h>
#include <string.h>

bool only_once(struct diags *d, struct at first, struct at again)
{
	if (!first.src)
		return true;
	diag_help(d, diag_error(d, 106, again, "this may stand once"), "the first is in line %u",
		  at_place(first).line);
	return false;
}

void limits_read(struct limits *l, struct cursor *c, bool in_tenant)
{
	enum limit_id id;
	const char *list = "";
	struct diag *row;
	struct at at;
	uint64_t v;
	uint32_t i;

	if (!limit_read(c, false, &id, &v, &at))
		return;
	if (in_tenant && !limit_table[id].in_tenant) {
		row = diag_error(c->d, 108, at, "limit %s does not stand in a tenant",
				 limit_table[id].name);
		for (i = 0; i < LIM__COUNT; i++)
			if (limit_table[i].in_tenant)
				list = arena_printf(c->d->arena, "%s%s%s", list, *list ? ", " : "",
						    limit_table[i].name);
		diag_help(c->d, row, "those that do: %s", list);
	} else if (!limit_table[id].built) {
		diag_later(c->d, at, arena_printf(c->d->arena, "'limit %s'", limit_table[id].name));
	} else if (only_once(c->d, l->at[id], at)) {
		l->v[id] = v;
		l->at[id] = at;
	}
}

static void read_feature(struct tenant *t, struct cursor *c)
{
	struct nearest nr;
	struct diag *row;
	struct at at;
	uint32_t i;
	int feat;

	if (!cur_name(c, &at, "a feature's name"))
		return;
	feat = feature_find(at_text(at), at.len);
	if (feat < 0) {
		nearest_init(&nr, at_text(at), at.len);
		for (i = 0; i < FEAT__COUNT; i++)
			nearest_try(&nr, feature_table[i].name);
		row = diag_error(c->d, 11, at, "unknown feature '%.*s'", (int)at.len, at_text(at));
		diag_nearest(c->d, row, &nr);
		return;
	}
	if (cur_is_word(c, "on")) {
		diag_help(c->d,
			  diag_error(c->d, 3, cur_at(c), "a tenant switches features off only"),
			  "features are switched on in profiles");
		return;
	}
	if (!cur_accept_word(c, "off")) {
		cur_fail(c, "'off'");
		return;
	}
	if (!cur_done(c))
		return;
	t->off |= FEAT_BIT(feat);
	t->off_at[feat] = at;
}

/* Adds one of the tenant's people; twice the same one is an error: which of the two is meant? */
static void add_person(struct tenant *t, struct diags *d, struct compile_person p, struct at at)
{
	uint32_t i;

	for (i = 0; i < t->nperson; i++)
		if (((t->person[i].flags ^ p.flags) & PERSON_GROUP) == 0 &&
		    t->person[i].id == p.id) {
			diag_help(d, diag_error(d, 101, at, "this one stands here twice"),
				  "the first is in line %u", at_place(t->person_at[i]).line);
			return;
		}
	if (t->nperson == COMPILE_TENANT_PEOPLE) {
		diag_help(d,
			  diag_error(d, 53, at, "more than %d people of one tenant",
				     COMPILE_TENANT_PEOPLE),
			  "name a group of them: viewer group GID");
		return;
	}
	t->person_at[t->nperson] = at;
	t->person[t->nperson++] = p;
}

/* viewer|editor user|group INT, behind the first word. */
static void read_person(struct tenant *t, struct cursor *c, bool edits)
{
	enum { OVERFLOW_ID = 65534 }; /* what the kernel shows for an id that it cannot map */
	struct compile_person p = { .flags = edits ? PERSON_EDITS : 0 };
	struct at at;
	uint64_t v;

	if (cur_accept_word(c, "group")) {
		p.flags |= PERSON_GROUP;
	} else if (!cur_accept_word(c, "user")) {
		cur_fail(c, "'user' or 'group', then its number");
		return;
	}
	at = cur_at(c);
	if (!value_read(c, V_COUNT, &v) || !cur_done(c))
		return;
	p.id = (uint32_t)v;
	if (v == 0 || v >= UINT32_MAX || v == OVERFLOW_ID)
		diag_help(c->d,
			  diag_error(c->d, 22, at, "%llu is nobody of a tenant's",
				     (unsigned long long)v),
			  "a uid or gid of this host, not 0 and not %d", OVERFLOW_ID);
	else
		add_person(t, c->d, p, at);
}

static void read_statement(struct tenant *t, struct cursor *c, uint16_t stmt)
{
	struct at at = cur_take(c);

	if (stmt == STMT_PEOPLE)
		read_person(t, c, at_is(at, "editor"));
	else if (stmt == STMT_FEATURE)
		read_feature(t, c);
	else if (stmt == STMT_LIMIT)
		limits_read(&t->limits, c, true);
	else if (stmt == STMT_ABOUT && value_string(c, &t->about, &at))
		(void)cur_done(c);
}

static void put_limits(struct compile_tenant *row, const struct limits *l)
{
	unsigned int i;

	for (i = 0; i < LIM__COUNT; i++) {
		struct compile_limit *out = &row->limit[row->nlimit];

		if (!l->at[i].src || row->nlimit == COMPILE_TENANT_LIMITS)
			continue;
		out->knob = limit_table[i].which;
		limit_knob((enum limit_id)i, l->v[i], out->v);
		row->nlimit++;
	}
}

/* The names behind 'under', for the runs of the tenant. Its workloads read them as well, and two
 * reports of one thing at one place are one. */
static void put_under(struct compile_tenant *row, const struct unit_ref *u, struct work *w)
{
	struct cursor c = cur_open(u->src, u->node, &w->d);
	struct at at;

	cur_take(&c);
	cur_take(&c);
	if (!cur_accept_word(&c, "under"))
		return;
	do {
		if (!cur_name(&c, &at, "a ceiling's name"))
			return;
		if (row->nceiling) { /* the spawner holds a tenant to one */
			diag_later(&w->d, at, "a tenant's second ceiling");
			return;
		}
		if (!library_need(&w->lib, UNIT_CEILING, at))
			return;
		memcpy(row->ceiling[row->nceiling++], at_text(at), at.len);
	} while (cur_accept(&c, T_COMMA));
}

static int put_tenant(struct work *w, struct tenant *t, struct fault *f)
{
	struct answer *a = &w->answer;
	struct compile_tenant *row;

	if (a->ntenant == ANSWER_TENANTS_MAX)
		return fault_set(f, -E2BIG, "tenant.rows", "more than %d tenants",
				 ANSWER_TENANTS_MAX);
	t->row = a->ntenant;
	row = &a->tenant[a->ntenant++];
	memcpy(row->name, at_text(t->unit->name), t->unit->name.len);
	row->file = answer_text(a, t->unit->src->name, strlen(t->unit->src->name));
	row->about = answer_text(a, t->about ? t->about : "", t->about ? strlen(t->about) : 0);
	row->line = at_place(t->unit->name).line;
	put_limits(row, &t->limits);
	put_under(row, t->unit, w);
	row->features_off = t->off;
	row->npeople = t->nperson;
	memcpy(row->people, t->person, sizeof(row->people));
	return 0;
}

/* COMPILE_MAKE: the workload that the request names, T/W. */
static bool is_wanted(struct work *w, const struct source *s, uint32_t node)
{
	struct cursor c = cur_open(s, node, &w->d);
	const char *name = strchr(w->req->profile, '/');

	cur_take(&c);
	return w->req->mode != COMPILE_MAKE || (name && at_is(cur_at(&c), name + 1));
}

static bool is_tenant_wanted(const struct work *w, const struct unit_ref *u)
{
	size_t n = strcspn(w->req->profile, "/");

	return w->req->mode != COMPILE_MAKE ||
	       (u->name.len == n && memcmp(at_text(u->name), w->req->profile, n) == 0);
}

/* Limits and features first: they bound the workloads, wherever they stand. */
static int tenant_unit(struct work *w, const struct unit_ref *u, struct fault *f)
{
	const struct source *s = u->src;
	uint32_t body = s->node[u->node].child, n;
	struct tenant *t = arena_get(&w->arena, sizeof(*t));
	int r;

	if (!t)
		return fault_set(f, -ENOMEM, "tenant.memory", "a tenant");
	t->unit = u;
	for (n = body ? s->node[body].child : 0; n; n = s->node[n].next) {
		struct cursor c = cur_open(s, n, &w->d);

		if (s->node[n].kind == N_STMT && s->node[n].what != STMT_WORKLOAD)
			read_statement(t, &c, s->node[n].what);
	}
	r = put_tenant(w, t, f);
	for (n = body ? s->node[body].child : 0; r == 0 && n; n = s->node[n].next)
		if (s->node[n].kind == N_STMT && s->node[n].what == STMT_WORKLOAD &&
		    is_wanted(w, s, n))
			r = workload_unit(w, t, n, f);
	return r;
}

int tenant_files(struct work *w, struct fault *f)
{
	uint32_t i;
	int r = 0;

	for (i = 0; r == 0 && i < w->lib.nunit && !diag_full(&w->d); i++) {
		const struct unit_ref *u = &w->lib.unit[i];

		if (u->src->flags & COMPILE_F_LIBRARY)
			continue;
		if (u->kind == UNIT_IMAGE)
			image_unit(w, u);
		else if (u->kind == UNIT_TENANT && is_tenant_wanted(w, u))
			r = tenant_unit(w, u, f);
	}
	return r;
}
