/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_plan_check.c - one row per rule of plan_check: a good plan, one thing changed, hashed again.
 */
/* links: lib/plan lib/base profiles/expect.c tests/unit/plan_make.c */
#include "tests/unit/unit.h"

#include "lib/plan/property.h"
#include "tests/unit/plan_edges.h"
#include "tests/unit/plan_make.h"
#include "tests/unit/plan_patches.h"
#include "tests/unit/plan_texts.h"

#include <errno.h>
#include <linux/mount.h>
#include <string.h>

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

/* The verdict on the good plan with that one change. */
static void changed(const struct patch *p)
{
	size_t size;
	uint8_t *plan = plan_make(&size);

	apply(plan, p);
	if (p->section != HDR_RAW)
		plan_make_rehash(plan, size);
	unit_eq(verdict(plan, size), p->want, p->why);
	free(plan);
}

static void one_thing_changed(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(patches); i++)
		changed(&patches[i]);
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

/* The last values that pass: each limit from its good side. */
static void edges(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(plan_edges); i++)
		changed(&plan_edges[i]);
}

/* What each Landlock ABI knows is wanted whole, and no bit more. */
static void landlock_abis(void **state)
{
	static const struct plan_landlock rights[] = {
		{ 0, 0, 0 },	  { 0x1fff, 0, 0 }, { 0x3fff, 0, 0 }, { 0x7fff, 0, 0 },
		{ 0x7fff, 3, 0 }, { 0xffff, 3, 0 }, { 0xffff, 3, 3 }, { 0xffff, 3, 3 },
	};

	(void)state;
	for (uint8_t abi = 0; abi < UNIT_LEN(rights); abi++) {
		for (uint8_t made_for = 0; made_for < UNIT_LEN(rights); made_for++) {
			struct plan_maker m;
			size_t size;
			uint8_t *plan;
			int same = memcmp(&rights[abi], &rights[made_for], sizeof(rights[0])) == 0;
			int more = (rights[made_for].fs & ~rights[abi].fs) ||
				   (rights[made_for].net & ~rights[abi].net) ||
				   (rights[made_for].scoped & ~rights[abi].scoped);
			int fewer_net = rights[made_for].fs == rights[abi].fs &&
					rights[made_for].scoped == rights[abi].scoped;

			plan_make_init(&m);
			plan_make_clear(&m, PLAN_LLRULE);
			memcpy(m.sec[PLAN_LANDLOCK].p, &rights[made_for], sizeof(rights[0]));
			plan = plan_make_done(&m, &size);
			memcpy(plan + offsetof(struct plan_hdr, min_landlock_abi), &abi, 1);
			plan_make_rehash(plan, size);
			unit_eq(verdict(plan, size),
				abi == 0		       ? PF_LL_ABI
				: same || (fewer_net && !more) ? 0
				: more			       ? PF_LL_ABI
							       : PF_LL_HANDLED,
				"rights of an ABI");
			free(plan);
			plan_make_fini(&m);
		}
	}
}

/* ---- one compare of one argument in front of ALLOW: is what it leaves open refused? ---- */

