/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_methods.c - the API's table: each row is whole, its declaration is one that the checker
 * understands, what changes something is not for readers, and the interface text names them all.
 */
/* links: supervisor/engine/methods.c supervisor/engine/who.c lib/varlink lib/base */
/* libs: -ljansson */
#include "tests/unit/unit.h"

#include "lib/asks/compile.h"
#include "supervisor/engine/api.h"
#include "supervisor/engine/methods.h"
#include "supervisor/engine/who.h"

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
HANDLER(api_compare)
HANDLER(api_lint)
HANDLER(api_tenant_list)
HANDLER(api_workload_list)
HANDLER(api_tenant_show)
HANDLER(api_tenant_set)
HANDLER(api_tenant_remove)
HANDLER(api_workload_restart)
HANDLER(api_workload_status)
HANDLER(api_image_show)
HANDLER(api_workload_start)
HANDLER(api_workload_stop)
HANDLER(api_workload_wait)
HANDLER(api_workload_logs)
HANDLER(api_events)
HANDLER(api_text)
HANDLER(api_check)
HANDLER(api_format)
HANDLER(api_explain)
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

static struct table table;
static struct engine engine = { .table = &table, .readers = 500, .operators = 501 };

/* The one function of workloads.c that the dispatcher needs. */
uint32_t tenant_find(const struct engine *e, const char *name)
{
	for (uint32_t i = 0; i < e->table->ntenant; i++)
		if (strcmp(e->table->tenant[i].name, name) == 0)
			return i;
	return ROW_NONE;
}

static void fill_table(void)
{
	table.ntenant = 2;
	table.tenant[0] =
		(struct tenant_row){ .name = "alpha",
				     .npeople = 4,
				     .people = { { 0, 1000 },
						 { PERSON_EDITS, 1001 },
						 { PERSON_GROUP, 2000 },
						 { PERSON_GROUP | PERSON_EDITS, 2001 } } };
	table.tenant[1] = (struct tenant_row){ .name = "beta" };
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
		/* what a tenant's people may call for their tenant names it; what changes it, too
		 */
		unit_row(m->scope != SCOPE_TENANT || strstr(m->idl.in, "(tenant: string") ||
				 strstr(m->idl.in, "(tenant: ?string"),
			 m->idl.name);
		/* a Signal goes to what the same connection began */
		unit_row(m->role == ROLE_READ || m->scope == SCOPE_TENANT ||
				 m->scope == SCOPE_HOST || strcmp(m->idl.name, "Signal") == 0,
			 m->idl.name);
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
		const struct who w = { .uid = calls[i].uid };
		struct call c = { .who = &w };

		c.params = calls[i].params ? json_loads(calls[i].params, 0, NULL) : NULL;
		memset(&seen, 0, sizeof(seen));
		method_run(&engine, &c, calls[i].method);
		unit_eq(seen.ran, calls[i].ran, calls[i].why);
		unit_row(strcmp(seen.error, calls[i].error) == 0, calls[i].why);
		json_decref(c.params);
	}
}

/* Who is let in, and whom each method of the table is for. */
static const struct {
	const char *why;
	struct who who;
	uint32_t host, alpha, anywhere;
} peers[] = {
	{ "root",
	  { 0 },
	  ROLE_READ | ROLE_CHANGE,
	  ROLE_READ | ROLE_CHANGE,
	  ROLE_READ | ROLE_CHANGE },
	{ "a stranger", { .uid = 999, .gid = 999 }, 0, 0, 0 },
	{ "a reader",
	  { .uid = 999, .ngroup = 1, .group = { 500 } },
	  ROLE_READ,
	  ROLE_READ,
	  ROLE_READ },
	{ "a reader by its own group",
	  { .uid = 999, .gid = 500 },
	  ROLE_READ,
	  ROLE_READ,
	  ROLE_READ },
	{ "an operator",
	  { .uid = 999, .ngroup = 2, .group = { 7, 501 } },
	  ROLE_READ | ROLE_CHANGE,
	  ROLE_READ | ROLE_CHANGE,
	  ROLE_READ | ROLE_CHANGE },
	{ "a viewer", { .uid = 1000 }, 0, ROLE_READ, ROLE_READ },
	{ "an editor", { .uid = 1001 }, 0, ROLE_READ | ROLE_CHANGE, ROLE_READ | ROLE_CHANGE },
	{ "a viewer by group",
	  { .uid = 9, .ngroup = 1, .group = { 2000 } },
	  0,
	  ROLE_READ,
	  ROLE_READ },
	{ "an editor by group",
	  { .uid = 9, .gid = 2001 },
	  0,
	  ROLE_READ | ROLE_CHANGE,
	  ROLE_READ | ROLE_CHANGE },
	{ "a group's number as a uid", { .uid = 2000, .gid = 9 }, 0, 0, 0 },
	{ "a uid's number as a group", { .uid = 9, .gid = 1001 }, 0, 0, 0 },
	{ "a group past those that are looked at",
	  { .uid = 9, .gid = 9, .ngroup = 0, .group = { 500 } },
	  0,
	  0,
	  0 },
};

