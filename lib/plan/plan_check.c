/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_check.c - header, hash, sections and strings of a plan. Runs in: cloister-spawn (before root
 * acts on a plan), cloister-compile (its last step). Pure: no allocation, no system call.
 *
 * C1 The header and the section table are checked before anything that they point at.
 * C2 Sections stand in one order with no gap but zero padding, so that two plans that mean the same
 *    are the same bytes and nothing can hide between sections.
 */
#include "lib/plan/check.h"
#include "lib/base/sha256.h"
#include "lib/base/str.h"
#include "lib/plan/plan_within.h"
#include "lib/plan/property.h"

#include <elf.h>
#include <errno.h>
#include <linux/filter.h>
#include <string.h>

/* clang-format off */
#define TEXT(k, text) [PF_##k] = text
const char *const plan_fault_text[PF__COUNT] = {
	TEXT(NONE, "no fault"), TEXT(SIZE, "size differs from the header's"),
	TEXT(MAGIC, "not a plan"), TEXT(VERSION, "layout version"), TEXT(ARCH, "architecture"),
	TEXT(SECTIONS, "number of sections"), TEXT(FLAGS, "unknown plan flag"),
	TEXT(HASH, "bytes do not match the hash"), TEXT(SEC_ALIGN, "section not aligned"),
	TEXT(SEC_RANGE, "section out of the plan"), TEXT(SEC_OVERLAP, "sections overlap"),
	TEXT(SEC_GAP, "gap between sections"), TEXT(SEC_STRIDE, "row size"),
	TEXT(SEC_LEN, "rows do not fill the section"),
	TEXT(SEC_COUNT, "too many or too few rows"), TEXT(LATER, "not in this version yet"),
	TEXT(PADDING, "unused byte not zero"), TEXT(STR_RANGE, "string out of range"),
	TEXT(STR_END, "string not ended"), TEXT(STR_NUL, "NUL in a string"),
	TEXT(STR_UTF8, "string not UTF-8"), TEXT(STR_LONG, "string too long"),
	TEXT(PATH, "path not canonical"), TEXT(NAME, "not a name"),
	TEXT(IDENT, "language, ready or missing"), TEXT(FEATURE_BIT, "unknown feature"),
	TEXT(FEATURE_CEILING, "feature on, not permitted"),
	TEXT(FEATURE_NEEDS, "feature needs another"), TEXT(FEATURE_EXEC, "feature exec is off"),
	TEXT(NS, "namespaces or time offset"), TEXT(CAPS, "a capability"),
	TEXT(SECUREBITS, "securebits not locked"), TEXT(NNP, "no_new_privs is not 1"),
	TEXT(RLIMIT_ROWS, "rlimits not one of each"),
	TEXT(RLIMIT_ORDER, "rlimit soft above hard"),
	TEXT(RLIMIT_CLOSED, "rlimit of a feature that is off"),
	TEXT(KNOB, "unknown or unsorted knob"), TEXT(KNOB_VALUE, "knob value out of range"),
	TEXT(MEMORY, "no memory limit"), TEXT(PIDS, "no pids limit"),
	TEXT(LISTENER, "filter with a listener"), TEXT(SECCOMP, "not one program"),
	TEXT(BPF_LENGTH, "filter not 1 to 4096 long"),
	TEXT(BPF_OPCODE, "instruction not on the list"),
	TEXT(BPF_FIELD, "stray instruction field"), TEXT(BPF_LOAD, "load out of range"),
	TEXT(BPF_JUMP, "jump past the end"), TEXT(BPF_RETURN, "filter without a return"),
	TEXT(BPF_ACTION, "answer not on the list"),
	TEXT(BPF_ARCH, "architecture not checked first"),
	TEXT(BPF_FOREIGN, "foreign architecture lives"), TEXT(BPF_X32, "x32 number lives"),
	TEXT(BPF_UNKNOWN, "unknown number allowed"),
	TEXT(HARD_CALL, "call of the hard list open"),
	TEXT(HARD_VALUE, "value of the hard list open"),
	TEXT(FEATURE_CALL, "call of a feature that is off"),
	TEXT(FEATURE_VALUE, "value of a feature that is off"),
	TEXT(HUGE, "huge pages without a limit"), TEXT(SYSRULE, "syscall rule malformed"),
	TEXT(LL_ABI, "Landlock right beyond the ABI"),
	TEXT(LL_HANDLED, "Landlock right not handled"),
	TEXT(LL_ACCESS, "access beyond what is handled"),
	TEXT(LL_RULE, "Landlock rule malformed"), TEXT(MOUNT_KIND, "mount source unknown"),
	TEXT(MOUNT_FIELD, "mount field of another source"), TEXT(MOUNT_ORDER, "mount order"),
	TEXT(MOUNT_DUP, "mount target twice"),
	TEXT(MOUNT_NEST, "fixed mount beneath a per-start one"),
	TEXT(MOUNT_TARGET, "mount target reserved"), TEXT(MOUNT_ATTR, "unknown mount attribute"),
	TEXT(MOUNT_NOSUID, "mount without nosuid"), TEXT(MOUNT_NODEV, "mount without nodev"),
	TEXT(MOUNT_SIZE, "writable mount without a size"), TEXT(MOUNT_HOST, "host source"),
	TEXT(MOUNT_DIGEST, "image digest"), TEXT(MOUNT_IMAGES, "too many images"),
	TEXT(MOUNT_FEATURE, "mount of a feature that is off"), TEXT(DEVICE, "device node"),
	TEXT(NET_RULE, "network rule malformed"), TEXT(NET_HOST_BITS, "prefix with host bits"),
	TEXT(NET_FEATURE, "network rule of a feature that is off"),
	TEXT(LIMIT, "unknown or unsorted limit"), TEXT(ENV_NAME, "variable name"),
	TEXT(ENV_DUP, "variable twice"), TEXT(ID, "id that no plan may name"),
	TEXT(EXEC, "umask or working directory"),
	TEXT(ARGS, "arguments without a program or reverse"),
	TEXT(EXPECT_PROPERTY, "unknown or unsorted property"),
	TEXT(EXPECT_MISSING, "expectation missing"), TEXT(EXPECT_VALUE, "expectation malformed"),
	TEXT(PROV, "origin of no row"),
};

