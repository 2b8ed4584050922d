/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mnt.c - probes: mounts, namespaces.
 * Runs in: cloister-probe. Controls run in a mount namespace of their own.
 */
#include "tests/host/probes/probe.h"

#include "lib/base/fd.h"
#include "lib/base/str.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define NS_GET_PARENT_ 0xb702UL /* linux/nsfs.h */

static int mount_tmpfs(struct probe_ctx *c)
{
	return step(c, "mount", mount("none", c->scratch, "tmpfs", 0, NULL));
}

static int bind_mount(struct probe_ctx *c)
{
	return step(c, "bind", mount("/", c->scratch, NULL, MS_BIND, NULL));
}

static int new_api(struct probe_ctx *c)
{
	AUTO_FD int fs = (int)syscall(SYS_fsopen, "tmpfs", 0);
	AUTO_FD int m = -1;

	if (fs < 0)
		return step(c, "fsopen", -1);
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return step(c, "fsconfig", -1);
	m = (int)syscall(SYS_fsmount, fs, 0, 0);
	if (m < 0)
		return step(c, "fsmount", -1);
	return step(c, "move_mount",
		    syscall(SYS_move_mount, m, "", AT_FDCWD, c->scratch, MOVE_MOUNT_F_EMPTY_PATH));
}

static int tree_clone(struct probe_ctx *c)
{
	return step(c, "open_tree", syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE));
}

static int set_attr(struct probe_ctx *c)
{
	struct mount_attr a = { .attr_clr = MOUNT_ATTR_RDONLY };

	return step(c, "mount_setattr",
		    syscall(SYS_mount_setattr, AT_FDCWD, c->outside ? c->scratch : "/", 0, &a,
			    sizeof(a)));
}

static int cover(struct probe_ctx *c)
{
	return step(c, "cover", mount("none", c->scratch, "tmpfs", MS_RDONLY, NULL));
}

static int remount_rw(struct probe_ctx *c)
{
	return step(c, "remount",
		    mount(NULL, c->outside ? c->scratch : "/", NULL, MS_REMOUNT | MS_BIND, NULL));
}

static int umount_cover(struct probe_ctx *c)
{
	return step(c, "umount2", umount2(c->outside ? c->scratch : "/proc", MNT_DETACH));
}

static int change_root(struct probe_ctx *c)
{
	return step(c, "chroot", chroot(c->scratch));
}

static int pivot(struct probe_ctx *c)
{
	if (chdir(c->scratch) < 0)
		return step(c, "chdir", -1);
	return step(c, "pivot_root", syscall(SYS_pivot_root, ".", "."));
}

static int unshare_arg(struct probe_ctx *c)
{
	const unsigned long *flags = c->probe->arg;

	return answer(syscall(SYS_unshare, *flags));
}

/* A child that exists is the proof; it ends at once. pid is what the call gave, in both. */
static int born(struct probe_ctx *c, const char *call, long pid)
{
	if (pid == 0)
		_exit(0);
	if (pid < 0)
		return step(c, call, -1);
	(void)waitpid((pid_t)pid, NULL, 0);
	return 0;
}

static int clone_arg(struct probe_ctx *c)
{
	const unsigned long *flags = c->probe->arg;

	return born(c, "clone", syscall(SYS_clone, *flags | SIGCHLD, NULL, NULL, NULL, NULL));
}

static int clone3_user(struct probe_ctx *c)
{
	struct clone_args a = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };

	return born(c, "clone3", syscall(SYS_clone3, &a, sizeof(a)));
}

