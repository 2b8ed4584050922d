/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request.c - speaks Run on the control socket itself, so that no client is in the time.
 * Runs in: bench/start. Knows just enough of the wire: one call, NUL-ended replies, descriptors.
 */
#include "bench/bench.h"
#include "lib/base/fd.h"
#include "lib/base/str.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

enum { REPLY_CAP = 65536, FDS = 3 };

static const char call[] =
	"{\"method\":\"io.cloister.Run\",\"more\":true,\"parameters\":{\"tenant\":\"default\","
	"\"root\":\"bench\",\"args\":[\"/usr/bin/first\"],\"env\":{},\"stdin\":false}}";

static int dial(const char *path, struct fault *f)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	static const struct timeval patience = { .tv_sec = START_MS / 1000 };
	AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || str_copy(a.sun_path, sizeof(a.sun_path), path) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
	    connect(fd, (const struct sockaddr *)&a, sizeof(a)) < 0)
		return fault_sys(f, "bench.dial", "%s", path);
	return fd_take(&fd);
}

/* Keeps the descriptors of one message in fd[], which holds *n. */
static void keep_fds(struct msghdr *m, int *fd, size_t *n)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		size_t have = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < have; i++) {
			int got;

			memcpy(&got, CMSG_DATA(c) + i * sizeof(int), sizeof(got));
			if (*n < FDS)
				fd[(*n)++] = got;
			else
				fd_close(&got);
		}
	}
}

struct replies {
	char buf[REPLY_CAP];
	size_t n; /* bytes of it: one reply or more, each with its NUL */
	int fd[FDS];
	size_t nfds;
};

/* Reads at least one whole reply. Returns 0 or a fault; an error reply is one. */
static int get_reply(int sock, struct replies *r, struct fault *f)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int) * FDS)];
	} c;
	r->n = 0;
	while (r->n == 0 || r->buf[r->n - 1] != '\0') {
		struct iovec io = { .iov_base = r->buf + r->n, .iov_len = REPLY_CAP - r->n };
		struct msghdr m = { .msg_iov = &io,
				    .msg_iovlen = 1,
				    .msg_control = c.room,
				    .msg_controllen = sizeof(c.room) };
		ssize_t got = RETRY_EINTR(recvmsg(sock, &m, MSG_CMSG_CLOEXEC));

		if (got < 0)
			return fault_sys(f, "bench.reply", "receiving");
		keep_fds(&m, r->fd, &r->nfds);
		if (got == 0 || r->n + (size_t)got == REPLY_CAP)
			return fault_set(f, -EPIPE, "bench.reply", "the engine closed");
		r->n += (size_t)got;
	}
	if (strstr(r->buf, "\"error\""))
		return fault_set(f, -EIO, "bench.reply", "%s", r->buf);
	return 0;
}

/* What comes after the request: descriptors, the time from the pipe, the last reply. */
static int follow(int sock, uint64_t *ret_at, struct replies *r, struct fault *f)
{
	int rc = get_reply(sock, r, f);

	if (rc < 0)
		return rc;
	if (r->nfds < 1 || RETRY_EINTR(read(r->fd[0], ret_at, sizeof(*ret_at))) != sizeof(*ret_at))
		return fault_set(f, -EIO, "bench.first", "no time on the workload's stdout");
	if (strlen(r->buf) + 1 < r->n) /* a very fast end: both replies in one read */
		return 0;
	return get_reply(sock, r, f);
}

int request_run(const struct places *p, struct sample *s, struct fault *f)
{
	AUTO_FD int sock = dial(p->sock, f);
	static struct replies r;
	uint64_t start, at = 0;
	int rc;

	if (sock < 0)
		return sock;
	start = mono_ns();
	if (send(sock, call, sizeof(call), MSG_NOSIGNAL) != sizeof(call)) /* its NUL too */
		return fault_sys(f, "bench.send", "Run");
	rc = follow(sock, &at, &r, f);
	*s = (struct sample){ .first = at - start, .whole = mono_ns() - start };
	for (; r.nfds; r.nfds--)
		fd_close(&r.fd[r.nfds - 1]);
	return rc;
}
