/* SPDX-License-Identifier: Apache-2.0 */
/*
 * places.c - directories, files and descriptors of a supervisor (security-model.md 4). Runs in:
 * cloisterd, at start and at its end. No allocation.
 * Must not: follow a link below a directory that the engine owns.
 */
#include "supervisor/daemon/places.h"
#include "lib/base/fd.h"
#include "lib/base/ids.h"
#include "lib/plan/registry.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>

enum { BACKLOG = 64 };

/* Below the state directory; parents first. */
static const struct dir_row {
	const char *path;
	bool engine; /* the engine's own, else root's */
	mode_t mode;
	int keep; /* enum place, -1: not kept open */
} dirs[] = {
	{ "state", true, 0700, PLACE_STATE },
	{ "log", true, 0700, PLACE_LOGS },
	{ "images", false, 0700, -1 },
	{ "images/pub", false, 0700, PLACE_PUB },
	{ "acts", false, 0700, -1 },
	{ "keys", false, 0700, -1 },
	{ "run", false, 0700, PLACE_RUN },
	{ "run/w", false, 0700, PLACE_W },
	{ "run/exit", false, 0700, PLACE_EXIT },
};

static const struct file_row {
	const char *path;
	enum place in, keep;
	int flags;
} files[] = {
	{ "supervisor.log", PLACE_LOGS, PLACE_OUT, O_WRONLY | O_APPEND | O_CREAT },
	{ "acts/spawn", PLACE_DIR, PLACE_ACTS_SPAWN, O_WRONLY | O_APPEND | O_CREAT },
	{ "acts/netd", PLACE_DIR, PLACE_ACTS_NETD, O_WRONLY | O_APPEND | O_CREAT },
	{ "acts/volumed", PLACE_DIR, PLACE_ACTS_VOLUMED, O_WRONLY | O_APPEND | O_CREAT },
	{ "tenants.idx", PLACE_DIR, PLACE_REG_RW, O_RDWR | O_CREAT },
	{ "tenants.idx", PLACE_DIR, PLACE_REG_RO, O_RDONLY },
};

void places_init(struct places *p)
{
	for (size_t i = 0; i < PLACE__COUNT; i++)
		p->fd[i] = -1;
}

int places_keep(struct places *p, enum place which, int fd, struct fault *f)
{
	AUTO_FD int taken = fd;
	int high = fcntl(taken, F_DUPFD_CLOEXEC, PLACE_LOW);

	if (high < 0)
		return fault_sys(f, "places.keep", "descriptor %d", fd);
	fd_close(&p->fd[which]);
	p->fd[which] = high;
	return 0;
}

/* Nothing but, it may be, the operator's directory. */
static int is_empty(int dir)
{
	uint8_t buf[2048] __attribute__((aligned(8)));
	ssize_t n = getdents64(dir, buf, sizeof(buf));

	for (ssize_t at = 0; at < n;) {
		const struct dirent64 *e = (const void *)(buf + at);

		if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..") && strcmp(e->d_name, "etc"))
			return 0;
		at += e->d_reclen;
	}
	return n >= 0;
}

static int open_state(const char *dir, struct fault *f)
{
	AUTO_FD int fd = -1;
	struct stat st;

	if (mkdir(dir, 0711) < 0 && errno != EEXIST)
		return fault_sys(f, "places.state", "state directory %s", dir);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fault_sys(f, "places.state", "state directory %s", dir);
	if (st.st_uid != 0 || (st.st_mode & 022))
		return fault_set(f, -EPERM, "places.owner",
				 "%s must be root's and writable by nobody else", dir);
	/* a mistyped --state must not change the mode of somebody's directory */
	if (!is_empty(fd) && faccessat(fd, "tenants.idx", F_OK, AT_SYMLINK_NOFOLLOW) < 0 &&
	    faccessat(fd, "log/supervisor.log", F_OK, AT_SYMLINK_NOFOLLOW) < 0) /* `up` made it */
		return fault_set(f, -EEXIST, "places.foreign",
				 "%s has other things in it; name a new or empty directory", dir);
	if (fchmod(fd, 0711) < 0)
		return fault_sys(f, "places.mode", "mode of %s", dir);
	return fd_take(&fd);
}

