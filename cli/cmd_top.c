/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_top.c - what workloads use, again and again. Runs in: cloister.
 *
 * One request a refresh. The kernel counts CPU time; a share of it is the difference of two counts,
 * and in the first picture the mean since the start. Signals come by a signalfd, so that the
 * terminal is put back however it ends.
 */
#include "cli/ask.h"
#include "cli/cmds.h"
#include "cli/print.h"
#include "cli/tty.h"
#include "cli/units.h"
#include "cli/workloads.h"
#include "lib/base/clock.h"
#include "lib/base/str.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

enum { INTERVAL_DEFAULT = 2, INTERVAL_MAX = 3600, HEAD_LINES = 3, PERMILLE = 1000 };

struct top {
	const struct cmd *c;
	struct client *cl;
	struct screen screen;
	bool live;		    /* a terminal that is drawn over and over */
	uint64_t interval_ms, left; /* left: pictures still to come, UINT64_MAX no end */
	json_t *before;		    /* CPU time by workload, of the picture before */
	uint64_t before_ns;
	struct termios tty;
	int sig;
};

/* ---- figures ---- */

/* "tenant/name started": another start counts from nothing. */
static char *key_of(const json_t *w)
{
	char *key = NULL;

	return asprintf(&key, "%s/%s %" PRIu64, client_str(w, "tenant", ""),
			client_str(w, "name", ""), client_u64(w, "started")) < 0
		       ? NULL
		       : key;
}

/* Thousandths of one CPU since the picture before; -1: not known. */
static int64_t share_of(const struct top *t, const json_t *w, const char *key, uint64_t now_ns)
{
	const json_t *used = json_object_get(w, "cpu_us");
	const json_t *had = t->before ? json_object_get(t->before, key) : NULL;
	uint64_t us = (uint64_t)json_integer_value(used), span_us, from = 0;
	uint64_t started_ms = client_u64(w, "started"), wall_ms = clock_real_ns() / 1000000;

	if (!used)
		return -1;
	if (had) {
		from = (uint64_t)json_integer_value(had);
		span_us = (now_ns - t->before_ns) / 1000;
	} else {
		span_us = started_ms && started_ms < wall_ms ? (wall_ms - started_ms) * 1000 : 0;
	}
	if (us < from || span_us == 0)
		return -1;
	return (int64_t)((us - from) * PERMILLE / span_us);
}

/* Puts cpu_permille into each workload and remembers what was counted. */
static void shares(struct top *t, json_t *list)
{
	uint64_t now = clock_boot_ns();
	json_t *counted = json_object();

	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *w = json_array_get(list, i), *used = json_object_get(w, "cpu_us");
		AUTO_FREE char *key = key_of(w);
		int64_t share = key ? share_of(t, w, key, now) : -1;

		/* without memory a share is missing in this picture or the next */
		if (share >= 0)
			(void)json_object_set_new(w, "cpu_permille", json_integer(share));
		if (used && key && counted)
			(void)json_object_set(counted, key, used);
	}
	json_decref(t->before);
	t->before = counted;
	t->before_ns = now;
}

/* The most CPU first; equal ones by memory. */
static int by_use(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	uint64_t cx = client_u64(x, "cpu_permille"), cy = client_u64(y, "cpu_permille");
	uint64_t mx = client_u64(x, "memory"), my = client_u64(y, "memory");

	if (cx != cy)
		return cx < cy ? 1 : -1;
	return mx < my ? 1 : mx > my ? -1 : 0;
}

/* ---- the picture ---- */

static void share_cell(struct table *t, const json_t *o, const char *key, uint64_t unit)
{
	if (json_object_get(o, key))
		table_cell(t, "%" PRIu64 ".%" PRIu64 "%%", client_u64(o, key) / unit,
			   client_u64(o, key) % unit * 10 / unit);
	else
		table_cell(t, "%s", "");
}

/* "some" of the last 10 s, as the kernel's pressure figures say; in hundredths of a percent. */
static void pressure_cell(struct table *t, const json_t *w, const char *what)
{
	const json_t *p = json_object_get(json_object_get(w, "pressure"), what);

	share_cell(t, p, "some10", 100);
}

