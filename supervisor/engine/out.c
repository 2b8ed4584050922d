/* SPDX-License-Identifier: Apache-2.0 */
/*
 * out.c - the queue of replies of one connection. Runs in: cloister-engine.
 */
#include "supervisor/engine/out.h"
#include "lib/base/fd.h"

#include <string.h>
#include <sys/socket.h>

static void message_free(struct out_message *m)
{
	for (size_t i = 0; i < m->nfds; i++)
		fd_close(&m->fd[i]);
	free(m->text);
	free(m);
}

/* Sends what is left of m. Returns 1 all of it, 0 the socket is full, -errno. */
static int send_message(struct out_message *m, int sock)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int) * OUT_FDS)];
	} c = { 0 };

	while (m->done < m->len) {
		struct iovec io = { .iov_base = m->text + m->done, .iov_len = m->len - m->done };
		struct msghdr h = { .msg_iov = &io, .msg_iovlen = 1 };
		ssize_t n;

		if (m->nfds) {
			h.msg_control = c.buf;
			h.msg_controllen = CMSG_SPACE(sizeof(int) * m->nfds);
			c.align = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int) * m->nfds),
						    .cmsg_level = SOL_SOCKET,
						    .cmsg_type = SCM_RIGHTS };
			memcpy(CMSG_DATA(&c.align), m->fd, sizeof(int) * m->nfds);
		}
		n = RETRY_EINTR(sendmsg(sock, &h, MSG_NOSIGNAL | MSG_DONTWAIT));
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		m->done += (size_t)n;
		for (; m->nfds; m->nfds--)
			fd_close(&m->fd[m->nfds - 1]);
	}
	return 1;
}

int out_flush(struct out *o)
{
	while (o->head) {
		struct out_message *m = o->head;
		int rc = send_message(m, o->sock);

		if (rc <= 0)
			return rc;
		o->head = m->next;
		if (!o->head)
			o->tail = NULL;
		o->bytes -= m->len;
		message_free(m);
	}
	return 0;
}

int out_put(struct out *o, char *text, size_t len, int *fds, size_t nfds)
{
	struct out_message *m = nfds <= OUT_FDS ? calloc(1, sizeof(*m)) : NULL;

	if (!m) {
		free(text);
		return -ENOMEM;
	}
	m->text = text;
	m->len = len;
	m->nfds = nfds;
	for (size_t i = 0; i < nfds; i++)
		m->fd[i] = fd_take(&fds[i]);
	if (o->tail)
		o->tail->next = m;
	else
		o->head = m;
	o->tail = m;
	o->bytes += len;
	return out_flush(o);
}

void out_fini(struct out *o)
{
	while (o->head) {
		struct out_message *m = o->head;

		o->head = m->next;
		message_free(m);
	}
	*o = (struct out){ .sock = -1 };
}
