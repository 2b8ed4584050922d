/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_diff.c - two plans of one workload held against each other. Runs in: cloister-engine. Pure.
 *
 * Whatever is not known to be changeable while it runs needs a new start: a section added to the
 * plan later is such a one by itself.
 */
#include "supervisor/engine/limits.h"
#include "lib/plan/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct diff {
	char *text;
	size_t cap, used;
	bool restart;
};

static void say(struct diff *d, const char *what)
{
	int n = snprintf(d->text + d->used, d->cap - d->used, "%s%s", d->used ? ", " : "", what);

	if (n > 0)
		d->used = d->used + (size_t)n < d->cap ? d->used + (size_t)n : d->cap - 1;
}

/* ---- values ---- */

enum unit { UNIT_NUMBER, UNIT_BYTES, UNIT_CPU, UNIT_TIME, UNIT_RATE };

static const struct {
	const char *name;
	enum unit unit;
} knobs[KNOB__COUNT] = {
	[KNOB_MEMORY_MAX] = { "memory", UNIT_BYTES },
	[KNOB_MEMORY_HIGH] = { "memory.high", UNIT_BYTES },
	[KNOB_SWAP_MAX] = { "swap", UNIT_BYTES },
	[KNOB_OOM_GROUP] = { "oom.group", UNIT_NUMBER },
	[KNOB_CPU_MAX] = { "cpu", UNIT_CPU },
	[KNOB_CPU_WEIGHT] = { "cpu.weight", UNIT_NUMBER },
	[KNOB_PIDS_MAX] = { "pids", UNIT_NUMBER },
	[KNOB_HUGETLB_2MB] = { "hugepages", UNIT_BYTES },
	[KNOB_IO_RBPS] = { "io.read", UNIT_RATE },
	[KNOB_IO_WBPS] = { "io.write", UNIT_RATE },
	[KNOB_IO_RIOPS] = { "io.read-ops", UNIT_NUMBER },
	[KNOB_IO_WIOPS] = { "io.write-ops", UNIT_NUMBER },
};

/* live: the engine's own timers. */
static const struct {
	const char *name;
	enum unit unit;
	bool live;
} limits[LIMIT__COUNT] = {
	[LIMIT_LIFETIME_NS] = { "lifetime", UNIT_TIME, true },
	[LIMIT_STARTUP_NS] = { "startup", UNIT_TIME, true },
	[LIMIT_STOP_NS] = { "stop", UNIT_TIME, true },
	[LIMIT_LOG_RATE] = { "log", UNIT_RATE, false },
	[LIMIT_CONNECTIONS] = { "connections", UNIT_NUMBER, false },
	[LIMIT_NET_EGRESS] = { "net.egress", UNIT_RATE, false },
	[LIMIT_NET_INGRESS] = { "net.ingress", UNIT_RATE, false },
	[LIMIT_VOLUME_SIZE] = { "volume", UNIT_BYTES, false },
};

