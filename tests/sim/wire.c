/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire.c - lib/wire/frame.c and op_serve(), made up: a queue each way between the engine's real
 * peers.c and each worker of ours. Descriptors are real ones of one file, so that a lost one shows.
 */
#include "tests/sim/sim.h"

#include "lib/asks/netd.h"
#include "lib/asks/volumed.h"
#include "lib/base/fd.h"
#include "lib/plan/plan.h"
#include "lib/wire/op.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The engine has its new edge in hand: the old one is over, with all that was on it. */
static void take_edge(enum worker w)
{
	struct worker_state *p = &W->worker[w];

	p->fd = W->taking;
	W->taking = -1;
	p->edge = ++p->edges;
	p->eof = false;
	p->nin = p->nout = p->in_head = p->out_head = 0;
}

static struct worker_state *worker_at(int sock, enum worker *ret)
{
	if (sock >= 0 && sock == W->taking)
		take_edge(W->to);
	for (uint32_t w = WORKER_SPAWN; w < WORKER__COUNT; w++)
		if (W->worker[w].fd == sock && sock >= 0) {
			*ret = (enum worker)w;
			return &W->worker[w];
		}
	sim_fail("descriptor %d is no edge", sock);
}

static int any_fd(void)
{
	int fd = fcntl(0, F_DUPFD_CLOEXEC, SIM_FD);

	if (fd < 0)
		sim_fail("no descriptor is left");
	return fd;
}

/* ---- what the engine calls ---- */

void reply_init(struct reply *r)
{
	memset(r, 0, sizeof(*r));
	for (size_t i = 0; i < FRAME_FDS_MAX; i++)
		r->fd[i] = -1;
}

void reply_fini(struct reply *r)
{
	for (size_t i = 0; i < r->nfds; i++)
		fd_close(&r->fd[i]);
	r->nfds = 0;
}

void frame_close(struct frame *fr)
{
	for (size_t i = 0; i < FRAME_FDS_MAX; i++)
		fd_close(&fr->fd[i]);
}

/* Size and descriptors of what may be asked: the workers' own tables. */
struct shape {
	const char *name;
	uint32_t size, fds;
};

static const struct shape spawn_shapes[SPAWN__COUNT] = {
	[SPAWN_TENANT_BIND] = { "tenant.bind", sizeof(struct spawn_tenant_bind), 0 },
	[SPAWN_TENANT_FREE] = { "tenant.free", sizeof(struct spawn_tenant), 0 },
	[SPAWN_TENANT_LIMIT] = { "tenant.limit", sizeof(struct spawn_tenant_limit), 0 },
	[SPAWN_PLAN_LOAD] = { "plan.load", sizeof(struct spawn_tenant), 1 },
	[SPAWN_PLAN_DROP] = { "plan.drop", sizeof(struct spawn_slot), 0 },
	[SPAWN_CGROUP_MAKE] = { "cgroup.make", sizeof(struct spawn_cgroup_make), 0 },
	[SPAWN_CGROUP_KILL] = { "cgroup.kill", sizeof(struct spawn_slot), 0 },
	[SPAWN_CGROUP_DROP] = { "cgroup.drop", sizeof(struct spawn_slot), 0 },
	[SPAWN_CGROUP_LIMITS] = { "cgroup.limits", sizeof(struct spawn_cgroup_limits), 0 },
	[SPAWN_READY] = { "ready", sizeof(struct spawn_slot), 0 },
	[SPAWN_GRIP_DROP] = { "grip.drop", sizeof(struct spawn_slot), 0 },
	[SPAWN_START] = { "start", sizeof(struct spawn_start), 0 },
	[SPAWN_RUN] = { "run", sizeof(struct spawn_start), 1 },
	[SPAWN_PARK] = { "park", sizeof(struct spawn_start), 0 },
	[SPAWN_SIGNAL] = { "signal", sizeof(struct spawn_signal), 0 },
	[SPAWN_LOG] = { "log", sizeof(struct spawn_log), LOG_PARTS },
	[SPAWN_ADOPT] = { "adopt", sizeof(struct spawn_adopt), 0 },
	[SPAWN_HOST] = { "host", 0, 0 },
	[SPAWN_EXEC] = { "exec", sizeof(struct spawn_exec), 1 },
};
static const struct shape netd_shapes[NETD__COUNT] = {
	[NETD_ASSIGN] = { "assign", sizeof(struct netd_assign), 0 },
};
static const struct shape volumed_shapes[VOLUMED__COUNT] = {
	[VOLUMED_IMAGE_ATTACH] = { "image.attach", sizeof(struct volumed_image), 0 },
	[VOLUMED_IMAGE_DETACH] = { "image.detach", sizeof(struct volumed_image), 0 },
	[VOLUMED_HOST] = { "host", 0, 0 },
};

