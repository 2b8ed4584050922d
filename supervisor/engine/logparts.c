/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logparts.c - the files of a service's log. Runs in: cloister-engine.
 * They are written by a relay of the tenant's: their order is its claim, their text the tenant's.
 */
#include "supervisor/engine/logparts.h"
#include "lib/base/fd.h"
#include "lib/base/str.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { HEAD_MAX = 32 };

static void file_name(const struct engine *e, uint32_t w, uint32_t i, char *dst, size_t cap)
{
	const struct workload_row *row = &e->table->workload[w];
	const char *tenant = e->table->tenant[row->tenant].name;

	if (i == 0)
		(void)snprintf(dst, cap, "%s.%s.log", tenant, row->name);
	else
		(void)snprintf(dst, cap, "%s.%s.log.%u", tenant, row->name, i);
}

uint64_t log_head(const char *text, size_t n, size_t *ret_len)
{
	static const char begin[] = "[part ";
	char head[HEAD_MAX + 1] = "";
	const char *p = head + sizeof(begin) - 1;
	uint64_t number;

	memcpy(head, text, n < HEAD_MAX ? n : HEAD_MAX);
	*ret_len = 0;
	if (strncmp(head, begin, sizeof(begin) - 1) != 0 || *p < '0' || *p > '9')
		return 0;
	number = str_digits(&p);
	if (p[0] != ']' || p[1] != '\n' || number == 0 || number >= UINT32_MAX)
		return 0;
	*ret_len = (size_t)(p + 2 - head);
	return number;
}

static int open_part(const struct engine *e, uint32_t w, uint32_t i, int flags)
{
	char name[2 * LABEL_MAX + 16];

	file_name(e, w, i, name, sizeof(name));
	return openat(FD_LOG, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
}

/* Fills *p from what its file holds. */
static int look(int fd, struct log_part *p)
{
	char head[HEAD_MAX];
	struct stat st;
	ssize_t n;
	size_t len;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return -EINVAL;
	n = pread(fd, head, sizeof(head), 0);
	*p = (struct log_part){ .fd = fd, .end = (uint64_t)st.st_size };
	p->number = log_head(head, n > 0 ? (size_t)n : 0, &len);
	p->begin = len;
	return 0;
}

int log_open(const struct engine *e, uint32_t w, int ret_fd[LOG_PARTS], uint32_t *ret_number,
	     struct fault *f)
{
	int fd[LOG_PARTS], rc = 0;
	uint32_t first = 0;
	uint64_t newest = 0;

	for (uint32_t i = 0; i < LOG_PARTS; i++) {
		struct log_part p;

		fd[i] = open_part(e, w, i, O_RDWR | O_CREAT | O_APPEND);
		if (fd[i] < 0 && rc == 0)
			rc = fault_sys(f, "engine.log", "opening a log below log/");
		if (fd[i] < 0 || look(fd[i], &p) < 0 || p.number <= newest)
			continue;
		newest = p.number;
		first = i;
	}
	for (uint32_t i = 0; i < LOG_PARTS; i++) {
		ret_fd[i] = rc < 0 ? -1 : fd[(first + i) % LOG_PARTS];
		if (rc < 0)
			fd_close(&fd[i]);
	}
	*ret_number = (uint32_t)newest;
	return rc;
}

static int by_number(const void *x, const void *y)
{
	const struct log_part *a = x, *b = y;

	return a->number < b->number ? -1 : a->number > b->number;
}

void log_view_open(const struct engine *e, uint32_t w, struct log_view *v)
{
	v->n = 0;
	for (uint32_t i = 0; i < LOG_PARTS; i++) {
		int fd = open_part(e, w, i, O_RDONLY);
		struct log_part *p = &v->part[v->n];

		/* part 0 is the first file; another without a number has not had its turn yet */
		if (fd < 0 || look(fd, p) < 0 || (p->number == 0 && i > 0))
			fd_close(&fd);
		else
			v->n++;
	}
	qsort(v->part, v->n, sizeof(v->part[0]), by_number);
}

void log_view_fini(struct log_view *v)
{
	for (; v->n; v->n--)
		fd_close(&v->part[v->n - 1].fd);
}

static uint64_t position_of(const struct log_part *p, uint64_t offset)
{
	return p->number << LOG_OFFSET_BITS | offset;
}

size_t log_read(const struct log_view *v, uint64_t *position, char *dst, size_t cap)
{
	const uint64_t mask = (UINT64_C(1) << LOG_OFFSET_BITS) - 1;
	uint64_t number = *position >> LOG_OFFSET_BITS, offset = *position & mask;

	for (uint32_t i = 0; i < v->n; i++) {
		const struct log_part *p = &v->part[i];
		ssize_t n;

		if (p->number < number)
			continue;
		if (p->number > number || offset < p->begin)
			offset = p->begin; /* what was asked for is gone, or the part before it
					      ended */
		number = p->number;
		if (offset > p->end) /* emptied by hand: begun anew */
			offset = p->begin;
		n = pread(p->fd, dst, cap, (off_t)offset);
		*position = position_of(p, offset + (n > 0 ? (uint64_t)n : 0));
		if (n > 0)
			return (size_t)n;
	}
	return 0;
}

/* The offset behind the n-th newline from the end of [begin, end), the last byte aside; *left: how
 * many were not found. */
static uint64_t lines_back(const struct log_part *p, uint64_t begin, uint32_t *left)
{
	static char buf[65536];
	uint64_t at = p->end;

	while (at > begin) {
		size_t len = at - begin < sizeof(buf) ? (size_t)(at - begin) : sizeof(buf);

		if (pread(p->fd, buf, len, (off_t)(at - len)) != (ssize_t)len)
			return at;
		for (size_t i = len; i-- > 0;) {
			bool last = at - len + i + 1 == p->end;

			if (buf[i] == '\n' && !last && --*left == 0)
				return at - len + i + 1;
		}
		at -= len;
	}
	return begin;
}

uint64_t log_tail(const struct log_view *v, uint32_t n)
{
	uint64_t budget = LOG_TAIL_BYTES, position = 0;
	uint32_t left = n;

	for (uint32_t i = v->n; i-- > 0 && budget;) {
		const struct log_part *p = &v->part[i];
		uint64_t size = p->end - p->begin, take = size < budget ? size : budget;

		if (n == 0)
			return position_of(p, p->end);
		position = position_of(p, lines_back(p, p->end - take, &left));
		if (left == 0)
			break;
		budget -= take;
		if (size && --left == 0) /* the line that its begin is */
			break;
	}
	return position;
}
