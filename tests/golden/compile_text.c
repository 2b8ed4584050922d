/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compile_text.c - a tool for development and the golden tests, never installed: files to a
 * request, the compile in-process, reports in the text form of profiles-audit A.13, plans to files.
 * Runs in: tests.
 */
#include "profiles/compile.h"
#include "lib/asks/compile.h"
#include "lib/asks/spawn.h"
#include "lib/base/str.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { ROOM = 24 << 20 };

struct options {
	struct compile_req req;
	struct compile_file file[COMPILE_FILES_MAX + 8];
	struct compile_image image[COMPILE_IMAGES_MAX];
	uint8_t *bytes; /* texts, before they have their place */
	uint32_t nbytes;
	const char *dump;
};

static const char usage[] =
	"usage: compile_text [check|plan|apply] [-p PROFILE] [-c CEILING]... [-i NAME[=host]]...\n"
	"                    [-a LANDLOCK_ABI] [-o PLAN-FILE] [-l LIBRARY-FILE]... [FILE]...\n";

static struct compile_text keep(struct options *o, const char *s, size_t n)
{
	struct compile_text t = { o->nbytes, (uint32_t)n };

	if (n + 1 > ROOM - o->nbytes)
		return (struct compile_text){ 0, 0 };
	memcpy(o->bytes + o->nbytes, s, n);
	o->nbytes += (uint32_t)n + 1;
	return t;
}

static int add_file(struct options *o, const char *path, uint32_t flags)
{
	struct compile_file *file = &o->file[o->req.nfile];
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	size_t n, len = strlen(name);
	FILE *in = fopen(path, "rb");

	if (!in || o->req.nfile == ARRAY_LEN(o->file)) {
		(void)fprintf(stderr, "compile_text: %s: cannot read\n", path);
		return -1;
	}
	if (len > 7 && strcmp(name + len - 7, ".tenant") == 0)
		flags |= COMPILE_F_TENANT;
	file->name = keep(o, name, len);
	n = fread(o->bytes + o->nbytes, 1, ROOM - o->nbytes - 1, in);
	file->text = (struct compile_text){ o->nbytes, (uint32_t)n };
	o->nbytes += (uint32_t)n + 1;
	file->flags = flags;
	o->req.nfile++;
	return fclose(in);
}

static int add_image(struct options *o, const char *arg)
{
	struct compile_image *im = &o->image[o->req.nimage++];
	size_t n = strcspn(arg, "=");

	if (n >= sizeof(im->name))
		return -1;
	memcpy(im->name, arg, n);
	im->source = strcmp(arg + n, "=host") == 0 ? SOURCE_HOST : SOURCE_IMAGE;
	if (im->source == SOURCE_IMAGE)
		memset(im->digest, 0x11, sizeof(im->digest));
	return 0;
}

static int option(struct options *o, char c, const char *arg)
{
	uint64_t v = 0;

	switch (c) {
	case 'p':
		return str_copy(o->req.profile, sizeof(o->req.profile), arg);
	case 'c':
		return o->req.nceiling == 4 ? -1
					    : str_copy(o->req.ceiling[o->req.nceiling++],
						       sizeof(o->req.ceiling[0]), arg);
	case 'i':
		return add_image(o, arg);
	case 'a':
		if (str_to_u64(arg, strlen(arg), &v) < 0)
			return -1;
		o->req.landlock_abi = (uint32_t)v;
		return 0;
	case 'o':
		o->dump = arg;
		return 0;
	case 'l':
		return add_file(o, arg, COMPILE_F_LIBRARY);
	default:
		return -1;
	}
}

static int read_arguments(struct options *o, int argc, char **argv)
{
	static const char *const modes[] = { "", "check", "plan", "apply" };
	int i;
	uint32_t k;

	for (i = 1; i < argc; i++) {
		for (k = 1; i == 1 && k < ARRAY_LEN(modes); k++)
			if (!strcmp(argv[i], modes[k]))
				o->req.mode = k;
		if (i == 1 && o->req.mode)
			continue;
		if (argv[i][0] == '-' && argv[i][1] && !argv[i][2] && i + 1 < argc) {
			if (option(o, argv[i][1], argv[i + 1]) < 0)
				return -1;
			i++;
		} else if (argv[i][0] == '-' || add_file(o, argv[i], 0) < 0) {
			return -1;
		}
	}
	if (!o->req.mode)
		o->req.mode = COMPILE_CHECK;
	return 0;
}

/* The request in one block; the caller frees it. */
static void *make_request(struct options *o)
{
	size_t rows = sizeof(o->req) + o->req.nfile * sizeof(o->file[0]) +
		      o->req.nimage * sizeof(o->image[0]);
	uint8_t *p = calloc(1, rows + o->nbytes + 8), *at = p;
	uint32_t i;

	if (!p)
		return NULL;
	memcpy(o->req.magic, COMPILE_REQ_MAGIC, 8);
	o->req.size = (uint32_t)(rows + o->nbytes);
	for (i = 0; i < o->req.nfile; i++) {
		o->file[i].name.off += (uint32_t)rows;
		o->file[i].text.off += (uint32_t)rows;
	}
	memcpy(at, &o->req, sizeof(o->req));
	at += sizeof(o->req);
	memcpy(at, o->file, o->req.nfile * sizeof(o->file[0]));
	at += o->req.nfile * sizeof(o->file[0]);
	memcpy(at, o->image, o->req.nimage * sizeof(o->image[0]));
	memcpy(p + rows, o->bytes, o->nbytes);
	return p;
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

static int dump(const char *out, const char *path)
{
	const struct compile_out *h = (const void *)out;
	const struct compile_workload *w = (const void *)(out + h->workload_off);
	uint32_t off = h->plan_len || !h->nworkload ? h->plan_off : w[0].plan_off;
	uint32_t len = h->plan_len || !h->nworkload ? h->plan_len : w[0].plan_len;
	FILE *f = len ? fopen(path, "wb") : NULL;

	if (!f || fwrite(out + off, 1, len, f) != len || fclose(f) != 0) {
		(void)fprintf(stderr, "compile_text: no plan written to %s\n", path);
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
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

	o.req.landlock_abi = 6;
	o.req.kernel = 6 << 16 | 1 << 8;
	o.req.host_flags = HOST_F_MDWE;
	o.bytes = calloc(1, ROOM);
	if (!o.bytes || read_arguments(&o, argc, argv) < 0) {
		(void)fputs(usage, stderr);
		return 2;
	}
	req = make_request(&o);
	r = compile_run(req, o.req.size, &work, &out, &n, &f);
	free(o.bytes);
	if (r < 0) {
		(void)fprintf(stderr, "compile_text: %s: %s\n", f.site, f.msg);
		return 5;
	}
	h = out;
	for (i = 0; i < h->ndiag; i++)
		print_diag(out, (const struct compile_diag *)(const void *)((const char *)out +
									    h->diag_off) +
					i);
	print_rows(out);
	r = h->status ? 3 : 0;
	if (r == 0 && o.dump)
		r = dump(out, o.dump);
	compile_end(&work);
	return r;
}
