/* SPDX-License-Identifier: Apache-2.0 */
/*
 * place.c - starts a private supervisor. Runs in: cloister, as root.
 *
 * cloisterd gets no descriptor, variable or terminal of the caller's: stdin is /dev/null, stdout
 * and stderr its own log, and one pipe into which it writes a byte when everything answers. Its
 * session is its own, so that a Ctrl-C meant for this program never reaches it; what we started we
 * end ourselves.
 */
#include "cli/place.h"
#include "lib/base/fd.h"
#include "lib/base/sha256.h"
#include "lib/base/str.h"
#include "lib/client/exits.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/vfs.h>
#include <sys/wait.h>

enum {
	READY_FD = 3,	      /* in the child                                    */
	READY_MS = 60 * 1000, /* a cold machine: programs come from disk         */
	STOP_MS = 10 * 1000,  /* time for cloisterd to undo what it did          */
	ARGV_MAX = 20,
	EXITS_SYS_LAST = 78,
	EXITS_SYS = 64, /* from here on: cloisterd cannot use what it keeps (sysexits.h) */
};

static int join(char *dst, size_t n, const char *a, const char *b, struct fault *f)
{
	int len = snprintf(dst, n, "%s/%s", strcmp(a, "/") == 0 ? "" : a, b);

	if (len < 0 || (size_t)len >= n)
		return fault_set(f, -ENAMETOOLONG, "place.path", "%.80s...: too long", a);
	return 0;
}

int place_of(const char *state, struct place *p, struct fault *f)
{
	char copy[PATH_MAX], parent[PATH_MAX];
	int r;

	if (realpath(state, p->dir) == NULL) {
		const char *base;

		if (errno != ENOENT)
			return fault_sys(f, "place.state", "%.100s", state);
		if (str_copy(copy, sizeof(copy), state) < 0)
			return fault_set(f, -ENAMETOOLONG, "place.state", "%.80s...: too long",
					 state);
		if (!realpath(dirname(copy), parent))
			return fault_sys(f, "place.state", "the directory above %.80s", state);
		(void)str_copy(copy, sizeof(copy),
			       state); /* dirname() wrote into it; it fitted above */
		base = basename(copy);
		r = join(p->dir, sizeof(p->dir), parent, base, f);
		if (r < 0)
			return r;
	}
	r = join(p->socket, sizeof(p->socket), p->dir, "control.sock", f);
	return r < 0 ? r : join(p->log, sizeof(p->log), p->dir, "log/supervisor.log", f);
}

int place_program(const char *name, char path[PATH_MAX], struct fault *f)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int r;

	if (n < 0)
		return fault_sys(f, "place.self", "/proc/self/exe");
	self[n] = '\0';
	r = join(path, PATH_MAX, dirname(self), name, f);
	if (r < 0 || access(path, X_OK) == 0)
		return r;
	r = join(path, PATH_MAX, "/usr/lib/cloister", name, f);
	if (r < 0 || access(path, X_OK) == 0)
		return r;
	return fault_sys(f, "place.program", "%s, beside this program or in /usr/lib/cloister",
			 name);
}

const char *place_passes(const struct place *p)
{
	char parent[PATH_MAX];
	struct statfs fs;

	(void)str_copy(parent, sizeof(parent), p->dir); /* of the same size */
	if (statfs(p->dir, &fs) < 0 && statfs(dirname(parent), &fs) < 0)
		return NULL;
	return fs.f_type == TMPFS_MAGIC		    ? "tmpfs"
	       : fs.f_type == OVERLAYFS_SUPER_MAGIC ? "overlay"
						    : NULL;
}

struct child {
	const char *argv[ARGV_MAX];
	int null, said, ready;
};

/* After fork: only what is named here passes. Never returns. */
static void become(const struct child *c)
{
	char *const env[] = { NULL };
	sigset_t none;

	(void)setsid(); /* a fresh child is no group leader: cannot fail */
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	if (dup2(c->null, 0) < 0 || dup2(c->said, 1) < 0 || dup2(c->said, 2) < 0 ||
	    dup2(c->ready, READY_FD) < 0 || close_range(READY_FD + 1, ~0u, 0) < 0)
		_exit(127);
	/* exec does not write to the strings; its type predates const */
	(void)execve(c->argv[0], (char *const *)(uintptr_t)c->argv, env);
	_exit(127);
}

/*
 * With systemd running, the control groups below ours are only left alone in a delegated scope. Its
 * name is new each time: workloads that outlived an earlier cloisterd keep the earlier scope, where
 * the new cloisterd joins them, and so does the name of a scope that failed.
 */
static void command(struct child *c, const struct place *p, const char *program, char *unit,
		    size_t n)
{
	size_t i = 0;
	uint8_t hash[32];
	char hex[2 * 4 + 1];

	sha256_of(p->dir, strlen(p->dir), hash);
	str_hex(hex, hash, 4);
	(void)snprintf(unit, n, "--unit=cloister-private-%s-%d", hex, (int)getpid());
	if (access("/run/systemd/system", F_OK) == 0) {
		c->argv[i++] = "/usr/bin/systemd-run";
		c->argv[i++] = "--quiet";
		c->argv[i++] = "--scope";
		c->argv[i++] = "--collect"; /* forgotten at its end, however it ended */
		c->argv[i++] = "-p";
		c->argv[i++] = "Delegate=yes";
		c->argv[i++] = "-p";
		c->argv[i++] = "TasksMax=infinity"; /* tenants have limits of their own */
		c->argv[i++] = unit;
		c->argv[i++] = "--";
	}
	c->argv[i++] = program;
	c->argv[i++] = "--state";
	c->argv[i++] = p->dir;
	if (place_passes(p))
		c->argv[i++] = "--volatile";
	c->argv[i++] = "--ready-fd";
	c->argv[i++] = "3";
	c->argv[i] = NULL;
}

