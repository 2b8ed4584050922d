/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open.c - everything that the spawner needs later, opened before it gives up the host's root.
 * Runs in: cloister-spawn, once, on parent.run. After it no host path can be reached by name.
 */
#include "sandbox/spawn.h"
#include "lib/base/fd.h"
#include "lib/base/str.h"
#include "lib/base/file.h"
#include "lib/asks/spawn_start.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

enum { PR_GET_MDWE_ = 66, FD_TABLE = 1000 };

static int take_cgroups(struct app *a, struct fault *f)
{
	struct spawn_cgroups c;

	if (pread(SPAWN_FD_CGROUPS, &c, sizeof(c), 0) != (ssize_t)sizeof(c) || c.nfd == 0 ||
	    c.nfd > CG_TREES_MAX)
		return fault_set(f, -EINVAL, "open.cgroups", "no list of cgroup hierarchies");
	a->cg.n = c.nfd;
	for (uint32_t i = 0; i < c.nfd; i++) {
		a->cg.version[i] = c.row[i].version;
		if (c.row[i].version != (i == CG_V2 ? 2 : 1))
			return fault_set(f, -EINVAL, "open.cgroups", "version 2 is not row 0");
		a->cg.controllers[i] = c.row[i].controllers;
	}
	return cgroup_open(a, f);
}

