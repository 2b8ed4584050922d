/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logrelay.c - cloister-relay --log RATE SIZEMAX PART: a service's output into its log (I29).
 * Runs as: id 65531 of the tenant's range, started by cloister-spawn under a constant plan.
 * Must not open anything: it reads a tenant's bytes and holds a pipe and files, nothing else.
 */
#include "broker/logcopy.h"
#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "lib/base/str.h"
#include "lib/harden/confine.h"

#include <poll.h>
#include <string.h>

enum { FD_IN = 3, FD_LOG = 4 }; /* by cloister-spawn; LOGCOPY_PARTS files from FD_LOG on */

/* One turn: waits for bytes or for a note to be due. Returns 1 go on, 0 the pipe ended. */
static int turn(struct logcopy *l)
{
	static uint8_t buf[65536]; /* a pipe's whole content */
	struct pollfd p = { .fd = FD_IN, .events = POLLIN };
	ssize_t n;

	if (RETRY_EINTR(poll(&p, 1, logcopy_wait_ms(l, clock_boot_ns()))) < 0)
		return 0;
	if (!p.revents) {
		logcopy_tick(l, clock_boot_ns());
		return 1;
	}
	n = RETRY_EINTR(read(FD_IN, buf, sizeof(buf)));
	if (n < 0 && errno == EAGAIN)
		return 1;
	if (n <= 0)
		return 0;
	logcopy_take(l, buf, (size_t)n, clock_boot_ns());
	return 1;
}

int main(int argc, char **argv)
{
	struct logcopy_files files = { .part = { FD_LOG, FD_LOG + 1, FD_LOG + 2, FD_LOG + 3 } };
	struct logcopy l;
	uint64_t rate, size, part;
	struct fault f; /* nobody to tell: the service's start says that its log could not be had */

	if (argc != 5 || strcmp(argv[1], "--log") != 0 ||
	    str_to_u64(argv[2], strlen(argv[2]), &rate) < 0 ||
	    str_to_u64(argv[3], strlen(argv[3]), &size) < 0 ||
	    str_to_u64(argv[4], strlen(argv[4]), &part) < 0 || part >= UINT32_MAX || rate < 1 ||
	    rate > LOGCOPY_RATE_MAX || size < LOGCOPY_SIZE_MIN || size > LOGCOPY_SIZE_MAX)
		return 2;
	/* syscalls relay: ftruncate fstat */
	if (confine_apply(PROG_RELAY, NULL, 0, &f) < 0)
		return 1;
	files.number = (uint32_t)part;
	files.rate = rate;
	files.size_max = size;
	logcopy_init(&l, &files, clock_boot_ns());
	while (turn(&l) > 0)
		;
	logcopy_end(&l);
	return 0;
}
