/* SPDX-License-Identifier: Apache-2.0 */
/* test_cmd_run.c - `cloister run` as a process, against a supervisor played by the test. */
/* links: cli/cmd_run.c cli/carry.c cli/tty.c cli/ask.c cli/diag.c cli/copy.c cli/place.c
 * cli/print.c cli/source.c cli/text.c lib/client lib/varlink lib/base */
/* libs: -ljansson */
#include "tests/unit/peer.h"

#include "cli/cmds.h"
#include "lib/base/fd.h"
#include "lib/base/str.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { IN, OUT, ERR, STREAMS };

struct play {
	char dir[64], path[96];
	int listener, peer;
	pid_t pid;
	int mine[STREAMS];  /* the test's ends of the command's own stdio        */
	int inner[STREAMS]; /* what the command gets inside: the far ends of the pipes it is sent */
};

static void child(struct play *p, const int *theirs)
{
	static char name[] = "prog", arg[] = "--arg";
	static char *const tail[] = { name, arg, NULL };
	static struct cmd c = { .args = { .tail = tail, .tail_count = 2 } };

	for (int i = 0; i < STREAMS; i++)
		(void)dup2(theirs[i], i);
	(void)close_range(STREAMS, ~0u, 0);
	(void)setenv("CLOISTER_SOCKET", p->path, 1);
	_exit(cmd_run(&c));
}

static int begin(void **state)
{
	struct play *p = calloc(1, sizeof(*p));
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int theirs[STREAMS], pair[2];

	assert_non_null(p);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)str_copy(p->dir, sizeof(p->dir), "/tmp/cloister-run-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	(void)snprintf(p->path, sizeof(p->path), "%s/s", p->dir);
	(void)str_copy(a.sun_path, sizeof(a.sun_path), p->path);
	p->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(p->listener, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(p->listener, 1), 0);
	for (int i = 0; i < STREAMS; i++) {
		assert_int_equal(pipe(pair), 0);
		theirs[i] = pair[i == IN ? 0 : 1];
		p->mine[i] = pair[i == IN ? 1 : 0];
		p->inner[i] = -1;
	}
	p->pid = fork();
	assert_true(p->pid >= 0);
	if (p->pid == 0)
		child(p, theirs);
	for (int i = 0; i < STREAMS; i++)
		close(theirs[i]);
	p->peer = accept(p->listener, NULL, NULL);
	assert_true(p->peer >= 0);
	*state = p;
	return 0;
}

static int end(void **state)
{
	struct play *p = *state;

	for (int i = 0; i < STREAMS; i++) {
		fd_close(&p->mine[i]);
		fd_close(&p->inner[i]);
	}
	fd_close(&p->peer);
	fd_close(&p->listener);
	(void)unlink(p->path);
	(void)rmdir(p->dir);
	free(p);
	return 0;
}

static void say(struct play *p, const char *text)
{
	assert_int_equal(send(p->peer, text, strlen(text) + 1, MSG_NOSIGNAL), strlen(text) + 1);
}

/* The first reply, with the pipes. */
static void start(struct play *p)
{
	static const char text[] =
		"{\"parameters\":{\"started\":true,\"pid\":7},\"continues\":true}";
	char control[CMSG_SPACE(STREAMS * sizeof(int))] __attribute__((aligned(8))) = { 0 };
	struct iovec io = { .iov_base = (void *)(uintptr_t)text, .iov_len = sizeof(text) };
	struct msghdr m = { .msg_iov = &io,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);
	int sent[STREAMS], pair[2];

	for (int i = 0; i < STREAMS; i++) {
		assert_int_equal(pipe(pair), 0);
		sent[i] = pair[i == IN ? 1 : 0];
		p->inner[i] = pair[i == IN ? 0 : 1];
	}
	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof(sent));
	memcpy(CMSG_DATA(h), sent, sizeof(sent));
	peer_hear(p->peer, "\"io.cloister.Run\"");
	assert_int_equal(sendmsg(p->peer, &m, MSG_NOSIGNAL), sizeof(text));
	for (int i = 0; i < STREAMS; i++)
		close(sent[i]);
}

