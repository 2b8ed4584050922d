/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_db.h - what the files of the store use of each other, by the file that holds it.
 */
#ifndef CLOISTER_STORE_DB_H
#define CLOISTER_STORE_DB_H

#include "supervisor/engine/operation.h"
#include "supervisor/engine/store.h"
#include "supervisor/engine/workloads.h"

#include <sqlite3.h>

struct sd_event_source;

enum { STORE_QUEUE = 1024, STORE_WAL_MAX = 8 << 20, STORE_BALLAST = 32 << 20 };

struct gone {
	bool tenant;
	uint8_t id[16];
};

enum store_sql {
	SQL_NONE = 0,
	SQL_TENANT,
	SQL_WORKLOAD,
	SQL_PLAN,
	SQL_KOBJ_CLEAR,
	SQL_KOBJ,
	SQL_OP,
	SQL_OP_END,
	SQL_WORKLOAD_GONE,
	SQL_TENANT_GONE,
	SQL_PLANS_SWEEP,
	SQL_OPS_SWEEP,
	SQL__COUNT
};

struct store {
	sqlite3 *db;
	sqlite3_stmt *sql[SQL__COUNT];
	int dir;
	uint8_t boot[16];
	/* waiting for the next commit */
	bool tenant[TENANT_ROWS], workload[WORKLOAD_ROWS];
	struct op_record op[STORE_QUEUE];
	struct gone gone[STORE_QUEUE];
	uint32_t nop, ngone, nrow; /* nrow: tenants and workloads */
	bool sweep;		   /* a plan may have lost its last workload */
	uint64_t ops;		   /* written since the last sweep of old ones */
	/* room */
	uint64_t wal_max, ballast_bytes;
	uint32_t wal_pages;	  /* in the log, by the last commit */
	bool full, spent, synced; /* spent: the ballast was given up */
	/* the loop */
	struct sd_event_source *soon, *idle;
	uint64_t asked; /* CLOCK_BOOTTIME: the first store_later() since the last commit */
};

/* store.c: what a return of SQLite's means. 0; -ENOSPC; does not come back from the rest (S2). */
int store_judge(struct store *s, int rc, const char *what, struct fault *f) MUST_USE;

/* One statement without rows, by its text; 0, -ENOSPC or -EIO. Before the store is in use. */
int store_exec(sqlite3 *db, const char *sql, struct fault *f) MUST_USE;

/* The one integer that a statement gives. */
int store_int(sqlite3 *db, const char *sql, int64_t *ret, struct fault *f) MUST_USE;

/* store_schema.c: one step each, from schema number i to i + 1. Never edited once released. */
struct migration {
	const char *sql;
};
struct migrations {
	const struct migration *step;
	uint32_t n; /* the schema that they end with */
};
extern const struct migrations store_migrations;

/*
 * Runs the steps that are missing, each with its number, in one transaction; before the first one
 * on a database that was in use, a copy is left in state.v<N>.bak. -ENOTSUP: newer than n.
 */
int store_migrate(sqlite3 *db, const struct migrations *m, struct fault *f) MUST_USE;

/* store_rows.c */
int store_load(struct engine *e, struct fault *f) MUST_USE;
int store_write_rows(struct engine *e, struct fault *f) MUST_USE;

/* store_op.c: a prepared statement, run and ready for the next time; a blob that it takes along. */
int store_step(struct store *s, enum store_sql which, struct fault *f) MUST_USE;
void store_bind(sqlite3_stmt *q, int at, const void *p, size_t n);

/* All that waits, in one transaction. */
int store_write(struct engine *e, bool durable, struct fault *f) MUST_USE;
int store_prepare(struct store *s, struct fault *f) MUST_USE;

/* store_room.c */
void store_room_open(struct store *s);
bool store_has_room(const struct store *s); /* for what a start writes, here and in the journals */
int store_ballast_make(struct store *s);    /* 0 it is there, 1 a part more is, <0 no room */
void store_ballast_drop(struct store *s);
void store_checkpoint(struct store *s, bool truncate);
void store_wal_look(struct store *s); /* after a commit */

#endif
