/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builds.c - images on their way from a builder to the store. Runs in: cloister-volumed.
 * Must not wait for a disk in the loop: the copy is made by a forked child, one each.
 *
 * A build is a file without a name. The builder that spawn starts writes it, through a descriptor
 * that volumed offered to spawn (I14); COMMIT has it copied, hashed and named; whatever ends before
 * that leaves nothing.
 */
#include "volumes/volumed_ops.h"
#include "lib/asks/spawn.h"
#include "lib/base/fd.h"
#include "volumes/store.h"

#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>

static void build_end(struct build *b)
{
	if (b->child > 0)
		(void)waitpid(b->child, NULL, 0); /* its pipe is at the end: it is exiting */
	fd_close(&b->file);
	fd_close(&b->answer);
	*b = (struct build){ .file = -1, .answer = -1 };
}

static struct build *build_get(struct volumed *v, struct slot s, struct fault *f)
{
	if (s.n < BUILDS_MAX && s.gen && v->builds[s.n].gen == s.gen)
		return &v->builds[s.n];
	(void)fault_set(f, -ESTALE, "volumed.build", "no such build");
	return NULL;
}

void builds_orphan(struct volumed *v)
{
	for (uint32_t i = 0; i < BUILDS_MAX; i++) {
		v->builds[i].asked = false;
		if (v->builds[i].gen && v->builds[i].answer < 0)
			build_end(&v->builds[i]);
	}
}

int build_begin(void *self, const void *req, int *fd, struct reply *out)
{
	struct volumed *v = self;
	const struct spawn_offer o = { .kind = GRIP_FILE };
	AUTO_FD int file = -1;
	uint32_t n = 0;
	int rc;

	(void)req;
	(void)fd;
	while (n < BUILDS_MAX && v->builds[n].gen)
		n++;
	if (n == BUILDS_MAX)
		return fault_set(&out->fault, -EBUSY, "volumed.begin",
				 "%d images are being built already", BUILDS_MAX);
	rc = store_new(v->images, &file, &out->fault);
	if (rc == 0)
		rc = volumed_offer(v, &o, file, out);
	if (rc < 0)
		return rc;
	if (++v->gen == 0)
		v->gen = 1;
	v->builds[n] = (struct build){ .gen = v->gen, .file = fd_take(&file), .answer = -1 };
	out->value[0] = n;
	out->value[1] = v->gen;
	return 0;
}

/* The child of a commit: copies, hashes, syncs, names; answers in one write and ends. */
static void commit_child(struct volumed *v, const struct build *b, int answer)
{
	struct store_kept k;
	struct fault f = { 0 };
	int rc;

	/* the ends of edges must be ours alone: their EOF tells the others that we are gone */
	fd_close(&v->parent);
	fd_close(&v->engine);
	fd_close(&v->spawn);
	rc = store_keep(v->images, b->file, &k, &f);
	k.code = rc;
	k.fault = f;
	_exit(write(answer, &k, sizeof(k)) != (ssize_t)sizeof(k));
}

/* fork() of glibc: clone with SIGCHLD and the two tid flags, and what it does in the child.
 * syscalls volumed: clone(0==0x01200011) set_robust_list wait4 pipe2 */
int build_commit(void *self, const void *req, int *fd, struct reply *out)
{
	struct volumed *v = self;
	const struct volumed_slot *q = req;
	struct build *b = build_get(v, q->s, &out->fault);
	AUTO_FD int w = -1;
	int p[2];
	pid_t pid;

	(void)fd;
	if (!b)
		return out->fault.err;
	if (b->answer >= 0)
		return fault_set(&out->fault, -EALREADY, "volumed.commit", "it is being kept");
	if (pipe2(p, O_CLOEXEC) < 0)
		return fault_sys(&out->fault, "volumed.commit", "a pipe");
	b->answer = p[0];
	w = p[1];
	pid = fork();
	if (pid < 0) {
		(void)fault_sys(&out->fault, "volumed.commit", "starting the copy");
		fd_close(&b->answer);
		return out->fault.err;
	}
	if (pid == 0)
		commit_child(v, b, w);
	b->child = pid;
	b->seq = v->host.now_seq;
	b->about = v->host.now_about;
	b->asked = true;
	out->later = 1;
	return 0;
}

/* The child of a commit has answered, or died. */
void build_done(struct volumed *v, struct build *b)
{
	AUTO(reply_fini) struct reply r;
	struct store_kept k;
	ssize_t n = read(b->answer, &k, sizeof(k));
	uint32_t seq = b->seq;
	bool asked = b->asked;

	reply_init(&r);
	if (n != (ssize_t)sizeof(k)) {
		r.code = fault_set(&r.fault, -EIO, "volumed.commit", "the copying process died");
	} else {
		r.code = k.code;
		r.fault = k.fault;
		memcpy(r.value, k.digest, sizeof(k.digest));
	}
	memcpy(b->about.tag, r.value,
	       sizeof(b->about.tag)); /* the image's digest, where there is one */
	op_after(&v->host, VOLUMED_IMAGE_COMMIT, r.code, &b->about);
	build_end(b);
	if (asked && v->engine >= 0 && reply_send(v->engine, VOLUMED_IMAGE_COMMIT, seq, &r) < 0)
		fd_close(&v->engine);
}

int build_abort(void *self, const void *req, int *fd, struct reply *out)
{
	const struct volumed_slot *q = req;
	struct build *b = build_get(self, q->s, &out->fault);

	(void)fd;
	if (!b)
		return out->fault.err;
	if (b->answer >= 0)
		return fault_set(&out->fault, -EALREADY, "volumed.abort", "it is being kept");
	build_end(b);
	return 0;
}
