/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_reconcile.c - what an engine does about each row of state.db, by what spawn's walk found:
 * every operation that was not ended, wanted or not, started in this boot or not, adopted or not.
 */
/* links: supervisor/engine/reconcile.c supervisor/engine/store.c supervisor/engine/store_schema.c
 * supervisor/engine/store_rows.c supervisor/engine/store_op.c supervisor/engine/store_room.c
 * supervisor/engine/operation.c supervisor/engine/workloads.c supervisor/engine/plans.c
 * lib/plan/registry.c lib/plan/feature.c lib/base */
/* libs: -lsqlite3 -lsystemd */
#include "tests/unit/unit.h"

#include "supervisor/engine/life.h"
#include "supervisor/engine/operation.h"
#include "supervisor/engine/plans.h"
#include "supervisor/engine/store_db.h"
#include "supervisor/engine/tenants.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct engine e;
static struct live live[WORKLOAD_ROWS];
static bool adopted[WORKLOAD_ROWS];
static uint64_t lives;
static char did[64]; /* what was done, in order */

static void say(const char *what)
{
	(void)snprintf(did + strlen(did), sizeof(did) - strlen(did), "%s%s", did[0] ? " " : "",
		       what);
}

/* ---- the hands of reconcile.c ---- */

void life_start(struct engine *en, uint32_t w)
{
	(void)en;
	(void)w;
	say("start");
}

void life_stop(struct engine *en, uint32_t w, uint32_t flags)
{
	(void)en;
	(void)w;
	say(flags & WF_REMOVE ? "remove" : flags & WF_HELD ? "stop" : "pause");
}

void life_push(struct engine *en, uint32_t w)
{
	(void)en;
	(void)w;
	say("push");
}

void end_exit(struct engine *en, uint32_t w, const struct spawn_exit *x)
{
	(void)en;
	(void)w;
	say(x ? "exit" : "lost");
}

void watch_begin(struct engine *en, uint32_t w)
{
	(void)en;
	(void)w;
	say("keep");
}

void tenant_again(struct engine *en, uint32_t tenant)
{
	(void)en;
	(void)tenant;
	say("limits");
}

int tenant_remove(struct engine *en, const char *name, struct fault *f)
{
	(void)en;
	(void)name;
	(void)f;
	say("tenant-remove");
	return 0;
}

void tenant_left(struct tenant_ref t, const uint8_t op[16])
{
	(void)op;
	say(t.index == 7 && t.gen == 9 ? "left" : "left another");
}

void tenants_leave(struct engine *en)
{
	(void)en;
}

/* ---- a database with one workload ---- */

static int begin(int dir)
{
	struct fault f = { 0 };

	memset(&e, 0, sizeof(e));
	memset(live, 0, sizeof(live));
	e.live = live;
	e.started = ++lives; /* no two lives begin at one time */
	if (table_open(&e, &f) < 0 || plans_open(&e, &f) < 0 || store_open(&e, dir, &f) < 0)
		fail_msg("%s: %s", f.site, f.msg);
	e.max_workloads = WORKLOAD_ROWS;
	return 0;
}

struct found {
	const char *why;
	uint32_t op; /* that was not ended: enum op_kind */
	bool wanted, here;
	enum { NOT, RUNS, ENDED, ANEW } runs; /* told by the walk; and ended before its end */
	const char *does;
	int phase; /* of that operation then; -1: whoever carries it out ends it */
};

/* clang-format off */
static const struct found rows[] = {
	/*                                     op                wanted here   runs    does            phase          */
	{ "at rest, running",                  OP_NONE,          true,  true,  RUNS,  "keep",          0              },
	{ "ended while nobody looked",         OP_NONE,          true,  true,  NOT,   "lost",          0              },
	{ "another boot, or down before",      OP_NONE,          true,  false, NOT,   "start",         0              },
	{ "not wanted, and it runs",           OP_NONE,          false, true,  RUNS,  "push",          0              },
	{ "not wanted, ended meanwhile",       OP_NONE,          false, true,  NOT,   "lost",          0              },
	{ "stopped stays stopped",             OP_NONE,          false, false, NOT,   "",              0              },
	{ "a start that came true",            OP_START,         true,  true,  RUNS,  "keep",          OPP_DONE       },
	{ "a start that did not",              OP_START,         true,  true,  NOT,   "lost",          OPP_UNDONE     },
	{ "a start of another boot",           OP_START,         true,  false, NOT,   "start",         OPP_FAILED     },
	{ "a stop, and it runs",               OP_STOP,          false, true,  RUNS,  "stop push",     -1             },
	{ "a stop that came true",             OP_STOP,          false, true,  NOT,   "lost",          OPP_DONE       },
	{ "a stop of another boot",            OP_STOP,          false, false, NOT,   "",              OPP_DONE       },
	{ "a removal, and it runs",            OP_REMOVE,        false, true,  RUNS,  "remove push",   -1             },
	{ "a removal, and it is gone",         OP_REMOVE,        false, true,  NOT,   "remove lost",   -1             },
	{ "a removal of another boot",         OP_REMOVE,        false, false, NOT,   "remove",        -1             },
	{ "a tenant's limits",                 OP_TENANT,        false, false, NOT,   "limits",        OPP_DONE       },
	{ "a tenant's end",                    OP_TENANT_REMOVE, false, false, NOT,   "tenant-remove", OPP_UNDONE     },
	{ "an apply",                          OP_APPLY,         false, false, NOT,   "",              OPP_FAILED     },
	{ "a run",                             OP_RUN,           false, false, NOT,   "",              OPP_UNDONE     },
	{ "ended during the walk",             OP_NONE,          true,  true,  ENDED, "push",          0              },
	{ "its start is over with it",         OP_START,         true,  true,  ENDED, "push",          OPP_DONE       },
	{ "a uid range that was left",         OP_LEAVE,         false, false, NOT,   "left",          OPP_INTENT     },
	{ "an earlier look",                   OP_RECONCILE,     false, false, NOT,   "",              OPP_FAILED     },
};
/* clang-format on */

