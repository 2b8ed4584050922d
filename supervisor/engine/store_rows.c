/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_rows.c - rows of tenants and workloads to and from state.db. Runs in: cloister-engine.
 *
 * A workload that was started has a kobj: the number of its cgroup and the boot that it was in.
 * That is not "it runs": it is what to look for in spawn's walk (I24).
 */
#include "supervisor/engine/store.h"
#include "lib/asks/compile.h"
#include "lib/base/clock.h"
#include "lib/base/str.h"
#include "lib/plan/plan.h"
#include "lib/plan/registry.h"
#include "supervisor/engine/plans.h"
#include "supervisor/engine/steps.h"
#include "supervisor/engine/store_db.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NUMBERS_AT_ONCE = 4096, SIGRTMAX_KERNEL = 64 };

/* What is declared, byte for byte as it is stored: another size is another schema. */
struct tenant_spec {
	uint8_t origin[ORIGIN_LEN];
	uint64_t features_off;
	uint32_t nceiling, nlimit;
	char ceiling[TENANT_CEILINGS][NAME_SIZE];
	struct limit_row limit[TENANT_LIMITS];
	uint32_t npeople, zero;
	struct person_row people[TENANT_PEOPLE];
};
_Static_assert(sizeof(struct tenant_spec) == 16 + 8 + 8 + 4 * 68 + 16 * 24 + 8 + 16 * 8,
	       "tenant_spec");

struct workload_spec {
	char profile[NAME_SIZE];
	uint32_t restart;
	uint8_t origin[ORIGIN_LEN];
	uint64_t stop_ns;
	uint32_t held, stop_signal;
};
_Static_assert(sizeof(struct workload_spec) == 104, "workload_spec");

/* How it went. */
struct workload_last {
	struct exit_row exit;
	uint32_t restarts, failures;
	uint64_t started, started_boot;
	uint32_t ready, zero;
	struct fault fault;
};
_Static_assert(sizeof(struct workload_last) == 24 + 8 + 16 + 8 + 192, "workload_last");

struct ident {
	uint8_t id[16];
	uint32_t number;
};
_Static_assert(sizeof(struct ident) == 20, "ident");

/* ---- writing ---- */

static int write_tenant(struct store *s, const struct tenant_row *t, struct fault *f)
{
	sqlite3_stmt *q = s->sql[SQL_TENANT];
	struct tenant_spec spec;
	uint8_t id[16];

	memset(&spec, 0, sizeof(spec));
	memcpy(spec.origin, t->origin, sizeof(spec.origin));
	spec.features_off = t->features_off;
	spec.nceiling = t->nceiling;
	spec.nlimit = t->nlimit;
	memcpy(spec.ceiling, t->ceiling, sizeof(spec.ceiling));
	memcpy(spec.limit, t->limit, sizeof(spec.limit));
	spec.npeople = t->npeople;
	memcpy(spec.people, t->people, sizeof(spec.people));
	registry_id(t->name, id);
	store_bind(q, 1, id, sizeof(id));
	(void)sqlite3_bind_text(q, 2, t->name, -1, SQLITE_TRANSIENT);
	(void)sqlite3_bind_int64(q, 3, t->number_end);
	store_bind(q, 4, &spec, sizeof(spec));
	(void)sqlite3_bind_int64(q, 5, (sqlite3_int64)clock_real_ns());
	return store_step(s, SQL_TENANT, f);
}

/* The bytes of a plan that a workload now stands for. */
static int write_plan(struct engine *e, const uint8_t digest[DIGEST_LEN], struct fault *f)
{
	struct store *s = e->store;
	struct plan_item *p = plans_kept(e, digest);
	AUTO_FREE void *bytes = NULL;
	struct stat st;

	if (!p || p->stored)
		return 0; /* it was read from here */
	if (fstat(p->fd, &st) < 0 || !(bytes = malloc((size_t)st.st_size)) ||
	    pread(p->fd, bytes, (size_t)st.st_size, 0) != st.st_size)
		return fault_sys(f, "store.plan", "reading a plan of %lld bytes",
				 (long long)st.st_size);
	store_bind(s->sql[SQL_PLAN], 1, digest, DIGEST_LEN);
	store_bind(s->sql[SQL_PLAN], 2, bytes, (size_t)st.st_size);
	(void)sqlite3_bind_int(s->sql[SQL_PLAN], 3, PLAN_VERSION);
	s->sweep = true; /* the one before it may have been the last of its kind */
	return store_step(s, SQL_PLAN, f);
}

