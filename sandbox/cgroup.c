/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup.c - the cgroup of a workload: limits first, then processes; kill, count, remove.
 * Runs in: cloister-spawn. Names are numbers, files are those of the table; no text from anyone.
 *
 * A controller lives in exactly one hierarchy, v2 or v1 (launch.md 5.1): cloisterd found out which
 * and hands the directories over. A limit whose controller is in neither is refused, never left
 * out.
 */
#include "sandbox/spawn.h"
#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "lib/base/str.h"
#include "lib/plan/plan.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

/* How a knob is written. */
enum form { FORM_U64, FORM_CPU_MAX, FORM_WEIGHT, FORM_SWAP, FORM_OOM_GROUP };

/* clang-format off */
static const struct knob_row {
	const char *v2, *v1;
	uint8_t controller, form;
} knob_table[KNOB__COUNT] = {
	[KNOB_MEMORY_MAX]  = { "memory.max",       "memory.limit_in_bytes",       CTL_MEMORY,  FORM_U64       },
	[KNOB_MEMORY_HIGH] = { "memory.high",      "memory.soft_limit_in_bytes",  CTL_MEMORY,  FORM_U64       },
	[KNOB_SWAP_MAX]    = { "memory.swap.max",  "memory.memsw.limit_in_bytes", CTL_MEMORY,  FORM_SWAP      },
	[KNOB_OOM_GROUP]   = { "memory.oom.group", "memory.oom_control",          CTL_MEMORY,  FORM_OOM_GROUP },
	[KNOB_CPU_MAX]     = { "cpu.max",          "cpu.cfs_quota_us",            CTL_CPU,     FORM_CPU_MAX   },
	[KNOB_CPU_WEIGHT]  = { "cpu.weight",       "cpu.shares",                  CTL_CPU,     FORM_WEIGHT    },
	[KNOB_PIDS_MAX]    = { "pids.max",         "pids.max",                    CTL_PIDS,    FORM_U64       },
	[KNOB_HUGETLB_2MB] = { "hugetlb.2MB.max",  "hugetlb.2MB.limit_in_bytes",  CTL_HUGETLB, FORM_U64       },
	/* The I/O knobs come with volumes: they need the volume's device. */
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

	if (v == UINT64_MAX)
		return put(dir, file, none, f);
	(void)str_u64(text, v);
	return put(dir, file, text, f);
}

static int put_cpu(int dir, uint32_t version, const struct plan_cgroup *k, struct fault *f)
{
	char text[48], quota[24], period[24];
	int rc;

	(void)str_u64(quota, k->v[0]);
	(void)str_u64(period, k->v[1]);
	if (version == 2) {
		(void)snprintf(text, sizeof(text), "%s %s", k->v[0] == UINT64_MAX ? "max" : quota,
			       period);
		return put(dir, "cpu.max", text, f);
	}
	rc = put(dir, "cpu.cfs_period_us", period, f);
	return rc < 0 ? rc : put(dir, "cpu.cfs_quota_us", k->v[0] == UINT64_MAX ? "-1" : quota, f);
}

/* memory: the limit set before; v1 counts memory and swap together. */
static int put_swap(int dir, uint32_t version, uint64_t v, uint64_t memory, struct fault *f)
{
	if (version == 2)
		return put_u64(dir, "memory.swap.max", v, "max", f);
	if (v == UINT64_MAX || memory == UINT64_MAX || v > UINT64_MAX - memory)
		return put(dir, "memory.memsw.limit_in_bytes", "-1", f);
	return put_u64(dir, "memory.memsw.limit_in_bytes", memory + v, "-1", f);
}

static int put_knob(int dir, uint32_t version, const struct plan_cgroup *k, uint64_t memory,
		    struct fault *f)
{
	const struct knob_row *row = &knob_table[k->knob];

