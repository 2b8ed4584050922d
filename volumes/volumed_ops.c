/* SPDX-License-Identifier: Apache-2.0 */
/*
 * volumed_ops.c - all that others may ask of volumed, and its loop. Runs in: cloister-volumed.
 * Must not hand a mount or a writable file to anyone but spawn (I6), take a digest from anyone
 * (I14), or wait for a disk in the loop.
 */
#include "volumes/volumed_ops.h"
#include "lib/asks/spawn.h"
#include "lib/base/fd.h"
#include "volumes/store.h"

#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

static bool same_tenant(struct tenant_ref a, struct tenant_ref b)
{
	return a.index == b.index && a.gen == b.gen;
}

/* ---- the parent's rows ---- */

static int parent_edge(void *self, const void *req, int *fd, struct reply *out)
{
	struct volumed *v = self;
	const struct parent_edge *e = req;
	int rc;

	if (e->worker == WORKER_ENGINE) {
		rc = frame_edge(&v->engine, &fd[0], FRAME_ANSWERS, "volumed.edge", &out->fault);
		if (rc == 0)
			builds_orphan(v); /* what the old engine was building, nobody will commit */
		if (rc == 0)		  /* spawn lets go of what the old engine had attached */
			memset(v->attached, 0, sizeof(v->attached));
		return rc;
	}
	if (e->worker == WORKER_SPAWN) {
		rc = frame_edge(&v->spawn, &fd[0], FRAME_ASKS, "volumed.edge", &out->fault);
		if (rc == 0) /* a new spawn has none of the old one's slots */
			memset(v->attached, 0, sizeof(v->attached));
		return rc;
	}
	return fault_set(&out->fault, -EINVAL, "volumed.edge", "no edge to worker %u", e->worker);
}

static int parent_policy(void *self, const void *req, int *fd, struct reply *out)
{
	struct volumed *v = self;

	(void)req;
	return policy_take(fd[0], "volumed.policy", &v->policy, &out->fault);
}

static int parent_run(void *self, const void *req, int *fd, struct reply *out)
{
	struct volumed *v = self;

	(void)req;
	(void)fd;
	if (!v->policy)
		return fault_set(&out->fault, -EINVAL, "volumed.run", "no policy yet");
	v->host.phase = PHASE_RUN;
	return 0;
}

/* ---- the engine's rows ---- */

/* Hands what fd stands for to spawn; its slot comes back in out. */
int volumed_offer(struct volumed *v, const struct spawn_offer *o, int fd, struct reply *out)
{
	const struct frame_out ask = {
		.op = SPAWN_OFFER, .body = o, .size = sizeof(*o), .fd = &fd, .nfds = 1
	};
	AUTO(reply_fini) struct reply r;
	int rc;

	reply_init(&r);
	if (v->spawn < 0)
		return fault_set(&out->fault, -ENOTCONN, "volumed.offer", "spawn is not there now");
	rc = frame_ask(&v->spawn, &ask, &r, &out->fault);
	v->cut = v->spawn < 0 && (rc == -EAGAIN || rc == -EBADMSG);
	if (rc >= 0)
		out->slot = r.slot;
	return rc;
}

static int image_look(void *self, const void *req, int *fd, struct reply *out)
{
	const struct volumed *v = self;
	const struct volumed_image *q = req;
	AUTO_FD int file = -1;

	(void)fd;
	return store_open(v->images, q->digest, &file, &out->value[0], &out->fault);
}

static int image_drop(void *self, const void *req, int *fd, struct reply *out)
{
	const struct volumed *v = self;
	const struct volumed_image *q = req;

	(void)fd;
	for (uint32_t i = 0; i < ATTACHED_MAX; i++)
		if (v->attached[i].used &&
		    memcmp(v->attached[i].digest, q->digest, DIGEST_LEN) == 0)
			return fault_set(&out->fault, -EBUSY, "volumed.drop",
					 "the image is in use by tenant %u",
					 v->attached[i].t.index);
	return store_drop(v->images, q->digest, &out->fault);
}

/* The row of (tenant, digest), or one that is not used; NULL: the table is full. Rows of
 * a former tenant under the same index go. */
static struct attached *attached_find(struct volumed *v, const struct volumed_image *q)
{
	struct attached *room = NULL;

	for (uint32_t i = 0; i < ATTACHED_MAX; i++) {
		struct attached *a = &v->attached[i];

		if (a->used && a->t.index == q->t.index && a->t.gen != q->t.gen)
			a->used = 0;
		if (a->used && same_tenant(a->t, q->t) &&
		    memcmp(a->digest, q->digest, DIGEST_LEN) == 0)
			return a;
		if (!a->used && !room)
			room = a;
	}
	return room;
}

/* A superblock of its own? Two of one would share inodes and pages between tenants. */
static int check_dev(const struct volumed *v, int mnt, dev_t *ret, struct fault *f)
{
	struct stat st;

	if (fstat(mnt, &st) < 0)
		return fault_sys(f, "volumed.attach", "looking at the mount");
	for (uint32_t i = 0; i < ATTACHED_MAX; i++)
		if (v->attached[i].used && v->attached[i].dev == st.st_dev)
			return fault_set(f, -EEXIST, "volumed.shared",
					 "the kernel gave a superblock that tenant %u has",
					 v->attached[i].t.index);
	*ret = st.st_dev;
	return 0;
}

