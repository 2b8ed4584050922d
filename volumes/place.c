/* SPDX-License-Identifier: Apache-2.0 */
/*
 * place.c - volumed leaves the host's mounts. Runs in: cloister-volumed, before it reads a frame.
 * After it the only ways to the host's files are the descriptors that cloisterd left, and /dev.
 */
#include "volumes/place.h"
#include "lib/base/fd.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static int make_tmpfs(int *ret, struct fault *f)
{
	AUTO_FD int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);

	if (fs < 0 || fsconfig(fs, FSCONFIG_SET_STRING, "size", "64k", 0) < 0 ||
	    fsconfig(fs, FSCONFIG_SET_STRING, "nr_inodes", "8", 0) < 0 ||
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return fault_sys(f, "volumed.place.tmpfs", "a root of its own");
	*ret = fsmount(fs, FSMOUNT_CLOEXEC,
		       MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	return *ret < 0 ? fault_sys(f, "volumed.place.tmpfs", "a root of its own") : 0;
}

static int make_proc(int *ret, struct fault *f)
{
	AUTO_FD int fs = fsopen("proc", FSOPEN_CLOEXEC);

	if (fs < 0 || fsconfig(fs, FSCONFIG_SET_STRING, "subset", "pid", 0) < 0 ||
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return fault_sys(f, "volumed.place.proc", "a procfs of its own");
	*ret = fsmount(fs, FSMOUNT_CLOEXEC,
		       MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	return *ret < 0 ? fault_sys(f, "volumed.place.proc", "a procfs of its own") : 0;
}

/* The tmpfs goes on /proc for a moment only: it is a directory on every host. */
static int enter(int root, int proc, struct fault *f)
{
	struct mount_attr ro = { .attr_set = MOUNT_ATTR_RDONLY };

	if (move_mount(root, "", AT_FDCWD, "/proc", MOVE_MOUNT_F_EMPTY_PATH) < 0 ||
	    mkdirat(root, "proc", 0555) < 0 ||
	    move_mount(proc, "", root, "proc", MOVE_MOUNT_F_EMPTY_PATH) < 0 ||
	    mount_setattr(root, "", AT_EMPTY_PATH, &ro, sizeof(ro)) < 0)
		return fault_sys(f, "volumed.place.root", "building the own root");
	if (fchdir(root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return fault_sys(f, "volumed.place.root", "entering the own root");
	return 0;
}

int place_enter(int *ret_dev, struct fault *f)
{
	AUTO_FD int dev = -1;
	AUTO_FD int root = -1;
	AUTO_FD int proc = -1;
	int rc;

	if (unshare(CLONE_NEWNS) < 0)
		return fault_sys(f, "volumed.place.unshare", "own mount namespace");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return fault_sys(f, "volumed.place.private", "mounts to private");
	dev = open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dev < 0)
		return fault_sys(f, "volumed.place.dev", "opening /dev");
	rc = make_tmpfs(&root, f);
	if (rc == 0)
		rc = make_proc(&proc, f);
	if (rc == 0)
		rc = enter(root, proc, f);
	if (rc == 0)
		*ret_dev = fd_take(&dev);
	return rc;
}
