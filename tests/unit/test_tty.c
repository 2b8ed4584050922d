/* SPDX-License-Identifier: Apache-2.0 */
/* test_tty.c - `-t` as a process on a terminal of the test's, against a supervisor played by it. */
/* links: cli/carry.c cli/tty.c cli/ask.c cli/diag.c cli/copy.c cli/print.c cli/text.c lib/client
 * lib/varlink lib/base */
/* libs: -ljansson */
#include "tests/unit/peer.h"

#include "cli/carry.h"
#include "cli/tty.h"
#include "lib/base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* A terminal of a person's (far: who types and looks), and one of the command's. */
struct play {
	int far, near; /* the person's end; the one that `cloister` has */
	int inner;     /* the command's own terminal                    */
	int listener, peer;
	struct sockaddr_un at;
	struct termios was;
	pid_t pid;
};

static void pair(int *ret_far, int *ret_near)
{
	struct winsize size = { 30, 90, 0, 0 };

	*ret_far = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(*ret_far >= 0);
	assert_int_equal(unlockpt(*ret_far), 0);
	*ret_near = ioctl(*ret_far, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(*ret_near >= 0);
	assert_int_equal(ioctl(*ret_far, TIOCSWINSZ, &size), 0);
}

static void on_terminal(const struct play *p)
{
	(void)setsid();
	for (int i = 0; i < 3; i++)
		(void)dup2(p->near, i);
	(void)ioctl(STDIN_FILENO, TIOCSCTTY, 0);
}

static _Noreturn void child(const struct play *p)
{
	static char name[] = "sh";
	static char *const words[] = { name, NULL };
	static struct cmd c = {
		.args = { .seen = OPT_BIT(OPT_TTY), .tail = words, .tail_count = 1 }
	};
	struct client *cl = NULL;
	struct carry *r = NULL;
	struct fault f;
	json_t *o = json_object();

	on_terminal(p);
	if (client_open(p->at.sun_path, &cl, &f) < 0 || carry_open("run", &c, cl, &r) != 0)
		_exit(99);
	carry_terminal(o);
	if (client_send(cl, "Run", o, CLIENT_MORE, &f) < 0)
		_exit(98);
	exit(carry_run(r));
}

static bool is_raw(const struct play *p)
{
	struct termios now;

	assert_int_equal(tcgetattr(p->near, &now), 0);
	return !(now.c_lflag & (ICANON | ECHO | ISIG));
}

static void until_raw(const struct play *p, bool raw)
{
	for (int i = 0; i < 2000 && is_raw(p) != raw; i++)
		(void)poll(NULL, 0, 5);
	assert_int_equal(is_raw(p), raw);
}

static int begin(void **state)
{
	static const char text[] = "{\"parameters\":{\"started\":true},\"continues\":true}";
	struct play *p = calloc(1, sizeof(*p));
	char dir[] = "/tmp/cloister-tty-XXXXXX";
	int far;

	assert_non_null(p);
	assert_non_null(mkdtemp(dir));
	p->at.sun_family = AF_UNIX;
	(void)snprintf(p->at.sun_path, sizeof(p->at.sun_path), "%s/s", dir);
	p->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(p->listener, (struct sockaddr *)&p->at, sizeof(p->at)), 0);
	assert_int_equal(listen(p->listener, 1), 0);
	pair(&p->far, &p->near);
	assert_int_equal(tcgetattr(p->near, &p->was), 0);
	pair(&far, &p->inner);
	p->pid = fork();
	assert_true(p->pid >= 0);
	if (p->pid == 0)
		child(p);
	p->peer = accept(p->listener, NULL, NULL);
	peer_hear(p->peer, "\"tty\":true,\"rows\":30,\"columns\":90");
	assert_int_equal(fd_send(p->peer, text, sizeof(text), far), sizeof(text));
	fd_close(&far);
	until_raw(p, true);
	*state = p;
	return 0;
}

static int end(void **state)
{
	struct play *p = *state;

	fd_close(&p->far);
	fd_close(&p->near);
	fd_close(&p->inner);
	fd_close(&p->peer);
	fd_close(&p->listener);
	(void)unlink(p->at.sun_path);
	*strrchr(p->at.sun_path, '/') = '\0';
	(void)rmdir(p->at.sun_path);
	free(p);
	return 0;
}

/* Reads until want is there. */
static void wait_for(int fd, const char *want)
{
	char buf[1024];
	size_t n = 0;

	for (buf[0] = '\0'; !strstr(buf, want);) {
		ssize_t r = read(fd, buf + n, sizeof(buf) - 1 - n);

		if (r <= 0)
			fail_msg("got %s, want %s", buf, want);
		n += (size_t)r;
		buf[n] = '\0';
	}
}

