/* SPDX-License-Identifier: Apache-2.0 */
/*
 * place.h - a private supervisor: where it lives, and its start.
 */
#ifndef CLOISTER_PLACE_H
#define CLOISTER_PLACE_H

#include "lib/base/fault.h"

#include <limits.h>

#define PLACE_DEFAULT ".cloister"

struct place {
	char dir[PATH_MAX];    /* absolute             */
	char socket[PATH_MAX]; /* DIR/control.sock     */
	char log[PATH_MAX];    /* DIR/log/supervisor.log */
};

/* Names the places below state, which need not exist yet; its parent must. */
int place_of(const char *state, struct place *p, struct fault *f) MUST_USE;

/* What kind of file system does not last and holds it: for a sentence. NULL: one that lasts, or
 * that cloisterd refuses. */
const char *place_passes(const struct place *p);

/*
 * Starts cloisterd there, in the background, and waits until it is ready. Root only.
 * Returns 0; -EINTR Ctrl-C or a termination signal came first and it was ended again; -EPERM it
 * refused the directory; -ENOTSUP what it keeps there cannot be used by this version, or at all;
 * other <0 a fault. Nothing is left running then.
 */
int place_start(const struct place *p, struct fault *f) MUST_USE;

/* The path of one of our programs: beside this one, else in /usr/lib/cloister. */
int place_program(const char *name, char path[PATH_MAX], struct fault *f) MUST_USE;

#endif
