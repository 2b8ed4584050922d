/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netd_ops.c - all that others may ask of netd, and its loop. Runs in: cloister-netd.
 * Must not: hand a namespace to anyone but spawn (I6), nor one twice.
 */
#include "netns/netd_ops.h"
#include "lib/asks/spawn.h"
#include "lib/base/fd.h"
#include "lib/plan/policy.h"
#include "lib/plan/registry.h"

#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum {
	QUIET_MS = 20,	   /* no request for that long: time to fill up */
	STUMBLE_MS = 2000, /* after a namespace could not be made */
};

static void say(const struct fault *f)
{
	(void)dprintf(2, "cloister-netd: %s: %s\n", f->site, f->msg);
}

/* ---- the parent's rows ---- */

static int parent_edge(void *self, const void *req, int *fd, struct reply *out)
{
	struct netd *n = self;
	const struct parent_edge *e = req;

	if (e->worker == WORKER_ENGINE)
		return frame_edge(&n->engine, &fd[0], FRAME_ANSWERS, "netd.edge", &out->fault);
	if (e->worker == WORKER_SPAWN)
		return frame_edge(&n->spawn, &fd[0], FRAME_ASKS, "netd.edge", &out->fault);
	return fault_set(&out->fault, -EINVAL, "netd.edge", "no edge to worker %u", e->worker);
}

static int parent_policy(void *self, const void *req, int *fd, struct reply *out)
{
	struct netd *n = self;

	(void)req;
	return policy_take(fd[0], "netd.policy", &n->policy, &out->fault);
}

static int parent_run(void *self, const void *req, int *fd, struct reply *out)
{
	struct netd *n = self;

	(void)req;
	(void)fd;
	if (!n->policy)
		return fault_set(&out->fault, -EINVAL, "netd.run", "no policy yet");
	n->host.phase = PHASE_RUN;
	return 0;
}

/* ---- the engine's rows ---- */

static int offer(struct netd *n, const struct netd_assign *a, int ns, struct reply *out)
{
	struct spawn_offer o = { .t = a->t, .kind = GRIP_NET };
	const struct frame_out ask = {
		.op = SPAWN_OFFER, .body = &o, .size = sizeof(o), .fd = &ns, .nfds = 1
	};
	AUTO(reply_fini) struct reply r;
	int rc;

	reply_init(&r);
	memcpy(o.object, &n->pool.life, sizeof(n->pool.life));
	memcpy(o.object + sizeof(n->pool.life), &n->pool.made, sizeof(n->pool.made));
	rc = frame_ask(&n->spawn, &ask, &r, &out->fault);
	n->cut = n->spawn < 0 && (rc == -EAGAIN || rc == -EBADMSG);
	out->slot = r.slot;
	return rc;
}

static int assign(void *self, const void *req, int *fd, struct reply *out)
{
	struct netd *n = self;
	const struct netd_assign *a = req;
	AUTO_FD int ns = -1;
	int rc;

	(void)fd;
	if ((a->flags & ~(uint32_t)NETD_FLAGS) || a->pad)
		return fault_set(&out->fault, -EINVAL, "netd.assign", "flags %#x", a->flags);
	rc = registry_look(n->registry, a->t, &out->fault);
	if (rc < 0)
		return rc;
	/* I12: twice, because a namespace goes some time after its workload */
	if (pool_out(&n->pool) >= n->policy->max_workloads * 2)
		return fault_set(&out->fault, -EDQUOT, "netd.assign",
				 "%u network namespaces are in use, which is this host's limit",
				 pool_out(&n->pool));
	if (census_of(&n->pool.census, a->t.index) >= n->policy->tenant_workloads * 2)
		return fault_set(&out->fault, -EDQUOT, "netd.tenant",
				 "the tenant has %u network namespaces, which limit "
				 "tenant-workloads allows",
				 n->policy->tenant_workloads * 2);
	if (n->spawn < 0)
		return fault_set(&out->fault, -ENOTCONN, "netd.offer", "spawn is not there now");
	ns = pool_pop(&n->pool, a->flags);
	if (ns < 0) {
		rc = pool_make(&n->pool, a->flags, &ns, &out->fault);
		if (rc < 0)
			return rc;
	}
	rc = census_give(&n->pool.census, ns, a->t.index, &out->fault);
	return rc < 0 ? rc : offer(n, a, ns, out);
}

static int stat_pool(void *self, const void *req, int *fd, struct reply *out)
{
	const struct netd *n = self;

	(void)req;
	(void)fd;
	out->value[0] = pool_ready(&n->pool);
	out->value[1] = n->pool.made;
	out->value[2] = pool_out(&n->pool);
	return 0;
}

/* clang-format off */
const struct op_row netd_ops[NETD__COUNT] = {
	/*                      name             request           fds from         phase        once handler */
	[PARENT_EDGE] =   ROW("parent.edge",     parent_edge,      1, FROM_PARENT, PHASE_ANY,   0, parent_edge),
	[PARENT_POLICY] = ROW_EMPTY("parent.policy",               1, FROM_PARENT, PHASE_ANY,   0, parent_policy),
	[PARENT_RUN] =    ROW_EMPTY("parent.run",                  0, FROM_PARENT, PHASE_SETUP, 1, parent_run),
	[PARENT_ACTS] =   ROW_EMPTY("parent.acts",                 1, FROM_PARENT, PHASE_ANY,   0, op_acts),
	[NETD_ASSIGN] =   ROW("net.assign",      netd_assign,      0, FROM_ENGINE, PHASE_RUN,   0, assign),
	[NETD_POOL] =     ROW_EMPTY("net.pool",                    0, FROM_ENGINE, PHASE_RUN,   0, stat_pool),
};
/* clang-format on */
_Static_assert(NETD__COUNT <= 64, "op_host.done is one word");