/* clang-format off */
#define ARG(i) (16 + 8 * (i))
enum { TEST_NR = 9, TEST_LOAD = 12, TEST_AND = 13, TEST = 14 }; /* of the made filter */
struct open_row { const char *why; uint32_t nr, load, mask, op, k; int want; uint64_t on; };
static const struct open_row left_open[] = {
	{ "one harmless value",        SYS_personality, ARG(0), UINT32_MAX, BPF_JEQ, 0, 0, 0 },
	{ "the other one",             SYS_personality, ARG(0), UINT32_MAX, BPF_JEQ, UINT32_MAX, 0, 0 },
	{ "one of the others",         SYS_personality, ARG(0), UINT32_MAX, BPF_JEQ, 0x1240000, PF_HARD_VALUE, 0 },
	{ "a part of the harmless",    SYS_personality, ARG(0), 0xffffff, BPF_JEQ, 0, PF_HARD_VALUE, 0 },
	{ "by its bits",               SYS_personality, ARG(0), UINT32_MAX, BPF_JSET, 0x40000, PF_HARD_VALUE, 0 },
	{ "at or above",               SYS_personality, ARG(0), UINT32_MAX, BPF_JGE, 0x40000, PF_HARD_VALUE, 0 },
	{ "a high word",               SYS_personality, ARG(0) + 4, UINT32_MAX, BPF_JEQ, 0, PF_HARD_VALUE, 0 },
	{ "another argument",          SYS_personality, ARG(1), UINT32_MAX, BPF_JEQ, 0, PF_HARD_VALUE, 0 },
	{ "what no word is",           SYS_personality, ARG(0), 1, BPF_JEQ, 2, 0, 0 },
	{ "a family nobody tries",     SYS_socket, ARG(0), UINT32_MAX, BPF_JEQ, 0x1234, PF_HARD_VALUE, 0 },
	{ "a family under a mask",     SYS_socket, ARG(0), 0xff, BPF_JEQ, 2, PF_HARD_VALUE, 0 },
	{ "any type of a family",      SYS_socket, ARG(0), UINT32_MAX, BPF_JEQ, 1, PF_HARD_VALUE, 0 },
	{ "W and X and a bit",         SYS_mmap, ARG(2), UINT32_MAX, BPF_JEQ, 0x1006, PF_FEATURE_VALUE, 0 },
	{ "W and a bit",               SYS_mmap, ARG(2), UINT32_MAX, BPF_JEQ, 0x1002, PF_HUGE, 0 },
	{ "no W",                      SYS_mmap, ARG(2), 2, BPF_JEQ, 0, PF_HUGE, 0 },
	{ "X, W or not",               SYS_mmap, ARG(2), 4, BPF_JEQ, 4, PF_FEATURE_VALUE, 0 },
	{ "a device and a mode",       SYS_mknod, ARG(1), UINT32_MAX, BPF_JEQ, 0020644, PF_HARD_VALUE, 0 },
	{ "a file and a mode",         SYS_mknod, ARG(1), UINT32_MAX, BPF_JEQ, 0100644, 0, 0 },
	{ "all files",                 SYS_mknod, ARG(1), 0170000, BPF_JEQ, 0100000, 0, 0 },
	{ "no file",                   SYS_mknod, ARG(1), 0100000, BPF_JEQ, 0, PF_HARD_VALUE, 0 },
	{ "a child in no namespace",   SYS_clone, ARG(0), 0x7e030000, BPF_JEQ, 0, 0, 0 },
	{ "or a thread",               SYS_clone, ARG(0), 0x7e020000, BPF_JEQ, 0, PF_FEATURE_VALUE, 0 },
	{ "all but one namespace",     SYS_clone, ARG(0), 0x7c030000, BPF_JEQ, 0, PF_HARD_VALUE, 0 },
	{ "no OOB",                    SYS_sendto, ARG(3), 1, BPF_JEQ, 0, 0, 0 },
	{ "another flag",              SYS_sendto, ARG(3), 2, BPF_JEQ, 0, PF_HARD_VALUE, 0 },
	{ "an ioctl of the list",      SYS_ioctl, ARG(1), UINT32_MAX, BPF_JEQ, 0xC0045877, PF_HARD_VALUE, 0 },
	{ "an ioctl, low half",        SYS_ioctl, ARG(1), 0xffff, BPF_JEQ, 0x5877, PF_HARD_VALUE, 0 },
	{ "an ioctl beside it",        SYS_ioctl, ARG(1), 0xffff, BPF_JEQ, 0x5879 + 0x100, 0, 0 },
	{ "mmap, not huge",   SYS_mmap, ARG(3), 0x40000, BPF_JEQ, 0, 0, BIT(FEAT_JIT) },
	{ "mmap, some flags", SYS_mmap, ARG(3), UINT32_MAX, BPF_JEQ, 0x22, 0, BIT(FEAT_JIT) },
	{ "mmap, huge",       SYS_mmap, ARG(3), UINT32_MAX, BPF_JEQ, 0x40022, PF_HUGE, BIT(FEAT_JIT) },
	{ "mmap, high word",  SYS_mmap, ARG(3) + 4, 0x40000, BPF_JEQ, 0, PF_HUGE, BIT(FEAT_JIT) },
	{ "memfd, not huge",  SYS_memfd_create, ARG(1), 0x14, BPF_JEQ, 0, 0, BIT(FEAT_MEMFD) },
	{ "memfd, huge",      SYS_memfd_create, ARG(1), 0x10, BPF_JEQ, 0, PF_HUGE, BIT(FEAT_MEMFD) },
	{ "shmget, not huge", SYS_shmget, ARG(2), 04000, BPF_JEQ, 0, 0, BIT(FEAT_SYSV_IPC) },
	{ "shmget, huge",     SYS_shmget, ARG(2), 01000, BPF_JEQ, 0, PF_HUGE, BIT(FEAT_SYSV_IPC) },
};
/* clang-format on */

/* The verdict on the default plan with this compare in its filter, and these features on as well.
 * limit: there is one on huge pages. */
