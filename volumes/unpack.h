/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unpack.h - a foreign tar archive into a directory, without ever leaving it.
 *
 * Only cloister-mkimage calls this: the archive comes from a client and may be hostile.
 */
#ifndef CLOISTER_UNPACK_H
#define CLOISTER_UNPACK_H

#include "lib/base/fault.h"

enum {
	/* mkfs.erofs 1.5 builds "/build/root/" + path in a PATH_MAX buffer. */
	UNPACK_PATH_MAX = 4096 - 64,
	UNPACK_DEPTH_MAX = 255,
	UNPACK_ENTRIES_MAX = 200000,
};
#define UNPACK_BYTES_MAX (UINT64_C(4) << 30)

struct unpack_count {
	uint64_t entries, bytes;
	uint64_t dropped; /* device nodes, pipes, sockets */
};

/*
 * Pure. The place of an archive's name in the image: relative, without "." and empty parts, what
 * lies below bin, sbin, lib and lib64 moved below usr/. dst holds UNPACK_PATH_MAX bytes.
 * Returns 0; 1 the name is the root itself, dst is empty; -EINVAL "..", a control byte or invalid
 * UTF-8; -ENAMETOOLONG the path or one part; -ELOOP more than UNPACK_DEPTH_MAX parts.
 */
int unpack_place(char *dst, const char *name) MUST_USE;

/*
 * Reads the tar archive on fd in to its end and puts its content below the directory fd root,
 * which must be empty. Modes become 0444, 0555; directories stay 0755 for the caller to close.
 * No entry is written through a symbolic link of the archive. Returns 0, or a fault that names
 * the entry; what was unpacked so far stays.
 */
int unpack_tar(int in, int root, struct unpack_count *c, struct fault *f) MUST_USE;

#endif
