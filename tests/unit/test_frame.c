/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_frame.c - datagrams of every wrong shape over a real socket: refused, and no descriptor
 * stays.
 */
/* links: lib/wire lib/base */
#include "tests/unit/unit.h"

#include "lib/base/fd.h"
#include "lib/wire/frame.h"
#include "tests/unit/fds.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum { MANY = 8 }; /* more descriptors than a frame can hold */

static void pair(int sv[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv), 0);
}

/* Sends bytes and n descriptors (copies of stderr) as a peer that is not ours could. */
static void send_raw(int sock, const void *p, size_t size, size_t nfds)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int) * MANY)];
	} c = { 0 };
	struct iovec io = { .iov_base = (void *)(uintptr_t)p, .iov_len = size };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1 };
	int fd[MANY];

	for (size_t i = 0; i < MANY; i++)
		fd[i] = STDERR_FILENO;
	if (nfds) {
		m.msg_control = c.buf;
		m.msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
		c.align = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int) * nfds),
					    .cmsg_level = SOL_SOCKET,
					    .cmsg_type = SCM_RIGHTS };
		memcpy(CMSG_DATA(&c.align), fd, sizeof(int) * nfds);
	}
	assert_int_equal(sendmsg(sock, &m, MSG_NOSIGNAL), size);
}

static const struct {
	const char *why;
	uint32_t build, size; /* as the head says */
	uint16_t nfds;
	size_t body, fds; /* as it is */
	int want;
} shapes[] = {
	{ "empty body", CLOISTER_BUILD, 0, 0, 0, 0, 1 },
	{ "largest body", CLOISTER_BUILD, FRAME_BODY_MAX, 0, FRAME_BODY_MAX, 0, 1 },
	{ "with all descriptors", CLOISTER_BUILD, 8, FRAME_FDS_MAX, 8, FRAME_FDS_MAX, 1 },
	{ "body one byte short", CLOISTER_BUILD, 8, 0, 7, 0, -EBADMSG },
	{ "body one byte long", CLOISTER_BUILD, 8, 0, 9, 0, -EBADMSG },
	{ "size that overflows", CLOISTER_BUILD, UINT32_MAX, 0, 8, 0, -EBADMSG },
	{ "longer than any frame", CLOISTER_BUILD, FRAME_BODY_MAX, 0, FRAME_BODY_MAX + 1, 0,
	  -EBADMSG },
	{ "longer, and the head says so", CLOISTER_BUILD, FRAME_BODY_MAX + 1, 0, FRAME_BODY_MAX + 1,
	  0, -EBADMSG },
	{ "another build", CLOISTER_BUILD ^ 1, 8, 0, 8, 0, -EBADMSG },
	{ "no build", 0, 8, 0, 8, 0, -EBADMSG },
	{ "a descriptor too few", CLOISTER_BUILD, 8, 1, 8, 0, -EBADMSG },
	{ "a descriptor too many", CLOISTER_BUILD, 8, 0, 8, 1, -EBADMSG },
	{ "two where three are said", CLOISTER_BUILD, 8, 3, 8, 2, -EBADMSG },
	{ "more than fit", CLOISTER_BUILD, 8, FRAME_FDS_MAX + 1, 8, FRAME_FDS_MAX + 1, -EBADMSG },
	{ "many more than fit", CLOISTER_BUILD, 8, MANY, 8, MANY, -EBADMSG },
	{ "more than fit, said as what fits", CLOISTER_BUILD, 8, FRAME_FDS_MAX, 8, MANY, -EBADMSG },
	{ "wrong size with descriptors", CLOISTER_BUILD, 9, 2, 8, 2, -EBADMSG },
	{ "wrong build with descriptors", 7, 8, 2, 8, 2, -EBADMSG },
};

