/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_op.c - the gate: only a row's exact shape, sender and phase runs its handler (I2); what runs
 * is in the journal before and after (I20); no descriptor stays behind a refusal.
 */
/* links: lib/wire lib/base */
#include "tests/unit/unit.h"

#include "lib/base/fd.h"
#include "lib/wire/op.h"
#include "tests/unit/fds.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

enum { OP_NONE = 0, OP_KILL, OP_OFFER, OP_SEAL, OP_FAIL, OP_LATER, OP_HOLE, OP__COUNT };

struct kill {
	struct slot s;
};
struct offer {
	uint64_t kind;
};

enum { TAG = 0x5a };

struct app {
	struct op_host *host; /* NULL: the handler adds nothing */
	unsigned ran;
	int kept;
};

static int run_kill(void *self, const void *req, int *fd, struct reply *out)
{
	struct app *a = self;
	const struct kill *k = req;

	(void)fd;
	a->ran++;
	out->slot = k->s;
	return 0;
}

static int run_offer(void *self, const void *req, int *fd, struct reply *out)
{
	struct app *a = self;

	(void)req;
	(void)out;
	a->ran++;
	a->kept = fd_take(&fd[0]);
	return 1;
}

static int run_seal(void *self, const void *req, int *fd, struct reply *out)
{
	struct app *a = self;

	(void)req;
	(void)fd;
	(void)out;
	a->ran++;
	return 0;
}

static int run_fail(void *self, const void *req, int *fd, struct reply *out)
{
	struct app *a = self;

	(void)req;
	(void)fd; /* left for the gate to close */
	if (a->host)
		a->host->now_about.tag[0] = TAG;
	return fault_set(&out->fault, -EBUSY, "test.fail", "it failed");
}

static int run_later(void *self, const void *req, int *fd, struct reply *out)
{
	struct app *a = self;

	(void)req;
	(void)fd;
	a->ran++;
	out->later = 1;
	return 0;
}

/* clang-format off */
static const struct op_row rows[OP__COUNT] = {
	[OP_KILL]  = ROW("kill", kill, 0, FROM_ENGINE, PHASE_RUN, 0, run_kill),
	[OP_OFFER] = ROW("offer", offer, 1, FROM_PEER, PHASE_RUN, 0, run_offer),
	[OP_SEAL]  = ROW_EMPTY("seal", 0, FROM_PARENT, PHASE_SETUP, 1, run_seal),
	[OP_FAIL]  = ROW_EMPTY("fail", 2, FROM_ENGINE | FROM_PEER, PHASE_ANY, 0, run_fail),
	[OP_LATER] = ROW_EMPTY("later", 0, FROM_ENGINE, PHASE_RUN, 0, run_later),
	[OP_HOLE]  = ROW_EMPTY("hole", 0, FROM_ENGINE, PHASE_ANY, 0, NULL),
};

