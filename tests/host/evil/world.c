/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world.c - the real servers, started as cloisterd would; offers pass through our hands.
 * Runs in: the host tests, as root.
 */
#include "tests/host/evil/world.h"

#include "lib/asks/spawn_start.h"
#include "lib/base/fd.h"
#include "lib/plan/plan.h"
#include "lib/plan/plan_check.h"
#include "lib/plan/policy.h"
#include "lib/plan/registry.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WAIT_MS = 20000, CEILING_ROOM = 64 << 10, LOW_FD = 100 };
#define SEALS (F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL)

static const char *const names[WORKER__COUNT] = {
	[WORKER_SPAWN] = "spawn",
	[WORKER_NETD] = "netd",
	[WORKER_VOLUMED] = "volumed",
};

void tap(struct world *w, bool good, const char *why, const char *what)
{
	w->tests++;
	w->bad += !good;
	printf("%sok %d evil.engine %s: %s\n", good ? "" : "not ", w->tests, why, what);
	(void)fflush(stdout);
}

/* The saved ids stay root's: they give no right. */
void as_root(void)
{
	if (setresuid(0, 0, 0) < 0 || setresgid(0, 0, 0) < 0)
		abort();
}

void as_engine(void)
{
	if (setresgid(OWN_BASE + OWN_ENGINE, OWN_BASE + OWN_ENGINE, 0) < 0 ||
	    setresuid(OWN_BASE + OWN_ENGINE, OWN_BASE + OWN_ENGINE, 0) < 0)
		abort();
}

/* ---- the servers, as cloisterd starts them ---- */

static int file_of(const char *dir, const char *name, off_t size, int flags)
{
	char path[512];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_CREAT | O_CLOEXEC | flags, 0600);
	return fd >= 0 && (size < 0 || ftruncate(fd, size) == 0) ? fd : -1;
}

