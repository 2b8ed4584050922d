/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lower_mounts.c - mounts in their order, images by name, device nodes (launch.md 3.5).
 * Runs in: cloister-compile, tests.
 */
#include "profiles/lower.h"
#include "profiles/arena.h"
#include "profiles/blob.h"
#include "profiles/diag.h"
#include "profiles/meet.h"
#include "profiles/skeleton.h"

#include <linux/mount.h>
#include <string.h>

enum { RUN_SIZE = 1 << 20, MODE_DIR = 0755, MODE_TMP = 01777 };

/* One mount before it has its place in the order. */
struct want {
	const char *target;
	const struct mountfact *fact; /* NULL: of a feature or the skeleton */
	uint64_t attr, size;
	uint32_t kind, mode, flags;
	struct at at;
};

const char *lower_image_name(const struct job *j, const char *name)
{
	uint32_t i;

	for (i = 0; i < j->nrename; i++)
		if (!strcmp(j->rename[i].from, name))
			return j->rename[i].to;
	return name;
}

static const struct compile_image *find_image(const struct host *h, const char *name)
{
	uint32_t i;

	for (i = 0; i < h->nimage; i++)
		if (!strcmp(h->image[i].name, name))
			return &h->image[i];
	return NULL;
}

static bool is_listed(const struct job *j, const char *name)
{
	uint32_t i;

	for (i = 0; i < j->nimage; i++)
		if (!strcmp(j->image[i], name))
			return true;
	return false;
}

void lower_images(struct job *j)
{
	uint32_t i, pass;

	j->nimage = j->nmissing = 0;
	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < j->x->nmount; i++) {
			const struct mountfact *m = &j->x->mount[i];
			const char *name;
			bool found;

			if (m->kind != MOUNT_IMAGE)
				continue;
			name = lower_image_name(j, m->image);
			found = j->host->any_image || find_image(j->host, name);
			if (found != (pass == 1) || is_listed(j, name))
				continue;
			j->image[j->nimage++] = name;
			j->nmissing += !found;
		}
	}
}

static uint64_t attr_of(const struct mountfact *m)
{
	uint64_t attr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

	if (!m->rw)
		attr |= MOUNT_ATTR_RDONLY;
	if (!m->exec)
		attr |= MOUNT_ATTR_NOEXEC;
	return attr;
}

/* The source host shows the machine's own files: every ceiling must have said so. */
static void host_source(struct job *j, struct plan_mount *row, const struct want *w)
{
	uint32_t i;

	row->kind = MOUNT_HOST;
	if (!path_below(w->target, "/usr"))
		diag_error(j->d, 22, w->at,
			   "the source host has only what lies at or below /usr, not %s",
			   w->target);
	for (i = 0; i < j->nceiling; i++)
		if (!ceiling_has_host(j->ceiling[i], w->target, w->fact->exec))
			diag_help(
				j->d,
				diag_error(j->d, 60, w->at,
					   "image %s is this machine's own, and ceiling %s has no "
					   "'mount ... from host'",
					   w->fact->image, j->ceiling[i]->name),
				"witness: a mount at %s", w->target);
}

static void image_source(struct job *j, struct plan_mount *row, const struct want *w)
{
	const char *name = lower_image_name(j, w->fact->image);
	const struct compile_image *image = find_image(j->host, name);
	struct diag *d;

	row->name = blob_str(j->blob, w->target);
	if (image && image->source == SOURCE_HOST && !j->x->is_ceiling) {
		host_source(j, row, w);
		return;
	}
	if (image && image->source == SOURCE_IMAGE) {
		memcpy(row->digest, image->digest, DIGEST_LEN);
		return;
	}
	if (j->host->by_name ||
	    (j->host->any_image && !j->x->is_ceiling)) { /* never acted on: only for the check */
		memcpy(row->digest, name, strlen(name)); /* a LABEL: 31 bytes at most */
		return;
	}
	if (j->x->is_ceiling) { /* no image has this digest: nothing is permitted there */
		memset(row->digest, 0xff, DIGEST_LEN);
		diag_warn(j->d, 102, w->at, "there is no image '%s' on this host", name);
		return;
	}
	d = diag_error(j->d, 102, w->at, "there is no image '%s' on this host", name);
	diag_help(j->d, d, "cloister image build %s --package PACKAGE... [--dir DIR...]", name);
}

static const char *without_slash(struct job *j, const char *path)
{
	size_t n = strlen(path);

	if (n < 2 || path[n - 1] != '/')
		return path;
	return arena_printf(j->d->arena, "%.*s", (int)n - 1, path);
}

/* A root is made of a few images at most. */
static void count_images(struct job *j)
{
	uint32_t i;

	lower_images(j);
	for (i = 0; i < j->x->nmount && j->nimage > PLAN_IMAGES_MAX && !j->x->is_ceiling; i++)
		if (j->x->mount[i].kind == MOUNT_IMAGE)
			diag_error(j->d, 53, j->x->mount[i].at, "%u images; the limit is %d",
				   j->nimage, PLAN_IMAGES_MAX);
}