static const struct {
	const char *why;
	uint8_t phase, from;
	uint16_t op, nfds;
	uint32_t size;
	int want;
} verdicts[] = {
	{ "right shape",                PHASE_RUN,   FROM_ENGINE, OP_KILL,  0, 8, 0       },
	{ "one byte short",             PHASE_RUN,   FROM_ENGINE, OP_KILL,  0, 7, -EPROTO },
	{ "one byte long",              PHASE_RUN,   FROM_ENGINE, OP_KILL,  0, 9, -EPROTO },
	{ "no body",                    PHASE_RUN,   FROM_ENGINE, OP_KILL,  0, 0, -EPROTO },
	{ "one fd too many",            PHASE_RUN,   FROM_ENGINE, OP_KILL,  1, 8, -EPROTO },
	{ "before the seal",            PHASE_SETUP, FROM_ENGINE, OP_KILL,  0, 8, -EPROTO },
	{ "another's socket",           PHASE_RUN,   FROM_PEER,   OP_KILL,  0, 8, -EPROTO },
	{ "the parent is not the engine", PHASE_RUN, FROM_PARENT, OP_KILL,  0, 8, -EPROTO },
	{ "from nobody",                PHASE_RUN,   0,           OP_KILL,  0, 8, -EPROTO },
	{ "op 0 has no handler",        PHASE_RUN,   FROM_ENGINE, OP_NONE,  0, 0, -EPROTO },
	{ "a row without a handler",    PHASE_RUN,   FROM_ENGINE, OP_HOLE,  0, 0, -EPROTO },
	{ "op past the table",          PHASE_RUN,   FROM_ENGINE, OP__COUNT, 0, 0, -EPROTO },
	{ "op 64: past the done word",  PHASE_RUN,   FROM_ENGINE, 64,       0, 0, -EPROTO },
	{ "largest op",                 PHASE_RUN,   FROM_ENGINE, FRAME_OP_MASK, 0, 0, -EPROTO },
	{ "a reply is no request",      PHASE_RUN,   FROM_ENGINE, OP_KILL | FRAME_REPLY, 0, 8, -EPROTO },
	{ "an event is no request",     PHASE_RUN,   FROM_ENGINE, OP_KILL | FRAME_EVENT, 0, 8, -EPROTO },
	{ "offer with its fd",          PHASE_RUN,   FROM_PEER,   OP_OFFER, 1, 8, 0       },
	{ "offer without",              PHASE_RUN,   FROM_PEER,   OP_OFFER, 0, 8, -EPROTO },
	{ "offer with two",             PHASE_RUN,   FROM_PEER,   OP_OFFER, 2, 8, -EPROTO },
	{ "offer by the engine",        PHASE_RUN,   FROM_ENGINE, OP_OFFER, 1, 8, -EPROTO },
	{ "seal in set-up",             PHASE_SETUP, FROM_PARENT, OP_SEAL,  0, 0, 0       },
	{ "seal when running",          PHASE_RUN,   FROM_PARENT, OP_SEAL,  0, 0, -EPROTO },
	{ "seal by the engine",         PHASE_SETUP, FROM_ENGINE, OP_SEAL,  0, 0, -EPROTO },
	{ "two senders, first",         PHASE_SETUP, FROM_ENGINE, OP_FAIL,  2, 0, 0       },
	{ "two senders, second",        PHASE_RUN,   FROM_PEER,   OP_FAIL,  2, 0, 0       },
	{ "two senders, third",         PHASE_RUN,   FROM_PARENT, OP_FAIL,  2, 0, -EPROTO },
};
/* clang-format on */

static struct op_host host(struct app *a, uint32_t phase)
{
	*a = (struct app){ .kept = -1 };
	return (struct op_host){ .rows = rows, .count = OP__COUNT, .phase = phase, .self = a };
}

static struct frame frame_of(uint16_t op, uint16_t nfds, uint32_t size)
{
	struct frame fr = {
		.head = { .build = CLOISTER_BUILD, .op = op, .nfds = nfds, .size = size, .seq = 5 }
	};

	for (size_t i = 0; i < FRAME_FDS_MAX; i++)
		fr.fd[i] = i < nfds ? dup(STDERR_FILENO) : -1;
	return fr;
}

static void verdict_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(verdicts); i++) {
		struct app a;
		struct op_host h = host(&a, verdicts[i].phase);
		unsigned before = fds_open();
		struct frame fr = frame_of(verdicts[i].op, verdicts[i].nfds, verdicts[i].size);
		struct reply out;

		unit_eq(op_run(&h, verdicts[i].from, &fr, &out), verdicts[i].want, verdicts[i].why);
		if (verdicts[i].want < 0)
			unit_eq(a.ran, 0, verdicts[i].why);
		else
			unit_eq(a.ran, verdicts[i].op != OP_FAIL, verdicts[i].why);
		fd_close(&a.kept); /* the one a handler took; the rest is the gate's */
		unit_eq(fds_open(), before, verdicts[i].why);
	}
}

/* Every (op, from, phase, fds, size) near the table: the gate lets through exactly what a row says.
 */
static void nothing_else_gets_in(void **state)
{
	unsigned let_in = 0;

	(void)state;
	for (unsigned n = 0; n < 8u * 8 * 4 * 4 * 12; n++) {
		uint16_t op = n % 8, nfds = n / 8 / 8 / 4 % 4;
		uint8_t from = n / 8 % 8, phase = n / 8 / 8 % 4;
		uint32_t size = n / 8 / 8 / 4 / 4;
		struct app a;
		struct op_host h = host(&a, phase);
		struct frame fr = frame_of(op, nfds, size);
		const struct op_row *row = op < OP__COUNT ? &rows[op] : NULL;
		bool should = row && row->run && row->size == size && row->fds == nfds &&
			      (row->from & from) && (row->phase & phase);
		struct reply out;

		assert_int_equal(op_run(&h, from, &fr, &out), should ? 0 : -EPROTO);
		fd_close(&a.kept);
		let_in += should;
	}
	assert_true(let_in > 10);
}

