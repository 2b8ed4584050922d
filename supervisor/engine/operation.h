/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operation.h - every change of state is intent, act, done (volumes-keys-log.md 4.3): what was
 * begun is in state.db before anybody is asked to act, and what became of it before the client is
 * told.
 */
#ifndef CLOISTER_OPERATION_H
#define CLOISTER_OPERATION_H

#include "supervisor/engine/engine.h"

enum op_kind {
	OP_NONE = 0,
	OP_START,	  /* target: a workload */
	OP_STOP,	  /* target: a workload */
	OP_REMOVE,	  /* target: a workload */
	OP_TENANT,	  /* target: a tenant: made or changed */
	OP_TENANT_REMOVE, /* target: a tenant */
	OP_APPLY,	  /* target: itself, as of those below */
	OP_RUN,
	OP_RECONCILE,
	OP_EXEC,  /* several at a time; it ends with the engine (sandbox/starts.c) */
	OP_LEAVE, /* args: the tenant_ref of a uid range that its tenant was removed from */
	OP__COUNT
};

enum op_phase { OPP_INTENT = 0, OPP_ACTING, OPP_DONE, OPP_FAILED, OPP_UNDONE };

enum { OP_ARGS = 48, OP_NOTE = 192 };

/* As it is written: a new row, or (again) the end of one. */
struct op_record {
	uint8_t id[16], target[16];
	uint32_t kind, phase, step, nargs; /* enum op_kind, op_phase; STEP_BITs that were there */
	uint64_t started, ended;	   /* CLOCK_REALTIME */
	uint8_t args[OP_ARGS];
	char note[OP_NOTE]; /* what went wrong, or what was found */
	bool again;
};

/* What becomes of one that an earlier engine had begun. */
enum op_verdict {
	VERDICT_DONE = 1, /* it came true                            */
	VERDICT_FAILED,	  /* nothing of it is left, nor will be      */
	VERDICT_UNDONE,	  /* it did not come true; what it began goes */
	VERDICT_FORWARD,  /* it is carried out now                   */
};

/* By what is found: the workload runs (adopted), or it does not, in the same boot or in another. */
struct op_kind_row {
	const char *name;
	uint8_t runs, gone, new_boot; /* enum op_verdict */
};
extern const struct op_kind_row op_kinds[OP__COUNT];

/* Pure. FAILED for a kind that this version does not know. */
enum op_verdict operation_verdict(uint32_t kind, bool runs, bool same_boot);

/*
 * Begins one on workload w: of a service it is committed when this returns (S1), and an earlier one
 * that is not ended is undone by it. START: -ENOSPC, nothing may begin. The others always begin.
 */
int operation_begin(struct engine *e, uint32_t w, enum op_kind kind, struct fault *f) MUST_USE;

/* Ends the one that w has, if it is of this kind; of a service: written when this returns. REMOVE:
 * its row goes too. */
void operation_end(struct engine *e, uint32_t w, enum op_kind kind, enum op_phase phase,
		   const char *note);

/* A service's row changed otherwise: committed when it returns; soon. */
int operation_keep(struct engine *e, uint32_t w, struct fault *f) MUST_USE;
void operation_note(struct engine *e, uint32_t w);

/* One that is about a tenant, whose row is written with it, or (ROW_NONE) about none. <0: not
 * begun, and nothing to end. The end of a TENANT_REMOVE takes the row along. */
int operation_open(struct engine *e, enum op_kind kind, uint32_t tenant, struct op_record *ret,
		   struct fault *f) MUST_USE;
void operation_close(struct engine *e, struct op_record *op, enum op_phase phase, const char *note);

/* A uid range is to be let go of, and was: written with the next commit; soon. */
void operation_leave(struct engine *e, struct tenant_ref ref, uint8_t id[16]);
void operation_left(struct engine *e, const uint8_t id[16]);

#endif
