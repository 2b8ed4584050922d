/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session.c - client connections. Runs in: cloister-engine.
 * Must not: take a descriptor from a client: its sockets are read with no control buffer, so the
 * kernel drops what is sent (security-model.md 5).
 */
#include "supervisor/engine/session.h"
#include "lib/base/fd.h"
#include "lib/varlink/varlink.h"
#include "supervisor/engine/bundle.h"
#include "supervisor/engine/methods.h"
#include "supervisor/engine/out.h"
#include "supervisor/engine/who.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>

/* syscalls engine: accept4 getsockopt recvfrom sendto */

struct session {
	struct engine *e;
	uint32_t n, life;
	struct who who;
	int fd;
	sd_event_source *io, *timer;
	struct out out;
	struct bundle *bundle;
	const struct call_hooks *hooks;
	uint64_t hooks_arg;
	json_t *next; /* a whole message that waits for its turn */
	bool busy, more, closing;
	struct varlink_in in;
};

struct sessions {
	struct session *row[SESSIONS_MAX];
	sd_event_source *listen;
	uint32_t life;
};

static struct sessions sessions_memory; /* behind engine.sessions */

int sessions_open(struct engine *e, struct fault *f)
{
	e->sessions = &sessions_memory;
	return who_open(e, f);
}

static struct session *at(struct engine *e, struct to to)
{
	struct session *s = to.n < SESSIONS_MAX ? e->sessions->row[to.n] : NULL;

	return s && s->life == to.life && !s->closing ? s : NULL;
}

static void session_close(struct session *s)
{
	struct engine *e = s->e;
	const struct call_hooks *hooks = s->hooks;

	if (e->sessions->row[s->n] != s)
		return;
	e->sessions->row[s->n] = NULL;
	s->io = sd_event_source_disable_unref(s->io);
	s->timer = sd_event_source_disable_unref(s->timer);
	fd_close(&s->fd);
	out_fini(&s->out);
	json_decref(s->next);
	if (s->bundle)
		bundle_fini(s->bundle);
	free(s->bundle);
	if (hooks && hooks->closed)
		hooks->closed(e, s->hooks_arg);
	free(s);
}

static void watch(struct session *s)
{
	uint32_t events = (s->next ? 0 : EPOLLIN) | (s->out.head ? EPOLLOUT : 0) | EPOLLRDHUP;

	(void)sd_event_source_set_io_events(s->io, events);
}

static int on_late(sd_event_source *src, uint64_t usec, void *data)
{
	struct session *s = data;

	(void)src;
	(void)usec;
	session_close(s);
	return 0;
}

/* A message that has begun must be whole in time; nothing is armed for one that came at once. */
static void guard(struct session *s)
{
	if (!varlink_in_partial(&s->in) || s->next)
		s->timer = sd_event_source_disable_unref(s->timer);
	else if (!s->timer && sd_event_add_time_relative(s->e->loop, &s->timer, CLOCK_MONOTONIC,
							 SESSION_WHOLE_US, 0, on_late, s) < 0)
		s->closing = true;
}

static void take_signal(struct session *s, const struct varlink_call *c)
{
	json_t *v = c->params ? json_object_get(c->params, "signal") : NULL;
	json_int_t n = json_is_integer(v) ? json_integer_value(v) : 0;

	if (n > 0 && n < 32 && s->hooks && s->hooks->signal)
		s->hooks->signal(s->e, s->hooks_arg, (uint32_t)n);
}

/* Runs one message. Returns 0, or <0: end the connection. msg is taken. */
static int take_message(struct session *s, json_t *msg)
{
	struct varlink_call c;
	struct fault f;
	struct call call = { .to = { s->n, s->life }, .who = &s->who };
	int rc = varlink_call_read(msg, &c, &f);

	if (rc == 0 && c.oneway && strcmp(c.method, "io.cloister.Signal") == 0) {
		take_signal(s, &c);
	} else if (rc == 0 && s->busy) {
		s->next = json_incref(msg);
	} else if (rc == 0 && !c.oneway) {
		s->busy = true;
		call.more = s->more = c.more;
		call.params = c.params;
		method_run(s->e, &call, c.method);
	}
	json_decref(msg);
	return rc;
}

