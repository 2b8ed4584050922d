/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spawn.c - one start: every grip, the plan and the cgroup are this tenant's, then the clone.
 * Runs in: cloister-spawn. The comparison is made here, not by the engine that named the slots
 * (I7).
 */
#include "sandbox/enter.h"
#include "lib/base/fd.h"
#include "lib/plan/plan.h"
#include "lib/plan/policy.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

/* The objects behind a request, all of one tenant. */
struct objects {
	struct plan_slot *plan;
	struct cgroup_row *cgroup;
	struct grip *net, *log;
	struct template *template;
	int args; /* the command of a run, or enum args */
};

/* objects.args: none, the plan has a command; it comes when the parked start goes on. */
enum args { ARGS_NONE = -1, ARGS_LATER = -2 };

/* A grip of t, of a kind; NULL and the fault. */
static struct grip *grip_of(struct app *a, struct tenant_ref t, struct slot s, enum grip_kind kind,
			    struct fault *f)
{
	struct grip *g = row_own(a, TABLE_GRIP, t, s, f);

	if (!g || g->kind == kind)
		return g;
	(void)fault_set(f, -ESTALE, "start.slot", "a grip of kind %u, not %u", g->kind, kind);
	return NULL;
}

/* As many images as the plan names, each of this tenant and the very file the plan says. */
static int check_images(struct app *a, const struct spawn_start *q, const void *plan,
			struct fault *f)
{
	const struct grip *g[START_IMAGES];
	uint32_t used = 0;

	if (q->nimage > START_IMAGES)
		return fault_set(f, -EINVAL, "start.images", "%u images", q->nimage);
	for (uint32_t k = 0; k < q->nimage; k++) {
		g[k] = grip_of(a, q->t, q->image[k], GRIP_IMAGE, f);
		if (!g[k])
			return f->err;
	}
	for (size_t i = 0; i < plan_count(plan, PLAN_MOUNT); i++) {
		const struct plan_mount *m = plan_row(plan, PLAN_MOUNT, i);
		uint32_t k = 0;

		if (m->kind != MOUNT_IMAGE)
			continue;
		while (k < q->nimage && memcmp(g[k]->object, m->digest, sizeof(g[k]->object)))
			k++;
		if (k == q->nimage)
			return fault_set(f, -ESTALE, "start.slot",
					 "an image of the plan is missing");
		used |= 1u << k;
	}
	if (used != (1u << q->nimage) - 1)
		return fault_set(f, -EINVAL, "start.images", "an image not named by the plan");
	return 0;
}

static int check_net(struct app *a, const struct spawn_start *q, struct objects *o, struct fault *f)
{
	bool shared = q->flags & START_NET_OF;
	struct grip *net = NULL;

	const struct start *s;

	if (shared) { /* the slot is of a start, adopted or not: what it holds is shared */
		s = row_own(a, TABLE_START, q->t, q->net, f);
		if (!s)
			return f->err;
		net = s->state == START_RUNNING ? row_get(a, TABLE_GRIP, s->net) : NULL;
		if (!net)
			return fault_set(f, -EBUSY, "start.net",
					 "not a running workload with a network");
	} else if (q->net.n != SLOT_NONE) {
		net = grip_of(a, q->t, q->net, GRIP_NET, f);
		if (!net)
			return f->err;
		start_unpark(a, net->start); /* made ahead for another cgroup or plan */
		if (net->row.uses || net->used)
			return fault_set(f, -EBUSY, "start.net", "the network namespace is in use");
	}
	o->net = net;
	return 0;
}

/* The command of a run is for init; only that it is sealed and bounded matters here. Its size. */
static int check_args(const struct plan_slot *p, int fd, struct fault *f)
{
	const struct plan_exec *x = plan_row(p->map, PLAN_EXEC, 0);

	if ((fd != ARGS_NONE) != (x->path.len == 0))
		return fault_set(f, -EINVAL, "start.command", "the plan %s a command of its own",
				 x->path.len ? "has" : "lacks");
	return fd < 0 ? 0 : sealed_size(fd, RUN_ARGS_MAX, "start.command", f);
}

