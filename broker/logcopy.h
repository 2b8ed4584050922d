/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logcopy.h - a tenant's bytes into files of a bounded size at a bounded rate (I29).
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
	LOGCOPY_PARTS = 4, /* files of one log */
};
#define LOGCOPY_SIZE_MAX (UINT64_C(1) << 40)

struct logcopy {
	int part[LOGCOPY_PARTS]; /* O_APPEND regular files, borrowed                      */
	uint32_t number;	 /* of the part that is written to: file (number - first) % PARTS */
	uint32_t at;		 /* that file                                          */
	uint64_t rate;		 /* bytes/s, also the burst                            */
	uint64_t size_max;	 /* no file ever grows beyond                          */
	uint64_t tokens;	 /* bytes that may be written now                      */
	uint64_t filled_ns;	 /* when tokens was true                               */
	uint64_t dropped;	 /* bytes not yet told about                           */
	bool mid_line;		 /* the last byte written was not a newline            */
};

/*
 * What a log is made of: part[0] is written on, the others follow in a ring, and each is emptied
 * when its turn comes, the oldest first. number: of part[0]. rate 1 .. LOGCOPY_RATE_MAX, size_max
 * LOGCOPY_SIZE_MIN .. LOGCOPY_SIZE_MAX.
 */
struct logcopy_files {
	int part[LOGCOPY_PARTS];
	uint32_t number;
	uint64_t rate, size_max;
};

/* The bucket is full. */
void logcopy_init(struct logcopy *l, const struct logcopy_files *files, uint64_t now_ns);

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
