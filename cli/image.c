/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image.c - the client's half of building an image. Runs in: cloister.
 *
 * cloister-imagetar reads packages and directories and writes one tar into the pipe that the
 * supervisor gave us. It is a program of its own so that libarchive is not loaded by every
 * `cloister run`. A tar that ends early must not become an image: we keep the pipe open until the
 * writer's exit code is known, and end the conversation first when it failed.
 */
#include "cli/image.h"
#include "cli/ask.h"
#include "cli/place.h"
#include "cli/print.h"
#include "cli/units.h"
#include "lib/base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum {
	INPUTS_LEN = 64, /* hex digits of a SHA-256 */
	ARGV_HEAD = 4,	 /* program, verb, --installed, NULL */
	DIGEST_SHOWN = 16,
};

static const char *const flag[] = { [IMAGE_PACKAGE] = "--package", [IMAGE_DIR] = "--dir" };

int image_recipe_add(struct image_recipe *r, enum image_part part, const char *value)
{
	if (r->words + 2 > IMAGE_WORDS_MAX)
		return -E2BIG;
	r->word[r->words] = strdup(flag[part]);
	r->word[r->words + 1] = strdup(value);
	r->words += 2;
	return r->word[r->words - 2] && r->word[r->words - 1] ? 0 : -ENOMEM;
}

void image_recipe_fini(struct image_recipe *r)
{
	for (size_t i = 0; i < r->words; i++)
		free(r->word[i]);
	r->words = 0;
}

/* Starts `cloister-imagetar VERB recipe` with its stdout at out. Returns its pid, or a fault. */
static pid_t start(const struct image_recipe *r, const char *verb, int out, struct fault *f)
{
	const char *argv[IMAGE_WORDS_MAX + ARGV_HEAD];
	char program[PATH_MAX];
	size_t n = 0;
	pid_t pid;
	int rc = place_program("cloister-imagetar", program, f);

	if (rc < 0)
		return rc;
	argv[n++] = program;
	argv[n++] = verb;
	if (r->installed)
		argv[n++] = "--installed";
	for (size_t i = 0; i < r->words; i++)
		argv[n++] = r->word[i];
	argv[n] = NULL;
	pid = fork();
	if (pid < 0)
		return fault_sys(f, "image.fork", "cloister-imagetar");
	if (pid)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM); /* without us its work is for nobody */
	if (dup2(out, STDOUT_FILENO) < 0)
		_exit(EXITS_FAULT);
	/* exec does not write to the strings; its type predates const */
	(void)execv(program, (char *const *)(uintptr_t)argv);
	_exit(EXITS_FAULT);
}

/* Its exit code, one that a signal ended counts as a fault. */
static int finish(pid_t pid)
{
	int status = 0;

	if (RETRY_EINTR(waitpid(pid, &status, 0)) < 0 || !WIFEXITED(status))
		return EXITS_FAULT;
	return WEXITSTATUS(status);
}

static int failed(const struct fault *f)
{
	say_error("image build", "%s", f->msg);
	return EXITS_FAULT;
}

/* The recipe's hash. Returns an enum exits; cloister-imagetar has said what is wrong. */
static int inputs_of(const struct image_recipe *r, char inputs[INPUTS_LEN + 1])
{
	struct fault f = { 0 };
	AUTO_FD int in = -1;
	int p[2], e;
	size_t got = 0;
	ssize_t n = 1;
	pid_t pid;

	if (pipe2(p, O_CLOEXEC) < 0) {
		(void)fault_sys(&f, "image.pipe", "a pipe");
		return failed(&f);
	}
	in = p[0];
	pid = start(r, "inputs", p[1], &f);
	fd_close(&p[1]);
	if (pid < 0)
		return failed(&f);
	for (; n > 0 && got<INPUTS_LEN; got += n> 0 ? (size_t)n : 0)
		n = RETRY_EINTR(read(in, inputs + got, INPUTS_LEN - got));
	inputs[got] = '\0';
	e = finish(pid);
	if (e == EXITS_DONE && strspn(inputs, "0123456789abcdef") != INPUTS_LEN) {
		say_error("image build",
			  "cloister-imagetar named no hash; is it of another version?");
		e = EXITS_FAULT;
	}
	return e;
}

