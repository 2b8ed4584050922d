/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter.c - seccomp filters: libseccomp lays out the numbers, filter_args.c the arguments,
 * filter_prove.c judges the result. Runs in: cloister-compile.
 *
 * F1 The library is told what the kernel can do (seccomp_api_set) and never asks: the same text
 *    gives the same bytes on every host, also where seccomp(2) is closed to the compiler.
 * F2 It is never given a condition. A call whose arguments matter gets the placeholder answer
 *    TRACE(n); afterwards each such return becomes a jump to block n behind the library's program.
 * F3 Default is ENOSYS, so a number added by a newer kernel looks like an older kernel.
 */
#include "profiles/filter.h"
#include "profiles/filter_parts.h"
#include "profiles/systab.h"

#include "lib/base/fd.h"

#include <errno.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <sys/mman.h>

enum { API_LEVEL = 5, BLOCKS_MAX = 256 }; /* API 3: KILL_PROCESS, 5: NOTIFY */

struct blocks {
	uint16_t nr[BLOCKS_MAX];
	size_t count;
};

static void release(scmp_filter_ctx *c)
{
	if (*c)
		seccomp_release(*c);
}

static int rule_flaw(const struct plan_sysrule *r)
{
	uint64_t fits = r->width == 4 ? UINT32_MAX : UINT64_MAX;

	if (r->phase > (r->arg == SYSRULE_ALWAYS) || r->zero || !systab_name(r->nr))
		return 1;
	if (r->arg == SYSRULE_ALWAYS)
		return r->mask || r->value;
	return r->arg > 5 || (r->width != 4 && r->width != 8) || !r->mask || (r->mask & ~fits) ||
	       (r->value & ~r->mask);
}

/* Well-formed, in order, not too many for one call. */
static int check_rules(const struct filter_ask *ask, struct fault *f)
{
	size_t clauses = 0;

	for (size_t i = 0; i < ask->count; i++) {
		const struct plan_sysrule *r = &ask->rules[i], *prev = i ? r - 1 : NULL;
		int same_nr = prev && prev->nr == r->nr;

		if (rule_flaw(r) || (prev && prev->nr > r->nr) ||
		    (same_nr && prev->clause > r->clause))
			return fault_set(f, -EINVAL, "filter.rule", "rule %zu (nr %u)", i, r->nr);
		if (!same_nr)
			clauses = 0;
		if (!same_nr || prev->clause != r->clause)
			clauses++;
		if (clauses > CLAUSES_MAX)
			return fault_set(f, -EINVAL, "filter.rule", "more than %d rules for %s",
					 CLAUSES_MAX, systab_name(r->nr));
	}
	return 0;
}

static uint32_t scmp_action(uint32_t answer)
{
	if (answer == SECCOMP_RET_ALLOW)
		return SCMP_ACT_ALLOW;
	if (answer == SECCOMP_RET_KILL_PROCESS)
		return SCMP_ACT_KILL_PROCESS;
	if (answer == SECCOMP_RET_USER_NOTIF)
		return SCMP_ACT_NOTIFY;
	return SCMP_ACT_ERRNO(answer & SECCOMP_RET_DATA);
}

static int add_numbers(scmp_filter_ctx ctx, const struct filter_ask *ask, struct blocks *b,
		       struct fault *f)
{
	for (unsigned nr = 0; nr <= SYSTAB_LAST; nr++) {
		uint32_t answer = 0, action;
		int r;

		if (!systab_name(nr))
			continue;
		if (filter_flat(ask, nr, &answer)) {
			action = scmp_action(answer);
		} else {
			if (b->count == BLOCKS_MAX)
				return fault_set(f, -E2BIG, "filter.size",
						 "arguments of more than %d calls", BLOCKS_MAX);
			action = SCMP_ACT_TRACE((uint16_t)b->count);
			b->nr[b->count++] = (uint16_t)nr;
		}
		if (action == SCMP_ACT_ERRNO(ENOSYS))
			continue; /* the default; the library refuses a rule that says the same */
		r = seccomp_rule_add(ctx, action, (int)nr, 0);
		if (r < 0)
			return fault_set(f, r, "filter.library", "rule for %s", systab_name(nr));
	}
	return 0;
}

static int export(scmp_filter_ctx ctx, struct filter_code *c, struct fault *f)
{
	AUTO_FD int fd = memfd_create("filter", MFD_CLOEXEC);
	ssize_t n;
	int r;

	if (fd < 0)
		return fault_sys(f, "filter.memfd", "creating");
	r = seccomp_export_bpf(ctx, fd);
	if (r < 0)
		return fault_set(f, r, "filter.library", "export");
	n = pread(fd, c->insn, c->cap * sizeof(*c->insn), 0);
	if (n < 0)
		return fault_sys(f, "filter.memfd", "reading");
	if (lseek(fd, 0, SEEK_END) != n)
		return fault_set(f, -E2BIG, "filter.size", "more than %zu instructions", c->cap);
	c->count = (size_t)n / sizeof(*c->insn);
	return 0;
}

/* F2 */
static void append_block(struct filter_code *c, const struct filter_ask *ask, unsigned nr,
			 uint32_t placeholder)
{
	size_t start = c->count;

	for (size_t i = 0; i < start; i++)
		if (c->insn[i].code == (BPF_RET | BPF_K) && c->insn[i].k == placeholder)
			c->insn[i] = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA,
								  (uint32_t)(start - i - 1));
	filter_emit(c, ask, nr);
}

static int lay_out(scmp_filter_ctx ctx, const struct filter_ask *ask, struct filter_code *c,
		   struct fault *f)
{
	struct blocks b = { .count = 0 };
	int r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	if (!r)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* binary tree: 4.2 */
	if (!r)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, 0); /* init sets it itself */
	if (r)
		return fault_set(f, r, "filter.library", "attributes");
	r = add_numbers(ctx, ask, &b, f);
	r = r ? r : export(ctx, c, f);
	for (size_t i = 0; !r && i < b.count; i++)
		append_block(c, ask, b.nr[i], SECCOMP_RET_TRACE | (uint32_t)i);
	if (!r && c->full)
		return fault_set(f, -E2BIG, "filter.size", "more than %zu instructions", c->cap);
	return r;
}

int filter_build(const struct filter_ask *ask, struct sock_filter *out, size_t cap, size_t *ret_n,
		 struct fault *f)
{
	struct filter_code c = { .insn = out, .cap = cap < PLAN_BPF_MAX ? cap : PLAN_BPF_MAX };
	AUTO(release) scmp_filter_ctx ctx = NULL;
	int r = check_rules(ask, f);

	if (r)
		return r;
	if (seccomp_api_set(API_LEVEL) < 0) /* F1 */
		return fault_set(f, -ENOSYS, "filter.library", "libseccomp without API level %d",
				 API_LEVEL);
	ctx = seccomp_init(SCMP_ACT_ERRNO(ENOSYS)); /* F3 */
	if (!ctx)
		return fault_set(f, -ENOMEM, "filter.library", "no memory");
	r = lay_out(ctx, ask, &c, f);
	r = r ? r : filter_prove(ask, (struct bpf){ c.insn, c.count }, f);
	if (!r)
		*ret_n = c.count;
	return r;
}
