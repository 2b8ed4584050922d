/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_installed.c - packages by the files that they have installed here. Runs in:
 * cloister-imagetar. Must not take more than what the packages brought: installed files are the
 * host's, and a configuration file may hold a password. What dpkg finds changed, or the caller may
 * not read, stays out and is named.
 */
#include "cli/image_packages.h"
#include "cli/image_run.h"
#include "lib/base/fd.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { HERE_MAX = 65536, NAME_SIZE = 128, ARGV_ROOM = 8, COLUMNS = 6, VERIFY_PATH = 12 };

/* One package that is installed; the strings are pieces of dpkg-query's output. */
struct here {
	char *name;    /* as dpkg wants it: NAME or NAME:ARCH */
	char *version; /* and architecture: what tells one content from another */
	char *arch, *status, *provides, *depends;
	bool wanted;
};

struct here_all {
	struct ran query, verify;
	struct here *row;
	size_t n, wanted;
};

static void here_fini(struct here_all *a)
{
	ran_fini(&a->query);
	ran_fini(&a->verify);
	free(a->row);
}

/* Cuts at the next tab or line end. Returns what follows, NULL at the end. */
static char *cut(char *s, char at)
{
	char *p = strchr(s, at);

	if (p)
		*p++ = '\0';
	return p;
}

static int load(struct here_all *a, struct fault *f)
{
	static const char *const argv[] = {
		"dpkg-query",
		"-W",
		"-f=${binary:Package}\t${Version}\t${Architecture}\t${db:Status-Status}\t${"
		"Provides}\t"
		"${Pre-Depends}, ${Depends}\n",
		NULL,
	};
	int rc = image_run(argv, &a->query, f);
	char *line, *next;

	if (rc < 0)
		return rc;
	if (a->query.code)
		return fault_set(f, -EIO, "image.dpkg", "dpkg-query: %s", a->query.why);
	a->row = calloc(HERE_MAX, sizeof(*a->row));
	if (!a->row)
		return fault_set(f, -ENOMEM, "image.dpkg", "out of memory");
	for (line = a->query.out; line && *line && a->n < HERE_MAX; line = next) {
		char *column[COLUMNS] = { line };

		next = cut(line, '\n');
		for (int i = 1; i < COLUMNS && column[i - 1]; i++)
			column[i] = cut(column[i - 1], '\t');
		if (!column[COLUMNS - 1] || strcmp(column[3], "installed") != 0)
			continue;
		a->row[a->n++] = (struct here){ column[0], column[1], column[2], column[3],
						column[4], column[5], false };
	}
	return 0;
}

int dpkg_depend(const char **s, char name[128], bool *ret_last)
{
	const char *p = *s + strspn(*s, " ,\n");
	size_t n = strcspn(p, " :(|,[<\n");

	if (!*p)
		return 1;
	if (n == 0 || n >= NAME_SIZE)
		return -EINVAL;
	memcpy(name, p, n);
	name[n] = '\0';
	p += n;
	p += strcspn(p, "|,");
	*ret_last = *p != '|';
	*s = p + (*p != '\0');
	return 0;
}

static bool provides(const char *field, const char *name)
{
	char one[NAME_SIZE];
	bool last;

	while (dpkg_depend(&field, one, &last) == 0)
		if (strcmp(one, name) == 0)
			return true;
	return false;
}

/* The installed package of this name, or one that provides it. */
static struct here *find(const struct here_all *a, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < a->n; i++)
		if (strncmp(a->row[i].name, name, len) == 0 &&
		    (a->row[i].name[len] == '\0' || a->row[i].name[len] == ':'))
			return &a->row[i];
	for (size_t i = 0; i < a->n; i++)
		if (provides(a->row[i].provides, name))
			return &a->row[i];
	return NULL;
}

/* Marks what row needs: of each group the first alternative that is here. Returns how many. */
static int mark_needs(struct here_all *a, const struct here *row, struct fault *f)
{
	const char *s = row->depends;
	char name[NAME_SIZE];
	bool last, have = false;
	int marked = 0, rc;

	while ((rc = dpkg_depend(&s, name, &last)) == 0) {
		struct here *need = have ? NULL : find(a, name);

		if (need && !need->wanted) {
			need->wanted = true;
			marked++;
		}
		have = have || need;
		if (last && !have)
			return fault_set(f, -ENOENT, "image.dpkg",
					 "%s needs %s, which is not installed", row->name, name);
		have = have && !last;
	}
	return rc < 0 ? fault_set(f, rc, "image.dpkg", "dependencies of %s", row->name) : marked;
}

/* Round after round, until one adds nothing. */
static int closure(const struct recipe *r, struct here_all *a, struct fault *f)
{
	int more = 1;

	for (size_t i = 0; i < r->packages; i++) {
		struct here *row = find(a, r->package[i]);

		if (!row)
			return fault_set(
				f, -ENOENT, "image.dpkg",
				"%s is not installed; without --installed its archive is used",
				r->package[i]);
		row->wanted = true;
	}
	while (more > 0) {
		more = 0;
		for (size_t i = 0; i < a->n; i++) {
			int rc = a->row[i].wanted ? mark_needs(a, &a->row[i], f) : 0;

			if (rc < 0)
				return rc;
			more += rc;
		}
	}
	for (size_t i = 0; i < a->n; i++)
		a->wanted += a->row[i].wanted;
	return 0;
}

