/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stats.c - figures of live workloads. Runs in: cloister-engine.
 *
 * spawn copies the text of a fixed list of cgroup files into memory and the engine reads it there:
 * root parses none of it. All workloads come in one reading, page by page; who asks while it goes
 * on hears of the next one. It is looked at every few seconds and nothing is watched, so that no
 * tenant can make more of these events than that, and no power over pressure triggers is needed.
 */
#include "supervisor/engine/stats.h"
#include "lib/asks/spawn.h"
#include "supervisor/engine/events.h"
#include "supervisor/engine/figures.h"
#include "supervisor/engine/life.h"
#include "supervisor/engine/peers.h"

#include <errno.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <unistd.h>

enum { WAITERS_MAX = 32, LOOK_US = 5000000, LOOK_SLACK_US = 500000 };

struct waiter {
	void (*fn)(struct engine *e, struct to to, uint64_t arg);
	struct to to;
	uint64_t arg;
	bool next; /* came while a reading went on: the one after it is its */
};

/* Of one life of a workload row. */
struct of_row {
	uint64_t started;
	struct figures fig;
	uint32_t pressed; /* bits of enum psi: told to be high, not yet to be low again */
};

static struct {
	struct of_row row[WORKLOAD_ROWS];
	struct waiter waiter[WAITERS_MAX];
	sd_event_source *look;
	bool reading;
} stats;

const struct figures *stats_figures(uint32_t w)
{
	return &stats.row[w].fig;
}

static void begin(struct engine *e);

static void finish(struct engine *e)
{
	struct waiter due[WAITERS_MAX];
	bool again = false;

	memcpy(due, stats.waiter, sizeof(due));
	stats.reading = false;
	for (size_t i = 0; i < WAITERS_MAX; i++) {
		struct waiter *w = &stats.waiter[i];

		again |= w->fn && w->next;
		if (!w->next)
			w->fn = NULL;
		w->next = false;
	}
	if (again)
		begin(e);
	for (size_t i = 0; i < WAITERS_MAX; i++)
		if (due[i].fn && !due[i].next)
			due[i].fn(e, due[i].to, due[i].arg);
}

static void tell_pressure(struct engine *e, uint32_t w)
{
	struct of_row *l = &stats.row[w];

	for (enum psi p = 0; p < PSI__COUNT; p++) {
		bool was = l->pressed & 1u << p, is;

		is = l->fig.has_psi & 1u << p && psi_is_high(p, l->fig.some10[p], was);
		if (is != was)
			event_workload(e, w, EVENT_PRESSURE, "%s: waits %s, %u.%02u %% of 10 s",
				       psi_name(p), is ? "much" : "no more", l->fig.some10[p] / 100,
				       l->fig.some10[p] % 100);
		l->pressed = (l->pressed & ~(1u << p)) | (uint32_t)is << p;
	}
}

static void take(struct engine *e, const struct spawn_figure *row)
{
	for (uint32_t w = 0; w < WORKLOAD_ROWS; w++) {
		const struct workload_row *have = &e->table->workload[w];
		struct of_row *l = &stats.row[w];
		uint64_t before;

		if (!workload_used(e, w) || !(have->have & STEP_BIT(STEP_START)) ||
		    have->cgroup.n != row->cgroup.n || have->cgroup.gen != row->cgroup.gen)
			continue;
		if (l->started != have->started_boot)
			*l = (struct of_row){ .started = have->started_boot };
		before = l->fig.oom_kills;
		figures_read(row, &l->fig);
		if (l->fig.oom_kills > before)
			event_workload(e, w, EVENT_OOM, "%llu killed for memory, it goes on",
				       (unsigned long long)(l->fig.oom_kills - before));
		tell_pressure(e, w);
		return;
	}
}

static void ask_page(struct engine *e, uint32_t first);

static void on_page(struct engine *e, uint64_t arg, struct reply *r)
{
	struct spawn_figure row;

	(void)arg;
	if (r->code < 0 || r->nfds != 1) {
		finish(e);
		return;
	}
	for (uint64_t i = 0; i < r->value[0] && i < FIGURES_PAGE; i++) {
		if (pread(r->fd[0], &row, sizeof(row), (off_t)(i * sizeof(row))) !=
		    (ssize_t)sizeof(row))
			break;
		for (size_t n = 0; n < FIGURE__COUNT; n++)
			row.text[n][FIGURE_BYTES - 1] = '\0';
		take(e, &row);
	}
	/* only upwards: it ends */
	if (r->value[1] > arg)
		ask_page(e, (uint32_t)r->value[1]);
	else
		finish(e);
}

static void ask_page(struct engine *e, uint32_t first)
{
	struct spawn_figures q = { .first = first };

	PEERS_ASK(e, WORKER_SPAWN, SPAWN_FIGURES, &q, -1, ((struct answer){ on_page, first }));
}

static void begin(struct engine *e)
{
	stats.reading = true;
	ask_page(e, 0);
}

void stats_then(struct engine *e, struct to to, uint64_t arg,
		void (*fn)(struct engine *e, struct to to, uint64_t arg))
{
	struct waiter *w = stats.waiter;

	while (w < stats.waiter + WAITERS_MAX && w->fn)
		w++;
	if (w == stats.waiter + WAITERS_MAX || !peers_has(e, WORKER_SPAWN)) {
		fn(e, to, arg);
		return;
	}
	*w = (struct waiter){ fn, to, arg, stats.reading };
	if (!stats.reading)
		begin(e);
}

static int on_look(sd_event_source *s, uint64_t usec, void *data)
{
	struct engine *e = data;
	bool any = false;

	(void)usec;
	for (uint32_t w = 0; w < WORKLOAD_ROWS && !any; w++)
		any = workload_used(e, w) && e->table->workload[w].have & STEP_BIT(STEP_START);
	if (any && !stats.reading && peers_has(e, WORKER_SPAWN))
		begin(e);
	if (sd_event_source_set_time_relative(s, LOOK_US) < 0 ||
	    sd_event_source_set_enabled(s, SD_EVENT_ONESHOT) < 0)
		return -ENOMEM;
	return 0;
}

int stats_open(struct engine *e, struct fault *f)
{
	if (sd_event_add_time_relative(e->loop, &stats.look, CLOCK_MONOTONIC, LOOK_US,
				       LOOK_SLACK_US, on_look, e) < 0)
		return fault_set(f, -ENOMEM, "engine.stats", "arming a timer");
	return 0;
}