static int finish(struct play *p)
{
	int status;

	assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* The program inside is gone: its ends close, then the supervisor says how it ended. */
static int over(struct play *p, const char *reply)
{
	for (int i = 0; i < STREAMS; i++)
		fd_close(&p->inner[i]);
	say(p, reply);
	return finish(p);
}

static void wait_for(int fd, const char *want)
{
	char buf[256];
	size_t n = 0;

	while (n < strlen(want)) {
		ssize_t r = read(fd, buf + n, sizeof(buf) - 1 - n);

		assert_true(r > 0);
		n += (size_t)r;
	}
	buf[n] = '\0';
	assert_string_equal(buf, want);
}

static void copies(void **state)
{
	struct play *p = *state;
	char c;

	start(p);
	assert_int_equal(write(p->mine[IN], "to it", 5), 5);
	wait_for(p->inner[IN], "to it");
	fd_close(&p->mine[IN]);
	assert_int_equal(read(p->inner[IN], &c, 1), 0); /* the end of the input arrives */
	assert_int_equal(write(p->inner[OUT], "out\033", 4), 4);
	assert_int_equal(write(p->inner[ERR], "err", 3), 3);
	wait_for(p->mine[OUT], "out\033"); /* a pipe gets the bytes as they are */
	wait_for(p->mine[ERR], "err");
	assert_int_equal(over(p, "{\"parameters\":{\"code\":7,\"reason\":\"exit\"}}"), 7);
}

/* What stands in the pipes when the command has ended is still copied. */
static void last_words(void **state)
{
	struct play *p = *state;

	start(p);
	assert_int_equal(write(p->inner[OUT], "bye", 3), 3);
	assert_int_equal(over(p, "{\"parameters\":{\"code\":0}}"), 0);
	wait_for(p->mine[OUT], "bye");
}

/* A pipe end that lives on after the command does not hold the caller. */
static void held_pipe(void **state)
{
	struct play *p = *state;

	start(p);
	say(p, "{\"parameters\":{\"signal\":9}}");
	assert_int_equal(finish(p), 128 + 9);
}

static void codes(void **state)
{
	static const struct {
		const char *reply;
		int want;
		const char *says;
	} cases[] = {
		{ "{\"error\":\"io.cloister.Exec\",\"parameters\":{\"message\":\"no such "
		  "file\",\"code\":127}}",
		  127, "cloister: run: prog: no such file\n" },
		{ "{\"error\":\"io.cloister.Exec\",\"parameters\":{\"message\":\"permission\","
		  "\"code\":126}}",
		  126, "cloister: run: prog: permission\n" },
		{ "{\"error\":\"io.cloister.Refused\",\"parameters\":{\"message\":\"no\",\"site\":"
		  "\"a.b\",\"help\":\"do\"}}",
		  125, "cloister: run: no [a.b]; do\n" },
		{ "{\"error\":\"io.cloister.NotFound\",\"parameters\":{\"message\":\"none\"}}", 125,
		  "cloister: run: none\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		void *play;
		struct play *p;

		(void)begin(&play);
		p = play;
		peer_hear(p->peer, "\"args\":[\"prog\",\"--arg\"]");
		say(p, cases[i].reply);
		unit_eq(finish(p), cases[i].want, cases[i].reply);
		wait_for(p->mine[ERR], cases[i].says);
		(void)end(&play);
	}
}

static void supervisor_gone(void **state)
{
	struct play *p = *state;

	start(p);
	fd_close(&p->peer);
	assert_int_equal(finish(p), 125);
}

static void signals(void **state)
{
	struct play *p = *state;

	start(p);
	assert_int_equal(kill(p->pid, SIGTERM), 0);
	peer_hear(p->peer, "{\"method\":\"io.cloister.Signal\",\"parameters\":{\"signal\":15},"
			   "\"oneway\":true}");
	assert_int_equal(kill(p->pid, SIGINT), 0);
	peer_hear(p->peer, "\"signal\":2");
	assert_int_equal(over(p, "{\"parameters\":{\"signal\":2}}"), 128 + 2);
}

/* The second Ctrl-C closes the connection, which kills the run. */
static void twice(void **state)
{
	struct play *p = *state;
	char c;

	start(p);
	assert_int_equal(kill(p->pid, SIGINT), 0);
	peer_hear(p->peer, "\"signal\":2");
	assert_int_equal(kill(p->pid, SIGINT), 0);
	assert_int_equal(finish(p), 128 + 2);
	assert_int_equal(read(p->peer, &c, 1), 0);
}

/* A reader that has stopped while the last bytes wait: the caller can still leave. */
static void stuck_reader(void **state)
{
	static const char full[65536];
	struct play *p = *state;

	start(p);
	assert_int_equal(write(p->inner[OUT], full, sizeof(full)), sizeof(full));
	assert_int_equal(write(p->inner[OUT], full, sizeof(full)), sizeof(full));
	say(p, "{\"parameters\":{\"code\":3}}");
	/* the supervisor's end is closed once the last reply was read */
	fd_close(&p->inner[OUT]);
	fd_close(&p->inner[ERR]);
	assert_int_equal(kill(p->pid, SIGSTOP), 0);
	assert_int_equal(waitpid(p->pid, NULL, WUNTRACED), p->pid);
	assert_int_equal(kill(p->pid, SIGINT), 0);
	assert_int_equal(kill(p->pid, SIGCONT), 0);
	assert_int_equal(finish(p), 3);
}

/* The start and the end in one piece. */
static void at_once(void **state)
{
	static const char two[] =
		"{\"parameters\":{},\"continues\":true}\0{\"parameters\":{\"code\":5}}";
	struct play *p = *state;

	peer_hear(p->peer, "\"io.cloister.Run\"");
	assert_int_equal(send(p->peer, two, sizeof(two), MSG_NOSIGNAL), sizeof(two));
	assert_int_equal(finish(p), 5);
}

/* A start that hangs can be left. */
static void before_start(void **state)
{
	struct play *p = *state;

	peer_hear(p->peer, "\"io.cloister.Run\"");
	assert_int_equal(kill(p->pid, SIGINT), 0);
	assert_int_equal(finish(p), 128 + 2);
}

/* `cloister run -- yes | head -1`: the reader goes away, the writer inside learns it. */
static void reader_gone(void **state)
{
	struct play *p = *state;
	struct pollfd inner;

	start(p);
	fd_close(&p->mine[OUT]);
	assert_int_equal(write(p->inner[OUT], "x", 1), 1);
	inner = (struct pollfd){ .fd = p->inner[OUT] };
	assert_int_equal(poll(&inner, 1, 5000), 1);
	assert_true(inner.revents & POLLERR);
	assert_int_equal(over(p, "{\"parameters\":{\"signal\":13}}"), 128 + 13);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(copies, begin, end),
		cmocka_unit_test_setup_teardown(last_words, begin, end),
		cmocka_unit_test_setup_teardown(held_pipe, begin, end),
		cmocka_unit_test(codes),
		cmocka_unit_test_setup_teardown(supervisor_gone, begin, end),
		cmocka_unit_test_setup_teardown(signals, begin, end),
		cmocka_unit_test_setup_teardown(twice, begin, end),
		cmocka_unit_test_setup_teardown(stuck_reader, begin, end),
		cmocka_unit_test_setup_teardown(at_once, begin, end),
		cmocka_unit_test_setup_teardown(before_start, begin, end),
		cmocka_unit_test_setup_teardown(reader_gone, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
