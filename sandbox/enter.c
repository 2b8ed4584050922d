/* SPDX-License-Identifier: Apache-2.0 */
/*
 * enter.c - from clone3 to the exec of cloister-init, one stage a row, in this order only.
 * Runs in: the child of cloister-spawn: a copy of its memory, single-threaded, no heap.
 * Must not: return, keep a descriptor of another start, or go on after a stage that failed.
 *
 * The order is forced (launch.md 3.4): mounts and the network namespace need rights that end with
 * the entry into the tenant's user namespace; entering refills every capability set, so they are
 * dropped after it; Landlock needs a capability in the namespace or no_new_privs, and no_new_privs
 * must wait for init (it would cost init its saved id at the exec).
 *
 * An exec (exec.c) takes the same way, but joins where a start makes. It is visible to the workload
 * from its first instruction on, and init's memory is not its own: not dumpable throughout, uid 0
 * of the initial user namespace until all that is not its own is closed, and no path of the
 * workload is followed through a link that the workload may have made.
 */
#include "sandbox/enter.h"
#include "lib/base/fd.h"
#include "lib/plan/plan.h"
#include "lib/plan/feature.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/ioprio.h>
#include <linux/landlock.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE		 65 /* 6.3 */
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

/* Whose a stage is. */
enum whose { BOTH = 0, START, EXEC };

struct stage {
	const char *name;
	enum whose of;
	const char *should; /* true after this stage                     */
	const char *mustnt; /* what this stage may not yet do, and why   */
	int (*run)(struct enter *e);
	unsigned ablate; /* the flag by which a test build leaves it out */
};

enum { ENTER_FD_LOW = 64 }; /* above every number that init finds something at */

/* The copy of the spawner's table holds other tenants' mounts and namespaces: close every gap. */
static int close_others(const struct enter *e)
{
	int last = e->of ? e->of->pidfd : e->a->o.null; /* an exec has no use for a file of ours */
	struct {
		int own[5], stdio[3], extra[ARRAY_LEN(e->extra)], joins[CG_TREES_MAX];
	} kept = { { e->error, e->netns, e->userns, e->program, last }, { 0 }, { 0 }, { 0 } };
	const int *keep = kept.own;
	unsigned from = 0;

	memcpy(kept.stdio, e->stdio, sizeof(kept.stdio));
	memcpy(kept.extra, e->extra, sizeof(kept.extra));
	if (e->joins)
		memcpy(kept.joins, e->joins->dir, sizeof(kept.joins));
	for (;;) {
		unsigned next = ~0u; /* the lowest that is kept from here on */

		for (size_t i = 0; i < sizeof(kept) / sizeof(int); i++)
			if (keep[i] >= 0 && (unsigned)keep[i] >= from && (unsigned)keep[i] < next)
				next = (unsigned)keep[i];
		if (next == ~0u)
			return close_range(from, ~0u, 0);
		if (next > from && close_range(from, next - 1, 0) < 0)
			return -1;
		from = next + 1;
	}
}

static int label(struct enter *e)
{
	int rc = e->plan && e->a->labels & HOST_F_LABEL ? label_put(e->a->o.proc) : 0;

	errno = -rc;
	return rc;
}

/* What passes down and is not a descriptor: each to a stated value (STYLE 3). */
static int reset(struct enter *e)
{
	struct sched_param normal = { 0 };
	sigset_t none;

	if ((PLAN_LACKS(e->plan, ABLATE_FD) ? close_range(INIT_FD_PLAN, INIT_FD__END - 1, 0)
					    : close_others(e)) < 0)
		return -1;
	(void)setsid();
	sigemptyset(&none);
	(void)umask(0022);
	if (sigprocmask(SIG_SETMASK, &none, NULL) < 0 || personality(0) < 0)
		return -1;
	if (sched_getscheduler(0) != SCHED_OTHER && sched_setscheduler(0, SCHED_OTHER, &normal) < 0)
		return -1;
	/* I/O by the process's nice value, as if nobody had chosen */
	if (syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_CLASS_NONE) < 0)
		return -1;
	return prctl(PR_SET_TIMERSLACK, 0, 0, 0, 0);
}

static int join(struct enter *e)
{
	int rc = e->joins ? cgroup_join(e->a, e->joins) : 0;

	errno = -rc;
	return rc < 0 ? -1 : 0;
}

static int net(struct enter *e)
{
	const struct plan_ident *id = e->plan ? plan_row(e->plan, PLAN_IDENT, 0) : NULL;
	const char *name = id ? plan_text(e->plan, id->hostname) : "helper";

	if (e->netns >= 0 && setns(e->netns, CLONE_NEWNET) < 0)
		return -1;
	return sethostname(name, strlen(name));
}

