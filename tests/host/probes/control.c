/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control.c - runs the same attempts outside, where each of them must succeed.
 *
 * Each probe gets a mount namespace of its own, and unless its target is the harness's canary also
 * an own network, ipc and uts namespace and the pid namespace that all of them share. Nothing that
 * a control does outlives it.
 * Runs in: cloister-probe --control, as root.
 */
#include "tests/host/probes/probe.h"

#include "lib/base/fd.h"

#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

struct places {
	int host_pid, own_pid; /* pid namespaces that children can be born into */
	pid_t keeper;	       /* pid 1 of the second */
};

static void place(struct probe_ctx *c)
{
	bool host = c->probe->flags & (P_HOST | P_OUTSIDE);

	if (unshare(CLONE_NEWNS | (host ? 0 : CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		_exit(125);
	if (!host && mount("proc", "/proc", "proc", 0, NULL) < 0)
		_exit(125);
}

static int places_open(struct places *p)
{
	p->host_pid = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	if (p->host_pid < 0 || unshare(CLONE_NEWPID) < 0)
		return -errno;
	p->keeper = fork();
	if (p->keeper == 0) {
		(void)close(STDOUT_FILENO); /* its word would stand in the report */
		idle("keeper");
	}
	p->own_pid = open("/proc/self/ns/pid_for_children", O_RDONLY | O_CLOEXEC);
	return p->own_pid < 0 ? -errno : 0;
}

static void places_close(struct places *p)
{
	(void)setns(p->host_pid, CLONE_NEWPID);
	if (p->keeper > 0) {
		(void)kill(p->keeper, SIGKILL);
		(void)waitpid(p->keeper, NULL, 0);
	}
	fd_close(&p->host_pid);
	fd_close(&p->own_pid);
}

static int drop_entry(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static const char *control_word(const struct outcome *o)
{
	if (o->code == PROBE_SKIP)
		return "skip";
	return o->code == PROBE_REACHED ? "ok" : "no";
}

int mode_control(struct options *o)
{
	char scratch[] = "/tmp/cloister-probe.XXXXXX";
	struct places at = { -1, -1, 0 };
	const struct probe *p;
	struct outcome out;
	unsigned count = 0;

	if (geteuid() != 0) {
		(void)fprintf(stderr, "cloister-probe: --control: needs root\n");
		return 4;
	}
	if (!mkdtemp(scratch) || chmod(scratch, 0777) < 0 || places_open(&at) < 0) {
		perror("cloister-probe: --control");
		return 5;
	}
	o->ctx.scratch = scratch;
	o->ctx.outside = true;
	(void)umask(022);
	for (size_t i = 0; (p = probe_at(i)); i++) {
		if (!wanted(o, p))
			continue;
		if (setns(p->flags & (P_HOST | P_OUTSIDE) ? at.host_pid : at.own_pid,
			  CLONE_NEWPID) < 0)
			break;
		probe_run(p, &o->ctx, place, &out);
		report(p, o->as, &out, control_word(&out));
		count++;
	}
	places_close(&at);
	(void)nftw(scratch, drop_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	printf("end probes=%u\n", count);
	return 0;
}
