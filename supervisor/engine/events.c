/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events.c - what happens to workloads, as events. Runs in: cloister-engine.
 * Text in them is our own or the kernel's; names are labels.
 */
#include "supervisor/engine/events.h"
#include "lib/base/clock.h"
#include "lib/base/str.h"
#include "supervisor/engine/workloads.h"

#include <stdarg.h>
#include <stdio.h>

static struct ring ring_memory; /* behind engine.events */

int events_open(struct engine *e, struct fault *f)
{
	(void)f;
	e->events = &ring_memory;
	return 0;
}

const struct ring *events_ring(const struct engine *e)
{
	return e->events;
}

__attribute__((format(printf, 3, 0))) static void put(struct engine *e, struct event *ev,
						      const char *fmt, va_list ap)
{
	if (!e->events)
		return;
	ev->real_ns = clock_real_ns();
	(void)vsnprintf(ev->text, sizeof(ev->text), fmt, ap);
	ring_put(e->events, ev);
	events_tell(e);
}

void event_workload(struct engine *e, uint32_t w, enum event_kind kind, const char *fmt, ...)
{
	const struct workload_row *row = &e->table->workload[w];
	struct event ev = { .kind = kind };
	va_list ap;

	(void)str_copy(ev.tenant, sizeof(ev.tenant), e->table->tenant[row->tenant].name);
	(void)str_copy(ev.name, sizeof(ev.name), row->name);
	va_start(ap, fmt);
	put(e, &ev, fmt, ap);
	va_end(ap);
}

void event_host(struct engine *e, enum event_kind kind, const char *fmt, ...)
{
	struct event ev = { .kind = kind };
	va_list ap;

	va_start(ap, fmt);
	put(e, &ev, fmt, ap);
	va_end(ap);
}

void event_exit(struct engine *e, uint32_t w)
{
	const struct exit_row *x = &e->table->workload[w].exit;

	if (x->oom)
		event_workload(e, w, EVENT_OOM, "%u processes were killed for memory", x->oom);
	if (x->signal)
		event_workload(e, w, EVENT_EXIT, "%s, signal %d", reason_name(x->reason),
			       x->signal);
	else if (x->reason == EXIT_LOST)
		event_workload(e, w, EVENT_EXIT, "%s", reason_name(x->reason));
	else
		event_workload(e, w, EVENT_EXIT, "%s, code %d", reason_name(x->reason), x->code);
}
