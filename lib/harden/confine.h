/* SPDX-License-Identifier: Apache-2.0 */
/*
 * confine.h - the seccomp list and the Landlock domain of engine, netd and volumed.
 *
 * Both pass down to every child for good, so never on cloisterd, spawn or init (STYLE.md 3).
 * The list of a program is what the comments `syscalls NAME: ...` beside its code say;
 * tools/gen-syscalls collects them into syscalls.h. A call with conditions is written
 * `setns(1==CLONE_NEWNET)`: argument number, ==, a constant; several joined by a comma must all
 * hold. Compares look at 32 bits, as the kernel does for int arguments.
 */
#ifndef CLOISTER_CONFINE_H
#define CLOISTER_CONFINE_H

#include "lib/harden/harden.h"

#include <linux/landlock.h>

#ifndef LANDLOCK_ACCESS_FS_TRUNCATE /* headers of Debian 12; ABI 3 and 5 */
#define LANDLOCK_ACCESS_FS_TRUNCATE  (1ULL << 14)
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif

/* What the process may still do at or below an open file or directory. */
struct confine_path {
	int fd;		 /* O_PATH is enough; stays the caller's                             */
	uint64_t access; /* LANDLOCK_ACCESS_FS_*; rights that this kernel does not know are
			    dropped, and on a file those that only directories have          */
};

/* Short forms of access masks. */
#define CONFINE_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define CONFINE_EDIT                                                                               \
	(CONFINE_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |              \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE)

/*
 * Sets no_new_privs, then Landlock (every file system right that this kernel can handle, but for
 * what paths[] gives back; TCP, abstract sockets and signals to others where it can), then the
 * program's seccomp list; anything else is EPERM, a foreign architecture kills. Descriptors that
 * are open already keep their rights. Call it once, after all that needs more, before the first
 * frame is read. Returns 0 both are in force, 1 seccomp alone (a kernel without Landlock), <0 a
 * fault: exit.
 */
int confine_apply(enum program p, const struct confine_path *paths, size_t n,
		  struct fault *f) MUST_USE;

/* The kernel's Landlock ABI, 0 where there is none. */
int confine_landlock_abi(void);

#endif
