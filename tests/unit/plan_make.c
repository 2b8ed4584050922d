/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_make.c - a valid plan in memory. Runs in: unit tests and the harness of plan_check.
 */
#include "tests/unit/plan_make.h"

#include "lib/plan/feature.h"
#include "lib/plan/plan_check.h"
#include "lib/plan/property.h"
#include "profiles/expect.h"

#include <elf.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/mount.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

static void grow(struct plan_maker *m, enum plan_section s, const void *p, size_t n)
{
	uint8_t *bigger = realloc(m->sec[s].p, m->sec[s].len + n);

	if (!bigger)
		abort();
	m->sec[s].p = bigger;
	memcpy(bigger + m->sec[s].len, p, n);
	m->sec[s].len += n;
}

struct plan_str plan_make_str(struct plan_maker *m, const char *text)
{
	struct plan_str s = { (uint32_t)m->sec[PLAN_STRINGS].len, (uint32_t)strlen(text) };

	if (s.len == 0)
		return (struct plan_str){ 0, 0 };
	grow(m, PLAN_STRINGS, text, s.len + 1);
	return s;
}

void plan_make_add(struct plan_maker *m, enum plan_section s, const void *row, size_t size)
{
	grow(m, s, row, size);
	m->sec[s].count++;
}

void plan_make_clear(struct plan_maker *m, enum plan_section s)
{
	m->sec[s].len = m->sec[s].count = 0;
}

#define ADD(m, s, type, ...) plan_make_add(m, s, &(struct type){ __VA_ARGS__ }, sizeof(struct type))

static void add_identity(struct plan_maker *m)
{
	const uint64_t on = FEAT_BIT(FEAT_EXEC) | FEAT_BIT(FEAT_FORK) | FEAT_BIT(FEAT_SHM) |
			    FEAT_BIT(FEAT_POSIX_MQ) | FEAT_BIT(FEAT_TMP) | FEAT_BIT(FEAT_PROC) |
			    FEAT_BIT(FEAT_NET_LOOPBACK) | FEAT_BIT(FEAT_NET_INBOUND) |
			    FEAT_BIT(FEAT_NET_LOW_PORTS);

	ADD(m, PLAN_IDENT, plan_ident, .profile = plan_make_str(m, "web.test"),
	    .hostname = plan_make_str(m, "web"), .user = plan_make_str(m, "app"),
	    .timezone = plan_make_str(m, "Europe/Berlin"), .language = 1, .compiler = 1);
	ADD(m, PLAN_FEATURES, plan_features, on, on | FEAT_BIT(FEAT_VOLUME));
	ADD(m, PLAN_NS, plan_ns,
	    .clone_mask = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWUTS |
			  CLONE_NEWIPC | CLONE_NEWCGROUP);
	ADD(m, PLAN_CAPS, plan_caps, .securebits = 0xef, .no_new_privs = 1);
	for (uint32_t i = 0; i < 16; i++)
		ADD(m, PLAN_RLIMIT, plan_rlimit, i, 0, 0, i == 4 || i == 14 ? 0 : 1024);
	ADD(m, PLAN_CGROUP, plan_cgroup, KNOB_MEMORY_MAX, 0, { 64 << 20, 0 });
	ADD(m, PLAN_CGROUP, plan_cgroup, KNOB_OOM_GROUP, 0, { 1, 0 });
	ADD(m, PLAN_CGROUP, plan_cgroup, KNOB_CPU_MAX, 0, { 100000, 100000 });
	ADD(m, PLAN_CGROUP, plan_cgroup, KNOB_CPU_WEIGHT, 0, { 100, 0 });
	ADD(m, PLAN_CGROUP, plan_cgroup, KNOB_PIDS_MAX, 0, { 64, 0 });
}

/* execve, exit_group and ioctl(TCGETS): one of every kind of instruction that libseccomp uses. */
static void add_filter(struct plan_maker *m)
{
	const uint32_t deny = SECCOMP_RET_ERRNO | ENOSYS, kill = SECCOMP_RET_KILL_PROCESS;
	const struct sock_filter insn[] = {
		/*  0 */ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4),
		/*  1 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
		/*  2 */ BPF_STMT(BPF_RET | BPF_K, kill),
		/*  3 */ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		/*  4 */ BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 2),
		/*  5 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xffffffff, 4, 0),
		/*  6 */ BPF_STMT(BPF_RET | BPF_K, kill),
		/*  7 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 3, 0),
		/*  8 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 2, 0),
		/*  9 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 2, 0),
		/* 10 */ BPF_STMT(BPF_JMP | BPF_JA, 5),
		/* 11 */ BPF_STMT(BPF_JMP | BPF_JA, 3),
		/* 12 */ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 24),
		/* 13 */ BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xffffffff),
		/* 14 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x5401, 0, 1),
		/* 15 */ BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		/* 16 */ BPF_STMT(BPF_RET | BPF_K, deny),
	};

	for (size_t i = 0; i < ARRAY_LEN(insn); i++)
		plan_make_add(m, PLAN_BPF, &insn[i], sizeof(insn[i]));
	ADD(m, PLAN_SECCOMP, plan_seccomp, 0, ARRAY_LEN(insn), 0, 0);
	ADD(m, PLAN_SYSRULE, plan_sysrule, .nr = SYS_ioctl, .arg = 1, .width = 4,
	    .mask = UINT32_MAX, .value = 0x5401);
	ADD(m, PLAN_SYSRULE, plan_sysrule, .nr = SYS_execve, .arg = SYSRULE_ALWAYS, .width = 8);
}