/* least and most rows of each section, how large they are, and the strings in a row: how many, where */
static const struct { uint16_t stride, least, most; uint8_t nstr, at; } shape[PLAN__COUNT] = {
	[PLAN_IDENT]     = { sizeof(struct plan_ident),     1, 1, 4, 0 },
	[PLAN_FEATURES]  = { sizeof(struct plan_features),  1, 1, 0, 0 },
	[PLAN_NS]        = { sizeof(struct plan_ns),        1, 1, 0, 0 },
	[PLAN_CAPS]      = { sizeof(struct plan_caps),      1, 1, 0, 0 },
	[PLAN_RLIMIT]    = { sizeof(struct plan_rlimit),    16, 16, 0, 0 },
	[PLAN_CGROUP]    = { sizeof(struct plan_cgroup),    0, KNOB__COUNT, 0, 0 },
	[PLAN_SECCOMP]   = { sizeof(struct plan_seccomp),   1, 1, 0, 0 },
	[PLAN_BPF]       = { sizeof(struct sock_filter),    0, UINT16_MAX, 0, 0 },
	[PLAN_SYSRULE]   = { sizeof(struct plan_sysrule),   0, UINT16_MAX, 0, 0 },
	[PLAN_LANDLOCK]  = { sizeof(struct plan_landlock),  1, 1, 0, 0 },
	[PLAN_LLRULE]    = { sizeof(struct plan_llrule),    0, PLAN_LLRULES_MAX, 1, offsetof(struct plan_llrule, path) },
	[PLAN_MOUNT]     = { sizeof(struct plan_mount),     0, PLAN_MOUNTS_MAX, 2, offsetof(struct plan_mount, target) },
	[PLAN_DEVICE]    = { sizeof(struct plan_device),    1, 1, 0, 0 },
	[PLAN_NETRULE]   = { sizeof(struct plan_netrule),   0, 1024, 0, 0 },
	[PLAN_LIMITMISC] = { sizeof(struct plan_limitmisc), 0, LIMIT__COUNT, 0, 0 },
	[PLAN_ENV]       = { sizeof(struct plan_env),       0, PLAN_ENV_MAX, 2, offsetof(struct plan_env, name) },
	[PLAN_EXEC]      = { sizeof(struct plan_exec),      1, 1, 2, offsetof(struct plan_exec, path) },
	[PLAN_ARG]       = { sizeof(struct plan_str),       0, PLAN_ARGS_MAX, 1, 0 },
	[PLAN_EXPECT]    = { sizeof(struct plan_expect),    0, PROP__COUNT, 1, offsetof(struct plan_expect, text) },
	[PLAN_PROV]      = { sizeof(struct plan_prov),      0, UINT16_MAX, 1, offsetof(struct plan_prov, file) },
	/* VOLUME, CHANNEL, NEVER come later: no rows; STRINGS has bytes */
};
/* clang-format on */

