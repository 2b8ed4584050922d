/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_check.h - re-checks every byte of a plan before root acts on it (profiles-audit B.2, I3).
 */
#ifndef CLOISTER_PLAN_CHECK_H
#define CLOISTER_PLAN_CHECK_H

#include "lib/base/fault.h"
#include "lib/plan/plan.h"

/* plan_hdr.flags by which a test build leaves out layers (sandbox/init.h); refused in any other. */
#define PLAN_F_ABLATE (test_ablate() ? 0xfff0u : 0u)
enum { LL_ABI_MOST = 6 }; /* the last Landlock ABI that a plan is made for */

/* One per rule, in the order of the checks. */
/* clang-format off */
enum plan_fault {
	PF_NONE = 0, PF_SIZE, PF_MAGIC, PF_VERSION, PF_ARCH, PF_SECTIONS, PF_FLAGS, PF_HASH,
	PF_SEC_ALIGN, PF_SEC_RANGE, PF_SEC_OVERLAP, PF_SEC_GAP, PF_SEC_STRIDE, PF_SEC_LEN,
	PF_SEC_COUNT, PF_LATER, PF_PADDING, PF_STR_RANGE, PF_STR_END, PF_STR_NUL, PF_STR_UTF8,
	PF_STR_LONG, PF_PATH, PF_NAME, PF_IDENT, PF_FEATURE_BIT, PF_FEATURE_CEILING,
	PF_FEATURE_NEEDS, PF_FEATURE_EXEC, PF_NS, PF_CAPS, PF_SECUREBITS, PF_NNP, PF_RLIMIT_ROWS,
	PF_RLIMIT_ORDER, PF_RLIMIT_CLOSED, PF_KNOB, PF_KNOB_VALUE, PF_MEMORY, PF_PIDS,
	PF_LISTENER, PF_SECCOMP, PF_BPF_LENGTH, PF_BPF_OPCODE, PF_BPF_FIELD, PF_BPF_LOAD,
	PF_BPF_JUMP, PF_BPF_RETURN, PF_BPF_ACTION, PF_BPF_ARCH, PF_BPF_FOREIGN, PF_BPF_X32,
	PF_BPF_UNKNOWN, PF_HARD_CALL, PF_HARD_VALUE, PF_FEATURE_CALL, PF_FEATURE_VALUE,
	PF_HUGE, PF_SYSRULE, PF_LL_ABI, PF_LL_HANDLED, PF_LL_ACCESS, PF_LL_RULE, PF_MOUNT_KIND,
	PF_MOUNT_FIELD, PF_MOUNT_ORDER, PF_MOUNT_DUP, PF_MOUNT_NEST, PF_MOUNT_TARGET,
	PF_MOUNT_ATTR, PF_MOUNT_NOSUID, PF_MOUNT_NODEV, PF_MOUNT_SIZE, PF_MOUNT_HOST,
	PF_MOUNT_DIGEST, PF_MOUNT_IMAGES, PF_MOUNT_FEATURE, PF_DEVICE, PF_NET_RULE,
	PF_NET_HOST_BITS, PF_NET_FEATURE, PF_LIMIT, PF_ENV_NAME, PF_ENV_DUP, PF_ID, PF_EXEC,
	PF_ARGS, PF_EXPECT_PROPERTY, PF_EXPECT_MISSING, PF_EXPECT_VALUE, PF_PROV, PF__COUNT,
};
/* clang-format on */

/* What each rule refuses, for people. */
extern const char *const plan_fault_text[PF__COUNT];

/*
 * Pure: no allocation, no system call, O(size). Returns 0 for a plan that keeps every hard
 * invariant; > 0 an enum plan_fault (f names the rule and the byte offset); -EINVAL for a NULL
 * argument or a plan that is not aligned to 8 bytes.
 *
 * Beyond what profiles-audit B.2 lists: every mount but tmpfs, devpts and mqueue is read-only;
 * handled Landlock rights and scopes are all of min_landlock_abi; without the feature exec no
 * execve but until the program is ready; without a limit on huge pages no call that asks for them;
 * features that are not built are off.
 */
int plan_check(const void *plan, size_t size, struct fault *f) MUST_USE;

/*
 * The same for a ceiling (plan_within.h): its layout, strings and program, so that
 * plan_within() and the accessors may read it. What its rows say is the operator's matter.
 */
int plan_check_ceiling(const void *ceiling, size_t size, struct fault *f) MUST_USE;

/* SHA-256 of the whole plan with hdr.body_sha256 taken as zero: so any one bit counts. The compiler
 * stores it there last. size >= sizeof(struct plan_hdr). */
void plan_hash(const void *plan, size_t size, uint8_t out[32]);

#endif
