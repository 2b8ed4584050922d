/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine.c - a taken-over engine: everything that security-model.md 3.5 lists, tried on the real
 * servers. Each try twice: as written, which is refused with this very errno and is in the acts
 * journal with it, and with the right tenant, which works.
 *
 * usage: evil-engine SEED COUNT TRIES PROGRAMS-DIR DIR PLANS-DIR "VERSION CONTROLLERS
 * CGROUP-DIR"... Runs in: the host tests, as root with the engine's effective id. Prints TAP.
 */
#include "tests/host/evil/tries.h"

#include "lib/base/fd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct world w;
struct side a = { .name = "a" }, b = { .name = "b" };

/* Is it the answer that is wanted, and in the journal with that code? */
void said(const char *why, uint16_t op, const struct reply *r, int rc, const struct answer *want)
{
	char what[128];
	bool good = rc == want->code && strcmp(r->fault.site, want->site) == 0;

	if (!good)
		printf("# %s: %d, %s: %s\n", why, rc, r->fault.site, r->fault.msg);
	if (want->code < 0)
		(void)snprintf(what, sizeof(what), "refused: %s, %s, and noted",
			       strerrorname_np(-want->code), want->site);
	else
		(void)snprintf(what, sizeof(what), "done and noted, as the control");
	tap(&w, world_noted(&w, want->by ? want->by : WORKER_SPAWN, op, rc, want->t) && good, why,
	    what);
}

/* ---- starts: one field of A's is B's ---- */

#define AT(field) offsetof(struct spawn_start, field), sizeof(((struct spawn_start *)0)->field)
static const struct swap {
	const char *why;
	size_t at, size;
	int code;
	const char *site;
} swaps[] = {
	{ "B's cgroup in A's start", AT(cgroup), -EPERM, "cgroup.slot" },
	{ "B's plan in A's start", AT(plan), -EPERM, "plan.slot" },
	{ "B's network in A's start", AT(net), -EPERM, "grip.slot" },
	{ "B's log in A's start", AT(log), -EPERM, "grip.slot" },
	{ "B's image in A's start", AT(image[0]), -EPERM, "grip.slot" },
	{ "B's name on A's start", AT(t), -EPERM, "plan.slot" },
};

static void try_run(const char *why, const struct spawn_start *q, int code, const char *site)
{
	struct reply r;
	int rc;

	world_skip(&w);
	rc = run_it(&w, q, &r);
	said(why, SPAWN_RUN, &r, rc, &(struct answer){ code, site, &q->t, 0 });
}

static void starts(void)
{
	for (size_t i = 0; i < ARRAY_LEN(swaps); i++) {
		const struct swap *s = &swaps[i];
		struct spawn_start q = start_of(&a, true), other = start_of(&b, true);

		memcpy((char *)&q + s->at, (char *)&other + s->at, s->size);
		try_run(s->why, &q, s->code, s->site);
	}
	for (size_t i = 0; i < ARRAY_LEN(swaps) - 1; i++) {
		const struct swap *s = &swaps[i];
		struct spawn_start q = start_of(&a, true);
		struct slot old;

		memcpy(&old, (char *)&q + s->at, sizeof(old));
		old.gen--;
		memcpy((char *)&q + s->at, &old, sizeof(old));
		try_run("A's own, of a generation before", &q, -ESTALE, s->site);
	}
}

