/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peers.c - frames to the privileged programs and from cloisterd. Runs in: cloister-engine.
 * Must not: know what an answer means.
 */
#include "supervisor/engine/peers.h"
#include "supervisor/engine/events.h"
#include "supervisor/engine/workloads.h"
#include "lib/asks/spawn.h"
#include "lib/base/fd.h"
#include "lib/plan/policy.h"
#include "lib/wire/op.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-event.h>

/* syscalls engine: epoll_wait epoll_pwait epoll_ctl epoll_create1 recvmsg sendmsg fcntl mmap munmap
 */
/* syscalls engine: fstat newfstatat close read write brk mremap mprotect madvise futex exit_group
 */
/* syscalls engine: timerfd_create timerfd_settime clock_gettime getpid gettid rt_sigprocmask */
/* syscalls engine: rt_sigaction rt_sigreturn getrandom tgkill restart_syscall ioctl prctl eventfd2
 */

enum ask_state { ASK_FREE = 0, ASK_QUEUED, ASK_SENT, ASK_FAILED };
enum { ASK_NONE = UINT16_MAX, ASK_BITS = 11, EDGE_WAIT_S = 10 };
_Static_assert(ASKS_MAX == 1 << ASK_BITS, "the row is in the sequence number");

struct ask {
	uint16_t state, worker, op, size;
	uint16_t next; /* of the free list or of the worker's queue */
	uint32_t seq, nfds;
	int fd[FRAME_FDS_MAX];
	struct answer a;
	uint8_t body[ASK_BODY_MAX] __attribute__((aligned(8)));
};

struct peer {
	int fd;
	uint32_t pid, last;  /* last: of the process, though its edge is gone */
	uint32_t sent;	     /* asks without an answer */
	uint16_t head, tail; /* asks not sent yet      */
	sd_event_source *io;
	sd_event_source *lost; /* the edge is to come again by then */
	struct engine *e;
	uint32_t worker;
};

struct peers {
	struct op_host parent;
	sd_event_source *parent_io, *failed;
	struct peer peer[WORKER__COUNT];
	struct ask ask[ASKS_MAX];
	uint32_t seq;
	uint16_t free;
};

static struct peers peers_memory; /* behind engine.peers: the one place, never allocated */

bool peers_has(const struct engine *e, enum worker w)
{
	return e->peers->peer[w].fd >= 0;
}

uint32_t peers_restarts(const struct engine *e, enum worker w)
{
	return e->restarts[w];
}

uint32_t peers_pid(const struct engine *e, enum worker w)
{
	return e->peers->peer[w].pid;
}

static const char *worker_name(uint32_t w)
{
	return w == WORKER_SPAWN ? "spawn" : w == WORKER_NETD ? "netd" : "volumed";
}

static void drop_fds(struct ask *k)
{
	for (; k->nfds; k->nfds--)
		fd_close(&k->fd[k->nfds - 1]);
}

/* Frees the ask, then tells its owner: it may ask anew from there. */
static void answer(struct engine *e, struct ask *k, struct reply *r)
{
	struct peers *p = e->peers;
	struct answer a = k->a;

	drop_fds(k);
	k->state = ASK_FREE;
	k->next = p->free;
	p->free = (uint16_t)(k - p->ask);
	if (a.fn)
		a.fn(e, a.arg, r);
	reply_fini(r);
}

static void answer_fault(struct engine *e, struct ask *k, int err)
{
	struct reply r;

	reply_init(&r);
	r.code = fault_set(&r.fault, err, "engine.peer",
			   "cloister-%s went away; it is being started again",
			   worker_name(k->worker));
	answer(e, k, &r);
}

static int on_failed(sd_event_source *s, void *data)
{
	struct engine *e = data;

	(void)s;
	for (uint32_t i = 0; i < ASKS_MAX; i++)
		if (e->peers->ask[i].state == ASK_FAILED)
			answer_fault(e, &e->peers->ask[i], -EPIPE);
	return 0;
}

/* cloisterd brings the edge of a worker that was started anew. One that lives and has cut its edge
 * gets none, but with a new engine. */
