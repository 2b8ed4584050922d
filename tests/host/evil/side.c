/* SPDX-License-Identifier: Apache-2.0 */
/*
 * side.c - a tenant with one object of each kind. Runs in: the host tests, as part of evil-engine.
 */
#include "tests/host/evil/side.h"

#include "lib/base/fd.h"
#include "lib/plan/plan.h"
#include "lib/plan/registry.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define NO_SLOT ((struct slot){ UINT32_MAX, 0 })

static int say(const struct side *s, const char *what, const struct reply *r)
{
	if (r->code < 0)
		printf("# %s of %s: %s: %s\n", what, s->name, r->fault.site, r->fault.msg);
	return r->code < 0 ? -1 : 0;
}

int slot_op(struct world *w, uint16_t op, struct tenant_ref t, struct slot s, struct reply *r)
{
	const struct spawn_slot q = { t, s };
	const struct frame_out o = { op, 0, &q, sizeof(q), NULL, 0 };

	return world_ask(w, WORKER_SPAWN, &o, r);
}

int args_memory(const char *a, const char *b)
{
	struct {
		struct run_args head;
		char text[64];
	} m = { .head = { .magic = "CLARGS\0\1", .argc = b ? 2 : 1 } };
	size_t n = strlen(a) + 1;

	memcpy(m.text, a, n);
	if (b) {
		memcpy(m.text + n, b, strlen(b) + 1);
		n += strlen(b) + 1;
	}
	m.head.size = (uint32_t)(sizeof(m.head) + n);
	return sealed_memory(&m, m.head.size);
}

int side_bind(struct world *w, struct side *s, uint32_t ceiling)
{
	struct spawn_tenant_bind q = { .index = s->t.index, .ceiling = ceiling };
	const struct frame_out o = { SPAWN_TENANT_BIND, 0, &q, sizeof(q), NULL, 0 };
	AUTO(reply_fini) struct reply r;

	registry_id(s->name, s->id);
	memcpy(q.id, s->id, sizeof(q.id));
	(void)world_ask(w, WORKER_SPAWN, &o, &r); /* the code is in r */
	s->t.gen = (uint32_t)r.value[1];
	return say(s, "tenant.bind", &r);
}

int side_net(struct world *w, struct side *s, struct slot *to)
{
	const struct netd_assign q = { .t = s->t, .flags = NETD_LO_UP };
	const struct frame_out o = { NETD_ASSIGN, 0, &q, sizeof(q), NULL, 0 };
	AUTO(reply_fini) struct reply r;

	(void)world_ask(w, WORKER_NETD, &o, &r);
	*to = r.slot;
	return say(s, "net.assign", &r);
}

int plan_take(struct world *w, const struct side *s, const char *name, const uint8_t *digest,
	      struct slot *to)
{
	static union plan_bytes b;
	const struct spawn_tenant q = { s->t };
	ssize_t n = plan_read(w, name, &b);
	AUTO(reply_fini) struct reply r;
	AUTO_FD int fd = -1;

	for (size_t i = 0; n > 0 && digest && i < plan_count(&b, PLAN_MOUNT); i++) {
		struct plan_mount *m = (void *)(uintptr_t)plan_row(&b, PLAN_MOUNT, i);

		if (m->kind == MOUNT_IMAGE)
			memcpy(m->digest, digest, sizeof(m->digest));
	}
	fd = n > 0 ? plan_memory(&b, (size_t)n) : -1;
	reply_init(&r);
	if (fd < 0)
		return -1;
	(void)world_ask(w, WORKER_SPAWN,
			&(struct frame_out){ SPAWN_PLAN_LOAD, 0, &q, sizeof(q), &fd, 1 }, &r);
	*to = r.slot;
	return say(s, "plan.load", &r);
}

static int cgroup_take(struct world *w, const struct side *s, uint32_t number, struct slot *to)
{
	const struct spawn_cgroup_make q = { .t = s->t, .plan = s->plan, .workload = number };
	const struct frame_out o = { SPAWN_CGROUP_MAKE, 0, &q, sizeof(q), NULL, 0 };
	AUTO(reply_fini) struct reply r;

	(void)world_ask(w, WORKER_SPAWN, &o, &r);
	*to = r.slot;
	return say(s, "cgroup.make", &r);
}

