/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client.c - broken messages to the engine's control socket: that connection ends or gets an error,
 * nothing else changes, no descriptor stays.
 *
 * usage: evil-client SOCKET ENGINE-PID
 * Runs in: the host tests, as root, beside a running supervisor. Prints TAP.
 */
#include "lib/base/fd.h"
#include "lib/base/str.h"
#include "tests/host/evil/fds.h"

#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { WAIT_MS = 3000, UNFINISHED_MS = 15000, BIG = 200000, CROWD = 80 };

#define STATUS "{\"method\":\"io.cloister.Status\",\"parameters\":{}}"

/* What must come back. A connection that is closed at once is right for all but ANSWER and ERROR.
 */
enum want { CLOSED, ERROR, ANSWER, SILENCE };

struct evil {
	const char *why;
	enum want want;
	const char *text; /* sent with its NUL */
	int repeat;	  /* text[0] so many times before the NUL; 0 = as it stands */
};

/* clang-format off */
static const struct evil evils[] = {
	{ "the control: a right call",        ANSWER, STATUS, 0 },
	{ "not JSON",                         CLOSED, "hello", 0 },
	{ "an empty message",                 CLOSED, "", 0 },
	{ "an array instead of an object",    CLOSED, "[1,2]", 0 },
	{ "a number instead of an object",    CLOSED, "17", 0 },
	{ "an object that does not end",      CLOSED, "{\"method\":\"io.cloister.Status\"", 0 },
	{ "two objects in one message",       CLOSED, STATUS STATUS, 0 },
	{ "a key twice",                      CLOSED, "{\"method\":\"io.cloister.Status\",\"method\":\"io.cloister.Shutdown\"}", 0 },
	{ "a key twice in the parameters",    CLOSED, "{\"method\":\"io.cloister.WorkloadStop\",\"parameters\":{\"tenant\":\"a\",\"tenant\":\"b\",\"name\":\"c\"}}", 0 },
	{ "invalid UTF-8",                    CLOSED, "{\"method\":\"io.cloister.\xff\xfe\"}", 0 },
	{ "an overlong UTF-8 form",           CLOSED, "{\"method\":\"io.cloister.\xc0\xaf\"}", 0 },
	{ "nesting without end",              CLOSED, "[", 5000 },
	{ "nesting 17 deep in the parameters", CLOSED, "{\"method\":\"io.cloister.Status\",\"parameters\":{\"a\":[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]}}", 0 },
	{ "more than 64 KiB",                 CLOSED, "x", BIG },
	{ "no method",                        CLOSED, "{\"parameters\":{}}", 0 },
	{ "a method that is a number",        CLOSED, "{\"method\":5}", 0 },
	{ "a method that is unknown",         ERROR,  "{\"method\":\"io.cloister.Nothing\",\"parameters\":{}}", 0 },
	{ "a method of another interface",    ERROR,  "{\"method\":\"org.example.Do\",\"parameters\":{}}", 0 },
	{ "parameters that are a list",       CLOSED,  "{\"method\":\"io.cloister.Status\",\"parameters\":[]}", 0 },
	{ "a parameter of the wrong type",    ERROR,  "{\"method\":\"io.cloister.WorkloadStop\",\"parameters\":{\"tenant\":1,\"name\":[]}}", 0 },
	{ "a parameter that is missing",      ERROR,  "{\"method\":\"io.cloister.WorkloadStop\",\"parameters\":{}}", 0 },
	{ "a huge number",                    CLOSED,  "{\"method\":\"io.cloister.WorkloadLogs\",\"parameters\":{\"tenant\":\"a\",\"name\":\"b\",\"offset\":99999999999999999999999999}}", 0 },
	{ "a negative offset",                ERROR,  "{\"method\":\"io.cloister.WorkloadLogs\",\"parameters\":{\"tenant\":\"a\",\"name\":\"b\",\"offset\":-1}}", 0 },
	{ "a name that climbs",               ERROR,  "{\"method\":\"io.cloister.WorkloadStop\",\"parameters\":{\"tenant\":\"..\",\"name\":\"../../etc\"}}", 0 },
	{ "a name with a NUL in it",          CLOSED,  "{\"method\":\"io.cloister.WorkloadStop\",\"parameters\":{\"tenant\":\"a\\u0000b\",\"name\":\"c\"}}", 0 },
	{ "a signal to no run",               SILENCE, "{\"method\":\"io.cloister.Signal\",\"parameters\":{\"signal\":9},\"oneway\":true}", 0 },
	{ "a run without arguments",          ERROR,  "{\"method\":\"io.cloister.Run\",\"parameters\":{\"tenant\":\"a\",\"args\":[],\"env\":{},\"stdin\":false},\"more\":true}", 0 },
};
/* clang-format on */

static struct {
	const char *path;
	pid_t engine;
	int tests, bad;
} g;

static void tap(bool good, const char *why, const char *what)
{
	g.tests++;
	g.bad += !good;
	printf("%sok %d evil.client %s: %s\n", good ? "" : "not ", g.tests, why, what);
	(void)fflush(stdout);
}

static int dial(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || str_copy(a.sun_path, sizeof(a.sun_path), g.path) < 0 ||
	    connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		fd_close(&fd);
	return fd;
}

