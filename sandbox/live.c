/* SPDX-License-Identifier: Apache-2.0 */
/*
 * live.c - what is asked of a cgroup while a workload runs in it: figures, other limits.
 * Runs in: cloister-spawn. The kernel's text is copied as it is: who wants a number from it reads
 * it with no right (I25).
 */
#include "sandbox/spawn.h"
#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "lib/base/str.h"
#include "lib/plan/policy.h"

#include <string.h>
#include <sys/mman.h>

/* clang-format off */
/* What is handed to the engine as it is; CTL__COUNT: version 2 has it without a controller. */
static const struct figure_row {
	const char *v2, *v1;
	uint32_t controller;
} figure_table[FIGURE__COUNT] = {
	[FIGURE_MEMORY]      = { "memory.current",  "memory.usage_in_bytes",     CTL_MEMORY },
	[FIGURE_MEMORY_PEAK] = { "memory.peak",     "memory.max_usage_in_bytes", CTL_MEMORY },
	[FIGURE_PIDS]        = { "pids.current",    "pids.current",              CTL_PIDS   },
	[FIGURE_OOM]         = { "memory.events",   "memory.oom_control",        CTL_MEMORY },
	[FIGURE_CPU]         = { "cpu.stat",        NULL,                        CTL__COUNT },
	[FIGURE_THROTTLED]   = { "cpu.stat",        "cpu.stat",                  CTL_CPU    },
	[FIGURE_PSI_CPU]     = { "cpu.pressure",    NULL,                        CTL__COUNT },
	[FIGURE_PSI_MEMORY]  = { "memory.pressure", NULL,                        CTL__COUNT },
	[FIGURE_PSI_IO]      = { "io.pressure",     NULL,                        CTL__COUNT },
};
/* clang-format on */

/* Empty where this host or this cgroup has no such file. */
static void read_figure(const struct app *a, const struct cgroup_row *g, enum figure n,
			char text[FIGURE_BYTES])
{
	const struct figure_row *row = &figure_table[n];
	uint32_t i = row->controller == CTL__COUNT ? CG_V2 : cgroup_tree(a, row->controller);

	text[0] = '\0';
	if (i < a->cg.n)
		(void)file_text(g->dir[i], i == CG_V2 ? row->v2 : row->v1, text, FIGURE_BYTES);
}

uint32_t cgroup_oom_kills(const struct app *a, const struct cgroup_row *g)
{
	static const char key[] = "\noom_kill ";
	char text[FIGURE_BYTES];
	const char *p;
	uint32_t n = 0;

	read_figure(a, g, FIGURE_OOM, text);
	p = strstr(text, key);
	if (p) {
		p += sizeof(key) - 1;
		n = (uint32_t)str_digits(&p);
	}
	return n ? n : g->ooms;
}

int cgroup_limits(void *self, const void *req, int *fd UNUSED, struct reply *out)
{
	struct app *a = self;
	const struct spawn_cgroup_limits *q = req;
	const struct cgroup_row *g = row_own(a, TABLE_CGROUP, q->t, q->cgroup, &out->fault);
	struct plan_slot *p =
		g ? row_own(a, TABLE_PLAN, q->t, q->plan, &out->fault) : NULL; /* I7 */
	struct start *s = p ? row_get(a, TABLE_START, g->start) : NULL;
	struct plan_slot *before = s ? row_get(a, TABLE_PLAN, s->limits) : NULL, *old = before;
	struct fault ignored; /* the first fault is the one to tell */

	if (!p)
		return out->fault.err;
	if (!s || !slot_same(s->cgroup, q->cgroup) || s->state != START_RUNNING)
		return fault_set(&out->fault, -ESTALE, "cgroup.limits", "nothing runs in it");
	if (p->epoch != a->policy->epoch) /* I3 */
		return fault_set(&out->fault, -ESTALE, "cgroup.limits",
				 "the plan is of an older policy");
	if (!old)
		old = row_get(a, TABLE_PLAN, s->plan);
	if (cgroup_write_limits(a, g, p->map, &out->fault) < 0) {
		if (old)
			DROP(cgroup_write_limits(a, g, old->map, &ignored));
		return out->fault.err;
	}
	p->row.uses++; /* until its end or the next change; what it runs under stays its plan */
	if (before)
		before->row.uses--;
	s->limits = q->plan;
	return 0;
}

int cgroup_figures(void *self, const void *req, int *fd UNUSED, struct reply *out)
{
	struct app *a = self;
	const struct spawn_figures *q = req;
	AUTO_FD int mem = memfd_create("figures", MFD_CLOEXEC);
	uint32_t i = q->first;

	if (mem < 0)
		return fault_sys(&out->fault, "cgroup.figures", "making memory");
	for (; i < a->rows[TABLE_CGROUP].top && out->value[0] < FIGURES_PAGE; i++) {
		const struct cgroup_row *g = &a->cgroups[i];
		struct spawn_figure row = { .t = g->row.t };

		if (!g->row.gen || !g->row.uses)
			continue;
		row.cgroup = row_slot(a, TABLE_CGROUP, g);
		for (enum figure n = 0; n < FIGURE__COUNT; n++)
			read_figure(a, g, n, row.text[n]);
		if (write(mem, &row, sizeof(row)) != (ssize_t)sizeof(row))
			return fault_sys(&out->fault, "cgroup.figures", "writing a row");
		out->value[0]++;
	}
	out->value[1] = i < a->rows[TABLE_CGROUP].top ? i : 0;
	out->fd[out->nfds++] = fd_take(&mem);
	return 0;
}
