/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workloads.c - the rows of tenants and workloads. Runs in: cloister-engine.
 * Must not: talk to anybody; what is done about a row is in life.c.
 */
#include "supervisor/engine/workloads.h"
#include "lib/base/str.h"
#include "lib/plan/policy.h"
#include "supervisor/engine/events.h"

#include <string.h>
#include <sys/random.h>

static struct table table_memory; /* behind engine.table */

int table_open(struct engine *e, struct fault *f)
{
	(void)f;
	memset(&table_memory, 0, sizeof(table_memory));
	e->table = &table_memory;
	return 0;
}

uint32_t tenant_find(const struct engine *e, const char *name)
{
	for (uint32_t i = 0; i < e->table->ntenant; i++)
		if (strcmp(e->table->tenant[i].name, name) == 0)
			return i;
	return ROW_NONE;
}

bool workload_used(const struct engine *e, uint32_t w)
{
	return w < WORKLOAD_ROWS && e->table->workload[w].name[0];
}

uint32_t workload_find(const struct engine *e, uint32_t tenant, const char *name)
{
	for (uint32_t i = 0; i < WORKLOAD_ROWS; i++) {
		const struct workload_row *w = &e->table->workload[i];

		if (w->name[0] && w->tenant == tenant && strcmp(w->name, name) == 0)
			return i;
	}
	return ROW_NONE;
}

uint32_t workload_numbered(const struct engine *e, struct tenant_ref t, uint32_t number)
{
	for (uint32_t i = 0; i < WORKLOAD_ROWS; i++) {
		const struct workload_row *w = &e->table->workload[i];
		const struct tenant_ref *r = &e->table->tenant[w->tenant].ref;

		/* the number of a service that is not here and holds nothing is of an earlier boot
		 */
		if (w->name[0] && w->number == number && r->index == t.index && r->gen == t.gen &&
		    (w->kind == KIND_RUN || w->here || w->have))
			return i;
	}
	return ROW_NONE;
}

void tenant_default_ceiling(const struct engine *e, struct tenant_row *row)
{
	row->nceiling = 1;
	(void)str_copy(row->ceiling[0], sizeof(row->ceiling[0]),
		       e->may & MAY_HOST_SOURCE ? "host.try" : "host.default");
}

uint32_t tenant_new(struct engine *e, const char *name)
{
	struct table *t = e->table;
	struct tenant_row *row;
	uint32_t n = 0, life;

	while (n < t->ntenant && t->tenant[n].name[0])
		n++;
	if (n == TENANT_ROWS)
		return ROW_NONE;
	if (n == t->ntenant)
		t->ntenant++;
	row = &t->tenant[n];
	life = row->life + 1;
	memset(row, 0, sizeof(*row));
	row->life = life;
	/* names are checked to be labels before they come here */
	(void)str_copy(row->name, sizeof(row->name), name);
	tenant_default_ceiling(e, row);
	row->next_number = row->number_end = e->first_number;
	row->next_run = 1;
	row->since = e->events ? e->events->last : 0; /* NULL: before it is open */
	return n;
}

uint32_t tenant_count(const struct engine *e, uint32_t tenant)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < WORKLOAD_ROWS; i++)
		if (e->table->workload[i].name[0] && e->table->workload[i].tenant == tenant)
			n++;
	return n;
}

uint32_t workload_new(struct engine *e, uint32_t tenant, const char *name, enum workload_kind kind)
{
	struct workload_row *row = e->table->workload;
	uint32_t n = 0, life;

	while (n < WORKLOAD_ROWS && row[n].name[0])
		n++;
	if (n >= WORKLOAD_ROWS || n >= e->max_workloads)
		return ROW_NONE;
	row += n;
	life = row->life + 1;
	memset(row, 0, sizeof(*row));
	/* a name may be used again: 16 bytes tell its lives apart */
	if (kind == KIND_SERVICE && getrandom(row->id, sizeof(row->id), 0) != sizeof(row->id))
		return ROW_NONE;
	row->life = life;
	row->tenant = tenant;
	row->kind = kind;
	row->cgroup = row->net = row->log = row->start = NO_SLOT;
	(void)str_copy(row->name, sizeof(row->name), name); /* a label */
	return n;
}

void workload_free(struct engine *e, uint32_t w)
{
	e->table->workload[w].name[0] = '\0';
}

const char *state_name(uint32_t state)
{
	static const char *const name[W__COUNT] = {
		[W_NONE] = "exited",	   [W_STARTING] = "starting", [W_RUNNING] = "running",
		[W_STOPPING] = "stopping", [W_EXITED] = "exited",     [W_FAILED] = "failed",
		[W_BACKOFF] = "backoff",
	};

	return state < W__COUNT ? name[state] : "failed";
}

const char *reason_name(uint32_t reason)
{
	static const char *const name[EXIT__COUNT] = {
		[EXIT_NOT] = "",
		[EXIT_CODE] = "exited",
		[EXIT_SIGNAL] = "killed by a signal",
		[EXIT_OOM] = "out of memory",
		[EXIT_KILLED] = "killed by the operator",
		[EXIT_REFUSED] = "refused call that killed",
		[EXIT_EXEC] = "could not be executed",
		[EXIT_LOST] = "ended unseen",
		[EXIT_START] = "could not be started",
		[EXIT_TIMEOUT] = "time-out",
		[EXIT_LIFETIME] = "lifetime",
	};

	return reason < EXIT__COUNT ? name[reason] : "";
}
