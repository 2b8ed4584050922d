/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fact_sys.c - syscall facts and the sugar that means some: ioctl, prctl, socket.
 * Runs in: cloister-compile, tests.
 */
#include "profiles/facts.h"
#include "profiles/arena.h"
#include "profiles/diag.h"
#include "profiles/systab.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

/* The values one argument may have. */
struct argset {
	const struct sys_arg *arg;
	struct argcond v[CLAUSES_PER_CALL];
	uint32_t n;
};

static uint64_t full(const struct sys_arg *arg)
{
	return arg->width == 4 ? UINT32_MAX : UINT64_MAX;
}

static bool same_clause(const struct sysfact *a, const struct sysfact *b)
{
	return a->nr == b->nr && memcmp(a->arg, b->arg, sizeof(a->arg)) == 0;
}

void facts_add_sys(struct facts *x, const struct sysfact *s)
{
	uint32_t i, n = 0;

	for (i = 0; i < x->nsys; i++) {
		n += x->sys[i].nr == s->nr;
		if (!same_clause(&x->sys[i], s))
			continue;
		if (x->sys[i].startup != s->startup)
			diag_warn(x->d, 91, s->startup ? s->at : x->sys[i].at,
				  "%s is allowed all the time as well", systab_name(s->nr));
		else if (x->sys[i].at.src == s->at.src && !s->implied && !x->sys[i].implied)
			diag_help(x->d, diag_warn(x->d, 91, s->at, "this is allowed twice"),
				  "the other one is in line %u", at_place(x->sys[i].at).line);
		x->sys[i].startup &= s->startup;
		return;
	}
	if (n >= CLAUSES_PER_CALL) {
		diag_error(x->d, 53, s->at, "more than %d rules for one call", CLAUSES_PER_CALL);
		return;
	}
	if (facts_count(x, s->at))
		x->sys[x->nsys++] = *s;
}

static void unknown_call(struct facts *x, struct at at)
{
	const char *name = arena_printf(x->d->arena, "%.*s", (int)at.len, at_text(at));
	const char *same = systab_equivalent(name);
	struct nearest nr;
	struct diag *row;
	unsigned int i;

	if (systab_foreign(name, at.len)) {
		row = diag_error(x->d, 13, at, "'%s' is no call of x86-64", name);
		if (same)
			diag_help(x->d, row, "its equivalent here is '%s'", same);
		return;
	}
	row = diag_error(x->d, 12, at, "unknown syscall '%s'", name);
	nearest_init(&nr, name, at.len);
	for (i = 0; i <= SYSTAB_LAST; i++)
		if (systab_name(i))
			nearest_try(&nr, systab_name(i));
	diag_nearest(x->d, row, &nr);
}

static void unknown_arg(struct cursor *c, unsigned int nr, struct at at)
{
	struct diag *row = diag_error(c->d, 14, at, "%s has no argument '%.*s'", systab_name(nr),
				      (int)at.len, at_text(at));
	const char *list = "";
	const struct sys_arg *arg;
	size_t i;

	for (i = 0; (arg = systab_arg_at(nr, i)); i++)
		list = arena_printf(c->d->arena, "%s%s%s", list, i ? ", " : "", arg->name);
	diag_help(c->d, row, *list ? "it has %s" : "it has none%s", list);
}

static bool constant(struct cursor *c, const struct sys_arg *arg, uint64_t *ret)
{
	struct at at = cur_at(c);
	struct nearest nr;
	struct diag *row;
	size_t i;

	if (!cur_expect(c, T_CONST, "a constant"))
		return false;
	if (systab_const(arg, at_text(at), at.len, ret) == 0)
		return true;
	row = diag_error(c->d, 16, at, "'%.*s' is no constant of %s", (int)at.len, at_text(at),
			 arg->name);
	nearest_init(&nr, at_text(at), at.len);
	for (i = 0; arg->consts && i < arg->consts->count; i++)
		nearest_try(&nr, arg->consts->row[i].name);
	diag_nearest(c->d, row, &nr);
	c->failed = true;
	return false;
}

