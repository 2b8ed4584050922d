/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim.c - chance, and one step after the other.
 */
#include "tests/sim/sim.h"

#include "supervisor/engine/peers.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { REGISTRY_FD = 5, CHAOS_STEPS = 1500, LONG = 100000 };

/* splitmix64 */
static uint64_t next(void)
{
	uint64_t z = W->rng += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint32_t rnd(uint32_t n)
{
	return n ? (uint32_t)((next() >> 32) * n >> 32) : 0;
}

bool chance(uint32_t per_mille)
{
	return rnd(1000) < per_mille;
}

/* ---- saying ---- */

void sim_fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)fprintf(stderr, "SEED=%llu step %llu: ", (unsigned long long)W->seed,
		      (unsigned long long)W->step);
	(void)vfprintf(stderr, fmt, ap);
	(void)fputc('\n', stderr);
	va_end(ap);
	exit(1);
}

void sim_trace(const char *fmt, ...)
{
	va_list ap;

	if (!W->trace || W->step < W->trace)
		return;
	va_start(ap, fmt);
	(void)fprintf(stderr, "%llu %llu.%03llu ", (unsigned long long)W->step,
		      (unsigned long long)(W->now / SECONDS),
		      (unsigned long long)(W->now / MS % 1000));
	(void)vfprintf(stderr, fmt, ap);
	(void)fputc('\n', stderr);
	va_end(ap);
}

/* ---- what can happen ---- */

bool worker_lacks(void)
{
	for (uint32_t w = WORKER_SPAWN; w < WORKER__COUNT; w++)
		if (!W->worker[w].edge)
			return true;
	return false;
}

static bool time_passes(void)
{
	uint64_t timer = loop_next(), exits = spawn_next_exit();
	uint64_t at = timer < exits ? timer : exits;

	if (at == NEVER)
		return false;
	if (worker_lacks() && at > W->now + SECONDS) { /* it is back in a matter of seconds */
		W->now += rnd(1000) * MS;
		return true;
	}
	if (at > W->now)
		W->now = at;
	return exits <= W->now && (timer > W->now || chance(500)) ? spawn_exits() : loop_timers();
}

static bool somebody_serves(void)
{
	enum worker w = (enum worker)(WORKER_SPAWN + rnd(3));

	return w == WORKER_SPAWN ? spawn_serve() : worker_serve(w);
}

static bool somebody_is_heard(void)
{
	return wire_deliver((enum worker)(WORKER_SPAWN + rnd(3)));
}

static bool edge_comes(void)
{
	enum worker w = (enum worker)(WORKER_SPAWN + rnd(3));

	if (!worker_lacks())
		return false;
	while (W->worker[w].edge)
		w = w == WORKER_VOLUMED ? WORKER_SPAWN : (enum worker)(w + 1);
	sim_trace("a new edge to worker %u", w);
	W->worker[w].up = true;
	wire_edge(w);
	return true;
}

static bool clients_call(void)
{
	if (W->quiet || !W->listens)
		return false;
	clients_act();
	return true;
}

/* ---- what goes wrong ---- */

static void worker_dies(void)
{
	enum worker w = (enum worker)(WORKER_SPAWN + rnd(3));

	if (!W->worker[w].edge)
		return;
	sim_trace("worker %u dies", w);
	W->happened[T_WORKER]++;
	if (w == WORKER_SPAWN) {
		spawn_die(true);
		volumed_forget();
		return;
	}
	if (w == WORKER_VOLUMED)
		volumed_forget();
	W->worker[w].pid++;
	wire_cut(w);
}

static void policy_changes(void)
{
	sim_trace("another policy");
	W->epoch++;
	W->happened[T_POLICY]++;
	for (uint32_t i = 0; i < SIM_OBJECTS; i++) /* plans_review(): it may allow them still */
		if (W->object[K_PLAN][i].gen && !W->object[K_PLAN][i].orphan && chance(500))
			W->object[K_PLAN][i].epoch = W->epoch;
	W->e->epoch = W->epoch;
	engine_enter();
	recover_policy(W->e);
	engine_leave();
}

