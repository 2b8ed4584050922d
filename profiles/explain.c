/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain.c - the facts of a layer in words. Runs in: cloister-compile, tests.
 */
#include "profiles/work.h"
#include "profiles/systab.h"
#include "lib/base/fault.h"

#include <errno.h>
#include <string.h>

enum { ROOM = 2 << 20 }; /* 8,192 facts and a path of 512 bytes for each thousandth of them */

struct lines {
	struct arena *a;
	char *p;
	size_t n;
	bool full;
};

static void add(struct lines *l, const char *s)
{
	size_t n = strlen(s);

	if (n > ROOM - l->n) {
		l->full = true;
		return;
	}
	memcpy(l->p + l->n, s, n);
	l->n += n;
}

/* The end of a fact's line: where it is said. */
static void end(struct lines *l, struct at at)
{
	add(l, "\t");
	if (at.src)
		add(l, arena_printf(l->a, "%s:%u", at.src->name, at_place(at).line));
	add(l, "\n");
}

static void fact(struct lines *l, const char *domain, const char *what, struct at at)
{
	add(l, domain);
	add(l, "\t");
	add(l, what);
	end(l, at);
}

static void features(struct lines *l, const struct facts *x)
{
	for (uint32_t i = 0; i < FEAT__COUNT; i++)
		if (x->on & FEAT_BIT(i))
			fact(l, "feature",
			     arena_printf(l->a, "%s: %s", feature_table[i].name,
					  feature_table[i].about),
			     x->on_at[i]);
}

/* A ceiling bounds what it names; a profile has presets for the rest. */
static void limits(struct lines *l, const struct facts *x)
{
	for (uint32_t i = 0; i < LIM__COUNT; i++) {
		const char *v;

		if (!limit_table[i].built || (x->is_ceiling && !x->limit_at[i].src))
			continue;
		v = limit_show(l->a, (enum limit_id)i, x->limit[i]);
		fact(l, "limit",
		     arena_printf(l->a, "%s %s%s", limit_table[i].name, v,
				  x->limit_at[i].src ? "" : " (preset)"),
		     x->limit_at[i]);
	}
}

static void settings(struct lines *l, const struct facts *x)
{
	static const char *const name[SET__COUNT] = { "hostname", "user", "ready", "missing",
						      "timezone" };

	for (uint32_t i = 0; i < SET__COUNT; i++)
		for (uint32_t k = 0; k < x->set[i].n; k++)
			fact(l, "set", arena_printf(l->a, "%s %s", name[i], x->set[i].value[k]),
			     x->set[i].at[k]);
}

static void mounts(struct lines *l, const struct facts *x)
{
	for (uint32_t i = 0; i < x->nmount; i++) {
		const struct mountfact *m = &x->mount[i];
		const char *from = m->kind == MOUNT_IMAGE   ? "image "
				   : m->kind == MOUNT_HOST  ? "the host's "
				   : m->kind == MOUNT_TMPFS ? "memory"
							    : "the kernel";

		fact(l, "mount",
		     arena_printf(l->a, "%s from %s%s, %s%s", m->target, from,
				  m->image && (m->kind == MOUNT_IMAGE || m->kind == MOUNT_HOST)
					  ? m->image
					  : "",
				  m->rw ? "writable" : "read-only", m->exec ? ", executable" : ""),
		     m->at);
	}
}

static void paths(struct lines *l, const struct facts *x)
{
	for (uint32_t i = 0; i < x->npath; i++) {
		const struct pathfact *p = &x->path[i];
		const char *rights = "";

		for (uint32_t r = 0; r < RIGHT__COUNT; r++)
			if (p->rights & RIGHT_BIT(r))
				rights = arena_printf(l->a, "%s%s%s", rights, *rights ? ", " : "",
						      right_names[r]);
		fact(l, "path",
		     arena_printf(l->a, "%s %s%s%s", p->path, rights,
				  p->optional ? ", where it is there" : "",
				  p->implied ? " (comes with a feature)" : ""),
		     p->at);
	}
}

static void places(struct lines *l, const struct facts *x)
{
	for (uint32_t i = 0; i < NODE__COUNT; i++)
		if (x->devices & UINT64_C(1) << i)
			fact(l, "device", node_names[i], x->device_at[i]);
	for (uint32_t i = 0; i < x->nenv; i++)
		fact(l, "env", x->env[i].name, x->env[i].at);
	for (uint32_t i = 0; i < x->nnet; i++) {
		const struct netfact *n = &x->net[i];
		const char *proto = n->proto == 6 ? "tcp" : "udp";

		fact(l, "net",
		     n->lo == n->hi ? arena_printf(l->a, "in %s %u", proto, n->lo)
				    : arena_printf(l->a, "in %s %u..%u", proto, n->lo, n->hi),
		     n->at);
	}
}

/* "flags & 0x80000 == 0x0": only what narrows. */
static const char *condition(struct lines *l, const struct sysfact *s, uint32_t arg)
{
	const struct sys_arg *row = systab_arg_at(s->nr, arg);
	const char *name = row ? row->name : arena_printf(l->a, "argument %u", arg);
	uint64_t all = s->width[arg] == 4 ? UINT32_MAX : UINT64_MAX;

	if ((s->arg[arg].mask & all) == all)
		return arena_printf(l->a, "%s = 0x%llx", name,
				    (unsigned long long)s->arg[arg].value);
	return arena_printf(l->a, "%s & 0x%llx = 0x%llx", name,
			    (unsigned long long)s->arg[arg].mask,
			    (unsigned long long)s->arg[arg].value);
}

static void calls(struct lines *l, const struct facts *x)
{
	for (uint32_t i = 0; i < x->nsys; i++) {
		const struct sysfact *s = &x->sys[i];
		const char *name = systab_name(s->nr), *when = "";

		for (uint32_t a = 0; a < SYS_ARGS; a++)
			if (s->arg[a].mask)
				when = arena_printf(l->a, "%s%s%s", when, *when ? ", " : " with ",
						    condition(l, s, a));
		fact(l, "syscall",
		     arena_printf(l->a, "%s%s%s", name ? name : "?", when,
				  s->implied ? " (comes with a feature)" : ""),
		     s->at);
	}
}

int explain_facts(const struct facts *x, struct arena *a, const char **ret, size_t *ret_n,
		  struct fault *f)
{
	struct lines l = { .a = a, .p = arena_get(a, ROOM) };

	if (!l.p)
		return fault_set(f, -ENOMEM, "explain.memory", "what %s allows", x->name);
	features(&l, x);
	limits(&l, x);
	settings(&l, x);
	mounts(&l, x);
	paths(&l, x);
	places(&l, x);
	calls(&l, x);
	if (l.full)
		return fault_set(f, -ENOMEM, "explain.memory", "what %s allows", x->name);
	*ret = l.p;
	*ret_n = l.n;
	return 0;
}
