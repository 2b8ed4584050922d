/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostile.c - archives that try to get out of the image builder, for tests/host/image.sh.
 *   hostile list        one line per archive: NAME|WANTED|MARK
 *   hostile tar NAME    the archive on stdout
 *   hostile naive       unpacks stdin into the current directory without any care: the control
 * WANTED is "ok" or a piece of the builder's message; MARK is what the careless unpacking leaves:
 * "canary" (/etc/shadow of its root changed), "PATH MODE" (a node so), or "-" where it is no
 * danger.
 */
#include "lib/base/base.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

struct put {
	char type; /* f file, d directory, l symlink, h hard link, c b p nodes */
	unsigned mode;
	const char *path, *arg; /* arg: data or target */
};

enum { PUTS_MAX = 4, MANY = 200001, DEEP = 255, LONG_PART = 256, BLOCK = 512 };

/* clang-format off */
static const struct {
	const char *name, *want, *mark;
	struct put put[PUTS_MAX];
} rows[] = {
	{ "plain",          "ok",                 "-",                  { { 'f', 0644, "usr/share/x", "x" } } },
	{ "dotdot",         "\"..\"",             "canary",             { { 'f', 0644, "../etc/shadow", "x" } } },
	{ "dotdot-inside",  "\"..\"",             "canary",             { { 'd', 0755, "usr", NULL }, { 'f', 0644, "usr/../../etc/shadow", "x" } } },
	{ "absolute",       "ok",                 "canary",             { { 'f', 0644, "/etc/shadow", "x" } } },
	{ "through-link",   "symbolic link",      "canary",             { { 'l', 0777, "tmp", "/etc" }, { 'f', 0644, "tmp/shadow", "x" } } },
	{ "through-link2",  "symbolic link",      "canary",             { { 'd', 0755, "a", NULL }, { 'l', 0777, "a/b", "../../etc" }, { 'f', 0644, "a/b/shadow", "x" } } },
	{ "over-link",      "ok",                 "-",                  { { 'l', 0777, "x", "/etc/shadow" }, { 'f', 0644, "x", "x" } } },
	{ "hardlink-out",   "no earlier file",    "canary",             { { 'h', 0644, "x", "/etc/shadow" } } },
	{ "hardlink-up",    "target outside",     "canary",             { { 'h', 0644, "x", "../etc/shadow" } } },
	{ "hardlink-link",  "no earlier file",    "-",                  { { 'l', 0777, "a", "/etc/shadow" }, { 'h', 0644, "b", "a" } } },
	{ "hardlink-in",    "ok",                 "-",                  { { 'f', 0644, "a", "x" }, { 'h', 0644, "b", "a" } } },
	{ "proc-to-root",   "ok",                 "proc 120777",        { { 'l', 0777, "proc", "/" } } },
	{ "tmp-to-etc",     "ok",                 "tmp 120777",         { { 'l', 0777, "tmp", "/etc" } } },
	{ "null-to-shadow", "ok",                 "dev/null 120777",    { { 'd', 0755, "dev", NULL }, { 'l', 0777, "dev/null", "/etc/shadow" } } },
	{ "node-char",      "ok",                 "dev/kmem 20666",     { { 'd', 0755, "dev", NULL }, { 'c', 0666, "dev/kmem", NULL } } },
	{ "node-block",     "ok",                 "dev/sda 60666",      { { 'd', 0755, "dev", NULL }, { 'b', 0666, "dev/sda", NULL } } },
	{ "node-pipe",      "ok",                 "pipe 10666",         { { 'p', 0666, "pipe", NULL } } },
	{ "setuid",         "ok",                 "usr/bin/su 104755",  { { 'd', 0755, "usr/bin", NULL }, { 'f', 04755, "usr/bin/su", "x" } } },
	{ "setgid-dir",     "ok",                 "d 42777",            { { 'd', 02777, "d", NULL } } },
	{ "merge-taken",    "must be a directory", "bin 120777",        { { 'l', 0777, "bin", "/etc" } } },
	{ "merge-file",     "must be a directory", "lib64 100644",      { { 'f', 0644, "./lib64", "x" } } },
	{ "merge-same",     "ok",                 "-",                  { { 'l', 0777, "./bin", "usr/bin" }, { 'f', 0755, "bin/sh", "x" } } },
	{ "usr-taken",      "not empty",          "usr 120777",         { { 'l', 0777, "usr", "/etc" } } },
	{ "usr-bin-taken",  "symbolic link",      "-",                  { { 'l', 0777, "usr/bin", "/etc" }, { 'f', 0755, "bin/shadow", "x" } } },
	{ "link-loop",      "ok",                 "-",                  { { 'l', 0777, "a", "b" }, { 'l', 0777, "b", "a" } } },
	{ "loop-through",   "symbolic link",      "-",                  { { 'l', 0777, "a", "b" }, { 'l', 0777, "b", "a" }, { 'f', 0644, "a/x", "x" } } },
	{ "file-as-parent", "symbolic link or file", "-",               { { 'f', 0644, "a", "x" }, { 'f', 0644, "a/x", "x" } } },
	{ "file-over-dir",  "not empty",          "-",                  { { 'f', 0644, "a/x", "x" }, { 'f', 0644, "a", "x" } } },
	{ "later-wins",     "ok",                 "-",                  { { 'f', 0644, "a", "x" }, { 'f', 0755, "a", "yy" } } },
	{ "name-newline",   "bad bytes",          "-",                  { { 'f', 0644, "a\nb", "x" } } },
	{ "name-escape",    "bad bytes",          "-",                  { { 'f', 0644, "a\033[2Jb", "x" } } },
	{ "name-latin1",    "bad bytes",          "-",                  { { 'f', 0644, "caf\xe9", "x" } } },
	{ "name-utf8",      "ok",                 "-",                  { { 'f', 0644, "caf\xc3\xa9", "x" } } },
};
/* clang-format on */