static const struct shape *shape_of(enum worker w, uint16_t op)
{
	const struct shape *s = NULL;

	if (w == WORKER_SPAWN && op < SPAWN__COUNT)
		s = &spawn_shapes[op];
	if (w == WORKER_NETD && op < NETD__COUNT)
		s = &netd_shapes[op];
	if (w == WORKER_VOLUMED && op < VOLUMED__COUNT)
		s = &volumed_shapes[op];
	return s && s->name ? s : NULL;
}

const char *op_text(enum worker w, uint16_t op)
{
	const struct shape *s = shape_of(w, op);

	return s ? s->name : "?";
}

/* Which plan is in there? */
static uint32_t plan_in(int fd)
{
	struct plan_hdr h;

	if (pread(fd, &h, sizeof(h), 0) != (ssize_t)sizeof(h) || h.body_sha256[0] >= SIM_PLANS)
		sim_fail("a plan is loaded that is none");
	return h.body_sha256[0];
}

/* S1: of a service nothing is asked for before its start is on the disk. */
static void check_intent(const struct spawn_cgroup_make *q)
{
	for (uint32_t w = 0; w < WORKLOAD_ROWS; w++) {
		const struct workload_row *row = &W->e->table->workload[w];
		const struct op_record *op;
		uint32_t number;

		if (!workload_used(W->e, w) || row->kind != KIND_SERVICE ||
		    row->number != q->workload ||
		    W->e->table->tenant[row->tenant].ref.index != q->t.index)
			continue;
		op = disk_op(row->op_id);
		memcpy(&number, op ? op->args : (const uint8_t[4]){ 0 }, sizeof(number));
		if (row->want == WANT_RUN && (!op || number != q->workload))
			sim_fail("S1: %s asks for its cgroup before its start is written",
				 row->name);
	}
}

int frame_send(int sock, const struct frame_out *o)
{
	enum worker w;
	struct worker_state *p = worker_at(sock, &w);
	const struct shape *s = shape_of(w, o->op);
	struct request *q = &p->in[(p->in_head + p->nin) % SIM_INBOX];

	engine_act();
	if (!s || s->size != o->size || s->fds != o->nfds || o->size > sizeof(q->body))
		sim_fail("op %u of worker %u: %zu bytes, %zu descriptors", o->op, w, o->size,
			 o->nfds);
	if (p->eof || !p->up)
		return 0; /* it goes into a socket that nobody reads any more */
	if (p->nin == SIM_INBOX)
		sim_fail("worker %u has %u requests waiting", w, p->nin);
	*q = (struct request){ .op = o->op, .size = (uint16_t)o->size, .seq = o->seq };
	memcpy(q->body, o->body, o->size);
	if (w == WORKER_SPAWN && o->op == SPAWN_PLAN_LOAD)
		q->plan = plan_in(o->fd[0]);
	if (w == WORKER_SPAWN && o->op == SPAWN_CGROUP_MAKE)
		check_intent(o->body);
	p->nin++;
	return 0;
}

int frame_recv(int sock, struct frame *fr, struct fault *f)
{
	enum worker w;
	struct worker_state *p = worker_at(sock, &w);
	const struct outgoing *out = &p->out[p->out_head];

	(void)f;
	for (size_t i = 0; i < FRAME_FDS_MAX; i++)
		fr->fd[i] = -1;
	if (p->nout == 0)
		return p->eof ? 0 : -EAGAIN;
	if (W->reads-- == 0)
		return -EAGAIN; /* the rest comes later */
	fr->head = (struct frame_head){ .op = out->op, .seq = out->seq, .size = out->size };
	memcpy(fr->body, &out->reply, out->size);
	fr->head.nfds = (uint16_t)out->nfds;
	for (uint32_t i = 0; i < out->nfds; i++)
		fr->fd[i] = any_fd();
	p->out_head = (p->out_head + 1) % SIM_OUTBOX;
	p->nout--;
	return 1;
}

