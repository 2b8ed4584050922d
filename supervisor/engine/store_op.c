/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_op.c - all that changed, in one transaction; when it is written. Runs in: cloister-engine.
 *
 * A commit that waits for the disk (FULL) costs milliseconds, one that does not (NORMAL: the log is
 * written, not synced) some tens of microseconds. Runs leave nothing to recover but what spawn's
 * walk finds, so their operations take the second kind, off the path of a start; the next commit of
 * the first kind, or check-point, makes them lasting as well.
 */
#include "supervisor/engine/store.h"
#include "lib/base/clock.h"
#include "lib/plan/registry.h"
#include "supervisor/engine/plans.h"
#include "supervisor/engine/store_db.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-event.h>

enum {
	SOON_US = 2000,	  /* after the last change, when nothing else goes on */
	LATE_US = 100000, /* after the first one, whatever goes on            */
	IDLE_US = 1000000,
	OPS_KEPT = 16384, /* ended operations that stay                       */
	OPS_SWEPT = 1024,
};

/* clang-format off */
static const char *const sql_text[SQL__COUNT] = {
	[SQL_TENANT] =
		"INSERT INTO tenant VALUES (?1, ?2, ?3, ?4, ?5, 1) ON CONFLICT (id) DO UPDATE SET"
		" numbers = excluded.numbers, spec = excluded.spec, gen = gen + 1",
	[SQL_WORKLOAD] =
		"INSERT INTO workload VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 1)"
		" ON CONFLICT (id) DO UPDATE SET state = excluded.state, wanted = excluded.wanted,"
		" plan = excluded.plan, op = excluded.op, spec = excluded.spec, last = excluded.last,"
		" gen = gen + 1",
	[SQL_PLAN] = "INSERT OR IGNORE INTO plan VALUES (?1, NULL, ?2, ?3)",
	[SQL_KOBJ_CLEAR] = "DELETE FROM kobj WHERE kind = 1 AND substr(ident, 1, 16) = ?1",
	[SQL_KOBJ] = "INSERT INTO kobj VALUES (1, ?2, ?3, ?1)",
	[SQL_OP] = "INSERT INTO op VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
	[SQL_OP_END] = "UPDATE op SET phase = ?4, step = ?5, ended = ?9, fault = ?10 WHERE id = ?1",
	[SQL_WORKLOAD_GONE] = "DELETE FROM workload WHERE id = ?1",
	[SQL_TENANT_GONE] = "DELETE FROM tenant WHERE id = ?1",
	[SQL_PLANS_SWEEP] = "DELETE FROM plan WHERE hash NOT IN (SELECT plan FROM workload)",
	[SQL_OPS_SWEEP] =
		"DELETE FROM op WHERE phase > 1 AND rowid <= (SELECT max(rowid) FROM op) - ?1"
		" AND NOT EXISTS (SELECT 1 FROM kobj WHERE kobj.op = op.id)",
};
/* clang-format on */

int store_prepare(struct store *s, struct fault *f)
{
	for (size_t i = SQL_NONE + 1; i < SQL__COUNT; i++)
		if (sqlite3_prepare_v3(s->db, sql_text[i], -1, SQLITE_PREPARE_PERSISTENT,
				       &s->sql[i], NULL) != SQLITE_OK)
			return fault_set(f, -ENOTSUP, "store.schema",
					 "state.db is not of the schema it says (%s)",
					 sqlite3_errmsg(s->db));
	return 0;
}

int store_step(struct store *s, enum store_sql which, struct fault *f)
{
	sqlite3_stmt *q = s->sql[which];
	int rc = store_judge(s, sqlite3_step(q), sqlite3_sql(q), f);

	(void)sqlite3_reset(q); /* repeats what step said */
	(void)sqlite3_clear_bindings(q);
	return rc;
}

void store_bind(sqlite3_stmt *q, int at, const void *p, size_t n)
{
	/* a failed bind shows when the statement runs: NOT NULL */
	(void)sqlite3_bind_blob(q, at, p, (int)n, SQLITE_TRANSIENT);
}

static int write_op(struct store *s, const struct op_record *op, struct fault *f)
{
	enum store_sql which = op->again ? SQL_OP_END : SQL_OP;
	sqlite3_stmt *q = s->sql[which];

	store_bind(q, 1, op->id, sizeof(op->id));
	if (!op->again) {
		(void)sqlite3_bind_int64(q, 2, op->kind);
		store_bind(q, 3, op->target, sizeof(op->target));
		store_bind(q, 6, op->args, op->nargs);
		store_bind(q, 7, s->boot, sizeof(s->boot));
		(void)sqlite3_bind_int64(q, 8, (sqlite3_int64)op->started);
	}
	(void)sqlite3_bind_int64(q, 4, op->phase);
	(void)sqlite3_bind_int64(q, 5, op->step);
	if (op->ended)
		(void)sqlite3_bind_int64(q, 9, (sqlite3_int64)op->ended);
	if (op->note[0])
		store_bind(q, 10, op->note, strnlen(op->note, sizeof(op->note)));
	return store_step(s, which, f);
}

