/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mkimage.c - the image builder: a tar archive in, an EROFS file out. Program: cloister-mkimage,
 * started by cloister-spawn as user cloister-fs in a root that holds /usr (read-only), /dev/null
 * and an empty /build (tmpfs, sized). One image, then it ends.
 *
 * Must not be trusted: whoever wrote the archive may have taken this process over. cloister-volumed
 * copies and hashes what it left and mounts it nosuid, nodev, read-only (security-model.md I14).
 *
 * Descriptors: 0 the archive, 1 the image file (writable, empty), 2 one line when it fails.
 * Exit code: 0 done, 1 failed.
 */
#include "lib/base/fd.h"
#include "lib/harden/confine.h"
#include "volumes/unpack.h"

#include <fcntl.h>
#include <fts.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define ROOT_DIR "/build/root"
/* mkfs.erofs takes a name, and there is no /proc to make one of a descriptor */
#define OUT_FILE "/build/out.erofs"
#define LOG_FILE "/build/mkfs.log"

/* The walk sorts, so that nothing depends on the order a file system lists names in. */
static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static void fts_end(FTS **t)
{
	if (*t)
		(void)fts_close(*t); /* read-only walk */
}

/* Directories become 0555 last: their owner, who is not root, had to write into them. */
static int close_dirs(struct fault *f)
{
	char root[] = ROOT_DIR;
	char *const paths[] = { root, NULL };
	AUTO(fts_end) FTS *t = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, by_name);
	FTSENT *e;

	if (!t)
		return fault_sys(f, "mkimage.walk", "walking the tree");
	for (errno = 0; (e = fts_read(t)); errno = 0) {
		if (e->fts_info == FTS_DNR || e->fts_info == FTS_ERR || e->fts_info == FTS_NS)
			return fault_set(f, -e->fts_errno, "mkimage.walk", "walking the tree: %s",
					 strerror(e->fts_errno));
		if (e->fts_info == FTS_DP && chmod(e->fts_accpath, 0555) < 0)
			return fault_sys(f, "mkimage.mode", "closing a directory");
	}
	return errno ? fault_sys(f, "mkimage.walk", "walking the tree") : 0;
}

static void exec_mkfs(int log)
{
	/* plain, and nothing in it that changes from one build to the next */
	static const char *const args[] = {
		"mkfs.erofs", "-d1",	"--quiet", "-x-1",
		"--all-root", "-T0",	"-U",	   "00000000-0000-0000-0000-000000000000",
		OUT_FILE,     ROOT_DIR, NULL,
	};
	static char *const env[] = { NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0)
		_exit(126);
	/* execve takes char *const[] for history's sake and writes nothing */
	(void)execve("/usr/bin/mkfs.erofs", (char *const *)(uintptr_t)args, env);
	_exit(127);
}

/* The first line that mkfs.erofs left, printable. */
static void first_line(int log, char *dst, size_t n)
{
	ssize_t got = pread(log, dst, n - 1, 0);

	dst[got > 0 ? got : 0] = '\0';
	dst[strcspn(dst, "\n")] = '\0';
	for (char *p = dst; *p; p++)
		if (*p < 0x20 || *p == 0x7f)
			*p = '?';
}

static int run_mkfs(struct fault *f)
{
	AUTO_FD int log = open(LOG_FILE, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	char line[120];
	int status = 0;
	pid_t pid;

	if (log < 0)
		return fault_sys(f, "mkimage.log", "making " LOG_FILE);
	pid = fork();
	if (pid < 0)
		return fault_sys(f, "mkimage.fork", "starting mkfs.erofs");
	if (pid == 0)
		exec_mkfs(log);
	if (RETRY_EINTR(waitpid(pid, &status, 0)) < 0)
		return fault_sys(f, "mkimage.wait", "waiting for mkfs.erofs");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return fault_set(f, -ENOENT, "mkimage.mkfs",
				 "there is no mkfs.erofs; install the package erofs-utils");
	first_line(log, line, sizeof(line));
	return fault_set(f, -EIO, "mkimage.mkfs", "mkfs.erofs failed: %s",
			 *line ? line : "no reason given");
}

static int copy_out(struct fault *f)
{
	AUTO_FD int fd = open(OUT_FILE, O_RDONLY | O_CLOEXEC);
	struct stat st;
	off_t at = 0;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fault_sys(f, "mkimage.out", "opening what mkfs.erofs made");
	while (at < st.st_size) {
		ssize_t n = sendfile(1, fd, &at, (size_t)(st.st_size - at));

		if (n < 0)
			return fault_sys(f, "mkimage.out", "writing the image file");
		if (n == 0)
			return fault_set(f, -EIO, "mkimage.out", "the image file got shorter");
	}
	return 0;
}

static int build(struct fault *f)
{
	AUTO_FD int root = -1;
	struct unpack_count count;
	int rc;

	if (mkdir(ROOT_DIR, 0755) < 0)
		return fault_sys(f, "mkimage.root", "making " ROOT_DIR);
	root = open(ROOT_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return fault_sys(f, "mkimage.root", "opening " ROOT_DIR);
	rc = unpack_tar(0, root, &count, f);
	if (rc == 0)
		rc = close_dirs(f);
	if (rc == 0)
		rc = run_mkfs(f);
	return rc < 0 ? rc : copy_out(f);
}

/*
 * mkfs.erofs runs under the same list and domain: an archive that took it over has no more.
 * syscalls mkimage: openat openat2 access readlink statfs getdents64 mkdir mkdirat symlinkat linkat
 * unlinkat chmod fchmod ftruncate fallocate copy_file_range sendfile pread64 pwrite64 umask dup2
 * clone(0==0x1200011) wait4 execve arch_prctl set_tid_address set_robust_list rseq prlimit64
 * getuid getppid ioctl(1==TIOCGWINSZ)
 */
static int confine(struct fault *f)
{
	AUTO_FD int build = open("/build", O_PATH | O_CLOEXEC);
	AUTO_FD int usr = open("/usr", O_PATH | O_CLOEXEC);
	AUTO_FD int null = open("/dev/null", O_PATH | O_CLOEXEC);
	const struct confine_path paths[] = {
		{ build, CONFINE_EDIT | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_SYM |
				 LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REFER },
		{ usr, CONFINE_READ | LANDLOCK_ACCESS_FS_EXECUTE },
		{ null, CONFINE_READ | LANDLOCK_ACCESS_FS_WRITE_FILE },
	};

	if (build < 0 || usr < 0 || null < 0)
		return fault_sys(f, "mkimage.root", "looking at its root");
	return confine_apply(PROG_MKIMAGE, paths, ARRAY_LEN(paths), f);
}

int main(void)
{
	struct fault f = { 0 };

	umask(0022);
	/* pax names are UTF-8: without it libarchive would refuse them. Where it is missing they
	 * are read by archive_entry_pathname_utf8(). */
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	if (confine(&f) >= 0 && build(&f) == 0)
		return 0;
	(void)dprintf(2, "%s: %s\n", f.site, f.msg); /* nobody else to tell */
	return 1;
}
