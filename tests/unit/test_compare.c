/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_compare.c - two profiles that differ in one thing: the domain, the side, the line; the
 * library's against each other and against its ceilings, where both judges have to agree.
 */
/* links: profiles tests/golden/maker.c lib/plan lib/base */
/* libs: -lseccomp */
#include "tests/unit/unit.h"

#include "tests/unit/lang_run.h"

#include <stdio.h>
#include <string.h>

static char said[1 << 17];

/* Takes the answer; NULL: errors in the texts. */
static const char *compared(struct run *r)
{
	compile(r);
	(void)snprintf(said, sizeof(said), "%.*s", (int)r->out->text.len,
		       (const char *)r->out + r->out->text.off);
	return r->out->status ? NULL : said;
}

static void put(struct run *r, const char *name, const char *body, uint32_t side)
{
	char text[2048];
	int n = snprintf(text, sizeof(text),
			 "cloister 1\nprofile p {\n  include runtime.glibc\n"
			 "  limit memory 64MiB\n%s  mount \"/opt/\" from image \"opt\" ro\n}\n",
			 body);

	assert_int_equal(maker_text(&r->maker, name, text, (size_t)n, side), 0);
}

/* What two bodies give, A's in a.profile and B's in b.profile; both profiles are called p. */
static const char *pair(struct run *r, const char *a, const char *b)
{
	begin_with(r, COMPILE_COMPARE, "p", "p", RUNTIME_ONLY);
	put(r, "a.profile", a, COMPILE_F_A);
	put(r, "b.profile", b, COMPILE_F_B);
	return compared(r);
}

/* clang-format off */
static const struct {
	const char *why, *a, *b;
	const char *verdict; /* of the domain and of the whole */
	const char *domain;
	const char *says[2]; /* lines that must be there      */
} cases[] = {
	{ "the same", "  limit pids 8\n", "\n  limit pids 8\n", "equal", "limit", { 0 } },
	{ "a feature", "  feature tmp on\n", "", "looser", "feature",
	  { "a\tfeature\ttmp: ", "a.profile:5\n" } },
	{ "a limit", "  limit pids 8\n", "  limit pids 16\n", "stricter", "limit",
	  { "b\tlimit\tpids 16 > 8\tb.profile:5\n" } },
	{ "a preset is a limit", "", "  limit pids 8\n", "looser", "limit",
	  { "a\tlimit\tpids 64 > 8\ta.profile:2\n" } },
	{ "another limit each", "  limit pids 8\n  limit files 64\n", "  limit pids 16\n  limit files 32\n", "incomparable", "limit",
	  { "a\tlimit\tfiles 64 > 32\ta.profile:6\n", "b\tlimit\tpids 16 > 8\tb.profile:5\n" } },
	{ "no huge pages: by the filter", "  limit hugepages 2MiB\n", "", "looser", "limit",
	  { "a\tlimit\thugepages 2MiB > 0\t", "a\tsyscall\tmmap(" } },
	{ "fewer huge pages", "  limit hugepages 2MiB\n", "  limit hugepages 4MiB\n", "stricter", "limit",
	  { "b\tlimit\thugepages 4MiB > 2MiB\t" } },
	{ "a setting", "  set hostname \"x\"\n", "  set hostname \"y\"\n", "incomparable", "set",
	  { "a\tset\thostname x\ta.profile:5\n", "b\tset\thostname y\tb.profile:5\n" } },
	{ "a setting and none", "  set timezone \"Europe/Berlin\"\n", "", "incomparable", "set",
	  { "a\tset\ttimezone Europe/Berlin\ta.profile:5\n", "b\tset\ttimezone (none)\tb.profile:2\n" } },
	{ "another signal", "", "  set stop-signal INT\n", "incomparable", "set",
	  { "a\tset\tstop-signal TERM\ta.profile:2\n" } },
	{ "a mount", "  mount \"/srv/\" from image \"site\" ro\n", "", "looser", "mount",
	  { "a\tmount\t/srv from image site, read-only\ta.profile:5\n" } },
	{ "the same mount", "  mount \"/srv/\" from image \"site\" ro\n", "  mount \"/srv/\" from image \"site\" ro\n", "equal", "mount", { 0 } },
	{ "another image", "  mount \"/srv/\" from image \"site\" ro\n", "  mount \"/srv/\" from image \"other\" ro\n", "incomparable", "mount",
	  { "a\tmount\t/srv from image site", "b\tmount\t/srv from image other" } },
	{ "a writable mount", "  mount \"/srv/\" from tmpfs rw size 1MiB\n", "  mount \"/srv/\" from tmpfs rw size 2MiB\n", "stricter", "mount",
	  { "b\tmount\t/srv from memory, writable\tb.profile:5\n" } },
	{ "a path", "  allow path \"/opt/issue\" read\n", "", "looser", "path",
	  { "a\tpath\t/opt/issue read\ta.profile:5\n" } },
	{ "a right of a path", "  allow path \"/opt/\" read, list\n", "  allow path \"/opt/\" list\n", "looser", "path",
	  { "a\tpath\t/opt/ read\ta.profile:5\n" } },
	{ "below a path", "  allow path \"/opt/a/\" read\n", "  allow path \"/opt/\" read\n", "stricter", "path",
	  { "b\tpath\t/opt/ read\tb.profile:5\n" } },
	{ "a device", "  allow device { tty }\n", "", "looser", "device", { "a\tdevice\ttty\ta.profile:5\n" } },
	{ "a variable", "", "  env { APP_MODE }\n", "stricter", "env", { "b\tenv\tAPP_MODE\tb.profile:5\n" } },
	{ "a port", "  feature net.inbound on\n  feature net.loopback on\n  allow net in tcp 8000..8002\n",
	  "  feature net.inbound on\n  feature net.loopback on\n  allow net in tcp 8000..8001\n", "looser", "net",
	  { "a\tnet\tin tcp 8002\ta.profile:7\n" } },
	{ "a call", "  allow syscall { sync }\n", "", "looser", "syscall", { "a\tsyscall\tsync\ta.profile:5\n" } },
	{ "a call said twice", "  allow syscall { sync }\n", "  allow syscall { sync }\n  allow syscall { sync }\n", "equal", "syscall", { 0 } },
	{ "a condition", "  allow prctl { PR_SET_DUMPABLE }\n", "  allow prctl { PR_SET_DUMPABLE PR_SET_PDEATHSIG }\n", "stricter", "syscall",
	  { "b\tsyscall\tprctl(option=0x1, " } },
	{ "conditions that together are all", "  allow syscall umask(mask & 1: 0)\n  allow syscall umask(mask & 1: 1)\n", "  allow syscall { umask }\n", "equal", "syscall", { 0 } },
	{ "until it is ready", "  allow syscall { sync }\n", "  allow startup syscall { sync }\n", "looser", "syscall",
	  { "a\tsyscall\tsync\ta.profile:5\n" } },
	{ "starting programs later", "  feature exec on\n", "", "looser", "syscall", { "a\tfeature\texec: ", "a\tsyscall\texecve" } },
};
/* clang-format on */

