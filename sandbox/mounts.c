/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mounts.c - the finished root of a (tenant, plan, images) as a mount namespace of its own.
 * Runs in: cloister-spawn.
 *
 * A start clones the spawner while it sits in such a namespace: the child's copy has exactly the
 * plan's mounts and its root is the skeleton already, so no pivot, no unmount and no host path is
 * left (measured against cloning out of one big namespace in bench/). What is made per start
 * (tmpfs, proc) is added by the child (enter.c). The namespace is built once, with the spawner
 * inside it for the time of the building only.
 *
 * Nothing is resolved through a symbolic link: the images are foreign content (CVE-2015-3629 and
 * kin).
 */
#include "sandbox/spawn.h"
#include "lib/base/fd.h"
#include "lib/base/str.h"
#include "lib/plan/feature.h"
#include "lib/plan/plan.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

/* clang-format off */
static const struct node { const char *name; uint8_t minor, major; } nodes[NODE__COUNT] = {
	[NODE_NULL]    = { "null",    3, 1 }, [NODE_ZERO]   = { "zero",   5, 1 },
	[NODE_FULL]    = { "full",    7, 1 }, [NODE_RANDOM] = { "random", 8, 1 },
	[NODE_URANDOM] = { "urandom", 9, 1 }, [NODE_TTY]    = { "tty",    0, 5 },
	/* ptmx is a link into the workload's own devpts, made with that mount */
};

static const struct link { const char *name, *to; } links[] = {
	{ "bin", "usr/bin" }, { "sbin", "usr/sbin" }, { "lib", "usr/lib" }, { "lib64", "usr/lib64" },
}, dev_links[] = {
	{ "fd", "/proc/self/fd" }, { "stdin", "/proc/self/fd/0" }, { "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" },
};
/* clang-format on */

/* One template in the making. */
struct build {
	const void *plan;
	const struct spawn_start *q;
	int tree[PLAN_MOUNTS_MAX];
};

int links_open(int top, const char *path, uint64_t flags)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, top, path, &how, sizeof(how));
}

int path_open(int root, const char *path, uint64_t flags, uint64_t resolve)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | resolve,
	};

	while (*path == '/')
		path++;
	return (int)syscall(SYS_openat2, root, *path ? path : ".", &how, sizeof(how));
}

static int make_links(int dir, const struct link *l, size_t n, struct fault *f)
{
	for (size_t i = 0; i < n; i++)
		if (symlinkat(l[i].to, dir, l[i].name) < 0)
			return fault_sys(f, "mounts.links", "linking %s", l[i].name);
	return 0;
}

int root_links(int root, struct fault *f)
{
	return make_links(root, links, ARRAY_LEN(links), f);
}

int fs_make(const char *type, const char *const *option, uint64_t attr)
{
	AUTO_FD int fs = fsopen(type, FSOPEN_CLOEXEC);

	for (; fs >= 0 && *option; option += 2)
		if (fsconfig(fs, FSCONFIG_SET_STRING, option[0], option[1], 0) < 0)
			return -1;
	if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return fsmount(fs, FSMOUNT_CLOEXEC, (unsigned)attr);
}

int tmpfs_make(const struct tmpfs *t, struct fault *f)
{
	char size[24], inodes[24], mode[16], id[24];
	const char *const option[] = { "size", size, "nr_inodes", inodes, "mode", mode,
				       "uid",  id,   "gid",	  id,	  NULL };
	int fd;

	(void)str_u64(size, t->size);
	(void)str_u64(inodes, t->inodes);
	(void)str_u64(id, t->owner);
	(void)snprintf(mode, sizeof(mode), "%o", t->mode);
	fd = fs_make("tmpfs", option, t->attr);
	return fd < 0 ? fault_sys(f, "mounts.tmpfs", "making a tmpfs of %s bytes", size) : fd;
}

/* Makes every directory above and at path inside the skeleton. What exists is fine. */
static int make_dirs(int root, const char *path, struct fault *f)
{
	char part[PLAN_PATH_MAX + 1];
	size_t n = 0;

	do {
		AUTO_FD int have = -1;

		n += 1 + strcspn(path + n + 1, "/");
		if (n >= sizeof(part))
			return fault_set(f, -ENAMETOOLONG, "mounts.mkdir", "a target is too long");
		memcpy(part, path, n);
		part[n] = '\0';
		have = path_open(root, part, O_PATH, 0);
		if (have < 0 && (errno != ENOENT || mkdirat(root, part + 1, 0755) < 0))
			return fault_sys(f, "mounts.mkdir", "making %s for a mount", part);
	} while (path[n]);
	return 0;
}