int check_bad(struct check *c, enum plan_fault k, const void *at)
{
	(void)fault_set(c->f, -EINVAL, "plan.check", "plan: %s (rule %d, byte %zu)",
			plan_fault_text[k], (int)k, (size_t)((const uint8_t *)at - c->p));
	return (int)k;
}

const void *check_only(const struct check *c, enum plan_section s)
{
	return c->p + c->h->sec[s].off;
}

/* A string of at most PLAN_PATH_MAX bytes: in range, ended, UTF-8. */
static int check_str(struct check *c, const struct plan_str *s)
{
	const struct plan_sec *sec = &c->h->sec[PLAN_STRINGS];
	const char *text = (const char *)check_only(c, PLAN_STRINGS) + s->off;

	if (s->off >= sec->len || s->len >= sec->len - s->off)
		return check_bad(c, PF_STR_RANGE, s);
	if (s->len > PLAN_PATH_MAX)
		return check_bad(c, PF_STR_LONG, s);
	if (text[s->len] != '\0')
		return check_bad(c, PF_STR_END, text + s->len);
	if (memchr(text, '\0', s->len))
		return check_bad(c, PF_STR_NUL, text);
	if (!str_is_utf8(text, s->len))
		return check_bad(c, PF_STR_UTF8, text);
	return 0;
}

int check_path(struct check *c, const struct plan_str *s, int dir)
{
	return str_is_path(plan_text(c->p, *s), s->len, dir) ? 0 : check_bad(c, PF_PATH, s);
}

void plan_hash(const void *plan, size_t size, uint8_t out[32])
{
	static const uint8_t zero[32];
	const size_t at = offsetof(struct plan_hdr, body_sha256);
	struct sha256 s;

	sha256_init(&s);
	sha256_add(&s, plan, at);
	sha256_add(&s, zero, sizeof(zero));
	sha256_add(&s, (const uint8_t *)plan + at + sizeof(zero), size - at - sizeof(zero));
	sha256_done(&s, out);
}

/* C1 */
static int check_header(struct check *c)
{
	uint8_t sum[32];

	if (c->size < sizeof(struct plan_hdr) || c->size > PLAN_SIZE_MAX ||
	    c->h->total_len != c->size)
		return check_bad(c, PF_SIZE, c->p);
	if (memcmp(c->h->magic, PLAN_MAGIC, sizeof(c->h->magic)) != 0)
		return check_bad(c, PF_MAGIC, c->p);
	if (c->h->version != PLAN_VERSION)
		return check_bad(c, PF_VERSION, &c->h->version);
	if (c->h->arch != EM_X86_64)
		return check_bad(c, PF_ARCH, &c->h->arch);
	if (c->h->nsections != PLAN__COUNT)
		return check_bad(c, PF_SECTIONS, &c->h->nsections);
	if (c->h->flags & ~c->flags || c->flags & ~c->h->flags & CEILING_FORM)
		return check_bad(c, PF_FLAGS, &c->h->flags);
	plan_hash(c->p, c->size, sum);
	if (memcmp(sum, c->h->body_sha256, sizeof(sum)) != 0)
		return check_bad(c, PF_HASH, c->h->body_sha256);
	return 0;
}

