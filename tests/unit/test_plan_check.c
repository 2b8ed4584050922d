/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_plan_check.c - one row per rule of plan_check: a good plan, one thing changed, hashed again.
 */
/* links: lib/plan lib/base profiles/expect.c tests/unit/plan_make.c */
#include "tests/unit/unit.h"

#include "lib/plan/bpf.h"
#include "lib/plan/feature.h"
#include "lib/plan/plan_check.h"
#include "lib/plan/property.h"
#include "tests/unit/plan_make.h"

#include <errno.h>
#include <linux/mount.h>
#include <linux/seccomp.h>
#include <string.h>
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
	{ "another magic",            PF_MAGIC, HDR, 0, 0, 1, FLIP, 1 },
	{ "another version",          PF_VERSION, H(version), PLUS, 1 },
	{ "another architecture",     PF_ARCH, H(arch), SET, 183 },
	{ "a section less",           PF_SECTIONS, H(nsections), PLUS, UINT64_MAX },
	{ "unknown flag",             PF_FLAGS, H(flags), SET, 2 },
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
	{ "weight 0",                 PF_KNOB_VALUE, R(PLAN_CGROUP, 3, plan_cgroup, v[0]), SET, 0 },
	{ "weight 10001",             PF_KNOB_VALUE, R(PLAN_CGROUP, 3, plan_cgroup, v[0]), SET, 10001 },
	{ "period 0",                 PF_KNOB_VALUE, R(PLAN_CGROUP, 2, plan_cgroup, v[1]), SET, 0 },
	{ "quota 0",                  PF_KNOB_VALUE, R(PLAN_CGROUP, 2, plan_cgroup, v[0]), SET, 0 },
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
	{ "answer notify",            PF_BPF_ACTION, INSN(15, k), SET, SECCOMP_RET_USER_NOTIF },
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
	{ "startup comes later",      PF_SYSRULE, R(PLAN_SYSRULE, 0, plan_sysrule, phase), SET, 1 },
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
	{ "port 0",                   PF_LL_RULE, R(PLAN_LLRULE, 2, plan_llrule, port), SET, 0 },
	{ "port 65536",               PF_LL_RULE, R(PLAN_LLRULE, 2, plan_llrule, port), SET, 65536 },
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

/* A string reference at `off` of a row becomes another text. */
static const struct { const char *why; int want; enum plan_section section; size_t row, off; const char *text; } texts[] = {
	{ "not UTF-8",             PF_STR_UTF8, PLAN_ENV, 0, offsetof(struct plan_env, value), "a\xff" },
	{ "path with ..",          PF_PATH, PLAN_EXEC, 0, offsetof(struct plan_exec, path), "/usr/../etc/x" },
	{ "path with //",          PF_PATH, PLAN_LLRULE, 0, offsetof(struct plan_llrule, path), "/usr//lib" },
	{ "relative path",         PF_PATH, PLAN_LLRULE, 1, offsetof(struct plan_llrule, path), "usr" },
	{ "program is a directory", PF_PATH, PLAN_EXEC, 0, offsetof(struct plan_exec, path), "/usr/" },
	{ "cwd with a slash",      PF_EXEC, PLAN_EXEC, 0, offsetof(struct plan_exec, cwd), "/usr/" },
	{ "target is the root",    PF_PATH, PLAN_MOUNT, MADE_TMP, 0, "/" },
	{ "target with a slash",   PF_PATH, PLAN_MOUNT, MADE_TMP, 0, "/tmp/" },
	{ "target at a link",      PF_MOUNT_TARGET, PLAN_MOUNT, MADE_TMP, 0, "/lib" },
	{ "target below a link",   PF_MOUNT_TARGET, PLAN_MOUNT, MADE_TMP, 0, "/var/run/x" },
	{ "target at passwd",      PF_MOUNT_TARGET, PLAN_MOUNT, MADE_SITE, 0, "/etc/passwd" },
	{ "target hides /etc",     PF_MOUNT_TARGET, PLAN_MOUNT, MADE_SITE, 0, "/etc" },
	{ "tmpfs on /dev",         PF_MOUNT_TARGET, PLAN_MOUNT, MADE_TMP, 0, "/dev/x" },
	{ "tmpfs on /proc",        PF_MOUNT_TARGET, PLAN_MOUNT, MADE_TMP, 0, "/proc/sys" },
	{ "image on /sys",         PF_MOUNT_TARGET, PLAN_MOUNT, MADE_SITE, 0, "/sys" },
	{ "proc elsewhere",        PF_MOUNT_TARGET, PLAN_MOUNT, MADE_PROC, 0, "/usr/proc" },
	{ "devices elsewhere",     PF_MOUNT_TARGET, PLAN_MOUNT, MADE_DEV, 0, "/devices" },
	{ "mqueue elsewhere",      PF_MOUNT_TARGET, PLAN_MOUNT, MADE_MQUEUE, 0, "/dev/mq" },
	{ "target twice",          PF_MOUNT_DUP, PLAN_MOUNT, MADE_TMP, 0, "/dev/shm" },
	{ "child before parent",   PF_MOUNT_ORDER, PLAN_MOUNT, MADE_USR, 0, "/tmp/usr" },
	{ "name on a tmpfs",       PF_MOUNT_FIELD, PLAN_MOUNT, MADE_TMP, offsetof(struct plan_mount, name), "/x" },
	{ "image path with ..",    PF_PATH, PLAN_MOUNT, MADE_USR, offsetof(struct plan_mount, name), "/.." },
	{ "profile is no name",    PF_NAME, PLAN_IDENT, 0, offsetof(struct plan_ident, profile), "Web" },
	{ "host name breaks out",  PF_NAME, PLAN_IDENT, 0, offsetof(struct plan_ident, hostname), "a b" },
	{ "user breaks passwd",    PF_NAME, PLAN_IDENT, 0, offsetof(struct plan_ident, user), "a:0:0" },
	{ "user of two lines",     PF_NAME, PLAN_IDENT, 0, offsetof(struct plan_ident, user), "a\nroot" },
	{ "no user",               PF_NAME, PLAN_IDENT, 0, offsetof(struct plan_ident, user), "" },
	{ "time zone is a path up", PF_NAME, PLAN_IDENT, 0, offsetof(struct plan_ident, timezone), "../../etc/shadow" },
	{ "loader variable",       PF_ENV_NAME, PLAN_ENV, 0, 0, "LD_PRELOAD" },
	{ "glibc tunables",        PF_ENV_NAME, PLAN_ENV, 0, 0, "GLIBC_TUNABLES" },
	{ "variable with =",       PF_ENV_NAME, PLAN_ENV, 0, 0, "A=B" },
	{ "variable from a digit", PF_ENV_NAME, PLAN_ENV, 0, 0, "1A" },
	{ "variable of no name",   PF_ENV_NAME, PLAN_ENV, 0, 0, "" },
	{ "variable twice",        PF_ENV_DUP, PLAN_ENV, 0, 0, "HOME" },
};
/* clang-format on */

