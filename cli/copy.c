/* SPDX-License-Identifier: Apache-2.0 */
/*
 * copy.c - copies one direction of a run's standard input or output. Runs in: cloister.
 *
 * Bytes are read and written, never spliced: a page that the tenant still maps must not become part
 * of the caller's pipe or file. A write is at most one page, which poll() has said there is room
 * for, so that a reader who has stopped cannot keep a Ctrl-C from being seen.
 */
#include "cli/copy.h"
#include "lib/base/fd.h"
#include "lib/base/str.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

enum { PAGE = 4096, UTF8_MAX = 4 };

void copy_init(struct copy *c, int from, int to)
{
	struct stat st;

	c->from = from;
	c->to = to;
	c->borrowed_from = c->borrowed_to = c->shown = c->whole = false;
	c->kept = c->at = c->end = 0;
	if (fstat(to, &st) < 0)
		return;
	c->whole = S_ISREG(st.st_mode);
	c->shown = S_ISCHR(st.st_mode) && isatty(to);
}

static void over_from(struct copy *c)
{
	if (!c->borrowed_from)
		fd_close(&c->from);
	c->from = -1;
}

static void over_to(struct copy *c)
{
	if (!c->borrowed_to)
		fd_close(&c->to);
	c->to = -1;
}

bool copy_over(const struct copy *c)
{
	return c->from < 0 && c->at == c->end;
}

void copy_fini(struct copy *c)
{
	over_from(c);
	over_to(c);
}

void copy_want(const struct copy *c, struct pollfd *p)
{
	bool pending = c->at < c->end;

	p->fd = pending ? c->to : c->from;
	p->events = pending ? POLLOUT : POLLIN;
	p->revents = 0;
}

/* Length of the cut UTF-8 sequence at the end of s: its first byte promises more than there is. */
static size_t cut_tail(const char *s, size_t n)
{
	for (size_t back = 1; back < UTF8_MAX && back <= n; back++) {
		unsigned char b = (unsigned char)s[n - back];
		size_t need = b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : b >= 0xc0 ? 2 : 1;

		if ((b & 0xc0) == 0x80)
			continue;
		return need > back ? back : 0;
	}
	return 0;
}

/* Escapes the n bytes of raw into out; what is cut stays unless this is the end. */
static void show(struct copy *c, size_t n, bool last)
{
	size_t keep = last ? 0 : cut_tail(c->raw, n);
	size_t used;

	c->at = 0;
	c->end = str_escape(c->out, sizeof(c->out), c->raw, n - keep, &used);
	memmove(c->raw, c->raw + n - keep, keep);
	c->kept = keep;
}

static void take(struct copy *c)
{
	char *into = c->shown ? c->raw + c->kept : c->out;
	size_t space = c->shown ? sizeof(c->raw) - c->kept : sizeof(c->out);
	ssize_t n = read(c->from, into, space);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		over_from(c);
		if (c->shown && c->kept)
			show(c, c->kept, true);
	} else if (c->shown) {
		show(c, c->kept + (size_t)n, false);
	} else {
		c->at = 0;
		c->end = (size_t)n;
	}
}

static void give(struct copy *c)
{
	size_t n = c->end - c->at;
	ssize_t w = write(c->to, c->out + c->at, !c->whole && n > PAGE ? PAGE : n);

	if (w < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (w < 0) { /* the reader went away: so does ours, and the writer learns it by SIGPIPE */
		c->at = c->end = 0;
		over_to(c);
		over_from(c);
		return;
	}
	c->at += (size_t)w;
}

void copy_step(struct copy *c, const struct pollfd *p)
{
	if (p->fd < 0 || !p->revents)
		return;
	if (c->at < c->end)
		give(c);
	else
		take(c);
	if (c->at == c->end && c->from < 0)
		over_to(c);
}

void copy_finish(struct copy *c, const struct pollfd *p)
{
	if (c->at < c->end || c->from < 0 || p->revents)
		return;
	over_from(c);
	over_to(c);
}
