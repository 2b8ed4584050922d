/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.c - one probe in one forked child, and the report line about it.
 *
 * Runs in: cloister-probe. The child may be killed by the filter, stopped or broken by what it
 * tries, so it answers through a pipe whose end of file is an answer as well.
 */
#include "tests/host/probes/probe.h"

#include "lib/base/fd.h"
#include "lib/base/str.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

struct message {
	int code;
	bool nonce_seen;
	char note[NOTE_MAX];
};

static unsigned long now_us(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t) < 0)
		return 0;
	return (unsigned long)t.tv_sec * 1000000UL + (unsigned long)t.tv_nsec / 1000UL;
}

/* Whom the control becomes: the canary's user, which the harness names where it is a tenant's. */
static uid_t user_of(struct probe_ctx *c)
{
	const char *uid = target_borrow(c, "uid");
	uint64_t v = CONTROL_UID;

	c->note[0] = 0;
	if (uid)
		DROP(str_to_u64(uid, strlen(uid), &v)); /* leaves the default */
	return (uid_t)v;
}

static _Noreturn void child(const struct probe *p, const struct probe_ctx *base,
			    void (*place)(struct probe_ctx *), int out)
{
	struct probe_ctx c = *base;
	struct message m = { 0 };
	sigset_t none;

	c.probe = p;
	(void)setsid(); /* no probe may reach the terminal or the group of the harness */
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (place)
		place(&c);
	if (c.outside && p->stage)
		m.code = p->stage(&c);
	if (m.code == 0 && c.outside && p->control == C_USER)
		become(user_of(&c));
	if (m.code == 0)
		m.code = p->attempt(&c);
	m.nonce_seen = c.nonce_seen;
	if (c.shim > 1)
		(void)kill(c.shim, SIGKILL);
	memcpy(m.note, c.note, sizeof(m.note));
	DROP(write(out, &m, sizeof(m))); /* lost = PROBE_LOST, as it should be */
	_exit(0);
}

static void collect(pid_t pid, int from, struct outcome *out)
{
	struct pollfd pf = { .fd = from, .events = POLLIN };
	struct message m;
	int status = 0;

	*out = (struct outcome){ .code = PROBE_LOST };
	if (poll(&pf, 1, PROBE_SECONDS * 1000) <= 0) {
		(void)kill(pid, SIGKILL);
		(void)str_copy(out->note, sizeof(out->note), "no answer in time");
	} else if (read(from, &m, sizeof(m)) == (ssize_t)sizeof(m)) {
		out->code = m.code;
		out->nonce_seen = m.nonce_seen;
		memcpy(out->note, m.note, sizeof(out->note));
	}
	if (RETRY_EINTR(waitpid(pid, &status, 0)) != pid || out->code != PROBE_LOST)
		return;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		out->code = PROBE_KILLED;
	else if (WIFSIGNALED(status))
		(void)snprintf(out->note, sizeof(out->note), "ended by signal %d",
			       WTERMSIG(status));
}

void probe_run(const struct probe *p, const struct probe_ctx *base,
	       void (*place)(struct probe_ctx *), struct outcome *out)
{
	unsigned long t0 = now_us();
	AUTO_FD int r = -1;
	AUTO_FD int w = -1;
	int fd[2];
	pid_t pid;

	*out = (struct outcome){ .code = PROBE_LOST };
	if (pipe2(fd, O_CLOEXEC) < 0)
		return;
	r = fd[0];
	w = fd[1];
	(void)fflush(stdout);
	pid = fork();
	if (pid == 0)
		child(p, base, place, w);
	if (pid < 0) {
		(void)str_copy(out->note, sizeof(out->note), "fork");
		return;
	}
	fd_close(&w);
	collect(pid, r, out);
	out->us = now_us() - t0;
	/* Worked, but on something that is not the canary: that is no reach. */
	if (out->code == 0 && (p->flags & P_NONCE) && !out->nonce_seen)
		out->code = PROBE_ABSENT;
}

static bool expected(const struct probe *p, int code)
{
	for (size_t i = 0; i < EXPECT_MAX && p->expect[i]; i++)
		if (p->expect[i] == code)
			return true;
	return false;
}

/* These say that the thing is not there, not that somebody refused it. */
static bool means_absent(int err)
{
	return err == ENOENT || err == ESRCH || err == ECONNREFUSED || err == ENETUNREACH;
}

const char *verdict_of(const struct probe *p, const struct outcome *o)
{
	if (o->code == PROBE_REACHED)
		return "reached";
	if (o->code == PROBE_SKIP)
		return "skip";
	if (o->code < 0 && expected(p, -o->code))
		return means_absent(-o->code) ? "absent" : "stopped";
	if (o->code > 0 && expected(p, o->code)) {
		if (o->code == PROBE_KILLED)
			return "killed";
		return o->code == PROBE_CAPPED ? "capped" : "absent";
	}
	return "wrong-errno";
}

static const char *errno_of(const struct outcome *o)
{
	const char *name;

	if (o->code == PROBE_KILLED)
		return "SIGSYS";
	if (o->code == PROBE_LOST)
		return "LOST";
	if (o->code >= 0)
		return "-";
	name = strerrorname_np(-o->code);
	return name ? name : "?";
}

void report(const struct probe *p, const char *as, const struct outcome *o, const char *control)
{
	static const char *const name[LAYERS] = { "MNT", "NS",	"UNS", "CAP", "NNP", "SEC", "ARG",
						  "LL",	 "NET", "CG",  "DEV", "RL",  "FD",  "ENV" };
	const char *comma = "";

	printf("probe=%s%s%s verdict=%s errno=%s control=%s layers=", p->id, as ? "@" : "",
	       as ? as : "", verdict_of(p, o), errno_of(o), control);
	for (unsigned i = 0; i < LAYERS; i++) {
		if (!(p->layers & 1U << i))
			continue;
		printf("%s%s", comma, name[i]);
		comma = ",";
	}
	printf(" us=%lu nonce=%d note=%s\n", o->us, o->nonce_seen, o->note[0] ? o->note : "-");
}

int mode_inside(struct options *o)
{
	const struct probe *p;
	struct outcome out;
	unsigned count = 0;
	int bad = 0;

	o->ctx.scratch = "/tmp";
	o->ctx.shim = 1;
	for (size_t i = 0; (p = probe_at(i)); i++) {
		if ((p->flags & P_OUTSIDE) || !wanted(o, p))
			continue;
		probe_run(p, &o->ctx, NULL, &out);
		report(p, o->as, &out, "-");
		bad |= !strcmp(verdict_of(p, &out), "reached");
		count++;
	}
	/* A SIGTERM that pid 1 passes on ends this process: a report without this line is no
	 * report. */
	printf("end probes=%u\n", count);
	return bad;
}
