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

/*
 * Does a process live in it whose grip is gone, or was an earlier spawner's? An image may be one of
 * the same tenant's: after a restart of the engine it is offered anew.
 */
static bool in_use(const struct app *a, const struct spawn_offer *q, const struct stat *st)
{
	for (uint32_t i = 0; i < a->rows[TABLE_START].top; i++) {
		const struct start *s = &a->starts[i];

		if (!s->row.gen)
			continue;
		if (q->kind == GRIP_NET && s->note.held[0] == st->st_ino)
			return true;
		for (uint32_t k = 1; q->kind == GRIP_IMAGE && k <= START_IMAGES; k++)
			if (s->note.held[k] == st->st_dev && !tenant_same(s->row.t, q->t))
				return true;
	}
	return false;
}

/*
 * Each network namespace, image superblock and image file is here once: no two tenants share one,
 * and no two attachments of an image an inode or a cached page (I10).
 */
static bool here_already(const struct app *a, const struct spawn_offer *q, const struct stat *st)
{
	for (uint32_t i = 0; i < a->rows[TABLE_GRIP].top; i++) {
		const struct grip *g = &a->grips[i];

		if (g->row.gen && g->kind == q->kind && g->dev == st->st_dev &&
		    (q->kind == GRIP_IMAGE || g->ino == st->st_ino))
			return true;
	}
	return in_use(a, q, st);
}

/* A network namespace of the initial user namespace, not the host's. */
static int check_net(const struct app *a, int fd, const struct stat *st, struct fault *f)
{
	struct statfs fs;
	struct stat owner;
	AUTO_FD int user = -1;

	if (fstatfs(fd, &fs) < 0 || fs.f_type != NSFS_MAGIC ||
	    ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET)
		return refuse(f, "not a network namespace");
	if (st->st_dev == a->host_ns && st->st_ino == a->host_net)
		return refuse(f, "the host's own network namespace");
	user = ioctl(fd, NS_GET_USERNS);
	if (user < 0 || fstat(user, &owner) < 0 || owner.st_dev != a->host_ns ||
	    owner.st_ino != a->host_user)
		return refuse(f, "a network namespace of another user namespace");
	return 0;
}

static int check_image(const struct app *a UNUSED, int fd, const struct stat *st, struct fault *f)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0 || fs.f_type != (__typeof__(fs.f_type))EROFS_SUPER_MAGIC_V1 ||
	    !S_ISDIR(st->st_mode))
		return refuse(f, "not an EROFS tree");
	if ((fs.f_flags & (ST_RDONLY | ST_NOSUID | ST_NODEV)) != (ST_RDONLY | ST_NOSUID | ST_NODEV))
		return refuse(f, "an image mount without ro, nosuid and nodev");
	return 0;
}

