/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_dirs.c - a directory of the host as a part of an image. Runs in: cloister-imagetar.
 * Must not follow a symbolic link: what it points to on the host is not what it points to inside.
 */
#include "cli/image_dirs.h"
#include "lib/base/fd.h"

#include <fcntl.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>

/* The same tree gives the same tar, whatever the order its file system lists names in. */
static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static void fts_end(FTS **t)
{
	if (*t)
		(void)fts_close(*t); /* read-only walk */
}

static int put_file(const FTSENT *e, struct tar_entry *n, struct tarball *t, struct fault *f)
{
	AUTO_FD int fd = open(e->fts_accpath, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fault_sys(f, "image.dir", "%s", e->fts_path);
	if (!S_ISREG(st.st_mode))
		return fault_set(f, -EAGAIN, "image.dir", "%s changed while it was read",
				 e->fts_path);
	n->size = (uint64_t)st.st_size;
	n->exec = st.st_mode & 0111;
	return tarball_file(t, n, fd, f);
}

static int put_link(const FTSENT *e, struct tar_entry *n, struct tarball *t, struct fault *f)
{
	char to[4096];
	ssize_t len = readlink(e->fts_accpath, to, sizeof(to) - 1);

	if (len < 0)
		return fault_sys(f, "image.dir", "%s", e->fts_path);
	to[len] = '\0';
	n->target = to;
	return tarball_put(t, n, f);
}

/* name: e's path below the directory, "" itself. */
static int put(const FTSENT *e, const char *name, struct tarball *t, struct fault *f)
{
	struct tar_entry n = { .path = name };

	switch (e->fts_info) {
	case FTS_D:
		n.type = S_IFDIR;
		return *name ? tarball_put(t, &n, f) : 0;
	case FTS_DP:
		return 0;
	case FTS_F:
		n.type = S_IFREG;
		return put_file(e, &n, t, f);
	case FTS_SL:
	case FTS_SLNONE:
		n.type = S_IFLNK;
		return put_link(e, &n, t, f);
	case FTS_DEFAULT:
		tarball_note(t, e->fts_path, "neither file, directory nor link");
		return 0;
	default:
		errno = e->fts_errno;
		return fault_sys(f, "image.dir", "%s", e->fts_path);
	}
}

int dir_write(const char *dir, struct tarball *t, struct fault *f)
{
	AUTO_FREE char *root = strdup(dir);
	char *const paths[] = { root, NULL };
	AUTO(fts_end) FTS *tree = NULL;
	struct stat st;
	size_t len;
	FTSENT *e;
	int rc = 0;

	if (!root)
		return fault_set(f, -ENOMEM, "image.dir", "out of memory");
	if (stat(dir, &st) < 0)
		return fault_sys(f, "image.dir", "%s", dir);
	if (!S_ISDIR(st.st_mode))
		return fault_set(f, -ENOTDIR, "image.dir", "%s is not a directory", dir);
	for (len = strlen(root); len > 1 && root[len - 1] == '/'; len--)
		root[len - 1] = '\0';
	/* no FTS_NOCHDIR: a path may be longer than one call takes */
	tree = fts_open(paths, FTS_PHYSICAL | FTS_COMFOLLOW, by_name);
	if (!tree)
		return fault_sys(f, "image.dir", "%s", dir);
	for (errno = 0; rc == 0 && (e = fts_read(tree)); errno = 0) {
		const char *name = e->fts_path + (e->fts_pathlen < len ? e->fts_pathlen : len);

		rc = put(e, name + strspn(name, "/"), t, f);
	}
	if (rc == 0 && errno)
		return fault_sys(f, "image.dir", "%s", dir);
	return rc;
}
