/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tries.h - what the parts of evil-engine share: two tenants, and how a try is judged.
 */
#ifndef CLOISTER_EVIL_TRIES_H
#define CLOISTER_EVIL_TRIES_H

#include "tests/host/evil/side.h"

extern struct world w;
extern struct side a, b;

struct answer {
	int code;
	const char *site;
	const struct tenant_ref *t; /* in the journal; NULL: of no tenant */
	enum worker by;		    /* 0: spawn */
};

/* rc and r are the answer to the one op since world_skip(): as wanted, and noted? */
void said(const char *why, uint16_t op, const struct reply *r, int rc, const struct answer *want);

/* decided.c: the operator's rules are these from here on. */
void reload(const struct rules *r);

void execs(void);	    /* engine.c: into A's workload */
void foreign(void);	    /* decided.c: descriptors, names, what is not the engine's */
void decided(void);	    /* decided.c: what the operator's policy says */
void many(uint32_t each);   /* many.c: more of everything than the limits allow */
void not_the_engines(void); /* decided.c: last, it costs what nothing runs in */
void fuzz(uint64_t seed, uint64_t count); /* fuzz.c   */
void offers(void);			  /* offers.c */

#endif
