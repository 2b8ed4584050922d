/* SPDX-License-Identifier: Apache-2.0 */
/*
 * demo.c - a stranger's list of questions, for `make run`: what was tried, what stopped it, and
 * which layer that was. The attempts are those of the probes.
 * Runs in: cloister-probe --demo, inside a tenant.
 */
#include "tests/host/probes/probe.h"

#include "lib/base/fd.h"
#include "lib/base/str.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

struct demo_row {
	const char *text;
	const char *layer;
	const char *id;	 /* the probe to run, or NULL and */
	const char *key; /* the target of               */
	int (*attempt)(struct probe_ctx *c);
};

static const char *demo_target(struct probe_ctx *c)
{
	return target_borrow(c, c->probe->arg);
}

static int read_target(struct probe_ctx *c)
{
	const char *path = demo_target(c);
	AUTO_FD int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	return path ? answer(fd) : PROBE_SKIP;
}

static int signal_target(struct probe_ctx *c)
{
	const char *pid = demo_target(c);
	uint64_t v = 0;

	if (!pid || str_to_u64(pid, strlen(pid), &v) < 0 || v < 2)
		return PROBE_SKIP;
	return answer(kill((pid_t)v, 0));
}

static int dial_target(struct probe_ctx *c)
{
	const char *at = demo_target(c);
	struct sockaddr_in a = { .sin_family = AF_INET };
	AUTO_FD int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char ip[INET_ADDRSTRLEN];
	unsigned port;

	if (!at || sscanf(at, "%15[0-9.]:%u", ip, &port) != 2 ||
	    inet_pton(AF_INET, ip, &a.sin_addr) != 1)
		return PROBE_SKIP;
	a.sin_port = htons((uint16_t)port);
	return fd < 0 ? -errno : answer(connect(fd, (struct sockaddr *)&a, sizeof(a)));
}

/* clang-format off */
static const struct demo_row rows[] = {
	{ "read the other tenant's files",       "own mount tree",             NULL, "peer-file", read_target },
	{ "read the host's files",               "own mount tree",             NULL, "host-file", read_target },
	{ "read the host's password hashes",     "own mount tree",             "fs.shadow", NULL, NULL },
	{ "signal the other tenant's processes", "own pid namespace",          NULL, "peer-pid", signal_target },
	{ "ptrace a process",                    "syscall filter",             "sec.s20.ptrace", NULL, NULL },
	{ "connect to the other tenant's port",  "own network namespace",      NULL, "peer-port", dial_target },
	{ "connect to a port of the host",       "own network namespace",      NULL, "host-port", dial_target },
	{ "open a raw socket",                   "syscall filter, arguments",  "sec.s7.raw", NULL, NULL },
	{ "mount a file system",                 "syscall filter",             "mnt.mount", NULL, NULL },
	{ "load a kernel module",                "syscall filter",             "sec.s24.finit_module", NULL, NULL },
	{ "make a user namespace",               "syscall filter",             "ns.userns", NULL, NULL },
	{ "become root",                         "no capability in any set",   "cap.setuid", NULL, NULL },
	{ "type into the operator's terminal",   "syscall filter, arguments",  "tty.sti", NULL, NULL },
	{ "enter by the 32-bit door (int 0x80)", "syscall filter, other ABI",  "sec.i386", NULL, NULL },
};
/* clang-format on */

static const char *what_stopped(const struct outcome *o, char *buf, size_t n)
{
	if (o->code == PROBE_KILLED)
		return "killed by the filter (SIGSYS)";
	if (o->code == PROBE_ABSENT)
		return "not there";
	if (o->code == PROBE_LOST)
		return "no answer";
	(void)snprintf(buf, n, "%s (%s)", strerror(-o->code), strerrorname_np(-o->code));
	return buf;
}

int mode_demo(struct options *o)
{
	struct probe own = { .id = "demo" };
	const struct probe *p;
	struct outcome out;
	char buf[128];
	int bad = 0;

	o->ctx.scratch = "/tmp";
	o->ctx.shim = 1;
	if (!o->ctx.nonce)
		o->ctx.nonce = "demo";
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		own.attempt = rows[i].attempt;
		own.arg = rows[i].key;
		p = rows[i].id ? probe_find(rows[i].id) : &own;
		probe_run(p, &o->ctx, NULL, &out);
		if (out.code == PROBE_SKIP)
			continue;
		if (out.code == PROBE_REACHED)
			printf("%s\tREACHED\t-\n", rows[i].text);
		else
			printf("%s\t%s\t%s\n", rows[i].text, what_stopped(&out, buf, sizeof(buf)),
			       rows[i].layer);
		bad |= out.code == PROBE_REACHED;
	}
	return bad;
}
