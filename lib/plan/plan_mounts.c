/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_mounts.c - plan_check: the mount table and the device nodes. Runs in: cloister-spawn,
 * cloister-compile. Pure.
 *
 * M1 A parent's target stands before its children's, so that mounting in order hides nothing.
 * M2 IMAGE, HOST and DEVICES belong to the template; beneath a mount that is made per start they
 *    would have to be mounted inside storage that the workload writes.
 * M3 The skeleton's links, its generated files, /dev and /proc are nobody's target.
 */
#include "lib/plan/check.h"
#include "lib/plan/feature.h"

#include <linux/mount.h>
#include <string.h>

enum { PAGE = 4096, MODE_MAX = 01777 };

struct kind_row {
	const char *target; /* the only one allowed, or NULL */
	uint64_t feature;   /* FEAT_BIT that must be on */
	uint8_t per_start;  /* made anew for every start */
	uint8_t named;	    /* has a path at its source */
	uint8_t writable;   /* need not be read-only */
};

/* clang-format off */
static const struct kind_row kinds[MOUNT__COUNT] = {
	/*                  target         feature                  per start, named, writable */
	[MOUNT_IMAGE]   = { NULL,          0,                       0, 1, 0 },
	[MOUNT_HOST]    = { NULL,          0,                       0, 1, 0 },
	[MOUNT_TMPFS]   = { NULL,          0,                       1, 0, 1 },
	[MOUNT_PROC]    = { "/proc",       FEAT_BIT(FEAT_PROC),     1, 0, 0 },
	[MOUNT_DEVICES] = { "/dev",        0,                       0, 0, 0 },
	[MOUNT_DEVPTS]  = { "/dev/pts",    FEAT_BIT(FEAT_PTY),      1, 0, 1 },
	[MOUNT_MQUEUE]  = { "/dev/mqueue", FEAT_BIT(FEAT_POSIX_MQ), 1, 0, 1 },
};

/* M3: the place itself, and with under = 1 everything beneath it. */
static const struct { const char *path; int under; } reserved[] = {
	{ "/bin", 1 }, { "/sbin", 1 }, { "/lib", 1 }, { "/lib64", 1 }, { "/var/run", 1 },
	{ "/etc", 0 }, { "/etc/passwd", 1 }, { "/etc/group", 1 }, { "/etc/hosts", 1 },
	{ "/etc/nsswitch.conf", 1 }, { "/etc/resolv.conf", 1 },
	{ "/proc", 1 }, { "/dev", 1 }, { "/sys", 1 },
};
/* clang-format on */

/* Is path below dir (and not dir itself)? */
static int beneath(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && path[n] == '/';
}

static int target_fits(const struct plan_mount *m, const char *t)
{
	if (kinds[m->kind].target)
		return strcmp(t, kinds[m->kind].target) == 0;
	if (m->kind == MOUNT_TMPFS && strcmp(t, "/dev/shm") == 0)
		return 1;
	for (size_t i = 0; i < ARRAY_LEN(reserved); i++)
		if (strcmp(t, reserved[i].path) == 0 ||
		    (reserved[i].under && beneath(t, reserved[i].path)))
			return 0;
	return 1;
}

static int check_attr(struct check *c, const struct plan_mount *m)
{
	const uint64_t known = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			       MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOATIME | MOUNT_ATTR_NODIRATIME |
			       MOUNT_ATTR_NOSYMFOLLOW;

	if (m->attr & ~known)
		return check_bad(c, PF_MOUNT_ATTR, &m->attr);
	if (!(m->attr & MOUNT_ATTR_NOSUID))
		return check_bad(c, PF_MOUNT_NOSUID, &m->attr);
	if (!(m->attr & MOUNT_ATTR_NODEV) && m->kind != MOUNT_DEVICES && m->kind != MOUNT_DEVPTS)
		return check_bad(c, PF_MOUNT_NODEV, &m->attr);
	if (!(m->attr & MOUNT_ATTR_RDONLY) && !kinds[m->kind].writable)
		return check_bad(c, PF_MOUNT_SIZE, &m->attr);
	return 0;
}

static int has_digest(const struct plan_mount *m)
{
	uint8_t any = 0;

	for (size_t i = 0; i < sizeof(m->digest); i++)
		any |= m->digest[i];
	return any != 0;
}

/* Fields that belong to one kind only. */
static int check_fields(struct check *c, const struct plan_mount *m)
{
	uint32_t flags = m->kind == MOUNT_PROC ? MOUNT_F_PROC_FULL : 0;

	if (m->kind == MOUNT_TMPFS && (m->size < PAGE || m->size > INT64_MAX))
		return check_bad(c, PF_MOUNT_SIZE, &m->size);
	if (m->kind == MOUNT_TMPFS ? m->mode > MODE_MAX : m->size || m->mode)
		return check_bad(c, PF_MOUNT_FIELD, &m->size);
	if ((m->flags & ~flags) || (m->name.len != 0) != kinds[m->kind].named)
		return check_bad(c, PF_MOUNT_FIELD, &m->name);
	if (has_digest(m) != (m->kind == MOUNT_IMAGE))
		return check_bad(c, PF_MOUNT_DIGEST, m->digest);
	return 0;
}

