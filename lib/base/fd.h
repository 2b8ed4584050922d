/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fd.h - one owner per descriptor.
 */
#ifndef CLOISTER_FD_H
#define CLOISTER_FD_H

#include "lib/base/base.h"

#include <errno.h>
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

#endif