static void of_cell(struct table *t, const char *used, const char *limit)
{
	table_cell(t, "%s%s%s", used, limit[0] && used[0] ? "/" : "", used[0] ? limit : "");
}

static void top_row(struct table *t, const json_t *w)
{
	uint64_t memory = client_u64(w, "memory"), most = client_u64(w, "memory_limit");
	uint64_t pids = client_u64(w, "pids"), pids_most = client_u64(w, "pids_limit");
	char used[24] = "", limit[24] = "";

	workload_name_cell(t, w);
	table_cell(t, "%s", client_str(w, "state", "?"));
	share_cell(t, w, "cpu_permille", 10);
	of_cell(t, memory ? units_bytes(memory).s : "", most ? units_bytes(most).s : "");
	if (pids)
		(void)snprintf(used, sizeof(used), "%" PRIu64, pids);
	if (pids_most)
		(void)snprintf(limit, sizeof(limit), "%" PRIu64, pids_most);
	of_cell(t, used, limit);
	pressure_cell(t, w, "cpu");
	pressure_cell(t, w, "memory");
	pressure_cell(t, w, "io");
	table_cell(t, "%" PRIu64, client_u64(w, "restarts"));
}

/* Rows that fit under the head; all of them where it is no terminal. */
static size_t rows_shown(const struct top *t, size_t n)
{
	struct winsize w;

	tty_size(&w);
	if (!t->live || w.ws_row <= HEAD_LINES + 1)
		return n;
	return n < (size_t)w.ws_row - HEAD_LINES ? n : (size_t)w.ws_row - HEAD_LINES;
}

static int draw(struct top *t, const json_t *list)
{
	/* clang-format off */
	static const struct column column[] = {
		{ "WORKLOAD", false, true, NULL }, { "STATE", false, false, state_tint },
		{ "CPU", true, false, NULL }, { "MEMORY", true, false, NULL },
		{ "PIDS", true, false, NULL }, { "CPU WAIT", true, false, NULL },
		{ "MEM WAIT", true, false, NULL }, { "IO WAIT", true, false, NULL },
		{ "RESTARTS", true, false, NULL },
	};
	/* clang-format on */
	AUTO_TABLE struct table tab = { 0 };
	AUTO_TEXT struct text out = { 0 };
	size_t n = json_array_size(list), shown = rows_shown(t, n);
	AUTO_FREE const json_t **order = calloc(n + 1, sizeof(*order));

	if (!order)
		return EXITS_FAULT;
	for (size_t i = 0; i < n; i++)
		order[i] = json_array_get(list, i);
	qsort(order, n, sizeof(*order), by_use);
	t->screen = screen_of(STDOUT_FILENO);
	table_init(&tab, column, ARRAY_LEN(column));
	for (size_t i = 0; i < shown; i++)
		top_row(&tab, order[i]);
	if (t->live)
		text_fmt(&out,
			 "\033[H\033[J%zu workload%s%s, every %" PRIu64 ".%" PRIu64
			 " s; q ends\n\n",
			 n, n == 1 ? "" : "s", shown < n ? ", not all shown" : "",
			 t->interval_ms / 1000, t->interval_ms % 1000 / 100);
	table_print(&tab, &t->screen, &out);
	return print_out(&out);
}

/* One line a picture. ASCII only, as ask_json(). */
static int json_line(const json_t *list)
{
	AUTO_TEXT struct text out = { 0 };
	json_t *o = json_pack("{s:I, s:O}", "time", (json_int_t)(clock_real_ns() / 1000000),
			      "workloads", list);

	ask_json_text(&out, o, true);
	json_decref(o);
	return print_out(&out);
}

static int picture(struct top *t)
{
	static const struct ask_call call = { "top", "WorkloadList", "workloads", NULL };
	AUTO_REPLY struct client_reply r;
	json_t *list;
	int e;

	client_reply_init(&r);
	e = ask_pages_in(t->cl, &call, json_pack("{s:s*}", "tenant", args_word(&t->c->args, 0)),
			 &r);
	if (e != EXITS_DONE)
		return e;
	list = json_object_get(r.params, "workloads");
	shares(t, list);
	return cmd_has(t->c, OPT_JSON) ? json_line(list) : draw(t, list);
}