static void every_shape(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(shapes); i++) {
		uint8_t raw[sizeof(struct frame_head) + FRAME_BODY_MAX + 1] = { 0 };
		struct frame_head head = { .build = shapes[i].build,
					   .op = 3,
					   .nfds = shapes[i].nfds,
					   .size = shapes[i].size };
		unsigned before;
		struct frame fr;
		struct fault f;
		int sv[2];

		pair(sv);
		before = fds_open();
		memcpy(raw, &head, sizeof(head));
		send_raw(sv[0], raw, sizeof(head) + shapes[i].body, shapes[i].fds);
		unit_eq(frame_recv(sv[1], &fr, &f), shapes[i].want, shapes[i].why);
		for (size_t n = 0; n < FRAME_FDS_MAX; n++)
			unit_row((fr.fd[n] >= 0) == (shapes[i].want > 0 && n < shapes[i].fds),
				 shapes[i].why);
		frame_close(&fr);
		unit_eq(fds_open(), before, shapes[i].why);
		fd_close(&sv[0]);
		fd_close(&sv[1]);
	}
}

/* Datagrams shorter than a head, of every length, with and without a descriptor. */
static void shorter_than_a_head(void **state)
{
	static const uint8_t zero[sizeof(struct frame_head)];
	struct frame fr;
	struct fault f;
	int sv[2];

	(void)state;
	pair(sv);
	for (size_t n = 1; n < sizeof(zero); n++)
		for (size_t fds = 0; fds < 2; fds++) {
			unsigned before = fds_open();

			send_raw(sv[0], zero, n, fds);
			assert_int_equal(frame_recv(sv[1], &fr, &f), -EBADMSG);
			assert_int_equal(fds_open(), before);
		}
	fd_close(&sv[0]);
	fd_close(&sv[1]);
}