static void add_access(struct plan_maker *m)
{
	ADD(m, PLAN_LANDLOCK, plan_landlock, 0xffff, 3, 3);
	ADD(m, PLAN_LLRULE, plan_llrule, plan_make_str(m, "/usr/"), 0xd, 0, 0);
	ADD(m, PLAN_LLRULE, plan_llrule, plan_make_str(m, "/etc/localtime"), 4, 0, LLRULE_OPTIONAL);
	ADD(m, PLAN_LLRULE, plan_llrule, { 0, 0 }, 1, 80, LLRULE_PORT);
	ADD(m, PLAN_DEVICE, plan_device, 1u << NODE_NULL | 1u << NODE_URANDOM);
	ADD(m, PLAN_NETRULE, plan_netrule, NET_IN, 6, 0, 0, 80, 80, { 0 });
	ADD(m, PLAN_NETRULE, plan_netrule, NET_IN, 6, 8, 4, 8080, 8090, { 10 });
}

static void add_mounts(struct plan_maker *m)
{
	const uint64_t ro = MOUNT_ATTR_RDONLY, nosuid = MOUNT_ATTR_NOSUID, nodev = MOUNT_ATTR_NODEV;
	const struct plan_mount rows[] = {
		{ .target = plan_make_str(m, "/usr"),
		  .name = plan_make_str(m, "/usr"),
		  .kind = MOUNT_IMAGE,
		  .attr = ro | nosuid | nodev,
		  .digest = { 1 } },
		{ .target = plan_make_str(m, "/etc/nginx"),
		  .name = plan_make_str(m, "/etc/nginx"),
		  .kind = MOUNT_IMAGE,
		  .attr = ro | nosuid | nodev,
		  .digest = { 2 } },
		{ .target = plan_make_str(m, "/dev"), .kind = MOUNT_DEVICES, .attr = ro | nosuid },
		{ .target = plan_make_str(m, "/dev/shm"),
		  .kind = MOUNT_TMPFS,
		  .attr = nosuid | nodev,
		  .size = 65536,
		  .mode = 01777 },
		{ .target = plan_make_str(m, "/dev/mqueue"),
		  .kind = MOUNT_MQUEUE,
		  .attr = nosuid | nodev },
		{ .target = plan_make_str(m, "/tmp"),
		  .kind = MOUNT_TMPFS,
		  .attr = nosuid | nodev,
		  .size = 65536,
		  .mode = 01777 },
		{ .target = plan_make_str(m, "/proc"),
		  .kind = MOUNT_PROC,
		  .attr = ro | nosuid | nodev },
	};

	for (uint32_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct plan_mount row = rows[i];

		row.order = i;
		plan_make_add(m, PLAN_MOUNT, &row, sizeof(row));
	}
}

static void add_command(struct plan_maker *m)
{
	struct plan_str arg;

	ADD(m, PLAN_LIMITMISC, plan_limitmisc, LIMIT_STOP_NS, 0, 10000000000);
	ADD(m, PLAN_LIMITMISC, plan_limitmisc, LIMIT_LOG_RATE, 0, 1 << 20);
	ADD(m, PLAN_ENV, plan_env, plan_make_str(m, "PATH"), plan_make_str(m, "/usr/bin"));
	ADD(m, PLAN_ENV, plan_env, plan_make_str(m, "HOME"), plan_make_str(m, "/"));
	ADD(m, PLAN_EXEC, plan_exec, plan_make_str(m, "/usr/sbin/nginx"), plan_make_str(m, "/"),
	    ID_WORKLOAD, ID_WORKLOAD, 022, 2);
	arg = plan_make_str(m, "nginx");
	plan_make_add(m, PLAN_ARG, &arg, sizeof(arg));
	arg = plan_make_str(m, "-q");
	plan_make_add(m, PLAN_ARG, &arg, sizeof(arg));
	ADD(m, PLAN_PROV, plan_prov, PLAN_MOUNT, 1, plan_make_str(m, "web.profile"), 7, 1);
}

void plan_make_init(struct plan_maker *m)
{
	const struct plan_expect none = { 0 };

	memset(m, 0, sizeof(*m));
	grow(m, PLAN_STRINGS, "", 1);
	add_identity(m);
	add_filter(m);
	add_access(m);
	add_mounts(m);
	add_command(m);
	for (size_t i = 0; i < property_planned(); i++)
		plan_make_add(m, PLAN_EXPECT, &none, sizeof(none));
}

