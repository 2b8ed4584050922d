/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lint.c - what a profile may say and a careful reader would ask about: few rules, each of which is
 * true wherever it fires. Runs in: cloister-compile, tests.
 */
#include "profiles/explain.h"
#include "profiles/work.h"
#include "lib/base/fault.h"

#include <errno.h>
#include <string.h>

enum { LOW_PORTS = 1024 };

static void host_source(struct lines *l, const struct facts *x);
static void no_port(struct lines *l, const struct facts *x);
static void no_low_port(struct lines *l, const struct facts *x);
static void no_program(struct lines *l, const struct facts *x);
static void whole_tree(struct lines *l, const struct facts *x);
static void never_listens(struct lines *l, const struct facts *x);
static void high_above(struct lines *l, const struct facts *x);

/* Ids are for ever: a rule that goes leaves its number. cloister.profile(5) has the list. */
static const struct {
	const char *id, *text, *help;
	void (*run)(struct lines *l, const struct facts *x);
} rules[] = {
	{ "L001", "shows files of the machine itself",
	  "an image shares no inode and no cached page with another tenant", host_source },
	{ "L002", "feature net.inbound is on, and no line allows a port",
	  "add 'allow net in' or drop it", no_port },
	{ "L003", "feature net.low-ports is on, and no line allows a port below 1024", "drop it",
	  no_low_port },
	{ "L004", "feature exec is on, and no path may be executed", "drop it", no_program },
	{ "L005", "a right on everything that is mounted, now and later",
	  "name the directories; 'list' alone is not meant", whole_tree },
	{ "L006",
	  "waits for a port that no line allows: it is never ready, and stopped when limit startup "
	  "is over",
	  "add 'allow net in', or 'set ready time'", never_listens },
	{ "L007", "limit memory.high is not below limit memory, so it does nothing",
	  "lower it or drop it", high_above },
};

/* Without what would end the field or the line: messages quote the text's strings. */
static void field(struct lines *l, const char *s, size_t n)
{
	char *copy = arena_get(l->a, n + 1);

	if (!copy) {
		l->full = true;
		return;
	}
	for (size_t i = 0; i < n; i++)
		copy[i] = (unsigned char)s[i] < 0x20 ? '?' : s[i];
	lines_add(l, copy);
}

static void found(struct lines *l, size_t rule, const char *what, struct at at)
{
	lines_add(l, rules[rule].id);
	lines_add(l, "\t");
	if (*what)
		lines_add(l, arena_printf(l->a, "%s: ", what));
	lines_add(l, rules[rule].text);
	lines_add(l, "\t");
	lines_add(l, rules[rule].help);
	lines_end(l, at);
}

static bool is_on(const struct facts *x, enum feature f)
{
	return !x->is_ceiling && x->on & FEAT_BIT(f);
}

static void host_source(struct lines *l, const struct facts *x)
{
	for (uint32_t i = 0; i < x->nmount; i++)
		if (x->mount[i].kind == MOUNT_HOST)
			found(l, 0, x->mount[i].target, x->mount[i].at);
}

static void no_port(struct lines *l, const struct facts *x)
{
	if (is_on(x, FEAT_NET_INBOUND) && !x->nnet)
		found(l, 1, "", x->on_at[FEAT_NET_INBOUND]);
}

static void no_low_port(struct lines *l, const struct facts *x)
{
	bool low = false;

	for (uint32_t i = 0; i < x->nnet; i++)
		low |= x->net[i].lo < LOW_PORTS;
	if (is_on(x, FEAT_NET_LOW_PORTS) && !low)
		found(l, 2, "", x->on_at[FEAT_NET_LOW_PORTS]);
}

static void no_program(struct lines *l, const struct facts *x)
{
	uint32_t rights = 0;

	for (uint32_t i = 0; i < x->npath; i++)
		rights |= x->path[i].rights;
	if (is_on(x, FEAT_EXEC) && !(rights & RIGHT_BIT(RIGHT_EXEC)))
		found(l, 3, "", x->on_at[FEAT_EXEC]);
}

static void whole_tree(struct lines *l, const struct facts *x)
{
	for (uint32_t i = 0; i < x->npath && !x->is_ceiling; i++) {
		uint32_t more = x->path[i].rights & ~RIGHT_BIT(RIGHT_LIST);

		if (strcmp(x->path[i].path, "/") == 0 && more)
			found(l, 4, explain_path(l->a, &x->path[i], more), x->path[i].at);
	}
}

static void never_listens(struct lines *l, const struct facts *x)
{
	const struct setfact *ready = &x->set[SET_READY];

	if (!x->is_ceiling && ready->n && strcmp(ready->value[0], "listen") == 0 && !x->nnet)
		found(l, 5, "", ready->at[0]);
}

static void high_above(struct lines *l, const struct facts *x)
{
	if (!x->is_ceiling && x->limit_at[LIM_MEMORY_HIGH].src &&
	    x->limit[LIM_MEMORY_HIGH] >= x->limit[LIM_MEMORY])
		found(l, 6, "", x->limit_at[LIM_MEMORY_HIGH]);
}

/* What the compiler warns of (P090 and on): a finding as well. */
static void warnings(struct lines *l, const struct diags *d)
{
	for (uint32_t i = 0; i < d->nwarning; i++) {
		const struct diag *v = &d->warning[i];
		const char *help = v->help ? v->help : "";

		lines_add(l, arena_printf(l->a, "P%03u\t", v->code));
		field(l, v->message, strlen(v->message));
		lines_add(l, "\t");
		field(l, help, strcspn(help, "\n"));
		lines_end(l, v->at);
	}
}

int lint_mode(struct work *w, struct fault *f)
{
	struct facts *x = NULL;
	struct lines l;
	int r = explain_read(w, EXPLAIN_LAYERS, &x, f);

	if (r < 0 || !x)
		return r;
	if (!x->is_ceiling)
		facts_check(x);
	if (w->d.nerror)
		return 0;
	r = lines_open(&l, &w->arena, f);
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(rules); i++)
		rules[i].run(&l, x);
	if (r == 0)
		warnings(&l, &w->d);
	if (r == 0 && l.full)
		return fault_set(f, -ENOMEM, "lint.memory", "the findings");
	if (r == 0)
		w->answer.text = answer_text(&w->answer, l.p, l.n);
	return r;
}
