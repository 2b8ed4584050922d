/* SPDX-License-Identifier: Apache-2.0 */
/* links: lib/base */
#include "tests/unit/unit.h"
#include "lib/base/fd.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum { ALL = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL, MAX = 64 };

static int memory(size_t n, int seals)
{
	int fd = memfd_create("t", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)n), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static void test_sealed_size(void **state)
{
	static const struct {
		const char *why;
		size_t n;
		int seals, want;
	} rows[] = {
		{ "all seals", 10, ALL, 10 },
		{ "the bound itself", MAX, ALL, MAX },
		{ "one over the bound", MAX + 1, ALL, -EINVAL },
		{ "empty", 0, ALL, -EINVAL },
		{ "may be written", 10, ALL & ~F_SEAL_WRITE, -EPERM },
		{ "may grow", 10, ALL & ~F_SEAL_GROW, -EPERM },
		{ "may shrink", 10, ALL & ~F_SEAL_SHRINK, -EPERM },
		{ "seals may be added", 10, ALL & ~F_SEAL_SEAL, -EPERM },
	};
	struct fault f;

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(rows); i++) {
		AUTO_FD int fd = memory(rows[i].n, rows[i].seals);

		unit_row(sealed_size(fd, MAX, "test", &f) == rows[i].want, rows[i].why);
	}
	{
		AUTO_FD int file = open("/dev/null", O_RDONLY | O_CLOEXEC);

		unit_row(sealed_size(file, MAX, "test", &f) == -EPERM, "no memory file");
	}
}

static void test_sealed_map(void **state)
{
	const void *map = NULL;
	struct fault f;
	int fd = memfd_create("t", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	(void)state;
	assert_int_equal(write(fd, "hello", 5), 5);
	assert_int_equal(sealed_map(fd, MAX, "test", &map, &f), -EPERM);
	assert_null(map);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, ALL), 0);
	assert_int_equal(sealed_map(fd, MAX, "test", &map, &f), 5);
	fd_close(&fd);
	assert_memory_equal(map, "hello", 5);
	sealed_unmap(map, 5);
}

static void test_sealed_copy(void **state)
{
	struct fault f;
	struct stat st;
	char got[8] = "";
	AUTO_FD int from = memory(0, 0);
	AUTO_FD int copy = -1;

	(void)state;
	assert_int_equal(write(from, "program", 7), 7);
	copy = sealed_copy(from, "test", &f);
	assert_true(copy >= 0);
	assert_int_equal(sealed_size(copy, MAX, "test", &f), 7);
	assert_int_equal(pread(copy, got, 7, 0), 7);
	assert_string_equal(got, "program");
	assert_int_equal(fstat(copy, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0555);
	assert_int_equal(pwrite(copy, "x", 1, 0), -1);
}

static void send_two(int sock, int a, int b)
{
	const int both[] = { a, b };
	char room[CMSG_SPACE(sizeof(both))] __attribute__((aligned(8))) = { 0 };
	struct iovec v = { (void *)(uintptr_t) "x", 1 };
	struct msghdr m = {
		.msg_iov = &v, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room)
	};
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);

	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof(both));
	memcpy(CMSG_DATA(h), both, sizeof(both));
	assert_int_equal(sendmsg(sock, &m, 0), 1);
}

/* The lowest free number: two takings of it tell whether one was left open between. */
static int lowest(void)
{
	int fd = dup(STDIN_FILENO);

	assert_int_equal(close(fd), 0);
	return fd;
}

static void test_passed(void **state)
{
	int pair[2], got = 7, free_fd;
	AUTO_FD int file = memory(3, 0);
	struct stat a, b;
	char text[8] = "";

	(void)state;
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
	free_fd = lowest();
	assert_int_equal(fd_recv(pair[1], text, sizeof(text), &got), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(fd_send(pair[0], "bare", 4, -1), 4);
	assert_int_equal(fd_recv(pair[1], text, sizeof(text), &got), 4);
	assert_int_equal(got, -1);
	assert_int_equal(fd_send(pair[0], "with", 4, file), 4);
	assert_int_equal(fd_recv(pair[1], text, sizeof(text), &got), 4);
	assert_string_equal(text, "with");
	assert_int_equal(fstat(file, &a), 0);
	assert_int_equal(fstat(got, &b), 0);
	assert_int_equal(a.st_ino, b.st_ino);
	assert_int_equal(fcntl(got, F_GETFD), FD_CLOEXEC);
	fd_close(&got);
	send_two(pair[0], file, file);
	assert_int_equal(fd_recv(pair[1], text, sizeof(text), &got), -1);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(got, -1);
	assert_int_equal(lowest(), free_fd);
	fd_close(&pair[0]);
	assert_int_equal(fd_recv(pair[1], text, sizeof(text), &got), 0);
	fd_close(&pair[1]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sealed_size),
		cmocka_unit_test(test_sealed_map),
		cmocka_unit_test(test_sealed_copy),
		cmocka_unit_test(test_passed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