static int make_file(int dir, const char *name, const char *text, struct fault *f)
{
	AUTO_FD int fd =
		openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	size_t n = strlen(text);

	if (fd < 0 || write(fd, text, n) != (ssize_t)n)
		return fault_sys(f, "mounts.etc", "writing %s", name);
	return 0;
}

/* /etc is made from the plan, never taken from an image (launch.md 3.5). */
static int make_etc(int root, const void *plan, struct fault *f)
{
	const struct plan_ident *id = plan_row(plan, PLAN_IDENT, 0);
	const struct plan_features *feat = plan_row(plan, PLAN_FEATURES, 0);
	const char *user = plan_text(plan, id->user), *host = plan_text(plan, id->hostname);
	char passwd[512], group[256], hosts[256];
	AUTO_FD int etc = -1;

	if (mkdirat(root, "etc", 0755) == 0)
		etc = path_open(root, "/etc", O_PATH | O_DIRECTORY, 0);
	if (etc < 0)
		return fault_sys(f, "mounts.etc", "making /etc");
	(void)snprintf(passwd, sizeof(passwd),
		       "root:x:0:0:root:/:/usr/sbin/nologin\n%s:x:%d:%d::/:/usr/sbin/nologin\n"
		       "nobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n",
		       user, ID_WORKLOAD, ID_WORKLOAD);
	(void)snprintf(group, sizeof(group), "root:x:0:\n%s:x:%d:\nnogroup:x:65534:\n", user,
		       ID_WORKLOAD);
	(void)snprintf(hosts, sizeof(hosts), "127.0.0.1 localhost %s\n%s", host,
		       feat->on & FEAT_BIT(FEAT_NET_IPV6) ? "::1 localhost\n" : "");
	if (make_file(etc, "passwd", passwd, f) < 0 || make_file(etc, "group", group, f) < 0 ||
	    make_file(etc, "hosts", hosts, f) < 0 || make_file(etc, "resolv.conf", "", f) < 0)
		return f->err;
	return make_file(etc, "nsswitch.conf",
			 "passwd: files\ngroup: files\nhosts: files\nservices: files\n", f);
}

static int make_dev(int dev, const void *plan, struct fault *f)
{
	const struct plan_device *d = plan_row(plan, PLAN_DEVICE, 0);

	for (size_t i = 0; i < NODE__COUNT; i++) {
		if (!(d->nodes & UINT64_C(1) << i) || !nodes[i].name)
			continue;
		/* made, not bound: a bind would share the host's inode */
		if (mknodat(dev, nodes[i].name, S_IFCHR | 0666,
			    makedev(nodes[i].major, nodes[i].minor)) < 0)
			return fault_sys(f, "mounts.dev", "making /dev/%s", nodes[i].name);
	}
	if (d->nodes & UINT64_C(1) << NODE_PTMX && symlinkat("pts/ptmx", dev, "ptmx") < 0)
		return fault_sys(f, "mounts.dev", "linking /dev/ptmx");
	for (size_t i = 0; i < plan_count(plan, PLAN_MOUNT); i++) {
		const struct plan_mount *m = plan_row(plan, PLAN_MOUNT, i);
		const char *t = plan_text(plan, m->target);

		if (strncmp(t, "/dev/", 5) == 0 && mkdirat(dev, t + 5, 0755) < 0)
			return fault_sys(f, "mounts.dev", "making %s", t);
	}
	return make_links(dev, dev_links, ARRAY_LEN(dev_links), f);
}

/* The target of a row inside the new root, made where the skeleton itself is the parent. */
static int target_open(int root, const char *target, bool dir, struct fault *f)
{
	int fd = path_open(root, target, O_PATH, 0);

	if (fd < 0 && errno == ENOENT && dir && make_dirs(root, target, f) == 0)
		fd = path_open(root, target, O_PATH, 0);
	if (fd < 0)
		return fault_sys(f, "mounts.target", "mount target %s", target);
	return fd;
}

int mount_set(int fd, uint64_t attr, struct fault *f)
{
	struct mount_attr at = { .attr_set = attr };

	if (mount_setattr(fd, "", AT_EMPTY_PATH, &at, sizeof(at)) < 0)
		return fault_sys(f, "mounts.attr", "setting mount flags");
	return 0;
}