static void once_is_once(void **state)
{
	struct app a;
	struct op_host h = host(&a, PHASE_SETUP);
	struct frame fr = frame_of(OP_SEAL, 0, 0);
	struct reply out;

	(void)state;
	assert_int_equal(op_run(&h, FROM_PARENT, &fr, &out), 0);
	assert_int_equal(op_run(&h, FROM_PARENT, &fr, &out), -EPROTO);
	assert_int_equal(a.ran, 1);
	h = host(&a, PHASE_SETUP); /* a refused first try does not use it up */
	assert_int_equal(op_run(&h, FROM_ENGINE, &fr, &out), -EPROTO);
	assert_int_equal(op_run(&h, FROM_PARENT, &fr, &out), 0);
}

static void about_kill(const struct op_row *row, const void *req, struct act_about *out)
{
	const struct kill *k = req;

	if (row->run == run_kill)
		out->t = (struct tenant_ref){ k->s.n, k->s.gen };
}

/* A journalled host over a file of its own; *ret_fd is the journal. */
static struct op_host journalled(struct app *a, struct acts *acts, int *ret_fd)
{
	struct op_host h = host(a, PHASE_RUN);
	const char *dir = getenv("TMPDIR");
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/op.XXXXXX", dir ? dir : "/tmp");
	*ret_fd = mkostemp(path, O_APPEND | O_CLOEXEC);
	assert_true(*ret_fd >= 0);
	assert_int_equal(unlink(path), 0);
	acts_init(acts, *ret_fd);
	h.acts = acts;
	h.about = about_kill;
	return h;
}

static void journal_frames_the_act(void **state)
{
	struct act r[2];
	struct acts acts;
	struct app a;
	AUTO_FD int fd = -1;
	struct op_host h = journalled(&a, &acts, &fd);
	struct frame fr = frame_of(OP_KILL, 0, sizeof(struct kill));
	struct kill k = { { 7, 9 } };
	struct reply out;

	(void)state;
	memcpy(fr.body, &k, sizeof(k));
	assert_int_equal(op_run(&h, FROM_ENGINE, &fr, &out), 0);
	assert_int_equal(pread(fd, r, sizeof(r), 0), sizeof(r));
	assert_int_equal(r[0].phase, ACT_BEFORE);
	assert_int_equal(r[1].phase, ACT_AFTER);
	assert_int_equal(r[0].op, OP_KILL);
	assert_int_equal(r[0].about.t.index, 7);
	assert_int_equal(r[1].about.t.gen, 9);
	fr = frame_of(OP_FAIL, 2, 0);
	assert_int_equal(op_run(&h, FROM_ENGINE, &fr, &out), 0);
	assert_int_equal(out.code, -EBUSY);
	assert_int_equal(pread(fd, r, sizeof(r), sizeof(r)), sizeof(r));
	assert_int_equal(r[0].code, 0);
	assert_int_equal(r[1].code, -EBUSY);
	/* what the gate refuses is no act */
	fr = frame_of(OP_KILL, 1, sizeof(k));
	assert_int_equal(op_run(&h, FROM_ENGINE, &fr, &out), -EPROTO);
	assert_int_equal(pread(fd, r, sizeof(r), 2 * sizeof(r)), 0);
}

/* What the handler adds is in the record behind; one that answers later has none until it does. */
static void handler_adds(void **state)
{
	struct act r[2];
	struct acts acts;
	struct app a;
	AUTO_FD int fd = -1;
	struct op_host h = journalled(&a, &acts, &fd);
	struct frame fr = frame_of(OP_FAIL, 2, 0);
	struct reply out;

	(void)state;
	a.host = &h;
	assert_int_equal(op_run(&h, FROM_ENGINE, &fr, &out), 0);
	assert_int_equal(pread(fd, r, sizeof(r), 0), sizeof(r));
	assert_int_equal(r[0].about.tag[0], 0);
	assert_int_equal(r[1].about.tag[0], TAG);
	fr = frame_of(OP_LATER, 0, 0);
	assert_int_equal(op_run(&h, FROM_ENGINE, &fr, &out), 0);
	assert_int_equal(out.later, 1);
	assert_int_equal(pread(fd, r, sizeof(r), sizeof(r)), sizeof(r[0]));
	assert_int_equal(r[0].phase, ACT_BEFORE);
	assert_int_equal(r[0].about.tag[0], 0); /* not of the request before */
	op_after(&h, OP_LATER, -EIO, &h.now_about);
	assert_int_equal(pread(fd, r, sizeof(r), sizeof(r)), sizeof(r));
	assert_int_equal(r[1].phase, ACT_AFTER);
	assert_int_equal(r[1].code, -EIO);
}

