/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idl.h - a method table in Varlink's own notation: arguments are checked against it, and the
 * interface text that GetInterfaceDescription returns is made from it. One place for both.
 */
#ifndef CLOISTER_IDL_H
#define CLOISTER_IDL_H

#include "lib/varlink/varlink.h"

/* in and out are struct types as in the interface language: "(name: string, tags: ?[]string)".
 * What idl_check() knows in `in`: bool, int, string, object, behind ?, [] and [string]. */
struct idl_method {
	const char *name, *in, *out, *doc;
};

struct idl_interface {
	const char *name, *doc;
	const char *types; /* type and error lines, as they are */
	const void *rows;  /* count rows of stride bytes, each beginning with an idl_method */
	size_t count, stride;
};

/*
 * Do params (NULL = none) have exactly the arguments of in: every one that has no ?, none that is
 * unknown, each of its type? Returns 0 or -EINVAL with f->msg beginning with the argument's name.
 */
int idl_check(const char *in, const json_t *params, struct fault *f) MUST_USE;

/* The interface text; the caller frees it. NULL: out of memory. */
char *idl_describe(const struct idl_interface *i) MUST_USE;

#endif
