/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crash.c - the engine dies and a new one begins. All that is in the program's data and bss is put
 * back to what it was before the first engine: the engine has no other memory.
 */
#include "tests/sim/sim.h"

#include "lib/base/clock.h"
#include "supervisor/engine/events.h"
#include "supervisor/engine/images.h"
#include "supervisor/engine/life.h"
#include "supervisor/engine/peers.h"
#include "supervisor/engine/plans.h"
#include "supervisor/engine/store.h"
#include "supervisor/engine/waits.h"

#include <linux/close_range.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern uint64_t __data_start[], _end[];

struct world *W;
static struct images no_images;

/* Where the sanitizer looks at what is read and written, the gaps between variables are none of
 * anybody's: they are copied with the rest, word by word, so that no memcpy() complains. */
__attribute__((no_sanitize("address", "undefined"))) static void copy(volatile uint64_t *to,
								      const volatile uint64_t *from)
{
	for (size_t i = 0, n = (size_t)(_end - __data_start); i < n; i++)
		if (to[i] != from[i])
			to[i] = from[i];
}

uint64_t crash_bytes(void)
{
	return (uint64_t)(_end - __data_start) * sizeof(uint64_t);
}

static uint64_t **pristine(void)
{
	return (uint64_t **)(void *)(W + 1); /* behind the world: not in what is put back */
}

void crash_prepare(void)
{
	*pristine() = malloc(crash_bytes());
	if (!*pristine())
		sim_fail("no memory");
	copy(*pristine(), __data_start);
}

void engine_boot(void)
{
	static struct engine app;
	struct fault f;
	struct engine *e = &app;

	W->e = e;
	e->started = clock_real_ns();
	e->readers = e->operators = GID_NONE;
	e->may = UINT64_MAX;
	e->index_max = SIM_INDEXES - 1;
	e->max_workloads = 64;
	e->epoch = W->epoch;
	e->first_number = 1;
	e->images = &no_images;
	if (table_open(e, &f) < 0 || plans_open(e, &f) < 0 || life_open(e, &f) < 0 ||
	    waits_open(e, &f) < 0 || events_open(e, &f) < 0 || peers_open(e, &f) < 0 ||
	    store_open(e, 7, &f) < 0)
		sim_fail("%s", f.msg);
	for (uint32_t w = WORKER_SPAWN; w < WORKER__COUNT; w++)
		if (W->worker[w].up && (W->quiet || chance(900)))
			wire_edge((enum worker)w);
	wire_run();
}

void crash_engine(void)
{
	sim_trace("the engine is killed");
	W->inside = W->listens = false;
	W->crash_in = 0;
	W->taking = -1;
	W->happened[T_KILLED]++;
	if (close_range(SIM_FD, ~0u, 0) < 0)
		sim_fail("close_range");
	copy(__data_start, *pristine());
	for (uint32_t w = WORKER_SPAWN; w < WORKER__COUNT; w++) {
		wire_cut((enum worker)w);
		W->worker[w].fd = -1;
		W->worker[w].eof = false;
		W->worker[w].nout = 0;
	}
	clients_forget();
	check_forget();
	engine_boot();
}
