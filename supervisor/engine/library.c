/* SPDX-License-Identifier: Apache-2.0 */
/*
 * library.c - the operator's and the shipped profiles in memory. Runs in: cloister-engine.
 * Must not: understand a profile; the compiler does. Listings look at first words alone.
 */
#include "supervisor/engine/library.h"
#include "lib/base/fd.h"
#include "lib/base/str.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <systemd/sd-event.h>

/* syscalls engine: inotify_init1 inotify_add_watch openat getdents64 lseek */

static struct library library_memory; /* behind engine.library */

static void forget(struct library *l)
{
	for (uint32_t i = 0; i < l->n; i++)
		free(l->file[i].text);
	l->n = 0;
	l->bytes = 0;
	l->fresh = false;
}

static int on_change(sd_event_source *s, int fd, uint32_t events, void *data)
{
	struct engine *e = data;
	char buf[4096] __attribute__((aligned(8)));

	(void)s;
	(void)events;
	while (read(fd, buf, sizeof(buf)) > 0)
		;
	e->library->fresh = false;
	e->library->generation++;
	return 0;
}

static int watch(int in, int dir)
{
	enum { SEEN = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE };
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", dir);
	return inotify_add_watch(in, path, SEEN);
}

int library_open(struct engine *e, struct fault *f)
{
	AUTO_FD int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	sd_event_source *io = NULL;
	struct stat st;

	e->library = &library_memory;
	e->library->generation = 1;
	e->library->has_etc = fstat(FD_ETC, &st) == 0 && S_ISDIR(st.st_mode);
	if (fd < 0 || watch(fd, FD_LIBRARY) < 0 || (e->library->has_etc && watch(fd, FD_ETC) < 0))
		return fault_sys(f, "engine.library", "watching the profiles");
	if (sd_event_add_io(e->loop, &io, fd, EPOLLIN, on_change, e) < 0)
		return fault_set(f, -ENOMEM, "engine.library", "watching the profiles");
	(void)fd_take(&fd); /* for as long as the process lives */
	/* before clients: no request may see a library that has changed */
	(void)sd_event_source_set_priority(io, SD_EVENT_PRIORITY_IMPORTANT);
	return 0;
}

static int read_file(struct library *l, int dir, const char *name, struct fault *f)
{
	AUTO_FD int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct library_file *file = &l->file[l->n];
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fault_sys(f, "engine.library", "opening %s", name);
	if (!S_ISREG(st.st_mode) || st.st_size > LIBRARY_BYTES - (off_t)l->bytes)
		return fault_set(f, -E2BIG, "engine.library",
				 "%s is no file, or all profiles are more than %d bytes", name,
				 LIBRARY_BYTES);
	file->text = malloc((size_t)st.st_size + 1);
	if (!file->text)
		return fault_set(f, -ENOMEM, "engine.library", "out of memory");
	n = read(fd, file->text, (size_t)st.st_size);
	if (n < 0) {
		free(file->text);
		return fault_sys(f, "engine.library", "reading %s", name);
	}
	file->len = (size_t)n;
	file->text[n] = '\0';
	(void)str_copy(file->name, sizeof(file->name), name); /* measured by the caller */
	l->bytes += file->len;
	l->n++;
	return 0;
}

static bool is_profile(const char *name)
{
	static const char end[] = ".profile";
	size_t n = strlen(name);

	return name[0] != '.' && n > sizeof(end) - 1 && n < LIBRARY_NAME &&
	       strcmp(name + n - (sizeof(end) - 1), end) == 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct library_file *)a)->name,
		      ((const struct library_file *)b)->name);
}

static bool is_there(const struct library *l, const char *name)
{
	for (uint32_t i = 0; i < l->n; i++)
		if (strcmp(l->file[i].name, name) == 0)
			return true;
	return false;
}

static int read_dir(struct library *l, int dir, struct fault *f)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d) {
		rc = fault_sys(f, "engine.library", "listing the profiles");
		fd_close(&fd);
		return rc;
	}
	for (struct dirent *it = readdir(d); rc == 0 && it; it = readdir(d))
		if (is_profile(it->d_name) && !is_there(l, it->d_name))
			rc = l->n == LIBRARY_FILES
				     ? fault_set(f, -E2BIG, "engine.library",
						 "more than %d profiles", LIBRARY_FILES)
				     : read_file(l, dir, it->d_name, f);
	(void)closedir(d);
	return rc;
}

int library_get(struct engine *e, const struct library **ret, struct fault *f)
{
	struct library *l = e->library;
	int rc = 0;

	*ret = l;
	if (l->fresh)
		return 0;
	forget(l);
	if (l->has_etc) /* first: a file of the operator's stands in for the shipped one of its name
			 */
		rc = read_dir(l, FD_ETC, f);
	if (rc == 0)
		rc = read_dir(l, FD_LIBRARY, f);
	if (rc < 0) {
		forget(l);
		return rc;
	}
	/* the order of a directory is no order: what is compiled must not depend on it */
	qsort(l->file, l->n, sizeof(l->file[0]), by_name);
	l->fresh = true;
	return 0;
}

/* Copies the word at s; returns what is behind it. */
static const char *word(const char *s, char *dst, size_t cap)
{
	size_t n;

	s += strspn(s, " \t");
	n = strcspn(s, " \t\n{");
	(void)snprintf(dst, cap, "%.*s", (int)(n < cap ? n : cap - 1), s);
	return s + n;
}

static void find_about(const char *s, struct library_unit *u)
{
	const char *end = strstr(s, "\n}");
	const char *at = strstr(s, "about \"");
	size_t n;

	if (!at || (end && at > end))
		return;
	at += strlen("about \"");
	n = strcspn(at, "\"\n");
	(void)snprintf(u->about, sizeof(u->about), "%.*s",
		       (int)(n < sizeof(u->about) ? n : sizeof(u->about) - 1), at);
}

bool library_unit_next(const struct library_file *file, size_t *pos, struct library_unit *ret)
{
	static const char *const kinds[] = { "profile", "ceiling", "fragment" };

	while (*pos < file->len) {
		const char *line = file->text + *pos;
		const char *rest;

		memset(ret, 0, sizeof(*ret));
		rest = word(line, ret->kind, sizeof(ret->kind));
		*pos += strcspn(line, "\n") + 1;
		for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
			if (line[0] != kinds[i][0] || strcmp(ret->kind, kinds[i]) != 0)
				continue;
			find_about(word(rest, ret->name, sizeof(ret->name)), ret);
			return true;
		}
	}
	return false;
}
