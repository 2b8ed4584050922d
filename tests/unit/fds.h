/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fds.h - counts this process's descriptors, for tests that say "before = after".
 */
#ifndef CLOISTER_UNIT_FDS_H
#define CLOISTER_UNIT_FDS_H

#include <fcntl.h>

static inline unsigned fds_open(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return n;
}

#endif
