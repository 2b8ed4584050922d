/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.c - what is wrong with a profile by itself: features, reserved areas, the hard list, paths.
 * Runs in: cloister-compile, tests.
 */
#include "profiles/facts.h"
#include "profiles/diag.h"
#include "profiles/skeleton.h"
#include "profiles/systab.h"
#include "lib/plan/hardlist.h"

#include <string.h>
#include <sys/syscall.h>

/* How to get what a feature keeps closed. */
static void help_feature(struct facts *x, struct diag *row, unsigned int feature)
{
	const struct feature_row *r = &feature_table[feature];

	if (r->can_be_on && r->built)
		diag_help(x->d, row, "add 'feature %s on'", r->name);
	else
		diag_help(x->d, row, "feature %s is %s", r->name,
			  r->can_be_on ? "not in this version yet" : "off in language 1");
}

void facts_conflicts(struct facts *x)
{
	unsigned int i;

	for (i = 0; i < FEAT__COUNT; i++)
		if (x->on & x->off & FEAT_BIT(i))
			diag_help(x->d,
				  diag_error(x->d, 41, x->on_at[i], "feature %s is both on and off",
					     feature_table[i].name),
				  "it is off in %s:%u", x->off_at[i].src->name,
				  at_place(x->off_at[i]).line);
}

static void check_features(struct facts *x)
{
	unsigned int i, k;

	for (i = 0; i < FEAT__COUNT; i++) {
		uint64_t missing = feature_table[i].needs & ~x->on;

		for (k = 0; k < FEAT__COUNT && (x->on & FEAT_BIT(i)); k++)
			if (missing & FEAT_BIT(k))
				diag_help(x->d,
					  diag_error(x->d, 40, x->on_at[i],
						     "feature %s needs feature %s",
						     feature_table[i].name, feature_table[k].name),
					  "add 'feature %s on'", feature_table[k].name);
	}
}

/* Can a clause's condition on the row's argument and the row's condition both hold? */
static bool may_meet(const struct argcond *a, const struct hard_cond *c)
{
	uint32_t both = (uint32_t)a->mask & c->mask, v = (uint32_t)a->value, i;

	if (c->op == HARD_END)
		return true;
	if (c->op == HARD_OUT && both != c->mask)
		return true; /* a free bit leads out of the list */
	for (i = 0; i < c->count; i++)
		if (((v ^ c->value[i]) & both) == 0)
			return c->op == HARD_IN;
	return c->op == HARD_OUT;
}

/* Does the row's condition hold for everything that the clause's allows? */
static bool always(const struct argcond *a, const struct hard_cond *c)
{
	uint32_t both = (uint32_t)a->mask & c->mask, v = (uint32_t)a->value, i;

	if (c->op == HARD_END)
		return true;
	for (i = 0; i < c->count; i++) {
		bool may = ((v ^ c->value[i]) & both) == 0;

		if (c->op == HARD_IN && may && both == c->mask)
			return true;
		if (c->op == HARD_OUT && may)
			return false;
	}
	return c->op == HARD_OUT;
}

static void check_row(struct facts *x, const struct sysfact *s, const struct hard_row *r)
{
	const struct argcond *a = &s->arg[r->cond[0].arg], *b = &s->arg[r->cond[1].arg];
	const char *name = systab_name(s->nr);
	struct diag *row;

	if (r->class != HARD_H) {
		/* no family but unix has pairs: the kernel refuses the others by itself */
		if (s->nr == SYS_socketpair || !may_meet(a, &r->cond[0]) ||
		    !may_meet(b, &r->cond[1]))
			return;
		row = diag_error(x->d, 42, s->at, "%s reaches what feature %s keeps closed", name,
				 feature_table[r->feature].name);
		help_feature(x, row, r->feature);
		if (s->nr == SYS_mmap || s->nr == SYS_mprotect)
			diag_help(x->d, row,
				  "write %s(prot & (PROT_WRITE|PROT_EXEC): 0 PROT_WRITE PROT_EXEC)",
				  name);
		return;
	}
	if (!always(a, &r->cond[0]) || !always(b, &r->cond[1]))
		return;
	row = diag_error(x->d, 60, s->at, "no profile opens %s%s", name,
			 r->cond[0].op == HARD_END ? "" : " with these arguments");
	diag_help(x->d, row, "row %s of the hard list", r->id);
	if (s->nr == SYS_clone3)
		diag_help(x->d, row, "C libraries fall back to clone");
}

/* 'T' ioctls but the TC and FIO ones: a terminal's, so feature pty's. */
static bool is_tiocs(uint64_t v)
{
	uint32_t n = (uint32_t)v & 0xff;

	if ((v >> 8 & 0xff) != 'T')
		return false;
	return !(n <= 0x0b || n == 0x1b || n == 0x21 || n == 0x25 || (n >= 0x2a && n <= 0x2d) ||
		 (n >= 0x50 && n <= 0x52) || n == 0x60);
}

