/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_acts.c - the acts journal: whole records, a sequence that goes on, failure that is told.
 */
/* links: lib/wire lib/base */
#include "tests/unit/unit.h"

#include "lib/base/fd.h"
#include "lib/wire/op.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

static const struct act_about about = { .t = { 3, 4 }, .op_id = { 1 }, .tag = { 2 } };

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
	assert_int_equal(acts_write(&a, 7, ACT_BEFORE, 0, &about), 0);
	assert_int_equal(acts_write(&a, 7, ACT_AFTER, -EPERM, &about), 0);
	assert_int_equal(pread(fd, &got, sizeof(got), sizeof(got)), sizeof(got));
	assert_true(got.seq == 1);
	assert_true(got.boottime > 0);
	assert_int_equal(got.op, 7);
	assert_int_equal(got.phase, ACT_AFTER);
	assert_int_equal(got.code, -EPERM);
	assert_memory_equal(&got.about, &about, sizeof(about));
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
		assert_int_equal(acts_write(&a, 1, ACT_BEFORE, 0, &about), 0);
		assert_int_equal(pread(fd, &got, sizeof(got), (off_t)(i * sizeof(got))),
				 sizeof(got));
		assert_true(got.seq == i);
	}
}

/* A failed write is an error and leaves the sequence where it was. */
/* Due a second after the first record that is not synced; a server waits no longer than that. */
static void sync_is_due(void **state)
{
	const uint64_t second = UINT64_C(1000000000);
	AUTO_FD int fd = journal();
	struct acts a;

	(void)state;
	acts_init(&a, fd);
	assert_int_equal(acts_wait_ms(&a, -1), -1);
	assert_int_equal(acts_wait_ms(&a, 7), 7);
	assert_int_equal(acts_write(&a, 1, ACT_BEFORE, 0, &about), 0);
	assert_in_range(acts_wait_ms(&a, -1), 1, 1001);
	assert_int_equal(acts_wait_ms(&a, 7), 7);
	acts_sync(&a, false); /* not yet */
	assert_true(a.unsynced);
	a.unsynced -= second;
	assert_int_equal(acts_wait_ms(&a, -1), 0);
	acts_sync(&a, false);
	assert_false(a.unsynced);
	assert_int_equal(acts_write(&a, 1, ACT_AFTER, 0, &about), 0);
	acts_sync(&a, true);
	assert_false(a.unsynced);
	a.fd = -1;
	a.unsynced = 1; /* cannot be: again, but not at once */
	acts_sync(&a, true);
	assert_in_range(acts_wait_ms(&a, -1), 900, 1001);
	a.fd = fd;
}

static void failing_file(void **state)
{
	AUTO_FD int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	AUTO_FD int readonly = open("/dev/null", O_RDONLY | O_CLOEXEC);
	AUTO_FD int small = memfd_create("acts", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct acts a;

	(void)state;
	acts_init(&a, full);
	assert_int_equal(acts_write(&a, 1, ACT_BEFORE, 0, &about), -ENOSPC);
	assert_true(a.seq == 0);
	acts_init(&a, readonly);
	assert_int_equal(acts_write(&a, 1, ACT_BEFORE, 0, &about), -EBADF);
	assert_int_equal(fcntl(small, F_ADD_SEALS, F_SEAL_GROW), 0);
	acts_init(&a, small);
	assert_int_equal(acts_write(&a, 1, ACT_BEFORE, 0, &about), -EPERM);
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
	rc = acts_write(&a, 1, ACT_BEFORE, 0, &about);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_int_equal(rc, -EIO);
	assert_int_equal(acts_write(&a, 1, ACT_BEFORE, 0, &about),
			 0); /* what is torn is filled up */
	assert_true(a.seq == 2);
	assert_int_equal(lseek(fd, 0, SEEK_END), 2 * sizeof(struct act));
}

/* A part of a record that an earlier life left: the records behind it must be found. */
static void torn_before(void **state)
{
	static const struct {
		const char *why;
		size_t left; /* bytes in the file      */
		int seals;
		uint64_t seq;
		int want;
	} rows[] = {
		{ "nothing", 0, 0, 0, 0 },
		{ "whole records", 128, 0, 2, 0 },
		{ "one byte", 1, F_SEAL_SHRINK, 1, 0 },
		{ "one byte less than two", 127, F_SEAL_SHRINK, 2, 0 },
		{ "one byte more than one", 65, F_SEAL_SHRINK, 2, 0 },
		{ "cannot be filled: no act is recorded", 65, F_SEAL_GROW, 1, -EIO },
	};
	static const uint8_t old[128] = { 0x5a };

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(rows); i++) {
		AUTO_FD int fd = memfd_create("acts", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		struct act got;
		struct acts a;

		assert_int_equal(write(fd, old, rows[i].left), rows[i].left);
		assert_int_equal(fcntl(fd, F_SETFL, O_APPEND), 0);
		assert_int_equal(fcntl(fd, F_ADD_SEALS, rows[i].seals), 0);
		acts_init(&a, fd);
		unit_eq(a.seq, rows[i].seq, rows[i].why);
		unit_eq(acts_write(&a, 9, ACT_BEFORE, 0, &about), rows[i].want, rows[i].why);
		if (rows[i].want < 0)
			continue;
		unit_eq(lseek(fd, 0, SEEK_END), (off_t)((rows[i].seq + 1) * sizeof(got)),
			rows[i].why);
		assert_int_equal(pread(fd, &got, sizeof(got), (off_t)(rows[i].seq * sizeof(got))),
				 sizeof(got));
		unit_eq(got.op, 9, rows[i].why);
		unit_eq(got.seq, rows[i].seq, rows[i].why);
	}
}

/* The next segment: numbers from 0, what comes is there, the one before is as it was. */
static void next_segment(void **state)
{
	AUTO_FD int first = journal();
	AUTO_FD int second = journal();
	int take = fcntl(second, F_DUPFD_CLOEXEC, 3);
	struct op_host h = { 0 };
	struct acts a;
	struct act got;
	struct reply out;

	(void)state;
	acts_init(&a, fcntl(first, F_DUPFD_CLOEXEC, 3));
	for (int i = 0; i < 3; i++)
		assert_int_equal(acts_write(&a, 1, ACT_BEFORE, 0, &about), 0);
	h.acts = &a;
	assert_int_equal(op_acts(&h, NULL, &take, &out), 0);
	assert_int_equal(take, -1);
	assert_int_equal(a.unsynced, 0);
	assert_int_equal(acts_write(&a, 4, ACT_AFTER, 0, &h.now_about), 0);
	assert_int_equal(lseek(first, 0, SEEK_END), 3 * sizeof(got));
	assert_int_equal(pread(second, &got, sizeof(got), 0), sizeof(got));
	assert_true(got.seq == 0 && got.op == 4 && got.about.tag[0] == 3);
	fd_close(&a.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records),	cmocka_unit_test(sequence_goes_on),
		cmocka_unit_test(sync_is_due),	cmocka_unit_test(failing_file),
		cmocka_unit_test(torn_record),	cmocka_unit_test(torn_before),
		cmocka_unit_test(next_segment),
	};

	return cmocka_run_group_tests_name("acts", tests, NULL, NULL);
}
