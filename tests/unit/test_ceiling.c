/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_ceiling.c - from the text of a ceiling to its bytes (plan_within.h), and what is compiled
 * under it, within them.
 */
/* links: profiles tests/golden/maker.c lib/plan lib/base */
/* libs: -lseccomp */
#include "tests/unit/unit.h"

#include "tests/unit/lang_run.h"
#include "lib/plan/feature.h"
#include "lib/plan/plan_check.h"
#include "lib/plan/plan_within.h"
#include "profiles/within.h"

#include <string.h>

static const struct plan_mount *mount_at(const void *plan, const char *target)
{
	const struct plan_mount *m;

	for (size_t i = 0; (m = plan_row(plan, PLAN_MOUNT, i)); i++)
		if (strcmp(plan_text(plan, m->target), target) == 0)
			return m;
	return NULL;
}

static void ceiling_of(struct run *r, const char *name, const char *text)
{
	begin(r, COMPILE_CEILING, name, "");
	if (text)
		assert_int_equal(
			maker_text(&r->maker, "c.profile", text, (uint32_t)strlen(text), 0), 0);
	compile(r);
}

static uint64_t knob_of(const void *plan, uint32_t knob)
{
	const struct plan_cgroup *k;

	for (size_t i = 0; (k = plan_row(plan, PLAN_CGROUP, i)); i++)
		if (k->knob == knob)
			return k->v[0];
	return UINT64_MAX;
}

static void shipped(void **state)
{
	static const char *const names[] = { "host.default", "host.try" };
	struct fault f = { 0 };
	static struct run r;

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(names); i++) {
		const struct plan_hdr *h;
		const struct plan_features *on;

		ceiling_of(&r, names[i], NULL);
		h = plan_of(&r);
		assert_non_null(h);
		unit_eq(plan_check_ceiling(h, r.out->plan_len, &f), 0, names[i]);
		unit_eq(plan_check(h, r.out->plan_len, &f), PF_FLAGS, names[i]);
		unit_eq(h->flags, i ? CEILING_FORM | PLAN_F_HOST_SOURCE : CEILING_FORM, names[i]);
		on = plan_row(h, PLAN_FEATURES, 0);
		assert_true(on->on & FEAT_BIT(FEAT_SYSV_IPC) && !(on->on & FEAT_BIT(FEAT_JIT)));
		assert_true(on->permitted == on->on);
		unit_eq(knob_of(h, KNOB_MEMORY_MAX) == UINT64_C(8) << 30, 1, "what it lists");
		unit_eq(knob_of(h, KNOB_SWAP_MAX) == UINT64_MAX, 1, "what it does not list");
		assert_non_null(mount_at(h, "/tmp"));
		assert_true(mount_at(h, "/tmp")->size == UINT64_C(1) << 30);
		assert_int_equal(mount_at(h, "/usr") != NULL, (int)i);
		assert_int_equal(plan_count(h, PLAN_LLRULE), 0);
		assert_int_equal(((const struct plan_ident *)plan_row(h, PLAN_IDENT, 0))->missing,
				 1 << MISSING_ERRNO);
		assert_true(((const struct plan_device *)plan_row(h, PLAN_DEVICE, 0))->nodes ==
			    UINT64_MAX);
		end(&r);
	}
}

static void domains(void **state)
{
	static const char text[] =
		"cloister 1\n\nceiling c {\n  include ceiling.syscalls\n  feature exec on\n"
		"  limit memory none\n  set hostname { \"a\" \"b\" }\n  set missing { errno kill "
		"}\n"
		"  allow path { \"/usr/\" } read, exec\n  mount \"/srv/\" from image \"gone\" ro\n"
		"  device { null }\n  env { MODE TZ }\n  allow net in tcp 1024..2000\n}\n";
	const struct plan_device *dev;
	const struct plan_ident *ident;
	const struct plan_env *e;
	const struct plan_hdr *h;
	size_t mode = 0, tz = 0;
	static struct run r;

	(void)state;
	ceiling_of(&r, "c", text);
	h = plan_of(&r);
	assert_non_null(h);
	assert_int_equal(h->flags, CEILING_ALL & ~PLAN_F_HOST_SOURCE);
	ident = plan_row(h, PLAN_IDENT, 0);
	assert_string_equal(plan_text(h, ident->hostname), "a\nb");
	assert_int_equal(ident->user.len, 0);
	assert_int_equal(ident->missing, 1 << MISSING_ERRNO | 1 << MISSING_KILL);
	assert_int_equal(ident->ready, (1 << READY__COUNT) - 1);
	assert_true(knob_of(h, KNOB_MEMORY_MAX) == UINT64_MAX);
	assert_int_equal(plan_count(h, PLAN_LLRULE), 2); /* /usr/ and the device's own node */
	assert_int_equal(mount_at(h, "/srv")->digest[31], 0xff); /* an image that is not there */
	dev = plan_row(h, PLAN_DEVICE, 0);
	assert_true(dev->nodes == 1u << NODE_NULL);
	for (size_t i = 0; (e = plan_row(h, PLAN_ENV, i)); i++) {
		mode += strcmp(plan_text(h, e->name), "MODE") == 0;
		tz += strcmp(plan_text(h, e->name), "TZ") == 0;
	}
	assert_true(mode == 1 && tz == 1);
	assert_int_equal(plan_count(h, PLAN_NETRULE), 1);
	end(&r);
	ceiling_of(&r, "host.defualt", NULL);
	assert_int_equal(first_code(&r), 102);
	end(&r);
}

