/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rows.c - taking and finding rows of the spawner's tables. Runs in: cloister-spawn.
 */
#include "sandbox/rows.h"

#include <string.h>
#include <sys/epoll.h>

int watch_add(struct app *a, int fd, enum watch kind, uint32_t n, struct fault *f)
{
	struct epoll_event e = { .events = EPOLLIN, .data.u64 = (uint64_t)kind << 32 | n };

	if (epoll_ctl(a->epoll, EPOLL_CTL_ADD, fd, &e) < 0)
		return fault_sys(f, "spawn.watch", "watching a descriptor of kind %u", kind);
	return 0;
}

static uint32_t *gen_of(void *rows, size_t stride, uint32_t i)
{
	return (uint32_t *)(void *)((char *)rows + stride * i);
}

uint32_t row_take(struct app *a, void *rows, size_t stride, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t *gen = gen_of(rows, stride, i);

		if (*gen)
			continue;
		memset(gen, 0, stride);
		if (++a->gen == 0)
			a->gen = 1;
		*gen = a->gen;
		return i;
	}
	return SLOT_NONE;
}

void *row_get(void *rows, size_t stride, uint32_t n, struct slot s)
{
	if (s.n >= n || s.gen == 0 || *gen_of(rows, stride, s.n) != s.gen)
		return NULL;
	return gen_of(rows, stride, s.n);
}
