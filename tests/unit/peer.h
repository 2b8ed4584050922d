/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peer.h - for tests that play the supervisor: what the command line asks it.
 */
#ifndef CLOISTER_TEST_PEER_H
#define CLOISTER_TEST_PEER_H

#include "tests/unit/unit.h"

#include <string.h>
#include <unistd.h>

/* Waits for the next message, which has to hold want. */
static inline void peer_hear(int peer, const char *want)
{
	char buf[512];
	size_t n = 0;

	do {
		assert_true(n < sizeof(buf) && read(peer, buf + n, 1) == 1);
	} while (buf[n++]);
	if (!strstr(buf, want))
		fail_msg("asked %s, want %s", buf, want);
}

#endif