void plan_make_fini(struct plan_maker *m)
{
	for (size_t i = 0; i < PLAN__COUNT; i++)
		free(m->sec[i].p);
	memset(m, 0, sizeof(*m));
}

/* clang-format off */
static const uint16_t strides[PLAN__COUNT] = {
	[PLAN_IDENT] = sizeof(struct plan_ident), [PLAN_FEATURES] = sizeof(struct plan_features),
	[PLAN_NS] = sizeof(struct plan_ns), [PLAN_CAPS] = sizeof(struct plan_caps),
	[PLAN_RLIMIT] = sizeof(struct plan_rlimit), [PLAN_CGROUP] = sizeof(struct plan_cgroup),
	[PLAN_SECCOMP] = sizeof(struct plan_seccomp), [PLAN_BPF] = sizeof(struct sock_filter),
	[PLAN_SYSRULE] = sizeof(struct plan_sysrule), [PLAN_LANDLOCK] = sizeof(struct plan_landlock),
	[PLAN_LLRULE] = sizeof(struct plan_llrule), [PLAN_MOUNT] = sizeof(struct plan_mount),
	[PLAN_DEVICE] = sizeof(struct plan_device), [PLAN_NETRULE] = sizeof(struct plan_netrule),
	[PLAN_LIMITMISC] = sizeof(struct plan_limitmisc), [PLAN_ENV] = sizeof(struct plan_env),
	[PLAN_EXEC] = sizeof(struct plan_exec), [PLAN_ARG] = sizeof(struct plan_str),
	[PLAN_EXPECT] = sizeof(struct plan_expect), [PLAN_PROV] = sizeof(struct plan_prov),
	[PLAN_STRINGS] = 1,
};
/* clang-format on */

static uint8_t *lay_out(struct plan_maker *m, size_t *ret_size)
{
	struct plan_hdr h = { .version = PLAN_VERSION,
			      .arch = EM_X86_64,
			      .min_kernel = 0x60100,
			      .min_landlock_abi = 6,
			      .nsections = PLAN__COUNT };
	size_t at = sizeof(h);
	uint8_t *plan;

	memcpy(h.magic, PLAN_MAGIC, sizeof(h.magic));
	for (size_t i = 0; i < PLAN__COUNT; i++) {
		at = (at + 7) / 8 * 8;
		h.sec[i].off = (uint32_t)at;
		h.sec[i].len = (uint32_t)(m->sec[i].len + (i == PLAN_STRINGS ? MADE_SPARE : 0));
		h.sec[i].count = (uint16_t)m->sec[i].count;
		h.sec[i].stride = strides[i];
		at += h.sec[i].len;
	}
	/* an odd end, so that there is padding to test */
	h.sec[PLAN_STRINGS].len -= at % 8 ? 0 : 1;
	h.total_len = (uint32_t)((at + 7) / 8 * 8);
	plan = calloc(1, h.total_len + MADE_SLACK);
	if (!plan)
		abort();
	for (size_t i = 0; i < PLAN__COUNT; i++)
		if (m->sec[i].len)
			memcpy(plan + h.sec[i].off, m->sec[i].p, m->sec[i].len);
	memcpy(plan, &h, sizeof(h));
	expect_fill(plan);
	*ret_size = h.total_len;
	return plan;
}

uint8_t *plan_make_done(struct plan_maker *m, size_t *ret_size)
{
	uint8_t *plan = lay_out(m, ret_size);

	plan_make_rehash(plan, *ret_size);
	return plan;
}

uint8_t *plan_make_bare(size_t *ret_size)
{
	struct plan_maker m;
	uint8_t *plan;

	plan_make_init(&m);
	plan = lay_out(&m, ret_size);
	plan_make_fini(&m);
	return plan;
}

uint8_t *plan_make(size_t *ret_size)
{
	struct plan_maker m;
	uint8_t *plan;

	plan_make_init(&m);
	plan = plan_make_done(&m, ret_size);
	plan_make_fini(&m);
	return plan;
}

void *plan_make_row(uint8_t *plan, enum plan_section s, size_t i)
{
	struct plan_hdr h;

	memcpy(&h, plan, sizeof(h));
	return plan + h.sec[s].off + i * h.sec[s].stride;
}

void plan_make_rehash(uint8_t *plan, size_t size)
{
	uint8_t sum[32];

	plan_hash(plan, size, sum);
	memcpy(plan + offsetof(struct plan_hdr, body_sha256), sum, sizeof(sum));
}

void plan_make_text(uint8_t *plan, struct plan_str *ref, const char *text, size_t len)
{
	struct plan_hdr h;
	uint32_t at;

	memcpy(&h, plan, sizeof(h));
	at = h.sec[PLAN_STRINGS].len - MADE_SPARE + 8;
	memcpy(plan + h.sec[PLAN_STRINGS].off + at, text, len);
	*ref = (struct plan_str){ at, (uint32_t)len };
}
