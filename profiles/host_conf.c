/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_conf.c - cloister.conf: what the engine may decide by itself, and how much there may be.
 * Runs in: cloister-compile --host, tests.
 */
#include "profiles/block.h"
#include "profiles/diag.h"
#include "profiles/value.h"
#include "lib/plan/policy.h"

/* clang-format off */
static const struct { const char *name; uint64_t bit; } bits[] = {
	{ "tenant",      MAY_TENANT },
	{ "plan",        MAY_PLAN },
	{ "grant",       MAY_GRANT },
	{ "publish",     MAY_PUBLISH },
	{ "destroy",     MAY_DESTROY },
	{ "host-source", MAY_HOST_SOURCE },
	{ "exec",        MAY_EXEC },
};

static const struct { const char *name; uint32_t least, most; } counts[] = {
	{ "workloads",        1, 65536 },
	{ "tenant-workloads", 1, 65536 },
	{ "tenants",          1, TENANTS_MAX },
	{ "volumes",          0, 65536 },
};
/* clang-format on */
enum { COUNTS = ARRAY_LEN(counts) };

/* Where each was said first. */
struct said {
	struct at bit[ARRAY_LEN(bits)], count[COUNTS];
};

static bool first(struct diags *d, struct at *have, struct at at)
{
	if (have->src) {
		diag_help(d, diag_error(d, 106, at, "this may stand once"),
			  "the first is in line %u", at_place(*have).line);
		return false;
	}
	*have = at;
	return true;
}

static void unknown(struct cursor *c, struct at at, const char *what, bool is_bit)
{
	struct diag *row =
		diag_error(c->d, 11, at, "unknown %s '%.*s'", what, (int)at.len, at_text(at));
	struct nearest nr;
	size_t i;

	nearest_init(&nr, at_text(at), at.len);
	for (i = 0; is_bit && i < ARRAY_LEN(bits); i++)
		nearest_try(&nr, bits[i].name);
	for (i = 0; !is_bit && i < COUNTS; i++)
		nearest_try(&nr, counts[i].name);
	if (nr.count)
		diag_nearest(c->d, row, &nr);
	else
		diag_help(c->d, row,
			  is_bit ? "they are: tenant plan grant publish destroy host-source exec"
				 : "they are: workloads tenant-workloads tenants volumes");
}

static void read_may(struct said *s, struct cursor *c, struct host_policy *p)
{
	struct at at;
	size_t i;

	do {
		if (!cur_name(c, &at, "what the engine may decide"))
			return;
		for (i = 0; i < ARRAY_LEN(bits) && !at_is(at, bits[i].name); i++)
			continue;
		if (i == ARRAY_LEN(bits))
			unknown(c, at, "right", true);
		else if (first(c->d, &s->bit[i], at))
			p->may |= bits[i].bit;
	} while (cur_kind(c) != T_END);
}

static void read_limit(struct said *s, struct cursor *c, struct host_policy *p)
{
	uint32_t *const field[COUNTS] = { &p->max_workloads, &p->tenant_workloads, &p->index_max,
					  &p->max_volumes };
	struct at at, value;
	uint64_t v;
	size_t i;

	if (!cur_name(c, &at, "the limit's name"))
		return;
	for (i = 0; i < COUNTS && !at_is(at, counts[i].name); i++)
		continue;
	if (i == COUNTS) {
		unknown(c, at, "limit", false);
		return;
	}
	value = cur_at(c);
	if (!value_read(c, V_COUNT, &v) || !cur_done(c))
		return;
	if (v < counts[i].least || v > counts[i].most)
		diag_help(c->d,
			  diag_error(c->d, 22, value, "limit %s is out of range", counts[i].name),
			  "from %u to %u", counts[i].least, counts[i].most);
	else if (first(c->d, &s->count[i], at))
		*field[i] = (uint32_t)v - (field[i] == &p->index_max); /* the last index */
}

static void read_unit(struct said *said, const struct unit_ref *u, struct diags *d,
		      struct host_policy *p)
{
	const struct source *s = u->src;
	uint32_t body = s->node[u->node].child, n;

	p->may = 0;
	for (n = body ? s->node[body].child : 0; n; n = s->node[n].next) {
		struct cursor c = cur_open(s, n, d);
		const char *about;
		struct at at;

		if (s->node[n].kind != N_STMT)
			continue;
		cur_take(&c);
		if (s->node[n].what == STMT_MAY)
			read_may(said, &c, p);
		else if (s->node[n].what == STMT_LIMIT)
			read_limit(said, &c, p);
		else if (value_string(&c, &about, &at))
			(void)cur_done(&c);
	}
	if (!said->count[1].src) /* one tenant may have them all */
		p->tenant_workloads = p->max_workloads;
	else if (p->tenant_workloads > p->max_workloads)
		diag_help(d,
			  diag_error(d, 60, said->count[1],
				     "limit tenant-workloads is above limit workloads"),
			  "the largest legal value is %u", p->max_workloads);
}

void host_conf(const struct library *lib, struct host_policy *p)
{
	struct said said = { 0 };
	uint32_t i;

	for (i = 0; i < lib->nunit; i++)
		if (lib->unit[i].kind == UNIT_HOST)
			read_unit(&said, &lib->unit[i], lib->d, p);
}
