/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter.h - from syscall facts to the bytes of a seccomp filter (launch.md 4.1).
 *
 * The answer of a filter, first line that fits:
 *   foreign architecture, x32 number               kill
 *   number that systab does not know               ENOSYS
 *   a startup call (A.10)                          ask init; exec is one without its feature
 *   a clause fits and no row of the hard list does allow
 *   socket family that no clause opens             EAFNOSUPPORT
 *   row of the hard list                           the row's errno
 *   argument of ioctl that no clause opens         ENOTTY
 *   openat2 without a clause                       ENOSYS
 *   anything else                                  EPERM, with MISSING_KILL: kill
 */
#ifndef CLOISTER_FILTER_H
#define CLOISTER_FILTER_H

#include "lib/base/fault.h"
#include "lib/plan/plan.h"

#include <linux/filter.h>

struct filter_ask {
	const struct plan_sysrule *rules; /* sorted by nr, then clause */
	size_t count;
	uint64_t features; /* FEAT_BIT()s that are on */
	uint32_t missing;  /* enum plan_missing       */
	uint32_t zero;
};

/*
 * Builds the filter into out (cap instructions, PLAN_BPF_MAX is always enough to be asked) and
 * proves the bytes against the rules before it returns. The floor of profiles-audit A.9, execve and
 * execveat are added to the rules. Same input, same bytes, on every kernel.
 * Returns 0; -EINVAL a rule that is not well-formed or too many for one call; -E2BIG the filter is
 * too long; -EBADMSG the bytes do not do what the rules say (our bug, never ignored); -ENOMEM.
 */
int filter_build(const struct filter_ask *ask, struct sock_filter *out, size_t cap, size_t *ret_n,
		 struct fault *f) MUST_USE;

struct filters; /* lower.h */

/* filter_build() into PLAN_BPF_MAX instructions, or the same as an earlier one for the same ask. k
 * NULL: nothing is kept. */
int filters_build(struct filters *k, const struct filter_ask *ask, struct sock_filter *out,
		  size_t *ret_n, struct fault *f) MUST_USE;

/* What the filter for ask must answer to one call: the SECCOMP_RET_* value. Pure; the judge that
 * filter_build() and the static tests of profiles use. */
uint32_t filter_want(const struct filter_ask *ask, uint32_t arch, uint32_t nr,
		     const uint64_t args[6]);

/* Is nr in the floor: allowed by every filter, named or not? */
int filter_is_floor(unsigned nr);

#endif
