/* SPDX-License-Identifier: Apache-2.0 */
/* test_unpack.c - the place of an archive's name in the image. Archives: tests/host/image.sh. */
/* links: volumes/unpack.c lib/base */
/* libs: -larchive */
#include "tests/unit/unit.h"

#include "volumes/unpack.h"

#include <errno.h>
#include <string.h>

static void places(void **state)
{
	static const struct {
		const char *why, *name;
		int want;
		const char *place;
	} rows[] = {
		{ "plain", "usr/bin/x", 0, "usr/bin/x" },
		{ "as tar writes it", "./usr/bin/", 0, "usr/bin" },
		{ "absolute", "/etc/passwd", 0, "etc/passwd" },
		{ "many slashes", "//etc///passwd//", 0, "etc/passwd" },
		{ "dots", "./././etc/./x", 0, "etc/x" },
		{ "merged", "bin/sh", 0, "usr/bin/sh" },
		{ "merged, absolute", "/lib/x86_64-linux-gnu/libc.so.6", 0,
		  "usr/lib/x86_64-linux-gnu/libc.so.6" },
		{ "merged, 64", "./lib64/ld", 0, "usr/lib64/ld" },
		{ "merged itself", "sbin", 0, "usr/sbin" },
		{ "not merged: longer", "lib32/x", 0, "lib32/x" },
		{ "not merged: deeper", "opt/bin/x", 0, "opt/bin/x" },
		{ "root", "./", 1, "" },
		{ "root, absolute", "/", 1, "" },
		{ "empty", "", 1, "" },
		{ "three dots are a name", "...", 0, "..." },
		{ "up", "..", -EINVAL, NULL },
		{ "up first", "../etc/shadow", -EINVAL, NULL },
		{ "up inside", "usr/../../etc", -EINVAL, NULL },
		{ "up last", "usr/..", -EINVAL, NULL },
		{ "up behind merged", "bin/../etc", -EINVAL, NULL },
		{ "line end", "a\nb", -EINVAL, NULL },
		{ "escape", "a\033b", -EINVAL, NULL },
		{ "delete", "a\177b", -EINVAL, NULL },
		{ "latin-1", "caf\xe9", -EINVAL, NULL },
		{ "UTF-8", "caf\xc3\xa9", 0, "caf\xc3\xa9" },
	};
	char place[UNPACK_PATH_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		unit_eq(unpack_place(place, rows[i].name), rows[i].want, rows[i].why);
		if (rows[i].place && strcmp(place, rows[i].place) != 0)
			fail_msg("%s: %s", rows[i].why, place);
	}
}

/* Each bound from both sides. */
static void bounds(void **state)
{
	static char name[2 * UNPACK_PATH_MAX];
	char place[UNPACK_PATH_MAX];

	(void)state;
	memset(name, 'a', 256);
	name[255] = '\0';
	assert_int_equal(unpack_place(place, name), 0);
	name[255] = 'a';
	name[256] = '\0';
	assert_int_equal(unpack_place(place, name), -ENAMETOOLONG);
	for (size_t i = 0; i < 256; i++)
		memcpy(name + 2 * i, "a/", 2);
	name[2 * 255] = '\0';
	assert_int_equal(unpack_place(place, name), 0);
	name[2 * 255] = 'a';
	name[2 * 255 + 1] = '\0';
	assert_int_equal(unpack_place(place, name), -ELOOP);
	/* the added usr/ counts */
	memcpy(name, "bin/", 4);
	for (size_t i = 0; i < 255; i++)
		memcpy(name + 4 + 2 * i, "a/", 2);
	name[4 + 2 * 253] = '\0';
	assert_int_equal(unpack_place(place, name), 0);
	name[4 + 2 * 253] = 'a';
	name[4 + 2 * 253 + 1] = '\0';
	assert_int_equal(unpack_place(place, name), -ELOOP);
	for (size_t i = 0; i < UNPACK_PATH_MAX; i++)
		name[i] = i % 200 == 199 ? '/' : 'a';
	name[UNPACK_PATH_MAX - 1] = '\0';
	assert_int_equal(unpack_place(place, name), 0);
	assert_int_equal(strlen(place), UNPACK_PATH_MAX - 1);
	name[UNPACK_PATH_MAX - 1] = 'a';
	name[UNPACK_PATH_MAX] = '\0';
	assert_int_equal(unpack_place(place, name), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places),
		cmocka_unit_test(bounds),
	};

	return cmocka_run_group_tests_name("unpack", tests, NULL, NULL);
}
