/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.c - the small files of procfs and cgroupfs. Runs in: spawn. No allocation.
 */
#include "lib/base/file.h"
#include "lib/base/fd.h"

#include <fcntl.h>
#include <string.h>

int file_dir(int dir, const char *name)
{
	return openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

int file_put(int dir, const char *name, const char *text)
{
	AUTO_FD int fd = openat(dir, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	size_t n = strlen(text);
	ssize_t put = fd < 0 ? -1 : write(fd, text, n);

	return put < 0 ? -errno : (size_t)put == n ? 0 : -EIO;
}

size_t file_text(int dir, const char *name, char *text, size_t cap)
{
	AUTO_FD int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	size_t used = 0;
	ssize_t n = 0;

	while (fd >= 0 && used + 1 < cap && (n = read(fd, text + used, cap - 1 - used)) > 0)
		used += (size_t)n;
	text[used] = '\0';
	return used;
}
