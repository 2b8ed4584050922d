/* SPDX-License-Identifier: Apache-2.0 */
/*
 * starts.c - a start from its clone to its end: error pipe, answer, exit, clean-up.
 * Runs in: cloister-spawn. Never waits: every wait is a descriptor in the epoll set.
 */
#include "sandbox/enter.h"
#include "lib/base/clock.h"
#include "lib/base/fd.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define START_NS UINT64_C(10000000000) /* a start that takes longer is ended */

uint32_t start_begin(struct app *a, struct fault *f)
{
	uint32_t n = ROW_TAKE(a, starts);
	struct start *s;

	if (n == SLOT_NONE) {
		(void)fault_set(f, -ENOSPC, "start.full", "%d processes are the bound", STARTS_MAX);
		return n;
	}
	s = &a->starts[n];
	s->pidfd = s->error_fd = s->exit_fd = s->go_fd = s->args_fd = -1;
	for (size_t i = 0; i < ARRAY_LEN(s->far); i++)
		s->far[i] = -1;
	s->cgroup.n = s->plan.n = s->net.n = SLOT_NONE;
	s->sock = -1;
	return n;
}

/* Gives back what a start held. Its slots stay the engine's to drop. */
void start_end(struct app *a, struct start *s)
{
	struct cgroup_row *g = ROW_GET(a, cgroups, s->cgroup);
	struct plan_slot *p = ROW_GET(a, plans, s->plan);
	struct grip *net = ROW_GET(a, grips, s->net);

	if (s->state == START_PENDING)
		a->pending--;
	if (g)
		g->uses--;
	if (p)
		p->uses--;
	/* a namespace is never used again: its last user takes it along */
	if (net && --net->uses == 0)
		grip_close(a, net);
	fd_close(&s->pidfd);
	fd_close(&s->error_fd);
	fd_close(&s->exit_fd);
	fd_close(&s->go_fd);
	fd_close(&s->args_fd);
	for (size_t i = 0; i < ARRAY_LEN(s->far); i++)
		fd_close(&s->far[i]);
	if (s->kind == START_HELPER)
		helper_cgroup_drop(a, s);
	else if (s->t.gen)
		a->tenants[s->t.index].live--;
	s->gen = 0;
	s->state = START_FREE;
}

/* From here the request is answered by the error pipe (launch L7). */
void start_await(struct app *a, struct start *s, struct reply *out)
{
	a->pending++;
	s->state = START_PENDING;
	s->sock = a->host.now_sock;
	s->op = a->host.now_op;
	s->seq = a->host.now_seq;
	s->deadline = clock_boot_ns() + START_NS;
	out->later = 1;
}

static void answer(struct app *a, struct start *s, struct reply *r)
{
	/* an engine that does not read is dropped by the loop at its next frame */
	if (s->sock >= 0 && s->sock == a->edge[WORKER_ENGINE])
		DROP(reply_send(s->sock, s->op, s->seq, r));
	reply_fini(r);
	s->sock = -1;
}

void start_kill(struct app *a, struct start *s)
{
	siginfo_t si = { 0 };

	(void)syscall(SYS_pidfd_send_signal, s->pidfd, SIGKILL, NULL, 0);
	/* PID 1 of its namespace: the rest dies with it, and soon */
	(void)RETRY_EINTR(waitid(P_PIDFD, (id_t)s->pidfd, &si, WEXITED));
	start_end(a, s);
}

struct start *start_parked(struct app *a, struct slot slot)
{
	struct start *s = ROW_GET(a, starts, slot);

	return s && s->state == START_PARKED ? s : NULL;
}

static void failed(struct app *a, uint32_t n, const struct start_error *e)
{
	struct start *s = &a->starts[n];
	struct cgroup_row *g = ROW_GET(a, cgroups, s->cgroup);
	struct reply r;

	reply_init(&r);
	r.code = fault_set(&r.fault, -e->err,
			   e->stage == STAGE_PROGRAM ? "start.program" : "start.stage", "%s: %s",
			   e->stage == STAGE_PROGRAM ? "the program" : stage_name(e->stage),
			   strerrordesc_np(e->err));
	r.value[0] = e->stage == STAGE_PROGRAM;
	if (g)
		cgroup_kill_all(a, g);
	answer(a, s, &r);
	start_kill(a, s);
}

