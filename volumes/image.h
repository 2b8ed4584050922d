/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image.h - an image file as a mounted tree: a new superblock each time.
 *
 * No two attachments share an inode or a cached page: a shared one is a channel between tenants
 * (reliability.md 2.4). Only cloister-volumed calls this.
 */
#ifndef CLOISTER_IMAGE_H
#define CLOISTER_IMAGE_H

#include "lib/base/fault.h"

enum image_kind {
	IMAGE_NONE = 0, /* this host can neither                                      */
	IMAGE_FILE,	/* EROFS straight from the file: 6.12 on ext4, xfs, btrfs     */
	IMAGE_LOOP,	/* a loop device of its own for each attachment               */
};

/*
 * Mounts the image that is open read-only on file. dev is a directory fd of /dev, for IMAGE_LOOP.
 * *ret_mnt is a detached mount (read-only, nosuid, nodev) of a superblock that nothing else has;
 * closing it ends the attachment unless it was attached somewhere. /proc must be a procfs.
 */
int image_attach(enum image_kind kind, int dev, int file, int *ret_mnt, struct fault *f) MUST_USE;

/* Can images whose files lie in dir be attached this way? By trying, with an image of one block. */
int image_probe(enum image_kind kind, int dev, int dir, struct fault *f) MUST_USE;

#endif
