/* SPDX-License-Identifier: Apache-2.0 */
/*
 * images.c - names of images, on disk and in memory. Runs in: cloister-engine.
 * Must not: touch an image's bytes; they are volumed's, below images/pub/.
 */
#include "supervisor/engine/images.h"
#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "lib/base/str.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* syscalls engine: mkdirat fsync */

enum { FILE_MAX = 512 };

static struct images images_memory; /* behind engine.images */

void image_row_text(const struct image_row *row, char *dst, size_t cap)
{
	char hex[2 * DIGEST_LEN + 1];

	str_hex(hex, row->digest, DIGEST_LEN);
	(void)snprintf(dst, cap, "digest %s\ninputs %s\nbytes %" PRIu64 "\nbuilt %" PRIu64 "\n",
		       hex, row->inputs, row->bytes, row->built);
}

int image_row_read(const char *text, struct image_row *ret, struct fault *f)
{
	char digest[2 * DIGEST_LEN + 1] = "", inputs[INPUTS_LEN + 1] = "";
	uint8_t scratch[INPUTS_LEN / 2];
	uint64_t bytes, built;

	if (sscanf(text, "digest %64s inputs %64s bytes %" SCNu64 " built %" SCNu64, digest, inputs,
		   &bytes, &built) != 4 ||
	    strlen(digest) != 2 * DIGEST_LEN || strlen(inputs) != INPUTS_LEN ||
	    str_unhex(ret->digest, digest, DIGEST_LEN) < 0 ||
	    str_unhex(scratch, inputs, sizeof(scratch)) < 0)
		return fault_set(f, -EBADMSG, "engine.image", "not an image's record");
	memcpy(ret->inputs, inputs, sizeof(ret->inputs));
	ret->bytes = bytes;
	ret->built = built;
	return 0;
}

static int open_dir(struct fault *f)
{
	int fd;

	if (mkdirat(FD_STATE, "images", 0700) < 0 && errno != EEXIST)
		return fault_sys(f, "engine.images", "making state/images");
	fd = openat(FD_STATE, "images", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? fault_sys(f, "engine.images", "opening state/images") : fd;
}

static void read_one(struct images *all, int dir, const char *name)
{
	struct image_row row = { 0 };
	AUTO_FD int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char text[FILE_MAX];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	struct fault f;

	if (n <= 0 || all->n == IMAGES_MAX)
		return;
	text[n] = '\0';
	(void)str_copy(row.name, sizeof(row.name), name); /* a label */
	if (image_row_read(text, &row, &f) == 0)
		all->row[all->n++] = row;
	else
		(void)fprintf(stderr, "cloister-engine: state/images/%s: %s; build it again\n",
			      name, f.msg);
}

int images_open(struct engine *e, struct fault *f)
{
	int fd = open_dir(f);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	e->images = &images_memory;
	e->images->generation = 1;
	if (fd < 0)
		return fd;
	if (!d) {
		fd_close(&fd);
		return fault_sys(f, "engine.images", "listing state/images");
	}
	for (struct dirent *it = readdir(d); it; it = readdir(d))
		if (str_is_label(it->d_name, strlen(it->d_name)))
			read_one(e->images, fd, it->d_name);
	(void)closedir(d);
	return 0;
}

static struct image_row *find(const struct engine *e, const char *name)
{
	for (uint32_t i = 0; i < e->images->n; i++)
		if (strcmp(e->images->row[i].name, name) == 0)
			return &e->images->row[i];
	return NULL;
}

const struct image_row *images_find(const struct engine *e, const char *name)
{
	return find(e, name);
}

int images_put(struct engine *e, struct image_row *row, struct fault *f)
{
	AUTO_FD int dir = open_dir(f);
	AUTO_FD int fd = -1;
	struct image_row *have = find(e, row->name);
	char text[FILE_MAX];
	size_t n;

	if (dir < 0)
		return dir;
	if (!have && e->images->n == IMAGES_MAX)
		return fault_set(f, -ENOSPC, "engine.images",
				 "%d images; remove one first (cloister image list)", IMAGES_MAX);
	row->built = clock_real_ns();
	image_row_text(row, text, sizeof(text));
	n = strlen(text);
	fd = openat(dir, ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || write(fd, text, n) != (ssize_t)n || fsync(fd) < 0 ||
	    renameat(dir, ".new", dir, row->name) < 0 || fsync(dir) < 0)
		return fault_sys(f, "engine.images", "writing state/images/%s", row->name);
	if (!have)
		have = &e->images->row[e->images->n++];
	*have = *row;
	e->images->generation++;
	return 0;
}

int images_drop(struct engine *e, const char *name, struct fault *f)
{
	AUTO_FD int dir = open_dir(f);
	struct image_row *have = find(e, name);

	if (dir < 0)
		return dir;
	if (!have)
		return fault_set(f, -ENOENT, "engine.images", "no image %s", name);
	if (unlinkat(dir, name, 0) < 0 && errno != ENOENT)
		return fault_sys(f, "engine.images", "removing state/images/%s", name);
	*have = e->images->row[--e->images->n];
	e->images->generation++;
	return 0;
}
