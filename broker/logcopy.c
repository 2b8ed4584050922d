/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logcopy.c - a tenant's bytes into a bounded file at a bounded rate.
 * Runs in: cloister-relay --log, inside the tenant's limits. No allocation.
 * Must not open anything or look at what the bytes say, but for newlines.
 *
 * The relay holds no path, so a full file cannot be renamed. Its last half is moved to the front
 * instead: at most one move per size_max / 2 bytes written. A relay that dies in the middle leaves
 * a file that is too long and holds some lines twice, never one that lost its newest lines.
 */
#include "broker/logcopy.h"
#include "lib/base/fd.h"
#include "lib/base/str.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { NS_PER_S = 1000000000, NS_PER_MS = 1000000, NOTE_MAX = 80, MOVE = 8192 };

void logcopy_init(struct logcopy *l, int out, uint64_t rate, uint64_t size_max, uint64_t now_ns)
{
	*l = (struct logcopy){
		.out = out, .rate = rate, .size_max = size_max, .tokens = rate, .filled_ns = now_ns
	};
}

/* Adds the tokens of the time since the last call; a fraction of a byte waits for the next. */
static void fill(struct logcopy *l, uint64_t now_ns)
{
	uint64_t gone = now_ns > l->filled_ns ? now_ns - l->filled_ns : 0;
	uint64_t add;

	if (gone >= NS_PER_S) {
		l->tokens = l->rate;
		l->filled_ns = now_ns;
		return;
	}
	add = gone * l->rate / NS_PER_S; /* < 2^30 * 2^30 */
	if (add == 0)
		return;
	l->tokens = l->tokens + add < l->rate ? l->tokens + add : l->rate;
	l->filled_ns += add * NS_PER_S / l->rate;
}

/* The bucket level at which writing goes on after bytes were dropped; a note must fit. */
static uint64_t resume_at(const struct logcopy *l)
{
	uint64_t half = l->rate / 2;

	return half > NOTE_MAX ? half : l->rate < NOTE_MAX ? l->rate : NOTE_MAX;
}

/* "BEFORE n AFTER\n", with a newline in front when a line is open. Returns its length. */
static size_t note(char *dst, bool mid_line, const char *before, uint64_t n, const char *after)
{
	size_t len = 0, b = strlen(before), a = strlen(after);

	if (mid_line)
		dst[len++] = '\n';
	memcpy(dst + len, before, b);
	len += b;
	len += str_u64(dst + len, n);
	memcpy(dst + len, after, a);
	return len + a;
}

/* Where the kept half starts: behind the first newline in it, if one is near. */
static off_t line_start(int fd, off_t at)
{
	char buf[1024];
	ssize_t n = pread(fd, buf, sizeof(buf), at);
	char *nl = n > 0 ? memchr(buf, '\n', (size_t)n) : NULL;

	return nl ? at + (nl - buf) + 1 : at;
}

/* Moves [from, size) to the front behind a note and cuts the rest off. */
static int move_down(int fd, off_t from, off_t size)
{
	char buf[MOVE];
	size_t len = note(buf, false, "[the oldest ", (uint64_t)from,
			  " bytes of this log were let go]\n");
	off_t to = 0;
	ssize_t n = (ssize_t)len;

	while (n > 0) {
		if (pwrite(fd, buf, (size_t)n, to) != n)
			return -EIO;
		to += n;
		n = pread(fd, buf, sizeof(buf), from);
		if (n < 0)
			return -errno;
		from += n;
	}
	if (from < size || ftruncate(fd, to) < 0)
		return -EIO;
	return 0;
}

/* Makes room for n more bytes. Returns 0, or <0 when there is none. */
static int make_room(struct logcopy *l, size_t n)
{
	struct stat st;
	int flags, rc;

	if (fstat(l->out, &st) < 0)
		return -errno;
	if ((uint64_t)st.st_size + n <= l->size_max)
		return 0;
	/* pwrite() on an O_APPEND description ignores its offset (pwrite(2), BUGS). */
	flags = fcntl(l->out, F_GETFL);
	if (flags < 0 || fcntl(l->out, F_SETFL, flags & ~O_APPEND) < 0)
		return -errno;
	rc = move_down(l->out, line_start(l->out, st.st_size - (off_t)(l->size_max / 2)),
		       st.st_size);
	if (fcntl(l->out, F_SETFL, flags | O_APPEND) < 0)
		return -errno;
	return rc;
}

/* Appends all of p[0..n) or, when the file fails, as much as it took. Returns what it took. */
static size_t append(struct logcopy *l, const void *p, size_t n)
{
	const uint8_t *in = p;
	size_t done = 0;

	if (n == 0 || make_room(l, n) < 0)
		return 0;
	while (done < n) {
		ssize_t w = RETRY_EINTR(write(l->out, in + done, n - done));

		if (w <= 0)
			break;
		done += (size_t)w;
	}
	if (done)
		l->mid_line = in[done - 1] != '\n';
	return done;
}

static void tell_dropped(struct logcopy *l)
{
	char buf[NOTE_MAX];
	size_t len = note(buf, l->mid_line, "[", l->dropped, " bytes dropped]\n");

	if (append(l, buf, len) != len)
		return; /* the file still fails: told later */
	l->dropped = 0;
	l->tokens -= len < l->tokens ? len : l->tokens;
}

void logcopy_tick(struct logcopy *l, uint64_t now_ns)
{
	fill(l, now_ns);
	if (l->dropped && l->tokens >= resume_at(l))
		tell_dropped(l);
}

void logcopy_take(struct logcopy *l, const uint8_t *p, size_t n, uint64_t now_ns)
{
	size_t may = 0;

	logcopy_tick(l, now_ns);
	if (!l->dropped) {
		may = n < l->tokens ? n : (size_t)l->tokens;
		may = append(l, p, may);
		l->tokens -= may;
	}
	l->dropped += n - may;
}

int logcopy_wait_ms(const struct logcopy *l, uint64_t now_ns)
{
	uint64_t need = resume_at(l), due;

	if (!l->dropped)
		return -1;
	if (l->tokens >= need) /* it is the file that fails: try again in a second */
		return 1000;
	due = l->filled_ns + (need - l->tokens) * NS_PER_S / l->rate;
	return due <= now_ns ? 1 : (int)((due - now_ns) / NS_PER_MS + 1);
}

void logcopy_end(struct logcopy *l)
{
	if (l->dropped)
		tell_dropped(l);
}
