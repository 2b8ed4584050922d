/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_tar.c - the one tar of an image. Runs in: cloister-imagetar, with the operator's rights.
 * Must not judge names: the builder does, which trusts no archive (volumes/unpack.c).
 */
#include "cli/image_tar.h"
#include "cli/image_dirs.h"
#include "cli/image_packages.h"
#include "lib/base/fd.h"
#include "lib/base/str.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { PIECE = 1 << 18, PACKAGE_MAX = 128, SHOWN_MAX = 512, NOTES_MAX = 20 };

static la_ssize_t out(struct archive *a, void *self, const void *p, size_t n)
{
	struct tarball *t = self;
	size_t done = 0;

	sha256_add(&t->hash, p, n);
	while (t->fd >= 0 && done < n) {
		ssize_t w = RETRY_EINTR(write(t->fd, (const char *)p + done, n - done));

		if (w < 0) {
			t->gone = errno == EPIPE;
			archive_set_error(a, errno, "%s", strerror(errno));
			return -1;
		}
		done += (size_t)w;
	}
	return (la_ssize_t)n;
}

static int failed(const struct tarball *t, const char *what, struct fault *f)
{
	if (t->gone)
		return fault_set(f, -EPIPE, "image.tar", "the reader went away");
	return fault_set(f, -EIO, "image.tar", "%s: %s", what, archive_error_string(t->a));
}

int tarball_open(struct tarball *t, int fd, struct fault *f)
{
	*t = (struct tarball){ .a = archive_write_new(), .fd = fd };
	sha256_init(&t->hash);
	if (!t->a)
		return fault_set(f, -ENOMEM, "image.tar", "out of memory");
	/* GNU's form: long names, and all of them byte for byte, whatever the caller's language */
	if (archive_write_set_format_gnutar(t->a) != ARCHIVE_OK ||
	    archive_write_open(t->a, t, NULL, out, NULL) != ARCHIVE_OK)
		return failed(t, "starting the archive", f);
	return 0;
}

int tarball_close(struct tarball *t, struct fault *f)
{
	return archive_write_close(t->a) == ARCHIVE_OK ? 0 : failed(t, "ending the archive", f);
}

void tarball_fini(struct tarball *t)
{
	if (!t->a)
		return;
	(void)archive_write_fail(t->a); /* so that free writes no end to half an archive */
	(void)archive_write_free(t->a);
	t->a = NULL;
}

static void entry_free(struct archive_entry **e)
{
	archive_entry_free(*e);
}

int tarball_put(struct tarball *t, const struct tar_entry *e, struct fault *f)
{
	AUTO(entry_free) struct archive_entry *h = archive_entry_new();

	if (!h)
		return fault_set(f, -ENOMEM, "image.tar", "out of memory");
	archive_entry_set_pathname(h, e->path);
	archive_entry_set_filetype(h, e->type);
	archive_entry_set_perm(h, e->exec || e->type != S_IFREG ? 0755 : 0644);
	archive_entry_set_size(h, e->type == S_IFREG ? (la_int64_t)e->size : 0);
	archive_entry_set_mtime(h, 0, 0);
	if (e->target && e->type == S_IFLNK)
		archive_entry_set_symlink(h, e->target);
	else if (e->target)
		archive_entry_set_hardlink(h, e->target);
	if (archive_write_header(t->a, h) != ARCHIVE_OK)
		return failed(t, e->path, f);
	return 0;
}

int tarball_data(struct tarball *t, const void *p, size_t n, struct fault *f)
{
	if (archive_write_data(t->a, p, n) != (la_ssize_t)n)
		return failed(t, "writing the archive", f);
	return 0;
}

