/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disk.c - store.h made up: what waits lies in the engine's memory, what is committed behind W.
 * What of a row is kept is what store_rows.c keeps.
 */
#include "tests/sim/sim.h"

#include "supervisor/engine/plans.h"
#include "supervisor/engine/store.h"

#include <errno.h>
#include <string.h>

enum { WAITING = 1024, NUMBERS_AT_ONCE = 32, TENANTS_KEPT = TENANT_ROWS / 16, WORKLOADS_KEPT = 64 };

static struct {
	bool tenant[TENANT_ROWS], workload[WORKLOAD_ROWS], any;
	struct op_record op[WAITING];
	uint32_t nop, ngone;
	struct {
		bool tenant;
		char name[LABEL_MAX]; /* of a tenant */
		uint8_t id[16];
	} gone[WAITING];
} waits;

/* ---- what is there ---- */

const struct op_record *disk_op(const uint8_t id[16])
{
	for (uint32_t i = 0; i < SIM_OPS; i++)
		if (W->disk.op[i].kind && memcmp(W->disk.op[i].id, id, 16) == 0)
			return &W->disk.op[i];
	return NULL;
}

struct disk_workload *disk_service(const char *tenant, const char *name)
{
	for (uint32_t i = 0; i < WORKLOADS_KEPT; i++)
		if (W->disk.workload[i].used && strcmp(W->disk.workload[i].tenant, tenant) == 0 &&
		    strcmp(W->disk.workload[i].row.name, name) == 0)
			return &W->disk.workload[i];
	return NULL;
}

static struct disk_workload *workload_at(const uint8_t id[16])
{
	struct disk_workload *room = NULL;

	for (uint32_t i = 0; i < WORKLOADS_KEPT; i++) {
		struct disk_workload *d = &W->disk.workload[i];

		if (d->used && memcmp(d->row.id, id, 16) == 0)
			return d;
		if (!d->used && !room)
			room = d;
	}
	if (!room)
		sim_fail("the disk keeps %d workloads: one is never removed", WORKLOADS_KEPT);
	room->used = false;
	return room;
}

static struct disk_tenant *tenant_at(const char *name)
{
	struct disk_tenant *room = NULL;

	for (uint32_t i = 0; i < TENANTS_KEPT; i++) {
		struct disk_tenant *d = &W->disk.tenant[i];

		if (strcmp(d->row.name, name) == 0)
			return d;
		if (!d->row.name[0] && !room)
			room = d;
	}
	if (!room)
		sim_fail("the disk keeps %d tenants: one is never removed", TENANTS_KEPT);
	return room;
}

/* ---- writing ---- */

static void write_op(const struct op_record *op)
{
	struct op_record *have = (struct op_record *)(uintptr_t)disk_op(op->id);

	if (have) {
		have->phase = op->phase;
		have->ended = op->ended;
		return;
	}
	if (op->again)
		return; /* the end of one that never was written */
	have = &W->disk.op[W->disk.nop++ % SIM_OPS];
	if (have->kind && have->phase < OPP_DONE)
		sim_fail("an operation of kind %u never ends", have->kind);
	*have = *op;
}

static void write_tenant(const struct tenant_row *t)
{
	struct disk_tenant *d = tenant_at(t->name);

	d->row = *t;
	d->number_end = t->number_end;
}

static void write_workload(const struct engine *e, const struct workload_row *row)
{
	struct disk_workload *d = workload_at(row->id);

	d->used = true;
	d->row = *row;
	d->here = row->here;
	memcpy(d->tenant, e->table->tenant[row->tenant].name, LABEL_MAX);
}

static void write_gone(void)
{
	for (uint32_t i = 0; i < waits.ngone; i++) {
		if (waits.gone[i].tenant)
			tenant_at(waits.gone[i].name)->row.name[0] = '\0';
		else
			workload_at(waits.gone[i].id)->used = false;
	}
}

static void write_all(struct engine *e)
{
	engine_act();
	if (!waits.any)
		return;
	for (uint32_t i = 0; i < waits.nop; i++)
		write_op(&waits.op[i]);
	write_gone(); /* first, so that a name that is used again finds its place free */
	for (uint32_t t = 0; t < e->table->ntenant; t++)
		if (waits.tenant[t] && e->table->tenant[t].name[0])
			write_tenant(&e->table->tenant[t]);
	for (uint32_t w = 0; w < e->max_workloads; w++)
		if (waits.workload[w] && workload_used(e, w))
			write_workload(e, &e->table->workload[w]);
	memset(waits.tenant, 0, sizeof(waits.tenant));
	memset(waits.workload, 0, sizeof(waits.workload));
	waits.nop = waits.ngone = 0;
	waits.any = false;
	engine_act(); /* written, and nobody heard of it */
}

bool disk_flush(void)
{
	if (!waits.any || W->full)
		return false;
	engine_enter();
	write_all(W->e);
	engine_leave();
	return true;
}

/* ---- store.h ---- */

void store_tenant(struct engine *e, uint32_t tenant)
{
	(void)e;
	waits.tenant[tenant] = waits.any = true;
}

void store_workload(struct engine *e, uint32_t w)
{
	if (e->table->workload[w].kind == KIND_SERVICE)
		waits.workload[w] = waits.any = true;
}

