/* SPDX-License-Identifier: Apache-2.0 */
/* test_lint.c - each rule where it fires and where it nearly does; what is shipped has no finding.
 */
/* links: profiles tests/golden/maker.c lib/plan lib/base */
/* libs: -lseccomp */
#include "tests/unit/unit.h"

#include "tests/unit/lang_run.h"

#include <stdio.h>
#include <string.h>

/* The ids of the answer, a space behind each; "error" where the text has some. */
static const char *ids(struct run *r)
{
	static char out[256];
	const char *at, *end;
	size_t n = 0;

	compile(r);
	at = (const char *)r->out + r->out->text.off;
	end = at + r->out->text.len;
	out[0] = '\0';
	for (; at < end && n < sizeof(out) - 8; at += strcspn(at, "\n") + 1)
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%.4s ", at);
	return r->out->status ? "error" : out;
}

#define LOOP "  feature net.loopback on\n  feature net.inbound on\n"
/* clang-format off */
static const struct {
	const char *body, *want;
} cases[] = {
	{ "", "" },
	{ "  mount \"/usr/\" from host \"/usr/\" ro\n", "L001 " },
	{ "  mount \"/usr/\" from image \"x\" ro\n", "" },
	{ LOOP, "L002 " },
	{ LOOP "  allow net in tcp 8080\n", "" },
	{ LOOP "  feature net.low-ports on\n  allow net in tcp 8080\n", "L003 " },
	{ LOOP "  feature net.low-ports on\n  allow net in tcp 1000..2000\n", "" },
	{ "  feature exec on\n", "" }, /* the fragment's libraries may be executed */
	{ "  allow path \"/\" list\n", "" },
	{ "  allow path \"/\" read, list\n", "L005 " },
	{ "  set ready listen\n", "L006 " },
	{ LOOP "  set ready listen\n  allow net in udp 8080\n", "" },
	{ LOOP "  set ready listen\n  allow net in tcp 8080\n", "" },
	{ "  limit memory.high 64MiB\n", "L007 " },
	{ "  limit memory.high 63MiB\n", "" },
	{ "  limit tmp 1MiB\n", "P090 " },
	{ "  feature nothing on\n", "error" },
};
/* clang-format on */

static void rules(void **state)
{
	static struct run r;

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(cases); i++) {
		char text[1024];
		int n = snprintf(text, sizeof(text),
				 "cloister 1\nprofile p {\n  include runtime.glibc\n"
				 "  limit memory 64MiB\n%s}\n",
				 cases[i].body);

		begin_with(&r, COMPILE_LINT, "p", "", RUNTIME_ONLY);
		assert_int_equal(maker_text(&r.maker, "p.profile", text, (size_t)n, 0), 0);
		assert_string_equal(ids(&r), cases[i].want);
		end(&r);
	}
}

/* Without the libraries of the fragment nothing may be executed. */
static void no_program(void **state)
{
	static const char text[] =
		"cloister 1\nprofile p {\n  limit memory 64MiB\n  feature exec on\n}\n";
	static struct run r;

	(void)state;
	begin(&r, COMPILE_LINT, "p", "");
	assert_int_equal(maker_text(&r.maker, "p.profile", text, sizeof(text) - 1, 0), 0);
	assert_string_equal(ids(&r), "L004 ");
	end(&r);
}

static void shipped(void **state)
{
	static const struct {
		const char *name, *want;
	} rows[] = { { "web.nginx", "" },     { "cache.redis", "" },	    { "shell", "" },
		     { "db.postgres", "" },   { "job.batch", "" },	    { "host.default", "" },
		     { "host.try", "L001 " }, { "runtime.glibc", "error" }, { "none", "error" } };
	static struct run r;

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(rows); i++) {
		begin(&r, COMPILE_LINT, rows[i].name, "");
		assert_string_equal(ids(&r), rows[i].want);
		end(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules),
		cmocka_unit_test(no_program),
		cmocka_unit_test(shipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
