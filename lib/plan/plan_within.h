/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_within.h - is a plan within a ceiling, decided from the bytes of both (security-model.md
 * 3.4, I3).
 *
 * A ceiling is laid out like a plan and is never run: header.flags has CEILING_FORM, which
 * plan_check() refuses; plan_check_ceiling() is its own check. Its rows say how far a plan may go:
 *   IDENT      hostname, user, timezone: the values permitted, one a line, empty: any;
 *              ready, missing: bits 1 << value
 *   FEATURES   on: what may be on
 *   RLIMIT CGROUP LIMITMISC   the most; UINT64_MAX or no row: no bound
 *   SECCOMP BPF               a program that allows every call that is permitted
 *   MOUNT      what may stand at a target; source host: name is the path it may reach down from
 *   LLRULE DEVICE NETRULE ENV what may be reached, opened, listened on, set
 *   NS CAPS EXEC              as in a plan; SYSRULE ARG EXPECT PROV bind nothing
 * source_sha256 is that of the ceiling's text, ceiling_sha256 what a plan under it alone carries.
 */
#ifndef CLOISTER_PLAN_WITHIN_H
#define CLOISTER_PLAN_WITHIN_H

#include "lib/base/fault.h"

/* Bits of a ceiling's header.flags, besides PLAN_F_HOST_SOURCE. A domain with its bit has rows and
 * nothing beyond them; without it there is no bound, but source host always needs a row. */
enum ceiling_flag {
	CEILING_FORM = 2,
	CEILING_PATHS = 4,
	CEILING_MOUNTS = 8,
	CEILING_NET = 16,
	CEILING_ENV = 32,
	CEILING_ALL = 63, /* with PLAN_F_HOST_SOURCE */
};

/* One for each row that can widen; 0: within. */
enum within {
	WITHIN = 0,
	WIDER_CEILING, /* these bytes are no ceiling                     */
	WIDER_HEADER,
	WIDER_LATER, /* a section that this version does not compare   */
	WIDER_IDENT,
	WIDER_FEATURE,
	WIDER_NS,
	WIDER_CAPS,
	WIDER_RLIMIT,
	WIDER_KNOB,
	WIDER_LIMIT,
	WIDER_PATH,
	WIDER_PORT,
	WIDER_MOUNT,
	WIDER_DEVICE,
	WIDER_NET,
	WIDER_ENV,
	WIDER_EXEC,
	WITHIN__COUNT
};

/*
 * Pure, no allocation. plan passed plan_check(); n, cn: their sizes. Compares every section but the
 * filter, which is the exact decider's (profiles/decide.h). What it does not understand is not
 * within. Returns 0, or > 0 an enum within, and f says which row.
 */
int plan_within(const void *plan, size_t n, const void *ceiling, size_t cn,
		struct fault *f) MUST_USE;

#endif