static int userns_nft(struct probe_ctx *c)
{
	if (syscall(SYS_unshare, CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return step(c, "unshare", -1);
	return step(c, "socket", socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER));
}

/* A namespace file of pid 1 where it can be opened, else the own one: setns itself must refuse. */
static int join(struct probe_ctx *c)
{
	AUTO_FD int fd = open("/proc/1/ns/uts", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	return step(c, "setns", syscall(SYS_setns, fd, 0));
}

static int join_pidfd(struct probe_ctx *c)
{
	AUTO_FD int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);

	return step(c, fd < 0 ? "setns, no pidfd" : "setns",
		    syscall(SYS_setns, fd, CLONE_NEWUTS | CLONE_NEWNET));
}

static int ns_handle(struct probe_ctx *c)
{
	union {
		struct file_handle h;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} u = { .h.handle_bytes = MAX_HANDLE_SZ };
	int mnt = 0;
	int r = name_to_handle_at(AT_FDCWD, c->outside ? "/" : "/proc/self/ns/net", &u.h, &mnt,
				  AT_SYMLINK_FOLLOW);

	return step(c, "name_to_handle_at", r);
}

/*
 * The parent of a user namespace. Inside there is only the own one, whose parent is not below it:
 * EPERM from the kernel, ENOTTY from a filter that lists requests. The control asks about a
 * child's.
 */
static int ns_parent(struct probe_ctx *c)
{
	AUTO_FD int fd = -1;
	AUTO_FD int up = -1;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", c->outside ? c->shim : getpid());
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return step(c, "open", -1);
	up = ioctl(fd, NS_GET_PARENT_);
	return step(c, "NS_GET_PARENT", up);
}

static int child_userns(struct probe_ctx *c)
{
	int fd[2];
	char byte;

	if (pipe2(fd, O_CLOEXEC) < 0)
		return step(c, "pipe", -1);
	c->shim = fork();
	if (c->shim == 0) {
		DROP(unshare(CLONE_NEWUSER));
		DROP(write(fd[1], "", 1));
		for (;;)
			(void)pause();
	}
	return step(c, "child", read(fd[0], &byte, 1) == 1 ? 0 : -1);
}

/* Every namespace of the canary against the own one. */
static int ids_differ(struct probe_ctx *c)
{
	static const char *const kind[] = { "mnt", "pid", "net", "ipc", "uts", "cgroup", "user" };
	char path[64], key[24], own[64];
	const char *other;
	ssize_t n;

	for (size_t i = 0; i < ARRAY_LEN(kind); i++) {
		(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", kind[i]);
		(void)snprintf(key, sizeof(key), "ns_%s", kind[i]);
		other = target_borrow(c, key);
		n = readlink(path, own, sizeof(own) - 1);
		if (!other)
			return PROBE_SKIP;
		if (n < 0)
			return step(c, "readlink", -1);
		own[n] = 0;
		if (!strcmp(own, other))
			return step(c, key, 0);
	}
	return absent(c, "all seven differ");
}

/* clang-format off */
static const struct probe rows[] = {
	{ "mnt.mount",         "mount a tmpfs", P_CRITICAL, { EPERM },
	  L_SEC | L_CAP, C_ROOT, NULL, mount_tmpfs, NULL },
	{ "mnt.bind",          "bind-mount the root", P_CRITICAL, { EPERM },
	  L_SEC | L_CAP, C_ROOT, NULL, bind_mount, NULL },
	{ "mnt.new-api",       "fsopen, fsconfig, fsmount, move_mount", P_CRITICAL, { EPERM },
	  L_SEC | L_CAP, C_ROOT, NULL, new_api, NULL },
	{ "mnt.open-tree",     "clone a mount tree", P_CRITICAL, { EPERM },
	  L_SEC | L_CAP, C_ROOT, NULL, tree_clone, NULL },
	{ "mnt.setattr",       "clear read-only by mount_setattr", P_CRITICAL, { EPERM },
	  L_SEC | L_CAP, C_ROOT, cover, set_attr, NULL },
	{ "mnt.remount-rw",    "remount read-write", P_CRITICAL, { EPERM },
	  L_SEC | L_CAP, C_ROOT, cover, remount_rw, NULL },
	{ "mnt.umount-cover",  "unmount what covers a place", P_CRITICAL, { EPERM },
	  L_SEC | L_CAP, C_ROOT, cover, umount_cover, NULL },
	{ "mnt.chroot",        "chroot", 0, { EPERM },
	  L_SEC | L_CAP, C_ROOT, NULL, change_root, NULL },
	{ "mnt.pivot",         "pivot_root", 0, { EPERM },
	  L_SEC | L_CAP, C_ROOT, cover, pivot, NULL },
};

static const struct probe nsrows[] = {
	{ "ns.userns",         "unshare a user namespace", P_CRITICAL, { EPERM },
	  L_SEC | L_ARG | L_UNS, C_USER, NULL, unshare_arg, FLAGS(CLONE_NEWUSER) },
	{ "ns.userns-clone",   "clone with CLONE_NEWUSER", P_CRITICAL, { EPERM },
	  L_ARG | L_UNS, C_USER, NULL, clone_arg, FLAGS(CLONE_NEWUSER) },
	{ "ns.userns-high",    "clone with CLONE_NEWUSER and a high bit", P_CRITICAL, { EPERM },
	  L_ARG | L_UNS, C_USER, NULL, clone_arg, FLAGS(HIGH | CLONE_NEWUSER) },
	{ "ns.userns-clone3",  "clone3 with CLONE_NEWUSER", P_CRITICAL, { ENOSYS },
	  L_SEC | L_UNS, C_USER, NULL, clone3_user, NULL },
	{ "ns.userns-nft",     "a user namespace, then nftables in it", P_CRITICAL, { EPERM },
	  L_SEC | L_ARG, C_USER, NULL, userns_nft, NULL },
	{ "ns.mnt",            "unshare a mount namespace", 0, { EPERM },
	  L_SEC | L_UNS | L_CAP, C_ROOT, NULL, unshare_arg, FLAGS(CLONE_NEWNS) },
	{ "ns.net",            "unshare a network namespace", 0, { EPERM },
	  L_SEC | L_UNS | L_CAP, C_ROOT, NULL, unshare_arg, FLAGS(CLONE_NEWNET) },
	{ "ns.pid",            "unshare a pid namespace", 0, { EPERM },
	  L_SEC | L_UNS | L_CAP, C_ROOT, NULL, unshare_arg, FLAGS(CLONE_NEWPID) },
	{ "ns.ipc",            "unshare an ipc namespace", 0, { EPERM },
	  L_SEC | L_UNS | L_CAP, C_ROOT, NULL, unshare_arg, FLAGS(CLONE_NEWIPC) },
	{ "ns.uts",            "unshare a uts namespace", 0, { EPERM },
	  L_SEC | L_UNS | L_CAP, C_ROOT, NULL, unshare_arg, FLAGS(CLONE_NEWUTS) },
	{ "ns.cgroup",         "unshare a cgroup namespace", 0, { EPERM },
	  L_SEC | L_UNS | L_CAP, C_ROOT, NULL, unshare_arg, FLAGS(CLONE_NEWCGROUP) },
	{ "ns.time",           "unshare a time namespace", 0, { EPERM },
	  L_SEC | L_UNS | L_CAP, C_ROOT, NULL, unshare_arg, FLAGS(CLONE_NEWTIME) },
	{ "ns.clone-net",      "clone with CLONE_NEWNET and a high bit", 0, { EPERM },
	  L_ARG | L_UNS | L_CAP, C_ROOT, NULL, clone_arg, FLAGS(HIGH | CLONE_NEWNET) },
	{ "ns.setns",          "join a namespace by its file", P_CRITICAL, { EPERM },
	  L_SEC | L_NS | L_CAP, C_ROOT, NULL, join, NULL },
	{ "ns.setns-pidfd",    "join namespaces by a pidfd", P_CRITICAL, { EPERM },
	  L_SEC | L_NS | L_CAP, C_ROOT, NULL, join_pidfd, NULL },
	{ "ns.handle",         "take a handle of a namespace (CVE-2026-43391)", 0, { EPERM },
	  L_SEC, C_ROOT, NULL, ns_handle, NULL },
	{ "ns.parent",         "open the parent of its user namespace", 0, { EPERM, ENOTTY },
	  L_ARG | L_UNS, C_ROOT, child_userns, ns_parent, NULL },
	{ "ns.ids-differ",     "share a namespace with the canary", P_CRITICAL | P_HOST, { PROBE_ABSENT },
	  L_NS, C_USER, NULL, ids_differ, NULL },
};
/* clang-format on */

const struct probe_list mnt_list = { rows, ARRAY_LEN(rows) };
const struct probe_list ns_list = { nsrows, ARRAY_LEN(nsrows) };
