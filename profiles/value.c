/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value.c - numbers with units, strings and paths.
 * Runs in: cloister-compile, tests.
 */
#include "profiles/value.h"
#include "profiles/arena.h"
#include "profiles/diag.h"
#include "lib/base/str.h"

#include <string.h>

struct unit_row {
	const char *name;
	uint64_t factor;
};

#define MS_NS UINT64_C(1000000)

/* Largest first: value_show() takes the first that divides. */
static const struct unit_row byte_units[] = { { "TiB", UINT64_C(1) << 40 },
					      { "GiB", UINT64_C(1) << 30 },
					      { "MiB", UINT64_C(1) << 20 },
					      { "KiB", UINT64_C(1) << 10 },
					      { "", 1 },
					      { NULL, 0 } };
static const struct unit_row time_units[] = { { "d", 86400000 * MS_NS }, { "h", 3600000 * MS_NS },
					      { "min", 60000 * MS_NS },	 { "s", 1000 * MS_NS },
					      { "ms", MS_NS },		 { NULL, 0 } };
static const struct unit_row no_units[] = { { "", 1 }, { NULL, 0 } };
static const struct unit_row percent_units[] = { { "%", 10 }, { NULL, 0 } };

static const struct {
	const char *what; /* in "'x' is not a WHAT" */
	const char *like;
	const struct unit_row *units;
	const char *tail;
} types[V__COUNT] = {
	[V_COUNT] = { "number", "64", no_units, "" },
	[V_BYTES] = { "byte size", "64KiB", byte_units, "" },
	[V_RATE] = { "rate", "500/s", no_units, "/s" },
	[V_BYTERATE] = { "rate of bytes", "10MiB/s", byte_units, "/s" },
	[V_PERCENT] = { "percentage", "150%", percent_units, "" },
	[V_DURATION] = { "duration", "30s", time_units, "" },
};

/* Digits in a base with overflow; returns how many bytes were digits, 0 on overflow. */
static size_t digits(const char *s, size_t n, unsigned int base, uint64_t *ret)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		unsigned int c = (unsigned char)s[i], digit;

		if (c >= '0' && c <= '9')
			digit = c - '0';
		else if (base == 16 && (c | 32) >= 'a' && (c | 32) <= 'f')
			digit = (c | 32) - 'a' + 10;
		else
			break;
		if (digit >= base)
			break;
		if (__builtin_mul_overflow(v, (uint64_t)base, &v) ||
		    __builtin_add_overflow(v, (uint64_t)digit, &v))
			return 0;
	}
	*ret = v;
	return i;
}

static bool too_big(struct diags *d, struct at at)
{
	diag_help(d, diag_error(d, 22, at, "'%.*s' is too large", (int)at.len, at_text(at)),
		  "the largest is 18446744073709551615 (64 bits)");
	return false;
}

bool value_int(struct diags *d, struct at at, bool may_sign, uint64_t *ret)
{
	const char *s = at_text(at);
	size_t n = at.len, skip = 0, used;
	bool minus = n && *s == '-';
	unsigned int base = 10;
	uint64_t v = 0;

	if (minus && may_sign)
		skip = 1;
	if (n - skip > 2 && s[skip] == '0' && (s[skip + 1] == 'x' || s[skip + 1] == 'o')) {
		base = s[skip + 1] == 'x' ? 16 : 8;
		skip += 2;
	}
	used = digits(s + skip, n - skip, base, &v);
	if (used == 0 && n > skip && s[skip] >= '0' && s[skip] <= '9')
		return too_big(d, at);
	if (minus && v > (uint64_t)INT64_MAX + 1) {
		diag_help(d, diag_error(d, 22, at, "'%.*s' is too small", (int)n, s),
			  "the least is -9223372036854775808 (64 bits)");
		return false;
	}
	if (used == 0 || used != n - skip) {
		diag_error(d, 20, at, "'%.*s' is not a number", (int)n, s);
		return false;
	}
	*ret = minus ? 0 - v : v;
	return true;
}

bool value_range(struct cursor *c, bool may_sign, uint64_t *ret_lo, uint64_t *ret_hi)
{
	struct at at = cur_at(c), hi;

	if (!cur_expect(c, T_NUM, "a number"))
		return false;
	if (!value_int(c->d, at, may_sign, ret_lo))
		return false;
	*ret_hi = *ret_lo;
	if (!cur_accept(c, T_RANGE))
		return true;
	hi = cur_at(c);
	if (!cur_expect(c, T_NUM, "the range's upper end"))
		return false;
	if (!value_int(c->d, hi, may_sign, ret_hi))
		return false;
	if (*ret_lo > *ret_hi) {
		at.len = hi.off + hi.len - at.off;
		diag_help(c->d, diag_error(c->d, 32, at, "the range is reversed"),
			  "write %.*s..%llu", (int)hi.len, at_text(hi),
			  (unsigned long long)*ret_lo);
		return false;
	}
	return true;
}

