/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker.c - starts, joins and ends the long-lived programs. Runs in: cloisterd. No allocation.
 * Must not: read a frame's body but for its code, take a descriptor from a worker.
 */
#include "supervisor/daemon/worker.h"
#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "lib/wire/frame.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define EDGE(w) (1u << WORKER_##w)

enum {
	BACKOFF_FIRST_MS = 100,
	BACKOFF_MOST_MS = 10000,
	GOING_MS = 2000, /* from the end of its edge to the end of its process */
};
static const uint64_t ms = 1000000;

/* Numbers are the order of the first start: see main. Edges: security-model.md 3.1. */
const struct worker_row worker_table[WORKER__COUNT] = {
	[WORKER_ENGINE] = { .file = "cloister-engine",
			    .program = PROG_ENGINE,
			    .edges = EDGE(SPAWN) | EDGE(NETD) | EDGE(VOLUMED),
			    .acts = PLACE_NULL,
			    .registry = PLACE_REG_RO,
			    .nplaces = 5,
			    .place = { PLACE_CONTROL, PLACE_STATE, PLACE_LOGS, PLACE_LIBRARY,
				       PLACE_ETC } },
	[WORKER_SPAWN] = { .file = "cloister-spawn",
			   .program = PROG_SPAWN,
			   .edges = EDGE(ENGINE) | EDGE(NETD) | EDGE(VOLUMED),
			   .acts = PLACE_ACTS_SPAWN,
			   .registry = PLACE_REG_RW,
			   .nplaces = 5,
			   .place = { PLACE_W, PLACE_EXIT, PLACE_IDS, PLACE_PROGRAMS,
				      PLACE_CGROUPS },
			   .cgroups = true },
	[WORKER_NETD] = { .file = "cloister-netd",
			  .program = PROG_NETD,
			  .edges = EDGE(ENGINE) | EDGE(SPAWN),
			  .acts = PLACE_ACTS_NETD,
			  .registry = PLACE_REG_RO },
	[WORKER_VOLUMED] = { .file = "cloister-volumed",
			     .program = PROG_VOLUMED,
			     .edges = EDGE(ENGINE) | EDGE(SPAWN),
			     .acts = PLACE_ACTS_VOLUMED,
			     .registry = PLACE_REG_RO,
			     .nplaces = 1,
			     .place = { PLACE_PUB } },
};

static const char *name_of(enum worker id)
{
	return worker_table[id].file;
}

int workers_open(struct workers *ws, struct fault *f)
{
	for (int id = WORKER_NONE + 1; id < WORKER__COUNT; id++) {
		struct worker_state *w = &ws->w[id];
		AUTO_FD int fd = openat(ws->places->fd[PLACE_PROGRAMS], worker_table[id].file,
					O_PATH | O_CLOEXEC);
		int high = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, PLACE_LOW);

		if (high < 0)
			return fault_sys(f, "worker.open", "%s beside cloisterd",
					 worker_table[id].file);
		*w = (struct worker_state){ .program = high, .pidfd = -1, .edge = -1 };
	}
	return 0;
}

/* ---- the child ---- */

static int place_fds(const struct workers *ws, const struct worker_row *r, int edge, unsigned *ret)
{
	const int *p = ws->places->fd;
	const int first[] = { p[PLACE_NULL], p[PLACE_OUT], p[PLACE_OUT],
			      edge,	     p[r->acts],   p[r->registry] };
	unsigned n = 0;

	/* Sources are all PLACE_LOW or higher, so no step takes what a later one needs. */
	for (size_t i = 0; i < ARRAY_LEN(first); i++)
		if (dup2(first[i], (int)n++) < 0)
			return -1;
	for (size_t i = 0; i < r->nplaces; i++)
		if (dup2(p[r->place[i]], (int)n++) < 0)
			return -1;
	for (size_t i = 0; r->cgroups && i < ws->ncgroup; i++)
		if (dup2(ws->cgroup[i], (int)n++) < 0)
			return -1;
	*ret = n;
	return 0;
}

