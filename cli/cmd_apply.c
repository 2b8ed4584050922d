/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_apply.c - makes the host be what the files say. Runs in: cloister.
 *
 * First a dry run: all files are compiled and the difference is printed. Then what images are
 * missing is built, with the caller's own rights, and only then anything changes.
 */
#include "cli/ask.h"
#include "cli/cmds.h"
#include "cli/diag.h"
#include "cli/image.h"
#include "cli/print.h"
#include "cli/source.h"

#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What each action looks like in the difference. */
static const struct {
	const char *action, *mark;
	int sgr;
} actions[] = {
	{ "create", "+", SGR_GREEN },	   { "start", "+", SGR_GREEN },
	{ "build-image", "+", SGR_GREEN }, { "restart", "~", SGR_YELLOW },
	{ "set-limit", "~", SGR_YELLOW },  { "stop", "-", SGR_RED },
	{ "remove", "-", SGR_RED },	   { "keep", "=", SGR_DIM },
};

static void change_line(struct text *t, const struct screen *s, const json_t *o)
{
	const char *action = client_str(o, "action", "?"), *object = client_str(o, "object", "?");
	const char *detail = client_str(o, "detail", "");
	size_t i = 0;

	while (i + 1 < ARRAY_LEN(actions) && strcmp(actions[i].action, action) != 0)
		i++;
	print_sgr(t, s, actions[i].sgr);
	text_fmt(t, "%s %-12s ", actions[i].mark, actions[i].action);
	text_shown(t, object, strlen(object), true);
	print_sgr_end(t, s);
	if (detail[0]) {
		text_str(t, "  ");
		text_shown(t, detail, strlen(detail), true);
	}
	text_str(t, "\n");
}

/* Prints the difference. */
static int changes(const json_t *params)
{
	AUTO_TEXT struct text t = { 0 };
	struct screen s = screen_of(STDOUT_FILENO);
	const json_t *list = json_object_get(params, "changes");

	for (size_t i = 0; i < json_array_size(list); i++)
		change_line(&t, &s, json_array_get(list, i));
	if (!json_array_size(list))
		text_str(&t, "nothing to change\n");
	return print_out(&t);
}

/* Of an apply that was refused half-way: the changes that failed, each with its reason. */
static void failures(const json_t *params)
{
	AUTO_TEXT struct text t = { 0 };
	struct screen s = screen_of(STDERR_FILENO);
	const json_t *list = json_object_get(params, "changes");

	for (size_t i = 0; i < json_array_size(list); i++)
		if (strncmp(client_str(json_array_get(list, i), "detail", ""), "failed", 6) == 0)
			change_line(&t, &s, json_array_get(list, i));
	if (text_write(&t, STDERR_FILENO) < 0)
		return; /* nowhere left to complain */
}

/* Asks for a dry run. Returns an enum exits; r is filled when it is EXITS_DONE. */
static int dry_run(struct client *cl, struct client_reply *r)
{
	static const struct ask_call call = { "apply", "Apply", "changes", NULL };
	int e = ask_pages_in(cl, &call, json_pack("{s:b}", "dry_run", 1), r);

	if (e != EXITS_DONE)
		return e;
	diag_print(json_object_get(r->params, "diagnostics"));
	return diag_has_error(json_object_get(r->params, "diagnostics")) ? EXITS_INPUT : EXITS_DONE;
}

/* Words of a JSON list into a recipe; a directory is named as seen from the file that names it. */
static int recipe_words(struct image_recipe *rec, const json_t *list, const char *file, bool dirs)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *w = json_string_value(json_array_get(list, i));
		char path[PATH_MAX], copy[PATH_MAX];
		int n;

		(void)snprintf(copy, sizeof(copy), "%s", file); /* a path that opened before */
		if (!w)
			continue;
		n = dirs && w[0] != '/' ? snprintf(path, sizeof(path), "%s/%s", dirname(copy), w)
					: snprintf(path, sizeof(path), "%s", w);
		if (n < 0 || (size_t)n >= sizeof(path) ||
		    image_recipe_add(rec, dirs ? IMAGE_DIR : IMAGE_PACKAGE, path) < 0) {
			say_error("apply", "%s: too many packages or directories for one image",
				  file);
			return EXITS_INPUT;
		}
	}
	return EXITS_DONE;
}

/* Can it be built from what the files say? */
static bool has_recipe(const json_t *o)
{
	return json_array_size(json_object_get(o, "packages")) ||
	       json_array_size(json_object_get(o, "dirs"));
}