static void roles(void **state)
{
	struct engine none = engine;

	(void)state;
	fill_table();
	for (size_t i = 0; i < UNIT_LEN(peers); i++) {
		unit_eq(who_host(&engine, &peers[i].who), peers[i].host, peers[i].why);
		unit_eq(who_tenant(&engine, &peers[i].who, 0), peers[i].alpha, peers[i].why);
		unit_eq(who_tenant(&engine, &peers[i].who, 1), peers[i].host, peers[i].why);
		unit_eq(who_tenant(&engine, &peers[i].who, ROW_NONE), peers[i].host, peers[i].why);
		unit_eq(who_anywhere(&engine, &peers[i].who), peers[i].anywhere, peers[i].why);
		unit_eq(who_sees(&engine, &peers[i].who, 0), peers[i].alpha != 0, peers[i].why);
	}
	/* a host without the groups: nobody is in them, not even who has that number */
	none.readers = none.operators = GID_NONE;
	assert_int_equal(who_host(&none, &peers[2].who), 0);
	assert_int_equal(who_host(&none, &(struct who){ .uid = 9, .gid = GID_NONE }), 0);
	/* a tenant that was removed has no people */
	table.tenant[0].name[0] = '\0';
	assert_int_equal(who_anywhere(&engine, &peers[6].who), 0);
	fill_table();
}

/* Every method, as each of them, about the own tenant, another's, and none: the table test. */
static void every_method(void **state)
{
	static const char *const about[] = { "alpha", "beta", "gamma", "..", "" };

	(void)state;
	fill_table();
	for (size_t i = 0; i < UNIT_LEN(peers) * method_count * UNIT_LEN(about); i++) {
		const struct method_row *m = &method_table[i % method_count];
		const char *tenant = about[i / method_count % UNIT_LEN(about)];
		size_t p = i / method_count / UNIT_LEN(about);
		struct call c = { .who = &peers[p].who,
				  .params = json_pack("{s:s}", "tenant", tenant) };
		uint32_t role = peers[p].host;
		char name[96];
		bool refused;

		if (m->scope == SCOPE_TENANT && strcmp(tenant, "alpha") == 0)
			role = peers[p].alpha;
		if (m->scope == SCOPE_ROWS || m->scope == SCOPE_OWN)
			role = peers[p].anywhere;
		(void)snprintf(name, sizeof(name), "io.cloister.%s", m->idl.name);
		memset(&seen, 0, sizeof(seen));
		method_run(&engine, &c, name);
		refused = strcmp(seen.error, "org.varlink.service.PermissionDenied") == 0;
		unit_eq(refused, !(role & m->role), name);
		json_decref(c.params);
	}
}

static const struct {
	const char *why, *text;
	uint32_t gid;
} groups[] = {
	{ "the only line", "cloister:x:990:\n", 990 },
	{ "between others", "root:x:0:\ncloister:x:990:ann,bob\nusers:x:100:\n", 990 },
	{ "no line end", "a:x:1:\ncloister:x:990:", 990 },
	{ "a longer name", "cloister-operator:x:991:\n", GID_NONE },
	{ "a shorter name", "cloist:x:991:\n", GID_NONE },
	{ "in another's members", "a:x:1:cloister:x:7\n", GID_NONE },
	{ "root's own gid", "cloister:x:0:\n", GID_NONE },
	{ "no number", "cloister:x::\n", GID_NONE },
	{ "a cut line", "cloister:x", GID_NONE },
	{ "a cut line, then one with colons", "cloister\nb:x:7:\n", GID_NONE },
	{ "too large", "cloister:x:99999999999:\n", GID_NONE },
	{ "nothing", "", GID_NONE },
};

static void group_file(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(groups); i++)
		unit_eq(who_group(groups[i].text, "cloister"), groups[i].gid, groups[i].why);
}

static void interface_text(void **state)
{
	const struct who w = { 0 };
	struct call c = { .who = &w };
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
	method_run(&engine, &c, "org.varlink.service.GetInterfaceDescription");
	method_run(&engine, &c, "org.varlink.service.GetInfo");
	assert_int_equal(seen.replies, 2);
	json_decref(c.params);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows),		  cmocka_unit_test(declarations),
		cmocka_unit_test(dispatch),	  cmocka_unit_test(roles),
		cmocka_unit_test(every_method),	  cmocka_unit_test(group_file),
		cmocka_unit_test(interface_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
