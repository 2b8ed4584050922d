/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compile.c - one compile from request to checked answer. Runs in: cloister-engine.
 * Must not: parse a profile; nor believe the compiler (compile_out.c).
 */
#include "supervisor/engine/compile.h"
#include "lib/asks/spawn.h"
#include "lib/base/fd.h"
#include "supervisor/engine/compile_out.h"
#include "supervisor/engine/compile_req.h"
#include "supervisor/engine/peers.h"
#include "supervisor/engine/waits.h"

#include <signal.h>

struct job {
	struct compile_done done; /* fn NULL: free */
	int out;		  /* the memfd that the compiler fills */
	bool guest;
};

struct compiles {
	struct job job[COMPILES_MAX];
};

static struct compiles compiles_memory; /* behind engine.compiles */

int compile_open(struct engine *e, struct fault *f)
{
	(void)f;
	e->compiles = &compiles_memory;
	for (uint32_t i = 0; i < COMPILES_MAX; i++)
		e->compiles->job[i].out = -1;
	return 0;
}

/* The job is free before its owner hears of it. */
static void finish(struct engine *e, struct job *j, const struct compile_view *v, struct fault *f)
{
	struct compile_done done = j->done;

	fd_close(&j->out);
	j->done.fn = NULL;
	done.fn(e, done.arg, v, f);
}

static void read_answer(struct engine *e, struct job *j)
{
	struct compile_view v;
	struct fault f = { 0 };
	const void *p;
	int size = sealed_map(j->out, COMPILE_OUT_MAX, "engine.compiled", &p, &f);

	if (size < 0) {
		(void)fault_set(&f, -EBADMSG, "engine.compiled",
				"the compiler gave no sealed answer");
		finish(e, j, NULL, &f);
		return;
	}
	if (compile_view_open(p, (size_t)size, &v, &f) < 0)
		finish(e, j, NULL, &f);
	else
		finish(e, j, &v, &f);
	sealed_unmap(p, (size_t)size);
}

static void on_end(struct engine *e, uint64_t arg, const struct spawn_exit *x)
{
	struct job *j = &e->compiles->job[arg];
	struct fault f = { 0 };

	/* 0 done, 3 there are errors in the text: in both cases the answer says more */
	if (x && x->status == CLD_EXITED && (x->value == 0 || x->value == 3)) {
		read_answer(e, j);
		return;
	}
	if (x && x->status == CLD_EXITED)
		(void)fault_set(
			&f, -EIO, "engine.compile",
			"the compiler gave up with code %d; 'cloister profile check' says why",
			x->value);
	else if (!x)
		(void)fault_set(&f, -EPIPE, "engine.compile", "the compiler was lost; try again");
	else
		(void)fault_set(&f, -EIO, "engine.compile",
				"the compiler was ended by signal %d (it has 2 s and 256 MiB)",
				x->value);
	finish(e, j, NULL, &f);
}

static void on_helper(struct engine *e, uint64_t arg, struct reply *r)
{
	struct job *j = &e->compiles->job[arg];
	struct fault f = r->fault;
	int rc = r->code;

	if (rc >= 0 && r->nfds < 2)
		rc = fault_set(&f, -EBADMSG, "engine.compile", "a helper without an output");
	if (rc >= 0)
		rc = waits_helper(e, r->slot, (struct helper_end){ on_end, arg }, &f);
	if (rc < 0) {
		finish(e, j, NULL, &f);
		return;
	}
	j->out = fd_take(&r->fd[1]);
}

/* A free job's number; COMPILES_MAX: none is, or not for a guest. */
static uint32_t find_free(const struct engine *e, bool guest)
{
	uint32_t found = COMPILES_MAX, guests = 0;

	for (uint32_t i = 0; i < COMPILES_MAX; i++) {
		const struct job *j = &e->compiles->job[i];

		if (!j->done.fn && found == COMPILES_MAX)
			found = i;
		guests += j->done.fn && j->guest;
	}
	return guest && guests >= COMPILES_GUESTS ? COMPILES_MAX : found;
}

int compile_begin(struct engine *e, const struct compile_ask *q, struct compile_done done,
		  struct fault *f)
{
	struct spawn_helper ask = { .helper = HELPER_COMPILE };
	uint32_t n = find_free(e, q->guest);
	int fd, rc;

	if (n == COMPILES_MAX)
		return fault_set(f, -EAGAIN, "engine.compile",
				 "%d compiles at work; try again in a moment",
				 q->guest ? COMPILES_GUESTS : COMPILES_MAX);
	rc = compile_req_make(e, q, &fd, f);
	if (rc < 0)
		return rc;
	e->compiles->job[n].done = done;
	e->compiles->job[n].guest = q->guest;
	PEERS_ASK(e, WORKER_SPAWN, SPAWN_HELPER, &ask, fd, ((struct answer){ on_helper, n }));
	return 0;
}