static uint8_t seen[PF__COUNT];

/* Checks and notes that the rule was met. */
static int verdict(const uint8_t *plan, size_t size)
{
	struct fault f = { 0 };
	int r = plan_check(plan, size, &f);

	if (r > 0 && r < PF__COUNT) {
		seen[r] = 1;
		assert_int_equal(f.err, -EINVAL);
		assert_non_null(strstr(f.msg, plan_fault_text[r]));
	}
	return r;
}

static void apply(uint8_t *plan, const struct patch *p)
{
	uint8_t *at = plan;
	uint64_t v = 0;
	size_t n = p->size < sizeof(v) ? p->size : sizeof(v);

	if (p->section >= 0)
		at = plan_make_row(plan, (enum plan_section)p->section, p->row);
	at += p->off;
	memcpy(&v, at, n);
	v = p->op == SET ? p->value : p->op == PLUS ? v + p->value : v ^ p->value;
	memset(at, 0, p->size);
	memcpy(at, &v, n);
}

static void a_good_plan_passes(void **state)
{
	size_t size;
	uint8_t *plan = plan_make(&size);

	(void)state;
	assert_int_equal(verdict(plan, size), 0);
	free(plan);
}

static void one_thing_changed(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(patches); i++) {
		size_t size;
		uint8_t *plan = plan_make(&size);

		apply(plan, &patches[i]);
		if (patches[i].section != HDR_RAW)
			plan_make_rehash(plan, size);
		unit_eq(verdict(plan, size), patches[i].want, patches[i].why);
		free(plan);
	}
}

static void one_text_changed(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(texts); i++) {
		size_t size;
		uint8_t *plan = plan_make(&size);
		struct plan_str ref;

		plan_make_text(plan, &ref, texts[i].text, strlen(texts[i].text));
		memcpy((uint8_t *)plan_make_row(plan, texts[i].section, texts[i].row) +
			       texts[i].off,
		       &ref, sizeof(ref));
		plan_make_rehash(plan, size);
		unit_eq(verdict(plan, size), texts[i].want, texts[i].why);
		free(plan);
	}
}