/* Runs what is in the buffer, as far as turns allow. The session may be gone after it. */
static void pump(struct session *s)
{
	struct engine *e = s->e;
	struct to to = { s->n, s->life };

	while (at(e, to)) {
		json_t *msg = NULL;
		struct fault f;
		int rc = 1;

		if (s->next && s->busy)
			break;
		if (s->next)
			msg = TAKE_PTR(s->next);
		else
			rc = varlink_in_next(&s->in, &msg, &f);
		if (rc == 0)
			break;
		if (rc < 0 || take_message(s, msg) < 0)
			s->closing = true;
	}
	if (e->sessions->row[to.n] != s)
		return;
	guard(s);
	if (s->closing)
		session_close(s);
	else
		watch(s);
}

static void read_more(struct session *s)
{
	for (;;) {
		size_t room;
		char *p = varlink_in_space(&s->in, &room);
		ssize_t n;

		if (room == 0)
			return;
		n = RETRY_EINTR(recv(s->fd, p, room, MSG_DONTWAIT));
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			s->closing = true;
			return;
		}
		varlink_in_add(&s->in, (size_t)n);
		if ((size_t)n < room)
			return;
	}
}

static int on_client(sd_event_source *src, int fd, uint32_t events, void *data)
{
	struct session *s = data;

	(void)src;
	(void)fd;
	if (events & EPOLLOUT && out_flush(&s->out) < 0)
		s->closing = true;
	if (events & EPOLLIN && !s->next)
		read_more(s);
	/* a client that has shut one side is gone: what it asked for has no reader */
	if (events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP) && !(events & EPOLLIN))
		s->closing = true;
	if (s->closing)
		session_close(s);
	else
		pump(s);
	return 0;
}

/* ---- replies ---- */

static int on_next(sd_event_source *src, void *data)
{
	struct session *s = data;

	(void)src;
	s->timer = sd_event_source_disable_unref(s->timer);
	pump(s);
	return 0;
}

/* Goes on from the loop, not from within a handler. */
static void later(struct session *s)
{
	s->timer = sd_event_source_disable_unref(s->timer);
	if (sd_event_add_defer(s->e->loop, &s->timer, on_next, s) < 0)
		s->closing = true;
}

static void send_message(struct session *s, json_t *msg, int *fds, size_t n)
{
	char *text = NULL;
	size_t len;
	int rc = varlink_write(msg, &text, &len);

	json_decref(msg);
	if (rc == -EMSGSIZE) {
		msg = varlink_error_new("io.cloister.Refused",
					json_pack("{s:s, s:s, s:s}", "message",
						  "the answer is longer than a message", "site",
						  "engine.reply", "help",
						  "ask for less, or call with \"more\""));
		rc = varlink_write(msg, &text, &len);
		json_decref(msg);
	}
	if (rc < 0 || out_put(&s->out, text, len, fds, n) < 0 || s->out.bytes > SESSION_OUT_MAX)
		s->closing = true;
	for (size_t i = 0; i < n; i++)
		fd_close(&fds[i]);
	if (s->closing)
		later(s);
	else if (s->out.head)
		watch(s);
}

/* The call is over; what waits behind it has its turn. */
static void finish(struct session *s)
{
	s->busy = false;
	s->hooks = NULL;
	if (s->next || varlink_in_partial(&s->in))
		later(s);
}

void session_more(struct engine *e, struct to to, json_t *params, int *fds, size_t n)
{
	struct session *s = at(e, to);

	if (s && s->busy && s->more) {
		send_message(s, varlink_reply_new(params, true), fds, n);
		return;
	}
	json_decref(params);
	for (size_t i = 0; i < n; i++)
		fd_close(&fds[i]);
}

void session_reply(struct engine *e, struct to to, json_t *params)
{
	struct session *s = at(e, to);

	if (!s || !s->busy) {
		json_decref(params);
		return;
	}
	send_message(s, varlink_reply_new(params, false), NULL, 0);
	finish(s);
}

void session_error(struct engine *e, struct to to, const char *error, json_t *params)
{
	struct session *s = at(e, to);

	if (!s || !s->busy) {
		json_decref(params);
		return;
	}
	send_message(s, varlink_error_new(error, params), NULL, 0);
	finish(s);
}

void session_fault(struct engine *e, struct to to, const struct fault *f)
{
	const char *error = "io.cloister.Fault";

	if (f->err == -EPERM || f->err == -EACCES || f->err == -EBUSY || f->err == -EEXIST ||
	    f->err == -ENOSPC || f->err == -EAGAIN || f->err == -ECANCELED || f->err == -EINVAL ||
	    f->err == -ETIMEDOUT)
		error = "io.cloister.Refused";
	else if (f->err == -E2BIG) /* files of a bound that were not read at all */
		error = "io.cloister.BadInput";
	else if (f->err == -ENOENT)
		error = "io.cloister.NotFound";
	else if (f->err == -EOPNOTSUPP || f->err == -ENOSYS)
		error = "io.cloister.CannotHere";
	session_error(e, to, error,
		      json_pack("{s:s, s:s}", "message", f->msg[0] ? f->msg : "no reason given",
				"site", f->site));
}

