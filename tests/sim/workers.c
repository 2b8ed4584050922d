/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workers.c - cloister-netd and cloister-volumed, made up: what they make goes to spawn's table of
 * grips, and the engine hears of a slot.
 */
#include "tests/sim/sim.h"

#include "lib/asks/netd.h"
#include "lib/asks/volumed.h"

#include <errno.h>
#include <string.h>

void volumed_forget(void)
{
	memset(W->attached, 0, sizeof(W->attached));
}

/* The slot of what is handed to spawn. */
static int offer(struct tenant_ref t, enum grip_kind kind, uint32_t image, struct reply *r)
{
	struct object *g;

	if (!tenant_lives(t))
		return refused(r, -ESTALE, "spawn does not have that tenant");
	if (inject(r, (const int[]){ -EDQUOT, -EPIPE, -ENOMEM }, 3))
		return r->code;
	g = object_new(K_GRIP, t);
	g->grip = kind;
	g->image = image;
	r->slot = object_slot(K_GRIP, g);
	return 0;
}

static int assign(const struct netd_assign *q, struct reply *r)
{
	return offer(q->t, GRIP_NET, 0, r);
}

static uint32_t image_of(const uint8_t digest[DIGEST_LEN])
{
	for (uint32_t i = 0; i < SIM_IMAGES; i++)
		if (memcmp(digest, W->image_digest[i], DIGEST_LEN) == 0)
			return i + 1;
	sim_fail("an image is asked for that no plan names");
}

static bool is_of(uint32_t i, struct tenant_ref t, uint32_t image)
{
	return W->attached[i].image == image && W->attached[i].t.index == t.index &&
	       W->attached[i].t.gen == t.gen;
}

static int attach(const struct volumed_image *q, struct reply *r)
{
	uint32_t image = image_of(q->digest), n = 0;
	int rc;

	for (uint32_t i = 0; i < 64; i++) { /* of a former tenant under that index */
		if (W->attached[i].t.index == q->t.index && W->attached[i].t.gen != q->t.gen)
			W->attached[i].image = 0;
		if (!is_of(i, q->t, image))
			continue;
		r->slot = W->attached[i].slot;
		return 1;
	}
	rc = offer(q->t, GRIP_IMAGE, image, r);
	while (n < 64 && W->attached[n].image)
		n++;
	if (rc < 0 || n == 64)
		return rc < 0 ? rc : refused(r, -ENOSPC, "64 images are attached");
	W->attached[n].image = image;
	W->attached[n].t = q->t;
	W->attached[n].slot = r->slot;
	return 0;
}

static int detach(const struct volumed_image *q, struct reply *r)
{
	uint32_t image = image_of(q->digest);

	for (uint32_t i = 0; i < 64; i++) {
		if (!is_of(i, q->t, image))
			continue;
		W->attached[i].image = 0;
		return 0;
	}
	return refused(r, -ENOENT, "no such image is attached");
}

bool worker_serve(enum worker w)
{
	const struct request *q = wire_request(w);
	struct reply r;

	if (!q)
		return false;
	reply_init(&r);
	if (w == WORKER_NETD)
		r.code = assign((const void *)q->body, &r);
	else if (q->op == VOLUMED_IMAGE_ATTACH)
		r.code = attach((const void *)q->body, &r);
	else if (q->op == VOLUMED_IMAGE_DETACH)
		r.code = detach((const void *)q->body, &r);
	sim_trace("worker %u %s: %d, grip %u.%u", w, op_text(w, q->op), r.code, r.slot.n,
		  r.slot.gen);
	wire_answer(w, q->op, q->seq, &r);
	return true;
}
