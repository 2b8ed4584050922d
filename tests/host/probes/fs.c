/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fs.c - probes: files outside the tenant's tree.
 * Runs in: cloister-probe. Must not change anything that it reaches.
 */
#include "tests/host/probes/probe.h"

#include "lib/base/fd.h"
#include "lib/base/str.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { LEAKED_FD = 9, DIRFD_MAX = 1024, UPS = 64 };

static int canary_read(struct probe_ctx *c)
{
	const char *path = target_borrow(c, "file");

	return path ? nonce_file(c, AT_FDCWD, path) : PROBE_SKIP;
}

static int shadow_read(struct probe_ctx *c)
{
	return step(c, "open", open("/etc/shadow", O_RDONLY | O_CLOEXEC));
}

/* "../" * 64 + the canary's path without its leading slash. */
static void climb(char *buf, size_t n, const char *path)
{
	size_t at = 0;

	for (unsigned i = 0; i < UPS && at + 4 < n; i++, at += 3)
		memcpy(buf + at, "../", 3);
	(void)str_copy(buf + at, n - at, path + 1);
}

static int dotdot_root(struct probe_ctx *c)
{
	const char *path = target_borrow(c, "file");
	AUTO_FD int dir = -1;
	char buf[UPS * 3 + TARGET_MAX];
	int r;

	if (!path)
		return PROBE_SKIP;
	climb(buf, sizeof(buf), path);
	if (chdir("/") == 0 && (r = nonce_file(c, AT_FDCWD, buf)) == 0)
		return 0;
	dir = open(c->scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return nonce_file(c, dir < 0 ? AT_FDCWD : dir, buf);
}

static int proc_root(struct probe_ctx *c)
{
	const char *path = target_borrow(c, "file");
	DIR *d = opendir("/proc");
	char buf[TARGET_MAX + 64];
	struct dirent *e;
	int worst = -ENOENT;
	int r;

	if (!path)
		return PROBE_SKIP;
	while (d && (e = readdir(d))) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9')
			continue;
		(void)snprintf(buf, sizeof(buf), "/proc/%.10s/root%s", e->d_name, path);
		r = nonce_file(c, AT_FDCWD, buf);
		if (r == 0)
			return 0;
		worst = r == -EACCES ? r : worst;
	}
	(void)snprintf(buf, sizeof(buf), "/proc/self/cwd/../../../../../../../..%s", path);
	r = nonce_file(c, AT_FDCWD, buf);
	return r == 0 ? 0 : worst;
}

/* Something that leaked: a directory of the outside, while the root is an empty one. */
static int leak_dir(struct probe_ctx *c)
{
	char buf[TARGET_MAX];
	AUTO_FD int fd = open("/", O_RDONLY | O_DIRECTORY);

	(void)scratch_path(c, buf, "jail");
	if (fd < 0 || fcntl(fd, F_DUPFD, LEAKED_FD) < 0)
		return step(c, "leak", -1);
	if ((mkdir(buf, 0755) < 0 && errno != EEXIST) || chroot(buf) < 0 || chdir("/") < 0)
		return step(c, "jail", -1);
	return 0;
}

static int dirfd_escape(struct probe_ctx *c)
{
	const char *path = target_borrow(c, "file");
	char buf[UPS * 3 + TARGET_MAX];
	int worst = -EBADF;
	int r;

	if (!path)
		return PROBE_SKIP;
	climb(buf, sizeof(buf), path);
	for (int fd = 0; fd < DIRFD_MAX; fd++) {
		r = nonce_file(c, fd, buf);
		if (r == 0)
			return 0;
		if (r != -EBADF)
			worst = r;
	}
	return worst;
}