	switch ((enum form)row->form) {
	case FORM_U64:
		return put_u64(dir, version == 2 ? row->v2 : row->v1, k->v[0],
			       version == 2 ? "max" : "-1", f);
	case FORM_CPU_MAX:
		return put_cpu(dir, version, k, f);
	case FORM_SWAP:
		return put_swap(dir, version, k->v[0], memory, f);
	case FORM_WEIGHT: /* v1: weight 100 is 1024 shares, the inverse of systemd's mapping */
		return put_u64(dir, version == 2 ? row->v2 : row->v1,
			       version == 2 ? k->v[0] : 2 + (k->v[0] - 1) * 262142 / 9999, "max",
			       f);
	case FORM_OOM_GROUP: /* v1 has no such file: cgroup_watch_oom() kills the rest */
		return version == 2 ? put_u64(dir, row->v2, k->v[0], "0", f) : 0;
	}
	return fault_set(f, -EINVAL, "cgroup.knob", "knob %u has no form", k->knob);
}

int cgroup_knob(struct app *a, const int dir[], const struct plan_cgroup *k, uint64_t memory,
		struct fault *f)
{
	if (k->knob >= KNOB__COUNT || !knob_table[k->knob].v2)
		return fault_set(f, -EOPNOTSUPP, "cgroup.knob",
				 "limit %u is not in this version yet", k->knob);
	for (uint32_t i = 0; i < a->cg.n; i++)
		if (a->cg.controllers[i] & 1u << knob_table[k->knob].controller)
			return put_knob(dir[i], a->cg.version[i], k, memory, f);
	return fault_set(f, -EOPNOTSUPP, "cgroup.none",
			 "this host has no cgroup controller for %s here; see cloister doctor",
			 knob_table[k->knob].v2);
}

static void number_name(char name[12], uint32_t n)
{
	char text[24];

	(void)str_u64(text, n);
	(void)str_copy(name, 12, text);
}

/*
 * Opens directory n below dir, made where it is missing. A fresh one never was another's: a leaf
 * that has seen cgroup.kill kills what is cloned into it for good (measured on 6.18: the kernel
 * compares its count of kills with the parent's). release_agent is inherited: switched off in ours
 * (v1).
 */
static int make_dir(int dir, uint32_t n, uint32_t version, bool fresh, int *ret_fd, struct fault *f)
{
	char name[12];
	AUTO_FD int fd = -1;
	bool made;

	number_name(name, n);
	made = mkdirat(dir, name, 0755) == 0;
	if (!made && errno == EEXIST && fresh)
		made = unlinkat(dir, name, AT_REMOVEDIR) == 0 && mkdirat(dir, name, 0755) == 0;
	if (!made && (errno != EEXIST || fresh))
		return fault_sys(f, "cgroup.mkdir", "making cgroup %s", name);
	fd = file_dir(dir, name);
	if (fd < 0)
		return fault_sys(f, "cgroup.open", "opening cgroup %s", name);
	if (made && version == 1 && put(fd, "notify_on_release", "0", f) < 0)
		return f->err;
	*ret_fd = fd_take(&fd);
	return 0;
}

static void remove_dir(int dir, uint32_t n)
{
	char name[12];

	number_name(name, n);
	(void)unlinkat(dir, name, AT_REMOVEDIR);
}

int cgroup_open(struct app *a, struct fault *f)
{
	for (uint32_t i = 0; i < a->cg.n; i++) {
		a->cg.tenants[i] = file_dir(a->cg.fd[i], "t");
		a->cg.helpers[i] = file_dir(a->cg.fd[i], "helper");
		if (a->cg.tenants[i] < 0 || a->cg.helpers[i] < 0)
			return fault_sys(f, "cgroup.top", "opening t/ and helper/ of hierarchy %u",
					 i);
		if (a->cg.version[i] == 2)
			a->cg.v2 = i;
	}
	return 0;
}

/* v2: what a tenant's directory hands on to its workloads' leaves. */
static int hand_on(const struct app *a, int dir, struct fault *f)
{
	static const char *const name[CTL__COUNT] = {
		[CTL_MEMORY] = "+memory", [CTL_CPU] = "+cpu",	    [CTL_PIDS] = "+pids",
		[CTL_IO] = "+io",	  [CTL_CPUSET] = "+cpuset", [CTL_HUGETLB] = "+hugetlb",
	};

	for (uint32_t c = 0; c < CTL__COUNT; c++)
		if (name[c] && a->cg.controllers[a->cg.v2] & 1u << c &&
		    put(dir, "cgroup.subtree_control", name[c], f) < 0)
			return f->err;
	return 0;
}

