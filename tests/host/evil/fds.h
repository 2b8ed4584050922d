/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fds.h - counts the descriptors of the server that is attacked.
 */
#ifndef CLOISTER_EVIL_FDS_H
#define CLOISTER_EVIL_FDS_H

#include <dirent.h>
#include <stdio.h>
#include <sys/types.h>

/* 0 when there is no such process, or it is a zombie. */
static inline int fds_of(pid_t pid)
{
	char path[64];
	struct dirent *e;
	int n = 0;
	DIR *d;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	d = opendir(path);
	while (d && (e = readdir(d)))
		n += e->d_name[0] != '.';
	if (d)
		(void)closedir(d);
	return n;
}

#endif
