/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_fault.c - the error record: never unended, never stack bytes in it, safe after a foreign
 * peer.
 */
/* links: lib/base */
#include "tests/unit/unit.h"

#include "lib/base/fault.h"

#include <errno.h>
#include <string.h>

static void set_fills_all(void **state)
{
	struct fault f, again;

	(void)state;
	memset(&f, 0xaa, sizeof(f));
	memset(&again, 0x55, sizeof(again));
	assert_int_equal(fault_set(&f, -EPERM, "netns.veth.create", "link %d of %s", 7, "x"),
			 -EPERM);
	assert_int_equal(f.err, -EPERM);
	assert_string_equal(f.site, "netns.veth.create");
	assert_string_equal(f.msg, "link 7 of x");
	/* it crosses the wire: the bytes behind the text are ours, not the stack's */
	(void)fault_set(&again, -EPERM, "netns.veth.create", "link %d of %s", 7, "x");
	assert_memory_equal(&f, &again, sizeof(f));
}

static void long_texts_are_cut(void **state)
{
	struct fault f;
	char big[1000];

	(void)state;
	memset(big, 'm', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	(void)fault_set(&f, -EIO, big, "%s", big);
	assert_int_equal(strlen(f.site), sizeof(f.site) - 1);
	assert_int_equal(strlen(f.msg), sizeof(f.msg) - 1);
	errno = ENOENT;
	assert_int_equal(fault_sys(&f, "a.b", "%s", big), -ENOENT);
	assert_int_equal(strlen(f.msg), sizeof(f.msg) - 1);
}

static void sys_takes_errno(void **state)
{
	struct fault f;

	(void)state;
	errno = EACCES;
	assert_int_equal(fault_sys(&f, "open", "file %d", 3), -EACCES);
	assert_string_equal(f.msg, "file 3: Permission denied");
	errno = 0; /* a caller's slip is still a fault, never 0 = done */
	assert_int_equal(fault_sys(&f, "open", "x"), -EIO);
}

static const struct {
	const char *why;
	int32_t err, want_err;
	const char *msg, *want_msg;
} foreign[] = {
	{ "as it should be", -EPERM, -EPERM, "text", "text" },
	{ "a positive number is none of ours", 5, -EIO, "text", "text" },
	{ "unset", 0, 0, "", "" },
	{ "control bytes", -1, -1, "a\x1b[2J\n\x7f", "a?[2J??" },
	{ "UTF-8 stays", -1, -1, "\xc3\xa9", "\xc3\xa9" },
};

static void sanitise(void **state)
{
	struct fault f;

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(foreign); i++) {
		memset(&f, 0, sizeof(f));
		f.err = foreign[i].err;
		memcpy(f.msg, foreign[i].msg, strlen(foreign[i].msg));
		memcpy(f.site, "a\x80\nb", 4);
		fault_sanitise(&f);
		unit_eq(f.err, foreign[i].want_err, foreign[i].why);
		unit_row(strcmp(f.msg, foreign[i].want_msg) == 0, foreign[i].why);
		assert_string_equal(f.site, "a??b");
	}
	memset(&f, 'x', sizeof(f)); /* no NUL anywhere */
	fault_sanitise(&f);
	assert_int_equal(strlen(f.site), sizeof(f.site) - 1);
	assert_int_equal(strlen(f.msg), sizeof(f.msg) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_fills_all),
		cmocka_unit_test(long_texts_are_cut),
		cmocka_unit_test(sys_takes_errno),
		cmocka_unit_test(sanitise),
	};

	return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
