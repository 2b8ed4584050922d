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
#include "lib/plan/property.h"

#include <elf.h>
#include <errno.h>
#include <linux/filter.h>
#include <string.h>

/* clang-format off */
#define ROW(k, site, text) [PF_##k] = { "plan." site, text }
const struct plan_fault_row plan_fault_table[PF__COUNT] = {
	[PF_NONE] = { "plan", "no fault" },
	ROW(SIZE, "size", "size is not that of the header, or out of bounds"),
	ROW(MAGIC, "magic", "not a plan"),
	ROW(VERSION, "version", "made for another version of the layout"),
	ROW(ARCH, "arch", "made for another architecture"),
	ROW(SECTIONS, "sections", "another number of sections"),
	ROW(FLAGS, "flags", "unknown flag"),
	ROW(HASH, "hash", "bytes do not match the hash"),
	ROW(SEC_ALIGN, "section.align", "section not aligned to 8 bytes"),
	ROW(SEC_RANGE, "section.range", "section out of the plan"),
	ROW(SEC_OVERLAP, "section.overlap", "section overlaps the one before"),
	ROW(SEC_GAP, "section.gap", "gap before a section or behind the last"),
	ROW(SEC_STRIDE, "section.stride", "rows of another size"),
	ROW(SEC_LEN, "section.len", "rows do not fill the section"),
	ROW(SEC_COUNT, "section.count", "too many or too few rows"),
	ROW(LATER, "later", "not in this version yet"),
	ROW(PADDING, "padding", "unused byte is not zero"),
	ROW(STR_RANGE, "string.range", "string out of the section"),
	ROW(STR_END, "string.end", "string not ended"),
	ROW(STR_NUL, "string.nul", "NUL inside a string"),
	ROW(STR_UTF8, "string.utf8", "string is not UTF-8"),
	ROW(STR_LONG, "string.long", "string too long"),
	ROW(PATH, "path", "path not canonical"),
	ROW(NAME, "name", "not a name"),
	ROW(IDENT, "ident", "unknown language, readiness or missing action"),
	ROW(FEATURE_BIT, "feature.bit", "unknown feature"),
	ROW(FEATURE_CEILING, "feature.ceiling", "feature on but not permitted"),
	ROW(FEATURE_NEEDS, "feature.needs", "feature on without one that it needs"),
	ROW(FEATURE_EXEC, "feature.exec", "feature exec is off, but every filter allows execve"),
	ROW(NS, "ns", "not exactly the seven namespaces without a time offset"),
	ROW(CAPS, "caps", "a capability"),
	ROW(SECUREBITS, "securebits", "securebits not locked"),
	ROW(NNP, "nnp", "no_new_privs is not 1"),
	ROW(RLIMIT_ROWS, "rlimit.rows", "not one row per resource in order"),
	ROW(RLIMIT_ORDER, "rlimit.order", "soft limit above hard limit"),
	ROW(RLIMIT_CLOSED, "rlimit.closed", "limit not 0 while its feature is off"),
	ROW(KNOB, "knob", "unknown, repeated or unsorted cgroup knob"),
	ROW(KNOB_VALUE, "knob.value", "value out of the knob's range"),
	ROW(MEMORY, "memory", "no memory limit"),
	ROW(PIDS, "pids", "no pids limit"),
	ROW(LISTENER, "listener", "a filter with a listener"),
	ROW(SECCOMP, "seccomp", "not one program over all instructions"),
	ROW(BPF_LENGTH, "bpf.length", "not 1 to 4096 instructions"),
	ROW(BPF_OPCODE, "bpf.opcode", "instruction not on the list"),
	ROW(BPF_FIELD, "bpf.field", "field set that the instruction has not"),
	ROW(BPF_LOAD, "bpf.load", "load not aligned or out of range"),
	ROW(BPF_JUMP, "bpf.jump", "jump past the end"),
	ROW(BPF_RETURN, "bpf.return", "last instruction is no return"),
	ROW(BPF_ACTION, "bpf.action", "answer is not allow, errno or kill"),
	ROW(BPF_ARCH, "bpf.arch", "first check is not the architecture"),
	ROW(BPF_FOREIGN, "bpf.foreign", "a foreign architecture is not killed"),
	ROW(BPF_X32, "bpf.x32", "an x32 number is not killed"),
	ROW(BPF_UNKNOWN, "bpf.unknown", "an unknown number is allowed"),
	ROW(HARD_CALL, "hard.call", "call of the hard list allowed"),
	ROW(HARD_VALUE, "hard.value", "argument of the hard list allowed"),
	ROW(FEATURE_CALL, "feature.call", "call of a feature that is off"),
	ROW(FEATURE_VALUE, "feature.value", "argument of a feature that is off"),
	ROW(SYSRULE, "sysrule", "rule not well-formed or not sorted"),
	ROW(LL_ABI, "landlock.abi", "handled right beyond the ABI"),
	ROW(LL_HANDLED, "landlock.handled", "right or scope of the ABI not handled"),
	ROW(LL_ACCESS, "landlock.access", "access beyond what is handled"),
	ROW(LL_RULE, "landlock.rule", "rule not well-formed"),
	ROW(MOUNT_KIND, "mount.kind", "unknown source"),
	ROW(MOUNT_FIELD, "mount.field", "field set that the source has not, or missing"),
	ROW(MOUNT_ORDER, "mount.order", "gap in the order, or a child before its parent"),
	ROW(MOUNT_DUP, "mount.dup", "target twice"),
	ROW(MOUNT_NEST, "mount.nest", "a fixed mount beneath one that is made per start"),
	ROW(MOUNT_TARGET, "mount.target", "target is reserved, or not that of the source"),
	ROW(MOUNT_ATTR, "mount.attr", "unknown mount attribute"),
	ROW(MOUNT_NOSUID, "mount.nosuid", "mount without nosuid"),
	ROW(MOUNT_NODEV, "mount.nodev", "mount without nodev"),
	ROW(MOUNT_SIZE, "mount.size", "writable without a size"),
	ROW(MOUNT_HOST, "mount.host", "host source without the flag or outside /usr"),
	ROW(MOUNT_DIGEST, "mount.digest", "image without a digest, or a digest without an image"),
	ROW(MOUNT_IMAGES, "mount.images", "too many images"),
	ROW(MOUNT_FEATURE, "mount.feature", "mount of a feature that is off"),
	ROW(DEVICE, "device", "unknown device node, or one of a feature that is off"),
	ROW(NET_RULE, "net.rule", "network rule not well-formed"),
	ROW(NET_HOST_BITS, "net.host-bits", "network prefix with host bits"),
	ROW(NET_FEATURE, "net.feature", "network rule of a feature that is off"),
	ROW(LIMIT, "limit", "unknown, repeated or unsorted limit"),
	ROW(ENV_NAME, "env.name", "variable name that is malformed or steers the loader"),
	ROW(ENV_DUP, "env.dup", "variable twice"),
	ROW(ID, "id", "id that no plan may name"),
	ROW(EXEC, "exec", "umask, program or working directory not well-formed"),
	ROW(ARGS, "args", "arguments do not match the program"),
	ROW(EXPECT_PROPERTY, "expect.property", "unknown or unplanned property, or not sorted"),
	ROW(EXPECT_MISSING, "expect.missing", "no expectation for a planned property"),
	ROW(EXPECT_VALUE, "expect.value", "expectation is not what the plan says"),
	ROW(PROV, "prov", "origin of a row that is not there"),
};