static int write_gone(struct store *s, struct fault *f)
{
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < s->ngone; i++) {
		const struct gone *g = &s->gone[i];
		enum store_sql which = g->tenant ? SQL_TENANT_GONE : SQL_WORKLOAD_GONE;

		if (!g->tenant) {
			store_bind(s->sql[SQL_KOBJ_CLEAR], 1, g->id, sizeof(g->id));
			rc = store_step(s, SQL_KOBJ_CLEAR, f);
		}
		store_bind(s->sql[which], 1, g->id, sizeof(g->id));
		if (rc == 0)
			rc = store_step(s, which, f);
	}
	return rc;
}

/* Plans that no workload stands for, and the oldest of ended operations. */
static int sweep(struct store *s, struct fault *f)
{
	int rc = s->sweep ? store_step(s, SQL_PLANS_SWEEP, f) : 0;

	if (rc < 0 || s->ops + s->nop < OPS_SWEPT)
		return rc;
	(void)sqlite3_bind_int(s->sql[SQL_OPS_SWEEP], 1, OPS_KEPT);
	return store_step(s, SQL_OPS_SWEEP, f);
}

static int write_all(struct engine *e, struct fault *f)
{
	struct store *s = e->store;
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < s->nop; i++)
		rc = write_op(s, &s->op[i], f);
	/* before the rows: a workload of the same name may have come, and after the operations */
	if (rc == 0)
		rc = write_gone(s, f);
	if (rc == 0)
		rc = store_write_rows(e, f);
	return rc < 0 ? rc : sweep(s, f);
}

static void written(struct engine *e)
{
	struct store *s = e->store;

	s->ops = s->ops + s->nop < OPS_SWEPT ? s->ops + s->nop : 0;
	if (s->sweep)
		plans_swept(e);
	for (uint32_t w = 0; s->nrow && w < WORKLOAD_ROWS; w++) {
		struct plan_item *p =
			s->workload[w] ? plans_kept(e, e->table->workload[w].plan) : NULL;

		if (p)
			p->stored = true;
	}
	memset(s->tenant, 0, sizeof(s->tenant));
	memset(s->workload, 0, sizeof(s->workload));
	s->nop = s->ngone = s->nrow = 0;
	s->sweep = false;
	s->asked = 0;
	s->full = false;
	store_wal_look(s);
}

/* durable: waits for the disk. */
int store_write(struct engine *e, bool durable, struct fault *f)
{
	struct store *s = e->store;
	int rc;

	if (s->nop + s->ngone + s->nrow == 0 && (!durable || s->synced))
		return 0;
	rc = store_judge(s,
			 sqlite3_exec(s->db,
				      durable ? "PRAGMA synchronous = FULL; BEGIN IMMEDIATE"
					      : "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE",
				      NULL, NULL, NULL),
			 "beginning", f);
	if (rc == 0)
		rc = write_all(e, f);
	if (rc == 0)
		rc = store_judge(s, sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL), "commit", f);
	if (rc == 0) {
		s->synced = durable;
		written(e);
		return 0;
	}
	/* SQLITE_FULL has rolled back by itself, as a rule */
	if (!sqlite3_get_autocommit(s->db))
		DROP(store_judge(s, sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL), "rollback",
				 &(struct fault){ 0 }));
	s->full = rc == -ENOSPC;
	return rc;
}

int store_commit(struct engine *e, struct fault *f)
{
	return store_write(e, true, f);
}

static void complain(const struct fault *f)
{
	(void)fprintf(stderr, "cloister-engine: %s: %s\n", f->site, f->msg);
}

void store_commit_anyway(struct engine *e)
{
	struct store *s = e->store;
	bool told = s->full;
	struct fault f;

	if (store_write(e, true, &f) == 0)
		return;
	s->spent = true; /* nothing new begins until it is back */
	store_ballast_drop(s);
	store_checkpoint(s, true);
	if (store_write(e, true, &f) == 0)
		return;
	if (!told)
		complain(&f);
	store_later(e);
}

int store_room(const struct engine *e, struct fault *f)
{
	if (!e->store->full && !e->store->spent && store_has_room(e->store))
		return 0;
	return fault_set(f, -ENOSPC, "store.no-space",
			 "no-space: the file system of the state directory is full; free some, "
			 "then try again (stopping works)");
}