/* I12: a workload's root is made of START_IMAGES at most. */
static int check_count(const struct volumed *v, struct tenant_ref t, struct fault *f)
{
	uint64_t all = 0, own = 0;

	for (uint32_t i = 0; i < ATTACHED_MAX; i++) {
		all += v->attached[i].used != 0;
		own += v->attached[i].used && same_tenant(v->attached[i].t, t);
	}
	if (own >= (uint64_t)START_IMAGES * v->policy->tenant_workloads ||
	    all >= (uint64_t)START_IMAGES * v->policy->max_workloads)
		return fault_set(
			f, -EDQUOT, "volumed.attach",
			"%u images are attached, %u of them for this tenant, which is what "
			"its limits of workloads allow",
			(unsigned)all, (unsigned)own);
	return 0;
}

static int image_attach_to(void *self, const void *req, int *fd, struct reply *out)
{
	struct volumed *v = self;
	const struct volumed_image *q = req;
	struct spawn_offer o = { .t = q->t, .kind = GRIP_IMAGE };
	AUTO_FD int file = -1;
	AUTO_FD int mnt = -1;
	struct attached *row;
	uint64_t bytes;
	dev_t dev = 0;
	int rc = registry_look(v->registry, q->t, &out->fault);

	(void)fd;
	if (rc < 0)
		return rc;
	row = attached_find(v, q);
	if (!row)
		return fault_set(&out->fault, -ENOSPC, "volumed.attach",
				 "%d attached images are the bound", ATTACHED_MAX);
	if (row->used) {
		out->slot = row->slot;
		return 1;
	}
	rc = check_count(v, q->t, &out->fault);
	if (rc == 0)
		rc = store_open(v->images, q->digest, &file, &bytes, &out->fault);
	if (rc == 0)
		rc = image_attach(v->kind, v->dev, file, &mnt, &out->fault);
	if (rc == 0)
		rc = check_dev(v, mnt, &dev, &out->fault);
	if (rc < 0)
		return rc;
	memcpy(o.object, q->digest, sizeof(o.object));
	rc = volumed_offer(v, &o, mnt, out);
	if (rc < 0)
		return rc;
	*row = (struct attached){ .used = 1, .t = q->t, .dev = dev, .slot = out->slot };
	memcpy(row->digest, q->digest, DIGEST_LEN);
	return 0;
}

static int image_detach(void *self, const void *req, int *fd, struct reply *out)
{
	const struct volumed_image *q = req;
	struct attached *row = attached_find(self, q);

	(void)fd;
	if (!row || !row->used)
		return fault_set(&out->fault, -ENOENT, "volumed.detach",
				 "that tenant has no such image attached");
	row->used = 0;
	return 0;
}

static int host_is(void *self, const void *req, int *fd, struct reply *out)
{
	static const uint64_t bits[] = {
		[IMAGE_NONE] = 0,
		[IMAGE_FILE] = VOLUMED_EROFS_FILE,
		[IMAGE_LOOP] = VOLUMED_EROFS_LOOP,
	};
	const struct volumed *v = self;

	(void)req;
	(void)fd;
	out->value[0] = bits[v->kind];
	return 0;
}

/* clang-format off */
const struct op_row volumed_ops[VOLUMED__COUNT] = {
	/*                             name             request        fds from         phase        once handler */
	[PARENT_EDGE] =          ROW("parent.edge",     parent_edge,    1, FROM_PARENT, PHASE_ANY,   0, parent_edge),
	[PARENT_POLICY] =        ROW_EMPTY("parent.policy",             1, FROM_PARENT, PHASE_ANY,   0, parent_policy),
	[PARENT_RUN] =           ROW_EMPTY("parent.run",                0, FROM_PARENT, PHASE_SETUP, 1, parent_run),
	[PARENT_ACTS] =          ROW_EMPTY("parent.acts",               1, FROM_PARENT, PHASE_ANY,   0, op_acts),
	[VOLUMED_IMAGE_BEGIN] =  ROW_EMPTY("image.begin",               0, FROM_ENGINE, PHASE_RUN,   0, build_begin),
	[VOLUMED_IMAGE_COMMIT] = ROW("image.commit",    volumed_slot,   0, FROM_ENGINE, PHASE_RUN,   0, build_commit),
	[VOLUMED_IMAGE_ABORT] =  ROW("image.abort",     volumed_slot,   0, FROM_ENGINE, PHASE_RUN,   0, build_abort),
	[VOLUMED_IMAGE_LOOK] =   ROW("image.look",      volumed_image,  0, FROM_ENGINE, PHASE_RUN,   0, image_look),
	[VOLUMED_IMAGE_DROP] =   ROW("image.drop",      volumed_image,  0, FROM_ENGINE, PHASE_RUN,   0, image_drop),
	[VOLUMED_IMAGE_ATTACH] = ROW("image.attach",    volumed_image,  0, FROM_ENGINE, PHASE_RUN,   0, image_attach_to),
	[VOLUMED_IMAGE_DETACH] = ROW("image.detach",    volumed_image,  0, FROM_ENGINE, PHASE_RUN,   0, image_detach),
	[VOLUMED_HOST] =         ROW_EMPTY("host",                      0, FROM_ENGINE, PHASE_RUN,   0, host_is),
};
/* clang-format on */
_Static_assert(VOLUMED__COUNT <= 64, "op_host.done is one word");

void volumed_about(const struct op_row *row, const void *req, struct act_about *out)
{
	const struct volumed_image *q = req;

	if (row->size != sizeof(*q))
		return;
	out->t = q->t;
	memcpy(out->tag, q->digest, sizeof(out->tag));
}
