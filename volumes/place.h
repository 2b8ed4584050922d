/* SPDX-License-Identifier: Apache-2.0 */
/*
 * place.h - volumed leaves the host's mounts for a root of its own that holds a /proc.
 */
#ifndef CLOISTER_PLACE_H
#define CLOISTER_PLACE_H

#include "lib/base/fault.h"

/*
 * Own mount namespace; its root an empty read-only tmpfs with a procfs (subset=pid) on /proc, which
 * image.c and store.c name descriptors by. *ret_dev is a directory fd of the host's /dev, the
 * caller's. Returns 0 or a fault; the caller must exit then.
 */
int place_enter(int *ret_dev, struct fault *f) MUST_USE;

#endif