/* CONST or (CONST|CONST...) */
static bool constants(struct cursor *c, const struct sys_arg *arg, uint64_t *ret)
{
	uint64_t v = 0;

	if (!cur_accept(c, T_LPAR))
		return constant(c, arg, ret);
	*ret = 0;
	do {
		if (!constant(c, arg, &v))
			return false;
		*ret |= v;
	} while (cur_accept(c, T_BAR));
	return cur_expect(c, T_RPAR, "'|' or ')'");
}

static bool add_value(struct cursor *c, struct argset *set, struct argcond v, struct at at)
{
	if (set->n == CLAUSES_PER_CALL) {
		diag_error(c->d, 53, at, "more than %d rules for one call", CLAUSES_PER_CALL);
		c->failed = true;
		return false;
	}
	set->v[set->n++] = v;
	return true;
}

/* lo..hi as masked compares: the aligned blocks that cover it exactly. */
static bool add_range(struct cursor *c, struct argset *set, uint64_t lo, uint64_t hi, struct at at)
{
	uint64_t all = full(set->arg);

	if (lo == 0 && hi == all) {
		diag_help(c->d, diag_error(c->d, 18, at, "this condition is always true"),
			  "drop it");
		c->failed = true;
		return false;
	}
	for (;;) {
		uint64_t block = lo ? lo & (0 - lo) : all / 2 + 1;

		while (block - 1 > hi - lo)
			block /= 2;
		if (!add_value(c, set, (struct argcond){ all & ~(block - 1), lo }, at))
			return false;
		if (hi - lo == block - 1)
			return true;
		lo += block;
	}
}

static bool number(struct cursor *c, const struct argset *set, uint64_t *ret_lo, uint64_t *ret_hi)
{
	struct at at = cur_at(c);
	uint64_t all = full(set->arg);

	if (!value_range(c, set->arg->is_signed, ret_lo, ret_hi))
		return false;
	/* both ends as the 32 bits that the kernel looks at, if that is what they are */
	if (set->arg->width == 4 && at_text(at)[0] == '-' && (int64_t)*ret_lo >= INT32_MIN &&
	    (int64_t)*ret_hi < 0) {
		*ret_lo &= all;
		*ret_hi &= all;
	}
	if (*ret_lo > all || *ret_hi > all) {
		diag_error(c->d, 22, at, "%s has 32 bits", set->arg->name);
		return false;
	}
	return true;
}

static bool value(struct cursor *c, struct argset *set, uint64_t mask)
{
	struct at at = cur_at(c);
	uint64_t lo = 0, hi;
	struct diag *row;
	bool ok;

	if (cur_kind(c) == T_NUM) {
		ok = number(c, set, &lo, &hi);
	} else {
		ok = constants(c, set->arg, &lo);
		hi = lo &= full(set->arg);
	}
	if (!ok) {
		c->failed = true;
		return false;
	}
	at.len = c->s->tok[c->tok - 1].off + c->s->tok[c->tok - 1].len - at.off;
	if (set->arg->pointer && (lo || hi)) {
		row = diag_error(c->d, 15, at, "%s is a pointer: it can only be compared with 0",
				 set->arg->name);
		diag_help(c->d, row, "seccomp cannot read memory");
		return false;
	}
	if (lo == hi && (lo & ~mask)) {
		row = diag_error(c->d, 17, at, "the value has bits outside the mask");
		diag_help(c->d, row, "what is left of it is 0x%llx",
			  (unsigned long long)(lo & mask));
		return false;
	}
	if (lo == hi)
		return add_value(c, set, (struct argcond){ mask, lo }, at);
	if (mask != full(set->arg)) {
		diag_error(c->d, 17, at, "a range cannot be compared under a mask");
		return false;
	}
	return add_range(c, set, lo, hi, at);
}

