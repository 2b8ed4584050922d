/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_tar.h - the recipe of an image, and the one tar that its parts are written to.
 */
#ifndef CLOISTER_IMAGE_TAR_H
#define CLOISTER_IMAGE_TAR_H

#include "lib/base/fault.h"
#include "lib/base/sha256.h"

#include <stdbool.h>
#include <sys/types.h>

enum { RECIPE_PARTS_MAX = 256 };

struct recipe {
	const char *package[RECIPE_PARTS_MAX]; /* borrowed */
	const char *dir[RECIPE_PARTS_MAX];
	size_t packages, dirs;
	bool installed;	   /* the files of installed packages, not archives */
	const char *cache; /* where archives are kept, made when missing    */
};

/* An archive being written, to a descriptor or only into a hash. */
struct tarball {
	struct archive *a;
	int fd;	   /* -1: hash only; stays the caller's       */
	bool gone; /* the reader closed its end: it knows why */
	struct sha256 hash;
	unsigned notes; /* things left out; the first are said on stderr */
};

int tarball_open(struct tarball *t, int fd, struct fault *f) MUST_USE;
int tarball_close(struct tarball *t, struct fault *f) MUST_USE; /* writes the archive's end */
void tarball_fini(struct tarball *t);				/* safe twice; writes nothing */

/* One entry, root's, without a time. type is S_IFREG, S_IFDIR, S_IFLNK; target of a symbolic link,
 * or with S_IFREG and size 0 of a hard link, else NULL. Returns 0, -EPIPE or a fault. */
struct tar_entry {
	mode_t type;
	bool exec;
	uint64_t size; /* of the data that tarball_data will bring, S_IFREG alone */
	const char *path, *target;
};
int tarball_put(struct tarball *t, const struct tar_entry *e, struct fault *f) MUST_USE;
int tarball_data(struct tarball *t, const void *p, size_t n, struct fault *f) MUST_USE;

/* A whole file of the host: exactly e->size bytes of fd. */
int tarball_file(struct tarball *t, const struct tar_entry *e, int fd, struct fault *f) MUST_USE;

/* Says on stderr what is left out of the image and why. */
void tarball_note(struct tarball *t, const char *path, const char *why);

/*
 * Writes the recipe's tar to fd: packages, then directories in their order. Returns 0; 1 when the
 * reader went away before its end, which it will explain itself; or a fault.
 */
int recipe_write(const struct recipe *r, int fd, struct fault *f) MUST_USE;

/* The hash of all that the image will be made of: versions of packages, content of directories. The
 * same inputs give the same image. Needs no network. */
int recipe_inputs(const struct recipe *r, uint8_t digest[32], struct fault *f) MUST_USE;

/* Pure. A package name that apt and dpkg cannot take for anything else. */
bool recipe_is_package(const char *s);

#endif