static int on_lost(sd_event_source *s, uint64_t usec, void *data)
{
	struct peer *p = data;

	(void)s;
	(void)usec;
	(void)fprintf(stderr, "cloister-engine: engine.edge: no edge to cloister-%s for %d s\n",
		      worker_name(p->worker), EDGE_WAIT_S);
	return sd_event_exit(p->e->loop, 1);
}

static void await_edge(struct engine *e, struct peer *p)
{
	p->lost = sd_event_source_disable_unref(p->lost);
	if (sd_event_add_time_relative(e->loop, &p->lost, CLOCK_MONOTONIC,
				       EDGE_WAIT_S * UINT64_C(1000000), 0, on_lost, p) < 0)
		(void)sd_event_exit(e->loop, 1);
}

/* Lets go of a peer. Its asks are answered from the loop, not from within its caller. */
static void peer_lost(struct engine *e, enum worker w)
{
	struct peer *p = &e->peers->peer[w];

	if (p->fd < 0)
		return;
	p->io = sd_event_source_disable_unref(p->io);
	fd_close(&p->fd);
	p->pid = 0;
	p->sent = 0;
	p->head = p->tail = ASK_NONE;
	for (uint32_t i = 0; i < ASKS_MAX; i++)
		if (e->peers->ask[i].worker == w && e->peers->ask[i].state != ASK_FREE)
			e->peers->ask[i].state = ASK_FAILED;
	(void)sd_event_source_set_enabled(e->peers->failed, SD_EVENT_ONESHOT);
	await_edge(e, p);
	recover_lost(e, w);
}

static int send_one(struct peer *p, struct ask *k)
{
	const struct frame_out o = { .op = k->op,
				     .seq = k->seq,
				     .body = k->body,
				     .size = k->size,
				     .fd = k->fd,
				     .nfds = k->nfds };
	int rc = frame_send(p->fd, &o);

	drop_fds(k);
	k->state = ASK_SENT;
	p->sent++;
	return rc;
}

static void send_queued(struct engine *e, enum worker w)
{
	struct peer *p = &e->peers->peer[w];

	while (p->fd >= 0 && p->sent < ASKS_AT_ONCE && p->head != ASK_NONE) {
		struct ask *k = &e->peers->ask[p->head];
		int rc;

		p->head = k->next;
		if (p->head == ASK_NONE)
			p->tail = ASK_NONE;
		rc = send_one(p, k);
		if (rc == -ENOMEM) /* as in on_peer() */
			(void)sd_event_exit(e->loop, 1);
		if (rc < 0)
			peer_lost(e, w);
	}
}

static void fail_later(struct engine *e, struct ask *k)
{
	k->state = ASK_FAILED;
	drop_fds(k);
	(void)sd_event_source_set_enabled(e->peers->failed, SD_EVENT_ONESHOT);
}

static void take_fds(struct ask *k, const struct question *q)
{
	if (q->fd < 0)
		return;
	k->fd[k->nfds++] = q->fd;
	for (size_t i = 0; i < q->nmore; i++)
		k->fd[k->nfds++] = q->more[i];
}

void peers_ask(struct engine *e, const struct question *q, struct answer a)
{
	struct peers *p = e->peers;
	struct peer *peer = &p->peer[q->to];
	uint16_t n = p->free;
	struct ask *k;

	if (n == ASK_NONE) {
		struct ask none = { 0 };
		struct reply r;

		reply_init(&r);
		take_fds(&none, q);
		drop_fds(&none);
		r.code = fault_set(&r.fault, -EAGAIN, "engine.busy",
				   "too much is going on; try again in a moment");
		if (a.fn)
			a.fn(e, a.arg, &r);
		return;
	}
	k = &p->ask[n];
	p->free = k->next;
	p->seq++;
	*k = (struct ask){ .state = ASK_QUEUED, .worker = (uint16_t)q->to, .op = q->op, .a = a };
	take_fds(k, q);
	k->size = (uint16_t)q->size;
	k->seq = p->seq << ASK_BITS | n;
	k->next = ASK_NONE;
	memcpy(k->body, q->body, q->size);
	if (peer->fd < 0) {
		fail_later(e, k);
		return;
	}
	if (peer->tail == ASK_NONE)
		peer->head = n;
	else
		p->ask[peer->tail].next = n;
	peer->tail = n;
	send_queued(e, q->to);
}

