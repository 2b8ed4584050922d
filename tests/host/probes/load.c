/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load.c - what exhaust.sh runs beside an aggressor: work that a neighbour must still be able to
 * do, and load that is measured by what it got done. Runs in: cloister-probe, in a tenant and
 * outside.
 */
#include "tests/host/probes/probe.h"

#include "lib/base/fd.h"
#include "lib/base/str.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

enum { UNIT_BYTES = 1 << 20, SPINNERS = 16 };

/* A process, memory, a file, a socket, a watch: one of each. */
static int unit(const char *path)
{
	AUTO_FD int file = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
	AUTO_FD int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	AUTO_FD int watch = inotify_init1(IN_CLOEXEC);
	char *p =
		mmap(NULL, UNIT_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (file < 0 || sock < 0 || watch < 0 || p == MAP_FAILED)
		return errno;
	memset(p, 1, UNIT_BYTES);
	return write(file, p, UNIT_BYTES) == UNIT_BYTES ? 0 : errno;
}

/* For each line of its input one unit of work, and "done", or "failed" and why. */
int mode_work(struct options *o)
{
	char line[64];
	int status;
	pid_t pid;

	(void)o;
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	printf("ready\n");
	while (fgets(line, sizeof(line), stdin)) {
		pid = fork();
		if (pid == 0)
			_exit(unit("/tmp/work"));
		if (pid < 0)
			printf("failed fork %s\n", strerrorname_np(errno));
		else if (RETRY_EINTR(waitpid(pid, &status, 0)) == pid && status == 0)
			printf("done\n");
		else
			printf("failed status %d\n", status);
	}
	return 0;
}

static unsigned long count_for(unsigned long ms)
{
	struct timespec t, end;
	volatile unsigned long n = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += (time_t)(ms / 1000);
	do {
		for (unsigned i = 0; i < 10000; i++)
			n = n + 1;
		(void)clock_gettime(CLOCK_MONOTONIC, &t);
	} while (t.tv_sec < end.tv_sec || (t.tv_sec == end.tv_sec && t.tv_nsec < end.tv_nsec));
	return n / 10000;
}

static uint64_t number(struct options *o, const char *key)
{
	const char *text = target_borrow(&o->ctx, key);
	uint64_t v = 0;

	if (!text || str_to_u64(text, strlen(text), &v) < 0)
		return 0;
	return v;
}

/* `processes` count for `ms`; prints how far they came together. */
int mode_spin(struct options *o)
{
	uint64_t n = number(o, "processes"), ms = number(o, "ms");
	unsigned long one, sum = 0;
	int fd[2];

	if (n == 0 || n > SPINNERS || pipe2(fd, O_CLOEXEC) < 0)
		return 2;
	for (uint64_t i = 0; i < n; i++) {
		if (fork() != 0)
			continue;
		one = count_for(ms);
		_exit(write(fd[1], &one, sizeof(one)) == (ssize_t)sizeof(one) ? 0 : 1);
	}
	(void)close(fd[1]);
	while (read(fd[0], &one, sizeof(one)) == (ssize_t)sizeof(one))
		sum += one;
	while (wait(NULL) > 0)
		;
	printf("%lu\n", sum);
	return 0;
}

/* Looks for `names` files below `dir` that are not there: the kernel remembers each. Then waits. */
int mode_names(struct options *o)
{
	const char *dir = target_borrow(&o->ctx, "dir");
	uint64_t n = number(o, "names");
	char path[TARGET_MAX + 32];
	struct stat st;

	for (uint64_t i = 0; dir && i < n; i++) {
		(void)snprintf(path, sizeof(path), "%s/none-%lu", dir, (unsigned long)i);
		if (stat(path, &st) == 0 || errno != ENOENT)
			return 1;
	}
	printf("held\n");
	(void)fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}
