/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snap_proc.c - what hangs on processes: themselves, descriptors, namespaces, mounts, links.
 * Runs in: leak-snap.
 */
#include "tests/host/leak/snap.h"

#include "lib/base/fd.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define SIOCGSKNS_ 0x894C /* linux/sockios.h */
enum { KNOWN_MAX = 4096 };

/* Inodes that were listed: each namespace once. */
static ino_t known[KNOWN_MAX];
static size_t nknown;

static bool is_new(ino_t ino)
{
	for (size_t i = 0; i < nknown; i++)
		if (known[i] == ino)
			return false;
	if (nknown < KNOWN_MAX)
		known[nknown++] = ino;
	return true;
}

char *slurp(const char *path)
{
	static char buf[1 << 20];
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t r;

	if (fd < 0)
		return NULL;
	while (have < sizeof(buf) - 1 && (r = read(fd, buf + have, sizeof(buf) - 1 - have)) > 0)
		have += (size_t)r;
	buf[have] = 0;
	return buf;
}

static pid_t parent_of(pid_t pid)
{
	char path[64];
	const char *text, *at;
	int parent = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	text = slurp(path);
	at = text ? strrchr(text, ')') : NULL;
	return at && sscanf(at, ") %*c %d", &parent) == 1 ? parent : 0;
}

static bool is_ancestor(pid_t pid)
{
	for (pid_t p = getpid(); p > 0; p = parent_of(p))
		if (p == pid)
			return true;
	return false;
}

/* In one hierarchy at least: a supervisor's own directories lie below its starter's. */
static bool in_scope(const struct snap *s, pid_t pid)
{
	size_t n = s->cgroup ? strlen(s->cgroup) : 0;
	char path[64];
	const char *at;

	if (!n || !pid)
		return !n;
	(void)snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	for (at = slurp(path); at && (at = strstr(at, s->cgroup)); at += n)
		if (at[n] == '/' || at[n] == '\n')
			return true;
	return false;
}

/* The dead are in no cgroup of version 1 any more: whose child is it? 0 when it is none. */
static pid_t zombies_parent(pid_t pid)
{
	char path[64];
	const char *text, *at;
	int parent = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	text = slurp(path);
	at = text ? strrchr(text, ')') : NULL;
	return at && sscanf(at, ") Z %d", &parent) == 1 ? parent : 0;
}

void each_process(struct snap *s, void (*fn)(struct snap *s, pid_t pid))
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	int pid;

	while (d && (e = readdir(d)))
		if (sscanf(e->d_name, "%d", &pid) == 1 && !is_ancestor(pid) &&
		    (in_scope(s, pid) || in_scope(s, zombies_parent(pid))))
			fn(s, pid);
	if (d)
		(void)closedir(d);
}

static void name_of(pid_t pid, char *out, size_t n)
{
	char path[64];
	const char *text;

	(void)snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	text = slurp(path);
	(void)snprintf(out, n, "%.*s", text ? (int)strcspn(text, "\n") : 0, text ? text : "");
}

static void process(struct snap *s, pid_t pid)
{
	char path[64], name[32];
	const char *text, *at;

	name_of(pid, name, sizeof(name));
	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	text = slurp(path);
	at = text ? strrchr(text, ')') : NULL;
	if (at)
		snap_add(s, "%s %d %s", at[2] == 'Z' ? "zombie" : "process", pid, name);
}

void snap_processes(struct snap *s)
{
	each_process(s, process);
}

/* ---- namespaces ---- */

static void ns_seen(struct snap *s, const char *how, const char *kind, ino_t ino)
{
	if (is_new(ino))
		snap_add(s, "namespace %s %lu by %s", kind, (unsigned long)ino, how);
}

/* A network namespace that nothing names but a socket: ask the socket itself. */
static void socket_ns(struct snap *s, pid_t pid, int fd)
{
	AUTO_FD int p = (int)syscall(SYS_pidfd_open, pid, 0);
	AUTO_FD int copy = p < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, p, fd, 0);
	AUTO_FD int ns = copy < 0 ? -1 : ioctl(copy, SIOCGSKNS_);
	struct stat st;

	if (ns >= 0 && fstat(ns, &st) == 0)
		ns_seen(s, "socket", "net", st.st_ino);
}

/* Descriptor link -> the word it is counted under. */
static const char *fd_type(const char *link)
{
	static const char *const prefix[] = {
		"socket:", "pipe:", "anon_inode:", "/memfd:", "/dev/",	 "net:", "user:",
		"mnt:",	   "pid:",  "ipc:",	   "uts:",    "cgroup:", "time:"
	};

	for (size_t i = 0; i < ARRAY_LEN(prefix); i++)
		if (!strncmp(link, prefix[i], strlen(prefix[i])))
			return prefix[i];
	return strstr(link, " (deleted)") ? "deleted" : "file";
}

