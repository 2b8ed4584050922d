/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_dir.h - an engine's store in a directory of its own, for the tests of it.
 */
#ifndef CLOISTER_STORE_DIR_H
#define CLOISTER_STORE_DIR_H

#include "tests/unit/unit.h"

#include "lib/base/fd.h"
#include "supervisor/engine/life.h"
#include "supervisor/engine/plans.h"
#include "supervisor/engine/store_db.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static char dir_name[] = "/tmp/cloister-store.XXXXXX";
static struct engine e;
static struct live live[WORKLOAD_ROWS];
static int dir = -1;

/* An engine begins: nothing in memory but what state.db says. */
static inline int begin(struct fault *f)
{
	memset(&e, 0, sizeof(e));
	memset(live, 0, sizeof(live));
	e.live = live;
	e.started = 1000000007;
	assert_int_equal(table_open(&e, f), 0);
	assert_int_equal(plans_open(&e, f), 0);
	return store_open(&e, dir, f);
}

static inline void must_begin(void)
{
	struct fault f = { 0 };

	if (begin(&f) < 0)
		fail_msg("%s: %s", f.site, f.msg);
	e.max_workloads = WORKLOAD_ROWS;
}

/* It is killed: nothing that waits is written. */
static inline void die(void)
{
	struct store *s = e.store;

	s->nop = s->ngone = s->nrow = 0;
	s->synced = true;
	store_close(&e);
}

static inline int enter(void **state)
{
	(void)state;
	(void)umask(077); /* as harden_common() sets it */
	(void)strcpy(dir_name + strlen(dir_name) - 6, "XXXXXX");
	if (!mkdtemp(dir_name))
		return -1;
	dir = open(dir_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -1 : 0;
}

static inline int leave(void **state)
{
	static const char *const names[] = { "state.db",     "state.db-wal", "state.db-journal",
					     "state.v1.bak", "ballast",	     "other" };

	(void)state;
	if (e.store)
		die();
	for (size_t i = 0; i < UNIT_LEN(names); i++)
		(void)unlinkat(dir, names[i], 0); /* most are not there */
	fd_close(&dir);
	return chdir("/") < 0 || rmdir(dir_name) < 0 ? -1 : 0;
}

static inline void sql(const char *text)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open("state.db", &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", text, sqlite3_errmsg(db));
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static inline int64_t count(const char *text)
{
	int64_t n = -1;
	struct fault f;

	assert_int_equal(store_int(e.store->db, text, &n, &f), 0);
	return n;
}

static inline uint32_t make_tenant(const char *name)
{
	uint32_t t = tenant_new(&e, name);

	assert_int_not_equal(t, ROW_NONE);
	e.table->tenant[t].nlimit = 1;
	e.table->tenant[t].limit[0] = (struct limit_row){ .knob = 1, .v = { UINT64_MAX, 7 } };
	store_tenant(&e, t);
	return t;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, enter, leave)

#endif
