/* SPDX-License-Identifier: Apache-2.0 */
/*
 * adopt.c - workloads that an earlier spawner left running.
 * Runs in: cloister-spawn, at its start; reads the kernel's own text only.
 *
 * It starts from the kernel's state, the spawner's cgroup subtree, never from a list of the engine
 * (I24). PID 1 of a workload is the member whose NSpid ends in 1 and whose real uid is the tenant's
 * init id; its membership is read again after the pidfd is taken, for a pid number alone is no key.
 */
#include "sandbox/spawn.h"
#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "lib/base/str.h"

#include <fcntl.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/xattr.h>

enum { LIST_BYTES = 6144, STATUS_BYTES = 4096 };

/* What the walk over t/<index>/<n> hands on. */
struct walk {
	struct app *a;
	struct tenant_ref t;
	int top; /* t/ */
	struct fault *f;
};

/* Is pid init of t's workload? */
static bool is_init(const struct app *a, uint64_t pid, struct tenant_ref t)
{
	char file[40], text[STATUS_BYTES];
	const char *p, *uid;
	uint64_t last = 0;
	size_t n = str_u64(file, pid);

	memcpy(file + n, "/status", sizeof("/status"));
	(void)file_text(a->o.proc, file, text, sizeof(text));
	uid = strstr(text, "\nUid:\t");
	p = strstr(text, "\nNSpid:");
	if (!uid || !p)
		return false;
	uid += 6;
	for (p += 7; *p && *p != '\n';) {
		if (*p >= '0' && *p <= '9')
			last = str_digits(&p);
		else
			p++;
	}
	return last == 1 && str_digits(&uid) == tenant_uid(a, t, ID_INIT);
}

/* The next process of a cgroup.procs text; 0 behind the last whole line. */
static uint64_t next_pid(const char **p)
{
	uint64_t pid = str_digits(p);

	if (**p != '\n') /* cut off: another number */
		return 0;
	++*p;
	return pid;
}

/* The init of t in the cgroup dir, or 0. */
static uint64_t find_init(const struct app *a, int dir, struct tenant_ref t)
{
	char text[LIST_BYTES];
	const char *p = text;
	uint64_t pid;

	(void)file_text(dir, "cgroup.procs", text, sizeof(text));
	while ((pid = next_pid(&p)))
		if (is_init(a, pid, t))
			return pid;
	return 0;
}

/*
 * Takes over the workload of one leaf. What has no init there is no workload: a start that was cut
 * short, which would go on with nobody to end it.
 */
static int adopt_leaf(void *ctx, uint32_t number)
{
	const struct walk *w = ctx;
	struct app *a = w->a;
	struct tenant_ref t = w->t;
	struct fault *f = w->f;
	struct cgroup_row *g = cgroup_revive(a, t, number, f);
	uint64_t pid = g ? find_init(a, g->dir[CG_V2], t) : 0;
	AUTO_FD int pidfd = pid ? pidfd_open((pid_t)pid, 0) : -1;
	struct start_note note;
	struct start *s;

	if (!g)
		return f->err;
	/* the number may be another's by now: asked again while the pidfd holds the process */
	if (pidfd < 0 || find_init(a, g->dir[CG_V2], t) != pid ||
	    fgetxattr(g->dir[CG_V2], NOTE_XATTR, &note, sizeof(note)) != (ssize_t)sizeof(note)) {
		cgroup_abandon(a, g);
		return 0;
	}
	s = start_begin(a, t, START_WORKLOAD, f);
	if (!s)
		return f->err;
	s->state = START_RUNNING;
	start_count(a, t, 1);
	s->number = number;
	s->pid = (pid_t)pid;
	s->adopted = true;
	s->cgroup = row_slot(a, TABLE_CGROUP, g);
	s->pidfd = fd_take(&pidfd);
	s->note = note;
	s->net = grip_adopt(a, t, s->pidfd);
	g->row.uses++;
	g->start = row_slot(a, TABLE_START, s);
	return watch_add(a, s->pidfd, WATCH_PIDFD, g->start.n, f);
}

