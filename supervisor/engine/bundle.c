/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bundle.c - a connection's source texts, bounded. Runs in: cloister-engine.
 */
#include "supervisor/engine/bundle.h"
#include "lib/base/str.h"

#include <errno.h>
#include <string.h>

static struct bundle_file *find(struct bundle *b, const char *name)
{
	for (uint32_t i = 0; i < b->n; i++)
		if (strcmp(b->file[i].name, name) == 0)
			return &b->file[i];
	return NULL;
}

static bool has_control(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return true;
	return false;
}

static int grow(struct bundle *b, struct bundle_file *file, const char *text, size_t len,
		struct fault *f)
{
	char *p;

	if (len > BUNDLE_BYTES - b->bytes)
		return fault_set(f, -E2BIG, "engine.bundle", "more than %d bytes of source",
				 BUNDLE_BYTES);
	p = realloc(file->text, file->len + len + 1);
	if (!p)
		return fault_set(f, -ENOMEM, "engine.bundle", "out of memory");
	file->text = p;
	memcpy(p + file->len, text, len);
	file->len += len;
	p[file->len] = '\0';
	b->bytes += len;
	return 0;
}

int bundle_add(struct bundle *b, const char *name, const char *text, size_t len, struct fault *f)
{
	struct bundle_file *file;
	int rc;

	if (!name[0] || strlen(name) >= BUNDLE_NAME || has_control(name))
		return fault_set(f, -EINVAL, "engine.bundle",
				 "a file name of 1 to %d bytes is needed", BUNDLE_NAME - 1);
	if (find(b, name))
		return fault_set(f, -EEXIST, "engine.bundle", "the same file twice");
	if (b->n == BUNDLE_FILES)
		return fault_set(f, -E2BIG, "engine.bundle", "more than %d files", BUNDLE_FILES);
	file = &b->file[b->n];
	memset(file, 0, sizeof(*file));
	rc = grow(b, file, text, len, f);
	if (rc < 0)
		return rc;
	(void)str_copy(file->name, sizeof(file->name), name); /* measured above */
	b->n++;
	return 0;
}

int bundle_append(struct bundle *b, const char *name, const char *text, size_t len, struct fault *f)
{
	struct bundle_file *file = find(b, name);

	if (!file)
		return fault_set(f, -ENOENT, "engine.bundle", "nothing to append to");
	return grow(b, file, text, len, f);
}

void bundle_mark_tenant(struct bundle *b, const char *name)
{
	struct bundle_file *file = find(b, name);

	if (file)
		file->tenant = true;
}

void bundle_fini(struct bundle *b)
{
	for (uint32_t i = 0; i < b->n; i++)
		free(b->file[i].text);
	memset(b, 0, sizeof(*b));
}
