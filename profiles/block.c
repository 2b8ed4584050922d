/* SPDX-License-Identifier: Apache-2.0 */
/*
 * block.c - the rows of a policy block, each table in its order, then the whole in one piece.
 * Runs in: cloister-compile --host, tests. Same files, same bytes.
 */
#include "profiles/block.h"
#include "profiles/arena.h"
#include "profiles/diag.h"
#include "lib/base/fault.h"
#include "lib/plan/plan.h"
#include "lib/plan/policy.h"
#include "lib/plan/registry.h"

#include <errno.h>
#include <string.h>

enum { BLOCK_CEILINGS = 32, BLOCK_TENANTS = 256, BLOCK_PLANS = 1024, BLOCK_IMAGES = 256 };

struct block {
	struct diags *d;
	struct arena *arena;
	struct host_policy p;
	struct ceiling_ref ceiling[BLOCK_CEILINGS];
	const void *bytes[BLOCK_CEILINGS];
	const struct unit_ref *unit[BLOCK_CEILINGS];
	struct tenant_pin tenant[BLOCK_TENANTS];
	struct plan_pin plan[BLOCK_PLANS];
	struct image_pin image[BLOCK_IMAGES];
};

static const struct at nowhere;

struct block *block_begin(const struct library *lib, struct arena *a, uint32_t own_base,
			  uint32_t epoch)
{
	struct block *b = arena_get(a, sizeof(*b));

	if (!b)
		return NULL;
	b->d = lib->d;
	b->arena = a;
	policy_private(&b->p, own_base);
	b->p.epoch = epoch;
	host_conf(lib, &b->p);
	return b;
}

const char *block_preset(const struct block *b)
{
	return b->p.may & MAY_HOST_SOURCE ? "host.try" : "host.default";
}

static bool is_full(struct block *b, uint32_t n, uint32_t most, const char *what, struct at at)
{
	if (n < most)
		return false;
	diag_error(b->d, 53, at, "more than %u %s", most, what);
	return true;
}

void block_ceiling(struct block *b, const struct unit_ref *u, const void *bytes, size_t n)
{
	const struct plan_hdr *h = bytes;
	uint32_t i = b->p.nceiling;
	struct ceiling_ref c = { .id = policy_ceiling_id(at_copy(b->arena, u->name)),
				 .len = (uint32_t)n };

	if (is_full(b, i, BLOCK_CEILINGS, "ceilings", u->name))
		return;
	memcpy(c.sha256, h->ceiling_sha256, sizeof(c.sha256));
	for (; i > 0 && b->ceiling[i - 1].id >= c.id; i--) {
		if (b->ceiling[i - 1].id == c.id) { /* one in 2^32 */
			diag_error(b->d, 101, u->name, "its number is that of '%.*s': rename it",
				   (int)b->unit[i - 1]->name.len, at_text(b->unit[i - 1]->name));
			return;
		}
		b->ceiling[i] = b->ceiling[i - 1];
		b->bytes[i] = b->bytes[i - 1];
		b->unit[i] = b->unit[i - 1];
	}
	b->ceiling[i] = c;
	b->bytes[i] = bytes;
	b->unit[i] = u;
	b->p.nceiling++;
}

void block_tenant(struct block *b, const struct compile_tenant *t)
{
	const char *ceiling = t->nceiling ? t->ceiling[0] : block_preset(b);
	struct tenant_pin pin = { .ceiling = policy_ceiling_id(ceiling) };
	uint32_t i;

	if (is_full(b, b->p.ntenant, BLOCK_TENANTS, "tenants", nowhere))
		return;
	for (i = 0; i < b->p.nceiling && b->ceiling[i].id != pin.ceiling; i++)
		continue;
	if (i == b->p.nceiling && !b->d->nerror)
		diag_error(b->d, 50, nowhere, "tenant %s: there is no ceiling '%s'", t->name,
			   ceiling);
	registry_id(t->name, pin.id);
	for (i = b->p.ntenant++; i > 0; i--) {
		if (memcmp(b->tenant[i - 1].id, pin.id, sizeof(pin.id)) < 0)
			break;
		b->tenant[i] = b->tenant[i - 1];
	}
	b->tenant[i] = pin;
}

void block_plan(struct block *b, const char *tenant, const uint8_t source_sha256[32])
{
	struct plan_pin *pin = &b->plan[b->p.npin];

	if (is_full(b, b->p.npin, BLOCK_PLANS, "workloads", nowhere))
		return;
	registry_id(tenant, pin->tenant);
	memcpy(pin->source_sha256, source_sha256, sizeof(pin->source_sha256));
	b->p.npin++;
}

void block_image(struct block *b, const struct compile_image_unit *u)
{
	struct image_pin *pin = &b->image[b->p.nimage];

	if (!u->has_pin && !(b->p.may & MAY_PLAN))
		diag_help(b->d,
			  diag_error(b->d, 106, nowhere,
				     "image %s has no pin, and cloister.conf has no 'may plan'",
				     u->name),
			  "'cloister image show %s' tells its sha256", u->name);
	if (!u->has_pin || is_full(b, b->p.nimage, BLOCK_IMAGES, "images", nowhere))
		return;
	memcpy(pin->name, u->name, strlen(u->name));
	memcpy(pin->sha256, u->pin, sizeof(pin->sha256));
	b->p.nimage++;
}

static size_t put(uint8_t *out, size_t at, const void *rows, size_t n)
{
	if (out && n)
		memcpy(out + at, rows, n);
	return at + n;
}

/* out NULL: only its size and the ceilings' places. */
static size_t lay_out(struct block *b, uint8_t *out)
{
	size_t at = put(out, 0, &b->p, sizeof(b->p));
	uint32_t i;

	at = put(out, at, b->ceiling, b->p.nceiling * sizeof(b->ceiling[0]));
	at = put(out, at, b->tenant, b->p.ntenant * sizeof(b->tenant[0]));
	at = put(out, at, b->plan, b->p.npin * sizeof(b->plan[0]));
	at = put(out, at, b->image, b->p.nimage * sizeof(b->image[0]));
	for (i = 0; i < b->p.nceiling; i++) {
		at = (at + 7) & ~(size_t)7;
		b->ceiling[i].off = (uint32_t)at;
		at = put(out, at, b->bytes[i], b->ceiling[i].len);
	}
	return at;
}

int block_seal(struct block *b, const void **ret, size_t *ret_n, struct fault *f)
{
	size_t size = lay_out(b, NULL);
	uint8_t *out;

	if (size > POLICY_MAX) {
		diag_error(b->d, 53, nowhere, "a block of %zu bytes; the limit is %d", size,
			   POLICY_MAX);
		return 0;
	}
	out = arena_get(b->arena, size);
	if (!out)
		return fault_set(f, -ENOMEM, "block.memory", "%zu bytes of block", size);
	b->p.size = (uint32_t)size;
	(void)lay_out(b, out);
	*ret = out;
	*ret_n = size;
	return policy_check(out, size, f); /* what its readers would refuse is a fault of ours */
}
