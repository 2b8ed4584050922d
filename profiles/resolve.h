/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolve.h - the units of all files, and which of them one layer is made of (include, A.3).
 */
#ifndef CLOISTER_RESOLVE_H
#define CLOISTER_RESOLVE_H

#include "profiles/tree.h"

struct facts;

enum { UNITS_MAX = 1024, INCLUDE_DEPTH_MAX = 8, CHAIN_MAX = 64 };

struct unit_ref {
	const struct source *src;
	uint32_t node;
	enum unit kind;
	struct at name; /* without a NUL: at_text() */
};

struct library {
	struct diags *d;
	struct source *src;
	uint32_t nsrc;
	struct unit_ref *unit;
	uint32_t nunit;
};

/* One layer's units: itself, then its includes, each once, in the order of the text. */
struct chain {
	const struct unit_ref *unit[CHAIN_MAX];
	uint32_t n;
};

/* Finds the units of all sources. Names that are none or stand twice are reported (P100, P101).
 * Returns 0 or -ENOMEM. */
int library_index(struct library *lib, struct fault *f) MUST_USE;

/*
 * The unit of this kind and name; from: who asks. A file of the request comes before the library's,
 * but the library itself, and whoever asks for a ceiling, looks in the library first: a tenant's
 * text cannot stand in for the operator's. NULL: none.
 */
const struct unit_ref *library_find(const struct library *lib, enum unit kind, const char *name,
				    const struct source *from);

/* The same for a name in a text; reports P050 with the nearest when there is none. */
const struct unit_ref *library_need(const struct library *lib, enum unit kind, struct at name);

/* Follows the includes of u. Reports P050, P051, P053. */
void chain_make(const struct library *lib, const struct unit_ref *u, struct chain *ret);

/* Reads all of a chain into x (facts_init() done), and expands it. Reports P041. */
void chain_read(const struct chain *chain, struct facts *x);

/* SHA-256 of the canonical text of a chain: its tokens, one space between two, a line end where the
 * text had some, without comments. */
void chain_digest(const struct chain *chain, uint8_t out[32]);

/* source: chain_digest() of a workload's profile; becomes that of both texts: what runs is in the
 * workload's. */
void workload_digest(const struct source *s, uint32_t node, uint8_t source[32]);

/* SHA-256 over n digests, one behind the other. */
void digest_join(const uint8_t *part, uint32_t n, uint8_t out[32]);

/* NUL-ended copy of a stretch of text. */
const char *at_copy(struct arena *a, struct at at);

#endif
