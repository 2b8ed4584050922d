/* SPDX-License-Identifier: Apache-2.0 */
/*
 * starts.c - a start from its clone to its end: error pipe, answer, exit, clean-up.
 * Runs in: cloister-spawn. Never waits but for what it killed: every other wait is a descriptor in
 * the epoll set.
 */
#include "sandbox/enter.h"
#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "lib/plan/plan.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#define SECOND	 UINT64_C(1000000000)
#define START_NS (10 * SECOND) /* a start that takes longer is ended */

struct start *start_begin(struct app *a, struct tenant_ref t, enum start_kind kind, struct fault *f)
{
	struct start *s = row_take(a, TABLE_START, t, f);

	if (!s)
		return NULL;
	s->kind = (uint16_t)kind;
	s->pidfd = s->error_fd = s->exit_fd = s->go_fd = s->args_fd = s->sock = s->output = -1;
	return s;
}

/* At a deadline the start is ended; 0: it has none (any more). */
static void set_deadline(struct app *a, struct start *s, uint64_t ns)
{
	a->timed = a->timed + (ns != 0) - (s->deadline != 0);
	s->deadline = ns ? clock_boot_ns() + ns : 0;
}

void start_count(struct app *a, struct tenant_ref t, uint32_t n)
{
	a->running += n;
	a->tenants[t.index].running += n;
}

/* Gives back what a start held. Its slots stay the engine's to drop. */
static void end(struct app *a, struct start *s)
{
	struct row *g = row_get(a, TABLE_CGROUP, s->cgroup);
	struct plan_slot *p[] = { row_get(a, TABLE_PLAN, s->plan),
				  row_get(a, TABLE_PLAN, s->limits) };
	struct grip *net = row_get(a, TABLE_GRIP, s->net);

	set_deadline(a, s, 0);
	if (g)
		g->uses--;
	for (size_t i = 0; i < ARRAY_LEN(p); i++) {
		if (!p[i])
			continue;
		p[i]->row.uses--;
		plan_unuse(a, p[i]);
	}
	if (net && --net->row.uses == 0 && s->state < START_PENDING)
		net->used =
			false; /* nothing of the tenant's ran: it is the engine's to use or drop */
	else if (net && net->row.uses == 0)
		grip_close(a, net); /* never used again: its last user takes it along */
	fd_close(&s->pidfd);
	fd_close(&s->error_fd);
	fd_close(&s->exit_fd);
	fd_close(&s->go_fd);
	fd_close(&s->args_fd);
	fd_close(&s->output);
	for (size_t i = 0; i < s->nfar; i++)
		fd_close(&s->far[i]);
	if (s->kind == START_WORKLOAD && s->state >= START_PENDING)
		start_count(a, s->row.t, UINT32_MAX);
	if (s->among)
		--*s->among;
	if (s->kind == START_HELPER)
		cgroup_helper_drop(a, s->row.gen);
	row_free(a, TABLE_START, s);
}

void start_abort(struct app *a, struct start *s)
{
	siginfo_t si = { 0 };

	if (s->pidfd >= 0) {
		(void)syscall(SYS_pidfd_send_signal, s->pidfd, SIGKILL, NULL, 0);
		/* PID 1 of its namespace: the rest dies with it, and soon */
		(void)RETRY_EINTR(waitid(P_PIDFD, (id_t)s->pidfd, &si, WEXITED));
	}
	end(a, s);
}

