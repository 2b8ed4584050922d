/* SPDX-License-Identifier: Apache-2.0 */
/*
 * claim.h - numbers in /run/cloister-ids, so that no two supervisors of a host share a uid range
 * (launch.md T1).
 *
 * A claim is a file named by the number. Its text is "PATH\nOWN\n": the supervisor's state
 * directory and its own number. spawn claims a tenant's index by a hard link to its supervisor's
 * own claim, so that all of one supervisor's claims are one inode.
 */
#ifndef CLOISTER_DAEMON_CLAIM_H
#define CLOISTER_DAEMON_CLAIM_H

#include "lib/base/fault.h"

#include <sys/types.h>

#define CLAIM_DIR "/run/cloister-ids"

struct claim {
	int dir; /* owned */
	uint32_t own;
	dev_t dev;
	ino_t ino;
};

/*
 * Claims a number for the state directory `path`: the one it has already (a cloisterd that was
 * killed; returns 1), else `prefer`, else the highest that is free (returns 0). <0 a fault.
 */
int claim_take(struct claim *c, const char *path, uint32_t prefer, struct fault *f) MUST_USE;

/* Removes every claim of this supervisor, and the directory if it was the last. */
int claim_drop(struct claim *c, struct fault *f) MUST_USE;

/* Pure. Is text (NUL-ended) a claim of `path` under the number n? */
int claim_is(const char *text, const char *path, uint32_t n);

/* Pure. Does /etc/subuid-like text give anyone ids of the range that begins at base? */
int claim_overlaps(const char *subuid, uint32_t base);

#endif