/* The answer to a startup call is its number's: nothing else may look at its arguments. */
static void check_startup(struct facts *x, const struct sysfact *s)
{
	bool whole = true;
	uint32_t i;

	for (i = 0; i < SYS_ARGS; i++)
		whole = whole && !s->arg[i].mask;
	for (i = 0; i < x->nsys; i++)
		whole = whole && (x->sys[i].nr != s->nr || &x->sys[i] == s);
	for (i = 0; i < hard_count; i++)
		whole = whole &&
			(hard_table[i].nr != s->nr || hard_table[i].cond[0].op == HARD_END ||
			 !hard_in_force(&hard_table[i], x->on));
	if (!whole)
		diag_later(x->d, s->at, "'allow startup' of a call whose arguments matter");
}

static void check_calls(struct facts *x)
{
	uint32_t i;
	size_t k;

	for (i = 0; i < x->nsys; i++) {
		const struct sysfact *s = &x->sys[i];

		if (s->implied)
			continue;
		if (s->startup)
			check_startup(x, s);
		else if ((s->nr == SYS_execve || s->nr == SYS_execveat) &&
			 !(x->on & FEAT_BIT(FEAT_EXEC)))
			diag_help(x->d,
				  diag_error(x->d, 42, s->at,
					     "%s once the program is ready is feature exec's, "
					     "which is off",
					     systab_name(s->nr)),
				  "add 'feature exec on'; a start's own exec needs no line");
		for (k = 0; k < hard_count; k++)
			if (hard_table[k].nr == s->nr && hard_in_force(&hard_table[k], x->on))
				check_row(x, s, &hard_table[k]);
		if (s->nr == SYS_ioctl && s->arg[1].mask && is_tiocs(s->arg[1].value) &&
		    !(x->on & FEAT_BIT(FEAT_PTY)))
			diag_error(x->d, 42, s->at,
				   "this ioctl is a terminal's: feature pty keeps it closed");
	}
}

static void need(struct facts *x, struct at at, enum feature feature, const char *what)
{
	if (!(x->on & FEAT_BIT(feature)))
		help_feature(x,
			     diag_error(x->d, 42, at, "%s is feature %s's, which is off", what,
					feature_table[feature].name),
			     feature);
}

static const struct {
	const char *path;
	uint8_t feature;
} reserved_paths[] = { { "/proc/sys", FEAT_PROC_SYS_READ },
		       { "/proc", FEAT_PROC },
		       { "/dev/shm", FEAT_SHM },
		       { "/dev/mqueue", FEAT_POSIX_MQ },
		       { "/dev/pts", FEAT_PTY },
		       { "/dev/ptmx", FEAT_PTY },
		       { "/tmp", FEAT_TMP } };

static void check_reserved_path(struct facts *x, const struct pathfact *p)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(reserved_paths); i++) {
		const struct feature_row *row = &feature_table[reserved_paths[i].feature];

		if (p->implied || !path_below(p->path, reserved_paths[i].path) ||
		    (x->on & FEAT_BIT(reserved_paths[i].feature)))
			continue;
		help_feature(x,
			     diag_error(x->d, 42, p->at, "%s is there only with feature %s",
					reserved_paths[i].path, row->name),
			     reserved_paths[i].feature);
		return;
	}
}

/* P033: a path that nothing of the plan shows. */
static void check_shown(struct facts *x, const struct pathfact *p)
{
	char real[PLAN_PATH_MAX + 16];
	const char *path = skeleton_real(p->path, real, sizeof(real)), *near = NULL;
	size_t best = 0, n;
	uint32_t i;

	if (p->optional || skeleton_has(path, x->on))
		return;
	for (i = 0; i < x->nmount; i++) {
		const char *t = x->mount[i].target;

		if (path_below(path, t) || path_below(t, path))
			return;
		for (n = 0; t[n] && t[n] == path[n];)
			n++;
		if (n > best) {
			best = n;
			near = t;
		}
	}
	struct diag *row = diag_error(x->d, 33, p->at, "%s is under no mount of this plan", path);

	if (near && best > 1)
		diag_help(x->d, row, "the nearest mount is \"%s/\"", near);
	diag_help(x->d, row, "add a mount, or say 'optional'");
}

static void check_paths(struct facts *x)
{
	const uint32_t write = RIGHT_BIT(RIGHT_WRITE) | RIGHT_BIT(RIGHT_CREATE);
	uint32_t i, k;

	for (i = 0; i < x->npath; i++) {
		const struct pathfact *p = &x->path[i];

		check_reserved_path(x, p);
		check_shown(x, p);
		for (k = 0; k < x->npath && (p->rights & RIGHT_BIT(RIGHT_EXEC)); k++) {
			const struct pathfact *w = &x->path[k];

			if (!(w->rights & write) ||
			    (!path_below(w->path, p->path) && !path_below(p->path, w->path)))
				continue;
			diag_help(x->d,
				  diag_error(x->d, 34, p->at,
					     "%s may be run from and %s may be written to", p->path,
					     w->path),
				  "what is written must not run: split the tree (line %u of %s)",
				  at_place(w->at).line, w->at.src->name);
			break;
		}
	}
}

