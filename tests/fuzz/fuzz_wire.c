/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_wire.c - datagrams with descriptors over a real socket, through frame_recv and the gate.
 *
 * Input: one byte of phase and sender, then messages: length (1 byte, times 8 for the high bit),
 * count of descriptors and a flag byte, then the bytes as a peer would send them. Flag 1 puts the
 * right build into the head and flag 2 the true size and count, so that inputs get past the first
 * check. Oracle: a handler runs exactly when a model that reads only the row says so; descriptors
 * before = after; an answer comes back exactly for what was let in.
 */
/* links: lib/wire lib/base */
#include "tests/fuzz/fuzz.h"

#include "lib/base/fd.h"
#include "lib/wire/op.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

enum { OP_NONE = 0, OP_SEAL, OP_OFFER, OP_ASK, OP_TWO, OP__COUNT };
enum { FDS_SENT_MAX = 7, MESSAGES_MAX = 16, RAW_MAX = 1200, FDS_SEEN = 64 };
enum { FIX_BUILD = 1, FIX_SHAPE = 2 };

struct ask {
	uint64_t a, b;
};
struct offer {
	uint64_t kind;
};

struct app {
	unsigned ran;
	int kept; /* what the last offer brought */
};

static int run_any(void *self, const void *req, int *fd, struct reply *out)
{
	struct app *a = self;

	(void)req;
	(void)fd;
	out->value[0] = 1;
	a->ran++;
	return 0;
}

static int run_offer(void *self, const void *req, int *fd, struct reply *out)
{
	struct app *a = self;
	const struct offer *o = req;

	(void)out;
	FUZZ_SEEDED(a->ran > 0 && o->kind >> 56 == 0x7f);
	(void)o;
	a->ran++;
	fd_close(&a->kept);
	a->kept = fd_take(&fd[0]);
	return 0;
}

static const struct op_row rows[OP__COUNT] = {
	[OP_SEAL] = ROW_EMPTY("seal", 0, FROM_PARENT, PHASE_SETUP, 1, run_any),
	[OP_OFFER] = ROW("offer", offer, 1, FROM_PEER, PHASE_ANY, 0, run_offer),
	[OP_ASK] = ROW("ask", ask, 0, FROM_ENGINE | FROM_PARENT, PHASE_RUN, 0, run_any),
	[OP_TWO] = ROW_EMPTY("two", 2, FROM_PEER | FROM_ENGINE, PHASE_RUN, 0, run_any),
};

struct message {
	uint8_t raw[RAW_MAX];
	size_t size, nfds;
};

struct run {
	struct app app;
	struct op_host h;
	uint8_t from;
	bool sealed; /* the model's memory of the only row with once */
	int sv[2];
};

static unsigned fds_open(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < FDS_SEEN; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return n;
}

/* Cuts the next message from the input. Returns the bytes used, 0 at the end. */
static size_t next_message(const uint8_t *p, size_t n, struct message *m)
{
	struct frame_head head;
	size_t len;

	if (n < 3)
		return 0;
	len = p[0] & 0x80 ? (size_t)(p[0] & 0x7f) * 8 : p[0];
	if (len > n - 3)
		len = n - 3;
	m->size = len;
	m->nfds = p[1] % (FDS_SENT_MAX + 1);
	memcpy(m->raw, p + 3, len);
	if (len >= sizeof(head)) {
		memcpy(&head, m->raw, sizeof(head));
		if (p[2] & FIX_BUILD)
			head.build = CLOISTER_BUILD;
		if (p[2] & FIX_SHAPE) {
			head.size = (uint32_t)(len - sizeof(head));
			head.nfds = (uint16_t)m->nfds;
		}
		memcpy(m->raw, &head, sizeof(head));
	}
	return 3 + len;
}

static void send_message(int sock, const struct message *m)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int) * FDS_SENT_MAX)];
	} c = { 0 };
	struct iovec io = { .iov_base = (void *)(uintptr_t)m->raw, .iov_len = m->size };
	struct msghdr h = { .msg_iov = &io, .msg_iovlen = 1 };
	int fd[FDS_SENT_MAX];

	for (size_t i = 0; i < FDS_SENT_MAX; i++)
		fd[i] = sock;
	if (m->nfds) {
		h.msg_control = c.buf;
		h.msg_controllen = CMSG_SPACE(sizeof(int) * m->nfds);
		c.align = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int) * m->nfds),
					    .cmsg_level = SOL_SOCKET,
					    .cmsg_type = SCM_RIGHTS };
		memcpy(CMSG_DATA(&c.align), fd, sizeof(int) * m->nfds);
	}
	FUZZ_HOLDS(sendmsg(sock, &h, MSG_NOSIGNAL) == (ssize_t)m->size);
}

/* What must come of m, from the row alone: 1 it runs, 0 the peer seems to have closed, <0 refused.
 */
static int verdict(struct run *r, const struct message *m)
{
	const struct op_row *row;
	struct frame_head head;

	if (m->size == 0 && m->nfds == 0)
		return 0;
	if (m->size < sizeof(head) || m->size > sizeof(head) + FRAME_BODY_MAX)
		return -EBADMSG;
	memcpy(&head, m->raw, sizeof(head));
	if (head.build != CLOISTER_BUILD || head.size != m->size - sizeof(head) ||
	    head.nfds != m->nfds || m->nfds > FRAME_FDS_MAX)
		return -EBADMSG;
	if (head.op == OP_NONE || head.op >= OP__COUNT)
		return -EPROTO;
	row = &rows[head.op];
	if (head.size != row->size || head.nfds != row->fds || !(row->from & r->from) ||
	    !(row->phase & r->h.phase) || (row->once && r->sealed))
		return -EPROTO;
	r->sealed = r->sealed || row->once;
	return 1;
}

/* One message through the server. Returns whether the edge lives on. */
static bool serve(struct run *r, const struct message *m)
{
	unsigned ran = r->app.ran;
	int want = verdict(r, m), rc;
	struct frame answer;
	struct fault f;

	send_message(r->sv[0], m);
	rc = op_serve(&r->h, r->sv[1], r->from, &f);
	FUZZ_HOLDS(rc == want);
	FUZZ_HOLDS(r->app.ran == ran + (want == 1));
	rc = frame_recv(r->sv[0], &answer, &f);
	FUZZ_HOLDS(rc == (want == 1 ? 1 : -EAGAIN));
	return want == 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t from[4] = { FROM_PARENT, FROM_ENGINE, FROM_PEER, FROM_PEER };
	unsigned before = fds_open(), opened;
	struct run r = { .app = { .kept = -1 } };
	struct message m;
	size_t at = 1;

	if (size == 0)
		return 0;
	r.from = from[data[0] & 3];
	r.h = (struct op_host){ .rows = rows,
				.count = OP__COUNT,
				.phase = data[0] & 4 ? PHASE_SETUP : PHASE_RUN,
				.self = &r.app };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, r.sv) < 0)
		return 0;
	opened = fds_open();
	for (unsigned i = 0; i < MESSAGES_MAX; i++) {
		size_t used = next_message(data + at, size - at, &m);
		bool alive = used && serve(&r, &m);

		fd_close(&r.app.kept);
		FUZZ_HOLDS(fds_open() == opened);
		if (!alive)
			break;
		at += used;
	}
	fd_close(&r.sv[0]);
	fd_close(&r.sv[1]);
	FUZZ_HOLDS(fds_open() == before);
	return 0;
}
