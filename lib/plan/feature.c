/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feature.c - the toggles of profiles-audit A.6. Runs in: spawn, compile, engine. Pure data.
 */
#include "lib/plan/feature.h"

#include <string.h>

#define LOOP FEAT_BIT(FEAT_NET_LOOPBACK)

/* clang-format off */
const struct feature_row feature_table[FEAT__COUNT] = {
	/*                     name             needs                       can built about */
	[FEAT_THREADS]       = { "threads",       0,                          1, 1, "threads of one process" },
	[FEAT_FORK]          = { "fork",          0,                          1, 1, "child processes" },
	[FEAT_EXEC]          = { "exec",          0,                          1, 1, "start programs from the exec paths" },
	[FEAT_JIT]           = { "jit",           0,                          1, 1, "memory that is written and then executed" },
	[FEAT_MEMFD]         = { "memfd",         0,                          1, 1, "anonymous files in memory" },
	[FEAT_SHM]           = { "shm",           0,                          1, 1, "/dev/shm of limit shm" },
	[FEAT_SYSV_IPC]      = { "sysv-ipc",      0,                          1, 1, "System V shared memory, semaphores, queues" },
	[FEAT_POSIX_MQ]      = { "posix-mq",      0,                          1, 1, "POSIX message queues" },
	[FEAT_TMP]           = { "tmp",           0,                          1, 1, "/tmp of limit tmp" },
	[FEAT_VOLUME]        = { "volume",        0,                          1, 0, "named encrypted volumes" },
	[FEAT_NET_LOOPBACK]  = { "net.loopback",  0,                          1, 1, "internet sockets inside the own network" },
	[FEAT_NET_INBOUND]   = { "net.inbound",   LOOP,                       1, 1, "listen on ports" },
	[FEAT_NET_OUTBOUND]  = { "net.outbound",  LOOP,                       1, 0, "reach addresses outside" },
	[FEAT_NET_IPV6]      = { "net.ipv6",      LOOP,                       1, 1, "IPv6" },
	[FEAT_NET_LOW_PORTS] = { "net.low-ports", FEAT_BIT(FEAT_NET_INBOUND), 1, 1, "listen on ports below 1024" },
	[FEAT_DNS]           = { "dns",           0,                          0, 0, "name lookups; names go through a channel" },
	[FEAT_CHANNELS]      = { "channels",      0,                          1, 0, "links to services of other tenants" },
	[FEAT_PTY]           = { "pty",           0,                          1, 1, "a terminal of its own" },
	[FEAT_IO_URING]      = { "io-uring",      0,                          1, 1, "io_uring" },
	[FEAT_USERFAULTFD]   = { "userfaultfd",   0,                          1, 1, "page faults handled by the program" },
	[FEAT_PERF]          = { "perf",          0,                          1, 1, "performance counters" },
	[FEAT_PTRACE]        = { "ptrace",        0,                          1, 1, "debug own processes" },
	[FEAT_NUMA]          = { "numa",          0,                          1, 1, "memory placement" },
	[FEAT_BPF]           = { "bpf",           0,                          0, 0, "eBPF; never" },
	[FEAT_KEYRING]       = { "keyring",       0,                          0, 0, "kernel keyrings; never" },
	[FEAT_USERNS]        = { "userns",        0,                          0, 0, "namespaces of its own; never" },
	[FEAT_CORE_DUMP]     = { "core-dump",     FEAT_BIT(FEAT_VOLUME),      1, 0, "core dumps to a volume" },
	[FEAT_PROC]          = { "proc",          0,                          1, 1, "/proc with own processes only" },
	[FEAT_PROC_SYS_READ] = { "proc-sys-read", FEAT_BIT(FEAT_PROC),        1, 1, "/proc with system figures, read-only" },
	[FEAT_LOG]           = { "log",           0,                          1, 1, "output goes to the log" },
	[FEAT_REALTIME]      = { "realtime",      0,                          1, 0, "real-time scheduling up to limit rtprio" },
};
/* clang-format on */

int feature_find(const char *name, size_t n)
{
	for (size_t i = 0; i < FEAT__COUNT; i++)
		if (strlen(feature_table[i].name) == n &&
		    memcmp(feature_table[i].name, name, n) == 0)
			return (int)i;
	return -1;
}
