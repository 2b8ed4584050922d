/* SPDX-License-Identifier: Apache-2.0 */
/*
 * harden.h - what each long-lived program does to itself at start: capabilities, limits,
 * descriptors.
 *
 * Safe for the ancestors of workloads (cloisterd, spawn): nothing here passes down for good but
 * what STYLE.md 3 allows. What does (seccomp, Landlock, no_new_privs) is in confine.h.
 */
#ifndef CLOISTER_HARDEN_H
#define CLOISTER_HARDEN_H

#include "lib/base/base.h"
#include "lib/base/fault.h"

#include <stdbool.h>

enum program {
	PROG_NONE = 0,
	PROG_CLOISTERD,
	PROG_ENGINE,
	PROG_SPAWN,
	PROG_NETD,
	PROG_VOLUMED,
	PROG_COMPILE, /* these are started by spawn, which did the rest; they only confine
			 themselves */
	PROG_MKIMAGE,
	PROG_RELAY,
	PROG__COUNT
};

/* Who a program is when its main() begins; `own` counts from the supervisor's own_base (ids.h). */
enum harden_who { WHO_NONE = 0, WHO_ROOT, WHO_OWN };

/*
 * One row per program. Capability sets are words of 1 << CAP_*.
 * permitted - effective: held, but raised only around the one act that needs it.
 * bounding - permitted: for children alone.
 */
struct harden_row {
	const char *name;
	enum harden_who who;
	uint32_t own; /* WHO_OWN: OWN_* of ids.h; its gid is the same number */
	uint64_t effective, permitted, bounding;
	uint32_t securebits;
	bool ancestor;	 /* of workloads: no seccomp, Landlock, no_new_privs; hard limits stay */
	uint32_t nofile; /* RLIMIT_NOFILE */
};

extern const struct harden_row harden_table[PROG__COUNT];

/*
 * First act of a program: not dumpable, umask 077, own session, default signal dispositions and an
 * empty mask, stated rlimits, and every descriptor from `first_free` on closed. A limit that cannot
 * be raised (no CAP_SYS_RESOURCE) stays at what there is. Returns 0 or a fault.
 */
int harden_common(enum program p, unsigned first_free, struct fault *f) MUST_USE;

/*
 * Bounding set, securebits, ambient, permitted and effective sets as the program's row says, read
 * back and compared. A program that was started without a right that its row keeps is a fault, as
 * is one that still has any other. Returns 0 or a fault; the caller must exit then.
 */
int harden_caps(enum program p, struct fault *f) MUST_USE;

/*
 * In a child of cloisterd, before exec: takes the row's uid and gid (own_base + own, or root) with
 * no supplementary group, and for WHO_OWN leaves no capability in any set, the bounding set
 * included. Returns 0 or a fault.
 */
int harden_become(enum program p, uint32_t own_base, struct fault *f) MUST_USE;

/* Raises (on) or lowers capabilities that are permitted to the caller. Returns 0 or a fault. */
int harden_raise(uint64_t caps, bool on, struct fault *f) MUST_USE;

#endif
