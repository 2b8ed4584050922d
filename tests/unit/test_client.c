/* SPDX-License-Identifier: Apache-2.0 */
/* test_client.c - a conversation with a supervisor that is played by the test. */
/* links: lib/client lib/varlink lib/base */
/* libs: -ljansson */
#include "tests/unit/unit.h"

#include "lib/base/fd.h"
#include "lib/base/str.h"
#include "lib/client/client.h"
#include "lib/client/exits.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct play {
	char dir[64], path[96];
	int listener, peer;
	struct client *client;
};

static int begin(void **state)
{
	struct play *p = calloc(1, sizeof(*p));
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct fault f = { 0 };

	assert_non_null(p);
	(void)str_copy(p->dir, sizeof(p->dir), "/tmp/cloister-client-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	(void)snprintf(p->path, sizeof(p->path), "%s/s", p->dir);
	(void)str_copy(a.sun_path, sizeof(a.sun_path), p->path);
	p->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(p->listener, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(p->listener, 1), 0);
	assert_int_equal(client_open(p->path, &p->client, &f), 0);
	p->peer = accept(p->listener, NULL, NULL);
	assert_true(p->peer >= 0);
	*state = p;
	return 0;
}

static int end(void **state)
{
	struct play *p = *state;

	client_close(&p->client);
	fd_close(&p->peer);
	fd_close(&p->listener);
	(void)unlink(p->path);
	(void)rmdir(p->dir);
	free(p);
	return 0;
}

/* Sends bytes with n descriptors. */
static void say(struct play *p, const char *bytes, size_t len, const int *fd, size_t n)
{
	char control[CMSG_SPACE(4 * sizeof(int))] __attribute__((aligned(8))) = { 0 };
	struct iovec io = { .iov_base = (void *)(uintptr_t)bytes, .iov_len = len };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1 };
	struct cmsghdr *h;

	if (n) {
		m.msg_control = control;
		m.msg_controllen = CMSG_SPACE(n * sizeof(int));
		h = CMSG_FIRSTHDR(&m);
		h->cmsg_level = SOL_SOCKET;
		h->cmsg_type = SCM_RIGHTS;
		h->cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(h), fd, n * sizeof(int));
	}
	assert_int_equal(sendmsg(p->peer, &m, MSG_NOSIGNAL), len);
}

#define SAY(p, text) say(p, text, sizeof(text), NULL, 0)

static void call(void **state)
{
	struct play *p = *state;
	AUTO_REPLY struct client_reply r;
	struct fault f = { 0 };
	char buf[256];
	ssize_t n;

	client_reply_init(&r);
	SAY(p, "{\"parameters\":{\"version\":\"1\",\"n\":7,\"neg\":-1,\"s\":5}}");
	assert_int_equal(client_call(p->client, "Status", json_pack("{s:i}", "x", 1), &r, &f), 0);
	n = read(p->peer, buf, sizeof(buf));
	assert_true(n > 0 && buf[n - 1] == '\0');
	assert_string_equal(buf, "{\"method\":\"io.cloister.Status\",\"parameters\":{\"x\":1}}");
	assert_string_equal(client_str(r.params, "version", "?"), "1");
	assert_string_equal(client_str(r.params, "s", "?"), "?");
	assert_int_equal(client_u64(r.params, "n"), 7);
	assert_int_equal(client_u64(r.params, "neg"), 0);
	assert_int_equal(client_exit(&r), EXITS_DONE);
}

static void flags(void **state)
{
	struct play *p = *state;
	struct fault f = { 0 };
	char buf[256];

	assert_int_equal(client_send(p->client, "Run", NULL, CLIENT_MORE, &f), 0);
	assert_true(read(p->peer, buf, sizeof(buf)) > 0);
	assert_string_equal(buf, "{\"method\":\"io.cloister.Run\",\"more\":true}");
	assert_int_equal(client_send(p->client, "Signal", NULL, CLIENT_ONEWAY, &f), 0);
	assert_true(read(p->peer, buf, sizeof(buf)) > 0);
	assert_string_equal(buf, "{\"method\":\"io.cloister.Signal\",\"oneway\":true}");
}

/* Replies come in pieces and two in one; descriptors belong to the reply whose bytes brought them.
 */
