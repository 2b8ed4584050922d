/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_profile.c - a text of a stranger through lexer, parser and the whole compile.
 *
 * Input: one byte (bits 0-1 the mode, bit 2 a .tenant file, bit 3 an old Landlock, bit 4 compile
 * twice), then the text.
 * Oracle: the tree prints the text back; the same request gives the same answer; every offset of
 * the answer is inside it; a fault of ours never happens (a plan that plan_check refuses is one).
 */
/* links: profiles tests/golden/maker.c lib/plan lib/base */
/* libs: -lseccomp */
#include "tests/fuzz/fuzz.h"

#include "profiles/compile.h"
#include "profiles/arena.h"
#include "profiles/diag.h"
#include "lib/base/fault.h"
#include "profiles/tree.h"
#include "tests/golden/maker.h"

#include <string.h>

enum { TEXT_MAX = 64 << 10, TREES = 8 << 20, SMALL = 8 << 20 };
enum { BIT_TENANT = 4, BIT_OLD_HOST = 8, BIT_TWICE = 16 };

/* Short, so that a run is short: what a profile needs to get as far as a plan. */
static const char library[] =
	"cloister 1\n"
	"fragment base {\n  feature exec on\n  allow device { null }\n"
	"  allow syscall { read write close openat }\n"
	"  allow syscall mmap(prot & (PROT_WRITE|PROT_EXEC): 0 PROT_WRITE PROT_EXEC)\n}\n"
	"ceiling top {\n  include base\n  feature fork on\n  feature tmp on\n  feature proc on\n"
	"  feature net.loopback on\n  feature net.inbound on\n  feature threads on\n"
	"  allow socket unix\n  allow syscall { connect sendto sendmsg lseek fcntl }\n"
	"  mount \"/usr/\" from host \"/usr/\" ro exec\n}\n"
	"profile q {\n  include base\n  limit memory 64MiB\n  mount \"/usr/\" from image \"root\" "
	"ro exec\n}\n";

#ifdef SEEDED_BUG
/* A stray character inside a statement that is passed over: only a parser that came that far. */
static int has_stray(const struct source *s)
{
	uint32_t i, k;

	for (i = 0; i < s->nnode; i++) {
		const struct node *n = &s->node[i];

		for (k = n->tok; k < n->tok + n->ntok; k++)
			if (n->kind == N_SKIP && n->what == STMT_LATER && s->tok[k].kind == T_STRAY)
				return 1;
	}
	return 0;
}
#endif

static void check_tree(const char *text, size_t n)
{
	struct arena trees = { 0 }, small = { 0 };
	struct diags d = { 0 };
	struct fault f = { 0 };
	struct source s = { .name = "f", .text = text, .size = (uint32_t)n };
	char *out = malloc(n + 1);

	if (out && arena_init(&trees, TREES, &f) == 0 && arena_init(&small, SMALL, &f) == 0) {
		d.arena = &small;
		FUZZ_HOLDS(parse_source(&s, &trees, &d, &f) == 0);
		FUZZ_HOLDS(tree_print(&s, out) == n);
		FUZZ_HOLDS(memcmp(out, text, n) == 0);
		FUZZ_HOLDS(d.nerror <= COMPILE_DIAGS_MAX);
		FUZZ_SEEDED(has_stray(&s));
	}
	arena_fini(&small);
	arena_fini(&trees);
	free(out);
}

static void check_text(const struct compile_out *h, struct compile_text t)
{
	FUZZ_HOLDS(t.off < h->size && t.len < h->size - t.off);
	FUZZ_HOLDS(((const char *)h)[t.off + t.len] == '\0');
}

static void check_answer(const void *out, size_t n)
{
	const struct compile_out *h = out;
	const struct compile_diag *d = (const void *)((const char *)out + h->diag_off);
	uint32_t i;

	FUZZ_HOLDS(h->size == n && h->ndiag <= COMPILE_DIAGS_MAX);
	FUZZ_HOLDS(h->plan_off <= n && h->plan_len <= n - h->plan_off);
	FUZZ_HOLDS(!h->status || (!h->plan_len && !h->nworkload && h->ndiag));
	for (i = 0; i < h->ndiag; i++) {
		FUZZ_HOLDS(d[i].line && d[i].column && d[i].length && d[i].message.len);
		check_text(h, d[i].file);
		check_text(h, d[i].message);
		check_text(h, d[i].source);
		check_text(h, d[i].help);
	}
}

static void *make_request(const uint8_t *data, size_t size, uint32_t *ret_n)
{
	static struct maker m;
	uint32_t mode = data[0] & 3;
	void *req = NULL;

	if (maker_init(&m, mode ? mode : COMPILE_CHECK) < 0)
		return NULL;
	memcpy(m.req.profile, "p", 2);
	memcpy(m.req.ceiling[m.req.nceiling++], "top", 4);
	if (data[0] & BIT_OLD_HOST)
		m.req.landlock_abi = 1;
	if (maker_image(&m, "root", SOURCE_HOST) == 0 &&
	    maker_image(&m, "site", SOURCE_IMAGE) == 0 &&
	    maker_text(&m, "lib", library, sizeof(library) - 1, COMPILE_F_LIBRARY) == 0 &&
	    maker_text(&m, "f", (const char *)data + 1, size - 1,
		       data[0] & BIT_TENANT ? COMPILE_F_TENANT : 0) == 0)
		req = maker_seal(&m);
	maker_fini(&m);
	*ret_n = m.req.size;
	return req;
}

static void check_compile(const uint8_t *data, size_t size)
{
	struct fault f = { 0 };
	struct work *first = NULL, *second = NULL;
	const void *a = NULL, *b = NULL;
	size_t na = 0, nb = 0;
	uint32_t n = 0;
	void *req = make_request(data, size, &n);

	if (!req)
		return;
	FUZZ_HOLDS(compile_run(req, n, &first, &a, &na, &f) == 0);
	if (data[0] & BIT_TWICE) {
		FUZZ_HOLDS(compile_run(req, n, &second, &b, &nb, &f) == 0);
		FUZZ_HOLDS(na == nb && memcmp(a, b, na) == 0);
	}
	check_answer(a, na);
	compile_end(&first);
	compile_end(&second);
	free(req);
}

/* The seeded bug is the parser's, and a compile makes a run a hundred times as long. */
#ifdef SEEDED_BUG
enum { COMPILE_EVERY = 256 };
#else
enum { COMPILE_EVERY = 1 };
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2 || size > TEXT_MAX)
		return 0;
	check_tree((const char *)data + 1, size - 1);
	if (size % COMPILE_EVERY == 0)
		check_compile(data, size);
	return 0;
}
