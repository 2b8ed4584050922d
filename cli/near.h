/* SPDX-License-Identifier: Apache-2.0 */
/*
 * near.h - which known word was meant. Pure.
 */
#ifndef CLOISTER_NEAR_H
#define CLOISTER_NEAR_H

#include "lib/base/base.h"

/* Damerau-Levenshtein distance (one edit = insert, drop, change, swap of neighbours) of two words
 * of at most 31 bytes; longer ones are as far apart as can be. */
size_t near_distance(const char *a, const char *b);

struct near {
	const char *word; /* what was typed    */
	const char *best; /* NULL: nothing is near */
	size_t distance;
};

/* Keeps candidate when it is nearer than what was seen so far, and at most 2 edits away (1 for
 * words of up to 3 letters: everything is near to those). */
void near_offer(struct near *n, const char *candidate);

#endif
