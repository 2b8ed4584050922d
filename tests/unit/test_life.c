/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_life.c - the pure decisions of the life cycle: how long a service waits before it begins
 * again, how often a tenant's may, when a service is ready, why it ended, what the ring of events
 * keeps, what the kernel's text says, and where a log's parts begin.
 */
/* links: supervisor/engine/backoff.c supervisor/engine/ready.c supervisor/engine/reasons.c
 * supervisor/engine/ring.c supervisor/engine/figures.c lib/base */
#include "tests/unit/unit.h"

#include "lib/asks/spawn.h"
#include "lib/plan/plan.h"
#include "supervisor/engine/backoff.h"
#include "supervisor/engine/events.h"
#include "supervisor/engine/figures.h"
#include "supervisor/engine/ready.h"
#include "supervisor/engine/reasons.h"

#include <signal.h>
#include <string.h>

#define MS UINT64_C(1000000)

static void backoff_doubles(void **state)
{
	static const uint64_t want_ms[] = { 100,  200,	 400,	800,   1600,  3200,
					    6400, 12800, 25600, 51200, 60000, 60000 };
	uint32_t failures = 0;

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(want_ms); i++)
		assert_int_equal(backoff_ns(&failures, 5 * MS) / MS, want_ms[i]);
	assert_int_equal(backoff_ns(&failures, 10000 * MS) / MS, 60000); /* not yet well */
	assert_int_equal(backoff_ns(&failures, 10001 * MS) / MS, 100);
	assert_int_equal(backoff_ns(&failures, 0) / MS, 200);
	failures = UINT32_MAX;
	assert_int_equal(backoff_ns(&failures, 0) / MS, 60000);
	assert_int_equal(failures, UINT32_MAX);
}

/* Asked every millisecond for ten seconds: the first ones and so many a second, and what it says
 * to wait is enough. */
static void bucket_bounds(void **state)
{
	const uint64_t begin = 5000000 * MS;
	struct bucket b = { 0 };
	unsigned taken = 0;
	uint64_t wait = 0;

	(void)state;
	for (uint64_t t = 0; t < 10000; t++)
		taken += bucket_take(&b, begin + t * MS) == 0;
	assert_true(taken >= RESTARTS_AT_ONCE + 10 * RESTARTS_A_SECOND - 1);
	assert_true(taken <= RESTARTS_AT_ONCE + 10 * RESTARTS_A_SECOND + 1);
	while (wait == 0)
		wait = bucket_take(&b, begin + 10000 * MS);
	assert_true(wait <= 1000 * MS / RESTARTS_A_SECOND);
	assert_int_equal(bucket_take(&b, begin + 10000 * MS + wait), 0);
	assert_int_not_equal(bucket_take(&b, begin), 0); /* a clock that goes back gives nothing */
}

static const struct {
	const char *why;
	struct ready_view v;
	enum ready_verdict want;
	uint64_t pause_ms;
} readiness[] = {
	{ "time: not yet", { READY_TIME, READY_NOT, 999 * MS, 1000 * MS }, READY_WAIT, 1 },
	{ "time: elapsed", { READY_TIME, READY_NOT, 1000 * MS, 1000 * MS }, READY_YES, 0 },
	{ "time asks nobody", { READY_TIME, READY_BLIND, 0, 1000 * MS }, READY_WAIT, 1000 },
	{ "notify: at once", { READY_NOTIFY, READY_NOT, 0, 1000 * MS }, READY_WAIT, 10 },
	{ "notify: told", { READY_NOTIFY, READY_TOLD, 5 * MS, 1000 * MS }, READY_YES, 10 },
	{ "told at the last moment",
	  { READY_NOTIFY, READY_TOLD, 2000 * MS, 1000 * MS },
	  READY_YES,
	  0 },
	{ "late", { READY_NOTIFY, READY_NOT, 1000 * MS, 1000 * MS }, READY_LATE, 0 },
	{ "lost: time tells", { READY_NOTIFY, READY_LOST, 999 * MS, 1000 * MS }, READY_WAIT, 1 },
	{ "lost: it had its time",
	  { READY_LISTEN, READY_LOST, 1000 * MS, 1000 * MS },
	  READY_YES,
	  0 },
	{ "listen: later", { READY_LISTEN, READY_NOT, 800 * MS, 60000 * MS }, READY_WAIT, 100 },
	{ "listen: much later",
	  { READY_LISTEN, READY_NOT, 30000 * MS, 60000 * MS },
	  READY_WAIT,
	  1000 },
	{ "not beyond the limit",
	  { READY_LISTEN, READY_NOT, 59995 * MS, 60000 * MS },
	  READY_WAIT,
	  5 },
	{ "a kernel that cannot tell",
	  { READY_LISTEN, READY_BLIND, 0, 60000 * MS },
	  READY_CANNOT,
	  10 },
};

