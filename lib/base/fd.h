/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fd.h - one owner per descriptor, and memory files that nobody can change: how bytes go between
 * programs that do not trust each other.
 */
#ifndef CLOISTER_FD_H
#define CLOISTER_FD_H

#include "lib/base/base.h"
#include "lib/base/fault.h"

#include <errno.h>
#include <sys/types.h>
#include <unistd.h>

/* Closes *fd unless it is -1, keeps errno, leaves -1 behind. Safe twice. */
static inline void fd_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd); /* Linux frees the number whatever close says */
	*fd = -1;
	errno = saved;
}

/* Moves a descriptor out and leaves -1 behind. */
static inline int fd_take(int *fd)
{
	int v = *fd;

	*fd = -1;
	return v;
}

#define AUTO_FD AUTO(fd_close)

/* Is fd a memfd with all four seals, of 1 to max bytes? Returns its size; -EPERM a seal is missing,
 * -EINVAL the size. */
int sealed_size(int fd, uint32_t max, const char *site, struct fault *f) MUST_USE;

/* The same, mapped whole and read-only; fd is not needed any more. */
int sealed_map(int fd, uint32_t max, const char *site, const void **ret, struct fault *f) MUST_USE;
void sealed_unmap(const void *map, size_t size);

/*
 * A record of n bytes over a socket, with one descriptor (-1: none). fd_recv: what came, with *ret
 * -1 or the caller's; more than one descriptor is -EBADMSG and leaves none open. Else as read() and
 * write(): -1 and errno.
 */
ssize_t fd_send(int sock, const void *record, size_t n, int fd);
ssize_t fd_recv(int sock, void *record, size_t n, int *ret);

/* A sealed, executable copy of an open file: its descriptor. */
int sealed_copy(int fd, const char *site, struct fault *f) MUST_USE;

#endif