/* ---- the queue ---- */

/* What must be written to keep the queue bounded; without room all its operations are lost, and it
 * is said. */
static void make_place(struct engine *e)
{
	struct store *s = e->store;
	struct fault f;

	if (s->nop < STORE_QUEUE && s->ngone < STORE_QUEUE)
		return;
	if (store_write(e, false, &f) == 0)
		return;
	complain(&f);
	if (s->nop == STORE_QUEUE)
		s->nop = 0;
}

void store_op(struct engine *e, const struct op_record *op)
{
	struct store *s = e->store;

	/* begun and ended in one commit: one row */
	for (uint32_t i = s->nop; op->again && i-- > 0;) {
		struct op_record *have = &s->op[i];

		if (memcmp(have->id, op->id, sizeof(op->id)) != 0)
			continue;
		have->phase = op->phase;
		have->step = op->step;
		have->ended = op->ended;
		memcpy(have->note, op->note, sizeof(have->note));
		return;
	}
	make_place(e);
	s->op[s->nop++] = *op;
}

static void put_gone(struct engine *e, const uint8_t id[16], bool tenant)
{
	struct store *s = e->store;

	make_place(e);
	if (s->ngone == STORE_QUEUE) /* its row comes back with the next engine */
		return;
	s->gone[s->ngone].tenant = tenant;
	memcpy(s->gone[s->ngone++].id, id, 16);
	s->sweep = true;
}

void store_tenant_gone(struct engine *e, uint32_t tenant)
{
	uint8_t id[16];

	e->store->nrow -= e->store->tenant[tenant];
	e->store->tenant[tenant] = false;
	registry_id(e->table->tenant[tenant].name, id);
	put_gone(e, id, true);
}

void store_workload_gone(struct engine *e, uint32_t w)
{
	e->store->nrow -= e->store->workload[w];
	e->store->workload[w] = false;
	put_gone(e, e->table->workload[w].id, false);
}

/* ---- later ---- */

static void write_now(struct engine *e)
{
	struct store *s = e->store;
	bool told = s->full;
	struct fault f;

	if (store_write(e, false, &f) < 0 && !told)
		complain(&f);
}

static int on_soon(sd_event_source *src, uint64_t usec, void *data)
{
	(void)src;
	(void)usec;
	write_now(data);
	return 0;
}

/* When nothing goes on: the ballast, a part at a time; then the log into the database. */
static int on_idle(sd_event_source *src, uint64_t usec, void *data)
{
	struct engine *e = data;
	struct store *s = e->store;
	bool had_room = !s->full && !s->spent;
	int ballast = store_ballast_make(s);

	(void)usec;
	if (s->full)
		write_now(e);
	if (ballast == 0)
		s->spent = false;
	if (!had_room && !s->full && !s->spent)
		(void)fprintf(stderr, "cloister-engine: store.room: there is room again\n");
	if (ballast != 1 && !s->full && !s->synced)
		store_checkpoint(s, false);
	DROP(sd_event_source_set_time_relative(src, ballast == 1 ? 1000 : IDLE_US));
	DROP(sd_event_source_set_enabled(src, SD_EVENT_ONESHOT));
	return 0;
}

void store_later(struct engine *e)
{
	struct store *s = e->store;
	uint64_t now = clock_boot_ns() / 1000, at;

	if (!s->soon)
		return;
	if (s->asked == 0)
		s->asked = now;
	at = now + SOON_US < s->asked + LATE_US ? now + SOON_US : s->asked + LATE_US;
	DROP(sd_event_source_set_time(s->soon, at));
	DROP(sd_event_source_set_enabled(s->soon, SD_EVENT_ONESHOT));
}

int store_watch(struct engine *e, struct fault *f)
{
	struct store *s = e->store;

	if (sd_event_add_time(e->loop, &s->soon, CLOCK_BOOTTIME, 0, 1, on_soon, e) < 0 ||
	    sd_event_source_set_enabled(s->soon, SD_EVENT_OFF) < 0 ||
	    sd_event_source_set_priority(s->soon, SD_EVENT_PRIORITY_NORMAL + 1) < 0 ||
	    sd_event_add_time_relative(e->loop, &s->idle, CLOCK_MONOTONIC, IDLE_US, 1000, on_idle,
				       e) < 0 ||
	    sd_event_source_set_priority(s->idle, SD_EVENT_PRIORITY_IDLE) < 0)
		return fault_set(f, -ENOMEM, "store.watch", "watching the clock");
	return 0;
}
