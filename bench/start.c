/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start.c - bench/start BIN RESULTS [HOT QUIET]: how long a start takes, beside other ways to
 * start. Every round starts each kind once, in an order that turns, so that a change of the
 * machine's speed meets all of them. Never pass or fail by time: it fails only when it cannot
 * measure.
 */
#include "bench/bench.h"
#include "lib/base/str.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { HOT = 200, QUIET = 30, WARM = 5, QUIET_MS = 300 };

static struct results results;

/* Ctrl-C and the like stay pending and end the run between two starts, so that nothing stays
 * behind. */
static bool interrupted(void)
{
	sigset_t set;

	return sigpending(&set) == 0 && (sigismember(&set, SIGINT) || sigismember(&set, SIGTERM) ||
					 sigismember(&set, SIGHUP));
}

static void hold_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

/* One round of every kind that is not refused. A failure after the warm-up refuses it as well. */
static void one_round(const struct places *p, enum mode m, size_t n)
{
	for (size_t i = 0; i < KIND__COUNT; i++) {
		static const struct timespec quiet = { .tv_nsec = QUIET_MS * 1000000L };
		size_t k = (i + n) % KIND__COUNT;
		struct fault f = { 0 };

		if (results.refused[k][0] || interrupted())
			continue;
		if (m == MODE_QUIET)
			(void)nanosleep(&quiet, NULL); /* the quiet is what is measured */
		if (kinds[k].run(p, &results.s[k][m][n], &f) < 0) {
			(void)snprintf(results.refused[k], REASON_MAX, "%s", f.msg);
			(void)fprintf(stderr, "bench: %s refused: %s\n", kinds[k].name, f.msg);
		}
	}
}

static int places_init(struct places *p, const char *self, const char *bin)
{
	const char *slash = strrchr(self, '/');

	(void)snprintf(p->bin, sizeof(p->bin), "%s", bin);
	(void)snprintf(p->first, sizeof(p->first), "%.*s/first", slash ? (int)(slash - self) : 1,
		       slash ? self : ".");
	(void)snprintf(p->tmp, sizeof(p->tmp), "/tmp/cloister-bench.XXXXXX");
	if (!mkdtemp(p->tmp))
		return -errno;
	(void)snprintf(p->sock, sizeof(p->sock), "%s/state/control.sock", p->tmp);
	return 0;
}

static size_t rounds(const char *text, size_t otherwise)
{
	uint64_t v = otherwise;

	if (text && (str_to_u64(text, strlen(text), &v) < 0 || v == 0 || v > ROUNDS_MAX))
		return 0;
	return v;
}

int main(int argc, char **argv)
{
	size_t hot = rounds(argc > 4 ? argv[3] : NULL, HOT);
	size_t quiet = rounds(argc > 4 ? argv[4] : NULL, QUIET);
	struct places p = { 0 };
	struct fault f = { 0 };
	int rc;

	if ((argc != 3 && argc != 5) || !hot || !quiet) {
		(void)fprintf(stderr, "usage: start BIN RESULTS [HOT QUIET], rounds 1-%d\n",
			      ROUNDS_MAX);
		return 2;
	}
	if (places_init(&p, argv[0], argv[1]) < 0) {
		(void)fprintf(stderr, "bench: no scratch folder: %s\n", strerror(errno));
		return 1;
	}
	hold_signals();
	kinds_open(&p, &results);
	for (size_t i = 0; i < WARM; i++)
		one_round(&p, MODE_HOT, i); /* overwritten below */
	for (size_t i = 0; i < hot; i++)
		one_round(&p, MODE_HOT, i);
	for (size_t i = 0; i < quiet; i++)
		one_round(&p, MODE_QUIET, i);
	results.n[MODE_HOT] = hot;
	results.n[MODE_QUIET] = quiet;
	kinds_close(&p);
	if (interrupted())
		return 130;
	rc = report_write(&results, argv[2], &f);
	if (rc < 0)
		(void)fprintf(stderr, "bench: %s\n", f.msg);
	return rc < 0;
}
