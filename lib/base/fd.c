/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fd.c - memory files that nobody can change any more. Runs in: engine, spawn, netd, volumed. No
 * allocation.
 */
#include "lib/base/fd.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum { SEALS = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL };

/* Room for one descriptor: of more than one the kernel installs none that does not fit. */
union passed {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

ssize_t fd_send(int sock, const void *record, size_t n, int fd)
{
	union passed c = { .head = { CMSG_LEN(sizeof(fd)), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec v = { (void *)(uintptr_t)record, n };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

	memcpy(CMSG_DATA(&c.head), &fd, sizeof(fd));
	if (fd >= 0) {
		m.msg_control = &c;
		m.msg_controllen = sizeof(c);
	}
	return RETRY_EINTR(sendmsg(sock, &m, MSG_NOSIGNAL));
}

ssize_t fd_recv(int sock, void *record, size_t n, int *ret)
{
	union passed c = { 0 };
	struct iovec v = { record, n };
	/* LEN, not SPACE: a second one would fit into what only aligns */
	struct msghdr m = { .msg_iov = &v,
			    .msg_iovlen = 1,
			    .msg_control = &c,
			    .msg_controllen = CMSG_LEN(sizeof(int)) };
	ssize_t got = RETRY_EINTR(recvmsg(sock, &m, MSG_CMSG_CLOEXEC));

	*ret = -1;
	if (got < 0)
		return got;
	if (m.msg_controllen >= CMSG_LEN(sizeof(int)) && c.head.cmsg_type == SCM_RIGHTS)
		memcpy(ret, CMSG_DATA(&c.head), sizeof(*ret));
	if (!(m.msg_flags & MSG_CTRUNC))
		return got;
	fd_close(ret);
	errno = EBADMSG;
	return -1;
}

int sealed_size(int fd, uint32_t max, const char *site, struct fault *f)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;

	if (seals < 0 || (seals & SEALS) != SEALS || fstat(fd, &st) < 0)
		return fault_set(f, -EPERM, site, "not a sealed memory file");
	if (st.st_size <= 0 || st.st_size > (off_t)max)
		return fault_set(f, -EINVAL, site, "%lld bytes, not 1 to %u", (long long)st.st_size,
				 max);
	return (int)st.st_size;
}

int sealed_map(int fd, uint32_t max, const char *site, const void **ret, struct fault *f)
{
	int size = sealed_size(fd, max, site, f);
	void *map;

	if (size < 0)
		return size;
	/* not SHARED: before 6.7 that is refused for what is sealed against writing */
	map = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return fault_sys(f, site, "mapping %d bytes", size);
	*ret = map;
	return size;
}

void sealed_unmap(const void *map, size_t size)
{
	(void)munmap((void *)(uintptr_t)map, size); /* fails for a range that is none only */
}

int sealed_copy(int fd, const char *site, struct fault *f)
{
	struct stat st;
	off_t at = 0;
	AUTO_FD int copy = memfd_create("sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (copy < 0 || fstat(fd, &st) < 0)
		return fault_sys(f, site, "making a sealed copy");
	while (at < st.st_size)
		if (sendfile(copy, fd, &at, (size_t)(st.st_size - at)) <= 0)
			return fault_sys(f, site, "copying");
	if (fchmod(copy, 0555) < 0 || fcntl(copy, F_ADD_SEALS, SEALS) < 0)
		return fault_sys(f, site, "sealing a copy");
	return fd_take(&copy);
}
