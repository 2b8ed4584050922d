/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgtree.c - makes and removes our control groups. Runs in: cloisterd. No allocation.
 * Must not: write anything above our own cgroup, nor limits on it (launch.md 5.3).
 */
#include "supervisor/daemon/cgtree.h"
#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "lib/base/str.h"
#include "lib/harden/harden.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/vfs.h>
#include <sys/wait.h>

enum {
	DEPTH_MAX =
		4, /* t/<index>/<n> and one to spare: what spawn makes, and the bound of remove() */
	EMPTY_MS = 5000,
	STEP_MS = 50,
};

void cgtree_init(struct cgtree *c)
{
	*c = (struct cgtree){ .supervisor = -1, .generation = -1 };
	for (size_t i = 0; i < SPAWN_CGROUPS_MAX; i++)
		c->parent[i] = c->dir[i] = -1;
}

static int put(int dir, const char *file, const char *text)
{
	AUTO_FD int fd = openat(dir, file, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		return -errno;
	return 0;
}

static int get(int dir, const char *file, char *buf, size_t cap)
{
	AUTO_FD int fd = openat(dir, file, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, cap - 1);

	if (n < 0)
		return -errno;
	buf[n] = '\0';
	return 0;
}

static int make(int parent, const char *name, int *ret_fd, struct fault *f)
{
	AUTO_FD int fd = -1;

	if (mkdirat(parent, name, 0755) < 0 && errno != EEXIST)
		return fault_sys(f, "cgroups.mkdir", "cgroup %s", name);
	/* our umask is 077, and cgroup directories are for everyone to look at */
	if (fchmodat(parent, name, 0755, 0) < 0)
		return fault_sys(f, "cgroups.mode", "cgroup %s", name);
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return fault_sys(f, "cgroups.open", "cgroup %s", name);
	if (ret_fd)
		*ret_fd = fd_take(&fd);
	return 0;
}

/* ---- emptying and removing ---- */

static void reap(void)
{
	siginfo_t si;

	do
		si.si_pid = 0;
	while (waitid(P_ALL, 0, &si, WEXITED | WNOHANG) == 0 && si.si_pid != 0);
}

static bool populated(int dir)
{
	char text[256];

	return get(dir, "cgroup.events", text, sizeof(text)) == 0 && strstr(text, "populated 1");
}

/* Kills every process at and below dir and waits until the kernel says that none is left. */
static int empty(int dir, const char *name, struct fault *f)
{
	AUTO_FD int events = openat(dir, "cgroup.events", O_RDONLY | O_CLOEXEC);
	uint64_t end = clock_boot_ns() + (uint64_t)EMPTY_MS * 1000000u;
	int rc = put(dir, "cgroup.kill", "1"); /* 5.14 */

	if (events < 0 || rc < 0)
		return fault_set(f, rc < 0 ? rc : -EIO, "cgroups.kill", "cgroup %s", name);
	while (populated(dir)) {
		struct pollfd p = { .fd = events, .events = POLLPRI };

		if (clock_boot_ns() > end)
			return fault_set(f, -ETIMEDOUT, "cgroups.empty",
					 "processes in cgroup %s do not end", name);
		reap();			    /* a zombie of ours counts as a process there */
		(void)poll(&p, 1, STEP_MS); /* an interrupted wait is only a shorter one */
	}
	return 0;
}

struct linux_dirent64 {
	uint64_t ino;
	int64_t off;
	uint16_t len;
	uint8_t type;
	char name[];
};

/* Calls fn for each directory in dir. Returns its first result that is not 0. */
static int each_dir(int dir, int (*fn)(int dir, const char *name, void *arg), void *arg)
{
	uint8_t buf[1024] __attribute__((aligned(8)));
	int result = 0;

	if (lseek(dir, 0, SEEK_SET) < 0)
		return -errno;
	for (;;) {
		long n = syscall(SYS_getdents64, dir, buf, sizeof(buf));

		if (n <= 0)
			return n < 0 && result == 0 ? -errno : result;
		for (long at = 0; at < n;) {
			struct linux_dirent64 *d = (void *)(buf + at);
			int rc = 0;

			if (d->type == DT_DIR && d->name[0] != '.')
				rc = fn(dir, d->name, arg);
			if (result == 0)
				result = rc;
			at += d->len;
		}
	}
}

/* Removes the empty cgroup `name` and those in it; depth counts down from DEPTH_MAX. */
static int remove_tree(int parent, const char *name, void *depth)
{
	int left = *(const int *)depth - 1;
	AUTO_FD int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int rc;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (left < 0)
		return -ELOOP;
	rc = each_dir(fd, remove_tree, &left);
	for (int i = 0; i < EMPTY_MS / STEP_MS; i++) {
		if (unlinkat(parent, name, AT_REMOVEDIR) == 0)
			return rc;
		if (errno != EBUSY)
			return -errno;
		reap();			      /* charged to it until it is waited for */
		(void)poll(NULL, 0, STEP_MS); /* cut short at worst */
	}
	return -EBUSY;
}

static int clear_one(int dir, const char *name, void *arg)
{
	struct fault *f = arg;
	int depth = DEPTH_MAX, rc;
	AUTO_FD int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return 0;
	rc = empty(fd, name, f);
	if (rc == 0)
		rc = remove_tree(dir, name, &depth);
	return rc;
}

/* ---- making ---- */

static int open_parent(struct cgtree *c, size_t i, struct fault *f)
{
	const struct cg_place *p = &c->saved.found.row[i];
	long want = p->version == 2 ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC;
	struct statfs fs;

	c->parent[i] = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->parent[i] < 0 || fstatfs(c->parent[i], &fs) < 0)
		return fault_sys(f, "cgroups.parent", "our cgroup %s", p->path);
	if (fs.f_type != want)
		return fault_set(f, -EINVAL, "cgroups.type", "%s is no cgroup of version %u",
				 p->path, p->version);
	return 0;
}

