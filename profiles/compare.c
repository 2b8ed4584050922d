/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare.c - two layers against each other, a domain at a time. Runs in: cloister-compile, tests.
 * Pure.
 */
#include "profiles/compare.h"
#include "profiles/explain.h"
#include "profiles/filter.h"
#include "profiles/meet.h"
#include "lib/base/fault.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

enum compare_domain {
	COMPARE_FEATURE,
	COMPARE_LIMIT,
	COMPARE_SET,
	COMPARE_MOUNT,
	COMPARE_PATH,
	COMPARE_DEVICE,
	COMPARE_ENV,
	COMPARE_NET,
	COMPARE_SYSCALL,
	COMPARE__COUNT
};

static const char *const domain_names[COMPARE__COUNT] = {
	[COMPARE_FEATURE] = "feature", [COMPARE_LIMIT] = "limit", [COMPARE_SET] = "set",
	[COMPARE_MOUNT] = "mount",     [COMPARE_PATH] = "path",	  [COMPARE_DEVICE] = "device",
	[COMPARE_ENV] = "env",	       [COMPARE_NET] = "net",	  [COMPARE_SYSCALL] = "syscall",
};

struct compare {
	struct arena *a;
	struct facts **x;
	struct lines lines;		  /* of the differences */
	uint32_t more[COMPARE__COUNT][2]; /* what that side has and the other has not */
	bool undecided;			  /* the filters */
};

/* Makes of a layer one that can be compared: what it does not set has the value that it gets. */
static void make_ready(struct facts *x)
{
	static const char *const unset[SET__COUNT] = { [SET_HOSTNAME] = "(its own name)",
						       [SET_TIMEZONE] = "(none)",
						       [SET_STOP_SIGNAL] = "TERM" };
	uint32_t i;

	if (x->is_ceiling) {
		if (!x->set[SET_MISSING].n) {
			x->set[SET_MISSING].value[0] = "errno";
			x->set[SET_MISSING].n = 1;
		}
		return;
	}
	for (i = 0; i < SET__COUNT; i++)
		if (!x->set[i].n && unset[i]) {
			x->set[i].value[0] = unset[i];
			x->set[i].n = 1;
		}
}

static void differs(struct compare *c, uint32_t side, enum compare_domain d, const char *what,
		    struct at at)
{
	c->more[d][side]++;
	lines_add(&c->lines, side ? "b\t" : "a\t");
	lines_add(&c->lines, domain_names[d]);
	lines_add(&c->lines, "\t");
	lines_add(&c->lines, what);
	lines_end(&c->lines, at);
}

/* This side bounds the domain by nothing, and the other does. */
static bool unbounded(struct compare *c, uint32_t side, enum compare_domain d, uint32_t listed)
{
	const struct facts *x = c->x[side];

	if (x->listed & listed)
		return false;
	if (c->x[!side]->listed & listed)
		differs(c, side, d, "anything: it lists none", x->at);
	return true;
}

static void features(struct compare *c, uint32_t side)
{
	const struct facts *x = c->x[side];

	for (uint32_t i = 0; i < FEAT__COUNT; i++)
		if (x->on & ~c->x[!side]->on & FEAT_BIT(i))
			differs(c, side, COMPARE_FEATURE,
				arena_printf(c->a, "%s: %s", feature_table[i].name,
					     feature_table[i].about),
				x->on_at[i]);
}

static void limits(struct compare *c, uint32_t side)
{
	const struct facts *x = c->x[side], *y = c->x[!side];

	for (uint32_t i = 0; i < LIM__COUNT; i++) {
		enum limit_id id = (enum limit_id)i;

		if (limit_table[i].built && x->limit[i] > y->limit[i])
			differs(c, side, COMPARE_LIMIT,
				arena_printf(c->a, "%s %s > %s", limit_table[i].name,
					     limit_show(c->a, id, x->limit[i]),
					     limit_show(c->a, id, y->limit[i])),
				x->limit_at[i].src ? x->limit_at[i] : x->at);
	}
}

