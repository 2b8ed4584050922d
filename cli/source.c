/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source.c - profile and tenant files on their way to the compiler. Runs in: cloister, with the
 * rights of who calls it: the supervisor opens no file that a client names.
 */
#include "cli/source.h"
#include "cli/cmds.h"
#include "cli/ask.h"
#include "cli/diag.h"
#include "lib/base/fd.h"
#include "lib/base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum {
	SOURCE_MAX = 256 * 1024, /* profiles-audit.md A.2                                         */
	PIECE = 8 * 1024,	 /* a control byte takes six in JSON, and a message has 64 KiB    */
	SHOWN_LINE = 120,
};

void sources_fini(struct sources *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->path[i]);
	s->n = 0;
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && strcmp(s + n - m, end) == 0;
}

static int add_file(struct sources *s, const char *where, char *path)
{
	if (!path) {
		say_error(where, "out of memory");
		return EXITS_FAULT;
	}
	if (s->n == SOURCES_MAX) {
		free(path);
		say_error(where, "more than %d files; apply them in parts", SOURCES_MAX);
		return EXITS_USAGE;
	}
	s->path[s->n++] = path;
	return EXITS_DONE;
}

static int wanted(const struct dirent *e)
{
	return e->d_name[0] != '.' &&
	       (ends_with(e->d_name, ".tenant") || ends_with(e->d_name, ".profile"));
}

/* Byte order: the same on every machine, whatever its locale. */
static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_dir(struct sources *s, const char *where, const char *dir)
{
	size_t len = strlen(dir);
	struct dirent **list = NULL;
	int n = scandir(dir, &list, wanted, by_bytes), e = EXITS_DONE;

	if (n < 0) {
		say_error(where, "%s: %s", dir, strerrordesc_np(errno));
		return EXITS_INPUT;
	}
	if (n == 0) {
		say_error(where, "%s: no .tenant or .profile file in it", dir);
		e = EXITS_INPUT;
	}
	for (int i = 0; i < n; i++) {
		char *path = NULL;

		if (e == EXITS_DONE &&
		    asprintf(&path, "%s%s%s", dir, len && dir[len - 1] == '/' ? "" : "/",
			     list[i]->d_name) < 0)
			path = NULL;
		if (e == EXITS_DONE)
			e = add_file(s, where, path);
		free(list[i]);
	}
	free(list);
	return e;
}

int sources_add(struct sources *s, const char *where, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		say_error(where, "%s: %s", path, strerrordesc_np(errno));
		return EXITS_INPUT;
	}
	if (S_ISDIR(st.st_mode))
		return add_dir(s, where, path);
	if (!ends_with(path, ".tenant") && !ends_with(path, ".profile")) {
		say_error(where, "%s: what is it? Name it NAME.tenant or NAME.profile", path);
		return EXITS_INPUT;
	}
	return add_file(s, where, strdup(path));
}

/* Reads at most one byte more than the language allows. */
int source_read(const char *where, const char *path, struct text *t)
{
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char buf[PIECE];
	ssize_t n = 1;

	while (fd >= 0 && n > 0 && t->n <= SOURCE_MAX) {
		n = RETRY_EINTR(read(fd, buf, sizeof(buf)));
		if (n > 0)
			text_add(t, buf, (size_t)n);
	}
	text_str(t, ""); /* an empty file has a pointer, too */
	if (fd >= 0 && n >= 0 && !t->bad)
		return EXITS_DONE;
	say_error(where, "%s: %s", path, t->bad ? "out of memory" : strerrordesc_np(errno));
	return EXITS_INPUT;
}

/* Prints one error of ours in the compiler's own form; at = the offending byte. */
static void complain(const char *path, const struct text *t, size_t at, const char *code,
		     const char *message)
{
	AUTO_TEXT struct text out = { 0 };
	struct screen s = screen_of(STDERR_FILENO);
	size_t line = 1, start = 0, column = 1, len;
	json_t *d;

	for (size_t i = 0; i < at; i++) {
		column += ((unsigned char)t->p[i] & 0xc0) != 0x80;
		if (t->p[i] != '\n')
			continue;
		line++;
		column = 1;
		start = i + 1;
	}
	len = at - start < SHOWN_LINE ? at - start
				      : 0; /* only the part before it is known to be text */
	d = json_pack("{s:s,s:s,s:s,s:I,s:I,s:I,s:s,s:s%}", "severity", "error", "code", code,
		      "file", path, "line", (json_int_t)line, "column", (json_int_t)column,
		      "length", (json_int_t)1, "message", message, "source",
		      t->p ? t->p + start : "", len);
	if (d)
		diag_text(&out, &s, d);
	json_decref(d);
	if (text_write(&out, STDERR_FILENO) < 0)
		return; /* nowhere left to complain */
}