static int compared(const struct open_row *row, int limit)
{
	const struct plan_cgroup pages = { KNOB_HUGETLB_2MB, 0, { 2 << 20, 0 } };
	struct plan_maker m;
	struct plan_features *on;
	struct sock_filter *f;

	plan_make_init(&m);
	if (limit)
		plan_make_add(&m, PLAN_CGROUP, &pages, sizeof(pages));
	on = (void *)m.sec[PLAN_FEATURES].p;
	on->on |= row->on;
	on->permitted |= row->on;
	f = (void *)m.sec[PLAN_BPF].p;
	f[TEST_NR].k = row->nr;
	f[TEST_LOAD].k = row->load;
	f[TEST_AND].k = row->mask;
	f[TEST].code = (uint16_t)(BPF_JMP | BPF_K | row->op);
	f[TEST].k = row->k;
	return made(&m, 0);
}

static void values_left_open(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(left_open); i++) {
		const struct open_row *row = &left_open[i];

		unit_eq(compared(row, 0), row->want, row->why);
		unit_eq(compared(row, 1), row->want == PF_HUGE ? 0 : row->want, row->why);
	}
}

static void clauses_in_order(void **state)
{
	struct plan_maker m;
	struct plan_sysrule *rule;

	(void)state;
	plan_make_init(&m);
	rule = (void *)m.sec[PLAN_SYSRULE].p;
	rule[1].nr = rule[0].nr;
	rule[0].clause = 1;
	unit_eq(made(&m, 0), PF_SYSRULE, "clause 1 before clause 0");
}

/* A feature that is off asks nothing of mounts that are not its own. */
static void without_shm(void **state)
{
	struct plan_maker m;
	struct plan_features *on;
	struct plan_mount *mount;

	(void)state;
	plan_make_init(&m);
	mount = (void *)m.sec[PLAN_MOUNT].p;
	mount[MADE_SHM].target = plan_make_str(&m, "/var/tmp");
	on = (void *)m.sec[PLAN_FEATURES].p;
	on->on &= ~BIT(FEAT_SHM);
	unit_eq(made(&m, 0), 0, "no /dev/shm, no feature");
}

/* A port from 1024 on needs no low ports. */
static void high_ports(void **state)
{
	const struct plan_netrule rule = { NET_IN, 6, 0, 0, 1024, 65535, { 0 } };
	struct plan_maker m;
	struct plan_features *on;

	(void)state;
	plan_make_init(&m);
	plan_make_clear(&m, PLAN_NETRULE);
	plan_make_add(&m, PLAN_NETRULE, &rule, sizeof(rule));
	on = (void *)m.sec[PLAN_FEATURES].p;
	on->on &= ~BIT(FEAT_NET_LOW_PORTS);
	unit_eq(made(&m, 0), 0, "port 1024");
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
	/* exactly eight */
	h.sec[PLAN_STRINGS].len = (uint32_t)size - h.sec[PLAN_STRINGS].off;
	memcpy(plan, &h, sizeof(h));
	plan_make_rehash(plan, size + 8);
	assert_int_equal(verdict(plan, size + 8), PF_SEC_GAP);
	free(plan);
}

/* The end of the strings: what starts or ends there is out. */
static void string_edges(void **state)
{
	size_t size;
	uint8_t *plan = plan_make(&size);
	struct plan_str *ref = plan_make_row(plan, PLAN_ARG, 1);
	struct plan_hdr h;

	(void)state;
	memcpy(&h, plan, sizeof(h));
	*ref = (struct plan_str){ h.sec[PLAN_STRINGS].len - 1, 0 };
	plan_make_rehash(plan, size);
	assert_int_equal(verdict(plan, size), 0);
	*ref = (struct plan_str){ h.sec[PLAN_STRINGS].len, 0 };
	plan_make_rehash(plan, size);
	assert_int_equal(verdict(plan, size), PF_STR_RANGE);
	*ref = (struct plan_str){ h.sec[PLAN_STRINGS].len - 1, 1 };
	plan_make_rehash(plan, size);
	assert_int_equal(verdict(plan, size), PF_STR_RANGE);
	h.total_len = PLAN_SIZE_MAX + 8;
	memcpy(plan, &h, sizeof(h));
	assert_int_equal(verdict(plan, PLAN_SIZE_MAX + 8), PF_SIZE);
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
		cmocka_unit_test(edges),
		cmocka_unit_test(landlock_abis),
		cmocka_unit_test(high_ports),
		cmocka_unit_test(clauses_in_order),
		cmocka_unit_test(values_left_open),
		cmocka_unit_test(without_shm),
		cmocka_unit_test(padding_and_tail),
		cmocka_unit_test(string_edges),
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
