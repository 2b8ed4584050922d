/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_parse.c - the tree prints the text back; statements are found; what is not there yet is
 * named.
 */
/* links: profiles/parse.c profiles/cursor.c profiles/lex.c profiles/arena.c profiles/diag.c
 * profiles/tree.c lib/base */
#include "tests/unit/unit.h"

#include "profiles/tree.h"
#include "profiles/arena.h"
#include "profiles/diag.h"
#include "lib/base/fault.h"

#include <string.h>

enum { ROOM = 16 << 20, TEXT = 200 << 10 };

struct run {
	struct arena arena, trees;
	struct diags d;
	struct source s;
};

static void parse(struct run *r, const char *text, size_t n, uint32_t flags)
{
	struct fault f = { 0 };

	*r = (struct run){
		.s = { .name = "t", .text = text, .size = (uint32_t)n, .flags = flags }
	};
	assert_int_equal(arena_init(&r->arena, ROOM, &f), 0);
	assert_int_equal(arena_init(&r->trees, ROOM, &f), 0);
	r->d.arena = &r->arena;
	assert_int_equal(parse_source(&r->s, &r->trees, &r->d, &f), 0);
}

static void end(struct run *r)
{
	arena_fini(&r->trees);
	arena_fini(&r->arena);
}

#define HEAD	"cloister 1\n\n"
#define P(body) HEAD "profile a {\n" body "}\n"
#define T(body) HEAD "tenant a {\n" body "}\n"

static const struct {
	const char *why, *text;
	uint32_t tenant, statements, code, line;
} rows[] = {
	{ "nothing at all", "", 0, 0, 3, 1 },
	{ "an empty profile", P(""), 0, 0, 0, 0 },
	{ "the simple form", P("  about \"x\"\n  limit memory 1MiB\n  set ready time\n"), 0, 3, 0,
	  0 },
	{ "a list over lines", P("  allow syscall {\n    read\n    write\n  }\n"), 0, 1, 0, 0 },
	{ "parentheses over lines", P("  allow syscall a(b: 1,\n c: 2)\n"), 0, 1, 0, 0 },
	{ "two on one line are one", P("  about \"x\" limit pids 1\n"), 0, 1, 0, 0 },
	{ "unknown keyword", P("  abuot \"x\"\n"), 0, 0, 10, 4 },
	{ "no keyword", P("  5\n"), 0, 0, 3, 4 },
	{ "never", P("  never syscall { read }\n"), 0, 0, 4, 4 },
	{ "test with blocks", P("  test \"x\" {\n    live {\n    }\n  }\n  about \"y\"\n"), 0, 1, 4,
	  4 },
	{ "for with a block", P("  for a in b {\n    allow path a read\n  }\n"), 0, 0, 4, 4 },
	{ "volume", P("  volume a at \"/x\" rw\n"), 0, 0, 4, 4 },
	{ "not closed", HEAD "profile a {\n  about \"x\"\n", 0, 1, 2, 3 },
	{ "no brace", HEAD "profile a\n", 0, 0, 3, 3 },
	{ "statement behind the brace", HEAD "profile a { about \"x\"\n}\n", 0, 1, 3, 3 },
	{ "brace behind the statement", P("  about \"x\" }\n"), 0, 1, 3, 4 },
	{ "pack", HEAD "pack a {\n  control \"x\" part technical { needs X-* }\n}\n", 0, 0, 4, 3 },
	{ "unknown unit", HEAD "profil a {\n}\n", 0, 0, 3, 3 },
	{ "tenant in a profile file", T(""), 0, 0, 3, 3 },
	{ "profile in a tenant file", P(""), 1, 0, 3, 3 },
	{ "a tenant", T("  limit pids 5\n  workload w {\n    profile p\n    run \"/x\"\n  }\n"), 1,
	  4, 0, 0 },
	{ "workload without a block", T("  workload w\n  limit pids 5\n"), 1, 2, 3, 4 },
	{ "publish with a block", T("  publish h tcp 80 to w tcp 80 {\n    limit new 5/s\n  }\n"),
	  1, 0, 4, 4 },
	{ "grant", HEAD "grant a uses b.c {\n  until 2027-03-31\n}\n", 1, 0, 4, 3 },
	{ "language 2", "cloister 2\n", 0, 0, 4, 1 },
	{ "stray brace", HEAD "}\n", 0, 0, 3, 3 },
};

static void statements(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(rows); i++) {
		struct run r;
		uint32_t n = 0, k;

		parse(&r, rows[i].text, strlen(rows[i].text),
		      rows[i].tenant ? COMPILE_F_TENANT : 0);
		for (k = 0; k < r.s.nnode; k++)
			n += r.s.node[k].kind == N_STMT;
		unit_eq(n, rows[i].statements, rows[i].why);
		unit_eq(r.d.nerror ? r.d.error[0].code : 0, rows[i].code, rows[i].why);
		if (r.d.nerror)
			unit_eq(at_place(r.d.error[0].at).line, rows[i].line, rows[i].why);
		end(&r);
	}
}

static void check_print(const char *text, size_t n, const char *why)
{
	static char out[TEXT];
	struct run r;

	for (uint32_t flags = 0; flags <= COMPILE_F_TENANT; flags += COMPILE_F_TENANT) {
		parse(&r, text, n, flags);
		unit_eq(tree_print(&r.s, out), n, why);
		unit_row(memcmp(out, text, n) == 0, why);
		unit_row(r.s.nnode <= r.s.ntok + 4, why);
		end(&r);
	}
}

static void prints_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(rows); i++)
		check_print(rows[i].text, strlen(rows[i].text), rows[i].why);
}

/* Every text cut off at every byte, and with every byte replaced by another. */
static void prints_back_broken(void **state)
{
	static const char bytes[] = "{}()\n\"#x0 \t:";
	char text[512];

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(rows); i++) {
		size_t n = strlen(rows[i].text);

		for (size_t k = 0; k < n; k++) {
			memcpy(text, rows[i].text, n);
			check_print(text, k, rows[i].why);
			text[k] = bytes[(i + k) % (sizeof(bytes) - 1)];
			check_print(text, n, rows[i].why);
		}
	}
}

/* print(tree) is not simply print(tokens): a tree that lies is found out. */
static void notices_a_lie(void **state)
{
	struct run r;
	char out[256];

	(void)state;
	parse(&r, rows[2].text, strlen(rows[2].text), 0);
	r.s.node[1].ntok += 3; /* into its younger sibling */
	assert_true(tree_print(&r.s, out) == SIZE_MAX);
	r.s.node[1].ntok = r.s.ntok + 1;
	assert_true(tree_print(&r.s, out) == SIZE_MAX);
	end(&r);
}

static void nests(void **state)
{
	static char text[TEXT];
	size_t n = strlen(P("")) - 2;
	struct run r;

	(void)state;
	memcpy(text, P(""), n);
	for (unsigned i = 0; i < 8000; i++, n += 9)
		memcpy(text + n, "when a {\n", 9);
	parse(&r, text, n, 0);
	assert_int_equal(r.d.error[0].code, 4);
	assert_true(r.d.nerror >= 2);
	end(&r);
	check_print(text, n, "8,000 nested blocks");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statements),
		cmocka_unit_test(prints_back),
		cmocka_unit_test(prints_back_broken),
		cmocka_unit_test(notices_a_lie),
		cmocka_unit_test(nests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