static int check_feature(struct check *c, const struct plan_mount *m)
{
	uint64_t on = check_features_on(c), need = kinds[m->kind].feature;

	if (m->flags & MOUNT_F_PROC_FULL)
		need |= FEAT_BIT(FEAT_PROC_SYS_READ);
	if (strcmp(plan_text(c->p, m->target), "/dev/shm") == 0)
		need |= FEAT_BIT(FEAT_SHM);
	return need & ~on ? check_bad(c, PF_MOUNT_FEATURE, m) : 0;
}

static int check_name(struct check *c, const struct plan_mount *m)
{
	const char *t = plan_text(c->p, m->name);
	int r;

	if (!kinds[m->kind].named)
		return 0;
	r = check_path(c, &m->name, 1);
	if (!r && m->name.len > 1 && t[m->name.len - 1] == '/')
		return check_bad(c, PF_PATH, &m->name);
	if (!r && m->kind == MOUNT_HOST &&
	    (!(c->h->flags & PLAN_F_HOST_SOURCE) ||
	     (strcmp(t, "/usr") != 0 && !beneath(t, "/usr"))))
		return check_bad(c, PF_MOUNT_HOST, &m->name);
	return r;
}

static int check_mount(struct check *c, const struct plan_mount *m)
{
	int r;

	if (m->kind == MOUNT_NONE || m->kind >= MOUNT__COUNT)
		return check_bad(c, PF_MOUNT_KIND, &m->kind);
	r = check_path(c, &m->target, 0);
	if (!r && !target_fits(m, plan_text(c->p, m->target)))
		return check_bad(c, PF_MOUNT_TARGET, m);
	r = r ? r : check_name(c, m);
	r = r ? r : check_attr(c, m);
	r = r ? r : check_fields(c, m);
	return r ? r : check_feature(c, m);
}

/* m against one that stands before it. */
static int check_pair(struct check *c, const struct plan_mount *m, const struct plan_mount *before)
{
	const char *t = plan_text(c->p, m->target), *b = plan_text(c->p, before->target);

	if (strcmp(t, b) == 0)
		return check_bad(c, PF_MOUNT_DUP, m);
	if (beneath(b, t)) /* M1 */
		return check_bad(c, PF_MOUNT_ORDER, m);
	if (beneath(t, b) && kinds[before->kind].per_start && !kinds[m->kind].per_start) /* M2 */
		return check_bad(c, PF_MOUNT_NEST, m);
	return 0;
}

/* Images are counted by digest: a start carries PLAN_IMAGES_MAX slots. */
static int check_images(struct check *c, const struct plan_mount *m, size_t count)
{
	size_t images = 0;

	for (size_t i = 0; i < count; i++) {
		int seen = m[i].kind != MOUNT_IMAGE;

		for (size_t k = 0; !seen && k < i; k++)
			seen = m[k].kind == MOUNT_IMAGE &&
			       memcmp(m[k].digest, m[i].digest, sizeof(m[i].digest)) == 0;
		images += !seen;
		if (images > PLAN_IMAGES_MAX)
			return check_bad(c, PF_MOUNT_IMAGES, &m[i]);
	}
	return 0;
}

static int check_devices(struct check *c)
{
	const struct plan_device *d = check_only(c, PLAN_DEVICE);

	if (d->nodes >> NODE__COUNT)
		return check_bad(c, PF_DEVICE, d);
	if (d->nodes & 1u << NODE_PTMX && !(check_features_on(c) & FEAT_BIT(FEAT_PTY)))
		return check_bad(c, PF_DEVICE, d);
	return 0;
}

int check_mounts(struct check *c)
{
	const struct plan_mount *m = check_only(c, PLAN_MOUNT);
	size_t count = c->h->sec[PLAN_MOUNT].count;
	int r = check_devices(c), host = 0;

	for (size_t i = 0; !r && i < count; i++) {
		if (m[i].order != i)
			return check_bad(c, PF_MOUNT_ORDER, &m[i]);
		r = check_mount(c, &m[i]);
		host |= m[i].kind == MOUNT_HOST;
		for (size_t k = 0; !r && k < i; k++)
			r = check_pair(c, &m[i], &m[k]);
	}
	if (!r && !host && c->h->flags & PLAN_F_HOST_SOURCE)
		return check_bad(c, PF_MOUNT_HOST, &c->h->flags);
	return r ? r : check_images(c, m, count);
}