static bool has_value(const struct setfact *s, const char *v)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (strcmp(s->value[i], v) == 0)
			return true;
	return s->n == 0;
}

static void settings(struct compare *c, uint32_t side)
{
	for (uint32_t i = 0; i < SET__COUNT; i++) {
		const struct setfact *s = &c->x[side]->set[i], *t = &c->x[!side]->set[i];

		if (s->n == 0 && t->n)
			differs(c, side, COMPARE_SET,
				arena_printf(c->a, "%s: any value", set_names[i]), c->x[side]->at);
		for (uint32_t k = 0; k < s->n; k++)
			if (!has_value(t, s->value[k]))
				differs(c, side, COMPARE_SET,
					arena_printf(c->a, "%s %s", set_names[i], s->value[k]),
					s->at[k].src ? s->at[k] : c->x[side]->at);
	}
}

static void places(struct compare *c, uint32_t side)
{
	const struct facts *x = c->x[side], *y = c->x[!side];
	uint32_t left;

	(void)unbounded(c, side, COMPARE_MOUNT, LISTED_MOUNT);
	for (uint32_t i = 0; i < x->nmount; i++)
		if (!meet_mount_fits(&x->mount[i], y))
			differs(c, side, COMPARE_MOUNT, explain_mount(c->a, &x->mount[i]),
				x->mount[i].at);
	if (!unbounded(c, side, COMPARE_PATH, LISTED_PATH))
		for (uint32_t i = 0; i < x->npath; i++) {
			left = meet_path_left(&x->path[i], y);
			if (left)
				differs(c, side, COMPARE_PATH,
					explain_path(c->a, &x->path[i], left), x->path[i].at);
		}
	if (!unbounded(c, side, COMPARE_DEVICE, LISTED_DEVICE) && y->listed & LISTED_DEVICE)
		for (uint32_t i = 0; i < NODE__COUNT; i++)
			if (x->devices & ~y->devices & UINT64_C(1) << i)
				differs(c, side, COMPARE_DEVICE, node_names[i], x->device_at[i]);
}

static bool lists_env(const struct facts *x, const char *name)
{
	for (uint32_t i = 0; i < x->nenv; i++)
		if (strcmp(x->env[i].name, name) == 0)
			return true;
	return !(x->listed & LISTED_ENV);
}

static void surroundings(struct compare *c, uint32_t side)
{
	const struct facts *x = c->x[side], *y = c->x[!side];
	struct netfact left;

	if (!unbounded(c, side, COMPARE_ENV, LISTED_ENV))
		for (uint32_t i = 0; i < x->nenv; i++)
			if (!lists_env(y, x->env[i].name))
				differs(c, side, COMPARE_ENV, x->env[i].name, x->env[i].at);
	if (unbounded(c, side, COMPARE_NET, LISTED_NET))
		return;
	for (uint32_t i = 0; i < x->nnet; i++) {
		left = x->net[i];
		left.lo = left.hi = (uint16_t)meet_port_left(&x->net[i], y);
		if (left.lo)
			differs(c, side, COMPARE_NET, explain_net(c->a, &left), left.at);
	}
}

int compare_open(struct arena *a, struct facts *x[2], struct compare **ret, struct fault *f)
{
	static void (*const part[])(struct compare *, uint32_t) = { features, limits, settings,
								    places, surroundings };
	struct compare *c = arena_get(a, sizeof(*c));
	int r = c ? lines_open(&c->lines, a, f)
		  : fault_set(f, -ENOMEM, "compare.memory", "a comparison");

	if (r < 0)
		return r;
	c->a = a;
	c->x = x;
	for (uint32_t side = 0; side < 2; side++)
		make_ready(x[side]);
	for (size_t i = 0; i < ARRAY_LEN(part); i++)
		for (uint32_t side = 0; side < 2; side++)
			part[i](c, side);
	*ret = c;
	return 0;
}

