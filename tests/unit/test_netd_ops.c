/* SPDX-License-Identifier: Apache-2.0 */
/* test_netd_ops.c - every row of netd's table: who may, what is refused, what spawn is offered. */
/* links: netns/netd_ops.c netns/pool.c netns/link.c netns/home.c lib/wire lib/plan/registry.c
 * lib/plan/policy.c lib/base */
/* libs: -lnl-route-3 -lnl-3 */
#include "tests/unit/unit.h"

#include "lib/asks/spawn.h"
#include "lib/base/fd.h"
#include "lib/plan/policy.h"
#include "lib/plan/registry.h"
#include "netns/netd_ops.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sys/stat.h>
#include <unistd.h>

static struct reg_row registry[TENANTS_MAX];
static struct host_policy policy;

/* A netd in its running phase, with one namespace (any descriptor does) ready for flags 1. */
static void setup(struct netd *n)
{
	struct stat st;

	memset(n, 0, sizeof(*n));
	n->host = (struct op_host){
		.rows = netd_ops, .count = NETD__COUNT, .phase = PHASE_RUN, .self = n
	};
	n->parent = n->engine = n->spawn = -1;
	pool_init(&n->pool);
	memset(registry, 0, sizeof(registry));
	registry_id("shop", registry[3].id);
	registry[3].gen = 9;
	registry[3].state = REG_BOUND;
	registry[3].crc = reg_crc(&registry[3]);
	n->registry = registry;
	policy_private(&policy, UID_BASE);
	n->policy = &policy;
	assert_int_equal(pool_put(&n->pool, 1, open("/dev/null", O_RDONLY | O_CLOEXEC)), 0);
	n->pool.census.live = n->pool.census.top = 1;
	assert_int_equal(fstat(n->pool.queue[1].fd[0], &st), 0);
	n->pool.census.row[0].ino = st.st_ino;
}

/* So many namespaces in use; OWN, OTHERS: of the tenant of row 3, of another, under a limit of 4
 * workloads. */
enum { OWN = 1 << 16, OTHERS = 2 << 16 };
static void fill(struct netd *n, uint32_t out)
{
	struct census *c = &n->pool.census;

	c->live += out & 0xffff;
	if (out < OWN)
		return;
	policy.tenant_workloads = 4;
	for (uint32_t i = out & 0xffff; i > 0; i--)
		c->row[c->top++] =
			(struct census_row){ .ino = 1000 + i, .of = out < OTHERS ? 3 + 1 : 4 + 1 };
}

static void teardown(struct netd *n)
{
	fd_close(&n->parent);
	fd_close(&n->engine);
	fd_close(&n->spawn);
	pool_close(&n->pool);
}

/* One request; fd -1: it carries none. */
struct question {
	uint8_t from;
	uint16_t op;
	const void *body;
	size_t size;
	int fd;
};

static int ask(struct netd *n, struct question q, struct reply *out)
{
	struct frame fr = {
		.head = { .op = q.op, .size = (uint32_t)q.size, .nfds = q.fd >= 0 },
	};

	memcpy(fr.body, q.body, q.size);
	for (size_t i = 0; i < FRAME_FDS_MAX; i++)
		fr.fd[i] = -1;
	fr.fd[0] = q.fd;
	return op_run(&n->host, q.from, &fr, out);
}

/* ---- the gate ---- */

static void test_gate(void **state)
{
	static const struct {
		const char *why;
		uint32_t phase;
		uint8_t from;
		uint16_t op;
		uint32_t size;
		int want;
	} rows[] = {
		{ "assign", PHASE_RUN, FROM_ENGINE, NETD_ASSIGN, sizeof(struct netd_assign), 0 },
		{ "one byte short", PHASE_RUN, FROM_ENGINE, NETD_ASSIGN,
		  sizeof(struct netd_assign) - 1, -EPROTO },
		{ "before run", PHASE_SETUP, FROM_ENGINE, NETD_ASSIGN, sizeof(struct netd_assign),
		  -EPROTO },
		{ "by spawn's edge", PHASE_RUN, FROM_PEER, NETD_ASSIGN, sizeof(struct netd_assign),
		  -EPROTO },
		{ "the engine as parent", PHASE_RUN, FROM_ENGINE, PARENT_EDGE,
		  sizeof(struct parent_edge), -EPROTO },
		{ "a new policy while running", PHASE_RUN, FROM_PARENT, PARENT_POLICY, 0, 0 },
		{ "a policy of the engine's", PHASE_RUN, FROM_ENGINE, PARENT_POLICY, 0, -EPROTO },
		{ "a policy by the engine", PHASE_SETUP, FROM_ENGINE, PARENT_POLICY, 0, -EPROTO },
		{ "pool", PHASE_RUN, FROM_ENGINE, NETD_POOL, 0, 0 },
		{ "row 0", PHASE_RUN, FROM_ENGINE, PARENT_NONE, 0, -EPROTO },
		{ "past the table", PHASE_RUN, FROM_ENGINE, NETD__COUNT, 0, -EPROTO },
	};
	static const uint8_t zero[64];

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(rows); i++) {
		static struct netd n;
		struct reply out;
		bool has_fd = rows[i].op == PARENT_EDGE || rows[i].op == PARENT_POLICY;

		setup(&n);
		n.host.phase = rows[i].phase;
		unit_eq(ask(&n,
			    (struct question){ rows[i].from, rows[i].op, zero, rows[i].size,
					       has_fd ? open("/dev/null", O_RDONLY | O_CLOEXEC)
						      : -1 },
			    &out),
			rows[i].want, rows[i].why);
		teardown(&n);
	}
}