static void end_and_nothing_yet(void **state)
{
	struct frame fr;
	struct fault f;
	int sv[2];

	(void)state;
	pair(sv);
	assert_int_equal(fcntl(sv[1], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(frame_recv(sv[1], &fr, &f), -EAGAIN);
	fd_close(&sv[0]);
	assert_int_equal(frame_recv(sv[1], &fr, &f), 0);
	fd_close(&sv[1]);
	assert_int_equal(frame_recv(0x7fffffff, &fr, &f), -EBADF);
	assert_string_equal(f.site, "frame.recv");
}

/* What arrives is close-on-exec, whatever the sender's was. */
static void there_and_back(void **state)
{
	static const uint8_t body[] = "0123456789";
	int sv[2], fd[2] = { STDIN_FILENO, STDERR_FILENO };
	struct frame fr;
	struct fault f;

	(void)state;
	pair(sv);
	assert_int_equal(frame_send(sv[0], &(struct frame_out){ .op = 9,
								.seq = 77,
								.body = body,
								.size = sizeof(body),
								.fd = fd,
								.nfds = 2 }),
			 0);
	assert_int_equal(frame_recv(sv[1], &fr, &f), 1);
	assert_int_equal(fr.head.op, 9);
	assert_int_equal(fr.head.seq, 77);
	assert_int_equal(fr.head.size, sizeof(body));
	assert_memory_equal(fr.body, body, sizeof(body));
	assert_true(fcntl(fr.fd[0], F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(fr.fd[1], F_GETFD) & FD_CLOEXEC);
	assert_int_equal(fr.fd[2], -1);
	frame_close(&fr);
	frame_close(&fr); /* safe twice */
	assert_int_equal(frame_send(sv[0], &(struct frame_out){ .op = 9,
								.body = fr.body,
								.size = FRAME_BODY_MAX + 1 }),
			 -EMSGSIZE);
	assert_int_equal(frame_send(sv[0], &(struct frame_out){ .op = 9,
								.body = body,
								.size = 1,
								.fd = fd,
								.nfds = FRAME_FDS_MAX + 1 }),
			 -EMSGSIZE);
	fd_close(&sv[1]);
	assert_int_equal(frame_send(sv[0], &(struct frame_out){ .op = 9, .body = body, .size = 1 }),
			 -EPIPE);
	fd_close(&sv[0]);
}

static void full_socket(void **state)
{
	static const uint8_t body[FRAME_BODY_MAX];
	int sv[2], rc = 0;

	(void)state;
	pair(sv);
	assert_int_equal(fcntl(sv[0], F_SETFL, O_NONBLOCK), 0);
	for (unsigned i = 0; i < 100000 && rc == 0; i++)
		rc = frame_send(sv[0],
				&(struct frame_out){
					.op = 1, .seq = i, .body = body, .size = sizeof(body) });
	assert_int_equal(rc, -EAGAIN);
	fd_close(&sv[0]);
	fd_close(&sv[1]);
}

static void replies(void **state)
{
	struct reply r, got;
	unsigned before = fds_open();
	struct frame fr;
	struct fault f;
	int sv[2];

	(void)state;
	pair(sv);
	reply_init(&r);
	r.code = fault_set(&r.fault, -ENOENT, "a.b", "gone\x1b");
	r.slot = (struct slot){ 4, 5 };
	r.value[3] = 6;
	r.fd[0] = dup(STDERR_FILENO);
	r.nfds = 1;
	assert_int_equal(reply_send(sv[0], 2, 8, &r), 0);
	assert_int_equal(r.fd[0], -1);
	assert_int_equal(frame_recv(sv[1], &fr, &f), 1);
	assert_int_equal(fr.head.op, 2 | FRAME_REPLY);
	assert_int_equal(reply_take(&fr, &got), 0);
	assert_int_equal(fr.fd[0], -1);
	assert_true(got.fd[0] >= 0);
	assert_int_equal(got.nfds, 1);
	assert_int_equal(got.code, -ENOENT);
	assert_int_equal(got.slot.gen, 5);
	assert_true(got.value[3] == 6);
	assert_string_equal(got.fault.msg, "gone?");
	reply_fini(&got);
	/* no reply: a request of the same size, a reply of another, both with a descriptor */
	for (uint32_t size = REPLY_WIRE - 1; size <= REPLY_WIRE; size++) {
		static const int fd[1] = { STDERR_FILENO };
		uint16_t op = size == REPLY_WIRE ? 2 : 2 | FRAME_REPLY;

		assert_int_equal(frame_send(sv[0], &(struct frame_out){ .op = op,
									.body = fr.body,
									.size = size,
									.fd = fd,
									.nfds = 1 }),
				 0);
		assert_int_equal(frame_recv(sv[1], &fr, &f), 1);
		assert_int_equal(reply_take(&fr, &got), -EBADMSG);
	}
	fd_close(&sv[0]);
	fd_close(&sv[1]);
	assert_int_equal(fds_open(), before);
}

/* frame_call against answers that lie about what they answer. */
static void calls(void **state)
{
	static const struct {
		const char *why;
		uint16_t op;
		int32_t code, want;
	} answers[] = {
		{ "done", 2 | FRAME_REPLY, 0, 0 },
		{ "a named outcome", 2 | FRAME_REPLY, 3, 3 },
		{ "a fault", 2 | FRAME_REPLY, -EBUSY, -EBUSY },
		{ "another op's answer", 3 | FRAME_REPLY, 0, -EBADMSG },
		{ "a request back", 2, 0, -EBADMSG },
		{ "an event", 2 | FRAME_EVENT, 0, -EBADMSG },
	};

	const struct frame_out q = { .op = 2, .body = "q", .size = 1 };

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(answers); i++) {
		struct reply r;
		struct fault f;
		unsigned before = fds_open();
		int sv[2], fd[1] = { STDERR_FILENO };

		pair(sv);
		reply_init(&r);
		r.code = answers[i].code;
		if (r.code < 0)
			(void)fault_set(&r.fault, r.code, "x.y", "no");
		/* the answer waits before the question is asked */
		assert_int_equal(frame_send(sv[1], &(struct frame_out){ .op = answers[i].op,
									.body = &r,
									.size = REPLY_WIRE,
									.fd = fd,
									.nfds = 1 }),
				 0);
		unit_eq(frame_call(sv[0], &q, &r, &f), answers[i].want, answers[i].why);
		reply_fini(&r);
		fd_close(&sv[0]);
		fd_close(&sv[1]);
		unit_eq(fds_open(), before, answers[i].why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_shape),
		cmocka_unit_test(shorter_than_a_head),
		cmocka_unit_test(end_and_nothing_yet),
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(full_socket),
		cmocka_unit_test(replies),
		cmocka_unit_test(calls),
	};

	return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
