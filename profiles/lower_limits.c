/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lower_limits.c - limits to rlimits, cgroup knobs and the rest (profiles-audit A.7).
 * Runs in: cloister-compile, tests.
 */
#include "profiles/lower.h"

#include <sys/resource.h>

enum {
	CPU_PERIOD_US = 100000,
	PERMILLE = 1000,
	/* RLIMIT_NPROC counts the uid, which all workloads of a tenant share: the wall is
	 * pids.max, this only stops what would get round it. */
	NPROC_BACKSTOP = 4096,
};

static struct at limit_at(const struct job *j, enum limit_id id)
{
	return j->x->limit_at[id];
}

static enum limit_id find_row(enum limit_target to, uint32_t which)
{
	unsigned int i;

	for (i = 0; i < LIM__COUNT; i++)
		if (limit_table[i].to == to && limit_table[i].which == which)
			return (enum limit_id)i;
	return LIM__COUNT;
}

static void lower_rlimits(struct job *j)
{
	uint32_t i;

	for (i = 0; i < RLIM_NLIMITS; i++) {
		enum limit_id id = find_row(TO_RLIMIT, i);
		struct at at = { 0 };
		uint64_t v = LIMIT_NONE;
		struct plan_rlimit *row;

		if (id != LIM__COUNT) {
			at = limit_at(j, id);
			v = j->x->limit[id];
		} else if (i == RLIMIT_NPROC) {
			v = j->x->limit[LIM_PIDS];
			v = v > NPROC_BACKSTOP ? v : NPROC_BACKSTOP;
		} else if (i == RLIMIT_NICE) {
			v = 0;
		}
		row = blob_add(&j->blob, PLAN_RLIMIT, at);
		row->resource = i;
		row->soft = row->hard = v;
	}
}

void limit_knob(enum limit_id id, uint64_t v, uint64_t ret[2])
{
	ret[0] = v;
	ret[1] = 0;
	if (id == LIM_CPU) {
		ret[0] = v * (CPU_PERIOD_US / PERMILLE);
		ret[1] = CPU_PERIOD_US;
	}
}

static void lower_cgroup(struct job *j)
{
	uint32_t knob;

	for (knob = 0; knob < KNOB__COUNT; knob++) {
		enum limit_id id = find_row(TO_KNOB, knob);
		struct plan_cgroup *row;
		uint64_t v;

		if (knob == KNOB_OOM_GROUP) {
			row = blob_add(&j->blob, PLAN_CGROUP, (struct at){ 0 });
			row->knob = knob;
			row->v[0] = 1;
			continue;
		}
		if (id == LIM__COUNT || !limit_table[id].built)
			continue;
		v = j->x->limit[id];
		/* no huge page at all is the filter's (lower_access.c): few hosts delegate hugetlb */
		if (v == LIMIT_NONE || (knob == KNOB_HUGETLB_2MB && v == 0))
			continue;
		row = blob_add(&j->blob, PLAN_CGROUP, limit_at(j, id));
		row->knob = knob;
		limit_knob(id, v, row->v);
	}
}

static void lower_misc(struct job *j)
{
	uint32_t limit;

	for (limit = 0; limit < LIMIT__COUNT; limit++) {
		enum limit_id id = find_row(TO_MISC, limit);
		struct plan_limitmisc *row;

		if (id == LIM__COUNT || !limit_table[id].built || j->x->limit[id] == LIMIT_NONE)
			continue;
		row = blob_add(&j->blob, PLAN_LIMITMISC, limit_at(j, id));
		row->limit = limit;
		row->value = j->x->limit[id];
	}
}

void lower_limits(struct job *j)
{
	lower_rlimits(j);
	lower_cgroup(j);
	lower_misc(j);
}
