/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offers.c - a taken-over netd or volumed: what is no namespace, image or file of its own is
 * refused on arrival; what its true one made is taken, beside it.
 * Runs in: the host tests, as part of evil-engine.
 */
#include "tests/host/evil/tries.h"

#include "lib/base/fd.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum thing {
	HOST_NET,
	OWN_MNT_NS,
	USER_NET,  /* of a user namespace of its own */
	B_NET,	   /* of B's running workload */
	FRESH_NET, /* netd's, as it would be offered */
	MEMFD,
	ETC,
	SOCKET,
	OWN_MOUNT, /* a clone of our own tree */
	TMPFS,	   /* read-only, nosuid, nodev */
	B_IMAGE,   /* that B has */
	IN_IMAGE,  /* a directory in a fresh one, no mount */
	FRESH_IMAGE,
	FULL_FILE,
	READ_FILE,
	FRESH_FILE,
	THING__COUNT
};

static int thing[THING__COUNT];
static struct side c = { .name = "c", .t.index = 3 };

static const struct offer {
	const char *why;
	enum worker as;
	uint32_t kind;
	enum thing what;
	int code;
	const char *site;
} offer_rows[] = {
	{ "the host's network", WORKER_NETD, GRIP_NET, HOST_NET, -EINVAL, "grip.check" },
	{ "a mount namespace as a network", WORKER_NETD, GRIP_NET, OWN_MNT_NS, -EINVAL,
	  "grip.check" },
	{ "a network of another user namespace", WORKER_NETD, GRIP_NET, USER_NET, -EINVAL,
	  "grip.check" },
	{ "the network of B's running workload", WORKER_NETD, GRIP_NET, B_NET, -EINVAL,
	  "grip.check" },
	{ "a memfd as a network", WORKER_NETD, GRIP_NET, MEMFD, -EINVAL, "grip.check" },
	{ "/etc as a network", WORKER_NETD, GRIP_NET, ETC, -EINVAL, "grip.check" },
	{ "a socket as a network", WORKER_NETD, GRIP_NET, SOCKET, -EINVAL, "grip.check" },
	{ "an image as a network", WORKER_NETD, GRIP_NET, FRESH_IMAGE, -EINVAL, "grip.check" },
	{ "a network from volumed", WORKER_VOLUMED, GRIP_NET, FRESH_NET, -EINVAL, "grip.check" },
	{ "a fresh network from netd", WORKER_NETD, GRIP_NET, FRESH_NET, 0, "" },
	{ "the same network again", WORKER_NETD, GRIP_NET, FRESH_NET, -EINVAL, "grip.check" },
	{ "/etc as an image", WORKER_VOLUMED, GRIP_IMAGE, ETC, -EINVAL, "grip.check" },
	{ "a mount of our own as an image", WORKER_VOLUMED, GRIP_IMAGE, OWN_MOUNT, -EINVAL,
	  "grip.check" },
	{ "a tmpfs as an image", WORKER_VOLUMED, GRIP_IMAGE, TMPFS, -EINVAL, "grip.check" },
	{ "B's image", WORKER_VOLUMED, GRIP_IMAGE, B_IMAGE, -EINVAL, "grip.check" },
	{ "a memfd as an image", WORKER_VOLUMED, GRIP_IMAGE, MEMFD, -EINVAL, "grip.check" },
	{ "a socket as an image", WORKER_VOLUMED, GRIP_IMAGE, SOCKET, -EINVAL, "grip.check" },
	{ "a network as an image", WORKER_VOLUMED, GRIP_IMAGE, HOST_NET, -EINVAL, "grip.check" },
	{ "a folder of an image", WORKER_VOLUMED, GRIP_IMAGE, IN_IMAGE, -EINVAL, "grip.attach" },
	{ "an image from netd", WORKER_NETD, GRIP_IMAGE, FRESH_IMAGE, -EINVAL, "grip.check" },
	{ "a fresh image from volumed", WORKER_VOLUMED, GRIP_IMAGE, FRESH_IMAGE, 0, "" },
	{ "the same image again", WORKER_VOLUMED, GRIP_IMAGE, FRESH_IMAGE, -EINVAL, "grip.check" },
	{ "/etc as an image's file", WORKER_VOLUMED, GRIP_FILE, ETC, -EINVAL, "grip.check" },
	{ "a socket as an image's file", WORKER_VOLUMED, GRIP_FILE, SOCKET, -EINVAL, "grip.check" },
	{ "a file with something in it", WORKER_VOLUMED, GRIP_FILE, FULL_FILE, -EINVAL,
	  "grip.check" },
	{ "a file that is open for reading", WORKER_VOLUMED, GRIP_FILE, READ_FILE, -EINVAL,
	  "grip.check" },
	{ "a file from netd", WORKER_NETD, GRIP_FILE, FRESH_FILE, -EINVAL, "grip.check" },
	{ "an empty file from volumed", WORKER_VOLUMED, GRIP_FILE, FRESH_FILE, 0, "" },
	{ "the same file again", WORKER_VOLUMED, GRIP_FILE, FRESH_FILE, -EINVAL, "grip.check" },
	{ "a volume, which nobody offers yet", WORKER_VOLUMED, GRIP_VOLUME, FRESH_FILE, -EINVAL,
	  "grip.check" },
	{ "a log, which nobody offers", WORKER_NETD, GRIP_LOG, FRESH_FILE, -EINVAL, "grip.check" },
	{ "a kind past the table", WORKER_NETD, 99, FRESH_NET, -EINVAL, "grip.check" },
};