static const struct {
	char letter;
	unsigned type;
} types[] = {
	{ 'f', AE_IFREG }, { 'd', AE_IFDIR }, { 'l', AE_IFLNK }, { 'h', AE_IFREG },
	{ 'c', AE_IFCHR }, { 'b', AE_IFBLK }, { 'p', AE_IFIFO },
};

static void must(int ok, struct archive *a)
{
	if (ok)
		return;
	(void)fprintf(stderr, "hostile: %s\n", archive_error_string(a));
	exit(2);
}

static void put(struct archive *a, const struct put *p, int64_t said)
{
	struct archive_entry *e = archive_entry_new();
	size_t n = p->type == 'f' && p->arg ? strlen(p->arg) : 0;

	must(e != NULL, a);
	archive_entry_set_pathname(e, p->path);
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (types[i].letter == p->type)
			archive_entry_set_filetype(e, types[i].type);
	archive_entry_set_perm(e, (mode_t)p->mode);
	archive_entry_set_size(e, said >= 0 ? said : (int64_t)n);
	archive_entry_set_rdev(e, makedev(8, 0));
	if (p->type == 'l')
		archive_entry_set_symlink(e, p->arg);
	if (p->type == 'h')
		archive_entry_set_hardlink(e, p->arg);
	must(archive_write_header(a, e) == ARCHIVE_OK, a);
	if (n)
		must(archive_write_data(a, p->arg, n) == (la_ssize_t)n, a);
	archive_entry_free(e);
}

/* ---- archives that are made, not listed ---- */

static void nested(struct archive *a, int depth)
{
	char *path = calloc(2, (size_t)depth);
	struct put p = { 'd', 0755, path, NULL };

	must(path != NULL, a);
	for (int i = 0; i < depth; i++) {
		path[2 * i] = 'd';
		path[2 * i + 1] = i + 1 < depth ? '/' : '\0';
	}
	put(a, &p, -1);
	free(path);
}

static void deep_ok(struct archive *a)
{
	nested(a, DEEP);
}

static void deep(struct archive *a)
{
	nested(a, DEEP + 1);
}

static void long_part(struct archive *a)
{
	char path[LONG_PART + 1];
	struct put p = { 'f', 0644, path, "x" };

	memset(path, 'a', LONG_PART);
	path[LONG_PART] = '\0';
	put(a, &p, -1);
}

