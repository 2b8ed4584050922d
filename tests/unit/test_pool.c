/* SPDX-License-Identifier: Apache-2.0 */
/* test_pool.c - the queues of network namespaces (pure), and what a made one is like (root). */
/* links: netns/pool.c netns/link.c netns/home.c lib/base */
/* libs: -lnl-route-3 -lnl-3 */
#include "tests/unit/unit.h"

#include "lib/base/fd.h"
#include "netns/pool.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_wants(void **state)
{
	static struct pool p;

	(void)state;
	pool_init(&p);
	assert_int_equal(pool_wants(&p), 0);
	/* round by round, so that no combination waits for another to be full */
	for (int i = 0; i < POOL_DEPTH * POOL_QUEUES; i++) {
		int flags = pool_wants(&p);

		assert_int_equal(flags, i % POOL_QUEUES);
		assert_int_equal(pool_put(&p, (uint32_t)flags, 1000 + i), 0);
	}
	assert_int_equal(pool_wants(&p), -1);
	assert_int_equal(pool_put(&p, 3, 5), -ENOSPC);
	assert_int_equal(pool_ready(&p), POOL_DEPTH * POOL_QUEUES);
	/* the oldest first, each once */
	for (int i = 0; i < POOL_DEPTH; i++)
		assert_int_equal(pool_pop(&p, 3), 1000 + 3 + i * POOL_QUEUES);
	assert_int_equal(pool_pop(&p, 3), -1);
	assert_int_equal(pool_wants(&p), 3);
}

/* Without IPv6 in the kernel the other queues are still kept full, and nothing is tried for ever.
 */
static void test_no_ipv6(void **state)
{
	static struct pool p;
	int n = 0;

	(void)state;
	pool_init(&p);
	p.no_ipv6 = true;
	for (int flags = pool_wants(&p); flags >= 0; flags = pool_wants(&p), n++) {
		assert_false(flags & NETD_IPV6);
		assert_int_equal(pool_put(&p, (uint32_t)flags, 1000 + n), 0);
	}
	assert_int_equal(n, POOL_DEPTH * POOL_QUEUES / 2);
	assert_false(pool_low(&p));
}

static void test_low(void **state)
{
	static struct pool p;

	(void)state;
	pool_init(&p);
	for (size_t q = 0; q < POOL_QUEUES; q++)
		p.queue[q].n = POOL_LOW;
	assert_false(pool_low(&p));
	for (size_t q = 0; q < POOL_QUEUES; q++) {
		p.queue[q].n = POOL_LOW - 1;
		assert_true(pool_low(&p));
		p.queue[q].n = POOL_DEPTH;
	}
	assert_false(pool_low(&p));
}

static void test_counts(void **state)
{
	static const struct {
		const char *why;
		uint32_t live, ready, out;
	} rows[] = {
		{ "nothing", 0, 0, 0 },
		{ "all wait", 3, 3, 0 },
		{ "two handed out", 5, 3, 2 },
		{ "news came before the count", 2, 3, 0 },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(rows); i++) {
		static struct pool p;

		pool_init(&p);
		p.census.live = rows[i].live;
		p.queue[1].n = rows[i].ready;
		unit_eq(pool_out(&p), rows[i].out, rows[i].why);
	}
}

/* ---- with root ---- */

static int lo_is_up(void)
{
	struct ifreq r = { .ifr_name = "lo" };
	AUTO_FD int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (s < 0 || ioctl(s, SIOCGIFFLAGS, &r) < 0)
		return -1;
	return (r.ifr_flags & IFF_UP) != 0;
}

static int binds6(void)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6,
				  .sin6_port = htons(4000),
				  .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	AUTO_FD int s = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return s >= 0 && bind(s, (struct sockaddr *)&a, sizeof(a)) == 0;
}

static int binds_low(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(80) };
	AUTO_FD int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return s >= 0 && bind(s, (struct sockaddr *)&a, sizeof(a)) == 0;
}

/* As a workload would find it: no capability. Returns 0 or the number of the finding. */
static int look_inside(int ns, uint32_t flags)
{
	if (setns(ns, CLONE_NEWNET) < 0)
		return 1;
	if (setresuid(65534, 65534, 65534) < 0)
		return 2;
	if (lo_is_up() != ((flags & NETD_LO_UP) != 0))
		return 3;
	if ((flags & NETD_LO_UP) && binds6() != ((flags & NETD_IPV6) != 0))
		return 4;
	if (!(flags & NETD_LO_UP) && binds6())
		return 5;
	if (binds_low() != ((flags & NETD_LOW_PORTS) != 0))
		return 6;
	return 0;
}

