/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snap_host.c - what hangs on no process: cgroups, devices, keys, IPC, BPF, files, settings.
 * Runs in: leak-snap.
 */
#include "tests/host/leak/snap.h"

#include "lib/base/fd.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/bpf.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* nftw gives its callback no argument. */
static struct snap *walking;
static size_t walk_root;

bool in_dir(const struct snap *s, const char *path)
{
	size_t n = s->dir ? strlen(s->dir) : 0;

	return !n || (!strncmp(path, s->dir, n) && (path[n] == '/' || !path[n]));
}

/* ---- cgroups: every directory below ours, in every hierarchy ---- */

static int cgroup_dir(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	char file[1024];
	const char *text;
	const char *dying;

	(void)st;
	(void)at;
	if (kind != FTW_D)
		return 0;
	snap_add(walking, "cgroup %s", path);
	(void)snprintf(file, sizeof(file), "%.900s/cgroup.stat", path);
	text = slurp(file);
	dying = text && strlen(path) == walk_root ? strstr(text, "nr_dying_descendants ") : NULL;
	if (dying)
		snap_add(walking, "dying cgroups below %s: %d", path, atoi(dying + 21));
	return 0;
}

static void walk_cgroup(struct snap *s, const char *mount, const char *below)
{
	char path[1024];

	(void)snprintf(path, sizeof(path), "%s%s", mount, below);
	walking = s;
	walk_root = strlen(path);
	(void)nftw(path, cgroup_dir, 16, FTW_PHYS | FTW_MOUNT);
}

/*
 * The scope's directory in the hierarchy with these mount options ("" of v2), from what
 * /proc/self/cgroup says of this process. Empty when it is not in it there.
 */
static void scope_cgroup(const struct snap *s, const char *options, char *out, size_t n)
{
	static char copy[65536];
	const char *text = slurp("/proc/self/cgroup");
	char *line, *save = NULL, *name, *path, *end;

	out[0] = 0;
	(void)snprintf(copy, sizeof(copy), "%s", text ? text : "");
	for (line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		name = strchr(line, ':');
		path = name ? strchr(name + 1, ':') : NULL;
		end = path ? strstr(path, s->cgroup) : NULL;
		if (!end)
			continue;
		*path++ = 0;
		name++;
		/* v1: the controllers are among the mount's options; v2 has none at all. */
		if (name[0] && !strstr(options, name))
			continue;
		end[strlen(s->cgroup)] = 0;
		(void)snprintf(out, n, "%s", path);
	}
}

/* A supervisor's directory that no supervisor claims any more is a leak, whoever made it. */
static void orphans(struct snap *s, const char *mount)
{
	DIR *d = opendir(mount);
	char claim[300];
	struct dirent *e;

	while (d && (e = readdir(d))) {
		if (strncmp(e->d_name, "cloister.", 9) != 0)
			continue;
		(void)snprintf(claim, sizeof(claim), "/run/cloister-ids/%s", e->d_name + 9);
		if (access(claim, F_OK) < 0)
			snap_add(s, "orphan cgroup %s/%s", mount, e->d_name);
	}
	if (d)
		(void)closedir(d);
}

void snap_cgroups(struct snap *s)
{
	static char copy[1 << 20]; /* slurp's own buffer is used again below */
	const char *text = slurp("/proc/self/mountinfo");
	char at[256], type[32], options[256], below[512];
	char *line, *save = NULL;
	const char *dash;

	(void)snprintf(copy, sizeof(copy), "%s", text ? text : "");
	for (line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		dash = strstr(line, " - ");
		if (!dash || sscanf(dash, " - %31s %*s %255s", type, options) != 2 ||
		    strncmp(type, "cgroup", 6) != 0 ||
		    sscanf(line, "%*d %*d %*s %*s %255s", at) != 1)
			continue;
		below[0] = 0;
		if (s->cgroup)
			scope_cgroup(s, strcmp(type, "cgroup2") ? options : "", below,
				     sizeof(below));
		if (s->cgroup && !below[0])
			orphans(s, at);
		else
			walk_cgroup(s, at, below);
	}
}

/* ---- block devices ---- */

void snap_blocks(struct snap *s)
{
	DIR *d = opendir("/sys/block");
	char path[600];
	const char *text;
	struct dirent *e;

	while (d && (e = readdir(d))) {
		(void)snprintf(path, sizeof(path), "/sys/block/%s/loop/backing_file", e->d_name);
		text = slurp(path);
		if (text && in_dir(s, text))
			snap_add(s, "loop %s %s", e->d_name, text);
		(void)snprintf(path, sizeof(path), "/sys/block/%s/dm/name", e->d_name);
		text = slurp(path);
		if (text)
			snap_add(s, "dm %s %s", e->d_name, text);
	}
	if (d)
		(void)closedir(d);
}

/* ---- keys ---- */

