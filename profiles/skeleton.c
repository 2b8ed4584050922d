/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skeleton.c - what every root has before a profile's mounts.
 * Runs in: cloister-compile, tests. Pure.
 */
#include "profiles/skeleton.h"
#include "lib/base/base.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *link, *to;
} links[] = { { "/bin", "/usr/bin" },
	      { "/sbin", "/usr/sbin" },
	      { "/lib", "/usr/lib" },
	      { "/lib64", "/usr/lib64" },
	      { "/var/run", "/run" } };

static size_t length(const char *path)
{
	size_t n = strlen(path);

	return n && path[n - 1] == '/' ? n - 1 : n;
}

bool path_below(const char *path, const char *dir)
{
	size_t n = length(dir);

	return length(path) >= n && memcmp(path, dir, n) == 0 &&
	       (path[n] == '\0' || path[n] == '/');
}

const char *skeleton_real(const char *path, char *out, size_t n)
{
	size_t i, len;

	for (i = 0; i < ARRAY_LEN(links); i++) {
		len = strlen(links[i].link);
		if (!path_below(path, links[i].link))
			continue;
		if (strlen(path) - len + strlen(links[i].to) >= n)
			return path;
		(void)snprintf(out, n, "%s%s", links[i].to, path + len);
		return out;
	}
	return path;
}

bool skeleton_has(const char *path, uint64_t features)
{
	static const struct {
		const char *path;
		uint8_t tree; /* with all beneath */
		uint64_t feature;
	} parts[] = {
		{ "/etc/passwd", 0, 0 },
		{ "/etc/group", 0, 0 },
		{ "/etc/hosts", 0, 0 },
		{ "/etc/nsswitch.conf", 0, 0 },
		{ "/etc/resolv.conf", 0, 0 },
		{ "/etc", 0, 0 },
		{ "/run", 1, 0 },
		{ "/tmp", 1, FEAT_BIT(FEAT_TMP) },
		{ "/proc", 1, FEAT_BIT(FEAT_PROC) },
		{ "/dev/shm", 1, FEAT_BIT(FEAT_SHM) },
		{ "/dev/mqueue", 1, FEAT_BIT(FEAT_POSIX_MQ) },
		{ "/dev/pts", 1, FEAT_BIT(FEAT_PTY) },
		{ "/dev", 1, 0 },
	};
	size_t i;

	if (length(path) == 0)
		return true;
	for (i = 0; i < ARRAY_LEN(parts); i++)
		if (path_below(path, parts[i].path) &&
		    (parts[i].tree || length(path) == strlen(parts[i].path)))
			return (features & parts[i].feature) == parts[i].feature;
	return false;
}

const char *skeleton_refuses(const char *target)
{
	static const char *const trees[] = { "/proc", "/dev",  "/sys", "/run",	 "/tmp",
					     "/bin",  "/sbin", "/lib", "/lib64", "/var/run" };
	size_t i;

	if (length(target) == 0)
		return "the root itself is always the same small tmpfs";
	if (strcmp(target, "/etc") == 0 || (path_below(target, "/etc") && skeleton_has(target, 0)))
		return "/etc holds the generated files; mount beneath it";
	for (i = 0; i < ARRAY_LEN(trees); i++)
		if (path_below(target, trees[i]))
			return "this place is the skeleton's or a feature's";
	return NULL;
}
