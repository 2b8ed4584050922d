/* SPDX-License-Identifier: Apache-2.0 */
/*
 * at.c - attaches an image as cloister-volumed does and runs a command, for tests/host/image.sh.
 *   at file|loop IMAGE DIR COMMAND...    in a mount namespace of its own
 *   at two file|loop IMAGE               prints st_dev of two attachments and of a clone of the
 * first
 */
#include "lib/base/fd.h"
#include "volumes/image.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

static int attach(const char *kind, const char *image, int *ret, struct fault *f)
{
	AUTO_FD int dev = open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC);
	AUTO_FD int file = open(image, O_RDONLY | O_CLOEXEC);

	if (file < 0)
		return fault_sys(f, "at.open", "%s", image);
	return image_attach(strcmp(kind, "loop") == 0 ? IMAGE_LOOP : IMAGE_FILE, dev, file, ret, f);
}

static int two(const char *kind, const char *image, struct fault *f)
{
	AUTO_FD int a = -1;
	AUTO_FD int b = -1;
	struct stat sa, sb, sc;
	int rc = attach(kind, image, &a, f), c;

	if (rc == 0)
		rc = attach(kind, image, &b, f);
	if (rc < 0)
		return rc;
	c = openat(a, ".", O_PATH | O_CLOEXEC);
	if (fstat(a, &sa) < 0 || fstat(b, &sb) < 0 || fstat(c, &sc) < 0)
		return fault_sys(f, "at.stat", "an attachment");
	(void)printf("%lx %lx %lx\n", (unsigned long)sa.st_dev, (unsigned long)sb.st_dev,
		     (unsigned long)sc.st_dev);
	return 0;
}

static int at(char **argv, struct fault *f)
{
	int mnt = -1, rc;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return fault_sys(f, "at.unshare", "own mount namespace");
	rc = attach(argv[0], argv[1], &mnt, f);
	if (rc < 0)
		return rc;
	if (move_mount(mnt, "", AT_FDCWD, argv[2], MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return fault_sys(f, "at.move", "%s", argv[2]);
	fd_close(&mnt);
	(void)execvp(argv[3], argv + 3);
	return fault_sys(f, "at.exec", "%s", argv[3]);
}

int main(int argc, char **argv)
{
	struct fault f = { 0 };
	int rc = 2;

	if (argc == 4 && strcmp(argv[1], "two") == 0)
		rc = two(argv[2], argv[3], &f);
	else if (argc >= 5)
		rc = at(argv + 1, &f);
	if (rc)
		(void)fprintf(stderr, "at: %s: %s\n", f.site, f.msg);
	return rc != 0;
}