static void one_thing(void **state)
{
	static struct run r;
	char line[96];

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(cases); i++) {
		const char *text = pair(&r, cases[i].a, cases[i].b);

		if (!text) {
			unit_eq(first_code(&r), 0, cases[i].why);
			continue;
		}
		(void)snprintf(line, sizeof(line), "=\t%s\t%s\t\n", cases[i].domain,
			       cases[i].verdict);
		unit_eq(strstr(text, line) != NULL, 1, cases[i].why);
		(void)snprintf(line, sizeof(line), "=\t\t%s\t\n", cases[i].verdict);
		unit_eq(strstr(text, line) != NULL, 1, cases[i].why);
		for (size_t k = 0; k < 2 && cases[i].says[k]; k++)
			if (!strstr(text, cases[i].says[k]))
				fail_msg("%s: no '%s' in\n%s", cases[i].why, cases[i].says[k],
					 text);
		end(&r);
	}
}

static const char *whole(const char *text)
{
	const char *at = text ? strstr(text, "=\t\t") : NULL;

	return at ? at + 3 : "";
}

static bool starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* A verdict, the mirrored one for the other way, equal for itself, and below the ceiling for what
 * is compiled under it. */
static void the_library(void **state)
{
	static const struct {
		const char *a, *b, *verdict, *mirror;
	} rows[] = {
		{ "host.default", "host.default", "equal", NULL },
		{ "shell", "web.nginx", "incomparable", "incomparable" },
		{ "db.postgres", "host.default", "stricter", "looser" },
		{ "host.try", "host.default", "looser", NULL },
	};
	static struct run r;

	(void)state;
	for (size_t i = 0; i < 2 * UNIT_LEN(rows); i++) {
		const char *a = rows[i / 2].a, *b = rows[i / 2].b;

		if (i % 2 && !rows[i / 2].mirror)
			continue;
		begin(&r, COMPILE_COMPARE, i % 2 ? b : a, i % 2 ? a : b);
		(void)compared(&r);
		unit_eq(starts(whole(said), i % 2 ? rows[i / 2].mirror : rows[i / 2].verdict), 1,
			a);
		end(&r);
	}
}

/* Each side sees its own file and the library, not the other's file. */
static void files(void **state)
{
	static struct run r;

	(void)state;
	begin(&r, COMPILE_COMPARE, "p", "shell");
	put(&r, "a.profile", "", COMPILE_F_A);
	assert_non_null(compared(&r));
	end(&r);
	begin(&r, COMPILE_COMPARE, "shell", "p");
	put(&r, "a.profile", "", COMPILE_F_A);
	assert_null(compared(&r));
	assert_int_equal(first_code(&r), 102);
	end(&r);
	begin(&r, COMPILE_COMPARE, "p", "p");
	put(&r, "a.profile", "", COMPILE_F_A | COMPILE_F_B);
	assert_true(starts(whole(compared(&r)), "equal"));
	end(&r);
	begin(&r, COMPILE_COMPARE, "shell", "runtime.glibc"); /* a fragment is no layer */
	assert_null(compared(&r));
	end(&r);
	assert_null(pair(&r, "  feature nothing on\n", ""));
	assert_int_equal(first_code(&r), 11);
	end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_thing),
		cmocka_unit_test(the_library),
		cmocka_unit_test(files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
