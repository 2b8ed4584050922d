/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_compile_out.c - the compiler's answer: one that is whole is taken, and no field of it can be
 * changed to point outside; any byte may be anything without a read past the end (SAN=1).
 */
/* links: supervisor/engine/compile_out.c lib/base */
#include "tests/unit/unit.h"

#include "supervisor/engine/compile_out.h"

#include <errno.h>
#include <string.h>

/* A whole answer with one row of each kind. */
struct answer {
	struct compile_out out;
	struct compile_diag diag;
	struct compile_image_unit image;
	struct compile_tenant tenant;
	struct compile_workload workload;
	char plan[64] __attribute__((aligned(8)));
	char text[64];
} __attribute__((aligned(8)));

#define AT(field) ((uint32_t)offsetof(struct answer, field))

static void make(struct answer *a)
{
	static const char text[] = "file\0message\0nginx\0redis\0";
	struct compile_text file = { AT(text), 4 }, message = { AT(text) + 5, 7 };
	struct compile_text list = { AT(text) + 13, 11 };

	memset(a, 0, sizeof(*a));
	memcpy(a->text, text, sizeof(text));
	a->out = (struct compile_out){ .size = sizeof(*a),
				       .ndiag = 1,
				       .nimage = 1,
				       .ntenant = 1,
				       .nworkload = 1,
				       .diag_off = AT(diag),
				       .image_off = AT(image),
				       .tenant_off = AT(tenant),
				       .workload_off = AT(workload),
				       .plan_off = AT(plan),
				       .plan_len = sizeof(a->plan) };
	memcpy(a->out.magic, COMPILE_OUT_MAGIC, 8);
	a->diag = (struct compile_diag){
		.severity = SEV_ERROR, .code = 12, .file = file, .message = message, .source = file
	};
	a->image = (struct compile_image_unit){
		.name = "web", .file = file, .npackage = 2, .packages = list
	};
	a->tenant = (struct compile_tenant){ .name = "shop",
					     .file = file,
					     .nlimit = 1,
					     .nceiling = 1,
					     .ceiling = { "host.try" },
					     .npeople = 1,
					     .people = { { PERSON_EDITS | PERSON_GROUP, 1000 } } };
	a->workload = (struct compile_workload){ .name = "front",
						 .profile = "web.nginx",
						 .file = file,
						 .restart = RESTART_ALWAYS,
						 .plan_off = AT(plan),
						 .plan_len = sizeof(a->plan),
						 .nimage = 2,
						 .images = list };
}

#define SET(field, value)                                                                          \
	{                                                                                          \
#field " = " #value, offsetof(struct answer, field),                               \
			sizeof(((struct answer *)NULL)->field), (value)                            \
	}

/* Each of these alone makes the answer none. */
static const struct {
	const char *why;
	size_t off, size;
	uint64_t value;
} broken[] = {
	SET(out.magic[0], 'X'),
	SET(out.size, sizeof(struct answer) - 1),
	SET(out.size, sizeof(struct answer) + 1),
	SET(out.ndiag, OUT_DIAGS_MAX + 1),
	SET(out.ndiag, UINT32_MAX),
	SET(out.ntenant, OUT_UNITS_MAX + 1),
	SET(out.nworkload, 200),
	SET(out.diag_off, UINT32_MAX - 7),
	SET(out.diag_off, sizeof(struct answer)),
	SET(out.diag_off, offsetof(struct answer, diag) + 4),
	SET(out.diag_off, 0),
	SET(out.image_off, sizeof(struct answer) - 8),
	SET(out.plan_off, 0),
	SET(out.plan_off, sizeof(struct answer) - 8),
	SET(out.plan_len, UINT32_MAX),
	SET(diag.severity, 0),
	SET(diag.severity, 3),
	SET(diag.code, 1000),
	SET(diag.file.off, UINT32_MAX),
	SET(diag.file.len, UINT32_MAX),
	SET(diag.file.len, 3),
	SET(diag.message.off, sizeof(struct answer)),
	SET(diag.source.off, sizeof(struct answer) - 1),
	SET(diag.help.len, UINT32_MAX),
	SET(diag.fix.len, 100000),
	SET(diag.fix_start, 1),
	SET(image.name[0], 'W'),
	SET(image.name[0], '\0'),
	SET(image.npackage, 4),
	SET(image.npackage, UINT32_MAX),
	SET(image.packages.len, UINT32_MAX),
	SET(image.ndir, 100000),
	SET(image.has_pin, 2),
	SET(tenant.name[1], '.'),
	SET(tenant.nlimit, COMPILE_TENANT_LIMITS + 1),
	SET(tenant.limit[0].knob, 99),
	SET(tenant.nceiling, 5),
	SET(tenant.ceiling[0][0], '-'),
	SET(tenant.about.len, UINT32_MAX),
	SET(tenant.npeople, COMPILE_TENANT_PEOPLE + 1),
	SET(tenant.people[0].flags, 4),
	SET(tenant.people[0].id, 0),
	SET(workload.name[0], '/'),
	SET(workload.profile[0], '\0'),
	SET(workload.tenant, 1),
	SET(workload.restart, 3),
	SET(workload.plan_off, 4),
	SET(workload.plan_len, UINT32_MAX),
	SET(workload.nmissing, 3),
	SET(workload.nimage, 40),
};

