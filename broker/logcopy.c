/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logcopy.c - a tenant's bytes into files of a bounded size at a bounded rate.
 * Runs in: cloister-relay --log, inside the tenant's limits. No allocation.
 * Must not open anything or look at what the bytes say, but for newlines.
 *
 * The relay holds no path, so a full file cannot be renamed: the next one of a ring of open files
 * is emptied and written on. Such a part begins with the line "[part N]", by which a reader puts
 * them in order; nobody but the relay writes the first bytes of a part. A log that was never full
 * is one file without that line, part 0.
 */
#include "broker/logcopy.h"
#include "lib/base/fd.h"
#include "lib/base/str.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NS_PER_S = 1000000000, NS_PER_MS = 1000000, NOTE_MAX = 80 };

void logcopy_init(struct logcopy *l, const struct logcopy_files *files, uint64_t now_ns)
{
	*l = (struct logcopy){ .number = files->number,
			       .rate = files->rate,
			       .size_max = files->size_max,
			       .tokens = files->rate,
			       .filled_ns = now_ns };
	memcpy(l->part, files->part, sizeof(l->part));
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

/* Begins the next part. Returns 0 or -errno: then the full one stays, and nothing is written. */
static int next_part(struct logcopy *l)
{
	uint32_t at = (l->at + 1) % LOGCOPY_PARTS;
	char buf[NOTE_MAX];
	size_t len = note(buf, false, "[part ", (uint64_t)l->number + 1, "]\n");

	if (ftruncate(l->part[at], 0) < 0)
		return -errno;
	if (write(l->part[at], buf, len) != (ssize_t)len)
		return -EIO;
	l->at = at;
	l->number++;
	l->mid_line = false;
	return 0;
}

/*
 * How many of the n bytes at p go into the part that is written to now: all of them, or those up to
 * the last newline that fits. A line longer than a part is cut. 0: there is no room at all.
 */
static size_t piece(struct logcopy *l, const uint8_t *p, size_t n)
{
	struct stat st;
	uint64_t room;
	const uint8_t *nl;

	if (fstat(l->part[l->at], &st) < 0)
		return 0;
	room = (uint64_t)st.st_size < l->size_max ? l->size_max - (uint64_t)st.st_size : 0;
	if (n <= room)
		return n;
	nl = room ? memrchr(p, '\n', (size_t)room) : NULL;
	if (nl)
		return (size_t)(nl - p) + 1;
	return (uint64_t)st.st_size <= NOTE_MAX ? (size_t)room : 0;
}

/* Appends all of p[0..n) or, when the file fails, as much as it took. Returns what it took. */
static size_t append(struct logcopy *l, const void *p, size_t n)
{
	const uint8_t *in = p;
	size_t done = 0;

	while (done < n) {
		size_t may = piece(l, in + done, n - done);
		ssize_t w;

		if (may == 0 && next_part(l) < 0)
			break;
		if (may == 0)
			continue;
		w = RETRY_EINTR(write(l->part[l->at], in + done, may));
		if (w <= 0)
			break;
		done += (size_t)w;
		l->mid_line = in[done - 1] != '\n';
	}
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
