/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_logcopy.c - the log relay: bucket and bounded file under the test's own clock, then the
 * program itself with a real pipe.
 */
/* links: broker/logcopy.c lib/base */
/* needs: cloister-relay */
#include "tests/unit/unit.h"

#include "broker/logcopy.h"
#include "lib/base/fd.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define MS UINT64_C(1000000)

struct log {
	char path[128];
	int fd; /* of part 0 */
	int other[LOGCOPY_PARTS - 1];
	struct logcopy l;
};

static void open_log(struct log *t, uint64_t rate, uint64_t size_max)
{
	const char *dir = getenv("TMPDIR");

	(void)snprintf(t->path, sizeof(t->path), "%s/log.XXXXXX", dir ? dir : "/tmp");
	t->fd = mkostemp(t->path, O_APPEND | O_CLOEXEC);
	assert_true(t->fd >= 0);
	for (size_t i = 0; i < UNIT_LEN(t->other); i++) {
		t->other[i] =
			open(dir ? dir : "/tmp", O_TMPFILE | O_RDWR | O_APPEND | O_CLOEXEC, 0600);
		assert_true(t->other[i] >= 0);
	}
	logcopy_init(
		&t->l,
		&(struct logcopy_files){ .part = { t->fd, t->other[0], t->other[1], t->other[2] },
					 .rate = rate,
					 .size_max = size_max },
		0);
}

static void close_log(struct log *t)
{
	fd_close(&t->fd);
	for (size_t i = 0; i < UNIT_LEN(t->other); i++)
		fd_close(&t->other[i]);
	assert_int_equal(unlink(t->path), 0);
}

