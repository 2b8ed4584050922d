/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_store_db.c - the engine's state: what is written comes back, operations are intents first, a
 * full disk is an answer and one that fails is the end.
 */
/* links: supervisor/engine/store.c supervisor/engine/store_schema.c supervisor/engine/store_rows.c
 * supervisor/engine/store_op.c supervisor/engine/store_room.c supervisor/engine/operation.c
 * supervisor/engine/workloads.c supervisor/engine/plans.c lib/plan/registry.c lib/plan/feature.c
 * lib/base */
/* libs: -lsqlite3 -lsystemd */
#include "tests/unit/store_dir.h"

#include "lib/asks/compile.h"
#include "supervisor/engine/operation.h"

#include <signal.h>
#include <sys/wait.h>

/* ---- rows ---- */

static uint32_t make_service(uint32_t t, const char *name)
{
	uint32_t w = workload_new(&e, t, name, KIND_SERVICE);
	struct workload_row *row;

	assert_int_not_equal(w, ROW_NONE);
	row = &e.table->workload[w];
	(void)strcpy(row->profile, "web.nginx");
	row->restart = RESTART_ALWAYS;
	row->stop_ns = 5000000000;
	row->stop_signal = 15;
	row->wanted = row->here = 1; /* as its start sets them */
	return w;
}

/* The row of plan is not checked here: its foreign key is. */
static void put_plan(struct workload_row *row)
{
	struct fault f;

	memset(row->plan, 0xab, sizeof(row->plan));
	assert_int_equal(store_exec(e.store->db,
				    "INSERT OR IGNORE INTO plan VALUES (X'abababababababababababab"
				    "abababababababababababababababababababab', NULL, X'00', 1)",
				    &f),
			 0);
}

/* shop/web, whose start has begun. */
static uint32_t begun(void)
{
	struct fault f;
	uint32_t w;

	must_begin();
	w = make_service(make_tenant("shop"), "web");
	put_plan(&e.table->workload[w]);
	assert_int_equal(operation_begin(&e, w, OP_START, &f), 0);
	return w;
}

static void rows_come_back(void **state)
{
	uint32_t t, w = begun();

	(void)state;
	e.table->workload[w].restarts = 3;
	operation_end(&e, w, OP_START, OPP_DONE, "");
	die();

	must_begin();
	t = tenant_find(&e, "shop");
	assert_int_not_equal(t, ROW_NONE);
	assert_int_equal(e.table->tenant[t].nlimit, 1);
	assert_true(e.table->tenant[t].limit[0].v[0] == UINT64_MAX);
	assert_int_equal(e.table->tenant[t].ref.gen, 0); /* whose range it is is the registry's */
	w = workload_find(&e, t, "web");
	assert_int_not_equal(w, ROW_NONE);
	assert_string_equal(e.table->workload[w].profile, "web.nginx");
	assert_int_equal(e.table->workload[w].restarts, 3);
	assert_int_equal(e.table->workload[w].restart, RESTART_ALWAYS);
	assert_int_equal(e.table->workload[w].wanted, 1);
	assert_int_equal(e.table->workload[w].here, 1);
	assert_int_equal(e.table->workload[w].want, WANT_RUN);
	assert_int_equal(e.table->workload[w].have,
			 0); /* I24: that it runs is nobody's word here */
	assert_int_not_equal(e.table->workload[w].state, W_RUNNING);
}

static void another_boot(void **state)
{
	uint32_t w = begun();

	(void)state;
	operation_end(&e, w, OP_START, OPP_DONE, "");
	die();
	sql("UPDATE kobj SET boot = X'00000000000000000000000000000000'");
	must_begin();
	w = workload_find(&e, 0, "web");
	assert_int_equal(e.table->workload[w].here, 0);
	assert_int_equal(e.table->workload[w].wanted, 1);
	assert_int_equal(e.table->workload[w].want, WANT_GONE);
}

static void numbers_are_new(void **state)
{
	struct fault f;
	uint32_t n = 0, t;

	(void)state;
	must_begin();
	t = make_tenant("shop");
	for (int i = 0; i < 5000; i++) {
		uint32_t next = tenant_number(&e, t);

		assert_true(next > n || i == 0);
		n = next;
	}
	assert_int_equal(store_commit(&e, &f), 0);
	die();
	must_begin();
	assert_true(tenant_number(&e, 0) > n);
}

