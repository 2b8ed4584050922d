/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.c - looks after the workers, and takes everything down. Runs in: cloisterd. No allocation.
 */
#include "supervisor/daemon/daemon.h"
#include "lib/base/clock.h"
#include "lib/base/fd.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

enum { GRACE_MS = 2000, EXITS_FIRST = 64, EXITS_LAST = 78 };
static const uint64_t ms = 1000000;

/* The order of the first start: who is needed comes before who needs it. */
static const enum worker order[] = { WORKER_SPAWN, WORKER_NETD, WORKER_VOLUMED, WORKER_ENGINE };

static void say(const struct fault *f)
{
	(void)dprintf(2, "cloisterd: %s: %s\n", f->site, f->msg);
}

/* ---- starting ---- */

static int start_all(struct daemon *d, struct fault *f)
{
	struct workers *ws = &d->workers;
	int rc = 0;

	for (size_t i = 0; i < ARRAY_LEN(order) && rc == 0; i++)
		rc = worker_start(ws, order[i], f);
	for (size_t i = 0; i < ARRAY_LEN(order) && rc == 0; i++)
		rc = worker_connect(ws, order[i], true, f);
	return rc == 0 ? worker_feed(ws, WORKER_SPAWN, true, f) : rc;
}

/* One that died; its siblings get new ends. A failure is tried again after the back-off. */
static void start_again(struct daemon *d, enum worker id)
{
	struct fault f = { 0 };
	int rc = worker_start(&d->workers, id, &f);

	if (rc < 0) {
		say(&f);
		worker_ended(&d->workers, id);
		return;
	}
	rc = worker_connect(&d->workers, id, false, &f);
	if (rc == 0)
		rc = worker_feed(&d->workers, id, true, &f);
	if (rc < 0) {
		say(&f);
		worker_kill(&d->workers, id);
	}
}

/* ---- ends of processes ---- */

/* A set that never ran is not tried again for ever: whoever started us hears why. */
static void fail(struct daemon *d, int rc)
{
	d->failed = rc;
	d->end = END_STOP;
}

/* Codes of sysexits.h: somebody has to act, another start would end the same way. Workloads stay.
 */
static bool is_final(const siginfo_t *si)
{
	return si->si_code == CLD_EXITED && si->si_status >= EXITS_FIRST &&
	       si->si_status <= EXITS_LAST;
}

static void on_end(struct daemon *d, enum worker id, const siginfo_t *si)
{
	const char *name = worker_table[id].file;

	worker_ended(&d->workers, id);
	if (id == WORKER_SPAWN &&
	    d->places.fd[PLACE_MAKING] >= 0) { /* asked again of the next one */
		fd_close(&d->places.fd[PLACE_MAKING]);
		d->reload = true;
	}
	if (id == WORKER_ENGINE && si->si_code == CLD_EXITED && si->si_status == 0 &&
	    d->end == END_NONE) {
		d->end = END_DOWN;
		return;
	}
	if (d->end != END_NONE)
		return;
	if (is_final(si))
		d->code = si->si_status;
	if (!d->up || d->code)
		fail(d, -ECHILD);
	(void)dprintf(2, "cloisterd: worker.end: %s %s %d%s\n", name,
		      si->si_code == CLD_EXITED ? "exited with" : "was ended by signal",
		      si->si_status,
		      d->end == END_NONE ? "; it is started again"
		      : d->up		 ? "; it would again, so cloisterd ends; workloads stay"
					 : " at its start");
}

/* Workers, and strangers: workload inits whose spawn died. */
static void reap(struct daemon *d)
{
	for (;;) {
		siginfo_t si = { 0 };
		enum worker id;

		if (waitid(P_ALL, 0, &si, WEXITED | WNOHANG) < 0 || si.si_pid == 0)
			return;
		id = worker_by_pid(&d->workers, si.si_pid);
		if (id != WORKER_NONE)
			on_end(d, id, &si);
	}
}

static void on_signal(struct daemon *d)
{
	struct signalfd_siginfo si;

	while (read(d->signals, &si, sizeof(si)) == sizeof(si))
		if (si.ssi_signo == SIGHUP) /* also from a terminal that goes: it does not end us */
			d->reload = true;
		else if (si.ssi_signo != SIGCHLD && d->end == END_NONE)
			d->end = END_STOP;
	reap(d); /* one SIGCHLD may stand for many */
}