static void leave_behind(const struct found *r)
{
	uint32_t t = tenant_new(&e, "shop"), w = workload_new(&e, t, "web", KIND_SERVICE);
	struct workload_row *row = &e.table->workload[w];
	struct op_record op;
	struct fault f;
	uint8_t id[16];

	row->wanted = r->wanted;
	row->here = r->here;
	store_tenant(&e, t);
	assert_int_equal(store_exec(e.store->db,
				    "INSERT INTO plan VALUES (zeroblob(32), NULL, X'00', 1)", &f),
			 0);
	assert_int_equal(operation_begin(&e, w, OP_START, &f), 0);
	if (r->op != OP_START)
		operation_end(&e, w, OP_START, OPP_DONE, "");
	if (r->op == OP_STOP || r->op == OP_REMOVE)
		assert_int_equal(operation_begin(&e, w, (enum op_kind)r->op, &f), 0);
	else if (r->op == OP_LEAVE)
		operation_leave(&e, (struct tenant_ref){ 7, 9 }, id);
	else if (r->op >= OP_TENANT)
		assert_int_equal(operation_open(&e, (enum op_kind)r->op,
						r->op <= OP_TENANT_REMOVE ? t : ROW_NONE, &op, &f),
				 0);
	assert_int_equal(store_commit(&e, &f), 0);
	e.store->synced = true;
	store_close(&e);
}

static int64_t phase_of(uint32_t kind)
{
	char sql[96];
	int64_t n = -1;
	struct fault f;

	(void)snprintf(sql, sizeof(sql),
		       "SELECT phase FROM op WHERE kind = %u ORDER BY rowid LIMIT 1", kind);
	assert_int_equal(store_int(e.store->db, sql, &n, &f), 0);
	return n;
}

static void each_row(void **state)
{
	static const char *const names[] = { "state.db", "state.db-wal" };

	(void)state;
	(void)umask(077);
	for (size_t i = 0; i < UNIT_LEN(rows); i++) {
		char path[] = "/tmp/cloister-reconcile.XXXXXX";
		int dir;

		assert_non_null(mkdtemp(path));
		dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_int_equal(begin(dir), 0);
		leave_behind(&rows[i]);
		assert_int_equal(begin(dir), 0);
		did[0] = '\0';
		adopted[0] = rows[i].runs != NOT;
		e.table->workload[0].have = rows[i].runs == RUNS ? STEP_BIT(STEP_START) : 0;
		reconcile_open(&e);
		reconcile(&e, adopted, 0);
		if (strcmp(did, rows[i].does) != 0)
			fail_msg("%s: did '%s', not '%s'", rows[i].why, did, rows[i].does);
		if (rows[i].op && rows[i].phase >= 0 && phase_of(rows[i].op) != rows[i].phase)
			fail_msg("%s: phase %d, not %d", rows[i].why, (int)phase_of(rows[i].op),
				 rows[i].phase);
		/* the look itself is one, and it is over */
		if (rows[i].op != OP_RECONCILE)
			assert_int_equal(phase_of(OP_RECONCILE), OPP_DONE);
		store_close(&e);
		for (size_t k = 0; k < UNIT_LEN(names); k++)
			(void)unlinkat(dir, names[k], 0); /* the log is gone as a rule */
		(void)close(dir);
		assert_int_equal(rmdir(path), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_row) };

	return cmocka_run_group_tests_name("reconcile", tests, NULL, NULL);
}
