/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client.c - one conversation with the supervisor. Runs in: cloister and other programs of people.
 * Must not: print, or trust a reply's shape.
 */
#include "lib/client/client.h"
#include "lib/base/fd.h"
#include "lib/base/str.h"
#include "lib/client/exits.h"
#include "lib/varlink/varlink.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { METHOD_MAX = 64 };

struct client {
	int sock;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	int fd[CLIENT_FDS_MAX]; /* came with bytes whose message is not whole yet */
	size_t fds;
	struct varlink_in in;
};

void client_reply_init(struct client_reply *r)
{
	*r = (struct client_reply){ 0 };
	for (size_t i = 0; i < CLIENT_FDS_MAX; i++)
		r->fd[i] = -1;
}

void client_reply_fini(struct client_reply *r)
{
	for (size_t i = 0; i < CLIENT_FDS_MAX; i++)
		fd_close(&r->fd[i]);
	json_decref(r->msg);
	client_reply_init(r);
}

static int dial(const char *path, int *ret, struct fault *f)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	AUTO_FD int sock = -1;

	if (str_copy(a.sun_path, sizeof(a.sun_path), path) < 0)
		return fault_set(
			f, -ENAMETOOLONG, "client.path",
			"%.60s... is too long for a socket's name (%zu bytes); use a shorter one",
			path, sizeof(a.sun_path) - 1);
	sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return fault_sys(f, "client.socket", "a socket");
	if (RETRY_EINTR(connect(sock, (struct sockaddr *)&a, sizeof(a))) < 0)
		return fault_sys(f, "client.connect", "%s", path);
	*ret = fd_take(&sock);
	return 0;
}

/* jansson's hash tables want a seed that a tenant cannot guess, and would read /dev/urandom for it;
 * the kernel gave every process 16 random bytes at exec. */
static void seed(void)
{
	size_t v = 0;
	const void *random = (const void *)(uintptr_t)getauxval(AT_RANDOM);

	if (random)
		memcpy(&v, random, sizeof(v));
	json_object_seed(v);
}

static bool nobody(int r)
{
	return r == -ENOENT || r == -ECONNREFUSED;
}

int client_open(const char *path, struct client **ret, struct fault *f)
{
	AUTO_FD int sock = -1;
	struct client *c;
	int r;

	if (!path)
		path = getenv("CLOISTER_SOCKET");
	if (path && path[0]) {
		r = dial(path, &sock, f);
	} else {
		path = CLIENT_SOCKET;
		r = dial(path, &sock, f);
		/* the error names the usual place when both are empty */
		if (nobody(r) && dial(CLIENT_SOCKET_OWN, &sock, &(struct fault){ 0 }) == 0) {
			path = CLIENT_SOCKET_OWN;
			r = 0;
		}
	}
	if (r < 0)
		return r;
	seed();
	c = malloc(sizeof(*c));
	if (!c)
		return fault_set(f, -ENOMEM, "client.open", "out of memory");
	memset(c, 0, offsetof(struct client, in.buf));	/* the buffer stays untouched until used */
	(void)str_copy(c->path, sizeof(c->path), path); /* dial() has seen that it fits */
	c->sock = fd_take(&sock);
	*ret = c;
	return 0;
}

void client_close(struct client **pc)
{
	struct client *c = TAKE_PTR(*pc);

	if (!c)
		return;
	for (size_t i = 0; i < c->fds; i++)
		fd_close(&c->fd[i]);
	fd_close(&c->sock);
	free(c);
}

int client_fd(const struct client *c)
{
	return c->sock;
}

const char *client_path(const struct client *c)
{
	return c->path;
}

int client_peer(const struct client *c)
{
	struct ucred u = { 0 };
	socklen_t n = sizeof(u);

	return getsockopt(c->sock, SOL_SOCKET, SO_PEERCRED, &u, &n) == 0 ? u.pid : 0;
}

