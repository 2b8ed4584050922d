/* SPDX-License-Identifier: Apache-2.0 */
/*
 * near.c - edit distance for suggestions. Runs in: cloister. Pure.
 */
#include "cli/near.h"

#include <string.h>

enum { WORD_MAX = 31 };

static size_t least(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

size_t near_distance(const char *a, const char *b)
{
	uint8_t d[WORD_MAX + 1][WORD_MAX + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > WORD_MAX || m > WORD_MAX)
		return SIZE_MAX;
	for (size_t i = 0; i <= n; i++)
		d[i][0] = (uint8_t)i;
	for (size_t j = 0; j <= m; j++)
		d[0][j] = (uint8_t)j;
	for (size_t i = 1; i <= n; i++)
		for (size_t j = 1; j <= m; j++) {
			size_t cost = a[i - 1] != b[j - 1];
			size_t v =
				least(d[i - 1][j] + 1u, d[i][j - 1] + 1u, d[i - 1][j - 1] + cost);

			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				v = least(v, d[i - 2][j - 2] + 1u, v);
			d[i][j] = (uint8_t)v;
		}
	return d[n][m];
}

void near_offer(struct near *n, const char *candidate)
{
	size_t limit = strlen(n->word) <= 3 ? 1 : 2;
	size_t d = near_distance(n->word, candidate);

	if (d > limit || (n->best && d >= n->distance))
		return;
	n->best = candidate;
	n->distance = d;
}
