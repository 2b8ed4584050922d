/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup.c - the cgroup of a workload: limits first, then processes; kill, count, remove.
 * Runs in: cloister-spawn. Names are numbers, files are those of the tables; no text from anyone.
 *
 * A controller lives in exactly one hierarchy, v2 or v1 (launch.md 5.1): cloisterd found out which
 * and hands the directories over. A limit whose controller is in neither is refused, never left
 * out.
 */
#include "sandbox/spawn.h"
#include "lib/asks/spawn_start.h"
#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "lib/base/str.h"
#include "lib/plan/plan.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

/* How a knob is written. */
enum form { FORM_U64, FORM_MEMORY, FORM_CPU_MAX, FORM_WEIGHT, FORM_SWAP, FORM_OOM_GROUP };

/* clang-format off */
static const struct knob_row {
	const char *v2, *v1;
	uint8_t controller, form;
} knob_table[KNOB__COUNT] = {
	[KNOB_MEMORY_MAX]  = { "memory.max",       "memory.limit_in_bytes",       CTL_MEMORY,  FORM_MEMORY    },
	[KNOB_MEMORY_HIGH] = { "memory.high",      "memory.soft_limit_in_bytes",  CTL_MEMORY,  FORM_U64       },
	[KNOB_SWAP_MAX]    = { "memory.swap.max",  "memory.memsw.limit_in_bytes", CTL_MEMORY,  FORM_SWAP      },
	[KNOB_OOM_GROUP]   = { "memory.oom.group", "memory.oom_control",          CTL_MEMORY,  FORM_OOM_GROUP },
	[KNOB_CPU_MAX]     = { "cpu.max",          "cpu.cfs_quota_us",            CTL_CPU,     FORM_CPU_MAX   },
	[KNOB_CPU_WEIGHT]  = { "cpu.weight",       "cpu.shares",                  CTL_CPU,     FORM_WEIGHT    },
	[KNOB_PIDS_MAX]    = { "pids.max",         "pids.max",                    CTL_PIDS,    FORM_U64       },
	[KNOB_HUGETLB_2MB] = { "hugetlb.2MB.max",  "hugetlb.2MB.limit_in_bytes",  CTL_HUGETLB, FORM_U64       },
	/* The I/O knobs come with volumes: they need the volume's device. */
};

static const char *const controller_on[CTL__COUNT] = {
	[CTL_MEMORY] = "+memory", [CTL_CPU] = "+cpu", [CTL_PIDS] = "+pids",
	[CTL_IO] = "+io", [CTL_CPUSET] = "+cpuset", [CTL_HUGETLB] = "+hugetlb",
};
/* clang-format on */

static int put(int dir, const char *file, const char *text, struct fault *f)
{
	int rc = file_put(dir, file, text);

	return rc < 0 ? fault_set(f, rc, "cgroup.knob", "writing %s to %s: %s", text, file,
				  strerrordesc_np(-rc))
		      : 0;
}

static int put_u64(int dir, const char *file, uint64_t v, const char *none, struct fault *f)
{
	char text[24];

	(void)str_u64(text, v);
	return put(dir, file, v == UINT64_MAX ? none : text, f);
}

static int put_cpu(int dir, bool v2, const uint64_t v[2], struct fault *f)
{
	char text[48], quota[24] = "max", period[24];

	(void)str_u64(period, v[1]);
	if (!v2)
		return put(dir, "cpu.cfs_period_us", period, f) < 0
			       ? f->err
			       : put_u64(dir, "cpu.cfs_quota_us", v[0], "-1", f);
	if (v[0] != UINT64_MAX)
		(void)str_u64(quota, v[0]);
	(void)snprintf(text, sizeof(text), "%s %s", quota, period);
	return put(dir, "cpu.max", text, f);
}

/* Not above the limit with swap: one from before makes way, and is written anew behind this. */
static int put_memory_v1(int dir, uint64_t v, struct fault *f)
{
	struct fault first;
	int rc = put_u64(dir, "memory.limit_in_bytes", v, "-1", &first);

	if (rc == -EINVAL)
		DROP(file_put(dir, "memory.memsw.limit_in_bytes", "-1")); /* or the next fails */
	return rc < 0 ? put_u64(dir, "memory.limit_in_bytes", v, "-1", f) : 0;
}

/* v1 counts memory and swap together: v beside the limit that memory has. Unknown: 0, which the
 * kernel refuses. */
static uint64_t with_memory(int dir, uint64_t v)
{
	char text[24];
	const char *p = text;
	uint64_t memory;

	(void)file_text(dir, "memory.limit_in_bytes", text, sizeof(text));
	memory = str_digits(&p);
	return v > UINT64_MAX - memory ? UINT64_MAX : memory + v;
}

