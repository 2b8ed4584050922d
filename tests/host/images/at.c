/* SPDX-License-Identifier: Apache-2.0 */
/*
 * at.c - attaches an image as cloister-volumed does and runs a command, for tests/host/image.sh.
 *   at file|loop IMAGE DIR COMMAND...    in a mount namespace of its own
 *   at two file|loop IMAGE               prints st_dev of two attachments and of a clone of the
 * first
 *   at cross file|loop IMAGE FILE        what of FILE in one attachment is felt through the other,
 * and through itself: sleepers woken, opens seen
 */
#include "lib/base/fd.h"
#include "volumes/image.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int attach(const char *kind, const char *image, int *ret, struct fault *f)
{
	AUTO_FD int dev = open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC);
	AUTO_FD int file = open(image, O_RDONLY | O_CLOEXEC);

	if (file < 0)
		return fault_sys(f, "at.open", "%s", image);
	return image_attach(strcmp(kind, "loop") == 0 ? IMAGE_LOOP : IMAGE_FILE, dev, file, ret, f);
}

static int two(const char *kind, const char *image, struct fault *f)
{
	AUTO_FD int a = -1;
	AUTO_FD int b = -1;
	struct stat sa, sb, sc;
	int rc = attach(kind, image, &a, f), c;

	if (rc == 0)
		rc = attach(kind, image, &b, f);
	if (rc < 0)
		return rc;
	c = openat(a, ".", O_PATH | O_CLOEXEC);
	if (fstat(a, &sa) < 0 || fstat(b, &sb) < 0 || fstat(c, &sc) < 0)
		return fault_sys(f, "at.stat", "an attachment");
	(void)printf("%lx %lx %lx\n", (unsigned long)sa.st_dev, (unsigned long)sb.st_dev,
		     (unsigned long)sc.st_dev);
	return 0;
}

/* A page of a file below tree, in the page cache of its superblock. */
static uint32_t *page_of(int tree, const char *name)
{
	AUTO_FD int fd = openat(tree, name, O_RDONLY | O_CLOEXEC);
	void *p = fd < 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

static bool sleeps(pid_t pid)
{
	char path[64], text[64] = "";
	AUTO_FD int fd = -1;

	(void)snprintf(path, sizeof(path), "/proc/%d/syscall", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 && strncmp(text, "202 ", 4) == 0;
}

/* How many sleepers on a page below a are woken through b; -1: it could not be tried. */
static int woken(int a, int b, const char *name)
{
	uint32_t *sleeper = page_of(a, name), *waker = page_of(b, name);
	pid_t pid = sleeper && waker ? fork() : -1;
	int n;

	if (pid == 0) {
		(void)syscall(SYS_futex, sleeper, FUTEX_WAIT, *sleeper, NULL, NULL, 0);
		_exit(0);
	}
	if (pid < 0)
		return -1;
	while (!sleeps(pid))
		(void)sched_yield();
	n = (int)syscall(SYS_futex, waker, FUTEX_WAKE, 16, NULL, NULL, 0);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	return n;
}

/* Does a watch on a file below a see an open of it through b? -1: it could not be tried. */
static int seen(int a, int b, const char *name)
{
	AUTO_FD int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	AUTO_FD int file = openat(a, name, O_PATH | O_CLOEXEC);
	AUTO_FD int other = -1;
	char path[64], event[4096];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	if (inotify_add_watch(watch, path, IN_OPEN) < 0)
		return -1;
	other = openat(b, name, O_RDONLY | O_CLOEXEC);
	return other < 0 ? -1 : read(watch, event, sizeof(event)) > 0;
}

static int cross(const char *kind, const char *image, const char *name, struct fault *f)
{
	AUTO_FD int a = -1;
	AUTO_FD int b = -1;
	int rc = attach(kind, image, &a, f);

	if (rc == 0)
		rc = attach(kind, image, &b, f);
	if (rc == 0)
		(void)printf("futex %d %d inotify %d %d\n", woken(a, b, name), woken(a, a, name),
			     seen(a, b, name), seen(a, a, name));
	return rc;
}

static int at(char **argv, struct fault *f)
{
	int mnt = -1, rc;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return fault_sys(f, "at.unshare", "own mount namespace");
	rc = attach(argv[0], argv[1], &mnt, f);
	if (rc < 0)
		return rc;
	if (move_mount(mnt, "", AT_FDCWD, argv[2], MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return fault_sys(f, "at.move", "%s", argv[2]);
	fd_close(&mnt);
	(void)execvp(argv[3], argv + 3);
	return fault_sys(f, "at.exec", "%s", argv[3]);
}

int main(int argc, char **argv)
{
	struct fault f = { 0 };
	int rc = 2;

	if (argc == 4 && strcmp(argv[1], "two") == 0)
		rc = two(argv[2], argv[3], &f);
	else if (argc == 5 && strcmp(argv[1], "cross") == 0)
		rc = cross(argv[2], argv[3], argv[4], &f);
	else if (argc >= 5)
		rc = at(argv + 1, &f);
	if (rc)
		(void)fprintf(stderr, "at: %s: %s\n", f.site, f.msg);
	return rc != 0;
}
