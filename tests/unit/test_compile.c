/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_compile.c - requests and answers: a tenant's workload, an image that is missing, requests
 * that are none.
 */
/* links: profiles tests/golden/maker.c lib/plan lib/base */
/* libs: -lseccomp */
#include "tests/unit/unit.h"

#include "tests/unit/lang_run.h"
#include "profiles/work.h"

#include <errno.h>
#include <linux/filter.h>

/* ---- tenants ---- */

static const char tenant[] =
	"cloister 1\n\ntenant t {\n  limit cpu 50%\n  workload w {\n    profile p\n"
	"    run \"/usr/bin/x\" \"-a\" \"\"\n    image a as b\n    env GREETING \"hi\"\n"
	"    limit memory 32MiB\n    restart always\n  }\n}\n";

static const char *env_of(const void *plan, const char *name)
{
	const struct plan_env *e;

	for (size_t i = 0; (e = plan_row(plan, PLAN_ENV, i)); i++)
		if (strcmp(plan_text(plan, e->name), name) == 0)
			return plan_text(plan, e->value);
	return NULL;
}

static void begin_tenant(struct run *r)
{
	text_of(r,
		"  env { GREETING }\n  set timezone \"Europe/Berlin\"\n  set user web\n  set "
		"stop-signal QUIT\n"
		"  mount \"/usr/\" from image \"a\" ro exec\n",
		"host.default");
	r->maker.req.mode = COMPILE_APPLY;
	assert_int_equal(
		maker_text(&r->maker, "t.tenant", tenant, sizeof(tenant) - 1, COMPILE_F_TENANT), 0);
}

static void workload(void **state)
{
	const struct compile_workload *w;
	const struct compile_tenant *t;
	const struct plan_exec *e;
	const struct plan_ident *id;
	const struct plan_str *arg;
	const char *plan;
	static struct run r;

	(void)state;
	begin_tenant(&r);
	assert_int_equal(maker_image(&r.maker, "b", SOURCE_IMAGE), 0);
	compile(&r);
	assert_int_equal(r.out->status, 0);
	assert_int_equal(r.out->nworkload, 1);
	w = (const void *)((const char *)r.out + r.out->workload_off);
	t = (const void *)((const char *)r.out + r.out->tenant_off);
	assert_int_equal(t->nlimit, 1);
	assert_int_equal(t->limit[0].knob, KNOB_CPU_MAX);
	assert_int_equal(t->limit[0].v[0], 50000);
	assert_int_equal(t->limit[0].v[1], 100000);
	assert_int_equal(w->restart, RESTART_ALWAYS);
	assert_int_equal(w->nimage, 1);
	assert_int_equal(w->nmissing, 0);
	assert_string_equal((const char *)r.out + w->images.off, "b");
	plan = (const char *)r.out + w->plan_off;
	e = plan_row(plan, PLAN_EXEC, 0);
	id = plan_row(plan, PLAN_IDENT, 0);
	assert_string_equal(plan_text(plan, e->path), "/usr/bin/x");
	assert_int_equal(e->nargs, 3);
	arg = plan_row(plan, PLAN_ARG, 1);
	assert_string_equal(plan_text(plan, *arg), "-a");
	arg = plan_row(plan, PLAN_ARG, 2);
	assert_int_equal(arg->len, 0);
	assert_string_equal(plan_text(plan, id->hostname), "w");
	assert_int_equal(id->stop, STOP_QUIT);
	assert_string_equal(env_of(plan, "GREETING"), "hi");
	assert_string_equal(env_of(plan, "USER"), "web");
	assert_string_equal(env_of(plan, "TZ"), "Europe/Berlin");
	assert_string_equal(env_of(plan, "HOME"), "/");
	assert_null(env_of(plan, "TERM"));
	assert_int_equal(((const struct plan_cgroup *)plan_row(plan, PLAN_CGROUP, 0))->v[0],
			 32 << 20);
	end(&r);
}

/* ---- filters of one compile ---- */

static void allow_more(struct run *r, const char *name, const char *line)
{
	char text[512];

	(void)snprintf(text, sizeof(text),
		       "cloister 1\n\nprofile %s {\n  limit memory 16MiB\n  mount \"/usr/\" from "
		       "image \"a\" ro exec\n%s}\n",
		       name, line);
	assert_int_equal(maker_text(&r->maker, name, text, strlen(text), 0), 0);
}

