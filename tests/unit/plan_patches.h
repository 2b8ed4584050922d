/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_patches.h - one changed field or text per rule of plan_check; the rows of test_plan_check.c.
 */
#ifndef CLOISTER_PLAN_PATCHES_H
#define CLOISTER_PLAN_PATCHES_H

#include "lib/plan/feature.h"
#include "lib/plan/plan_check.h"
#include "lib/plan/property.h"
#include "tests/unit/plan_make.h"

#include <linux/filter.h>
#include <linux/mount.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

enum { HDR = -1, HDR_RAW = -2 }; /* HDR_RAW: the hash is left alone */
enum op { SET, PLUS, FLIP };

/* A field of `size` bytes at `off` of row `row` in a section becomes, grows by, or flips value. */
struct patch {
	const char *why;
	int want, section;
	size_t row, off, size;
	enum op op;
	uint64_t value;
};

#define F(type, field) offsetof(struct type, field), sizeof(((struct type *)0)->field)
#define H(field)       HDR, 0, F(plan_hdr, field)
#define SEC(s, field)                                                                              \
	HDR, 0, offsetof(struct plan_hdr, sec[s].field), sizeof(((struct plan_sec *)0)->field)
#define R(s, row, type, field) s, row, F(type, field)
#define INSN(i, field)	       PLAN_BPF, i, F(sock_filter, field)
#define M(row, field)	       PLAN_MOUNT, row, F(plan_mount, field)
#define BIT(f)		       (UINT64_C(1) << (f))