static void ready_is_decided(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(readiness); i++) {
		unit_eq((int)ready_decide(&readiness[i].v), (int)readiness[i].want,
			readiness[i].why);
		unit_eq((int)(ready_pause_ns(&readiness[i].v) / MS), (int)readiness[i].pause_ms,
			readiness[i].why);
	}
	assert_false(ready_is_awaited(READY_TIME));
	assert_true(ready_is_awaited(READY_LISTEN));
	assert_true(ready_is_awaited(READY_NOTIFY));
}

#define EXITED(n)	  .status = CLD_EXITED, .value = (n)
#define KILLED(n)	  .status = CLD_KILLED, .value = (n)
#define SIGNALED(n)	  .claim_kind = CLAIM_SIGNALED, .claim_signal = (n)
#define CLAIMS_CODE(n)	  .claim_kind = CLAIM_EXITED, .claim_code = (n)
#define CLAIMS_NO_EXEC(n) .claim_kind = CLAIM_EXEC_FAILED, .claim_errno = (n)

/* clang-format off */
static const struct {
	const char *why;
	struct spawn_exit x;
	uint32_t flags, stopped, reason;
	int code, signal, err, claim;
} reasons[] = {
	{ "a code",                   { EXITED(0) }, 0, 0, EXIT_CODE, 0, 0, 0, 0 },
	{ "another code",             { EXITED(7), CLAIMS_CODE(7) }, 0, 0, EXIT_CODE, 7, 0, 0, 0 },
	{ "a claim of another code",  { EXITED(7), CLAIMS_CODE(0) }, 0, 0, EXIT_CODE, 7, 0, 0, 0 },
	{ "a signal",                 { EXITED(139), SIGNALED(SIGSEGV) }, 0, 0, EXIT_SIGNAL, 0, SIGSEGV, 0, 1 },
	{ "a claim of a signal that the status does not bear out",
	                              { EXITED(0), SIGNALED(SIGSEGV) }, 0, 0, EXIT_CODE, 0, 0, 0, 0 },
	{ "init itself was killed",   { KILLED(SIGKILL), CLAIMS_CODE(0) }, 0, 0, EXIT_SIGNAL, 0, SIGKILL, 0, 0 },
	{ "the code of a signal, without its record", { EXITED(139) }, 0, 0, EXIT_CODE, 139, 0, 0, 0 },
	{ "a refused call",           { EXITED(159), SIGNALED(SIGSYS) }, 0, 0, EXIT_REFUSED, 0, SIGSYS, 0, 1 },
	{ "out of memory, all of it", { KILLED(SIGKILL), .oom = 3 }, 0, 0, EXIT_OOM, 0, SIGKILL, 0, 0 },
	{ "out of memory, the program", { EXITED(137), SIGNALED(SIGKILL), .oom = 1 }, 0, 0, EXIT_OOM, 0, SIGKILL, 0, 1 },
	{ "an OOM kill that it outlived", { EXITED(3), .oom = 1 }, 0, 0, EXIT_CODE, 3, 0, 0, 0 },
	{ "out of memory while it is stopped", { KILLED(SIGKILL), .oom = 1 }, WF_KILLED, 1, EXIT_OOM, 0, SIGKILL, 0, 0 },
	{ "not executable",           { EXITED(127), CLAIMS_NO_EXEC(13) }, 0, 0, EXIT_EXEC, 127, 0, -13, 1 },
	{ "a claim of that, but another code", { EXITED(0), CLAIMS_NO_EXEC(13) }, 0, 0, EXIT_CODE, 0, 0, 0, 0 },
	{ "stopped, by SIGTERM",      { EXITED(143), SIGNALED(SIGTERM) }, WF_HELD, 1, EXIT_KILLED, 0, SIGTERM, 0, 1 },
	{ "SIGTERM from elsewhere",   { EXITED(143), SIGNALED(SIGTERM) }, 0, 0, EXIT_SIGNAL, 0, SIGTERM, 0, 1 },
	{ "stopped, and it said good-bye", { EXITED(0) }, WF_HELD, 1, EXIT_CODE, 0, 0, 0, 0 },
	{ "stopped, after the grace", { KILLED(SIGKILL) }, WF_HELD | WF_KILLED, 1, EXIT_KILLED, 0, SIGKILL, 0, 0 },
	{ "not ready in time",        { EXITED(143), SIGNALED(SIGTERM) }, WF_TIMEOUT, 1, EXIT_TIMEOUT, 0, SIGTERM, 0, 1 },
	{ "not ready in time, killed", { KILLED(SIGKILL) }, WF_TIMEOUT | WF_KILLED, 1, EXIT_TIMEOUT, 0, SIGKILL, 0, 0 },
	{ "its time was over",        { EXITED(0) }, WF_LIFETIME, 1, EXIT_LIFETIME, 0, 0, 0, 0 },
	{ "nobody saw it",            { .flags = EXIT_UNSEEN, CLAIMS_CODE(0) }, 0, 0, EXIT_LOST, 0, 0, 0, 0 },
	{ "nobody saw it, but it was late", { .flags = EXIT_UNSEEN }, WF_TIMEOUT, 1, EXIT_TIMEOUT, 0, 0, 0, 0 },
};
/* clang-format on */

