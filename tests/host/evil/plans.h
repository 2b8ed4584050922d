/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plans.h - the part of evil-frames that hands plans to the spawner.
 */
#ifndef CLOISTER_EVIL_PLANS_H
#define CLOISTER_EVIL_PLANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The whole file, or -1. */
ssize_t evil_file(const char *dir, const char *name, void *buf, size_t n);

/* Each plan of dir by an engine's edge; what should be is told by tap. */
void evil_plans(int edge, const char *dir, uint32_t ceiling_id,
		void (*tap)(bool good, const char *why, const char *what));

#endif
