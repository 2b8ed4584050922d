/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skeleton.h - what every root has before a profile's mounts (launch.md 3.5). Pure.
 */
#ifndef CLOISTER_SKELETON_H
#define CLOISTER_SKELETON_H

#include "lib/plan/feature.h"

#include <stdbool.h>

/* The path behind the skeleton's links: "/bin/sh" is "/usr/bin/sh". Writes into out (n bytes) and
 * returns it, or path itself when no link is in it or out is too small. */
const char *skeleton_real(const char *path, char *out, size_t n);

/* Is path (canonical; a trailing / does not matter) there without any mount of the profile? */
bool skeleton_has(const char *path, uint64_t features);

/* Why may a profile not mount at target? NULL: it may. */
const char *skeleton_refuses(const char *target);

/* Is path at or below dir? Both canonical, trailing / or not. */
bool path_below(const char *path, const char *dir);

#endif
