/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_bench.c - the bench measures what it says: the wire of `request` against a small server, and
 * the arithmetic of the report on figures that are known.
 */
/* links: bench/request.c bench/report.c bench/proc.c lib/base */
#include "tests/unit/unit.h"

#include "bench/bench.h"
#include "lib/base/fd.h"
#include "lib/base/str.h"
#include "tests/unit/fds.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

/* The report walks this table; nothing is run here. */
const struct kind_row kinds[KIND__COUNT] = {
	[KIND_BARE] = { "bare", "b", NULL },	   [KIND_FLOOR] = { "floor", "f", NULL },
	[KIND_BWRAP] = { "bwrap", "w", NULL },	   [KIND_CRUN] = { "crun", "c", NULL },
	[KIND_RUNC] = { "runc", "r", NULL },	   [KIND_RUN] = { "run", "u", NULL },
	[KIND_REQUEST] = { "request", "q", NULL },
};

#define STARTED                                                                                    \
	"{\"parameters\":{\"started\":true,\"workload\":\"r1\",\"pid\":7},\"continues\":true}"
#define REFUSED "{\"error\":\"io.cloister.Refused\",\"parameters\":{}}"
#define ENDED	"{\"parameters\":{\"code\":0,\"reason\":\"exited\",\"oom\":0}}"

static const struct {
	const char *why;
	const char *first, *second; /* sent one after the other; NULL: the server closes */
	size_t first_n, second_n;
	bool with_fds;
	int want;
} servers[] = {
	{ "as it should be", STARTED, ENDED, sizeof(STARTED), sizeof(ENDED), true, 0 },
	{ "both replies at once", STARTED "\0" ENDED, NULL, sizeof(STARTED "\0" ENDED), 0, true,
	  0 },
	{ "apart again, after both at once", STARTED, ENDED, sizeof(STARTED), sizeof(ENDED), true,
	  0 },
	{ "an error", REFUSED, NULL, sizeof(REFUSED), 0, false, -EIO },
	{ "no descriptors", STARTED, ENDED, sizeof(STARTED), sizeof(ENDED), false, -EIO },
	{ "closed at once", NULL, NULL, 0, 0, false, -EPIPE },
	{ "closed before the end", STARTED, NULL, sizeof(STARTED), 0, true, -EPIPE },
	{ "half a reply", STARTED, NULL, 10, 0, false, -EPIPE },
};

static void send_with(int sock, const char *text, size_t n, const int *fd, size_t nfds)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int) * 2)];
	} c = { 0 };
	struct iovec io = { .iov_base = (void *)(uintptr_t)text, .iov_len = n };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1 };

	if (nfds) {
		m.msg_control = c.buf;
		m.msg_controllen = sizeof(c.buf);
		c.align = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int) * nfds),
					    .cmsg_level = SOL_SOCKET,
					    .cmsg_type = SCM_RIGHTS };
		memcpy(CMSG_DATA(&c.align), fd, sizeof(int) * nfds);
	}
	(void)sendmsg(sock, &m, MSG_NOSIGNAL);
}

/* Serves one connection as row i says; the workload's stdout holds the time at once. */
static void serve(int listener, size_t i)
{
	AUTO_FD int sock = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	uint64_t now;
	char request[1024];
	int out[2], err[2], fd[2];

	if (sock < 0 || recv(sock, request, sizeof(request), 0) <= 0 || !servers[i].first)
		return;
	if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
		return;
	now = mono_ns();
	if (write(out[1], &now, sizeof(now)) != sizeof(now))
		return;
	fd[0] = out[0];
	fd[1] = err[0];
	send_with(sock, servers[i].first, servers[i].first_n, fd, servers[i].with_fds ? 2 : 0);
	if (servers[i].second)
		send_with(sock, servers[i].second, servers[i].second_n, NULL, 0);
}