/* clang-format off */
static const struct patch patches[] = {
	{ "another magic",            PF_MAGIC, HDR, 0, 0, 1, FLIP, 1 }, { "another version",          PF_VERSION, H(version), PLUS, 1 },
	{ "another architecture",     PF_ARCH, H(arch), SET, 183 },
	{ "a section less",           PF_SECTIONS, H(nsections), PLUS, UINT64_MAX },
	{ "unknown flag",             PF_FLAGS, H(flags), SET, 2 },
	{ "a layer left out",         PF_FLAGS, H(flags), SET, 1 << 4 },
	{ "another layer left out",   PF_FLAGS, H(flags), SET, 1 << 15 },
	{ "header says longer",       PF_SIZE, H(total_len), PLUS, 8 },
	{ "hash of another plan",     PF_HASH, HDR_RAW, 0, offsetof(struct plan_hdr, source_sha256), 1, FLIP, 1 },
	{ "section misaligned",       PF_SEC_ALIGN, SEC(PLAN_CAPS, off), PLUS, 4 },
	{ "section far out",          PF_SEC_RANGE, SEC(PLAN_CAPS, off), SET, 0xfffffff8 },
	{ "section too long",         PF_SEC_RANGE, SEC(PLAN_STRINGS, len), PLUS, 4096 },
	{ "length that wraps",        PF_SEC_RANGE, SEC(PLAN_PROV, len), SET, 0xffffffff },
	{ "section overlaps",         PF_SEC_OVERLAP, SEC(PLAN_CAPS, off), PLUS, (uint64_t)-8 },
	{ "first section in header",  PF_SEC_OVERLAP, SEC(PLAN_IDENT, off), SET, 0 },
	{ "gap between sections",     PF_SEC_GAP, SEC(PLAN_NEVER, off), PLUS, 24 },
	{ "another stride",           PF_SEC_STRIDE, SEC(PLAN_ENV, stride), PLUS, 8 },
	{ "stride 0",                 PF_SEC_STRIDE, SEC(PLAN_ENV, stride), SET, 0 },
	{ "strings with a count",     PF_SEC_STRIDE, SEC(PLAN_STRINGS, count), SET, 1 },
	{ "count without bytes",      PF_SEC_LEN, SEC(PLAN_ENV, count), PLUS, 1 },
	{ "volumes come later",       PF_LATER, SEC(PLAN_VOLUME, count), SET, 1 },
	{ "channels come later",      PF_LATER, SEC(PLAN_CHANNEL, count), SET, 1 },
	{ "never lines come later",   PF_LATER, SEC(PLAN_NEVER, count), SET, 1 },
	{ "section's spare word",     PF_PADDING, SEC(PLAN_ENV, zero), SET, 1 },
	{ "caps' spare bytes",        PF_PADDING, R(PLAN_CAPS, 0, plan_caps, zero[1]), SET, 1 },
	{ "rlimit's spare word",      PF_PADDING, R(PLAN_RLIMIT, 3, plan_rlimit, zero), SET, 1 },
	{ "knob's spare word",        PF_PADDING, R(PLAN_CGROUP, 0, plan_cgroup, zero), SET, 1 },
	{ "limit's spare word",       PF_PADDING, R(PLAN_LIMITMISC, 0, plan_limitmisc, zero), SET, 1 },
	{ "string out of range",      PF_STR_RANGE, R(PLAN_ENV, 0, plan_env, value.off), SET, 1 << 24 },
	{ "string length out",        PF_STR_RANGE, R(PLAN_ENV, 0, plan_env, value.len), SET, 0xffffffff },
	{ "string cut short",         PF_STR_END, R(PLAN_ENV, 0, plan_env, value.len), PLUS, (uint64_t)-1 },
	{ "strings not from NUL",     PF_STR_END, PLAN_STRINGS, 0, 0, 1, SET, 'x' },
	{ "string over two",          PF_STR_NUL, R(PLAN_ENV, 0, plan_env, name.len), PLUS, 9 },
	{ "language 2",               PF_IDENT, R(PLAN_IDENT, 0, plan_ident, language), SET, 2 },
	{ "unknown readiness",        PF_IDENT, R(PLAN_IDENT, 0, plan_ident, ready), SET, READY__COUNT },
	{ "unknown missing",          PF_IDENT, R(PLAN_IDENT, 0, plan_ident, missing), SET, MISSING__COUNT },
	{ "unknown stop signal",      PF_IDENT, R(PLAN_IDENT, 0, plan_ident, stop), SET, STOP__COUNT },
	{ "unknown feature on",       PF_FEATURE_BIT, R(PLAN_FEATURES, 0, plan_features, on), FLIP, BIT(63) },
	{ "unknown feature permitted", PF_FEATURE_BIT, R(PLAN_FEATURES, 0, plan_features, permitted), FLIP, BIT(FEAT__COUNT) },
	{ "on, not permitted",        PF_FEATURE_CEILING, R(PLAN_FEATURES, 0, plan_features, on), FLIP, BIT(FEAT_JIT) },
	{ "feature of later",         PF_LATER, R(PLAN_FEATURES, 0, plan_features, on), FLIP, BIT(FEAT_VOLUME) },
	{ "low ports, no inbound",    PF_FEATURE_NEEDS, R(PLAN_FEATURES, 0, plan_features, on), FLIP, BIT(FEAT_NET_INBOUND) },
	{ "exec off",                 PF_FEATURE_EXEC, R(PLAN_FEATURES, 0, plan_features, on), FLIP, BIT(FEAT_EXEC) },
	{ "no user namespace",        PF_NS, R(PLAN_NS, 0, plan_ns, clone_mask), FLIP, 0x10000000 },
	{ "no network namespace",     PF_NS, R(PLAN_NS, 0, plan_ns, clone_mask), FLIP, 0x40000000 },
	{ "time namespace",           PF_NS, R(PLAN_NS, 0, plan_ns, clone_mask), FLIP, 0x80 },
	{ "time offset",              PF_NS, R(PLAN_NS, 0, plan_ns, time_offset[1]), SET, 1 },
	{ "effective capability",     PF_CAPS, R(PLAN_CAPS, 0, plan_caps, effective), SET, BIT(21) },
	{ "permitted capability",     PF_CAPS, R(PLAN_CAPS, 0, plan_caps, permitted), SET, 1 },
	{ "inheritable capability",   PF_CAPS, R(PLAN_CAPS, 0, plan_caps, inheritable), SET, 1 },
	{ "bounding capability",      PF_CAPS, R(PLAN_CAPS, 0, plan_caps, bounding), SET, BIT(40) },
	{ "ambient capability",       PF_CAPS, R(PLAN_CAPS, 0, plan_caps, ambient), SET, 1 },
	{ "unlocked securebits",      PF_SECUREBITS, R(PLAN_CAPS, 0, plan_caps, securebits), SET, 0xee },
	{ "new privileges",           PF_NNP, R(PLAN_CAPS, 0, plan_caps, no_new_privs), SET, 0 },
	{ "rlimit twice",             PF_RLIMIT_ROWS, R(PLAN_RLIMIT, 3, plan_rlimit, resource), SET, 2 },
	{ "soft above hard",          PF_RLIMIT_ORDER, R(PLAN_RLIMIT, 7, plan_rlimit, soft), SET, 1025 },
	{ "core dumps",               PF_RLIMIT_CLOSED, R(PLAN_RLIMIT, 4, plan_rlimit, hard), SET, 1 },
	{ "real-time priority",       PF_RLIMIT_CLOSED, R(PLAN_RLIMIT, 14, plan_rlimit, hard), SET, 1 },
	{ "unknown knob",             PF_KNOB, R(PLAN_CGROUP, 4, plan_cgroup, knob), SET, KNOB__COUNT },
	{ "knobs unsorted",           PF_KNOB, R(PLAN_CGROUP, 1, plan_cgroup, knob), SET, KNOB_MEMORY_MAX },
	{ "io knobs come later",      PF_LATER, R(PLAN_CGROUP, 4, plan_cgroup, knob), SET, KNOB_IO_RBPS },
	{ "weight 0",                 PF_KNOB_VALUE, R(PLAN_CGROUP, 3, plan_cgroup, v[0]), SET, 0 }, { "weight 10001",             PF_KNOB_VALUE, R(PLAN_CGROUP, 3, plan_cgroup, v[0]), SET, 10001 },
	{ "period 0",                 PF_KNOB_VALUE, R(PLAN_CGROUP, 2, plan_cgroup, v[1]), SET, 0 }, { "quota 0",                  PF_KNOB_VALUE, R(PLAN_CGROUP, 2, plan_cgroup, v[0]), SET, 0 },
	{ "oom group 2",              PF_KNOB_VALUE, R(PLAN_CGROUP, 1, plan_cgroup, v[0]), SET, 2 },
	{ "second value",             PF_KNOB_VALUE, R(PLAN_CGROUP, 0, plan_cgroup, v[1]), SET, 1 },
	{ "memory 0",                 PF_MEMORY, R(PLAN_CGROUP, 0, plan_cgroup, v[0]), SET, 0 },
	{ "memory without bound",     PF_MEMORY, R(PLAN_CGROUP, 0, plan_cgroup, v[0]), SET, UINT64_MAX },
	{ "no pids limit",            PF_PIDS, R(PLAN_CGROUP, 4, plan_cgroup, knob), SET, KNOB_HUGETLB_2MB },
	{ "pids 0",                   PF_PIDS, R(PLAN_CGROUP, 4, plan_cgroup, v[0]), SET, 0 },
	{ "listener",                 PF_LISTENER, R(PLAN_SECCOMP, 0, plan_seccomp, flags), SET, 1 },
	{ "seccomp flag",             PF_SECCOMP, R(PLAN_SECCOMP, 0, plan_seccomp, flags), SET, 2 },
	{ "program from the middle",  PF_SECCOMP, R(PLAN_SECCOMP, 0, plan_seccomp, first), SET, 1 },
	{ "program of a part",        PF_SECCOMP, R(PLAN_SECCOMP, 0, plan_seccomp, count), SET, 3 },
	{ "X register",               PF_BPF_OPCODE, INSN(13, code), SET, BPF_MISC | BPF_TAX },
	{ "byte load",                PF_BPF_OPCODE, INSN(12, code), SET, BPF_LD | BPF_B | BPF_ABS },
	{ "return of A",              PF_BPF_OPCODE, INSN(16, code), SET, BPF_RET | BPF_A },
	{ "jt on a load",             PF_BPF_FIELD, INSN(12, jt), SET, 1 },
	{ "load unaligned",           PF_BPF_LOAD, INSN(12, k), SET, 23 },
	{ "load past the end",        PF_BPF_LOAD, INSN(12, k), SET, 64 },
	{ "jump past the end",        PF_BPF_JUMP, INSN(10, k), SET, 6 },
	{ "jump that wraps",          PF_BPF_JUMP, INSN(10, k), SET, 0xffffffff },
	{ "branch past the end",      PF_BPF_JUMP, INSN(14, jf), SET, 2 },
	{ "last falls off the end",   PF_BPF_RETURN, INSN(16, code), SET, BPF_ALU | BPF_AND | BPF_K },
	{ "answer log",               PF_BPF_ACTION, INSN(15, k), SET, SECCOMP_RET_LOG },
	{ "answer trace",             PF_BPF_ACTION, INSN(15, k), SET, SECCOMP_RET_TRACE },
	{ "asks where nobody answers", PF_LISTENER, INSN(15, k), SET, SECCOMP_RET_USER_NOTIF },
	{ "errno 0 fakes success",    PF_BPF_ACTION, INSN(15, k), SET, SECCOMP_RET_ERRNO },
	{ "number before arch",       PF_BPF_ARCH, INSN(0, k), SET, 0 },
	{ "another arch",             PF_BPF_ARCH, INSN(1, k), SET, 0x40000003 },
	{ "foreign arch goes on",     PF_BPF_FOREIGN, INSN(1, jf), SET, 1 },
	{ "x32 from one on",          PF_BPF_X32, INSN(4, k), SET, 0x40000001 },
	{ "x32 gets an errno",        PF_BPF_X32, INSN(6, k), SET, SECCOMP_RET_ERRNO | 38 },
	{ "unknown number",           PF_BPF_UNKNOWN, INSN(8, k), SET, 471 },
	{ "number -1 allowed",        PF_BPF_UNKNOWN, INSN(5, jt), SET, 5 },
	{ "mount",                    PF_HARD_CALL, INSN(8, k), SET, SYS_mount },
	{ "clone3",                   PF_HARD_CALL, INSN(8, k), SET, SYS_clone3 },
	{ "mount with one argument",  PF_HARD_CALL, INSN(9, k), SET, SYS_mount },
	{ "TIOCSTI",                  PF_HARD_VALUE, INSN(14, k), SET, 0x5412 },
	{ "ioctl without compare",    PF_HARD_VALUE, INSN(14, jf), SET, 0 },
	{ "socket whole",             PF_HARD_VALUE, INSN(8, k), SET, SYS_socket },
	{ "clone whole",              PF_HARD_VALUE, INSN(8, k), SET, SYS_clone },
	{ "prctl whole",              PF_HARD_VALUE, INSN(8, k), SET, SYS_prctl },
	{ "setsockopt whole",         PF_HARD_VALUE, INSN(8, k), SET, SYS_setsockopt },
	{ "sendto with OOB",          PF_HARD_VALUE, INSN(8, k), SET, SYS_sendto },
	{ "mknod whole",              PF_HARD_VALUE, INSN(8, k), SET, SYS_mknod },
	{ "personality whole",        PF_HARD_VALUE, INSN(8, k), SET, SYS_personality },
	{ "seccomp whole",            PF_HARD_VALUE, INSN(8, k), SET, SYS_seccomp },
	{ "ptrace",                   PF_FEATURE_CALL, INSN(8, k), SET, SYS_ptrace },
	{ "memfd without the feature", PF_FEATURE_CALL, INSN(8, k), SET, SYS_memfd_create },
	{ "mmap whole without jit",   PF_FEATURE_VALUE, INSN(8, k), SET, SYS_mmap },
	{ "rule of no call",          PF_SYSRULE, R(PLAN_SYSRULE, 1, plan_sysrule, nr), SET, 471 },
	{ "rules unsorted",           PF_SYSRULE, R(PLAN_SYSRULE, 1, plan_sysrule, nr), SET, 15 },
	{ "clauses unsorted",         PF_SYSRULE, R(PLAN_SYSRULE, 0, plan_sysrule, nr), SET, 60 },
	{ "no such phase",            PF_SYSRULE, R(PLAN_SYSRULE, 0, plan_sysrule, phase), SET, 2 },
	{ "argument 6",               PF_SYSRULE, R(PLAN_SYSRULE, 0, plan_sysrule, arg), SET, 6 },
	{ "mask 0 is no condition",   PF_SYSRULE, R(PLAN_SYSRULE, 0, plan_sysrule, mask), SET, 0 },
	{ "value outside the mask",   PF_SYSRULE, R(PLAN_SYSRULE, 0, plan_sysrule, mask), SET, 0xff },
	{ "mask wider than int",      PF_SYSRULE, R(PLAN_SYSRULE, 0, plan_sysrule, mask), SET, UINT64_MAX },
	{ "condition on the whole",   PF_SYSRULE, R(PLAN_SYSRULE, 1, plan_sysrule, mask), SET, 1 },
	{ "handled beyond the ABI",   PF_LL_ABI, H(min_landlock_abi), SET, 4 },
	{ "unknown right handled",    PF_LL_ABI, R(PLAN_LANDLOCK, 0, plan_landlock, fs), FLIP, BIT(16) },
	{ "right not handled",        PF_LL_HANDLED, R(PLAN_LANDLOCK, 0, plan_landlock, fs), FLIP, 1 },
	{ "scope not set",            PF_LL_HANDLED, R(PLAN_LANDLOCK, 0, plan_landlock, scoped), FLIP, 1 },
	{ "access not handled",       PF_LL_ACCESS, R(PLAN_LLRULE, 0, plan_llrule, access), FLIP, BIT(20) },
	{ "no access",                PF_LL_ACCESS, R(PLAN_LLRULE, 0, plan_llrule, access), SET, 0 },
	{ "port access not handled",  PF_LL_ACCESS, R(PLAN_LLRULE, 2, plan_llrule, access), SET, 4 },
	{ "unknown rule flag",        PF_LL_RULE, R(PLAN_LLRULE, 0, plan_llrule, flags), SET, 4 },
	{ "port on a path",           PF_LL_RULE, R(PLAN_LLRULE, 0, plan_llrule, port), SET, 80 },
	{ "port 0",                   PF_LL_RULE, R(PLAN_LLRULE, 2, plan_llrule, port), SET, 0 }, { "port 65536",               PF_LL_RULE, R(PLAN_LLRULE, 2, plan_llrule, port), SET, 65536 },
	{ "mount of no kind",         PF_MOUNT_KIND, M(MADE_TMP, kind), SET, 0 },
	{ "mount of unknown kind",    PF_MOUNT_KIND, M(MADE_TMP, kind), SET, MOUNT__COUNT },
	{ "size on an image",         PF_MOUNT_FIELD, M(MADE_USR, size), SET, 4096 },
	{ "mode on an image",         PF_MOUNT_FIELD, M(MADE_USR, mode), SET, 0755 },
	{ "mode 04777",               PF_MOUNT_FIELD, M(MADE_TMP, mode), SET, 04777 },
	{ "image without a path",     PF_PATH, M(MADE_USR, name), SET, 0 },
	{ "flags on a tmpfs",         PF_MOUNT_FIELD, M(MADE_TMP, flags), SET, 1 },
	{ "gap in the order",         PF_MOUNT_ORDER, M(MADE_TMP, order), PLUS, 1 },
	{ "unknown attribute",        PF_MOUNT_ATTR, M(MADE_USR, attr), FLIP, MOUNT_ATTR_IDMAP },
	{ "image without nosuid",     PF_MOUNT_NOSUID, M(MADE_USR, attr), FLIP, MOUNT_ATTR_NOSUID },
	{ "devices without nosuid",   PF_MOUNT_NOSUID, M(MADE_DEV, attr), FLIP, MOUNT_ATTR_NOSUID },
	{ "tmpfs without nodev",      PF_MOUNT_NODEV, M(MADE_TMP, attr), FLIP, MOUNT_ATTR_NODEV },
	{ "tmpfs without a size",     PF_MOUNT_SIZE, M(MADE_TMP, size), SET, 0 },
	{ "writable image",           PF_MOUNT_SIZE, M(MADE_USR, attr), FLIP, MOUNT_ATTR_RDONLY },
	{ "writable /dev",            PF_MOUNT_SIZE, M(MADE_DEV, attr), FLIP, MOUNT_ATTR_RDONLY },
	{ "writable /proc",           PF_MOUNT_SIZE, M(MADE_PROC, attr), FLIP, MOUNT_ATTR_RDONLY },
	{ "flag without a host mount", PF_MOUNT_HOST, H(flags), SET, PLAN_F_HOST_SOURCE },
	{ "image without a digest",   PF_MOUNT_DIGEST, M(MADE_USR, digest), SET, 0 },
	{ "digest on a tmpfs",        PF_MOUNT_DIGEST, M(MADE_TMP, digest), SET, 1 },
	{ "all of /proc",             PF_MOUNT_FEATURE, M(MADE_PROC, flags), SET, MOUNT_F_PROC_FULL },
	{ "/proc, feature off",       PF_MOUNT_FEATURE, R(PLAN_FEATURES, 0, plan_features, on), FLIP, BIT(FEAT_PROC) },
	{ "shm, feature off",         PF_MOUNT_FEATURE, R(PLAN_FEATURES, 0, plan_features, on), FLIP, BIT(FEAT_SHM) },
	{ "mqueue, feature off",      PF_MOUNT_FEATURE, R(PLAN_FEATURES, 0, plan_features, on), FLIP, BIT(FEAT_POSIX_MQ) },
	{ "unknown node",             PF_DEVICE, R(PLAN_DEVICE, 0, plan_device, nodes), FLIP, BIT(NODE__COUNT) },
	{ "ptmx without pty",         PF_DEVICE, R(PLAN_DEVICE, 0, plan_device, nodes), FLIP, BIT(NODE_PTMX) },
	{ "no direction",             PF_NET_RULE, R(PLAN_NETRULE, 0, plan_netrule, dir), SET, 3 },
	{ "protocol sctp",            PF_NET_RULE, R(PLAN_NETRULE, 0, plan_netrule, proto), SET, 132 },
	{ "family 5",                 PF_NET_RULE, R(PLAN_NETRULE, 1, plan_netrule, family), SET, 5 },
	{ "prefix 33",                PF_NET_RULE, R(PLAN_NETRULE, 1, plan_netrule, prefix), SET, 33 },
	{ "prefix of any family",     PF_NET_RULE, R(PLAN_NETRULE, 0, plan_netrule, prefix), SET, 1 },
	{ "ports reversed",           PF_NET_RULE, R(PLAN_NETRULE, 1, plan_netrule, port_hi), SET, 8079 },
	{ "net port 0",               PF_NET_RULE, R(PLAN_NETRULE, 1, plan_netrule, port_lo), SET, 0 },
	{ "host bits",                PF_NET_HOST_BITS, R(PLAN_NETRULE, 1, plan_netrule, addr[1]), SET, 1 },
	{ "bits behind the address",  PF_NET_HOST_BITS, R(PLAN_NETRULE, 1, plan_netrule, addr[15]), SET, 1 },
	{ "out without outbound",     PF_NET_FEATURE, R(PLAN_NETRULE, 0, plan_netrule, dir), SET, NET_OUT },
	{ "IPv6 without the feature", PF_NET_FEATURE, R(PLAN_NETRULE, 1, plan_netrule, family), SET, 6 },
	{ "port 80 without low ports", PF_NET_FEATURE, R(PLAN_FEATURES, 0, plan_features, on), FLIP, BIT(FEAT_NET_LOW_PORTS) },
	{ "unknown limit",            PF_LIMIT, R(PLAN_LIMITMISC, 1, plan_limitmisc, limit), SET, LIMIT__COUNT },
	{ "limit twice",              PF_LIMIT, R(PLAN_LIMITMISC, 1, plan_limitmisc, limit), SET, LIMIT_STOP_NS },
	{ "volume size comes later",  PF_LATER, R(PLAN_LIMITMISC, 1, plan_limitmisc, limit), SET, LIMIT_VOLUME_SIZE },
	{ "uid 65000",                PF_ID, R(PLAN_EXEC, 0, plan_exec, uid), SET, 65000 },
	{ "gid of the host",          PF_ID, R(PLAN_EXEC, 0, plan_exec, gid), SET, UID_BASE },
	{ "umask 01000",              PF_EXEC, R(PLAN_EXEC, 0, plan_exec, umask), SET, 01000 },
	{ "arguments miscounted",     PF_ARGS, R(PLAN_EXEC, 0, plan_exec, nargs), SET, 1 },
	{ "arguments, no program",    PF_ARGS, R(PLAN_EXEC, 0, plan_exec, path), SET, 0 },
	{ "property unknown",         PF_EXPECT_PROPERTY, R(PLAN_EXPECT, 0, plan_expect, property), SET, PROP__COUNT },
	{ "property not planned",     PF_EXPECT_PROPERTY, R(PLAN_EXPECT, 0, plan_expect, property), SET, PROP_NS_01 },
	{ "property twice",           PF_EXPECT_PROPERTY, R(PLAN_EXPECT, 1, plan_expect, property), SET, PROP_NS_08 },
	{ "property left out",        PF_EXPECT_MISSING, R(PLAN_EXPECT, 0, plan_expect, property), SET, PROP_NS_11 },
	{ "expectation of a kind",    PF_EXPECT_VALUE, R(PLAN_EXPECT, 0, plan_expect, kind), SET, 2 },
	{ "origin of no section",     PF_PROV, R(PLAN_PROV, 0, plan_prov, section), SET, PLAN_STRINGS },
	{ "origin of no row",         PF_PROV, R(PLAN_PROV, 0, plan_prov, index), SET, 99 },
};

/* clang-format on */

#endif