static int child_looks(int ns, uint32_t flags)
{
	pid_t pid = fork();
	int st = 0;

	if (pid == 0)
		_exit(look_inside(ns, flags));
	if (pid < 0 || waitpid(pid, &st, 0) != pid || !WIFEXITED(st))
		return 100;
	return WEXITSTATUS(st);
}

/* All of them are kept: the number of a namespace that is gone may be given again. */
static int each_combination(struct pool *p, int kept[POOL_QUEUES], struct fault *f)
{
	ino_t seen[POOL_QUEUES];

	for (uint32_t flags = 0; flags < POOL_QUEUES; flags++) {
		struct stat st;
		int rc = pool_make(p, flags, &kept[flags], f), ns = kept[flags];

		if (rc < 0)
			return 10;
		if (fstat(ns, &st) < 0)
			return 11;
		for (uint32_t i = 0; i < flags; i++)
			if (seen[i] == st.st_ino)
				return 12;
		seen[flags] = st.st_ino;
		rc = child_looks(ns, flags);
		if (rc)
			return 20 + (int)flags * 10 + rc;
	}
	return 0;
}

/* Handed out is what lives, whoever holds it: the count falls when the last one lets go. */
static int census_falls(struct pool *p, struct fault *f)
{
	AUTO_FD int a = -1, b = -1;
	struct pollfd news = { .fd = census_fd(&p->census), .events = POLLIN };
	uint32_t before;

	while (pool_out(p) > 0) /* those of the test before */
		if (poll(&news, 1, 5000) != 1 || census_read(&p->census, f) < 0)
			return 1;
	if (pool_make(p, 0, &a, f) < 0 || pool_make(p, 0, &b, f) < 0 ||
	    census_give(&p->census, a, 7, f) < 0 || census_give(&p->census, b, 8, f) < 0 ||
	    census_of(&p->census, 7) != 1)
		return 2;
	before = pool_out(p);
	fd_close(&a);
	if (before != 2)
		return 3;
	while (pool_out(p) == 2) /* the news of the two births come first */
		if (poll(&news, 1, 5000) != 1 || census_read(&p->census, f) < 0)
			return 4;
	if (pool_out(p) != 1 || census_of(&p->census, 7) != 0 || census_of(&p->census, 8) != 1)
		return 5;
	/* the number of the first is given again, before the news of its end is read or after */
	for (int i = 0; i < 40; i++) {
		if (pool_make(p, 0, &a, f) < 0 || census_give(&p->census, a, 7, f) < 0)
			return 6;
		fd_close(&a);
	}
	while (census_of(&p->census, 7) > 0 || pool_out(p) > 1)
		if (poll(&news, 1, 5000) != 1 || census_read(&p->census, f) < 0)
			return 7;
	return census_of(&p->census, 8) == 1 && pool_out(p) == 1 ? 0 : 8;
}

static int at_home(void)
{
	static struct pool p;
	struct fault f = { 0 };
	struct stat before, after;
	int kept[POOL_QUEUES], rc;

	memset(kept, -1, sizeof(kept));
	if (stat("/proc/self/ns/net", &before) < 0)
		return 1;
	pool_init(&p);
	if (pool_open(&p, &f) < 0) {
		(void)fprintf(stderr, "%s: %s\n", f.site, f.msg);
		return 2;
	}
	if (fstat(p.home.net, &after) < 0 || after.st_ino == before.st_ino)
		return 3;
	if (access("/etc", F_OK) == 0 || access("/proc", F_OK) == 0)
		return 4; /* a path of the host */
	rc = each_combination(&p, kept, &f);
	for (uint32_t i = 0; i < POOL_QUEUES; i++)
		fd_close(&kept[i]);
	if (rc == 0)
		rc = census_falls(&p, &f);
	if (rc && rc < 10)
		rc += 110;
	if (rc)
		(void)fprintf(stderr, "%d: %s: %s\n", rc, f.site, f.msg);
	pool_close(&p);
	return rc;
}

static void test_made(void **state)
{
	pid_t pid;
	int st = 0;

	(void)state;
	if (geteuid() != 0)
		unit_skip("making network namespaces needs root");
	pid = fork();
	if (pid == 0)
		_exit(at_home());
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &st, 0), pid);
	assert_true(WIFEXITED(st));
	assert_int_equal(WEXITSTATUS(st), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wants), cmocka_unit_test(test_no_ipv6),
		cmocka_unit_test(test_low),   cmocka_unit_test(test_counts),
		cmocka_unit_test(test_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