int start_clone(struct app *a, struct start *s, struct enter *e, struct fault *f)
{
	struct clone_args c = {
		.flags = CLONE_PIDFD | CLONE_INTO_CGROUP | CLONE_CLEAR_SIGHAND,
		.pidfd = (__u64)(uintptr_t)&s->pidfd,
		.exit_signal = SIGCHLD,
		.cgroup = (__u64)(unsigned)e->cgroup,
	};
	int error[2];

	/* NONBLOCK: an event of a row's last user must not make the spawner wait for its next. A
	 * terminal's far end comes by it. */
	if (e->tty ? socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, error)
		   : pipe2(error, O_CLOEXEC | O_NONBLOCK))
		return fault_sys(f, "start.pipes", "making a pipe");
	s->error_fd = error[0];
	e->a = a;
	e->error = error[1];
	if (e->plan)
		e->extra[INIT_FD_ERROR - INIT_FD_PLAN] = error[1];
	s->tty = e->tty;
	if (!e->of)
		c.flags |= CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
			   CLONE_NEWCGROUP | (e->netns < 0 ? CLONE_NEWNET : 0);
	if (PLAN_LACKS(e->plan, ABLATE_NS))
		c.flags &= ~(__u64)(CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWCGROUP);
	/* its copy is the child's; a constant plan may want that of our own. An exec is born in the
	 * workload's pid namespace, which cannot be entered later, and takes the others itself. */
	if (e->of ? ns_join(e->of->pidfd, CLONE_NEWPID) < 0
		  : e->ns >= 0 && setns(e->ns, CLONE_NEWNS) < 0) {
		s->pid = fault_sys(f, "start.template", "entering the %s namespace",
				   e->of ? "pid" : "mount");
	} else {
		s->pid = (pid_t)syscall(SYS_clone3, &c, sizeof(c));
		if (s->pid == 0)
			enter_run(e);
		if (s->pid < 0)
			s->pid = fault_sys(f, "start.clone", "clone3");
	}
	if (e->ns >= 0)
		ns_home(a);
	if (e->of && setns(a->o.base_pid, CLONE_NEWPID) < 0)
		abort(); /* or the next start would be in there */
	fd_close(&error[1]);
	return s->pid < 0
		       ? s->pid
		       : watch_add(a, s->error_fd, WATCH_ERROR, row_number(a, TABLE_START, s), f);
}

void start_no_stdin(struct start *s)
{
	fd_close(&s->far[0]);
	memmove(&s->far[0], &s->far[1], sizeof(s->far[0]) * --s->nfar);
}

int start_stdio(const struct app *a, struct start *s, struct enter *e, uint32_t flags, int log)
{
	uid_t w = tenant_uid(a, e->t, ID_WORKLOAD);
	int rc = 0;

	e->tty = flags & START_TTY;
	(void)syscall(SYS_setfsuid, w);
	(void)syscall(SYS_setfsgid, w);
	for (int i = 0; rc == 0 && !e->tty && i < 3; i++) {
		e->stdio[i] = i > 0 && log >= 0 ? log : start_pipe(s, i == 0);
		rc = e->stdio[i] < 0 ? -1 : 0;
	}
	(void)syscall(SYS_setfsuid, 0);
	(void)syscall(SYS_setfsgid, 0);
	if (flags & START_NO_STDIN && rc == 0)
		start_no_stdin(s);
	return rc;
}

int start_pipe(struct start *s, bool near_reads)
{
	int p[2];

	if (pipe2(p, O_CLOEXEC) < 0)
		return -1;
	s->far[s->nfar++] = p[near_reads];
	return p[!near_reads];
}

/* From here the request is answered by the error pipe (launch L7). */
void start_await(struct app *a, struct start *s, struct reply *out)
{
	s->state = START_PENDING;
	if (s->kind == START_WORKLOAD)
		start_count(a, s->row.t, 1);
	s->sock = a->host.now_sock;
	s->op = a->host.now_op;
	s->seq = a->host.now_seq;
	s->about = a->host.now_about;
	set_deadline(a, s, START_NS);
	out->later = 1;
}

struct start *start_parked(struct app *a, struct slot slot)
{
	struct start *s = row_get(a, TABLE_START, slot);

	return s && s->state == START_PARKED ? s : NULL;
}

void start_unpark(struct app *a, struct slot slot)
{
	struct start *s = start_parked(a, slot);

	if (s)
		start_abort(a, s);
}

/* An engine that does not read loses its edge: it is started anew and asks for what lives. */
static void sent(struct app *a, int rc)
{
	if (rc == 0)
		return;
	if (rc == -ENOMEM) /* as in op_serve() */
		_exit(1);
	start_orphan(a, a->edge[WORKER_ENGINE]);
	fd_close(&a->edge[WORKER_ENGINE]);
}

