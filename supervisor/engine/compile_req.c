/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compile_req.c - the request to the compiler: head, file table, image table, bytes.
 * Runs in: cloister-engine.
 */
#include "supervisor/engine/compile_req.h"
#include "lib/asks/compile.h"
#include "lib/asks/spawn.h"
#include "lib/base/fd.h"
#include "lib/base/str.h"
#include "supervisor/engine/bundle.h"
#include "supervisor/engine/images.h"
#include "supervisor/engine/library.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

enum { REQ_SEALS = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL };

/* The request while it grows. */
struct req {
	uint8_t *p;
	size_t used, cap;
	struct compile_req *head;
	struct compile_file *file;
	struct compile_image *image;
};

static struct compile_text put(struct req *r, const char *s, size_t n)
{
	struct compile_text t = { (uint32_t)r->used, (uint32_t)n };

	memcpy(r->p + r->used, s, n);
	r->used += n + 1; /* zeroed memory: the NUL is there */
	return t;
}

static void put_file(struct req *r, const char *name, const char *text, size_t len, uint32_t flags)
{
	struct compile_file *file = &r->file[r->head->nfile++];

	file->name = put(r, name, strlen(name));
	file->text = put(r, text, len);
	file->flags = flags;
}

static void put_image(struct req *r, const char *name, uint32_t source, const uint8_t *digest)
{
	struct compile_image *i = &r->image[r->head->nimage++];

	(void)str_copy(i->name, sizeof(i->name), name); /* a label */
	i->source = source;
	if (digest)
		memcpy(i->digest, digest, DIGEST_LEN);
}

static void put_ceilings(struct engine *e, const struct compile_ask *q, struct compile_req *h)
{
	struct tenant_row none;
	const struct tenant_row *t = q->t ? q->t : &none;

	if (q->other) { /* a NAME */
		h->nceiling = 1;
		(void)str_copy(h->ceiling[0], sizeof(h->ceiling[0]), q->other);
		return;
	}
	if (!q->t)
		tenant_default_ceiling(e, &none);
	h->nceiling = t->nceiling;
	for (uint32_t i = 0; i < t->nceiling; i++)
		(void)str_copy(h->ceiling[i], sizeof(h->ceiling[i]), t->ceiling[i]); /* NAMEs */
}

static uint32_t flags_of(const struct compile_ask *q, const struct bundle_file *b)
{
	uint32_t flags = b->tenant ? COMPILE_F_TENANT : 0;

	if (q->file_a && strcmp(b->name, q->file_a) == 0)
		flags |= COMPILE_F_A;
	if (q->file_b && strcmp(b->name, q->file_b) == 0)
		flags |= COMPILE_F_B;
	return flags;
}

static size_t size_of(const struct engine *e, const struct compile_ask *q, const struct library *l)
{
	uint32_t files = l->n + (q->bundle ? q->bundle->n : 0);
	size_t n = sizeof(struct compile_req) + files * sizeof(struct compile_file) +
		   (e->images->n + 1) * sizeof(struct compile_image);

	for (uint32_t i = 0; i < l->n; i++)
		n += strlen(l->file[i].name) + l->file[i].len + 2;
	for (uint32_t i = 0; q->bundle && i < q->bundle->n; i++)
		n += strlen(q->bundle->file[i].name) + q->bundle->file[i].len + 2;
	return n;
}

static void fill(struct engine *e, const struct compile_ask *q, const struct library *l,
		 struct req *r)
{
	uint32_t files = l->n + (q->bundle ? q->bundle->n : 0);

	r->head = (void *)r->p;
	r->file = (void *)(r->p + sizeof(*r->head));
	r->image = (void *)(r->file + files);
	r->used = (size_t)((uint8_t *)(r->image + e->images->n + (q->root_source ? 1 : 0)) - r->p);
	memcpy(r->head->magic, COMPILE_REQ_MAGIC, 8);
	r->head->mode = q->mode;
	r->head->landlock_abi = (uint32_t)e->host[HOST_LANDLOCK];
	r->head->kernel = (uint32_t)e->host[HOST_KERNEL];
	r->head->host_flags = (uint32_t)e->host[HOST_FLAGS];
	put_ceilings(e, q, r->head);
	if (q->profile)
		(void)str_copy(r->head->profile, sizeof(r->head->profile), q->profile); /* a NAME */
	for (uint32_t i = 0; q->bundle && i < q->bundle->n; i++) {
		const struct bundle_file *b = &q->bundle->file[i];

		put_file(r, b->name, b->text, b->len, flags_of(q, b));
	}
	for (uint32_t i = 0; i < l->n; i++)
		put_file(r, l->file[i].name, l->file[i].text, l->file[i].len, COMPILE_F_LIBRARY);
	for (uint32_t i = 0; i < e->images->n; i++)
		put_image(r, e->images->row[i].name, SOURCE_IMAGE, e->images->row[i].digest);
	if (q->root_source)
		put_image(r, "root", q->root_source, q->root_digest);
	r->head->size = (uint32_t)r->used;
}

int compile_req_make(struct engine *e, const struct compile_ask *q, int *ret_fd, struct fault *f)
{
	const struct library *l;
	struct req r = { 0 };
	AUTO_FREE void *memory = NULL;
	AUTO_FD int fd = -1;
	int rc = store_room(e, f); /* a helper is an act: without room for its record none begins */

	if (rc == 0)
		rc = library_get(e, &l, f);
	if (rc < 0)
		return rc;
	r.cap = size_of(e, q, l);
	if (r.cap > COMPILE_REQ_MAX || l->n + (q->bundle ? q->bundle->n : 0) > COMPILE_FILES_MAX)
		return fault_set(f, -E2BIG, "engine.compile",
				 "too much source: P053 allows 1 MiB in %d files",
				 COMPILE_FILES_MAX);
	memory = calloc(1, r.cap);
	if (!memory)
		return fault_set(f, -ENOMEM, "engine.compile", "out of memory");
	r.p = memory;
	fill(e, q, l, &r);
	fd = memfd_create("compile", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 || write(fd, r.p, r.used) != (ssize_t)r.used ||
	    fcntl(fd, F_ADD_SEALS, REQ_SEALS) < 0)
		return fault_sys(f, "engine.compile", "laying out the request");
	*ret_fd = fd_take(&fd);
	return 0;
}
