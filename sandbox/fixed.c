/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixed.c - processes under constant plans: the compiler, the image builder, log relays.
 * Runs in: cloister-spawn. They belong to no tenant's profile and get an uid that is used for
 * nothing else (I4, I16, I29), no capability, their own namespaces, an almost empty root.
 */
#include "sandbox/enter.h"
#include "lib/asks/compile.h"
#include "lib/base/fd.h"
#include "lib/plan/policy.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { LOG_RATE_MAX = 1 << 30, LOG_SIZE_MIN = 4096 };
#define IMAGE_MAX (UINT64_C(5) << 30) /* what volumed takes: STORE_FILE_MAX */

/* clang-format off */
static const char *const no_env[] = { NULL };
static const char *const path_env[] = { "PATH=/usr/sbin:/usr/bin", "LC_ALL=C", NULL };

static const struct fixed compile_plan = {
	.argv = (const char *const[]){ "cloister-compile", NULL }, .envp = no_env, .seconds = 60,
	.nlimit = 6, .limit = { { RLIMIT_CPU, 2 }, { RLIMIT_AS, 256 << 20 }, { RLIMIT_NOFILE, 16 },
				{ RLIMIT_CORE, 0 }, { RLIMIT_NPROC, 1 }, { RLIMIT_FSIZE, COMPILE_OUT_MAX } },
};

/* The operator's: some dozens of ceilings, each with a filter that is proved. */
static const struct fixed host_plan = {
	.argv = (const char *const[]){ "cloister-compile", "--host", NULL }, .envp = no_env, .seconds = 60,
	.nlimit = 6, .limit = { { RLIMIT_CPU, 20 }, { RLIMIT_AS, 256 << 20 }, { RLIMIT_NOFILE, 16 },
				{ RLIMIT_CORE, 0 }, { RLIMIT_NPROC, 1 }, { RLIMIT_FSIZE, COMPILE_OUT_MAX } },
};

/* What it runs for takes some milliseconds; what takes longer is undecided. */
static const struct fixed within_plan = {
	.argv = (const char *const[]){ "cloister-compile", "--within", NULL }, .envp = no_env, .seconds = 10,
	.nlimit = 6, .limit = { { RLIMIT_CPU, 2 }, { RLIMIT_AS, 256 << 20 }, { RLIMIT_NOFILE, 16 },
				{ RLIMIT_CORE, 0 }, { RLIMIT_NPROC, 1 }, { RLIMIT_FSIZE, COMPILE_OUT_MAX } },
};

static const struct fixed mkimage_plan = {
	.argv = (const char *const[]){ "cloister-mkimage", NULL }, .envp = path_env, .seconds = 3600,
	.nlimit = 5, .limit = { { RLIMIT_CPU, 600 }, { RLIMIT_NOFILE, 256 }, { RLIMIT_CORE, 0 },
				{ RLIMIT_NPROC, 32 }, { RLIMIT_FSIZE, IMAGE_MAX } },
	.build_size = UINT64_C(4) << 30,
};
/* clang-format on */

