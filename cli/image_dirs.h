/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_dirs.h - a directory of the host as a part of an image.
 */
#ifndef CLOISTER_IMAGE_DIRS_H
#define CLOISTER_IMAGE_DIRS_H

#include "cli/image_tar.h"

/* What lies below dir lies below / in the image. Sorted by name; no symbolic link is followed but
 * dir itself; pipes, sockets and device nodes are left out with a note. Returns 0 or a fault. */
int dir_write(const char *dir, struct tarball *t, struct fault *f) MUST_USE;

#endif
