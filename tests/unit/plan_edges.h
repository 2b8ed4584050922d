/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_edges.h - each limit of plan_check from its good side, and where it is near the first value
 * past it; rows of test_plan_check.c.
 */
#ifndef CLOISTER_PLAN_EDGES_H
#define CLOISTER_PLAN_EDGES_H

#include "tests/unit/plan_patches.h"

/* clang-format off */
static const struct patch plan_edges[] = {
	{ "weight 1",          0, R(PLAN_CGROUP, 3, plan_cgroup, v[0]), SET, 1 },
	{ "weight 10000",      0, R(PLAN_CGROUP, 3, plan_cgroup, v[0]), SET, 10000 },
	{ "shortest period",   0, R(PLAN_CGROUP, 2, plan_cgroup, v[1]), SET, 1000 },
	{ "longest period",    0, R(PLAN_CGROUP, 2, plan_cgroup, v[1]), SET, 1000000 },
	{ "least quota",       0, R(PLAN_CGROUP, 2, plan_cgroup, v[0]), SET, 1000 },
	{ "last io knob",      PF_LATER, R(PLAN_CGROUP, 4, plan_cgroup, knob), SET, KNOB_IO_WIOPS },
	{ "uid 64999",         0, R(PLAN_EXEC, 0, plan_exec, uid), SET, ID_PLAN_MAX },
	{ "gid 64999",         0, R(PLAN_EXEC, 0, plan_exec, gid), SET, ID_PLAN_MAX },
	{ "umask 0777",        0, R(PLAN_EXEC, 0, plan_exec, umask), SET, 0777 },
	{ "expected text",     0, R(PLAN_EXPECT, 0, plan_expect, kind), SET, 1 },
	{ "origin: last row",  0, R(PLAN_PROV, 0, plan_prov, index), SET, MADE_PROC },
	{ "origin: one more",  PF_PROV, R(PLAN_PROV, 0, plan_prov, index), SET, MADE_PROC + 1 },
	{ "port 65535",        0, R(PLAN_LLRULE, 2, plan_llrule, port), SET, 65535 },
	{ "prefix 32",         0, R(PLAN_NETRULE, 1, plan_netrule, prefix), SET, 32 },
	{ "one port",          0, R(PLAN_NETRULE, 1, plan_netrule, port_hi), SET, 8080 },
	{ "mode 01777",        0, M(MADE_TMP, mode), SET, 01777 },
	{ "last number known",  0, INSN(8, k), SET, 468 },
	{ "least size",        0, M(MADE_TMP, size), SET, 4096 },
	{ "size below a page", PF_MOUNT_SIZE, M(MADE_TMP, size), SET, 4095 },
	{ "largest size",      0, M(MADE_TMP, size), SET, INT64_MAX },
	{ "size past it",      PF_MOUNT_SIZE, M(MADE_TMP, size), SET, UINT64_C(1) << 63 },
	{ "noexec tmpfs",      0, M(MADE_TMP, attr), FLIP, MOUNT_ATTR_NOEXEC },
	{ "last call",         0, R(PLAN_SYSRULE, 1, plan_sysrule, nr), SET, 470 },
	{ "equal clauses",     0, R(PLAN_SYSRULE, 1, plan_sysrule, nr), SET, SYS_ioctl },
	{ "clause of another call", 0, R(PLAN_SYSRULE, 0, plan_sysrule, clause), SET, 7 },
	{ "spare byte of a rule", PF_SYSRULE, R(PLAN_SYSRULE, 0, plan_sysrule, zero), SET, 1 },
	{ "width 8",           0, R(PLAN_SYSRULE, 0, plan_sysrule, width), SET, 8 },
	{ "width 2",           PF_SYSRULE, R(PLAN_SYSRULE, 0, plan_sysrule, width), SET, 2 },
	{ "argument 5",        0, R(PLAN_SYSRULE, 0, plan_sysrule, arg), SET, 5 },
	{ "ready notify",      0, R(PLAN_IDENT, 0, plan_ident, ready), SET, READY_NOTIFY },
	{ "missing kill",      0, R(PLAN_IDENT, 0, plan_ident, missing), SET, MISSING_KILL },
	{ "every node but ptmx", 0, R(PLAN_DEVICE, 0, plan_device, nodes), SET, BIT(NODE_PTMX) - 1 },
};
/* clang-format on */

#endif