static void started(struct app *a, uint32_t n)
{
	struct start *s = &a->starts[n];
	struct reply r;
	struct fault f;

	a->pending--;
	fd_close(&s->error_fd); /* leaves the epoll set with it */
	s->state = START_RUNNING;
	reply_init(&r);
	r.slot = s->log.gen ? s->log : (struct slot){ n, s->gen };
	if (!s->log.gen)
		r.fd[r.nfds++] = fcntl(s->pidfd, F_DUPFD_CLOEXEC, 0);
	for (uint32_t i = 0; i < s->nfar; i++)
		r.fd[r.nfds++] = fd_take(&s->far[i]);
	r.value[0] = (uint64_t)s->pid;
	if ((r.nfds && r.fd[0] < 0) || watch_add(a, s->pidfd, WATCH_PIDFD, n, &f) < 0) {
		struct start_error e = { .stage = STAGE_INIT, .err = EMFILE };

		reply_fini(&r);
		failed(a, n, &e);
		return;
	}
	answer(a, s, &r);
}

void start_on_error(struct app *a, uint32_t n)
{
	struct start *s = &a->starts[n];
	struct start_error e;
	ssize_t got;

	if (s->state == START_PARKED) /* it could not be made: the run makes one and says why */
		start_kill(a, s);
	if (s->state != START_PENDING)
		return;
	got = RETRY_EINTR(read(s->error_fd, &e, sizeof(e)));
	if (got < 0 && errno == EAGAIN) /* news of the row's last user */
		return;
	if (got == 0) {
		started(a, n);
		return;
	}
	if (got != (ssize_t)sizeof(e) || e.stage == STAGE_NONE || e.stage >= STAGE__COUNT ||
	    e.err <= 0 || e.err > 4095)
		e = (struct start_error){ .stage = STAGE_INIT, .err = EPROTO };
	failed(a, n, &e);
}

/* What init wrote: a claim (I17). */
static bool read_record(const struct start *s, struct exit_record *r)
{
	return s->exit_fd >= 0 && pread(s->exit_fd, r, sizeof(*r), 0) == (ssize_t)sizeof(*r) &&
	       memcmp(r->magic, "CLEXIT\0\1", 8) == 0;
}

bool start_is_ready(const struct app *a, struct slot cgroup)
{
	struct exit_record r;

	for (uint32_t i = 0; i < STARTS_MAX; i++)
		if (a->starts[i].gen && a->starts[i].cgroup.n == cgroup.n &&
		    a->starts[i].cgroup.gen == cgroup.gen)
			return read_record(&a->starts[i], &r) && r.ready == 1;
	return false;
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
	struct cgroup_row *g = ROW_GET(a, cgroups, s->cgroup);
	struct spawn_exit x = { .s = { n, s->gen }, .boottime = clock_boot_ns() };
	const struct frame_out o = { .op = FRAME_EVENT | SPAWN_EV_EXIT,
				     .body = &x,
				     .size = sizeof(x) };
	siginfo_t si = { 0 };

	if (s->state != START_RUNNING)
		return;
	if (s->adopted) {
		x.flags = EXIT_UNSEEN; /* another is its parent */
	} else {
		if (waitid(P_PIDFD, (id_t)s->pidfd, &si, WEXITED | WNOHANG) < 0 || si.si_pid == 0)
			return;
		x.status = si.si_code;
		x.value = si.si_status;
	}
	take_claim(s, &x);
	x.oom = g ? cgroup_oom_kills(a, g) : 0;
	if (a->edge[WORKER_ENGINE] >= 0 && !s->log.gen)
		/* an engine that is gone asks for what lives when it is back */
		DROP(frame_send(a->edge[WORKER_ENGINE], &o));
	start_end(a, s);
}

void start_expire(struct app *a)
{
	struct start_error late = { .stage = STAGE_INIT, .err = ETIMEDOUT };
	uint64_t now = a->pending ? clock_boot_ns() : 0;

	for (uint32_t i = 0; a->pending && i < STARTS_MAX; i++)
		if (a->starts[i].gen && a->starts[i].state == START_PENDING &&
		    a->starts[i].deadline <= now)
			failed(a, i, &late);
}

int start_next_timeout(const struct app *a)
{
	return a->pending ? 1000 : -1;
}

/* The engine went away: its open questions have nobody left to hear the answer. */
void start_orphan(struct app *a, int sock)
{
	for (uint32_t i = 0; i < STARTS_MAX; i++)
		if (a->starts[i].gen && a->starts[i].sock == sock)
			a->starts[i].sock = -1;
}