int cgroup_tenant(struct app *a, struct tenant_ref t, struct fault *f)
{
	for (uint32_t i = 0; i < a->cg.n; i++) {
		AUTO_FD int fd = -1;
		int rc = make_dir(a->cg.tenants[i], t.index, a->cg.version[i], false, &fd, f);

		if (rc == 0 && i == a->cg.v2)
			rc = hand_on(a, fd, f);
		if (rc < 0)
			return rc;
	}
	return 0;
}

void cgroup_tenant_drop(struct app *a, struct tenant_ref t)
{
	for (uint32_t i = 0; i < a->cg.n; i++)
		remove_dir(a->cg.tenants[i], t.index);
}

int tenant_limit(void *self, const void *req, int *fd, struct reply *out)
{
	struct app *a = self;
	const struct spawn_tenant_limit *q = req;
	struct plan_cgroup k = { .knob = q->knob, .v = { q->v[0], q->v[1] } };
	struct tenant_live *live;
	char name[12];
	int dir[CG_TREES_MAX];
	int rc = tenant_get(a, q->t, &live, &out->fault);

	(void)fd;
	if (rc < 0)
		return rc;
	number_name(name, q->t.index);
	for (uint32_t i = 0; i < a->cg.n; i++)
		dir[i] = file_dir(a->cg.tenants[i], name);
	rc = cgroup_knob(a, dir, &k, UINT64_MAX, &out->fault);
	for (uint32_t i = 0; i < a->cg.n; i++)
		fd_close(&dir[i]);
	return rc;
}

void cgroup_close(struct cgroup_row *g)
{
	for (size_t i = 0; i < CG_TREES_MAX; i++)
		fd_close(&g->dir[i]);
	fd_close(&g->oom_event);
	g->gen = 0;
}