static int start_mount(const struct enter *e, const struct plan_mount *m)
{
	const struct tmpfs t = { m->size, m->size / 4096, m->attr, m->mode,
				 tenant_uid(e->a, e->t, ID_WORKLOAD) };
	static const char *const none[] = { NULL }, *const ptys[] = { "ptmxmode", "0666", "mode",
								      "0620",	  "max",  "16",
								      NULL },
				 *const full[] = { "hidepid", "invisible", NULL },
				 *const pids[] = { "hidepid", "invisible", "subset", "pid", NULL };
	struct fault f; /* errno is what the parent hears */

	if (m->kind == MOUNT_TMPFS)
		return tmpfs_make(&t, &f);
	if (m->kind == MOUNT_PROC)
		return fs_make("proc", m->flags & MOUNT_F_PROC_FULL ? full : pids, m->attr);
	if (m->kind == MOUNT_MQUEUE)
		return fs_make("mqueue", none, m->attr);
	if (m->kind == MOUNT_DEVPTS) /* an instance of its own, as each mount of it is */
		return fs_make("devpts", ptys, m->attr);
	errno = EINVAL;
	return -1;
}

/* A test build: what is left of the mounts without their flags. */
static int mounts_open(void)
{
	struct mount_attr all = { .attr_clr = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
					      MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC };

	return mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &all, sizeof(all));
}

