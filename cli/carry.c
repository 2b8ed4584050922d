/* SPDX-License-Identifier: Apache-2.0 */
/*
 * carry.c - from the call that starts a command to its exit code. Runs in: cloister.
 *
 * This program only copies: the supervisor makes the pipes or the terminal. With -t the caller's
 * terminal is in raw mode for that time (tty.c); the command's own is the one that knows lines and
 * Ctrl-C.
 */
#include "cli/carry.h"
#include "cli/ask.h"
#include "cli/copy.h"
#include "cli/print.h"
#include "cli/tty.h"
#include "lib/base/clock.h"
#include "lib/base/fd.h"

#include <errno.h>
#include <fcntl.h>
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

struct carry {
	struct client *client;
	const char *where, *command; /* for messages */
	int sig;
	bool tty, started, ended;
	int exit; /* once ended */
	uint64_t last_int;
	struct copy copy[STREAMS];
};

int carry_failed(const char *where, const struct fault *f)
{
	(void)ask_failed(where, f);
	return EXITS_RUN_FAILED;
}

json_t *carry_args(const char *where, const struct cmd *c)
{
	json_t *a = json_array();

	for (size_t i = 0; a && i < c->args.tail_count; i++) {
		json_t *s = json_string(c->args.tail[i]);

		if (!s)
			say_error(where, "argument %zu is not UTF-8", i + 1);
		if (!s || json_array_append_new(a, s) < 0) {
			json_decref(a);
			return NULL;
		}
	}
	return a;
}

/* Signals go to the command. What the caller ignores (nohup) stays ignored; a broken pipe is an
 * error of write() here. */
