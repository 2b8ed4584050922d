/* SPDX-License-Identifier: Apache-2.0 */
/*
 * methods.h - the API, one row a method.
 */
#ifndef CLOISTER_METHODS_H
#define CLOISTER_METHODS_H

#include "lib/varlink/idl.h"
#include "supervisor/engine/session.h"

struct method_row {
	struct idl_method idl; /* first: idl_describe() reads the rows by stride */
	uint8_t role;	       /* enum role that the peer must have */
	/* answers now, or later by call.to */
	void (*run)(struct engine *e, const struct call *c);
};

extern const struct method_row method_table[];
extern const size_t method_count;

/* What a peer of this uid may do: ROLE_* bits, 0 nothing. */
uint32_t method_role(uint32_t uid);

/* Finds, checks and runs a method; an error answers where it may not be. */
void method_run(struct engine *e, const struct call *c, const char *name);

/* The interface text; the caller frees it. */
char *method_describe(void) MUST_USE;

#endif