/* NAME [ & mask ] : value value ... */
static bool argument(struct cursor *c, unsigned int nr, struct argset *set)
{
	struct at at;
	uint64_t mask, unused;

	if (!cur_name(c, &at, "an argument's name"))
		return false;
	set->arg = systab_arg(nr, at_text(at), at.len);
	if (!set->arg) {
		unknown_arg(c, nr, at);
		return false;
	}
	mask = full(set->arg);
	if (cur_accept(c, T_AMP)) {
		at = cur_at(c);
		if (cur_kind(c) == T_NUM ? !number(c, set, &mask, &unused)
					 : !constants(c, set->arg, &mask))
			return false;
		mask &= full(set->arg);
		if (mask == 0) {
			diag_error(c->d, 17, at, "the mask leaves no bit");
			return false;
		}
	}
	if (!cur_expect(c, T_COLON, "':' and the values"))
		return false;
	do {
		if (!value(c, set, mask))
			return false;
	} while (cur_kind(c) != T_COMMA && cur_kind(c) != T_RPAR && cur_kind(c) != T_END);
	return true;
}

/* Every combination of the arguments' values is one clause. */
static void add_product(struct facts *x, struct sysfact base, const struct argset *set, uint32_t n)
{
	uint64_t total = 1, k;
	uint32_t i;

	for (i = 0; i < n; i++)
		total *= set[i].n;
	if (total > CLAUSES_PER_CALL) {
		diag_error(x->d, 53, base.at, "more than %d rules for one call", CLAUSES_PER_CALL);
		return;
	}
	for (k = 0; k < total; k++) {
		struct sysfact s = base;
		uint64_t rest = k;

		for (i = 0; i < n; i++) {
			s.arg[set[i].arg->index] = set[i].v[rest % set[i].n];
			s.width[set[i].arg->index] = set[i].arg->width;
			rest /= set[i].n;
		}
		facts_add_sys(x, &s);
	}
}

static void conditions(struct facts *x, struct cursor *c, struct sysfact base)
{
	struct argset set[SYS_ARGS];
	uint32_t n = 0, seen = 0;

	do {
		if (n == SYS_ARGS) {
			cur_fail(c, "')'");
			return;
		}
		set[n].n = 0;
		if (!argument(c, base.nr, &set[n]))
			return;
		if (seen & 1u << set[n].arg->index) {
			diag_error(x->d, 3, base.at, "%s stands twice", set[n].arg->name);
			return;
		}
		seen |= 1u << set[n++].arg->index;
	} while (cur_accept(c, T_COMMA));
	if (cur_expect(c, T_RPAR, "',' or ')'") && cur_done(c))
		add_product(x, base, set, n);
}

static bool call(struct facts *x, struct cursor *c, struct sysfact *ret)
{
	struct at at;
	int nr;

	if (!cur_name(c, &at, "the name of a call"))
		return false;
	nr = systab_find(at_text(at), at.len);
	if (nr < 0) {
		unknown_call(x, at);
		return false;
	}
	*ret = (struct sysfact){ .nr = (uint16_t)nr, .at = at, .startup = x->startup };
	return true;
}

void fact_syscall(struct facts *x, struct cursor *c, struct at at)
{
	struct sysfact s;

	(void)at;
	if (cur_accept(c, T_OPEN)) {
		while (cur_kind(c) != T_CLOSE && !c->failed)
			if (call(x, c, &s))
				facts_add_sys(x, &s);
		if (cur_accept(c, T_CLOSE))
			(void)cur_done(c);
		return;
	}
	if (!call(x, c, &s))
		return;
	if (cur_accept(c, T_LPAR))
		conditions(x, c, s);
	else if (cur_done(c))
		facts_add_sys(x, &s);
}

void fact_startup(struct facts *x, struct cursor *c, struct at at)
{
	if (x->is_ceiling || !cur_is_word(c, "syscall")) {
		diag_later(x->d, at,
			   x->is_ceiling ? "'allow startup' in a ceiling"
					 : "'allow startup' of anything but 'syscall'");
		c->failed = true;
		return;
	}
	cur_take(c);
	x->startup = true;
	fact_syscall(x, c, at);
	x->startup = false;
}

