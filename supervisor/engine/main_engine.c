/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main_engine.c - cloister-engine: harden, open, loop.
 * Runs as its own uid with no capability. Must not: hold a privilege, touch a key, receive a
 * descriptor from a client.
 */
#include "lib/base/clock.h"
#include "lib/harden/confine.h"
#include "supervisor/engine/engine.h"
#include "supervisor/engine/open.h"
#include "supervisor/engine/peers.h"
#include "supervisor/engine/session.h"
#include "supervisor/engine/store.h"

#include <stdio.h>
#include <string.h>
#include <systemd/sd-event.h>

static struct engine app;

static int confine(struct fault *f)
{
	const struct confine_path paths[] = {
		{ FD_STATE, CONFINE_EDIT | LANDLOCK_ACCESS_FS_MAKE_DIR },
		{ FD_LOG, CONFINE_EDIT },
		{ FD_LIBRARY, CONFINE_READ },
		{ FD_ETC, CONFINE_READ },
	};

	return confine_apply(PROG_ENGINE, paths, ARRAY_LEN(paths), f);
}

int main(void)
{
	struct fault f = { 0 };
	int rc = harden_common(PROG_ENGINE, FD__END, &f);

	if (rc == 0)
		rc = harden_caps(PROG_ENGINE, &f);
	app.started = clock_real_ns();
	app.first_number = 1;
	if (rc == 0)
		rc = open_all(&app, &f);
	if (rc == 0)
		rc = peers_open(&app, &f);
	if (rc == 0)
		rc = sessions_open(&app, &f);
	if (rc == 0)
		rc = confine(&f);
	if (rc < 0) {
		(void)fprintf(stderr, "cloister-engine: %s: %s\n", f.site, f.msg);
		peers_refuse(&f);
		return strncmp(f.site, "store.", 6) == 0 ? store_exit_code(&f) : 1;
	}
	rc = sd_event_loop(app.loop);
	store_close(&app);
	return rc == 0 ? 0 : 1;
}