/* How it ended, with the terminal as it was and the screen's modes switched off. */
static int finish(struct play *p)
{
	struct termios now;
	int status;

	wait_for(p->far, "\033[?1047l");
	assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
	assert_int_equal(tcgetattr(p->near, &now), 0);
	assert_memory_equal(&now, &p->was, sizeof(now));
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int over(struct play *p, const char *reply)
{
	fd_close(&p->inner);
	assert_int_equal(send(p->peer, reply, strlen(reply) + 1, MSG_NOSIGNAL), strlen(reply) + 1);
	return finish(p);
}

static void bytes(void **state)
{
	struct play *p = *state;
	struct termios raw;
	char c = 0;

	assert_int_equal(tcgetattr(p->inner, &raw), 0);
	cfmakeraw(&raw);
	assert_int_equal(tcsetattr(p->inner, TCSANOW, &raw), 0);
	assert_int_equal(write(p->far, "\003", 1), 1); /* a byte, not a signal */
	assert_int_equal(read(p->inner, &c, 1), 1);
	assert_int_equal(c, 3);
	assert_int_equal(write(p->inner, "\033[2Jred", 7), 7); /* as it is (I27) */
	wait_for(p->far, "\033[2Jred");
	assert_int_equal(over(p, "{\"parameters\":{\"code\":7}}"), 7);
}

static void killed_command(void **state)
{
	assert_int_equal(over(*state, "{\"parameters\":{\"signal\":9}}"), 128 + 9);
}

static void supervisor_gone(void **state)
{
	struct play *p = *state;

	fd_close(&p->peer);
	assert_int_equal(finish(p), 125);
}

/* A terminal that goes away is no request to the command: the connection ends. */
static void ends_by(struct play *p, int signal)
{
	char c;

	assert_int_equal(kill(p->pid, signal), 0);
	assert_int_equal(finish(p), 128 + signal);
	assert_int_equal(read(p->peer, &c, 1), 0);
}

static void terminated(void **state)
{
	ends_by(*state, SIGTERM);
}

static void hung_up(void **state)
{
	ends_by(*state, SIGHUP);
}

static void passed_on(void **state)
{
	struct play *p = *state;

	assert_int_equal(kill(p->pid, SIGINT), 0);
	peer_hear(p->peer, "\"signal\":2");
	assert_int_equal(over(p, "{\"parameters\":{\"code\":0}}"), 0);
}

/* A fault of its own: the terminal first, then the signal. */
static void crashed(void **state)
{
	struct play *p = *state;

	assert_int_equal(kill(p->pid, SIGSEGV), 0);
	assert_int_not_equal(finish(p), 0);
}

static void resized(void **state)
{
	struct winsize size = { 11, 22, 0, 0 }, got = { 0 };
	struct play *p = *state;

	assert_int_equal(ioctl(p->far, TIOCSWINSZ, &size), 0);
	for (int i = 0; i < 2000 && got.ws_row != 11; i++) {
		(void)poll(NULL, 0, 5);
		assert_int_equal(ioctl(p->inner, TIOCGWINSZ, &got), 0);
	}
	assert_int_equal(got.ws_row, 11);
	assert_int_equal(got.ws_col, 22);
	assert_int_equal(over(p, "{\"parameters\":{\"code\":0}}"), 0);
}

/* Stopped from outside, the shell has its terminal back; continued, the command has. */
static void stopped(void **state)
{
	struct play *p = *state;
	int status;

	assert_int_equal(kill(p->pid, SIGTSTP), 0);
	assert_int_equal(waitpid(p->pid, &status, WUNTRACED), p->pid);
	assert_true(WIFSTOPPED(status));
	assert_false(is_raw(p));
	wait_for(p->far, "\033[?1047l");
	assert_int_equal(kill(p->pid, SIGCONT), 0);
	until_raw(p, true);
	assert_int_equal(over(p, "{\"parameters\":{\"code\":0}}"), 0);
}

static void no_terminal(void **state)
{
	static struct cmd c = { .args = { .seen = OPT_BIT(OPT_TTY), .tail_count = 1 } };
	int p[2], saved = dup(STDIN_FILENO);

	(void)state;
	assert_int_equal(pipe(p), 0);
	assert_true(dup2(p[0], STDIN_FILENO) == STDIN_FILENO);
	assert_int_equal(carry_check("run", &c), EXITS_RUN_FAILED);
	c.args.seen = 0;
	assert_int_equal(carry_check("run", &c), EXITS_DONE);
	(void)dup2(saved, STDIN_FILENO);
	close(saved);
	close(p[0]);
	close(p[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(bytes, begin, end),
		cmocka_unit_test_setup_teardown(killed_command, begin, end),
		cmocka_unit_test_setup_teardown(supervisor_gone, begin, end),
		cmocka_unit_test_setup_teardown(terminated, begin, end),
		cmocka_unit_test_setup_teardown(hung_up, begin, end),
		cmocka_unit_test_setup_teardown(passed_on, begin, end),
		cmocka_unit_test_setup_teardown(crashed, begin, end),
		cmocka_unit_test_setup_teardown(resized, begin, end),
		cmocka_unit_test_setup_teardown(stopped, begin, end),
		cmocka_unit_test(no_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
