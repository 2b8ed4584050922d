/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_store_open.c - opening the engine's state: what was spoiled is refused with its own exit
 * code, a schema is brought up to date, nobody else has it open.
 */
/* links: supervisor/engine/store.c supervisor/engine/store_schema.c supervisor/engine/store_rows.c
 * supervisor/engine/store_op.c supervisor/engine/store_room.c supervisor/engine/operation.c
 * supervisor/engine/workloads.c supervisor/engine/plans.c lib/plan/registry.c lib/plan/feature.c
 * lib/base */
/* libs: -lsqlite3 -lsystemd */
#include "tests/unit/store_dir.h"

#include <sys/resource.h>

/* ---- what is refused ---- */

static void flip(const char *name, off_t at)
{
	AUTO_FD int fd = openat(dir, name, O_RDWR | O_CLOEXEC);
	uint8_t b;

	assert_int_equal(pread(fd, &b, 1, at), 1);
	b ^= 0xff;
	assert_int_equal(pwrite(fd, &b, 1, at), 1);
}

static void spoil_page(void)
{
	sqlite3_stmt *q;
	sqlite3 *db;
	int64_t page;

	/* the root page of the table of tenants: the byte that says what kind of page it is */
	assert_int_equal(sqlite3_open("state.db", &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db,
					    "SELECT rootpage FROM sqlite_schema WHERE name ="
					    " 'tenant'",
					    -1, &q, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	page = sqlite3_column_int64(q, 0);
	assert_int_equal(sqlite3_finalize(q), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	flip("state.db", (page - 1) * 4096);
}

static void spoil_head(void)
{
	flip("state.db", 3);
}
static void spoil_newer(void)
{
	sql("PRAGMA user_version = 99");
}
static void spoil_app(void)
{
	sql("PRAGMA application_id = 7");
}
static void spoil_mode(void)
{
	assert_int_equal(fchmodat(dir, "state.db", 0640, 0), 0);
}
static void spoil_link(void)
{
	assert_int_equal(linkat(dir, "state.db", dir, "other", 0), 0);
}
static void spoil_schema(void)
{
	sql("DROP TABLE kobj");
}
static void spoil_name(void)
{
	sql("UPDATE tenant SET name = '../etc'");
}
static void spoil_spec(void)
{
	sql("UPDATE tenant SET spec = X'00'");
}
static void spoil_count(void)
{
	sql("UPDATE tenant SET spec ="
	    " CAST(substr(spec, 1, 24) || X'ffffff7f' || substr(spec, 29) AS BLOB)");
}
static void spoil_symlink(void)
{
	assert_int_equal(renameat(dir, "state.db", dir, "other"), 0);
	assert_int_equal(symlinkat("other", dir, "state.db"), 0);
}

static const struct {
	const char *why;
	void (*spoil)(void);
	int code;
	const char *says;
} refusals[] = {
	{ "newer than known", spoil_newer, STORE_EXIT_CONFIG, "schema 99" },
	{ "another program's", spoil_app, STORE_EXIT_CONFIG, "another program" },
	{ "readable by others", spoil_mode, STORE_EXIT_CONFIG, "mode 0640" },
	{ "two names", spoil_link, STORE_EXIT_CONFIG, "one name" },
	{ "a link", spoil_symlink, STORE_EXIT_CONFIG, "plain file" },
	{ "a table is missing", spoil_schema, STORE_EXIT_CONFIG, "schema" },
	{ "a byte of a page", spoil_page, STORE_EXIT_DAMAGED, "damaged" },
	{ "a byte of the head", spoil_head, STORE_EXIT_DAMAGED, "damaged" },
	{ "no label", spoil_name, STORE_EXIT_DAMAGED, "tenant" },
	{ "another struct", spoil_spec, STORE_EXIT_DAMAGED, "tenant" },
	{ "a count past its array", spoil_count, STORE_EXIT_DAMAGED, "tenant" },
};

static void spoiled(void **state)
{
	for (size_t i = 0; i < UNIT_LEN(refusals); i++) {
		struct fault f = { 0 };

		must_begin();
		(void)make_tenant("shop");
		assert_int_equal(store_commit(&e, &f), 0);
		store_close(&e);
		refusals[i].spoil();
		if (begin(&f) == 0)
			fail_msg("%s: taken", refusals[i].why);
		if (!strstr(f.msg, refusals[i].says) || store_exit_code(&f) != refusals[i].code)
			fail_msg("%s: %s: %s (%d)", refusals[i].why, f.site, f.msg, f.err);
		assert_int_equal(strncmp(f.site, "store.", 6), 0);
		assert_null(e.store);
		assert_int_equal(leave(state), 0);
		assert_int_equal(enter(state), 0);
	}
	must_begin(); /* control */
}

/* What is short now may be there at the next start: that is no code for which cloisterd ends. */
static void shortage(void **state)
{
	struct rlimit was, none;
	struct fault f = { 0 };

	(void)state;
	must_begin();
	assert_int_equal(store_commit(&e, &f), 0);
	store_close(&e);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	none = was;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_true(begin(&f) < 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	if (store_exit_code(&f) != STORE_EXIT_AGAIN)
		fail_msg("%s: %s (%d)", f.site, f.msg, f.err);
	must_begin(); /* control */
}

/* ---- migrations ---- */

static void migrates(void **state)
{
	const struct migration steps[] = {
		store_migrations.step[0],
		{ "ALTER TABLE tenant ADD COLUMN mac BLOB; UPDATE tenant SET mac = X'01'" },
		{ "CREATE TABLE later (x INT) STRICT" },
		{ "this is no SQL" },
	};
	const struct migrations to3 = { steps, 3 }, to4 = { steps, 4 };
	struct fault f = { 0 };
	sqlite3 *db;
	int64_t n;

	(void)state;
	_Static_assert(STORE_SCHEMA == 1, "take the steps that were released, then one more");
	must_begin();
	(void)make_tenant("shop");
	assert_int_equal(store_commit(&e, &f), 0);
	store_close(&e);
	assert_int_equal(sqlite3_open("state.db", &db), SQLITE_OK);
	/* one step fails: all of them are as if they had not been */
	assert_true(store_migrate(db, &to4, &f) < 0);
	assert_int_equal(store_int(db, "PRAGMA user_version", &n, &f), 0);
	assert_int_equal(n, 1);
	assert_true(store_int(db, "SELECT count(*) FROM later", &n, &f) < 0);
	/* and may be tried again */
	assert_int_equal(store_migrate(db, &to3, &f), 0);
	assert_int_equal(store_int(db, "PRAGMA user_version", &n, &f), 0);
	assert_int_equal(n, 3);
	assert_int_equal(
		store_int(db, "SELECT length(mac) FROM tenant WHERE name = 'shop'", &n, &f), 0);
	assert_int_equal(n, 1);
	assert_int_equal(store_migrate(db, &to3, &f), 0); /* nothing to do */
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	/* the copy is what was there */
	assert_int_equal(sqlite3_open("state.v1.bak", &db), SQLITE_OK);
	assert_int_equal(store_int(db, "PRAGMA user_version", &n, &f), 0);
	assert_int_equal(n, 1);
	assert_int_equal(store_int(db, "SELECT count(*) FROM tenant", &n, &f), 0);
	assert_int_equal(n, 1);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	/* this version does not know it any more */
	assert_int_equal(begin(&f), -ENOTSUP);
}

static void one_at_a_time(void **state)
{
	sqlite3 *db;

	(void)state;
	must_begin();
	assert_int_equal(sqlite3_open("state.db", &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "SELECT * FROM tenant", NULL, NULL, NULL), SQLITE_BUSY);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_true(faccessat(dir, "state.db-shm", F_OK, 0) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(spoiled), TEST(shortage), TEST(migrates),
					    TEST(one_at_a_time) };

	return cmocka_run_group_tests_name("store_open", tests, NULL, NULL);
}
