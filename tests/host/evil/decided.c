/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decided.c - what an engine can hand over, and what the operator decides.
 * Runs in: the host tests, as part of evil-engine.
 */
#include "tests/host/evil/tries.h"

#include "lib/base/fd.h"
#include "lib/plan/plan.h"
#include "lib/plan/policy.h"
#include "lib/plan/registry.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static union plan_bytes room;

static int ask_fd(uint16_t op, const void *q, size_t size, int fd, struct reply *r)
{
	const struct frame_out o = { op, 0, q, size, &fd, 1 };

	return world_ask(&w, WORKER_SPAWN, &o, r);
}

static void try_fd(const char *why, uint16_t op, int fd, const struct answer *want)
{
	const struct spawn_helper compile = { .helper = HELPER_COMPILE };
	const struct spawn_tenant q = { a.t };
	AUTO(reply_fini) struct reply r;
	int rc;

	world_skip(&w);
	rc = op == SPAWN_HELPER ? ask_fd(op, &compile, sizeof(compile), fd, &r)
				: ask_fd(op, &q, sizeof(q), fd, &r);
	said(why, op, &r, rc, want);
}

/* ---- descriptors ---- */

static void descriptors(void)
{
	static const struct {
		const char *why, *path;
		int flags;
	} rows[] = {
		{ "the host's network namespace", "/proc/self/ns/net", 0 },
		{ "a directory of /etc", "/etc", O_DIRECTORY },
		{ "a file of the host", "/etc/passwd", 0 },
		{ "a device", "/dev/null", 0 },
		{ "a path alone", "/", O_PATH },
	};
	char why[96];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_FD int fd = open(rows[i].path, O_RDONLY | O_CLOEXEC | rows[i].flags);

		(void)snprintf(why, sizeof(why), "%s as a plan", rows[i].why);
		try_fd(why, SPAWN_PLAN_LOAD, fd, &(struct answer){ -EPERM, "plan.seals", &a.t, 0 });
		(void)snprintf(why, sizeof(why), "%s as text for a plan", rows[i].why);
		try_fd(why, SPAWN_PLAN_MAKE, fd,
		       &(struct answer){ -EPERM, "compile.input", &a.t, 0 });
		(void)snprintf(why, sizeof(why), "%s as text for the compiler", rows[i].why);
		try_fd(why, SPAWN_HELPER, fd, &(struct answer){ -EPERM, "helper.input", NULL, 0 });
	}
}

static void try_log(const char *why, const char *path, int flags, int code, const char *site)
{
	const struct spawn_log q = { .t = a.t, .size_max = 1 << 20, .rate = 1 << 20 };
	AUTO_FD int fd = open(path, O_CLOEXEC | flags, 0600);
	const int all[LOG_PARTS] = { fd, fd, fd, fd };
	const struct frame_out o = { SPAWN_LOG, 0, &q, sizeof(q), all, LOG_PARTS };
	AUTO(reply_fini) struct reply r;
	int rc;

	world_skip(&w);
	rc = world_ask(&w, WORKER_SPAWN, &o, &r);
	said(why, SPAWN_LOG, &r, rc, &(struct answer){ code, site, &a.t, 0 });
}

/* An offer is another's: the edge ends, nothing was done. */
void not_the_engines(void)
{
	const struct spawn_offer q = { .t = a.t, .kind = GRIP_NET };
	AUTO_FD int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	AUTO(reply_fini) struct reply r;
	struct stat before, after;

	DROP(fstat(w.acts[WORKER_SPAWN], &before));
	tap(&w, ask_fd(SPAWN_OFFER, &q, sizeof(q), fd, &r) == -EPIPE, "an offer from the engine",
	    "ends its edge at the gate");
	/* the new edge is the parent's act: two records and no more */
	DROP(fstat(w.acts[WORKER_SPAWN], &after));
	tap(&w, after.st_size - before.st_size == 2 * (off_t)sizeof(struct act),
	    "an offer from the engine", "is no act");
}

