/* SPDX-License-Identifier: Apache-2.0 */
/* links: lib/base */
#include "tests/unit/unit.h"
#include "lib/base/fd.h"
#include "lib/base/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static char top[] = "/tmp/cloister-file.XXXXXX";

static int make(void **state)
{
	(void)state;
	return mkdtemp(top) ? 0 : -1;
}

static int clean(void **state)
{
	char cmd[64];

	(void)state;
	(void)snprintf(cmd, sizeof(cmd), "rm -rf %s", top);
	return system(cmd);
}

static void test_text(void **state)
{
	AUTO_FD int dir = file_dir(AT_FDCWD, top);
	AUTO_FD int fd = openat(dir, "f", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	char text[8];

	(void)state;
	assert_true(dir >= 0 && fd >= 0);
	assert_int_equal(file_put(dir, "f", "12345"), 0);
	assert_int_equal(file_text(dir, "f", text, sizeof(text)), 5);
	assert_string_equal(text, "12345");
	assert_int_equal(file_text(dir, "f", text, 4), 3); /* cut, and ended */
	assert_string_equal(text, "123");
	assert_int_equal(file_text(dir, "none", text, sizeof(text)), 0);
	assert_string_equal(text, "");
	assert_int_equal(file_put(dir, "none", "1"), -ENOENT);
	assert_int_equal(symlinkat("f", dir, "link"), 0);
	assert_int_equal(file_put(dir, "link", "1"), -ELOOP);
	assert_int_equal(file_text(dir, "link", text, sizeof(text)), 0);
	assert_int_equal(file_text(-1, "f", text, sizeof(text)), 0);
}

static int sum(void *ctx, uint32_t number)
{
	*(uint64_t *)ctx += number;
	return number == 99 ? -ECANCELED : 0;
}

static void test_numbers(void **state)
{
	static const char *const names[] = { "3", "40", "x5", "5x", "4294967295", "-1", "007" };
	uint64_t total = 0;
	AUTO_FD int top_fd = file_dir(AT_FDCWD, top);
	AUTO_FD int dir = -1;
	AUTO_FD int file = -1;

	(void)state;
	assert_int_equal(mkdirat(top_fd, "n", 0700), 0);
	dir = file_dir(top_fd, "n");
	for (size_t i = 0; i < UNIT_LEN(names); i++)
		assert_int_equal(mkdirat(dir, names[i], 0700), 0);
	file = openat(dir, "1000", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_int_equal(file_numbers(dir, sum, &total), 0);
	assert_int_equal(total, 3 + 40 + 7);
	assert_int_equal(mkdirat(dir, "99", 0700), 0);
	assert_int_equal(lseek(dir, 0, SEEK_SET), 0);
	assert_int_equal(file_numbers(dir, sum, &total), -ECANCELED);
	assert_int_equal(file_rmdir_number(dir, 99), 0);
	assert_int_equal(file_rmdir_number(dir, 99), -1);
	assert_int_equal(file_dir_number(dir, 99), -1);
	assert_int_equal(file_numbers(-1, sum, &total), -EBADF);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, make, clean);
}