int tarball_file(struct tarball *t, const struct tar_entry *e, int fd, struct fault *f)
{
	AUTO_FREE char *buf = malloc(PIECE);
	uint64_t left = e->size;
	int rc = buf ? tarball_put(t, e, f) : fault_set(f, -ENOMEM, "image.tar", "out of memory");

	while (rc == 0 && left) {
		ssize_t n = RETRY_EINTR(read(fd, buf, left < PIECE ? (size_t)left : PIECE));

		if (n < 0)
			return fault_sys(f, "image.read", "%s", e->path);
		if (n == 0)
			return fault_set(f, -EAGAIN, "image.read",
					 "%s got shorter while it was read; run it again", e->path);
		rc = tarball_data(t, buf, (size_t)n, f);
		left -= (uint64_t)n;
	}
	return rc;
}

void tarball_note(struct tarball *t, const char *path, const char *why)
{
	char shown[SHOWN_MAX];
	size_t used, n = str_escape(shown, sizeof(shown), path, strlen(path), &used);

	/* a hash alone is asked for before the tar, which would say it again */
	if (t->fd >= 0 && ++t->notes <= NOTES_MAX)
		(void)dprintf(2, "cloister: image build: left out %.*s: %s\n", (int)n, shown, why);
}

bool recipe_is_package(const char *s)
{
	size_t n = strlen(s), name = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789+-.");

	/* Debian policy 5.6.1: two characters at least, the first a letter or digit. apt would take
	 * a trailing - or + for "remove" and "install", and a name with . for a pattern. */
	if (name != n || n < 2 || n >= PACKAGE_MAX ||
	    !strchr("abcdefghijklmnopqrstuvwxyz0123456789", *s))
		return false;
	return s[n - 1] != '-' && (s[n - 1] != '+' || s[n - 2] == '+');
}

static int check_packages(const struct recipe *r, struct fault *f)
{
	for (size_t i = 0; i < r->packages; i++)
		if (!recipe_is_package(r->package[i]))
			return fault_set(f, -EINVAL, "image.package",
					 "package %zu: not the name of a Debian package", i + 1);
	return 0;
}

static const struct {
	int (*inputs)(const struct recipe *r, struct sha256 *h, struct fault *f);
	int (*write)(const struct recipe *r, struct tarball *t, struct fault *f);
} from[] = {
	[false] = { archives_inputs, archives_write },
	[true] = { installed_inputs, installed_write },
};

int recipe_write(const struct recipe *r, int fd, struct fault *f)
{
	AUTO(tarball_fini) struct tarball t = { 0 };
	int rc = check_packages(r, f);

	if (rc == 0)
		rc = tarball_open(&t, fd, f);
	if (rc == 0 && r->packages)
		rc = from[r->installed].write(r, &t, f);
	for (size_t i = 0; rc == 0 && i < r->dirs; i++)
		rc = dir_write(r->dir[i], &t, f);
	if (rc == 0)
		rc = tarball_close(&t, f);
	if (t.notes > NOTES_MAX)
		(void)dprintf(2, "cloister: image build: left out %u more\n", t.notes - NOTES_MAX);
	return t.gone ? 1 : rc;
}

int recipe_inputs(const struct recipe *r, uint8_t digest[32], struct fault *f)
{
	/* the builder's ways are an input too: a new number builds every image anew */
	static const char version[] = "cloister image 1\n";
	AUTO(tarball_fini) struct tarball t = { 0 };
	struct sha256 h;
	uint8_t dirs[32];
	int rc = check_packages(r, f);

	sha256_init(&h);
	sha256_add(&h, version, sizeof(version));
	if (rc == 0 && r->packages)
		rc = from[r->installed].inputs(r, &h, f);
	if (rc == 0)
		rc = tarball_open(&t, -1, f);
	for (size_t i = 0; rc == 0 && i < r->dirs; i++)
		rc = dir_write(r->dir[i], &t, f);
	if (rc == 0)
		rc = tarball_close(&t, f);
	if (rc < 0)
		return rc;
	sha256_done(&t.hash, dirs);
	sha256_add(&h, dirs, sizeof(dirs));
	sha256_done(&h, digest);
	return 0;
}
