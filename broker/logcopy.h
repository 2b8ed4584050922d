/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logcopy.h - a tenant's bytes into a bounded file at a bounded rate (I29).
 *
 * What comes faster than the rate is dropped and counted, and one line says how much, so that a
 * flood costs neither the disk nor the writer's time. The time is handed in: no clock in here.
 */
#ifndef CLOISTER_LOGCOPY_H
#define CLOISTER_LOGCOPY_H

#include "lib/base/base.h"

#include <stdbool.h>

enum {
	LOGCOPY_SIZE_MIN = 8192, /* below it the file is mostly notes */
	LOGCOPY_RATE_MAX = 1 << 30,
};
#define LOGCOPY_SIZE_MAX (UINT64_C(1) << 40)

struct logcopy {
	int out;	    /* O_APPEND regular file, borrowed                    */
	uint64_t rate;	    /* bytes/s, also the burst                            */
	uint64_t size_max;  /* the file never grows beyond                        */
	uint64_t tokens;    /* bytes that may be written now                      */
	uint64_t filled_ns; /* when tokens was true                               */
	uint64_t dropped;   /* bytes not yet told about                           */
	bool mid_line;	    /* the last byte written was not a newline            */
};

/* rate 1 .. LOGCOPY_RATE_MAX, size_max LOGCOPY_SIZE_MIN .. LOGCOPY_SIZE_MAX. The bucket is full. */
void logcopy_init(struct logcopy *l, int out, uint64_t rate, uint64_t size_max, uint64_t now_ns);

/*
 * Writes what the bucket allows of p[0..n) and drops the rest. While bytes are dropped nothing is
 * written until half a second's tokens are there: one note a burst, not one a chunk. A file that
 * cannot be written (disk full) counts as dropping.
 */
void logcopy_take(struct logcopy *l, const uint8_t *p, size_t n, uint64_t now_ns);

/* Milliseconds until logcopy_tick() has something to do, -1 if it has nothing. For poll(). */
int logcopy_wait_ms(const struct logcopy *l, uint64_t now_ns);

/* Writes the note about dropped bytes once the bucket allows it. */
void logcopy_tick(struct logcopy *l, uint64_t now_ns);

/* The input has ended: writes the last note now. */
void logcopy_end(struct logcopy *l);

#endif
