/* SPDX-License-Identifier: Apache-2.0 */
/*
 * home.c - netd leaves the host's mounts and network. Runs in: cloister-netd, before it reads a
 * frame.
 */
#include "netns/pool.h"
#include "lib/base/fd.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>

static int make_mount(const char *type, unsigned attr, int *ret_fd, struct fault *f)
{
	AUTO_FD int fs = fsopen(type, FSOPEN_CLOEXEC);
	AUTO_FD int mnt = -1;

	if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return fault_sys(f, "netd.home.fs", "a %s of its own", type);
	mnt = fsmount(fs, FSMOUNT_CLOEXEC, attr | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	if (mnt < 0)
		return fault_sys(f, "netd.home.mount", "a %s of its own", type);
	*ret_fd = fd_take(&mnt);
	return 0;
}

/* An empty, read-only tmpfs becomes the root; the host's tree goes. */
static int empty_root(struct fault *f)
{
	AUTO_FD int root = -1;
	int rc = make_mount("tmpfs", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC, &root, f);

	if (rc < 0)
		return rc;
	/* any directory does as the place; this one is on every host */
	if (move_mount(root, "", AT_FDCWD, "/proc", MOVE_MOUNT_F_EMPTY_PATH) < 0 ||
	    fchdir(root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return fault_sys(f, "netd.home.root", "into an empty root");
	return 0;
}

int home_enter(struct home *h, struct fault *f)
{
	AUTO_FD int proc = -1;
	AUTO_FD int net = -1;
	int rc;

	if (unshare(CLONE_NEWNS | CLONE_NEWNET) < 0)
		return fault_sys(f, "netd.home.unshare", "own mount and network namespaces");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return fault_sys(f, "netd.home.private", "mounts to private");
	rc = make_mount("proc", MOUNT_ATTR_NOEXEC, &proc, f);
	if (rc < 0)
		return rc;
	net = openat(proc, "self/ns/net", O_RDONLY | O_CLOEXEC);
	if (net < 0)
		return fault_sys(f, "netd.home.net", "opening the own network namespace");
	rc = empty_root(f);
	if (rc < 0)
		return rc;
	*h = (struct home){ .proc = fd_take(&proc), .net = fd_take(&net) };
	return 0;
}
