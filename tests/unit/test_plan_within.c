/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_plan_within.c - each row of a plan against a ceiling: equal passes, tighter passes, each
 * single widening is refused by its own name.
 */
/* links: tests/unit/plan_make.c profiles/expect.c lib/plan lib/base */
#include "tests/unit/unit.h"

#include "lib/plan/feature.h"
#include "lib/plan/plan_check.h"
#include "lib/plan/plan_within.h"
#include "tests/unit/plan_make.h"

#include <errno.h>
#include <linux/mount.h>
#include <string.h>

enum side { END = 0, PLAN, CEILING };

struct patch {
	uint8_t on, section; /* PLAN__COUNT: the header */
	uint8_t row, size;
	size_t off;
	uint64_t value;
	const char *text;
};

/* clang-format off */
#define SET(side, sec, row, type, member, value) \
	{ side, sec, row, sizeof(((struct type *)0)->member), offsetof(struct type, member), value, NULL }
#define TXT(side, sec, row, type, member, text) \
	{ side, sec, row, sizeof(struct plan_str), offsetof(struct type, member), 0, text }
#define HDR(side, member, value) SET(side, PLAN__COUNT, 0, plan_hdr, member, value)
#define ID(side, member, value)  SET(side, PLAN_IDENT, 0, plan_ident, member, value)
#define IDT(side, member, text)  TXT(side, PLAN_IDENT, 0, plan_ident, member, text)
#define FEAT(side, member, value) SET(side, PLAN_FEATURES, 0, plan_features, member, value)
#define CAP(side, member, value) SET(side, PLAN_CAPS, 0, plan_caps, member, value)
#define RL(side, row, member, value) SET(side, PLAN_RLIMIT, row, plan_rlimit, member, value)
#define CG(side, row, member, value) SET(side, PLAN_CGROUP, row, plan_cgroup, member, value)
#define LIM(side, row, member, value) SET(side, PLAN_LIMITMISC, row, plan_limitmisc, member, value)
#define LL(side, row, member, value) SET(side, PLAN_LLRULE, row, plan_llrule, member, value)
#define LLT(side, row, text)     TXT(side, PLAN_LLRULE, row, plan_llrule, path, text)
#define LAND(side, member, value) SET(side, PLAN_LANDLOCK, 0, plan_landlock, member, value)
#define NETR(side, row, member, value) SET(side, PLAN_NETRULE, row, plan_netrule, member, value)
#define MNT(side, row, member, value) SET(side, PLAN_MOUNT, row, plan_mount, member, value)
#define MNTT(side, row, member, text) TXT(side, PLAN_MOUNT, row, plan_mount, member, text)
#define EXE(side, member, value) SET(side, PLAN_EXEC, 0, plan_exec, member, value)

#define ON (FEAT_BIT(FEAT_EXEC) | FEAT_BIT(FEAT_FORK) | FEAT_BIT(FEAT_SHM) | FEAT_BIT(FEAT_POSIX_MQ) | \
	    FEAT_BIT(FEAT_TMP) | FEAT_BIT(FEAT_PROC) | FEAT_BIT(FEAT_NET_LOOPBACK) | \
	    FEAT_BIT(FEAT_NET_INBOUND) | FEAT_BIT(FEAT_NET_LOW_PORTS))
enum {
	ALL = CEILING_ALL & ~PLAN_F_HOST_SOURCE,
	RO = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
	EVERY_NS = 0x7e020000, TIME_NS = 0x80,
};

