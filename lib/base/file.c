/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.c - the small files of procfs and cgroupfs. Runs in: spawn. No allocation.
 */
#include "lib/base/file.h"
#include "lib/base/fd.h"
#include "lib/base/str.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>

int file_dir(int dir, const char *name)
{
	return openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

int file_dir_number(int dir, uint32_t number)
{
	char name[24];

	(void)str_u64(name, number);
	return file_dir(dir, name);
}

int file_rmdir_number(int dir, uint32_t number)
{
	char name[24];

	(void)str_u64(name, number);
	return unlinkat(dir, name, AT_REMOVEDIR);
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

int file_numbers(int dir, int (*fn)(void *ctx, uint32_t number), void *ctx)
{
	char buf[4096] __attribute__((aligned(8)));
	long n;

	while ((n = syscall(SYS_getdents64, dir, buf, sizeof(buf))) > 0) {
		for (long at = 0; at < n;) {
			const struct dirent64 *e = (const void *)(buf + at);
			const char *p = e->d_name;
			uint64_t number = str_digits(&p);
			bool named = e->d_type == DT_DIR && p > e->d_name && !*p;
			int rc = named && number < UINT32_MAX ? fn(ctx, (uint32_t)number) : 0;

			if (rc < 0)
				return rc;
			at += e->d_reclen;
		}
	}
	return n < 0 ? -errno : 0;
}
