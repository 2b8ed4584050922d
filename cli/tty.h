/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tty.h - the caller's own terminal while a command has one inside (I27).
 */
#ifndef CLOISTER_TTY_H
#define CLOISTER_TTY_H

#include "lib/base/fault.h"

#include <sys/ioctl.h>

/* Raw mode for standard input; what it was comes back by tty_restore(), and by a signal that kills
 * this program for a fault of its own. Again: raw again. */
int tty_raw(struct fault *f) MUST_USE;

/* As it was before tty_raw(): settings, and what a command may have left switched on on the screen.
 * Safe twice, and without tty_raw(). */
void tty_restore(void);

/* Rows and columns; zero where nobody knows. */
void tty_size(struct winsize *ret);

/* Gives the terminal behind the far end the size of this one; -1: nothing. */
void tty_resize(int far);

#endif