/* ---- the terminal ---- */

static int enter(struct top *t)
{
	struct termios raw;
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGWINCH);
	(void)sigprocmask(SIG_BLOCK, &set, NULL); /* cannot fail with these arguments */
	t->sig = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (t->sig < 0) {
		say_error("top", "no signalfd");
		return EXITS_FAULT;
	}
	if (!t->live || tcgetattr(STDIN_FILENO, &t->tty) < 0)
		return EXITS_DONE;
	raw = t->tty;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) < 0 ||
	    write(STDOUT_FILENO, "\033[?1049h\033[?25l", 14) < 0)
		return EXITS_DONE; /* it is drawn all the same */
	return EXITS_DONE;
}

static void leave(const struct top *t)
{
	if (!t->live)
		return;
	if (write(STDOUT_FILENO, "\033[?25h\033[?1049l", 14) < 0)
		return; /* the terminal is gone */
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &t->tty);
}

/* Waits for the next picture. Returns 1 it is time, 0 the end was asked for, 128 + the signal that
 * did. */
static int pause_for(struct top *t)
{
	struct pollfd pfd[2] = { { .fd = t->sig, .events = POLLIN },
				 { .fd = t->live ? STDIN_FILENO : -1, .events = POLLIN } };
	uint64_t until = clock_boot_ns() / 1000000 + t->interval_ms, now;
	struct signalfd_siginfo si;
	char key;

	while ((now = clock_boot_ns() / 1000000) < until) {
		if (RETRY_EINTR(poll(pfd, 2, (int)(until - now))) <= 0)
			continue;
		if (pfd[0].revents && read(t->sig, &si, sizeof(si)) == (ssize_t)sizeof(si))
			return si.ssi_signo == SIGWINCH ? 1
			       : t->live && si.ssi_signo == SIGINT
				       ? 0
				       : EXITS_RUN_SIGNALLED + (int)si.ssi_signo;
		if (!pfd[1].revents)
			continue;
		if (read(STDIN_FILENO, &key, 1) != 1)
			pfd[1].fd = -1;
		else if (key == 'q' || key == 'Q')
			return 0;
	}
	return 1;
}

static int follow(struct top *t)
{
	int e = enter(t), go_on = 1;

	if (e != EXITS_DONE)
		return e; /* nothing of the terminal's was changed */
	while (e == EXITS_DONE && go_on == 1) {
		e = picture(t);
		if (t->left != UINT64_MAX)
			t->left--;
		go_on = e != EXITS_DONE || t->left == 0 ? 0 : pause_for(t);
	}
	leave(t);
	if (t->sig >= 0)
		(void)close(t->sig); /* Linux frees the number whatever close says */
	return e == EXITS_DONE ? go_on : e;
}

/* A number of an option, from 1 on. */
static int number(const struct cmd *c, enum opt o, uint64_t most, uint64_t *ret)
{
	const char *s = c->args.value[o];

	if (!s)
		return EXITS_DONE;
	if (str_to_u64(s, strlen(s), ret) == 0 && *ret > 0 && *ret <= most)
		return EXITS_DONE;
	say_error("top", "'%s': a number from 1 to %" PRIu64, s, most);
	return EXITS_USAGE;
}

int cmd_top(struct cmd *c)
{
	AUTO_CLIENT struct client *cl = NULL;
	struct top t = { .c = c, .sig = -1, .left = UINT64_MAX };
	uint64_t seconds = INTERVAL_DEFAULT;
	int e = number(c, OPT_INTERVAL, INTERVAL_MAX, &seconds);

	t.live = !cmd_has(c, OPT_JSON) && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	if (!t.live && !c->args.value[OPT_INTERVAL])
		t.left = 1;
	if (e == EXITS_DONE)
		e = number(c, OPT_COUNT, INT64_MAX, &t.left);
	t.interval_ms = seconds * 1000;
	if (e == EXITS_DONE)
		e = ask_open("top", &cl);
	t.cl = cl;
	if (e == EXITS_DONE)
		e = follow(&t);
	json_decref(t.before);
	return e;
}
