/* SPDX-License-Identifier: Apache-2.0 */
/*
 * claim.c - takes and drops numbers. Runs in: cloisterd, at start and at its end. No allocation.
 */
#include "supervisor/daemon/claim.h"
#include "lib/base/fd.h"
#include "lib/base/ids.h"
#include "lib/base/str.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum {
	CLAIM_TEXT = PATH_MAX + 16,
	SUBUID_TEXT = 16384,
	TRIES = 3, /* another supervisor's end may take the directory away */
};

int claim_is(const char *text, const char *path, uint32_t n)
{
	size_t len = strlen(path);
	char number[24];
	size_t digits = str_u64(number, n);

	return strncmp(text, path, len) == 0 && text[len] == '\n' &&
	       strncmp(text + len + 1, number, digits) == 0 &&
	       strcmp(text + len + 1 + digits, "\n") == 0;
}

/* The number behind the k-th colon of a line, or -1. */
static int field(const char *line, size_t n, int k, uint64_t *ret)
{
	const char *p = line, *end = line + n, *stop;

	while (k-- > 0) {
		p = memchr(p, ':', (size_t)(end - p));
		if (!p)
			return -1;
		p++;
	}
	stop = memchr(p, ':', (size_t)(end - p));
	return str_to_u64(p, (size_t)((stop ? stop : end) - p), ret);
}

int claim_overlaps(const char *subuid, uint32_t base)
{
	for (const char *p = subuid; *p;) {
		size_t n = strcspn(p, "\n");
		uint64_t from, count;

		if (*p != '#' && field(p, n, 1, &from) == 0 && field(p, n, 2, &count) == 0 &&
		    from < (uint64_t)base + IDS_PER_TENANT && from + count > base)
			return 1;
		p += n + (p[n] == '\n');
	}
	return 0;
}

static int open_dir(struct fault *f)
{
	AUTO_FD int fd = -1;
	struct stat st;

	if (mkdir(CLAIM_DIR, 0700) < 0 && errno != EEXIST)
		return fault_sys(f, "claim.mkdir", "%s", CLAIM_DIR);
	fd = open(CLAIM_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fault_sys(f, "claim.open", "%s", CLAIM_DIR);
	if (st.st_uid != 0 || (st.st_mode & 022))
		return fault_set(f, -EPERM, "claim.owner", "%s is not root's alone", CLAIM_DIR);
	return fd_take(&fd);
}

static ssize_t read_text(int dir, const char *name, char *text, size_t cap)
{
	AUTO_FD int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, cap - 1);

	if (n >= 0)
		text[n] = '\0';
	return n;
}

static int remember(struct claim *c, uint32_t n, struct fault *f)
{
	char name[24];
	struct stat st;

	(void)str_u64(name, n);
	if (fstatat(c->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fault_sys(f, "claim.stat", "claim %u", n);
	c->own = n;
	c->dev = st.st_dev;
	c->ino = st.st_ino;
	return 0;
}

/* The claim that a killed cloisterd of the same state directory left. 1 found, 0 none. */
static int find_old(struct claim *c, const char *path, struct fault *f)
{
	for (uint32_t n = 0; n < TENANTS_MAX; n++) {
		char name[24], text[CLAIM_TEXT];
		int rc;

		(void)str_u64(name, n);
		if (read_text(c->dir, name, text, sizeof(text)) < 0 || !claim_is(text, path, n))
			continue;
		rc = remember(c, n, f);
		return rc < 0 ? rc : 1;
	}
	return 0;
}

/* Claims n with the nameless file fd. 0 done, 1 another's. */
static int try_number(struct claim *c, int fd, const char *path, uint32_t n, struct fault *f)
{
	char text[CLAIM_TEXT], name[24], from[40];
	int len = snprintf(text, sizeof(text), "%s\n%u\n", path, n);

	if (len < 0 || (size_t)len >= sizeof(text))
		return fault_set(f, -ENAMETOOLONG, "claim.path", "the state directory's path");
	if (pwrite(fd, text, (size_t)len, 0) != len || ftruncate(fd, len) < 0)
		return fault_sys(f, "claim.write", "claim %u", n);
	(void)str_u64(name, n);
	(void)snprintf(from, sizeof(from), "/proc/self/fd/%d", fd);
	/* whole or not there: no other process sees a claim without its text */
	if (linkat(AT_FDCWD, from, c->dir, name, AT_SYMLINK_FOLLOW) == 0)
		return remember(c, n, f);
	return errno == EEXIST ? 1 : fault_sys(f, "claim.link", "claim %u", n);
}

static int take_new(struct claim *c, const char *path, uint32_t prefer, struct fault *f)
{
	static char subuid[SUBUID_TEXT];
	AUTO_FD int fd = openat(c->dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);

	if (fd < 0)
		return fault_sys(f, "claim.file", "a file in %s", CLAIM_DIR);
	if (read_text(AT_FDCWD, "/etc/subuid", subuid, sizeof(subuid)) < 0)
		subuid[0] = '\0'; /* no such file: nobody was given a range */
	for (uint32_t i = 0; i <= TENANTS_MAX; i++) {
		uint32_t n = i == 0 ? prefer : TENANTS_MAX - i;
		int rc;

		if (n >= TENANTS_MAX || claim_overlaps(subuid, UID_BASE + n * IDS_PER_TENANT))
			continue;
		rc = try_number(c, fd, path, n, f);
		if (rc <= 0)
			return rc;
	}
	return fault_set(f, -EADDRINUSE, "claim.full",
			 "all %d uid ranges are claimed or given away", TENANTS_MAX);
}

int claim_take(struct claim *c, const char *path, uint32_t prefer, struct fault *f)
{
	int rc = -ENOENT;

	c->dir = -1;
	for (int i = 0; i < TRIES && rc == -ENOENT; i++) {
		fd_close(&c->dir);
		c->dir = open_dir(f);
		if (c->dir < 0)
			return c->dir;
		rc = find_old(c, path, f);
		if (rc == 0)
			rc = take_new(c, path, prefer, f);
	}
	return rc;
}

int claim_drop(struct claim *c, struct fault *f)
{
	int rc = 0;

	for (uint32_t n = 0; n < TENANTS_MAX; n++) {
		char name[24];
		struct stat st;

		(void)str_u64(name, n);
		if (n == c->own || fstatat(c->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    st.st_ino != c->ino || st.st_dev != c->dev)
			continue;
		if (unlinkat(c->dir, name, 0) < 0)
			rc = fault_sys(f, "claim.unlink", "claim %u", n);
	}
	/* last: it is how a successor finds the others */
	if (rc == 0) {
		char name[24];

		(void)str_u64(name, c->own);
		if (unlinkat(c->dir, name, 0) < 0)
			rc = fault_sys(f, "claim.unlink", "claim %u", c->own);
	}
	fd_close(&c->dir);
	(void)rmdir(CLAIM_DIR); /* ENOTEMPTY while another supervisor has a claim */
	return rc;
}