static _Noreturn void become(const struct workers *ws, enum worker id, int edge)
{
	const struct worker_row *r = &worker_table[id];
	char *const argv[] = { (char *)(uintptr_t)r->file, NULL }; /* execve does not write to it */
	char *const envp[] = { NULL };
	struct fault f = { 0 };
	sigset_t none;
	unsigned n = 0;

	if (place_fds(ws, r, edge, &n) < 0 || close_range(n, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
		(void)fault_sys(&f, "worker.fds", "descriptors");
	else if (harden_become(r->program, ws->own_base, &f) == 0) {
		(void)sigemptyset(&none);
		(void)sigprocmask(SIG_SETMASK, &none, NULL); /* cannot fail with these arguments */
		(void)execveat(ws->w[id].program, "", argv, envp, AT_EMPTY_PATH);
		(void)fault_sys(&f, "worker.exec", "starting the program");
	}
	(void)dprintf(2, "%s: %s: %s\n", r->file, f.site, f.msg);
	_exit(127);
}

int worker_start(struct workers *ws, enum worker id, struct fault *f)
{
	struct worker_state *w = &ws->w[id];
	int pair[2], pidfd = -1;
	struct clone_args a = { .flags = CLONE_PIDFD | CLONE_INTO_CGROUP | CLONE_CLEAR_SIGHAND,
				.pidfd = (uintptr_t)&pidfd,
				.exit_signal = SIGCHLD,
				.cgroup = (uint64_t)(uint32_t)ws->generation };
	AUTO_FD int far = -1;
	long pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fault_sys(f, "worker.edge", "edge to %s", name_of(id));
	fd_close(&w->edge);
	w->edge = pair[0];
	far = fcntl(pair[1], F_DUPFD_CLOEXEC, PLACE_LOW);
	(void)close(pair[1]); /* Linux frees the number whatever close says */
	if (far < 0 || fcntl(w->edge, F_SETFL, O_NONBLOCK) < 0)
		return fault_sys(f, "worker.edge", "edge to %s", name_of(id));
	pid = syscall(SYS_clone3, &a, sizeof(a));
	if (pid < 0)
		return fault_sys(f, "worker.clone", "starting %s", name_of(id));
	if (pid == 0)
		become(ws, id, far);
	w->pid = (pid_t)pid;
	w->pidfd = pidfd;
	w->starts++;
	w->ready = false;
	w->began = clock_boot_ns();
	w->next = 0;
	return 0;
}

/* ---- words to a worker ---- */

static int tell(struct workers *ws, enum worker to, struct frame_out o)
{
	o.seq = o.op;
	return frame_send(ws->w[to].edge, &o);
}

static int tell_edge(struct workers *ws, enum worker to, const struct parent_edge *e, const int *fd)
{
	return tell(
		ws, to,
		(struct frame_out){
			.op = PARENT_EDGE, .body = e, .size = sizeof(*e), .fd = fd, .nfds = 1 });
}

static int join(struct workers *ws, enum worker a, enum worker b, struct fault *f)
{
	const uint32_t starts_a = ws->w[a].starts, starts_b = ws->w[b].starts;
	const struct parent_edge to_a = { b, (uint32_t)ws->w[b].pid, starts_b, starts_a },
				 to_b = { a, (uint32_t)ws->w[a].pid, starts_a, starts_b };
	AUTO_FD int end_a = -1, end_b = -1;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fault_sys(f, "worker.join", "%s to %s", name_of(a), name_of(b));
	end_a = pair[0];
	end_b = pair[1];
	/* A sibling that does not read any more is ended, and joined again when it is back. */
	if (tell_edge(ws, b, &to_b, &end_b) < 0)
		worker_kill(ws, b);
	if (tell_edge(ws, a, &to_a, &end_a) < 0)
		return fault_set(f, -EPIPE, "worker.join", "%s does not listen", name_of(a));
	return 0;
}

int worker_connect(struct workers *ws, enum worker id, bool later, struct fault *f)
{
	for (int peer = later ? (int)id + 1 : WORKER_NONE + 1; peer < WORKER__COUNT; peer++) {
		int rc;

		if (!(worker_table[id].edges & 1u << peer) || ws->w[peer].pid == 0 ||
		    ws->w[peer].edge < 0)
			continue;
		rc = join(ws, id, (enum worker)peer, f);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int worker_policy_make(struct workers *ws, const int fd[2], struct fault *f)
{
	int rc = tell(ws, WORKER_SPAWN,
		      (struct frame_out){ .op = SPAWN_POLICY_MAKE, .fd = fd, .nfds = 2 });

	return rc < 0 ? fault_set(f, rc, "worker.policy", "cloister-spawn does not listen") : 0;
}

int worker_feed(struct workers *ws, enum worker id, bool run, struct fault *f)
{
	int rc =
		tell(ws, id,
		     (struct frame_out){
			     .op = PARENT_POLICY, .fd = &ws->places->fd[PLACE_POLICY], .nfds = 1 });

	if (rc == 0 && run)
		rc = tell(ws, id, (struct frame_out){ .op = PARENT_RUN });
	return rc < 0 ? fault_set(f, rc, "worker.feed", "%s does not listen", name_of(id)) : 0;
}

int worker_acts(struct workers *ws, enum worker id, struct places *p, struct fault *f)
{
	enum place which = worker_table[id].acts;
	int rc = which == PLACE_NULL ? 0 : places_next_acts(p, which, f);

	if (rc <= 0 || ws->w[id].pid == 0 || ws->w[id].edge < 0)
		return rc; /* it begins with the new one when it is back */
	rc = tell(ws, id, (struct frame_out){ .op = PARENT_ACTS, .fd = &p->fd[which], .nfds = 1 });
	return rc < 0 ? fault_set(f, -EPIPE, "worker.acts", "%s does not listen", name_of(id)) : 0;
}

int worker_hear(struct workers *ws, enum worker id, struct fault *f)
{
	struct worker_state *w = &ws->w[id];
	struct frame fr;
	struct reply r;
	int rc = frame_recv(w->edge, &fr, f);

	if (rc == -EAGAIN)
		return 0;
	if (rc < 0)
		return rc;
	if (rc == 0) {
		/* It is ending, or has shut its ears: give its exit a moment to come. */
		fd_close(&w->edge);
		w->next = clock_boot_ns() + GOING_MS * ms;
		return HEARD_CLOSED;
	}
	rc = reply_take(&fr, &r);
	if (rc < 0)
		return fault_set(f, rc, "worker.hear", "%s sent what is no answer", name_of(id));
	reply_fini(&r); /* no descriptor is taken from a worker */
	if (id == WORKER_SPAWN && fr.head.seq == SPAWN_POLICY_MAKE) {
		ws->made = r.fault;
		ws->made.err = r.code;
		return HEARD_MADE;
	}
	if (r.code < 0) {
		/* it cannot serve, and is about to say by its exit code whether it ever will */
		(void)fault_set(f, r.code, r.fault.site, "%s: %s", name_of(id), r.fault.msg);
		fd_close(&w->edge);
		w->next = clock_boot_ns() + GOING_MS * ms;
		return HEARD_REFUSED;
	}
	if (fr.head.seq == PARENT_RUN)
		w->ready = true;
	return 0;
}

/* ---- its end ---- */

void worker_kill(struct workers *ws, enum worker id)
{
	struct worker_state *w = &ws->w[id];

	if (w->pidfd >= 0)
		(void)syscall(SYS_pidfd_send_signal, w->pidfd, SIGKILL, NULL, 0); /* ESRCH: gone */
	fd_close(&w->edge);
	w->next = 0;
}

void worker_ended(struct workers *ws, enum worker id)
{
	struct worker_state *w = &ws->w[id];
	uint64_t now = clock_boot_ns();

	fd_close(&w->edge);
	fd_close(&w->pidfd);
	w->pid = 0;
	w->ready = false;
	if (w->backoff == 0 || now - w->began > BACKOFF_MOST_MS * ms)
		w->backoff = BACKOFF_FIRST_MS * ms;
	w->next = now + w->backoff;
	w->backoff *= 2;
	if (w->backoff > BACKOFF_MOST_MS * ms)
		w->backoff = BACKOFF_MOST_MS * ms;
}

enum worker worker_by_pid(const struct workers *ws, pid_t pid)
{
	for (int id = WORKER_NONE + 1; id < WORKER__COUNT; id++)
		if (pid > 0 && ws->w[id].pid == pid)
			return (enum worker)id;
	return WORKER_NONE;
}