static const struct { const char *why; int want; struct patch change[4]; } verdicts[] = {
	{ "equal", 0, { { 0 } } },
	{ "source host", WIDER_HEADER, { HDR(PLAN, flags, PLAN_F_HOST_SOURCE) } },
	{ "source host, permitted", 0, { HDR(PLAN, flags, PLAN_F_HOST_SOURCE), HDR(CEILING, flags, CEILING_ALL) } },
	{ "no ceiling", WIDER_CEILING, { HDR(CEILING, flags, 0) } },
	{ "a flag of no ceiling", WIDER_CEILING, { HDR(CEILING, flags, ALL | 64) } },
	{ "a volume", WIDER_LATER, { HDR(PLAN, sec[PLAN_VOLUME].len, 8) } },
	{ "a channel", WIDER_LATER, { HDR(PLAN, sec[PLAN_CHANNEL].len, 8) } },
	{ "a never line", WIDER_LATER, { HDR(PLAN, sec[PLAN_NEVER].len, 8) } },

	{ "another hostname", WIDER_IDENT, { IDT(CEILING, hostname, "other") } },
	{ "hostname, first of two", 0, { IDT(CEILING, hostname, "web\nother") } },
	{ "hostname, last of two", 0, { IDT(CEILING, hostname, "other\nweb") } },
	{ "hostname, parts of others", WIDER_IDENT, { IDT(CEILING, hostname, "we\nwebb\nwe") } },
	{ "any hostname", 0, { IDT(CEILING, hostname, "") } },
	{ "another user", WIDER_IDENT, { IDT(CEILING, user, "root") } },
	{ "any user", 0, { IDT(CEILING, user, "") } },
	{ "another zone", WIDER_IDENT, { IDT(CEILING, timezone, "UTC") } },
	{ "no zone", 0, { IDT(CEILING, timezone, "UTC"), IDT(PLAN, timezone, "") } },
	{ "ready", WIDER_IDENT, { ID(CEILING, ready, 1u << READY_NOTIFY) } },
	{ "stop-signal", WIDER_IDENT, { ID(CEILING, stop, 1u << STOP_INT) } },
	{ "ready, one of two", 0, { ID(CEILING, ready, 3) } },
	{ "missing kill", WIDER_IDENT, { ID(PLAN, missing, MISSING_KILL) } },
	{ "missing, either", 0, { ID(PLAN, missing, MISSING_KILL), ID(CEILING, missing, 3) } },
	{ "another language", WIDER_IDENT, { ID(CEILING, language, 2) } },

	{ "a feature", WIDER_FEATURE, { FEAT(CEILING, on, ON & ~FEAT_BIT(FEAT_TMP)) } },
	{ "a feature permitted by itself", WIDER_FEATURE, { FEAT(PLAN, permitted, ON | FEAT_BIT(FEAT_JIT)) } },
	{ "what the ceiling permits does not count", WIDER_FEATURE, { FEAT(PLAN, permitted, ON | FEAT_BIT(FEAT_JIT)), FEAT(CEILING, permitted, UINT64_MAX) } },
	{ "a feature less", 0, { FEAT(PLAN, on, ON & ~FEAT_BIT(FEAT_TMP)) } },

	{ "a namespace", WIDER_NS, { SET(CEILING, PLAN_NS, 0, plan_ns, clone_mask, EVERY_NS | TIME_NS) } },
	{ "a namespace more", 0, { SET(PLAN, PLAN_NS, 0, plan_ns, clone_mask, EVERY_NS | TIME_NS) } },
	{ "a time offset", WIDER_NS, { SET(PLAN, PLAN_NS, 0, plan_ns, time_offset[1], 1) } },
	{ "effective", WIDER_CAPS, { CAP(PLAN, effective, 1) } },
	{ "permitted", WIDER_CAPS, { CAP(PLAN, permitted, 1) } },
	{ "inheritable", WIDER_CAPS, { CAP(PLAN, inheritable, 1) } },
	{ "bounding", WIDER_CAPS, { CAP(PLAN, bounding, 1) } },
	{ "ambient", WIDER_CAPS, { CAP(PLAN, ambient, 1) } },
	{ "a capability less", 0, { CAP(CEILING, bounding, 1) } },
	{ "securebits", WIDER_CAPS, { CAP(PLAN, securebits, 0xed) } },
	{ "no_new_privs", WIDER_CAPS, { CAP(PLAN, no_new_privs, 0) } },

	{ "soft", WIDER_RLIMIT, { RL(PLAN, 7, soft, 1025) } },
	{ "hard", WIDER_RLIMIT, { RL(PLAN, 15, hard, 1025) } },
	{ "lower", 0, { RL(PLAN, 0, hard, 1023) } },
	{ "of another resource", WIDER_RLIMIT, { RL(CEILING, 3, resource, 4) } },
	{ "no bound", 0, { RL(PLAN, 7, hard, UINT64_MAX), RL(CEILING, 7, hard, UINT64_MAX) } },

	{ "memory", WIDER_KNOB, { CG(PLAN, 0, v[0], (64 << 20) + 1) } },
	{ "less memory", 0, { CG(PLAN, 0, v[0], 1) } },
	{ "oom.group off", WIDER_KNOB, { CG(PLAN, 1, v[0], 0) } },
	{ "oom.group not asked for", 0, { CG(CEILING, 1, v[0], 0) } },
	{ "cpu quota", WIDER_KNOB, { CG(PLAN, 2, v[0], 100001) } },
	{ "cpu period", WIDER_KNOB, { CG(PLAN, 2, v[1], 99999) } },
	{ "cpu, the same share", 0, { CG(PLAN, 2, v[0], 50000), CG(PLAN, 2, v[1], 50000) } },
	{ "cpu, a larger share", WIDER_KNOB, { CG(PLAN, 2, v[0], 50001), CG(PLAN, 2, v[1], 50000) } },
	{ "cpu past all numbers", WIDER_KNOB, { CG(PLAN, 2, v[0], UINT64_MAX) } },
	{ "cpu bound past all numbers", WIDER_KNOB, { CG(CEILING, 2, v[0], UINT64_MAX) } },
	{ "weight", WIDER_KNOB, { CG(PLAN, 3, v[0], 101) } },
	{ "pids", WIDER_KNOB, { CG(PLAN, 4, v[0], 65) } },
	{ "a knob that the plan lacks", WIDER_KNOB, { CG(CEILING, 4, knob, KNOB_MEMORY_HIGH) } },
	{ "no row for huge pages is none of them", 0, { CG(CEILING, 4, knob, KNOB_HUGETLB_2MB) } },
	{ "more huge pages", WIDER_KNOB, { CG(PLAN, 4, knob, KNOB_HUGETLB_2MB), CG(CEILING, 4, knob, KNOB_HUGETLB_2MB), CG(CEILING, 4, v[0], 63) } },
	{ "a knob without a bound", 0, { CG(PLAN, 4, knob, KNOB_HUGETLB_2MB), CG(CEILING, 4, knob, KNOB_MEMORY_MAX), CG(CEILING, 4, v[0], 64 << 20) } },
	{ "stop", WIDER_LIMIT, { LIM(PLAN, 0, value, 10000000001) } },
	{ "log", WIDER_LIMIT, { LIM(CEILING, 1, value, (1 << 20) - 1) } },
	{ "sooner", 0, { LIM(PLAN, 0, value, 1) } },
	{ "a limit that the plan lacks", WIDER_LIMIT, { LIM(CEILING, 0, limit, LIMIT_LIFETIME_NS) } },

	{ "a right", WIDER_PATH, { LL(CEILING, 0, access, 5) } },
	{ "a right less", 0, { LL(PLAN, 0, access, 1) } },
	{ "a path beside", WIDER_PATH, { LLT(CEILING, 0, "/us/") } },
	{ "a path whose name begins like it", WIDER_PATH, { LLT(PLAN, 0, "/usrs/") } },
	{ "a path below", 0, { LLT(PLAN, 0, "/usr/lib/") } },
	{ "a file below", 0, { LLT(PLAN, 0, "/usr/lib") } },
	{ "the directory itself", 0, { LLT(PLAN, 0, "/usr") } },
	{ "above", WIDER_PATH, { LLT(PLAN, 0, "/") } },
	{ "below everything", 0, { LLT(CEILING, 0, "/") } },
	{ "a file is no directory", WIDER_PATH, { LLT(CEILING, 0, "/usr") } },
	{ "a file is not what is below", WIDER_PATH, { LLT(PLAN, 1, "/etc/localtime/x") } },
	{ "rights of two rules", 0, { LL(CEILING, 0, access, 1), LLT(CEILING, 1, "/"), LL(CEILING, 1, access, 12) } },
	{ "a rule of ports has no paths", WIDER_PATH, { LL(CEILING, 0, flags, LLRULE_PORT) } },
	{ "paths without a bound", 0, { HDR(CEILING, flags, ALL & ~CEILING_PATHS), LL(CEILING, 0, access, 0) } },

	{ "a port of Landlock", WIDER_PORT, { LL(PLAN, 2, port, 81) } },
	{ "connecting to a port", WIDER_PORT, { LL(PLAN, 2, access, 3) } },
	{ "a port, no bound", 0, { LL(PLAN, 2, port, 81), HDR(CEILING, flags, ALL & ~CEILING_NET) } },
	{ "connecting open with a network", 0, { LAND(PLAN, net, 1) } },
	{ "connecting open without one", WIDER_PORT, { LAND(PLAN, net, 1), FEAT(PLAN, on, ON & ~FEAT_BIT(FEAT_NET_LOOPBACK)) } },
	{ "the same, before ABI 4", 0, { LAND(PLAN, net, 0), HDR(PLAN, min_landlock_abi, 3), FEAT(PLAN, on, ON & ~FEAT_BIT(FEAT_NET_LOOPBACK)) } },
	{ "the same, at ABI 4", WIDER_PORT, { LAND(PLAN, net, 1), HDR(PLAN, min_landlock_abi, 4), FEAT(PLAN, on, ON & ~FEAT_BIT(FEAT_NET_LOOPBACK)) } },
	{ "binding open", WIDER_PORT, { LAND(PLAN, net, 2) } },
	{ "binding open, all ports listed", 0, { LAND(PLAN, net, 2), NETR(CEILING, 0, port_hi, UINT16_MAX) } },
	{ "binding open, all but one", WIDER_PORT, { LAND(PLAN, net, 2), NETR(CEILING, 0, port_hi, UINT16_MAX - 1) } },
	{ "binding open, no bound", 0, { LAND(PLAN, net, 2), HDR(CEILING, flags, ALL & ~CEILING_NET) } },

	{ "tmpfs size", WIDER_MOUNT, { MNT(PLAN, MADE_TMP, size, 65537) } },
	{ "a smaller tmpfs", 0, { MNT(PLAN, MADE_TMP, size, 4096) } },
	{ "tmpfs size, mounts not listed", WIDER_MOUNT, { MNT(PLAN, MADE_TMP, size, 65537), HDR(CEILING, flags, ALL & ~CEILING_MOUNTS) } },
	{ "exec", WIDER_MOUNT, { MNT(CEILING, MADE_USR, attr, RO | MOUNT_ATTR_NOEXEC) } },
	{ "writable", WIDER_MOUNT, { MNT(PLAN, MADE_USR, attr, RO & ~MOUNT_ATTR_RDONLY) } },
	{ "suid", WIDER_MOUNT, { MNT(PLAN, MADE_USR, attr, RO & ~MOUNT_ATTR_NOSUID) } },
	{ "devices", WIDER_MOUNT, { MNT(PLAN, MADE_USR, attr, RO & ~MOUNT_ATTR_NODEV) } },
	{ "symlinks", WIDER_MOUNT, { MNT(CEILING, MADE_USR, attr, RO | MOUNT_ATTR_NOSYMFOLLOW) } },
	{ "noexec", 0, { MNT(PLAN, MADE_USR, attr, RO | MOUNT_ATTR_NOEXEC) } },
	{ "times are no bound", 0, { MNT(CEILING, MADE_USR, attr, RO | MOUNT_ATTR_NOATIME) } },
	{ "the whole proc", WIDER_MOUNT, { MNT(PLAN, MADE_PROC, flags, MOUNT_F_PROC_FULL) } },
	{ "another image", WIDER_MOUNT, { MNT(PLAN, MADE_USR, digest[31], 1) } },
	{ "another part of the image", WIDER_MOUNT, { MNTT(PLAN, MADE_USR, name, "/usr/lib") } },
	{ "another source", WIDER_MOUNT, { MNT(PLAN, MADE_TMP, kind, MOUNT_MQUEUE) } },
	{ "another source, not listed", 0, { MNT(PLAN, MADE_TMP, kind, MOUNT_MQUEUE), HDR(CEILING, flags, ALL & ~CEILING_MOUNTS) } },
	{ "another target", WIDER_MOUNT, { MNTT(PLAN, MADE_SITE, target, "/srv") } },
	{ "another target, not listed", 0, { MNTT(PLAN, MADE_SITE, target, "/srv"), HDR(CEILING, flags, ALL & ~CEILING_MOUNTS) } },
	{ "host", WIDER_MOUNT, { MNT(PLAN, MADE_USR, kind, MOUNT_HOST) } },
	{ "host, mounts not listed", WIDER_MOUNT, { MNT(PLAN, MADE_USR, kind, MOUNT_HOST), HDR(CEILING, flags, ALL & ~CEILING_MOUNTS) } },
	{ "host, a row", 0, { MNT(PLAN, MADE_USR, kind, MOUNT_HOST), MNT(CEILING, MADE_USR, kind, MOUNT_HOST), MNTT(CEILING, MADE_USR, name, "/usr") } },
	{ "host, a row below", WIDER_MOUNT, { MNT(PLAN, MADE_USR, kind, MOUNT_HOST), MNT(CEILING, MADE_USR, kind, MOUNT_HOST), MNTT(CEILING, MADE_USR, name, "/usr/lib") } },
	{ "host, a row whose name begins like it", WIDER_MOUNT, { MNT(PLAN, MADE_USR, kind, MOUNT_HOST), MNT(CEILING, MADE_USR, kind, MOUNT_HOST), MNTT(CEILING, MADE_USR, name, "/us") } },

	{ "a node", WIDER_DEVICE, { SET(PLAN, PLAN_DEVICE, 0, plan_device, nodes, 1u << NODE_ZERO) } },
	{ "no node", 0, { SET(PLAN, PLAN_DEVICE, 0, plan_device, nodes, 0) } },
	{ "a port above", WIDER_NET, { NETR(PLAN, 1, port_hi, 8091) } },
	{ "a port below", WIDER_NET, { NETR(PLAN, 1, port_lo, 8079) } },
	{ "a port less", 0, { NETR(PLAN, 1, port_lo, 8081) } },
	{ "out", WIDER_NET, { NETR(PLAN, 1, dir, NET_OUT) } },
	{ "udp", WIDER_NET, { NETR(PLAN, 1, proto, 17) } },
	{ "a larger prefix", WIDER_NET, { NETR(PLAN, 1, prefix, 7) } },
	{ "a smaller prefix", 0, { NETR(PLAN, 1, prefix, 9) } },
	{ "its upper half", 0, { NETR(PLAN, 1, prefix, 9), NETR(PLAN, 1, addr[1], 0x80) } },
	{ "ports of two rows, the later first", 0, { NETR(PLAN, 1, port_lo, 79), NETR(PLAN, 1, port_hi, 80), NETR(CEILING, 1, port_lo, 79), NETR(CEILING, 1, port_hi, 79) } },
	{ "another address", WIDER_NET, { NETR(PLAN, 1, addr[0], 11) } },
	{ "another family", WIDER_NET, { NETR(PLAN, 1, family, 6) } },
	{ "any address", WIDER_NET, { NETR(PLAN, 1, family, 0), NETR(PLAN, 1, prefix, 0), NETR(PLAN, 1, addr[0], 0) } },
	{ "under any address", 0, { NETR(CEILING, 1, family, 0), NETR(CEILING, 1, prefix, 0), NETR(CEILING, 1, addr[0], 0) } },
	{ "ports of two rows", 0, { NETR(CEILING, 0, port_hi, 8084), NETR(CEILING, 1, port_lo, 8085) } },
	{ "ports between two rows", WIDER_NET, { NETR(CEILING, 0, port_hi, 8084), NETR(CEILING, 1, port_lo, 8086) } },
	{ "net without a bound", 0, { NETR(PLAN, 1, port_hi, 9999), HDR(CEILING, flags, ALL & ~CEILING_NET) } },

	{ "a variable", WIDER_ENV, { TXT(PLAN, PLAN_ENV, 1, plan_env, name, "HOM") } },
	{ "variables without a bound", 0, { TXT(PLAN, PLAN_ENV, 1, plan_env, name, "HOM"), HDR(CEILING, flags, ALL & ~CEILING_ENV) } },
	{ "any value", 0, { TXT(PLAN, PLAN_ENV, 1, plan_env, value, "/tmp") } },
	{ "uid", WIDER_EXEC, { EXE(PLAN, uid, 0) } },
	{ "gid", WIDER_EXEC, { EXE(PLAN, gid, 0) } },
	{ "umask", WIDER_EXEC, { EXE(PLAN, umask, 020) } },
	{ "a stricter umask", 0, { EXE(PLAN, umask, 077) } },
};
/* clang-format on */

