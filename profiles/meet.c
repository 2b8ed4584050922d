/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meet.c - a profile under a ceiling: one domain a function.
 * Runs in: cloister-compile, tests. Pure but for the reports.
 */
#include "profiles/meet.h"
#include "profiles/arena.h"
#include "profiles/diag.h"
#include "profiles/skeleton.h"
#include "profiles/systab.h"
#include "profiles/filter.h"

#include <string.h>
#include <sys/syscall.h>

static void meet_features(struct facts *x, const struct facts *c)
{
	unsigned int i;

	for (i = 0; i < FEAT__COUNT; i++)
		if (x->on & ~c->on & FEAT_BIT(i))
			diag_help(x->d,
				  diag_error(x->d, 60, x->on_at[i],
					     "feature %s is on, and ceiling %s does not permit it",
					     feature_table[i].name, c->name),
				  "witness: feature %s", feature_table[i].name);
}

static void meet_limits(struct facts *x, const struct facts *c)
{
	struct arena *a = x->d->arena;
	unsigned int i;

	for (i = 0; i < LIM__COUNT; i++) {
		enum limit_id id = (enum limit_id)i;
		struct diag *row;

		if (!c->limit_at[i].src || x->limit[i] <= c->limit[i])
			continue;
		if (!x->limit_at[i].src) {
			x->limit[i] = c->limit[i];
			continue;
		}
		row = diag_error(x->d, 60, x->limit_at[i], "limit %s %s is above ceiling %s",
				 limit_table[i].name, limit_show(a, id, x->limit[i]), c->name);
		diag_help(x->d, row, "the largest legal value is %s (%s:%u)",
			  limit_show(a, id, c->limit[i]), c->limit_at[i].src->name,
			  at_place(c->limit_at[i]).line);
	}
}

static bool has_value(const struct setfact *s, const char *v)
{
	uint32_t i;

	for (i = 0; i < s->n; i++)
		if (!strcmp(s->value[i], v))
			return true;
	return false;
}

static void meet_settings(struct facts *x, const struct facts *c)
{
	static const struct setfact errno_only = { .value = { "errno" }, .n = 1 };
	unsigned int i;
	uint32_t k;

	for (i = 0; i < SET__COUNT; i++) {
		const struct setfact *may = &c->set[i];
		const char *list = "";

		if (i == SET_MISSING && !may->n)
			may = &errno_only;
		if (!may->n || !x->set[i].n || has_value(may, x->set[i].value[0]))
			continue;
		for (k = 0; k < may->n; k++)
			list = arena_printf(x->d->arena, "%s%s%s", list, k ? ", " : "",
					    may->value[k]);
		diag_help(x->d,
			  diag_error(x->d, 61, x->set[i].at[0].src ? x->set[i].at[0] : x->at,
				     "%s '%s' is not permitted by ceiling %s", set_names[i],
				     x->set[i].value[0], c->name),
			  "permitted: %s", list);
	}
}

const char *meet_call_text(struct arena *a, uint16_t nr, const uint64_t args[SYS_ARGS])
{
	const char *text = arena_printf(a, "%s(", systab_name(nr));
	const struct sys_arg *arg;
	size_t i;

	for (i = 0; (arg = systab_arg_at(nr, i)); i++)
		text = arena_printf(a, "%s%s%s=0x%llx", text, i ? ", " : "", arg->name,
				    (unsigned long long)args[arg->index]);
	return arena_printf(a, "%s)", text);
}

static void exceeds(struct facts *x, const struct facts *c, const struct sysfact *s,
		    const uint64_t args[SYS_ARGS])
{
	struct diag *row =
		diag_error(x->d, 60, s->at, "%s%s exceeds ceiling %s", systab_name(s->nr),
			   s->implied ? ", which this feature needs," : "", c->name);

	diag_help(x->d, row, "witness: %s", meet_call_text(x->d->arena, s->nr, args));
}

static void meet_calls(struct facts *x, const struct facts *c)
{
	const struct sysfact *of_call[CLAUSES_PER_CALL + 1];
	uint64_t args[SYS_ARGS];
	uint32_t i, k, n;

	for (i = 0; i < x->nsys; i++) {
		const struct sysfact *s = &x->sys[i];

		if (filter_is_floor(s->nr) || s->nr == SYS_execve || s->nr == SYS_execveat)
			continue;
		for (k = n = 0; k < c->nsys && n < CLAUSES_PER_CALL; k++)
			if (c->sys[k].nr == s->nr)
				of_call[n++] = &c->sys[k];
		if (clause_witness(x->d->arena, s, of_call, n, args) != 0)
			exceeds(x, c, s, args);
	}
}

