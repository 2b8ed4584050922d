/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image.c - an image file as a detached, read-only tree. Runs in: cloister-volumed.
 * Must not attach one superblock twice, nor name a loop device again once it is set up (I15).
 *
 * The new mount calls alone: they make a mount that is nowhere, so nothing of it can be reached but
 * by the descriptor, and Landlock, which forbids mount(2) and move_mount(2), does not mind them.
 */
#include "volumes/image.h"
#include "lib/base/fd.h"
#include "lib/base/str.h"
#include "volumes/store.h"

#include <endian.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>

enum {
	LOOP_TRIES = 64, /* another may take the number between asking for one and using it */
	BLOCK = 4096,
	/* An EROFS image of one block: superblock and, right behind it, the root's inode. */
	SB = 1024,
	ROOT_NID = 36, /* times 32 bytes = SB + 128 */
	SLOT = 32,
};

static void fd_path(char path[40], int fd)
{
	memcpy(path, "/proc/self/fd/", sizeof("/proc/self/fd/"));
	(void)str_u64(path + strlen(path), (uint64_t)fd);
}

/*
 * erofs on what is open on fd: the file itself or a loop device.
 * syscalls volumed: fsopen fsconfig fsmount
 */
static int mount_from(int fd, int *ret_mnt, struct fault *f)
{
	AUTO_FD int fs = fsopen("erofs", FSOPEN_CLOEXEC);
	char path[40];
	int mnt;

	if (fs < 0)
		return fault_sys(f, "image.erofs", "the kernel has no EROFS");
	fd_path(path, fd);
	if (fsconfig(fs, FSCONFIG_SET_STRING, "source", path, 0) < 0 ||
	    fsconfig(fs, FSCONFIG_SET_FLAG, "ro", NULL, 0) < 0)
		return fault_sys(f, "image.config", "preparing the mount");
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return fault_sys(f, "image.mount", "mounting an image");
	mnt = fsmount(fs, FSMOUNT_CLOEXEC,
		      MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	if (mnt < 0)
		return fault_sys(f, "image.mount", "mounting an image");
	*ret_mnt = mnt;
	return 0;
}

/* Opens a free loop device that stands over file. 1: another was faster.
 * syscalls volumed: ioctl(1==LOOP_CTL_GET_FREE) ioctl(1==LOOP_CONFIGURE) */
static int loop_try(int dev, int control, int file, int *ret_loop, struct fault *f)
{
	struct loop_config c = {
		.fd = (uint32_t)file,
		.block_size = 0,
		.info = { .lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR },
	};
	int n = ioctl(control, LOOP_CTL_GET_FREE);
	AUTO_FD int loop = -1;
	char name[32] = "loop";

	if (n < 0)
		return fault_sys(f, "loop.free", "asking for a loop device");
	(void)str_u64(name + 4, (uint64_t)n);
	memcpy(c.info.lo_file_name, "cloister:image", sizeof("cloister:image")); /* for udev: I15 */
	loop = openat(dev, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (loop < 0)
		return fault_sys(f, "loop.open", "opening /dev/%s", name);
	if (ioctl(loop, LOOP_CONFIGURE, &c) < 0)
		return errno == EBUSY ? 1 : fault_sys(f, "loop.configure", "/dev/%s", name);
	*ret_loop = fd_take(&loop);
	return 0;
}

/* Is it our file that the device stands over? The name may have led elsewhere (I15).
 * syscalls volumed: ioctl(1==LOOP_GET_STATUS64) */
static int loop_check(int loop, int file, struct fault *f)
{
	struct loop_info64 is;
	struct stat st;

	if (ioctl(loop, LOOP_GET_STATUS64, &is) < 0 || fstat(file, &st) < 0)
		return fault_sys(f, "loop.status", "looking at a loop device");
	/* the kernel says dev in its own encoding of 64 bits, as stat does */
	if (is.lo_device != st.st_dev || is.lo_inode != st.st_ino ||
	    !(is.lo_flags & LO_FLAGS_READ_ONLY) || !(is.lo_flags & LO_FLAGS_AUTOCLEAR))
		return fault_set(f, -EBADF, "loop.status",
				 "a loop device stands over another file");
	return 0;
}

static int from_loop(int dev, int file, int *ret_mnt, struct fault *f)
{
	AUTO_FD int control = openat(dev, "loop-control", O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	AUTO_FD int loop = -1;
	int rc = 1;

	if (control < 0)
		return fault_sys(f, "loop.control", "opening /dev/loop-control");
	for (int i = 0; i < LOOP_TRIES && rc == 1; i++)
		rc = loop_try(dev, control, file, &loop, f);
	if (rc == 1)
		return fault_set(f, -EBUSY, "loop.free", "%d loop devices were taken by others",
				 LOOP_TRIES);
	if (rc == 0)
		rc = loop_check(loop, file, f);
	/* Autoclear: the device goes when the mount and this descriptor are gone. */
	return rc < 0 ? rc : mount_from(loop, ret_mnt, f);
}

int image_attach(enum image_kind kind, int dev, int file, int *ret_mnt, struct fault *f)
{
	switch (kind) {
	case IMAGE_FILE:
		return mount_from(file, ret_mnt, f);
	case IMAGE_LOOP:
		return from_loop(dev, file, ret_mnt, f);
	case IMAGE_NONE:
		break;
	}
	return fault_set(f, -EOPNOTSUPP, "image.kind",
			 "this host mounts EROFS neither from a file nor from a loop device");
}

static void put16(uint8_t *p, uint16_t v)
{
	v = htole16(v);
	memcpy(p, &v, sizeof(v));
}

static void put32(uint8_t *p, uint32_t v)
{
	v = htole32(v);
	memcpy(p, &v, sizeof(v));
}

/* An image whose root is an empty directory. */
static void smallest(uint8_t b[BLOCK])
{
	uint8_t *sb = b + SB, *root = b + ROOT_NID * SLOT;

	memset(b, 0, BLOCK);
	put32(sb, 0xE0F5E1E2u); /* magic */
	sb[12] = 12;		/* blocks of 4,096 bytes */
	put16(sb + 14, ROOT_NID);
	sb[16] = 1;	     /* inodes */
	put32(sb + 36, 1);   /* blocks */
	put16(root, 2 << 1); /* compact inode, data inline */
	put16(root + 4, S_IFDIR | 0555);
	put16(root + 6, 2);  /* links */
	put32(root + 20, 1); /* inode number */
}

int image_probe(enum image_kind kind, int dev, int dir, struct fault *f)
{
	uint8_t block[BLOCK];
	char path[40];
	AUTO_FD int rw = -1;
	AUTO_FD int ro = -1;
	AUTO_FD int mnt = -1;
	int rc = store_new(dir, &rw, f);

	if (rc < 0)
		return rc;
	smallest(block);
	if (write(rw, block, sizeof(block)) != (ssize_t)sizeof(block))
		return fault_sys(f, "image.probe", "writing a trial image");
	fd_path(path, rw);
	ro = open(path, O_RDONLY | O_CLOEXEC);
	if (ro < 0)
		return fault_sys(f, "image.probe", "opening a trial image");
	return image_attach(kind, dev, ro, &mnt, f);
}
