/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_schema.c - the schema, as numbered steps. Runs in: cloister-engine, before it is confined.
 *
 * spec and last are the structs of store_rows.c, byte for byte; their sizes are asserted there, and
 * a change of one is a step here. Every table is STRICT: a value of another type is a bug or a
 * forged file.
 */
#include "supervisor/engine/store_db.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
static const struct migration steps[STORE_SCHEMA] = {
	{ "CREATE TABLE meta (k TEXT PRIMARY KEY, v BLOB NOT NULL) STRICT, WITHOUT ROWID;"
	  "INSERT INTO meta VALUES ('install_id', randomblob(16));"
	  "CREATE TABLE tenant (id BLOB PRIMARY KEY CHECK (length(id) = 16), name TEXT NOT NULL UNIQUE,"
	  " numbers INT NOT NULL, spec BLOB NOT NULL, created INT NOT NULL, gen INT NOT NULL) STRICT;"
	  "CREATE TABLE profile (hash BLOB PRIMARY KEY CHECK (length(hash) = 32), src TEXT NOT NULL,"
	  " by_op BLOB NOT NULL) STRICT;"
	  "CREATE TABLE plan (hash BLOB PRIMARY KEY CHECK (length(hash) = 32),"
	  " profile BLOB REFERENCES profile(hash), bytes BLOB NOT NULL, checker INT NOT NULL) STRICT;"
	  "CREATE TABLE workload (id BLOB PRIMARY KEY CHECK (length(id) = 16),"
	  " tenant BLOB NOT NULL REFERENCES tenant(id), name TEXT NOT NULL, state INT NOT NULL,"
	  " wanted INT NOT NULL, plan BLOB REFERENCES plan(hash), op BLOB NOT NULL, spec BLOB NOT NULL,"
	  " last BLOB NOT NULL, created INT NOT NULL, gen INT NOT NULL, UNIQUE (tenant, name)) STRICT;"
	  "CREATE TABLE op (id BLOB PRIMARY KEY CHECK (length(id) = 16), kind INT NOT NULL,"
	  " target BLOB NOT NULL, phase INT NOT NULL, step INT NOT NULL, args BLOB NOT NULL,"
	  " boot BLOB NOT NULL, started INT NOT NULL, ended INT, fault BLOB) STRICT;"
	  "CREATE UNIQUE INDEX op_live ON op (target) WHERE phase < 2;"
	  /* the columns of the key first: quick_check of 3.40.1 takes another order for damage */
	  "CREATE TABLE kobj (kind INT NOT NULL, ident BLOB NOT NULL, boot BLOB NOT NULL,"
	  " op BLOB NOT NULL REFERENCES op(id), PRIMARY KEY (kind, ident, boot)) STRICT, WITHOUT ROWID;" },
};
/* clang-format on */

const struct migrations store_migrations = { steps, STORE_SCHEMA };

static int keep_copy(sqlite3 *db, int64_t from, struct fault *f)
{
	char sql[64], name[32];

	(void)snprintf(name, sizeof(name), "state.v%lld.bak", (long long)from);
	/* the copy of an earlier try, which did not get far: it was of the same schema */
	if (remove(name) < 0 && errno != ENOENT)
		return fault_sys(f, "store.backup", "removing an old %s", name);
	(void)snprintf(sql, sizeof(sql), "VACUUM INTO '%s'", name);
	return store_exec(db, sql, f);
}

static int run_steps(sqlite3 *db, const struct migrations *m, int64_t from, struct fault *f)
{
	char sql[96];
	int rc = store_exec(db, "BEGIN EXCLUSIVE", f);

	for (int64_t i = from; rc == 0 && i < m->n; i++)
		rc = store_exec(db, m->step[i].sql, f);
	(void)snprintf(sql, sizeof(sql), "PRAGMA application_id = %d; PRAGMA user_version = %u",
		       STORE_APP_ID, m->n);
	if (rc == 0)
		rc = store_exec(db, sql, f);
	if (rc == 0)
		rc = store_exec(db, "COMMIT", f);
	if (rc < 0 && !sqlite3_get_autocommit(db)) {
		struct fault ignored;

		DROP(store_exec(db, "ROLLBACK", &ignored)); /* f says what went wrong first */
	}
	return rc;
}

int store_migrate(sqlite3 *db, const struct migrations *m, struct fault *f)
{
	int64_t have = 0;
	int rc = store_int(db, "PRAGMA user_version", &have, f);

	if (rc < 0)
		return rc;
	if (have < 0 || have > m->n)
		return fault_set(f, -ENOTSUP, "store.newer",
				 "state.db has schema %lld, this version knows up to %u; start the "
				 "newer version again, or use another --state",
				 (long long)have, m->n);
	if (have == m->n)
		return 0;
	if (have > 0)
		rc = keep_copy(db, have, f);
	return rc < 0 ? rc : run_steps(db, m, have, f);
}