/* ---- names ---- */

static void try_bind(const char *why, const char *name, uint32_t index, uint32_t ceiling,
		     const struct answer *want)
{
	struct spawn_tenant_bind q = { .index = index, .ceiling = ceiling };
	const struct frame_out o = { SPAWN_TENANT_BIND, 0, &q, sizeof(q), NULL, 0 };
	AUTO(reply_fini) struct reply r;
	int rc;

	registry_id(name, q.id);
	world_skip(&w);
	rc = world_ask(&w, WORKER_SPAWN, &o, &r);
	said(why, SPAWN_TENANT_BIND, &r, rc, want);
}

#define REFUSED(code, site) (&(struct answer){ code, site, NULL, 0 })
static void names(void)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/ids/9", w.dir);
	as_root();
	(void)close(
		open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600)); /* another supervisor's claim */
	as_engine();
	try_bind("a new tenant on A's index", "evil", 1, CEILING_ID,
		 REFUSED(-EBUSY, "registry.owner"));
	try_bind("an index that another supervisor claims", "evil", 9, CEILING_ID,
		 REFUSED(-EADDRINUSE, "tenant.claim"));
	try_bind("an index past the table", "evil", TENANTS_MAX, CEILING_ID,
		 REFUSED(-EINVAL, "tenant.index"));
	try_bind("a ceiling that no file has", "evil", 8, CEILING_ID + 1,
		 REFUSED(-ENOENT, "tenant.ceiling"));
	try_bind("a new tenant on a free index", "evil", 8, CEILING_ID, REFUSED(0, ""));
}

/* Root's files and processes, by name: who has the engine's id has no way. */
static void by_name(void)
{
	static const char *const files[] = { "spawn", "netd", "volumed", "tenants.idx" };
	char path[512], what[96];
	pid_t spawn = w.pid[WORKER_SPAWN];
	bool control = true;

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		AUTO_FD int fd = -1;
		AUTO_FD int root = -1;

		(void)snprintf(path, sizeof(path), "%s/%s", w.dir, files[i]);
		fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
		(void)snprintf(what, sizeof(what), "%s is not the engine's to write", files[i]);
		tap(&w, fd < 0 && errno == EACCES, "by name", what);
		as_root();
		root = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
		as_engine();
		control = control && root >= 0;
	}
	tap(&w, control, "by name", "root can write them, as the control");
	tap(&w, kill(spawn, 0) < 0 && errno == EPERM, "by name", "no signal to the spawner");
	tap(&w, ptrace(PTRACE_SEIZE, spawn, NULL, NULL) < 0 && errno == EPERM, "by name",
	    "no trace of the spawner");
	(void)snprintf(path, sizeof(path), "/proc/%d/mem", spawn);
	tap(&w, open(path, O_RDWR | O_CLOEXEC) < 0 && errno == EACCES, "by name",
	    "no memory of the spawner");
	as_root();
	tap(&w, kill(spawn, 0) == 0, "by name", "root can signal it, as the control");
	as_engine();
}

void foreign(void)
{
	char path[512];

	descriptors();
	(void)snprintf(path, sizeof(path), "%s/plainlog", w.dir);
	as_root();
	(void)close(open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600));
	DROP(chown(path, OWN_BASE + OWN_ENGINE, OWN_BASE + OWN_ENGINE));
	as_engine();
	try_log("/etc as a log", "/etc", O_DIRECTORY, -EINVAL, "log.file");
	try_log("a network namespace as a log", "/proc/self/ns/net", 0, -EINVAL, "log.file");
	try_log("a device as a log", "/dev/null", O_WRONLY | O_APPEND, -EINVAL, "log.file");
	try_log("a log that could be rewritten", path, O_RDWR, -EINVAL, "log.file");
	try_log("a log that is appended to", path, O_WRONLY | O_APPEND, 0, "");
	names();
	by_name();
}

/* ---- plans by bytes ---- */

