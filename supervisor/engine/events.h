/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events.h - what happened lately, in a ring, and who follows it.
 *
 * The ring has a fixed size and never waits: a reader that is slower than what happens misses the
 * oldest and is told how many they were. Not the audit log: it is for watching, and dies with the
 * process.
 */
#ifndef CLOISTER_EVENTS_H
#define CLOISTER_EVENTS_H

#include "supervisor/engine/engine.h"

enum event_kind {
	EVENT_NONE = 0,
	EVENT_START,	/* its processes are there        */
	EVENT_READY,	/* as `set ready` says            */
	EVENT_LATE,	/* a time limit is over: stopped  */
	EVENT_EXIT,	/* it ended: why                  */
	EVENT_FAILED,	/* it could not be started: why   */
	EVENT_BACKOFF,	/* it will be started again: when */
	EVENT_RESTART,	/* it is started again            */
	EVENT_OOM,	/* the kernel killed for memory   */
	EVENT_PRESSURE, /* it waits much for a resource, or does no more */
	EVENT_LIMITS,	/* limits changed while it runs   */
	EVENT_WORKER,	/* a process of the supervisor was started anew */
	EVENT__COUNT
};

enum { EVENTS_MAX = 512, EVENT_TEXT = 160 };

struct event {
	uint64_t seq;	  /* from 1, without holes        */
	uint64_t real_ns; /* CLOCK_REALTIME               */
	uint32_t kind, zero;
	char tenant[LABEL_MAX], name[LABEL_MAX]; /* empty: not of one */
	char text[EVENT_TEXT];			 /* for people */
};

/* ---- the ring; pure ---- */

struct ring {
	uint64_t last; /* number of the newest; 0: none yet */
	struct event at[EVENTS_MAX];
};

/* Keeps *e as the newest; its number is set here. */
void ring_put(struct ring *r, const struct event *e);

/*
 * The event after number *seen: 1, *ret filled and *seen moved to it; 0: there is none yet. What
 * was overwritten before it could be read is counted in *missed, and stepped over.
 */
int ring_next(const struct ring *r, uint64_t *seen, uint64_t *missed, struct event *ret) MUST_USE;

const char *event_name(uint32_t kind);

/* ---- of this process ---- */

int events_open(struct engine *e, struct fault *f) MUST_USE;
const struct ring *events_ring(const struct engine *e);

/* printf text; of workload row w, or of the supervisor itself. */
void event_workload(struct engine *e, uint32_t w, enum event_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void event_host(struct engine *e, enum event_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* w ended: row.exit says how. */
void event_exit(struct engine *e, uint32_t w);

/* stats.c: begins to look every few seconds, for pressure and OOM kills. */
int stats_open(struct engine *e, struct fault *f) MUST_USE;

/* api_events.c: something new is in the ring. */
void events_tell(struct engine *e);

#endif