static int open_program(const char *name, struct fault *f)
{
	int fd = openat(SPAWN_FD_PROGRAMS, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? fault_sys(f, "open.program", "opening %s", name) : fd;
}

static int open_programs(struct app *a, struct fault *f)
{
	AUTO_FD int init = open_program("cloister-init", f);

	a->o.compile = open_program("cloister-compile", f);
	a->o.mkimage = open_program("cloister-mkimage", f);
	a->o.relay = open_program("cloister-relay", f);
	if (init < 0 || a->o.compile < 0 || a->o.mkimage < 0 || a->o.relay < 0)
		return f->err;
	a->o.init = sealed_copy(init, "open.seal", f);
	a->o.null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (a->o.null < 0)
		return fault_sys(f, "open.null", "opening /dev/null");
	return a->o.init < 0 ? a->o.init : 0;
}

/* Our own root: a tiny tmpfs with procfs, the host's /usr read-only, and room to attach images. */
static int own_root(struct app *a, struct fault *f)
{
	static const char *const no_options[] = { NULL };
	const struct tmpfs t = { 1 << 20, 8192, TMPFS_PLAIN, 0755, 0 };
	AUTO_FD int proc = fs_make("proc", no_options, TMPFS_PLAIN | MOUNT_ATTR_NOEXEC);
	AUTO_FD int usr = open_tree(AT_FDCWD, "/usr", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	AUTO_FD int root = tmpfs_make(&t, f);

	if (root < 0)
		return f->err;
	if (proc < 0 || usr < 0)
		return fault_sys(f, "open.usr", "mounting procfs, cloning /usr");
	if (mount_set(usr, MOUNT_ATTR_RDONLY | TMPFS_PLAIN, f) < 0)
		return f->err;
	if (mkdirat(root, "s", 0700) < 0 || mkdirat(root, "proc", 0555) < 0 ||
	    mkdirat(root, "h", 0755) < 0)
		return fault_sys(f, "open.root", "making the spawner's root");
	/* any directory will do to stand on for the switch: this namespace is ours alone */
	if (move_mount(root, "", AT_FDCWD, "/usr", MOVE_MOUNT_F_EMPTY_PATH) < 0 ||
	    fchdir(root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return fault_sys(f, "open.root", "switching to the spawner's root");
	if (move_mount(proc, "", AT_FDCWD, "/proc", MOVE_MOUNT_F_EMPTY_PATH) < 0 ||
	    move_mount(usr, "", AT_FDCWD, "/h", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return fault_sys(f, "open.root", "attaching procfs and /usr");
	a->o.base_root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	a->o.proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	a->o.usr = open("/h", O_PATH | O_DIRECTORY | O_CLOEXEC);
	a->o.base_ns = openat(a->o.proc, "self/ns/mnt", O_RDONLY | O_CLOEXEC);
	a->o.base_pid = openat(a->o.proc, "self/ns/pid", O_RDONLY | O_CLOEXEC);
	a->o.base_net = openat(a->o.proc, "self/ns/net", O_RDONLY | O_CLOEXEC);
	if (a->o.base_root < 0 || a->o.proc < 0 || a->o.usr < 0 || a->o.base_ns < 0 ||
	    a->o.base_pid < 0 || a->o.base_net < 0)
		return fault_sys(f, "open.root", "opening the spawner's root");
	return 0;
}

/* The namespace that templates and helpers start from: an empty read-only root and nothing else. */
static int seed(struct app *a, struct fault *f)
{
	const struct tmpfs t = { 4096, 8, TMPFS_PLAIN | MOUNT_ATTR_NOEXEC, 0755, 0 };
	AUTO_FD int root = tmpfs_make(&t, f);

	if (root < 0)
		return root;
	if (mkdirat(root, "s", 0700) < 0 || unshare(CLONE_NEWNS) < 0)
		return fault_sys(f, "open.seed", "making the seed namespace");
	if (root_switch(root, f) < 0 || mount_set(root, MOUNT_ATTR_RDONLY, f) < 0)
		return f->err;
	a->o.seed_ns = openat(a->o.proc, "self/ns/mnt", O_RDONLY | O_CLOEXEC);
	if (a->o.seed_ns < 0)
		return fault_sys(f, "open.seed", "opening the seed namespace");
	ns_home(a);
	return 0;
}

/* What an operator favours the supervisor with would pass down; what is worse than 0 stays. */
static int give_up_favours(const struct app *a, struct fault *f)
{
	char text[16];

	(void)file_text(a->o.proc, "self/oom_score_adj", text, sizeof(text));
	if (text[0] == '-' && file_put(a->o.proc, "self/oom_score_adj", "0") < 0)
		return fault_set(f, -EPERM, "open.oom", "the OOM score cannot be set to 0");
	(void)setpriority(PRIO_PROCESS, 0, 0); /* fails where that would be a favour */
	return 0;
}

static int look_at_host(struct app *a, struct fault *f)
{
	char text[16];
	const char *p = text;
	struct stat net, user;
	struct utsname u;
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	a->landlock_abi = abi > 0 ? (uint32_t)abi : 0;
	a->kernel = uname(&u) < 0 ? 0 : str_version(u.release);
	a->labels = label_look(a->o.proc);
	a->has_mdwe = prctl(PR_GET_MDWE_, 0, 0, 0, 0) >= 0;
	(void)file_text(a->o.proc, "sys/kernel/cap_last_cap", text, sizeof(text));
	a->last_cap = (uint32_t)str_digits(&p);
	if (a->last_cap == 0 || a->last_cap > 63)
		return fault_set(f, -EINVAL, "open.caps", "the kernel hides its last capability");
	if (fstatat(a->o.proc, "self/ns/net", &net, 0) < 0 ||
	    fstatat(a->o.proc, "self/ns/user", &user, 0) < 0)
		return fault_sys(f, "open.host", "looking at our namespaces");
	a->host_net = net.st_ino;
	a->host_user = user.st_ino;
	a->host_ns = net.st_dev;
	return 0;
}

int spawn_open(struct app *a, struct fault *f)
{
	int high = fcntl(WORKER_FD_PARENT, F_DUPFD_CLOEXEC, FD_TABLE); /* grows the table once */

	fd_close(&high);
	a->o.ids = SPAWN_FD_IDS;
	if (tenant_open(a, f) < 0 || take_cgroups(a, f) < 0 || open_programs(a, f) < 0)
		return f->err;
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return fault_sys(f, "open.ns", "making the spawner's mount namespace");
	if (own_root(a, f) < 0 || seed(a, f) < 0 || look_at_host(a, f) < 0 ||
	    give_up_favours(a, f) < 0)
		return f->err;
	return adopt_scan(a, f);
}