/* What the file holds now, NUL-ended, read by a descriptor of its own. */
static size_t content(const struct log *t, char *dst, size_t cap)
{
	AUTO_FD int fd = open(t->path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	assert_true(fd >= 0);
	n = read(fd, dst, cap - 1);
	assert_true(n >= 0);
	dst[n] = '\0';
	return (size_t)n;
}

static void take(struct log *t, const char *text, uint64_t now_ms)
{
	logcopy_take(&t->l, (const uint8_t *)text, strlen(text), now_ms * MS);
}

/* Rate 100 bytes/s: the bucket holds 100, and writing goes on when it has 80. */
static void rate_is_kept(void **state)
{
	struct log t;
	char got[512], sixty[61];

	(void)state;
	memset(sixty, 'x', 59);
	sixty[59] = '\n';
	sixty[60] = '\0';
	open_log(&t, 100, LOGCOPY_SIZE_MIN);
	take(&t, sixty, 0);
	assert_int_equal(content(&t, got, sizeof(got)), 60);
	assert_int_equal(logcopy_wait_ms(&t.l, 0), -1);

	take(&t, sixty, 0); /* 40 fit, 20 do not */
	assert_int_equal(content(&t, got, sizeof(got)), 100);
	assert_int_equal(logcopy_wait_ms(&t.l, 0), 801);
	take(&t, sixty, 500); /* 50 tokens: below the level */
	assert_int_equal(content(&t, got, sizeof(got)), 100);
	logcopy_tick(&t.l, 799 * MS);
	assert_int_equal(content(&t, got, sizeof(got)), 100);
	logcopy_tick(&t.l, 801 * MS);
	assert_int_equal(content(&t, got, sizeof(got)), 100 + strlen("\n[80 bytes dropped]\n"));
	assert_non_null(strstr(got, "x\n[80 bytes dropped]\n"));
	assert_int_equal(logcopy_wait_ms(&t.l, 801 * MS), -1);

	take(&t, "back\n", 2000);
	assert_true(content(&t, got, sizeof(got)) > 5);
	assert_non_null(strstr(got, "dropped]\nback\n"));
	close_log(&t);
}

/* Ten seconds of ten times the rate: no more than the rate and one burst, and every byte is told
 * of. */
static void flood_is_bounded(void **state)
{
	enum { RATE = 1000, CHUNK = 100, STEP_MS = 10, SECONDS = 10 };
	uint64_t sent = 0, told = 0, kept = 0;
	static char got[64 * 1024];
	struct log t;
	char chunk[CHUNK + 1];

	(void)state;
	memset(chunk, 'f', CHUNK);
	chunk[CHUNK] = '\0';
	open_log(&t, RATE, 1 << 20);
	for (uint64_t ms = 0; ms < SECONDS * 1000; ms += STEP_MS) {
		take(&t, chunk, ms);
		sent += CHUNK;
	}
	logcopy_end(&t.l);
	assert_true(content(&t, got, sizeof(got)) <= RATE * (SECONDS + 1) + 80);
	for (const char *p = got; *p; p++) {
		unsigned long n;

		kept += *p == 'f';
		if (*p == '[' && sscanf(p, "[%lu bytes dropped]", &n) == 1)
			told += n;
	}
	assert_int_equal(kept + told, sent);
	assert_true(kept >= RATE * SECONDS / 2);
	close_log(&t);
}

/* The bucket is not fooled by a clock that stands still, steps by nothing, or by small rates. */
static void odd_clocks(void **state)
{
	struct log t;
	char got[256];

	(void)state;
	open_log(&t, 3, LOGCOPY_SIZE_MIN);
	take(&t, "abc", 2000);
	take(&t, "d", 1500); /* backwards: no token, no overflow */
	assert_int_equal(content(&t, got, sizeof(got)), 3);
	/* a third of a byte and less a step still adds up */
	for (uint64_t ms = 2001; ms < 3100; ms++)
		logcopy_tick(&t.l, ms * MS);
	(void)content(&t, got, sizeof(got));
	assert_string_equal(got, "abc\n[1 bytes dropped]\n");
	close_log(&t);
}

/* All of part n of the ring, NUL-ended. */
static size_t part_content(const struct log *t, size_t n, char *dst, size_t cap)
{
	int fd = n ? t->other[n - 1] : t->fd;
	ssize_t got = pread(fd, dst, cap - 1, 0);

	assert_true(got >= 0);
	dst[got] = '\0';
	return (size_t)got;
}

/* Lines of p are whole and go on behind *last. */
static void whole_lines(const char *p, unsigned *last)
{
	unsigned n;

	for (; *p; p = strchr(p, '\n') + 1) {
		assert_int_equal(sscanf(p, "line %06u\n", &n), 1);
		assert_true(*last == 0 || n == *last + 1);
		assert_non_null(strchr(p, '\n'));
		*last = n;
	}
}

/* Five parts' worth of lines: the first part made way, the rest is there without a gap. */
static void parts_rotate(void **state)
{
	enum { LINES = 5 * LOGCOPY_SIZE_MIN / 12 - 300 };
	static char got[2 * LOGCOPY_SIZE_MIN];
	char line[32], head[32];
	struct log t;
	unsigned last = 0;

	(void)state;
	open_log(&t, LOGCOPY_RATE_MAX, LOGCOPY_SIZE_MIN);
	for (unsigned i = 1; i <= LINES; i++) {
		(void)snprintf(line, sizeof(line), "line %06u\n", i);
		take(&t, line, i);
	}
	assert_int_equal(t.l.number, 4);
	assert_int_equal(t.l.at, 0);
	for (unsigned n = 1; n <= 4; n++) {
		size_t len = part_content(&t, n % LOGCOPY_PARTS, got, sizeof(got));

		assert_true(len <= LOGCOPY_SIZE_MIN);
		(void)snprintf(head, sizeof(head), "[part %u]\n", n);
		assert_memory_equal(got, head, strlen(head));
		whole_lines(got + strlen(head), &last);
	}
	assert_int_equal(last, LINES);
	close_log(&t);
}

/* A chunk that is larger than a part, without a newline: cut, never beyond the bound. */
static void long_line(void **state)
{
	static char got[2 * LOGCOPY_SIZE_MIN], big[3 * LOGCOPY_SIZE_MIN];
	struct log t;
	size_t all = 0;

	(void)state;
	memset(big, 'z', sizeof(big) - 1);
	open_log(&t, LOGCOPY_RATE_MAX, LOGCOPY_SIZE_MIN);
	take(&t, big, 0);
	for (size_t n = 0; n < LOGCOPY_PARTS; n++) {
		size_t len = part_content(&t, n, got, sizeof(got));

		assert_true(len <= LOGCOPY_SIZE_MIN);
		for (const char *p = got; *p; p++)
			all += *p == 'z';
	}
	assert_int_equal(all, sizeof(big) - 1);
	close_log(&t);
}

/* A file that takes nothing: bytes count as dropped, and are told of when it works again. */
static void broken_file(void **state)
{
	struct log t;
	char got[256];
	int good;

	(void)state;
	open_log(&t, 1000, LOGCOPY_SIZE_MIN);
	good = t.l.part[0];
	t.l.part[0] = open(t.path, O_RDONLY | O_CLOEXEC);
	take(&t, "lost\n", 0);
	assert_int_equal(logcopy_wait_ms(&t.l, 0), 1000);
	take(&t, "lost\n", 1);
	assert_int_equal(close(t.l.part[0]), 0);
	t.l.part[0] = good;
	take(&t, "kept\n", 2);
	(void)content(&t, got, sizeof(got));
	assert_string_equal(got, "[10 bytes dropped]\nkept\n");
	close_log(&t);
}

/* Runs build/bin/cloister-relay with in as fd 3 and out as fd 4. */
static pid_t run_relay(const char *rate, const char *size, int in, int out)
{
	const char *b = getenv("B");
	char path[256];
	pid_t pid;

	(void)snprintf(path, sizeof(path), "%s/bin/cloister-relay", b ? b : "build-san");
	pid = fork();
	assert_true(pid >= 0);
	if (pid)
		return pid;
	if (dup2(in, 13) < 0 || dup2(out, 14) < 0 || dup2(13, 3) < 0 || dup2(14, 4) < 0 ||
	    dup2(14, 5) < 0 || dup2(14, 6) < 0 || dup2(14, 7) < 0)
		_exit(99);
	(void)close_range(8, ~0u, 0);
	/* its list of system calls has none of a leak checker's */
	(void)setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	(void)execl(path, "cloister-relay", "--log", rate, size, "0", (char *)NULL);
	_exit(98);
}

static int status_of(pid_t pid)
{
	int status = -1;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

static void program_copies_to_the_end(void **state)
{
	struct log t;
	char got[256];
	int p[2];
	pid_t pid;

	(void)state;
	open_log(&t, 1000, LOGCOPY_SIZE_MIN);
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	pid = run_relay("1000", "8192", p[0], t.fd);
	assert_int_equal(close(p[0]), 0);
	assert_int_equal(write(p[1], "one\n", 4), 4);
	assert_int_equal(write(p[1], "two", 3), 3);
	assert_int_equal(close(p[1]), 0);
	assert_int_equal(status_of(pid), 0);
	(void)content(&t, got, sizeof(got));
	assert_string_equal(got, "one\ntwo");
	close_log(&t);
}

/* The writer of a flood never waits for the rate: 1 MiB goes through at 1 KiB/s, and is told of. */
static void program_drains_a_flood(void **state)
{
	static char block[65536];
	struct log t;
	char got[2048];
	int p[2];
	pid_t pid;

	(void)state;
	memset(block, 'y', sizeof(block));
	open_log(&t, 1024, LOGCOPY_SIZE_MIN);
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	pid = run_relay("1024", "8192", p[0], t.fd);
	assert_int_equal(close(p[0]), 0);
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(write(p[1], block, sizeof(block)), sizeof(block));
	assert_int_equal(close(p[1]), 0);
	assert_int_equal(status_of(pid), 0);
	(void)content(&t, got, sizeof(got));
	assert_non_null(strstr(got, "y\n[1047552 bytes dropped]\n"));
	close_log(&t);
}

static const struct {
	const char *why, *rate, *size;
} refused[] = {
	{ "no rate", "0", "8192" },	   { "rate too high", "1073741825", "8192" },
	{ "file too small", "1", "8191" }, { "file too large", "1", "1099511627777" },
	{ "not a number", "1k", "8192" },  { "negative", "-1", "8192" },
	{ "empty", "", "8192" },	   { "overflow", "18446744073709551616", "8192" },
};

static void program_refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(refused); i++)
		unit_eq(status_of(run_relay(refused[i].rate, refused[i].size, 0, 1)), 2,
			refused[i].why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rate_is_kept),
		cmocka_unit_test(flood_is_bounded),
		cmocka_unit_test(odd_clocks),
		cmocka_unit_test(parts_rotate),
		cmocka_unit_test(long_line),
		cmocka_unit_test(broken_file),
		cmocka_unit_test(program_copies_to_the_end),
		cmocka_unit_test(program_drains_a_flood),
		cmocka_unit_test(program_refuses),
	};

	return cmocka_run_group_tests_name("logcopy", tests, NULL, NULL);
}
