/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frames.c - broken frames to a running server: that peer is dropped, nothing else changes, no
 * descriptor stays (security-model.md I2; STYLE.md 3, law 3).
 *
 * Starts the real program as cloisterd would, with this program as its parent and as its engine.
 * Each case gets a fresh edge: the frame is sent, the edge must end without an answer, the server
 * must hold as many descriptors as before, and a right request on a new edge must be answered.
 * usage: evil-frames netd|volumed|spawn PROGRAM DIR [CGROUP-DIR, with t/ and helper/ in it [PLANS]]
 * Runs in: the host tests, as root. Prints TAP.
 */
#include "lib/asks/netd.h"
#include "lib/asks/spawn_start.h"
#include "lib/asks/volumed.h"
#include "lib/base/fd.h"
#include "lib/plan/plan.h"
#include "lib/plan/policy.h"
#include "lib/plan/registry.h"
#include "lib/wire/frame.h"
#include "tests/host/evil/fds.h"
#include "tests/host/evil/plans.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum {
	OWN_BASE = 0x7ffd0000,
	WAIT_MS = 3000,
	MANY_FDS = 30,
	HUGE_BODY = 60000,
	CEILING_ROOM = 64 << 10,
	CEILING_ID = 5
};

struct server {
	const char *name;
	enum worker self;
	uint16_t ask;	/* a request without a body that always answers */
	uint16_t sized; /* one with a body                              */
	uint32_t sized_size;
	int nfd; /* descriptors at its start */
};

/* clang-format off */
static const struct server servers[] = {
	{ "netd",    WORKER_NETD,    NETD_POOL,    NETD_ASSIGN,        sizeof(struct netd_assign),   WORKER_FD },
	{ "volumed", WORKER_VOLUMED, VOLUMED_HOST, VOLUMED_IMAGE_LOOK, sizeof(struct volumed_image), WORKER_FD + 1 },
	{ "spawn",   WORKER_SPAWN,   SPAWN_HOST,   SPAWN_CGROUP_KILL,  sizeof(struct spawn_slot),    SPAWN_FD_CGROUP + 1 },
};
/* clang-format on */

/* Offsets of the head to spoil, and what is sent along. Zero means "as it should be". */
struct evil {
	const char *why;
	uint32_t build_xor;
	int op;		 /* 0: the sized one; -1: the one without body */
	int lie_size;	 /* added to head.size */
	int cut;	 /* bytes fewer (or more, if negative) than announced */
	int says, sends; /* head.nfds, descriptors sent */
};

#define SIZED 0
#define ASK   (-1)
/* clang-format off */
static const struct evil evils[] = {
	{ "an empty datagram",                   0, ASK, 0, 16, 0, 0 },
	{ "half a head",                         0, ASK, 0, 8, 0, 0 },
	{ "a head of another build",             1, ASK, 0, 0, 0, 0 },
	{ "an operation past the table",         0, 63, 0, 0, 0, 0 },
	{ "an operation far past the table",     0, 0x3fff, 0, 0, 0, 0 },
	{ "operation 0",                         0, 0x10000, 0, 0, 0, 0 },
	{ "a reply that nobody asked for",       0, FRAME_REPLY | NETD_POOL, 0, 0, 0, 0 },
	{ "an event from a client",              0, FRAME_EVENT | 1, 0, 0, 0, 0 },
	{ "a body where none belongs",           0, ASK, 8, 0, 0, 0 },
	{ "a body one byte short",               0, SIZED, -1, 0, 0, 0 },
	{ "a body one byte long",                0, SIZED, 1, 0, 0, 0 },
	{ "no body",                             0, SIZED, -1000, 0, 0, 0 },
	{ "a size that promises more",           0, SIZED, 0, 4, 0, 0 },
	{ "a size that promises less",           0, SIZED, 0, -4, 0, 0 },
	{ "a body larger than any",              0, SIZED, 2000, 0, 0, 0 },
	{ "a huge datagram",                     0, SIZED, 0, -HUGE_BODY, 0, 0 },
	{ "a descriptor too many",               0, SIZED, 0, 0, 1, 1 },
	{ "a descriptor that is not announced",  0, SIZED, 0, 0, 0, 1 },
	{ "an announced descriptor that is not there", 0, SIZED, 0, 0, 1, 0 },
	{ "four descriptors",                    0, SIZED, 0, 0, 4, 4 },
	{ "more descriptors than any frame has", 0, SIZED, 0, 0, MANY_FDS, MANY_FDS },
	{ "the parent's edge from the engine",   0, PARENT_EDGE, 0, 0, 1, 1 },
	{ "the parent's policy from the engine", 0, PARENT_POLICY, 0, 0, 1, 1 },
	{ "the parent's word from the engine",   0, PARENT_RUN, 0, 0, 0, 0 },
};
/* clang-format on */

