/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snap.h - a list of kernel objects, one a line, that two moments can be compared by.
 *
 * On a machine that others use too, a scope keeps their objects out: processes below one cgroup
 * directory, files and device backings below one directory.
 */
#ifndef CLOISTER_SNAP_H
#define CLOISTER_SNAP_H

#include "lib/base/base.h"

#include <stdbool.h>
#include <sys/types.h>

struct snap {
	char **line;
	size_t n, cap;
	const char *cgroup; /* "/NAME" of a cgroup: a process below it counts; NULL all */
	const char *dir;    /* files, backings, claims below this directory; NULL all */
};

/* Adds a line. Ends the program when memory is out: a snapshot with holes is worse than none. */
void snap_add(struct snap *s, const char *fmt, ...) PRINTF(2, 3);
void snap_fini(struct snap *s);

/* Reads a whole small file, NUL-ended, into a static buffer of 1 MiB; NULL when it cannot. */
char *slurp(const char *path);

/* Is this path in the scope's directory? */
bool in_dir(const struct snap *s, const char *path);

/* Calls fn for each process in the scope, but this one and its ancestors. */
void each_process(struct snap *s, void (*fn)(struct snap *s, pid_t pid));

/* Each adds its lines. */
void snap_processes(struct snap *s);
void snap_cgroups(struct snap *s);
void snap_namespaces(struct snap *s);
void snap_mounts(struct snap *s);
void snap_nets(struct snap *s);
void snap_blocks(struct snap *s);
void snap_keys(struct snap *s);
void snap_ipc(struct snap *s);
void snap_bpf(struct snap *s);
void snap_files(struct snap *s);
void snap_settings(struct snap *s);

#endif
