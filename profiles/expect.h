/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expect.h - the EXPECT section, derived from the other sections once, when the plan is made.
 */
#ifndef CLOISTER_EXPECT_H
#define CLOISTER_EXPECT_H

#include "lib/plan/property.h"

/* The expected value of a planned property of a plan that is laid out (hdr.sec filled in, rows in
 * place; EXPECT itself is not read). A limit that the plan does not set is UINT64_MAX. */
uint64_t expect_value(const void *plan, enum property p);

/* Fills the EXPECT rows of a plan that is laid out with property_planned() of them; call it before
 * plan_hash(). */
void expect_fill(void *plan);

#endif