/* v1: a directory without cpus takes no process; its children copy from it. */
static int furnish_v1(struct cgtree *c, size_t i, struct fault *f)
{
	static const char *const copied[] = { "cpuset.cpus", "cpuset.mems" };
	char text[512];

	if (put(c->dir[i], "notify_on_release", "0") < 0) /* inherited otherwise */
		return fault_sys(f, "cgroups.v1", "notify_on_release");
	if (!(c->table.row[i].controllers & 1u << CTL_CPUSET))
		return 0;
	for (size_t k = 0; k < ARRAY_LEN(copied); k++)
		if (get(c->parent[i], copied[k], text, sizeof(text)) < 0 ||
		    put(c->dir[i], copied[k], text) < 0)
			return fault_sys(f, "cgroups.cpuset", "%s", copied[k]);
	if (put(c->dir[i], "cgroup.clone_children", "1") < 0)
		return fault_sys(f, "cgroups.cpuset", "clone_children");
	return 0;
}

/* Enables controllers one by one in dir; returns those that are enabled then. */
static uint32_t enable(int dir, uint32_t wanted)
{
	char text[256] = "";

	for (int k = 0; k < CTL__COUNT; k++) {
		char line[32];

		if (!(wanted & 1u << k))
			continue;
		(void)snprintf(line, sizeof(line), "+%s", cgroups_name((enum host_controller)k));
		/* EBUSY where our own cgroup holds others' processes: that one is "none" here */
		(void)put(dir, "cgroup.subtree_control", line);
	}
	if (get(dir, "cgroup.subtree_control", text, sizeof(text)) < 0)
		return 0;
	return cgroups_names(text);
}

static void disable(int dir, uint32_t bits)
{
	for (int k = 0; k < CTL__COUNT; k++) {
		char line[32];

		if (!(bits & 1u << k))
			continue;
		(void)snprintf(line, sizeof(line), "-%s", cgroups_name((enum host_controller)k));
		/* EBUSY: someone else uses it by now, and keeps it */
		(void)put(dir, "cgroup.subtree_control", line);
	}
}

static int furnish_v2(struct cgtree *c, int t, int helper, struct fault *f)
{
	char text[256];
	uint32_t there, had, bits;

	/* out of our own cgroup first: with a process in it, nothing may be enabled there */
	if (put(c->supervisor, "cgroup.procs", "0") < 0)
		return fault_sys(f, "cgroups.move", "moving into %s/supervisor", c->name);
	if (get(c->parent[0], "cgroup.controllers", text, sizeof(text)) < 0)
		return fault_sys(f, "cgroups.controllers", "of our own cgroup");
	there = cgroups_names(text);
	if (get(c->parent[0], "cgroup.subtree_control", text, sizeof(text)) < 0)
		return fault_sys(f, "cgroups.subtree", "of our own cgroup");
	had = cgroups_names(text);
	bits = enable(c->parent[0], there & ~had) & there;
	c->saved.lent |= bits & ~had;
	bits = enable(c->dir[0], bits) & bits;
	bits = enable(t, bits) & bits;
	bits = enable(helper, bits) & bits;
	c->table.row[0].controllers = bits | 1u << CTL_FREEZER;
	return 0;
}

/* What compilers, builders and log relays may take together, wherever the controllers are: half of
 * the machine's memory (an image is built in a tmpfs), and tasks. */
static int bound_helpers(const struct cgtree *c, size_t i, int helper, struct fault *f)
{
	enum { TASKS = 4096 };
	const char *memory = c->table.row[i].version == 2 ? "memory.max" : "memory.limit_in_bytes";
	struct sysinfo si;
	char text[24];
	int rc = sysinfo(&si) < 0 ? -errno : 0;

	if (rc == 0 && c->table.row[i].controllers & 1u << CTL_MEMORY) {
		(void)str_u64(text, (uint64_t)si.totalram * si.mem_unit / 2);
		rc = put(helper, memory, text);
	}
	if (rc == 0 && c->table.row[i].controllers & 1u << CTL_PIDS) {
		(void)str_u64(text, TASKS);
		rc = put(helper, "pids.max", text);
	}
	return rc < 0 ? fault_set(f, rc, "cgroups.helper", "bounding helper/") : 0;
}

