/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limits.h - what changes between two plans of a workload, and limits changed while it runs.
 */
#ifndef CLOISTER_LIMITS_H
#define CLOISTER_LIMITS_H

#include "supervisor/engine/workloads.h"

struct plan_item;

/* plan_compare(): how a running workload gets from one plan to another. */
enum plan_change {
	PLAN_SAME_RUN = 0, /* nothing of what runs changes: lines of a file moved      */
	PLAN_LIVE,	   /* limits that the kernel or the engine can change: no start */
	PLAN_RESTART,
};

/*
 * Pure: both are plans that plan_read() accepted, of n bytes each. Says in text what changes, for
 * people: "memory 64MiB -> 128MiB, stop 10s -> 5s", or what a restart is for.
 */
struct plan_bytes {
	const void *p;
	size_t n;
};
enum plan_change plan_compare(struct plan_bytes old, struct plan_bytes new, char *text, size_t cap);

/* The same for plans by their hash; PLAN_RESTART where one is not there any more. */
enum plan_change limits_compare(struct engine *e, const uint8_t old[DIGEST_LEN],
				const uint8_t new[DIGEST_LEN], char *text, size_t cap);

/*
 * Gives the running workload w the limits of a plan that limits_compare() called PLAN_LIVE or
 * PLAN_SAME_RUN, and that plan with it. fn hears NULL, or what refused: then nothing has changed.
 */
struct limits_done {
	void (*fn)(struct engine *e, uint64_t arg, const struct fault *f);
	uint64_t arg;
};
void limits_busy(struct fault *f); /* says what EBUSY of the kernel means here */
void limits_change(struct engine *e, uint32_t w, const uint8_t plan[DIGEST_LEN],
		   struct limits_done done);

/* A word on what happens where w uses more memory than that plan allows it, else "". */
void limits_note(struct engine *e, uint32_t w, const uint8_t plan[DIGEST_LEN], char *text,
		 size_t cap);

/* A limit's name in the language: "memory". */
const char *knob_name(uint32_t knob);

/* "memory 64MiB -> none": a knob's values, NULL: none. */
void limit_change_text(uint32_t knob, const uint64_t old[2], const uint64_t new[2], char *dst,
		       size_t cap);

#endif