static const struct unit_row *find_unit(enum value_type type, const char *s, size_t n)
{
	const struct unit_row *u;
	size_t tail = strlen(types[type].tail);

	if (n < tail || memcmp(s + n - tail, types[type].tail, tail) != 0)
		return NULL;
	for (u = types[type].units; u->name; u++)
		if (strlen(u->name) == n - tail && memcmp(u->name, s, n - tail) == 0)
			return u;
	return NULL;
}

static bool is_size(enum value_type type)
{
	return type == V_BYTES || type == V_BYTERATE;
}

/* What stands behind the K, M or G of a decimal unit: nothing or a B, and the rate's tail. */
static bool is_decimal(const char *s, size_t n, const char *tail)
{
	size_t k = n && (*s | 32) == 'b' ? 1 : 0;

	return n - k == strlen(tail) && memcmp(s + k, tail, n - k) == 0;
}

/* '512MB' and the like: what it was meant to be, in both readings. */
static void help_decimal(struct cursor *c, struct diag *row, struct at at, enum value_type type)
{
	static const struct {
		char letter;
		uint64_t ten, two;
		const char *word;
	} scale[] = { { 'K', 1000, 1024, "thousand" },
		      { 'M', 1000000, 1 << 20, "million" },
		      { 'G', 1000000000, 1 << 30, "billion" } };
	const char *s = at_text(at);
	uint64_t v = 0;
	size_t used = digits(s, at.len, 10, &v), i;
	const char *near, *full;

	for (i = 0; used && used < at.len && i < ARRAY_LEN(scale); i++) {
		if ((s[used] & ~32) != scale[i].letter || v > UINT64_MAX / scale[i].two || v == 0 ||
		    !is_decimal(s + used + 1, at.len - used - 1, types[type].tail))
			continue;
		full = arena_printf(c->d->arena, "%llu%ciB%s", (unsigned long long)v,
				    scale[i].letter, types[type].tail);
		near = arena_printf(c->d->arena, "%llu%ciB%s",
				    (unsigned long long)(v * scale[i].ten / scale[i].two),
				    scale[i].letter, types[type].tail);
		diag_help(c->d, row, "use '%s' (%llu) or '%s' (nearest below %llu %s)", full,
			  (unsigned long long)(v * scale[i].two), near, (unsigned long long)v,
			  scale[i].word);
		diag_fix(row, at, full);
		return;
	}
	diag_help(c->d, row, "write it as in '%s'", types[type].like);
}

static bool wrong_type(struct cursor *c, enum value_type type)
{
	struct at at = cur_take(c);

	if (!c->failed)
		diag_help(c->d,
			  diag_error(c->d, 20, at, "expected a %s, not '%.*s'", types[type].what,
				     (int)at.len, at_text(at)),
			  "write it as in '%s'", types[type].like);
	c->failed = true;
	return false;
}

bool value_read(struct cursor *c, enum value_type type, uint64_t *ret)
{
	struct at at = cur_at(c);
	const struct unit_row *unit;
	uint64_t v = 0;
	size_t used;

	if (cur_kind(c) == T_END) {
		cur_fail(c, "a value");
		return false;
	}
	if (cur_kind(c) != T_NUM)
		return wrong_type(c, type);
	cur_take(c);
	used = digits(at_text(at), at.len, 10, &v);
	if (used == 0 && at_text(at)[0] != '-')
		return too_big(c->d, at);
	unit = used ? find_unit(type, at_text(at) + used, at.len - used) : NULL;
	if (!unit && type == V_COUNT && used != at.len && used)
		return value_int(c->d, at, false, ret);
	if (!unit) {
		struct diag *row =
			diag_error(c->d, is_size(type) && used ? 21 : 20, at, "'%.*s' is not a %s",
				   (int)at.len, at_text(at), types[type].what);
		if (is_size(type))
			help_decimal(c, row, at, type);
		else
			diag_help(c->d, row, "write it as in '%s'", types[type].like);
		return false;
	}
	if (__builtin_mul_overflow(v, unit->factor, ret))
		return too_big(c->d, at);
	return true;
}

const char *value_show(struct arena *a, enum value_type type, uint64_t v)
{
	const struct unit_row *u = types[type].units;

	while (u[1].name && (v == 0 || v % u->factor))
		u++;
	if (type == V_PERCENT && v % 10)
		return arena_printf(a, "%llu.%llu%%", (unsigned long long)(v / 10),
				    (unsigned long long)(v % 10));
	return arena_printf(a, "%llu%s%s", (unsigned long long)(v / u->factor), u->name,
			    types[type].tail);
}
