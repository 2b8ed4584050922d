/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench.h - what the parts of bench/start share: the kinds of start, samples, places.
 */
#ifndef CLOISTER_BENCH_H
#define CLOISTER_BENCH_H

#include "lib/base/base.h"
#include "lib/base/fault.h"

enum kind {
	KIND_BARE,
	KIND_FLOOR,
	KIND_BWRAP,
	KIND_CRUN,
	KIND_RUNC,
	KIND_RUN,
	KIND_REQUEST,
	KIND__COUNT
};
enum mode { MODE_HOT, MODE_QUIET, MODE__COUNT };
enum { ROUNDS_MAX = 2000, REASON_MAX = 200, START_MS = 20000 /* longer is a hang */ };

/* One start: nanoseconds to the first instruction (0 where it cannot be seen) and to the end. */
struct sample {
	uint64_t first, whole;
};

struct places {
	char bin[256];	 /* our programs                                */
	char first[256]; /* the measured program                        */
	char tmp[64];	 /* bundle, state and supervisor of this run    */
	char sock[128];	 /* control socket of the private supervisor    */
};

struct kind_row {
	const char *name;
	const char *what; /* for the report */
	int (*run)(const struct places *p, struct sample *s, struct fault *f);
};
extern const struct kind_row kinds[KIND__COUNT];

struct results {
	struct sample s[KIND__COUNT][MODE__COUNT][ROUNDS_MAX];
	size_t n[MODE__COUNT];
	char refused[KIND__COUNT][REASON_MAX]; /* why there are no numbers, or empty */
};

/* kinds.c: makes and removes what the kinds need (OCI bundle, private supervisor, image). */
void kinds_open(const struct places *p, struct results *r);
void kinds_close(const struct places *p);

/* proc.c: starts argv and waits; its first line on stderr is the fault's message. */
int proc_run(char *const argv[], struct sample *s, struct fault *f) MUST_USE;

/* request.c: one Run on the control socket, timed from the request to the first instruction. */
int request_run(const struct places *p, struct sample *s, struct fault *f) MUST_USE;

/* report.c: writes the table. Returns 0 or a fault. */
int report_write(const struct results *r, const char *path, struct fault *f) MUST_USE;

uint64_t mono_ns(void); /* CLOCK_MONOTONIC, that of the measured program */

#endif
