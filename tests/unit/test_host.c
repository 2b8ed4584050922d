/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_host.c - the operator's files as a policy block: what is pinned is what later is made.
 */
/* links: profiles/answer.c profiles/arena.c profiles/blob.c profiles/check.c profiles/clause.c
 * profiles/compile.c profiles/cursor.c profiles/diag.c profiles/expand.c profiles/expect.c
 * profiles/explain.c profiles/explain_mode.c profiles/format.c profiles/format_list.c
 * profiles/format_mode.c
 * profiles/fact_place.c profiles/fact_sys.c profiles/facts.c profiles/filter.c
 * profiles/filter_args.c profiles/filter_prove.c profiles/filter_want.c profiles/block.c
 * profiles/host.c profiles/host_conf.c profiles/image_unit.c profiles/layers.c profiles/lex.c
 * profiles/limit.c profiles/lower.c profiles/lower_access.c profiles/lower_host.c
 * profiles/lower_limits.c profiles/lower_mounts.c profiles/meet.c profiles/parse.c
 * profiles/request.c profiles/resolve.c profiles/skeleton.c profiles/sysargs.c profiles/sysconst.c
 * profiles/sysnames.c profiles/systab.c profiles/tenant.c profiles/text.c profiles/tree.c
 * profiles/value.c profiles/workload.c tests/golden/maker.c lib/plan lib/base */
/* libs: -lseccomp */
#include "tests/unit/unit.h"

#include "tests/unit/lang_run.h"
#include "lib/plan/plan_check.h"
#include "lib/plan/policy.h"
#include "lib/plan/registry.h"

#include <errno.h>

static const char shop[] =
	"cloister 1\n\ntenant shop under host.default {\n  workload web {\n"
	"    profile shell\n    run \"/usr/bin/id\"\n    image root as tools\n  }\n}\n";
static const char conf[] = "cloister 1\n\nhost {\n  may tenant\n}\n";
static const char pin[] = "\nimage tools {\n  package \"dash\"\n  pin sha256:"
			  "1111111111111111111111111111111111111111111111111111111111111111\n}\n";

/* A compile of the shop's text, changed: its code; *ret what it gave. */
static int run_text(struct run *r, uint32_t mode, const char *text, const char *with_conf)
{
	struct fault f = { 0 };
	const void *out = NULL;
	int code;

	begin(r, mode, mode == COMPILE_MAKE ? "shop/web" : "", "host.default");
	assert_int_equal(maker_image(&r->maker, "tools", SOURCE_IMAGE), 0);
	if (*with_conf)
		assert_int_equal(maker_text(&r->maker, "cloister.conf", with_conf,
					    strlen(with_conf), COMPILE_F_CONF),
				 0);
	assert_int_equal(maker_text(&r->maker, "shop.tenant", text, strlen(text), COMPILE_F_TENANT),
			 0);
	r->req = maker_seal(&r->maker);
	assert_non_null(r->req);
	code = compile_run(r->req, r->maker.req.size, &r->work, &out, &r->n, &f);
	r->out = out;
	return code;
}

static char *joined(const char *a, const char *b)
{
	static char text[2048];

	(void)snprintf(text, sizeof(text), "%s%s", a, b);
	return text;
}

/* Source hash of the plan that COMPILE_MAKE makes of a text. */
static void made(const char *text, uint8_t source[32])
{
	static struct run r;
	struct fault f;

	assert_int_equal(run_text(&r, COMPILE_MAKE, text, ""), 0);
	assert_int_equal(plan_check(r.out, r.n, &f), 0);
	memcpy(source, ((const struct plan_hdr *)(const void *)r.out)->source_sha256, 32);
	end(&r);
}

/* The block pins the very hash that the plan of the same text has, whatever its comments. */
static void pins(void **state)
{
	static struct run r;
	const struct host_policy *p;
	const struct tenant_pin *t;
	struct plan_pin want;
	uint8_t id[16], image[32];
	struct fault f;

	(void)state;
	registry_id("shop", id);
	memset(image, 0x11, sizeof(image));
	memcpy(want.tenant, id, sizeof(id));
	made(shop, want.source_sha256);
	assert_int_equal(run_text(&r, COMPILE_HOST, joined(shop, pin), conf), 0);
	p = (const void *)r.out;
	assert_int_equal(policy_check(p, r.n, &f), 0);
	assert_int_equal(p->may, MAY_TENANT);
	assert_int_equal(p->epoch, 2);
	assert_true(policy_has_plan(p, &want));
	assert_true(policy_has_image(p, image));
	t = policy_tenant(p, id);
	assert_non_null(t);
	assert_int_equal(t->ceiling, policy_ceiling_id("host.default"));
	/* of another tenant it is not */
	want.tenant[0] ^= 1;
	assert_false(policy_has_plan(p, &want));
	end(&r);
}