static struct {
	const struct server *server;
	pid_t pid;
	int parent; /* our end */
	int tests, bad;
	uint32_t build; /* what our own frames carry */
} g;

static void tap(bool good, const char *why, const char *what)
{
	g.tests++;
	g.bad += !good;
	printf("%sok %d evil.%s %s: %s\n", good ? "" : "not ", g.tests, g.server->name, why, what);
	(void)fflush(stdout);
}

/* ---- the server as cloisterd starts it ---- */

static int file_of(const char *dir, const char *name, off_t size, int flags)
{
	char path[512];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC | flags, 0600);
	return fd >= 0 && ftruncate(fd, size) == 0 ? fd : -1;
}

static int dir_of(const char *dir, const char *name)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	(void)mkdir(path, 0700);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* One hierarchy without controllers: enough for a spawner that starts nothing. */
static int cgroup_list(void)
{
	const struct spawn_cgroups c = { .nfd = 1, .row = { { .version = 2 } } };
	int fd = memfd_create("cgroups", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || write(fd, &c, sizeof(c)) != (ssize_t)sizeof(c) ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return -1;
	return fd;
}

/* The descriptors that lib/asks/parent.h and spawn_start.h promise. */
static _Noreturn void become(char **arg, int parent)
{
	const char *const dir = arg[3];
	const char *const slash = strrchr(arg[2], '/');
	char programs[512], own[32];
	char *argv[] = { (char *)(uintptr_t)(slash + 1), NULL };
	char *envp[] = { NULL };
	int fd[SPAWN_FD_CGROUP + 1] = { open("/dev/null", O_RDWR),
					2,
					2,
					parent,
					file_of(dir, "acts", 0, O_APPEND),
					file_of(dir, "tenants.idx", REG_SIZE, 0) };

	(void)snprintf(programs, sizeof(programs), "%.*s", (int)(slash - arg[2]), arg[2]);
	fd[WORKER_FD] = dir_of(dir, "w");
	if (g.server->self == WORKER_SPAWN) {
		fd[SPAWN_FD_EXIT] = dir_of(dir, "exit");
		fd[SPAWN_FD_IDS] = dir_of(dir, "ids");
		(void)snprintf(own, sizeof(own), "ids/%u", (OWN_BASE - UID_BASE) / IDS_PER_TENANT);
		(void)file_of(dir, own, 0, 0);
		fd[SPAWN_FD_PROGRAMS] = open(programs, O_PATH | O_DIRECTORY);
		fd[SPAWN_FD_CGROUPS] = cgroup_list();
		fd[SPAWN_FD_CGROUP] = open(arg[4] ? arg[4] : "", O_RDONLY | O_DIRECTORY);
	}
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	/* First all out of the way, so that no step takes what a later one needs. */
	for (int i = 0; i < g.server->nfd; i++)
		fd[i] = fcntl(fd[i], F_DUPFD, 100);
	for (int i = 0; i < g.server->nfd; i++)
		if (dup2(fd[i], i) < 0)
			_exit(126);
	(void)syscall(SYS_close_range, g.server->nfd, ~0U, 0);
	(void)execve(arg[2], argv, envp);
	_exit(127);
}

static int start(char **arg)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	g.pid = fork();
	if (g.pid == 0)
		become(arg, pair[1]);
	(void)close(pair[1]);
	g.parent = pair[0];
	return g.pid < 0 ? -1 : 0;
}

static int tell(uint16_t op, const void *body, size_t size, int *fd)
{
	const struct frame_out o = {
		.op = op, .body = body, .size = size, .fd = fd, .nfds = fd ? 1 : 0
	};
	AUTO(reply_fini) struct reply r;
	struct fault f = { 0 };
	int rc;

	reply_init(&r);
	rc = frame_call(g.parent, &o, &r, &f);
	if (rc < 0)
		printf("# op %u: %s: %s\n", op, f.site, f.msg);
	return rc;
}

/* A new edge to the server as the engine; -1 when it does not take one. */
static int edge(void)
{
	const struct parent_edge e = { .worker = WORKER_ENGINE };
	AUTO_FD int far = -1;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	far = pair[1];
	if (tell(PARENT_EDGE, &e, sizeof(e), &far) < 0)
		fd_close(&pair[0]);
	return pair[0];
}

