/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unpack.c - a foreign tar archive into a directory. Runs in: cloister-mkimage (uid cloister-fs).
 * Must not follow a symbolic link, make a node other than file, directory and link, or trust a
 * number of the archive.
 *
 * 1. Every name is first made a canonical relative path (unpack_place); ".." is refused, not
 *    resolved: no honest archive needs it.
 * 2. A parent is opened with RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS, or part by part with
 *    O_NOFOLLOW where parts are missing. So an archive that holds "tmp -> /etc" and then
 *    "tmp/passwd" is refused, though nothing but our own tmpfs is in reach anyway.
 * 3. The last part is never opened if it exists: later entries replace earlier ones by unlink,
 *    so a hard link or a symlink that is in the way is not written through.
 */
#include "volumes/unpack.h"
#include "lib/base/fd.h"
#include "lib/base/str.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum { READ_SIZE = 65536, TAR_TRAILER = 1024, SHOWN_MAX = 80, PART_MAX = 255 };

/* What was /bin is /usr/bin on every Debian since 12: archives still name the old places. */
static const char *const merged[] = { "bin", "sbin", "lib", "lib64" };

struct unpack {
	int in, root;
	struct unpack_count *count;
	uint64_t zeros; /* zero bytes at the end of what was read so far */
	char place[UNPACK_PATH_MAX];
	char parent[UNPACK_PATH_MAX]; /* the path that parent_fd stands for */
	int parent_fd;
	char shown[SHOWN_MAX]; /* the entry's name, fit for a message */
	char buf[READ_SIZE];
};

static bool is_merged(const char *part, size_t n)
{
	for (size_t i = 0; i < ARRAY_LEN(merged); i++)
		if (strlen(merged[i]) == n && memcmp(merged[i], part, n) == 0)
			return true;
	return false;
}

/* Is this part of a name fit for an image? 0, 1 to be left out, or why not. */
static int part_check(const char *s, size_t n)
{
	if (n == 0 || (n == 1 && s[0] == '.'))
		return 1;
	if (n == 2 && s[0] == '.' && s[1] == '.')
		return -EINVAL;
	if (n > PART_MAX)
		return -ENAMETOOLONG;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return -EINVAL;
	return str_is_utf8(s, n) ? 0 : -EINVAL;
}

int unpack_place(char *dst, const char *name)
{
	size_t out = 0, depth = 0;

	while (*name) {
		size_t n = strcspn(name, "/");
		const char *part = name;
		int rc = part_check(part, n);

		name += n + (part[n] == '/');
		if (rc < 0)
			return rc;
		if (rc == 1)
			continue;
		if (depth++ == 0 && is_merged(part, n)) {
			memcpy(dst, "usr", 3);
			out = 3;
			depth++;
		}
		if (depth > UNPACK_DEPTH_MAX)
			return -ELOOP;
		if (out + n + 2 > UNPACK_PATH_MAX)
			return -ENAMETOOLONG;
		if (out)
			dst[out++] = '/';
		memcpy(dst + out, part, n);
		out += n;
	}
	dst[out] = '\0';
	return out == 0;
}

static void show(struct unpack *u, const char *name)
{
	size_t used = 0, n = 0;

	for (; n < SHOWN_MAX - 1 && name[n] && name[n] != '\n' && name[n] != '\t'; n++)
		;
	n = str_escape(u->shown, SHOWN_MAX - 4, name, n, &used);
	u->shown[n] = '\0';
	if (name[used])
		memcpy(u->shown + n, "...", 4);
}