/* dpkg VERB PACKAGE...: of all that are wanted. */
static int ask(const struct here_all *a, const char *tool, const char *verb, struct ran *ran,
	       struct fault *f)
{
	AUTO_FREE const char **argv = calloc(a->wanted + ARGV_ROOM, sizeof(*argv));
	size_t n = 0;

	if (!argv)
		return fault_set(f, -ENOMEM, "image.dpkg", "out of memory");
	argv[n++] = tool;
	argv[n++] = verb;
	for (size_t i = 0; i < a->n; i++)
		if (a->row[i].wanted)
			argv[n++] = a->row[i].name;
	return image_run(argv, ran, f);
}

static int gather(const struct recipe *r, struct here_all *a, struct fault *f)
{
	int rc = load(a, f);

	if (rc == 0)
		rc = closure(r, a, f);
	if (rc == 0)
		rc = ask(a, "dpkg", "--verify", &a->verify, f);
	/* 0 and 1 say whether it found something; after anything else its list is not whole, and
	 * what changed would be taken */
	if (rc == 0 && a->verify.code > 1)
		return fault_set(f, -EIO, "image.dpkg", "dpkg --verify: %s", a->verify.why);
	return rc;
}

/* Is path in dpkg --verify's report: "??5?????? c /etc/redis/redis.conf", "missing     /usr/..."?
 */
static bool changed(const struct here_all *a, const char *path)
{
	const char *line = a->verify.out;
	size_t len = strlen(path);

	while (line && *line) {
		size_t n = strcspn(line, "\n");

		if (n > len && line[n - len - 1] == ' ' && n - len <= VERIFY_PATH + 1 &&
		    memcmp(line + n - len, path, len) == 0)
			return true;
		line += n + (line[n] == '\n');
	}
	return false;
}

static int put_link(struct tar_entry *e, struct tarball *t, struct fault *f)
{
	char to[4096];
	ssize_t n = readlink(e->path, to, sizeof(to) - 1);

	if (n < 0)
		return fault_sys(f, "image.installed", "%s", e->path);
	to[n] = '\0';
	e->target = to;
	return tarball_put(t, e, f);
}

static int put_file(struct tar_entry *e, struct tarball *t, struct fault *f)
{
	AUTO_FD int fd = open(e->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 && errno == EACCES) {
		tarball_note(t, e->path, "you may not read it");
		return 0;
	}
	if (fd < 0 || fstat(fd, &st) < 0)
		return fault_sys(f, "image.installed", "%s", e->path);
	e->size = (uint64_t)st.st_size;
	e->exec = st.st_mode & 0111;
	return tarball_file(t, e, fd, f);
}

static int put_path(const struct here_all *a, const char *path, struct tarball *t, struct fault *f)
{
	struct tar_entry e = { .path = path };
	struct stat st;

	if (lstat(path, &st) < 0) {
		tarball_note(t, path, "it is not there");
		return 0;
	}
	e.type = st.st_mode & S_IFMT;
	if (S_ISDIR(st.st_mode))
		return tarball_put(t, &e, f);
	if (S_ISLNK(st.st_mode))
		return put_link(&e, t, f);
	if (!S_ISREG(st.st_mode) || changed(a, path)) {
		tarball_note(t, path, "it is not as its package brought it");
		return 0;
	}
	return put_file(&e, t, f);
}

int installed_inputs(const struct recipe *r, struct sha256 *h, struct fault *f)
{
	AUTO(here_fini) struct here_all a = { 0 };
	int rc = gather(r, &a, f);

	for (size_t i = 0; rc == 0 && i < a.n; i++) {
		const struct here *w = &a.row[i];

		if (!w->wanted)
			continue;
		sha256_add(h, w->name, strlen(w->name) + 1);
		sha256_add(h, w->version, strlen(w->version) + 1);
		sha256_add(h, w->arch, strlen(w->arch) + 1);
	}
	if (rc == 0 && a.verify.out)
		sha256_add(h, a.verify.out, a.verify.len);
	return rc;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Every path of the packages once: directories are named by each that has something in them. */
static int put_list(const struct here_all *a, char *list, struct tarball *t, struct fault *f)
{
	AUTO_FREE char **path = NULL;
	size_t n = 0, lines = 1;
	char *next;
	int rc = 0;

	for (const char *p = list; *p; p++)
		lines += *p == '\n';
	path = calloc(lines, sizeof(*path));
	if (!path)
		return fault_set(f, -ENOMEM, "image.installed", "out of memory");
	for (; list && *list; list = next) {
		next = cut(list, '\n');
		/* other lines tell of diversions; "/." is the root */
		if (list[0] == '/' && strcmp(list, "/.") != 0)
			path[n++] = list;
	}
	qsort(path, n, sizeof(*path), by_path);
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (i == 0 || strcmp(path[i], path[i - 1]) != 0)
			rc = put_path(a, path[i], t, f);
	return rc;
}

int installed_write(const struct recipe *r, struct tarball *t, struct fault *f)
{
	AUTO(here_fini) struct here_all a = { 0 };
	AUTO(ran_fini) struct ran list = { 0 };
	int rc = gather(r, &a, f);

	if (rc == 0)
		rc = ask(&a, "dpkg-query", "-L", &list, f);
	if (rc < 0)
		return rc;
	if (list.code || !list.out)
		return fault_set(f, -EIO, "image.dpkg", "dpkg-query: %s", list.why);
	return put_list(&a, list.out, t, f);
}