/* The filters of the workloads p, p, q, p again and p with feature exec, in that order. */
static void kept_filters(void **state)
{
	static const char tenants[] =
		"cloister 1\n\ntenant t {\n"
		"  workload a {\n    profile p\n    run \"/usr/bin/a\"\n  }\n"
		"  workload b {\n    profile p\n    run \"/usr/bin/b\"\n  }\n"
		"  workload c {\n    profile q\n    run \"/usr/bin/a\"\n  }\n"
		"  workload d {\n    profile p\n    run \"/usr/bin/a\"\n  }\n"
		"  workload e {\n    profile k\n    run \"/usr/bin/a\"\n  }\n}\n";
	static const bool same[] = { true, true, false, true, false };
	const struct compile_workload *w;
	static struct run r;

	(void)state;
	begin(&r, COMPILE_APPLY, "", "host.default");
	allow_more(&r, "p", "  allow syscall { uname }\n");
	allow_more(&r, "q", "  allow syscall { uname umask }\n");
	allow_more(&r, "k", "  allow syscall { uname }\n  feature exec on\n");
	assert_int_equal(
		maker_text(&r.maker, "t.tenant", tenants, sizeof(tenants) - 1, COMPILE_F_TENANT),
		0);
	assert_int_equal(maker_image(&r.maker, "a", SOURCE_IMAGE), 0);
	compile(&r);
	assert_int_equal(r.out->status, 0);
	assert_int_equal(r.out->nworkload, UNIT_LEN(same));
	w = (const void *)((const char *)r.out + r.out->workload_off);
	for (size_t i = 0; i < UNIT_LEN(same); i++) {
		const char *a = (const char *)r.out + w[0].plan_off;
		const char *b = (const char *)r.out + w[i].plan_off;
		size_t n = plan_count(a, PLAN_BPF), m = plan_count(b, PLAN_BPF);

		unit_row((n == m && memcmp(plan_row(a, PLAN_BPF, 0), plan_row(b, PLAN_BPF, 0),
					   n * sizeof(struct sock_filter)) == 0) == same[i],
			 w[i].name);
	}
	end(&r);
}

/* More than the answer has rows for: an error of the text, not a fault of ours. */
static void too_many(void **state)
{
	static struct run r;
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	(void)state;
	assert_non_null(out);
	(void)fputs("cloister 1\n", out);
	for (int i = 0; i <= ANSWER_TENANTS_MAX; i++)
		(void)fprintf(out, "tenant t%d {\n  about \"\"\n}\n", i);
	assert_int_equal(fclose(out), 0);
	begin(&r, COMPILE_APPLY, "", "host.default");
	assert_int_equal(maker_text(&r.maker, "t.tenant", text, n, COMPILE_F_TENANT), 0);
	compile(&r);
	assert_int_not_equal(r.out->status, 0);
	assert_int_equal(r.out->ndiag, 1);
	assert_int_equal(first_code(&r), 53);
	assert_int_equal(r.out->ntenant, 0);
	end(&r);
	free(text);
}

static void missing_image(void **state)
{
	const struct compile_workload *w;
	static struct run r;

	(void)state;
	begin_tenant(&r);
	compile(&r);
	assert_int_equal(r.out->status, 0);
	w = (const void *)((const char *)r.out + r.out->workload_off);
	assert_int_equal(w->plan_len, 0);
	assert_int_equal(w->nmissing, 1);
	assert_string_equal((const char *)r.out + w->images.off, "b");
	end(&r);
}

/* ---- the request itself ---- */

static const struct {
	const char *why;
	size_t at;
	uint32_t value;
} bad[] = {
	{ "size", offsetof(struct compile_req, size), 12 },
	{ "mode", offsetof(struct compile_req, mode), COMPILE__COUNT },
	{ "files", offsetof(struct compile_req, nfile), 65 },
	{ "more files than bytes", offsetof(struct compile_req, nfile), 64 },
	{ "images", offsetof(struct compile_req, nimage), 257 },
	{ "ceilings", offsetof(struct compile_req, nceiling), 5 },
	{ "name outside", sizeof(struct compile_req), 1u << 31 },
	{ "name of no length", sizeof(struct compile_req) + 4, 0 },
	{ "text outside", sizeof(struct compile_req) + 8, UINT32_MAX },
	{ "text over the end", sizeof(struct compile_req) + 12, UINT32_MAX },
	{ "flags", sizeof(struct compile_req) + 16, 4 },
	{ "magic", 0, 0 },
};

static void bad_requests(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(bad); i++) {
		struct fault f = { 0 };
		const void *out = NULL;
		static struct run r;

		text_of(&r, "", "host.default");
		r.req = maker_seal(&r.maker);
		assert_non_null(r.req);
		memcpy((char *)r.req + bad[i].at, &bad[i].value, sizeof(bad[i].value));
		unit_eq(compile_run(r.req, r.maker.req.size, &r.work, &out, &r.n, &f), -EBADMSG,
			bad[i].why);
		end(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(workload),	cmocka_unit_test(missing_image),
		cmocka_unit_test(too_many),	cmocka_unit_test(kept_filters),
		cmocka_unit_test(bad_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