static void sizes(void **state)
{
	size_t size;
	uint8_t *plan = plan_make(&size);
	struct fault f;

	(void)state;
	assert_int_equal(plan_check(NULL, size, &f), -EINVAL);
	assert_int_equal(plan_check(plan + 4, size, &f), -EINVAL);
	assert_int_equal(plan_check(plan, size, NULL), -EINVAL);
	for (size_t n = 0; n < size; n++)
		assert_int_equal(verdict(plan, n), PF_SIZE);
	assert_int_equal(verdict(plan, PLAN_SIZE_MAX + 8), PF_SIZE);
	free(plan);
}

static void padding_and_tail(void **state)
{
	size_t size;
	uint8_t *plan = plan_make(&size);
	struct plan_hdr h;

	(void)state;
	plan[size - 1] = 1; /* the maker leaves at least one byte there */
	plan_make_rehash(plan, size);
	assert_int_equal(verdict(plan, size), PF_PADDING);
	plan[size - 1] = 0;
	memcpy(&h, plan, sizeof(h));
	h.total_len += 8;
	memcpy(plan, &h, sizeof(h));
	plan_make_rehash(plan, size + 8);
	assert_int_equal(verdict(plan, size + 8), PF_SEC_GAP);
	free(plan);
}

static void long_string(void **state)
{
	char text[PLAN_PATH_MAX + 1];
	struct plan_str ref;

	(void)state;
	memset(text, 'a', sizeof(text));
	for (size_t len = PLAN_PATH_MAX; len <= PLAN_PATH_MAX + 1; len++) {
		size_t size;
		uint8_t *plan = plan_make(&size);

		plan_make_text(plan, &ref, text, len);
		memcpy(plan_make_row(plan, PLAN_ARG, 1), &ref, sizeof(ref));
		plan_make_rehash(plan, size);
		assert_int_equal(verdict(plan, size), len > PLAN_PATH_MAX ? PF_STR_LONG : 0);
		free(plan);
	}
}

/* Makes the plan after a change that needs other rows, and frees everything. */
static int made(struct plan_maker *m, uint16_t flags)
{
	size_t size;
	uint8_t *plan = plan_make_done(m, &size);
	int r;

	memcpy(plan + offsetof(struct plan_hdr, flags), &flags, sizeof(flags));
	plan_make_rehash(plan, size);
	r = verdict(plan, size);
	free(plan);
	plan_make_fini(m);
	return r;
}

static void add_mount(struct plan_maker *m, const char *target, const char *name, uint32_t kind,
		      uint8_t digest)
{
	struct plan_mount row = { .target = plan_make_str(m, target),
				  .name = plan_make_str(m, name),
				  .kind = kind,
				  .attr = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
				  .order = (uint32_t)m->sec[PLAN_MOUNT].count,
				  .digest = { digest } };

	plan_make_add(m, PLAN_MOUNT, &row, sizeof(row));
}

static void host_source(void **state)
{
	static const struct {
		const char *why, *name;
		uint16_t flags;
		int want;
	} rows[] = {
		{ "/usr itself", "/usr", PLAN_F_HOST_SOURCE, 0 },
		{ "below /usr", "/usr/share/x", PLAN_F_HOST_SOURCE, 0 },
		{ "without the flag", "/usr", 0, PF_MOUNT_HOST },
		{ "beside /usr", "/usrx", PLAN_F_HOST_SOURCE, PF_MOUNT_HOST },
		{ "/etc", "/etc", PLAN_F_HOST_SOURCE, PF_MOUNT_HOST },
		{ "the root", "/", PLAN_F_HOST_SOURCE, PF_MOUNT_HOST },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(rows); i++) {
		struct plan_maker m;

		plan_make_init(&m);
		add_mount(&m, "/opt", rows[i].name, MOUNT_HOST, 0);
		unit_eq(made(&m, rows[i].flags), rows[i].want, rows[i].why);
	}
}

static void nesting_and_images(void **state)
{
	struct plan_maker m;

	(void)state;
	plan_make_init(&m);
	add_mount(&m, "/tmp/image", "/x", MOUNT_IMAGE, 1);
	unit_eq(made(&m, 0), PF_MOUNT_NEST, "image beneath a tmpfs");
	plan_make_init(&m);
	add_mount(&m, "/usr/share/x", "/x", MOUNT_IMAGE, 1);
	unit_eq(made(&m, 0), 0, "image beneath an image");
	plan_make_init(&m);
	for (uint8_t i = 2; i < 5; i++) /* digests 1 and 2 are there */
		add_mount(&m, i == 2 ? "/a" : i == 3 ? "/b" : "/c", "/x", MOUNT_IMAGE, i);
	unit_eq(made(&m, 0), 0, "four images");
	plan_make_init(&m);
	for (uint8_t i = 3; i < 6; i++)
		add_mount(&m, i == 3 ? "/a" : i == 4 ? "/b" : "/c", "/x", MOUNT_IMAGE, i);
	unit_eq(made(&m, 0), PF_MOUNT_IMAGES, "five images");
}