static void engine_dies(void)
{
	W->crash_in = 1 + (int32_t)rnd(12); /* acts from now, in whatever it does then */
}

static void disk_fills(void)
{
	W->full = !W->full;
	W->happened[T_FULL]++;
}

static bool trouble(void)
{
	static void (*const kinds[])(void) = { worker_dies, worker_dies, policy_changes,
					       engine_dies, disk_fills };

	if (W->quiet || !chance(100))
		return false;
	kinds[rnd(sizeof(kinds) / sizeof(kinds[0]))]();
	return true;
}

static const struct happening {
	uint32_t weight;
	bool (*fn)(void);
} happenings[] = {
	{ 30, somebody_serves }, { 12, spawn_finish }, { 30, somebody_is_heard },
	{ 10, time_passes },	 { 10, clients_call }, { 3, disk_flush },
	{ 3, edge_comes },	 { 2, trouble },
};

static bool something_happens(void)
{
	uint32_t n = rnd(100);

	for (size_t i = 0; i < sizeof(happenings) / sizeof(happenings[0]); i++) {
		if (n < happenings[i].weight)
			return happenings[i].fn();
		n -= happenings[i].weight;
	}
	return false;
}

bool sim_step(void)
{
	bool did = false;

	W->step++;
	W->acts = 0;
	W->now += rnd(100000);
	if (setjmp(W->crash)) {
		W->now += MS;
		crash_engine();
		return true;
	}
	for (int tries = 0; !did && tries < 40; tries++)
		did = something_happens();
	if (!did) /* nothing is due: nobody would wait for it, but the clock goes on */
		W->now += 100 * MS;
	check_all();
	return did;
}

void sim_steps(uint64_t n)
{
	uint64_t end = W->step + n;

	for (uint32_t round = 1; W->step < end; round++) {
		W->fail = rnd(3) * 40;
		for (uint64_t quiet = W->step + CHAOS_STEPS; W->step < quiet;)
			(void)sim_step();
		if (W->crash_in)
			W->crash_in = 0;
		settle(round % 3 == 0);
	}
}

void sim_begin(uint64_t seed)
{
	size_t size = sizeof(*W) + sizeof(void *);
	int fd;

	W = calloc(1, size);
	if (!W)
		abort();
	W->seed = W->rng = seed;
	W->trace = getenv("SIM_TRACE") ? strtoull(getenv("SIM_TRACE"), NULL, 10) : 0;
	W->now = 1000 * SECONDS;
	W->gen = rnd(1 << 30);
	W->epoch = 1;
	W->pid = 1000;
	W->taking = -1;
	fd = memfd_create("registry", 0);
	if (fd < 0 || dup2(fd, REGISTRY_FD) < 0)
		sim_fail("the registry's descriptor");
	if (fd != REGISTRY_FD)
		(void)close(fd);
	for (fd = 3; fd < SIM_FD; fd++) /* what is opened from here on is the engine's */
		if (fd != REGISTRY_FD && dup2(0, fd) < 0)
			sim_fail("descriptor %d", fd);
	if (close_range(SIM_FD, ~0u, 0) < 0)
		sim_fail("close_range");
	sim_plans();
	for (uint32_t w = WORKER_SPAWN; w < WORKER__COUNT; w++)
		W->worker[w] = (struct worker_state){ .up = true, .fd = -1, .pid = w };
	crash_prepare();
	engine_boot();
}

/* A long history in which something did not happen shows nothing about it. */
void sim_report(void)
{
	static const char *const name[T__COUNT] = { "engines killed", "workers dead",
						    "policies changed", "disks full or not",
						    "times empty" };

	(void)printf("%llu steps, %llu s of made up time, %llu bytes an engine",
		     (unsigned long long)W->step, (unsigned long long)(W->now / SECONDS - 1000),
		     (unsigned long long)crash_bytes());
	for (uint32_t i = 0; i < T__COUNT; i++)
		(void)printf(", %u %s", W->happened[i], name[i]);
	(void)printf("\n");
	for (uint32_t i = 0; i < T__COUNT; i++)
		if (W->step >= LONG && W->happened[i] == 0)
			sim_fail("0 %s", name[i]);
}
