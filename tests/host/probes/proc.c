/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proc.c - probes: /proc, /sys and /dev.
 * Runs in: cloister-probe. Must not write to what it manages to open.
 */
#include "tests/host/probes/probe.h"

#include "lib/base/fd.h"
#include "lib/base/str.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* Opens the first of the NULL-ended paths in arg that can be opened; refused = the worst refusal.
 */
static int open_any(struct probe_ctx *c, int flags)
{
	const char *const *path = c->probe->arg;
	int worst = -ENOENT;
	int fd;

	for (; *path; path++) {
		fd = open(*path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		if (fd >= 0) {
			(void)close(fd);
			(void)str_copy(c->note, sizeof(c->note), *path);
			return 0;
		}
		if (errno != ENOENT) {
			worst = -errno;
			(void)str_copy(c->note, sizeof(c->note), *path);
		}
	}
	return worst;
}

static int readable(struct probe_ctx *c)
{
	return open_any(c, O_RDONLY);
}

static int writable(struct probe_ctx *c)
{
	return open_any(c, O_WRONLY);
}

static int kallsyms(struct probe_ctx *c)
{
	static char buf[65536];
	ssize_t n = read_text("/proc/kallsyms", buf, sizeof(buf));

	if (n < 0)
		return (int)n;
	return strspn(buf, "0") >= 16 ? absent(c, "all addresses are zero") : 0;
}

/* Finds the canary's process by its name, which begins with "cn-" and holds part of the nonce. */
static int other_pids(struct probe_ctx *c)
{
	const char *want = target_borrow(c, "procname");
	DIR *d = opendir("/proc");
	char path[64], buf[64];
	struct dirent *e;
	int r = PROBE_ABSENT;

	if (!want)
		return PROBE_SKIP;
	if (!d)
		return -errno;
	while ((e = readdir(d))) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9')
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%.10s/comm", e->d_name);
		if (read_text(path, buf, sizeof(buf)) > 0 && !strncmp(buf, want, strlen(want))) {
			c->nonce_seen = true;
			r = 0;
		}
	}
	(void)closedir(d);
	return r;
}

static int new_time_ns(struct probe_ctx *c)
{
	return step(c, "unshare(NEWTIME)", unshare(CLONE_NEWTIME));
}

static int timens_offset(struct probe_ctx *c)
{
	(void)c;
	return write_text("/proc/self/timens_offsets", "monotonic 10 0\n");
}

static int mount_tracefs(struct probe_ctx *c)
{
	if (mount("tracefs", c->scratch, "tracefs", 0, NULL) < 0)
		return skip(c, "this kernel has no tracefs");
	return step(c, "bind", mount(c->scratch, "/sys/kernel/debug", NULL, MS_BIND, NULL));
}

static int dev_mknod(struct probe_ctx *c)
{
	char path[TARGET_MAX];
	int r = step(c, "mknod",
		     mknod(scratch_path(c, path, "node"), S_IFBLK | 0600, makedev(7, 0)));

	return r ? r : unlink(path);
}

static int dev_names(struct probe_ctx *c)
{
	static const char *const known =
		" . .. null zero full random urandom fd stdin stdout stderr "
		"shm pts ptmx mqueue tty core ";
	DIR *d = opendir("/dev");
	char word[sizeof(((struct dirent *)NULL)->d_name) + 2];
	struct dirent *e;
	int r = PROBE_ABSENT;

	if (!d)
		return -errno;
	while ((e = readdir(d))) {
		(void)snprintf(word, sizeof(word), " %s ", e->d_name);
		if (strstr(known, word))
			continue;
		(void)snprintf(c->note, sizeof(c->note), "/dev/%.60s", e->d_name);
		r = 0;
	}
	(void)closedir(d);
	return r;
}

#define PATHS(...)                                                                                 \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

