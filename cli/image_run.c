/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_run.c - runs apt-get and dpkg for cloister-imagetar, with the caller's rights. Must not use
 * a shell: package names come from files.
 */
#include "cli/image_run.h"
#include "lib/base/fd.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { OUT_MAX = 64 << 20, OUT_STEP = 65536, ERR_MAX = 65536, NOT_FOUND = 127 };

void ran_fini(struct ran *r)
{
	free(r->out);
	*r = (struct ran){ 0 };
}

static void child(const char *const *argv, int out, int err)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(NOT_FOUND - 1);
	if (setenv("LC_ALL", "C", 1) < 0 || setenv("DEBIAN_FRONTEND", "noninteractive", 1) < 0)
		_exit(NOT_FOUND - 1);
	(void)signal(SIGPIPE, SIG_DFL); /* ignored here, and that passes down */
	/* exec does not write to the strings; its type predates const */
	(void)execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(NOT_FOUND);
}

static int collect(int in, struct ran *r, struct fault *f)
{
	ssize_t n = 1;

	while (n > 0) {
		char *p = r->len < OUT_MAX ? realloc(r->out, r->len + OUT_STEP + 1) : NULL;

		if (!p)
			return fault_set(f, -EFBIG, "image.run", "a package tool says too much");
		r->out = p;
		n = RETRY_EINTR(read(in, p + r->len, OUT_STEP));
		if (n < 0)
			return fault_sys(f, "image.run", "reading from a package tool");
		r->len += (size_t)n;
		p[r->len] = '\0';
	}
	return 0;
}

/* apt's first "E: " line, else the last line that says something. */
static void find_why(int err, char *dst, size_t cap)
{
	AUTO_FREE char *text = calloc(1, ERR_MAX);
	const char *best = NULL;
	ssize_t n = text ? pread(err, text, ERR_MAX - 1, 0) : 0;
	size_t len;

	for (char *line = text; n > 0 && line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (*line)
			best = line;
		if (strncmp(line, "E: ", 3) == 0) {
			best = line + 3;
			break;
		}
		if (!*line)
			break;
	}
	if (!best)
		best = "it gives no reason";
	len = strcspn(best, "\n");
	if (len >= cap)
		len = cap - 1;
	for (size_t i = 0; i < len; i++)
		dst[i] = best[i] < 0x20 || best[i] == 0x7f ? '?' : best[i];
	dst[len] = '\0';
}

int image_run(const char *const *argv, struct ran *r, struct fault *f)
{
	AUTO_FD int err = memfd_create("stderr", MFD_CLOEXEC);
	AUTO_FD int in = -1;
	AUTO_FD int out = -1;
	int p[2], rc, status = 0;
	pid_t pid;

	if (err < 0 || pipe2(p, O_CLOEXEC) < 0)
		return fault_sys(f, "image.run", "starting %s", argv[0]);
	in = p[0];
	out = p[1];
	pid = fork();
	if (pid < 0)
		return fault_sys(f, "image.run", "starting %s", argv[0]);
	if (pid == 0)
		child(argv, out, err);
	fd_close(&out);
	rc = collect(in, r, f);
	fd_close(&in); /* if it has more to say, it ends by SIGPIPE */
	if (RETRY_EINTR(waitpid(pid, &status, 0)) < 0)
		return fault_sys(f, "image.run", "waiting for %s", argv[0]);
	if (rc < 0)
		return rc;
	r->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	if (r->code == NOT_FOUND)
		return fault_set(f, -ENOENT, "image.run",
				 "%s is not there: packages can be had on Debian only", argv[0]);
	find_why(err, r->why, sizeof(r->why));
	return 0;
}