/* least and most rows of each section, and how large they are */
static const struct { uint16_t stride, least, most; } shape[PLAN__COUNT] = {
	[PLAN_IDENT]     = { sizeof(struct plan_ident),     1, 1 },
	[PLAN_FEATURES]  = { sizeof(struct plan_features),  1, 1 },
	[PLAN_NS]        = { sizeof(struct plan_ns),        1, 1 },
	[PLAN_CAPS]      = { sizeof(struct plan_caps),      1, 1 },
	[PLAN_RLIMIT]    = { sizeof(struct plan_rlimit),    16, 16 },
	[PLAN_CGROUP]    = { sizeof(struct plan_cgroup),    0, KNOB__COUNT },
	[PLAN_SECCOMP]   = { sizeof(struct plan_seccomp),   1, 1 },
	[PLAN_BPF]       = { sizeof(struct sock_filter),    0, UINT16_MAX },
	[PLAN_SYSRULE]   = { sizeof(struct plan_sysrule),   0, UINT16_MAX },
	[PLAN_LANDLOCK]  = { sizeof(struct plan_landlock),  1, 1 },
	[PLAN_LLRULE]    = { sizeof(struct plan_llrule),    0, PLAN_LLRULES_MAX },
	[PLAN_MOUNT]     = { sizeof(struct plan_mount),     0, PLAN_MOUNTS_MAX },
	[PLAN_DEVICE]    = { sizeof(struct plan_device),    1, 1 },
	[PLAN_NETRULE]   = { sizeof(struct plan_netrule),   0, 1024 },
	[PLAN_LIMITMISC] = { sizeof(struct plan_limitmisc), 0, LIMIT__COUNT },
	[PLAN_ENV]       = { sizeof(struct plan_env),       0, PLAN_ENV_MAX },
	[PLAN_EXEC]      = { sizeof(struct plan_exec),      1, 1 },
	[PLAN_ARG]       = { sizeof(struct plan_str),       0, PLAN_ARGS_MAX },
	[PLAN_EXPECT]    = { sizeof(struct plan_expect),    0, PROP__COUNT },
	[PLAN_PROV]      = { sizeof(struct plan_prov),      0, UINT16_MAX },
	/* VOLUME, CHANNEL, NEVER come later: no rows; STRINGS has bytes */
};
/* clang-format on */

int check_bad(struct check *c, enum plan_fault k, const void *at)
{
	(void)fault_set(c->f, -EINVAL, plan_fault_table[k].site, "plan: %s (byte %zu)",
			plan_fault_table[k].text, (size_t)((const uint8_t *)at - c->p));
	return (int)k;
}

const void *check_only(const struct check *c, enum plan_section s)
{
	return c->p + c->h->sec[s].off;
}

int check_str(struct check *c, const struct plan_str *s)
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
	int r = check_str(c, s);

	if (r == 0 && !str_is_path(plan_text(c->p, *s), s->len, dir))
		return check_bad(c, PF_PATH, s);
	return r;
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
	if (c->h->flags & ~PLAN_F_HOST_SOURCE)
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

int plan_check(const void *plan, size_t size, struct fault *f)
{
	static int (*const part[])(struct check *) = {
		check_header, check_sections, check_rows, check_mounts, check_access, check_filter,
	};
	struct check c = { .p = plan, .size = size, .h = plan, .f = f };
	int r = 0;

	if (!f)
		return -EINVAL;
	if (!plan || (uintptr_t)plan % 8)
		return fault_set(f, -EINVAL, "plan", "no plan, or not aligned");
	for (size_t i = 0; !r && i < ARRAY_LEN(part); i++)
		r = part[i](&c);
	return r;
}