static void apply(uint8_t *plan, const struct patch *c)
{
	uint8_t *row = c->section == PLAN__COUNT ? plan : plan_make_row(plan, c->section, c->row);

	if (c->text)
		plan_make_text(plan, (void *)(row + c->off), c->text, strlen(c->text));
	else
		memcpy(row + c->off, &c->value, c->size);
}

/* A ceiling that permits just the default plan: every domain listed. */
static uint8_t *ceiling_make(size_t *n)
{
	static const struct patch base[] = {
		HDR(CEILING, flags, ALL),
		ID(CEILING, ready, 1u << READY_TIME),
		ID(CEILING, stop, 1u << STOP_TERM),
		ID(CEILING, missing, 1u << MISSING_ERRNO),
		FEAT(CEILING, on, ON | FEAT_BIT(FEAT_VOLUME)),
	};
	uint8_t *p = plan_make_bare(n);

	for (size_t i = 0; i < UNIT_LEN(base); i++)
		apply(p, &base[i]);
	return p;
}

static void sections(void **state)
{
	uint32_t seen = 0;

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(verdicts); i++) {
		size_t n, cn;
		uint8_t *p = plan_make_bare(&n), *c = ceiling_make(&cn);
		struct fault f = { 0 };
		int got;

		for (size_t k = 0; k < UNIT_LEN(verdicts[i].change); k++)
			if (verdicts[i].change[k].on != END)
				apply(verdicts[i].change[k].on == PLAN ? p : c,
				      &verdicts[i].change[k]);
		plan_make_rehash(p, n);
		plan_make_rehash(c, cn);
		got = plan_within(p, n, c, cn, &f);
		unit_eq(got, verdicts[i].want, verdicts[i].why);
		unit_row(!got == !f.err, verdicts[i].why);
		seen |= 1u << got;
		free(p);
		free(c);
	}
	assert_int_equal(seen, (1u << WITHIN__COUNT) - 1); /* each name has a row */
}

