/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_run.c - one command, confined, to its end. Runs in: cloister.
 *
 * This program only copies: the supervisor makes the pipes, and no descriptor, variable or terminal
 * of the caller's reaches the command (I26). It is on the path that `make bench` measures, so it
 * makes few calls and loads nothing.
 */
#include "cli/ask.h"
#include "cli/cmds.h"
#include "cli/copy.h"
#include "cli/place.h"
#include "cli/print.h"
#include "cli/source.h"
#include "lib/base/clock.h"
#include "lib/base/fd.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

enum {
	IN,
	OUT,
	ERR,
	STREAMS, /* descriptors in the supervisor's order */

	POLL_SOCKET = STREAMS,
	POLL_SIGNAL,
	POLLS,
};

#define TWICE_NS (2 * UINT64_C(1000000000)) /* two Ctrl-C within this time kill */

struct run {
	struct client *client;
	int sig;
	bool started, ended;
	int exit;	     /* once ended */
	const char *command; /* for messages */
	uint64_t last_int;
	struct copy copy[STREAMS];
};

static int failed(const struct fault *f)
{
	(void)ask_failed("run", f);
	return EXITS_RUN_FAILED;
}

/* Signals go to the command. What the caller ignores (nohup) stays ignored; a broken pipe is an
 * error of write() here. */
