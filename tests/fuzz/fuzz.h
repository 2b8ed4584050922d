/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz.h - what every harness shares: the entry point and the seeded bug.
 *
 * A harness has no global state, no clock, no file system. With -DSEEDED_BUG it holds one fault,
 * deep enough that only a run which really reaches the parser's inside finds it (`make
 * fuzz-seeded`).
 */
#ifndef CLOISTER_FUZZ_H
#define CLOISTER_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An oracle beyond crashes: ends the run when it does not hold. */
#define FUZZ_HOLDS(cond)                                                                           \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			(void)fprintf(stderr, "%s:%d: oracle: %s\n", __FILE__, __LINE__, #cond);   \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* Call where the seeded bug is reached; costs nothing in other builds. */
#ifdef SEEDED_BUG
#define FUZZ_SEEDED(cond)                                                                          \
	do {                                                                                       \
		if (cond) {                                                                        \
			(void)fprintf(stderr, "seeded bug\n");                                     \
			abort();                                                                   \
		}                                                                                  \
	} while (0)
#else
#define FUZZ_SEEDED(cond) ((void)0)
#endif

#endif
