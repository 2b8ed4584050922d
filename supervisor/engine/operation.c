/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operation.c - intents and what became of them. Runs in: cloister-engine.
 * Must not: act; who begins an operation does, after it is written.
 */
#include "supervisor/engine/operation.h"
#include "lib/base/clock.h"
#include "lib/base/str.h"
#include "lib/plan/registry.h"
#include "supervisor/engine/life.h"
#include "supervisor/engine/store.h"

#include <errno.h>
#include <string.h>

/* Stops, removals and the like roll forward; starts roll back (volumes-keys-log.md 4.4). */
/* clang-format off */
const struct op_kind_row op_kinds[OP__COUNT] = {
	/*                     name             runs             gone             new boot        */
	[OP_START]         = { "start",         VERDICT_DONE,    VERDICT_UNDONE,  VERDICT_FAILED  },
	[OP_STOP]          = { "stop",          VERDICT_FORWARD, VERDICT_DONE,    VERDICT_DONE    },
	[OP_REMOVE]        = { "remove",        VERDICT_FORWARD, VERDICT_FORWARD, VERDICT_FORWARD },
	[OP_TENANT]        = { "tenant",        VERDICT_FORWARD, VERDICT_FORWARD, VERDICT_DONE    },
	[OP_TENANT_REMOVE] = { "tenant-remove", VERDICT_FORWARD, VERDICT_FORWARD, VERDICT_FORWARD },
	[OP_APPLY]         = { "apply",         VERDICT_FAILED,  VERDICT_FAILED,  VERDICT_FAILED  },
	[OP_RUN]           = { "run",           VERDICT_UNDONE,  VERDICT_UNDONE,  VERDICT_FAILED  },
	[OP_EXEC]          = { "exec",          VERDICT_UNDONE,  VERDICT_UNDONE,  VERDICT_FAILED  },
	[OP_LEAVE]         = { "leave",         VERDICT_FORWARD, VERDICT_FORWARD, VERDICT_FORWARD },
	[OP_RECONCILE]     = { "reconcile",     VERDICT_FAILED,  VERDICT_FAILED,  VERDICT_FAILED  },
};
/* clang-format on */

enum op_verdict operation_verdict(uint32_t kind, bool runs, bool same_boot)
{
	const struct op_kind_row *row;

	if (kind == OP_NONE || kind >= OP__COUNT)
		return VERDICT_FAILED;
	row = &op_kinds[kind];
	if (runs)
		return (enum op_verdict)row->runs;
	return (enum op_verdict)(same_boot ? row->gone : row->new_boot);
}

/* No id comes twice: a count in this life, and when this life began. */
static void new_id(struct engine *e, uint8_t id[16])
{
	uint64_t n = ++e->ops;

	memcpy(id, &n, sizeof(n));
	memcpy(id + sizeof(n), &e->started, sizeof(e->started));
}

static struct op_record begun(struct engine *e, enum op_kind kind)
{
	struct op_record op = { .kind = kind, .phase = OPP_INTENT, .started = clock_real_ns() };

	new_id(e, op.id);
	memcpy(op.target, op.id, sizeof(op.target));
	return op;
}

/* ---- workloads ---- */

static void end_now(struct engine *e, uint32_t w, enum op_phase phase, const char *note)
{
	struct op_live *l = &e->live[w].op;
	struct op_record op = { .kind = l->kind,
				.phase = phase,
				.step = e->table->workload[w].have,
				.ended = clock_real_ns(),
				.again = true };

	memcpy(op.id, l->id, sizeof(op.id));
	(void)str_copy(op.note, sizeof(op.note), note); /* a fault's message is shorter */
	l->kind = OP_NONE;
	store_op(e, &op);
}

