/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixed.c - processes under constant plans: the compiler, the image builder, log relays.
 * Runs in: cloister-spawn. They belong to no tenant's profile and get an uid that is used for
 * nothing else (I4, I16, I29), no capability, their own namespaces, an almost empty root.
 */
#include "sandbox/enter.h"
#include "lib/asks/compile.h"
#include "lib/base/fd.h"
#include "lib/base/str.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

enum {
	LOG_RATE_MAX = 1 << 30,
};

static const char *const no_env[] = { NULL };
static const char *const path_env[] = { "PATH=/usr/sbin:/usr/bin", "LC_ALL=C", NULL };
static const char *const compile_argv[] = { "cloister-compile", NULL };
static const char *const mkimage_argv[] = { "cloister-mkimage", NULL };

static const struct fixed compile_plan = {
	.name = "compile",
	.argv = compile_argv,
	.envp = no_env,
	.nlimit = 6,
	.limit = { { RLIMIT_CPU, 2 },
		   { RLIMIT_AS, 256 << 20 },
		   { RLIMIT_NOFILE, 16 },
		   { RLIMIT_CORE, 0 },
		   { RLIMIT_NPROC, 1 },
		   { RLIMIT_FSIZE, COMPILE_OUT_MAX } },
};

static const struct fixed mkimage_plan = {
	.name = "mkimage",
	.argv = mkimage_argv,
	.envp = path_env,
	.nlimit = 4,
	.limit = { { RLIMIT_CPU, 600 },
		   { RLIMIT_NOFILE, 256 },
		   { RLIMIT_CORE, 0 },
		   { RLIMIT_NPROC, 32 } },
	.build_size = UINT64_C(4) << 30,
};

/* What one helper is started with. */
struct helper_start {
	const struct fixed *plan;
	int stdio[3], extra[2], program;
	uid_t uid;
	int cgroup; /* v2 directory */
};

