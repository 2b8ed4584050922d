/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compile_req.h - lays a request to the compiler out in memory.
 */
#ifndef CLOISTER_COMPILE_REQ_H
#define CLOISTER_COMPILE_REQ_H

#include "supervisor/engine/compile.h"

/* The whole request, sealed in a memfd that the caller owns. */
int compile_req_make(struct engine *e, const struct compile_ask *q, int *ret_fd,
		     struct fault *f) MUST_USE;

#endif
