/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compile_text.c - a tool for development and the golden tests, never installed: files to a
 * request, the compile in-process, reports in the text form of profiles-audit A.13, plans to files.
 * Runs in: tests.
 */
#include "profiles/compile.h"
#include "tests/golden/maker.h"
#include "lib/asks/compile.h"
#include "lib/base/str.h"
#include "lib/plan/policy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct options {
	struct maker maker;
	const char *dump, *request;
};

static const char usage[] =
	"usage: compile_text [check|plan|apply|ceiling|host|make|format|explain|compare|lint] [-p "
	"PROFILE]\n"
	"                    [-c CEILING]...\n"
	"                    [-i NAME[=host]]...\n"
	"                    [-a LANDLOCK_ABI] [-o PLAN-FILE] [-r REQUEST-FILE] [-l "
	"LIBRARY-FILE]... [FILE]...\n"
	"batch FILE: a command line each\n"
	"compare: -p A -c B [-A FILE] [-B FILE] [-l LIBRARY-FILE]...\n";

static int add_file(struct options *o, const char *path, uint32_t flags)
{
	if (maker_file(&o->maker, path, flags) == 0)
		return 0;
	(void)fprintf(stderr, "compile_text: %s: cannot read\n", path);
	return -1;
}

/* NAME or NAME=host */
static int add_image(struct options *o, const char *arg)
{
	size_t n = strcspn(arg, "=");
	char name[LABEL_MAX] = "";

	if (n >= sizeof(name))
		return -1;
	memcpy(name, arg, n);
	return maker_image(&o->maker, name,
			   strcmp(arg + n, "=host") == 0 ? SOURCE_HOST : SOURCE_IMAGE);
}

static int option(struct options *o, char c, const char *arg)
{
	uint64_t v = 0;

	switch (c) {
	case 'p':
		return str_copy(o->maker.req.profile, sizeof(o->maker.req.profile), arg);
	case 'c':
		return o->maker.req.nceiling == 4
			       ? -1
			       : str_copy(o->maker.req.ceiling[o->maker.req.nceiling++],
					  sizeof(o->maker.req.ceiling[0]), arg);
	case 'i':
		return add_image(o, arg);
	case 'a':
		if (str_to_u64(arg, strlen(arg), &v) < 0)
			return -1;
		o->maker.req.landlock_abi = (uint32_t)v;
		return 0;
	case 'o':
		o->dump = arg;
		return 0;
	case 'r':
		o->request = arg;
		return 0;
	case 'A':
	case 'B':
		return add_file(o, arg, c == 'A' ? COMPILE_F_A : COMPILE_F_B);
	case 'l':
		return add_file(o, arg, COMPILE_F_LIBRARY);
	default:
		return -1;
	}
}

static int read_arguments(struct options *o, int argc, char **argv)
{
	static const char *const modes[] = { "",	"check",  "plan",    "apply",
					     "ceiling", "format", "explain", "compare",
					     "lint",	"host",	  "make" };
	int i;
	uint32_t k;

	for (i = 1; i < argc; i++) {
		for (k = 1; i == 1 && k < ARRAY_LEN(modes); k++)
			if (!strcmp(argv[i], modes[k]))
				o->maker.req.mode = k;
		if (i == 1 && o->maker.req.mode)
			continue;
		if (argv[i][0] == '-' && argv[i][1] && !argv[i][2] && i + 1 < argc) {
			if (option(o, argv[i][1], argv[i + 1]) < 0)
				return -1;
			i++;
		} else if (argv[i][0] == '-' || add_file(o, argv[i], 0) < 0) {
			return -1;
		}
	}
	if (!o->maker.req.mode)
		o->maker.req.mode = COMPILE_CHECK;
	return 0;
}

static void print_help(const char *help)
{
	while (*help) {
		size_t n = strcspn(help, "\n");
		int note = !strncmp(help, "note: ", 6) || !strncmp(help, "witness: ", 9);

		printf("   %s%.*s\n", note ? "" : "help: ", (int)n, help);
		help += n + (help[n] == '\n');
	}
}

static void print_diag(const char *out, const struct compile_diag *d)
{
	uint32_t i;

	printf("%s:%u:%u: %s[P%03u]: %s\n", out + d->file.off, d->line, d->column,
	       d->severity == SEV_ERROR ? "error" : "warning", d->code, out + d->message.off);
	if (d->source.len) {
		printf("%5u | %s\n      | ", d->line, out + d->source.off);
		for (i = 1; i < d->column; i++)
			putchar(' ');
		putchar('^');
		for (i = 1; i < d->length && i < 60; i++)
			putchar('~');
		putchar('\n');
	}
	print_help(out + d->help.off);
	if (d->fix.len || d->fix_start != d->fix_end)
		printf("   fix: %u..%u '%s'\n", d->fix_start, d->fix_end,
		       d->fix.len ? out + d->fix.off : "");
}