static void reasons_are_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(reasons); i++) {
		struct exit_row r = reason_of(&reasons[i].x, reasons[i].flags, reasons[i].stopped);

		unit_eq((int)r.reason, (int)reasons[i].reason, reasons[i].why);
		unit_eq(r.code, reasons[i].code, reasons[i].why);
		unit_eq(r.signal, reasons[i].signal, reasons[i].why);
		unit_eq(r.err, reasons[i].err, reasons[i].why);
		unit_eq((int)r.claim, reasons[i].claim, reasons[i].why);
		unit_eq((int)r.oom, (int)reasons[i].x.oom, reasons[i].why);
	}
	assert_int_equal(reason_of(NULL, 0, false).reason, EXIT_LOST);
	assert_true(reason_is_well(&(struct exit_row){ .reason = EXIT_CODE }));
	assert_false(reason_is_well(&(struct exit_row){ .reason = EXIT_CODE, .code = 1 }));
	assert_false(reason_is_well(&(struct exit_row){ .reason = EXIT_LIFETIME }));
}

static struct ring ring;

/* Two readers: one keeps up and sees each event once, one sleeps and hears how many it missed. */
static void slow_reader_misses(void **state)
{
	enum { ALL = 3 * EVENTS_MAX + 17 };
	uint64_t quick = 0, slow = 0, missed = 0, seen = 0;
	struct event v;

	(void)state;
	assert_int_equal(ring_next(&ring, &quick, &missed, &v), 0);
	for (uint32_t i = 1; i <= ALL; i++) {
		struct event put = { .kind = EVENT_START, .zero = i };

		ring_put(&ring, &put);
		assert_int_equal(ring_next(&ring, &quick, &missed, &v), 1);
		assert_int_equal(v.seq, i);
		assert_int_equal(v.zero, i);
		assert_int_equal(ring_next(&ring, &quick, &missed, &v), 0);
	}
	assert_int_equal(missed, 0);
	while (ring_next(&ring, &slow, &missed, &v)) {
		assert_int_equal(v.seq, ALL - EVENTS_MAX + ++seen);
		assert_int_equal(v.zero, v.seq);
	}
	assert_int_equal(seen, EVENTS_MAX);
	assert_int_equal(missed, ALL - EVENTS_MAX);
	slow = UINT64_MAX; /* a number from before the engine began anew */
	missed = 0;
	assert_int_equal(ring_next(&ring, &slow, &missed, &v), 1);
	assert_int_equal(v.seq, ALL - EVENTS_MAX + 1);
	for (uint32_t k = EVENT_NONE + 1; k < EVENT__COUNT; k++)
		assert_string_not_equal(event_name(k), "?");
	assert_string_equal(event_name(EVENT__COUNT), "?");
}

