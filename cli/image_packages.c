/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_packages.c - packages by their archives, as apt gives them. Runs in: cloister-imagetar.
 * Must not install, or change anything of the host's package system: apt gets an empty list of
 * installed packages, so that it names the whole closure, and a folder of ours for the archives.
 */
#include "cli/image_packages.h"
#include "cli/image_run.h"
#include "lib/base/fd.h"
#include "lib/base/str.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

enum { ARGV_FIXED = 32, ARCHIVES_MAX = 4096 };
#define LISTS "/var/lib/apt/lists"

struct deb {
	const char *name; /* NAME_VERSION_ARCH.deb, into the output of apt */
	uint64_t size;
};

/* The closure, sorted by name. */
struct archives {
	struct ran ran;
	struct deb *deb;
	size_t n;
};

static void archives_fini(struct archives *a)
{
	ran_fini(&a->ran);
	free(a->deb);
}

/* Every apt-get call: nothing of the host's state but its sources, lists and keys. */
static size_t apt_args(const char **argv, const char *archives)
{
	const char *const fixed[] = {
		"apt-get",
		"-qq",
		"-y",
		"-oDir::State::status=/dev/null",
		"-oDir::State::extended_states=/dev/null",
		"-oDir::Cache::pkgcache=",
		"-oDir::Cache::srcpkgcache=",
		"-oAPT::Install-Recommends=false",
		"-oAPT::Install-Suggests=false",
		"-oAPT::Get::AllowUnauthenticated=false",
		"-oAPT::Keep-Downloaded-Packages=true",
		"-oAcquire::Retries=3",
		/* the locks are dpkg's and of the host's own archive folder; ours has its own */
		"-oDebug::NoLocking=true",
		archives,
	};

	memcpy(argv, fixed, sizeof(fixed));
	return ARRAY_LEN(fixed);
}

static bool has_lists(void)
{
	DIR *d = opendir(LISTS);
	const struct dirent *e;
	bool found = false;

	while (d && !found && (e = readdir(d)))
		found = strstr(e->d_name, "_Packages") != NULL;
	if (d)
		(void)closedir(d); /* read-only */
	return found;
}

static int apt_failed(const struct ran *r, const char *what, struct fault *f)
{
	if (!has_lists())
		return fault_set(f, -ENOENT, "image.lists",
				 "apt has no package lists; run: apt-get update");
	return fault_set(f, -ENOENT, "image.apt", "%s: %s", what, r->why);
}

static int apt(const struct recipe *r, const char *archives, const char *verb, struct ran *ran,
	       struct fault *f)
{
	const char *argv[ARGV_FIXED + RECIPE_PARTS_MAX];
	size_t n = apt_args(argv, archives);

	argv[n++] = verb;
	argv[n++] = "install";
	argv[n++] = "--";
	for (size_t i = 0; i < r->packages; i++)
		argv[n++] = r->package[i];
	argv[n] = NULL;
	return image_run(argv, ran, f);
}

int apt_line(const char *line, const char **ret_name, size_t *ret_len, uint64_t *ret_size)
{
	const char *p = *line == '\'' ? strchr(line + 1, '\'') : NULL;
	const char *name, *size;

	if (!p || p[1] != ' ')
		return 1;
	name = p + 2;
	size = name + strcspn(name, " \n");
	if (*size != ' ' || *name == '.' || *name == '-' ||
	    memchr(name, '/', (size_t)(size - name)))
		return -EINVAL;
	if (size - name < 5 || memcmp(size - 4, ".deb", 4) != 0)
		return -EINVAL;
	*ret_name = name;
	*ret_len = (size_t)(size - name);
	return str_to_u64(size + 1, strspn(size + 1, "0123456789"), ret_size) < 0 ? -EINVAL : 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct deb *)a)->name, ((const struct deb *)b)->name);
}

/* The lines of apt into rows; the names are ended in place. */
static int read_lines(struct archives *a, struct fault *f)
{
	char *line = a->ran.out, *next;

	a->deb = calloc(ARCHIVES_MAX, sizeof(*a->deb));
	if (!a->deb)
		return fault_set(f, -ENOMEM, "image.apt", "out of memory");
	for (; line && *line; line = next) {
		const char *name;
		uint64_t size;
		size_t len;
		int rc = apt_line(line, &name, &len, &size);

		next = strchr(line, '\n');
		if (next)
			next++;
		if (rc == 1)
			continue;
		if (rc < 0 || a->n == ARCHIVES_MAX)
			return fault_set(f, -EBADMSG, "image.apt",
					 "apt-get names more than %d archives, or odd ones",
					 ARCHIVES_MAX);
		line[name - line + (ptrdiff_t)len] = '\0';
		a->deb[a->n++] = (struct deb){ name, size };
	}
	qsort(a->deb, a->n, sizeof(*a->deb), by_name);
	return 0;
}

