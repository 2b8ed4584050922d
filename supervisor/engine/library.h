/* SPDX-License-Identifier: Apache-2.0 */
/*
 * library.h - the profiles that come with the host, read once and again after a change.
 */
#ifndef CLOISTER_LIBRARY_H
#define CLOISTER_LIBRARY_H

#include "supervisor/engine/engine.h"

enum { LIBRARY_FILES = 48, LIBRARY_NAME = 96, LIBRARY_BYTES = 1 << 19 };

struct library_file {
	char name[LIBRARY_NAME]; /* "web.nginx.profile" */
	char *text;
	size_t len;
};

struct library {
	struct library_file file[LIBRARY_FILES];
	uint32_t n;
	size_t bytes;
	uint64_t generation; /* grows with each change; what was compiled under another is old */
	bool fresh;
	bool has_etc; /* FD_ETC is a directory: the operator's, asked first */
};

/* Begins to watch FD_LIBRARY; before confinement. */
int library_open(struct engine *e, struct fault *f) MUST_USE;

/* The files as they are now. */
int library_get(struct engine *e, const struct library **ret, struct fault *f) MUST_USE;

/* A unit that a library file defines, for listings: found by its first word on a line. */
struct library_unit {
	char kind[16], name[NAME_MAX_ + 3], about[160];
};

/* The next unit of text at *pos; false when there is none. */
bool library_unit_next(const struct library_file *file, size_t *pos, struct library_unit *ret);

#endif