/* One part below dir, made when it is missing. The caller owns the result. */
static int part_open(int dir, const char *part)
{
	int fd = openat(dir, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	if (mkdirat(dir, part, 0755) < 0)
		return -1;
	return openat(dir, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int parent_walk(struct unpack *u, const char *parent)
{
	AUTO_FD int fd = openat(u->root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char part[PART_MAX + 1];

	while (fd >= 0 && *parent) {
		size_t n = strcspn(parent, "/");
		int next;

		memcpy(part, parent, n);
		part[n] = '\0';
		parent += n + (parent[n] == '/');
		next = part_open(fd, part);
		fd_close(&fd);
		fd = next;
	}
	return fd_take(&fd);
}

/* Splits u->place; *ret_name points into it. The directory fd stays u's. */
static int parent_open(struct unpack *u, const char **ret_name, struct fault *f)
{
	static const struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	char *slash = strrchr(u->place, '/');
	int fd;

	*ret_name = slash ? slash + 1 : u->place;
	if (!slash)
		return u->root;
	*slash = '\0';
	if (u->parent_fd >= 0 && strcmp(u->parent, u->place) == 0) {
		*slash = '/';
		return u->parent_fd;
	}
	fd_close(&u->parent_fd);
	fd = (int)syscall(SYS_openat2, u->root, u->place, &how, sizeof(how));
	if (fd < 0 && errno == ENOENT)
		fd = parent_walk(u, u->place);
	if (fd >= 0)
		memcpy(u->parent, u->place, (size_t)(slash - u->place) + 1);
	*slash = '/';
	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
		return fault_set(f, -ELOOP, "unpack.through",
				 "entry %s lies below a symbolic link or file of the archive",
				 u->shown);
	if (fd < 0)
		return fault_sys(f, "unpack.parent", "directory of %s", u->shown);
	u->parent_fd = fd;
	return fd;
}

/* Frees the name for a new entry. A directory goes only when it is empty. */
static int make_room(struct unpack *u, int dir, const char *name, struct fault *f)
{
	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return fault_sys(f, "unpack.replace", "entry %s", u->shown);
	if (u->parent_fd >= 0 && strcmp(u->parent, u->place) == 0)
		fd_close(&u->parent_fd); /* the one that goes */
	if (unlinkat(dir, name, AT_REMOVEDIR) == 0)
		return 0;
	if (errno == ENOTEMPTY)
		return fault_set(f, -ENOTEMPTY, "unpack.replace",
				 "entry %s would replace a directory that is not empty", u->shown);
	return fault_sys(f, "unpack.replace", "entry %s", u->shown);
}

static int write_data(struct unpack *u, struct archive *a, int fd, uint64_t size, struct fault *f)
{
	const void *p;
	size_t n;
	la_int64_t off;
	int rc;

	while ((rc = archive_read_data_block(a, &p, &n, &off)) == ARCHIVE_OK) {
		if (off < 0 || (uint64_t)off > size || n > size - (uint64_t)off)
			return fault_set(f, -EBADMSG, "unpack.size", "entry %s is longer than said",
					 u->shown);
		for (size_t done = 0; done < n;) {
			ssize_t w = pwrite(fd, (const char *)p + done, n - done,
					   (off_t)off + (off_t)done);

			if (w <= 0)
				return fault_sys(f, "unpack.write", "entry %s", u->shown);
			done += (size_t)w;
		}
	}
	if (rc != ARCHIVE_EOF)
		return fault_set(f, -EBADMSG, "unpack.data", "entry %s: %s", u->shown,
				 archive_error_string(a));
	if (ftruncate(fd, (off_t)size) < 0)
		return fault_sys(f, "unpack.write", "entry %s", u->shown);
	return 0;
}

static int put_file(struct unpack *u, struct archive *a, struct archive_entry *e, struct fault *f)
{
	la_int64_t size = archive_entry_size(e);
	AUTO_FD int fd = -1;
	const char *name;
	int dir, rc;

	if (size < 0 || (uint64_t)size > UNPACK_BYTES_MAX - u->count->bytes)
		return fault_set(f, -EFBIG, "unpack.bytes", "more than 4 GiB of content at %s",
				 u->shown);
	u->count->bytes += (uint64_t)size;
	dir = parent_open(u, &name, f);
	rc = dir < 0 ? dir : make_room(u, dir, name, f);
	if (rc < 0)
		return rc;
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return fault_sys(f, "unpack.file", "entry %s", u->shown);
	rc = write_data(u, a, fd, (uint64_t)size, f);
	if (rc < 0)
		return rc;
	if (fchmod(fd, archive_entry_perm(e) & 0111 ? 0555 : 0444) < 0)
		return fault_sys(f, "unpack.mode", "entry %s", u->shown);
	return 0;
}

static int put_dir(struct unpack *u, struct archive *a, struct archive_entry *e, struct fault *f)
{
	const char *name;
	struct stat st;
	int dir, rc;

	(void)a;
	(void)e;
	dir = parent_open(u, &name, f);
	if (dir < 0)
		return dir;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode))
		return 0;
	rc = make_room(u, dir, name, f);
	if (rc < 0)
		return rc;
	if (mkdirat(dir, name, 0755) < 0)
		return fault_sys(f, "unpack.dir", "entry %s", u->shown);
	return 0;
}

static int put_symlink(struct unpack *u, struct archive *a, struct archive_entry *e,
		       struct fault *f)
{
	const char *to = archive_entry_symlink(e);
	const char *name;
	int dir, rc;

	(void)a;
	if (!to || !*to || strlen(to) >= UNPACK_PATH_MAX)
		return fault_set(f, -EINVAL, "unpack.link", "entry %s: no or too long a target",
				 u->shown);
	dir = parent_open(u, &name, f);
	rc = dir < 0 ? dir : make_room(u, dir, name, f);
	if (rc < 0)
		return rc;
	if (symlinkat(to, dir, name) < 0)
		return fault_sys(f, "unpack.link", "entry %s", u->shown);
	return 0;
}

/* A hard link's target is a name of the archive, and gets the same treatment as one. */
static int put_hardlink(struct unpack *u, struct archive_entry *e, struct fault *f)
{
	static const struct open_how how = {
		.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	char target[UNPACK_PATH_MAX];
	AUTO_FD int fd = -1;
	const char *name;
	struct stat st, old;
	int dir, rc;

	if (unpack_place(target, archive_entry_hardlink(e)) != 0)
		return fault_set(f, -EINVAL, "unpack.hardlink", "entry %s: target outside",
				 u->shown);
	fd = (int)syscall(SYS_openat2, u->root, target, &how, sizeof(how));
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return fault_set(f, -ENOENT, "unpack.hardlink",
				 "entry %s: its target is no earlier file of the archive",
				 u->shown);
	dir = parent_open(u, &name, f);
	if (dir < 0)
		return dir;
	if (fstatat(dir, name, &old, AT_SYMLINK_NOFOLLOW) == 0 && old.st_ino == st.st_ino)
		return 0;
	rc = make_room(u, dir, name, f);
	if (rc < 0)
		return rc;
	/* by name, not by fd: AT_EMPTY_PATH takes a capability. No one else writes here. */
	if (linkat(u->root, target, dir, name, 0) < 0)
		return fault_sys(f, "unpack.hardlink", "entry %s", u->shown);
	return 0;
}

static const struct {
	unsigned int type;
	int (*put)(struct unpack *u, struct archive *a, struct archive_entry *e, struct fault *f);
} kinds[] = {
	{ AE_IFREG, put_file },
	{ AE_IFDIR, put_dir },
	{ AE_IFLNK, put_symlink },
};

/* "bin", or "bin -> usr/bin" of base-files: it is there already. Anything else named so is not. */
static int put_merged(struct unpack *u, struct archive_entry *e, struct fault *f)
{
	const char *to = archive_entry_symlink(e);

	if (archive_entry_filetype(e) == AE_IFDIR)
		return 0;
	if (to && archive_entry_filetype(e) == AE_IFLNK) {
		to += *to == '/';
		if (strcmp(to, u->place) == 0)
			return 0;
	}
	return fault_set(f, -EINVAL, "unpack.merge", "entry %s must be a directory", u->shown);
}

/* Does the entry's own name, not something below it, stand for one of the four links? */
static bool names_merged(const char *name)
{
	size_t n;

	while (*name == '/' || (name[0] == '.' && (name[1] == '/' || name[1] == '\0')))
		name++;
	n = strcspn(name, "/");
	return is_merged(name, n) && name[n + strspn(name + n, "/")] == '\0';
}

static int put_entry(struct unpack *u, struct archive *a, struct archive_entry *e, struct fault *f)
{
	const char *name = archive_entry_pathname(e);
	int rc;

	if (++u->count->entries > UNPACK_ENTRIES_MAX)
		return fault_set(f, -E2BIG, "unpack.entries", "more than %d entries",
				 UNPACK_ENTRIES_MAX);
	if (!name)
		name = archive_entry_pathname_utf8(e);
	if (!name)
		return fault_set(f, -EINVAL, "unpack.name", "an entry without a name");
	show(u, name);
	rc = unpack_place(u->place, name);
	if (rc == -EINVAL)
		return fault_set(f, rc, "unpack.name", "entry %s: \"..\" or bad bytes in the name",
				 u->shown);
	if (rc < 0)
		return fault_set(f, rc, "unpack.name",
				 "entry %s: longer than %d bytes, or deeper than %d", u->shown,
				 UNPACK_PATH_MAX, UNPACK_DEPTH_MAX);
	if (rc == 1)
		return 0; /* "./": the root is ours */
	if (names_merged(name))
		return put_merged(u, e, f);
	if (archive_entry_hardlink(e))
		return put_hardlink(u, e, f);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].type == archive_entry_filetype(e))
			return kinds[i].put(u, a, e, f);
	u->count->dropped++;
	return 0;
}

/* Counts the zeros at the end: a tar ends with 1,024 of them, one whose writer died does not. */
static la_ssize_t more(struct archive *a, void *self, const void **ret)
{
	struct unpack *u = self;
	ssize_t n = RETRY_EINTR(read(u->in, u->buf, sizeof(u->buf)));
	ssize_t end = n;

	(void)a;
	while (end > 0 && u->buf[end - 1] == '\0')
		end--;
	if (n > 0)
		u->zeros = end ? (uint64_t)(n - end) : u->zeros + (uint64_t)n;
	*ret = u->buf;
	return n;
}

static int merge_links(int root, struct fault *f)
{
	char to[16] = "usr/";

	if (mkdirat(root, "usr", 0755) < 0)
		return fault_sys(f, "unpack.merge", "making usr");
	for (size_t i = 0; i < ARRAY_LEN(merged); i++) {
		memcpy(to + 4, merged[i], strlen(merged[i]) + 1);
		if (mkdirat(root, to, 0755) < 0 || symlinkat(to, root, merged[i]) < 0)
			return fault_sys(f, "unpack.merge", "making %s", merged[i]);
	}
	return 0;
}

static int read_all(struct unpack *u, struct archive *a, struct fault *f)
{
	struct archive_entry *e;
	const void *rest;
	int rc;

	while ((rc = archive_read_next_header(a, &e)) == ARCHIVE_OK || rc == ARCHIVE_WARN) {
		rc = put_entry(u, a, e, f);
		if (rc < 0)
			return rc;
	}
	if (rc != ARCHIVE_EOF)
		return fault_set(f, -EBADMSG, "unpack.archive", "not a tar archive, or damaged: %s",
				 archive_error_string(a));
	while (more(a, u, &rest) > 0)
		;
	if (u->count->entries == 0)
		return fault_set(f, -ENODATA, "unpack.archive", "the archive is empty");
	if (u->zeros < TAR_TRAILER)
		return fault_set(f, -ENODATA, "unpack.archive",
				 "the archive ends early: its sender went away");
	return 0;
}

static void archive_close(struct archive **a)
{
	if (*a)
		(void)archive_read_free(*a); /* nothing of ours is written by it */
}

int unpack_tar(int in, int root, struct unpack_count *c, struct fault *f)
{
	AUTO(archive_close) struct archive *a = archive_read_new();
	AUTO_FREE struct unpack *u = calloc(1, sizeof(*u));
	int rc = merge_links(root, f);

	if (rc < 0)
		return rc;
	if (!a || !u)
		return fault_set(f, -ENOMEM, "unpack.memory", "out of memory");
	*u = (struct unpack){ .in = in, .root = root, .count = c, .parent_fd = -1 };
	*c = (struct unpack_count){ 0 };
	/* tar alone, no compression: the fewest parsers that will do */
	if (archive_read_support_format_tar(a) != ARCHIVE_OK ||
	    archive_read_open(a, u, NULL, more, NULL) != ARCHIVE_OK)
		return fault_set(f, -EBADMSG, "unpack.archive", "not a tar archive: %s",
				 archive_error_string(a));
	rc = read_all(u, a, f);
	fd_close(&u->parent_fd);
	return rc;
}
