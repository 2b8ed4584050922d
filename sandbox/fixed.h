/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixed.h - the constant plans: compile, image building and log relays, which belong to no profile.
 */
#ifndef CLOISTER_FIXED_H
#define CLOISTER_FIXED_H

#include <stddef.h>
#include <stdint.h>

struct enter;

struct fixed_limit {
	uint32_t resource;
	uint64_t value;
};

struct fixed {
	const char *name;
	const char *const *argv, *const *envp;
	struct fixed_limit limit[6];
	size_t nlimit;
	uint64_t build_size; /* a tmpfs /build of so many bytes and the host's /usr; 0: an empty
				root */
};

/* Stage "mounts" of a constant plan. Returns 0 or -1 and errno. */
int fixed_mounts(const struct enter *e);

#endif
