/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spawn.c - one start: every grip, the plan and the cgroup are this tenant's, then clone3.
 * Runs in: cloister-spawn. The comparison is made here, not by the engine that named the slots
 * (I7).
 */
#include "sandbox/enter.h"
#include "lib/base/fd.h"
#include "lib/plan/plan.h"
#include "lib/plan/registry.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { SEALS = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL };

/* The objects behind a request, all of one tenant. */
struct objects {
	struct plan_slot *plan;
	struct cgroup_row *cgroup;
	struct grip *net, *log;
	struct template *template;
	int args; /* the command of a run, or -1 */
};

/* objects.args: none, the plan has a command; it comes when the parked start goes on. */
enum { ARGS_NONE = -1, ARGS_LATER = -2 };

/* The two ends of everything that a start opens. */
struct ends {
	int stdio[3]; /* the workload's */
	int far[3];   /* the caller's   */
	int error[2], go[2], exit, args;
};

static int stale(struct fault *f, const char *what)
{
	return fault_set(f, -ESTALE, "start.slot", "not a live %s of this tenant", what);
}

static struct grip *grip_of(struct app *a, struct tenant_ref t, struct slot s, enum grip_kind kind)
{
	struct grip *g = ROW_GET(a, grips, s);

	return g && g->kind == kind && tenant_same(g->t, t) ? g : NULL;
}

/* As many images as the plan names, each of this tenant and the very file the plan says. */
static int check_images(struct app *a, const struct spawn_start *q, const void *plan,
			struct fault *f)
{
	uint32_t used = 0;

	if (q->nimage > START_IMAGES)
		return fault_set(f, -EINVAL, "start.images", "%u images", q->nimage);
	for (size_t i = 0; i < plan_count(plan, PLAN_MOUNT); i++) {
		const struct plan_mount *m = plan_row(plan, PLAN_MOUNT, i);
		uint32_t k = 0;

		if (m->kind != MOUNT_IMAGE)
			continue;
		for (; k < q->nimage; k++) {
			const struct grip *g = grip_of(a, q->t, q->image[k], GRIP_IMAGE);

			if (g && memcmp(g->object, m->digest, sizeof(g->object)) == 0)
				break;
		}
		if (k == q->nimage)
			return stale(f, "image of the plan");
		used |= 1u << k;
	}
	if (used != (1u << q->nimage) - 1)
		return fault_set(f, -EINVAL, "start.images",
				 "an image that the plan does not name");
	return 0;
}

static int check_net(struct app *a, const struct spawn_start *q, struct objects *o, struct fault *f)
{
	struct start *parked;

	if (q->net.n == SLOT_NONE)
		return 0;
	o->net = grip_of(a, q->t, q->net, GRIP_NET);
	if (!o->net)
		return stale(f, "network");
	parked = start_parked(a, o->net->parked);
	if (parked && !(q->flags & START_NET_OF)) {
		/* made ahead for another plan, and nothing ran in it yet */
		o->net->uses++;
		start_kill(a, parked);
		o->net->uses--;
		o->net->flags &= (uint16_t)~GRIP_USED;
	}
	if (q->flags & START_NET_OF ? o->net->uses == 0
				    : o->net->uses != 0 || o->net->flags & GRIP_USED)
		return fault_set(f, -EBUSY, "start.net", "the network namespace is %s",
				 q->flags & START_NET_OF ? "not a running workload's" : "in use");
	return 0;
}

static int check(struct app *a, const struct spawn_start *q, struct objects *o, struct fault *f)
{
	struct tenant_live *live;
	struct start *parked;
	int rc = tenant_get(a, q->t, &live, f);

	if (rc < 0)
		return rc;
	o->plan = ROW_GET(a, plans, q->plan);
	if (!o->plan || !tenant_same(o->plan->t, q->t))
		return stale(f, "plan");
	if (!plan_current(a, o->plan))
		return fault_set(f, -ESTALE, "start.epoch",
				 "the plan was loaded under an older policy");
	o->cgroup = ROW_GET(a, cgroups, q->cgroup);
	if (!o->cgroup || !tenant_same(o->cgroup->t, q->t) || o->cgroup->number != q->workload)
		return stale(f, "cgroup");
	parked = start_parked(a, o->cgroup->parked);
	if (parked) /* not of these objects: see parked_go() */
		start_kill(a, parked);
	if (o->cgroup->uses)
		return fault_set(f, -EBUSY, "start.cgroup", "the cgroup is in use");
	if (q->nvolume || q->flags & ~(uint32_t)(START_NET_OF | START_NO_STDIN))
		return fault_set(f, -EOPNOTSUPP, "start.flags",
				 "volumes are not in this version yet");
	o->log = q->log.n == SLOT_NONE ? NULL : grip_of(a, q->t, q->log, GRIP_LOG);
	if (q->log.n != SLOT_NONE && !o->log)
		return stale(f, "log");
	rc = check_net(a, q, o, f);
	return rc < 0 ? rc : check_images(a, q, o->plan->map, f);
}

