/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doc_api.c - the API in words, from the table that serves it. Runs in: make docs, tests.
 */
#include "tests/docs/doc_api.h"
#include "supervisor/engine/methods.h"

#include <stdio.h>
#include <string.h>

int doc_api_idl(void)
{
	AUTO_FREE char *text = method_describe();

	return text && fputs(text, stdout) >= 0 ? 0 : 5;
}

/* What scdoc would take as mark-up. */
static void print_escaped(const char *s)
{
	for (; *s; s++)
		printf(strchr("_*\\[]#~", *s) ? "\\%c" : "%c", *s);
}

int doc_api_scd(void)
{
	static const char *const scope[] = {
		[SCOPE_HOST] = "",
		[SCOPE_TENANT] = "; a tenant's people for their tenant",
		[SCOPE_ROWS] = "; a tenant's people, who get the rows of their tenants",
		[SCOPE_OWN] = "; a tenant's people",
	};

	for (size_t i = 0; i < method_count; i++) {
		const struct method_row *m = &method_table[i];

		printf("*%s*\n\t", m->idl.name);
		print_escaped(m->idl.doc);
		printf(" Needs: %s%s.\n\n", m->role == ROLE_READ ? "read" : "change",
		       scope[m->scope]);
	}
	return 0;
}

int doc_api_call(const char *line)
{
	json_t *call = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	const char *name = json_string_value(json_object_get(call, "method"));
	const char *last = name ? strrchr(name, '.') : NULL;
	struct fault f = { 0 };
	int r = -1;

	for (size_t i = 0; last && i < method_count; i++)
		if (strcmp(method_table[i].idl.name, last + 1) == 0)
			r = idl_check(method_table[i].idl.in, json_object_get(call, "parameters"),
				      &f);
	json_decref(call);
	if (r < 0)
		printf("%s: %s\n", line, f.msg[0] ? f.msg : "no such method");
	return r;
}
