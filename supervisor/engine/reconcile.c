/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reconcile.c - the rows of state.db against what spawn's walk found, once in the life of an
 * engine. Runs in: cloister-engine. Must not: believe the rows about what runs (I24).
 *
 * Stops and removals roll forward, starts roll back, unless the workload was adopted. Then: what is
 * to run and does not is started, what ended unseen is treated as any end.
 */
#include "supervisor/engine/operation.h"
#include "lib/plan/registry.h"
#include "supervisor/engine/life.h"
#include "supervisor/engine/store.h"
#include "supervisor/engine/tenants.h"

#include <stdio.h>
#include <string.h>

static struct {
	const bool *runs;		 /* by row: adopted               */
	uint32_t tenant_op[TENANT_ROWS]; /* enum op_kind that was not ended */
	uint32_t adopted, lost, started, ended;
} first;

static uint32_t row_of(const struct engine *e, const uint8_t id[16])
{
	for (uint32_t w = 0; w < WORKLOAD_ROWS; w++)
		if (workload_used(e, w) && memcmp(e->table->workload[w].id, id, 16) == 0)
			return w;
	return ROW_NONE;
}

static uint32_t tenant_of(const struct engine *e, const uint8_t id[16])
{
	uint8_t have[16];

	for (uint32_t t = 0; t < e->table->ntenant; t++) {
		registry_id(e->table->tenant[t].name, have);
		if (e->table->tenant[t].name[0] && memcmp(have, id, sizeof(have)) == 0)
			return t;
	}
	return ROW_NONE;
}

/* An operation that an earlier engine did not end: its workload or tenant has it, or nobody. */
static void take_op(struct engine *e, const struct op_record *op)
{
	uint32_t w = row_of(e, op->target), t = tenant_of(e, op->target);
	struct op_record end = *op;
	struct tenant_ref left;

	if (op->kind == OP_LEAVE && op->nargs == sizeof(left)) {
		memcpy(&left, op->args, sizeof(left));
		tenant_left(left, op->id);
		return;
	}
	if (w != ROW_NONE) {
		e->live[w].op.kind = op->kind;
		memcpy(e->live[w].op.id, op->id, sizeof(op->id));
		return;
	}
	end.phase = operation_verdict(op->kind, false, true) == VERDICT_FAILED ? OPP_FAILED
									       : OPP_UNDONE;
	if (t != ROW_NONE) {
		/* carried out below: a removal as an operation of its own */
		first.tenant_op[t] = op->kind;
		end.phase = op->kind == OP_TENANT ? OPP_DONE : OPP_UNDONE;
	}
	(void)snprintf(end.note, sizeof(end.note), "the supervisor ended before it was over");
	end.ended = e->started;
	store_op(e, &end);
}

/* What is to become of a service's operation that was not ended. */
static void roll(struct engine *e, uint32_t w)
{
	struct workload_row *row = &e->table->workload[w];
	uint32_t kind = e->live[w].op.kind;

	switch (operation_verdict(kind, first.runs[w], row->here)) {
	case VERDICT_DONE:
		operation_end(e, w, (enum op_kind)kind, OPP_DONE, "");
		break;
	case VERDICT_UNDONE:
		operation_end(e, w, (enum op_kind)kind, OPP_UNDONE, "the supervisor ended");
		break;
	case VERDICT_FAILED:
		operation_end(e, w, (enum op_kind)kind, OPP_FAILED, "the host was restarted");
		break;
	case VERDICT_FORWARD:
		first.ended++;
		life_stop(e, w, kind == OP_REMOVE ? WF_HELD | WF_REMOVE : WF_HELD);
		break;
	}
}

static void settle(struct engine *e, uint32_t w)
{
	struct workload_row *row = &e->table->workload[w];
	uint32_t life = row->life;
	/* while the walk went on; end_exit() has seen it */
	bool ended = first.runs[w] && !(row->have & STEP_BIT(STEP_START));

	if (e->live[w].op.kind)
		roll(e, w);
	if (!workload_used(e, w) || row->life != life)
		return;
	first.adopted += first.runs[w];
	if (ended) {
		life_push(e, w);
		return;
	}
	if (row->here && !first.runs[w]) {
		first.lost++;
		end_exit(e, w, NULL);
	} else if (first.runs[w] && !row->wanted) {
		life_push(e, w); /* want is GONE: it is ended */
	} else if (first.runs[w]) {
		watch_begin(e, w);
	} else if (row->wanted) {
		first.started++;
		life_start(e, w);
	}
}

static void settle_tenant(struct engine *e, uint32_t t)
{
	char name[LABEL_MAX];
	struct fault f;

	memcpy(name, e->table->tenant[t].name, sizeof(name));
	if (first.tenant_op[t] == OP_TENANT)
		tenant_again(e, t);
	/* one that has workloads after all stays */
	if (first.tenant_op[t] == OP_TENANT_REMOVE && tenant_remove(e, name, &f) < 0)
		(void)fprintf(stderr, "cloister-engine: %s: %s\n", f.site, f.msg);
}

void reconcile_open(struct engine *e)
{
	struct fault f;

	memset(&first, 0, sizeof(first));
	if (store_each_open_op(e, take_op, &f) < 0)
		(void)fprintf(stderr, "cloister-engine: %s: %s\n", f.site, f.msg);
}

void reconcile(struct engine *e, const bool *adopted, uint32_t killed)
{
	struct op_record op;
	struct fault f = { 0 };
	char note[OP_NOTE];
	bool begun;

	first.runs = adopted;
	/* without room for this record, it is done all the same */
	begun = operation_open(e, OP_RECONCILE, ROW_NONE, &op, &f) == 0;
	for (uint32_t w = 0; w < WORKLOAD_ROWS; w++)
		if (workload_used(e, w))
			settle(e, w);
	for (uint32_t t = 0; t < e->table->ntenant; t++)
		if (first.tenant_op[t])
			settle_tenant(e, t);
	tenants_leave(e);
	(void)snprintf(note, sizeof(note), "%u adopted, %u lost, %u started, %u ended, %u killed",
		       first.adopted, first.lost, first.started, first.ended, killed);
	if (begun)
		operation_close(e, &op, OPP_DONE, note);
}
