/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snap.c - the leak check: lists kernel objects, and compares two lists with time to settle.
 *
 * usage: leak-snap list [--cgroup PATH] [--dir DIR]
 *        leak-snap diff BEFORE [AFTER] [--cgroup PATH] [--dir DIR]
 * diff without AFTER takes snapshots itself for up to 2 s, because namespaces and cgroups are freed
 * some time after their last user. It ends with 0 when nothing differs, with 1 otherwise, and
 * prints
 * "+ line" for what is new and "- line" for what is gone.
 * Runs in: the host tests, as root. Must not change anything that it looks at.
 */
#include "tests/host/leak/snap.h"

#include "lib/base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SETTLE_TRIES = 20, SETTLE_MS = 100, LINE_MAX_ = 1024 };

void snap_add(struct snap *s, const char *fmt, ...)
{
	char text[LINE_MAX_];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text[strcspn(text, "\n")] = 0;
	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 512;
		s->line = reallocarray(s->line, s->cap, sizeof(*s->line));
	}
	if (!s->line || !(s->line[s->n++] = strdup(text)))
		abort();
}

void snap_fini(struct snap *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->line[i]);
	free(s->line);
	s->line = NULL;
	s->n = s->cap = 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort(struct snap *s)
{
	if (s->n)
		qsort(s->line, s->n, sizeof(*s->line), by_text);
}

static void take(struct snap *s)
{
	snap_processes(s);
	snap_cgroups(s);
	snap_namespaces(s);
	snap_mounts(s);
	snap_nets(s);
	snap_blocks(s);
	snap_keys(s);
	snap_ipc(s);
	snap_bpf(s);
	snap_files(s);
	snap_settings(s);
	sort(s);
}

static int load(struct snap *s, const char *path)
{
	FILE *f = fopen(path, "re");
	char text[LINE_MAX_];

	if (!f)
		return -1;
	while (fgets(text, sizeof(text), f))
		snap_add(s, "%s", text);
	(void)fclose(f);
	sort(s);
	return 0;
}

/* Merges two sorted lists. Prints when say; returns the number of differences. */
static size_t differ(const struct snap *a, const struct snap *b, bool say)
{
	size_t i = 0, j = 0, n = 0;
	int c;

	while (i < a->n || j < b->n) {
		c = i == a->n ? 1 : j == b->n ? -1 : strcmp(a->line[i], b->line[j]);
		n += c != 0;
		if (say && c < 0)
			printf("- %s\n", a->line[i]);
		if (say && c > 0)
			printf("+ %s\n", b->line[j]);
		i += c <= 0;
		j += c >= 0;
	}
	return n;
}

static int mode_diff(struct snap *scope, const char *before, const char *after)
{
	struct snap a = { 0 }, b = *scope;
	struct timespec pause = { 0, SETTLE_MS * 1000000L };
	size_t n = 1;

	if (load(&a, before) < 0 || (after && load(&b, after) < 0)) {
		(void)fprintf(stderr, "leak-snap: %s: cannot be read\n", after ? after : before);
		return 2;
	}
	for (int i = 0; !after && n && i < SETTLE_TRIES; i++) {
		if (i)
			(void)nanosleep(&pause, NULL);
		snap_fini(&b);
		take(&b);
		n = differ(&a, &b, false);
	}
	n = differ(&a, &b, true);
	snap_fini(&a);
	snap_fini(&b);
	return n ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct snap s = { 0 };
	const char *file[2] = { NULL, NULL };
	int files = 0;

	for (int i = 2; i < argc; i++) {
		if (i + 1 < argc && !strcmp(argv[i], "--cgroup"))
			s.cgroup = argv[++i];
		else if (i + 1 < argc && !strcmp(argv[i], "--dir"))
			s.dir = argv[++i];
		else if (files < 2)
			file[files++] = argv[i];
	}
	if (argc >= 2 && !strcmp(argv[1], "diff") && files)
		return mode_diff(&s, file[0], file[1]);
	if (argc < 2 || strcmp(argv[1], "list") != 0 || files) {
		(void)fprintf(
			stderr,
			"usage: leak-snap list|diff BEFORE [AFTER] [--cgroup PATH] [--dir DIR]\n");
		return 2;
	}
	take(&s);
	for (size_t i = 0; i < s.n; i++)
		puts(s.line[i]);
	snap_fini(&s);
	return 0;
}