void snap_keys(struct snap *s)
{
	char *line, *save = NULL;
	char *text = slurp("/proc/keys");
	char type[32], what[256];

	/* Session keyrings come and go with everybody's logins. */
	for (line = text ? strtok_r(text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save))
		if (sscanf(line, "%*s %*s %*s %*s %*s %*s %*s %31s %255[^\n]", type, what) == 2 &&
		    strncmp(what, "_ses", 4) != 0 && (!s->cgroup || strstr(what, "cloister")))
			snap_add(s, "key %s %s", type, what);
}

/* ---- IPC ---- */

static void sysv(struct snap *s, const char *kind)
{
	char path[64], key[32], id[32];
	char *line, *save = NULL, *text;

	(void)snprintf(path, sizeof(path), "/proc/sysvipc/%s", kind);
	text = slurp(path);
	line = text ? strtok_r(text, "\n", &save) : NULL;
	while (line && (line = strtok_r(NULL, "\n", &save)))
		if (sscanf(line, "%31s %31s", key, id) == 2)
			snap_add(s, "sysv %s key %s id %s", kind, key, id);
}

static void list_dir(struct snap *s, const char *kind, const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			snap_add(s, "%s %s", kind, e->d_name);
	if (d)
		(void)closedir(d);
}

/* The queues show only through a mount: it is made where nobody else sees it, by mount fd. */
static void queues(struct snap *s)
{
	AUTO_FD int fs = (int)syscall(SYS_fsopen, "mqueue", 1 /* CLOEXEC */);
	AUTO_FD int mnt = -1;
	char path[64];

	if (fs < 0 || syscall(SYS_fsconfig, fs, 6 /* CMD_CREATE */, NULL, NULL, 0) < 0)
		return;
	mnt = (int)syscall(SYS_fsmount, fs, 1, 0);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", mnt);
	if (mnt >= 0)
		list_dir(s, "queue", path);
}

void snap_ipc(struct snap *s)
{
	sysv(s, "shm");
	sysv(s, "sem");
	sysv(s, "msg");
	queues(s);
	list_dir(s, "dev-shm", "/dev/shm");
}

/* ---- BPF ---- */

static void bpf_ids(struct snap *s, const char *kind, int cmd)
{
	union bpf_attr a;

	memset(&a, 0, sizeof(a));
	while (syscall(SYS_bpf, cmd, &a, sizeof(a)) == 0) {
		snap_add(s, "bpf %s %u", kind, a.next_id);
		a.start_id = a.next_id;
	}
}

void snap_bpf(struct snap *s)
{
	bpf_ids(s, "prog", BPF_PROG_GET_NEXT_ID);
	bpf_ids(s, "map", BPF_MAP_GET_NEXT_ID);
	bpf_ids(s, "link", BPF_LINK_GET_NEXT_ID);
}

/* ---- files ---- */

static int tree_entry(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)kind;
	(void)at;
	snap_add(walking, "file %s %o", path, st->st_mode & S_IFMT);
	return 0;
}

static void claims(struct snap *s)
{
	DIR *d = opendir("/run/cloister-ids");
	const char *text;
	char path[600];
	struct dirent *e;

	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "/run/cloister-ids/%s", e->d_name);
		text = slurp(path);
		if (text && in_dir(s, text))
			snap_add(s, "claim %s %s", e->d_name, text);
	}
	if (d)
		(void)closedir(d);
}

void snap_files(struct snap *s)
{
	walking = s;
	if (s->dir)
		(void)nftw(s->dir, tree_entry, 16, FTW_PHYS | FTW_MOUNT);
	else
		(void)nftw("/run/cloister", tree_entry, 16, FTW_PHYS | FTW_MOUNT);
	claims(s);
}

/* ---- settings of the host ---- */

/* A link's own settings come and go with it, and it has a line of its own. */
static bool of_link(const char *path)
{
	const char *at = strstr(path, "/conf/");

	if (!at)
		at = strstr(path, "/neigh/");
	return at && !strstr(at, "/all/") && !strstr(at, "/default/");
}

/* They change by themselves. */
static bool restless(const char *path)
{
	static const char *const part[] = { "/random/",	      "-nr",	      "-state",
					    "ns_last_pid",    "/pty/nr",      "inode-nr",
					    "conntrack",      "stat_refresh", "drop_caches",
					    "compact_memory", "flush",	      "cdrom",
					    "/keys/",	      "aio-nr",	      "/firmware_config/",
					    "tainted",	      "sched_domain", "/quota/" };

	for (size_t i = 0; i < ARRAY_LEN(part); i++)
		if (strstr(path, part[i]))
			return true;
	return false;
}

static int setting(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	const char *text;

	(void)at;
	if (kind != FTW_F || !(st->st_mode & 0400) || restless(path) || of_link(path))
		return 0;
	text = slurp(path);
	if (text)
		snap_add(walking, "setting %s=%.200s", path + strlen("/proc/sys/"), text);
	return 0;
}

void snap_settings(struct snap *s)
{
	char *text, *line, *save = NULL;
	char name[64];

	walking = s;
	(void)nftw("/proc/sys", setting, 16, FTW_PHYS | FTW_MOUNT);
	text = slurp("/proc/modules");
	for (line = text ? strtok_r(text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save))
		if (sscanf(line, "%63s", name) == 1)
			snap_add(s, "module %s", name);
}