static void answer(struct app *a, struct start *s, struct reply *r)
{
	op_after(&a->host, s->op, r->code, &s->about);
	s->told = s->sock >= 0 && s->sock == a->edge[WORKER_ENGINE];
	if (s->told)
		sent(a, reply_send(s->sock, s->op, s->seq, r));
	else if (s->sock == a->edge[WORKER_NONE])
		DROP(reply_send(s->sock, s->op, s->seq, r)); /* it is gone: so are we, soon */
	reply_fini(r);
	s->sock = -1;
}

static void failed(struct app *a, struct start *s, struct start_error e)
{
	const struct cgroup_row *g = row_get(a, TABLE_CGROUP, s->cgroup);
	bool program = e.stage == STAGE_PROGRAM;
	struct reply r;

	reply_init(&r);
	r.code = fault_set(&r.fault, -e.err, program ? "start.program" : "start.stage", "%s: %s",
			   program ? "the program" : stage_name(e.stage), strerrordesc_np(e.err));
	r.value[0] = program;
	if (g)
		cgroup_kill_all(g);
	answer(a, s, &r);
	start_abort(a, s);
}

static void started(struct app *a, struct start *s)
{
	struct slot self = row_slot(a, TABLE_START, s);
	struct reply r;
	struct fault f;

	set_deadline(a, s, s->seconds * SECOND);
	fd_close(&s->error_fd); /* leaves the epoll set with it */
	s->state = START_RUNNING;
	reply_init(&r);
	if (s->output >= 0) { /* answered at its end */
		if (watch_add(a, s->pidfd, WATCH_PIDFD, self.n, &f) < 0)
			failed(a, s, (struct start_error){ .stage = STAGE_INIT, .err = EMFILE });
		return;
	}
	r.slot = s->log.gen ? s->log : self;
	r.value[0] = (uint64_t)s->pid;
	if (!s->log.gen)
		r.fd[r.nfds++] = fcntl(s->pidfd, F_DUPFD_CLOEXEC, 0);
	if ((r.nfds && r.fd[0] < 0) || watch_add(a, s->pidfd, WATCH_PIDFD, self.n, &f) < 0) {
		reply_fini(&r);
		failed(a, s, (struct start_error){ .stage = STAGE_INIT, .err = EMFILE });
		return;
	}
	for (uint32_t i = 0; i < s->nfar; i++)
		r.fd[r.nfds++] = s->far[i];
	s->nfar = 0;
	answer(a, s, &r);
}

/* The next record of the error channel; with the one that a terminal begins with comes its far end.
 */
static ssize_t hear(struct start *s, struct start_error *e)
{
	struct statfs fs;
	ssize_t got;
	int far;

	if (!s->tty)
		return RETRY_EINTR(read(s->error_fd, e, sizeof(*e)));
	got = fd_recv(s->error_fd, e, sizeof(*e), &far);
	if (far < 0)
		return got ? got : 1; /* it must not begin without */
	s->far[s->nfar++] = far;
	s->tty = fstatfs(far, &fs) < 0 || fs.f_type != DEVPTS_SUPER_MAGIC;
	return s->tty ? got : hear(s, e); /* a record of no stage is refused */
}

void start_on_error(struct app *a, uint32_t n)
{
	struct start *s = &a->starts[n];
	struct start_error e;
	ssize_t got;

	if (!s->row.gen || (s->state != START_PENDING && s->state != START_PARKED))
		return;
	got = hear(s, &e);
	if (got < 0 && errno == EAGAIN) /* news of the row's last user */
		return;
	if (got != 0 && (got != (ssize_t)sizeof(e) || e.stage == STAGE_NONE ||
			 e.stage >= STAGE__COUNT || e.err <= 0 || e.err > 4095))
		e = (struct start_error){ .stage = STAGE_INIT, .err = EPROTO };
	if (s->state == START_PARKED) /* not to be: the run makes one and says why */
		start_abort(a, s);
	else if (got == 0)
		started(a, s);
	else
		failed(a, s, e);
}

/* What init wrote: a claim (I17). */
static bool read_record(const struct start *s, struct exit_record *r)
{
	return pread(s->exit_fd, r, sizeof(*r), 0) == (ssize_t)sizeof(*r) &&
	       memcmp(r->magic, "CLEXIT\0\1", 8) == 0;
}

