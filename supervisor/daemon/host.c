/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host.c - the operator's files, put together as they are for cloister-compile --host, and the
 * block that comes back. Runs in: cloisterd, at start and on SIGHUP. No allocation.
 * Must not: understand a byte of them. Who else could have written one is all it looks at.
 */
#include "supervisor/daemon/places.h"
#include "lib/asks/compile.h"
#include "lib/base/fd.h"
#include "lib/base/str.h"
#include "lib/plan/policy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { SEALS = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL };

/* Where files are looked for; a name that an earlier row of the same flags has is passed over. */
static const struct from_row {
	const char *dir, *end; /* dir "": what is beside the other directories */
	uint32_t flags;
	bool shipped; /* ours, as trusted as our programs: whoever owns it */
} from[] = {
	{ "", "cloister.conf", COMPILE_F_CONF, false },
	{ "profiles", ".profile", COMPILE_F_LIBRARY, false },
	{ "tenants", ".tenant", COMPILE_F_TENANT, false },
	{ "grants", ".tenant", COMPILE_F_TENANT, false },
	{ "shipped", ".profile", COMPILE_F_LIBRARY, true },
};

/* The request while it is put together. */
static struct {
	struct {
		char name[NAME_MAX + 1];
		uint32_t from;
	} file[COMPILE_HOST_FILES_MAX];
	struct compile_file row[COMPILE_HOST_FILES_MAX];
	uint32_t n;
	char buf[64 << 10];
} req;

/* Root's and writable by nobody else: the directory or file that fd is. */
static int check_owner(int fd, const char *dir, const char *name, mode_t type, struct fault *f)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fault_sys(f, "policy.file", "%s/%s", dir, name);
	if ((st.st_mode & S_IFMT) != type)
		return fault_set(f, -EPERM, "policy.file", "%s/%s is not a %s", dir, name,
				 type == S_IFDIR ? "directory" : "file");
	if (st.st_uid != 0)
		return fault_set(f, -EPERM, "policy.owner",
				 "%s/%s belongs to uid %u; chown it to root", dir, name, st.st_uid);
	if (st.st_mode & 022)
		return fault_set(f, -EPERM, "policy.mode",
				 "%s/%s can be written by others; chmod go-w it", dir, name);
	return 0;
}

/* Opens one part of a path. Returns the descriptor, -ENOENT where there is none, or another fault.
 */
static int open_part(int at, const char *dir, const char *name, mode_t type, struct fault *f)
{
	int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC; /* a pipe must not hold us up */
	AUTO_FD int fd = openat(at, name, flags);

	if (fd < 0 && errno == ELOOP)
		return fault_set(f, -EPERM, "policy.link", "%s/%s is a link; put the file there",
				 dir, name);
	if (fd < 0)
		return fault_sys(f, "policy.open", "%s/%s", dir, name);
	if (check_owner(fd, dir, name, type, f) < 0)
		return f->err;
	return fd_take(&fd);
}

/* The operator's directory: below a private supervisor's own, else each part from the root on. */
static int open_etc(const struct host_files *h, struct fault *f)
{
	AUTO_FD int at = -1;
	const char *p = h->etc;

	if (!p) {
		if (check_owner(h->places->fd[PLACE_DIR], h->places->path, ".", S_IFDIR, f) < 0)
			return f->err;
		return open_part(h->places->fd[PLACE_DIR], h->places->path, "etc", S_IFDIR, f);
	}
	at = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (at < 0 || check_owner(at, "", "", S_IFDIR, f) < 0)
		return at < 0 ? fault_sys(f, "policy.open", "/") : f->err;
	while (*(p += strspn(p, "/"))) {
		char part[NAME_MAX + 1] = "";
		size_t n = strcspn(p, "/");
		int next;

		if (n > NAME_MAX)
			return fault_set(f, -ENAMETOOLONG, "policy.open", "%s", h->etc);
		memcpy(part, p, n);
		next = open_part(at, "", part, S_IFDIR, f);
		if (next < 0)
			return next;
		fd_close(&at);
		at = next;
		p += n;
	}
	return fd_take(&at);
}