/* ---- what the compiler passes is within the bytes of its ceiling ---- */

static const struct {
	const char *why, *profile, *body, *under, *ceiling; /* body: else a shipped profile */
	int host, want;
} pairs[] = {
	{ "shell, host", "shell", NULL, "host.try", "host.try", 1, 0 },
	{ "shell, host, under a ceiling without", "shell", NULL, "host.try", "host.default", 1,
	  WIDER_HEADER },
	{ "shell", "shell", NULL, "host.default", "host.default", 0, 0 },
	{ "nginx", "web.nginx", NULL, "host.default", "host.default", 0, 0 },
	{ "nginx, the wider ceiling", "web.nginx", NULL, "host.default", "host.try", 0, 0 },
	{ "redis", "cache.redis", NULL, "host.default", "host.default", 0, 0 },
	{ "the most of a limit", "p", "  limit pids 512\n", "host.default", "host.default", 0, 0 },
	{ "every domain", "p",
	  "  set hostname \"web\"\n  feature tmp on\n  limit tmp 1GiB\n  env { MODE }\n"
	  "  mount \"/srv/\" from tmpfs rw size 1GiB\n  device { null tty }\n"
	  "  feature net.loopback on\n  feature net.inbound on\n  allow net in tcp 2000..3000\n"
	  "  allow path { \"/srv/\" } read, write\n  set timezone \"Europe/Berlin\"\n"
	  "  set ready notify\n",
	  "host.default", "host.default", 0, 0 },
};

static void compiled(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(pairs); i++) {
		static const char *const images[] = { "root", "nginx", "site", "redis" };
		struct fault f = { 0 };
		static struct run r, c;

		if (pairs[i].body)
			text_of(&r, pairs[i].body, pairs[i].under);
		else
			begin(&r, COMPILE_PLAN, pairs[i].profile, pairs[i].under);
		for (size_t k = 0; k < UNIT_LEN(images); k++)
			assert_int_equal(maker_image(&r.maker, images[k],
						     pairs[i].host ? SOURCE_HOST : SOURCE_IMAGE),
					 0);
		compile(&r);
		unit_eq(first_code(&r), 0, pairs[i].why);
		ceiling_of(&c, pairs[i].ceiling, NULL);
		unit_row(plan_of(&r) && plan_of(&c), pairs[i].why);
		unit_eq(plan_within(plan_of(&r), r.out->plan_len, plan_of(&c), c.out->plan_len, &f),
			pairs[i].want, pairs[i].why);
		end(&r);
		end(&c);
	}
}

/* With a limit on huge pages in the ceiling: a profile without them, with as many, with more. */
static void huge_pages(void **state)
{
	static const struct {
		const char *why, *body;
		enum within_verdict want;
	} rows[] = {
		{ "none", "", WITHIN_YES },
		{ "as many", "  limit hugepages 4MiB\n", WITHIN_YES },
		{ "more", "  limit hugepages 6MiB\n", WITHIN_BYTES },
	};
	static const char wide[] = "cloister 1\n\nceiling wide {\n  include ceiling.syscalls\n}\n";
	static const char *const ceilings[] = {
		"cloister 1\n\nceiling c {\n  include ceiling.syscalls\n  limit hugepages "
		"4MiB\n}\n",
		"cloister 1\n\nceiling c {\n  include ceiling.syscalls\n  limit hugepages 0\n}\n",
	};
	static const enum within_verdict under_none[] = { WITHIN_YES, WITHIN_CALL, WITHIN_CALL };

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(rows); i++)
		for (size_t k = 0; k < UNIT_LEN(ceilings); k++) {
			struct within_answer answer;
			struct fault f = { 0 };
			static struct run r, c;

			text_of(&r, rows[i].body, "wide");
			assert_int_equal(
				maker_text(&r.maker, "w.profile", wide, sizeof(wide) - 1, 0), 0);
			compile(&r);
			ceiling_of(&c, "c", ceilings[k]);
			unit_row(plan_of(&r) && plan_of(&c), rows[i].why);
			assert_int_equal(within_decide(plan_of(&r), r.out->plan_len, plan_of(&c),
						       c.out->plan_len, &answer, &f),
					 0);
			unit_eq(answer.verdict, k ? under_none[i] : rows[i].want, rows[i].why);
			end(&r);
			end(&c);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shipped),
		cmocka_unit_test(domains),
		cmocka_unit_test(compiled),
		cmocka_unit_test(huge_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
