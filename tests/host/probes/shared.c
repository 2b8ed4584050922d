/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shared.c - probes: an inode that two tenants share is a channel (reliability.md 2.4).
 *
 * The canary of the second tenant waits on a futex in a page of the image's file, holds a lock on
 * it and opens it again and again. From another tenant neither may be noticed; the control has a
 * child that does the same. Runs in: cloister-probe.
 */
#include "tests/host/probes/probe.h"

#include "lib/base/fd.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <signal.h>
#include <time.h>

enum { PAGE = 4096, TRIES = 20 };

/* A file of the image, the same in both tenants; this program itself. */
static int image_file(void)
{
	return open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
}

static const uint32_t *image_page(void)
{
	AUTO_FD int fd = image_file();
	const void *p = fd < 0 ? MAP_FAILED : mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

_Noreturn void shared_wait(void)
{
	static const struct timespec a_while = { 0, 50 * 1000000L };
	const uint32_t *word = image_page();
	AUTO_FD int fd = image_file();
	int again;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	(void)flock(fd, LOCK_EX | LOCK_NB); /* where the profile has it */
	for (;;) {
		if (!word || (syscall(SYS_futex, word, FUTEX_WAIT, *word, &a_while, NULL, 0) < 0 &&
			      errno != EINTR && errno != EAGAIN && errno != ETIMEDOUT))
			(void)pause();
		again = image_file(); /* for who watches it */
		(void)close(again);
	}
}

static int waiter(struct probe_ctx *c)
{
	c->shim = fork();
	if (c->shim == 0)
		shared_wait();
	return c->shim < 0 ? step(c, "fork", -1) : 0;
}

static void pause_ms(long ms)
{
	struct timespec t = { 0, ms * 1000000L };

	(void)nanosleep(&t, NULL);
}

static int futex_wake(struct probe_ctx *c)
{
	const uint32_t *word = image_page();
	long woken = 0;

	if (!word)
		return skip(c, "the image's file cannot be mapped");
	for (int i = 0; i < TRIES && woken == 0; i++, pause_ms(10))
		woken = syscall(SYS_futex, word, FUTEX_WAKE, 16, NULL, NULL, 0);
	if (woken < 0)
		return step(c, "FUTEX_WAKE", woken);
	return woken ? step(c, "another's sleeper woke", 0) : absent(c, "nobody woke");
}

static int lock_seen(struct probe_ctx *c)
{
	AUTO_FD int fd = image_file();

	for (int i = 0; i < TRIES; i++, pause_ms(10)) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			(void)flock(fd, LOCK_UN);
		else if (errno == EWOULDBLOCK)
			return step(c, "another's lock is in the way", 0);
		else
			return step(c, "flock", -1);
	}
	return absent(c, "no other lock");
}

static int opens_seen(struct probe_ctx *c)
{
	AUTO_FD int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char buf[1024];

	if (fd < 0 || inotify_add_watch(fd, "/proc/self/exe", IN_OPEN) < 0)
		return step(c, "inotify", -1);
	for (int i = 0; i < TRIES; i++, pause_ms(10))
		if (read(fd, buf, sizeof(buf)) > 0)
			return step(c, "another's open is seen", 0);
	return absent(c, "nobody opened it");
}

int mode_statdev(struct options *o)
{
	AUTO_FD int fd = image_file();
	struct stat st;

	(void)o;
	if (fd < 0 || fstat(fd, &st) < 0)
		return 1;
	printf("%lu\n", (unsigned long)st.st_dev);
	return 0;
}

/* clang-format off */
static const struct probe rows[] = {
	{ "fs.shared-futex", "wake another's sleeper through a file of the image", P_CRITICAL, { PROBE_ABSENT },
	  L_MNT, C_USER, waiter, futex_wake, NULL },
	{ "fs.shared-lock",  "notice another's lock on a file of the image", P_CRITICAL, { PROBE_ABSENT, EPERM },
	  L_MNT, C_USER, waiter, lock_seen, NULL },
	{ "fs.shared-watch", "notice that another opens a file of the image", P_CRITICAL, { PROBE_ABSENT, EACCES },
	  L_MNT, C_USER, waiter, opens_seen, NULL },
};
/* clang-format on */

const struct probe_list shared_list = { rows, ARRAY_LEN(rows) };
