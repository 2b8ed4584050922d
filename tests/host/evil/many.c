/* SPDX-License-Identifier: Apache-2.0 */
/*
 * many.c - more of everything than the limits allow (I12).
 * Runs in: the host tests, as part of evil-engine.
 */
#include "tests/host/evil/tries.h"

#include "lib/base/fd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { FEW = 4, SOME = 64 };

static uint32_t tries; /* of each object */

static union plan_bytes room;

struct many {
	const char *why;
	enum worker by;
	struct frame_out o;
	int code;
	const char *site;
};

/* As often as somebody would who tries; every one behind the last is refused, and by name. */
static uint32_t as_many(const struct many *m, uint32_t times)
{
	uint32_t done = 0, wrong = 0;
	bool full = false;

	for (uint32_t i = 0; i < times; i++) {
		AUTO(reply_fini) struct reply r;
		int rc = world_ask(&w, m->by, &m->o, &r);

		done += rc >= 0;
		full = full || rc < 0;
		if (full && (rc != m->code || strcmp(r.fault.site, m->site)) && wrong++ == 0)
			printf("# %s: %d, %s: %s\n", m->why, rc, r.fault.site, r.fault.msg);
		if (m->o.op == SPAWN_CGROUP_MAKE) /* each its own number */
			((struct spawn_cgroup_make *)(uintptr_t)m->o.body)->workload++;
	}
	return wrong ? UINT32_MAX : done;
}

static void too_many(const struct many *m, uint32_t times, uint32_t most)
{
	char what[128];
	uint32_t done = as_many(m, times);

	(void)snprintf(what, sizeof(what), "of %u no more than %u, the rest %s at %s", times, most,
		       strerrorname_np(-m->code), m->site);
	if (done == 0 || done > most)
		printf("# %s: %u\n", m->why, done);
	tap(&w, done > 0 && done <= most, m->why, what);
}

/* The neighbour has what is its. */
static void one_more(const struct many *m, const char *why)
{
	AUTO(reply_fini) struct reply r;

	tap(&w, world_ask(&w, m->by, &m->o, &r) >= 0, why, "another tenant still gets one");
}

static void many_of(const struct many *m, void *t, uint32_t most)
{
	too_many(m, tries, most);
	memcpy(t, &b.t, sizeof(b.t));
	one_more(m, m->why);
}

static void many_plans(void)
{
	struct spawn_tenant q = { a.t };
	ssize_t n = plan_read(&w, "run", &room);
	AUTO_FD int fd = n > 0 ? sealed_memory(&room, (size_t)n) : -1;
	const struct many m = { "plans",
				WORKER_SPAWN,
				{ SPAWN_PLAN_LOAD, 0, &q, sizeof(q), &fd, 1 },
				-EDQUOT,
				"plan.full" };

	many_of(&m, &q.t, 2 * FEW);
}

static void many_cgroups(void)
{
	struct spawn_cgroup_make q = { .t = a.t, .plan = a.plan, .workload = 100 };
	const struct many m = { "cgroups",
				WORKER_SPAWN,
				{ SPAWN_CGROUP_MAKE, 0, &q, sizeof(q), NULL, 0 },
				-EDQUOT,
				"cgroup.full" };

	too_many(&m, tries, 2 * FEW);
	q = (struct spawn_cgroup_make){ .t = b.t, .plan = b.plan, .workload = 100 };
	one_more(&m, m.why);
}

static void many_nets(void)
{
	struct netd_assign q = { .t = a.t };
	const struct many m = { "networks",
				WORKER_NETD,
				{ NETD_ASSIGN, 0, &q, sizeof(q), NULL, 0 },
				-EDQUOT,
				"netd.tenant" };

	many_of(&m, &q.t, 2 * FEW);
}

static void many_builds(void)
{
	const struct many m = { "images on their way",
				WORKER_VOLUMED,
				{ .op = VOLUMED_IMAGE_BEGIN },
				-EBUSY,
				"volumed.begin" };

	too_many(&m, SOME, 4);
}

/* Given up by volumed, each with its builder left: it waits for an archive for an hour. */
static void many_builders(void)
{
	const struct frame_out begin = { .op = VOLUMED_IMAGE_BEGIN };
	struct spawn_mkimage m = { { 0, 0 } };
	struct volumed_slot own;
	const struct frame_out abort = { VOLUMED_IMAGE_ABORT, 0, &own, sizeof(own), NULL, 0 };
	const struct frame_out make = { SPAWN_MKIMAGE, 0, &m, sizeof(m), NULL, 0 };
	static struct reply r[SOME]; /* hold the builders' pipes */
	struct reply other;
	uint32_t done = 0, wrong = 0;

	for (uint32_t i = 0; i < SOME; i++) {
		int rc = world_ask(&w, WORKER_VOLUMED, &begin, &other);

		m.file = other.slot;
		own.s = (struct slot){ (uint32_t)other.value[0], (uint32_t)other.value[1] };
		rc = rc < 0 ? rc : world_ask(&w, WORKER_SPAWN, &make, &r[i]);
		wrong += rc < 0 && (rc != -EDQUOT || strcmp(r[i].fault.site, "helper.full"));
		done += rc >= 0;
		if (rc < 0) /* a file that no builder got goes by its grip */
			DROP(slot_op(&w, SPAWN_GRIP_DROP, (struct tenant_ref){ 0, 0 }, m.file,
				     &other));
		DROP(world_ask(&w, WORKER_VOLUMED, &abort, &other));
	}
	tap(&w, wrong == 0 && done > 0 && done <= 4, "builders of images given up",
	    "no more than 4 are left, the rest EDQUOT at helper.full");
	for (uint32_t i = 0; i < SOME; i++)
		reply_fini(&r[i]);
}

void many(uint32_t each)
{
	tries = each;
	reload(&(struct rules){
		.ceiling = "ceiling.wide", .workloads = SOME, .tenant_workloads = FEW });
	many_plans();
	many_cgroups();
	many_nets();
	many_builders();
	many_builds();
}