/* clang-format off */
static const struct probe rows[] = {
	{ "proc.kernel-memory", "read kernel memory or its maps", P_CRITICAL, { ENOENT, EACCES },
	  L_MNT | L_CAP | L_DEV, C_ROOT, NULL, readable,
	  PATHS("/proc/kcore", "/proc/kmem", "/dev/mem", "/dev/kmem", "/dev/port", "/proc/kpageflags",
		"/proc/kpagecount", "/proc/iomem", "/proc/slabinfo", "/proc/vmallocinfo") },
	{ "proc.kmsg",          "read the kernel's log", 0, { ENOENT, EACCES },
	  L_MNT | L_CAP | L_DEV, C_ROOT, NULL, readable, PATHS("/proc/kmsg", "/dev/kmsg") },
	{ "proc.sysctl-write",  "open kernel settings for writing", P_CRITICAL, { ENOENT, EROFS, EACCES },
	  L_MNT | L_UNS | L_LL, C_ROOT, NULL, writable,
	  PATHS("/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/vm/panic_on_oom",
		"/proc/sysrq-trigger", "/sys/kernel/uevent_helper", "/proc/sys/fs/binfmt_misc/register") },
	{ "proc.sys-read",      "read kernel settings and identities", 0, { ENOENT, EACCES },
	  L_MNT, C_USER, NULL, readable,
	  PATHS("/proc/sys/kernel/random/boot_id", "/proc/cmdline", "/proc/version", "/proc/partitions") },
	{ "proc.kallsyms",      "read kernel symbol addresses", 0, { ENOENT, EACCES, PROBE_ABSENT },
	  L_MNT | L_CAP, C_ROOT, NULL, kallsyms, NULL },
	{ "proc.other-pids",    "find a process of another by its name", P_CRITICAL | P_NONCE | P_HOST,
	  { PROBE_ABSENT }, L_NS | L_SEC, C_USER, NULL, other_pids, NULL },
	{ "proc.timens-offset", "shift the clocks of its time namespace", 0, { EACCES, EROFS },
	  L_MNT | L_UNS | L_LL, C_ROOT, new_time_ns, timens_offset, NULL },
	{ "sys.writable",       "open files of /sys for writing", 0, { ENOENT, EROFS, EACCES },
	  L_MNT, C_ROOT, NULL, writable,
	  PATHS("/sys/kernel/mm/transparent_hugepage/enabled", "/sys/kernel/mm/ksm/run",
		"/sys/power/state", "/sys/kernel/profiling") },
	{ "sys.cgroup-parent",  "move itself or raise limits in cgroups", P_CRITICAL, { ENOENT, EROFS, EACCES },
	  L_MNT | L_NS | L_UNS, C_ROOT, NULL, writable,
	  PATHS("/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/unified/cgroup.procs",
		"/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory.max",
		"/sys/fs/cgroup/memory/cgroup.procs", "/sys/fs/cgroup/release_agent") },
	{ "sys.identity",       "read the machine's serial numbers", 0, { ENOENT, EACCES },
	  L_MNT, C_ROOT, NULL, readable,
	  PATHS("/etc/machine-id", "/sys/class/dmi/id/product_uuid", "/sys/hypervisor/uuid",
		"/sys/kernel/notes", "/sys/devices/system/cpu/online") },
	{ "sys.debug-trace",    "read tracefs, debugfs, bpffs", 0, { ENOENT, EACCES },
	  L_MNT | L_UNS, C_ROOT, mount_tracefs, readable,
	  PATHS("/sys/kernel/debug/available_events", "/sys/kernel/tracing/available_events",
		"/sys/fs/bpf/maps.debug") },
};

static const struct probe dev_rows[] = {
	{ "dev.mknod",        "make a block device node", P_CRITICAL, { EPERM },
	  L_CAP | L_UNS | L_DEV | L_ARG, C_ROOT, NULL, dev_mknod, NULL },
	{ "dev.loop-control", "open loop, device-mapper and FUSE controls", P_CRITICAL, { ENOENT },
	  L_MNT | L_DEV, C_ROOT, NULL, readable,
	  PATHS("/dev/loop-control", "/dev/mapper/control", "/dev/fuse", "/dev/net/tun", "/dev/kvm") },
	{ "dev.disk",         "open a disk of the host", P_CRITICAL, { ENOENT },
	  L_MNT | L_DEV, C_ROOT, NULL, readable,
	  PATHS("/dev/vda", "/dev/sda", "/dev/nvme0n1", "/dev/xvda", "/dev/loop0", "/dev/dm-0") },
	{ "dev.tty",          "open consoles of the host", 0, { ENOENT, ENXIO, EACCES },
	  L_MNT | L_DEV, C_ROOT, NULL, readable, PATHS("/dev/vcs", "/dev/tty1", "/dev/console") },
	{ "dev.list",         "find more under /dev than the plan gives", 0, { PROBE_ABSENT },
	  L_MNT, C_USER, NULL, dev_names, NULL },
};
/* clang-format on */

const struct probe_list proc_list = { rows, ARRAY_LEN(rows) };
const struct probe_list dev_list = { dev_rows, ARRAY_LEN(dev_rows) };
