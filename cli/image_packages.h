/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_packages.h - Debian packages and all that they depend on (without what is only recommended)
 * as a part of an image: from archives, which installs nothing, or from installed files.
 */
#ifndef CLOISTER_IMAGE_PACKAGES_H
#define CLOISTER_IMAGE_PACKAGES_H

#include "cli/image_tar.h"

/* image_packages.c: apt resolves, fetches into r->cache and checks signatures. */
int archives_inputs(const struct recipe *r, struct sha256 *h, struct fault *f) MUST_USE;
int archives_write(const struct recipe *r, struct tarball *t, struct fault *f) MUST_USE;

/* image_installed.c: files as dpkg lists them; what differs from the package or may not be read is
 * left out with a note. */
int installed_inputs(const struct recipe *r, struct sha256 *h, struct fault *f) MUST_USE;
int installed_write(const struct recipe *r, struct tarball *t, struct fault *f) MUST_USE;

/* image_deb.c: the content of one package archive. */
int deb_write(const char *path, struct tarball *t, struct fault *f) MUST_USE;

/*
 * Pure. Reads one line of apt-get --print-uris, "'URI' FILE SIZE HASH". *ret_name points into line,
 * *ret_len bytes. Returns 0, 1 it is no such line, or -EINVAL: a file name that is none.
 */
int apt_line(const char *line, const char **ret_name, size_t *ret_len, uint64_t *ret_size) MUST_USE;

/* Pure. The next name of a dependency field ("a (>= 1) | b, c:any"): fills name, moves *s behind
 * it, *ret_last tells whether it ends its group of alternatives. Returns 0, 1 at the end, or
 * -EINVAL. */
int dpkg_depend(const char **s, char name[128], bool *ret_last) MUST_USE;

#endif
