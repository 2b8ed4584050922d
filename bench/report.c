/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.c - medians, p99 and ratios as a page. Runs in: bench/start.
 * A ratio is taken inside each round, between neighbours in time; what is printed is their median.
 */
#include "bench/bench.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

enum field { FIRST, WHOLE };

static uint64_t value(const struct sample *s, enum field what)
{
	return what == FIRST ? s->first : s->whole;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The q-quantile (nearest rank) of v[0..n), which is sorted in place. */
static double quantile(double *v, size_t n, double q)
{
	size_t at = (size_t)(q * (double)n);

	qsort(v, n, sizeof(*v), by_size);
	return v[at < n ? at : n - 1];
}

/* Microseconds of a kind; 0 where there is nothing. */
static double micros(const struct results *r, enum kind k, enum mode m, enum field what, double q)
{
	static double v[ROUNDS_MAX];

	if (r->refused[k][0] || r->n[m] == 0)
		return 0;
	for (size_t i = 0; i < r->n[m]; i++)
		v[i] = (double)value(&r->s[k][m][i], what) / 1000;
	return quantile(v, r->n[m], q);
}

struct ratio {
	const char *name;
	enum kind over, under;
	enum field over_what, under_what;
	const char *aim[MODE__COUNT];
};

static double ratio(const struct results *r, const struct ratio *a, enum mode m)
{
	static double v[ROUNDS_MAX];

	if (r->refused[a->over][0] || r->refused[a->under][0] || r->n[m] == 0)
		return 0;
	for (size_t i = 0; i < r->n[m]; i++)
		v[i] = (double)value(&r->s[a->over][m][i], a->over_what) /
		       (double)value(&r->s[a->under][m][i], a->under_what);
	return quantile(v, r->n[m], 0.5);
}

/* clang-format off */
static const struct ratio ratios[] = {
	{ "request to first instruction / floor, whole",                KIND_REQUEST, KIND_FLOOR, FIRST, WHOLE, { "0.80", "1.00" } },
	{ "request to first instruction / floor to first instruction",  KIND_REQUEST, KIND_FLOOR, FIRST, FIRST, { "", "" } },
	{ "`cloister run` / bwrap",                                     KIND_RUN,     KIND_BWRAP, WHOLE, WHOLE, { "0.75", "0.85" } },
	{ "`cloister run` / crun",                                      KIND_RUN,     KIND_CRUN,  WHOLE, WHOLE, { "", "" } },
	{ "`cloister run` / runc",                                      KIND_RUN,     KIND_RUNC,  WHOLE, WHOLE, { "0.125", "0.125" } },
};
/* clang-format on */

/* "key : value" of a /proc file, the first time it occurs. */
static void proc_value(const char *path, const char *key, char *dst, size_t cap)
{
	char line[256];
	FILE *in = fopen(path, "re");

	(void)snprintf(dst, cap, "unknown");
	while (in && fgets(line, sizeof(line), in)) {
		char *v = strchr(line, ':');

		if (strncmp(line, key, strlen(key)) != 0 || !v)
			continue;
		v[strcspn(v, "\n")] = '\0';
		(void)snprintf(dst, cap, "%s", v + 1 + strspn(v + 1, " \t"));
		break;
	}
	if (in)
		(void)fclose(in);
}

static void machine(FILE *out)
{
	char cpu[200], mem[100], load[64] = "";
	struct utsname u = { 0 };
	FILE *in = fopen("/proc/loadavg", "re");

	proc_value("/proc/cpuinfo", "model name", cpu, sizeof(cpu));
	proc_value("/proc/meminfo", "MemTotal", mem, sizeof(mem));
	(void)uname(&u);
	if (in) {
		if (!fgets(load, sizeof(load), in))
			load[0] = '\0';
		(void)fclose(in);
	}
	load[strcspn(load, "\n")] = '\0';
	(void)fprintf(out, "Machine: %s, %ld cores, %s, Linux %s %s. Load at the end: %s.\n", cpu,
		      sysconf(_SC_NPROCESSORS_ONLN), mem, u.release, u.machine, load);
}

static void table(FILE *out, const struct results *r)
{
	(void)fprintf(out, "\n| kind | what | hot median | hot p99 | quiet median | quiet p99 |\n"
			   "|---|---|--:|--:|--:|--:|\n");
	for (enum kind k = KIND_BARE; k < KIND__COUNT; k++) {
		if (r->refused[k][0]) {
			(void)fprintf(out, "| %s | %s | refused: %s | | | |\n", kinds[k].name,
				      kinds[k].what, r->refused[k]);
			continue;
		}
		for (enum field w = FIRST; w <= WHOLE; w++) {
			if (micros(r, k, MODE_HOT, w, 0.5) <= 0)
				continue;
			(void)fprintf(out, "| %s, %s | %s", kinds[k].name,
				      w == FIRST ? "to first instruction" : "whole", kinds[k].what);
			for (enum mode m = MODE_HOT; m < MODE__COUNT; m++)
				(void)fprintf(out, " | %.0f | %.0f", micros(r, k, m, w, 0.5),
					      micros(r, k, m, w, 0.99));
			(void)fprintf(out, " |\n");
		}
	}
}

int report_write(const struct results *r, const char *path, struct fault *f)
{
	FILE *out = fopen(path, "we");

	if (!out)
		return fault_sys(f, "bench.report", "%s", path);
	(void)fprintf(
		out,
		"# Starts, measured\n\nWritten by `make bench`; microseconds; all kinds in "
		"turn inside every round, %zu rounds hot and %zu after 300 ms of quiet before "
		"each start.\n",
		r->n[MODE_HOT], r->n[MODE_QUIET]);
	machine(out);
	table(out, r);
	(void)fprintf(out, "\n| ratio, median over rounds | hot | aim | quiet | aim |\n"
			   "|---|--:|--:|--:|--:|\n");
	for (size_t i = 0; i < ARRAY_LEN(ratios); i++) {
		(void)fprintf(out, "| %s", ratios[i].name);
		for (enum mode m = MODE_HOT; m < MODE__COUNT; m++) {
			double v = ratio(r, &ratios[i], m);

			if (v > 0)
				(void)fprintf(out, " | %.3f | %s", v, ratios[i].aim[m]);
			else
				(void)fprintf(out, " | none | %s", ratios[i].aim[m]);
		}
		(void)fprintf(out, " |\n");
	}
	if (fclose(out) != 0)
		return fault_sys(f, "bench.report", "%s", path);
	return 0;
}