int mount_verify(int fd, uint64_t attr, const char *target, struct fault *f)
{
	/* clang-format off */
	static const struct { uint64_t attr; unsigned long flag; } map[] = {
		{ MOUNT_ATTR_RDONLY, ST_RDONLY }, { MOUNT_ATTR_NOSUID, ST_NOSUID },
		{ MOUNT_ATTR_NODEV,  ST_NODEV  }, { MOUNT_ATTR_NOEXEC, ST_NOEXEC },
	};
	/* clang-format on */
	struct statvfs st;

	if (fstatvfs(fd, &st) < 0)
		return fault_sys(f, "mounts.verify", "reading the flags of %s", target);
	for (size_t i = 0; i < ARRAY_LEN(map); i++)
		if (attr & map[i].attr && !(st.f_flag & map[i].flag))
			return fault_set(f, -EPERM, "mounts.verify",
					 "%s lacks a mount flag of its plan", target);
	return 0;
}

/* The tree that a template row shows; -1 and f on failure. */
static int source_open(struct app *a, const struct build *b, const struct plan_mount *m,
		       struct fault *f)
{
	const char *name = plan_text(b->plan, m->name);
	AUTO_FD int at = -1;
	int tree;

	if (m->kind == MOUNT_HOST) {
		/* plan_check: at or below /usr */
		at = path_open(a->o.usr, name + strlen("/usr"), O_PATH, 0);
	} else {
		for (uint32_t i = 0; at < 0 && i < b->q->nimage; i++) {
			const struct grip *g = row_get(a, TABLE_GRIP, b->q->image[i]);

			if (g && memcmp(g->object, m->digest, sizeof(g->object)) == 0)
				at = path_open(g->fd, name, O_PATH, RESOLVE_NO_XDEV);
		}
	}
	if (at < 0)
		return fault_sys(f, "mounts.source", "%s of %s", name,
				 m->kind == MOUNT_HOST ? "the host" : "an image");
	tree = open_tree(at, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (tree < 0)
		return fault_sys(f, "mounts.source", "cloning %s", name);
	return tree;
}

/* Sources live in our own namespace: all trees are cloned before the new one is entered. */
static int open_sources(struct app *a, struct build *b, struct fault *f)
{
	for (size_t i = 0; i < plan_count(b->plan, PLAN_MOUNT); i++) {
		const struct plan_mount *m = plan_row(b->plan, PLAN_MOUNT, i);

		if (m->kind != MOUNT_IMAGE && m->kind != MOUNT_HOST)
			continue;
		b->tree[i] = source_open(a, b, m, f);
		if (b->tree[i] < 0 || mount_set(b->tree[i], m->attr, f) < 0)
			return f->err;
	}
	return 0;
}

static int add_row(const struct build *b, size_t i, int root, struct fault *f)
{
	const struct plan_mount *m = plan_row(b->plan, PLAN_MOUNT, i);
	const char *target = plan_text(b->plan, m->target);
	struct stat st = { .st_mode = S_IFDIR };
	AUTO_FD int own = -1;
	AUTO_FD int at = -1;
	AUTO_FD int top = -1;
	int tree = b->tree[i];

	if (tree >= 0 && fstat(tree, &st) < 0)
		return fault_sys(f, "mounts.source", "looking at the source of %s", target);
	at = target_open(root, target, S_ISDIR(st.st_mode), f);
	if (at < 0)
		return at;
	if (m->kind == MOUNT_DEVICES) {
		uint64_t attr = m->attr & ~(uint64_t)MOUNT_ATTR_RDONLY;
		const struct tmpfs dev = { 65536, 64, attr, 0755, 0 };

		own = tmpfs_make(&dev, f);
		if (own < 0 || make_dev(own, b->plan, f) < 0 || mount_set(own, m->attr, f) < 0)
			return f->err;
		tree = own;
	}
	if (tree < 0) /* made per start */
		return 0;
	if (move_mount(tree, "", at, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return fault_sys(f, "mounts.attach", "attaching %s", target);
	top = path_open(root, target, O_PATH, 0);
	if (top < 0)
		return fault_sys(f, "mounts.verify", "opening %s again", target);
	return mount_verify(top, m->attr, target, f);
}

static int make_skeleton(const struct build *b, int root, struct fault *f)
{
	if (mkdirat(root, "var", 0755) < 0 || mkdirat(root, "usr", 0755) < 0 ||
	    mkdirat(root, "proc", 0555) < 0 || symlinkat("../run", root, "var/run") < 0)
		return fault_sys(f, "mounts.skeleton", "making the root's directories");
	if (root_links(root, f) < 0 || make_etc(root, b->plan, f) < 0)
		return f->err;
	for (size_t i = 0; i < plan_count(b->plan, PLAN_MOUNT); i++)
		if (add_row(b, i, root, f) < 0)
			return f->err;
	return 0;
}

int root_switch(int tree, struct fault *f)
{
	/* "s" is the one directory of the seed namespace's root */
	if (move_mount(tree, "", AT_FDCWD, "/s", MOVE_MOUNT_F_EMPTY_PATH) < 0 || fchdir(tree) < 0 ||
	    syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return fault_sys(f, "mounts.root", "switching to the new root");
	return 0;
}

/* Inside a fresh copy of the seed namespace. Returns it. */
static int build_here(const struct app *a, const struct build *b, struct fault *f)
{
	const struct tmpfs t = { 1 << 20, 256, TMPFS_PLAIN, 0755, 0 };
	AUTO_FD int root = tmpfs_make(&t, f);
	int ns;

	if (root < 0 || root_switch(root, f) < 0 || make_skeleton(b, root, f) < 0 ||
	    mount_set(root, MOUNT_ATTR_RDONLY, f) < 0)
		return f->err;
	ns = openat(a->o.proc, "self/ns/mnt", O_RDONLY | O_CLOEXEC);
	return ns < 0 ? fault_sys(f, "mounts.ns", "opening the new mount namespace") : ns;
}

void ns_home(const struct app *a)
{
	if (setns(a->o.base_ns, CLONE_NEWNS) < 0)
		abort(); /* elsewhere no later request could be trusted */
}

/* Returns the namespace. */
static int build(struct app *a, struct build *b, struct fault *f)
{
	mode_t mask = umask(0);
	int rc = open_sources(a, b, f);

	if (rc == 0 && (setns(a->o.seed_ns, CLONE_NEWNS) < 0 || unshare(CLONE_NEWNS) < 0))
		rc = fault_sys(f, "mounts.ns", "making a mount namespace");
	if (rc == 0)
		rc = build_here(a, b, f);
	(void)umask(mask);
	for (size_t i = 0; i < ARRAY_LEN(b->tree); i++)
		fd_close(&b->tree[i]);
	ns_home(a);
	return rc;
}

static void drop(struct app *a, struct template *t)
{
	fd_close(&t->ns);
	row_free(a, TABLE_TEMPLATE, t);
}

void template_drop_of(struct app *a, struct slot s)
{
	for (uint32_t i = 0; i < a->rows[TABLE_TEMPLATE].top; i++) {
		struct template *t = &a->templates[i];

		for (size_t k = 0; t->row.gen && k < ARRAY_LEN(t->of); k++)
			if (slot_same(t->of[k], s))
				drop(a, t);
	}
}

/* The template that is made of the very objects; else NULL and the one used longest ago. */
static struct template *find(struct app *a, const struct template *want, struct template **oldest)
{
	for (uint32_t i = 0; i < a->rows[TABLE_TEMPLATE].top; i++) {
		struct template *t = &a->templates[i];

		if (t->row.gen && tenant_same(t->row.t, want->row.t) &&
		    memcmp(t->of, want->of, sizeof(t->of)) == 0)
			return t;
		if (t->row.gen && (!*oldest || t->last < (*oldest)->last))
			*oldest = t;
	}
	return NULL;
}

struct template *template_get(struct app *a, const struct spawn_start *q, const struct plan_slot *p,
			      struct fault *f)
{
	struct template want = { .row.t = q->t, .of = { q->plan } };
	struct template *oldest = NULL, *t;
	struct build b = { .plan = p->map, .q = q };

	memcpy(&want.of[1], q->image, sizeof(q->image[0]) * q->nimage);
	t = find(a, &want, &oldest);
	if (!t) {
		t = row_take(a, TABLE_TEMPLATE, q->t, f);
		if (!t) { /* full: there is an oldest, and it makes room */
			drop(a, oldest);
			t = row_take(a, TABLE_TEMPLATE, q->t, f);
		}
		memcpy(t->of, want.of, sizeof(t->of));
		memset(b.tree, 0xff, sizeof(b.tree)); /* -1 each */
		t->ns = build(a, &b, f);
		if (t->ns < 0) {
			drop(a, t);
			return NULL;
		}
	}
	t->last = ++a->uses;
	return t;
}
