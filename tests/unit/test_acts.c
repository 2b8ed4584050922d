/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_acts.c - the acts journal: whole records, a sequence that goes on, failure that is told.
 */
/* links: lib/wire lib/base */
#include "tests/unit/unit.h"

#include "lib/base/fd.h"
#include "lib/wire/acts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

static const struct tenant_ref tenant = { 3, 4 };
static const uint8_t op_id[16] = { 1 }, tag[16] = { 2 };

/* An unlinked file opened for appending, as the parent hands it over. */
static int journal(void)
{
	const char *dir = getenv("TMPDIR");
	char path[128];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/acts.XXXXXX", dir ? dir : "/tmp");
	fd = mkostemp(path, O_APPEND | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(unlink(path), 0);
	return fd;
}

static void records(void **state)
{
	struct act got;
	struct acts a;
	AUTO_FD int fd = journal();

	(void)state;
	acts_init(&a, fd);
	assert_int_equal(acts_write(&a, 7, ACT_BEFORE, 0, &tenant, op_id, tag), 0);
	assert_int_equal(acts_write(&a, 7, ACT_AFTER, -EPERM, &tenant, op_id, tag), 0);
	assert_int_equal(pread(fd, &got, sizeof(got), sizeof(got)), sizeof(got));
	assert_true(got.seq == 1);
	assert_true(got.boottime > 0);
	assert_int_equal(got.op, 7);
	assert_int_equal(got.phase, ACT_AFTER);
	assert_int_equal(got.code, -EPERM);
	assert_memory_equal(&got.t, &tenant, sizeof(tenant));
	assert_memory_equal(got.op_id, op_id, sizeof(op_id));
	assert_memory_equal(got.tag, tag, sizeof(tag));
	assert_int_equal(pread(fd, &got, sizeof(got), 2 * sizeof(got)), 0);
}

static void sequence_goes_on(void **state)
{
	struct act got;
	struct acts a;
	AUTO_FD int fd = journal();

	(void)state;
	for (uint64_t i = 0; i < 5; i++) {
		acts_init(&a, fd); /* a restart each time */
		assert_true(a.seq == i);
		assert_int_equal(acts_write(&a, 1, ACT_BEFORE, 0, &tenant, op_id, tag), 0);
		assert_int_equal(pread(fd, &got, sizeof(got), (off_t)(i * sizeof(got))),
				 sizeof(got));
		assert_true(got.seq == i);
	}
}

/* A failed write is an error and leaves the sequence where it was. */
static void failing_file(void **state)
{
	AUTO_FD int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	AUTO_FD int readonly = open("/dev/null", O_RDONLY | O_CLOEXEC);
	AUTO_FD int small = memfd_create("acts", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct acts a;

	(void)state;
	acts_init(&a, full);
	assert_int_equal(acts_write(&a, 1, ACT_BEFORE, 0, &tenant, op_id, tag), -ENOSPC);
	assert_true(a.seq == 0);
	acts_init(&a, readonly);
	assert_int_equal(acts_write(&a, 1, ACT_BEFORE, 0, &tenant, op_id, tag), -EBADF);
	assert_int_equal(fcntl(small, F_ADD_SEALS, F_SEAL_GROW), 0);
	acts_init(&a, small);
	assert_int_equal(acts_write(&a, 1, ACT_BEFORE, 0, &tenant, op_id, tag), -EPERM);
	assert_true(a.seq == 0);
}

/* A record that was written in part is an error: here the file may grow by less than one. */
static void torn_record(void **state)
{
	struct rlimit was, small;
	AUTO_FD int fd = journal();
	struct acts a;
	int rc;

	(void)state;
	acts_init(&a, fd);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	small = (struct rlimit){ .rlim_cur = sizeof(struct act) - 1, .rlim_max = was.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	rc = acts_write(&a, 1, ACT_BEFORE, 0, &tenant, op_id, tag);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_int_equal(rc, -EIO);
	assert_true(a.seq == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records),
		cmocka_unit_test(sequence_goes_on),
		cmocka_unit_test(failing_file),
		cmocka_unit_test(torn_record),
	};

	return cmocka_run_group_tests_name("acts", tests, NULL, NULL);
}