/* The command of a run is for init; only that it is sealed and bounded matters here. */
static int check_args(const struct plan_slot *p, int fd, struct fault *f)
{
	const struct plan_exec *x = plan_row(p->map, PLAN_EXEC, 0);
	struct stat st;
	int seals;

	if ((fd >= 0 || fd == ARGS_LATER) != (x->path.len == 0))
		return fault_set(f, -EINVAL, "start.command", "the plan %s a command of its own",
				 x->path.len ? "has" : "lacks");
	if (fd < 0)
		return 0;
	seals = fcntl(fd, F_GET_SEALS);
	if (seals < 0 || (seals & SEALS) != SEALS || fstat(fd, &st) < 0 ||
	    st.st_size > RUN_ARGS_MAX)
		return fault_set(f, -EINVAL, "start.command",
				 "not a sealed command of at most %d bytes", RUN_ARGS_MAX);
	return 0;
}

static void ends_close(struct ends *e)
{
	for (size_t i = 0; i < 3; i++) {
		fd_close(&e->stdio[i]);
		fd_close(&e->far[i]);
	}
	for (size_t i = 0; i < 2; i++) {
		fd_close(&e->error[i]);
		fd_close(&e->go[i]);
	}
	fd_close(&e->exit);
	fd_close(&e->args);
}

/* Made here and owned by the workload's id, so that it can open /dev/stdout again (I26). */
static int make_stdio(const struct app *a, const struct spawn_start *q, const struct objects *o,
		      struct ends *e)
{
	uid_t w = tenant_uid(a, q->t, ID_WORKLOAD);
	int rc = 0, p[2];

	(void)syscall(SYS_setfsuid, w);
	(void)syscall(SYS_setfsgid, w);
	for (int i = 0; rc == 0 && i < 3; i++) {
		if (i > 0 && o->log) {
			e->stdio[i] = fcntl(o->log->fd, F_DUPFD_CLOEXEC, 0);
			rc = e->stdio[i] < 0 ? -errno : 0;
			continue;
		}
		rc = pipe2(p, O_CLOEXEC) < 0 ? -errno : 0;
		if (rc == 0) {
			e->stdio[i] = p[i == 0 ? 0 : 1];
			e->far[i] = p[i == 0 ? 1 : 0];
		}
	}
	(void)syscall(SYS_setfsuid, 0);
	(void)syscall(SYS_setfsgid, 0);
	if (q->flags & START_NO_STDIN)
		fd_close(&e->far[0]); /* an empty pipe: reads see the end */
	return rc;
}