/* The canary prints the handle of its own file: type, then the bytes in hex. */
static int handle(struct probe_ctx *c)
{
	union {
		struct file_handle h;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} u;
	const char *text = target_borrow(c, "handle");
	const char *dir = target_borrow(c, "dir");
	AUTO_FD int mnt = -1;
	AUTO_FD int fd = -1;
	char buf[256];
	unsigned type;
	int at;
	ssize_t n;

	if (!text || !dir || sscanf(text, "%u:%n", &type, &at) != 1)
		return skip(c, "no handle was given");
	memset(&u, 0, sizeof(u));
	u.h.handle_type = (int)type;
	u.h.handle_bytes = (unsigned)strlen(text + at) / 2;
	if (u.h.handle_bytes > MAX_HANDLE_SZ ||
	    str_unhex(u.h.f_handle, text + at, u.h.handle_bytes) < 0)
		return skip(c, "bad handle");
	mnt = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mnt < 0)
		mnt = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = open_by_handle_at(mnt, &u.h, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return step(c, "open_by_handle_at", -1);
	n = read(fd, buf, sizeof(buf));
	return n > 0 && nonce_in(c, buf, (size_t)n) ? 0 : absent(c, "another file");
}

static int hardlink_out(struct probe_ctx *c)
{
	char from[TARGET_MAX], to[TARGET_MAX];
	AUTO_FD int fd =
		open(scratch_path(c, from, "link-from"), O_CREAT | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		return skip(c, "the scratch directory cannot be written");
	if (c->outside)
		(void)scratch_path(c, to, "link-to");
	else
		(void)str_copy(to, sizeof(to), "/run/link-to");
	return step(c, "link", link(from, to));
}

/* Runs path with one argument and gives its exit status, or -errno. */
static int run_it(const char *path, const char *arg)
{
	char had[24];
	char *argv[] = { had, (char *)(uintptr_t)arg, NULL };
	char *envp[] = { NULL };
	int status = 0;
	pid_t pid;

	(void)snprintf(had, sizeof(had), "0x%llx", (unsigned long long)own_caps());
	pid = fork();
	if (pid == 0) {
		(void)execve(path, argv, envp);
		_exit(errno == ENOENT ? 127 : 126);
	}
	if (pid < 0 || RETRY_EINTR(waitpid(pid, &status, 0)) < 0)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

/* `cloister-probe --whoami` ends with 0 when it has more rights than before the exec. */
static int exec_gain(struct probe_ctx *c, const char *key)
{
	const char *path = target_borrow(c, key);
	int r;

	if (!path)
		return PROBE_SKIP;
	r = run_it(path, "--whoami");
	if (r == 0)
		return 0;
	if (r == 1)
		return absent(c, "ran, with no more rights than before");
	if (r == 126 || r == 127)
		return r == 126 ? -EACCES : -ENOENT;
	return PROBE_LOST;
}

static int setuid_gain(struct probe_ctx *c)
{
	return exec_gain(c, "setuid");
}

static int filecap_gain(struct probe_ctx *c)
{
	return exec_gain(c, "filecap");
}

static int write_base(struct probe_ctx *c)
{
	static const char *const inside[] = { "", "/usr", "/usr/bin", "/etc", "/dev", NULL };
	const char *outside[] = { c->scratch, NULL };
	const char *const *dir = c->outside ? outside : inside;
	char path[TARGET_MAX];
	int worst = 0;
	int fd;

	for (; *dir; dir++) {
		(void)snprintf(path, sizeof(path), "%s/.write-base", *dir);
		fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
		if (fd >= 0) {
			(void)unlink(path);
			(void)close(fd);
			(void)str_copy(c->note, sizeof(c->note), path);
			return 0;
		}
		worst = errno == ENOENT ? worst : -errno;
	}
	return worst;
}

/* The mount table must not hold the name of a place of the host: the harness's carry the nonce. */
static int bind_named(struct probe_ctx *c)
{
	char dir[TARGET_MAX], at[TARGET_MAX];

	(void)snprintf(dir, sizeof(dir), "%s/%s", c->scratch, c->nonce);
	(void)scratch_path(c, at, "at");
	if ((mkdir(dir, 0755) < 0 && errno != EEXIST) || (mkdir(at, 0755) < 0 && errno != EEXIST))
		return step(c, "mkdir", -1);
	return step(c, "bind", mount(dir, at, NULL, MS_BIND, NULL));
}

static int mount_names(struct probe_ctx *c)
{
	static char buf[1 << 20];
	ssize_t n = read_text("/proc/self/mountinfo", buf, sizeof(buf));

	if (n < 0)
		return (int)n;
	return nonce_in(c, buf, (size_t)n) ? 0 : absent(c, "no name of the host in mountinfo");
}

static int statfs_leak(struct probe_ctx *c)
{
	const char *path = target_borrow(c, "dir");
	struct stat st;

	if (!path)
		return PROBE_SKIP;
	return step(c, "stat", stat(path, &st));
}

static int chown_root(struct probe_ctx *c)
{
	char path[TARGET_MAX];
	AUTO_FD int fd = open(scratch_path(c, path, "chown"), O_CREAT | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		return skip(c, "the scratch directory cannot be written");
	return step(c, "fchown", fchown(fd, 0, 0));
}

static int exe_write(struct probe_ctx *c)
{
	AUTO_FD int fd = open(c->outside ? "/proc/self/exe" : "/proc/1/exe", O_PATH | O_CLOEXEC);

	return step(c, "open the program of pid 1", fd);
}

/* clang-format off */
static const struct probe rows[] = {
	{ "fs.canary-read",   "read a file of the host by its path", P_CRITICAL | P_NONCE | P_HOST,
	  { ENOENT }, L_MNT | L_LL | L_UNS, C_USER, NULL, canary_read, NULL },
	{ "fs.shadow",        "read the host's /etc/shadow", P_CRITICAL,
	  { ENOENT }, L_MNT | L_LL | L_UNS, C_ROOT, NULL, shadow_read, NULL },
	{ "fs.dotdot-root",   "climb 64 times above the root", P_CRITICAL | P_NONCE | P_HOST,
	  { ENOENT }, L_MNT | L_LL, C_USER, NULL, dotdot_root, NULL },
	{ "fs.proc-root",     "leave by /proc/PID/root and cwd", P_CRITICAL | P_NONCE | P_HOST,
	  { ENOENT, EACCES }, L_NS | L_UNS | L_MNT, C_ROOT, NULL, proc_root, NULL },
	{ "fs.dirfd-escape",  "climb from every descriptor 0..1023", P_CRITICAL | P_NONCE | P_HOST,
	  { EBADF, ENOTDIR }, L_FD | L_MNT, C_ROOT, leak_dir, dirfd_escape, NULL },
	{ "fs.handle",        "open a file of the host by its handle", P_CRITICAL | P_NONCE | P_HOST,
	  { EPERM }, L_SEC | L_CAP, C_ROOT, NULL, handle, NULL },
	{ "fs.hardlink-out",  "link a file onto another mount", 0,
	  { EXDEV }, L_MNT, C_USER, NULL, hardlink_out, NULL },
	{ "fs.setuid-gain",   "run a setuid root program", P_CRITICAL,
	  { PROBE_ABSENT, EACCES }, L_NNP | L_MNT | L_UNS, C_USER, NULL, setuid_gain, NULL },
	{ "fs.filecap-gain",  "run a program with file capabilities", P_CRITICAL,
	  { PROBE_ABSENT, EACCES }, L_NNP | L_CAP | L_UNS, C_USER, NULL, filecap_gain, NULL },
	{ "fs.write-base",    "write below every mount that is no tmpfs", P_CRITICAL,
	  { EROFS, EACCES }, L_MNT | L_LL | L_UNS, C_ROOT, NULL, write_base, NULL },
	{ "fs.mount-names",   "read names of the host in mountinfo", P_NONCE,
	  { PROBE_ABSENT }, L_MNT | L_NS, C_ROOT, bind_named, mount_names, NULL },
	{ "fs.stat-leak",     "stat a directory of the host", P_HOST,
	  { ENOENT }, L_MNT | L_NS, C_USER, NULL, statfs_leak, NULL },
	{ "fs.chown-root",    "give a file to uid 0", 0,
	  { EPERM }, L_CAP | L_UNS, C_ROOT, NULL, chown_root, NULL },
	{ "fs.init-exe",      "open the program of pid 1 (CVE-2019-5736)", P_CRITICAL,
	  { ENOENT, EACCES }, L_UNS | L_MNT, C_USER, NULL, exe_write, NULL },
};
/* clang-format on */

const struct probe_list fs_list = { rows, ARRAY_LEN(rows) };