static void counts(void **state)
{
	struct plan_maker m;
	const struct plan_rlimit limit = { 16, 0, 0, 0 };
	const struct plan_env variable = { { 0, 0 }, { 0, 0 } };
	const struct plan_expect extra = { .property = PROP_HOST_01 };

	(void)state;
	plan_make_init(&m);
	plan_make_add(&m, PLAN_RLIMIT, &limit, sizeof(limit));
	unit_eq(made(&m, 0), PF_SEC_COUNT, "17 rlimits");
	plan_make_init(&m);
	plan_make_clear(&m, PLAN_IDENT);
	unit_eq(made(&m, 0), PF_SEC_COUNT, "no identity");
	plan_make_init(&m);
	for (int i = 0; i < PLAN_ENV_MAX; i++)
		plan_make_add(&m, PLAN_ENV, &variable, sizeof(variable));
	unit_eq(made(&m, 0), PF_SEC_COUNT, "too many variables");
	plan_make_init(&m);
	plan_make_clear(&m, PLAN_BPF);
	unit_eq(made(&m, 0), PF_SECCOMP, "no filter, but a program");
	plan_make_init(&m);
	plan_make_clear(&m, PLAN_CGROUP);
	unit_eq(made(&m, 0), PF_MEMORY, "no cgroup limits");
	plan_make_init(&m);
	m.sec[PLAN_EXPECT].len -= sizeof(extra);
	m.sec[PLAN_EXPECT].count--;
	unit_eq(made(&m, 0), PF_EXPECT_MISSING, "last expectation left out");
	plan_make_init(&m);
	plan_make_add(&m, PLAN_EXPECT, &extra, sizeof(extra));
	unit_eq(made(&m, 0), PF_EXPECT_PROPERTY, "an expectation more");
}

static void filter_length(void **state)
{
	const struct sock_filter deny = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	struct plan_maker m;
	struct plan_seccomp *s;

	(void)state;
	for (size_t n = 0; n <= PLAN_BPF_MAX + 1; n += n ? 1 : PLAN_BPF_MAX) {
		plan_make_init(&m);
		if (!n)
			plan_make_clear(&m, PLAN_BPF);
		while (n && m.sec[PLAN_BPF].count < n)
			plan_make_add(&m, PLAN_BPF, &deny, sizeof(deny));
		s = (void *)m.sec[PLAN_SECCOMP].p;
		s->count = (uint32_t)m.sec[PLAN_BPF].count;
		unit_eq(made(&m, 0), n == PLAN_BPF_MAX ? 0 : PF_BPF_LENGTH, "length of the filter");
	}
}

/* The command comes with the start: no program, no arguments. */
static void without_command(void **state)
{
	struct plan_maker m;
	struct plan_exec *e;

	(void)state;
	plan_make_init(&m);
	plan_make_clear(&m, PLAN_ARG);
	e = (void *)m.sec[PLAN_EXEC].p;
	e->path = (struct plan_str){ 0, 0 };
	e->nargs = 0;
	unit_eq(made(&m, 0), 0, "no command");
	plan_make_init(&m);
	plan_make_clear(&m, PLAN_ARG);
	e = (void *)m.sec[PLAN_EXEC].p;
	e->nargs = 0;
	unit_eq(made(&m, 0), PF_ARGS, "a program without argv[0]");
}

static void any_bit_flipped(void **state)
{
	size_t size;
	uint8_t *plan = plan_make(&size);
	struct fault f;

	(void)state;
	for (size_t i = 0; i < 8 * size; i++) {
		plan[i / 8] ^= (uint8_t)(1 << i % 8);
		if (plan_check(plan, size, &f) <= 0)
			fail_msg("bit %zu of byte %zu", i % 8, i / 8);
		plan[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	assert_int_equal(plan_check(plan, size, &f), 0);
	free(plan);
}

/* Runs last: every rule was met by some row above. */
static void every_rule_has_a_row(void **state)
{
	(void)state;
	for (int i = PF_NONE + 1; i < PF__COUNT; i++) {
		assert_non_null(plan_fault_text[i]);
		unit_row(seen[i], plan_fault_text[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_plan_passes),
		cmocka_unit_test(one_thing_changed),
		cmocka_unit_test(one_text_changed),
		cmocka_unit_test(sizes),
		cmocka_unit_test(padding_and_tail),
		cmocka_unit_test(long_string),
		cmocka_unit_test(host_source),
		cmocka_unit_test(nesting_and_images),
		cmocka_unit_test(counts),
		cmocka_unit_test(filter_length),
		cmocka_unit_test(without_command),
		cmocka_unit_test(any_bit_flipped),
		cmocka_unit_test(every_rule_has_a_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