static int make_ends(struct app *a, const struct spawn_start *q, const struct objects *o,
		     struct ends *e, struct fault *f)
{
	memset(e, 0xff, sizeof(*e)); /* -1 everywhere */
	e->exit = memfd_create("exit", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (e->exit < 0 || ftruncate(e->exit, sizeof(struct exit_record)) < 0 ||
	    fcntl(e->exit, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return fault_sys(f, "start.exit", "making the exit record");
	if (make_stdio(a, q, o, e) < 0 || pipe2(e->error, O_CLOEXEC | O_NONBLOCK) < 0)
		return fault_sys(f, "start.pipes", "making pipes");
	if (o->args != ARGS_LATER)
		return 0;
	e->args = memfd_create("args", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (e->args < 0 || ftruncate(e->args, PARKED_ARGS + RUN_ARGS_MAX) < 0 ||
	    pipe2(e->go, O_CLOEXEC) < 0)
		return fault_sys(f, "start.park", "making what a parked start waits for");
	return 0;
}

/* In the template's namespace, whose copy is the child's root. */
static pid_t clone_into(struct app *a, struct enter *e, const struct objects *o, int *ret_pidfd,
			struct fault *f)
{
	struct clone_args c = {
		.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
			 CLONE_NEWCGROUP | CLONE_PIDFD | CLONE_INTO_CGROUP | CLONE_CLEAR_SIGHAND,
		.pidfd = (__u64)(uintptr_t)ret_pidfd,
		.exit_signal = SIGCHLD,
		.cgroup = (__u64)(unsigned)o->cgroup->dir[a->cg.v2],
	};
	struct fault home;
	pid_t pid;

	if (e->netns < 0)
		c.flags |= CLONE_NEWNET;
	if (setns(o->template->ns, CLONE_NEWNS) < 0)
		return fault_sys(f, "start.template", "entering the template's mount namespace");
	pid = (pid_t)syscall(SYS_clone3, &c, sizeof(c));
	if (pid == 0)
		enter_run(e);
	if (pid < 0)
		(void)fault_sys(f, "start.clone", "clone3");
	if (ns_home(a, &home) < 0)
		abort(); /* elsewhere no later request could be trusted */
	return pid < 0 ? f->err : pid;
}

static int launch(struct app *a, const struct spawn_start *q, struct objects *o, struct start *s,
		  struct ends *ends, struct fault *f)
{
	struct enter e = {
		.a = a,
		.plan = o->plan->map,
		.t = q->t,
		.error = ends->error[1],
		.cgroup = o->cgroup,
		.netns = o->net ? o->net->fd : -1,
		.userns = a->tenants[q->t.index].userns,
		.program = a->o.init,
		.stdio = { ends->stdio[0], ends->stdio[1], ends->stdio[2] },
		.extra = { o->plan->fd, o->args == ARGS_LATER ? ends->args : o->args,
			   ends->error[1], ends->exit, -1, ends->go[0] },
	};

	s->pid = clone_into(a, &e, o, &s->pidfd, f);
	return s->pid < 0 ? s->pid : 0;
}

/* The row takes its share of every object; start_end() gives it back. */
static void hold(struct app *a, struct start *s, const struct spawn_start *q, struct objects *o)
{
	s->t = q->t;
	s->kind = START_WORKLOAD;
	s->number = q->workload;
	s->cgroup = q->cgroup;
	s->plan = q->plan;
	s->net = q->net;
	o->cgroup->uses++;
	o->plan->uses++;
	if (o->net) {
		o->net->uses++;
		o->net->flags |= GRIP_USED;
	}
	a->tenants[q->t.index].live++;
}

/* Is the start that waits in q's cgroup made of the very objects that q names? What it holds was
 * checked when it was made and cannot have been dropped since. */
static struct start *parked_for(struct app *a, const struct spawn_start *q)
{
	const struct cgroup_row *g = ROW_GET(a, cgroups, q->cgroup);
	struct start *s = g ? start_parked(a, g->parked) : NULL;
	const struct plan_slot *p = s ? ROW_GET(a, plans, s->plan) : NULL;
	struct spawn_start ask = *q;
	struct fault stale_tenant;

	if (!p || !plan_current(a, p) || registry_look(a->registry, q->t, &stale_tenant) < 0)
		return NULL;
	ask.flags &= ~(uint32_t)START_NO_STDIN; /* left out of the answer instead */
	return memcmp(&ask, &s->ask, offsetof(struct spawn_start, op_id)) ? NULL : s;
}

static int parked_go(struct app *a, struct start *s, const struct spawn_start *q, int args,
		     struct reply *out)
{
	const struct plan_slot *p = ROW_GET(a, plans, s->plan);
	struct parked *at;
	struct stat st = { 0 };
	off_t from = 0;
	int rc = check_args(p, args, &out->fault);

	if (rc < 0)
		return rc;
	at = mmap(NULL, sizeof(*at), PROT_READ | PROT_WRITE, MAP_SHARED, s->args_fd, 0);
	if (at == MAP_FAILED)
		return fault_sys(&out->fault, "start.go", "reaching the parked start");
	if (fstat(args, &st) < 0 || lseek(s->args_fd, PARKED_ARGS, SEEK_SET) < 0 ||
	    sendfile(s->args_fd, args, &from, (size_t)st.st_size) != st.st_size)
		rc = fault_sys(&out->fault, "start.go", "handing over the command");
	if (rc == 0) {
		__atomic_store_n(&at->go, 1, __ATOMIC_RELEASE);
		(void)syscall(SYS_futex, &at->go, FUTEX_WAKE, 1, NULL, NULL, 0);
		start_await(a, s, out);
	}
	(void)munmap(at, sizeof(*at));
	fd_close(&s->go_fd); /* init sees its end: either way the wait is over */
	fd_close(&s->args_fd);
	if (q->flags & START_NO_STDIN) {
		fd_close(&s->far[0]);
		memmove(&s->far[0], &s->far[1], sizeof(s->far[0]) * --s->nfar);
		s->far[s->nfar] = -1;
	}
	return rc;
}

static void park(struct app *a, struct start *s, const struct spawn_start *q, struct objects *o)
{
	const struct slot self = { (uint32_t)(s - a->starts), s->gen };

	s->state = START_PARKED;
	s->ask = *q;
	o->cgroup->parked = self;
	if (o->net)
		o->net->parked = self;
}

/* Fresh: the objects are checked, everything is made. */
static int begin(struct app *a, const struct spawn_start *q, struct objects *o, struct reply *out)
{
	struct ends ends;
	struct start *s;
	uint32_t n = start_begin(a, &out->fault);
	int rc;

	if (n == SLOT_NONE)
		return out->fault.err;
	s = &a->starts[n];
	hold(a, s, q, o);
	rc = make_ends(a, q, o, &ends, &out->fault);
	if (rc == 0)
		rc = launch(a, q, o, s, &ends, &out->fault);
	s->error_fd = fd_take(&ends.error[0]);
	s->exit_fd = fd_take(&ends.exit);
	s->go_fd = fd_take(&ends.go[1]);
	s->args_fd = fd_take(&ends.args);
	for (size_t i = 0; i < 3; i++)
		if (ends.far[i] >= 0)
			s->far[s->nfar++] = fd_take(&ends.far[i]);
	ends_close(&ends);
	if (rc == 0)
		rc = watch_add(a, s->error_fd, WATCH_ERROR, n, &out->fault);
	if (rc < 0 && s->pidfd >= 0)
		start_kill(a, s);
	else if (rc < 0)
		start_end(a, s);
	else if (o->args == ARGS_LATER)
		park(a, s, q, o);
	else
		start_await(a, s, out);
	return rc;
}

int spawn_start(void *self, const void *req, int *fd, struct reply *out)
{
	struct app *a = self;
	const struct spawn_start *q = req;
	struct objects o = { .args = a->host.now_op == SPAWN_RUN    ? fd[0]
				     : a->host.now_op == SPAWN_PARK ? ARGS_LATER
								    : ARGS_NONE };
	struct start *s = o.args >= 0 ? parked_for(a, q) : NULL;
	int rc;

	if (s)
		return parked_go(a, s, q, o.args, out);
	rc = check(a, q, &o, &out->fault);
	if (rc == 0 && o.args == ARGS_LATER && (q->flags || o.log))
		rc = fault_set(&out->fault, -EINVAL, "start.park", "only a plain run is parked");
	if (rc == 0)
		rc = check_args(o.plan, o.args, &out->fault);
	if (rc == 0)
		rc = template_get(a, q, o.plan, &o.template, &out->fault);
	return rc < 0 ? rc : begin(a, q, &o, out);
}

int spawn_signal(void *self, const void *req, int *fd, struct reply *out)
{
	struct app *a = self;
	const struct spawn_signal *q = req;
	const struct start *s = ROW_GET(a, starts, q->s);

	(void)fd;
	if (!s || s->kind != START_WORKLOAD || s->state != START_RUNNING ||
	    !tenant_same(s->t, q->t))
		return stale(&out->fault, "workload");
	if (q->signal == 0 || q->signal > 31 || q->signal == SIGKILL || q->signal == SIGSTOP ||
	    q->signal == SIGCHLD)
		return fault_set(&out->fault, -EINVAL, "start.signal", "signal %u is not forwarded",
				 q->signal);
	if (syscall(SYS_pidfd_send_signal, s->pidfd, (int)q->signal, NULL, 0) < 0)
		return fault_sys(&out->fault, "start.signal", "signalling the workload's init");
	return 0;
}