static int put_knob(int dir, bool v2, const struct plan_cgroup *k, struct fault *f)
{
	const struct knob_row *row = &knob_table[k->knob];
	uint64_t v = k->v[0];

	if (row->form == FORM_CPU_MAX)
		return put_cpu(dir, v2, k->v, f);
	if (v2)
		return put_u64(dir, row->v2, v, "max", f);
	switch ((enum form)row->form) {
	case FORM_U64:
	case FORM_CPU_MAX:
		break;
	case FORM_MEMORY:
		return put_memory_v1(dir, v, f);
	case FORM_SWAP:
		v = with_memory(dir, v);
		break;
	case FORM_WEIGHT: /* a cgroup begins with 1024 shares, one of v2 with a weight of 100 */
		v = v * 1024 / 100;
		break;
	case FORM_OOM_GROUP: /* no such file: cgroup_on_oom() kills the rest */
		return 0;
	}
	/* the pids controller is of one form in both versions */
	return put_u64(dir, row->v1, v, k->knob == KNOB_PIDS_MAX ? "max" : "-1", f);
}

uint32_t cgroup_tree(const struct app *a, uint32_t controller)
{
	uint32_t i = 0;

	while (i < a->cg.n && !(a->cg.controllers[i] & 1u << controller))
		i++;
	return i;
}

static int knob(const struct app *a, const int dir[], const struct plan_cgroup *k, struct fault *f)
{
	static const char *const gigantic[] = { "hugetlb.1GB.max", "hugetlb.1GB.limit_in_bytes" };
	uint32_t i;
	int rc = 0;

	if (k->knob >= KNOB__COUNT || !knob_table[k->knob].v2)
		return fault_set(f, -EOPNOTSUPP, "cgroup.knob",
				 "limit %u is not in this version yet", k->knob);
	i = cgroup_tree(a, knob_table[k->knob].controller);
	if (i == a->cg.n)
		return fault_set(f, -EOPNOTSUPP, "cgroup.none",
				 "this host has no cgroup controller for %s; see cloister doctor",
				 knob_table[k->knob].v2);
	/* the one size more that a processor may have: none of it beside a limit on 2 MiB pages */
	if (k->knob == KNOB_HUGETLB_2MB)
		rc = file_put(dir[i], gigantic[i != CG_V2], "0");
	if (rc < 0 && rc != -ENOENT)
		return fault_set(f, rc, "cgroup.knob", "refusing pages of 1 GiB");
	return put_knob(dir[i], i == CG_V2, k, f);
}

/* Makes directory n below dir and opens it. release_agent is inherited: off in ours (v1). */
static int make_dir(int dir, uint32_t n, bool v2, bool may_exist, struct fault *f)
{
	char name[24];
	AUTO_FD int fd = -1;

	(void)str_u64(name, n);
	if (mkdirat(dir, name, 0755) < 0 && (errno != EEXIST || !may_exist))
		return fault_sys(f, "cgroup.mkdir", "making cgroup %s", name);
	fd = file_dir(dir, name);
	if (fd < 0)
		return fault_sys(f, "cgroup.open", "opening cgroup %s", name);
	if (!v2 && put(fd, "notify_on_release", "0", f) < 0)
		return f->err;
	return fd_take(&fd);
}

int cgroup_open(struct app *a, struct fault *f)
{
	for (uint32_t i = 0; i < a->cg.n; i++) {
		a->cg.tenants[i] = file_dir(SPAWN_FD_CGROUP + (int)i, "t");
		a->cg.helpers.dir[i] = file_dir(SPAWN_FD_CGROUP + (int)i, "helper");
		if (a->cg.tenants[i] < 0 || a->cg.helpers.dir[i] < 0)
			return fault_sys(f, "cgroup.top", "opening t/, helper/ of hierarchy %u", i);
	}
	return 0;
}

int cgroup_helper(const struct app *a, uint32_t gen, struct fault *f)
{
	return make_dir(a->cg.helpers.dir[CG_V2], gen, true, false, f);
}

void cgroup_helper_drop(const struct app *a, uint32_t gen)
{
	/* what is left cloisterd removes at the end */
	(void)file_rmdir_number(a->cg.helpers.dir[CG_V2], gen);
}

int cgroup_tenant(const struct app *a, struct tenant_ref t, struct fault *f)
{
	for (uint32_t i = 0; i < a->cg.n; i++) {
		AUTO_FD int fd = make_dir(a->cg.tenants[i], t.index, i == CG_V2, true, f);

		if (fd < 0)
			return fd;
		/* v2: what a tenant's directory hands on to its workloads' leaves */
		for (uint32_t c = 0; i == CG_V2 && c < CTL__COUNT; c++)
			if (controller_on[c] && a->cg.controllers[i] & 1u << c &&
			    put(fd, "cgroup.subtree_control", controller_on[c], f) < 0)
				return f->err;
	}
	return 0;
}