static void put(struct job *j, const struct want *w)
{
	struct plan_mount *row = blob_add(j->blob, PLAN_MOUNT, w->at);

	row->target = blob_str(j->blob, w->target);
	row->kind = w->kind;
	row->flags = w->flags;
	row->attr = w->attr;
	row->size = w->size;
	row->mode = w->mode;
	row->order = j->blob->n[PLAN_MOUNT] - 1;
	if (w->kind == MOUNT_IMAGE)
		image_source(j, row, w);
	else if (w->kind == MOUNT_HOST)
		row->name = blob_str(j->blob, without_slash(j, w->fact->image));
}

static bool is_template(uint32_t kind)
{
	return kind == MOUNT_IMAGE || kind == MOUNT_HOST || kind == MOUNT_DEVICES;
}

/* Templates first, then by target: a parent sorts before what lies beneath it. */
static bool before(const struct want *a, const struct want *b)
{
	if (is_template(a->kind) != is_template(b->kind))
		return is_template(a->kind);
	return strcmp(a->target, b->target) < 0;
}

static void sort(struct want *w, uint32_t n)
{
	uint32_t i, k;

	for (i = 1; i < n; i++) {
		struct want v = w[i];

		for (k = i; k > 0 && before(&v, &w[k - 1]); k--)
			w[k] = w[k - 1];
		w[k] = v;
	}
}

const char *lower_real(const struct job *j, const char *path)
{
	char real[PLAN_PATH_MAX + 16];
	const char *p = skeleton_real(path, real, sizeof(real));

	return p == real ? arena_printf(j->tables, "%s", real) : p;
}

static uint32_t of_features(struct job *j, struct want *w)
{
	const struct facts *x = j->x;
	const uint64_t base = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	const struct {
		bool on;
		struct want w;
	} all[] = {
		{ true,
		  { .target = "/dev",
		    .kind = MOUNT_DEVICES,
		    .attr = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC } },
		{ true,
		  { .target = "/run",
		    .kind = MOUNT_TMPFS,
		    .attr = base,
		    .size = RUN_SIZE,
		    .mode = MODE_DIR } },
		{ job_has(j, FEAT_PROC),
		  { .target = "/proc",
		    .kind = MOUNT_PROC,
		    .attr = base | MOUNT_ATTR_RDONLY,
		    .flags = job_has(j, FEAT_PROC_SYS_READ) ? MOUNT_F_PROC_FULL : 0,
		    .at = x->on_at[FEAT_PROC] } },
		{ job_has(j, FEAT_TMP),
		  { .target = "/tmp",
		    .kind = MOUNT_TMPFS,
		    .attr = base,
		    .size = x->limit[LIM_TMP],
		    .mode = MODE_TMP,
		    .at = x->on_at[FEAT_TMP] } },
		{ job_has(j, FEAT_SHM),
		  { .target = "/dev/shm",
		    .kind = MOUNT_TMPFS,
		    .attr = base,
		    .size = x->limit[LIM_SHM],
		    .mode = MODE_TMP,
		    .at = x->on_at[FEAT_SHM] } },
		{ job_has(j, FEAT_POSIX_MQ),
		  { .target = "/dev/mqueue",
		    .kind = MOUNT_MQUEUE,
		    .attr = base,
		    .at = x->on_at[FEAT_POSIX_MQ] } },
		{ job_has(j, FEAT_PTY),
		  { .target = "/dev/pts",
		    .kind = MOUNT_DEVPTS,
		    .attr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
		    .at = x->on_at[FEAT_PTY] } },
	};
	uint32_t i, n = 0;

	for (i = 0; i < ARRAY_LEN(all); i++)
		if (all[i].on)
			w[n++] = all[i].w;
	return n;
}

void lower_mounts(struct job *j)
{
	struct want w[PLAN_MOUNTS_MAX + 8];
	struct plan_device *dev;
	uint32_t n = of_features(j, w), i;

	count_images(j);
	for (i = 0; i < j->x->nmount; i++) {
		const struct mountfact *m = &j->x->mount[i];

		if (m->kind == MOUNT_PROC || m->kind == MOUNT_DEVICES)
			continue; /* the feature's, the skeleton's */
		w[n++] = (struct want){ .target = m->target,
					.fact = m,
					.attr = attr_of(m),
					.size = m->size,
					.kind = m->kind,
					.mode = m->kind == MOUNT_TMPFS ? MODE_DIR : 0,
					.at = m->at };
	}
	sort(w, n);
	for (i = 0; i < n; i++)
		put(j, &w[i]);
	dev = blob_add(j->blob, PLAN_DEVICE, (struct at){ 0 });
	dev->nodes = j->x->devices;
	if (j->x->is_ceiling && !(j->x->listed & LISTED_DEVICE))
		dev->nodes = UINT64_MAX;
}