/* Adds what is made per start onto the template's copy, which is our root already. */
static int mounts(struct enter *e)
{
	AUTO_FD int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return -1;
	for (size_t i = 0; i < plan_count(e->plan, PLAN_MOUNT); i++) {
		const struct plan_mount *m = plan_row(e->plan, PLAN_MOUNT, i);
		const char *target = plan_text(e->plan, m->target);
		struct fault f;
		AUTO_FD int at = -1;
		AUTO_FD int tree = -1;

		if (m->kind == MOUNT_IMAGE || m->kind == MOUNT_HOST || m->kind == MOUNT_DEVICES)
			continue;
		at = path_open(root, target, O_PATH | O_DIRECTORY, 0);
		tree = at < 0 ? -1 : start_mount(e, m);
		if (tree < 0 || mount_verify(tree, m->attr, target, &f) < 0 ||
		    move_mount(tree, "", at, "",
			       MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
			return -1;
	}
	return PLAN_LACKS(e->plan, ABLATE_MOUNTS) ? mounts_open() : 0;
}

/*
 * The socket that init hears "READY=1" on. Made here, where Landlock does not yet forbid it, in the
 * workload's own network namespace, with the workload's id on the inode.
 */
static int notify(struct enter *e)
{
	static const struct sockaddr_un at = { .sun_family = AF_UNIX, .sun_path = "/run/notify" };
	const struct plan_ident *id = plan_row(e->plan, PLAN_IDENT, 0);
	uid_t w = tenant_uid(e->a, e->t, ID_WORKLOAD);
	AUTO_FD int fd = -1;
	int rc;

	if (id->ready != READY_NOTIFY)
		return 0;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	(void)syscall(SYS_setfsgid, w);
	(void)syscall(SYS_setfsuid, w);
	(void)umask(0177);
	rc = fd < 0 ? -1 : bind(fd, (const struct sockaddr *)&at, sizeof(at));
	(void)umask(0022);
	(void)syscall(SYS_setfsuid, 0);
	(void)syscall(SYS_setfsgid, 0);
	if (rc == 0)
		rc = fcntl(fd, F_DUPFD_CLOEXEC, ENTER_FD_LOW);
	e->extra[INIT_FD_NOTIFY - INIT_FD_PLAN] = rc;
	return rc;
}

static int mounts_of(struct enter *e)
{
	if (!e->plan)
		return fixed_mounts(e);
	return mounts(e) < 0 ? -1 : notify(e);
}

/* All that the workload's init is in; the pid namespace was that of birth. */
static int join_init(struct enter *e)
{
	int fd = e->of->pidfd;

	if (ns_join(fd, CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP))
		return -1;
	return close(fd);
}

/* The last namespace: all others stay owned by the initial one (launch.md 6.3). */
static int user(struct enter *e)
{
	return e->userns < 0 ? 0 : setns(e->userns, CLONE_NEWUSER);
}

/* (I, W, W): the exec copies the effective id into the saved one; init makes it (I, I, W) (I13) */
static int ids(struct enter *e)
{
	const struct plan_exec *x = e->plan ? plan_row(e->plan, PLAN_EXEC, 0) : NULL;
	uid_t r = x ? ID_INIT : e->uid, w = x ? x->uid : e->uid;
	gid_t g = x ? x->gid : (gid_t)e->uid;
	uid_t got[3];

	/* a constant plan leaves uid 0 without a user namespace: the rights are wanted once more */
	if ((!e->plan || PLAN_LACKS(e->plan, ABLATE_USER)) &&
	    prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) < 0)
		return -1;
	/* raw: glibc's wrappers would signal threads; gid before uid */
	if (syscall(SYS_setgroups, 0, NULL) < 0 || syscall(SYS_setresgid, g, g, g) < 0 ||
	    syscall(SYS_setresuid, r, w, w) < 0 || getresuid(&got[0], &got[1], &got[2]) < 0)
		return -1;
	errno = EPERM;
	return got[0] == r && got[1] == w && got[2] == w ? 0 : -1;
}

/*
 * A terminal of the workload's own devpts, as the workload's id. Opened by what only the kernel
 * makes there; its other end is the open description's own (CVE-2025-52565). The far end goes to
 * the spawner, which keeps none of it.
 */
static int pty(struct enter *e)
{
	const struct start_error none = { 0 };
	const struct winsize size = { e->size.rows, e->size.columns, 0, 0 };
	AUTO_FD int root = open("/", O_PATH | O_CLOEXEC);
	AUTO_FD int far = path_open(root, "/dev/pts/ptmx", O_RDWR | O_NOCTTY, 0);
	AUTO_FD int near = -1;

	if (far < 0 || ioctl(far, TIOCSPTLCK, &(int){ 0 }) < 0 || ioctl(far, TIOCSWINSZ, &size) < 0)
		return -1;
	near = ioctl(far, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (near < 0 || fd_send(e->error, &none, sizeof(none), far) < 0)
		return -1;
	e->stdio[0] = fcntl(near, F_DUPFD_CLOEXEC, ENTER_FD_LOW);
	e->stdio[1] = e->stdio[2] = e->stdio[0];
	return e->stdio[0];
}

static int pty_of(struct enter *e)
{
	return e->tty ? pty(e) : 0;
}

/*
 * An exec's view of a path of the plan. The workload may have put links in its writable places, and
 * a rule must not follow one: links count inside one read-only mount only, where all are the
 * image's.
 */
static int exec_path(const struct enter *e, const char *path)
{
	AUTO_FD int root = open("/", O_PATH | O_CLOEXEC);
	AUTO_FD int top = -1;
	int fd = path_open(root, path, O_PATH, 0);
	size_t best = 0;

	if (fd >= 0 || errno != ELOOP)
		return fd;
	for (size_t i = 0; i < plan_count(e->plan, PLAN_MOUNT); i++) {
		const struct plan_mount *m = plan_row(e->plan, PLAN_MOUNT, i);
		const char *t = plan_text(e->plan, m->target);

		if (m->target.len <= best || strncmp(path, t, m->target.len) ||
		    path[m->target.len] != '/')
			continue;
		best = m->target.len;
		fd_close(&top);
		if (m->kind == MOUNT_IMAGE || m->kind == MOUNT_HOST)
			top = path_open(root, t, O_PATH, 0);
	}
	return top < 0 ? -1 : links_open(top, path + best + 1, O_PATH);
}

/* What is gone, or led elsewhere, in a workload that runs: that much less for its exec. */
static bool may_lack(const struct enter *e, const struct plan_llrule *r)
{
	if (e->of && (errno == ELOOP || errno == EXDEV || errno == ENOENT || errno == ENOTDIR))
		return true;
	return r->flags & LLRULE_OPTIONAL && (errno == ENOENT || errno == ENOTDIR);
}

static int path_rule(const struct enter *e, int rules, const struct plan_llrule *r)
{
	struct landlock_path_beneath_attr at = { .allowed_access = r->access };
	const char *path = plan_text(e->plan, r->path);
	AUTO_FD int fd = e->of ? exec_path(e, path) : open(path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return may_lack(e, r) ? 0 : -1;
	at.parent_fd = fd;
	return (int)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &at, 0);
}

/* One domain for init and workload, so that its signal scope does not part them. */
static int landlock_enter(const struct enter *e, const struct plan_hdr *plan)
{
	const struct plan_landlock *l = plan_row(plan, PLAN_LANDLOCK, 0);
	/* net and scoped came after the struct of these headers: 6.7 and 6.12 */
	const uint64_t attr[] = { l->fs, l->net, l->scoped };
	size_t known = plan->min_landlock_abi >= 6 ? 3 : plan->min_landlock_abi >= 4 ? 2 : 1;
	AUTO_FD int rules =
		(int)syscall(SYS_landlock_create_ruleset, attr, known * sizeof(attr[0]), 0);

	for (size_t i = 0; i < plan_count(plan, PLAN_LLRULE); i++) {
		const struct plan_llrule *r = plan_row(plan, PLAN_LLRULE, i);
		const uint64_t port[] = { r->access, r->port };
		long rc = r->flags & LLRULE_PORT ? syscall(SYS_landlock_add_rule, rules, 2, port, 0)
						 : path_rule(e, rules, r);

		if (rc < 0)
			return -1;
	}
	return (int)syscall(SYS_landlock_restrict_self, rules, 0);
}

static int landlock(struct enter *e)
{
	const struct plan_hdr *h = e->plan;

	return h && h->min_landlock_abi ? landlock_enter(e, h) : 0;
}

/* A test build: the opposite of caps(). */
static int caps_kept(const struct enter *e)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct all[2];
	int rc = (int)syscall(SYS_capget, &h, all);

	all[0].inheritable = all[0].permitted;
	all[1].inheritable = all[1].permitted;
	if (rc == 0)
		rc = (int)syscall(SYS_capset, &h, all);
	for (unsigned long c = 0; rc == 0 && c <= e->a->last_cap; c++)
		(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, c, 0, 0); /* what it has */
	return rc;
}

/* Raw calls: libcap allocates. Securebits and bounding drops need SETPCAP, so capset is last. */
static int caps(struct enter *e)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { 0 }, got[2] = { 0 };
	const unsigned long bits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
				   SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |
				   SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED | SECBIT_KEEP_CAPS_LOCKED;

	if (PLAN_LACKS(e->plan, ABLATE_CAPS))
		return caps_kept(e);
	if (prctl(PR_SET_SECUREBITS, bits, 0, 0, 0) < 0)
		return -1;
	for (unsigned long c = 0; c <= e->a->last_cap; c++)
		if (prctl(PR_CAPBSET_DROP, c, 0, 0, 0) < 0)
			return -1;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 ||
	    syscall(SYS_capset, &h, none) < 0 || syscall(SYS_capget, &h, got) < 0)
		return -1;
	errno = EPERM;
	return !memcmp(got, none, sizeof(got)) && prctl(PR_GET_SECUREBITS) == (int)bits ? 0 : -1;
}

