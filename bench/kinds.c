/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kinds.c - one function for each kind of start. Runs in: bench/start, as root.
 * Everything made lies in a folder of this run; crun and runc make and remove a cgroup of their
 * own.
 */
#include "bench/bench.h"
#include "lib/base/fd.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* The namespaces of a workload. The user namespace is its tenant's, made once: not in the price. */
#define FLOOR_NS                                                                                   \
	(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)

/* clone3 with those namespaces (0: a plain fork), exec of the measured program, to its end. */
static int clone_run(const struct places *p, uint64_t flags, struct sample *s, struct fault *f)
{
	struct clone_args a = { .flags = flags, .exit_signal = SIGCHLD };
	char *const argv[] = { (char *)(uintptr_t)p->first, NULL };
	uint64_t start, at = 0;
	int out[2], status = -1;
	ssize_t n;
	pid_t pid;

	if (pipe2(out, O_CLOEXEC) < 0)
		return fault_sys(f, "bench.pipe", "floor");
	start = mono_ns();
	pid = (pid_t)syscall(SYS_clone3, &a, sizeof(a));
	if (pid == 0) {
		if (dup2(out[1], 1) == 1)
			(void)execv(p->first, argv);
		_exit(127);
	}
	fd_close(&out[1]);
	n = pid < 0 ? -1 : RETRY_EINTR(read(out[0], &at, sizeof(at)));
	if (pid > 0 && RETRY_EINTR(waitpid(pid, &status, 0)) < 0)
		status = -1;
	*s = (struct sample){ .first = at - start, .whole = mono_ns() - start };
	fd_close(&out[0]);
	if (pid < 0)
		return fault_sys(f, "bench.clone", "clone3 (root is needed)");
	return n == sizeof(at) && status == 0
		       ? 0
		       : fault_set(f, -EIO, "bench.first", "%s did not run", p->first);
}

static int run_bare(const struct places *p, struct sample *s, struct fault *f)
{
	return clone_run(p, 0, s, f);
}

static int run_floor(const struct places *p, struct sample *s, struct fault *f)
{
	return clone_run(p, FLOOR_NS, s, f);
}

static int run_bwrap(const struct places *p, struct sample *s, struct fault *f)
{
	/* posix_spawn takes char *const[]; it does not write */
	const char *argv[] = { "bwrap", "--unshare-all", "--ro-bind", "/", "/", "/bin/true", NULL };

	(void)p;
	return proc_run((char *const *)(uintptr_t)argv, s, f);
}

static int run_oci(const char *runtime, const struct places *p, struct sample *s, struct fault *f)
{
	static unsigned serial;
	char root[128], bundle[128], id[64];
	const char *argv[] = { runtime, "--root", root, "run", "--bundle", bundle, id, NULL };

	(void)snprintf(root, sizeof(root), "%s/%s", p->tmp, runtime);
	(void)snprintf(bundle, sizeof(bundle), "%s/bundle", p->tmp);
	(void)snprintf(id, sizeof(id), "cloister-bench-%d-%u", (int)getpid(), serial++);
	return proc_run((char *const *)(uintptr_t)argv, s, f);
}

static int run_crun(const struct places *p, struct sample *s, struct fault *f)
{
	return run_oci("crun", p, s, f);
}

static int run_runc(const struct places *p, struct sample *s, struct fault *f)
{
	return run_oci("runc", p, s, f);
}

static int run_cloister(const struct places *p, struct sample *s, struct fault *f)
{
	char cli[300];
	const char *argv[] = { cli, "run", "--", "/bin/true", NULL };

	(void)snprintf(cli, sizeof(cli), "%s/cloister", p->bin);
	return proc_run((char *const *)(uintptr_t)argv, s, f);
}

/* clang-format off */
const struct kind_row kinds[KIND__COUNT] = {
	[KIND_BARE]    = { "bare",    "fork and exec of a static program", run_bare },
	[KIND_FLOOR]   = { "floor",   "clone3 with a workload's namespaces and exec of the same program", run_floor },
	[KIND_BWRAP]   = { "bwrap",   "`bwrap --unshare-all --ro-bind / / /bin/true`", run_bwrap },
	[KIND_CRUN]    = { "crun",    "`crun run` of a minimal bundle", run_crun },
	[KIND_RUNC]    = { "runc",    "`runc run` of the same bundle", run_runc },
	[KIND_RUN]     = { "run",     "`cloister run -- /bin/true`, the whole process", run_cloister },
	[KIND_REQUEST] = { "request", "Run on the control socket: request to first instruction, and to the last reply", request_run },
};
/* clang-format on */