static void about(const struct op_row *row, const void *req, struct act_about *out)
{
	if (row == &netd_ops[NETD_ASSIGN])
		out->t = ((const struct netd_assign *)req)->t;
}

/* ---- start and loop ---- */

int netd_open(struct netd *n, struct fault *f)
{
	struct stat st;
	void *map;

	n->host = (struct op_host){ .rows = netd_ops,
				    .count = NETD__COUNT,
				    .phase = PHASE_SETUP,
				    .self = n,
				    .acts = &n->acts,
				    .about = about };
	n->parent = WORKER_FD_PARENT;
	n->engine = n->spawn = -1;
	pool_init(&n->pool);
	acts_init(&n->acts, WORKER_FD_ACTS);
	if (fstat(WORKER_FD_REGISTRY, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size != REG_SIZE)
		return fault_set(f, -EINVAL, "netd.registry", "no tenants.idx of %d bytes",
				 REG_SIZE);
	map = mmap(NULL, REG_SIZE, PROT_READ, MAP_SHARED, WORKER_FD_REGISTRY, 0);
	if (map == MAP_FAILED)
		return fault_sys(f, "netd.registry", "mapping tenants.idx");
	n->registry = map;
	return pool_open(&n->pool, f);
}

/* One edge that may have something; *edge is -1 when it ended. */
static void serve_edge(struct netd *n, int *edge, uint8_t from)
{
	struct fault f = { 0 };
	int rc = op_serve(&n->host, *edge, from, &f);

	if (rc == 1 || rc == -EAGAIN)
		return;
	if (rc < 0)
		say(&f);
	fd_close(edge);
}

/* How the time between requests is used. */
struct idle {
	bool quiet, stumbled; /* nothing was asked for QUIET_MS; the last namespace failed */
};

/* ms to wait for a request before a namespace is made, -1: none is lacking. */
static int wait_ms(const struct netd *n, const struct idle *i)
{
	if (n->host.phase != PHASE_RUN || pool_wants(&n->pool) < 0)
		return -1;
	if (i->stumbled)
		return STUMBLE_MS;
	return i->quiet || pool_low(&n->pool) ? 0 : QUIET_MS;
}

/* Nothing came in that time: makes one namespace for the queue that lacks most. */
static void refill(struct netd *n, struct idle *i, struct fault *f)
{
	int flags = pool_wants(&n->pool), ns = -1, rc;

	i->quiet = i->quiet || !pool_low(&n->pool);
	rc = pool_make(&n->pool, (uint32_t)flags, &ns, f);
	i->stumbled = rc < 0 && rc != -EAFNOSUPPORT; /* that one is not tried again */
	if (i->stumbled)
		say(f);
	if (rc == 0 && pool_put(&n->pool, (uint32_t)flags, ns) < 0)
		fd_close(&ns);
}

int netd_serve(struct netd *n, struct fault *f)
{
	struct idle idle = { 0 };

	for (;;) {
		/* who asks before set-up is over waits, it is not refused at the gate */
		bool run = n->host.phase == PHASE_RUN;
		struct pollfd p[] = {
			{ .fd = n->parent, .events = POLLIN },
			{ .fd = run ? n->engine : -1, .events = POLLIN },
			{ .fd = n->spawn, .events = POLLIN },
			{ .fd = census_fd(&n->pool.census), .events = POLLIN },
		};
		int quiet = wait_ms(n, &idle), wait = acts_wait_ms(&n->acts, quiet);
		int rc = poll(p, ARRAY_LEN(p), wait);

		acts_sync(&n->acts, false);
		if (rc == 0 && wait != quiet) /* it was for the journal */
			continue;

		if (rc < 0 && errno != EINTR)
			return fault_sys(f, "netd.poll", "waiting");
		if (rc == 0) {
			refill(n, &idle, f);
			if (n->pool.lost)
				return f->err;
			continue;
		}
		if (p[0].revents)
			serve_edge(n, &n->parent, FROM_PARENT);
		if (n->parent < 0)
			return 0;
		if (p[1].revents && p[1].fd == n->engine)
			serve_edge(n, &n->engine, FROM_ENGINE);
		if (n->pool.lost)
			return fault_set(f, -ENOTRECOVERABLE, "netd.lost",
					 "the way back to the home namespace failed");
		/* spawn speaks only when asked: this is its end, or no answer of ours */
		if (p[2].revents && p[2].fd == n->spawn) {
			n->cut = n->cut || !(p[2].revents & POLLHUP);
			fd_close(&n->spawn);
		}
		if (n->cut)
			return fault_set(f, -ECONNABORTED, "netd.cut",
					 "spawn did not answer as it should; beginning anew");
		if (p[3].revents && census_read(&n->pool.census, f) < 0)
			say(f);
		if (p[0].revents || p[1].revents)
			idle = (struct idle){ 0 };
	}
}