static int take_signals(struct fault *f)
{
	static const int list[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction old;
	sigset_t set;
	int fd;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGPIPE);
	for (size_t i = 0; i < ARRAY_LEN(list); i++)
		if (sigaction(list[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			(void)sigaddset(&set, list[i]);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)sigdelset(&set, SIGPIPE);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	return fd < 0 ? fault_sys(f, "run.signal", "a signalfd") : fd;
}

static json_t *arguments(const struct cmd *c)
{
	json_t *a = json_array();

	for (size_t i = 0; a && i < c->args.tail_count; i++) {
		json_t *s = json_string(c->args.tail[i]);

		if (!s)
			say_error("run", "argument %zu is not UTF-8", i + 1);
		if (!s || json_array_append_new(a, s) < 0) {
			json_decref(a);
			return NULL;
		}
	}
	return a;
}

/* A profile is a file when it says so by its form. */
static bool is_file(const char *profile)
{
	size_t n = strlen(profile);

	return strchr(profile, '/') || (n > 8 && strcmp(profile + n - 8, ".profile") == 0);
}

/* Sends a profile's file ahead. Returns an enum exits with name filled. */
static int send_profile(struct client *cl, const char *path, char name[SOURCE_NAME_MAX])
{
	int e = source_profile_name("run", path, name);

	return e == EXITS_DONE ? source_send(cl, "run", path) : e;
}

/* The Run call. NULL after what is wrong was printed. */
static json_t *request(const struct cmd *c, const char *profile)
{
	const char *tenant = c->args.value[OPT_TENANT];
	json_t *args = arguments(c), *o;

	if (!args)
		return NULL;
	o = json_pack("{s:s,s:o,s:{},s:b,s:s*,s:s*,s:s*}", "tenant", tenant ? tenant : "default",
		      "args", args, "env", "stdin", 1, "profile", profile, "root",
		      c->args.value[OPT_ROOT], "net_of", c->args.value[OPT_NET_OF]);
	if (!o)
		say_error("run", "an option is not UTF-8");
	return o;
}

static void streams(struct run *r, struct client_reply *rep)
{
	copy_init(&r->copy[IN], STDIN_FILENO, fd_take(&rep->fd[IN]));
	copy_init(&r->copy[OUT], fd_take(&rep->fd[OUT]), STDOUT_FILENO);
	copy_init(&r->copy[ERR], fd_take(&rep->fd[ERR]), STDERR_FILENO);
	r->copy[IN].borrowed_from = true;
	r->copy[OUT].borrowed_to = r->copy[ERR].borrowed_to = true;
}

/* The last reply: how it ended. */
static void ended(struct run *r, const struct client_reply *rep)
{
	uint64_t sig = client_u64(rep->params, "signal");

	r->ended = true;
	r->exit = sig ? EXITS_RUN_SIGNALLED + (int)(sig & 127)
		      : (int)(client_u64(rep->params, "code") & 255);
	if (client_u64(rep->params, "oom"))
		say_note("run: out of memory: the command reached its 'limit memory'");
}

static void refused(struct run *r, const struct client_reply *rep)
{
	r->ended = true;
	if (strcmp(rep->error, "io.cloister.Exec") == 0) {
		uint64_t code = client_u64(rep->params, "code");

		say_error("run", "%s: %s", r->command, client_message(rep));
		r->exit = code == EXITS_RUN_NOTFOUND ? EXITS_RUN_NOTFOUND : EXITS_RUN_NOEXEC;
		return;
	}
	(void)ask_refused("run", rep);
	r->exit = EXITS_RUN_FAILED;
}

static void understand(struct run *r, struct client_reply *rep)
{
	if (rep->error)
		refused(r, rep);
	else if (!rep->continues)
		ended(r, rep);
	else if (!r->started && rep->fds == STREAMS) {
		r->started = true;
		streams(r, rep);
	}
}

/* Takes all replies that are there: several may have come at once. Returns 0 or a fault. */
static int hear(struct run *r, struct fault *f)
{
	int got = 1;

	while (got > 0 && !r->ended) {
		AUTO_REPLY struct client_reply rep;

		client_reply_init(&rep);
		got = client_next(r->client, false, &rep, f);
		if (got > 0)
			understand(r, &rep);
	}
	return got < 0 ? got : 0;
}

/* Returns 0, or -EINTR when the run is to be killed. */
static int pass_signal(struct run *r, struct fault *f)
{
	struct signalfd_siginfo si;
	uint64_t now = clock_boot_ns();

	if (read(r->sig, &si, sizeof(si)) != sizeof(si))
		return 0;
	if (!r->started ||
	    (si.ssi_signo == SIGINT && r->last_int && now - r->last_int < TWICE_NS)) {
		r->exit = EXITS_RUN_SIGNALLED + (int)si.ssi_signo;
		return -EINTR; /* a closed connection kills the run */
	}
	if (si.ssi_signo == SIGINT)
		r->last_int = now;
	return client_send(r->client, "Signal", json_pack("{s:i}", "signal", (int)si.ssi_signo),
			   CLIENT_ONEWAY, f);
}

static bool outputs_over(const struct run *r)
{
	return copy_over(&r->copy[OUT]) && copy_over(&r->copy[ERR]);
}

static void copy_all(struct run *r, const struct pollfd *p)
{
	for (size_t i = 0; i < STREAMS; i++)
		copy_step(&r->copy[i], &p[i]);
	/* After the end only what is still in the pipes counts: their far ends may live on in a
	 * place that we cannot see. */
	for (size_t i = OUT; r->ended && i < STREAMS; i++)
		copy_finish(&r->copy[i], &p[i]);
}

static bool writes_wait(const struct run *r)
{
	return r->copy[OUT].at < r->copy[OUT].end || r->copy[ERR].at < r->copy[ERR].end;
}

/* Until the command has ended and its output is out. Returns 0, -EINTR killed by the caller, a
 * fault. */
static int loop(struct run *r, struct fault *f)
{
	struct pollfd p[POLLS];
	int rc = 0;

	while (rc == 0 && !(r->ended && outputs_over(r))) {
		for (size_t i = 0; i < STREAMS; i++)
			copy_want(&r->copy[i], &p[i]);
		p[POLL_SOCKET] = (struct pollfd){ .fd = r->ended ? -1 : client_fd(r->client),
						  .events = POLLIN };
		p[POLL_SIGNAL] = (struct pollfd){ .fd = r->sig, .events = POLLIN };
		if (RETRY_EINTR(poll(p, POLLS, r->ended && !writes_wait(r) ? 0 : -1)) < 0)
			return fault_sys(f, "run.poll", "waiting");
		copy_all(r, p);
		if (p[POLL_SOCKET].revents)
			rc = hear(r, f);
		if (rc == 0 && p[POLL_SIGNAL].revents && r->ended)
			return 0; /* only a reader who has stopped is waited for, and the caller no
				     longer */
		if (rc == 0 && p[POLL_SIGNAL].revents)
			rc = pass_signal(r, f);
	}
	return rc;
}

/* Finds a supervisor, or starts one for root. Returns an enum exits. */
static int supervisor(struct client **ret)
{
	const char *env = getenv("CLOISTER_SOCKET");
	struct fault f = { 0 };
	struct place p;
	int r = client_open(NULL, ret, &f);

	if (r == 0)
		return EXITS_DONE;
	if ((r != -ENOENT && r != -ECONNREFUSED) || (env && env[0]) || geteuid() != 0)
		return failed(&f);
	r = place_of(CLIENT_STATE_OWN, &p, &f);
	if (r == 0)
		r = place_start(&p, &f);
	if (r == 0)
		r = client_open(p.socket, ret, &f);
	if (r == 0) {
		say_note("run: no supervisor was running; started a private one in %s, 'cloister "
			 "down' ends it",
			 p.dir);
		return EXITS_DONE;
	}
	say_error("run", "no private supervisor in " CLIENT_STATE_OWN ": %s", f.msg);
	return r == -EINTR ? EXITS_RUN_SIGNALLED + SIGINT : EXITS_RUN_FAILED;
}

static int begin(struct run *r, const struct cmd *c)
{
	const char *profile = c->args.value[OPT_PROFILE];
	char name[SOURCE_NAME_MAX];
	struct fault f = { 0 };
	json_t *o;

	r->sig = take_signals(&f);
	if (r->sig < 0)
		return failed(&f);
	if (profile && is_file(profile)) {
		if (send_profile(r->client, profile, name) != EXITS_DONE)
			return EXITS_RUN_FAILED;
		profile = name;
	}
	o = request(c, profile);
	if (!o || client_send(r->client, "Run", o, CLIENT_MORE, &f) < 0)
		return o ? failed(&f) : EXITS_RUN_FAILED;
	return EXITS_DONE;
}

static int carry(struct run *r)
{
	struct fault f = { 0 };
	int rc = loop(r, &f);

	if (rc == -EINTR)
		say_note("run: killed");
	else if (rc < 0)
		return failed(&f);
	return r->exit;
}

int cmd_run(struct cmd *c)
{
	struct run *r = malloc(sizeof(*r)); /* its buffers are pages that most runs never touch */
	int e;

	if (!r) {
		say_error("run", "out of memory");
		return EXITS_RUN_FAILED;
	}
	memset(r, 0, offsetof(struct run, copy));
	for (size_t i = 0; i < STREAMS; i++)
		copy_init(&r->copy[i], -1, -1);
	r->sig = -1;
	r->command = c->args.tail[0];
	e = supervisor(&r->client);
	if (e == EXITS_DONE)
		e = begin(r, c);
	if (e == EXITS_DONE)
		e = carry(r);
	client_close(&r->client);
	for (size_t i = 0; i < STREAMS; i++)
		copy_fini(&r->copy[i]);
	fd_close(&r->sig);
	free(r);
	return e;
}