/* Removes the directories of a row and frees it; -EBUSY while a process is left. */
static int leave(struct app *a, struct cgroup_row *g, struct fault *f)
{
	char tenant[12], name[12];

	number_name(tenant, g->t.index);
	number_name(name, g->number);
	for (uint32_t i = 0; i < a->cg.n; i++) {
		AUTO_FD int parent = -1;

		if (g->dir[i] < 0)
			continue;
		parent = file_dir(a->cg.tenants[i], tenant);
		if (parent >= 0 && unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
			return fault_sys(f, "cgroup.rmdir", "removing cgroup %s/%s", tenant, name);
		fd_close(&g->dir[i]);
	}
	cgroup_close(g);
	a->tenants[g->t.index].live--;
	return 0;
}

/* Does a limit of the plan live in hierarchy i? Only those are made and joined: each costs. */
static bool wanted(const struct app *a, uint32_t i, const struct plan_slot *p)
{
	for (size_t k = 0; k < plan_count(p->map, PLAN_CGROUP); k++) {
		const struct plan_cgroup *c = plan_row(p->map, PLAN_CGROUP, k);

		if (a->cg.controllers[i] & 1u << knob_table[c->knob].controller)
			return true;
	}
	return i == a->cg.v2;
}

static int fill(struct app *a, struct cgroup_row *g, const struct plan_slot *p, struct fault *f)
{
	uint64_t memory = UINT64_MAX;
	char name[12];
	int rc = 0;

	number_name(name, g->t.index);
	for (uint32_t i = 0; rc == 0 && i < a->cg.n; i++) {
		AUTO_FD int top = wanted(a, i, p) ? file_dir(a->cg.tenants[i], name) : -1;

		if (!wanted(a, i, p))
			continue;
		if (top < 0)
			return fault_sys(f, "cgroup.tenant", "opening the cgroup of tenant %s",
					 name);
		rc = make_dir(top, g->number, a->cg.version[i], true, &g->dir[i], f);
	}
	for (size_t i = 0; rc == 0 && i < plan_count(p->map, PLAN_CGROUP); i++) {
		const struct plan_cgroup *k = plan_row(p->map, PLAN_CGROUP, i);

		if (k->knob == KNOB_MEMORY_MAX)
			memory = k->v[0];
		rc = cgroup_knob(a, g->dir, k, memory, f);
	}
	return rc;
}

/* A free row for directory number of t, nothing opened yet. */
static struct cgroup_row *take(struct app *a, struct tenant_ref t, uint32_t number, struct fault *f)
{
	uint32_t n = ROW_TAKE(a, cgroups);
	struct cgroup_row *g;

	if (n == SLOT_NONE) {
		(void)fault_set(f, -ENOSPC, "cgroup.full", "%d cgroups are the bound", CGROUPS_MAX);
		return NULL;
	}
	g = &a->cgroups[n];
	g->t = t;
	g->number = number;
	g->oom_event = -1;
	for (size_t i = 0; i < CG_TREES_MAX; i++)
		g->dir[i] = -1;
	a->tenants[t.index].live++;
	return g;
}

uint32_t cgroup_revive(struct app *a, struct tenant_ref t, uint32_t number, struct fault *f)
{
	struct cgroup_row *g = take(a, t, number, f);
	char name[12], leaf[12];

	if (!g)
		return SLOT_NONE;
	number_name(name, t.index);
	number_name(leaf, number);
	for (uint32_t i = 0; i < a->cg.n; i++) {
		AUTO_FD int top = file_dir(a->cg.tenants[i], name);

		g->dir[i] = file_dir(top, leaf); /* not every start is in every hierarchy */
	}
	return cgroup_watch_oom(a, (uint32_t)(g - a->cgroups), f) < 0 ? SLOT_NONE
								      : (uint32_t)(g - a->cgroups);
}

int cgroup_make(void *self, const void *req, int *fd, struct reply *out)
{
	struct app *a = self;
	const struct spawn_cgroup_make *q = req;
	const struct plan_slot *p = ROW_GET(a, plans, q->plan);
	struct tenant_live *live;
	struct cgroup_row *g;
	int rc = tenant_get(a, q->t, &live, &out->fault);

	(void)fd;
	if (rc < 0)
		return rc;
	if (!p || !tenant_same(p->t, q->t))
		return fault_set(&out->fault, -ESTALE, "cgroup.plan",
				 "not a plan of this tenant"); /* I7 */
	if (cgroup_find(a, q->t, q->workload) != SLOT_NONE)
		return fault_set(&out->fault, -EEXIST, "cgroup.number", "workload %u has a cgroup",
				 q->workload);
	g = take(a, q->t, q->workload, &out->fault);
	if (!g)
		return out->fault.err;
	rc = fill(a, g, p, &out->fault);
	if (rc == 0)
		rc = cgroup_watch_oom(a, (uint32_t)(g - a->cgroups), &out->fault);
	if (rc < 0) {
		struct fault ignored;

		(void)leave(a, g, &ignored); /* the first fault is the one to tell */
		return rc;
	}
	out->slot = (struct slot){ (uint32_t)(g - a->cgroups), g->gen };
	return 0;
}

uint32_t cgroup_find(struct app *a, struct tenant_ref t, uint32_t number)
{
	for (uint32_t i = 0; i < CGROUPS_MAX; i++)
		if (a->cgroups[i].gen && a->cgroups[i].number == number &&
		    tenant_same(a->cgroups[i].t, t))
			return i;
	return SLOT_NONE;
}

/* v1 has no memory.oom.group: told of an OOM kill, the spawner kills what is left. */
int cgroup_watch_oom(struct app *a, uint32_t n, struct fault *f)
{
	struct cgroup_row *g = &a->cgroups[n];
	AUTO_FD int control = -1;
	char text[48];
	uint32_t i = 0;

	while (i < a->cg.n && !(a->cg.version[i] == 1 && a->cg.controllers[i] & 1u << CTL_MEMORY))
		i++;
	if (i == a->cg.n || g->dir[i] < 0)
		return 0;
	control = openat(g->dir[i], "memory.oom_control", O_RDONLY | O_CLOEXEC);
	g->oom_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (control < 0 || g->oom_event < 0)
		return fault_sys(f, "cgroup.oom", "watching memory.oom_control");
	(void)snprintf(text, sizeof(text), "%d %d", g->oom_event, control);
	if (put(g->dir[i], "cgroup.event_control", text, f) < 0)
		return f->err;
	return watch_add(a, g->oom_event, WATCH_OOM, n, f);
}

int cgroup_join(const struct app *a, const struct cgroup_row *g)
{
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < a->cg.n; i++)
		if (a->cg.version[i] == 1 && g->dir[i] >= 0)
			rc = file_put(g->dir[i], "cgroup.procs", "0");
	return rc;
}

