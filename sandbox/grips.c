/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grips.c - what netd and volumed hand over: checked on arrival, named by slot (I6).
 * Runs in: cloister-spawn. The engine never sees these descriptors and cannot make one.
 */
#include "sandbox/spawn.h"
#include "lib/base/fd.h"
#include "lib/base/str.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#ifndef EROFS_SUPER_MAGIC_V1
#define EROFS_SUPER_MAGIC_V1 0xE0F5E1E2
#endif

static int refuse(struct fault *f, const char *why)
{
	return fault_set(f, -EINVAL, "grip.check", "an offer was refused: %s", why);
}

/* A network namespace of the initial user namespace, not the host's and not one that is here (I10).
 */
static int check_net(const struct app *a, int fd, const struct stat *st, struct fault *f)
{
	struct statfs fs;
	struct stat owner;
	AUTO_FD int user = -1;

	if (fstatfs(fd, &fs) < 0 || fs.f_type != NSFS_MAGIC ||
	    ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET)
		return refuse(f, "not a network namespace");
	if (st->st_dev == a->host_net[0] && st->st_ino == a->host_net[1])
		return refuse(f, "the host's own network namespace");
	user = ioctl(fd, NS_GET_USERNS);
	if (user < 0 || fstat(user, &owner) < 0 || owner.st_dev != a->host_user[0] ||
	    owner.st_ino != a->host_user[1])
		return refuse(f, "a network namespace of another user namespace");
	for (uint32_t i = 0; i < GRIPS_MAX; i++)
		if (a->grips[i].gen && a->grips[i].kind == GRIP_NET &&
		    a->grips[i].ino == st->st_ino)
			return refuse(f, "a network namespace that is here already");
	return 0;
}

/* A superblock of its own: no two attachments share an inode or a cached page (I10). */
static int check_image(const struct app *a, int fd, const struct stat *st, struct fault *f)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0 || fs.f_type != (__typeof__(fs.f_type))EROFS_SUPER_MAGIC_V1 ||
	    !S_ISDIR(st->st_mode))
		return refuse(f, "not an EROFS tree");
	if ((fs.f_flags & (ST_RDONLY | ST_NOSUID | ST_NODEV)) != (ST_RDONLY | ST_NOSUID | ST_NODEV))
		return refuse(f, "an image mount without ro, nosuid and nodev");
	for (uint32_t i = 0; i < GRIPS_MAX; i++)
		if (a->grips[i].gen && a->grips[i].kind == GRIP_IMAGE &&
		    a->grips[i].dev == st->st_dev)
			return refuse(f, "a superblock that is here already");
	return 0;
}

static int check_file(const struct app *a, int fd, const struct stat *st, struct fault *f)
{
	if (!S_ISREG(st->st_mode) || st->st_size != 0 ||
	    (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY)
		return refuse(f, "not an empty writable file");
	for (uint32_t i = 0; i < GRIPS_MAX; i++)
		if (a->grips[i].gen && a->grips[i].kind == GRIP_FILE &&
		    a->grips[i].dev == st->st_dev && a->grips[i].ino == st->st_ino)
			return refuse(f, "a file that is here already");
	return 0;
}

/* Attaches an image below our own root: before 6.15 a detached tree cannot be cloned from. */
static int attach(const struct app *a, struct grip *g, uint32_t n, int *fd, struct fault *f)
{
	char name[24] = "i", *at = name;

	(void)str_u64(at + 1, n);
	if (mkdirat(a->o.base_root, name, 0700) < 0 && errno != EEXIST)
		return fault_sys(f, "grip.attach", "making %s", name);
	if (move_mount(*fd, "", a->o.base_root, name, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return fault_sys(f, "grip.attach", "attaching an image");
	g->fd = openat(a->o.base_root, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (g->fd < 0)
		return fault_sys(f, "grip.attach", "opening %s", name);
	fd_close(fd);
	return 0;
}

static void detach(const struct app *a, uint32_t n)
{
	char name[24] = "/i";

	(void)a;
	(void)str_u64(name + 2, n);
	(void)umount2(name, MNT_DETACH | UMOUNT_NOFOLLOW);
}

static int check(struct app *a, const struct spawn_offer *q, int fd, const struct stat *st,
		 struct fault *f)
{
	int from = a->host.now_sock;

	switch ((enum grip_kind)q->kind) {
	case GRIP_NET:
		return from == a->edge[WORKER_NETD] ? check_net(a, fd, st, f)
						    : refuse(f, "networks are netd's");
	case GRIP_IMAGE:
		return from == a->edge[WORKER_VOLUMED] ? check_image(a, fd, st, f)
						       : refuse(f, "images are volumed's");
	case GRIP_FILE:
		return from == a->edge[WORKER_VOLUMED] ? check_file(a, fd, st, f)
						       : refuse(f, "image files are volumed's");
	case GRIP_NONE:
	case GRIP_VOLUME:
	case GRIP_LOG:
	case GRIP__COUNT:
		break;
	}
	return refuse(f, "a kind that is not offered");
}

int grip_offer(void *self, const void *req, int *fd, struct reply *out)
{
	struct app *a = self;
	const struct spawn_offer *q = req;
	struct tenant_live *live = NULL;
	struct stat st;
	struct grip *g;
	uint32_t n;
	int rc = 0;

	if (fstat(fd[0], &st) < 0)
		return fault_sys(&out->fault, "grip.stat", "looking at an offer");
	rc = check(a, q, fd[0], &st, &out->fault);
	if (rc == 0 && q->kind != GRIP_FILE)
		rc = tenant_get(a, q->t, &live, &out->fault);
	if (rc < 0)
		return rc;
	n = ROW_TAKE(a, grips);
	if (n == SLOT_NONE)
		return fault_set(&out->fault, -ENOSPC, "grip.full", "%d grips are the bound",
				 GRIPS_MAX);
	g = &a->grips[n];
	g->t = live ? q->t : (struct tenant_ref){ 0, 0 };
	g->kind = (uint16_t)q->kind;
	g->dev = st.st_dev;
	g->ino = st.st_ino;
	g->fd = -1;
	memcpy(g->object, q->object, sizeof(g->object));
	if (q->kind == GRIP_IMAGE)
		rc = attach(a, g, n, &fd[0], &out->fault);
	else
		g->fd = fd_take(&fd[0]);
	if (rc < 0) {
		g->gen = 0;
		return rc;
	}
	if (live)
		live->live++;
	out->slot = (struct slot){ n, g->gen };
	return 0;
}

void grip_close(struct app *a, struct grip *g)
{
	uint32_t n = (uint32_t)(g - a->grips);
	struct slot s = { n, g->gen };

	if (g->kind == GRIP_IMAGE) {
		template_drop_of(a, g->t, NULL, &s);
		detach(a, n);
	}
	fd_close(&g->fd);
	if (g->kind != GRIP_FILE)
		a->tenants[g->t.index].live--;
	g->gen = 0;
}

int grip_drop(void *self, const void *req, int *fd, struct reply *out)
{
	struct app *a = self;
	const struct spawn_slot *q = req;
	struct grip *g = ROW_GET(a, grips, q->s);

	(void)fd;
	if (!g || (g->kind != GRIP_FILE && !tenant_same(g->t, q->t)))
		return fault_set(&out->fault, -ESTALE, "grip.slot", "not a grip of this tenant");
	if (g->uses)
		return fault_set(&out->fault, -EBUSY, "grip.used", "%u starts use this grip",
				 g->uses);
	grip_close(a, g);
	return 0;
}
