/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_meet.c - clauses inside clauses, against counting; the meet of small layers, each domain
 * with a row that exceeds and one that does not.
 */
/* links: profiles lib/plan lib/base */
/* libs: -lseccomp */
#include "tests/unit/unit.h"

#include "profiles/meet.h"
#include "profiles/arena.h"
#include "profiles/diag.h"
#include "lib/base/fault.h"
#include "profiles/resolve.h"

#include <string.h>

enum { ROOM = 64 << 20, BITS = 3, SPACE = 1 << 2 * BITS, CLAUSES = 4 };

/* ---- clauses: two arguments of three bits, all 64 points counted ---- */

static uint64_t next_random(uint64_t *x)
{
	*x = *x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *x >> 33;
}

static struct sysfact random_clause(uint64_t *x)
{
	struct sysfact s = { .nr = 1 };

	for (int i = 0; i < 2; i++) {
		s.arg[i].mask = next_random(x) & (next_random(x) | next_random(x)) & 7;
		s.arg[i].value = next_random(x) & s.arg[i].mask;
	}
	return s;
}

static bool holds(const struct sysfact *s, const uint64_t args[SYS_ARGS])
{
	for (int i = 0; i < SYS_ARGS; i++)
		if ((args[i] & s->arg[i].mask) != s->arg[i].value)
			return false;
	return true;
}

/* Is there a point in p and in none of c? */
static bool by_counting(const struct sysfact *p, const struct sysfact *c, uint32_t n)
{
	for (uint64_t v = 0; v < SPACE; v++) {
		uint64_t args[SYS_ARGS] = { v & 7, v >> BITS };
		bool covered = false;

		for (uint32_t i = 0; i < n; i++)
			covered |= holds(&c[i], args);
		if (holds(p, args) && !covered)
			return true;
	}
	return false;
}

static void clauses(void **state)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	uint64_t x = 1, args[SYS_ARGS];
	unsigned inside = 0, outside = 0;

	(void)state;
	assert_int_equal(arena_init(&a, ROOM, &f), 0);
	for (unsigned round = 0; round < 20000; round++) {
		struct sysfact p = random_clause(&x), c[CLAUSES];
		const struct sysfact *ref[CLAUSES];
		uint32_t n = (uint32_t)(next_random(&x) % (CLAUSES + 1)), i;
		int got;

		for (i = 0; i < n; i++) {
			c[i] = random_clause(&x);
			ref[i] = &c[i];
		}
		got = clause_witness(&a, &p, ref, n, args);
		assert_int_equal(got, by_counting(&p, c, n));
		inside += !got;
		outside += got > 0;
		if (got)
			assert_true(holds(&p, args));
		for (i = 0; got && i < n; i++)
			assert_false(holds(&c[i], args));
	}
	assert_true(inside > 1000 && outside > 1000);
	arena_fini(&a);
}

/* ---- layers ---- */

struct layers {
	struct arena arena, trees;
	struct diags d;
	struct source src[1];
	struct library lib;
	struct facts x, c;
};

static void read_one(struct layers *l, enum unit kind, const char *name, struct facts *x)
{
	const struct unit_ref *u = library_find(&l->lib, kind, name, NULL);
	struct fault f = { 0 };
	struct chain chain;

	assert_non_null(u);
	assert_int_equal(facts_init(x, &l->d, &l->arena, &f), 0);
	chain_make(&l->lib, u, &chain);
	chain_read(&chain, x);
}

static void meet(struct layers *l, const char *profile, const char *ceiling)
{
	static char text[2048];
	struct fault f = { 0 };
	int n = snprintf(text, sizeof(text), "cloister 1\n\nceiling c {\n%s}\n\nprofile p {\n%s}\n",
			 ceiling, profile);

	memset(l, 0, sizeof(*l));
	assert_int_equal(arena_init(&l->arena, ROOM, &f), 0);
	assert_int_equal(arena_init(&l->trees, ROOM, &f), 0);
	l->d.arena = &l->arena;
	l->src[0] = (struct source){ .name = "t", .text = text, .size = (uint32_t)n };
	l->lib = (struct library){ .d = &l->d, .src = l->src, .nsrc = 1 };
	assert_int_equal(parse_source(&l->src[0], &l->trees, &l->d, &f), 0);
	assert_int_equal(library_index(&l->lib, &f), 0);
	read_one(l, UNIT_CEILING, "c", &l->c);
	read_one(l, UNIT_PROFILE, "p", &l->x);
	facts_presets(&l->x);
	meet_ceiling(&l->x, &l->c);
}

static void end(struct layers *l)
{
	arena_fini(&l->trees);
	arena_fini(&l->arena);
}