/* /usr of the host and a sized /build, on a root that is otherwise empty. */
int fixed_mounts(struct enter *e)
{
	/* with /dev/null in it, so no NODEV: it is read-only before anybody else is there */
	const struct tmpfs small = { 1 << 20, 64, MOUNT_ATTR_NOSUID, 0755, 0 };
	const struct tmpfs build = { e->fixed->build_size, 1 << 20, TMPFS_PLAIN | MOUNT_ATTR_NOEXEC,
				     0700, e->uid };
	struct fault f; /* errno is what the parent hears */
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
	    fchmodat(root, "dev/null", 0666, 0) < 0 || root_links(root, &f) < 0 ||
	    root_switch(root, &f) < 0 ||
	    move_mount(usr, "", root, "usr", MOVE_MOUNT_F_EMPTY_PATH) < 0 ||
	    move_mount(work, "", root, "build", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return -1;
	return mount_set(root, MOUNT_ATTR_RDONLY, &f);
}

/* I12: is there room for one more of its kind? Then it is counted until its end. */
static bool has_room(struct app *a, struct start *s, const struct fixed *kind)
{
	uint32_t *n = s->log.gen ? &a->relays : kind->build_size ? &a->mkimages : &a->compiles;
	/* twice: one goes some time after its workload */
	uint32_t most = s->log.gen	   ? 2 * a->policy->max_workloads
			: kind->build_size ? MKIMAGES_MAX
					   : COMPILES_MAX;

	if (*n >= most)
		return false;
	s->among = n;
	++*n;
	return true;
}

/* Lets the child of e begin; s answers later. What the start holds is given back on failure. */
static int helper_begin(struct app *a, struct start *s, struct enter *e, struct reply *out)
{
	AUTO_FD int cgroup = has_room(a, s, e->fixed)
				     ? cgroup_helper(a, s->row.gen, &out->fault)
				     : fault_set(&out->fault, -EDQUOT, "helper.full",
						 "as many helpers of that kind as there may be");

	e->ns = e->fixed->build_size ? -1 : a->o.seed_ns;
	e->cgroup = cgroup;
	e->netns = e->userns = -1;
	/* v1: what a build takes is bounded; the others are too small to wait for it */
	e->joins = e->fixed->build_size ? &a->cg.helpers : NULL;
	s->seconds = e->fixed->seconds;
	if (cgroup < 0 || start_clone(a, s, e, &out->fault) < 0) {
		start_abort(a, s);
		return out->fault.err;
	}
	start_await(a, s, out);
	return 0;
}

int spawn_helper(void *self, const void *req, int *fd, struct reply *out)
{
	struct app *a = self;
	const struct spawn_helper *q = req;
	struct enter e = { .fixed = &compile_plan,
			   .stdio = { -1, -1, -1 },
			   .extra = { fd[0], -1, -1, -1, -1, -1 },
			   .program = a->o.compile };
	AUTO_FD int output = memfd_create("answer", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct start *s;

	if (q->helper != HELPER_COMPILE)
		return fault_set(&out->fault, -EINVAL, "helper.kind", "no helper %u", q->helper);
	if (output < 0)
		return fault_sys(&out->fault, "helper.output", "making the answer's memory");
	if (sealed_size(fd[0], COMPILE_REQ_MAX, "helper.input", &out->fault) < 0)
		return out->fault.err;
	s = start_begin(a, (struct tenant_ref){ 0, 0 }, START_HELPER, &out->fault);
	if (!s)
		return out->fault.err;
	e.uid = own_throwaway(a);
	e.extra[1] = output;
	s->far[s->nfar++] = fd_take(&output);
	return helper_begin(a, s, &e, out);
}

/* A run of cloister-compile whose end is the answer, about the tenant or the plan; output is taken.
 */
static int answer_begin(struct app *a, struct enter *e, struct tenant_ref t, struct plan_slot *p,
			struct reply *out)
{
	AUTO_FD int output = e->extra[1];
	struct start *s = start_begin(a, (struct tenant_ref){ 0, 0 }, START_HELPER, &out->fault);

	if (!s)
		return out->fault.err;
	e->uid = own_throwaway(a);
	e->program = a->o.compile;
	s->output = fd_take(&output);
	s->ask.t = t;
	if (p) {
		s->plan = row_slot(a, TABLE_PLAN, p);
		p->row.uses++;
	}
	return helper_begin(a, s, e, out);
}

int compile_begin(struct app *a, int request, int output, struct tenant_ref t, struct reply *out)
{
	struct enter e = { .fixed = t.gen ? &compile_plan : &host_plan,
			   .stdio = { -1, -1, -1 },
			   .extra = { request, output, -1, -1, -1, -1 } };

	if (sealed_size(request, COMPILE_REQ_MAX, "compile.input", &out->fault) < 0) {
		fd_close(&output);
		return out->fault.err;
	}
	return answer_begin(a, &e, t, NULL, out);
}

int decide_begin(struct app *a, struct plan_slot *p, int ceiling, struct reply *out)
{
	int output = memfd_create("verdict", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct enter e = { .fixed = &within_plan,
			   .stdio = { -1, -1, -1 },
			   .extra = { p->fd, output, ceiling, -1, -1, -1 } };

	if (output < 0)
		return fault_sys(&out->fault, "plan.verdict", "making the verdict's memory");
	return answer_begin(a, &e, p->row.t, p, out);
}

void compile_ended(struct app *a, struct start *s, const siginfo_t *si, struct reply *out)
{
	bool exited = si->si_code == CLD_EXITED;

	if (exited && si->si_status == 0)
		out->code = s->ask.t.gen ? plan_made(a, s->ask.t, &s->output, out) : 0;
	else if (exited && si->si_status == COMPILE_EXIT_TEXT)
		out->code = fault_set(&out->fault, -EINVAL, "compile.text", "%s",
				      s->ask.t.gen ? "the workload's text has errors"
						   : "the operator's files have errors");
	else
		out->code =
			fault_set(&out->fault, -EIO, "compile.end", "the compiler %s %d",
				  exited ? "gave up with" : "was ended by signal", si->si_status);
}

int policy_make(void *self, const void *req UNUSED, int *fd, struct reply *out)
{
	return compile_begin(self, fd[0], fd_take(&fd[1]), (struct tenant_ref){ 0, 0 }, out);
}

int spawn_mkimage(void *self, const void *req, int *fd UNUSED, struct reply *out)
{
	struct app *a = self;
	const struct spawn_mkimage *q = req;
	struct grip *g = row_get(a, TABLE_GRIP, q->file);
	struct enter e = { .fixed = &mkimage_plan,
			   .uid = a->policy->fs_uid,
			   .stdio = { -1, g ? g->fd : -1, -1 },
			   .extra = { -1, -1, -1, -1, -1, -1 },
			   .program = a->o.mkimage };
	AUTO_FD int tar = -1;
	AUTO_FD int text = -1;
	struct start *s;

	if (!g || g->kind != GRIP_FILE)
		return fault_set(&out->fault, -ESTALE, "mkimage.file", "not a fresh image file");
	s = start_begin(a, (struct tenant_ref){ 0, 0 }, START_HELPER, &out->fault);
	if (!s)
		return out->fault.err;
	tar = start_pipe(s, true);
	text = start_pipe(s, false);
	e.stdio[0] = tar;
	e.stdio[2] = text;
	if (tar < 0 || text < 0) {
		(void)fault_sys(&out->fault, "mkimage.pipe", "making pipes");
		start_abort(a, s);
		return out->fault.err;
	}
	if (helper_begin(a, s, &e, out) < 0)
		return out->fault.err;
	grip_close(a, g); /* the builder has it; volumed keeps its own */
	return 0;
}

int spawn_log(void *self, const void *req, int *fd, struct reply *out)
{
	struct app *a = self;
	const struct spawn_log *q = req;
	char rate[24], size[24], part[24];
	const char *const argv[] = { "cloister-relay", "--log", rate, size, part, NULL };
	/* clang-format off */
	const struct fixed relay = { .argv = argv, .envp = no_env, .nlimit = 3, .limit = {
		{ RLIMIT_NOFILE, 16 }, { RLIMIT_CORE, 0 }, { RLIMIT_NPROC, 4 } } };
	/* clang-format on */
	struct enter e = { .fixed = &relay,
			   .uid = tenant_uid(a, q->t, ID_LOGRELAY),
			   .stdio = { -1, -1, -1 },
			   .extra = { -1, fd[0], fd[1], fd[2], fd[3], -1 },
			   .program = a->o.relay };
	int p[2], rc;
	struct stat st;
	struct start *s;
	struct grip *g;

	if (tenant_get(a, q->t, &out->fault) < 0)
		return out->fault.err;
	for (size_t i = 0; i < LOG_PARTS; i++)
		if (fstat(fd[i], &st) < 0 || !S_ISREG(st.st_mode) ||
		    !(fcntl(fd[i], F_GETFL) & O_APPEND))
			return fault_set(&out->fault, -EINVAL, "log.file", "not a log file");
	if (q->rate == 0 || q->rate > LOG_RATE_MAX || q->size_max < LOG_SIZE_MIN)
		return fault_set(&out->fault, -EINVAL, "log.file", "not a rate or size");
	if (pipe2(p, O_CLOEXEC) < 0)
		return fault_sys(&out->fault, "log.pipe", "making a pipe");
	(void)snprintf(rate, sizeof(rate), "%llu", (unsigned long long)q->rate);
	(void)snprintf(size, sizeof(size), "%llu", (unsigned long long)q->size_max);
	(void)snprintf(part, sizeof(part), "%u", q->part);
	e.extra[0] = p[0];
	g = row_take(a, TABLE_GRIP, q->t, &out->fault);
	s = g ? start_begin(a, (struct tenant_ref){ 0, 0 }, START_HELPER, &out->fault) : NULL;
	if (s)
		s->log = row_slot(a, TABLE_GRIP, g);
	rc = s ? helper_begin(a, s, &e, out) : out->fault.err;
	fd_close(&p[0]);
	if (g) {
		g->kind = GRIP_LOG;
		g->fd = p[1];
	} else {
		fd_close(&p[1]);
	}
	if (g && rc < 0)
		grip_close(a, g);
	return rc;
}