/* Of a running workload, or one that is being started: what to look for. */
static int write_kobj(struct store *s, const struct workload_row *row, struct fault *f)
{
	struct ident id = { .number = row->number };
	sqlite3_stmt *q = s->sql[SQL_KOBJ];
	int rc;

	memcpy(id.id, row->id, sizeof(id.id));
	store_bind(s->sql[SQL_KOBJ_CLEAR], 1, row->id, sizeof(row->id));
	rc = store_step(s, SQL_KOBJ_CLEAR, f);
	if (rc < 0 || !row->here)
		return rc;
	store_bind(q, 1, row->op_id, sizeof(row->op_id));
	store_bind(q, 2, &id, sizeof(id));
	store_bind(q, 3, s->boot, sizeof(s->boot));
	return store_step(s, SQL_KOBJ, f);
}

static int write_workload(struct engine *e, const struct workload_row *row, struct fault *f)
{
	struct store *s = e->store;
	sqlite3_stmt *q = s->sql[SQL_WORKLOAD];
	struct workload_last last;
	struct workload_spec spec;
	uint8_t tenant[16];
	int rc = write_plan(e, row->plan, f);

	if (rc < 0)
		return rc;
	memset(&spec, 0, sizeof(spec));
	(void)str_copy(spec.profile, sizeof(spec.profile), row->profile); /* of the same size */
	memcpy(spec.origin, row->origin, sizeof(spec.origin));
	spec.restart = row->restart;
	spec.held = (row->flags & WF_HELD) != 0;
	spec.stop_ns = row->stop_ns;
	spec.stop_signal = row->stop_signal;
	last = (struct workload_last){ .exit = row->exit,
				       .restarts = row->restarts,
				       .failures = row->failures,
				       .started = row->started,
				       .started_boot = row->started_boot,
				       .ready = row->ready,
				       .fault = row->fault };
	registry_id(e->table->tenant[row->tenant].name, tenant);
	store_bind(q, 1, row->id, sizeof(row->id));
	store_bind(q, 2, tenant, sizeof(tenant));
	(void)sqlite3_bind_text(q, 3, row->name, -1, SQLITE_TRANSIENT);
	(void)sqlite3_bind_int64(q, 4, row->state);
	(void)sqlite3_bind_int64(q, 5, row->wanted);
	store_bind(q, 6, row->plan, sizeof(row->plan));
	store_bind(q, 7, row->op_id, sizeof(row->op_id));
	store_bind(q, 8, &spec, sizeof(spec));
	store_bind(q, 9, &last, sizeof(last));
	(void)sqlite3_bind_int64(q, 10, (sqlite3_int64)clock_real_ns());
	return store_step(s, SQL_WORKLOAD, f);
}

/* Its row may be another's by now. */
static bool is_service(const struct engine *e, uint32_t w)
{
	return workload_used(e, w) && e->table->workload[w].kind == KIND_SERVICE;
}

static int write_kobjs(struct engine *e, struct fault *f)
{
	int rc = 0;

	for (uint32_t w = 0; rc == 0 && w < WORKLOAD_ROWS; w++)
		if (e->store->workload[w] && is_service(e, w))
			rc = write_kobj(e->store, &e->table->workload[w], f);
	return rc;
}

int store_write_rows(struct engine *e, struct fault *f)
{
	struct store *s = e->store;
	int rc = 0;

	if (s->nrow == 0)
		return 0;
	for (uint32_t t = 0; rc == 0 && t < e->table->ntenant; t++)
		if (s->tenant[t] && e->table->tenant[t].name[0])
			rc = write_tenant(s, &e->table->tenant[t], f);
	for (uint32_t w = 0; rc == 0 && w < WORKLOAD_ROWS; w++)
		if (s->workload[w] && is_service(e, w))
			rc = write_workload(e, &e->table->workload[w], f);
	return rc < 0 ? rc : write_kobjs(e, f);
}

/* ---- what changed ---- */

void store_tenant(struct engine *e, uint32_t tenant)
{
	e->store->nrow += !e->store->tenant[tenant];
	e->store->tenant[tenant] = true;
}

