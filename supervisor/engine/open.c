/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open.c - the parts of the engine, opened in order. Runs in: cloister-engine, at its start.
 */
#include "supervisor/engine/open.h"
#include "supervisor/engine/compile.h"
#include "supervisor/engine/events.h"
#include "supervisor/engine/images.h"
#include "supervisor/engine/library.h"
#include "supervisor/engine/life.h"
#include "supervisor/engine/plans.h"
#include "supervisor/engine/store.h"
#include "supervisor/engine/waits.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <sys/random.h>
#include <systemd/sd-event.h>

int open_all(struct engine *e, struct fault *f)
{
	static int (*const parts[])(struct engine *, struct fault *) = {
		plans_open,   life_open,   waits_open,	compile_open,
		library_open, images_open, events_open, stats_open,
	};
	size_t seed = 0;
	int rc;

	/* the keys of objects come from clients: the hash is seeded before we are confined */
	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		return fault_sys(f, "engine.seed", "reading random bytes");
	json_object_seed(seed);
	if (sd_event_new(&e->loop) < 0)
		return fault_set(f, -ENOMEM, "engine.loop", "making the event loop");
	if (fcntl(FD_LISTEN, F_SETFL, O_NONBLOCK) < 0)
		return fault_sys(f, "engine.listen", "the control socket");
	rc = table_open(e, f);
	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(parts); i++)
		rc = parts[i](e, f);
	if (rc == 0)
		rc = store_open(e, FD_STATE, f);
	if (rc == 0)
		rc = pinned_open(e, f);
	return rc < 0 ? rc : store_watch(e, f);
}
