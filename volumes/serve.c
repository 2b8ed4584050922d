/* SPDX-License-Identifier: Apache-2.0 */
/*
 * serve.c - start and loop. Runs in: cloister-volumed. Must not block: a commit's copy is a
 * child's.
 */
#include "volumes/volumed_ops.h"
#include "lib/base/fd.h"
#include "volumes/place.h"

#include <poll.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>

static void say(const struct fault *f)
{
	(void)dprintf(2, "cloister-volumed: %s: %s\n", f->site, f->msg);
}

static int map_registry(struct volumed *v, struct fault *f)
{
	struct stat st;
	void *map;

	if (fstat(WORKER_FD_REGISTRY, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size != REG_SIZE)
		return fault_set(f, -EINVAL, "volumed.registry", "no tenants.idx of %d bytes",
				 REG_SIZE);
	map = mmap(NULL, REG_SIZE, PROT_READ, MAP_SHARED, WORKER_FD_REGISTRY, 0);
	if (map == MAP_FAILED)
		return fault_sys(f, "volumed.registry", "mapping tenants.idx");
	v->registry = map;
	return 0;
}

/* From the file where that works: then no block device is ever touched, and /dev is closed. */
static void choose_kind(struct volumed *v)
{
	struct fault f = { 0 }, g = { 0 };

	v->kind = IMAGE_FILE;
	if (image_probe(IMAGE_FILE, v->dev, v->images, &f) == 0) {
		fd_close(&v->dev);
		return;
	}
	v->kind = IMAGE_LOOP;
	if (image_probe(IMAGE_LOOP, v->dev, v->images, &g) == 0)
		return;
	/* Serve on: the engine asks by VOLUMED_HOST, and doctor says what is missing. */
	v->kind = IMAGE_NONE;
	say(&f);
	say(&g);
	fd_close(&v->dev);
}

int volumed_open(struct volumed *v, struct fault *f)
{
	int rc;

	v->host = (struct op_host){ .rows = volumed_ops,
				    .count = VOLUMED__COUNT,
				    .phase = PHASE_SETUP,
				    .self = v,
				    .acts = &v->acts,
				    .about = volumed_about };
	v->parent = WORKER_FD_PARENT;
	v->images = WORKER_FD;
	v->engine = v->spawn = v->dev = -1;
	for (uint32_t i = 0; i < BUILDS_MAX; i++)
		v->builds[i] = (struct build){ .file = -1, .answer = -1 };
	if (getrandom(&v->gen, sizeof(v->gen), 0) != (ssize_t)sizeof(v->gen))
		return fault_sys(f, "volumed.random", "the first generation");
	acts_init(&v->acts, WORKER_FD_ACTS);
	rc = map_registry(v, f);
	if (rc == 0)
		rc = place_enter(&v->dev, f);
	if (rc == 0)
		choose_kind(v);
	return rc;
}

/* One edge that may have something; *edge is -1 when it ended. */
static void serve_edge(struct volumed *v, int *edge, uint8_t from)
{
	struct fault f = { 0 };
	int rc = op_serve(&v->host, *edge, from, &f);

	if (rc == 1 || rc == -EAGAIN)
		return;
	if (rc < 0)
		say(&f);
	fd_close(edge);
}

int volumed_serve(struct volumed *v, struct fault *f)
{
	for (;;) {
		/* who asks before set-up is over waits, it is not refused at the gate */
		bool run = v->host.phase == PHASE_RUN;
		struct pollfd p[3 + BUILDS_MAX] = {
			{ .fd = v->parent, .events = POLLIN },
			{ .fd = run ? v->engine : -1, .events = POLLIN },
			{ .fd = run ? v->spawn : -1, .events = POLLIN },
		};

		for (uint32_t i = 0; i < BUILDS_MAX; i++)
			p[3 + i] = (struct pollfd){ .fd = v->builds[i].answer, .events = POLLIN };
		acts_sync(&v->acts, false);
		if (poll(p, ARRAY_LEN(p), acts_wait_ms(&v->acts, -1)) < 0) {
			if (errno != EINTR)
				return fault_sys(f, "volumed.poll", "waiting");
			continue;
		}
		/* before the edges, which may change the rows */
		for (uint32_t i = 0; i < BUILDS_MAX; i++)
			if (p[3 + i].revents)
				build_done(v, &v->builds[i]);
		if (p[0].revents)
			serve_edge(v, &v->parent, FROM_PARENT);
		if (v->parent < 0)
			return 0;
		if (p[1].revents && p[1].fd == v->engine)
			serve_edge(v, &v->engine, FROM_ENGINE);
		/* spawn speaks only when asked: this is its end, or no answer of ours */
		if (p[2].revents && p[2].fd == v->spawn) {
			v->cut = v->cut || !(p[2].revents & POLLHUP);
			fd_close(&v->spawn);
		}
		if (v->cut)
			return fault_set(f, -ECONNABORTED, "volumed.cut",
					 "spawn did not answer as it should; beginning anew");
	}
}
