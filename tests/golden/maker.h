/* SPDX-License-Identifier: Apache-2.0 */
/*
 * maker.h - puts a compiler's request together, for tests, harnesses and compile_text.
 */
#ifndef CLOISTER_TESTS_MAKER_H
#define CLOISTER_TESTS_MAKER_H

#include "lib/asks/compile.h"

enum { MAKER_ROOM = 24 << 20, MAKER_FILES = COMPILE_FILES_MAX + 8 };

struct maker {
	struct compile_req req;
	struct compile_file file[MAKER_FILES];
	struct compile_image image[COMPILE_IMAGES_MAX];
	char *bytes; /* texts, before they have their place */
	uint32_t nbytes;
};

/* A request for a host with everything: Landlock ABI 6, kernel 6.1, MDWE. Returns 0 or -1. */
int maker_init(struct maker *m, uint32_t mode);
void maker_fini(struct maker *m);

int maker_text(struct maker *m, const char *name, const char *text, size_t n, uint32_t flags);

/* A file; one that ends in .tenant is a tenant file, in .conf the host's. Shown by its last
 * component. */
int maker_file(struct maker *m, const char *path, uint32_t flags);

int maker_image(struct maker *m, const char *name, uint32_t source);

/* The request in one block that the caller frees; its size is in m->req.size. NULL: no memory. */
void *maker_seal(struct maker *m);

#endif