/* What is approved is all of the workload's text: its command too, its comments not. */
static void sources(void **state)
{
	static const struct {
		const char *why, *from, *to;
		bool same;
	} rows[] = {
		{ "a comment", "    run", "    # as it was\n    run", true },
		{ "more space", "    profile shell", "    profile   shell", true },
		{ "another command", "/usr/bin/id", "/usr/bin/ip", false },
		{ "an argument", "id\"", "id\" \"-u\"", false },
		{ "another restart", "    run", "    restart always\n    run", false },
		{ "another limit", "    run", "    limit pids 3\n    run", false },
		{ "another profile", "profile shell", "profile web.nginx", false },
	};
	uint8_t first[32], other[32];

	(void)state;
	made(shop, first);
	for (size_t i = 0; i < UNIT_LEN(rows); i++) {
		const char *at = strstr(shop, rows[i].from);
		char text[1024];

		(void)snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - shop), shop, rows[i].to,
			       at + strlen(rows[i].from));
		if (strstr(rows[i].to, "nginx")) { /* its images have other names */
			(void)snprintf(text, sizeof(text),
				       "cloister 1\n\ntenant shop under host.default {\n"
				       "  workload web {\n    profile web.nginx\n"
				       "    run \"/usr/bin/id\"\n    image nginx as tools\n"
				       "    image site as tools\n  }\n}\n");
		}
		made(text, other);
		unit_eq(memcmp(first, other, sizeof(first)) == 0, rows[i].same, rows[i].why);
	}
}

/* Every ceiling of the library is in it, by the hash that plans under it carry. */
static void ceilings(void **state)
{
	static const char *const names[] = { "host.default", "host.try" };
	static struct run r;
	const struct host_policy *p;
	struct fault f;

	(void)state;
	assert_int_equal(run_text(&r, COMPILE_HOST, "cloister 1\n", ""), 0);
	p = (const void *)r.out;
	assert_int_equal(p->may, MAY_ALL); /* no cloister.conf */
	assert_int_equal(p->nceiling, 2);
	for (size_t i = 0; i < UNIT_LEN(names); i++) {
		const struct ceiling_ref *c = policy_ceiling(p, policy_ceiling_id(names[i]));
		static struct run plan;
		const struct plan_hdr *h;

		assert_non_null(c);
		h = (const void *)((const char *)p + c->off);
		assert_int_equal(plan_check_ceiling(h, c->len, &f), 0);
		assert_memory_equal(h->ceiling_sha256, c->sha256, 32);
		begin(&plan, COMPILE_PLAN, "shell", names[i]);
		assert_int_equal(maker_image(&plan.maker, "root", SOURCE_IMAGE), 0);
		compile(&plan);
		h = plan_of(&plan);
		assert_non_null(h);
		assert_memory_equal(h->ceiling_sha256, c->sha256, 32);
		end(&plan);
	}
	end(&r);
}

static const struct {
	const char *why, *text, *conf, *want;
} refused[] = {
	{ "an image without a pin", "\nimage tools {\n  package \"dash\"\n}\n", conf,
	  "image tools has no pin" },
	{ "no such ceiling", "\ntenant x under host.defalt {\n}\n", "", "there is no ceiling" },
	{ "a tenant twice", "\ntenant shop {\n}\n", "", "'shop' stands twice" },
	{ "a grant", "\ngrant a uses b.c {\n}\n", "", "not in this version" },
	{ "no such profile",
	  "\ntenant x {\n  workload a {\n    profile shel\n    run \"/a\"\n  }\n}\n", "",
	  "there is no profile 'shel'" },
};

static void refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(refused); i++) {
		static struct run r;

		unit_eq(run_text(&r, COMPILE_HOST, joined(shop, refused[i].text), refused[i].conf),
			1, refused[i].why);
		unit_row(strstr((const char *)r.out, refused[i].want) != NULL, refused[i].why);
		end(&r);
	}
}

/* Requests that are none: the head's numbers, and files that only --host may have. */
static void requests(void **state)
{
	static struct run r;
	struct fault f = { 0 };
	const void *out;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		begin(&r, i == 3 ? COMPILE_APPLY : COMPILE_HOST, "", "host.default");
		if (i == 0)
			r.maker.req.own_base = 0;
		if (i == 1)
			r.maker.req.own_base++;
		if (i == 2)
			r.maker.req.epoch = 0;
		if (i == 3)
			assert_int_equal(maker_text(&r.maker, "cloister.conf", conf, strlen(conf),
						    COMPILE_F_CONF),
					 0);
		r.req = maker_seal(&r.maker);
		unit_eq(compile_run(r.req, r.maker.req.size, &r.work, &out, &r.n, &f), -EBADMSG,
			"request");
		maker_fini(&r.maker);
		free(r.req);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pins),	    cmocka_unit_test(sources),	cmocka_unit_test(ceilings),
		cmocka_unit_test(refusals), cmocka_unit_test(requests),
	};

	return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