static void removed_is_gone(void **state)
{
	struct fault f;
	uint32_t w;

	(void)state;
	w = begun();
	assert_int_equal(count("SELECT count(*) FROM workload"), 1);
	assert_int_equal(operation_begin(&e, w, OP_REMOVE, &f), 0);
	assert_int_equal(count("SELECT phase FROM op WHERE kind = 1"), OPP_UNDONE);
	store_workload(&e, w); /* changed again, while it goes */
	operation_end(&e, w, OP_REMOVE, OPP_DONE, "");
	workload_free(&e, w);
	assert_int_equal(count("SELECT count(*) FROM workload"), 0);
	assert_int_equal(count("SELECT count(*) FROM kobj"), 0);
	assert_int_equal(count("SELECT count(*) FROM plan"), 0);
	/* the same name again, in the same commit as the end of another life of it */
	w = make_service(0, "web");
	put_plan(&e.table->workload[w]);
	assert_int_equal(operation_begin(&e, w, OP_START, &f), 0);
	store_workload_gone(&e, w);
	workload_free(&e, w);
	w = make_service(0, "web");
	put_plan(&e.table->workload[w]);
	e.table->workload[w].here = 0;
	store_workload(&e, w);
	assert_int_equal(store_commit(&e, &f), 0);
	assert_int_equal(count("SELECT count(*) FROM workload"), 1);
}

/* ---- operations ---- */

static uint32_t left;
static struct op_record left_op[8];

static void see(struct engine *en, const struct op_record *op)
{
	(void)en;
	left_op[left++ % 8] = *op;
}

static void intents_are_left(void **state)
{
	struct op_record op;
	struct fault f;
	uint32_t run;

	(void)state;
	(void)begun();
	assert_int_equal(operation_open(&e, OP_APPLY, ROW_NONE, &op, &f), 0);
	operation_close(&e, &op, OPP_DONE, "");
	assert_int_equal(operation_open(&e, OP_TENANT, 0, &op, &f), 0);
	/* a run is not waited for: it may be lost */
	run = workload_new(&e, 0, "run-1", KIND_RUN);
	assert_int_equal(operation_begin(&e, run, OP_RUN, &f), 0);
	assert_int_equal(count("SELECT count(*) FROM op WHERE kind = 7"), 0);
	die();

	must_begin();
	left = 0;
	assert_int_equal(store_each_open_op(&e, see, &f), 0);
	assert_int_equal(left, 2);
	assert_int_equal(left_op[0].kind, OP_START);
	assert_memory_equal(left_op[0].target, e.table->workload[0].id, 16);
	assert_int_equal(left_op[1].kind, OP_TENANT);
}

static void a_run_is_one_row(void **state)
{
	struct fault f;
	uint32_t w;

	(void)state;
	must_begin();
	(void)make_tenant("shop");
	for (int i = 0; i < 3 * STORE_QUEUE; i++) {
		w = workload_new(&e, 0, "run-1", KIND_RUN);
		assert_int_equal(operation_begin(&e, w, OP_RUN, &f), 0);
		operation_end(&e, w, OP_RUN, OPP_DONE, "exited");
		workload_free(&e, w);
	}
	assert_int_equal(store_commit(&e, &f), 0);
	assert_int_equal(count("SELECT count(*) FROM op WHERE phase = 2 AND kind = 7"),
			 3 * STORE_QUEUE);
	assert_int_equal(count("SELECT count(*) FROM workload"), 0);
}

/* Every kind and every finding: what a stop or a removal begins is carried out, what a start began
 * and is not there goes back. */
static void verdicts(void **state)
{
	static const struct {
		uint32_t kind;
		enum op_verdict runs, gone, new_boot;
	} rows[] = {
		{ OP_NONE, VERDICT_FAILED, VERDICT_FAILED, VERDICT_FAILED },
		{ OP_START, VERDICT_DONE, VERDICT_UNDONE, VERDICT_FAILED },
		{ OP_STOP, VERDICT_FORWARD, VERDICT_DONE, VERDICT_DONE },
		{ OP_REMOVE, VERDICT_FORWARD, VERDICT_FORWARD, VERDICT_FORWARD },
		{ OP_TENANT, VERDICT_FORWARD, VERDICT_FORWARD, VERDICT_DONE },
		{ OP_TENANT_REMOVE, VERDICT_FORWARD, VERDICT_FORWARD, VERDICT_FORWARD },
		{ OP_APPLY, VERDICT_FAILED, VERDICT_FAILED, VERDICT_FAILED },
		{ OP_RUN, VERDICT_UNDONE, VERDICT_UNDONE, VERDICT_FAILED },
		{ OP_RECONCILE, VERDICT_FAILED, VERDICT_FAILED, VERDICT_FAILED },
		{ OP_EXEC, VERDICT_UNDONE, VERDICT_UNDONE, VERDICT_FAILED },
		{ OP_LEAVE, VERDICT_FORWARD, VERDICT_FORWARD, VERDICT_FORWARD },
		{ OP__COUNT, VERDICT_FAILED, VERDICT_FAILED, VERDICT_FAILED },
	};

	(void)state;
	assert_int_equal(UNIT_LEN(rows), OP__COUNT + 1);
	for (size_t i = 0; i < UNIT_LEN(rows); i++) {
		assert_int_equal(rows[i].kind, i);
		assert_int_equal(operation_verdict(rows[i].kind, true, true), rows[i].runs);
		assert_int_equal(operation_verdict(rows[i].kind, false, true), rows[i].gone);
		assert_int_equal(operation_verdict(rows[i].kind, false, false), rows[i].new_boot);
		if (i != OP_NONE && i != OP__COUNT)
			assert_non_null(op_kinds[i].name);
	}
}