/* ---- assign ---- */

/* A spawn that answers one offer in a way of its own. */
enum answer { NO_SPAWN, GRIP, REFUSES, SAYS_BADMSG, RUBBISH, HANGS_UP, SILENT };

static void play_spawn(int sock, enum answer how)
{
	struct frame fr;
	struct fault f;
	struct reply r;
	struct spawn_offer o;

	if (how == SILENT) /* until the other end is closed */
		(void)!poll(&(struct pollfd){ .fd = sock }, 1, -1);
	if (how == HANGS_UP || how == SILENT)
		return;
	if (frame_recv(sock, &fr, &f) != 1)
		return;
	memcpy(&o, fr.body, sizeof(o));
	reply_init(&r);
	r.slot = (struct slot){ 77, 78 };
	if (fr.head.op != SPAWN_OFFER || fr.head.nfds != 1 || o.kind != GRIP_NET || o.t.index != 3)
		r.slot.n = 1;
	if (how == REFUSES) {
		r.code = fault_set(&r.fault, -EEXIST, "grip.net", "that one is known");
		r.slot = (struct slot){ 0, 0 };
	}
	if (how == SAYS_BADMSG) { /* a damaged row of the registry, say: an answer all the same */
		r.code = fault_set(&r.fault, -EBADMSG, "registry.row", "row 3 is damaged");
		r.slot = (struct slot){ 0, 0 };
	}
	if (how == RUBBISH)
		(void)!send(sock, "x", 1, MSG_NOSIGNAL);
	else
		DROP(reply_send(sock, SPAWN_OFFER, fr.head.seq, &r));
	frame_close(&fr);
}

static pid_t start_spawn(struct netd *n, enum answer how)
{
	const struct timeval soon = { .tv_usec = 20000 }; /* two seconds in life: frame_edge() */
	int pair[2];
	pid_t pid;

	if (how == NO_SPAWN)
		return 0;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	pid = fork();
	if (pid == 0) {
		(void)close(pair[0]);
		play_spawn(pair[1], how);
		_exit(0);
	}
	(void)close(pair[1]);
	if (how == SILENT)
		assert_int_equal(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon)),
				 0);
	n->spawn = pair[0];
	return pid;
}

static const struct {
	const char *why;
	struct netd_assign a;
	uint32_t out; /* namespaces in use, and so many of the tenant's own beside */
	enum answer spawn;
	int want;
	bool keeps_edge, used, cut;
} assigns[] = {
	{ "handed to spawn", { { 3, 9 }, 1, 0 }, 0, GRIP, 0, 1, 1, 0 },
	{ "an unknown flag", { { 3, 9 }, 8, 0 }, 0, GRIP, -EINVAL, 1, 0, 0 },
	{ "padding that is not zero", { { 3, 9 }, 1, 1 }, 0, GRIP, -EINVAL, 1, 0, 0 },
	{ "a tenant's earlier life", { { 3, 8 }, 1, 0 }, 0, GRIP, -ESTALE, 1, 0, 0 },
	{ "no such tenant", { { 4, 1 }, 1, 0 }, 0, GRIP, -ESTALE, 1, 0, 0 },
	{ "past the table", { { TENANTS_MAX, 1 }, 1, 0 }, 0, GRIP, -EINVAL, 1, 0, 0 },
	{ "the last that is allowed", { { 3, 9 }, 1, 0 }, 8191, GRIP, 0, 1, 1, 0 },
	{ "one too many (I12)", { { 3, 9 }, 1, 0 }, 8192, GRIP, -EDQUOT, 1, 0, 0 },
	{ "the tenant's last (I12)", { { 3, 9 }, 1, 0 }, OWN + 7, GRIP, 0, 1, 1, 0 },
	{ "one too many of the tenant", { { 3, 9 }, 1, 0 }, OWN + 8, GRIP, -EDQUOT, 1, 0, 0 },
	{ "as many of another's", { { 3, 9 }, 1, 0 }, OTHERS + 8, GRIP, 0, 1, 1, 0 },
	{ "spawn is away", { { 3, 9 }, 1, 0 }, 0, NO_SPAWN, -ENOTCONN, 0, 0, 0 },
	{ "spawn refuses", { { 3, 9 }, 1, 0 }, 0, REFUSES, -EEXIST, 1, 1, 0 },
	{ "spawn says EBADMSG", { { 3, 9 }, 1, 0 }, 0, SAYS_BADMSG, -EBADMSG, 1, 1, 0 },
	{ "spawn breaks a frame", { { 3, 9 }, 1, 0 }, 0, RUBBISH, -EBADMSG, 0, 1, 1 },
	{ "spawn hangs up", { { 3, 9 }, 1, 0 }, 0, HANGS_UP, -EPIPE, 0, 1, 0 },
	{ "spawn says nothing", { { 3, 9 }, 1, 0 }, 0, SILENT, -EAGAIN, 0, 1, 1 },
};