static int check(struct app *a, const struct spawn_start *q, struct objects *o, struct fault *f)
{
	if (tenant_get(a, q->t, f) < 0)
		return f->err;
	o->plan = row_own(a, TABLE_PLAN, q->t, q->plan, f);
	if (o->plan)
		memcpy(a->host.now_about.tag, ((const struct plan_hdr *)o->plan->map)->body_sha256,
		       sizeof(a->host.now_about.tag));
	o->cgroup = o->plan ? row_own(a, TABLE_CGROUP, q->t, q->cgroup, f) : NULL;
	if (!o->cgroup)
		return f->err;
	if (o->plan->epoch != a->policy->epoch)
		return fault_set(f, -ESTALE, "start.epoch", "the plan is of an older policy");
	if (o->cgroup->number != q->workload)
		return fault_set(f, -ESTALE, "start.slot", "the cgroup is another workload's");
	if (check_net(a, q, o, f) < 0)
		return f->err;
	start_unpark(a, o->cgroup->start); /* not of these objects: see parked_for() */
	if (o->cgroup->row.uses)
		return fault_set(f, -EBUSY, "start.cgroup", "the cgroup is in use");
	if (q->nvolume || q->flags & ~(uint32_t)(START_NET_OF | START_NO_STDIN | START_TTY))
		return fault_set(f, -EOPNOTSUPP, "start.flags", "no volumes in this version yet");
	if (o->args < 0 && q->flags & START_TTY)
		return fault_set(f, -EINVAL, "start.flags", "a terminal is a run's");
	if (start_tty(o->plan, q->flags & ~(uint32_t)START_NET_OF, f) < 0)
		return f->err;
	if (o->args == ARGS_LATER && (q->flags || q->log.n != SLOT_NONE))
		return fault_set(f, -EINVAL, "start.park", "only a plain run is parked");
	if (q->log.n != SLOT_NONE) {
		o->log = grip_of(a, q->t, q->log, GRIP_LOG, f);
		if (!o->log)
			return f->err;
	}
	if (check_images(a, q, o->plan->map, f) < 0 || check_args(o->plan, o->args, f) < 0)
		return f->err;
	o->template = template_get(a, q, o->plan, f);
	return o->template ? 0 : f->err;
}

/* What the process lives in outlives its grips and this spawner: noted in both places (I10). */
static int note_held(struct app *a, struct start *s, const struct spawn_start *q,
		     const struct objects *o, struct fault *f)
{
	s->note.held[0] = o->net ? o->net->ino : 0;
	for (uint32_t k = 0; k < q->nimage; k++)
		s->note.held[1 + k] = ((struct grip *)row_get(a, TABLE_GRIP, q->image[k]))->dev;
	memcpy(s->note.plan, ((const struct plan_hdr *)o->plan->map)->body_sha256, DIGEST_LEN);
	if (fsetxattr(o->cgroup->dir[CG_V2], NOTE_XATTR, &s->note, sizeof(s->note), 0) < 0)
		return fault_sys(f, "start.held", "noting what the start holds");
	return 0;
}

/* The row takes its share of every object; its end gives it back. */
static void hold(struct app *a, struct start *s, const struct spawn_start *q, struct objects *o)
{
	s->number = q->workload;
	s->cgroup = q->cgroup;
	s->plan = q->plan;
	o->cgroup->row.uses++;
	o->cgroup->start = row_slot(a, TABLE_START, s);
	o->plan->row.uses++;
	if (!o->net)
		return;
	s->net = row_slot(a, TABLE_GRIP, o->net);
	o->net->row.uses++;
	if (!o->net->used)
		o->net->start = o->cgroup->start;
	o->net->used = true;
}

