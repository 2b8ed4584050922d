/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.h - what the files of plan_check share.
 */
#ifndef CLOISTER_PLAN_CHECK_PARTS_H
#define CLOISTER_PLAN_CHECK_PARTS_H

#include "lib/plan/plan_check.h"

struct check {
	const uint8_t *p;
	size_t size;
	const struct plan_hdr *h;
	struct fault *f;
	uint16_t flags; /* what may be there; CEILING_FORM must be */
};

/* Records the rule and the byte offset of what broke it; returns k. */
int check_bad(struct check *c, enum plan_fault k, const void *at);

/* The record of a section that every plan has once. */
const void *check_only(const struct check *c, enum plan_section s);

/* A canonical path; dir: a trailing / and "/" itself are allowed. All strings are checked before
 * the rows that refer to them. */
int check_path(struct check *c, const struct plan_str *s, int dir);

/* The features that are on. */
uint64_t check_features_on(const struct check *c);

/* One file each. 0 or an enum plan_fault; sections and their counts are right already. */
int check_rows(struct check *c);   /* plan_rows.c: identity, namespaces, limits, environment ... */
int check_mounts(struct check *c); /* plan_mounts.c                                              */
int check_access(struct check *c); /* plan_access.c: Landlock, network                           */
int check_filter(struct check *c); /* plan_filter.c                                              */

/* plan_filter.c: one program, of the instructions that bpf.h knows. */
int check_program(struct check *c);

#endif
