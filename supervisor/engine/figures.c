/* SPDX-License-Identifier: Apache-2.0 */
/*
 * figures.c - text of cgroup files, as the kernel wrote and spawn copied it. Runs in:
 * cloister-engine. Pure. The text is not trusted to be well-formed: kernels differ.
 */
#include "supervisor/engine/figures.h"
#include "lib/asks/spawn.h"
#include "lib/base/str.h"

#include <string.h>

enum { PERCENT_MAX = 100 };

/* The number at *p, moved behind it; false: there is none. */
static bool number(const char **p, uint64_t *ret)
{
	if (**p < '0' || **p > '9')
		return false;
	*ret = str_digits(p);
	return true;
}

/* The number behind "KEY " at the begin of a line. */
static bool keyed(const char *text, const char *key, uint64_t *ret)
{
	size_t n = strlen(key);

	while (text && *text) {
		if (strncmp(text, key, n) == 0 && text[n] == ' ') {
			text += n + 1;
			return number(&text, ret);
		}
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return false;
}

/* "12.34" as 1234. */
static bool percent(const char *p, uint32_t *ret)
{
	uint64_t whole, part = 0;

	if (!number(&p, &whole) || whole > PERCENT_MAX)
		return false;
	if (p[0] != '.' || p[1] < '0' || p[1] > '9' || p[2] < '0' || p[2] > '9')
		return false;
	part = (uint64_t)(p[1] - '0') * 10 + (uint64_t)(p[2] - '0');
	*ret = (uint32_t)(whole * 100 + part);
	return true;
}

bool psi_read(const char *text, uint32_t *some10, uint32_t *full10)
{
	static const char some[] = "some avg10=", full[] = "\nfull avg10=";
	const char *line;
	uint32_t s, f = 0;

	if (strncmp(text, some, sizeof(some) - 1) != 0 || !percent(text + sizeof(some) - 1, &s))
		return false;
	line = strstr(text, full);
	if (line && !percent(line + sizeof(full) - 1, &f)) /* none for cpu before 5.13 */
		return false;
	*some10 = s;
	*full10 = f;
	return true;
}

void figures_read(const struct spawn_figure *raw, struct figures *ret)
{
	static const struct {
		enum figure at;
		enum psi psi;
	} psi[] = { { FIGURE_PSI_CPU, PSI_CPU },
		    { FIGURE_PSI_MEMORY, PSI_MEMORY },
		    { FIGURE_PSI_IO, PSI_IO } };
	const char *memory = raw->text[FIGURE_MEMORY], *peak = raw->text[FIGURE_MEMORY_PEAK],
		   *pids = raw->text[FIGURE_PIDS];
	const char *held = raw->text[FIGURE_THROTTLED];
	uint64_t ns;

	*ret = (struct figures){ 0 };
	(void)number(&memory, &ret->memory);
	(void)number(&peak, &ret->memory_peak);
	(void)number(&pids, &ret->pids);
	(void)keyed(raw->text[FIGURE_OOM], "oom_kill", &ret->oom_kills);
	ret->has_cpu = keyed(raw->text[FIGURE_CPU], "usage_usec", &ret->cpu_us);
	ret->has_throttled = keyed(held, "nr_throttled", &ret->throttled);
	if (!keyed(held, "throttled_usec", &ret->throttled_us) &&
	    keyed(held, "throttled_time", &ns)) /* version 1 */
		ret->throttled_us = ns / 1000;
	for (size_t i = 0; i < ARRAY_LEN(psi); i++)
		if (psi_read(raw->text[psi[i].at], &ret->some10[psi[i].psi],
			     &ret->full10[psi[i].psi]))
			ret->has_psi |= 1u << psi[i].psi;
}

static const struct {
	const char *name;
	uint32_t high; /* hundredths of a percent */
} psi_table[PSI__COUNT] = {
	[PSI_CPU] = { "cpu", 5000 },
	[PSI_MEMORY] = { "memory", 1000 }, /* it is reclaiming instead of working */
	[PSI_IO] = { "io", 4000 },
};

bool psi_is_high(enum psi p, uint32_t some10, bool was_high)
{
	uint32_t high = psi_table[p].high;

	return some10 >= high || (was_high && some10 >= high / 2);
}

const char *psi_name(enum psi p)
{
	return psi_table[p].name;
}
