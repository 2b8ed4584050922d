/* SPDX-License-Identifier: Apache-2.0 */
/*
 * str.h - bounded strings, no locale, no allocation.
 */
#ifndef CLOISTER_STR_H
#define CLOISTER_STR_H

#include "lib/base/base.h"

#include <stdbool.h>

/* Copies src into dst[n], always NUL-ended. Returns 0, or -ENAMETOOLONG when it was cut. */
int str_copy(char *dst, size_t n, const char *src);

/* Is s (of n bytes, no NUL needed) a LABEL: [a-z][a-z0-9-]{0,30}? */
bool str_is_label(const char *s, size_t n);

/* Is s a NAME of the profile language: parts of [a-z0-9_]+ joined by . or -, first letter a-z, <=
 * 64? */
bool str_is_name(const char *s, size_t n);

/* Is s a canonical absolute path: starts with /, no empty, "." or ".." segment, no NUL or control
 * byte? A single trailing / ("this directory and everything beneath") is allowed iff may_dir. */
bool str_is_path(const char *s, size_t n, bool may_dir);

/* Is s valid UTF-8 without NUL? */
bool str_is_utf8(const char *s, size_t n);

/*
 * Escapes what a tenant wrote so that a terminal or log only shows it (I27, I28): C0 but LF and
 * TAB, DEL, C1, ESC, invalid UTF-8 and bidi controls become \xNN. Returns the bytes
 * written, never more than cap; needs 4 bytes per input byte to take all. *ret_used = bytes
 * consumed.
 */
size_t str_escape(char *dst, size_t cap, const char *src, size_t n, size_t *ret_used);

/* Decimal text of v into dst, NUL-ended; returns its length. dst holds at least 21 bytes. */
size_t str_u64(char *dst, uint64_t v);

/* Reads decimal digits only, whole string, no sign. Returns 0, -EINVAL or -ERANGE. */
int str_to_u64(const char *s, size_t n, uint64_t *ret) MUST_USE;

/* The number that *p starts with, moving *p behind its digits; stays at UINT64_MAX when too large.
 */
uint64_t str_digits(const char **p);

/* "6.12.3-amd64" as KERNEL_VERSION(6, 12, 3); parts over 255 count as 255. */
uint32_t str_version(const char *s);

/* Lower-case hex of n bytes into dst (2n + 1 bytes). */
void str_hex(char *dst, const uint8_t *src, size_t n);

/* The reverse: exactly 2n hex digits. Returns 0 or -EINVAL. */
int str_unhex(uint8_t *dst, const char *src, size_t n) MUST_USE;

#endif
