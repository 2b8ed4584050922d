/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_make.h - a valid plan in memory, for tests that flip one thing in it. Test code: allocates.
 */
#ifndef CLOISTER_PLAN_MAKE_H
#define CLOISTER_PLAN_MAKE_H

#include "lib/plan/plan.h"

enum {
	MADE_SLACK = 64,  /* zero bytes behind a made plan, for tests that lengthen it */
	MADE_SPARE = 700, /* unused bytes at the end of STRINGS, for texts put in later */

	/* rows of the default plan */
	MADE_USR = 0, /* MOUNT: image */
	MADE_SITE,
	MADE_DEV,
	MADE_SHM,
	MADE_MQUEUE,
	MADE_TMP,
	MADE_PROC,
};

struct plan_maker {
	struct {
		uint8_t *p;
		size_t len, count;
	} sec[PLAN__COUNT];
};

/* Fills in a whole plan: image mounts, devices, tmpfs, proc, a short filter, two ports. */
void plan_make_init(struct plan_maker *m);
void plan_make_fini(struct plan_maker *m);

/* Appends a text to STRINGS. */
struct plan_str plan_make_str(struct plan_maker *m, const char *text);

/* Appends a row; size is the section's stride. */
void plan_make_add(struct plan_maker *m, enum plan_section s, const void *row, size_t size);

/* Drops all rows of a section. */
void plan_make_clear(struct plan_maker *m, enum plan_section s);

/* Lays the plan out, fills EXPECT, hashes. The caller frees. */
uint8_t *plan_make_done(struct plan_maker *m, size_t *ret_size);

/* The default plan in one call. */
uint8_t *plan_make(size_t *ret_size);

/* The same without its hash: for those who change it first. */
uint8_t *plan_make_bare(size_t *ret_size);

/* Row i of a made plan, to be changed. */
void *plan_make_row(uint8_t *plan, enum plan_section s, size_t i);

/* After a change: the hash again. */
void plan_make_rehash(uint8_t *plan, size_t size);

/* Points *ref at text, put into the spare bytes of STRINGS. */
void plan_make_text(uint8_t *plan, struct plan_str *ref, const char *text, size_t len);

#endif