static int take_signals(bool tty, struct fault *f)
{
	static const int list[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT };
	size_t n = tty ? ARRAY_LEN(list) : 4;
	struct sigaction old;
	sigset_t set;
	int fd;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGPIPE);
	for (size_t i = 0; i < n; i++)
		if (sigaction(list[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			(void)sigaddset(&set, list[i]);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)sigdelset(&set, SIGPIPE);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	return fd < 0 ? fault_sys(f, "run.signal", "a signalfd") : fd;
}

static void streams(struct carry *r, struct client_reply *rep)
{
	copy_init(&r->copy[IN], STDIN_FILENO, fd_take(&rep->fd[IN]));
	copy_init(&r->copy[OUT], fd_take(&rep->fd[OUT]), STDOUT_FILENO);
	copy_init(&r->copy[ERR], fd_take(&rep->fd[ERR]), STDERR_FILENO);
	r->copy[IN].borrowed_from = true;
	r->copy[OUT].borrowed_to = r->copy[ERR].borrowed_to = true;
}

/* One far end: both directions of a terminal. Returns 0 or a fault. */
static int terminal(struct carry *r, struct client_reply *rep, struct fault *f)
{
	int far = fd_take(&rep->fd[0]), in = fcntl(far, F_DUPFD_CLOEXEC, 0);

	copy_init(&r->copy[IN], STDIN_FILENO, in);
	copy_init(&r->copy[OUT], far, STDOUT_FILENO);
	r->copy[IN].borrowed_from = r->copy[OUT].borrowed_to = true;
	r->copy[IN].shown = r->copy[OUT].shown = false; /* raw, by the caller's choice (I27) */
	/* what a terminal has room for is less than what poll() lets us think */
	if (in < 0 || fcntl(far, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
		return fault_sys(f, "carry.terminal", "taking the command's terminal");
	return tty_raw(f);
}

/* The last reply: how it ended. */
static void ended(struct carry *r, const struct client_reply *rep)
{
	uint64_t sig = client_u64(rep->params, "signal");

	r->ended = true;
	r->exit = sig ? EXITS_RUN_SIGNALLED + (int)(sig & 127)
		      : (int)(client_u64(rep->params, "code") & 255);
	if (client_u64(rep->params, "oom"))
		say_note("%s: out of memory: the command reached its 'limit memory'", r->where);
}

static void refused(struct carry *r, const struct client_reply *rep)
{
	r->ended = true;
	if (strcmp(rep->error, "io.cloister.Exec") == 0) {
		uint64_t code = client_u64(rep->params, "code");

		say_error(r->where, "%s: %s", r->command, client_message(rep));
		r->exit = code == EXITS_RUN_NOTFOUND ? EXITS_RUN_NOTFOUND : EXITS_RUN_NOEXEC;
		return;
	}
	(void)ask_refused(r->where, rep);
	r->exit = EXITS_RUN_FAILED;
}

static int understand(struct carry *r, struct client_reply *rep, struct fault *f)
{
	if (rep->error)
		refused(r, rep);
	else if (!rep->continues)
		ended(r, rep);
	else if (!r->started && rep->fds == (r->tty ? 1 : STREAMS)) {
		r->started = true;
		if (r->tty)
			return terminal(r, rep, f);
		streams(r, rep);
	}
	return 0;
}

/* Takes all replies that are there: several may have come at once. Returns 0 or a fault. */
static int hear(struct carry *r, struct fault *f)
{
	int got = 1;

	while (got > 0 && !r->ended) {
		AUTO_REPLY struct client_reply rep;

		client_reply_init(&rep);
		got = client_next(r->client, false, &rep, f);
		if (got > 0 && understand(r, &rep, f) < 0)
			return f->err;
	}
	return got < 0 ? got : 0;
}

/*
 * A signal to who holds a terminal: true, with f->err 0, or -EINTR to leave: a terminal that goes
 * away hangs up on what is in it, which the command cannot ignore as it may a SIGTERM.
 */
static bool for_terminal(struct carry *r, int signal, struct fault *f)
{
	f->err = 0;
	if (signal == SIGTERM || signal == SIGHUP) {
		r->exit = EXITS_RUN_SIGNALLED + signal;
		f->err = -EINTR;
		return true;
	}
	if (signal != SIGWINCH && signal != SIGTSTP && signal != SIGCONT)
		return false;
	if (signal == SIGTSTP) {
		tty_restore();
		(void)raise(SIGSTOP);
	}
	if (!r->started || (signal == SIGCONT && tty_raw(f) < 0))
		return true;
	tty_resize(r->copy[OUT].from);
	return true;
}

/* Returns 0, or -EINTR when the run is to be killed. */
static int pass_signal(struct carry *r, struct fault *f)
{
	struct signalfd_siginfo si;
	uint64_t now = clock_boot_ns();

	if (read(r->sig, &si, sizeof(si)) != sizeof(si))
		return 0;
	if (r->tty && for_terminal(r, (int)si.ssi_signo, f))
		return f->err;
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

static bool outputs_over(const struct carry *r)
{
	return copy_over(&r->copy[OUT]) && copy_over(&r->copy[ERR]);
}

static void copy_all(struct carry *r, const struct pollfd *p)
{
	for (size_t i = 0; i < STREAMS; i++)
		copy_step(&r->copy[i], &p[i]);
	/* After the end only what is still in the pipes counts: their far ends may live on in a
	 * place that we cannot see. */
	for (size_t i = OUT; r->ended && i < STREAMS; i++)
		copy_finish(&r->copy[i], &p[i]);
}

static bool writes_wait(const struct carry *r)
{
	return r->copy[OUT].at < r->copy[OUT].end || r->copy[ERR].at < r->copy[ERR].end;
}

/* Until the command has ended and its output is out. Returns 0, -EINTR killed by the caller, a
 * fault. */
static int loop(struct carry *r, struct fault *f)
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

int carry_run(struct carry *r)
{
	struct fault f = { 0 };
	int rc = loop(r, &f);

	tty_restore();
	if (rc == -EINTR)
		say_note("%s: killed", r->where);
	else if (rc < 0)
		return carry_failed(r->where, &f);
	return r->exit;
}

void carry_terminal(json_t *params)
{
	struct winsize size;

	tty_size(&size);
	DROP(json_object_set_new(params, "tty", json_true()));
	DROP(json_object_set_new(params, "rows", json_integer(size.ws_row)));
	DROP(json_object_set_new(params, "columns", json_integer(size.ws_col)));
}

int carry_check(const char *where, const struct cmd *c)
{
	if (!cmd_has(c, OPT_TTY) || (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)))
		return EXITS_DONE;
	say_error(where, "-t needs a terminal as standard input and output; leave it out");
	return EXITS_RUN_FAILED;
}

int carry_open(const char *where, const struct cmd *c, struct client *cl, struct carry **ret)
{
	struct carry *r = malloc(sizeof(*r)); /* its buffers are pages that most never touch */
	struct fault f = { 0 };

	if (!r) {
		say_error(where, "out of memory");
		return EXITS_RUN_FAILED;
	}
	memset(r, 0, offsetof(struct carry, copy));
	for (size_t i = 0; i < STREAMS; i++)
		copy_init(&r->copy[i], -1, -1);
	*ret = r;
	r->client = cl;
	r->where = where;
	r->command = c->args.tail[0];
	r->tty = cmd_has(c, OPT_TTY);
	r->sig = -1;
	r->sig = take_signals(r->tty, &f);
	return r->sig < 0 ? carry_failed(where, &f) : EXITS_DONE;
}

void carry_close(struct carry **r)
{
	if (!*r)
		return;
	tty_restore();
	for (size_t i = 0; i < STREAMS; i++)
		copy_fini(&(*r)->copy[i]);
	fd_close(&(*r)->sig);
	free(*r);
	*r = NULL;
}
