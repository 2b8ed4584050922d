/* SPDX-License-Identifier: Apache-2.0 */
/*
 * methods.h - the API, one row a method.
 */
#ifndef CLOISTER_METHODS_H
#define CLOISTER_METHODS_H

#include "lib/varlink/idl.h"
#include "supervisor/engine/session.h"

/* What a tenant's own people may do with a method. */
enum scope {
	SCOPE_HOST = 0, /* nothing: it is about the host                             */
	SCOPE_TENANT,	/* call it with their tenant in the argument `tenant`        */
	SCOPE_ROWS,	/* call it: its rows are those of their tenants alone        */
	SCOPE_OWN,	/* call it: it is about what they sent, and about nobody     */
};

struct method_row {
	struct idl_method idl; /* first: idl_describe() reads the rows by stride */
	uint8_t role, scope;   /* enum role that the peer must have; enum scope */
	/* answers now, or later by call.to */
	void (*run)(struct engine *e, const struct call *c);
};

extern const struct method_row method_table[];
extern const size_t method_count;

/* Finds, checks and runs a method; an error answers where it may not be. */
void method_run(struct engine *e, const struct call *c, const char *name);

/* The interface text; the caller frees it. */
char *method_describe(void) MUST_USE;

#endif