/* Kinds, numbers and what else a start is held against. */
static void shapes(void)
{
	struct spawn_start q = start_of(&a, true);

	q.net = a.image;
	try_run("an image as a network", &q, -ESTALE, "start.slot");
	q = start_of(&a, true);
	q.image[0] = a.net;
	try_run("a network as an image", &q, -ESTALE, "start.slot");
	q = start_of(&a, true);
	q.log = a.net;
	try_run("a network as a log", &q, -ESTALE, "start.slot");
	q = start_of(&a, true);
	q.nimage = 0;
	try_run("a plan's image left out", &q, -ESTALE, "start.slot");
	q = start_of(&a, false);
	q.nimage = 1;
	q.image[0] = a.image;
	try_run("an image that the plan does not name", &q, -EINVAL, "start.images");
	q.nimage = START_IMAGES + 1;
	try_run("more images than a start has", &q, -EINVAL, "start.images");
	q = start_of(&a, false);
	q.net = a.its_net;
	try_run("a network that a workload is in", &q, -EBUSY, "start.net");
	q = start_of(&a, false);
	q.cgroup = a.its_cgroup;
	q.workload = N_RUNNING;
	try_run("a cgroup that a workload is in", &q, -EBUSY, "start.cgroup");
	q = start_of(&a, false);
	q.workload = N_RUNNING;
	try_run("another workload's number", &q, -ESTALE, "start.slot");
	q = start_of(&a, false);
	q.net = b.running;
	q.flags |= START_NET_OF;
	try_run("into the network of B's workload", &q, -EPERM, "start.slot");
	q.net = a.running;
	try_run("into the network of A's own workload", &q, 0, "");
	q = start_of(&a, true);
	q.t.gen++;
	try_run("A's objects by the name of its next life", &q, -ESTALE, "registry.gen");
	q = start_of(&a, true);
	try_run("A's objects in A's start", &q, 0, "");
	DROP(side_net(&w, &a, &a.net)); /* what it was run in went with it */
	q = start_of(&b, true);
	try_run("B's objects in B's start", &q, 0, "");
	DROP(side_net(&w, &b, &b.net));
}

/* ---- execs ---- */

static void try_exec(const char *why, const struct spawn_exec *q, int code, const char *site)
{
	struct reply r;
	int rc;

	world_skip(&w);
	rc = exec_it(&w, q, &r);
	said(why, SPAWN_EXEC, &r, rc, &(struct answer){ code, site, &q->t, 0 });
}

void execs(void)
{
	struct spawn_exec q = exec_of(&a);

	q.start = b.running;
	try_exec("exec into B's workload as A", &q, -EPERM, "start.slot");
	q = exec_of(&a);
	q.plan = b.plan;
	try_exec("exec under B's plan", &q, -EPERM, "plan.slot");
	q = exec_of(&a);
	q.plan = a.image_plan;
	try_exec("exec under another plan of A's", &q, -EPERM, "exec.plan");
	q = exec_of(&a);
	q.t = b.t;
	try_exec("exec into A's workload as B", &q, -EPERM, "start.slot");
	q = exec_of(&a);
	q.start.gen--;
	try_exec("exec into a start of before", &q, -ESTALE, "start.slot");
	q = exec_of(&a);
	try_exec("exec into A's workload as A", &q, 0, "");
}

/* ---- what names one slot ---- */

static const struct one {
	const char *why;
	uint16_t op;
	size_t at; /* of the slot in struct side */
	const char *site;
	bool kept; /* with the right tenant too, for later rows */
} ones[] = {
	{ "ready of B's workload", SPAWN_READY, offsetof(struct side, running), "start.slot", 0 },
	{ "kill in B's cgroup", SPAWN_CGROUP_KILL, offsetof(struct side, its_cgroup), "cgroup.slot",
	  1 },
	{ "drop of B's cgroup", SPAWN_CGROUP_DROP, offsetof(struct side, cgroup), "cgroup.slot",
	  1 },
	{ "drop of B's network", SPAWN_GRIP_DROP, offsetof(struct side, net), "grip.slot", 1 },
	{ "drop of B's image", SPAWN_GRIP_DROP, offsetof(struct side, image), "grip.slot", 1 },
	{ "drop of B's log", SPAWN_GRIP_DROP, offsetof(struct side, log), "grip.slot", 1 },
	{ "drop of B's plan", SPAWN_PLAN_DROP, offsetof(struct side, image_plan), "plan.slot", 1 },
};

static void try_one(const struct one *o, struct tenant_ref t, const struct side *whose, int code)
{
	const char *site = code ? o->site : "";
	AUTO(reply_fini) struct reply r;
	struct slot s;
	int rc;

	memcpy(&s, (const char *)whose + o->at, sizeof(s));
	world_skip(&w);
	rc = slot_op(&w, o->op, t, s, &r);
	said(o->why, o->op, &r, rc, &(struct answer){ code, site, &t, 0 });
}