/* Where the operator's files of a private supervisor belong is there from the first start on. */
static int make_dirs(const struct host_files *h, struct fault *f)
{
	static const char *const dirs[] = { "etc", "etc/profiles", "etc/tenants" };

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		if (mkdirat(h->places->fd[PLACE_DIR], dirs[i], 0755) < 0) {
			if (errno == EEXIST) /* whatever it is: it is looked at before it is used */
				continue;
			return fault_sys(f, "policy.mkdir", "%s/%s", h->places->path, dirs[i]);
		}
		if (fchmodat(h->places->fd[PLACE_DIR], dirs[i], 0755, 0) < 0)
			return fault_sys(f, "policy.mkdir", "%s/%s", h->places->path, dirs[i]);
	}
	return 0;
}

int host_open(const struct host_files *h, struct fault *f)
{
	AUTO_FD int etc = -1;
	int fd;

	if (!h->etc && make_dirs(h, f) < 0)
		return f->err;
	etc = open_etc(h, f);
	if (etc < 0)
		return etc;
	fd = open_part(etc, h->etc ? h->etc : "etc", "profiles", S_IFDIR, f);
	if (fd != -ENOENT)
		return fd;
	/* an operator without profiles of his own */
	fd = fcntl(h->places->fd[PLACE_NULL], F_DUPFD_CLOEXEC, 0);
	return fd < 0 ? fault_sys(f, "policy.open", "the profiles") : fd;
}

static bool is_there(const char *name, uint32_t row)
{
	for (uint32_t i = 0; i < req.n; i++)
		if (from[req.file[i].from].flags == from[row].flags && from[row].shipped &&
		    strcmp(req.file[i].name, name) == 0)
			return true;
	return false;
}

/* By name within a row: the order of a directory is no order. */
static int add_name(const char *name, uint32_t row, struct fault *f)
{
	uint32_t i = req.n;

	if (is_there(name, row))
		return 0;
	if (req.n == COMPILE_HOST_FILES_MAX)
		return fault_set(f, -E2BIG, "policy.files", "more than %d files",
				 COMPILE_HOST_FILES_MAX);
	for (; i > 0 && req.file[i - 1].from == row && strcmp(req.file[i - 1].name, name) > 0; i--)
		req.file[i] = req.file[i - 1];
	(void)str_copy(req.file[i].name, sizeof(req.file[i].name), name); /* a d_name: it fits */
	req.file[i].from = row;
	req.n++;
	return 0;
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n >= k && strcmp(s + n - k, end) == 0;
}

static int list(int dir, uint32_t row, struct fault *f)
{
	AUTO_FD int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint8_t buf[4096] __attribute__((aligned(8)));
	ssize_t n = again < 0 ? -1 : 0;

	while (again >= 0 && (n = getdents64(again, buf, sizeof(buf))) > 0) {
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *e = (const void *)(buf + at);

			if (e->d_name[0] != '.' && ends_with(e->d_name, from[row].end) &&
			    add_name(e->d_name, row, f) < 0)
				return f->err;
			at += e->d_reclen;
		}
	}
	return n < 0 ? fault_sys(f, "policy.list", "%s", from[row].dir) : 0;
}

static int append(int fd, uint64_t *at, const void *p, size_t n, struct fault *f)
{
	if (*at + n > COMPILE_REQ_MAX)
		return fault_set(f, -E2BIG, "policy.size", "the files are larger than %d bytes",
				 COMPILE_REQ_MAX);
	if (pwrite(fd, p, n, (off_t)*at) != (ssize_t)n)
		return fault_sys(f, "policy.request", "putting the files together");
	*at += n;
	return 0;
}

/* A file's bytes and its NUL. */
static int append_text(int fd, uint64_t *at, int file, struct compile_text *ret, struct fault *f)
{
	ssize_t n;

	ret->off = (uint32_t)*at;
	while ((n = RETRY_EINTR(read(file, req.buf, sizeof(req.buf)))) > 0)
		if (append(fd, at, req.buf, (size_t)n, f) < 0)
			return f->err;
	ret->len = (uint32_t)*at - ret->off;
	return n < 0 ? fault_sys(f, "policy.read", "reading a file") : append(fd, at, "", 1, f);
}