static void capability(void)
{
	((struct plan_caps *)(uintptr_t)plan_row(&room, PLAN_CAPS, 0))->effective = 1;
}

static void no_nnp(void)
{
	((struct plan_caps *)(uintptr_t)plan_row(&room, PLAN_CAPS, 0))->no_new_privs = 0;
}

static void high_uid(void)
{
	((struct plan_exec *)(uintptr_t)plan_row(&room, PLAN_EXEC, 0))->uid = ID_PLAN_MAX + 1;
}

static void no_filter(void)
{
	struct plan_seccomp *s = (void *)(uintptr_t)plan_row(&room, PLAN_SECCOMP, 0);

	s->count = 0;
}

static void open_filter(void)
{
	/* BPF_RET | BPF_K, SECCOMP_RET_ALLOW */
	static const uint8_t allow[8] = { 6, 0, 0, 0, 0, 0, 0xff, 0x7f };

	memcpy((void *)(uintptr_t)plan_row(&room, PLAN_BPF, 0), allow, sizeof(allow));
}

static void suid_mount(void)
{
	((struct plan_mount *)(uintptr_t)plan_row(&room, PLAN_MOUNT, 0))->attr &=
		~(uint64_t)MOUNT_ATTR_NOSUID;
}

static void host_net(void)
{
	((struct plan_ns *)(uintptr_t)plan_row(&room, PLAN_NS, 0))->clone_mask &=
		~UINT64_C(0x40000000);
}

static void nothing(void)
{
}