/* ---- the loop ---- */

/* Starts and kills whose time has come; returns ms to the next one, -1 none. */
static int on_time(struct daemon *d)
{
	uint64_t now = clock_boot_ns(), next = UINT64_MAX;

	for (int id = WORKER_NONE + 1; id < WORKER__COUNT; id++) {
		struct worker_state *w = &d->workers.w[id];

		if (w->next == 0)
			continue;
		if (w->next <= now && w->pid == 0)
			start_again(d, (enum worker)id);
		else if (w->next <= now)
			worker_kill(&d->workers, (enum worker)id);
		if (w->next > now && w->next < next)
			next = w->next;
	}
	return next == UINT64_MAX ? -1 : (int)((next - now) / ms) + 1;
}

/* The journals, every some seconds: ms to the next look. */
static int look_at_acts(struct daemon *d)
{
	uint64_t now = clock_boot_ns();

	if (now < d->acts_look)
		return (int)((d->acts_look - now) / ms) + 1;
	d->acts_look = now + ACTS_LOOK_MS * ms;
	for (enum worker id = WORKER_ENGINE; id < WORKER__COUNT; id++) {
		struct fault f = { 0 };
		int rc = worker_acts(&d->workers, id, &d->places, &f);

		if (rc < 0)
			say(&f);
		if (rc == -EPIPE)
			worker_kill(&d->workers, id);
	}
	return ACTS_LOOK_MS;
}

/* Once: everything runs. */
static void on_up(struct daemon *d)
{
	d->up = true;
	if (d->ready < 0)
		return;
	/* whoever waited may be gone; then nobody is told */
	DROP(write(d->ready, "", 1));
	fd_close(&d->ready);
	/* from here on nobody watches the terminal we were started from */
	(void)dup2(d->places.fd[PLACE_NULL], 0);
	(void)dup2(d->places.fd[PLACE_OUT], 1);
	(void)dup2(d->places.fd[PLACE_OUT], 2);
}

static bool all_ready(const struct daemon *d)
{
	for (int id = WORKER_NONE + 1; id < WORKER__COUNT; id++)
		if (!d->workers.w[id].ready)
			return false;
	return true;
}

/* ---- the policy block ---- */

/* A block that cannot be made: before the first nobody serves, later the old one stays. */
static void no_policy(struct daemon *d, const struct fault *f)
{
	say(f);
	if (d->fed)
		(void)dprintf(2, "cloisterd: policy: the policy of epoch %u stays\n",
			      d->host.epoch - 1);
	else
		fail(d, -EBADMSG);
}

/* The files to spawn's compiler, and the memory for what it makes of them: ours alone from the
 * start, so that no descriptor is taken from a worker. */
