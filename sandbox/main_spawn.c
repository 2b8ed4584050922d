/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main_spawn.c - the spawner: sealed plans and descriptors in, confined processes out.
 * Runs as: cloister-spawn, root with the capabilities of its row, one thread, no heap, no filter.
 */
#include "sandbox/spawn.h"
#include "lib/base/fd.h"
#include "lib/asks/spawn_start.h"
#include "lib/harden/harden.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>

static struct app app;

static _Noreturn void die(const struct fault *f)
{
	(void)dprintf(STDERR_FILENO, "cloister-spawn: %s: %s\n", f->site, f->msg);
	_exit(1);
}

/* CVE-2019-5736: run from a sealed copy, so that no path leads back to the file. */
static void reexec_sealed(char **argv, struct fault *f)
{
	static char *const again[] = { (char *)(uintptr_t) "cloister-spawn",
				       (char *)(uintptr_t) "sealed", NULL };
	static char *const no_env[] = { NULL };
	AUTO_FD int self = -1;
	int copy;

	if (argv[0] && argv[1] && strcmp(argv[1], "sealed") == 0)
		return;
	self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	copy = self < 0 ? fault_sys(f, "spawn.self", "opening the spawner's own file")
			: sealed_copy(self, "spawn.self", f);
	if (copy < 0)
		die(f);
	(void)fexecve(copy, again, no_env);
	(void)fault_sys(f, "spawn.self", "running the sealed copy");
	die(f);
}

static void serve_edge(struct app *a, uint32_t worker)
{
	static const uint8_t from[WORKER__COUNT] = { [WORKER_NONE] = FROM_PARENT,
						     [WORKER_ENGINE] = FROM_ENGINE,
						     [WORKER_NETD] = FROM_PEER,
						     [WORKER_VOLUMED] = FROM_PEER };
	struct fault f;
	int *sock = &a->edge[worker];
	int rc = *sock < 0 ? 1 : op_serve(&a->host, *sock, from[worker], &f);

	if (rc == 1 || rc == -EAGAIN)
		return;
	if (rc < 0)
		(void)dprintf(STDERR_FILENO, "cloister-spawn: edge %u ended: %s: %s\n", worker,
			      f.site, f.msg);
	if (worker == WORKER_NONE) /* the parent is gone: no two generations (I23) */
		_exit(0);
	start_orphan(a, *sock);
	fd_close(sock);
}

static _Noreturn void loop(struct app *a)
{
	static void (*const on[])(struct app * a, uint32_t row) = { [WATCH_EDGE] = serve_edge,
								    [WATCH_ERROR] = start_on_error,
								    [WATCH_PIDFD] = start_on_exit,
								    [WATCH_OOM] = cgroup_on_oom };
	struct epoll_event ev[16];

	for (;;) {
		int n = epoll_wait(a->epoll, ev, ARRAY_LEN(ev),
				   acts_wait_ms(&a->acts, a->timed ? 1000 : -1));

		for (int i = 0; i < n; i++)
			on[ev[i].data.u64 >> 32](a, (uint32_t)ev[i].data.u64);
		start_expire(a);
		acts_sync(&a->acts, false);
	}
}

int main(int argc UNUSED, char **argv)
{
	struct fault f;

	reexec_sealed(argv, &f);
	if (harden_common(PROG_SPAWN, SPAWN_FD_CGROUP + CG_TREES_MAX, &f) < 0 ||
	    harden_caps(PROG_SPAWN, &f) < 0)
		die(&f);
	for (size_t i = 0; i < WORKER__COUNT; i++)
		app.edge[i] = -1;
	app.edge[WORKER_NONE] = WORKER_FD_PARENT;
	acts_init(&app.acts, WORKER_FD_ACTS);
	app.host = (struct op_host){ .rows = spawn_ops,
				     .count = SPAWN__COUNT,
				     .phase = PHASE_SETUP,
				     .self = &app,
				     .acts = &app.acts,
				     .about = spawn_about };
	app.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (app.epoll < 0 || getrandom(&app.gen, sizeof(app.gen), 0) != (ssize_t)sizeof(app.gen)) {
		(void)fault_sys(&f, "spawn.start", "starting");
		die(&f);
	}
	if (watch_add(&app, WORKER_FD_PARENT, WATCH_EDGE, WORKER_NONE, &f) < 0)
		die(&f);
	loop(&app);
}