static int image_take(struct world *w, struct side *s, const uint8_t digest[DIGEST_LEN])
{
	struct volumed_image q = { .t = s->t };
	const struct frame_out o = { VOLUMED_IMAGE_ATTACH, 0, &q, sizeof(q), NULL, 0 };
	AUTO(reply_fini) struct reply r;

	memcpy(q.digest, digest, sizeof(q.digest));
	(void)world_ask(w, WORKER_VOLUMED, &o, &r);
	s->image = r.slot;
	return say(s, "image.attach", &r);
}

static int log_take(struct world *w, struct side *s)
{
	const struct spawn_log q = { .t = s->t, .size_max = 1 << 20, .rate = 1 << 20 };
	struct frame_out o = { SPAWN_LOG, 0, &q, sizeof(q), NULL, LOG_PARTS };
	AUTO(reply_fini) struct reply r;
	int fd[LOG_PARTS];
	char path[512];

	as_root();
	for (int i = 0; i < LOG_PARTS; i++) {
		(void)snprintf(path, sizeof(path), "%s/log.%s.%d", w->dir, s->name, i);
		fd[i] = open(path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
	}
	as_engine();
	o.fd = fd;
	(void)world_ask(w, WORKER_SPAWN, &o, &r);
	s->log = r.slot;
	for (int i = 0; i < LOG_PARTS; i++)
		fd_close(&fd[i]);
	return say(s, "log", &r);
}

struct spawn_start start_of(const struct side *s, bool image)
{
	struct spawn_start q = { .t = s->t,
				 .cgroup = s->cgroup,
				 .plan = image ? s->image_plan : s->plan,
				 .net = s->net,
				 .log = s->log,
				 .workload = N_SPARE,
				 .nimage = image,
				 .flags = START_NO_STDIN };

	if (image)
		q.image[0] = s->image;
	memset(q.op_id, 0x5a, sizeof(q.op_id));
	return q;
}

struct spawn_exec exec_of(const struct side *s)
{
	struct spawn_exec q = {
		.t = s->t, .start = s->running, .plan = s->plan, .workload = N_RUNNING
	};

	memset(q.op_id, 0x5b, sizeof(q.op_id));
	return q;
}

static int sleep_begin(struct world *w, struct side *s)
{
	struct spawn_start q = start_of(s, false);
	AUTO_FD int args = args_memory("/usr/bin/sleep", "1000");
	const struct frame_out o = { SPAWN_RUN, 0, &q, sizeof(q), &args, 1 };
	AUTO(reply_fini) struct reply r;

	q.cgroup = s->its_cgroup;
	q.net = s->its_net;
	q.log = NO_SLOT;
	q.workload = N_RUNNING;
	(void)world_ask(w, WORKER_SPAWN, &o, &r);
	s->running = r.slot;
	s->pidfd = fd_take(&r.fd[0]);
	return say(s, "run", &r);
}

int run_it(struct world *w, const struct spawn_start *q, struct reply *r)
{
	AUTO_FD int args = args_memory("/usr/bin/true", NULL);
	const struct frame_out o = { SPAWN_RUN, 0, q, sizeof(*q), &args, 1 };
	int rc = world_ask(w, WORKER_SPAWN, &o, r);

	reply_fini(r);
	return rc == 0 && !world_ended(w, r->slot) ? -ETIMEDOUT : rc;
}

int exec_it(struct world *w, const struct spawn_exec *q, struct reply *r)
{
	AUTO_FD int args = args_memory("/usr/bin/true", NULL);
	const struct frame_out o = { SPAWN_EXEC, 0, q, sizeof(*q), &args, 1 };
	int rc = world_ask(w, WORKER_SPAWN, &o, r);

	reply_fini(r);
	return rc == 0 && !world_ended(w, r->slot) ? -ETIMEDOUT : rc;
}

int side_make(struct world *w, struct side *s, const char *name, uint32_t index,
	      const uint8_t digest[DIGEST_LEN])
{
	*s = (struct side){ .name = name, .t.index = index, .pidfd = -1 };
	if (side_bind(w, s, CEILING_ID) < 0 || plan_take(w, s, "run", NULL, &s->plan) < 0 ||
	    plan_take(w, s, "image", digest, &s->image_plan) < 0 ||
	    cgroup_take(w, s, N_RUNNING, &s->its_cgroup) < 0 ||
	    cgroup_take(w, s, N_SPARE, &s->cgroup) < 0 || side_net(w, s, &s->its_net) < 0 ||
	    side_net(w, s, &s->net) < 0 || log_take(w, s) < 0 || image_take(w, s, digest) < 0)
		return -1;
	return sleep_begin(w, s);
}

/* ---- an image of one file, as `cloister image build` makes them ---- */

/* One header of a tar: a name, an octal mode, a kind; sizes are 0. */
static void tar_head(char h[512], const char *name, char kind, const char *link)
{
	unsigned sum = 0;

	memset(h, 0, 512);
	(void)snprintf(h, 100, "%s", name);
	(void)snprintf(h + 100, 8, "%07o", kind == '5' ? 0755u : 0644u);
	(void)snprintf(h + 108, 8, "%07o", 0u);
	(void)snprintf(h + 116, 8, "%07o", 0u);
	(void)snprintf(h + 124, 12, "%011o", 0u);
	(void)snprintf(h + 136, 12, "%011o", 0u);
	memset(h + 148, ' ', 8);
	h[156] = kind;
	(void)snprintf(h + 157, 100, "%s", link);
	memcpy(h + 257,
	       "ustar\0"
	       "00",
	       8);
	for (int i = 0; i < 512; i++)
		sum += (unsigned char)h[i];
	(void)snprintf(h + 148, 8, "%06o", sum);
}

static int feed(int fd)
{
	static char block[1024];
	static const char *const dirs[] = { "opt/", "opt/evil/" };
	char h[512];

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		tar_head(h, dirs[i], '5', "");
		if (write(fd, h, sizeof(h)) != (ssize_t)sizeof(h))
			return -1;
	}
	tar_head(h, "opt/evil/file", '0', "");
	return write(fd, h, sizeof(h)) == (ssize_t)sizeof(h) &&
			       write(fd, block, sizeof(block)) == (ssize_t)sizeof(block)
		       ? 0
		       : -1;
}