static int build_one(const json_t *o, bool look)
{
	AUTO(image_recipe_fini) struct image_recipe rec = { .name = client_str(o, "name", "") };
	const char *file = client_str(o, "file", ".");
	int e = recipe_words(&rec, json_object_get(o, "packages"), file, false);

	if (e == EXITS_DONE)
		e = recipe_words(&rec, json_object_get(o, "dirs"), file, true);
	if (e == EXITS_DONE && !look)
		return image_build(&rec, IMAGE_UNLESS_SAME);
	return e == EXITS_DONE ? image_changed(&rec, client_str(o, "inputs", "")) : e;
}

/* What no file says how to build has to be there. */
static int check_missing(const json_t *missing)
{
	int e = EXITS_DONE;

	for (size_t i = 0; i < json_array_size(missing); i++) {
		const json_t *o = json_array_get(missing, i);
		const char *name = client_str(o, "name", "?");

		if (has_recipe(o))
			continue;
		say_error("apply",
			  "no image %s, and no file says what is in it; cloister image build %s "
			  "--package ...",
			  name, name);
		e = EXITS_NO;
	}
	return e;
}

/* Shows which of the images that are there would be built anew. */
static int show_rebuilds(const json_t *images)
{
	int e = EXITS_DONE;

	for (size_t i = 0; e == EXITS_DONE && i < json_array_size(images); i++) {
		const json_t *o = json_array_get(images, i);

		if (has_recipe(o) && !json_is_true(json_object_get(o, "missing")))
			e = build_one(o, true);
	}
	return e;
}

/* Every image of the files: one that the host has from the same recipe is left as it is. */
static int build_images(const json_t *images)
{
	int e = EXITS_DONE;

	for (size_t i = 0; e == EXITS_DONE && i < json_array_size(images); i++)
		if (has_recipe(json_array_get(images, i)))
			e = build_one(json_array_get(images, i), false);
	return e;
}

/* One line that is written over, on a terminal only. */
static void progress(const json_t *params)
{
	AUTO_TEXT struct text t = { 0 };
	const char *object = client_str(params, "object", "");

	if (!isatty(STDERR_FILENO))
		return;
	text_fmt(&t, "\r\033[K[%" PRIu64 "/%" PRIu64 "] ", client_u64(params, "step"),
		 client_u64(params, "total"));
	text_shown(&t, object, strlen(object), true);
	if (text_write(&t, STDERR_FILENO) < 0)
		return; /* nothing depends on it */
}

static void progress_end(void)
{
	if (isatty(STDERR_FILENO) && write(STDERR_FILENO, "\r\033[K", 4) < 0)
		return; /* nothing depends on it */
}

static int carry_out(struct client *cl, struct client_reply *r)
{
	static const struct ask_call call = { "apply", "Apply", "changes", progress };
	int e = ask_pieces(cl, &call, json_pack("{s:b}", "dry_run", 0), r);

	progress_end();
	if (e != EXITS_DONE)
		return e;
	if (r->error)
		failures(r->params);
	return r->error ? ask_refused("apply", r) : EXITS_DONE;
}

static int send_files(struct client *cl, const struct cmd *c)
{
	AUTO_SOURCES struct sources s = { 0 };
	int e = EXITS_DONE;

	for (size_t i = 0; e == EXITS_DONE && args_word(&c->args, i); i++)
		e = sources_add(&s, "apply", args_word(&c->args, i));
	for (size_t i = 0; e == EXITS_DONE && i < s.n; i++)
		e = source_send(cl, "apply", s.path[i]);
	return e;
}

/* Images first, then the changes; r holds the last answer. */
static int make_so(struct client *cl, struct client_reply *r)
{
	int e = build_images(json_object_get(r->params, "images"));

	return e == EXITS_DONE ? carry_out(cl, r) : e;
}

int cmd_apply(struct cmd *c)
{
	AUTO_CLIENT struct client *cl = NULL;
	AUTO_REPLY struct client_reply r;
	bool json = cmd_has(c, OPT_JSON);
	int e = ask_open("apply", &cl);

	client_reply_init(&r);
	if (e == EXITS_DONE)
		e = send_files(cl, c);
	if (e == EXITS_DONE)
		e = dry_run(cl, &r);
	if (e == EXITS_DONE && !json)
		e = changes(r.params);
	if (e == EXITS_DONE && !json)
		e = show_rebuilds(json_object_get(r.params, "images"));
	if (e == EXITS_DONE)
		e = check_missing(json_object_get(r.params, "missing_images"));
	if (e == EXITS_DONE && !cmd_has(c, OPT_DRY_RUN))
		e = make_so(cl, &r);
	return e == EXITS_DONE && json ? ask_json(r.params) : e;
}
