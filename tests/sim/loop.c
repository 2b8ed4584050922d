/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop.c - sd-event and the clock, made up: the engine's timers are ours to run. The sources lie
 * in the program's data: they die with the engine.
 */
#include "tests/sim/sim.h"

#include "lib/base/clock.h"

#include <errno.h>
#include <systemd/sd-event.h>

enum source_kind { SOURCE_FREE = 0, SOURCE_IO, SOURCE_DEFER, SOURCE_TIME };
enum { SOURCES_MAX = 4096, ACTS_MAX = 20000 };

struct sd_event_source {
	enum source_kind kind;
	int enabled, fd;
	uint64_t usec;
	union {
		sd_event_io_handler_t io;
		sd_event_handler_t defer;
		sd_event_time_handler_t time;
	};
	void *data;
};

static struct sd_event_source sources[SOURCES_MAX];
static uint32_t top; /* sources from here on were never used */

uint64_t clock_boot_ns(void)
{
	return W->now;
}

uint64_t clock_real_ns(void)
{
	return W->now + UINT64_C(1700000000) * SECONDS;
}

/* ---- the engine's side ---- */

static sd_event_source *take(enum source_kind kind, void *data)
{
	uint32_t i = 0;

	while (i < top && sources[i].kind)
		i++;
	if (i == SOURCES_MAX)
		sim_fail("%u event sources are in use", i);
	top += i == top;
	sources[i] = (struct sd_event_source){ .kind = kind, .data = data };
	return &sources[i];
}

/* libsystemd's own parameters, more than ours may have. */
#define ADD_IO                                                                                     \
	sd_event *e, sd_event_source **ret, int fd, uint32_t events, sd_event_io_handler_t fn,     \
		void *data
#define ADD_TIME                                                                                   \
	sd_event *e, sd_event_source **ret, clockid_t clock, uint64_t usec, uint64_t accuracy,     \
		sd_event_time_handler_t fn, void *data

int sd_event_add_io(ADD_IO)
{
	sd_event_source *s = take(SOURCE_IO, data);

	(void)e;
	(void)events;
	s->io = fn;
	s->fd = fd;
	s->enabled = SD_EVENT_ON;
	*ret = s;
	return 0;
}

int sd_event_add_defer(sd_event *e, sd_event_source **ret, sd_event_handler_t fn, void *data)
{
	sd_event_source *s = take(SOURCE_DEFER, data);

	(void)e;
	s->defer = fn;
	s->enabled = SD_EVENT_ONESHOT;
	*ret = s;
	return 0;
}

int sd_event_add_time(ADD_TIME)
{
	sd_event_source *s = take(SOURCE_TIME, data);

	(void)e;
	(void)clock;
	s->time = fn;
	/* somewhere in what the caller leaves open */
	s->usec = usec + rnd((uint32_t)(accuracy ? accuracy : 1));
	s->enabled = SD_EVENT_ONESHOT;
	*ret = s;
	return 0;
}

int sd_event_add_time_relative(ADD_TIME)
{
	return sd_event_add_time(e, ret, clock, W->now / 1000 + usec, accuracy, fn, data);
}

sd_event_source *sd_event_source_unref(sd_event_source *s)
{
	if (s && !s->kind)
		sim_fail("an event source is let go of twice");
	if (s)
		s->kind = SOURCE_FREE;
	return NULL;
}

sd_event_source *sd_event_source_disable_unref(sd_event_source *s)
{
	return sd_event_source_unref(s);
}

int sd_event_source_set_enabled(sd_event_source *s, int enabled)
{
	s->enabled = enabled;
	return 0;
}

int sd_event_exit(sd_event *e, int code)
{
	(void)e;
	if (!worker_lacks() || !W->inside)
		sim_fail("the engine ends itself with %d", code);
	longjmp(W->crash, 1);
}

/* ---- ours ---- */

void engine_enter(void)
{
	if (W->inside)
		sim_fail("the engine is entered while it is busy");
	W->inside = true;
}

void engine_leave(void)
{
	loop_deferred();
	W->inside = false;
}

void engine_act(void)
{
	if (++W->acts > ACTS_MAX)
		sim_fail("%d acts of the engine in one step: it gets nowhere", ACTS_MAX);
	if (W->inside && W->crash_in > 0 && --W->crash_in == 0)
		longjmp(W->crash, 1);
}

uint32_t loop_sources(void)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < top; i++)
		n += sources[i].kind != SOURCE_FREE;
	return n;
}

static struct sd_event_source *earliest(void)
{
	struct sd_event_source *first = NULL;

	for (uint32_t i = 0; i < top; i++)
		if (sources[i].kind == SOURCE_TIME && sources[i].enabled &&
		    (!first || sources[i].usec < first->usec))
			first = &sources[i];
	return first;
}

uint64_t loop_next(void)
{
	const struct sd_event_source *s = earliest();

	return s ? s->usec * 1000 : NEVER;
}

bool loop_timers(void)
{
	struct sd_event_source *s = earliest();

	if (!s || s->usec * 1000 > W->now)
		return false;
	s->enabled = SD_EVENT_OFF;
	engine_enter();
	if (s->time(s, s->usec, s->data) < 0)
		sim_fail("a timer's handler fails");
	engine_leave();
	return true;
}

void loop_deferred(void)
{
	for (uint32_t i = 0; i < top; i++) {
		struct sd_event_source *s = &sources[i];

		if (s->kind != SOURCE_DEFER || !s->enabled)
			continue;
		s->enabled = SD_EVENT_OFF;
		(void)s->defer(s, s->data);
		i = UINT32_MAX; /* from the beginning: it may have made another one ready */
	}
}

bool loop_listens(int fd)
{
	for (uint32_t i = 0; i < top; i++)
		if (sources[i].kind == SOURCE_IO && sources[i].fd == fd)
			return true;
	return false;
}

bool loop_io(int fd)
{
	for (uint32_t i = 0; i < top; i++) {
		struct sd_event_source *s = &sources[i];

		if (s->kind != SOURCE_IO || s->fd != fd)
			continue;
		engine_enter();
		if (s->io(s, fd, 1, s->data) < 0)
			sim_fail("the handler of descriptor %d fails", fd);
		engine_leave();
		return true;
	}
	return false;
}