static void wire(void **state)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const char *dir = getenv("TMPDIR");
	struct places p = { 0 };
	AUTO_FD int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	(void)snprintf(p.sock, sizeof(p.sock), "%s/bench.sock", dir ? dir : "/tmp");
	assert_int_equal(str_copy(a.sun_path, sizeof(a.sun_path), p.sock), 0);
	assert_int_equal(bind(listener, (const struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(listener, 1), 0);
	for (size_t i = 0; i < UNIT_LEN(servers); i++) {
		unsigned before = fds_open();
		struct sample s = { 0 };
		struct fault f = { 0 };
		pid_t pid = fork();

		if (pid == 0) {
			serve(listener, i);
			_exit(0);
		}
		assert_true(pid > 0);
		unit_eq(request_run(&p, &s, &f), servers[i].want, servers[i].why);
		if (servers[i].want == 0) {
			unit_row(s.first > 0 && s.first < s.whole, servers[i].why);
			unit_row(s.whole < UINT64_C(10000000000), servers[i].why);
		}
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		unit_eq(fds_open(), before, servers[i].why);
	}
	assert_int_equal(unlink(p.sock), 0);
}

static void processes(void **state)
{
	char *const yes[] = { (char *)(uintptr_t) "true", NULL };
	char *const no[] = { (char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c",
			     (char *)(uintptr_t) "echo why >&2; echo more >&2; exit 3", NULL };
	char *const none[] = { (char *)(uintptr_t) "/no/such/program", NULL };
	unsigned before = fds_open();
	struct sample s;
	struct fault f;

	(void)state;
	assert_int_equal(proc_run(yes, &s, &f), 0);
	assert_true(s.whole > 0);
	assert_int_equal(proc_run(no, &s, &f), -EIO);
	assert_string_equal(f.msg, "why");
	assert_int_equal(proc_run(none, &s, &f), -ENOENT);
	assert_int_equal(fds_open(), before);
}

/* Floor takes i + 1 ms; request half of it to the first instruction; bwrap refuses. */
static void arithmetic(void **state)
{
	static struct results r;
	static char page[8192];
	const char *dir = getenv("TMPDIR");
	char path[128];
	struct fault f;
	FILE *in;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/results.md", dir ? dir : "/tmp");
	r.n[MODE_HOT] = r.n[MODE_QUIET] = 101;
	(void)snprintf(r.refused[KIND_BWRAP], REASON_MAX, "not on this host");
	for (size_t m = 0; m < MODE__COUNT; m++)
		for (size_t i = 0; i < 101; i++) {
			uint64_t ns = (i + 1) * 1000000;

			r.s[KIND_FLOOR][m][i] = (struct sample){ ns / 2, ns };
			r.s[KIND_REQUEST][m][i] = (struct sample){ ns / 2, ns };
			r.s[KIND_RUN][m][i] = (struct sample){ 0, ns };
			r.s[KIND_RUNC][m][i] = (struct sample){ 0, 10 * ns };
		}
	assert_int_equal(report_write(&r, path, &f), 0);
	in = fopen(path, "r");
	assert_non_null(in);
	page[fread(page, 1, sizeof(page) - 1, in)] = '\0';
	assert_int_equal(fclose(in), 0);
	assert_non_null(strstr(page, "101 rounds hot and 101 after"));
	assert_non_null(strstr(page, "| floor, whole | f | 51000 | 100000 | 51000 | 100000 |"));
	assert_non_null(strstr(page, "| bwrap | w | refused: not on this host |"));
	assert_non_null(strstr(page, "floor, whole | 0.500 | 0.80 | 0.500 | 1.00 |"));
	assert_non_null(strstr(page, "floor to first instruction | 1.000 |"));
	assert_non_null(strstr(page, "`cloister run` / bwrap | none | 0.75 | none | 0.85 |"));
	assert_non_null(strstr(page, "`cloister run` / runc | 0.100 | 0.125 | 0.100 | 0.125 |"));
	assert_null(strstr(page, "run, to first instruction"));
	assert_int_equal(report_write(&r, "/no/such/folder/x", &f), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wire),
		cmocka_unit_test(processes),
		cmocka_unit_test(arithmetic),
	};

	return cmocka_run_group_tests_name("bench", tests, NULL, NULL);
}
