/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_args.h - a run's command as the sealed memory that only its init reads.
 */
#ifndef CLOISTER_RUN_ARGS_H
#define CLOISTER_RUN_ARGS_H

#include "lib/base/fault.h"

#include <jansson.h>

/* args: an array, env: an object or NULL, both of strings. The caller owns *ret_fd. Returns 0,
 * -E2BIG past a bound of asks/spawn.h, -EINVAL no argument or a NAME that is none. */
int run_args_make(json_t *args, json_t *env, int *ret_fd, struct fault *f) MUST_USE;

#endif