/* With the ceiling of the plans, where there are some. */
static int give_policy(const char *plans)
{
	AUTO_FD int fd = memfd_create("policy", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	static struct {
		struct host_policy p;
		struct ceiling_ref c;
		uint64_t bytes[CEILING_ROOM / 8];
	} b;
	ssize_t n = plans ? evil_file(plans, "ceiling", b.bytes, sizeof(b.bytes)) : 0;

	policy_private(&b.p, OWN_BASE);
	b.p.size = sizeof(b.p);
	if (n > 0) {
		b.p.nceiling = 1;
		b.c.id = CEILING_ID;
		b.c.off = sizeof(b.p) + sizeof(b.c);
		b.c.len = (uint32_t)n;
		memcpy(b.c.sha256,
		       (const uint8_t *)b.bytes + offsetof(struct plan_hdr, ceiling_sha256),
		       sizeof(b.c.sha256));
		b.p.size = b.c.off + b.c.len;
	}
	if (fd < 0 || n < 0 || write(fd, &b, b.p.size) != (ssize_t)b.p.size ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return -1;
	return tell(PARENT_POLICY, NULL, 0, &fd);
}

/* ---- what is measured ---- */

static int count_fds(void)
{
	return fds_of(g.pid);
}

/* The server answers on its parent edge only between two steps: after that it has done the rest. */
static bool settled(int want)
{
	for (int i = 0; i < WAIT_MS / 10; i++) {
		if (count_fds() == want)
			return true;
		(void)poll(NULL, 0, 10);
	}
	return false;
}

static bool alive(void)
{
	return waitpid(g.pid, NULL, WNOHANG) == 0;
}

static bool answers(void)
{
	const struct frame_out o = { .op = g.server->ask };
	AUTO_FD int fd = edge();
	AUTO(reply_fini) struct reply r;
	struct fault f = { 0 };

	reply_init(&r);
	return fd >= 0 && frame_call(fd, &o, &r, &f) >= 0;
}

static int send_raw(int sock, const void *p, size_t n, int nfds)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(int) * MANY_FDS)];
	} u;
	struct iovec v = { (void *)(uintptr_t)p, n };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	AUTO_FD int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int fd[MANY_FDS];

	for (int i = 0; i < MANY_FDS; i++)
		fd[i] = null;
	if (nfds) {
		memset(&u, 0, sizeof(u));
		m.msg_control = &u;
		m.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)nfds);
		u.h = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
					.cmsg_type = SCM_RIGHTS,
					.cmsg_len = CMSG_LEN(sizeof(int) * (size_t)nfds) };
		memcpy(CMSG_DATA(&u.h), fd, sizeof(int) * (size_t)nfds);
	}
	return sendmsg(sock, &m, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int send_evil(int sock, const struct evil *e)
{
	static uint8_t buf[sizeof(struct frame_head) + HUGE_BODY + 4096];
	bool parents = e->op > 0 && e->op < PARENT__COUNT;
	uint32_t size = e->op == SIZED ? g.server->sized_size : 0;
	struct frame_head h = { .build = g.build ^ e->build_xor, .seq = 7 };
	long n;

	if (parents && e->op == PARENT_EDGE)
		size = sizeof(struct parent_edge);
	h.op = (uint16_t)(e->op == SIZED ? g.server->sized : e->op == ASK ? g.server->ask : e->op);
	h.size = (uint32_t)((int)size + e->lie_size < 0 ? 0 : (int)size + e->lie_size);
	h.nfds = (uint16_t)e->says;
	memset(buf, 0, sizeof(buf));
	memcpy(buf, &h, sizeof(h));
	n = (long)sizeof(h) + (long)h.size - e->cut;
	return send_raw(sock, buf, (size_t)(n < 0 ? 0 : n), e->sends);
}

/* Did the other side end it without a word? */
static bool dropped(int sock)
{
	struct pollfd p = { .fd = sock, .events = POLLIN };
	char byte[sizeof(struct frame_head) + REPLY_WIRE];

	return poll(&p, 1, WAIT_MS) == 1 && recv(sock, byte, sizeof(byte), 0) <= 0;
}

/* An edge whose other end still lives, to show that only the evil one's is ended. */
static void one(const struct evil *e)
{
	AUTO_FD int fd = -1;
	int before, sent;
	bool gone;

	before = count_fds();
	fd = edge();
	sent = fd < 0 ? -EPIPE : send_evil(fd, e);
	if (sent == -EMSGSIZE) {
		tap(true, e->why, "the socket itself refuses it");
		return;
	}
	gone = sent == 0 && dropped(fd);
	tap(gone, e->why, "that peer is dropped");
	if (!gone)
		printf("# sent: %s\n", strerror(-sent));
	fd_close(&fd);
	tap(alive() && settled(before), e->why, "no descriptor stays");
	tap(answers(), e->why, "the next peer is served");
	(void)settled(before);
}

/* Before the parent's last word nobody is served: who asks waits. */
static void too_early(void)
{
	static const struct evil ask = { "a request before set-up is over", 0, ASK, 0, 0, 0, 0 };
	AUTO_FD int fd = edge();
	struct pollfd p = { .fd = fd, .events = POLLIN };
	AUTO(reply_fini) struct reply r;
	struct frame fr;
	struct fault f = { 0 };

	reply_init(&r);
	tap(fd >= 0 && send_evil(fd, &ask) == 0 && poll(&p, 1, 200) == 0, ask.why, "it waits");
	tap(alive() && tell(PARENT_RUN, NULL, 0, NULL) == 0, ask.why, "set-up goes on");
	tap(poll(&p, 1, WAIT_MS) == 1 && frame_recv(fd, &fr, &f) == 1 && reply_take(&fr, &r) == 0,
	    ask.why, "then it is answered, as the control for what follows");
}

/* A broken parent is no parent: EOF is death (I23). */
static void end_by_parent(void)
{
	int status = 0;
	pid_t ended = 0;

	fd_close(&g.parent);
	for (int i = 0; i < WAIT_MS / 10 && ended == 0; i++) {
		ended = waitpid(g.pid, &status, WNOHANG);
		if (ended == 0)
			(void)poll(NULL, 0, 10);
	}
	tap(ended == g.pid && WIFEXITED(status), "the end of the parent edge", "ends the server");
	if (ended == 0)
		(void)kill(g.pid, SIGKILL);
}

/* Asks and asks and reads no answer: it must not stop the server, which drops it and serves others.
 */
static void deaf(void)
{
	const struct frame_out o = { .op = g.server->ask };
	const struct timeval wait = { .tv_sec = WAIT_MS / 1000 };
	AUTO_FD int fd = edge();
	int rc = 0;

	(void)setsockopt(g.parent, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	for (int i = 0; i < WAIT_MS && (rc == 0 || rc == -EAGAIN); i++) {
		rc = frame_send(fd, &o);
		if (rc == -EAGAIN)
			(void)poll(NULL, 0, 1);
	}
	tap(rc == -EPIPE || rc == -ECONNRESET, "a peer that reads no answer", "is dropped");
	tap(alive() && answers(), "a peer that reads no answer", "does not stop the server");
}

/* Asks a real frame, so that a case is dropped for what it says it is and for nothing else. */
static void learn_build(void)
{
	const struct frame_out o = { .op = g.server->ask, .seq = 1 };
	struct frame_head h = { 0 };
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0 &&
	    frame_send(pair[0], &o) == 0 && recv(pair[1], &h, sizeof(h), 0) == (ssize_t)sizeof(h))
		g.build = h.build;
	fd_close(&pair[0]);
	fd_close(&pair[1]);
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc >= 4 && i < ARRAY_LEN(servers); i++)
		if (!strcmp(argv[1], servers[i].name))
			g.server = &servers[i];
	if (!g.server) {
		(void)fprintf(stderr,
			      "usage: evil-frames netd|volumed|spawn PROGRAM DIR [CGROUP-DIR]\n");
		return 2;
	}
	learn_build();
	if (start(argv) < 0 || give_policy(argc > 5 ? argv[5] : NULL) < 0) {
		printf("not ok 1 evil.%s the server starts\n1..1\n", g.server->name);
		return 1;
	}
	too_early();
	if (!answers()) {
		printf("not ok %d evil.%s the server runs\n1..%d\n", g.tests + 1, g.server->name,
		       g.tests + 1);
		return 1;
	}
	(void)poll(NULL, 0, 300); /* pools fill */
	for (size_t i = 0; i < ARRAY_LEN(evils); i++)
		one(&evils[i]);
	if (argc > 5) {
		AUTO_FD int fd = edge();

		evil_plans(fd, argv[5], CEILING_ID, tap);
	}
	deaf();
	end_by_parent();
	printf("1..%d\n", g.tests);
	return g.bad != 0;
}