/* /usr of the host and a sized /build, on a root that is otherwise empty. */
int fixed_mounts(struct enter *e)
{
	static const struct {
		const char *name, *to;
	} links[] = {
		{ "bin", "usr/bin" },
		{ "sbin", "usr/sbin" },
		{ "lib", "usr/lib" },
		{ "lib64", "usr/lib64" },
	};
	struct tmpfs small = {
		.size = 1 << 20, .inodes = 64, .mode = 0755, .attr = MOUNT_ATTR_NOSUID
	}; /* with /dev/null in it */
	struct tmpfs build = { .size = e->fixed->build_size,
			       .inodes = 1 << 20,
			       .mode = 0700,
			       .owner = e->uid,
			       .attr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC };
	struct mount_attr ro = { .attr_set = MOUNT_ATTR_RDONLY };
	struct fault f;
	AUTO_FD int root = -1;
	AUTO_FD int usr = -1;
	AUTO_FD int work = -1;

	if (!e->fixed->build_size) /* the seed namespace's root: empty and read-only */
		return 0;
	/* cloned from our copy of the base namespace: the child is in it until here */
	usr = open_tree(AT_FDCWD, "/h", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	root = tmpfs_make(&small, &f);
	work = tmpfs_make(&build, &f);
	if (usr < 0 || root < 0 || work < 0 || mkdirat(root, "usr", 0755) < 0 ||
	    mkdirat(root, "build", 0755) < 0 || mkdirat(root, "dev", 0755) < 0 ||
	    mknodat(root, "dev/null", S_IFCHR | 0666, makedev(1, 3)) < 0 ||
	    fchmodat(root, "dev/null", 0666, 0) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(links); i++)
		if (symlinkat(links[i].to, root, links[i].name) < 0)
			return -1;
	if (root_switch(root, &f) < 0 ||
	    move_mount(usr, "", root, "usr", MOVE_MOUNT_F_EMPTY_PATH) < 0 ||
	    move_mount(work, "", root, "build", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return -1;
	return mount_setattr(root, "", AT_EMPTY_PATH, &ro, sizeof(ro));
}

/* Named by the row's generation: what an earlier spawner left running keeps its own. */
static int helper_cgroup(struct app *a, const struct start *s, struct fault *f)
{
	char name[24];
	int fd;

	(void)str_u64(name, s->gen);
	if (mkdirat(a->cg.helpers[a->cg.v2], name, 0755) < 0)
		return fault_sys(f, "helper.cgroup", "making cgroup helper/%s", name);
	fd = openat(a->cg.helpers[a->cg.v2], name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? fault_sys(f, "helper.cgroup", "opening cgroup helper/%s", name) : fd;
}

void helper_cgroup_drop(struct app *a, const struct start *s)
{
	char name[24];

	(void)str_u64(name, s->gen);
	(void)unlinkat(a->cg.helpers[a->cg.v2], name, AT_REMOVEDIR);
}

static pid_t helper_clone(struct app *a, struct enter *e, int cgroup, int *ret_pidfd,
			  struct fault *f)
{
	struct clone_args c = {
		.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET |
			 CLONE_NEWCGROUP | CLONE_PIDFD | CLONE_INTO_CGROUP | CLONE_CLEAR_SIGHAND,
		.pidfd = (__u64)(uintptr_t)ret_pidfd,
		.exit_signal = SIGCHLD,
		.cgroup = (__u64)(unsigned)cgroup,
	};
	bool empty = !e->fixed->build_size;
	struct fault home;
	pid_t pid;

	if (empty && setns(a->o.seed_ns, CLONE_NEWNS) < 0)
		return fault_sys(f, "helper.ns", "entering the empty mount namespace");
	pid = (pid_t)syscall(SYS_clone3, &c, sizeof(c));
	if (pid == 0)
		enter_run(e);
	if (pid < 0)
		(void)fault_sys(f, "helper.clone", "clone3");
	if (empty && ns_home(a, &home) < 0)
		abort(); /* elsewhere no later request could be trusted */
	return pid < 0 ? f->err : pid;
}

/* Starts h; on success the row answers later with pidfd and what far[] holds. */
static int helper_begin(struct app *a, struct helper_start *h, uint32_t n, struct reply *out)
{
	struct start *s = &a->starts[n];
	int error[2] = { -1, -1 };
	AUTO_FD int cgroup = helper_cgroup(a, s, &out->fault);
	struct enter e = { .a = a,
			   .fixed = h->plan,
			   .netns = -1,
			   .userns = -1,
			   .program = h->program,
			   .uid = h->uid,
			   .stdio = { h->stdio[0], h->stdio[1], h->stdio[2] },
			   .extra = { h->extra[0], h->extra[1], -1, -1, -1, -1 } };
	int rc;

	if (cgroup < 0)
		return cgroup;
	if (pipe2(error, O_CLOEXEC | O_NONBLOCK) < 0)
		return fault_sys(&out->fault, "helper.pipe", "making a pipe");
	e.error = error[1];
	s->pid = helper_clone(a, &e, cgroup, &s->pidfd, &out->fault);
	fd_close(&error[1]);
	s->error_fd = error[0];
	if (s->pid < 0) {
		fd_close(&s->error_fd);
		return s->pid;
	}
	rc = watch_add(a, s->error_fd, WATCH_ERROR, n, &out->fault);
	if (rc < 0)
		(void)syscall(SYS_pidfd_send_signal, s->pidfd, SIGKILL, NULL, 0);
	else
		start_await(a, s, out);
	return rc;
}

static int sealed_input(int fd, struct fault *f)
{
	const int want = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
	struct stat st;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0 || (seals & want) != want || fstat(fd, &st) < 0 ||
	    st.st_size > COMPILE_REQ_MAX)
		return fault_set(f, -EINVAL, "helper.input",
				 "not a sealed request of at most %d bytes", COMPILE_REQ_MAX);
	return 0;
}

static uint32_t helper_row(struct app *a, struct fault *f)
{
	uint32_t n = start_begin(a, f);

	if (n != SLOT_NONE)
		a->starts[n].kind = START_HELPER;
	return n;
}

int spawn_helper(void *self, const void *req, int *fd, struct reply *out)
{
	struct app *a = self;
	const struct spawn_helper *q = req;
	struct helper_start h = { .plan = &compile_plan,
				  .stdio = { -1, -1, -1 },
				  .program = a->o.compile };
	AUTO_FD int output = -1;
	uint32_t n;
	int rc;

	if (q->helper != HELPER_COMPILE)
		return fault_set(&out->fault, -EINVAL, "helper.kind", "no helper %u", q->helper);
	rc = sealed_input(fd[0], &out->fault);
	if (rc < 0)
		return rc;
	output = memfd_create("answer", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (output < 0)
		return fault_sys(&out->fault, "helper.output", "making the answer's memory");
	n = helper_row(a, &out->fault);
	if (n == SLOT_NONE)
		return out->fault.err;
	h.extra[0] = fd[0];
	h.extra[1] = output;
	h.uid = own_throwaway(a);
	rc = helper_begin(a, &h, n, out);
	if (rc < 0) {
		start_end(a, &a->starts[n]);
		return rc;
	}
	a->starts[n].far[a->starts[n].nfar++] = fd_take(&output);
	return 0;
}

int spawn_mkimage(void *self, const void *req, int *fd, struct reply *out)
{
	struct app *a = self;
	const struct spawn_mkimage *q = req;
	struct grip *g = ROW_GET(a, grips, q->file);
	struct helper_start h = { .plan = &mkimage_plan,
				  .program = a->o.mkimage,
				  .extra = { -1, -1 },
				  .uid = own_fs_uid(a) };
	int tar[2] = { -1, -1 }, text[2] = { -1, -1 };
	uint32_t n;
	int rc = 0;

	(void)fd;
	if (!g || g->kind != GRIP_FILE || g->uses)
		return fault_set(&out->fault, -ESTALE, "mkimage.file", "not a fresh image file");
	n = helper_row(a, &out->fault);
	if (n == SLOT_NONE)
		return out->fault.err;
	if (pipe2(tar, O_CLOEXEC) < 0 || pipe2(text, O_CLOEXEC) < 0)
		rc = fault_sys(&out->fault, "mkimage.pipe", "making pipes");
	h.stdio[0] = tar[0];
	h.stdio[1] = g->fd;
	h.stdio[2] = text[1];
	if (rc == 0)
		rc = helper_begin(a, &h, n, out);
	fd_close(&tar[0]);
	fd_close(&text[1]);
	if (rc < 0) {
		fd_close(&tar[1]);
		fd_close(&text[0]);
		start_end(a, &a->starts[n]);
		return rc;
	}
	a->starts[n].far[a->starts[n].nfar++] = tar[1];
	a->starts[n].far[a->starts[n].nfar++] = text[0];
	grip_close(a, g); /* the builder has it; volumed keeps its own */
	return 0;
}

int spawn_log(void *self, const void *req, int *fd, struct reply *out)
{
	char rate[24], size[24];
	const char *const argv[] = { "cloister-relay", "--log", rate, size, NULL };
	const struct fixed relay = {
		.name = "log",
		.argv = argv,
		.envp = no_env,
		.nlimit = 3,
		.limit = { { RLIMIT_NOFILE, 8 }, { RLIMIT_CORE, 0 }, { RLIMIT_NPROC, 4 } }
	};
	struct app *a = self;
	const struct spawn_log *q = req;
	struct helper_start h = { .plan = &relay, .program = a->o.relay, .stdio = { -1, -1, -1 } };
	struct tenant_live *live;
	struct stat st;
	struct grip *g;
	int p[2] = { -1, -1 }, rc = tenant_get(a, q->t, &live, &out->fault);
	uint32_t n, k;

	if (rc < 0)
		return rc;
	if (fstat(fd[0], &st) < 0 || !S_ISREG(st.st_mode) || !(fcntl(fd[0], F_GETFL) & O_APPEND) ||
	    q->rate == 0 || q->rate > LOG_RATE_MAX || q->size_max < 4096)
		return fault_set(&out->fault, -EINVAL, "log.file", "not a log file, rate or size");
	k = ROW_TAKE(a, grips);
	n = k == SLOT_NONE ? SLOT_NONE : helper_row(a, &out->fault);
	if (n == SLOT_NONE || pipe2(p, O_CLOEXEC) < 0) {
		if (k != SLOT_NONE)
			a->grips[k].gen = 0;
		if (n != SLOT_NONE)
			start_end(a, &a->starts[n]);
		return fault_set(&out->fault, -ENOSPC, "log.full", "no room for a log");
	}
	(void)str_u64(rate, q->rate);
	(void)str_u64(size, q->size_max);
	h.extra[0] = p[0];
	h.extra[1] = fd[0];
	h.uid = tenant_uid(a, q->t, ID_LOGRELAY);
	g = &a->grips[k];
	g->t = q->t;
	g->kind = GRIP_LOG;
	g->fd = p[1];
	live->live++;
	rc = helper_begin(a, &h, n, out);
	fd_close(&p[0]);
	if (rc < 0) {
		start_end(a, &a->starts[n]);
		grip_close(a, g);
		return rc;
	}
	a->starts[n].log = (struct slot){ k, g->gen };
	return 0;
}
