/* SPDX-License-Identifier: Apache-2.0 */
/* test_copy.c - one direction of a run's input or output, over pipes. */
/* links: cli/copy.c lib/base */
#include "tests/unit/unit.h"

#include "cli/copy.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void step(struct copy *c)
{
	struct pollfd p;

	copy_want(c, &p);
	assert_true(poll(&p, 1, 0) >= 0);
	copy_step(c, &p);
}

/* Feeds the pieces one read at a time and returns what came out. */
static size_t carry(const char *const *piece, size_t pieces, bool shown, char *out, size_t cap)
{
	static struct copy c;
	int in[2], to[2];
	ssize_t n;

	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(to), 0);
	copy_init(&c, in[0], to[1]);
	c.shown = shown;
	for (size_t i = 0; i < pieces; i++) {
		assert_int_equal(write(in[1], piece[i], strlen(piece[i])), strlen(piece[i]));
		step(&c); /* read  */
		step(&c); /* write */
	}
	close(in[1]);
	for (int i = 0; i < 4 && !copy_over(&c); i++)
		step(&c);
	assert_true(copy_over(&c));
	copy_fini(&c);
	n = read(to[0], out, cap - 1);
	assert_true(n >= 0);
	out[n] = '\0';
	close(to[0]);
	return (size_t)n;
}

static void escaped(void **state)
{
	static const struct {
		const char *why;
		bool shown;
		const char *piece[3];
		const char *want;
	} cases[] = {
		{ "raw to a pipe", false, { "a\033[2J\xff" }, "a\033[2J\xff" },
		{ "escape sequence to a terminal", true, { "a\033[2J\n" }, "a\\x1b[2J\n" },
		{ "a character cut in two", true, { "\xe2\x82", "\xac!" }, "\xe2\x82\xac!" },
		{ "cut in three", true, { "\xf0\x9f", "\x98", "\x80" }, "\xf0\x9f\x98\x80" },
		{ "cut by the end", true, { "x\xe2\x82" }, "x\\xe2\\x82" },
		{ "cut, then another begins", true, { "\xe2", "a" }, "\\xe2a" },
		{ "bidi control cut in two", true, { "\xe2\x80", "\xae" }, "\\xe2\\x80\\xae" },
		{ "C1 in UTF-8 cut in two", true, { "\xc2", "\x9b" }, "\\xc2\\x9b" },
	};
	char out[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t pieces = 0;

		while (pieces < ARRAY_LEN(cases[i].piece) && cases[i].piece[pieces])
			pieces++;
		(void)carry(cases[i].piece, pieces, cases[i].shown, out, sizeof(out));
		if (strcmp(out, cases[i].want) != 0)
			fail_msg("%s: '%s'", cases[i].why, out);
	}
}

/* A reader that went away ends the copy, so that the writer learns it. */
static void broken(void **state)
{
	static struct copy c;
	int in[2], to[2];

	(void)state;
	assert_true(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(to), 0);
	copy_init(&c, in[0], to[1]);
	close(to[0]);
	assert_int_equal(write(in[1], "x", 1), 1);
	step(&c);
	step(&c);
	assert_true(copy_over(&c));
	assert_int_equal(write(in[1], "x", 1), -1);
	copy_fini(&c);
	close(in[1]);
}

/* A full pipe keeps the rest, and nothing is read meanwhile. */
static void full(void **state)
{
	static struct copy c;
	static char big[3 * COPY_READ];
	struct pollfd p;
	int in[2], to[2];

	(void)state;
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(to), 0);
	copy_init(&c, in[0], to[1]);
	assert_int_equal(write(in[1], big, sizeof(big)), sizeof(big));
	step(&c);
	assert_int_equal(c.end, sizeof(big));
	step(&c);
	assert_int_equal(c.at, 4096); /* one page: what poll() promises room for */
	copy_want(&c, &p);
	assert_int_equal(p.fd, to[1]);
	assert_int_equal(p.events, POLLOUT);
	copy_fini(&c);
	assert_int_equal(c.to, -1);
	close(in[1]);
	close(to[0]);
}

/* After the end only what is in the pipe counts: a far end that lives on elsewhere does not hold
 * us. */
static void finish(void **state)
{
	static struct copy c;
	struct pollfd p;
	int in[2], to[2];

	(void)state;
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(to), 0);
	copy_init(&c, in[0], to[1]);
	assert_int_equal(write(in[1], "x", 1), 1);
	copy_want(&c, &p);
	assert_int_equal(poll(&p, 1, 0), 1);
	copy_finish(&c, &p);
	assert_false(copy_over(&c));
	step(&c);
	step(&c);
	copy_want(&c, &p);
	assert_int_equal(poll(&p, 1, 0), 0);
	copy_finish(&c, &p);
	assert_true(copy_over(&c));
	copy_fini(&c);
	close(in[1]);
	close(to[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escaped),
		cmocka_unit_test(broken),
		cmocka_unit_test(full),
		cmocka_unit_test(finish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
