/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.c - all probes, in the order in which they run, and their listing.
 * Runs in: cloister-probe.
 */
#include "tests/host/probes/probe.h"

#include <stdio.h>
#include <string.h>

/* Those that signal pid 1 are last: what they break would void the rest. */
static const struct probe_list *const lists[] = {
	&stdio_list, &fs_list,	&shared_list, &proc_list, &dev_list,  &mnt_list,  &ns_list,
	&cap_list,   &sec_list, &call_list,   &pt_list,	  &side_list, &net_list,  &sock_list,
	&ipc_list,   &tty_list, &time_list,   &look_list, &uid0_list, &shim_list, &res_list,
};

const struct probe *probe_at(size_t n)
{
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		if (n < lists[i]->n)
			return &lists[i]->row[n];
		n -= lists[i]->n;
	}
	return NULL;
}

const struct probe *probe_find(const char *id)
{
	const struct probe *p;

	for (size_t i = 0; (p = probe_at(i)); i++)
		if (!strcmp(p->id, id))
			return p;
	return NULL;
}

static const char *control_name(const struct probe *p)
{
	return p->control == C_ROOT ? "root" : "user";
}

static const char *place_name(const struct probe *p)
{
	return p->flags & P_OUTSIDE ? "outside" : p->flags & P_ALONE ? "alone" : "inside";
}

static void list_expect(const struct probe *p, const char *separator)
{
	const char *name;

	for (size_t i = 0; i < EXPECT_MAX && p->expect[i]; i++) {
		if (p->expect[i] == PROBE_ABSENT)
			name = "absent";
		else if (p->expect[i] == PROBE_CAPPED)
			name = "capped";
		else if (p->expect[i] == PROBE_KILLED)
			name = "killed";
		else
			name = strerrorname_np(p->expect[i]);
		printf("%s%s", i ? separator : "", name ? name : "?");
	}
}

int mode_list(struct options *o)
{
	const struct probe *p;
	size_t i;

	if (o->json)
		printf("[");
	for (i = 0; (p = probe_at(i)); i++) {
		if (!o->json) {
			printf("%-26s %-8s %-6s %-12s", p->id,
			       p->flags & P_CRITICAL ? "critical" : "-", control_name(p),
			       place_name(p));
			list_expect(p, "|");
			printf("  %s\n", p->what);
			continue;
		}
		/* No text of the table has a character that JSON escapes (checked by its test). */
		printf("%s\n{\"id\":\"%s\",\"critical\":%s,\"control\":\"%s\",\"place\":\"%s\","
		       "\"expect\":[\"",
		       i ? "," : "", p->id, p->flags & P_CRITICAL ? "true" : "false",
		       control_name(p), place_name(p));
		list_expect(p, "\",\"");
		printf("\"],\"what\":\"%s\"}", p->what);
	}
	printf(o->json ? "\n]\n" : "%zu probes\n", i);
	return 0;
}