void store_tenant_gone(struct engine *e, uint32_t tenant)
{
	waits.tenant[tenant] = false;
	waits.gone[waits.ngone].tenant = waits.any = true;
	memcpy(waits.gone[waits.ngone++].name, e->table->tenant[tenant].name, LABEL_MAX);
}

void store_workload_gone(struct engine *e, uint32_t w)
{
	waits.workload[w] = false;
	waits.any = true;
	waits.gone[waits.ngone].tenant = false;
	memcpy(waits.gone[waits.ngone++].id, e->table->workload[w].id, 16);
}

void store_op(struct engine *e, const struct op_record *op)
{
	waits.any = true;
	for (uint32_t i = waits.nop; op->again && i-- > 0;) {
		if (memcmp(waits.op[i].id, op->id, 16) != 0)
			continue;
		waits.op[i].phase = op->phase;
		waits.op[i].ended = op->ended;
		return;
	}
	if (waits.nop == WAITING)
		write_all(e); /* make_place() */
	waits.op[waits.nop++] = *op;
	waits.any = true;
}

int store_commit(struct engine *e, struct fault *f)
{
	if (W->full)
		return fault_set(f, -ENOSPC, "store.no-space", "no-space");
	write_all(e);
	return 0;
}

void store_commit_anyway(struct engine *e)
{
	write_all(e); /* there is the ballast */
}

void store_later(struct engine *e)
{
	(void)e;
}

int store_room(const struct engine *e, struct fault *f)
{
	(void)e;
	return W->full ? fault_set(f, -ENOSPC, "store.no-space", "no-space") : 0;
}

uint32_t tenant_number(struct engine *e, uint32_t tenant)
{
	struct tenant_row *t = &e->table->tenant[tenant];

	if (t->next_number >= t->number_end) {
		t->number_end = t->next_number + NUMBERS_AT_ONCE;
		store_tenant(e, tenant);
		store_later(e);
	}
	return t->next_number++;
}

int store_each_open_op(struct engine *e, void (*fn)(struct engine *e, const struct op_record *op),
		       struct fault *f)
{
	(void)f;
	for (uint32_t n = W->disk.nop < SIM_OPS ? 0 : W->disk.nop - SIM_OPS; n < W->disk.nop; n++) {
		struct op_record op = W->disk.op[n % SIM_OPS];

		op.again = true;
		if (op.kind && op.phase < OPP_DONE)
			fn(e, &op);
	}
	return 0;
}

int store_plan(struct engine *e, const uint8_t digest[DIGEST_LEN], void *buf, size_t cap,
	       struct fault *f)
{
	(void)e;
	(void)cap;
	(void)f;
	for (uint32_t n = 0; n < SIM_PLANS; n++) {
		if (memcmp(W->plan_digest[n], digest, DIGEST_LEN) != 0)
			continue;
		memcpy(buf, W->plan_bytes[n], W->plan_size[n]);
		return (int)W->plan_size[n];
	}
	return 0;
}

/* ---- a new engine reads it: as load_tenant() and load_workload() of store_rows.c ---- */

static void load_tenant(struct engine *e, const struct disk_tenant *d)
{
	struct tenant_row *t = &e->table->tenant[tenant_new(e, d->row.name)];
	const struct tenant_row *was = &d->row;

	memcpy(t->origin, was->origin, sizeof(t->origin));
	t->features_off = was->features_off;
	t->nlimit = was->nlimit;
	memcpy(t->limit, was->limit, sizeof(t->limit));
	t->next_number = t->number_end = d->number_end;
}

static void load_workload(struct engine *e, const struct disk_workload *d)
{
	uint32_t t = tenant_find(e, d->tenant);
	const struct workload_row *was = &d->row;
	struct workload_row *row;

	if (t == ROW_NONE)
		sim_fail("the disk has workload %s of a tenant that it does not have", was->name);
	row = &e->table->workload[workload_new(e, t, was->name, KIND_SERVICE)];
	memcpy(row->id, was->id, sizeof(row->id));
	memcpy(row->plan, was->plan, sizeof(row->plan));
	memcpy(row->op_id, was->op_id, sizeof(row->op_id));
	memcpy(row->origin, was->origin, sizeof(row->origin));
	row->restart = was->restart;
	row->flags = was->flags & WF_HELD;
	row->stop_ns = was->stop_ns;
	row->stop_signal = was->stop_signal;
	row->exit = was->exit;
	row->restarts = was->restarts;
	row->failures = was->failures;
	row->started = was->started;
	row->started_boot = was->started_boot;
	row->ready = was->ready == 1;
	row->fault = was->fault;
	row->wanted = was->wanted != 0;
	row->state = was->state == W_FAILED ? W_FAILED : W_EXITED;
	row->here = d->here;
	row->want = row->here && row->wanted ? WANT_RUN : WANT_GONE;
	if (d->here)
		row->number = was->number;
}

int store_open(struct engine *e, int dir, struct fault *f)
{
	(void)dir;
	(void)f;
	for (uint32_t i = 0; i < TENANTS_KEPT; i++)
		if (W->disk.tenant[i].row.name[0])
			load_tenant(e, &W->disk.tenant[i]);
	for (uint32_t i = 0; i < WORKLOADS_KEPT; i++)
		if (W->disk.workload[i].used)
			load_workload(e, &W->disk.workload[i]);
	return 0;
}