/* The network namespace of a child with a user namespace of its own. */
static int user_net(void)
{
	char path[64];
	int p[2], fd = -1;
	char byte = 0;
	pid_t pid;

	if (pipe(p) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		byte = unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0 ? 'n' : 'y';
		DROP(write(p[1], &byte, 1));
		(void)pause();
		_exit(0);
	}
	if (read(p[0], &byte, 1) == 1 && byte == 'y') {
		(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	(void)close(p[0]);
	(void)close(p[1]);
	return fd;
}

/* The network of B's workload, by its init's pid. */
static int net_of_b(void)
{
	char path[64], line[256];
	int pid = -1;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", b.pidfd);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "Pid:", 4))
			pid = atoi(line + 4);
	if (f)
		(void)fclose(f);
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int tmpfs(void)
{
	int fs = (int)syscall(SYS_fsopen, "tmpfs", 1), fd;

	if (fs < 0 || syscall(SYS_fsconfig, fs, 6 /* CREATE */, NULL, NULL, 0) < 0)
		return -1;
	fd = (int)syscall(SYS_fsmount, fs, 1, 1 | 2 | 4 /* RDONLY NOSUID NODEV */);
	(void)close(fs);
	return fd;
}

/* What the servers made and would have offered. */
static void keep(void)
{
	struct slot ignored;
	struct volumed_image q = { .t = c.t };
	AUTO(reply_fini) struct reply r;

	w.hold = true;
	DROP(side_net(&w, &c, &ignored));
	thing[FRESH_NET] = fd_take(&w.held);
	for (int i = 0; i < DIGEST_LEN; i++)
		q.digest[i] = w.image[i];
	DROP(world_ask(&w, WORKER_VOLUMED,
		       &(struct frame_out){ VOLUMED_IMAGE_ATTACH, 0, &q, sizeof(q), NULL, 0 }, &r));
	thing[FRESH_IMAGE] = fd_take(&w.held);
	reply_fini(&r);
	DROP(world_ask(&w, WORKER_VOLUMED, &(struct frame_out){ .op = VOLUMED_IMAGE_BEGIN }, &r));
	thing[FRESH_FILE] = fd_take(&w.held);
	w.hold = false;
}

static void collect(void)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/full", w.dir);
	keep();
	as_root();
	thing[HOST_NET] = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	thing[OWN_MNT_NS] = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	thing[USER_NET] = user_net();
	thing[B_NET] = net_of_b();
	thing[MEMFD] = memfd_create("evil", MFD_CLOEXEC);
	thing[ETC] = open("/etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	thing[SOCKET] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	thing[OWN_MOUNT] = (int)syscall(SYS_open_tree, AT_FDCWD, w.dir, 1 | O_CLOEXEC /* CLONE */);
	thing[TMPFS] = tmpfs();
	thing[B_IMAGE] = w.image_of_b;
	thing[IN_IMAGE] = openat(thing[FRESH_IMAGE], "opt", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	thing[FULL_FILE] = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	DROP(write(thing[FULL_FILE], "x", 1));
	thing[READ_FILE] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	(void)snprintf(path, sizeof(path), "%s/empty", w.dir);
	(void)close(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
	fd_close(&thing[READ_FILE]);
	thing[READ_FILE] = open(path, O_RDONLY | O_CLOEXEC);
	as_engine();
}

static void offer(const struct offer *o)
{
	static const struct tenant_ref none;
	const struct spawn_offer q = { .t = o->kind == GRIP_FILE ? none : c.t, .kind = o->kind };
	AUTO(reply_fini) struct reply r;
	int rc;

	world_skip(&w);
	rc = world_offer(&w, o->as, &q, thing[o->what], &r);
	said(o->why, SPAWN_OFFER, &r, rc, &(struct answer){ o->code, o->site, &q.t, 0 });
}

/* An image whose mount would let device nodes be. */
static void loose_image(void)
{
	const struct offer o = { "an image mount without nodev",
				 WORKER_VOLUMED,
				 GRIP_IMAGE,
				 FRESH_IMAGE,
				 -EINVAL,
				 "grip.check" };
	struct mount_attr attr = { .attr_clr = MOUNT_ATTR_NODEV };
	int fd = thing[FRESH_IMAGE];
	bool set;

	as_root();
	set = syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) == 0;
	as_engine();
	tap(&w, set, o.why, "was made");
	offer(&o);
	attr = (struct mount_attr){ .attr_set = MOUNT_ATTR_NODEV };
	as_root();
	DROP(syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)));
	as_engine();
}

void offers(void)
{
	const struct spawn_offer gone = { .t = { 3, c.t.gen }, .kind = GRIP_NET };
	struct spawn_offer q = gone;
	AUTO(reply_fini) struct reply r;
	bool all = side_bind(&w, &c, CEILING_ID) == 0;
	int rc;

	collect();
	for (size_t i = 0; i < THING__COUNT; i++) {
		all = all && thing[i] >= 0;
		if (thing[i] < 0)
			printf("# thing %zu is not there\n", i);
	}
	tap(&w, all, "offers", "all that is offered was made");
	q.t = (struct tenant_ref){ c.t.index, c.t.gen + 1 };
	world_skip(&w);
	rc = world_offer(&w, WORKER_NETD, &q, thing[FRESH_NET], &r);
	said("a network for a tenant of another life", SPAWN_OFFER, &r, rc,
	     &(struct answer){ -ESTALE, "registry.gen", &q.t, 0 });
	loose_image();
	for (size_t i = 0; i < ARRAY_LEN(offer_rows); i++)
		offer(&offer_rows[i]);
	for (size_t i = 0; i < THING__COUNT; i++)
		fd_close(&thing[i]);
}