static int append_file(int fd, uint64_t *at, int dir, uint32_t i, struct fault *f)
{
	const struct from_row *row = &from[req.file[i].from];
	bool named = row->dir[0] && !row->shipped;
	const char *shown = req.buf;
	AUTO_FD int file =
		row->shipped ? openat(dir, req.file[i].name, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
			     : open_part(dir, row->dir[0] ? row->dir : "etc", req.file[i].name,
					 S_IFREG, f);
	size_t n = (size_t)snprintf(req.buf, sizeof(req.buf), "%s%s%s", named ? row->dir : "",
				    named ? "/" : "", req.file[i].name);

	if (file < 0)
		return row->shipped ? fault_sys(f, "policy.open", "%s", shown) : file;
	req.row[i] = (struct compile_file){ .flags = row->flags };
	req.row[i].name = (struct compile_text){ (uint32_t)*at, (uint32_t)n };
	if (append(fd, at, shown, n + 1, f) < 0)
		return f->err;
	return append_text(fd, at, file, &req.row[i].text, f);
}

/* All directories first: the table of files stands before their bytes. */
static int list_all(const struct host_files *h, int etc, int dir[ARRAY_LEN(from)], struct fault *f)
{
	req.n = 0;
	for (uint32_t i = 0; i < ARRAY_LEN(from); i++) {
		if (from[i].shipped)
			dir[i] = fcntl(h->places->fd[PLACE_LIBRARY], F_DUPFD_CLOEXEC, 0);
		else if (from[i].dir[0])
			dir[i] = open_part(etc, h->etc ? h->etc : "etc", from[i].dir, S_IFDIR, f);
		else
			dir[i] = fcntl(etc, F_DUPFD_CLOEXEC, 0);
		if (dir[i] == -ENOENT) /* he has no such files */
			continue;
		if (dir[i] == -1 && (from[i].shipped || !from[i].dir[0]))
			return fault_sys(f, "policy.open", "a descriptor");
		if (dir[i] < 0)
			return dir[i];
		if (list(dir[i], i, f) < 0)
			return f->err;
	}
	return 0;
}

static int put_together(const struct host_files *h, const int dir[ARRAY_LEN(from)], struct fault *f)
{
	AUTO_FD int fd = memfd_create("policy-files", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct compile_req head = {
		.mode = COMPILE_HOST, .nfile = req.n, .own_base = h->own_base, .epoch = h->epoch
	};
	uint64_t at = sizeof(head) + req.n * sizeof(req.row[0]);

	if (fd < 0)
		return fault_sys(f, "policy.request", "a memfd");
	for (uint32_t i = 0; i < req.n; i++)
		if (append_file(fd, &at, dir[req.file[i].from], i, f) < 0)
			return f->err;
	memcpy(head.magic, COMPILE_REQ_MAGIC, sizeof(head.magic));
	head.size = (uint32_t)at;
	at = 0;
	if (append(fd, &at, &head, sizeof(head), f) < 0 ||
	    (req.n && append(fd, &at, req.row, req.n * sizeof(req.row[0]), f) < 0))
		return f->err;
	if (fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		return fault_sys(f, "policy.request", "sealing the files");
	return fd_take(&fd);
}

int host_request(const struct host_files *h, struct fault *f)
{
	int dir[ARRAY_LEN(from)] = { -1, -1, -1, -1, -1 };
	int etc = open_etc(h, f);
	int rc = etc < 0 ? etc : list_all(h, etc, dir, f);

	if (rc == 0)
		rc = put_together(h, dir, f);
	fd_close(&etc);
	for (size_t i = 0; i < ARRAY_LEN(from); i++)
		fd_close(&dir[i]);
	return rc;
}

int host_block(int fd, struct fault *f)
{
	int size = sealed_size(fd, POLICY_MAX, "policy.block", f);

	return size < 0 ? size : 0;
}

void host_say(int fd)
{
	ssize_t n = pread(fd, req.buf, sizeof(req.buf) - 1, 0);
	const char *p = req.buf;

	req.buf[n > 0 ? n : 0] = '\0';
	while (*p) {
		size_t len = strcspn(p, "\n");

		(void)dprintf(2, "cloisterd: policy: %.*s\n", (int)len, p);
		p += len + (p[len] == '\n');
	}
}