static void no_journal_no_act(void **state)
{
	AUTO_FD int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct acts acts;
	struct app a;
	struct op_host h = host(&a, PHASE_RUN);
	struct frame fr = frame_of(OP_OFFER, 1, sizeof(struct offer));
	unsigned before = fds_open();
	struct reply out;

	(void)state;
	acts_init(&acts, full);
	h.acts = &acts;
	assert_int_equal(op_run(&h, FROM_PEER, &fr, &out), 0);
	assert_int_equal(out.code, -EIO);
	assert_string_equal(out.fault.site, "op.journal");
	assert_int_equal(a.ran, 0);
	assert_int_equal(fds_open(), before - 1); /* its descriptor was closed */
}

static void serving(void **state)
{
	struct app a;
	struct op_host h = host(&a, PHASE_RUN);
	unsigned before = fds_open();
	struct kill k = { { 1, 2 } };
	const struct frame_out kill = { .op = OP_KILL, .seq = 33, .body = &k, .size = sizeof(k) };
	struct frame fr;
	struct fault f;
	int sv[2], rc;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sv),
			 0);
	assert_int_equal(op_serve(&h, sv[1], FROM_ENGINE, &f), -EAGAIN);
	assert_int_equal(frame_send(sv[0], &kill), 0);
	assert_int_equal(op_serve(&h, sv[1], FROM_ENGINE, &f), 1);
	assert_int_equal(frame_recv(sv[0], &fr, &f), 1);
	assert_int_equal(fr.head.op, OP_KILL | FRAME_REPLY);
	assert_int_equal(fr.head.seq, 33);
	/* a handler that answers later: no answer now, but who asked is known */
	assert_int_equal(frame_send(sv[0], &(struct frame_out){ .op = OP_LATER, .seq = 34 }), 0);
	assert_int_equal(op_serve(&h, sv[1], FROM_ENGINE, &f), 1);
	assert_int_equal(frame_recv(sv[0], &fr, &f), -EAGAIN);
	assert_int_equal(h.now_seq, 34);
	assert_int_equal(h.now_op, OP_LATER);
	assert_int_equal(h.now_sock, sv[1]);
	/* the sender that breaks the rules gets no answer, and the caller ends its edge */
	assert_int_equal(frame_send(sv[0], &(struct frame_out){ .op = OP_SEAL, .seq = 35 }), 0);
	assert_int_equal(op_serve(&h, sv[1], FROM_ENGINE, &f), -EPROTO);
	assert_string_equal(f.site, "op.gate");
	assert_int_equal(frame_recv(sv[0], &fr, &f), -EAGAIN);
	/* one that reads no answers is ended, which "nothing came" would not do */
	do {
		assert_int_equal(frame_send(sv[0], &kill), 0);
		rc = op_serve(&h, sv[1], FROM_ENGINE, &f);
	} while (rc == 1);
	assert_int_equal(rc, -ENOBUFS);
	assert_string_equal(f.site, "op.reply");
	fd_close(&sv[0]);
	rc = op_serve(&h, sv[1], FROM_ENGINE, &f); /* unread answers: a reset, not an end */
	assert_true(rc == 0 || rc == -ECONNRESET);
	fd_close(&sv[1]);
	assert_int_equal(fds_open(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdict_table), cmocka_unit_test(nothing_else_gets_in),
		cmocka_unit_test(once_is_once),	 cmocka_unit_test(journal_frames_the_act),
		cmocka_unit_test(handler_adds),	 cmocka_unit_test(no_journal_no_act),
		cmocka_unit_test(serving),
	};

	return cmocka_run_group_tests_name("op", tests, NULL, NULL);
}
