/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_run.h - runs a package tool to its end and keeps what it said.
 */
#ifndef CLOISTER_IMAGE_RUN_H
#define CLOISTER_IMAGE_RUN_H

#include "lib/base/fault.h"

struct ran {
	int code;      /* its exit code, 128 + signal when one ended it */
	char *out;     /* stdout, NUL-ended, owned                      */
	size_t len;    /* of it, without the NUL                        */
	char why[120]; /* the line of stderr that says most, printable  */
};

/*
 * argv[0] is looked up in PATH; no shell. stdin is /dev/null, the language is C. *r is zeroed by
 * the caller. Returns 0 whatever the exit code, -ENOENT when there is no such program, -EFBIG when
 * it says more than 64 MiB, or another fault.
 */
int image_run(const char *const *argv, struct ran *r, struct fault *f) MUST_USE;
void ran_fini(struct ran *r);

#endif
