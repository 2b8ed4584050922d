/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request.c - the request's numbers, each checked before it is used.
 * Runs in: cloister-compile, tests.
 */
#include "profiles/work.h"
#include "lib/base/str.h"
#include "lib/base/fault.h"

#include <errno.h>
#include <string.h>

static bool has_end(const char *field, size_t n)
{
	return memchr(field, '\0', n) != NULL;
}

/* A text: in range, with its NUL behind it. */
static bool text_fits(const struct compile_req *h, struct compile_text t)
{
	return t.off < h->size && t.len < h->size - t.off &&
	       ((const char *)h)[t.off + t.len] == '\0';
}

static bool header_fits(const struct compile_req *h, size_t n)
{
	uint32_t files = h->mode == COMPILE_HOST ? COMPILE_HOST_FILES_MAX : COMPILE_FILES_MAX, i;
	uint64_t rows;

	if (n < sizeof(*h) || h->size != n || memcmp(h->magic, COMPILE_REQ_MAGIC, 8) != 0)
		return false;
	if (h->mode < COMPILE_CHECK || h->mode >= COMPILE__COUNT || h->nfile > files ||
	    h->nimage > COMPILE_IMAGES_MAX || h->nceiling > ARRAY_LEN(h->ceiling))
		return false;
	if (h->mode == COMPILE_COMPARE && h->nceiling != 1)
		return false;
	for (i = 0; i < h->nceiling; i++)
		if (!has_end(h->ceiling[i], sizeof(h->ceiling[i])))
			return false;
	rows = sizeof(*h) + (uint64_t)h->nfile * sizeof(struct compile_file) +
	       (uint64_t)h->nimage * sizeof(struct compile_image);
	return rows <= n && has_end(h->profile, sizeof(h->profile));
}

static bool image_fits(const struct compile_image *im)
{
	return has_end(im->name, sizeof(im->name)) && str_is_label(im->name, strlen(im->name)) &&
	       (im->source == SOURCE_IMAGE || im->source == SOURCE_HOST) && !im->zero;
}

static bool file_fits(const struct compile_req *h, const struct compile_file *file)
{
	const uint32_t flags = COMPILE_F_LIBRARY | COMPILE_F_TENANT,
		       more = h->mode == COMPILE_HOST	   ? COMPILE_F_CONF
			      : h->mode == COMPILE_COMPARE ? COMPILE_F_A | COMPILE_F_B
							   : 0;
	const char *name = (const char *)h + file->name.off;

	return text_fits(h, file->name) && text_fits(h, file->text) && !file->zero &&
	       !(file->flags & ~(flags | more)) && file->name.len > 0 &&
	       file->name.len < STRING_BYTES_MAX && str_is_utf8(name, file->name.len);
}

static int take_files(struct work *w, const struct compile_file *file, struct fault *f)
{
	const struct compile_req *h = w->req;
	uint64_t total = 0;
	uint32_t i, over = UINT32_MAX;

	w->lib.src = arena_get(&w->arena, (h->nfile + 1) * sizeof(*w->lib.src));
	if (!w->lib.src)
		return fault_set(f, -ENOMEM, "request.memory", "%u files", h->nfile);
	for (i = 0; i < h->nfile; i++) {
		if (!file_fits(h, &file[i]))
			return fault_set(f, -EBADMSG, "request.file", "file %u", i);
		total += file[i].text.len;
		w->lib.src[i] = (struct source){ .name = (const char *)h + file[i].name.off,
						 .text = (const char *)h + file[i].text.off,
						 .size = file[i].text.len,
						 .flags = file[i].flags };
		if (total > SOURCE_TOTAL_MAX && over == UINT32_MAX)
			over = i;
	}
	if (over != UINT32_MAX) {
		diag_error(&w->d, 53, (struct at){ &w->lib.src[over], 0, 0 },
			   "%llu bytes of source; the limit is %d", (unsigned long long)total,
			   SOURCE_TOTAL_MAX);
		return 0;
	}
	w->lib.nsrc = h->nfile;
	return 0;
}

int request_read(struct work *w, const void *req, size_t n, struct fault *f)
{
	const struct compile_req *h = req;
	const struct compile_file *file;
	uint32_t i;

	if (!req || (uintptr_t)req % 8 || !header_fits(h, n))
		return fault_set(f, -EBADMSG, "request.head", "this is no request");
	file = (const struct compile_file *)(h + 1);
	w->req = h;
	w->host = (struct host){ .landlock_abi = h->landlock_abi,
				 .kernel = h->kernel,
				 .flags = h->host_flags,
				 .image = (const struct compile_image *)(file + h->nfile),
				 .nimage = h->nimage,
				 .any_image = h->mode == COMPILE_CHECK || h->mode == COMPILE_HOST };
	for (i = 0; i < h->nimage; i++)
		if (!image_fits(&w->host.image[i]))
			return fault_set(f, -EBADMSG, "request.image", "image %u", i);
	return take_files(w, file, f);
}