static void whole(void **state)
{
	struct compile_view v;
	struct answer a;
	struct fault f;

	(void)state;
	make(&a);
	assert_int_equal(compile_view_open(&a, sizeof(a), &v, &f), 0);
	assert_string_equal(compile_view_text(&v, v.diag->message), "message");
	assert_string_equal(v.workload->name, "front");
}

static void each_field(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(broken); i++) {
		struct compile_view v;
		struct answer a;
		struct fault f;

		make(&a);
		memcpy((char *)&a + broken[i].off, &broken[i].value, broken[i].size);
		unit_eq(compile_view_open(&a, sizeof(a), &v, &f), -EBADMSG, broken[i].why);
	}
}

static void names_without_an_end(void **state)
{
	struct compile_view v;
	struct answer a;
	struct fault f;

	(void)state;
	make(&a);
	memset(a.tenant.name, 'a', sizeof(a.tenant.name));
	assert_int_equal(compile_view_open(&a, sizeof(a), &v, &f), -EBADMSG);
	make(&a);
	memset(a.tenant.ceiling[0], 'a', sizeof(a.tenant.ceiling[0]));
	assert_int_equal(compile_view_open(&a, sizeof(a), &v, &f), -EBADMSG);
	make(&a);
	memset(a.workload.profile, 'a', sizeof(a.workload.profile));
	assert_int_equal(compile_view_open(&a, sizeof(a), &v, &f), -EBADMSG);
}

/* Every byte set to a few values, and every length: it may be refused or not, but a view that is
 * open has texts that end inside. */
static void any_byte(void **state)
{
	static const uint8_t values[] = { 0, 1, 0x7f, 0x80, 0xff };
	struct answer *a = malloc(sizeof(*a));

	(void)state;
	assert_non_null(a);
	for (size_t i = 0; i < sizeof(*a); i++)
		for (size_t k = 0; k < UNIT_LEN(values); k++) {
			struct compile_view v;
			struct fault f;

			make(a);
			((uint8_t *)a)[i] = values[k];
			if (compile_view_open(a, sizeof(*a), &v, &f) < 0)
				continue;
			for (uint32_t d = 0; d < v.out->ndiag; d++)
				assert_true(strlen(compile_view_text(&v, v.diag[d].file)) <
					    sizeof(*a));
		}
	free(a);
	for (size_t n = 0; n < sizeof(struct answer); n++) {
		struct answer *cut = malloc(n + 1);
		struct answer full;
		struct compile_view v;
		struct fault f;

		assert_non_null(cut);
		make(&full);
		memcpy(cut, &full, n);
		assert_int_equal(compile_view_open(cut, n, &v, &f), -EBADMSG);
		free(cut);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole),
		cmocka_unit_test(each_field),
		cmocka_unit_test(names_without_an_end),
		cmocka_unit_test(any_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
