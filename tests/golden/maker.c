/* SPDX-License-Identifier: Apache-2.0 */
/*
 * maker.c - puts a compiler's request together.
 * Runs in: tests.
 */
#include "tests/golden/maker.h"
#include "lib/asks/spawn.h"
#include "lib/base/str.h"

#include <stdio.h>
#include <string.h>

enum { ABI = 6, KERNEL = 6 << 16 | 1 << 8 };

int maker_init(struct maker *m, uint32_t mode)
{
	memset(m, 0, sizeof(*m));
	memcpy(m->req.magic, COMPILE_REQ_MAGIC, sizeof(m->req.magic));
	m->req.mode = mode;
	m->req.landlock_abi = ABI;
	m->req.kernel = KERNEL;
	m->req.host_flags = HOST_F_MDWE;
	m->req.own_base = UID_BASE + 4093 * IDS_PER_TENANT;
	m->req.epoch = 2;
	m->bytes = calloc(1, MAKER_ROOM);
	return m->bytes ? 0 : -1;
}

void maker_fini(struct maker *m)
{
	free(m->bytes);
	m->bytes = NULL;
}

static struct compile_text keep(struct maker *m, const char *s, size_t n)
{
	struct compile_text t = { m->nbytes, (uint32_t)n };

	memcpy(m->bytes + m->nbytes, s, n);
	m->nbytes += (uint32_t)n + 1;
	return t;
}

int maker_text(struct maker *m, const char *name, const char *text, size_t n, uint32_t flags)
{
	struct compile_file *file = &m->file[m->req.nfile];

	if (m->req.nfile == MAKER_FILES || n + strlen(name) + 2 > MAKER_ROOM - m->nbytes)
		return -1;
	file->name = keep(m, name, strlen(name));
	file->text = keep(m, text, n);
	file->flags = flags;
	m->req.nfile++;
	return 0;
}

int maker_file(struct maker *m, const char *path, uint32_t flags)
{
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	struct compile_file *file = &m->file[m->req.nfile];
	size_t len = strlen(name), n;
	FILE *in = m->req.nfile < MAKER_FILES ? fopen(path, "rb") : NULL;

	if (!in)
		return -1;
	if (len > 7 && strcmp(name + len - 7, ".tenant") == 0)
		flags |= COMPILE_F_TENANT;
	if (len > 5 && strcmp(name + len - 5, ".conf") == 0)
		flags |= COMPILE_F_CONF;
	file->name = keep(m, name, len);
	n = fread(m->bytes + m->nbytes, 1, MAKER_ROOM - m->nbytes - 1, in);
	file->text = (struct compile_text){ m->nbytes, (uint32_t)n };
	m->nbytes += (uint32_t)n + 1;
	file->flags = flags;
	m->req.nfile++;
	return fclose(in);
}

int maker_image(struct maker *m, const char *name, uint32_t source)
{
	struct compile_image *im = &m->image[m->req.nimage++];

	im->source = source;
	if (source == SOURCE_IMAGE)
		memset(im->digest, 0x11, sizeof(im->digest));
	return str_copy(im->name, sizeof(im->name), name);
}

void *maker_seal(struct maker *m)
{
	size_t files = m->req.nfile * sizeof(m->file[0]),
	       images = m->req.nimage * sizeof(m->image[0]);
	size_t rows = sizeof(m->req) + files + images;
	char *p = calloc(1, rows + m->nbytes + 8);
	uint32_t i;

	if (!p)
		return NULL;
	m->req.size = (uint32_t)(rows + m->nbytes);
	for (i = 0; i < m->req.nfile; i++) {
		m->file[i].name.off += (uint32_t)rows;
		m->file[i].text.off += (uint32_t)rows;
	}
	memcpy(p, &m->req, sizeof(m->req));
	memcpy(p + sizeof(m->req), m->file, files);
	memcpy(p + sizeof(m->req) + files, m->image, images);
	memcpy(p + rows, m->bytes, m->nbytes);
	return p;
}
