/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_build.c - an image is built by a helper whose output goes straight to volumed (I14).
 * Runs in: cloister-engine. It never sees an image's bytes, only their hash.
 */
#include "supervisor/engine/image_build.h"
#include "lib/asks/spawn.h"
#include "lib/asks/volumed.h"
#include "lib/base/fd.h"
#include "lib/base/str.h"
#include "supervisor/engine/images.h"
#include "supervisor/engine/peers.h"
#include "supervisor/engine/waits.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>

enum { BUILDS_MAX = 4, SAID_MAX = 400 };

struct build {
	bool used, abandoned;
	struct to to;
	struct image_row row;
	struct slot own; /* volumed's */
	int err;	 /* what the helper says, -1 */
};

static struct build builds[BUILDS_MAX];

static void finish(struct engine *e, struct build *b, const struct fault *f)
{
	if (f)
		session_fault(e, b->to, f);
	fd_close(&b->err);
	b->used = false;
}

static void give_up(struct engine *e, struct build *b, const struct fault *f)
{
	struct volumed_slot q = { b->own };

	PEERS_ASK(e, WORKER_VOLUMED, VOLUMED_IMAGE_ABORT, &q, -1, ((struct answer){ NULL, 0 }));
	finish(e, b, f);
}

static void on_look(struct engine *e, uint64_t arg, struct reply *r)
{
	struct build *b = &builds[arg];
	const struct image_row *old = images_find(e, b->row.name);
	struct image_row before = old ? *old : (struct image_row){ 0 };
	char hex[2 * DIGEST_LEN + 1];
	struct fault f = r->fault;

	b->row.bytes = r->value[0];
	if (r->code < 0 || images_put(e, &b->row, &f) < 0) {
		image_forget(e, b->row.digest); /* no name came to mean it */
		finish(e, b, &f);
		return;
	}
	if (before.name[0])
		image_forget(e, before.digest);
	str_hex(hex, b->row.digest, DIGEST_LEN);
	session_reply(e, b->to,
		      json_pack("{s:s, s:s, s:I}", "name", b->row.name, "digest", hex, "bytes",
				(json_int_t)b->row.bytes));
	finish(e, b, NULL);
}

static void on_commit(struct engine *e, uint64_t arg, struct reply *r)
{
	struct build *b = &builds[arg];
	struct volumed_image q = { 0 };

	if (r->code < 0) {
		finish(e, b, &r->fault);
		return;
	}
	memcpy(b->row.digest, r->value, DIGEST_LEN);
	memcpy(q.digest, r->value, DIGEST_LEN);
	PEERS_ASK(e, WORKER_VOLUMED, VOLUMED_IMAGE_LOOK, &q, -1, ((struct answer){ on_look, arg }));
}

/* The last line that the builder wrote: its reason. */
static void what_it_said(struct build *b, char *dst, size_t cap)
{
	char text[SAID_MAX];
	ssize_t n = b->err < 0 ? -1 : read(b->err, text, sizeof(text));
	size_t used, end;

	while (n > 0 && text[n - 1] == '\n')
		n--;
	end = n > 0 ? str_escape(dst, cap - 1, text, (size_t)n, &used) : 0;
	dst[end] = '\0';
}

static void on_built(struct engine *e, uint64_t arg, const struct spawn_exit *x)
{
	struct build *b = &builds[arg];
	struct volumed_slot q = { b->own };
	char said[128];
	struct fault f;

	if (!x) {
		(void)fault_set(&f, -EPIPE, "image.build", "the builder was lost; try again");
		give_up(e, b, &f);
	} else if (x->status != CLD_EXITED || x->value != 0) {
		what_it_said(b, said, sizeof(said));
		(void)fault_set(&f, -EINVAL, "image.build", "the builder failed: %s",
				said[0] ? said : "it gave no reason");
		give_up(e, b, &f);
	} else if (b->abandoned || !session_alive(e, b->to)) {
		/* a client that died wrote half a tar: what came of it is nobody's image */
		give_up(e, b, NULL);
	} else {
		PEERS_ASK(e, WORKER_VOLUMED, VOLUMED_IMAGE_COMMIT, &q, -1,
			  ((struct answer){ on_commit, arg }));
	}
}

static void on_builder(struct engine *e, uint64_t arg, struct reply *r)
{
	struct build *b = &builds[arg];
	struct fault f = r->fault;
	int rc = r->code;

	if (rc >= 0 && r->nfds != 3)
		rc = fault_set(&f, -EBADMSG, "image.build", "a builder without its pipes");
	if (rc >= 0)
		rc = waits_helper(e, r->slot, (struct helper_end){ on_built, arg }, &f);
	if (rc < 0) {
		give_up(e, b, &f);
		return;
	}
	b->err = fd_take(&r->fd[2]);
	(void)fcntl(b->err, F_SETFL, O_NONBLOCK);
	session_more(e, b->to, NULL, &r->fd[1], 1);
}

static void on_begun(struct engine *e, uint64_t arg, struct reply *r)
{
	struct build *b = &builds[arg];
	struct spawn_mkimage q = { r->slot };

	if (r->code < 0) {
		finish(e, b, &r->fault);
		return;
	}
	b->own = (struct slot){ (uint32_t)r->value[0], (uint32_t)r->value[1] };
	PEERS_ASK(e, WORKER_SPAWN, SPAWN_MKIMAGE, &q, -1, ((struct answer){ on_builder, arg }));
}

static void on_closed(struct engine *e, uint64_t arg)
{
	(void)e;
	builds[arg].abandoned = true;
}

static const struct call_hooks hooks = { NULL, on_closed };

int image_build_begin(struct engine *e, struct to to, const char *name, const char *inputs,
		      struct fault *f)
{
	uint32_t n = 0;
	struct build *b;

	while (n < BUILDS_MAX && builds[n].used)
		n++;
	if (n == BUILDS_MAX)
		return fault_set(f, -EAGAIN, "image.begin",
				 "%d images are being built; wait for one to end", BUILDS_MAX);
	b = &builds[n];
	*b = (struct build){ .used = true, .to = to, .err = -1 };
	/* both measured by the caller */
	(void)str_copy(b->row.name, sizeof(b->row.name), name);
	(void)str_copy(b->row.inputs, sizeof(b->row.inputs), inputs);
	session_follow(e, to, &hooks, n);
	PEERS_ASK_EMPTY(e, WORKER_VOLUMED, VOLUMED_IMAGE_BEGIN, ((struct answer){ on_begun, n }));
	return 0;
}
