/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open.h - the parts of the engine but its sockets, opened before it is confined.
 */
#ifndef CLOISTER_ENGINE_OPEN_H
#define CLOISTER_ENGINE_OPEN_H

#include "supervisor/engine/engine.h"

int open_all(struct engine *e, struct fault *f) MUST_USE;

#endif
