/* SPDX-License-Identifier: Apache-2.0 */
/*
 * str.c - bounded strings. Runs in: every program. No allocation, no locale.
 */
#include "lib/base/str.h"
#include "lib/base/ids.h"

#include <errno.h>
#include <string.h>

int str_copy(char *dst, size_t n, const char *src)
{
	size_t len = strlen(src);

	if (n == 0)
		return -ENAMETOOLONG;
	if (len >= n) {
		memcpy(dst, src, n - 1);
		dst[n - 1] = '\0';
		return -ENAMETOOLONG;
	}
	memcpy(dst, src, len + 1);
	return 0;
}

static bool lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

bool str_is_label(const char *s, size_t n)
{
	if (n == 0 || n >= LABEL_MAX || !lower(s[0]))
		return false;
	for (size_t i = 1; i < n; i++)
		if (!lower(s[i]) && !digit(s[i]) && s[i] != '-')
			return false;
	return true;
}

bool str_is_name(const char *s, size_t n)
{
	bool part = false; /* inside a part that has a byte */

	if (n == 0 || n >= NAME_MAX_ || !lower(s[0]))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (lower(s[i]) || digit(s[i]) || s[i] == '_') {
			part = true;
		} else if ((s[i] == '.' || s[i] == '-') && part) {
			part = false;
		} else {
			return false;
		}
	}
	return part;
}

bool str_is_path(const char *s, size_t n, bool may_dir)
{
	size_t start = 1;

	if (n == 0 || s[0] != '/')
		return false;
	if (n == 1)
		return may_dir;
	for (size_t i = 1; i <= n; i++) {
		size_t len = i - start;

		if (i < n && ((unsigned char)s[i] < 0x20 || s[i] == 0x7f))
			return false;
		if (i < n && s[i] != '/')
			continue;
		if (len == 0)
			return i == n && may_dir;
		if (s[start] == '.' && (len == 1 || (len == 2 && s[start + 1] == '.')))
			return false;
		start = i + 1;
	}
	return true;
}

/* Length of the valid UTF-8 sequence at s, 0 if there is none; *ret_c = its scalar value. */
static size_t utf8(const char *s, size_t n, uint32_t *ret_c)
{
	static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char b = (unsigned char)s[0];
	size_t len = b < 0x80 ? 1 : b < 0xc2 ? 0 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : b < 0xf5 ? 4 : 0;
	uint32_t c;

	if (len == 0 || len > n)
		return 0;
	c = len == 1 ? b : b & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		unsigned char t = (unsigned char)s[i];

		if ((t & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (t & 0x3fu);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret_c = c;
	return len;
}

bool str_is_utf8(const char *s, size_t n)
{
	uint32_t c;

	for (size_t i = 0; i < n;) {
		size_t len = utf8(s + i, n - i, &c);

		if (len == 0 || c == 0)
			return false;
		i += len;
	}
	return true;
}

static bool shown_raw(uint32_t c)
{
	if (c == '\n' || c == '\t')
		return true;
	if (c < 0x20 || (c >= 0x7f && c < 0xa0))
		return false;
	return !(c >= 0x200b && c <= 0x200f) && !(c >= 0x202a && c <= 0x202e) &&
	       !(c >= 0x2066 && c <= 0x2069) && c != 0xfeff && c != 0x2028 && c != 0x2029 &&
	       c != 0x061c;
}

size_t str_escape(char *dst, size_t cap, const char *src, size_t n, size_t *ret_used)
{
	static const char hex[] = "0123456789abcdef";
	size_t out = 0, in = 0;

	while (in < n) {
		uint32_t c = 0;
		size_t len = utf8(src + in, n - in, &c);
		bool raw = len && shown_raw(c);
		size_t take = len ? len : 1;
		size_t need = raw ? take : take * 4;

		if (out + need > cap)
			break;
		for (size_t i = 0; i < take; i++) {
			unsigned char b = (unsigned char)src[in + i];

			if (raw) {
				dst[out++] = (char)b;
				continue;
			}
			dst[out++] = '\\';
			dst[out++] = 'x';
			dst[out++] = hex[b >> 4];
			dst[out++] = hex[b & 15];
		}
		in += take;
	}
	*ret_used = in;
	return out;
}

size_t str_u64(char *dst, uint64_t v)
{
	char tmp[21];
	size_t n = 0;

	do {
		tmp[n++] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	for (size_t i = 0; i < n; i++)
		dst[i] = tmp[n - 1 - i];
	dst[n] = '\0';
	return n;
}

int str_to_u64(const char *s, size_t n, uint64_t *ret)
{
	uint64_t v = 0;

	if (n == 0)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		uint64_t d = (uint64_t)(s[i] - '0');

		if (!digit(s[i]))
			return -EINVAL;
		if (v > (UINT64_MAX - d) / 10)
			return -ERANGE;
		v = v * 10 + d;
	}
	*ret = v;
	return 0;
}

uint64_t str_digits(const char **p)
{
	uint64_t v = 0;

	for (; digit(**p); (*p)++) {
		uint64_t d = (uint64_t)(**p - '0');

		v = v > (UINT64_MAX - d) / 10 ? UINT64_MAX : v * 10 + d;
	}
	return v;
}

uint32_t str_version(const char *s)
{
	uint32_t v = 0;

	for (size_t i = 0; i < 3; i++) {
		uint64_t part = str_digits(&s);

		v = v << 8 | (part > 255 ? 255 : (uint32_t)part);
		s += *s == '.';
	}
	return v;
}

void str_hex(char *dst, const uint8_t *src, size_t n)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		dst[2 * i] = hex[src[i] >> 4];
		dst[2 * i + 1] = hex[src[i] & 15];
	}
	dst[2 * n] = '\0';
}

static int nibble(char c)
{
	return digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int str_unhex(uint8_t *dst, const char *src, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int hi = nibble(src[2 * i]);
		int lo = hi < 0 ? -1 : nibble(src[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return -EINVAL;
		dst[i] = (uint8_t)(hi << 4 | lo);
	}
	return 0;
}