static uint64_t get_u64(const struct app *a, const struct cgroup_row *g, uint32_t controller,
			const char *v2, const char *v1)
{
	char text[32];
	const char *p = text;

	for (uint32_t i = 0; i < a->cg.n; i++) {
		if (!(a->cg.controllers[i] & 1u << controller))
			continue;
		(void)file_text(g->dir[i], a->cg.version[i] == 2 ? v2 : v1, text, sizeof(text));
		return str_digits(&p);
	}
	return 0;
}

uint32_t cgroup_oom_kills(struct app *a, const struct cgroup_row *g)
{
	char text[512];
	const char *at;

	for (uint32_t i = 0; i < a->cg.n; i++) {
		if (!(a->cg.controllers[i] & 1u << CTL_MEMORY))
			continue;
		(void)file_text(g->dir[i],
				a->cg.version[i] == 2 ? "memory.events" : "memory.oom_control",
				text, sizeof(text));
		at = strstr(text, "\noom_kill ");
		if (at)
			at += 10;
		return at ? (uint32_t)str_digits(&at) : 0;
	}
	return 0;
}

void cgroup_kill_all(struct app *a, const struct cgroup_row *g)
{
	struct fault ignored;

	/* 5.14: one write kills all, forks included. Without it nothing better is left to try. */
	DROP(put(g->dir[a->cg.v2], "cgroup.kill", "1", &ignored));
}

/* A slot of this tenant, or the fault. */
static struct cgroup_row *own(struct app *a, const struct spawn_slot *q, struct fault *f)
{
	struct cgroup_row *g = ROW_GET(a, cgroups, q->s);

	if (g && tenant_same(g->t, q->t))
		return g;
	(void)fault_set(f, g ? -EPERM : -ESTALE, "cgroup.slot", "not a cgroup of this tenant");
	return NULL;
}

int cgroup_kill(void *self, const void *req, int *fd, struct reply *out)
{
	struct app *a = self;
	const struct spawn_slot *q = req;
	const struct cgroup_row *g = own(a, q, &out->fault);

	(void)fd;
	return g ? put(g->dir[a->cg.v2], "cgroup.kill", "1", &out->fault) : out->fault.err;
}

int cgroup_drop(void *self, const void *req, int *fd, struct reply *out)
{
	struct app *a = self;
	const struct spawn_slot *q = req;
	struct cgroup_row *g = own(a, q, &out->fault);
	struct start *parked;

	(void)fd;
	if (!g)
		return out->fault.err;
	parked = start_parked(a, g->parked);
	if (parked)
		start_kill(a, parked);
	if (g->uses)
		return fault_set(&out->fault, -EBUSY, "cgroup.used",
				 "a start lives in this cgroup");
	return leave(a, g, &out->fault);
}

int cgroup_stat(void *self, const void *req, int *fd, struct reply *out)
{
	struct app *a = self;
	const struct spawn_slot *q = req;
	const struct cgroup_row *g = own(a, q, &out->fault);

	(void)fd;
	if (!g)
		return out->fault.err;
	out->value[0] = get_u64(a, g, CTL_MEMORY, "memory.current", "memory.usage_in_bytes");
	out->value[1] = get_u64(a, g, CTL_MEMORY, "memory.peak", "memory.max_usage_in_bytes");
	out->value[2] = get_u64(a, g, CTL_PIDS, "pids.current", "pids.current");
	out->value[3] = cgroup_oom_kills(a, g) | (uint64_t)start_is_ready(a, q->s) << 32;
	return 0;
}
