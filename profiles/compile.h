/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compile.h - the compiler as one function: request in, answer out (lib/asks/compile.h).
 */
#ifndef CLOISTER_COMPILE_H
#define CLOISTER_COMPILE_H

#include "lib/base/fault.h"

struct work;

/*
 * Compiles one request. On 0 *ret points at the answer, a struct compile_out, which may hold errors
 * of the text, and *ret_work owns it: compile_end() it. Same request, same bytes. COMPILE_HOST and
 * COMPILE_MAKE: *ret is the block or the plan; or, when 1 is returned, the errors as text.
 * < 0: -EBADMSG this is no request, -ENOMEM, other: a fault of ours; nothing to end.
 */
int compile_run(const void *req, size_t n, struct work **ret_work, const void **ret, size_t *ret_n,
		struct fault *f) MUST_USE;

void compile_end(struct work **w);

#endif
