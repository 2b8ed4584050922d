/* SPDX-License-Identifier: Apache-2.0 */
/*
 * term.c - a person at a terminal, for tests: runs a command on a terminal of its own and does what
 * the lines of standard input say.
 *
 *   term ROWS COLUMNS CMD...
 *
 *   >TEXT        types TEXT (\n, \r, \e, ^C and ^Z as written) as it is
 *   <TEXT        waits until TEXT was shown, not counting what was shown for an earlier <
 *   size R C     gives the terminal another size
 *   raw, cooked  waits until the terminal is so
 *   kill N       sends the command a signal
 *   stopped      waits until it has stopped
 *   end N        waits for its end, code N (128 + signal), with the settings as they were at first
 *
 * Ends with 0, or says at which line it did not go on, and what was shown.
 */
#include "lib/base/base.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { SHOWN = 65536, STEP_MS = 20, WAIT_MS = 15000 };

static struct {
	int far, near, line;
	pid_t pid;
	struct termios was;
	char shown[SHOWN];
	size_t n, from; /* shown[from..n) was not waited for yet */
} t;

static _Noreturn void fail(const char *what)
{
	printf("term: line %d: %s; shown since:\n", t.line, what);
	for (size_t i = t.from; i < t.n; i++)
		(void)(t.shown[i] == '\033' ? printf("\\e") : putchar(t.shown[i]));
	(void)putchar('\n');
	(void)fflush(stdout);
	(void)kill(t.pid, SIGKILL);
	_exit(1);
}

/* Takes what is there, or waits a little for it. */
static void look(void)
{
	struct pollfd p = { .fd = t.far, .events = POLLIN };
	ssize_t got;

	if (poll(&p, 1, STEP_MS) <= 0 || !(p.revents & POLLIN))
		return;
	got = read(t.far, t.shown + t.n, sizeof(t.shown) - 1 - t.n);
	if (got > 0)
		t.n += (size_t)got;
}

static void until(bool (*holds)(const char *arg), const char *arg, const char *what)
{
	for (int ms = 0; !holds(arg); ms += STEP_MS) {
		if (ms > WAIT_MS)
			fail(what);
		look();
	}
}

static bool was_shown(const char *text)
{
	const char *at = memmem(t.shown + t.from, t.n - t.from, text, strlen(text));

	if (at)
		t.from = (size_t)(at - t.shown) + strlen(text);
	return at;
}

static bool is_raw(const char *arg)
{
	struct termios now;
	bool raw = tcgetattr(t.near, &now) == 0 && !(now.c_lflag & (ICANON | ECHO | ISIG));

	return raw == (arg[0] == 'r');
}

static bool has_stopped(const char *arg)
{
	int status;

	(void)arg;
	return waitpid(t.pid, &status, WNOHANG | WUNTRACED) == t.pid && WIFSTOPPED(status);
}

static void type(const char *text)
{
	char out[1024];
	size_t n = 0;

	for (; *text && n < sizeof(out); text++) {
		if (text[0] == '^' && text[1])
			out[n++] = (char)(*++text & 0x1f);
		else if (text[0] == '\\' && text[1])
			out[n++] = *++text == 'n' ? '\n' : *text == 'r' ? '\r' : '\033';
		else
			out[n++] = *text;
	}
	if (write(t.far, out, n) != (ssize_t)n)
		fail("typing");
}

static void end(int want)
{
	struct termios now;
	int status, got = -1;

	for (int ms = 0; waitpid(t.pid, &status, WNOHANG) != t.pid; ms += STEP_MS) {
		if (ms > WAIT_MS)
			fail("it does not end");
		look();
	}
	got = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	look();
	if (got != want) {
		printf("term: code %d\n", got);
		fail("another code");
	}
	if (tcgetattr(t.near, &now) < 0 || memcmp(&now, &t.was, sizeof(now)) != 0)
		fail("the terminal is not as it was");
}

static void resize(const char *text)
{
	struct winsize size = { 0 };

	if (sscanf(text, "%hu %hu", &size.ws_row, &size.ws_col) != 2 ||
	    ioctl(t.far, TIOCSWINSZ, &size) < 0)
		fail("no size");
}

static void step(char *line)
{
	if (line[0] == '>')
		type(line + 1);
	else if (line[0] == '<')
		until(was_shown, line + 1, "it was not shown");
	else if (strncmp(line, "size ", 5) == 0)
		resize(line + 5);
	else if (strcmp(line, "raw") == 0 || strcmp(line, "cooked") == 0)
		until(is_raw, line, "the terminal is not so");
	else if (strncmp(line, "kill ", 5) == 0)
		(void)kill(t.pid, atoi(line + 5));
	else if (strcmp(line, "stopped") == 0)
		until(has_stopped, "", "it does not stop");
	else if (strncmp(line, "end ", 4) == 0)
		end(atoi(line + 4));
	else
		fail("not a step");
}

static _Noreturn void child(char **argv)
{
	(void)setsid();
	for (int i = 0; i < 3; i++)
		(void)dup2(t.near, i);
	(void)close_range(3, ~0u, 0);
	(void)ioctl(0, TIOCSCTTY, 0);
	(void)execvp(argv[0], argv);
	_exit(127);
}

int main(int argc, char **argv)
{
	char line[1024], size[48];

	t.far = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (argc < 4 || t.far < 0 || unlockpt(t.far) < 0)
		return 2;
	t.near = ioctl(t.far, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	(void)snprintf(size, sizeof(size), "%s %s", argv[1], argv[2]);
	resize(size);
	if (tcgetattr(t.near, &t.was) < 0)
		return 2;
	t.pid = fork();
	if (t.pid == 0)
		child(argv + 3);
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		t.line++;
		step(line);
	}
	return 0;
}