void store_workload(struct engine *e, uint32_t w)
{
	if (e->table->workload[w].kind != KIND_SERVICE)
		return; /* a run ends with its client, and nobody starts it again */
	e->store->nrow += !e->store->workload[w];
	e->store->workload[w] = true;
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

/* ---- reading ---- */

static int unsound(struct fault *f, const char *what, const unsigned char *name)
{
	return fault_set(f, -EBADMSG, "store.row",
			 "state.db: the row of %s %.32s is none of this version's", what,
			 name ? (const char *)name : "");
}

/* A name that fits and is NUL-ended, or an empty one. */
static bool sound_name(const char *s, size_t cap)
{
	size_t n = strnlen(s, cap);

	return n < cap && (n == 0 || str_is_name(s, n));
}

static const void *blob(sqlite3_stmt *q, int at, size_t n)
{
	const void *p = sqlite3_column_blob(q, at);

	return p && (size_t)sqlite3_column_bytes(q, at) == n ? p : NULL;
}

static int load_tenant(struct engine *e, sqlite3_stmt *q, struct fault *f)
{
	const char *name = (const char *)sqlite3_column_text(q, 0);
	const struct tenant_spec *stored = blob(q, 2, sizeof(*stored));
	struct tenant_spec spec;
	struct tenant_row *t;
	bool sound = name && stored && str_is_label(name, strlen(name));
	uint32_t n;

	if (sound) {
		memcpy(&spec, stored, sizeof(spec));
		sound = spec.nceiling <= TENANT_CEILINGS && spec.nlimit <= TENANT_LIMITS &&
			spec.npeople <= TENANT_PEOPLE;
	}
	for (uint32_t i = 0; sound && i < spec.nceiling; i++)
		sound = sound_name(spec.ceiling[i], sizeof(spec.ceiling[i]));
	for (uint32_t i = 0; sound && i < spec.npeople; i++)
		sound = !(spec.people[i].flags & ~3u) && spec.people[i].id != 0;
	for (uint32_t i = 0; sound && i < spec.nlimit; i++)
		sound = spec.limit[i].knob < KNOB__COUNT;
	if (!sound || sqlite3_column_int64(q, 1) > UINT32_MAX - NUMBERS_AT_ONCE)
		return unsound(f, "tenant", (const unsigned char *)name);
	n = tenant_new(e, name);
	if (n == ROW_NONE)
		return fault_set(f, -E2BIG, "store.full", "state.db has more than %d tenants",
				 TENANT_ROWS);
	t = &e->table->tenant[n];
	memcpy(t->origin, spec.origin, sizeof(t->origin));
	t->features_off = spec.features_off;
	t->nceiling = spec.nceiling;
	t->nlimit = spec.nlimit;
	memcpy(t->ceiling, spec.ceiling, sizeof(t->ceiling));
	memcpy(t->limit, spec.limit, sizeof(t->limit));
	t->npeople = spec.npeople;
	memcpy(t->people, spec.people, sizeof(t->people));
	t->next_number = t->number_end = (uint32_t)sqlite3_column_int64(q, 1);
	return 0;
}

static void fill(struct workload_row *row, const struct workload_spec *spec,
		 const struct workload_last *last)
{
	memcpy(row->profile, spec->profile, sizeof(row->profile));
	memcpy(row->origin, spec->origin, sizeof(row->origin));
	row->restart = spec->restart;
	row->flags = spec->held ? WF_HELD : 0;
	row->stop_ns = spec->stop_ns;
	row->stop_signal = spec->stop_signal;
	row->exit = last->exit;
	row->restarts = last->restarts;
	row->failures = last->failures;
	row->started = last->started;
	row->started_boot = last->started_boot; /* of what is adopted; else it means nothing */
	row->ready = last->ready == 1;
	row->fault = last->fault;
	row->fault.site[sizeof(row->fault.site) - 1] = '\0';
	row->fault.msg[sizeof(row->fault.msg) - 1] = '\0';
	fault_sanitise(&row->fault);
}

/* Columns: tenant's name, id, name, state, wanted, plan, op, spec, last, ident. */
static int load_workload(struct engine *e, sqlite3_stmt *q, struct fault *f)
{
	const char *tenant = (const char *)sqlite3_column_text(q, 0);
	const char *name = (const char *)sqlite3_column_text(q, 2);
	const void *id = blob(q, 1, 16), *plan = blob(q, 5, DIGEST_LEN), *op = blob(q, 6, 16);
	const void *ident = blob(q, 9, sizeof(struct ident));
	const void *spec_at = blob(q, 7, sizeof(struct workload_spec));
	const void *last_at = blob(q, 8, sizeof(struct workload_last));
	uint32_t t = tenant ? tenant_find(e, tenant) : ROW_NONE, w;
	struct workload_spec spec;
	struct workload_last last;
	struct workload_row *row;

	if (t == ROW_NONE || !name || !str_is_label(name, strlen(name)) || !id || !plan || !op ||
	    !spec_at || !last_at || workload_find(e, t, name) != ROW_NONE)
		return unsound(f, "workload", (const unsigned char *)name);
	memcpy(&spec, spec_at, sizeof(spec));
	memcpy(&last, last_at, sizeof(last));
	if (!sound_name(spec.profile, sizeof(spec.profile)) || spec.restart > RESTART_ALWAYS ||
	    spec.stop_signal > SIGRTMAX_KERNEL || last.exit.reason >= EXIT__COUNT)
		return unsound(f, "workload", (const unsigned char *)name);
	w = workload_new(e, t, name, KIND_SERVICE);
	if (w == ROW_NONE)
		return fault_set(f, -E2BIG, "store.full", "state.db has more than %d workloads",
				 WORKLOAD_ROWS);
	row = &e->table->workload[w];
	memcpy(row->id, id, sizeof(row->id));
	memcpy(row->plan, plan, sizeof(row->plan));
	memcpy(row->op_id, op, sizeof(row->op_id));
	fill(row, &spec, &last);
	row->wanted = sqlite3_column_int(q, 4) != 0;
	row->state = sqlite3_column_int(q, 3) == W_FAILED ? W_FAILED : W_EXITED;
	row->here = ident != NULL;
	row->want = row->here && row->wanted ? WANT_RUN : WANT_GONE;
	if (ident)
		row->number = ((const struct ident *)ident)->number;
	return 0;
}

/* Calls fn for each row of sql, whose only parameter is the boot, if it has one. */
static int each(struct engine *e, const char *sql,
		int (*fn)(struct engine *, sqlite3_stmt *, struct fault *), struct fault *f)
{
	struct store *s = e->store;
	sqlite3_stmt *q = NULL;
	int rc = 0, step = sqlite3_prepare_v2(s->db, sql, -1, &q, NULL);

	if (step == SQLITE_OK && sqlite3_bind_parameter_count(q))
		store_bind(q, 1, s->boot, sizeof(s->boot));
	if (step == SQLITE_OK)
		step = sqlite3_step(q);
	for (; rc == 0 && step == SQLITE_ROW; step = rc ? step : sqlite3_step(q))
		rc = fn(e, q, f);
	if (rc == 0 && step != SQLITE_DONE)
		rc = fault_set(f, (step & 0xff) == SQLITE_CORRUPT ? -EBADMSG : -EIO, "store.read",
			       "state.db: %s", sqlite3_errmsg(s->db));
	(void)sqlite3_finalize(q);
	return rc;
}

int store_load(struct engine *e, struct fault *f)
{
	uint32_t bound = e->max_workloads;
	int rc;

	e->max_workloads = WORKLOAD_ROWS; /* the policy comes later, and is for new ones */
	rc = each(e, "SELECT name, numbers, spec FROM tenant ORDER BY created, name", load_tenant,
		  f);

	if (rc == 0)
		rc = each(e,
			  "SELECT t.name, w.id, w.name, w.state, w.wanted, w.plan, w.op, w.spec, "
			  "w.last,"
			  " (SELECT k.ident FROM kobj k WHERE k.kind = 1 AND k.boot = ?1 AND"
			  "  substr(k.ident, 1, 16) = w.id)"
			  " FROM workload w JOIN tenant t ON t.id = w.tenant ORDER BY w.created, "
			  "w.name",
			  load_workload, f);
	e->max_workloads = bound;
	return rc;
}

/* ---- operations and plans ---- */

static void (*on_op)(struct engine *e, const struct op_record *op);

static int load_op(struct engine *e, sqlite3_stmt *q, struct fault *f)
{
	struct op_record op = { .kind = (uint32_t)sqlite3_column_int(q, 2), .again = true };
	const void *id = blob(q, 0, 16), *target = blob(q, 1, 16), *args;

	if (!id || !target)
		return unsound(f, "operation", NULL);
	memcpy(op.id, id, sizeof(op.id));
	memcpy(op.target, target, sizeof(op.target));
	op.phase = (uint32_t)sqlite3_column_int(q, 3);
	op.started = (uint64_t)sqlite3_column_int64(q, 4);
	args = sqlite3_column_blob(q, 5);
	op.nargs = (uint32_t)sqlite3_column_bytes(q, 5);
	if (op.nargs > sizeof(op.args))
		return unsound(f, "operation", NULL);
	if (op.nargs)
		memcpy(op.args, args, op.nargs);
	on_op(e, &op);
	return 0;
}

int store_each_open_op(struct engine *e, void (*fn)(struct engine *e, const struct op_record *op),
		       struct fault *f)
{
	on_op = fn;
	return each(e,
		    "SELECT id, target, kind, phase, started, args FROM op WHERE phase < 2"
		    " ORDER BY rowid",
		    load_op, f);
}

int store_plan(struct engine *e, const uint8_t digest[DIGEST_LEN], void *buf, size_t cap,
	       struct fault *f)
{
	struct store *s = e->store;
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(s->db, "SELECT bytes FROM plan WHERE hash = ?1", -1, &q, NULL);
	int n = 0;

	if (rc == SQLITE_OK) {
		store_bind(q, 1, digest, DIGEST_LEN);
		rc = sqlite3_step(q);
	}
	if (rc == SQLITE_ROW)
		n = sqlite3_column_bytes(q, 0);
	if (n > 0 && (size_t)n <= cap)
		memcpy(buf, sqlite3_column_blob(q, 0), (size_t)n);
	(void)sqlite3_finalize(q);
	rc = store_judge(s, rc, "reading a plan", f);
	if (rc == 0 && (size_t)n > cap)
		rc = fault_set(f, -EFBIG, "store.plan", "a plan of %d bytes", n);
	return rc < 0 ? rc : n;
}
