/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operation.h - state changes as intent, act, done. In memory for now; its ids tie the acts journal
 * to what was asked for.
 */
#ifndef CLOISTER_OPERATION_H
#define CLOISTER_OPERATION_H

#include "supervisor/engine/workloads.h"

enum operation_kind {
	OPERATION_NONE = 0,
	OPERATION_RUN,
	OPERATION_START,
	OPERATION_IMAGE,
	OPERATION__COUNT
};

enum operation_state { OPERATION_INTENT = 1, OPERATION_DONE, OPERATION_FAILED };

enum { OPERATIONS_KEPT = 256 };

struct operation {
	uint8_t id[16];
	uint32_t kind, state;
	uint64_t begun, ended; /* CLOCK_BOOTTIME */
};

/* Records the intent and gives it an id that no other operation of this boot has. */
void operation_begin(struct engine *e, enum operation_kind kind, uint8_t id[16]);

/* The act is over. An id that is not known any more is let be. */
void operation_end(struct engine *e, const uint8_t id[16], bool done);

/* The record of id; NULL: not among those that are kept. */
const struct operation *operation_find(const uint8_t id[16]);

#endif