/* Sends all of it; a peer that closes meanwhile has answered. */
static void put(int fd, const char *p, size_t n)
{
	struct pollfd pf = { .fd = fd, .events = POLLOUT };
	ssize_t r;

	while (n && poll(&pf, 1, WAIT_MS) == 1) {
		r = send(fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (r < 0 && errno != EAGAIN)
			return;
		if (r > 0) {
			p += r;
			n -= (size_t)r;
		}
	}
}

/* One message or the end: 1 a message in buf, 0 closed, -1 neither in time. */
static int get(int fd, char *buf, size_t n, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t have = 0;
	ssize_t r;

	while (have < n - 1 && poll(&p, 1, ms) == 1) {
		r = recv(fd, buf + have, n - 1 - have, 0);
		if (r <= 0)
			return 0;
		have += (size_t)r;
		buf[have] = 0;
		if (memchr(buf, 0, have))
			return 1;
	}
	return -1;
}

static bool works(void)
{
	AUTO_FD int fd = dial();
	static char buf[1 << 17];

	if (fd < 0)
		return false;
	put(fd, STATUS, sizeof(STATUS));
	return get(fd, buf, sizeof(buf), WAIT_MS) == 1 && strstr(buf, "\"version\"");
}

/* 0 when that engine is no more: another may answer by then. */
static int count_fds(void)
{
	return fds_of(g.engine);
}

static bool settled(int want)
{
	for (int i = 0; i < WAIT_MS / 20; i++) {
		int n = count_fds();

		if (n > 0 && n <= want)
			return true;
		(void)poll(NULL, 0, 20);
	}
	printf("# %d descriptors, %d before\n", count_fds(), want);
	return false;
}

static void send_text(int fd, const struct evil *e)
{
	static char big[BIG + 1];

	if (!e->repeat) {
		put(fd, e->text, strlen(e->text) + 1);
		return;
	}
	memset(big, e->text[0], (size_t)e->repeat);
	big[e->repeat] = 0;
	put(fd, big, (size_t)e->repeat + 1);
}

static const char *const wanted[] = { "the connection ends", "an error comes back",
				      "an answer comes back", "nothing comes back" };

static bool right(enum want want, int r, const char *buf)
{
	bool error = r == 1 && strstr(buf, "\"error\"");

	if (want == SILENCE)
		return r <= 0;
	if (want == CLOSED)
		return r == 0 || error;
	return r == 1 && error == (want == ERROR);
}

static void one(const struct evil *e, int baseline)
{
	static char buf[1 << 17];
	AUTO_FD int fd = dial();
	int r;

	if (fd >= 0)
		send_text(fd, e);
	r = fd < 0 ? -1 : get(fd, buf, sizeof(buf), e->want == SILENCE ? 200 : WAIT_MS);
	tap(right(e->want, r, buf), e->why, wanted[e->want]);
	if (!right(e->want, r, buf))
		printf("# %s\n", r == 1 ? buf : r == 0 ? "closed" : "nothing");
	fd_close(&fd);
	tap(works() && settled(baseline), e->why, "others are served, no descriptor stays");
}

/* The kernel drops descriptors that the receiver gave no room for. */
static void gift(int baseline)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(int))];
	} u = { .h = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	static char text[] = STATUS;
	static char buf[1 << 17];
	struct iovec v = { text, sizeof(text) };
	struct msghdr m = {
		.msg_iov = &v, .msg_iovlen = 1, .msg_control = &u, .msg_controllen = sizeof(u)
	};
	AUTO_FD int gift = open("/dev/null", O_RDONLY | O_CLOEXEC);
	AUTO_FD int fd = dial();

	memcpy(CMSG_DATA(&u.h), &gift, sizeof(gift));
	tap(fd >= 0 && sendmsg(fd, &m, MSG_NOSIGNAL) > 0 && get(fd, buf, sizeof(buf), WAIT_MS) >= 0,
	    "a descriptor with a call", "it is answered or ended");
	/* what it has for a moment is its own: the memory of the figures it asks for by the second
	 */
	tap(settled(baseline + 1), "a descriptor with a call", "the engine does not keep it");
	fd_close(&fd);
	tap(works() && settled(baseline), "a descriptor with a call",
	    "others are served, no descriptor stays");
}

static void unfinished(int baseline)
{
	AUTO_FD int fd = dial();
	char buf[1024];

	put(fd, STATUS, 10);
	tap(works(), "half a message", "others are served meanwhile");
	tap(get(fd, buf, sizeof(buf), UNFINISHED_MS) >= 0, "half a message",
	    "it is ended after a while");
	fd_close(&fd);
	tap(settled(baseline), "half a message", "no descriptor stays");
}

static void crowd(int baseline)
{
	int fd[CROWD];

	for (int i = 0; i < CROWD; i++)
		fd[i] = dial();
	/* Each uid has its share; what is over it is closed, and the engine's table stays its size.
	 */
	tap(count_fds() < baseline + CROWD, "80 connections", "not all of them are kept");
	for (int i = 0; i < CROWD; i++)
		fd_close(&fd[i]);
	tap(works() && settled(baseline), "80 connections",
	    "others are served, no descriptor stays");
}

/* What the engine opens once and keeps, its timer for unfinished messages, is no leak. */
static void warm_up(void)
{
	AUTO_FD int fd = dial();

	put(fd, STATUS, 10);
	(void)poll(NULL, 0, 200);
	fd_close(&fd);
	(void)works();
	(void)poll(NULL, 0, 200);
}

int main(int argc, char **argv)
{
	uint64_t pid = 0;
	int baseline;

	if (argc != 3 || str_to_u64(argv[2], strlen(argv[2]), &pid) < 0) {
		(void)fprintf(stderr, "usage: evil-client SOCKET ENGINE-PID\n");
		return 2;
	}
	g.path = argv[1];
	g.engine = (pid_t)pid;
	warm_up();
	baseline = count_fds();
	for (size_t i = 0; i < ARRAY_LEN(evils); i++)
		one(&evils[i], baseline);
	gift(baseline);
	crowd(baseline);
	unfinished(baseline);
	printf("1..%d\n", g.tests);
	return g.bad != 0;
}