/* { CONST CONST ... } of one argument */
static void constant_list(struct facts *x, struct cursor *c, uint16_t nr, size_t index)
{
	const struct sys_arg *arg = systab_arg_at(nr, index);
	uint64_t v = 0;

	if (!arg || !cur_expect(c, T_OPEN, "'{' and constants"))
		return;
	while (cur_kind(c) != T_CLOSE) {
		struct sysfact s = { .nr = nr, .at = cur_at(c) };

		if (!constant(c, arg, &v))
			return;
		s.arg[arg->index] = (struct argcond){ full(arg), v & full(arg) };
		s.width[arg->index] = arg->width;
		facts_add_sys(x, &s);
	}
	cur_take(c);
	(void)cur_done(c);
}

void fact_ioctl(struct facts *x, struct cursor *c, struct at at)
{
	(void)at;
	constant_list(x, c, SYS_ioctl, 1);
}

void fact_prctl(struct facts *x, struct cursor *c, struct at at)
{
	(void)at;
	constant_list(x, c, SYS_prctl, 0);
}

enum { TYPE_MASK = 0xf, ANY_TYPE = 0 };

/* One family and type with the protocols that are its default: 0 and, for inet, its own number. */
static void add_socket(struct facts *x, struct at at, uint32_t family, uint32_t type)
{
	bool inet = family == AF_INET || family == AF_INET6;
	uint64_t protocol[2] = { 0, type == SOCK_STREAM ? 6 : 17 };
	uint32_t i;

	for (i = 0; i < (inet ? 2u : 1u); i++) {
		struct sysfact s = { .nr = SYS_socket, .at = at };

		s.arg[0] = (struct argcond){ UINT32_MAX, family };
		s.arg[1] = (struct argcond){ TYPE_MASK, type };
		s.arg[2] = (struct argcond){ UINT32_MAX, protocol[i] };
		s.width[0] = s.width[1] = s.width[2] = 4;
		facts_add_sys(x, &s);
	}
}

/* clang-format off */
static const struct {
	const char *name;
	uint32_t family, type[3]; /* the types it has, 0: no more */
} families[] = {
	{ "unix",          AF_UNIX,    { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET } },
	{ "inet",          AF_INET,    { SOCK_STREAM, SOCK_DGRAM, ANY_TYPE } },
	{ "inet6",         AF_INET6,   { SOCK_STREAM, SOCK_DGRAM, ANY_TYPE } },
	{ "netlink-route", AF_NETLINK, { SOCK_DGRAM, SOCK_RAW, ANY_TYPE } },
};
/* clang-format on */

static uint32_t socket_type(struct cursor *c)
{
	if (cur_accept_word(c, "stream"))
		return SOCK_STREAM;
	if (cur_accept_word(c, "dgram"))
		return SOCK_DGRAM;
	return cur_accept_word(c, "seqpacket") ? SOCK_SEQPACKET : ANY_TYPE;
}

void fact_socket(struct facts *x, struct cursor *c, struct at at)
{
	uint32_t i, k, type, family = 0, n = 0;

	for (i = 0; i < ARRAY_LEN(families); i++) {
		if (!cur_is_word(c, families[i].name))
			continue;
		family = families[i].family;
		at = cur_take(c);
		break;
	}
	if (!family) {
		cur_fail(c, "unix, inet, inet6 or netlink-route");
		return;
	}
	while ((type = socket_type(c)) != ANY_TYPE) {
		for (k = 0; k < 3 && families[i].type[k] != type; k++)
			continue;
		if (k == 3)
			diag_error(x->d, 22, at, "%s has no such sockets", families[i].name);
		else
			add_socket(x, at, family, type);
		n++;
	}
	if (!cur_done(c) || n)
		return;
	for (k = 0; k < 3 && families[i].type[k] != ANY_TYPE; k++)
		add_socket(x, at, family, families[i].type[k]);
}