static int check_shape(struct check *c, unsigned i)
{
	const struct plan_sec *s = &c->h->sec[i];

	if (i == PLAN_STRINGS) {
		if (s->count || s->stride != 1)
			return check_bad(c, PF_SEC_STRIDE, s);
		return s->len ? 0 : check_bad(c, PF_SEC_COUNT, s);
	}
	if (!shape[i].most && (s->count || s->len))
		return check_bad(c, PF_LATER, s);
	if (s->stride != shape[i].stride)
		return check_bad(c, PF_SEC_STRIDE, s);
	if ((uint32_t)s->count * s->stride != s->len)
		return check_bad(c, PF_SEC_LEN, s);
	if (s->count < shape[i].least || s->count > shape[i].most)
		return check_bad(c, PF_SEC_COUNT, s);
	return 0;
}

/* Zero bytes up to the next section. */
static int check_padding(struct check *c, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (c->p[i])
			return check_bad(c, PF_PADDING, c->p + i);
	return 0;
}

/* C2 */
static int check_place(struct check *c, unsigned i, size_t *end)
{
	const struct plan_sec *s = &c->h->sec[i];
	int r;

	if (s->zero)
		return check_bad(c, PF_PADDING, &s->zero);
	if (s->off % 8)
		return check_bad(c, PF_SEC_ALIGN, s);
	if (s->off > c->size || s->len > c->size - s->off)
		return check_bad(c, PF_SEC_RANGE, s);
	if (s->off < *end)
		return check_bad(c, PF_SEC_OVERLAP, s);
	if (s->off - *end >= 8)
		return check_bad(c, PF_SEC_GAP, s);
	r = check_padding(c, *end, s->off);
	*end = s->off + s->len;
	return r;
}

static int check_sections(struct check *c)
{
	size_t end = sizeof(struct plan_hdr);
	int r = 0;

	for (unsigned i = 0; !r && i < PLAN__COUNT; i++) {
		r = check_place(c, i, &end);
		r = r ? r : check_shape(c, i);
	}
	if (!r && c->size - end >= 8)
		return check_bad(c, PF_SEC_GAP, c->p + end);
	r = r ? r : check_padding(c, end, c->size);
	/* {0,0} is the empty string */
	if (!r && *(const uint8_t *)check_only(c, PLAN_STRINGS))
		return check_bad(c, PF_STR_END, check_only(c, PLAN_STRINGS));
	return r;
}

/* Every reference to a string, whatever the row means: the parts behind this one read them. */
static int check_strings(struct check *c)
{
	int r = 0;

	for (unsigned s = 0; !r && s < PLAN__COUNT; s++) {
		for (size_t i = 0; !r && i < c->h->sec[s].count; i++) {
			const uint8_t *row = plan_row(c->p, s, i);
			const struct plan_str *str = (const void *)(row + shape[s].at);

			for (unsigned k = 0; !r && k < shape[s].nstr; k++)
				r = check_str(c, &str[k]);
		}
	}
	return r;
}

static int check_parts(struct check *c, int (*const *part)(struct check *), size_t n)
{
	int r = 0;

	if (!c->f)
		return -EINVAL;
	if (!c->p || (uintptr_t)c->p % 8)
		return fault_set(c->f, -EINVAL, "plan", "no plan, or not aligned");
	for (size_t i = 0; !r && i < n; i++)
		r = part[i](c);
	return r;
}

int plan_check(const void *plan, size_t size, struct fault *f)
{
	static int (*const part[])(struct check *) = {
		check_header, check_sections, check_strings, check_rows,
		check_mounts, check_access,   check_filter,
	};
	struct check c = { .p = plan,
			   .size = size,
			   .h = plan,
			   .f = f,
			   .flags = PLAN_F_HOST_SOURCE | PLAN_F_ABLATE };

	return check_parts(&c, part, ARRAY_LEN(part));
}

int plan_check_ceiling(const void *ceiling, size_t size, struct fault *f)
{
	static int (*const part[])(struct check *) = {
		check_header,
		check_sections,
		check_strings,
		check_program,
	};
	struct check c = { .p = ceiling, .size = size, .h = ceiling, .f = f, .flags = CEILING_ALL };

	return check_parts(&c, part, ARRAY_LEN(part));
}
