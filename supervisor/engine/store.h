/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.h - what outlives the engine: state/state.db, by SQLite.
 *
 * The rows of workloads.h are the working copy; what is declared in them (tenants, services, plans,
 * operations) is written here. Who changes a row says so (store_tenant, store_workload, store_op):
 * it is written with the next commit, in one transaction with all else that changed. What runs is
 * never read from here (I24).
 *
 * S1 An intent is committed before the first request to a worker, what became of it before the
 *    client is told.
 * S2 After a failed write or fsync nothing is known: one line, abort(). The next engine looks.
 * S3 No room is an ordinary answer (-ENOSPC): the change stays in memory and is written later.
 */
#ifndef CLOISTER_STORE_H
#define CLOISTER_STORE_H

#include "supervisor/engine/engine.h"

struct op_record; /* operation.h */

enum { STORE_SCHEMA = 1, STORE_APP_ID = 0x434C5354 /* "CLST" */ };

/*
 * Exit codes of an engine that cannot use its state: somebody has to act, another start would not
 * help (sysexits.h: DATAERR, CANTCREAT, CONFIG). cloisterd passes them on and does not try again.
 * AGAIN is none of them: what was short may be there the next time.
 */
enum store_exit {
	STORE_EXIT_AGAIN = 1,
	STORE_EXIT_DAMAGED = 65,
	STORE_EXIT_WRITE = 73,
	STORE_EXIT_CONFIG = 78
};

/*
 * Opens dir/state.db, or makes it, checks it, brings its schema up to date and loads e->table.
 * Leaves dir the current directory. Before confinement. Faults have sites "store.*".
 */
int store_open(struct engine *e, int dir, struct fault *f) MUST_USE;
void store_close(struct engine *e);

/* The exit code for a fault of store_open(). */
int store_exit_code(const struct fault *f);

/* Begins to write late and to check-point; once the loop is there. */
int store_watch(struct engine *e, struct fault *f) MUST_USE;

/* ---- what changed ---- */

void store_tenant(struct engine *e, uint32_t tenant);
void store_workload(struct engine *e, uint32_t w);
void store_tenant_gone(struct engine *e, uint32_t tenant);
void store_workload_gone(struct engine *e, uint32_t w);

/* A new operation, or the end of one. */
void store_op(struct engine *e, const struct op_record *op);

/* Writes all that changed; 0: it is on the disk. -ENOSPC: nothing of it is (S3). */
int store_commit(struct engine *e, struct fault *f) MUST_USE;

/*
 * The same for what may never wait for room: stops, removals, ends. The ballast is given up for it;
 * without any room at all it is written later.
 */
void store_commit_anyway(struct engine *e);

/* Writes it soon, without waiting for the disk: in some milliseconds, when nothing else goes on. */
void store_later(struct engine *e);

/* ---- what an earlier engine left ---- */

/* Operations that were not ended, oldest first; fn is called for each. */
int store_each_open_op(struct engine *e, void (*fn)(struct engine *e, const struct op_record *op),
		       struct fault *f) MUST_USE;

/* The bytes of a plan: their number, 0: it is not there, -EFBIG: more than cap. */
int store_plan(struct engine *e, const uint8_t digest[DIGEST_LEN], void *buf, size_t cap,
	       struct fault *f) MUST_USE;

#endif
