/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_methods.c - the API's table: each row is whole, its declaration is one that the checker
 * understands, what changes something is not for readers, and the interface text names them all.
 */
/* links: supervisor/engine/methods.c lib/varlink lib/base */
/* libs: -ljansson */
#include "tests/unit/unit.h"

#include "supervisor/engine/api.h"
#include "supervisor/engine/methods.h"

#include <errno.h>
#include <string.h>

/* What the dispatcher answered, and which handler ran. */
static struct {
	char error[64];
	int replies, ran;
} seen;

#define HANDLER(name)                                                                              \
	void name(struct engine *e, const struct call *c)                                          \
	{                                                                                          \
		(void)e;                                                                           \
		(void)c;                                                                           \
		seen.ran++;                                                                        \
	}
HANDLER(api_status)
HANDLER(api_tenant_list)
HANDLER(api_workload_list)
HANDLER(api_workload_start)
HANDLER(api_workload_stop)
HANDLER(api_workload_wait)
HANDLER(api_workload_logs)
HANDLER(api_events)
HANDLER(api_text)
HANDLER(api_check)
HANDLER(api_apply)
HANDLER(api_run)
HANDLER(api_exec)
HANDLER(api_signal)
HANDLER(api_image_begin)
HANDLER(api_image_list)
HANDLER(api_image_remove)
HANDLER(api_profile_list)
HANDLER(api_profile_show)
HANDLER(api_doctor)
HANDLER(api_shutdown)

void session_reply(struct engine *e, struct to to, json_t *params)
{
	(void)e;
	(void)to;
	seen.replies++;
	json_decref(params);
}

void session_error(struct engine *e, struct to to, const char *error, json_t *params)
{
	(void)e;
	(void)to;
	(void)snprintf(seen.error, sizeof(seen.error), "%s", error);
	json_decref(params);
}

static void rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < method_count; i++) {
		const struct method_row *m = &method_table[i];

		unit_row(m->run != NULL, m->idl.name);
		unit_row(m->idl.name[0] >= 'A' && m->idl.name[0] <= 'Z', m->idl.name);
		unit_row(strlen(m->idl.doc) > 4, m->idl.name);
		unit_row(m->role == ROLE_READ || m->role == ROLE_CHANGE, m->idl.name);
		unit_row(m->idl.in[0] == '(' && m->idl.out[0] == '(', m->idl.name);
		for (size_t k = 0; k < i; k++)
			unit_row(strcmp(m->idl.name, method_table[k].idl.name) != 0, m->idl.name);
	}
}

/* The words of a declaration's types are those that idl_check() knows: else nothing would fit. */
static void declarations(void **state)
{
	static const char *const known[] = { "string", "int", "bool", "object" };

	(void)state;
	for (size_t i = 0; i < method_count; i++)
		for (const char *p = strchr(method_table[i].idl.in, ':'); p;
		     p = strchr(p + 1, ':')) {
			const char *t = p + 1 + strspn(p + 1, " ?");
			bool fits = false;

			if (strncmp(t, "[string]", 8) == 0)
				t += 8;
			else if (strncmp(t, "[]", 2) == 0)
				t += 2;
			for (size_t k = 0; k < UNIT_LEN(known); k++)
				fits = fits || strncmp(t, known[k], strlen(known[k])) == 0;
			unit_row(fits, method_table[i].idl.name);
		}
}

static const struct {
	const char *why, *method, *params, *error;
	uint32_t uid;
	int ran;
} calls[] = {
	{ "a reader's method", "io.cloister.Status", "{}", "", 0, 1 },
	{ "no parameters at all", "io.cloister.Status", NULL, "", 0, 1 },
	{ "one that changes", "io.cloister.Shutdown", "{}", "", 0, 1 },
	{ "another uid reads", "io.cloister.Status", "{}", "org.varlink.service.PermissionDenied",
	  1000, 0 },
	{ "another uid changes", "io.cloister.Shutdown", "{}",
	  "org.varlink.service.PermissionDenied", 1000, 0 },
	{ "no such method", "io.cloister.Nothing", "{}", "org.varlink.service.MethodNotFound", 0,
	  0 },
	{ "a bare name", "Status", "{}", "org.varlink.service.MethodNotFound", 0, 0 },
	{ "another interface", "io.cloisterxStatus", "{}", "org.varlink.service.MethodNotFound", 0,
	  0 },
	{ "an argument too many", "io.cloister.Status", "{\"a\":1}",
	  "org.varlink.service.InvalidParameter", 0, 0 },
	{ "an argument too few", "io.cloister.WorkloadStop", "{\"tenant\":\"a\"}",
	  "org.varlink.service.InvalidParameter", 0, 0 },
	{ "a number for a name", "io.cloister.WorkloadStop", "{\"tenant\":\"a\",\"name\":1}",
	  "org.varlink.service.InvalidParameter", 0, 0 },
};

static void dispatch(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(calls); i++) {
		struct call c = { .uid = calls[i].uid };

		c.params = calls[i].params ? json_loads(calls[i].params, 0, NULL) : NULL;
		memset(&seen, 0, sizeof(seen));
		method_run(NULL, &c, calls[i].method);
		unit_eq(seen.ran, calls[i].ran, calls[i].why);
		unit_row(strcmp(seen.error, calls[i].error) == 0, calls[i].why);
		json_decref(c.params);
	}
}

static void interface_text(void **state)
{
	struct call c = { .uid = 0 };
	char *text = method_describe();

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < method_count; i++) {
		char line[64];

		(void)snprintf(line, sizeof(line), "method %s(", method_table[i].idl.name);
		unit_row(strstr(text, line) != NULL, method_table[i].idl.name);
	}
	free(text);
	memset(&seen, 0, sizeof(seen));
	c.params = json_pack("{s:s}", "interface", "io.cloister");
	method_run(NULL, &c, "org.varlink.service.GetInterfaceDescription");
	method_run(NULL, &c, "org.varlink.service.GetInfo");
	assert_int_equal(seen.replies, 2);
	json_decref(c.params);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows),
		cmocka_unit_test(declarations),
		cmocka_unit_test(dispatch),
		cmocka_unit_test(interface_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
