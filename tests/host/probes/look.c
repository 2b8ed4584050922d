/* SPDX-License-Identifier: Apache-2.0 */
/*
 * look.c - probes: clocks, and places that other areas leave out.
 * Runs in: cloister-probe. The controls set nothing to another value than it has.
 */
#include "tests/host/probes/probe.h"

#include "lib/base/fd.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/xattr.h>
#include <time.h>

/* Neither a time nor a zone: the kernel asks for the capability all the same, and sets nothing. */
static int time_set(struct probe_ctx *c)
{
	return step(c, "settimeofday", syscall(SYS_settimeofday, NULL, NULL));
}

/* The estimated error to what it is. */
static int time_adjust(struct probe_ctx *c)
{
	struct timex t = { 0 };

	(void)syscall(SYS_adjtimex, &t);
	t.modes = ADJ_ESTERROR;
	return step(c, "adjtimex", syscall(SYS_adjtimex, &t));
}

static int time_wake(struct probe_ctx *c)
{
	struct sigevent e = { .sigev_notify = SIGEV_NONE };
	int id = 0;
	int r = step(c, "timer_create", syscall(SYS_timer_create, CLOCK_BOOTTIME_ALARM, &e, &id));

	return c->outside && (r == -EOPNOTSUPP || r == -EPERM)
		       ? skip(c, "no clock here that wakes, or no CAP_WAKE_ALARM")
		       : r;
}

/* What a layered file system would read as "hide what is below". */
static int opaque(struct probe_ctx *c)
{
	char path[TARGET_MAX];

	if (mkdir(scratch_path(c, path, "opaque"), 0700) < 0 && errno != EEXIST)
		return skip(c, "the scratch directory cannot be written");
	return step(c, "setxattr", setxattr(path, "trusted.overlay.opaque", "y", 1, 0));
}

static int rename_out(struct probe_ctx *c)
{
	char from[TARGET_MAX], to[TARGET_MAX] = "/run/renamed";
	AUTO_FD int fd = open(scratch_path(c, from, "rename"), O_CREAT | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		return skip(c, "the scratch directory cannot be written");
	if (c->outside)
		(void)scratch_path(c, to, "renamed");
	return step(c, "rename", rename(from, to));
}

/* The file that the root is attached from: who writes it writes what all later starts run. */
static int own_image(struct probe_ctx *c)
{
	const char *path = target_borrow(c, "image");
	AUTO_FD int fd = -1;

	if (!path)
		return PROBE_SKIP;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return step(c, "open", fd);
}

static int shared_mount(struct probe_ctx *c)
{
	if (mount(c->scratch, c->scratch, NULL, MS_BIND, NULL) < 0)
		return step(c, "bind", -1);
	return step(c, "share", mount(NULL, c->scratch, NULL, MS_SHARED, NULL));
}

/* A mount that gives to, or takes from, another namespace says so in its optional fields. */
static int propagation(struct probe_ctx *c)
{
	static char buf[1 << 20];
	ssize_t n = read_text("/proc/self/mountinfo", buf, sizeof(buf));

	if (n < 0)
		return (int)n;
	return strstr(buf, " shared:") || strstr(buf, " master:")
		       ? 0
		       : absent(c, "every mount is private");
}

/* clang-format off */
static const struct probe times[] = {
	{ "time.set",          "set the clock", P_CRITICAL, { EPERM },
	  L_SEC | L_CAP, C_ROOT, NULL, time_set, NULL },
	{ "time.adjust",       "steer the clock", P_CRITICAL, { EPERM },
	  L_SEC | L_CAP, C_ROOT, NULL, time_adjust, NULL },
	{ "time.alarm-wake",   "wake the machine by a timer", 0, { EPERM, EOPNOTSUPP },
	  L_CAP, C_ROOT, NULL, time_wake, NULL },
};

static const struct probe looks[] = {
	{ "fs.overlay-opaque", "mark a directory as opaque for an overlay", 0, { EPERM },
	  L_CAP | L_UNS, C_ROOT, NULL, opaque, NULL },
	{ "fs.rename-out",     "rename a file onto another mount", 0, { EXDEV },
	  L_MNT, C_USER, NULL, rename_out, NULL },
	{ "dev.own-image",     "open the file that its root is attached from", P_CRITICAL | P_HOST, { ENOENT },
	  L_MNT | L_UNS, C_ROOT, NULL, own_image, NULL },
	{ "mnt.propagation",   "share mounts with another namespace", P_CRITICAL, { PROBE_ABSENT },
	  L_MNT, C_ROOT, shared_mount, propagation, NULL },
};
/* clang-format on */

const struct probe_list time_list = { times, ARRAY_LEN(times) };
const struct probe_list look_list = { looks, ARRAY_LEN(looks) };
