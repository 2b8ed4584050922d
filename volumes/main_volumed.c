/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main_volumed.c - cloister-volumed: images. Started by cloisterd as root with CAP_SYS_ADMIN, which
 * is all that the new mount calls and the loop ioctls take: every file it opens is root's own.
 * Descriptors: as in lib/asks/parent.h, then the directory images/pub.
 */
#include "volumes/volumed_ops.h"

#include "lib/harden/confine.h"

#include <fcntl.h>
#include <stdio.h>

enum { VOLUMED_FD_IMAGES = WORKER_FD, VOLUMED_FD__END };

static struct volumed app;

/*
 * What is left of the file system: the images, and /dev only where loop devices must be used.
 * Landlock forbids mount(2) and move_mount(2), which volumed does not need once it is in its own
 * root: it makes detached mounts and hands them on.
 */
static int shut(struct fault *f)
{
	const struct confine_path paths[] = {
		{ app.images, CONFINE_EDIT },
		{ app.dev, LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
				   LANDLOCK_ACCESS_FS_IOCTL_DEV },
	};

	return confine_apply(PROG_VOLUMED, paths, app.dev < 0 ? 1 : 2, f);
}

int main(void)
{
	struct fault f = { 0 };
	int rc = harden_common(PROG_VOLUMED, VOLUMED_FD__END, &f);

	if (rc == 0)
		rc = harden_caps(PROG_VOLUMED, &f);
	if (rc == 0)
		rc = volumed_open(&app, &f);
	if (rc == 0)
		rc = shut(&f);
	if (rc >= 0)
		rc = volumed_serve(&app, &f);
	if (rc < 0)
		(void)dprintf(2, "cloister-volumed: %s: %s\n", f.site, f.msg);
	return rc < 0;
}
