/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_check.h - re-checks every byte of a plan before root acts on it (profiles-audit B.2, I3).
 */
#ifndef CLOISTER_PLAN_CHECK_H
#define CLOISTER_PLAN_CHECK_H

#include "lib/base/fault.h"

/*
 * Pure: no allocation, no system call, O(size). Returns 0 for a plan that keeps every hard
 * invariant; > 0 an enum plan_fault (f names the rule and the byte offset); -EINVAL for a NULL
 * argument.
 */
int plan_check(const void *plan, size_t size, struct fault *f) MUST_USE;

#endif