/* ---- no room ---- */

static void pages(int n)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "PRAGMA max_page_count = %d", n);
	assert_int_equal(sqlite3_exec(e.store->db, text, NULL, NULL, NULL), SQLITE_OK);
}

static void fill(void)
{
	struct op_record op = { .kind = OP_RUN, .phase = OPP_DONE };
	struct fault f;

	for (int i = 0; store_room(&e, &f) == 0; i++) {
		assert_true(i < 100000);
		memcpy(op.id, &i, sizeof(i));
		memset(op.note, 'x', sizeof(op.note) - 1);
		store_op(&e, &op);
		if (i % 64 == 0 && store_commit(&e, &f) < 0)
			assert_int_equal(f.err, -ENOSPC);
	}
	assert_int_equal(f.err, -ENOSPC);
	assert_non_null(strstr(f.msg, "no-space"));
}

static void full(void **state)
{
	struct op_record op;
	struct fault f;
	uint32_t w, run;

	(void)state;
	w = begun();
	operation_end(&e, w, OP_START, OPP_DONE, "");
	while (store_ballast_make(e.store) == 1)
		;
	pages((int)count("PRAGMA page_count") + 8);
	fill();
	assert_int_equal(operation_begin(&e, w, OP_START, &f), -ENOSPC);
	run = workload_new(&e, 0, "run-1", KIND_RUN);
	assert_int_equal(operation_begin(&e, run, OP_RUN, &f), -ENOSPC);
	assert_int_equal(operation_open(&e, OP_APPLY, ROW_NONE, &op, &f), -ENOSPC);
	assert_true(faccessat(dir, "ballast", F_OK, 0) == 0); /* a refusal is not worth it */
	/* the row is as it was */
	assert_int_equal(count("SELECT wanted FROM workload"), 1);
	/* a stop takes place, and is written once there is room */
	e.table->workload[w].wanted = 0;
	assert_int_equal(operation_begin(&e, w, OP_STOP, &f), 0);
	assert_true(faccessat(dir, "ballast", F_OK, 0) < 0);
	pages(1 << 20);
	operation_end(&e, w, OP_STOP, OPP_DONE, "");
	assert_int_equal(count("SELECT wanted FROM workload"), 0);
	assert_int_equal(count("SELECT phase FROM op WHERE kind = 2"), OPP_DONE);
	assert_int_equal(store_room(&e, &f), -ENOSPC); /* until the ballast is back */
	while (store_ballast_make(e.store) == 1)
		;
	assert_int_equal(store_ballast_make(e.store), 0);
	assert_true(e.store->ballast_bytes >= 4 * e.store->wal_max);
}

/* ---- a disk that fails ---- */

static int no_sync(sqlite3_file *file, int flags)
{
	(void)file;
	(void)flags;
	return SQLITE_IOERR_FSYNC;
}

static int no_write(sqlite3_file *file, const void *p, int n, sqlite3_int64 at)
{
	(void)file;
	(void)p;
	(void)n;
	(void)at;
	return SQLITE_IOERR_WRITE;
}

/* In a child: the log's file fails from now on; then a commit. */
static void commit_to_failing(bool sync)
{
	static sqlite3_io_methods methods;
	sqlite3_file *wal = NULL;
	struct fault f;

	must_begin();
	(void)make_tenant("shop");
	(void)dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), 2);
	if (sqlite3_file_control(e.store->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal) || !wal ||
	    !wal->pMethods)
		_exit(1);
	methods = *wal->pMethods;
	if (sync)
		methods.xSync = no_sync;
	else
		methods.xWrite = no_write;
	wal->pMethods = &methods;
	_exit(store_commit(&e, &f) == 0 ? 2 : 3);
}

/* S2: what is on the disk is not known any more; the next engine finds the last whole commit. */
static void failed_disk(void **state)
{
	(void)state;
	for (int sync = 0; sync < 2; sync++) {
		pid_t pid = fork();
		int st;

		if (pid == 0)
			commit_to_failing(sync);
		assert_true(pid > 0);
		assert_int_equal(waitpid(pid, &st, 0), pid);
		assert_true(WIFSIGNALED(st));
		assert_int_equal(WTERMSIG(st), SIGABRT);
		must_begin();
		assert_int_equal(tenant_find(&e, "shop"), ROW_NONE);
		die();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rows_come_back),	TEST(another_boot),
		TEST(numbers_are_new),	TEST(removed_is_gone),
		TEST(intents_are_left), TEST(a_run_is_one_row),
		TEST(verdicts),		TEST(full),
		TEST(failed_disk),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