static void try_bytes(void)
{
	static const struct {
		const char *why;
		void (*spoil)(void);
		int code;
	} rows[] = {
		{ "a plan with a capability", capability, -EINVAL },
		{ "a plan without no_new_privs", no_nnp, -EINVAL },
		{ "a plan with a uid of the host's range", high_uid, -EINVAL },
		{ "a plan without a filter", no_filter, -EINVAL },
		{ "a plan whose filter lets all through", open_filter, -EINVAL },
		{ "a plan with a mount that is not nosuid", suid_mount, -EINVAL },
		{ "a plan in the host's network", host_net, -EINVAL },
		{ "the plan as it was compiled", nothing, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ssize_t n = plan_read(&w, "run", &room);
		AUTO_FD int fd = -1;

		rows[i].spoil();
		fd = n > 0 ? plan_memory(&room, (size_t)n) : -1;
		try_fd(rows[i].why, SPAWN_PLAN_LOAD, fd,
		       &(struct answer){ rows[i].code, rows[i].code ? "plan.check" : "", &a.t, 0 });
	}
}

/* ---- what the operator's block says ---- */

static void try_plan(const char *why, const char *file, int code, const char *site)
{
	ssize_t n = plan_read(&w, file, &room);
	AUTO_FD int fd = n > 0 ? sealed_memory(&room, (size_t)n) : -1;

	try_fd(why, SPAWN_PLAN_LOAD, fd, &(struct answer){ code, site, &a.t, 0 });
}

static void try_make(const char *why, const char *file, int code, const char *site)
{
	ssize_t n = plan_read(&w, file, &room);
	AUTO_FD int fd = n > 0 ? sealed_memory(&room, (size_t)n) : -1;

	try_fd(why, SPAWN_PLAN_MAKE, fd, &(struct answer){ code, site, &a.t, 0 });
}

static void try_start(const char *why, int code, const char *site)
{
	struct spawn_start q = start_of(&a, false);
	struct reply r;
	int rc;

	world_skip(&w);
	rc = run_it(&w, &q, &r);
	said(why, SPAWN_RUN, &r, rc, &(struct answer){ code, site, &q.t, 0 });
	if (rc == 0)
		DROP(side_net(&w, &a, &a.net));
}

static void try_limits(const char *why, int code)
{
	const struct spawn_cgroup_limits q = { a.t, a.its_cgroup, a.plan };
	const struct frame_out o = { SPAWN_CGROUP_LIMITS, 0, &q, sizeof(q), NULL, 0 };
	AUTO(reply_fini) struct reply r;
	int rc;

	world_skip(&w);
	rc = world_ask(&w, WORKER_SPAWN, &o, &r);
	said(why, SPAWN_CGROUP_LIMITS, &r, rc,
	     &(struct answer){ code, code ? "cgroup.limits" : "", &a.t, 0 });
}

void reload(const struct rules *r)
{
	if (world_policy(&w, r) < 0)
		tap(&w, false, "reload", "the policy is taken");
}

static void tighter(void)
{
	reload(&(struct rules){ .ceiling = "ceiling.tight" });
	try_start("a start under a plan of before, when the ceiling is tighter", -ESTALE,
		  "start.epoch");
	try_limits("limits of a plan of before, when the ceiling is tighter", -ESTALE);
	try_plan("last month's plan, looser than the ceiling of now", "run", -EPERM, "plan.within");
	try_plan("last month's plan, within the ceiling of now", "mild", -ESTALE, "plan.ceiling");
	try_plan("a plan under the ceiling of now", "tight", 0, "");
	reload(&(struct rules){ .ceiling = "ceiling.wide" });
	try_start("the same start, when the ceiling is as it was", 0, "");
	try_limits("the same limits, when the ceiling is as it was", 0);
}

/* The text of that plan is A's, and no other. */
static void pinned(const char *plan, uint8_t source[DIGEST_LEN])
{
	if (plan_read(&w, plan, &room) > 0)
		memcpy(source, ((struct plan_hdr *)(void *)&room)->source_sha256, DIGEST_LEN);
	reload(&(struct rules){ .ceiling = "ceiling.wide",
				.may = MAY_ALL & ~MAY_PLAN,
				.pin_tenant = a.id,
				.pin_source = source });
}

static void bits(void)
{
	uint8_t source[DIGEST_LEN] = { 0 };

	reload(&(struct rules){ .ceiling = "ceiling.wide", .may = MAY_ALL & ~MAY_EXEC });
	{
		struct spawn_exec q = exec_of(&a);
		struct reply r;
		int rc;

		world_skip(&w);
		rc = exec_it(&w, &q, &r);
		said("an exec with 'may exec' off", SPAWN_EXEC, &r, rc,
		     &(struct answer){ -EPERM, "exec.policy", &q.t, 0 });
	}
	reload(&(struct rules){ .ceiling = "ceiling.wide", .may = MAY_ALL & ~MAY_HOST_SOURCE });
	try_plan("the host's files with 'may host source' off", "run", -EPERM, "plan.host");
	try_start("a start of the host's files with 'may host source' off", -ESTALE, "start.epoch");
	reload(&(struct rules){ .ceiling = "ceiling.wide", .may = MAY_ALL & ~MAY_TENANT });
	try_bind("a tenant of no file with 'may tenant' off", "new", 12, CEILING_ID,
		 REFUSED(-EPERM, "tenant.pinned"));
	pinned("made", source);
	try_plan("a plan of no file with 'may plan' off", "run", -EPERM, "plan.pinned");
	try_plan("the engine's own bytes that say they are the pinned text's", "made", -EPERM,
		 "plan.pinned");
	try_make("text that no file has with 'may plan' off", "request.other", -EPERM,
		 "plan.pinned");
	try_make("the pinned text", "request.made", 0, "");
	try_start("a start under a plan of no file with 'may plan' off", -ESTALE, "start.epoch");
	pinned("imaged", source);
	try_make("pinned text with an image that is not pinned", "request.imaged", -EPERM,
		 "plan.image");
	reload(&(struct rules){ .ceiling = "ceiling.wide" });
	try_plan("the host's files with every bit on", "run", 0, "");
	try_bind("a tenant of no file with every bit on", "new", 12, CEILING_ID, REFUSED(0, ""));
	execs();
}

void decided(void)
{
	try_bytes();
	tighter();
	bits();
}
