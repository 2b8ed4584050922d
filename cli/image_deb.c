/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_deb.c - the content of one package archive: an ar file whose member data.tar.* is a
 * compressed tar. Runs in: cloister-imagetar. apt has checked the archive's signature; nothing of
 * it is run, and its owners, times and special bits stay behind.
 */
#include "cli/image_packages.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { BLOCK = 65536 };

static void read_end(struct archive **a)
{
	if (*a)
		(void)archive_read_free(*a); /* nothing is written by it */
}
#define AUTO_READ AUTO(read_end)

static int bad(const char *path, struct archive *a, struct fault *f)
{
	const char *name = strrchr(path, '/');

	return fault_set(f, -EBADMSG, "image.deb", "%s: %s", name ? name + 1 : path,
			 archive_error_string(a));
}

/* The inner archive reads the outer one's current member. */
static la_ssize_t member_read(struct archive *a, void *outer, const void **ret)
{
	size_t n = 0;
	la_int64_t at;
	int rc = archive_read_data_block(outer, ret, &n, &at);

	if (rc == ARCHIVE_OK)
		return (la_ssize_t)n;
	if (rc == ARCHIVE_EOF)
		return 0;
	archive_set_error(a, archive_errno(outer), "%s", archive_error_string(outer));
	return -1;
}

static int copy_data(const char *path, struct archive *a, struct tarball *t, struct fault *f)
{
	const void *p;
	size_t n;
	la_int64_t at;
	int rc;

	/* packages hold no sparse files: dpkg-deb makes none */
	while ((rc = archive_read_data_block(a, &p, &n, &at)) == ARCHIVE_OK) {
		rc = tarball_data(t, p, n, f);
		if (rc < 0)
			return rc;
	}
	return rc == ARCHIVE_EOF ? 0 : bad(path, a, f);
}

static int copy_entry(const char *path, struct archive *a, struct archive_entry *h,
		      struct tarball *t, struct fault *f)
{
	struct tar_entry e = {
		.type = archive_entry_filetype(h),
		.exec = archive_entry_perm(h) & 0111,
		.size = (uint64_t)archive_entry_size(h),
		.path = archive_entry_pathname(h),
		.target = archive_entry_symlink(h),
	};
	int rc;

	if (!e.path)
		return fault_set(f, -EBADMSG, "image.deb", "%s: an entry without a name", path);
	if (archive_entry_hardlink(h)) {
		e.type = S_IFREG;
		e.size = 0;
		e.target = archive_entry_hardlink(h);
	}
	if (e.type != S_IFREG && e.type != S_IFDIR && e.type != S_IFLNK) {
		tarball_note(t, e.path, "neither file, directory nor link");
		return 0;
	}
	rc = tarball_put(t, &e, f);
	return rc == 0 && e.size && e.type == S_IFREG ? copy_data(path, a, t, f) : rc;
}

static int copy_member(const char *path, struct archive *deb, struct tarball *t, struct fault *f)
{
	AUTO_READ struct archive *a = archive_read_new();
	struct archive_entry *h;
	int rc;

	if (!a)
		return fault_set(f, -ENOMEM, "image.deb", "out of memory");
	if (archive_read_support_filter_all(a) != ARCHIVE_OK ||
	    archive_read_support_format_tar(a) != ARCHIVE_OK ||
	    archive_read_open(a, deb, NULL, member_read, NULL) != ARCHIVE_OK)
		return bad(path, a, f);
	while ((rc = archive_read_next_header(a, &h)) == ARCHIVE_OK || rc == ARCHIVE_WARN) {
		rc = copy_entry(path, a, h, t, f);
		if (rc < 0)
			return rc;
	}
	return rc == ARCHIVE_EOF ? 0 : bad(path, a, f);
}

int deb_write(const char *path, struct tarball *t, struct fault *f)
{
	AUTO_READ struct archive *a = archive_read_new();
	struct archive_entry *h;
	int rc;

	if (!a)
		return fault_set(f, -ENOMEM, "image.deb", "out of memory");
	if (archive_read_support_format_ar(a) != ARCHIVE_OK ||
	    archive_read_open_filename(a, path, BLOCK) != ARCHIVE_OK)
		return bad(path, a, f);
	while ((rc = archive_read_next_header(a, &h)) == ARCHIVE_OK) {
		const char *name = archive_entry_pathname(h);

		if (name && strncmp(name, "data.tar", strlen("data.tar")) == 0)
			return copy_member(path, a, t, f);
	}
	if (rc != ARCHIVE_EOF)
		return bad(path, a, f);
	return fault_set(f, -EBADMSG, "image.deb", "%s: no package archive", path);
}