void cgroup_tenant_drop(const struct app *a, struct tenant_ref t)
{
	for (uint32_t i = 0; i < a->cg.n; i++)
		(void)file_rmdir_number(a->cg.tenants[i], t.index); /* a left one is used again */
}

int tenant_limit(void *self, const void *req, int *fd UNUSED, struct reply *out)
{
	struct app *a = self;
	const struct spawn_tenant_limit *q = req;
	struct plan_cgroup k = { .knob = q->knob, .v = { q->v[0], q->v[1] } };
	int dir[CG_TREES_MAX], rc = tenant_get(a, q->t, &out->fault);

	if (rc < 0)
		return rc;
	for (uint32_t i = 0; i < a->cg.n; i++)
		dir[i] = file_dir_number(a->cg.tenants[i], q->t.index);
	rc = knob(a, dir, &k, &out->fault);
	for (uint32_t i = 0; i < a->cg.n; i++)
		fd_close(&dir[i]);
	return rc;
}

static void release(struct app *a, struct cgroup_row *g)
{
	for (size_t i = 0; i < CG_TREES_MAX; i++)
		fd_close(&g->dir[i]);
	fd_close(&g->oom_event);
	row_free(a, TABLE_CGROUP, g);
}

/* Removes the directories of a row and frees it; -EBUSY while a process is left. */
static int leave(struct app *a, struct cgroup_row *g, struct fault *f)
{
	for (uint32_t i = 0; i < a->cg.n; i++) {
		AUTO_FD int top =
			g->dir[i] < 0 ? -1 : file_dir_number(a->cg.tenants[i], g->row.t.index);

		if (top >= 0 && file_rmdir_number(top, g->number) < 0 && errno != ENOENT)
			return fault_sys(f, "cgroup.rmdir", "removing cgroup %u/%u", g->row.t.index,
					 g->number);
	}
	release(a, g);
	return 0;
}

/* Does a limit of the plan live in hierarchy i? Only those are made and joined: each costs. */
static bool wanted(const struct app *a, uint32_t i, const void *plan)
{
	for (size_t k = 0; k < plan_count(plan, PLAN_CGROUP); k++) {
		const struct plan_cgroup *c = plan_row(plan, PLAN_CGROUP, k);

		if (a->cg.controllers[i] & 1u << knob_table[c->knob].controller)
			return true;
	}
	return i == CG_V2;
}

/* Is directory number of t another row's? Asked only where the directory is there already. */
static bool has_row(const struct app *a, const struct cgroup_row *g)
{
	for (uint32_t i = 0; i < a->rows[TABLE_CGROUP].top; i++)
		if (a->cgroups[i].row.gen && &a->cgroups[i] != g &&
		    a->cgroups[i].number == g->number && tenant_same(a->cgroups[i].row.t, g->row.t))
			return true;
	return false;
}

static int make_leaf(const struct app *a, struct cgroup_row *g, uint32_t i, struct fault *f)
{
	AUTO_FD int top = file_dir_number(a->cg.tenants[i], g->row.t.index);

	if (top < 0)
		return fault_sys(f, "cgroup.tenant", "opening the cgroup of tenant %u",
				 g->row.t.index);
	g->dir[i] = make_dir(top, g->number, i == CG_V2, false, f);
	if (g->dir[i] == -EEXIST && has_row(a, g))
		return fault_set(f, -EEXIST, "cgroup.number", "workload %u has a cgroup",
				 g->number);
	/*
	 * cgroup_abandon() left it. Not used again: a leaf that has seen cgroup.kill kills what is
	 * cloned into it for good (measured on 6.18: the kernel compares its count of kills with
	 * the parent's).
	 */
	if (g->dir[i] == -EEXIST && file_rmdir_number(top, g->number) == 0)
		g->dir[i] = make_dir(top, g->number, i == CG_V2, false, f);
	return g->dir[i];
}

int cgroup_write_limits(const struct app *a, const struct cgroup_row *g, const void *plan,
			struct fault *f)
{
	for (size_t i = 0; i < plan_count(plan, PLAN_CGROUP); i++)
		if (knob(a, g->dir, plan_row(plan, PLAN_CGROUP, i), f) < 0)
			return f->err;
	return 0;
}

static int fill(struct app *a, struct cgroup_row *g, const void *plan, struct fault *f)
{
	for (uint32_t i = 0; i < a->cg.n; i++)
		if (wanted(a, i, plan) && make_leaf(a, g, i, f) < 0)
			return f->err;
	return cgroup_write_limits(a, g, plan, f);
}