uint32_t meet_path_left(const struct pathfact *p, const struct facts *c)
{
	uint32_t left = p->rights, k;

	for (k = 0; k < c->npath && (c->listed & LISTED_PATH); k++) {
		const char *dir = c->path[k].path;

		if (!strcmp(dir, p->path) ||
		    (dir[strlen(dir) - 1] == '/' && path_below(p->path, dir)))
			left &= ~c->path[k].rights;
	}
	return c->listed & LISTED_PATH ? left : 0;
}

/* Each right must be given by a line of the ceiling at or above the path. */
static void meet_paths(struct facts *x, const struct facts *c)
{
	uint32_t i, r;

	for (i = 0; i < x->npath; i++) {
		const struct pathfact *p = &x->path[i];
		uint32_t left = meet_path_left(p, c);

		for (r = 0; r < RIGHT__COUNT && !(left & RIGHT_BIT(r)); r++)
			continue;
		if (left)
			diag_help(x->d,
				  diag_error(x->d, 60, p->at, "path %s exceeds ceiling %s", p->path,
					     c->name),
				  "witness: %s of %s", right_names[r], p->path);
	}
}

bool ceiling_has_host(const struct facts *c, const char *path, bool exec)
{
	uint32_t i;

	for (i = 0; i < c->nmount; i++)
		if (c->mount[i].kind == MOUNT_HOST && exec <= c->mount[i].exec &&
		    path_below(path, c->mount[i].image))
			return true;
	return false;
}

bool meet_mount_fits(const struct mountfact *m, const struct facts *c)
{
	uint32_t i;

	if (m->kind == MOUNT_HOST)
		return ceiling_has_host(c, m->image, m->exec);
	if (!(c->listed & LISTED_MOUNT))
		return true;
	for (i = 0; i < c->nmount; i++) {
		const struct mountfact *o = &c->mount[i];

		if (o->kind == m->kind && !strcmp(o->target, m->target) && m->rw <= o->rw &&
		    m->exec <= o->exec && (m->kind != MOUNT_TMPFS || m->size <= o->size) &&
		    (m->kind != MOUNT_IMAGE || !strcmp(m->image, o->image)))
			return true;
	}
	return false;
}

static void meet_places(struct facts *x, const struct facts *c)
{
	uint32_t i, k;

	for (i = 0; i < x->nmount; i++)
		if (!meet_mount_fits(&x->mount[i], c))
			diag_help(x->d,
				  diag_error(x->d, 60, x->mount[i].at,
					     x->mount[i].kind == MOUNT_HOST
						     ? "ceiling %s has no 'mount ... from host'"
						     : "this mount exceeds ceiling %s",
					     c->name),
				  "witness: a mount at %s", x->mount[i].target);
	for (i = 0; i < NODE__COUNT && (c->listed & LISTED_DEVICE); i++)
		if (x->devices & ~c->devices & (UINT64_C(1) << i))
			diag_error(x->d, 60, x->device_at[i], "this device exceeds ceiling %s",
				   c->name);
	for (i = 0; i < x->nenv && (c->listed & LISTED_ENV); i++) {
		for (k = 0; k < c->nenv && strcmp(c->env[k].name, x->env[i].name) != 0; k++)
			continue;
		if (k == c->nenv)
			diag_error(x->d, 60, x->env[i].at, "variable %s exceeds ceiling %s",
				   x->env[i].name, c->name);
	}
}

uint32_t meet_port_left(const struct netfact *n, const struct facts *c)
{
	uint32_t port = n->lo, i, before;

	if (!(c->listed & LISTED_NET))
		return 0;
	do {
		before = port;
		for (i = 0; i < c->nnet; i++)
			if (c->net[i].proto == n->proto && c->net[i].lo <= port &&
			    c->net[i].hi >= port)
				port = c->net[i].hi + 1u;
	} while (port != before && port <= n->hi);
	return port <= n->hi ? port : 0;
}

static void meet_net(struct facts *x, const struct facts *c)
{
	uint32_t i, port;

	for (i = 0; i < x->nnet; i++) {
		port = meet_port_left(&x->net[i], c);
		if (port)
			diag_help(x->d,
				  diag_error(x->d, 60, x->net[i].at, "this port exceeds ceiling %s",
					     c->name),
				  "witness: in %s %u", x->net[i].proto == 6 ? "tcp" : "udp", port);
	}
}

void meet_ceiling(struct facts *x, const struct facts *c)
{
	meet_features(x, c);
	meet_limits(x, c);
	meet_settings(x, c);
	meet_calls(x, c);
	meet_paths(x, c);
	meet_places(x, c);
	meet_net(x, c);
}