/* apt takes a name that it does not know for a pattern, or for what another package provides. */
static int check_named(const struct recipe *r, const struct archives *a, struct fault *f)
{
	for (size_t i = 0; i < r->packages; i++) {
		size_t len = strlen(r->package[i]), j = 0;

		while (j < a->n && (strncmp(a->deb[j].name, r->package[i], len) != 0 ||
				    a->deb[j].name[len] != '_'))
			j++;
		if (j == a->n)
			return fault_set(f, -ENOENT, "image.apt",
					 "%s is no package itself; name one that provides it",
					 r->package[i]);
	}
	return 0;
}

static int resolve(const struct recipe *r, struct archives *a, struct fault *f)
{
	/* a folder that does not exist: apt would leave out what it finds there */
	int rc = apt(r, "-oDir::Cache::archives=/nonexistent", "--print-uris", &a->ran, f);

	if (rc < 0)
		return rc;
	if (a->ran.code)
		return apt_failed(&a->ran, "packages", f);
	rc = read_lines(a, f);
	return rc < 0 ? rc : check_named(r, a, f);
}

int archives_inputs(const struct recipe *r, struct sha256 *h, struct fault *f)
{
	AUTO(archives_fini) struct archives a = { 0 };
	int rc = resolve(r, &a, f);

	for (size_t i = 0; rc == 0 && i < a.n; i++) {
		char size[24];

		sha256_add(h, a.deb[i].name, strlen(a.deb[i].name) + 1);
		sha256_add(h, size, str_u64(size, a.deb[i].size) + 1);
	}
	return rc;
}

static int make_dirs(const char *path, struct fault *f)
{
	char part[PATH_MAX];

	if (str_copy(part, sizeof(part), path) < 0)
		return fault_set(f, -ENAMETOOLONG, "image.cache", "the path of the archive folder");
	for (char *p = part + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return fault_sys(f, "image.cache", "making %s", part);
		*p = '/';
	}
	if (mkdir(part, 0755) < 0 && errno != EEXIST)
		return fault_sys(f, "image.cache", "making %s", part);
	return 0;
}

/* The archive folder, locked: two builds at once would fetch into the same files. apt does not look
 * at what lies there again, so nobody else may be able to put anything there. */
static int open_cache(const char *cache, int *ret_fd, struct fault *f)
{
	AUTO_FD int fd = -1;
	struct stat st;
	int rc = make_dirs(cache, f);

	if (rc < 0)
		return rc;
	fd = open(cache, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fault_sys(f, "image.cache", "opening %s", cache);
	if (st.st_uid != geteuid() || st.st_mode & 022)
		return fault_set(f, -EPERM, "image.cache",
				 "%s can be written by others; name another archive folder", cache);
	if (mkdirat(fd, "partial", 0700) < 0 && errno != EEXIST)
		return fault_sys(f, "image.cache", "making %s/partial", cache);
	if (RETRY_EINTR(flock(fd, LOCK_EX)) < 0)
		return fault_sys(f, "image.cache", "locking %s", cache);
	*ret_fd = fd_take(&fd);
	return 0;
}

static int fetch(const struct recipe *r, const char *cache, struct fault *f)
{
	AUTO(ran_fini) struct ran ran = { 0 };
	char option[PATH_MAX + 32] = "-oDir::Cache::archives=";
	int rc;

	(void)str_copy(option + strlen(option), PATH_MAX, cache); /* a path that was opened */
	rc = apt(r, option, "--download-only", &ran, f);
	if (rc < 0)
		return rc;
	if (ran.code)
		return apt_failed(&ran, "fetching (stale lists? apt-get update)", f);
	return 0;
}

/* dir is cache, opened. */
static int put_deb(const struct deb *d, const char *cache, int dir, struct tarball *t,
		   struct fault *f)
{
	AUTO_FREE char *path = NULL;
	struct stat st;

	if (fstatat(dir, d->name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode) ||
	    (uint64_t)st.st_size != d->size)
		return fault_set(f, -ENOENT, "image.fetch", "apt-get did not fetch %s", d->name);
	if (asprintf(&path, "%s/%s", cache, d->name) < 0) {
		path = NULL;
		return fault_set(f, -ENOMEM, "image.fetch", "out of memory");
	}
	return deb_write(path, t, f);
}

int archives_write(const struct recipe *r, struct tarball *t, struct fault *f)
{
	AUTO(archives_fini) struct archives a = { 0 };
	AUTO_FREE char *cache = NULL;
	AUTO_FD int dir = -1;
	int rc = resolve(r, &a, f);

	if (rc == 0)
		rc = open_cache(r->cache, &dir, f);
	if (rc < 0)
		return rc;
	cache = realpath(r->cache, NULL); /* apt takes a relative one as below its own folder */
	if (!cache)
		return fault_sys(f, "image.cache", "%s", r->cache);
	rc = fetch(r, cache, f);
	for (size_t i = 0; rc == 0 && i < a.n; i++)
		rc = put_deb(&a.deb[i], cache, dir, t, f);
	return rc;
}