static int canonical(struct places *p, struct fault *f)
{
	char link[40];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", p->fd[PLACE_DIR]);
	n = readlink(link, p->path, sizeof(p->path) - 1);
	if (n <= 0 || (size_t)n >= sizeof(p->path) - 1)
		return fault_sys(f, "places.path", "path of the state directory");
	p->path[n] = '\0';
	if (strchr(p->path, '\n'))
		return fault_set(f, -EINVAL, "places.path", "a path with a line break");
	return 0;
}

/* The lock is on the inode that has the name: one that was just removed by its holder does not
 * count. */
static int lock(struct places *p, struct fault *f)
{
	for (;;) {
		AUTO_FD int fd = openat(p->fd[PLACE_DIR], "lock",
					O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
		struct stat held, named;

		if (fd < 0)
			return fault_sys(f, "places.lock", "%s/lock", p->path);
		if (flock(fd, LOCK_EX | LOCK_NB) < 0)
			return errno == EWOULDBLOCK
				       ? fault_set(f, -EBUSY, "places.lock",
						   "a supervisor is running on %s; cloister down "
						   "ends it",
						   p->path)
				       : fault_sys(f, "places.lock", "%s/lock", p->path);
		if (fstat(fd, &held) < 0)
			return fault_sys(f, "places.lock", "%s/lock", p->path);
		if (fstatat(p->fd[PLACE_DIR], "lock", &named, AT_SYMLINK_NOFOLLOW) == 0 &&
		    named.st_ino == held.st_ino)
			return places_keep(p, PLACE_LOCK, fd_take(&fd), f);
	}
}

int places_lock(struct places *p, const char *dir, struct fault *f)
{
	int fd = open_state(dir, f);
	int rc = fd < 0 ? fd : places_keep(p, PLACE_DIR, fd, f);

	if (rc == 0)
		rc = canonical(p, f);
	return rc < 0 ? rc : lock(p, f);
}

uint32_t places_last_own(const struct places *p)
{
	struct stat st;

	if (fstatat(p->fd[PLACE_DIR], "state", &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    st.st_uid < UID_BASE || st.st_uid % IDS_PER_TENANT != OWN_ENGINE)
		return UINT32_MAX;
	return (st.st_uid - UID_BASE) / IDS_PER_TENANT;
}

/* One entry of the engine's tree: what is not a file or directory of a former engine stays. */
static int give_entry(int dir, const char *name, uid_t owner, int *ret_sub)
{
	struct stat st;

	*ret_sub = -1;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (st.st_uid == 0 || st.st_uid == owner || st.st_uid < UID_BASE)
		return 0;
	if (S_ISDIR(st.st_mode)) {
		*ret_sub = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		return *ret_sub < 0 || fchown(*ret_sub, owner, owner) < 0 ? -errno : 0;
	}
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
		return 0;
	return fchownat(dir, name, owner, owner, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

/* The range may be another one than last time: the engine's files go along. Two levels deep. */
static int give(int dir, uid_t owner, int depth)
{
	uint8_t buf[2048] __attribute__((aligned(8)));
	ssize_t n;

	while ((n = getdents64(dir, buf, sizeof(buf))) > 0) {
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *e = (const void *)(buf + at);
			AUTO_FD int sub = -1;
			int rc = e->d_name[0] == '.' ? 0 : give_entry(dir, e->d_name, owner, &sub);

			if (rc == 0 && sub >= 0 && depth > 0)
				rc = give(sub, owner, depth - 1);
			if (rc < 0)
				return rc;
			at += e->d_reclen;
		}
	}
	return n < 0 ? -errno : 0;
}

static int make_dir(struct places *p, const struct dir_row *r, uint32_t own_base, struct fault *f)
{
	uid_t owner = r->engine ? own_base + OWN_ENGINE : 0;
	AUTO_FD int fd = -1;

	if (mkdirat(p->fd[PLACE_DIR], r->path, r->mode) < 0 && errno != EEXIST)
		return fault_sys(f, "places.mkdir", "%s/%s", p->path, r->path);
	fd = openat(p->fd[PLACE_DIR], r->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return fault_sys(f, "places.open", "%s/%s", p->path, r->path);
	if (fchown(fd, owner, owner) < 0 || fchmod(fd, r->mode) < 0)
		return fault_sys(f, "places.owner", "%s/%s", p->path, r->path);
	if (r->engine && give(fd, owner, 1) < 0)
		return fault_sys(f, "places.owner", "what is in %s/%s", p->path, r->path);
	return r->keep < 0 ? 0 : places_keep(p, (enum place)r->keep, fd_take(&fd), f);
}

static int open_file(struct places *p, const struct file_row *r, struct fault *f)
{
	/* NONBLOCK: a pipe of that name must not hold us up; a file does not know it */
	AUTO_FD int fd =
		openat(p->fd[r->in], r->path, r->flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fault_sys(f, "places.file", "%s", r->path);
	/* log/ is the engine's: it could have put another file's name there */
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1 || st.st_uid != 0)
		return fault_set(f, -EPERM, "places.file", "%s is not ours", r->path);
	return places_keep(p, r->keep, fd_take(&fd), f);
}

int places_next_acts(struct places *p, enum place which, struct fault *f)
{
	const int dir = p->fd[PLACE_DIR];
	const struct file_row *r = files;
	off_t was;
	char from[48], to[48];
	struct stat st;

	while (r->keep != which)
		r++;
	if (fstat(p->fd[which], &st) < 0)
		return fault_sys(f, "places.acts", "%s", r->path);
	was = p->acts_size[which];
	p->acts_size[which] = st.st_size;
	if (st.st_size < was)
		return fault_set(f, -EIO, "places.cut", "%s was cut from %lld to %lld bytes",
				 r->path, (long long)was, (long long)st.st_size);
	if (st.st_size < ACTS_SEGMENT)
		return 0;
	for (int i = ACTS_KEPT; i > 0; i--) {
		(void)snprintf(from, sizeof(from), i > 1 ? "%s.%d" : "%s", r->path, i - 1);
		(void)snprintf(to, sizeof(to), "%s.%d", r->path, i);
		if (renameat(dir, from, dir, to) < 0 && errno != ENOENT)
			return fault_sys(f, "places.acts", "%s to %s", from, to);
	}
	p->acts_size[which] = 0;
	return open_file(p, r, f) < 0 ? f->err : 1;
}

/* Bound by the name alone, with the state directory as the current one: sun_path holds 108 bytes.
 */
static int open_socket(struct places *p, struct fault *f)
{
	static const struct sockaddr_un at = { .sun_family = AF_UNIX, .sun_path = "control.sock" };
	AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || fchdir(p->fd[PLACE_DIR]) < 0)
		return fault_sys(f, "places.socket", "a socket in %s", p->path);
	/* the lock is ours, so what is there is a dead one's */
	if (unlink(at.sun_path) < 0 && errno != ENOENT)
		return fault_sys(f, "places.socket", "removing an old control.sock");
	/* umask 077: nobody comes in between */
	if (bind(fd, (const struct sockaddr *)&at, sizeof(at)) < 0 ||
	    fchmodat(AT_FDCWD, at.sun_path, p->let_in ? 0666 : 0660, 0) < 0 ||
	    listen(fd, BACKLOG) < 0)
		return fault_sys(f, "places.socket", "%s/control.sock", p->path);
	return places_keep(p, PLACE_CONTROL, fd_take(&fd), f);
}

static int open_programs(struct places *p, struct fault *f)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	AUTO_FD int lib = -1;
	char *end;
	int fd, rc;

	if (n <= 0)
		return fault_sys(f, "places.exe", "where our programs are");
	exe[n] = '\0';
	end = strrchr(exe, '/');
	if (!end)
		return fault_set(f, -EINVAL, "places.exe", "a program without a path");
	*end = '\0';
	fd = open(exe, O_PATH | O_DIRECTORY | O_CLOEXEC);
	rc = fd < 0 ? fault_sys(f, "places.exe", "%s", exe) : places_keep(p, PLACE_PROGRAMS, fd, f);
	if (rc < 0)
		return rc;
	/* in the build tree first, else where a package puts it */
	lib = openat(p->fd[PLACE_PROGRAMS], "../../profiles/std",
		     O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lib < 0)
		lib = open("/usr/share/cloister/profiles", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lib < 0)
		return fault_sys(f, "places.library",
				 "the shipped profiles (../../profiles/std of %s, or "
				 "/usr/share/cloister/profiles)",
				 exe);
	return places_keep(p, PLACE_LIBRARY, fd_take(&lib), f);
}

int places_seal(struct places *p, enum place which, const void *data, size_t n, struct fault *f)
{
	AUTO_FD int fd = memfd_create("cloisterd", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || write(fd, data, n) != (ssize_t)n ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return fault_sys(f, "places.seal", "%zu bytes", n);
	return places_keep(p, which, fd_take(&fd), f);
}

int places_open(struct places *p, uint32_t own_base, struct fault *f)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	int rc = fd < 0 ? fault_sys(f, "places.null", "/dev/null")
			: places_keep(p, PLACE_NULL, fd, f);

	for (size_t i = 0; i < ARRAY_LEN(dirs) && rc == 0; i++)
		rc = make_dir(p, &dirs[i], own_base, f);
	for (size_t i = 0; i < ARRAY_LEN(files) && rc == 0; i++)
		rc = open_file(p, &files[i], f);
	if (rc == 0 && ftruncate(p->fd[PLACE_REG_RW], REG_SIZE) < 0)
		rc = fault_sys(f, "places.registry", "tenants.idx of %d bytes", REG_SIZE);
	if (rc == 0)
		rc = open_socket(p, f);
	if (rc == 0)
		rc = open_programs(p, f);
	return rc;
}

int places_kind(const struct places *p, bool may_pass, struct fault *f)
{
	/* a lock or an fsync of the others is not what SQLite takes it for */
	static const struct {
		unsigned long type;
		bool passes;
	} known[] = {
		{ EXT4_SUPER_MAGIC, false },	 { XFS_SUPER_MAGIC, false },
		{ BTRFS_SUPER_MAGIC, false },	 { TMPFS_MAGIC, true },
		{ OVERLAYFS_SUPER_MAGIC, true },
	};
	struct statfs fs;

	if (fstatfs(p->fd[PLACE_STATE], &fs) < 0)
		return fault_sys(f, "places.kind", "the file system of %s/state", p->path);
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if ((unsigned long)fs.f_type == known[i].type && (may_pass || !known[i].passes))
			return 0;
	return fault_set(f, -EOPNOTSUPP, "places.kind",
			 "state must be on ext4, xfs or btrfs (a private supervisor's also on "
			 "tmpfs or overlay), not on a file system of type %#lx",
			 (unsigned long)fs.f_type);
}

void places_remove(struct places *p)
{
	/* Both may be gone already, and nothing better can be done at this point. */
	(void)unlinkat(p->fd[PLACE_DIR], "control.sock", 0);
	(void)unlinkat(p->fd[PLACE_DIR], "lock", 0);
	fd_close(&p->fd[PLACE_LOCK]);
}
