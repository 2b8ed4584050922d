/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain.c - the facts of a layer in words. Runs in: cloister-compile, tests.
 */
#include "profiles/explain.h"
#include "profiles/diag.h"
#include "profiles/systab.h"
#include "lib/base/fault.h"

#include <errno.h>
#include <string.h>

int lines_open(struct lines *l, struct arena *a, struct fault *f)
{
	*l = (struct lines){ .a = a, .p = arena_get(a, LINES_ROOM) };
	return l->p ? 0 : fault_set(f, -ENOMEM, "explain.memory", "the lines of an answer");
}

void lines_add(struct lines *l, const char *s)
{
	size_t n = strlen(s);

	if (n > LINES_ROOM - l->n) {
		l->full = true;
		return;
	}
	memcpy(l->p + l->n, s, n);
	l->n += n;
}

void lines_end(struct lines *l, struct at at)
{
	lines_add(l, "\t");
	if (at.src)
		lines_add(l, arena_printf(l->a, "%s:%u", at.src->name, at_place(at).line));
	lines_add(l, "\n");
}

static void fact(struct lines *l, const char *domain, const char *what, struct at at)
{
	lines_add(l, domain);
	lines_add(l, "\t");
	lines_add(l, what);
	lines_end(l, at);
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
	for (uint32_t i = 0; i < SET__COUNT; i++)
		for (uint32_t k = 0; k < x->set[i].n; k++)
			fact(l, "set",
			     arena_printf(l->a, "%s %s", set_names[i], x->set[i].value[k]),
			     x->set[i].at[k]);
}

const char *explain_mount(struct arena *a, const struct mountfact *m)
{
	const char *from = m->kind == MOUNT_IMAGE   ? "image "
			   : m->kind == MOUNT_HOST  ? "the host's "
			   : m->kind == MOUNT_TMPFS ? "memory"
						    : "the kernel";
	bool named = m->image && (m->kind == MOUNT_IMAGE || m->kind == MOUNT_HOST);

	return arena_printf(a, "%s from %s%s, %s%s", m->target, from, named ? m->image : "",
			    m->rw ? "writable" : "read-only", m->exec ? ", executable" : "");
}

const char *explain_path(struct arena *a, const struct pathfact *p, uint32_t rights)
{
	const char *list = "";

	for (uint32_t r = 0; r < RIGHT__COUNT; r++)
		if (rights & RIGHT_BIT(r))
			list = arena_printf(a, "%s%s%s", list, *list ? ", " : "", right_names[r]);
	return arena_printf(a, "%s %s%s%s", p->path, list, p->optional ? ", where it is there" : "",
			    p->implied ? " (comes with a feature)" : "");
}

const char *explain_net(struct arena *a, const struct netfact *n)
{
	const char *proto = n->proto == 6 ? "tcp" : "udp";

	return n->lo == n->hi ? arena_printf(a, "in %s %u", proto, n->lo)
			      : arena_printf(a, "in %s %u..%u", proto, n->lo, n->hi);
}

static void places(struct lines *l, const struct facts *x)
{
	for (uint32_t i = 0; i < x->nmount; i++)
		fact(l, "mount", explain_mount(l->a, &x->mount[i]), x->mount[i].at);
	for (uint32_t i = 0; i < x->npath; i++)
		fact(l, "path", explain_path(l->a, &x->path[i], x->path[i].rights), x->path[i].at);
	for (uint32_t i = 0; i < NODE__COUNT; i++)
		if (x->devices & UINT64_C(1) << i)
			fact(l, "device", node_names[i], x->device_at[i]);
	for (uint32_t i = 0; i < x->nenv; i++)
		fact(l, "env", x->env[i].name, x->env[i].at);
	for (uint32_t i = 0; i < x->nnet; i++)
		fact(l, "net", explain_net(l->a, &x->net[i]), x->net[i].at);
}

/* "flags & 0x80000 = 0x0": only what narrows. */
static const char *condition(struct arena *a, const struct sysfact *s, uint32_t arg)
{
	const struct sys_arg *row = systab_arg_at(s->nr, arg);
	const char *name = row ? row->name : arena_printf(a, "argument %u", arg);
	uint64_t all = s->width[arg] == 4 ? UINT32_MAX : UINT64_MAX;

	if ((s->arg[arg].mask & all) == all)
		return arena_printf(a, "%s = 0x%llx", name, (unsigned long long)s->arg[arg].value);
	return arena_printf(a, "%s & 0x%llx = 0x%llx", name, (unsigned long long)s->arg[arg].mask,
			    (unsigned long long)s->arg[arg].value);
}

const char *explain_call(struct arena *a, const struct sysfact *s)
{
	const char *name = systab_name(s->nr), *when = "";

	for (uint32_t i = 0; i < SYS_ARGS; i++)
		if (s->arg[i].mask)
			when = arena_printf(a, "%s%s%s", when, *when ? ", " : " with ",
					    condition(a, s, i));
	return arena_printf(a, "%s%s%s%s", name ? name : "?", when,
			    s->startup ? ", until it is ready" : "",
			    s->implied ? " (comes with a feature)" : "");
}

static void calls(struct lines *l, const struct facts *x)
{
	for (uint32_t i = 0; i < x->nsys; i++)
		fact(l, "syscall", explain_call(l->a, &x->sys[i]), x->sys[i].at);
}

int explain_facts(const struct facts *x, struct arena *a, const char **ret, size_t *ret_n,
		  struct fault *f)
{
	struct lines l;
	int r = lines_open(&l, a, f);

	if (r < 0)
		return r;
	features(&l, x);
	limits(&l, x);
	settings(&l, x);
	places(&l, x);
	calls(&l, x);
	if (l.full)
		return fault_set(f, -ENOMEM, "explain.memory", "what %s allows", x->name);
	*ret = l.p;
	*ret_n = l.n;
	return 0;
}