static int take_reply(struct engine *e, struct peer *p, struct frame *fr)
{
	struct ask *k = &e->peers->ask[fr->head.seq & (ASKS_MAX - 1)];
	struct reply r;

	if (k->state != ASK_SENT || k->seq != fr->head.seq || k->worker != p->worker ||
	    fr->head.op != (k->op | FRAME_REPLY) || reply_take(fr, &r) < 0)
		return -EBADMSG;
	p->sent--;
	if (r.code < 0 && r.fault.err == 0)
		(void)fault_set(&r.fault, r.code, "engine.reply", "refused without a reason");
	answer(e, k, &r);
	return 0;
}

static int take_frame(struct engine *e, struct peer *p, struct frame *fr)
{
	int rc = -EBADMSG;

	if (fr->head.op & FRAME_REPLY) {
		rc = take_reply(e, p, fr);
	} else if (p->worker == WORKER_SPAWN && fr->head.nfds == 0 &&
		   fr->head.op == (FRAME_EVENT | SPAWN_EV_EXIT) &&
		   fr->head.size == sizeof(struct spawn_exit)) {
		exits_event(e, fr->body);
		rc = 0;
	}
	frame_close(fr);
	return rc;
}

static int on_peer(sd_event_source *s, int fd, uint32_t events, void *data)
{
	struct peer *p = data;
	struct engine *e = p->e;
	struct frame fr;
	struct fault f;

	(void)s;
	(void)events;
	for (int i = 0; i < ASKS_AT_ONCE && p->fd == fd; i++) {
		int rc = frame_recv(fd, &fr, &f);

		if (rc == -EAGAIN)
			break;
		if (rc == -ENOMEM) /* the worker lives, and nobody would make the edge again */
			return sd_event_exit(e->loop, 1);
		if (rc <= 0 || take_frame(e, p, &fr) < 0) {
			if (p->fd == fd)
				peer_lost(e, p->worker);
			return 0;
		}
	}
	send_queued(e, p->worker);
	return 0;
}

/* What a worker had answered before it ended: nobody else would let go of what it made. */
static void hear_out(struct peer *p)
{
	struct frame fr;
	struct fault f;
	int fd = p->fd;

	while (fd >= 0 && p->fd == fd && frame_recv(fd, &fr, &f) == 1)
		if (take_frame(p->e, p, &fr) < 0)
			return;
}

_Static_assert((int)WORKER__COUNT <= (int)WORKER_KINDS, "a word for each worker");

/* A new pid behind an edge is a new life of that worker; the same one tells of our own restart. */
static void tell_life(struct engine *e, uint32_t worker, uint32_t before, uint32_t pid)
{
	if (before && before != pid)
		event_host(e, EVENT_WORKER, "cloister-%s was started anew, pid %u",
			   worker_name(worker), pid);
}

/* ---- the edge to cloisterd ---- */

static int edge_take(void *self, const void *req, int *fd, struct reply *out)
{
	struct engine *e = self;
	const struct parent_edge *q = req;
	struct peer *p;

	if (q->worker != WORKER_SPAWN && q->worker != WORKER_NETD && q->worker != WORKER_VOLUMED)
		return fault_set(&out->fault, -EINVAL, "engine.edge", "no edge to worker %u",
				 q->worker);
	p = &e->peers->peer[q->worker];
	hear_out(p);
	peer_lost(e, q->worker);
	if (fcntl(fd[0], F_SETFL, O_NONBLOCK) < 0 ||
	    sd_event_add_io(e->loop, &p->io, fd[0], EPOLLIN, on_peer, p) < 0)
		return fault_set(&out->fault, -ENOMEM, "engine.edge", "watching the edge");
	p->fd = fd_take(&fd[0]);
	p->lost = sd_event_source_disable_unref(p->lost);
	e->restarts[q->worker] = q->starts ? q->starts - 1 : 0;
	if (!e->restarts[WORKER_ENGINE] && q->starts_here > 1)
		event_host(e, EVENT_WORKER, "cloister-engine was started anew");
	e->restarts[WORKER_ENGINE] = q->starts_here ? q->starts_here - 1 : 0;
	p->pid = q->pid;
	tell_life(e, q->worker, p->last, q->pid);
	p->last = q->pid;
	if (e->running)
		recover_edge(e, q->worker);
	return 0;
}