/* Does the host have this image from the same recipe? */
static bool same(const char *name, const char *inputs)
{
	AUTO_CLIENT struct client *cl = NULL;
	AUTO_REPLY struct client_reply rep;
	struct fault f = { 0 };
	const json_t *list;

	client_reply_init(&rep);
	if (client_open(NULL, &cl, &f) < 0 || client_call(cl, "ImageList", NULL, &rep, &f) < 0)
		return false; /* then it is built, and a broken supervisor says so itself */
	list = json_object_get(rep.params, "images");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *o = json_array_get(list, i);

		if (strcmp(client_str(o, "name", ""), name) == 0 &&
		    strcmp(client_str(o, "inputs", ""), inputs) == 0)
			return true;
	}
	return false;
}

int image_changed(const struct image_recipe *r, const char *inputs)
{
	AUTO_TEXT struct text t = { 0 };
	char now[INPUTS_LEN + 1] = "";
	int e = inputs_of(r, now);

	if (e != EXITS_DONE || strcmp(now, inputs) == 0)
		return e;
	text_str(&t, "~ build-image  image ");
	text_shown(&t, r->name, strlen(r->name), true);
	text_str(&t, "  what it is made of changed\n");
	return print_out(&t);
}

static int report(const char *name, const json_t *params)
{
	const char *digest = client_str(params, "digest", "?");
	AUTO_TEXT struct text t = { 0 };

	text_str(&t, "image ");
	text_shown(&t, name, strlen(name), true);
	text_fmt(&t, ": %s, ", units_bytes(client_u64(params, "bytes")).s);
	text_shown(&t, digest, strnlen(digest, DIGEST_SHOWN), true);
	text_str(&t, "\n");
	return print_out(&t);
}

/* The tar goes out; returns an enum exits after the supervisor's last word. */
static int stream(const struct image_recipe *r, struct client **cl, struct client_reply *rep)
{
	AUTO_FD int pipe = fd_take(&rep->fd[0]);
	struct fault f = { 0 };
	pid_t pid;
	int e;

	client_reply_fini(rep);
	pid = start(r, "tar", pipe, &f);
	e = pid < 0 ? failed(&f) : finish(pid);
	if (e != EXITS_DONE) {
		client_close(cl); /* before the pipe: half a tar must not become an image */
		return e;
	}
	fd_close(&pipe);
	if (client_next(*cl, true, rep, &f) < 0)
		return ask_failed("image build", &f);
	return rep->error ? ask_refused("image build", rep) : report(r->name, rep->params);
}

int image_build(const struct image_recipe *r, int mode)
{
	AUTO_CLIENT struct client *cl = NULL;
	AUTO_REPLY struct client_reply rep;
	char inputs[INPUTS_LEN + 1] = "";
	struct fault f = { 0 };
	int e;

	client_reply_init(&rep);
	e = ask_open("image build", &cl);
	if (e == EXITS_DONE)
		e = inputs_of(r, inputs);
	if (e != EXITS_DONE)
		return e;
	if (mode == IMAGE_UNLESS_SAME && same(r->name, inputs))
		return EXITS_DONE;
	if (client_send(cl, "ImageBegin", json_pack("{s:s,s:s}", "name", r->name, "inputs", inputs),
			CLIENT_MORE, &f) < 0 ||
	    client_next(cl, true, &rep, &f) < 0)
		return ask_failed("image build", &f);
	if (rep.error)
		return ask_refused("image build", &rep);
	if (rep.fds != 1) {
		say_error("image build", "the supervisor sent no pipe; is it of another version?");
		return EXITS_FAULT;
	}
	return stream(r, &cl, &rep);
}
