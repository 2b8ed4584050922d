/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bundle.h - source texts that a client sent on its connection, to be compiled together.
 */
#ifndef CLOISTER_BUNDLE_H
#define CLOISTER_BUNDLE_H

#include "lib/base/fault.h"

#include <stdbool.h>

enum { BUNDLE_FILES = 48, BUNDLE_BYTES = 1 << 20, BUNDLE_NAME = 256 };

struct bundle_file {
	char name[BUNDLE_NAME];
	char *text; /* owned; NUL behind len bytes */
	size_t len;
	bool tenant; /* a .tenant file */
};

struct bundle {
	struct bundle_file file[BUNDLE_FILES];
	uint32_t n;
	size_t bytes;
};

/*
 * Adds len bytes of text to file `name`: appended to the one there is, or as a new file (which must
 * not be there yet). Returns 0; -E2BIG past a bound, -EEXIST, -ENOENT, -EINVAL a name that is no
 * line of text, -ENOMEM.
 */
int bundle_add(struct bundle *b, const char *name, const char *text, size_t len,
	       struct fault *f) MUST_USE;
int bundle_append(struct bundle *b, const char *name, const char *text, size_t len,
		  struct fault *f) MUST_USE;
/* The file is a .tenant file. */
void bundle_mark_tenant(struct bundle *b, const char *name);

void bundle_fini(struct bundle *b);

#endif
