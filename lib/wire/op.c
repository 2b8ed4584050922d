/* SPDX-License-Identifier: Apache-2.0 */
/*
 * op.c - the gate in front of every privileged handler. Runs in: spawn, netd, volumed.
 * Must not know any operation: what there is stands in the server's table.
 */
#include "lib/wire/op.h"
#include "lib/base/fd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Does the request fit the row in everything but its content? (I2) */
static int fits(const struct op_host *h, const struct op_row *row, uint8_t from,
		const struct frame_head *head)
{
	return head->size == row->size && head->nfds == row->fds && (row->from & from) &&
	       (row->phase & h->phase) && !(row->once && (h->done & UINT64_C(1) << head->op));
}

void op_after(struct op_host *h, uint16_t op, int32_t code, const struct act_about *about)
{
	if (h->acts)
		/* the act is done and its intent recorded: nothing better is left to do */
		DROP(acts_write(h->acts, op, ACT_AFTER, code, about));
}

int op_acts(void *self, const void *req UNUSED, int *fd, struct reply *out UNUSED)
{
	struct op_host *h = self;
	uint64_t records;

	if (!h->acts)
		return 0;
	records = h->acts->seq;
	acts_next(h->acts, &fd[0]);
	memcpy(h->now_about.tag, &records, sizeof(records));
	return 0;
}

int op_run(struct op_host *h, uint8_t from, struct frame *fr, struct reply *out)
{
	const struct op_row *row = NULL;

	reply_init(out);
	if (fr->head.op < h->count && fr->head.op < 64)
		row = &h->rows[fr->head.op];
	if (!row || !row->run || !fits(h, row, from, &fr->head)) {
		frame_close(fr);
		return -EPROTO;
	}
	h->done |= UINT64_C(1) << fr->head.op;
	h->now_op = fr->head.op;
	h->now_seq = fr->head.seq;
	h->now_about = (struct act_about){ 0 };
	if (h->about)
		h->about(row, fr->body, &h->now_about);
	if (h->acts && acts_write(h->acts, fr->head.op, ACT_BEFORE, 0, &h->now_about) < 0) {
		/* An act that cannot be recorded is not done (I20). */
		out->code = fault_set(&out->fault, -EIO, "op.journal",
				      "%s: the acts journal cannot be written", row->name);
		frame_close(fr);
		return 0;
	}
	out->code = row->run(h->self, fr->body, fr->fd, out);
	if (!out->later)
		op_after(h, fr->head.op, out->code, &h->now_about);
	frame_close(fr);
	return 0;
}

/* Not the peer's doing: its edge would end with nobody to make it again, so we are made again. */
static int fail(int rc, const struct fault *f)
{
	if (rc != -ENOMEM)
		return rc;
	(void)dprintf(STDERR_FILENO, "%s: %s: %s\n", program_invocation_short_name, f->site,
		      f->msg);
	_exit(1);
}

int op_serve(struct op_host *h, int sock, uint8_t from, struct fault *f)
{
	struct frame fr;
	struct reply out;
	int rc = frame_recv(sock, &fr, f);

	if (rc <= 0)
		return fail(rc, f);
	h->now_sock = sock;
	rc = op_run(h, from, &fr, &out);
	if (rc < 0)
		return fault_set(f, rc, "op.gate", "op %u refused at the gate", fr.head.op);
	if (out.later)
		return 1;
	rc = reply_send(sock, fr.head.op, fr.head.seq, &out);
	/* -EAGAIN means that nothing came; a peer that reads no answers has had its time */
	if (rc < 0)
		return fail(fault_set(f, rc == -EAGAIN ? -ENOBUFS : rc, "op.reply",
				      "answering op %u", fr.head.op),
			    f);
	return 1;
}