static int send_all(struct client *c, const char *p, size_t n, struct fault *f)
{
	while (n) {
		ssize_t w = RETRY_EINTR(send(c->sock, p, n, MSG_NOSIGNAL));

		if (w < 0)
			return fault_sys(f, "client.send", "to the supervisor");
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

int client_send(struct client *c, const char *method, json_t *params, unsigned flags,
		struct fault *f)
{
	char full[METHOD_MAX];
	AUTO_FREE char *text = NULL;
	json_t *msg;
	size_t n;
	int r;

	(void)snprintf(full, sizeof(full), "io.cloister.%s", method);
	msg = varlink_call_new(full, params, flags & CLIENT_MORE);
	if (msg && (flags & CLIENT_ONEWAY) && json_object_set_new(msg, "oneway", json_true()) < 0) {
		json_decref(msg);
		msg = NULL;
	}
	r = varlink_write(msg, &text, &n);
	json_decref(msg);
	if (r < 0)
		return fault_set(f, r, "client.write",
				 r == -EMSGSIZE ? "a message over 64 KiB" : "out of memory");
	return send_all(c, text, n, f);
}

/* Keeps the descriptors of one recvmsg(); more than a reply may carry are closed. */
static void keep_fds(struct client *c, struct msghdr *m)
{
	for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h; h = CMSG_NXTHDR(m, h)) {
		size_t n = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(h) + i * sizeof(fd), sizeof(fd));
			if (c->fds < CLIENT_FDS_MAX)
				c->fd[c->fds++] = fd;
			else
				fd_close(&fd);
		}
	}
}

/* Returns 1 bytes came, 0 none yet, <0 a fault. */
static int receive(struct client *c, bool wait, struct fault *f)
{
	char control[CMSG_SPACE(CLIENT_FDS_MAX * sizeof(int))] __attribute__((aligned(8)));
	struct iovec io = { 0 };
	struct msghdr m = { .msg_iov = &io,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	ssize_t n;

	io.iov_base = varlink_in_space(&c->in, &io.iov_len);
	n = RETRY_EINTR(recvmsg(c->sock, &m, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT)));
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n < 0)
		return fault_sys(f, "client.receive", "from the supervisor");
	keep_fds(c, &m);
	if (n == 0)
		return fault_set(f, -ECONNRESET, "client.closed",
				 "the supervisor closed the connection");
	varlink_in_add(&c->in, (size_t)n);
	return 1;
}

int client_next(struct client *c, bool wait, struct client_reply *r, struct fault *f)
{
	struct varlink_reply v;
	json_t *msg = NULL;
	int got;

	for (;;) {
		got = varlink_in_next(&c->in, &msg, f);
		if (got)
			break;
		got = receive(c, wait, f);
		if (got <= 0)
			return got;
	}
	if (got < 0)
		return got;
	r->msg = msg;
	got = varlink_reply_read(msg, &v, f);
	if (got < 0)
		return got;
	r->error = v.error;
	r->params = v.params;
	r->continues = v.continues;
	memcpy(r->fd, c->fd, c->fds * sizeof(c->fd[0]));
	r->fds = c->fds;
	c->fds = 0;
	return 1;
}

int client_call(struct client *c, const char *method, json_t *params, struct client_reply *r,
		struct fault *f)
{
	int got = client_send(c, method, params, 0, f);

	if (got < 0)
		return got;
	got = client_next(c, true, r, f);
	return got < 0 ? got : 0;
}

/* The errors of the interface and what they mean to a shell. */
static const struct {
	const char *name;
	int exit;
} errors[] = {
	{ "io.cloister.Refused", EXITS_NO },
	{ "io.cloister.NotFound", EXITS_NO },
	{ "io.cloister.BadInput", EXITS_INPUT },
	{ "io.cloister.CannotHere", EXITS_CANNOT },
	{ "io.cloister.Fault", EXITS_FAULT },
	{ "org.varlink.service.PermissionDenied", EXITS_NO },
	{ "org.varlink.service.MethodNotFound", EXITS_FAULT },
	{ "org.varlink.service.InvalidParameter", EXITS_USAGE },
};

int client_exit(const struct client_reply *r)
{
	if (!r->error)
		return EXITS_DONE;
	for (size_t i = 0; i < ARRAY_LEN(errors); i++)
		if (strcmp(r->error, errors[i].name) == 0)
			return errors[i].exit;
	return EXITS_FAULT;
}

const char *client_message(const struct client_reply *r)
{
	const char *said = client_str(r->params, "message", NULL);

	if (said)
		return said;
	if (!r->error)
		return "done";
	if (strcmp(r->error, "org.varlink.service.PermissionDenied") == 0)
		return "your role does not allow this; see cloister-api(7)";
	if (strcmp(r->error, "org.varlink.service.MethodNotFound") == 0)
		return "this supervisor does not know the command; is it of another version?";
	if (strcmp(r->error, "org.varlink.service.InvalidParameter") == 0)
		return client_str(r->params, "parameter", "an argument is not as it must be");
	return r->error;
}

const char *client_str(const json_t *o, const char *key, const char *otherwise)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : otherwise;
}

uint64_t client_u64(const json_t *o, const char *key)
{
	json_int_t v = json_integer_value(json_object_get(o, key));

	return v > 0 ? (uint64_t)v : 0;
}