static void check_mounts(struct facts *x)
{
	uint32_t i, k;

	for (i = 0; i < x->nmount; i++) {
		const struct mountfact *m = &x->mount[i];
		const char *why = skeleton_refuses(m->target);

		if (m->kind == MOUNT_PROC || m->kind == MOUNT_DEVICES) {
			const char *want = m->kind == MOUNT_PROC ? "/proc" : "/dev";

			if (strcmp(m->target, want) != 0)
				diag_error(x->d, 22, m->at, "this source is shown at %s only",
					   want);
			else if (m->kind == MOUNT_PROC && !(x->on & FEAT_BIT(FEAT_PROC)))
				diag_help(x->d,
					  diag_error(x->d, 42, m->at,
						     "/proc is there only with feature proc"),
					  "add 'feature proc on'");
			continue;
		}
		if (why)
			diag_help(x->d,
				  diag_error(x->d, 42, m->at, "nothing can be mounted at %s",
					     m->target),
				  "%s", why);
		for (k = 0; k < i; k++)
			if (!strcmp(x->mount[k].target, m->target))
				diag_error(x->d, 91, m->at, "%s is mounted twice", m->target);
		for (k = 0; k < x->nmount && m->kind == MOUNT_TMPFS; k++)
			if (k != i && x->mount[k].kind != MOUNT_TMPFS &&
			    path_below(x->mount[k].target, m->target))
				diag_error(x->d, 22, x->mount[k].at,
					   "what is read-only cannot lie beneath the tmpfs %s",
					   m->target);
	}
}

static void check_rest(struct facts *x)
{
	uint32_t i;

	for (i = 0; i < x->nnet; i++) {
		need(x, x->net[i].at, FEAT_NET_INBOUND, "a listening port");
		if (x->net[i].lo < 1024)
			need(x, x->net[i].at, FEAT_NET_LOW_PORTS, "a port below 1024");
	}
	if (x->devices & UINT64_C(1) << NODE_PTMX)
		need(x, x->device_at[NODE_PTMX], FEAT_PTY, "ptmx");
	if (x->limit_at[LIM_RTPRIO].src && x->limit[LIM_RTPRIO])
		need(x, x->limit_at[LIM_RTPRIO], FEAT_REALTIME, "limit rtprio");
	if (x->limit_at[LIM_CORE].src && x->limit[LIM_CORE])
		need(x, x->limit_at[LIM_CORE], FEAT_CORE_DUMP, "limit core");
	if (x->limit_at[LIM_MSGQUEUE].src && x->limit[LIM_MSGQUEUE])
		need(x, x->limit_at[LIM_MSGQUEUE], FEAT_POSIX_MQ, "limit msgqueue");
	if (x->limit_at[LIM_TMP].src && !(x->on & FEAT_BIT(FEAT_TMP)))
		diag_warn(x->d, 90, x->limit_at[LIM_TMP], "limit tmp without feature tmp");
	if (x->limit_at[LIM_SHM].src && !(x->on & FEAT_BIT(FEAT_SHM)))
		diag_warn(x->d, 90, x->limit_at[LIM_SHM], "limit shm without feature shm");
	/* a text with other faults may have lost it there */
	if (!x->limit_at[LIM_MEMORY].src && !x->d->nerror)
		diag_help(
			x->d,
			diag_error(x->d, 62, x->at, "limit memory is missing: every plan has one"),
			"add 'limit memory 256MiB' (web.nginx has 256MiB, cache.redis 1GiB)");
}

bool facts_without_huge(const struct facts *x, struct sysfact *s)
{
	size_t i;

	for (i = 0; x->limit[LIM_HUGEPAGES] == 0 && i < HARD_HUGE; i++) {
		const struct hard_cond *c = &hard_huge[i].cond[0];
		struct argcond *a = &s->arg[c->arg];

		if (s->nr != hard_huge[i].nr)
			continue;
		if (s->startup) {
			diag_later(x->d, s->at,
				   "'allow startup' of a call that can ask for huge pages");
			return false;
		}
		if (a->mask & a->value & c->mask)
			return false;
		if (!a->mask)
			s->width[c->arg] = systab_arg_at(s->nr, c->arg)->width;
		a->mask |= c->mask;
	}
	return true;
}

void facts_check(struct facts *x)
{
	check_features(x);
	check_calls(x);
	check_mounts(x);
	check_paths(x);
	check_rest(x);
}