static int open_row(struct cgtree *c, size_t i, struct fault *f)
{
	AUTO_FD int t = -1, helper = -1;
	int rc = open_parent(c, i, f);

	if (rc == 0)
		rc = make(c->parent[i], c->name, &c->dir[i], f);
	c->table.row[i].version = c->saved.found.row[i].version;
	c->table.row[i].controllers = c->saved.found.row[i].controllers;
	if (rc == 0 && i > 0)
		rc = furnish_v1(c, i, f);
	if (rc == 0)
		rc = make(c->dir[i], "t", &t, f);
	if (rc == 0)
		rc = make(c->dir[i], "helper", &helper, f);
	if (rc == 0 && i == 0)
		rc = make(c->dir[0], "supervisor", &c->supervisor, f);
	if (rc == 0 && i == 0)
		rc = furnish_v2(c, t, helper, f);
	return rc < 0 ? rc : bound_helpers(c, i, helper, f);
}

static int newest(int dir, const char *name, void *arg)
{
	uint64_t *most = arg, v;

	(void)dir;
	if (str_to_u64(name, strlen(name), &v) == 0 && v > *most)
		*most = v;
	return 0;
}

/* No two generations at once (I23): what an earlier cloisterd left dies before ours begins. */
static int begin(struct cgtree *c, struct fault *f)
{
	AUTO_FD int helper = openat(c->dir[0], "helper", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint64_t most = 0;
	int rc = each_dir(c->supervisor, newest, &most);

	if (rc == 0)
		rc = each_dir(c->supervisor, clear_one, f);
	if (rc == 0 && helper >= 0)
		rc = each_dir(helper, clear_one, f);
	if (rc < 0)
		return fault_set(f, rc, "cgroups.older", "ending an earlier generation");
	(void)str_u64(c->gen_name, most + 1);
	return make(c->supervisor, c->gen_name, &c->generation, f);
}

static void set_name(struct cgtree *c, uint32_t own)
{
	(void)snprintf(c->name, sizeof(c->name), "cloister.%u", own);
}

int cgtree_open(struct cgtree *c, uint32_t own, struct fault *f)
{
	int rc = 0;

	set_name(c, own);
	c->table.nfd = c->saved.found.n;
	for (size_t i = 0; i < c->saved.found.n && rc == 0; i++)
		rc = open_row(c, i, f);
	return rc < 0 ? rc : begin(c, f);
}

bool cgtree_there(const struct cgtree *c, uint32_t own)
{
	char path[CG_PATH + 32];
	struct stat st;

	if (c->saved.found.n > SPAWN_CGROUPS_MAX || c->saved.found.row[0].version != 2)
		return false; /* another build's file */
	for (size_t i = 0; i < c->saved.found.n; i++) {
		const struct cg_place *p = &c->saved.found.row[i];

		if (!memchr(p->path, '\0', sizeof(p->path)))
			return false;
		(void)snprintf(path, sizeof(path), "%s/cloister.%u", p->path, own);
		if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
			return false;
	}
	return c->saved.found.n > 0;
}

bool cgtree_busy(const struct cgtree *c)
{
	AUTO_FD int t = openat(c->dir[0], "t", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return t >= 0 && populated(t);
}

/* ---- taking down ---- */

/* The first failure is kept in *f, the rest goes on. */
static void note(int rc, const char *what, int *first, struct fault *f)
{
	if (rc < 0 && *first == 0)
		*first = fault_set(f, rc, "cgroups.remove", "removing %s: %s", what,
				   strerrordesc_np(-rc));
}

int cgtree_remove(struct cgtree *c, struct fault *f)
{
	static const char *const parts[] = { "t", "helper" };
	int first = 0, depth = DEPTH_MAX;

	if (c->dir[0] < 0)
		return 0; /* not even begun */
	for (size_t k = 0; k < ARRAY_LEN(parts); k++)
		note(clear_one(c->dir[0], parts[k], f), parts[k], &first, f);
	note(clear_one(c->supervisor, c->gen_name, f), c->gen_name, &first, f);
	disable(c->dir[0], c->table.row[0].controllers & ~(1u << CTL_FREEZER));
	disable(c->parent[0], c->saved.lent);
	if (put(c->parent[0], "cgroup.procs", "0") < 0)
		note(-errno, "ourselves from our cgroup", &first, f);
	/* a hierarchy's top has mode 0555 */
	if (harden_raise(UINT64_C(1) << CAP_DAC_OVERRIDE, true, f) < 0)
		note(f->err, "with CAP_DAC_OVERRIDE", &first, f);
	for (size_t i = 0; i < c->table.nfd && c->parent[i] >= 0; i++)
		note(remove_tree(c->parent[i], c->name, &depth), c->saved.found.row[i].path, &first,
		     f);
	DROP(harden_raise(UINT64_C(1) << CAP_DAC_OVERRIDE, false, f)); /* the end is near */
	return first;
}