/* The smallest bundle: the measured program alone in a read-only root, the namespaces of the floor.
 */
static const char config[] =
	"{\"ociVersion\":\"1.0.2\",\"process\":{\"user\":{\"uid\":0,\"gid\":0},\"args\":[\"/"
	"first\"],"
	"\"cwd\":\"/\",\"env\":[\"PATH=/\"],\"noNewPrivileges\":true},"
	"\"root\":{\"path\":\"rootfs\",\"readonly\":true},"
	"\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"}],"
	"\"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"mount\"},{\"type\":\"network\"},"
	"{\"type\":\"ipc\"},{\"type\":\"uts\"},{\"type\":\"cgroup\"}]}}";

static int write_file(const char *path, const void *p, size_t n, mode_t mode)
{
	AUTO_FD int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	return fd >= 0 && write(fd, p, n) == (ssize_t)n ? 0 : -EIO;
}

static int copy_program(const char *from, const char *to)
{
	static uint8_t buf[1 << 20];
	AUTO_FD int fd = open(from, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf));

	return n > 0 ? write_file(to, buf, (size_t)n, 0755) : -EIO;
}

/* TMP/bundle for the OCI runtimes, TMP/image/usr/bin/first for ours. */
static int make_trees(const struct places *p, struct fault *f)
{
	static const char *const dirs[] = { "bundle", "bundle/rootfs", "bundle/rootfs/proc",
					    "image",  "image/usr",     "image/usr/bin" };
	char path[160];

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", p->tmp, dirs[i]);
		if (mkdir(path, 0755) < 0)
			return fault_sys(f, "bench.mkdir", "%s", path);
	}
	(void)snprintf(path, sizeof(path), "%s/bundle/config.json", p->tmp);
	if (write_file(path, config, sizeof(config) - 1, 0644) < 0)
		return fault_set(f, -EIO, "bench.bundle", "%s", path);
	(void)snprintf(path, sizeof(path), "%s/bundle/rootfs/first", p->tmp);
	if (copy_program(p->first, path) < 0)
		return fault_set(f, -EIO, "bench.bundle", "%s", path);
	(void)snprintf(path, sizeof(path), "%s/image/usr/bin/first", p->tmp);
	if (copy_program(p->first, path) < 0)
		return fault_set(f, -EIO, "bench.image", "%s", path);
	return 0;
}

/* A private supervisor with the measured program in an image called bench. */
static int start_supervisor(const struct places *p, struct fault *f)
{
	char cli[300], state[96], image[96];
	const char *up[] = { cli, "up", "--state", state, NULL };
	const char *build[] = { cli, "image", "build", "bench", "--dir", image, NULL };
	struct sample ignored;
	int rc;

	(void)snprintf(cli, sizeof(cli), "%s/cloister", p->bin);
	(void)snprintf(state, sizeof(state), "%s/state", p->tmp);
	(void)snprintf(image, sizeof(image), "%s/image", p->tmp);
	if (setenv("CLOISTER_SOCKET", p->sock, 1) < 0)
		return fault_sys(f, "bench.env", "CLOISTER_SOCKET");
	rc = proc_run((char *const *)(uintptr_t)up, &ignored, f);
	if (rc < 0)
		return rc;
	return proc_run((char *const *)(uintptr_t)build, &ignored, f);
}

void kinds_open(const struct places *p, struct results *r)
{
	struct fault f = { 0 };

	if (make_trees(p, &f) < 0)
		for (size_t k = KIND_CRUN; k < KIND__COUNT; k++)
			(void)snprintf(r->refused[k], REASON_MAX, "%s", f.msg);
	else if (start_supervisor(p, &f) < 0)
		for (size_t k = KIND_RUN; k < KIND__COUNT; k++)
			(void)snprintf(r->refused[k], REASON_MAX, "%s", f.msg);
}

void kinds_close(const struct places *p)
{
	char cli[300];
	const char *down[] = { cli, "down", NULL };
	const char *rm[] = { "rm", "-rf", "--one-file-system", p->tmp, NULL };
	struct sample ignored;
	struct fault f;

	(void)snprintf(cli, sizeof(cli), "%s/cloister", p->bin);
	if (access(p->sock, F_OK) == 0 &&
	    proc_run((char *const *)(uintptr_t)down, &ignored, &f) < 0)
		(void)fprintf(stderr, "bench: down: %s\n", f.msg);
	if (proc_run((char *const *)(uintptr_t)rm, &ignored, &f) < 0)
		(void)fprintf(stderr, "bench: %s stays: %s\n", p->tmp, f.msg);
}
