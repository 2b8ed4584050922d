/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proc.c - starts a program and times it. Runs in: bench/start.
 */
#include "bench/bench.h"
#include "lib/base/fd.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

uint64_t mono_ns(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Reads to the end of fd; the first line stays in buf. */
static void first_line(int fd, char *buf, size_t cap)
{
	char sink[512];
	size_t have = 0;
	ssize_t n;

	while ((n = RETRY_EINTR(read(fd, sink, sizeof(sink)))) > 0) {
		size_t fits = (size_t)n < cap - 1 - have ? (size_t)n : cap - 1 - have;

		memcpy(buf + have, sink, fits);
		have += fits;
	}
	buf[have] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
}

/* Waits for pid, but not for ever: what hangs is killed and counts as failed. Returns its status.
 */
static int wait_for(pid_t pid)
{
	AUTO_FD int pidfd = pidfd_open(pid, 0);
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	int status = -1;

	if (RETRY_EINTR(poll(&p, 1, START_MS)) == 0)
		(void)pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
	return RETRY_EINTR(waitpid(pid, &status, 0)) < 0 ? -1 : status;
}

/* The child starts with no signal blocked; we block those that end us (start.c). */
static int spawn(pid_t *ret_pid, char *const argv[], int err)
{
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t at;
	sigset_t none;
	int rc;

	(void)sigemptyset(&none);
	(void)posix_spawn_file_actions_init(&fa);
	(void)posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	(void)posix_spawn_file_actions_addopen(&fa, 1, "/dev/null", O_WRONLY, 0);
	(void)posix_spawn_file_actions_adddup2(&fa, err, 2);
	(void)posix_spawnattr_init(&at);
	(void)posix_spawnattr_setsigmask(&at, &none);
	(void)posix_spawnattr_setflags(&at, POSIX_SPAWN_SETSIGMASK);
	rc = posix_spawnp(ret_pid, argv[0], &fa, &at, argv, environ);
	(void)posix_spawnattr_destroy(&at);
	(void)posix_spawn_file_actions_destroy(&fa);
	return rc;
}

int proc_run(char *const argv[], struct sample *s, struct fault *f)
{
	char line[120];
	uint64_t start;
	int err[2], status = -1, rc;
	pid_t pid;

	if (pipe2(err, O_CLOEXEC) < 0)
		return fault_sys(f, "bench.pipe", "%s", argv[0]);
	start = mono_ns();
	rc = spawn(&pid, argv, err[1]);
	if (rc == 0)
		status = wait_for(pid);
	*s = (struct sample){ .whole = mono_ns() - start };
	fd_close(&err[1]);
	line[0] = '\0';
	/* Not read before: a daemon that keeps stderr open would be waited for. */
	if (fcntl(err[0], F_SETFL, O_NONBLOCK) == 0)
		first_line(err[0], line, sizeof(line));
	fd_close(&err[0]);
	if (rc)
		return fault_set(f, -rc, "bench.start", "%s: %s", argv[0], strerror(rc));
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return fault_set(f, -EIO, "bench.status", "%s",
				 line[0] ? line : "it failed without a word");
	return 0;
}