static const struct {
	const char *text;
	bool good;
	uint32_t some, full;
} pressure[] = {
	{ "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 "
	  "total=0\n",
	  true, 0, 0 },
	{ "some avg10=12.34 avg60=1.00 avg300=0.00 total=99\nfull avg10=100.00 avg60=0.00 "
	  "avg300=0.00 total=9\n",
	  true, 1234, 10000 },
	{ "some avg10=5.07 avg60=1.00 avg300=0.00 total=99\n", true, 507, 0 },
	{ "", false, 0, 0 },
	{ "some avg10=", false, 0, 0 },
	{ "some avg10=1", false, 0, 0 },
	{ "some avg10=1.2", false, 0, 0 },
	{ "some avg10=101.00 avg60", false, 0, 0 },
	{ "some avg10=-1.00", false, 0, 0 },
	{ "full avg10=1.00 avg60=0.00", false, 0, 0 },
	{ "some avg10=1.00 avg60\nfull avg10=x", false, 0, 0 },
	{ "some avg10=99999999999999999999.00", false, 0, 0 },
};

static void pressure_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(pressure); i++) {
		uint32_t some = 0, full = 0;

		unit_eq(psi_read(pressure[i].text, &some, &full), pressure[i].good,
			pressure[i].text);
		unit_eq((int)some, (int)pressure[i].some, pressure[i].text);
		unit_eq((int)full, (int)pressure[i].full, pressure[i].text);
	}
	/* up at the threshold, down only below its half */
	assert_false(psi_is_high(PSI_MEMORY, 999, false));
	assert_true(psi_is_high(PSI_MEMORY, 1000, false));
	assert_true(psi_is_high(PSI_MEMORY, 500, true));
	assert_false(psi_is_high(PSI_MEMORY, 499, true));
}

static void kernel_text_is_read(void **state)
{
	static struct spawn_figure v2 = {
		.text = { [FIGURE_MEMORY] = "4382720\n",
			  [FIGURE_MEMORY_PEAK] = "4694016\n",
			  [FIGURE_PIDS] = "2\n",
			  [FIGURE_OOM] =
				  "low 0\nhigh 3\nmax 9\noom 8\noom_kill 7\noom_group_kill 1\n",
			  [FIGURE_CPU] = "usage_usec 41791\nuser_usec 1\nsystem_usec 2\n",
			  [FIGURE_THROTTLED] = "usage_usec 5\nnr_periods 9\nnr_throttled "
					       "4\nthrottled_usec 321\n",
			  [FIGURE_PSI_IO] = "some avg10=1.00 avg60=0.00 avg300=0.00 total=1\n" }
	};
	static struct spawn_figure v1 = {
		.text = { [FIGURE_OOM] = "oom_kill_disable 0\nunder_oom 0\noom_kill 5\n",
			  [FIGURE_THROTTLED] =
				  "nr_periods 9\nnr_throttled 4\nthrottled_time 321000\n" }
	};
	static struct spawn_figure none = {
		.text = { [FIGURE_MEMORY] = "max\n", [FIGURE_PIDS] = "-1" }
	};
	struct figures g;

	(void)state;
	figures_read(&v2, &g);
	assert_int_equal(g.memory, 4382720);
	assert_int_equal(g.memory_peak, 4694016);
	assert_int_equal(g.pids, 2);
	assert_int_equal(g.oom_kills, 7);
	assert_int_equal(g.cpu_us, 41791);
	assert_int_equal(g.throttled, 4);
	assert_int_equal(g.throttled_us, 321);
	assert_true(g.has_cpu && g.has_throttled);
	assert_int_equal(g.has_psi, 1u << PSI_IO);
	assert_int_equal(g.some10[PSI_IO], 100);
	figures_read(&v1, &g);
	assert_int_equal(g.oom_kills, 5);
	assert_int_equal(g.throttled, 4);
	assert_int_equal(g.throttled_us, 321);
	assert_false(g.has_cpu);
	figures_read(&none, &g);
	assert_memory_equal(&g, &(struct figures){ 0 }, sizeof(g));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(backoff_doubles),     cmocka_unit_test(bucket_bounds),
		cmocka_unit_test(ready_is_decided),    cmocka_unit_test(reasons_are_told_apart),
		cmocka_unit_test(slow_reader_misses),  cmocka_unit_test(pressure_is_read),
		cmocka_unit_test(kernel_text_is_read),
	};

	return cmocka_run_group_tests_name("life", tests, NULL, NULL);
}
