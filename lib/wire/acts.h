/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acts.h - the acts journal: every operation that a privileged server ran, in a file that
 * neither engine nor tenant can write (security-model.md 3.6, I20).
 */
#ifndef CLOISTER_ACTS_H
#define CLOISTER_ACTS_H

#include "lib/base/base.h"
#include "lib/base/ids.h"

enum act_phase { ACT_NONE = 0, ACT_BEFORE, ACT_AFTER };

struct act {
	uint64_t seq;
	uint64_t boottime; /* ns */
	uint16_t op, phase;
	int32_t code;
	struct tenant_ref t;
	uint8_t op_id[16];
	uint8_t tag[16]; /* first 16 bytes of a plan hash, image digest, grant id */
};
_Static_assert(sizeof(struct act) == 64, "8 + 8 + 2 + 2 + 4 + 8 + 16 + 16");

struct acts {
	int fd; /* O_APPEND, owned */
	uint64_t seq;
};

/* fd is taken. The sequence goes on behind the last whole record of the file. */
void acts_init(struct acts *a, int fd);

/* Appends one record. Returns 0 or -errno. */
int acts_write(struct acts *a, uint16_t op, enum act_phase phase, int32_t code,
	       const struct tenant_ref *t, const uint8_t op_id[16], const uint8_t tag[16]) MUST_USE;

#endif
