/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.h - the directory images/pub: files named by the hash of their bytes.
 *
 * dir is its descriptor throughout, and stays the caller's. Only cloister-volumed calls this.
 */
#ifndef CLOISTER_STORE_H
#define CLOISTER_STORE_H

#include "lib/base/fault.h"
#include "lib/base/ids.h"

/* What the builder may hold at most (unpack.h) and what EROFS adds to it. */
#define STORE_FILE_MAX (UINT64_C(5) << 30)

struct store_kept {
	int32_t code; /* 0, or -errno with fault set */
	uint32_t pad;
	uint64_t bytes;
	uint8_t digest[DIGEST_LEN];
	struct fault fault;
};

/* Pure. Is head (4,096 bytes) the start of a plain EROFS image that fits into size bytes? 0, or
 * -EBADMSG. Plain: no compression, no second device, no chunks; the kernel's parser for those is
 * never given bytes that a builder made of a stranger's archive. */
int store_check(const uint8_t head[4096], uint64_t size, struct fault *f) MUST_USE;

/* An empty writable file without a name; the caller owns *ret_fd. */
int store_new(int dir, int *ret_fd, struct fault *f) MUST_USE;

/*
 * Copies src, hashing what it writes, and gives the copy its name. Nobody but the caller ever had
 * the copy open for writing, whoever still holds src. It is synced before it is named. Takes as
 * long as the disk does. A file of that name that is there already is as good.
 */
int store_keep(int dir, int src, struct store_kept *k, struct fault *f) MUST_USE;

/* Opens an image read-only. -ENOENT there is none; -EPERM the file is not as store_keep left it. */
int store_open(int dir, const uint8_t digest[DIGEST_LEN], int *ret_fd, uint64_t *ret_bytes,
	       struct fault *f) MUST_USE;

/* Removes an image's name; whoever has it mounted keeps the file. */
int store_drop(int dir, const uint8_t digest[DIGEST_LEN], struct fault *f) MUST_USE;

#endif
