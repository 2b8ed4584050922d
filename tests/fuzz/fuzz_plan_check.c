/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_plan_check.c - plans that are hostile but well hashed, through plan_check().
 *
 * First byte even: the rest is a list of edits (section, row, offset, size, operation, value) of
 * the plan that the unit tests make. Odd: the rest is the plan itself. Either way the header's
 * fixed part, the total length and the hash are put right, so that inputs get past the first
 * checks; flag 2 leaves them as they are. Oracle: the verdict is a rule or 0 and the same twice; a
 * plan that passes can be read whole, holds no privilege, and a concrete run of its filter allows
 * nothing of the hard list.
 */
/* links: lib/plan lib/base profiles/expect.c tests/unit/plan_make.c */
#include "tests/fuzz/fuzz.h"

#include "lib/plan/bpf.h"
#include "lib/plan/hardlist.h"
#include "lib/plan/plan_check.h"
#include "tests/unit/plan_make.h"

#include <elf.h>
#include <linux/audit.h>
#include <linux/mount.h>
#include <string.h>

enum { RAW = 1, UNFIXED = 2, EDITS_MAX = 64 };

struct edit {
	uint8_t section, row, size, op;
	uint16_t off, zero;
	uint8_t value[8];
};

static void apply(uint8_t *plan, size_t size, const struct edit *e)
{
	struct plan_hdr h;
	uint64_t old = 0, v;
	size_t n = e->size % 8 + 1, at = e->off;

	memcpy(&h, plan, sizeof(h));
	if (e->section < PLAN__COUNT) /* else: the header */
		at += h.sec[e->section].off + (size_t)e->row * h.sec[e->section].stride;
	if (at + n > size)
		return;
	memcpy(&old, plan + at, n);
	memcpy(&v, e->value, sizeof(v));
	v = e->op % 3 == 0 ? v : e->op % 3 == 1 ? old + v : old ^ v;
	memcpy(plan + at, &v, n);
}

/* An 8-aligned copy of its exact size, so that one byte over is seen. */
static uint8_t *exact(const uint8_t *data, size_t size)
{
	uint8_t *plan = malloc(size ? size : 1);

	if (plan && size)
		memcpy(plan, data, size);
	return plan;
}

static uint8_t *edited(const uint8_t *data, size_t size, size_t *ret_size)
{
	uint8_t *plan = plan_make_bare(ret_size), *copy;
	struct edit e;

	for (size_t i = 0; i < EDITS_MAX && size >= sizeof(e); i++) {
		memcpy(&e, data, sizeof(e));
		apply(plan, *ret_size, &e);
		data += sizeof(e);
		size -= sizeof(e);
	}
	copy = exact(plan, *ret_size);
	free(plan);
	return copy;
}

static void put_right(uint8_t *plan, size_t size)
{
	struct plan_hdr h;

	if (size < sizeof(h))
		return;
	memcpy(&h, plan, sizeof(h));
	memcpy(h.magic, PLAN_MAGIC, sizeof(h.magic));
	h.total_len = (uint32_t)size;
	h.version = PLAN_VERSION;
	h.arch = EM_X86_64;
	h.nsections = PLAN__COUNT;
	memcpy(plan, &h, sizeof(h));
	plan_make_rehash(plan, size);
}

static void readable(const uint8_t *plan, const struct plan_str *s)
{
	FUZZ_HOLDS(strlen(plan_text(plan, *s)) == s->len);
}

static void strings_are_whole(const uint8_t *plan)
{
	const struct plan_mount *m;
	const struct plan_llrule *l;
	const struct plan_env *e;
	const struct plan_exec *x = plan_row(plan, PLAN_EXEC, 0);
	const struct plan_str *a;

	for (size_t i = 0; (m = plan_row(plan, PLAN_MOUNT, i)); i++) {
		readable(plan, &m->target);
		readable(plan, &m->name);
		FUZZ_HOLDS(m->attr & MOUNT_ATTR_NOSUID);
		FUZZ_HOLDS(m->attr & MOUNT_ATTR_NODEV || m->kind == MOUNT_DEVICES);
		FUZZ_HOLDS(!strstr(plan_text(plan, m->target), "/.."));
	}
	for (size_t i = 0; (l = plan_row(plan, PLAN_LLRULE, i)); i++)
		readable(plan, &l->path);
	for (size_t i = 0; (e = plan_row(plan, PLAN_ENV, i)); i++) {
		readable(plan, &e->name);
		readable(plan, &e->value);
	}
	for (size_t i = 0; (a = plan_row(plan, PLAN_ARG, i)); i++)
		readable(plan, a);
	readable(plan, &x->path);
	readable(plan, &x->cwd);
	FUZZ_HOLDS(x->uid <= ID_PLAN_MAX && x->gid <= ID_PLAN_MAX);
}

static void no_privilege(const uint8_t *plan)
{
	const struct plan_caps *c = plan_row(plan, PLAN_CAPS, 0);
	const struct plan_ns *n = plan_row(plan, PLAN_NS, 0);

	FUZZ_HOLDS(!(c->effective | c->permitted | c->inheritable | c->bounding | c->ambient));
	FUZZ_HOLDS(c->no_new_privs == 1 && c->securebits == 0xef);
	FUZZ_HOLDS(n->clone_mask == 0x7e020000);
}

/* One concrete call per row of the hard list, and the numbers around. */
static void filter_is_tight(const uint8_t *plan)
{
	const struct plan_features *on = plan_row(plan, PLAN_FEATURES, 0);
	struct bpf p = { plan_row(plan, PLAN_BPF, 0), plan_count(plan, PLAN_BPF) };
	struct seccomp_data d = { .arch = AUDIT_ARCH_X86_64 };

	for (size_t i = 0; i < hard_count; i++) {
		const struct hard_row *r = &hard_table[i];
		uint64_t args[6] = { 0 };

		for (size_t k = 0; k < HARD_CONDS; k++)
			if (r->cond[k].op == HARD_IN)
				args[r->cond[k].arg] = r->cond[k].value[0] | UINT64_C(1) << 32;
		if (!hard_in_force(r, on->on) || !hard_holds(r, args))
			continue;
		d.nr = r->nr;
		memcpy(d.args, args, sizeof(args));
		FUZZ_HOLDS(bpf_run(p, &d) != SECCOMP_RET_ALLOW);
	}
	for (int nr = 0; nr < 512; nr++) {
		d.nr = nr | 0x40000000;
		FUZZ_HOLDS(bpf_run(p, &d) == SECCOMP_RET_KILL_PROCESS);
	}
	d.arch = AUDIT_ARCH_I386;
	FUZZ_HOLDS(bpf_run(p, &d) == SECCOMP_RET_KILL_PROCESS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fault f = { 0 };
	uint8_t *plan;
	size_t n;
	int r;

	if (size == 0)
		return 0;
	n = size - 1;
	plan = data[0] & RAW ? exact(data + 1, n) : edited(data + 1, n, &n);
	if (!plan)
		return 0;
	if (!(data[0] & UNFIXED))
		put_right(plan, n);
	r = plan_check(plan, n, &f);
	FUZZ_HOLDS(r >= 0 && r < PF__COUNT);
	FUZZ_HOLDS((f.err != 0) == (r != 0));
	FUZZ_SEEDED(r == PF_MOUNT_NODEV || r == PF_MOUNT_DIGEST || r == PF_MOUNT_ORDER);
	if (r == 0) {
		FUZZ_HOLDS(plan_check(plan, n, &f) == 0);
		strings_are_whole(plan);
		no_privilege(plan);
		filter_is_tight(plan);
	}
	free(plan);
	return 0;
}