/* Ends what place_start() began: first the polite way, in which cloisterd undoes what it made.
 * Returns its exit code. */
static int end(pid_t pid, int pidfd)
{
	struct pollfd pfd = { .fd = pidfd, .events = POLLIN };
	int status = 0;

	(void)pidfd_send_signal(pidfd, SIGTERM, NULL, 0);
	if (RETRY_EINTR(poll(&pfd, 1, STOP_MS)) <= 0)
		(void)pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
	if (RETRY_EINTR(waitpid(pid, &status, 0)) < 0 || !WIFEXITED(status))
		return EXITS_FAULT;
	return WEXITSTATUS(status);
}

/* Returns 1 ready, -EINTR a signal, -ETIMEDOUT, -ECHILD it ended or closed the pipe. sig -1: none.
 */
static MUST_USE int wait_ready(int ready, int sig, int ms)
{
	struct pollfd pfd[2] = { { .fd = ready, .events = POLLIN },
				 { .fd = sig, .events = POLLIN } };
	char byte;
	int n = RETRY_EINTR(poll(pfd, 2, ms));

	if (n == 0)
		return -ETIMEDOUT;
	if (n < 0 || pfd[1].revents)
		return -EINTR;
	return read(ready, &byte, 1) == 1 ? 1 : -ECHILD;
}

static int fork_it(const struct child *c, pid_t *ret_pid, int *ret_pidfd, struct fault *f)
{
	pid_t pid = fork();

	if (pid < 0)
		return fault_sys(f, "place.fork", "a process");
	if (pid == 0)
		become(c);
	*ret_pidfd = pidfd_open(pid, 0);
	if (*ret_pidfd < 0)
		return fault_sys(f, "place.pidfd", "the supervisor");
	*ret_pid = pid;
	return 0;
}

/* What cloisterd said first before it ended, on one line; its exit code says whether it refused. */
static int why(int said, int code, struct fault *f)
{
	char text[sizeof(f->msg)] = "";
	ssize_t n = pread(said, text, sizeof(text) - 1, 0);
	const char *line = text;

	if (n > 0)
		text[strcspn(text, "\n")] = '\0';
	if (strncmp(line, "cloisterd: ", 11) == 0)
		line += 11;
	return fault_set(f,
			 code == EXITS_NO			       ? -EPERM
			 : code == EXITS_INPUT			       ? -EBADMSG
			 : code >= EXITS_SYS && code <= EXITS_SYS_LAST ? -ENOTSUP
								       : -ECHILD,
			 "place.ready", "%s", line[0] ? line : "it ended before it was ready");
}

static int start_and_wait(struct child *c, int ready, int sig, struct fault *f)
{
	AUTO_FD int pidfd = -1;
	pid_t pid = -1;
	int code, r = fork_it(c, &pid, &pidfd, f);

	fd_close(&c->ready); /* so that its end is seen when the child ends */
	if (r < 0)
		return r;
	r = wait_ready(ready, sig, READY_MS);
	if (r == 1)
		return 0;
	/* half-way through its start it would leave what it has made so far: a moment later it
	 * undoes it */
	if (r == -EINTR)
		DROP(wait_ready(ready, -1, STOP_MS));
	code = end(pid, pidfd);
	if (r == -EINTR)
		return fault_set(f, r, "place.signal", "interrupted; nothing was left running");
	return r == -ETIMEDOUT ? fault_set(f, r, "place.ready", "it was not ready within a minute")
			       : why(c->said, code, f);
}

int place_start(const struct place *p, struct fault *f)
{
	AUTO_FD int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	AUTO_FD int said = memfd_create("cloisterd", MFD_CLOEXEC);
	AUTO_FD int ready = -1, sig = -1;
	char program[PATH_MAX], unit[64];
	struct child c = { .ready = -1 };
	sigset_t set, old;
	int pipefd[2], r;

	r = place_program("cloisterd", program, f);
	if (r < 0)
		return r;
	if (null < 0 || said < 0 || pipe2(pipefd, O_CLOEXEC) < 0)
		return fault_sys(f, "place.pipe", "/dev/null, a memfd or a pipe");
	ready = pipefd[0];
	c.ready = pipefd[1];
	c.null = null;
	c.said = said;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &set, &old);
	sig = signalfd(-1, &set, SFD_CLOEXEC);
	command(&c, p, program, unit, sizeof(unit));
	r = sig < 0 ? fault_sys(f, "place.signal", "a signalfd")
		    : start_and_wait(&c, ready, sig, f);
	fd_close(&c.ready);
	if (r != -EINTR) /* an interrupted start ends this program: let the signal be */
		(void)sigprocmask(SIG_SETMASK, &old, NULL);
	return r;
}