static void pieces(void **state)
{
	struct play *p = *state;
	AUTO_REPLY struct client_reply r;
	struct fault f = { 0 };
	static const char two[] = "true,\"parameters\":{\"i\":1}}\0{\"parameters\":{\"i\":2}}";
	int null[3];

	client_reply_init(&r);
	assert_int_equal(client_next(p->client, false, &r, &f), 0);
	for (size_t i = 0; i < 3; i++)
		null[i] = dup(STDERR_FILENO);
	say(p, "{\"continues\":", 13, null, 3);
	assert_int_equal(client_next(p->client, false, &r, &f), 0);
	say(p, two, sizeof(two), NULL, 0);
	assert_int_equal(client_next(p->client, false, &r, &f), 1);
	assert_true(r.continues);
	assert_int_equal(r.fds, 3);
	assert_true(r.fd[0] >= 0 && r.fd[2] >= 0);
	client_reply_fini(&r);
	assert_int_equal(client_next(p->client, false, &r, &f), 1);
	assert_int_equal(client_u64(r.params, "i"), 2);
	assert_int_equal(r.fds, 0);
	assert_false(r.continues);
	for (size_t i = 0; i < 3; i++)
		fd_close(&null[i]);
}

/* More descriptors than a reply may carry are not kept. */
static void too_many(void **state)
{
	struct play *p = *state;
	AUTO_REPLY struct client_reply r;
	struct fault f = { 0 };
	int fd[4], before = dup(STDERR_FILENO), after;

	for (size_t i = 0; i < 4; i++)
		fd[i] = before;
	client_reply_init(&r);
	say(p, "{}", 3, fd, 4);
	assert_int_equal(client_next(p->client, true, &r, &f), 1);
	assert_true(r.fds <= CLIENT_FDS_MAX);
	client_reply_fini(&r);
	after = dup(STDERR_FILENO);
	assert_int_equal(after, before + 1); /* nothing lies open in between */
	fd_close(&after);
	fd_close(&before);
}

static void broken(void **state)
{
	static const struct {
		const char *why, *bytes;
		size_t n;
		int want;
	} cases[] = {
		{ "not JSON", "x", 2, -EBADMSG },
		{ "not an object", "[]", 3, -EBADMSG },
		{ "a key twice", "{\"error\":\"a\",\"error\":\"b\"}", 26, -EBADMSG },
		{ "parameters that are none", "{\"parameters\":1}", 17, -EBADMSG },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		void *play;
		struct play *p;
		AUTO_REPLY struct client_reply r;
		struct fault f = { 0 };

		(void)begin(&play);
		p = play;
		client_reply_init(&r);
		say(p, cases[i].bytes, cases[i].n, NULL, 0);
		unit_eq(client_next(p->client, true, &r, &f), cases[i].want, cases[i].why);
		(void)end(&play);
	}
}

static void gone(void **state)
{
	struct play *p = *state;
	AUTO_REPLY struct client_reply r;
	struct fault f = { 0 };

	client_reply_init(&r);
	say(p, "{\"par", 5, NULL, 0);
	fd_close(&p->peer);
	assert_int_equal(client_next(p->client, true, &r, &f), -ECONNRESET);
	assert_int_equal(client_send(p->client, "Status", NULL, 0, &f), -EPIPE);
}

static void exits(void **state)
{
	static const struct {
		const char *error;
		int want;
	} cases[] = {
		{ NULL, EXITS_DONE },
		{ "io.cloister.Refused", EXITS_NO },
		{ "io.cloister.NotFound", EXITS_NO },
		{ "io.cloister.BadInput", EXITS_INPUT },
		{ "io.cloister.CannotHere", EXITS_CANNOT },
		{ "io.cloister.Fault", EXITS_FAULT },
		{ "org.varlink.service.PermissionDenied", EXITS_NO },
		{ "of.another.World", EXITS_FAULT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct client_reply r;

		client_reply_init(&r);
		r.error = cases[i].error;
		unit_eq(client_exit(&r), cases[i].want, cases[i].error ? cases[i].error : "none");
		assert_non_null(client_message(&r));
	}
}

static void nobody(void **state)
{
	char path[200];
	struct client *c = NULL;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(client_open("/nonexistent/socket", &c, &f), -ENOENT);
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(client_open(path, &c, &f), -ENAMETOOLONG);
	assert_null(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(call, begin, end),
		cmocka_unit_test_setup_teardown(flags, begin, end),
		cmocka_unit_test_setup_teardown(pieces, begin, end),
		cmocka_unit_test_setup_teardown(too_many, begin, end),
		cmocka_unit_test_setup_teardown(gone, begin, end),
		cmocka_unit_test(broken),
		cmocka_unit_test(exits),
		cmocka_unit_test(nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