int start_ready(void *self, const void *req, int *fd UNUSED, struct reply *out)
{
	const struct spawn_slot *q = req;
	const struct start *s = row_own(self, TABLE_START, q->t, q->s, &out->fault);
	uint32_t none = s && s->exit_fd < 0 ? READY_LOST : READY_NOT;
	struct exit_record r;

	if (!s)
		return out->fault.err;
	out->value[0] = read_record(s, &r) && r.ready <= READY_BLIND ? r.ready : none;
	return 0;
}

/* The same, range-checked. */
static void take_claim(const struct start *s, struct spawn_exit *x)
{
	struct exit_record r;

	if (!read_record(s, &r) || r.kind == CLAIM_NONE || r.kind > CLAIM_EXEC_FAILED ||
	    r.code < 0 || r.code > 255 || r.signal < 0 || r.signal > 64 || r.err > 4095)
		return;
	x->claim_kind = r.kind;
	x->claim_code = r.code;
	x->claim_signal = r.signal;
	x->claim_errno = r.err;
	x->utime_us = r.utime_us;
	x->stime_us = r.stime_us;
}

void start_on_exit(struct app *a, uint32_t n)
{
	struct start *s = &a->starts[n];
	struct cgroup_row *g = row_get(a, TABLE_CGROUP, s->cgroup);
	struct spawn_exit x = { .s = row_slot(a, TABLE_START, s), .boottime = clock_boot_ns() };
	const struct frame_out o = { FRAME_EVENT | SPAWN_EV_EXIT, 0, &x, sizeof(x), NULL, 0 };
	siginfo_t si = { 0 };

	if (!s->row.gen || s->state != START_RUNNING)
		return;
	if (s->adopted) {
		x.flags = EXIT_UNSEEN; /* another is its parent */
	} else {
		if (waitid(P_PIDFD, (id_t)s->pidfd, &si, WEXITED | WNOHANG) < 0 || si.si_pid == 0)
			return;
		x.status = si.si_code;
		x.value = si.si_status;
	}
	if (s->output >= 0) {
		struct reply r;

		reply_init(&r);
		a->host.now_sock = s->sock; /* one end may be the next one's beginning */
		a->host.now_op = s->op;
		a->host.now_seq = s->seq;
		a->host.now_about = s->about;
		if (s->plan.gen)
			plan_proved(a, s, &si, &r);
		else
			compile_ended(a, s, &si, &r);
		if (!r.later)
			answer(a, s, &r);
		end(a, s);
		return;
	}
	take_claim(s, &x);
	x.oom = g ? cgroup_oom_kills(a, g) : 0;
	if (a->edge[WORKER_ENGINE] >= 0 && !s->log.gen)
		sent(a, frame_send(a->edge[WORKER_ENGINE], &o));
	if (s->told)
		g = NULL;
	end(a, s);
	if (g) /* it ended before the walk came to it: nobody else knows of it */
		cgroup_abandon(a, g);
}

void start_expire(struct app *a)
{
	const struct start_error late = { .stage = STAGE_INIT, .err = ETIMEDOUT };
	uint64_t now = a->timed ? clock_boot_ns() : 0;

	if (now < a->expire_at || !a->timed)
		return;
	a->expire_at = now + SECOND;
	for (uint32_t i = 0; i < a->rows[TABLE_START].top; i++) {
		struct start *s = &a->starts[i];

		if (!s->row.gen || !s->deadline || s->deadline > now)
			continue;
		if (s->state == START_PENDING)
			failed(a, s, late);
		else /* a helper that outlived its plan: its exit is told as any */
			(void)syscall(SYS_pidfd_send_signal, s->pidfd, SIGKILL, NULL, 0);
	}
}

void start_orphan(struct app *a, int sock)
{
	for (uint32_t i = 0; i < a->rows[TABLE_START].top; i++)
		if (a->starts[i].row.gen && a->starts[i].sock == sock)
			a->starts[i].sock = -1;
	/* an exec without an engine: its client is gone, and nobody else knows of it */
	for (uint32_t i = 0; sock == a->edge[WORKER_ENGINE] && i < a->rows[TABLE_START].top; i++)
		if (a->starts[i].row.gen && a->starts[i].kind == START_EXEC)
			(void)syscall(SYS_pidfd_send_signal, a->starts[i].pidfd, SIGKILL, NULL, 0);
}