static void others(void)
{
	for (size_t i = 0; i < ARRAY_LEN(ones); i++) {
		try_one(&ones[i], a.t, &b, -EPERM);
		if (!ones[i].kept)
			try_one(&ones[i], b.t, &b, 0);
	}
}

static void owners(void)
{
	for (size_t i = 0; i < ARRAY_LEN(ones); i++)
		if (ones[i].kept)
			try_one(&ones[i], b.t, &b, 0);
	tap(&w, world_ended(&w, b.running), "kill in B's cgroup", "by B ends what ran in it");
}

/* ---- the rest that takes a tenant and a slot ---- */

static void try_ask(const char *why, const struct frame_out *o, const struct answer *want)
{
	AUTO(reply_fini) struct reply r;
	int rc;

	world_skip(&w);
	rc = world_ask(&w, want->by ? want->by : WORKER_SPAWN, o, &r);
	said(why, o->op, &r, rc, want);
}

static void try_signal(const char *why, struct tenant_ref t, uint32_t number, int code,
		       const char *site)
{
	const struct spawn_signal q = { .t = t, .s = b.running, .signal = number };

	try_ask(why, &(struct frame_out){ SPAWN_SIGNAL, 0, &q, sizeof(q), NULL, 0 },
		&(struct answer){ code, site, &q.t, 0 });
}

static void try_limits(const char *why, const struct spawn_cgroup_limits *q, int code,
		       const char *site)
{
	try_ask(why, &(struct frame_out){ SPAWN_CGROUP_LIMITS, 0, q, sizeof(*q), NULL, 0 },
		&(struct answer){ code, site, &q->t, 0 });
}

static void try_cgroup(const char *why, struct slot plan, int code, const char *site)
{
	const struct spawn_cgroup_make q = { .t = a.t, .plan = plan, .workload = N_MORE };

	try_ask(why, &(struct frame_out){ SPAWN_CGROUP_MAKE, 0, &q, sizeof(q), NULL, 0 },
		&(struct answer){ code, site, &a.t, 0 });
}

static void mixed(void)
{
	struct spawn_cgroup_limits l = { a.t, b.its_cgroup, a.plan };

	try_signal("a signal to B's workload as A", a.t, 10, -EPERM, "start.slot");
	try_signal("SIGKILL past B's init", b.t, 9, -EINVAL, "start.signal");
	try_signal("a signal to B's workload as B", b.t, 28, 0, "");
	try_limits("limits on B's cgroup as A", &l, -EPERM, "cgroup.slot");
	l = (struct spawn_cgroup_limits){ a.t, a.its_cgroup, b.plan };
	try_limits("limits of B's plan", &l, -EPERM, "plan.slot");
	l.plan = a.plan;
	try_limits("limits of A's plan on A's cgroup", &l, 0, "");
	try_cgroup("a cgroup under B's plan", b.plan, -EPERM, "plan.slot");
	try_cgroup("a cgroup under A's plan", a.plan, 0, "");
}

int main(int argc, char **argv)
{
	const struct rules first = { .ceiling = "ceiling.wide" };
	uint64_t seed, count;

	if (argc < 8) {
		(void)fprintf(stderr,
			      "usage: evil-engine SEED COUNT TRIES PROGRAMS-DIR DIR PLANS-DIR "
			      "\"VERSION CONTROLLERS CGROUP-DIR\"...\n");
		return 2;
	}
	seed = strtoull(argv[1], NULL, 10);
	count = strtoull(argv[2], NULL, 10);
	if (world_open(&w, argv + 3, &first) < 0 || image_make(&w, w.image) < 0 ||
	    side_make(&w, &a, "a", 1, w.image) < 0 || side_make(&w, &b, "b", 2, w.image) < 0) {
		printf("not ok 1 evil.engine two tenants with all that a start takes\n1..1\n");
		return 1;
	}
	w.image_of_b = fd_take(&w.held); /* the last that was offered */
	starts();
	shapes();
	execs();
	others();
	mixed();
	foreign();
	fuzz(seed, count);
	offers();
	decided();
	owners();
	many((uint32_t)strtoul(argv[3], NULL, 10));
	not_the_engines();
	world_close(&w);
	printf("1..%d\n", w.tests);
	return w.bad != 0;
}