/* A copy of what it says for people and clients: who acts on it has a mapping of its own. */
static int policy_new(void *self, const void *req, int *fd, struct reply *out)
{
	struct engine *e = self;
	const struct host_policy *p = NULL;
	int size = policy_map(fd[0], "engine.policy", &p, &out->fault);

	(void)req;
	if (size < 0)
		return size;
	e->may = p->may;
	e->epoch = p->epoch;
	e->index_max = p->index_max;
	e->max_workloads = p->max_workloads;
	sealed_unmap(p, (size_t)size);
	if (e->running)
		recover_policy(e);
	return 0;
}

static int run(void *self, const void *req, int *fd, struct reply *out)
{
	struct engine *e = self;

	(void)req;
	(void)fd;
	(void)out;
	e->running = true;
	e->peers->parent.phase = PHASE_RUN;
	recover_run(e);
	return 0;
}

/* clang-format off */
static const struct op_row parent_ops[PARENT__COUNT] = {
	/*                         name             request      fds from         phase        once handler */
	[PARENT_EDGE]   = ROW(      "parent.edge",   parent_edge, 1, FROM_PARENT, PHASE_ANY,   0, edge_take),
	[PARENT_POLICY] = ROW_EMPTY("parent.policy",              1, FROM_PARENT, PHASE_ANY,   0, policy_new),
	[PARENT_RUN]    = ROW_EMPTY("parent.run",                 0, FROM_PARENT, PHASE_SETUP, 1, run),
};
/* clang-format on */

static int on_parent(sd_event_source *s, int fd, uint32_t events, void *data)
{
	struct engine *e = data;
	struct fault f = { 0 };
	int rc;

	(void)s;
	(void)events;
	rc = op_serve(&e->peers->parent, fd, FROM_PARENT, &f);
	if (rc == 1 || rc == -EAGAIN)
		return 0;
	/* EOF is death (I23): workloads keep running, the next engine adopts them */
	if (rc < 0)
		(void)fprintf(stderr, "cloister-engine: %s: %s\n", f.site, f.msg);
	return sd_event_exit(e->loop, 1);
}

int peers_open(struct engine *e, struct fault *f)
{
	struct peers *p = &peers_memory;

	e->peers = p;
	p->parent = (struct op_host){
		.rows = parent_ops, .count = PARENT__COUNT, .phase = PHASE_SETUP, .self = e
	};
	for (uint32_t i = 0; i < WORKER__COUNT; i++)
		p->peer[i] = (struct peer){
			.fd = -1, .head = ASK_NONE, .tail = ASK_NONE, .e = e, .worker = i
		};
	for (uint32_t i = 0; i < ASKS_MAX; i++)
		p->ask[i].next = i + 1 < ASKS_MAX ? (uint16_t)(i + 1) : ASK_NONE;
	p->free = 0;
	if (sd_event_add_io(e->loop, &p->parent_io, FD_PARENT, EPOLLIN, on_parent, e) < 0 ||
	    sd_event_add_defer(e->loop, &p->failed, on_failed, e) < 0 ||
	    sd_event_source_set_enabled(p->failed, SD_EVENT_OFF) < 0)
		return fault_set(f, -ENOMEM, "engine.loop", "watching cloisterd");
	return 0;
}

void peers_refuse(const struct fault *why)
{
	struct frame fr;
	struct fault f;

	while (frame_recv(FD_PARENT, &fr, &f) == 1) {
		struct reply r;
		uint16_t op = fr.head.op;

		frame_close(&fr);
		reply_init(&r);
		r.code = why->err;
		r.fault = *why;
		if (reply_send(FD_PARENT, op, fr.head.seq, &r) < 0 || op == PARENT_RUN)
			return;
	}
}