/* v1 has no memory.oom.group: told of an OOM kill, the spawner kills what is left. */
static int watch_oom(struct app *a, struct cgroup_row *g, struct fault *f)
{
	uint32_t i = cgroup_tree(a, CTL_MEMORY);
	AUTO_FD int control = -1;
	char text[48];

	if (i == a->cg.n || i == CG_V2 || g->dir[i] < 0)
		return 0;
	control = openat(g->dir[i], "memory.oom_control", O_RDONLY | O_CLOEXEC);
	g->oom_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (control < 0 || g->oom_event < 0)
		return fault_sys(f, "cgroup.oom", "watching memory.oom_control");
	(void)snprintf(text, sizeof(text), "%d %d", g->oom_event, control);
	if (put(g->dir[i], "cgroup.event_control", text, f) < 0)
		return f->err;
	return watch_add(a, g->oom_event, WATCH_OOM, row_number(a, TABLE_CGROUP, g), f);
}

void cgroup_on_oom(struct app *a, uint32_t n)
{
	struct cgroup_row *g = &a->cgroups[n];
	uint64_t count;

	if (!g->row.gen || read(g->oom_event, &count, sizeof(count)) != (ssize_t)sizeof(count))
		return;
	g->ooms++; /* told before the kernel kills: where our kill is first it counts none */
	cgroup_kill_all(g);
}

/* A row for directory number of t, nothing opened yet. */
static struct cgroup_row *take(struct app *a, struct tenant_ref t, uint32_t number, struct fault *f)
{
	struct cgroup_row *g = row_take(a, TABLE_CGROUP, t, f);

	if (!g)
		return NULL;
	g->number = number;
	g->oom_event = -1;
	for (size_t i = 0; i < CG_TREES_MAX; i++)
		g->dir[i] = -1;
	return g;
}

struct cgroup_row *cgroup_revive(struct app *a, struct tenant_ref t, uint32_t number,
				 struct fault *f)
{
	struct cgroup_row *g = take(a, t, number, f);

	for (uint32_t i = 0; g && i < a->cg.n; i++) {
		AUTO_FD int top = file_dir_number(a->cg.tenants[i], t.index);

		/* not every start is in every hierarchy */
		g->dir[i] = file_dir_number(top, number);
	}
	return g && watch_oom(a, g, f) == 0 ? g : NULL;
}

int cgroup_make(void *self, const void *req, int *fd UNUSED, struct reply *out)
{
	struct app *a = self;
	const struct spawn_cgroup_make *q = req;
	const struct plan_slot *p;
	struct cgroup_row *g;
	struct fault ignored;

	if (tenant_get(a, q->t, &out->fault) < 0)
		return out->fault.err;
	p = row_own(a, TABLE_PLAN, q->t, q->plan, &out->fault); /* I7 */
	g = p ? take(a, q->t, q->workload, &out->fault) : NULL;
	if (!g)
		return out->fault.err;
	if (fill(a, g, p->map, &out->fault) < 0 || watch_oom(a, g, &out->fault) < 0) {
		(void)leave(a, g, &ignored); /* the first fault is the one to tell */
		return out->fault.err;
	}
	out->slot = row_slot(a, TABLE_CGROUP, g);
	return 0;
}

int cgroup_join(const struct app *a, const struct cgroup_row *g)
{
	int rc = 0;

	for (uint32_t i = CG_V2 + 1; rc == 0 && i < a->cg.n; i++)
		if (g->dir[i] >= 0)
			rc = file_put(g->dir[i], "cgroup.procs", "0");
	return rc;
}

void cgroup_kill_all(const struct cgroup_row *g)
{
	/* 5.14: one write kills all, forks included. Without it nothing better is left to try. */
	DROP(file_put(g->dir[CG_V2], "cgroup.kill", "1"));
}

void cgroup_abandon(struct app *a, struct cgroup_row *g)
{
	struct fault ignored;

	cgroup_kill_all(g);
	if (leave(a, g, &ignored) < 0)
		release(a, g); /* what is dying in it is gone when make_leaf() comes by */
}

int cgroup_kill(void *self, const void *req, int *fd UNUSED, struct reply *out)
{
	const struct spawn_slot *q = req;
	const struct cgroup_row *g = row_own(self, TABLE_CGROUP, q->t, q->s, &out->fault);

	return g ? put(g->dir[CG_V2], "cgroup.kill", "1", &out->fault) : out->fault.err;
}

int cgroup_drop(void *self, const void *req, int *fd UNUSED, struct reply *out)
{
	const struct spawn_slot *q = req;
	struct cgroup_row *g = row_get(self, TABLE_CGROUP, q->s);

	if (g && tenant_same(g->row.t, q->t))
		start_unpark(self, g->start);
	g = row_idle(self, TABLE_CGROUP, q, &out->fault);
	return g ? leave(self, g, &out->fault) : out->fault.err;
}