/* Offset of the first byte that JSON cannot carry, or n. */
static size_t first_bad(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n) {
		unsigned char b = (unsigned char)p[i];
		size_t len = b < 0x80 ? 1 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : 4;

		if (len > n - i || !str_is_utf8(p + i, len))
			return i;
		i += len;
	}
	return n;
}

static int check(const char *path, const struct text *t)
{
	size_t bad = first_bad(t->p, t->n);

	if (t->n > SOURCE_MAX) {
		complain(path, t, 0, "P053", "the file is larger than 256 KiB");
		return EXITS_INPUT;
	}
	if (bad < t->n) {
		complain(path, t, bad, "P001",
			 t->p[bad] ? "a byte that is not UTF-8" : "a NUL byte is not allowed");
		return EXITS_INPUT;
	}
	return EXITS_DONE;
}

/* The longest piece of at most PIECE bytes that ends between two characters. */
static size_t piece_length(const char *p, size_t n)
{
	if (n <= PIECE)
		return n;
	n = PIECE;
	while (((unsigned char)p[n] & 0xc0) == 0x80)
		n--;
	return n;
}

struct piece {
	const char *path, *p;
	size_t n;
	bool append;
};

static int send_piece(struct client *c, const char *where, const struct piece *p)
{
	AUTO_REPLY struct client_reply r;
	struct fault f = { 0 };
	json_t *o = json_pack("{s:s,s:s%,s:b,s:b}", "name", p->path, "text", p->p, p->n, "append",
			      p->append, "tenant_file", ends_with(p->path, ".tenant"));

	client_reply_init(&r);
	if (!o) {
		say_error(where, "%s: the file's name is not UTF-8; rename it", p->path);
		return EXITS_INPUT;
	}
	if (client_call(c, "Text", o, &r, &f) < 0)
		return ask_failed(where, &f);
	return r.error ? ask_refused(where, &r) : EXITS_DONE;
}

int source_send_text(struct client *c, const char *where, const char *name, const struct text *t)
{
	struct piece p = { .path = name, .p = t->p };
	int e = t->bad ? EXITS_FAULT : EXITS_DONE;

	/* once at least: an empty file is a file */
	while (e == EXITS_DONE && (!p.append || p.p < t->p + t->n)) {
		p.n = piece_length(p.p, (size_t)(t->p + t->n - p.p));
		e = send_piece(c, where, &p);
		p.p += p.n;
		p.append = true;
	}
	return e;
}

int source_send_read(struct client *c, const char *where, const char *path, const struct text *t)
{
	int e = check(path, t);

	return e == EXITS_DONE ? source_send_text(c, where, path, t) : e;
}

int source_send(struct client *c, const char *where, const char *path)
{
	AUTO_TEXT struct text t = { 0 };
	int e = source_read(where, path, &t);

	return e == EXITS_DONE ? source_send_read(c, where, path, &t) : e;
}

/* The NAME of the first `profile NAME` line. */
static int first_profile(const char *where, const char *path, const struct text *t,
			 char name[SOURCE_NAME_MAX])
{
	const char *end;

	for (const char *p = t->p; *p; p = *end ? end + 1 : end) {
		size_t n;

		end = p + strcspn(p, "\n");
		p += strspn(p, " ");
		if (strncmp(p, "profile ", 8) != 0)
			continue;
		p += 8 + strspn(p + 8, " ");
		n = strcspn(p, " {#\n");
		if (n >= SOURCE_NAME_MAX || !str_is_name(p, n))
			continue;
		memcpy(name, p, n);
		name[n] = '\0';
		return EXITS_DONE;
	}
	say_error(where, "%s: no line 'profile NAME {' in it", path);
	return EXITS_INPUT;
}

bool source_is_profile(const char *word)
{
	return strchr(word, '/') || ends_with(word, ".profile");
}

int source_send_named(struct client *c, const char *where, const char *word,
		      char name[SOURCE_NAME_MAX])
{
	AUTO_TEXT struct text t = { 0 };
	size_t n = strlen(word);
	int e;

	if (source_is_profile(word)) {
		e = source_read(where, word, &t);
		if (e == EXITS_DONE)
			e = first_profile(where, word, &t, name);
		return e == EXITS_DONE ? source_send_read(c, where, word, &t) : e;
	}
	if (n >= SOURCE_NAME_MAX) {
		say_error(where, "'%.40s...' is no profile's name", word);
		return EXITS_USAGE;
	}
	memcpy(name, word, n + 1);
	return EXITS_DONE;
}