static int dir_of(const char *dir, const char *name)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	(void)mkdir(path, 0700);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int sealed_memory(const void *p, size_t n)
{
	int fd = memfd_create("evil", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || write(fd, p, n) != (ssize_t)n || fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		return -1;
	return fd;
}

/* The hierarchies, from the arguments "VERSION CONTROLLERS DIR". Their number. */
static int cgroups(const struct world *w, int fd[])
{
	struct spawn_cgroups c = { 0 };

	for (; c.nfd < TREES && w->cgroup[c.nfd]; c.nfd++) {
		char *at = w->cgroup[c.nfd];

		c.row[c.nfd].version = (uint32_t)strtoul(at, &at, 10);
		c.row[c.nfd].controllers = (uint32_t)strtoul(at, &at, 10);
		fd[1 + c.nfd] = open(at + 1, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	fd[0] = sealed_memory(&c, sizeof(c));
	return (int)c.nfd;
}

static _Noreturn void become(const struct world *w, enum worker id, int parent)
{
	char path[512], name[32], own[32];
	char *argv[] = { name, NULL };
	char *envp[] = { NULL };
	int fd[SPAWN_FD_CGROUP + TREES] = { open("/dev/null", O_RDWR), 2, 2, parent },
				 n = WORKER_FD;

	fd[WORKER_FD_ACTS] = file_of(w->dir, names[id], -1, O_APPEND | O_WRONLY);
	fd[WORKER_FD_REGISTRY] = file_of(w->dir, "tenants.idx", -1, O_RDWR);
	if (id == WORKER_VOLUMED)
		fd[n++] = dir_of(w->dir, "pub");
	if (id == WORKER_SPAWN) {
		fd[n++] = dir_of(w->dir, "w");
		fd[n++] = dir_of(w->dir, "exit");
		fd[n++] = dir_of(w->dir, "ids");
		(void)snprintf(own, sizeof(own), "ids/%d", OWN_INDEX);
		(void)file_of(w->dir, own, 0, O_RDWR);
		fd[n++] = open(w->bin, O_PATH | O_DIRECTORY);
		n += 1 + cgroups(w, &fd[n]);
	}
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	/* First all out of the way, so that no step takes what a later one needs. */
	for (int i = 0; i < n; i++)
		fd[i] = fcntl(fd[i], F_DUPFD, LOW_FD);
	for (int i = 0; i < n; i++)
		if (fd[i] < 0 || dup2(fd[i], i) < 0)
			_exit(126);
	(void)syscall(SYS_close_range, n, ~0U, 0);
	(void)snprintf(name, sizeof(name), "cloister-%s", names[id]);
	(void)snprintf(path, sizeof(path), "%s/%s", w->bin, name);
	(void)execve(path, argv, envp);
	_exit(127);
}

/* ---- the parent's part ---- */

static int tell(struct world *w, enum worker id, const struct frame_out *o)
{
	AUTO(reply_fini) struct reply r;
	struct fault f = { 0 };
	int rc;

	reply_init(&r);
	rc = frame_call(w->parent[id], o, &r, &f);
	if (rc < 0)
		printf("# parent to %s, op %u: %s: %s\n", names[id], o->op,
		       r.fault.err ? r.fault.site : f.site, r.fault.err ? r.fault.msg : f.msg);
	return rc;
}

/* An edge to id whose other end is said to be who's. Our end or -1. */
static int edge_as(struct world *w, enum worker id, enum worker who)
{
	const struct parent_edge e = { .worker = who };
	struct frame_out o = { PARENT_EDGE, 0, &e, sizeof(e), NULL, 1 };
	AUTO_FD int far = -1;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	far = pair[1];
	o.fd = &far;
	if (tell(w, id, &o) < 0)
		fd_close(&pair[0]);
	return pair[0];
}

int world_edge(struct world *w, enum worker id)
{
	fd_close(&w->engine[id]);
	w->engine[id] = edge_as(w, id, WORKER_ENGINE);
	return w->engine[id] < 0 ? -1 : 0;
}

static ssize_t whole(const char *dir, const char *name, void *buf, size_t n)
{
	char path[512];
	ssize_t got;
	AUTO_FD int fd = -1;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	as_root();
	fd = open(path, O_RDONLY | O_CLOEXEC);
	got = fd < 0 ? -1 : read(fd, buf, n);
	as_engine();
	return got == (ssize_t)n ? -1 : got; /* full: longer than we know */
}

int world_policy(struct world *w, const struct rules *r)
{
	static struct {
		struct host_policy p;
		struct ceiling_ref c;
		uint64_t bytes[CEILING_ROOM / 8];
	} b;
	struct plan_pin pin;
	uint8_t *ceiling = (uint8_t *)b.bytes;
	ssize_t n;

	if (r->pin_source) {
		memcpy(pin.tenant, r->pin_tenant, sizeof(pin.tenant));
		memcpy(pin.source_sha256, r->pin_source, sizeof(pin.source_sha256));
		memcpy(b.bytes, &pin, sizeof(pin));
		ceiling += sizeof(pin);
	}
	n = whole(w->plans, r->ceiling, ceiling, CEILING_ROOM - sizeof(pin));
	if (n <= 0)
		return -1;
	policy_private(&b.p, OWN_BASE);
	b.p.epoch = ++w->epoch;
	b.p.may = r->may ? r->may : b.p.may;
	b.p.max_workloads = r->workloads ? r->workloads : b.p.max_workloads;
	b.p.tenant_workloads = r->tenant_workloads ? r->tenant_workloads : b.p.tenant_workloads;
	b.p.nceiling = 1;
	b.p.npin = r->pin_source != NULL;
	b.c.id = CEILING_ID;
	b.c.off = (uint32_t)(ceiling - (uint8_t *)&b);
	b.c.len = (uint32_t)n;
	memcpy(b.c.sha256, ceiling + offsetof(struct plan_hdr, ceiling_sha256), DIGEST_LEN);
	b.p.size = b.c.off + b.c.len;
	for (enum worker id = WORKER_SPAWN; id < WORKER__COUNT; id++) {
		AUTO_FD int fd = sealed_memory(&b, b.p.size);
		const struct frame_out o = { PARENT_POLICY, 0, NULL, 0, &fd, 1 };

		if (fd < 0 || tell(w, id, &o) < 0)
			return -1;
	}
	return 0;
}

static int start(struct world *w, enum worker id)
{
	char path[512];
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	w->pid[id] = fork();
	if (w->pid[id] == 0)
		become(w, id, pair[1]);
	(void)close(pair[1]);
	w->parent[id] = pair[0];
	(void)snprintf(path, sizeof(path), "%s/%s", w->dir, names[id]);
	w->acts[id] = open(path, O_CREAT | O_RDONLY | O_CLOEXEC, 0600);
	return w->pid[id] < 0 || w->acts[id] < 0 ? -1 : 0;
}

int world_open(struct world *w, char **argv, const struct rules *r)
{
	const struct frame_out run = { .op = PARENT_RUN }, host = { .op = SPAWN_HOST };
	AUTO(reply_fini) struct reply reply;
	AUTO_FD int registry = -1;

	*w = (struct world){ argv[1], argv[2], argv[3], .cgroup = argv + 4, .held = -1 };
	memset(w->engine, -1, sizeof(w->engine));
	registry = file_of(w->dir, "tenants.idx", REG_SIZE, O_RDWR);
	for (enum worker id = WORKER_SPAWN; id < WORKER__COUNT; id++)
		if (registry < 0 || start(w, id) < 0)
			return -1;
	if (world_policy(w, r) < 0)
		return -1;
	for (enum worker id = WORKER_NETD; id < WORKER__COUNT; id++) {
		w->hear[id] = edge_as(w, id, WORKER_SPAWN);
		w->offer[id] = edge_as(w, WORKER_SPAWN, id);
	}
	for (enum worker id = WORKER_SPAWN; id < WORKER__COUNT; id++)
		if (tell(w, id, &run) < 0 || world_edge(w, id) < 0)
			return -1;
	if (world_ask(w, WORKER_SPAWN, &host, &reply) < 0)
		return -1;
	w->abi = (uint32_t)reply.value[HOST_LANDLOCK];
	world_skip(w);
	return 0;
}

void world_close(struct world *w)
{
	bool good = true;

	as_root();
	for (enum worker id = WORKER_SPAWN; id < WORKER__COUNT; id++) {
		int status = -1;
		pid_t gone = 0;

		fd_close(&w->parent[id]);
		for (int i = 0; i < WAIT_MS / 10 && gone == 0; i++) {
			gone = waitpid(w->pid[id], &status, WNOHANG);
			if (gone == 0)
				(void)poll(NULL, 0, 10);
		}
		good = good && gone == w->pid[id] && WIFEXITED(status);
		if (gone == 0)
			(void)kill(w->pid[id], SIGKILL);
	}
	tap(w, good, "after all that", "every server ends with its parent's edge, and not before");
}

/* ---- asking ---- */

static int forward(struct world *w, enum worker id)
{
	struct frame fr;
	struct fault f;
	struct reply r;
	int rc = frame_recv(w->hear[id], &fr, &f);

	if (rc != 1)
		return -1;
	reply_init(&r);
	memcpy(&w->held_what, fr.body, sizeof(w->held_what));
	fd_close(&w->held);
	w->held = fcntl(fr.fd[0], F_DUPFD_CLOEXEC, LOW_FD);
	if (w->hold)
		r.code = fault_set(&r.fault, -ECANCELED, "evil.hold", "kept");
	else
		DROP(world_offer(w, id, &w->held_what, fr.fd[0], &r)); /* its code is in r */
	frame_close(&fr);
	return reply_send(w->hear[id], fr.head.op, fr.head.seq, &r);
}

/* 1: r is the answer to seq; 0: news, or of a request long given up. */
static int hear(struct world *w, enum worker id, uint32_t seq, struct reply *r)
{
	struct frame fr;
	struct fault f;
	int rc = frame_recv(w->engine[id], &fr, &f);

	if (rc != 1)
		return -EPIPE;
	if (fr.head.op & FRAME_EVENT) {
		memcpy(&w->ended[w->nended++ % EXITS], fr.body, sizeof(struct slot));
		return 0;
	}
	if (fr.head.seq != seq) {
		frame_close(&fr);
		return 0;
	}
	return reply_take(&fr, r) < 0 ? -EBADMSG : 1;
}

int world_ask(struct world *w, enum worker id, const struct frame_out *o, struct reply *r)
{
	struct frame_out ask = *o;
	struct pollfd p[] = { { .fd = w->engine[id], .events = POLLIN },
			      { .fd = w->hear[WORKER_NETD], .events = POLLIN },
			      { .fd = w->hear[WORKER_VOLUMED], .events = POLLIN } };
	int rc;

	reply_init(r);
	ask.seq = ++w->seq;
	rc = frame_send(w->engine[id], &ask);
	while (rc == 0) {
		if (poll(p, ARRAY_LEN(p), WAIT_MS) <= 0)
			return -ETIMEDOUT;
		if (p[1].revents & POLLIN || p[2].revents & POLLIN)
			rc = forward(w, p[1].revents & POLLIN ? WORKER_NETD : WORKER_VOLUMED);
		else
			rc = hear(w, id, ask.seq, r);
	}
	if (rc == 1)
		return r->code;
	DROP(world_edge(w, id)); /* without one the next request fails */
	return -EPIPE;
}

int world_offer(struct world *w, enum worker as, const struct spawn_offer *o, int fd,
		struct reply *r)
{
	const struct frame_out ask = { SPAWN_OFFER, 0, o, sizeof(*o), &fd, 1 };
	struct fault f = { 0 };
	int rc;

	reply_init(r);
	rc = frame_call(w->offer[as], &ask, r, &f);
	return rc;
}

bool world_ended(struct world *w, struct slot s)
{
	struct pollfd p = { .fd = w->engine[WORKER_SPAWN], .events = POLLIN };
	struct reply r;

	for (;;) {
		for (uint32_t i = 0; i < EXITS; i++)
			if (s.gen && w->ended[i].n == s.n && w->ended[i].gen == s.gen)
				return true;
		if (poll(&p, 1, WAIT_MS) <= 0 || hear(w, WORKER_SPAWN, 0, &r) < 0)
			return false;
	}
}

/* ---- the journals ---- */

void world_skip(struct world *w)
{
	for (enum worker id = WORKER_SPAWN; id < WORKER__COUNT; id++) {
		struct stat st;

		if (fstat(w->acts[id], &st) == 0)
			w->seen[id] = st.st_size;
	}
}

bool world_noted(struct world *w, enum worker id, uint16_t op, int code, const struct tenant_ref *t)
{
	static const struct tenant_ref none;
	int before = 0, after = 0, other = 0;
	struct act a;

	while (pread(w->acts[id], &a, sizeof(a), w->seen[id]) == (ssize_t)sizeof(a)) {
		bool ours = a.op == op && memcmp(&a.about.t, t ? t : &none, sizeof(none)) == 0;

		w->seen[id] += (off_t)sizeof(a);
		if (ours && a.phase == ACT_BEFORE && a.code == 0)
			before++;
		else if (ours && a.phase == ACT_AFTER && a.code == code && before == 1)
			after++;
		else
			other++;
	}
	if (before != 1 || after != 1 || other)
		printf("# journal of %s, op %u: %d before, %d after, %d other\n", names[id], op,
		       before, after, other);
	return before == 1 && after == 1 && !other;
}

/* ---- plans ---- */

ssize_t plan_read(const struct world *w, const char *name, union plan_bytes *to)
{
	char file[64];

	(void)snprintf(file, sizeof(file), "%s.%u", name,
		       w->abi < LL_ABI_MOST ? w->abi : (unsigned)LL_ABI_MOST);
	return whole(w->plans, file, to, sizeof(*to));
}

int plan_memory(union plan_bytes *p, size_t n)
{
	plan_hash(p, n, ((struct plan_hdr *)(void *)p)->body_sha256);
	return sealed_memory(p, n);
}
