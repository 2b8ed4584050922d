/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attack.c - what I26 was written against, all at once: the harness gives the command line a
 * directory, an append log and a socket, this runs inside, and the harness looks at them after.
 * Runs in: cloister-probe --stdio-attack and --whoami.
 */
#include "tests/host/probes/probe.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

/* Every result is ignored: the harness judges by what happened to its own files. */
int mode_stdio_attack(struct options *o)
{
	struct winsize tiny = { .ws_row = 1, .ws_col = 1 };
	char buf[64];

	(void)o;
	for (int fd = 0; fd <= 2; fd++) {
		DROP(fcntl(fd, F_SETFL, O_NONBLOCK));
		DROP(ftruncate(fd, 0));
		DROP(pwrite(fd, "ATTACK\n", 7, 0));
		DROP(ioctl(fd, TIOCSWINSZ, &tiny));
		DROP(ioctl(fd, TIOCEXCL));
		DROP(ioctl(fd, TIOCSCTTY, 1));
		DROP(ioctl(fd, TIOCSTI, "A"));
		DROP(openat(fd, "stdio-attack-was-here", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
		DROP(unlinkat(fd, "victim", 0));
	}
	DROP(read(STDIN_FILENO, buf, sizeof(buf)));
	/* On its own pipe this must still work: the copy to the operator is the command line's. */
	return write(STDOUT_FILENO, "attack done\n", 12) == 12 ? 0 : 1;
}

uint64_t own_caps(void)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2] = { { 0 }, { 0 } };

	if (syscall(SYS_capget, &h, d) < 0)
		return 0;
	return (uint64_t)d[1].permitted << 32 | d[0].permitted;
}

int mode_whoami(const char *had)
{
	uint64_t before = strncmp(had, "0x", 2) ? 0 : strtoull(had, NULL, 16);

	return geteuid() != getuid() || own_caps() & ~before ? 0 : 1;
}