static void print_rows(const char *out)
{
	const struct compile_out *h = (const void *)out;
	const struct compile_image_unit *im = (const void *)(out + h->image_off);
	const struct compile_tenant *t = (const void *)(out + h->tenant_off);
	const struct compile_workload *w = (const void *)(out + h->workload_off);
	uint32_t i, k;

	for (i = 0; i < h->nimage; i++)
		printf("image %s: line %u, %u packages, %u dirs, pin %u\n", im[i].name, im[i].line,
		       im[i].npackage, im[i].ndir, im[i].has_pin);
	for (i = 0; i < h->ntenant; i++) {
		printf("tenant %s: line %u\n", t[i].name, t[i].line);
		for (k = 0; k < t[i].nlimit; k++)
			printf("  knob %u: %llu\n", t[i].limit[k].knob,
			       (unsigned long long)t[i].limit[k].v[0]);
		for (k = 0; k < t[i].nceiling; k++)
			printf("  under %s\n", t[i].ceiling[k]);
		if (t[i].features_off)
			printf("  off %llx\n", (unsigned long long)t[i].features_off);
		for (k = 0; k < t[i].npeople; k++)
			printf("  %s %s %u\n",
			       t[i].people[k].flags & PERSON_EDITS ? "editor" : "viewer",
			       t[i].people[k].flags & PERSON_GROUP ? "group" : "user",
			       t[i].people[k].id);
	}
	for (i = 0; i < h->nworkload; i++) {
		const char *name = out + w[i].images.off;

		printf("workload %s/%s: profile %s, restart %u, plan %s, %u images, %u missing:",
		       t[w[i].tenant].name, w[i].name, w[i].profile, w[i].restart,
		       w[i].plan_len ? "made" : "none", w[i].nimage, w[i].nmissing);
		for (k = 0; k < w[i].nimage; k++, name += strlen(name) + 1)
			printf(" %s", name);
		putchar('\n');
	}
}

static int write_file(const char *path, const void *p, size_t n)
{
	FILE *f = n ? fopen(path, "wb") : NULL;

	if (f && fwrite(p, 1, n, f) == n && fclose(f) == 0)
		return 0;
	(void)fprintf(stderr, "compile_text: nothing written to %s\n", path);
	return 1;
}

static int dump(const char *out, const char *path)
{
	const struct compile_out *h = (const void *)out;
	const struct compile_workload *w = (const void *)(out + h->workload_off);
	uint32_t off = h->plan_len || !h->nworkload ? h->plan_off : w[0].plan_off;
	uint32_t len = h->plan_len || !h->nworkload ? h->plan_len : w[0].plan_len;

	return write_file(path, out + off, len);
}

/* A block by what the operator's files decide of it, a plan by its being there; errors as they are.
 */
static void print_bare(const void *out, size_t n, int code)
{
	const struct host_policy *p = out;
	const struct ceiling_ref *c = (const void *)(p + 1);
	const struct tenant_pin *t;
	uint32_t i;

	if (code) {
		printf("%.*s", (int)n, (const char *)out);
		return;
	}
	if (n < sizeof(*p) || memcmp(p->magic, POLICY_MAGIC, 8) != 0) {
		printf("a plan\n");
		return;
	}
	printf("may %#llx, epoch %u, workloads %u, of a tenant %u, tenants %u, volumes %u\n",
	       (unsigned long long)p->may, p->epoch, p->max_workloads, p->tenant_workloads,
	       p->index_max + 1, p->max_volumes);
	for (i = 0; i < p->nceiling; i++)
		printf("ceiling %08x\n", c[i].id);
	t = (const void *)(c + p->nceiling);
	for (i = 0; i < p->ntenant; i++)
		printf("tenant %02x%02x: ceiling %08x\n", t[i].id[0], t[i].id[1], t[i].ceiling);
	printf("%u plans, %u images\n", p->npin, p->nimage);
}

static int run(int argc, char **argv)
{
	static struct options o;
	struct fault f = { 0 };
	struct work *work = NULL;
	const void *out = NULL;
	const struct compile_out *h;
	size_t n = 0;
	uint32_t i;
	int r;
	AUTO_FREE void *req = NULL;

	memset(&o, 0, sizeof(o));
	if (maker_init(&o.maker, 0) < 0 || read_arguments(&o, argc, argv) < 0) {
		(void)fputs(usage, stderr);
		return 2;
	}
	req = maker_seal(&o.maker);
	if (o.request && write_file(o.request, req, o.maker.req.size) != 0)
		return 5;
	r = compile_run(req, o.maker.req.size, &work, &out, &n, &f);
	maker_fini(&o.maker);
	if (r < 0) {
		(void)fprintf(stderr, "compile_text: %s: %s\n", f.site, f.msg);
		return 5;
	}
	if (o.maker.req.mode == COMPILE_HOST || o.maker.req.mode == COMPILE_MAKE) {
		print_bare(out, n, r);
		if (r == 0 && o.dump)
			r = write_file(o.dump, out, n);
		compile_end(&work);
		return r ? COMPILE_EXIT_TEXT : 0;
	}
	h = out;
	for (i = 0; i < h->ndiag; i++)
		print_diag(out, (const struct compile_diag *)(const void *)((const char *)out +
									    h->diag_off) +
					i);
	print_rows(out);
	(void)fwrite((const char *)out + h->text.off, 1, h->text.len, stdout);
	r = h->status ? 3 : 0;
	if (r == 0 && o.dump)
		r = dump(out, o.dump);
	compile_end(&work);
	return r;
}

/* Each line of a file is a command line of words; behind the output of each, "=== EXIT-CODE". One
 * process, because starting one costs more than a compile where it is instrumented. */
static int batch(const char *path)
{
	enum { WORDS = 96 };
	FILE *in = fopen(path, "r");
	char *line = NULL, *word[WORDS];
	size_t cap = 0;

	while (in && getline(&line, &cap, in) > 0) {
		char *save = NULL, *w = strtok_r(line, " \n", &save);
		int n = 1;

		word[0] = (char *)(uintptr_t) "compile_text"; /* not written to */
		for (; w && n < WORDS - 1; w = strtok_r(NULL, " \n", &save))
			word[n++] = w;
		word[n] = NULL;
		(void)fflush(stdout);
		printf("=== %d\n", w ? 2 : run(n, word));
		(void)fflush(stdout);
	}
	free(line);
	return in ? fclose(in) : 2;
}

int main(int argc, char **argv)
{
	return argc == 3 && strcmp(argv[1], "batch") == 0 ? batch(argv[2]) : run(argc, argv);
}
