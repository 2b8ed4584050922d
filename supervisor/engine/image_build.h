/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_build.h - building an image for a client.
 */
#ifndef CLOISTER_IMAGE_BUILD_H
#define CLOISTER_IMAGE_BUILD_H

#include "supervisor/engine/session.h"

/* Answers `to` twice: with the tar's write end, then with what came of it. name is a label, inputs
 * INPUTS_LEN hex digits. <0: it was not begun. */
int image_build_begin(struct engine *e, struct to to, const char *name, const char *inputs,
		      struct fault *f) MUST_USE;

#endif