/* A plan may ask for more than the hard limit where root may not raise it: what there is. */
static int limit(uint32_t resource, uint64_t soft, uint64_t hard)
{
	struct rlimit now, want = { .rlim_cur = soft, .rlim_max = hard };

	if (getrlimit((__rlimit_resource_t)resource, &now) < 0)
		return -1;
	if (want.rlim_max > now.rlim_max)
		want.rlim_max = now.rlim_max;
	if (want.rlim_cur > want.rlim_max)
		want.rlim_cur = want.rlim_max;
	if (want.rlim_cur == now.rlim_cur && want.rlim_max == now.rlim_max)
		return 0;
	return setrlimit((__rlimit_resource_t)resource, &want);
}

static int limits(struct enter *e)
{
	const struct plan_features *feat = e->plan ? plan_row(e->plan, PLAN_FEATURES, 0) : NULL;
	const struct fixed *x = e->fixed;

	for (size_t i = 0; e->plan && i < plan_count(e->plan, PLAN_RLIMIT); i++) {
		const struct plan_rlimit *r = plan_row(e->plan, PLAN_RLIMIT, i);

		if (limit(r->resource, r->soft, r->hard) < 0)
			return -1;
	}
	for (size_t i = 0; x && i < x->nlimit; i++)
		if (limit(x->limit[i].resource, x->limit[i].value, x->limit[i].value) < 0)
			return -1;
	/* 6.3; survives fork and exec; the plan's min_kernel says whether it was promised */
	if (feat && !(feat->on & FEAT_BIT(FEAT_JIT)) && e->a->has_mdwe)
		return prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0);
	return 0;
}

/* Every source is above the targets: the spawner keeps the low numbers occupied. */
static int fds(struct enter *e)
{
	int top = INIT_FD_PLAN + (int)ARRAY_LEN(e->extra);

	for (int i = 0; i < 3; i++)
		if (dup2(e->stdio[i] < 0 ? e->a->o.null : e->stdio[i], i) < 0)
			return -1;
	for (int i = INIT_FD_PLAN; i < top; i++)
		if (e->extra[i - INIT_FD_PLAN] >= 0 && dup2(e->extra[i - INIT_FD_PLAN], i) < 0)
			return -1;
	/* all others are close-on-exec or closed */
	return e->program < top || e->error < top ? -1 : 0;
}

