/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_unit.c - image units: what an image is built from.
 * Runs in: cloister-compile, tests.
 */
#include "profiles/tenant.h"
#include "lib/base/str.h"

#include <string.h>

enum { INPUTS_MAX = 256, SHA_HEX = 64 };

/* Names as written, in order, and their place in the answer. */
struct inputs {
	const char *name[INPUTS_MAX];
	uint32_t n;
};

/* As Debian names packages (Policy 5.6.1): nothing that a command line takes for an option. */
static bool is_package(const char *s)
{
	size_t i;

	for (i = 0; s[i]; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9') ||
		      (i && strchr("+-.", s[i]))))
			return false;
	return i > 1 && i < 128;
}

static bool is_dir(const char *s)
{
	return *s && *s != '-' && !strchr(s, '\n') && !strchr(s, '\t');
}

static void read_inputs(struct inputs *in, struct cursor *c, bool packages)
{
	const char *s;
	struct at at;

	do {
		if (!value_string(c, &s, &at))
			return;
		if (packages ? !is_package(s) : !is_dir(s))
			diag_help(c->d,
				  diag_error(c->d, 22, at,
					     packages ? "this is no name of a Debian package"
						      : "this is no directory's name"),
				  packages ? "small letters, digits, '+', '-', '.', a letter or "
					     "digit first"
					   : "not empty, not beginning with '-', one line");
		else if (in->n == INPUTS_MAX)
			diag_error(c->d, 53, at, "more than %d of them", INPUTS_MAX);
		else
			in->name[in->n++] = s;
	} while (packages && cur_kind(c) != T_END);
	(void)cur_done(c);
}

/* sha256:HEX */
static void read_pin(struct compile_image_unit *row, struct cursor *c, struct at at)
{
	if (row->has_pin) {
		diag_error(c->d, 106, at, "pin may stand once");
		return;
	}
	at = cur_at(c);
	if (cur_accept_word(c, "sha256") && cur_accept(c, T_COLON)) {
		at = cur_at(c);
		if ((cur_accept(c, T_NUM) || cur_accept(c, T_NAME)) && at.len == SHA_HEX &&
		    str_unhex(row->pin, at_text(at), DIGEST_LEN) == 0 && cur_done(c)) {
			row->has_pin = 1;
			return;
		}
	}
	if (!c->failed)
		diag_error(c->d, 20, at, "a pin is sha256: and 64 hex digits");
}

/* NUL-ended, one behind the other. */
static struct compile_text keep_inputs(struct work *w, const struct inputs *in)
{
	struct compile_text all = { 0, 0 };
	size_t n = 0, i, len, mark = arena_mark(&w->tables);
	char *buf;

	for (i = 0; i < in->n; i++)
		n += strlen(in->name[i]) + 1;
	buf = arena_get(&w->tables, n + 1);
	if (!buf) {
		w->answer.full = true;
		return all;
	}
	for (i = n = 0; i < in->n; i++, n += len) {
		len = strlen(in->name[i]) + 1;
		memcpy(buf + n, in->name[i], len);
	}
	all = answer_text(&w->answer, buf, n);
	arena_release(&w->tables, mark);
	return all;
}

void image_unit(struct work *w, const struct unit_ref *u)
{
	const struct source *s = u->src;
	uint32_t body = s->node[u->node].child, n;
	struct inputs package = { .n = 0 }, dir = { .n = 0 };
	struct answer *a = &w->answer;
	struct compile_image_unit *row = &a->image[a->nimage];

	if (a->nimage == ANSWER_IMAGES_MAX) {
		diag_error(&w->d, 53, u->name, "more than %d images", ANSWER_IMAGES_MAX);
		return;
	}
	for (n = body ? s->node[body].child : 0; n; n = s->node[n].next) {
		struct cursor c = cur_open(s, n, &w->d);
		struct at at;

		if (s->node[n].kind != N_STMT)
			continue;
		at = cur_take(&c);
		if (s->node[n].what == STMT_PIN)
			read_pin(row, &c, at);
		else
			read_inputs(s->node[n].what == STMT_PACKAGE ? &package : &dir, &c,
				    s->node[n].what == STMT_PACKAGE);
	}
	if (!package.n && !dir.n)
		diag_error(&w->d, 106, u->name, "an image needs a package or a dir");
	memcpy(row->name, at_text(u->name), u->name.len);
	row->file = answer_text(a, s->name, strlen(s->name));
	row->line = at_place(u->name).line;
	row->npackage = package.n;
	row->ndir = dir.n;
	row->packages = keep_inputs(w, &package);
	row->dirs = keep_inputs(w, &dir);
	a->nimage++;
}
