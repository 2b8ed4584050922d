/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge.c - the report from inside and the reports of the control become TAP and a verdict table.
 *
 * A refusal counts only when the control reached the target before and after (two "ok" lines of the
 * same id). No control, no pass: "uncontrolled" is a loud skip.
 * Runs in: cloister-probe --merge.
 */
#include "tests/host/probes/probe.h"

#include "lib/base/str.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { LINES_MAX = 1024, CONTROLS_NEEDED = 2 };

struct line {
	char id[64], verdict[16], error[24], control[8], layers[64], note[NOTE_MAX];
};

struct report_file {
	struct line line[LINES_MAX];
	size_t n;
	unsigned long promised; /* the sum of its "end probes=" lines */
};

struct tally {
	const char *verdict;
	unsigned n;
};

/* The value of key in a report line, up to the next blank (note: to the end). */
static void field(const char *text, const char *key, char *out, size_t n)
{
	const char *at = strstr(text, key);
	size_t len;

	out[0] = 0;
	if (!at)
		return;
	at += strlen(key);
	len = !strcmp(key, "note=") ? strcspn(at, "\r\n") : strcspn(at, " \r\n");
	if (len >= n)
		len = n - 1;
	memcpy(out, at, len);
	out[len] = 0;
}

static void take(struct report_file *r, const char *text)
{
	struct line *l = &r->line[r->n];
	unsigned long count;

	if (sscanf(text, "end probes=%lu", &count) == 1)
		r->promised += count;
	if (strncmp(text, "probe=", 6) != 0 || r->n == LINES_MAX)
		return;
	field(text, "probe=", l->id, sizeof(l->id));
	field(text, "verdict=", l->verdict, sizeof(l->verdict));
	field(text, "errno=", l->error, sizeof(l->error));
	field(text, "control=", l->control, sizeof(l->control));
	field(text, "layers=", l->layers, sizeof(l->layers));
	field(text, "note=", l->note, sizeof(l->note));
	r->n++;
}

static int report_read(struct report_file *r, const char *path)
{
	FILE *f = fopen(path, "re");
	char text[1024];

	if (!f)
		return -errno;
	while (fgets(text, sizeof(text), f))
		take(r, text);
	(void)fclose(f);
	return 0;
}

/* What the control says about an id: "ok", "skip", "no" (with the note of the last failure). */
static const char *control_of(const struct report_file *r, const char *id, const char **note)
{
	unsigned ok = 0, skipped = 0, no = 0;

	*note = "no control was run";
	for (size_t i = 0; i < r->n; i++) {
		if (strcmp(r->line[i].id, id) != 0)
			continue;
		ok += !strcmp(r->line[i].control, "ok");
		skipped += !strcmp(r->line[i].control, "skip");
		no += !strcmp(r->line[i].control, "no");
		if (strcmp(r->line[i].control, "ok") != 0)
			*note = r->line[i].note;
	}
	if (no)
		return "no";
	if (skipped)
		return "skip";
	if (ok && ok < CONTROLS_NEEDED)
		*note = "the control ran only once";
	return ok >= CONTROLS_NEEDED ? "ok" : "no";
}

static bool is_pass(const char *verdict)
{
	return !strcmp(verdict, "stopped") || !strcmp(verdict, "absent") ||
	       !strcmp(verdict, "capped") || !strcmp(verdict, "killed");
}

static const char *settle(const struct line *l, const struct report_file *controls,
			  const char **why)
{
	const char *note = l->note;
	const char *control = control_of(controls, l->id, &note);

	*why = l->note;
	if (!is_pass(l->verdict))
		return l->verdict;
	if (!strcmp(control, "ok"))
		return l->verdict;
	*why = note;
	return !strcmp(control, "skip") ? "skip" : "uncontrolled";
}

static bool is_skip(const char *verdict)
{
	return !strcmp(verdict, "skip") || !strcmp(verdict, "uncontrolled");
}

static void tap(size_t n, const struct line *l, const char *verdict, const char *why)
{
	if (is_skip(verdict))
		printf("ok %zu %s # SKIP %s: %s\n", n, l->id, verdict, why);
	else
		printf("%sok %zu %s # %s errno=%s layers=%s%s%s\n", is_pass(verdict) ? "" : "not ",
		       n, l->id, verdict, l->error, l->layers,
		       is_pass(verdict) ? "" : " note=", is_pass(verdict) ? "" : why);
}

static void count(struct tally *t, size_t n, const char *verdict)
{
	for (size_t i = 0; i < n; i++)
		t[i].n += !strcmp(t[i].verdict, verdict);
}

int mode_merge(struct options *o)
{
	static struct report_file inside, controls;
	struct tally t[] = { { "stopped", 0 },	    { "absent", 0 },	  { "capped", 0 },
			     { "killed", 0 },	    { "wrong-errno", 0 }, { "reached", 0 },
			     { "uncontrolled", 0 }, { "skip", 0 } };
	unsigned passed = 0, failed = 0, skipped = 0;
	const char *verdict, *why;

	if (o->nid != 2 || report_read(&inside, o->id[0]) < 0 ||
	    report_read(&controls, o->id[1]) < 0) {
		(void)fprintf(
			stderr,
			"cloister-probe: --merge: needs two readable files, INSIDE CONTROL\n");
		return 2;
	}
	printf("1..%zu\n", inside.n + 1);
	for (size_t i = 0; i < inside.n; i++) {
		verdict = settle(&inside.line[i], &controls, &why);
		tap(i + 1, &inside.line[i], verdict, why);
		count(t, ARRAY_LEN(t), verdict);
		passed += is_pass(verdict);
		skipped += is_skip(verdict);
		failed += !is_pass(verdict) && !is_skip(verdict);
	}
	/* A run that broke off leaves a short report, which would look like success. */
	if (inside.n && inside.promised == inside.n)
		passed++;
	else
		failed++;
	printf("%sok %zu report.whole # %zu lines, %lu promised\n",
	       inside.n && inside.promised == inside.n ? "" : "not ", inside.n + 1, inside.n,
	       inside.promised);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		printf("# %-12s %u\n", t[i].verdict, t[i].n);
	printf("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
	return failed ? 1 : 0;
}
