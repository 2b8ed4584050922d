/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sha256.h - SHA-256 (FIPS 180-4) for the programs that link libc only.
 *
 * Plans and images are named by their hash, and spawn, which checks plans, may not link libcrypto.
 */
#ifndef CLOISTER_SHA256_H
#define CLOISTER_SHA256_H

#include "lib/base/base.h"

struct sha256 {
	uint32_t h[8];
	uint64_t len; /* bytes so far */
	uint8_t block[64];
};

void sha256_init(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *p, size_t n);
void sha256_done(struct sha256 *s, uint8_t out[32]);
void sha256_of(const void *p, size_t n, uint8_t out[32]);

#endif