static int make_ends(struct start *s, struct objects *o, struct enter *e, struct fault *f)
{
	int go[2];

	s->exit_fd = memfd_create("exit", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (s->exit_fd < 0 || ftruncate(s->exit_fd, sizeof(struct exit_record)) < 0 ||
	    fcntl(s->exit_fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return fault_sys(f, "start.exit", "making the exit record");
	e->extra[INIT_FD_EXIT - INIT_FD_PLAN] = s->exit_fd;
	if (o->args != ARGS_LATER)
		return 0;
	s->args_fd = memfd_create("args", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (s->args_fd < 0 || ftruncate(s->args_fd, PARKED_ARGS + RUN_ARGS_MAX) < 0 ||
	    pipe2(go, O_CLOEXEC) < 0)
		return fault_sys(f, "start.park", "making what a parked start waits for");
	s->go_fd = go[1];
	e->extra[INIT_FD_ARGS - INIT_FD_PLAN] = s->args_fd;
	e->extra[INIT_FD_GO - INIT_FD_PLAN] = go[0];
	return 0;
}

/* Fresh: the objects are checked, everything is made. */
static int begin(struct app *a, const struct spawn_start *q, struct objects *o, struct reply *out)
{
	struct enter e = { .plan = o->plan->map,
			   .t = q->t,
			   .size = q->tty,
			   .stdio = { -1, -1, -1 },
			   .extra = { o->plan->fd, o->args, -1, -1, -1, -1 },
			   .ns = o->template->ns,
			   .cgroup = o->cgroup->dir[CG_V2],
			   .joins = o->cgroup,
			   .netns = o->net ? o->net->fd : -1,
			   .userns = a->tenants[q->t.index].userns,
			   .program = a->o.init };
	struct start *s = start_begin(a, q->t, START_WORKLOAD, &out->fault);
	int rc;

	if (!s)
		return out->fault.err;
	hold(a, s, q, o);
	rc = note_held(a, s, q, o, &out->fault);
	if (rc == 0 && start_stdio(a, s, &e, q->flags, o->log ? o->log->fd : -1) < 0)
		rc = fault_sys(&out->fault, "start.pipes", "making pipes");
	if (rc == 0)
		rc = make_ends(s, o, &e, &out->fault);
	if (rc == 0)
		rc = start_clone(a, s, &e, &out->fault);
	for (size_t i = 0; i < (o->log ? 1 : 3); i++)
		fd_close(&e.stdio[i]);
	fd_close(&e.extra[INIT_FD_GO - INIT_FD_PLAN]);
	if (rc < 0) {
		start_abort(a, s);
	} else if (o->args == ARGS_LATER) {
		s->state = START_PARKED;
		s->ask = *q;
	} else {
		start_await(a, s, out);
	}
	return rc;
}

/*
 * Is the start that waits in q's cgroup made of the very objects that q names? What it holds was
 * checked when it was made; images alone can have been dropped since.
 */
static struct start *parked_for(struct app *a, const struct spawn_start *q)
{
	const struct cgroup_row *g = row_get(a, TABLE_CGROUP, q->cgroup);
	struct start *s = g ? start_parked(a, g->start) : NULL;
	const struct plan_slot *p = s ? row_get(a, TABLE_PLAN, s->plan) : NULL;
	struct spawn_start ask = *q;
	struct fault ignored; /* the fresh start tells what is wrong */

	ask.flags &= ~(uint32_t)START_NO_STDIN; /* left out of the answer instead */
	if (!p || p->epoch != a->policy->epoch || tenant_get(a, q->t, &ignored) < 0 ||
	    memcmp(&ask, &s->ask, offsetof(struct spawn_start, op_id)) != 0 ||
	    check_images(a, q, p->map, &ignored) < 0)
		return NULL;
	return s;
}

static int parked_go(struct app *a, struct start *s, const struct spawn_start *q, int args,
		     struct reply *out)
{
	int size = check_args(row_get(a, TABLE_PLAN, s->plan), args, &out->fault), rc = 0;
	struct parked *at;

	if (size < 0)
		return size;
	at = mmap(NULL, sizeof(*at), PROT_READ | PROT_WRITE, MAP_SHARED, s->args_fd, 0);
	if (at == MAP_FAILED)
		return fault_sys(&out->fault, "start.go", "reaching the parked start");
	if (lseek(s->args_fd, PARKED_ARGS, SEEK_SET) < 0 ||
	    sendfile(s->args_fd, args, &(off_t){ 0 }, (size_t)size) != size) {
		rc = fault_sys(&out->fault, "start.go", "handing over the command");
	} else {
		__atomic_store_n(&at->go, 1, __ATOMIC_RELEASE);
		(void)syscall(SYS_futex, &at->go, FUTEX_WAKE, 1, NULL, NULL, 0);
		start_await(a, s, out);
	}
	(void)munmap(at, sizeof(*at));
	fd_close(&s->go_fd); /* init sees its end: either way the wait is over */
	fd_close(&s->args_fd);
	if (q->flags & START_NO_STDIN)
		start_no_stdin(s);
	return rc;
}

/* I12: as many workloads as the operator allows, of all and of one tenant. */
static bool is_full(const struct app *a, struct tenant_ref t, struct fault *f)
{
	if (t.index >= TENANTS_MAX) /* refused behind this */
		return false;
	if (a->running >= a->policy->max_workloads)
		return fault_set(f, -EDQUOT, "start.full",
				 "%u workloads run, which limit workloads "
				 "allows",
				 a->running) != 0;
	if (a->tenants[t.index].running >= a->policy->tenant_workloads)
		return fault_set(f, -EDQUOT, "start.full",
				 "%u workloads of the tenant run, which limit "
				 "tenant-workloads allows",
				 a->tenants[t.index].running) != 0;
	return false;
}

int spawn_start(void *self, const void *req, int *fd, struct reply *out)
{
	struct app *a = self;
	const struct spawn_start *q = req;
	struct objects o = { .args = ARGS_NONE };
	struct start *s = NULL;

	if (a->host.now_op == SPAWN_PARK)
		o.args = ARGS_LATER;
	if (a->host.now_op == SPAWN_RUN) {
		o.args = fd[0];
		s = parked_for(a, q);
	}
	if (o.args != ARGS_LATER && is_full(a, q->t, &out->fault))
		return out->fault.err;
	if (s)
		return parked_go(a, s, q, o.args, out);
	return check(a, q, &o, &out->fault) < 0 ? out->fault.err : begin(a, q, &o, out);
}

int spawn_signal(void *self, const void *req, int *fd UNUSED, struct reply *out)
{
	const struct spawn_signal *q = req;
	const struct start *s = row_own(self, TABLE_START, q->t, q->s, &out->fault);

	if (!s)
		return out->fault.err;
	if (s->kind == START_HELPER || s->state != START_RUNNING)
		return fault_set(&out->fault, -ESTALE, "start.slot", "not a running workload");
	if (q->signal == 0 || q->signal > 31 || q->signal == SIGSTOP || q->signal == SIGCHLD ||
	    (q->signal == SIGKILL && s->kind == START_WORKLOAD))
		return fault_set(&out->fault, -EINVAL, "start.signal", "signal %u is not forwarded",
				 q->signal);
	if (syscall(SYS_pidfd_send_signal, s->pidfd, (int)q->signal, NULL, 0) < 0)
		return fault_sys(&out->fault, "start.signal", "signalling the workload's init");
	return 0;
}
