/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blob.c - a plan while it is being written.
 * Runs in: cloister-compile, tests. Same calls, same bytes.
 */
#include "profiles/blob.h"
#include "profiles/expect.h"
#include "lib/plan/plan_check.h"
#include "lib/plan/property.h"

#include <errno.h>
#include <linux/filter.h>
#include <string.h>

enum { STRINGS_MAX = 256 << 10 };

/* clang-format off */
static const struct {
	uint16_t stride, most;
} sections[PLAN__COUNT] = {
	[PLAN_IDENT]     = { sizeof(struct plan_ident),     1 },
	[PLAN_FEATURES]  = { sizeof(struct plan_features),  1 },
	[PLAN_NS]        = { sizeof(struct plan_ns),        1 },
	[PLAN_CAPS]      = { sizeof(struct plan_caps),      1 },
	[PLAN_RLIMIT]    = { sizeof(struct plan_rlimit),    16 },
	[PLAN_CGROUP]    = { sizeof(struct plan_cgroup),    KNOB__COUNT },
	[PLAN_SECCOMP]   = { sizeof(struct plan_seccomp),   1 },
	[PLAN_BPF]       = { sizeof(struct sock_filter),    PLAN_BPF_MAX },
	[PLAN_SYSRULE]   = { sizeof(struct plan_sysrule),   8192 },
	[PLAN_LANDLOCK]  = { sizeof(struct plan_landlock),  1 },
	[PLAN_LLRULE]    = { sizeof(struct plan_llrule),    PLAN_LLRULES_MAX },
	[PLAN_MOUNT]     = { sizeof(struct plan_mount),     PLAN_MOUNTS_MAX },
	[PLAN_VOLUME]    = { 0,                             0 },
	[PLAN_DEVICE]    = { sizeof(struct plan_device),    1 },
	[PLAN_NETRULE]   = { sizeof(struct plan_netrule),   1024 },
	[PLAN_CHANNEL]   = { 0,                             0 },
	[PLAN_LIMITMISC] = { sizeof(struct plan_limitmisc), LIMIT__COUNT },
	[PLAN_ENV]       = { sizeof(struct plan_env),       PLAN_ENV_MAX },
	[PLAN_EXEC]      = { sizeof(struct plan_exec),      1 },
	[PLAN_ARG]       = { sizeof(struct plan_str),       PLAN_ARGS_MAX },
	[PLAN_EXPECT]    = { sizeof(struct plan_expect),    PROP__COUNT },
	[PLAN_NEVER]     = { 0,                             0 },
	[PLAN_PROV]      = { sizeof(struct plan_prov),      12288 },
	[PLAN_STRINGS]   = { 1,                             0 },
};
/* clang-format on */

int blob_init(struct blob *b, struct arena *a, struct fault *f)
{
	size_t i;

	*b = (struct blob){ .arena = a, .nstrings = 1 };
	b->strings = arena_get(a, STRINGS_MAX);
	if (!b->strings)
		return fault_set(f, -ENOMEM, "blob.memory", "strings of a plan");
	for (i = 0; i < PLAN__COUNT; i++) {
		b->row[i] = arena_get(a, (size_t)sections[i].stride * sections[i].most);
		if (!b->row[i])
			return fault_set(f, -ENOMEM, "blob.memory", "section %zu of a plan", i);
	}
	return 0;
}

static void *add_row(struct blob *b, enum plan_section s)
{
	if (b->n[s] < sections[s].most)
		return b->row[s] + (size_t)sections[s].stride * b->n[s]++;
	b->full = true;
	memset(b->scratch, 0, sizeof(b->scratch));
	return b->scratch;
}

void *blob_add(struct blob *b, enum plan_section s, struct at at)
{
	struct place p = at_place(at);
	struct plan_prov *prov;

	if (at.src) {
		prov = add_row(b, PLAN_PROV);
		*prov = (struct plan_prov){ .section = s,
					    .index = b->n[s],
					    .file = blob_str(b, at.src->name),
					    .line = p.line,
					    .column = p.column };
	}
	return add_row(b, s);
}

struct plan_str blob_str(struct blob *b, const char *text)
{
	uint32_t n = (uint32_t)strlen(text), at, len;

	for (at = 0; n && at < b->nstrings; at += len + 1) {
		len = (uint32_t)strlen(b->strings + at);
		if (len == n && memcmp(b->strings + at, text, n) == 0)
			return (struct plan_str){ at, n };
	}
	if (n == 0)
		return (struct plan_str){ 0, 0 };
	if (n + 1 > STRINGS_MAX - b->nstrings) {
		b->full = true;
		return (struct plan_str){ 0, 0 };
	}
	at = b->nstrings;
	memcpy(b->strings + at, text, n);
	b->nstrings += n + 1;
	return (struct plan_str){ at, n };
}

static uint32_t align8(uint32_t n)
{
	return (n + 7) & ~7u;
}

/* Offsets of all sections; returns the plan's length. */
static uint32_t lay_out(struct blob *b, struct plan_hdr *h)
{
	uint32_t off = sizeof(*h), i;

	for (i = 0; i < PLAN__COUNT; i++) {
		uint32_t len = i == PLAN_STRINGS ? b->nstrings : b->n[i] * sections[i].stride;

		h->sec[i] = (struct plan_sec){ .off = off,
					       .len = len,
					       .count = (uint16_t)b->n[i],
					       .stride = sections[i].stride };
		off = align8(off + len);
	}
	return off;
}

int blob_seal(struct blob *b, const struct plan_hdr *head, void **ret, size_t *ret_n,
	      struct fault *f)
{
	struct plan_hdr h = *head;
	uint8_t *plan, sum[DIGEST_LEN];
	uint32_t i;

	b->n[PLAN_EXPECT] = (uint32_t)property_planned();
	h.total_len = lay_out(b, &h);
	if (b->full || h.total_len > PLAN_SIZE_MAX)
		return fault_set(f, -E2BIG, "blob.size", "the plan is larger than %d bytes",
				 PLAN_SIZE_MAX);
	plan = arena_get(b->arena, h.total_len);
	if (!plan)
		return fault_set(f, -ENOMEM, "blob.memory", "%u bytes of plan", h.total_len);
	memcpy(plan, &h, sizeof(h));
	for (i = 0; i < PLAN__COUNT; i++)
		if (h.sec[i].len)
			memcpy(plan + h.sec[i].off,
			       i == PLAN_STRINGS ? (uint8_t *)b->strings : b->row[i], h.sec[i].len);
	expect_fill(plan);
	plan_hash(plan, h.total_len, sum);
	memcpy(plan + offsetof(struct plan_hdr, body_sha256), sum, sizeof(sum));
	*ret = plan;
	*ret_n = h.total_len;
	return 0;
}
