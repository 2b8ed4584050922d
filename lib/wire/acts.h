/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acts.h - the acts journal: every operation that a privileged server ran, in a file that
 * neither engine nor tenant can write (security-model.md 3.6, I20).
 */
#ifndef CLOISTER_ACTS_H
#define CLOISTER_ACTS_H

#include "lib/base/base.h"
#include "lib/base/ids.h"

#include <stdbool.h>

enum act_phase { ACT_NONE = 0, ACT_BEFORE, ACT_AFTER };

/* What an act is about; a request tells it (op_host.about). */
struct act_about {
	struct tenant_ref t;
	uint8_t op_id[16];
	uint8_t tag[16]; /* first 16 bytes of a plan hash, image digest, grant id */
};

struct act {
	uint64_t seq;
	uint64_t boottime; /* ns */
	uint16_t op, phase;
	int32_t code;
	struct act_about about;
};
_Static_assert(sizeof(struct act) == 64, "8 + 8 + 2 + 2 + 4 + 40");

struct acts {
	int fd;		   /* O_APPEND, owned */
	uint64_t seq;	   /* in this segment */
	bool torn;	   /* the file may end in a part of a record       */
	uint64_t unsynced; /* boottime ns of the first record not yet synced; 0: none */
};

/*
 * fd is taken. A part of a record at the file's end, left by a crash or a full disk, is filled up
 * with zeros. The sequence goes on behind it.
 */
void acts_init(struct acts *a, int fd);

/* Appends one record. Returns 0 or -errno; what it wrote in part is filled up. */
int acts_write(struct acts *a, uint16_t op, enum act_phase phase, int32_t code,
	       const struct act_about *about) MUST_USE;

/* Goes on in *fd, an empty segment, which is taken; what was written before is synced and out of
 * reach from here on. */
void acts_next(struct acts *a, int *fd);

/*
 * Records are on the disk a second after they were written, or with the registry's next fdatasync.
 * A server's loop waits acts_wait_ms() at most (-1: as long as it likes; other: what it would wait)
 * and then calls acts_sync(); now: whatever the time. What cannot be synced is tried again.
 */
int acts_wait_ms(const struct acts *a, int other);
void acts_sync(struct acts *a, bool now);

#endif