static int adopt_tenant(void *ctx, uint32_t index)
{
	struct walk *w = ctx;
	AUTO_FD int dir = file_dir_number(w->top, index);
	int rc;

	if (dir < 0)
		return fault_sys(w->f, "adopt.tenant", "opening the cgroup of tenant %u", index);
	if (tenant_revive(w->a, index, w->f) < 0) {
		/* no tenant of ours any more: its ids may become another's */
		DROP(file_put(dir, "cgroup.kill", "1"));
		return 0;
	}
	w->t = (struct tenant_ref){ index, w->a->tenants[index].gen };
	w->f->err = 0;
	/* a spawner that was killed may have made the first ones only */
	if (cgroup_tenant(w->a, w->t, w->f) < 0)
		return w->f->err;
	rc = file_numbers(dir, adopt_leaf, w);
	return rc < 0 && !w->f->err ? fault_set(w->f, rc, "adopt.list", "listing a cgroup") : rc;
}

int adopt_scan(struct app *a, struct fault *f)
{
	AUTO_FD int top = file_dir(a->cg.tenants[CG_V2], ".");
	struct walk w = { a, { 0, 0 }, top, f };
	int rc = top < 0 ? -errno : 0;

	f->err = 0;
	if (rc == 0)
		rc = file_numbers(top, adopt_tenant, &w);
	return rc < 0 && !f->err ? fault_set(f, rc, "adopt.list", "listing t/") : rc;
}

/*
 * An engine is gone: what it asked for and nothing runs on has nobody left who knows its slot.
 * Starts that had not come true are undone; what runs is told to the next engine by the walk above.
 */
void adopt_orphans(struct app *a)
{
	for (uint32_t i = 0; i < a->rows[TABLE_START].top; i++) {
		struct start *s = &a->starts[i];
		const struct cgroup_row *g = row_get(a, TABLE_CGROUP, s->cgroup);

		s->told = false;
		if (!s->row.gen || s->kind != START_WORKLOAD || s->state == START_RUNNING)
			continue;
		if (g)
			cgroup_kill_all(g);
		start_abort(a, s);
	}
	for (uint32_t i = 0; i < a->rows[TABLE_CGROUP].top; i++)
		if (a->cgroups[i].row.gen && !a->cgroups[i].row.uses)
			cgroup_abandon(a, &a->cgroups[i]);
	for (uint32_t i = 0; i < a->rows[TABLE_GRIP].top; i++)
		if (a->grips[i].row.gen && !a->grips[i].row.uses)
			grip_close(a, &a->grips[i]);
	for (uint32_t i = 0; i < a->rows[TABLE_PLAN].top; i++) {
		a->plans[i].orphan = a->plans[i].row.gen != 0;
		plan_unuse(a, &a->plans[i]);
	}
}

int spawn_adopt(void *self, const void *req, int *fd UNUSED, struct reply *out)
{
	struct app *a = self;
	const struct spawn_adopt *q = req;

	for (uint32_t i = q->n; i < a->rows[TABLE_START].top; i++) {
		struct start *s = &a->starts[i];

		if (!s->row.gen || s->kind != START_WORKLOAD || s->state != START_RUNNING)
			continue;
		out->slot = row_slot(a, TABLE_START, s);
		out->value[0] = s->number | (uint64_t)s->net.gen << 32;
		out->value[1] = s->row.t.index | (uint64_t)s->row.t.gen << 32;
		out->value[2] = s->cgroup.n | (uint64_t)s->cgroup.gen << 32;
		out->value[3] = (uint64_t)s->pid | (uint64_t)s->net.n << 32;
		out->fd[0] = fcntl(s->pidfd, F_DUPFD_CLOEXEC, 0);
		if (out->fd[0] < 0)
			return fault_sys(&out->fault, "adopt.pidfd", "a pidfd");
		s->told = true;
		out->nfds = 1;
		return 0;
	}
	return fault_set(&out->fault, -ENOENT, "adopt.end", "no further workload");
}
