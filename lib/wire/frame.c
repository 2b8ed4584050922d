/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frame.c - exact-size SEQPACKET datagrams. Runs in: every program of the supervisor. No
 * allocation.
 */
#include "lib/wire/frame.h"
#include "lib/base/fd.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

enum { ANSWER_WAIT_S = 2 };

union control {
	struct cmsghdr align;
	char buf[CMSG_SPACE(sizeof(int) * FRAME_FDS_MAX)];
};

void reply_init(struct reply *r)
{
	memset(r, 0, sizeof(*r));
	for (size_t i = 0; i < FRAME_FDS_MAX; i++)
		r->fd[i] = -1;
}

void reply_fini(struct reply *r)
{
	for (size_t i = 0; i < FRAME_FDS_MAX; i++)
		fd_close(&r->fd[i]);
	r->nfds = 0;
}

void frame_close(struct frame *fr)
{
	for (size_t i = 0; i < FRAME_FDS_MAX; i++)
		fd_close(&fr->fd[i]);
}

/* Moves what arrived into fr->fd; more than fit are closed and counted. Returns the count. */
static size_t take_fds(struct msghdr *m, struct frame *fr)
{
	size_t n = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		size_t have;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		have = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < have; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (n < FRAME_FDS_MAX)
				fr->fd[n] = fd;
			else
				fd_close(&fd);
			n++;
		}
	}
	return n;
}

/* syscalls engine netd volumed: recvmsg */
int frame_recv(int sock, struct frame *fr, struct fault *f)
{
	union control c;
	struct iovec io[2] = {
		{ .iov_base = &fr->head, .iov_len = sizeof(fr->head) },
		{ .iov_base = fr->body, .iov_len = sizeof(fr->body) },
	};
	struct msghdr m = { .msg_iov = io,
			    .msg_iovlen = 2,
			    .msg_control = c.buf,
			    .msg_controllen = sizeof(c.buf) };
	ssize_t n;
	size_t nfds;

	for (size_t i = 0; i < FRAME_FDS_MAX; i++)
		fr->fd[i] = -1;
	n = RETRY_EINTR(recvmsg(sock, &m, MSG_CMSG_CLOEXEC));
	if (n < 0 && errno == EAGAIN)
		return -EAGAIN;
	if (n < 0 && errno == ECONNRESET)
		return 0;
	if (n < 0)
		return fault_sys(f, "frame.recv", "receiving");
	nfds = take_fds(&m, fr);
	if (n == 0 && nfds == 0)
		return 0;
	if ((size_t)n < sizeof(fr->head) || (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) ||
	    fr->head.size != (size_t)n - sizeof(fr->head) || fr->head.nfds != nfds ||
	    fr->head.build != CLOISTER_BUILD) {
		frame_close(fr);
		return fault_set(f, -EBADMSG, "frame.shape", "a frame of the wrong shape or build");
	}
	return 1;
}

/* syscalls engine netd volumed: sendmsg */
int frame_send(int sock, const struct frame_out *o)
{
	struct frame_head head = { .build = CLOISTER_BUILD,
				   .op = o->op,
				   .nfds = (uint16_t)o->nfds,
				   .size = (uint32_t)o->size,
				   .seq = o->seq };
	union control c = { 0 };
	struct iovec io[2] = {
		{ .iov_base = &head, .iov_len = sizeof(head) },
		{ .iov_base = (void *)(uintptr_t)o->body, .iov_len = o->size }, /* only read */
	};
	struct msghdr m = { .msg_iov = io, .msg_iovlen = 2 };

	if (o->size > FRAME_BODY_MAX || o->nfds > FRAME_FDS_MAX)
		return -EMSGSIZE;
	if (o->nfds) {
		m.msg_control = c.buf;
		m.msg_controllen = CMSG_SPACE(sizeof(int) * o->nfds);
		c.align = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int) * o->nfds),
					    .cmsg_level = SOL_SOCKET,
					    .cmsg_type = SCM_RIGHTS };
		memcpy(CMSG_DATA(&c.align), o->fd, sizeof(int) * o->nfds);
	}
	if (RETRY_EINTR(sendmsg(sock, &m, MSG_NOSIGNAL)) < 0)
		return -errno;
	return 0;
}

int reply_send(int sock, uint16_t op, uint32_t seq, struct reply *r)
{
	struct frame_out o = { .op = (uint16_t)(op | FRAME_REPLY),
			       .seq = seq,
			       .body = r,
			       .size = REPLY_WIRE,
			       .fd = r->fd,
			       .nfds = r->nfds };
	int rc = frame_send(sock, &o);

	reply_fini(r);
	return rc;
}

int reply_take(struct frame *fr, struct reply *r)
{
	reply_init(r);
	if (!(fr->head.op & FRAME_REPLY) || fr->head.size != REPLY_WIRE) {
		frame_close(fr);
		return -EBADMSG;
	}
	memcpy(r, fr->body, REPLY_WIRE);
	fault_sanitise(&r->fault);
	for (size_t i = 0; i < FRAME_FDS_MAX; i++)
		r->fd[i] = fd_take(&fr->fd[i]);
	r->nfds = fr->head.nfds;
	return 0;
}

int frame_call(int sock, const struct frame_out *o, struct reply *r, struct fault *f)
{
	struct frame fr;
	int rc = frame_send(sock, o);

	reply_init(r);
	if (rc < 0)
		return fault_set(f, rc, "frame.call", "asking for op %u", o->op);
	rc = frame_recv(sock, &fr, f);
	if (rc == 0)
		return fault_set(f, -EPIPE, "frame.call", "the peer closed during op %u", o->op);
	if (rc < 0)
		return rc;
	if (fr.head.op != (o->op | FRAME_REPLY) || reply_take(&fr, r) < 0) {
		frame_close(&fr);
		return fault_set(f, -EBADMSG, "frame.call", "not the answer to op %u", o->op);
	}
	if (r->code < 0)
		*f = r->fault;
	return r->code;
}

/* syscalls netd volumed: getsockopt setsockopt */
int frame_edge(int *edge, int *fd, enum frame_end end, const char *site, struct fault *f)
{
	const struct timeval wait = { .tv_sec = ANSWER_WAIT_S };
	int type = 0;
	socklen_t len = sizeof(type);

	if (getsockopt(*fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0 || type != SOCK_SEQPACKET)
		return fault_set(f, -ENOTSOCK, site, "not an edge");
	if (end == FRAME_ANSWERS && fcntl(*fd, F_SETFL, O_NONBLOCK) < 0)
		return fault_sys(f, site, "setting up an edge");
	if (end == FRAME_ASKS &&
	    (setsockopt(*fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0 ||
	     setsockopt(*fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) < 0))
		return fault_sys(f, site, "setting up an edge");
	fd_close(edge);
	*edge = fd_take(fd);
	return 0;
}

int frame_ask(int *edge, const struct frame_out *o, struct reply *r, struct fault *f)
{
	int rc = frame_call(*edge, o, r, f);

	if (rc >= 0 || r->code < 0)
		return rc;
	if (rc == -EAGAIN)
		(void)fault_set(f, rc, "frame.ask", "no answer to op %u in time", o->op);
	if (rc == -EAGAIN || rc == -EPIPE || rc == -EBADMSG || rc == -ECONNRESET)
		fd_close(edge);
	return rc;
}