bool compare_wider(const struct compare *c, uint32_t side)
{
	for (uint32_t d = 0; d < COMPARE_SYSCALL; d++)
		if (c->more[d][side])
			return true;
	return false;
}

/* A call of s that no clause of y's allows; NULL: there is none, by the facts. */
static const char *left_of(struct compare *c, const struct sysfact *s, const struct facts *y)
{
	const struct sysfact *of_call[CLAUSES_PER_CALL + 1] = { NULL };
	uint64_t args[SYS_ARGS];
	uint32_t n = 0;

	for (uint32_t k = 0; k < y->nsys && n < CLAUSES_PER_CALL; k++)
		if (y->sys[k].nr == s->nr && y->sys[k].startup <= s->startup)
			of_call[n++] = &y->sys[k];
	if (clause_witness(c->a, s, of_call, n, args) == 0)
		return NULL;
	return n ? meet_call_text(c->a, s->nr, args) : explain_call(c->a, s);
}

/* The line that the decider's call comes from: one that allows it by its own conditions. */
static struct at line_of(const struct facts *x, uint32_t nr, const uint64_t args[SYS_ARGS])
{
	bool execs = nr == SYS_execve || nr == SYS_execveat;

	for (uint32_t i = 0; i < x->nsys; i++) {
		const struct sysfact *s = &x->sys[i];
		uint32_t k = 0;

		while (k < SYS_ARGS && !((args[k] ^ s->arg[k].value) & s->arg[k].mask))
			k++;
		if (s->nr == nr && k == SYS_ARGS)
			return s->at;
	}
	return execs && x->on_at[FEAT_EXEC].src ? x->on_at[FEAT_EXEC] : x->at;
}

void compare_calls(struct compare *c, uint32_t side, uint32_t nr, const uint64_t args[SYS_ARGS])
{
	const struct facts *x = c->x[side];

	for (uint32_t i = 0; i < x->nsys; i++) {
		const struct sysfact *s = &x->sys[i];
		const char *what = filter_is_floor(s->nr) ? NULL : left_of(c, s, c->x[!side]);

		if (what)
			differs(c, side, COMPARE_SYSCALL, what, s->at);
	}
	if (!c->more[COMPARE_SYSCALL][side])
		differs(c, side, COMPARE_SYSCALL, meet_call_text(c->a, (uint16_t)nr, args),
			line_of(x, nr, args));
}

void compare_undecided(struct compare *c)
{
	c->undecided = true;
}

static const char *verdict_of(bool a, bool b)
{
	return a ? b ? "incomparable" : "looser" : b ? "stricter" : "equal";
}

int compare_text(const struct compare *c, const char **ret, size_t *ret_n, struct fault *f)
{
	bool any[2] = { false, false };
	struct lines l;
	int r = lines_open(&l, c->a, f);

	if (r < 0)
		return r;
	for (uint32_t d = 0; d < COMPARE__COUNT; d++) {
		bool open = d == COMPARE_SYSCALL && c->undecided;

		any[0] |= c->more[d][0] > 0;
		any[1] |= c->more[d][1] > 0;
		lines_add(&l, arena_printf(c->a, "=\t%s\t%s\t\n", domain_names[d],
					   open ? "undecided"
						: verdict_of(c->more[d][0], c->more[d][1])));
	}
	lines_add(&l,
		  arena_printf(c->a, "=\t\t%s\t\n",
			       c->undecided && !(any[0] && any[1]) ? "undecided"
								   : verdict_of(any[0], any[1])));
	if (l.full || c->lines.full || c->lines.n >= LINES_ROOM - l.n)
		return fault_set(f, -ENOMEM, "compare.memory", "the differences");
	memcpy(l.p + l.n, c->lines.p, c->lines.n);
	*ret = l.p;
	*ret_n = l.n + c->lines.n;
	return 0;
}