static void misuse(void **state)
{
	struct fault f = { 0 };
	size_t n, cn;
	uint8_t *p = plan_make(&n), *c = ceiling_make(&cn);

	(void)state;
	assert_int_equal(plan_within(p, n, c, cn, &f), WIDER_CEILING); /* its hash is not right */
	plan_make_rehash(c, cn);
	assert_int_equal(plan_within(p, n, c, cn, &f), 0);
	assert_int_equal(plan_check(c, cn, &f), PF_FLAGS); /* a ceiling is never run */
	assert_int_equal(plan_within(p, n, c, cn - 8, &f), WIDER_CEILING);
	assert_int_equal(plan_within(p, n, p, n, &f), WIDER_CEILING);
	assert_int_equal(plan_within(p, n - 8, c, cn, &f), -EINVAL);
	assert_int_equal(plan_within(p, 8, c, cn, &f), -EINVAL);
	assert_int_equal(plan_within(NULL, n, c, cn, &f), -EINVAL);
	assert_int_equal(plan_within(p, n, c, cn, NULL), -EINVAL);
	free(p);
	free(c);
}

/* A ceiling is read by root: whatever bit of it is flipped, it is refused or decides. */
static void any_bit_of_a_ceiling(void **state)
{
	struct fault f = { 0 };
	size_t n, cn;
	uint8_t *p = plan_make(&n), *c = ceiling_make(&cn);

	(void)state;
	for (size_t bit = 0; bit < cn * 8; bit += 61) {
		c[bit / 8] ^= (uint8_t)(1u << bit % 8);
		plan_make_rehash(c, cn);
		assert_true(plan_within(p, n, c, cn, &f) >= 0);
		c[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	free(p);
	free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sections),
		cmocka_unit_test(misuse),
		cmocka_unit_test(any_bit_of_a_ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