static int check_file(const struct app *a UNUSED, int fd, const struct stat *st, struct fault *f)
{
	if (!S_ISREG(st->st_mode) || st->st_size != 0 ||
	    (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY)
		return refuse(f, "not an empty writable file");
	return 0;
}

static void detach(uint32_t n)
{
	char name[24] = "/i";

	(void)str_u64(name + 2, n);
	(void)umount2(name, MNT_DETACH | UMOUNT_NOFOLLOW); /* ours, and just there */
}

/*
 * Attaches an image below our own root: before 6.15 a detached tree cannot be cloned from.
 * Returns where, as O_PATH.
 */
static int attach(const struct app *a, uint32_t n, int fd, struct fault *f)
{
	char name[24] = "i";
	int at;

	(void)str_u64(name + 1, n);
	if (mkdirat(a->o.base_root, name, 0700) < 0 && errno != EEXIST)
		return fault_sys(f, "grip.attach", "making %s", name);
	if (move_mount(fd, "", a->o.base_root, name, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return fault_sys(f, "grip.attach", "attaching an image");
	at = openat(a->o.base_root, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (at < 0) {
		(void)fault_sys(f, "grip.attach", "opening %s", name);
		detach(n);
		return f->err;
	}
	return at;
}

/* What may be offered, by whom, and what is looked at. */
static const struct offer_row {
	const char *owner;
	uint32_t from; /* enum worker */
	int (*check)(const struct app *a, int fd, const struct stat *st, struct fault *f);
} offers[GRIP__COUNT] = {
	[GRIP_NET] = { "networks are netd's", WORKER_NETD, check_net },
	[GRIP_IMAGE] = { "images are volumed's", WORKER_VOLUMED, check_image },
	[GRIP_FILE] = { "image files are volumed's", WORKER_VOLUMED, check_file },
};

static int check(struct app *a, const struct spawn_offer *q, int fd, struct stat *st,
		 struct fault *f)
{
	const struct offer_row *row = q->kind < GRIP__COUNT ? &offers[q->kind] : &offers[GRIP_NONE];

	if (!row->check)
		return refuse(f, "a kind that is not offered");
	if (a->host.now_sock != a->edge[row->from])
		return refuse(f, row->owner);
	if (fstat(fd, st) < 0)
		return fault_sys(f, "grip.stat", "looking at an offer");
	if (here_already(a, q, st))
		return refuse(f, "a network namespace, superblock or file that is here already");
	return row->check(a, fd, st, f);
}

int grip_offer(void *self, const void *req, int *fd, struct reply *out)
{
	static const struct tenant_ref none;
	struct app *a = self;
	const struct spawn_offer *q = req;
	bool has_tenant = q->kind != GRIP_FILE;
	struct stat st;
	struct grip *g;

	if (check(a, q, fd[0], &st, &out->fault) < 0 ||
	    (has_tenant && tenant_get(a, q->t, &out->fault) < 0))
		return out->fault.err;
	g = row_take(a, TABLE_GRIP, has_tenant ? q->t : none, &out->fault);
	if (!g)
		return out->fault.err;
	g->kind = (uint16_t)q->kind;
	g->dev = st.st_dev;
	g->ino = st.st_ino;
	memcpy(g->object, q->object, sizeof(g->object));
	g->fd = q->kind == GRIP_IMAGE ? attach(a, row_number(a, TABLE_GRIP, g), fd[0], &out->fault)
				      : fd_take(&fd[0]);
	if (g->fd < 0) {
		row_free(a, TABLE_GRIP, g);
		return out->fault.err;
	}
	out->slot = row_slot(a, TABLE_GRIP, g);
	return 0;
}

struct slot grip_adopt(struct app *a, struct tenant_ref t, int pidfd)
{
	struct fault ignored; /* no grip: nobody else may share that network, and nothing is lost */
	AUTO_FD int fd = ns_join(pidfd, CLONE_NEWNET) < 0
				 ? -1
				 : openat(a->o.proc, "self/ns/net", O_RDONLY | O_CLOEXEC);
	struct grip *g = NULL;
	struct stat st;

	if (setns(a->o.base_net, CLONE_NEWNET) < 0)
		abort(); /* what is made later would be made in there */
	if (fd < 0 || fstat(fd, &st) < 0 || check_net(a, fd, &st, &ignored) < 0)
		return (struct slot){ 0 };
	for (uint32_t i = 0; !g && i < a->rows[TABLE_GRIP].top; i++) /* two of it: --net-of */
		if (a->grips[i].row.gen && a->grips[i].kind == GRIP_NET &&
		    a->grips[i].ino == st.st_ino)
			g = &a->grips[i];
	if (!g)
		g = row_take(a, TABLE_GRIP, t, &ignored);
	if (!g || !tenant_same(g->row.t, t)) /* I10 */
		return (struct slot){ 0 };
	if (!g->used) {
		g->kind = GRIP_NET;
		g->dev = st.st_dev;
		g->ino = st.st_ino;
		g->used = true;
		g->fd = fd_take(&fd);
	}
	g->row.uses++;
	return row_slot(a, TABLE_GRIP, g);
}

void grip_close(struct app *a, struct grip *g)
{
	struct slot s = row_slot(a, TABLE_GRIP, g);

	if (g->kind == GRIP_IMAGE) {
		template_drop_of(a, s);
		detach(s.n);
	}
	fd_close(&g->fd);
	row_free(a, TABLE_GRIP, g);
}

int grip_drop(void *self, const void *req, int *fd UNUSED, struct reply *out)
{
	struct spawn_slot q = *(const struct spawn_slot *)req;
	struct grip *g = row_get(self, TABLE_GRIP, q.s);

	if (g && g->kind == GRIP_FILE)
		q.t = g->row.t; /* of no tenant: any of them may */
	g = row_idle(self, TABLE_GRIP, &q, &out->fault);
	if (!g)
		return out->fault.err;
	grip_close(self, g);
	return 0;
}
