/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tty.c - raw mode and the way back. Runs in: cloister.
 * Must not: leave by any path but SIGKILL and SIGSTOP with the terminal changed.
 */
#include "cli/tty.h"

#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* For the handler as well: what it reads is written before it is installed. */
static struct {
	struct termios was;
	volatile sig_atomic_t raw;
} term;

/*
 * What full-screen programs switch on and one that was killed leaves on: mouse reports, bracketed
 * paste, focus reports, application keys, another character set, colours, a hidden cursor, the
 * alternate screen. 1047 and not 1049, which would also move the cursor where nothing was saved.
 */
static const char reset[] = "\033[?1000l\033[?1002l\033[?1003l\033[?1006l\033[?1004l\033[?2004l"
			    "\033[?1047l\033[?1l\033>\033(B\033[0m\033[?25h";

void tty_restore(void)
{
	if (!term.raw)
		return;
	term.raw = 0;
	DROP(write(STDOUT_FILENO, reset, sizeof(reset) - 1)); /* a screen that is gone needs none */
	(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &term.was);
}

/* SA_RESETHAND: the same signal once more kills. Only calls that a handler may make. */
static void on_fault(int signal)
{
	tty_restore();
	(void)raise(signal);
}

int tty_raw(struct fault *f)
{
	static const int fatal[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGALRM, SIGXCPU };
	struct sigaction a = { .sa_handler = on_fault, .sa_flags = (int)SA_RESETHAND };
	struct termios raw;

	if (!term.raw && tcgetattr(STDIN_FILENO, &term.was) < 0)
		return fault_sys(f, "tty.raw", "reading the terminal's settings");
	raw = term.was;
	cfmakeraw(&raw);
	term.raw = 1;
	for (size_t i = 0; i < ARRAY_LEN(fatal); i++)
		(void)sigaction(fatal[i], &a, NULL); /* without it such a signal leaves it raw */
	if (tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) < 0)
		return fault_sys(f, "tty.raw", "setting the terminal to raw mode");
	return 0;
}

void tty_size(struct winsize *ret)
{
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, ret) < 0)
		memset(ret, 0, sizeof(*ret));
}

void tty_resize(int far)
{
	struct winsize size;

	tty_size(&size);
	if (far >= 0 && size.ws_row)
		(void)ioctl(far, TIOCSWINSZ, &size); /* the command may have closed it */
}