/* A mount that is attached nowhere: its id is not in the process's table. */
static bool is_detached(pid_t pid, const char *fdname)
{
	char path[300], id[32];
	const char *text, *at;
	unsigned mnt;

	(void)snprintf(path, sizeof(path), "/proc/%d/fdinfo/%s", pid, fdname);
	text = slurp(path);
	at = text ? strstr(text, "mnt_id:") : NULL;
	if (!at || sscanf(at, "mnt_id: %u", &mnt) != 1)
		return false;
	(void)snprintf(id, sizeof(id), "\n%u ", mnt);
	(void)snprintf(path, sizeof(path), "/proc/%d/mountinfo", pid);
	text = slurp(path);
	return text && strncmp(text, id + 1, strlen(id) - 1) != 0 && !strstr(text, id);
}

static void descriptor(struct snap *s, pid_t pid, const char *fdname)
{
	char path[300], link[512], name[32];
	const char *type;
	unsigned long ino;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%s", pid, fdname);
	n = readlink(path, link, sizeof(link) - 1);
	if (n <= 0)
		return;
	link[n] = 0;
	name_of(pid, name, sizeof(name));
	type = fd_type(link);
	snap_add(s, "descriptor %d %s %s", pid, name, type);
	if (!strcmp(type, "deleted"))
		snap_add(s, "deleted file %d %s %s", pid, name, link);
	if (!strcmp(type, "file") && is_detached(pid, fdname))
		snap_add(s, "detached mount %d %s %s", pid, name, link);
	if (!strcmp(type, "socket:"))
		socket_ns(s, pid, atoi(fdname));
	else if (strchr(link, '[') && sscanf(strchr(link, '['), "[%lu]", &ino) == 1 &&
		 strcmp(type, "pipe:") != 0 && link[0] != '/')
		ns_seen(s, "descriptor", type, ino);
}

static void descriptors(struct snap *s, pid_t pid)
{
	char path[64];
	struct dirent *e;
	DIR *d;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	d = opendir(path);
	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			descriptor(s, pid, e->d_name);
	if (d)
		(void)closedir(d);
}

static void own_namespaces(struct snap *s, pid_t pid)
{
	static const char *const kind[] = { "mnt", "pid",    "net",  "ipc",
					    "uts", "cgroup", "user", "time" };
	char path[64];
	struct stat st;

	for (size_t i = 0; i < ARRAY_LEN(kind); i++) {
		(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, kind[i]);
		if (stat(path, &st) == 0)
			ns_seen(s, "process", kind[i], st.st_ino);
	}
}

void snap_namespaces(struct snap *s)
{
	nknown = 0;
	own_namespaces(s, getpid());
	each_process(s, own_namespaces);
	each_process(s, descriptors);
}

/* ---- mounts of every mount namespace in sight ---- */

static void mount_lines(struct snap *s, pid_t pid)
{
	char path[64];
	struct stat st;
	char *text, *next;
	char root[256], at[256], source[256], type[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/mnt", pid);
	if (stat(path, &st) < 0 || !is_new(st.st_ino))
		return;
	(void)snprintf(path, sizeof(path), "/proc/%d/mountinfo", pid);
	for (text = slurp(path); text && *text; text = next) {
		next = strchr(text, '\n');
		next = next ? next + 1 : text + strlen(text);
		if (sscanf(text, "%*d %*d %*s %255s %255s", root, at) != 2 ||
		    !strstr(text, " - ") || strstr(text, " - ") > next ||
		    sscanf(strstr(text, " - "), " - %63s %255s", type, source) != 2)
			continue;
		snap_add(s, "mount ns=%lu %s %s %s %s", (unsigned long)st.st_ino, at, type, source,
			 root);
	}
}

void snap_mounts(struct snap *s)
{
	nknown = 0;
	mount_lines(s, getpid());
	each_process(s, mount_lines);
}

/* ---- links and routes of every network namespace in sight ---- */

static void list_net(struct snap *s, ino_t ino)
{
	char *text, *line, *save = NULL;
	char name[32], dest[32], via[32];

	text = slurp("/proc/thread-self/net/dev");
	for (line = text ? strtok_r(text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save))
		if (strchr(line, ':') && sscanf(line, " %31[^:]", name) == 1)
			snap_add(s, "link ns=%lu %s", (unsigned long)ino, name);
	text = slurp("/proc/thread-self/net/route");
	line = text ? strtok_r(text, "\n", &save) : NULL;
	while (line && (line = strtok_r(NULL, "\n", &save)))
		if (sscanf(line, "%31s %31s %31s", name, dest, via) == 3)
			snap_add(s, "route ns=%lu %s %s %s", (unsigned long)ino, name, dest, via);
	text = slurp("/proc/thread-self/net/arp");
	line = text ? strtok_r(text, "\n", &save) : NULL;
	while (line && (line = strtok_r(NULL, "\n", &save)))
		if (strstr(line, "0x6") &&
		    sscanf(line, "%31s", dest) == 1) /* permanent: seeded, not learned */
			snap_add(s, "neighbour ns=%lu %s", (unsigned long)ino, dest);
}

static void net_lines(struct snap *s, pid_t pid)
{
	char path[64];
	AUTO_FD int fd = -1;
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || !is_new(st.st_ino) || setns(fd, CLONE_NEWNET) < 0)
		return;
	list_net(s, st.st_ino);
}

void snap_nets(struct snap *s)
{
	AUTO_FD int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	nknown = 0;
	net_lines(s, getpid());
	each_process(s, net_lines);
	DROP(setns(own, CLONE_NEWNET)); /* it is where we came from */
}
