/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value.h - numbers with units, strings and paths of the language (profiles-audit A.2).
 */
#ifndef CLOISTER_VALUE_H
#define CLOISTER_VALUE_H

#include "profiles/parse.h"

enum value_type {
	V_COUNT,    /* 4096                    */
	V_BYTES,    /* 64KiB                   */
	V_RATE,	    /* 500/s                   */
	V_BYTERATE, /* 10MiB/s                 */
	V_PERCENT,  /* 150%: stored in permille */
	V_DURATION, /* 30s: stored in ns       */
	V__COUNT
};

/* Takes one value of the type. Reports P020, P021 or P022 and returns false otherwise. */
bool value_read(struct cursor *c, enum value_type type, uint64_t *ret);

/* A plain number: decimal, 0x or 0o, with '-' only where may_sign; the 64-bit two's complement. */
bool value_int(struct diags *d, struct at at, bool may_sign, uint64_t *ret);

/* Takes 'lo..hi' or one number; for ports and argument values. */
bool value_range(struct cursor *c, bool may_sign, uint64_t *ret_lo, uint64_t *ret_hi);

/* Takes a STRING; *ret is its content, NUL-ended, in the arena; *ret_at where it stood. */
bool value_string(struct cursor *c, const char **ret, struct at *ret_at);

/* Takes a PATH: canonical, absolute (P030). */
bool value_path(struct cursor *c, const char **ret, struct at *ret_at);

/* "512MiB", "150%", "30s": the value in its largest exact unit, in the arena. */
const char *value_show(struct arena *a, enum value_type type, uint64_t v);

#endif