static int begin_policy(struct daemon *d, struct fault *f)
{
	AUTO_FD int request = host_request(&d->host, f);
	AUTO_FD int output = memfd_create("policy", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int rc = request < 0 ? request : 0;

	if (rc == 0 && output < 0)
		rc = fault_sys(f, "policy.output", "a memfd");
	if (rc == 0)
		rc = worker_policy_make(&d->workers, (const int[]){ request, output }, f);
	return rc < 0 ? rc : places_keep(&d->places, PLACE_MAKING, fd_take(&output), f);
}

/* The compiler is through. */
static int end_policy(struct daemon *d, struct fault *f)
{
	AUTO_FD int made = fd_take(&d->places.fd[PLACE_MAKING]);
	int rc = d->workers.made.err;

	*f = d->workers.made;
	if (rc == -EINVAL)
		host_say(made);
	if (rc == 0)
		rc = host_block(made, f);
	if (rc < 0)
		return rc;
	fd_close(&d->places.fd[PLACE_POLICY]);
	d->places.fd[PLACE_POLICY] = fd_take(&made);
	d->host.epoch++;
	return 0;
}

static void make_policy(struct daemon *d)
{
	struct fault f = { 0 };

	d->reload = false;
	if (begin_policy(d, &f) < 0)
		no_policy(d, &f);
}

/* To whoever runs; for all but spawn the first one is also the word to begin. */
static void policy_made(struct daemon *d)
{
	struct fault f = { 0 };

	if (end_policy(d, &f) < 0) {
		no_policy(d, &f);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		struct worker_state *w = &d->workers.w[order[i]];

		if (w->pid == 0 || w->edge < 0) /* it gets it when it is back */
			continue;
		if (worker_feed(&d->workers, order[i], !d->fed && order[i] != WORKER_SPAWN, &f) <
		    0) {
			say(&f);
			worker_kill(&d->workers, order[i]);
		}
	}
	if (d->fed)
		(void)dprintf(2, "cloisterd: policy: epoch %u holds now\n", d->host.epoch - 1);
	d->fed = true;
}

/* One at a time, and by a spawn that runs. */
static bool may_make(const struct daemon *d)
{
	return d->end == END_NONE && d->places.fd[PLACE_MAKING] < 0 &&
	       d->workers.w[WORKER_SPAWN].ready && (d->reload || !d->fed);
}

static void on_edge(struct daemon *d, enum worker id)
{
	struct fault f = { 0 };
	int rc = worker_hear(&d->workers, id, &f);

	if (rc == HEARD_MADE)
		policy_made(d);
	if (rc < 0 || rc == HEARD_REFUSED)
		say(&f);
	if (rc < 0) {
		worker_kill(&d->workers, id);
		if (!d->up)
			fail(d, rc);
	}
	if (!d->up && all_ready(d))
		on_up(d);
}

int daemon_run(struct daemon *d, struct fault *f)
{
	int rc = start_all(d, f);

	if (rc < 0)
		return rc;
	while (d->end == END_NONE) {
		struct pollfd p[WORKER__COUNT];
		int wait = on_time(d), look = look_at_acts(d);

		/* index 0 (WORKER_NONE) is free for the signals */
		p[0] = (struct pollfd){ .fd = d->signals, .events = POLLIN };
		for (int id = WORKER_NONE + 1; id < WORKER__COUNT; id++)
			p[id] = (struct pollfd){ .fd = d->workers.w[id].edge, .events = POLLIN };
		if (poll(p, ARRAY_LEN(p), wait < 0 || look < wait ? look : wait) < 0 &&
		    errno != EINTR)
			return fault_sys(f, "daemon.poll", "waiting");
		for (int id = WORKER_NONE + 1; id < WORKER__COUNT; id++)
			if (p[id].revents && p[id].fd == d->workers.w[id].edge)
				on_edge(d, (enum worker)id);
		if (p[0].revents)
			on_signal(d);
		if (may_make(d))
			make_policy(d);
	}
	if (d->failed)
		return fault_set(f, d->failed, "daemon.start",
				 d->up ? "a worker cannot serve" : "not every worker came up");
	return 0;
}

/* ---- the end ---- */

static bool any_left(const struct daemon *d)
{
	for (int id = WORKER_NONE + 1; id < WORKER__COUNT; id++)
		if (d->workers.w[id].pid)
			return true;
	return false;
}

/* The end of its edge tells each worker (I23); who is there after the grace is killed. */
static void end_workers(struct daemon *d)
{
	uint64_t end = clock_boot_ns() + GRACE_MS * ms;

	for (int id = WORKER_NONE + 1; id < WORKER__COUNT; id++)
		fd_close(&d->workers.w[id].edge);
	while (any_left(d) && clock_boot_ns() < 2 * GRACE_MS * ms + end) {
		struct pollfd p = { .fd = d->signals, .events = POLLIN };
		uint64_t now = clock_boot_ns();

		if (now >= end)
			for (int id = WORKER_NONE + 1; id < WORKER__COUNT; id++)
				worker_kill(&d->workers, (enum worker)id);
		(void)poll(&p, 1, now < end ? (int)((end - now) / ms) + 1 : GRACE_MS);
		on_signal(d);
	}
}

/* Is nothing left that the next cloisterd of this state directory would want to find? */
static bool may_go(const struct daemon *d)
{
	if (d->end == END_DOWN)
		return true;
	return (d->fresh || d->cg.generation >= 0) && !cgtree_busy(&d->cg);
}

int daemon_close(struct daemon *d, struct fault *f)
{
	int rc = 0, first = 0;

	if (d->places.fd[PLACE_LOCK] < 0)
		return 0; /* another's state directory, or none: nothing here is ours */
	end_workers(d);
	if (may_go(d)) {
		first = cgtree_remove(&d->cg, f);
		if (d->claim.dir >= 0)
			rc = claim_drop(&d->claim, f);
		(void)unlinkat(d->places.fd[PLACE_RUN], "cgroups",
			       0); /* may never have been made */
	}
	places_remove(&d->places);
	return first < 0 ? first : rc;
}
