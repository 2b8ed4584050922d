/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operation.h - ids of operations. Spawn's acts journal names a start by it; the engine keeps no
 * record of its own behind an id.
 */
#ifndef CLOISTER_OPERATION_H
#define CLOISTER_OPERATION_H

#include "supervisor/engine/workloads.h"

/* Gives a start, or a run, an id that no other of this boot has. */
void operation_begin(struct engine *e, uint8_t id[16]);

#endif