int reply_take(struct frame *fr, struct reply *r)
{
	reply_init(r);
	memcpy(r, fr->body, REPLY_WIRE);
	r->nfds = fr->head.nfds;
	for (uint32_t i = 0; i < r->nfds; i++)
		r->fd[i] = fd_take(&fr->fd[i]);
	return 0;
}

/* ---- the edge to cloisterd ---- */

/* What cloisterd says next: set right before peers.c is told to read it. */
static struct {
	uint32_t op;
	struct parent_edge edge;
	int fd;
} said;

int op_serve(struct op_host *h, int sock, uint8_t from, struct fault *f)
{
	struct reply r;

	(void)sock;
	(void)from;
	(void)f;
	reply_init(&r);
	W->taking = said.op == PARENT_EDGE ? said.fd : -1;
	if (h->rows[said.op].run(h->self, &said.edge, &said.fd, &r) < 0)
		sim_fail("cloisterd is refused: %s", r.fault.msg);
	fd_close(&said.fd);
	reply_fini(&r);
	return 1;
}

void wire_edge(enum worker w)
{
	struct worker_state *p = &W->worker[w];

	if (w == WORKER_SPAWN) /* adopt_orphans() */
		spawn_orphans();
	if (w == WORKER_VOLUMED)
		volumed_forget();
	said.op = PARENT_EDGE;
	said.edge = (struct parent_edge){ .worker = w, .pid = p->pid, .starts = p->edges + 1 };
	said.fd = any_fd();
	p->eof = true; /* of the old one, should there be one still */
	W->reads = UINT32_MAX;
	W->to = w;
	if (!loop_io(3))
		sim_fail("the engine does not listen to cloisterd");
	if (W->taking >= 0)
		take_edge(w);
}

void wire_run(void)
{
	said.op = PARENT_RUN;
	said.fd = -1;
	(void)loop_io(3);
}

void wire_cut(enum worker w)
{
	struct worker_state *p = &W->worker[w];

	p->eof = p->edge != 0;
	p->edge = 0;
	p->nin = 0;
	/* what it had sent arrives all the same */
}

bool wire_deliver(enum worker w)
{
	struct worker_state *p = &W->worker[w];
	int fd = p->fd;

	if (fd < 0 || (p->nout == 0 && !p->eof))
		return false;
	W->reads = 1 + rnd(6);
	if (!loop_io(fd))
		sim_fail("the engine does not listen to worker %u", w);
	if (!loop_listens(fd))
		p->fd = -1; /* it let go of it */
	return true;
}

/* ---- the workers' side ---- */

struct request *wire_request(enum worker w)
{
	struct worker_state *p = &W->worker[w];
	struct request *q = &p->in[p->in_head];

	if (!p->up || p->edge == 0 || p->nin == 0)
		return NULL;
	p->in_head = (p->in_head + 1) % SIM_INBOX;
	p->nin--;
	return q;
}

static struct outgoing *out_take(enum worker w)
{
	struct worker_state *p = &W->worker[w];

	if (p->nout == SIM_OUTBOX)
		sim_fail("worker %u has %u frames that nobody reads", w, p->nout);
	return &p->out[(p->out_head + p->nout++) % SIM_OUTBOX];
}

void wire_answer(enum worker w, uint16_t op, uint32_t seq, const struct reply *r)
{
	struct outgoing *o;

	if (W->worker[w].edge == 0)
		return;
	o = out_take(w);
	*o = (struct outgoing){
		.op = op | FRAME_REPLY, .seq = seq, .size = REPLY_WIRE, .nfds = r->nfds, .reply = *r
	};
}

void wire_exit(const struct spawn_exit *x)
{
	struct outgoing *o;

	if (W->worker[WORKER_SPAWN].edge == 0)
		return;
	o = out_take(WORKER_SPAWN);
	*o = (struct outgoing){ .op = FRAME_EVENT | SPAWN_EV_EXIT, .size = sizeof(*x), .exit = *x };
}