int operation_begin(struct engine *e, uint32_t w, enum op_kind kind, struct fault *f)
{
	struct workload_row *row = &e->table->workload[w];
	struct op_live *l = &e->live[w].op;
	struct op_record op = begun(e, kind);

	if (kind == OP_RUN && store_room(e, f) < 0)
		return f->err;
	if (l->kind)
		end_now(e, w, OPP_UNDONE, "another operation took its place");
	if (kind == OP_START || kind == OP_RUN)
		memcpy(row->op_id, op.id, sizeof(row->op_id));
	if (row->kind == KIND_SERVICE)
		memcpy(op.target, row->id, sizeof(op.target));
	if (kind == OP_START) /* its cgroup: the name by which it is found again */
		row->number = tenant_number(e, row->tenant);
	op.nargs = sizeof(row->number) + sizeof(row->plan);
	memcpy(op.args, &row->number, sizeof(row->number));
	memcpy(op.args + sizeof(row->number), row->plan, sizeof(row->plan));
	memcpy(l->id, op.id, sizeof(l->id));
	l->kind = kind;
	store_op(e, &op);
	if (kind == OP_RUN) {
		store_later(e);
		return 0;
	}
	store_workload(e, w);
	if (kind != OP_START) {
		store_commit_anyway(e);
		return 0;
	}
	if (store_room(e, f) < 0)
		return f->err;
	return store_commit(e, f);
}

void operation_end(struct engine *e, uint32_t w, enum op_kind kind, enum op_phase phase,
		   const char *note)
{
	struct fault ignored;

	if (kind == OP_REMOVE)
		store_workload_gone(e, w);
	if (e->live[w].op.kind != (uint32_t)kind)
		return;
	end_now(e, w, phase, note);
	if (kind != OP_REMOVE)
		store_workload(e, w);
	/* a start that found no room is no reason to give up the last of it */
	if (kind == OP_RUN || (phase == OPP_FAILED && store_room(e, &ignored) < 0))
		store_later(e);
	else
		store_commit_anyway(e);
}

int operation_keep(struct engine *e, uint32_t w, struct fault *f)
{
	store_workload(e, w);
	return store_commit(e, f);
}

void operation_note(struct engine *e, uint32_t w)
{
	store_workload(e, w);
	store_later(e);
}

/* ---- tenants, and what is about none ---- */

int operation_open(struct engine *e, enum op_kind kind, uint32_t tenant, struct op_record *ret,
		   struct fault *f)
{
	struct op_record op = begun(e, kind);
	int rc = 0;

	if (tenant != ROW_NONE) {
		registry_id(e->table->tenant[tenant].name, op.target);
		op.nargs = sizeof(tenant);
		memcpy(op.args, &tenant, sizeof(tenant));
		store_tenant(e, tenant);
	}
	if (kind != OP_TENANT_REMOVE)
		rc = store_room(e, f);
	if (rc < 0)
		return rc;
	store_op(e, &op);
	if (kind == OP_TENANT_REMOVE)
		store_commit_anyway(e);
	else
		rc = store_commit(e, f);
	if (rc < 0) {
		operation_close(e, &op, OPP_FAILED, f->msg);
		return rc;
	}
	*ret = op;
	return 0;
}

void operation_close(struct engine *e, struct op_record *op, enum op_phase phase, const char *note)
{
	struct fault ignored;
	uint32_t tenant;

	op->phase = phase;
	op->ended = clock_real_ns();
	op->again = true;
	if (op->kind == OP_TENANT_REMOVE && phase == OPP_DONE) {
		memcpy(&tenant, op->args, sizeof(tenant));
		store_tenant_gone(e, tenant);
	}
	(void)str_copy(op->note, sizeof(op->note), note); /* a fault's message is shorter */
	store_op(e, op);
	if (phase == OPP_FAILED && store_room(e, &ignored) < 0)
		store_later(e);
	else
		store_commit_anyway(e);
}

void operation_leave(struct engine *e, struct tenant_ref ref, uint8_t id[16])
{
	struct op_record op = begun(e, OP_LEAVE);

	op.nargs = sizeof(ref);
	memcpy(op.args, &ref, sizeof(ref));
	memcpy(id, op.id, sizeof(op.id));
	store_op(e, &op);
}

void operation_left(struct engine *e, const uint8_t id[16])
{
	struct op_record op = {
		.kind = OP_LEAVE, .phase = OPP_DONE, .ended = clock_real_ns(), .again = true
	};

	memcpy(op.id, id, sizeof(op.id));
	store_op(e, &op);
	store_later(e);
}
