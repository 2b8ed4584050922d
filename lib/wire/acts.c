/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acts.c - appends to the acts journal. Runs in: spawn, netd, volumed. No allocation.
 */
#include "lib/wire/acts.h"
#include "lib/base/clock.h"
#include "lib/base/fd.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#define MS_NS	UINT64_C(1000000)
#define SYNC_NS (1000 * MS_NS)

/*
 * Every record stands at a multiple of its size, or no reader finds the ones behind a torn one: it
 * is filled up with zeros. Never cut off: who may cut a journal may rewrite it, and netd's and
 * volumed's filters let no call through that could (I20).
 */
static void align(struct acts *a)
{
	static const uint8_t zero[sizeof(struct act)];
	struct stat st;
	size_t part;

	if (fstat(a->fd, &st) < 0)
		return; /* the next write fails and is told */
	part = (size_t)st.st_size % sizeof(zero);
	a->seq = (uint64_t)st.st_size / sizeof(zero);
	a->torn = part != 0;
	if (a->torn && write(a->fd, zero, sizeof(zero) - part) == (ssize_t)(sizeof(zero) - part)) {
		a->torn = false;
		a->seq++;
	}
}

void acts_init(struct acts *a, int fd)
{
	*a = (struct acts){ .fd = fd };
	align(a);
}

void acts_next(struct acts *a, int *fd)
{
	acts_sync(a, true);
	fd_close(&a->fd);
	acts_init(a, fd_take(fd));
}

int acts_write(struct acts *a, uint16_t op, enum act_phase phase, int32_t code,
	       const struct act_about *about)
{
	struct act r = { .boottime = clock_boot_ns(),
			 .op = op,
			 .phase = (uint16_t)phase,
			 .code = code,
			 .about = *about };
	ssize_t n;

	if (a->torn)
		align(a);
	if (a->torn)
		return -EIO;
	r.seq = a->seq;
	n = RETRY_EINTR(write(a->fd, &r, sizeof(r)));
	if (n < 0)
		return -errno;
	if (n != sizeof(r)) {
		align(a);
		return -EIO;
	}
	a->seq++;
	a->unsynced = a->unsynced ? a->unsynced : r.boottime;
	return 0;
}

int acts_wait_ms(const struct acts *a, int other)
{
	uint64_t age = a->unsynced ? clock_boot_ns() - a->unsynced : 0;
	int left = age < SYNC_NS ? (int)((SYNC_NS - age) / MS_NS) + 1 : 0;

	return a->unsynced && (other < 0 || left < other) ? left : other;
}

/* syscalls netd volumed: fdatasync */
void acts_sync(struct acts *a, bool now)
{
	uint64_t at;

	if (!a->unsynced)
		return;
	at = clock_boot_ns();
	if (!now && at - a->unsynced < SYNC_NS)
		return;
	/* a second later again: an error of the disk must not make a loop of it */
	a->unsynced = fdatasync(a->fd) < 0 && errno != EINVAL ? at : 0;
}