static int exec_init(struct enter *e)
{
	static const char *const init_argv[] = { "cloister-init", NULL };
	static const char *const no_env[] = { NULL };
	const char *const *argv = e->plan ? init_argv : e->fixed->argv;

	if (!e->plan && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	for (int fd = INIT_FD__END; PLAN_LACKS(e->plan, ABLATE_FD) && fd < 1024; fd++)
		(void)fcntl(fd, F_SETFD, fd == e->error ? FD_CLOEXEC : 0);
	return (int)syscall(SYS_execveat, e->program, "", argv, e->plan ? no_env : e->fixed->envp,
			    AT_EMPTY_PATH);
}

/* clang-format off */
static const struct stage stages[STAGE__COUNT] = {
	[STAGE_LABEL]    = { "label",    BOTH,  "the exec of init takes the host's AppArmor profile",          "come after reset: procfs is the spawner's", label, 0 },
	[STAGE_RESET]    = { "reset",    BOTH,  "only this start's descriptors, known signals and schedule", "touch a namespace: descriptors first",     reset, 0 },
	[STAGE_CGROUP]   = { "cgroup",   BOTH,  "the process is in all its cgroups",                         "come later: what is made is its tenant's", join, ABLATE_CGROUP },
	[STAGE_NET]      = { "net",      START, "in the workload's network namespace, with its host name",   "come after user: it needs host rights",    net, ABLATE_NET },
	[STAGE_MOUNTS]   = { "mounts",   START, "the plan's mounts and no other",                            "come after user: it needs host rights",    mounts_of, 0 },
	[STAGE_JOIN]     = { "join",     EXEC,  "in the namespaces of a workload that runs",                  "have another's descriptor open",          join_init, 0 },
	[STAGE_USER]     = { "user",     BOTH,  "in the tenant's user namespace",                            "come before the others are owned outside", user, ABLATE_USER },
	[STAGE_IDS]      = { "ids",      BOTH,  "no id of the host, no group",                               "come after caps: it needs CAP_SETUID",     ids, 0 },
	[STAGE_PTY]      = { "pty",      BOTH,  "stdio is a terminal of the workload's own",                  "come before ids: its owner is the opener", pty_of, 0 },
	[STAGE_LANDLOCK] = { "landlock", BOTH,  "paths and ports bounded a second time",                     "come after caps, without no_new_privs",    landlock, ABLATE_LANDLOCK },
	[STAGE_CAPS]     = { "caps",     BOTH,  "no capability in any set, securebits locked",               "come before user, which refills all sets", caps, 0 },
	[STAGE_LIMITS]   = { "limits",   BOTH,  "rlimits as planned, no write-then-execute memory",          "lower NOFILE before descriptors are kept", limits, ABLATE_LIMITS },
	[STAGE_FDS]      = { "fds",      BOTH,  "stdio and init's descriptors at their numbers",             "leave one of the spawner's behind",        fds, 0 },
	[STAGE_INIT]     = { "init",     BOTH,  "cloister-init runs; nothing of the spawner is in memory",   "return",                                   exec_init, 0 },
	/* the steps of cloister-init (init.c), for their names */
	[STAGE_INIT_IDS] = { "init-ids", BOTH, NULL, NULL, NULL, 0 }, [STAGE_INIT_PLAN] = { "init-plan", BOTH, NULL, NULL, NULL, 0 },
	[STAGE_INIT_ARGS] = { "arguments", BOTH, NULL, NULL, NULL, 0 }, [STAGE_INIT_FORK] = { "init-fork", BOTH, NULL, NULL, NULL, 0 },
	[STAGE_FILTER]   = { "seccomp", BOTH, NULL, NULL, NULL, 0 },  [STAGE_PROGRAM]   = { "program", BOTH, NULL, NULL, NULL, 0 },
};
/* clang-format on */

const char *stage_name(uint32_t stage)
{
	return stage < STAGE__COUNT && stages[stage].name ? stages[stage].name : "unknown";
}

_Noreturn void enter_run(struct enter *e)
{
	struct start_error r = { 0 };

	for (uint32_t s = STAGE_LABEL; s <= STAGE_INIT; s++) {
		errno = 0;
		if (stages[s].of == (e->of ? START : EXEC) ||
		    PLAN_LACKS(e->plan, stages[s].ablate) || stages[s].run(e) >= 0)
			continue;
		r.stage = s;
		r.err = errno ? errno : EIO;
		break;
	}
	DROP(write(e->error, &r, sizeof(r))); /* the spawner sees the exit status all the same */
	_exit(125);
}