int image_make(struct world *w, uint8_t digest[DIGEST_LEN])
{
	const struct side nobody = { .name = "nobody" };
	struct spawn_mkimage m = { { 0, 0 } };
	struct volumed_slot own;
	AUTO(reply_fini) struct reply r;
	char text[512];
	ssize_t n;

	(void)world_ask(w, WORKER_VOLUMED, &(struct frame_out){ .op = VOLUMED_IMAGE_BEGIN }, &r);
	if (say(&nobody, "image.begin", &r) < 0)
		return -1;
	m.file = r.slot;
	own.s = (struct slot){ (uint32_t)r.value[0], (uint32_t)r.value[1] };
	(void)world_ask(w, WORKER_SPAWN,
			&(struct frame_out){ SPAWN_MKIMAGE, 0, &m, sizeof(m), NULL, 0 }, &r);
	if (say(&nobody, "mkimage", &r) < 0 || feed(r.fd[1]) < 0)
		return -1;
	fd_close(&r.fd[1]);
	n = read(r.fd[2], text, sizeof(text) - 1);
	if (n > 0)
		printf("# mkimage: %.*s\n", (int)n, text);
	if (!world_ended(w, r.slot))
		return -1;
	reply_fini(&r);
	(void)world_ask(w, WORKER_VOLUMED,
			&(struct frame_out){ VOLUMED_IMAGE_COMMIT, 0, &own, sizeof(own), NULL, 0 },
			&r);
	memcpy(digest, r.value, DIGEST_LEN);
	return say(&nobody, "image.commit", &r);
}
