/* SPDX-License-Identifier: Apache-2.0 */
/* test_confine.c - the seccomp list and the Landlock domain, tried from inside; each with its
 * control. */
/* links: lib/harden lib/base */
/* libs: -lseccomp -lcap */
#include "tests/unit/unit.h"

#include "lib/base/fd.h"
#include "lib/harden/confine.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>

static int in_child(int (*fn)(void))
{
	pid_t pid = fork();
	int st = 0;

	if (pid == 0)
		/* not _exit: a sanitizer hooks it with calls that no list holds */
		(void)syscall(SYS_exit_group, fn());
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &st, 0), pid);
	return WIFEXITED(st) ? WEXITSTATUS(st) : 200;
}

static enum program tried;

/* Calls that no list holds are EPERM, one that it holds works. */
static int calls(void)
{
	struct fault f;
	struct utsname u;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (uname(&u) < 0 || fd < 0) /* control */
		return 1;
	if (confine_apply(tried, NULL, 0, &f) < 0)
		return 2;
	if (uname(&u) == 0 || errno != EPERM)
		return 3;
	if (socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0 || errno != EPERM)
		return 4;
	if (syscall(SYS_getpid) <= 0)
		return 5;
	return 0;
}

/* An argument outside its condition is EPERM; what the kernel says otherwise is EBADF. */
static int arguments(void)
{
	struct fault f;

	if (confine_apply(PROG_NETD, NULL, 0, &f) < 0)
		return 1;
	if (setns(-1, CLONE_NEWNET) == 0 || errno != EBADF)
		return 2;
	if (setns(-1, CLONE_NEWNS) == 0 || errno != EPERM)
		return 3;
	if (setns(-1, 0) == 0 || errno != EPERM)
		return 4;
	return 0;
}

static int files(void)
{
	AUTO_FD int usr = open("/usr/bin", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const struct confine_path path = { usr, CONFINE_READ };
	struct fault f;
	int rc = confine_apply(PROG_NETD, &path, 1, &f), fd;

	if (rc < 0)
		return 1;
	if (rc == 1)
		return 77; /* no Landlock in this kernel */
	fd = openat(usr, "env", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 2;
	fd_close(&fd);
	fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	if (fd >= 0 || errno != EACCES)
		return 3;
	fd = openat(usr, "env", O_WRONLY | O_CLOEXEC);
	return fd < 0 && (errno == EACCES || errno == ETXTBSY) ? 0 : 4;
}

/* Sockets from before, so that the first layer is not what stops it. */
static int net(void)
{
	const struct sockaddr_in in = { .sin_family = AF_INET,
					.sin_addr = { htonl(INADDR_LOOPBACK) } };
	AUTO_FD int before = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	AUTO_FD int after = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct fault f;

	if (bind(before, (const struct sockaddr *)&in, sizeof(in)) < 0) /* control */
		return 1;
	if (confine_landlock_abi() < 4)
		return 77;
	if (confine_apply(PROG_NETD, NULL, 0, &f) != 0)
		return 2;
	if (bind(after, (const struct sockaddr *)&in, sizeof(in)) == 0 || errno != EACCES)
		return 3;
	return 0;
}

static void test_net(void **state)
{
	int rc = in_child(net);

	(void)state;
	if (rc == 77)
		unit_skip("this kernel's Landlock does not know TCP");
	assert_int_equal(rc, 0);
}

static void test_calls(void **state)
{
	static const enum program each[] = { PROG_VOLUMED, PROG_COMPILE, PROG_MKIMAGE, PROG_RELAY };

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(each); i++) {
		tried = each[i];
		unit_eq(in_child(calls), 0, harden_table[tried].name);
	}
	assert_int_equal(in_child(arguments), 0);
}

static void test_files(void **state)
{
	int rc = in_child(files);

	(void)state;
	if (rc == 77)
		unit_skip("this kernel has no Landlock");
	assert_int_equal(rc, 0);
}

static void test_ancestors(void **state)
{
	static const enum program never[] = { PROG_NONE, PROG_CLOISTERD, PROG_SPAWN, PROG__COUNT };
	struct fault f;

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(never); i++)
		assert_int_equal(confine_apply(never[i], NULL, 0, &f), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_net),
		cmocka_unit_test(test_ancestors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