static void long_path(struct archive *a)
{
	char path[21 * 200 + 1] = "";
	struct put p = { 'f', 0644, path, "x" };

	for (size_t i = 0; i + 1 < sizeof(path); i++)
		path[i] = i % 200 == 199 ? '/' : 'a';
	path[sizeof(path) - 2] = 'a';
	put(a, &p, -1);
}

static void many(struct archive *a)
{
	char path[32];
	struct put p = { 'd', 0755, path, NULL };

	for (int i = 0; i < MANY; i++) {
		(void)snprintf(path, sizeof(path), "d");
		put(a, &p, -1);
	}
}

static void cut(struct archive *a)
{
	struct put p = { 'f', 0644, "usr/a", "x" };

	put(a, &p, -1);
	p.path = "usr/b";
	put(a, &p, -1);
	must(archive_write_finish_entry(a) == ARCHIVE_OK, a);
	_exit(0); /* as a client that dies between two entries */
}

static void cut_inside(struct archive *a)
{
	struct put p = { 'f', 0644, "usr/a", "x" };

	put(a, &p, 3 * BLOCK);
	_exit(0);
}

static void large(struct archive *a)
{
	struct put p = { 'f', 0644, "usr/a", "x" };

	put(a, &p, (INT64_C(4) << 30) + 1);
	_exit(0);
}

static void nothing(struct archive *a)
{
	(void)a;
}

static void garbage(struct archive *a)
{
	(void)a;
	for (int i = 0; i < 4 * BLOCK; i++)
		(void)putchar('A' + i % 7);
	(void)fflush(stdout);
	_exit(0);
}

static const struct {
	const char *name, *want;
	void (*make)(struct archive *a);
} made[] = {
	{ "deep-255", "ok", deep_ok },
	{ "deep-256", "deeper than 255", deep },
	{ "part-256", "longer than", long_part },
	{ "path-4200", "longer than", long_path },
	{ "many", "more than 200000 entries", many },
	{ "large", "more than 4 GiB", large },
	{ "cut", "ends early", cut },
	{ "cut-inside", "Truncated", cut_inside },
	{ "nothing", "is empty", nothing },
	{ "garbage", "not a tar archive", garbage },
};

static int write_tar(const char *name)
{
	struct archive *a = archive_write_new();

	must(a != NULL, a);
	must(archive_write_set_format_pax(a) == ARCHIVE_OK, a);
	must(archive_write_set_options(a, "hdrcharset=BINARY") == ARCHIVE_OK, a);
	must(archive_write_set_bytes_per_block(a, 0) == ARCHIVE_OK, a); /* at once */
	must(archive_write_open_fd(a, 1) == ARCHIVE_OK, a);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (int j = 0; strcmp(rows[i].name, name) == 0 && j < PUTS_MAX; j++)
			if (rows[i].put[j].type)
				put(a, &rows[i].put[j], -1);
	for (size_t i = 0; i < ARRAY_LEN(made); i++)
		if (strcmp(made[i].name, name) == 0)
			made[i].make(a);
	return archive_write_close(a) != ARCHIVE_OK;
}

static int list(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		(void)printf("%s|%s|%s\n", rows[i].name, rows[i].want, rows[i].mark);
	for (size_t i = 0; i < ARRAY_LEN(made); i++)
		(void)printf("%s|%s|-\n", made[i].name, made[i].want);
	return 0;
}

static int naive(void)
{
	struct archive *a = archive_read_new();
	struct archive_entry *e;

	must(a && archive_read_support_format_tar(a) == ARCHIVE_OK, a);
	must(archive_read_open_fd(a, 0, BLOCK) == ARCHIVE_OK, a);
	(void)umask(0);
	while (archive_read_next_header(a, &e) == ARCHIVE_OK)
		(void)archive_read_extract(a, e, ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_OWNER);
	return archive_read_free(a) != ARCHIVE_OK; /* now the modes of directories */
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "list") == 0)
		return list();
	if (argc == 2 && strcmp(argv[1], "naive") == 0)
		return naive();
	if (argc == 3 && strcmp(argv[1], "tar") == 0)
		return write_tar(argv[2]);
	(void)fprintf(stderr, "hostile: list | tar NAME | naive\n");
	return 2;
}