static void test_assign(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(assigns); i++) {
		static struct netd n;
		struct reply out;
		pid_t pid;

		setup(&n);
		fill(&n, assigns[i].out);
		pid = start_spawn(&n, assigns[i].spawn);
		unit_eq(ask(&n,
			    (struct question){ FROM_ENGINE, NETD_ASSIGN, &assigns[i].a,
					       sizeof(assigns[i].a), -1 },
			    &out),
			0, assigns[i].why);
		unit_eq(out.code, assigns[i].want, assigns[i].why);
		unit_eq(out.slot.n, assigns[i].want ? 0 : 77, assigns[i].why);
		unit_row(assigns[i].want == 0 || out.fault.err == assigns[i].want, assigns[i].why);
		unit_row((n.spawn >= 0) == assigns[i].keeps_edge, assigns[i].why);
		unit_row(n.cut == assigns[i].cut, assigns[i].why);
		/* whatever became of it, a namespace that left the pool does not come back */
		unit_eq(pool_ready(&n.pool), assigns[i].used ? 0 : 1, assigns[i].why);
		teardown(&n);
		if (pid > 0)
			assert_int_equal(waitpid(pid, NULL, 0), pid);
	}
}

/* ---- the parent ---- */

static int block(size_t size, unsigned seals)
{
	int fd = memfd_create("policy", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct host_policy p;

	policy_private(&p, UID_BASE);
	if (fd < 0 || write(fd, &p, size) != (ssize_t)size ||
	    fcntl(fd, F_ADD_SEALS, (int)seals) < 0)
		abort();
	return fd;
}

static void test_policy(void **state)
{
	static const unsigned all = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
	static const struct {
		const char *why;
		size_t size;
		unsigned seals;
		int want;
	} rows[] = {
		{ "sealed", sizeof(struct host_policy), all, 0 },
		{ "may still be written", sizeof(struct host_policy), all & ~(unsigned)F_SEAL_WRITE,
		  -EPERM },
		{ "may be cut short", sizeof(struct host_policy), all & ~(unsigned)F_SEAL_SHRINK,
		  -EPERM },
		{ "cut short", sizeof(struct host_policy) - 1, all, -EINVAL },
		{ "empty", 0, all, -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(rows); i++) {
		static struct netd n;
		struct reply out;

		setup(&n);
		n.policy = NULL;
		n.host.phase = PHASE_SETUP;
		/* not without a policy */
		assert_int_equal(
			ask(&n, (struct question){ FROM_PARENT, PARENT_RUN, "", 0, -1 }, &out), 0);
		assert_int_equal(out.code, -EINVAL);
		n.host.done = 0;
		assert_int_equal(ask(&n,
				     (struct question){ FROM_PARENT, PARENT_POLICY, "", 0,
							block(rows[i].size, rows[i].seals) },
				     &out),
				 0);
		unit_eq(out.code, rows[i].want, rows[i].why);
		unit_row((n.policy != NULL) == (rows[i].want == 0), rows[i].why);
		assert_int_equal(
			ask(&n, (struct question){ FROM_PARENT, PARENT_RUN, "", 0, -1 }, &out), 0);
		unit_row((n.host.phase == PHASE_RUN) == (rows[i].want == 0), rows[i].why);
		if (n.policy)
			assert_int_equal(munmap((void *)(uintptr_t)n.policy, sizeof(policy)), 0);
		teardown(&n);
	}
}

static void test_edge(void **state)
{
	static const struct {
		const char *why;
		struct parent_edge e;
		bool socket;
		int want;
	} rows[] = {
		{ "engine", { .worker = WORKER_ENGINE }, true, 0 },
		{ "spawn", { .worker = WORKER_SPAWN }, true, 0 },
		{ "volumed has no edge with us", { .worker = WORKER_VOLUMED }, true, -EINVAL },
		{ "no socket", { .worker = WORKER_SPAWN }, false, -ENOTSOCK },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(rows); i++) {
		static struct netd n;
		struct reply out;
		int pair[2];

		setup(&n);
		assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
		if (!rows[i].socket) {
			(void)close(pair[0]);
			pair[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		}
		assert_int_equal(ask(&n,
				     (struct question){ FROM_PARENT, PARENT_EDGE, &rows[i].e,
							sizeof(rows[i].e), pair[0] },
				     &out),
				 0);
		unit_eq(out.code, rows[i].want, rows[i].why);
		unit_row((n.engine >= 0) ==
				 (rows[i].want == 0 && rows[i].e.worker == WORKER_ENGINE),
			 rows[i].why);
		unit_row((n.spawn >= 0) == (rows[i].want == 0 && rows[i].e.worker == WORKER_SPAWN),
			 rows[i].why);
		(void)close(pair[1]);
		teardown(&n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gate),
		cmocka_unit_test(test_assign),
		cmocka_unit_test(test_policy),
		cmocka_unit_test(test_edge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