void session_refuse(struct engine *e, struct to to, const char *site, const char *message,
		    const char *help)
{
	session_error(
		e, to, "io.cloister.Refused",
		json_pack("{s:s, s:s, s:s*}", "message", message, "site", site, "help", help));
}

bool session_alive(struct engine *e, struct to to)
{
	struct session *s = at(e, to);
	char c;

	return s && !(recv(s->fd, &c, 1, MSG_DONTWAIT | MSG_PEEK) == 0);
}

bool session_sees(struct engine *e, struct to to, uint32_t tenant)
{
	const struct session *s = at(e, to);

	return s && who_sees(e, &s->who, tenant);
}

void session_follow(struct engine *e, struct to to, const struct call_hooks *hooks, uint64_t arg)
{
	struct session *s = at(e, to);

	if (!s)
		return;
	s->hooks = hooks;
	s->hooks_arg = arg;
}

size_t session_backlog(struct engine *e, struct to to)
{
	const struct session *s = at(e, to);

	return s ? s->out.bytes : 0;
}

bool session_wants_more(struct engine *e, struct to to)
{
	const struct session *s = at(e, to);

	return s && s->more;
}

struct bundle *session_bundle(struct engine *e, struct to to)
{
	struct session *s = at(e, to);

	if (s && !s->bundle)
		s->bundle = calloc(1, sizeof(*s->bundle));
	return s ? s->bundle : NULL;
}

/* ---- accepting ---- */

/* Is there a place for one more like w? Each kind of peer leaves places to the kind above it. */
static bool has_place(const struct engine *e, const struct who *w)
{
	uint32_t mine = 0, all = 0, guests = 0, role = who_host(e, w);

	for (uint32_t i = 0; i < SESSIONS_MAX; i++) {
		const struct session *s = e->sessions->row[i];

		all += s != NULL;
		mine += s && s->who.uid == w->uid;
		guests += s && who_host(e, &s->who) == ROLE_NONE;
	}
	if (role == ROLE_NONE && (mine >= SESSIONS_PER_GUEST || guests >= SESSIONS_GUESTS))
		return false;
	if (!(role & ROLE_CHANGE) && all >= SESSIONS_MAX - SESSIONS_KEPT)
		return false;
	return mine < SESSIONS_PER_UID;
}

static void begin(struct engine *e, int fd, const struct who *w)
{
	struct session *s = calloc(1, sizeof(*s));
	uint32_t n = 0;

	while (n < SESSIONS_MAX && e->sessions->row[n])
		n++;
	if (!s || n == SESSIONS_MAX ||
	    sd_event_add_io(e->loop, &s->io, fd, EPOLLIN | EPOLLRDHUP, on_client, s) < 0) {
		fd_close(&fd);
		free(s);
		return;
	}
	s->e = e;
	s->fd = s->out.sock = fd;
	s->n = n;
	s->life = ++e->sessions->life;
	s->who = *w;
	e->sessions->row[n] = s;
	/* its first request came with it, as a rule */
	read_more(s);
	if (s->closing)
		session_close(s);
	else
		pump(s);
}

static int on_listen(sd_event_source *src, int fd, uint32_t events, void *data)
{
	struct engine *e = data;
	struct who w;
	int c = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)src;
	(void)events;
	if (c < 0)
		return 0;
	/* who it was when it connected; never asked again. No byte of a stranger's is read. */
	if (who_read(c, &w) < 0 || !who_anywhere(e, &w) || !has_place(e, &w))
		fd_close(&c);
	else
		begin(e, c, &w);
	return 0;
}

int sessions_listen(struct engine *e, struct fault *f)
{
	if (e->sessions->listen)
		return 0;
	if (sd_event_add_io(e->loop, &e->sessions->listen, FD_LISTEN, EPOLLIN, on_listen, e) < 0)
		return fault_set(f, -ENOMEM, "engine.listen", "watching the control socket");
	return 0;
}

bool sessions_pending(const struct engine *e)
{
	for (uint32_t i = 0; i < SESSIONS_MAX; i++)
		if (e->sessions->row[i] && e->sessions->row[i]->out.head)
			return true;
	return false;
}