static const struct {
	const char *why, *profile, *ceiling;
	uint32_t code;	     /* of the first error, 0 none */
	const char *witness; /* a part of its help, NULL any */
} rows[] = {
	{ "nothing under nothing", "", "", 0, NULL },
	{ "feature within", "  feature tmp on\n", "  feature tmp on\n", 0, NULL },
	{ "feature without a line", "  feature tmp on\n", "", 60, "feature tmp" },
	{ "feature off in the ceiling", "  feature tmp on\n", "  feature tmp off\n", 60, NULL },
	{ "its calls come with it", "  feature fork on\n", "  feature fork on\n", 0, NULL },
	{ "fork does not bring threads", "  feature fork on\n  feature threads on\n",
	  "  feature fork on\n", 60, NULL },
	{ "call within", "  allow syscall { read }\n", "  allow syscall { read write }\n", 0,
	  NULL },
	{ "call without a line", "  allow syscall { read }\n", "  allow syscall { write }\n", 60,
	  "read(fd=0x0, buf=0x0, count=0x0)" },
	{ "the floor needs no line", "  allow syscall { futex exit_group }\n", "", 0, NULL },
	{ "condition dropped", "  allow syscall { lseek }\n", "  allow syscall lseek(whence: 0)\n",
	  60, "whence=0x1" },
	{ "condition kept", "  allow syscall lseek(whence: 0)\n",
	  "  allow syscall lseek(whence: 0 1)\n", 0, NULL },
	{ "united clauses", "  allow syscall { lseek }\n",
	  "  allow syscall lseek(whence & 1: 0)\n  allow syscall lseek(whence & 1: 1)\n", 0, NULL },
	{ "limit within", "  limit memory 1MiB\n", "  limit memory 2MiB\n", 0, NULL },
	{ "limit equal", "  limit memory 2MiB\n", "  limit memory 2MiB\n", 0, NULL },
	{ "limit above", "  limit memory 3MiB\n", "  limit memory 2MiB\n", 60, "2MiB" },
	{ "limit none", "  limit memory 3MiB\n", "  limit memory none\n", 0, NULL },
	{ "limit without a line", "  limit memory 3MiB\n", "", 0, NULL },
	{ "a preset is brought under", "", "  limit cpu 50%\n", 0, NULL },
	{ "setting without a line", "  set user web\n", "", 0, NULL },
	{ "setting in the list", "  set user web\n", "  set user { app web }\n", 0, NULL },
	{ "setting not in the list", "  set user db\n", "  set user { app web }\n", 61,
	  "app, web" },
	{ "missing without a line", "  set missing kill\n", "", 61, "errno" },
	{ "missing in the list", "  set missing kill\n", "  set missing { errno kill }\n", 0,
	  NULL },
	{ "path, no line", "  allow path \"/srv/\" read\n", "", 0, NULL },
	{ "path below", "  allow path \"/srv/a\" read\n", "  allow path \"/srv/\" read\n", 0,
	  NULL },
	{ "path above", "  allow path \"/\" list\n", "  allow path \"/srv/\" list\n", 60, NULL },
	{ "path beside", "  allow path \"/srvx\" read\n", "  allow path \"/srv/\" read\n", 60,
	  NULL },
	{ "a file has nothing below", "  allow path \"/srv/a\" read\n",
	  "  allow path \"/srv\" read\n", 60, NULL },
	{ "right too many", "  allow path \"/srv/\" read, write\n", "  allow path \"/srv/\" read\n",
	  60, "write of /srv/" },
	{ "rights of two lines", "  allow path \"/srv/\" read, write\n",
	  "  allow path \"/\" write\n  allow path \"/srv/\" read\n", 0, NULL },
	{ "mount, no line", "  mount \"/srv/\" from tmpfs rw size 1MiB\n", "", 0, NULL },
	{ "mount larger", "  mount \"/srv/\" from tmpfs rw size 2MiB\n",
	  "  mount \"/srv/\" from tmpfs rw size 1MiB\n", 60, NULL },
	{ "mount elsewhere", "  mount \"/opt/\" from image \"a\" ro\n",
	  "  mount \"/srv/\" from image \"a\" ro\n", 60, NULL },
	{ "mount executable", "  mount \"/srv/\" from image \"a\" ro exec\n",
	  "  mount \"/srv/\" from image \"a\" ro\n", 60, NULL },
	{ "host, no line", "  mount \"/usr/\" from host \"/usr/\" ro\n", "", 60, "/usr" },
	{ "host below", "  mount \"/usr/share/\" from host \"/usr/share/\" ro\n",
	  "  mount \"/usr/\" from host \"/usr/\" ro\n", 0, NULL },
	{ "a host line is no list of mounts", "  mount \"/srv/\" from tmpfs rw size 1MiB\n",
	  "  mount \"/usr/\" from host \"/usr/\" ro\n", 0, NULL },
	{ "device, no line", "  allow device { null }\n", "", 0, NULL },
	{ "device not in the list", "  allow device { null tty }\n", "  allow device { null }\n",
	  60, NULL },
	{ "env not in the list", "  env { A B }\n", "  env { A }\n", 60, NULL },
	{ "port, no line", "  allow net in tcp 80\n", "", 0, NULL },
	{ "ports of two lines", "  allow net in tcp 80..90\n",
	  "  allow net in tcp 85..99\n  allow net in tcp 80..84\n", 0, NULL },
	{ "a port too many", "  allow net in tcp 80..90\n", "  allow net in tcp 80..89\n", 60,
	  "tcp 90" },
	{ "another protocol", "  allow net in udp 80\n", "  allow net in tcp 80\n", 60, "udp 80" },
};

static void domains(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(rows); i++) {
		static struct layers l;

		meet(&l, rows[i].profile, rows[i].ceiling);
		unit_eq(l.d.nerror ? l.d.error[0].code : 0, rows[i].code, rows[i].why);
		if (rows[i].witness)
			unit_row(l.d.error[0].help && strstr(l.d.error[0].help, rows[i].witness),
				 rows[i].why);
		end(&l);
	}
}

/* The meet does not depend on the order of layers and is idempotent. */
static void presets(void **state)
{
	static struct layers l;

	(void)state;
	meet(&l, "", "  limit cpu 50%\n");
	assert_int_equal(l.x.limit[LIM_CPU], 500);
	meet_ceiling(&l.x, &l.c);
	assert_int_equal(l.x.limit[LIM_CPU], 500);
	assert_int_equal(l.x.limit[LIM_PIDS], 64);
	assert_true(l.x.limit[LIM_MEMORY] == LIMIT_NONE);
	end(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clauses),
		cmocka_unit_test(domains),
		cmocka_unit_test(presets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