static void bytes_text(uint64_t v, const char *behind, char *dst, size_t cap)
{
	static const char *const unit[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	size_t u = 0;

	for (; u + 1 < ARRAY_LEN(unit) && v && v % 1024 == 0; u++)
		v /= 1024;
	(void)snprintf(dst, cap, "%" PRIu64 "%s%s", v, unit[u], behind);
}

static void unit_text(enum unit unit, const uint64_t v[2], char *dst, size_t cap)
{
	enum { MS = 1000000 };

	if (v[0] == UINT64_MAX) {
		(void)snprintf(dst, cap, "none");
		return;
	}
	switch (unit) {
	case UNIT_NUMBER:
		(void)snprintf(dst, cap, "%" PRIu64, v[0]);
		break;
	case UNIT_BYTES:
		bytes_text(v[0], "", dst, cap);
		break;
	case UNIT_RATE:
		bytes_text(v[0], "/s", dst, cap);
		break;
	case UNIT_CPU:
		(void)snprintf(dst, cap, "%" PRIu64 "%%", v[1] ? v[0] * 100 / v[1] : 0);
		break;
	case UNIT_TIME:
		if (v[0] / MS % 1000 == 0)
			(void)snprintf(dst, cap, "%" PRIu64 "s", v[0] / MS / 1000);
		else
			(void)snprintf(dst, cap, "%" PRIu64 "ms", v[0] / MS);
		break;
	}
}

const char *knob_name(uint32_t knob)
{
	return knob < KNOB__COUNT ? knobs[knob].name : "?";
}

void limit_change_text(uint32_t knob, const uint64_t old[2], const uint64_t new[2], char *dst,
		       size_t cap)
{
	static const uint64_t none[2] = { UINT64_MAX, 0 };
	char from[32], to[32];
	enum unit unit = knob < KNOB__COUNT ? knobs[knob].unit : UNIT_NUMBER;

	unit_text(unit, old ? old : none, from, sizeof(from));
	unit_text(unit, new ? new : none, to, sizeof(to));
	(void)snprintf(dst, cap, "%s %s -> %s", knob_name(knob), from, to);
}

/* ---- plans ---- */

/* The bytes of a section, wholly inside the plan; none of a wrong one. */
static struct plan_bytes section(struct plan_bytes b, enum plan_section s)
{
	const struct plan_hdr *h = b.p;
	const struct plan_sec *sec = &h->sec[s];

	if (sec->off > b.n || sec->len > b.n - sec->off)
		return (struct plan_bytes){ NULL, 0 };
	return (struct plan_bytes){ (const uint8_t *)b.p + sec->off, sec->len };
}

static bool same(struct plan_bytes a, struct plan_bytes b)
{
	return a.p && b.p && a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

/* Row i of n rows of a section that are checked to be there. */
static const struct plan_cgroup *knob_of(struct plan_bytes b, uint32_t knob)
{
	const struct plan_cgroup *k = b.p;

	for (size_t i = 0; i < b.n / sizeof(*k); i++)
		if (k[i].knob == knob)
			return &k[i];
	return NULL;
}

static void diff_knobs(struct diff *d, struct plan_bytes old, struct plan_bytes new)
{
	char text[112];

	for (uint32_t i = 0; i < KNOB__COUNT; i++) {
		const struct plan_cgroup *a = knob_of(old, i), *b = knob_of(new, i);

		if ((!a && !b) || (a && b && memcmp(a->v, b->v, sizeof(a->v)) == 0))
			continue;
		limit_change_text(i, a ? a->v : NULL, b ? b->v : NULL, text, sizeof(text));
		say(d, text);
		/* spawn writes what a plan has and lifts nothing. In version 1 a process joins only
		 * the hierarchies that its plan had a limit in: memory, cpu and pids, always. */
		if (!b || (!a && i != KNOB_MEMORY_HIGH))
			d->restart = true;
	}
}

static uint64_t limit_of(struct plan_bytes b, uint32_t limit)
{
	const struct plan_limitmisc *l = b.p;

	for (size_t i = 0; i < b.n / sizeof(*l); i++)
		if (l[i].limit == limit)
			return l[i].value;
	return UINT64_MAX;
}

static void diff_limits(struct diff *d, struct plan_bytes old, struct plan_bytes new)
{
	for (uint32_t i = 0; i < LIMIT__COUNT; i++) {
		uint64_t a[2] = { limit_of(old, i), 0 }, b[2] = { limit_of(new, i), 0 };
		char from[32], to[32], text[112];

		if (a[0] == b[0])
			continue;
		unit_text(limits[i].unit, a, from, sizeof(from));
		unit_text(limits[i].unit, b, to, sizeof(to));
		(void)snprintf(text, sizeof(text), "%s %s -> %s", limits[i].name, from, to);
		say(d, text);
		d->restart |= !limits[i].live;
	}
}

/* What a section is to people; sections that change nothing of what runs have none. */
static const char *const sections[PLAN__COUNT] = {
	[PLAN_IDENT] = "name, user or readiness",
	[PLAN_FEATURES] = "features",
	[PLAN_NS] = "namespaces",
	[PLAN_CAPS] = "capabilities",
	[PLAN_RLIMIT] = "process limits",
	[PLAN_SECCOMP] = "system calls",
	[PLAN_BPF] = "system calls",
	[PLAN_SYSRULE] = "system calls",
	[PLAN_LANDLOCK] = "paths",
	[PLAN_LLRULE] = "paths",
	[PLAN_MOUNT] = "mounts",
	[PLAN_VOLUME] = "volumes",
	[PLAN_DEVICE] = "devices",
	[PLAN_NETRULE] = "network",
	[PLAN_CHANNEL] = "channels",
	[PLAN_ENV] = "environment",
	[PLAN_EXEC] = "command",
	[PLAN_ARG] = "command",
	[PLAN_STRINGS] = "command, environment or names",
};

static bool is_record(uint32_t s) /* of where a line came from, of what a check would find */
{
	return s == PLAN_PROV || s == PLAN_EXPECT;
}

static void diff_sections(struct diff *d, struct plan_bytes old, struct plan_bytes new)
{
	const char *last = NULL;

	for (uint32_t s = 0; s < PLAN__COUNT; s++) {
		if (s == PLAN_CGROUP || s == PLAN_LIMITMISC || is_record(s) ||
		    same(section(old, s), section(new, s)))
			continue;
		/* the bytes of a name are told where what names them is not told of already */
		if (sections[s] != last && !(s == PLAN_STRINGS && d->restart))
			say(d, sections[s] ? sections[s] : "its rules");
		last = sections[s];
		d->restart = true;
	}
}

enum plan_change plan_compare(struct plan_bytes old, struct plan_bytes new, char *text, size_t cap)
{
	const struct plan_hdr *a = old.p, *b = new.p;
	struct diff d = { .text = text, .cap = cap };

	text[0] = '\0';
	diff_knobs(&d, section(old, PLAN_CGROUP), section(new, PLAN_CGROUP));
	diff_limits(&d, section(old, PLAN_LIMITMISC), section(new, PLAN_LIMITMISC));
	diff_sections(&d, old, new);
	if (a->flags != b->flags || a->min_kernel != b->min_kernel ||
	    a->min_landlock_abi != b->min_landlock_abi) {
		say(&d, "what it needs of the host");
		d.restart = true;
	}
	return d.restart ? PLAN_RESTART : d.used ? PLAN_LIVE : PLAN_SAME_RUN;
}
