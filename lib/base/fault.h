/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault.h - the one error record.
 *
 * It lives on the caller's stack and is never NULL. The innermost function fills it, outer ones
 * pass it on untouched. Nothing here allocates, so reporting a failure cannot fail.
 */
#ifndef CLOISTER_FAULT_H
#define CLOISTER_FAULT_H

#include "lib/base/base.h"

struct fault {
	int32_t err;   /* -errno, 0 when unset                  */
	char site[24]; /* stable dotted id: "netns.veth.create" */
	char msg[164]; /* one line for a person, never parsed   */
};
_Static_assert(sizeof(struct fault) == 192, "fault crosses the wire");

/* Fills *f and returns err (negative). The message is cut at the field's end, always NUL-ended. */
int fault_set(struct fault *f, int err, const char *site, const char *fmt, ...) PRINTF(4, 5);

/* The same with err = -errno; the errno's text is appended to the message. */
int fault_sys(struct fault *f, const char *site, const char *fmt, ...) PRINTF(3, 4);

/* Makes a record that came from another program safe to print: NUL-ended, printable, err <= 0. */
void fault_sanitise(struct fault *f);

#endif
