/* SPDX-License-Identifier: Apache-2.0 */
/* test_store.c - what may be kept as an image. Files and mounts: tests/host/image.sh. */
/* links: volumes/store.c lib/base */
#include "tests/unit/unit.h"

#include "volumes/store.h"

#include <errno.h>
#include <string.h>

enum { HEAD = 4096, SB = 1024 };

static void heads(void **state)
{
	static const struct {
		const char *why;
		size_t at;
		uint8_t value;
		uint64_t size;
		int want;
	} rows[] = {
		{ "as it should be", 0, 0, 2 * HEAD, 0 },
		{ "larger than it says", 0, 0, 3 * HEAD, 0 },
		{ "another magic", SB, 0xe3, 2 * HEAD, -EBADMSG },
		{ "other blocks", SB + 12, 9, 2 * HEAD, -EBADMSG },
		{ "compression", SB + 80, 1, 2 * HEAD, -EBADMSG },
		{ "a feature in the last byte", SB + 83, 0x80, 2 * HEAD, -EBADMSG },
		{ "cut", 0, 0, 2 * HEAD - 1, -EBADMSG },
		{ "blocks that would overflow", SB + 39, 0xff, 2 * HEAD, -EBADMSG },
		{ "empty", 0, 0, 0, -EBADMSG },
		{ "less than a block", 0, 0, HEAD - 1, -EBADMSG },
	};
	struct fault f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t head[HEAD] = { 0 };
		const uint8_t magic[] = { 0xe2, 0xe1, 0xf5, 0xe0 };

		memcpy(head + SB, magic, sizeof(magic));
		head[SB + 12] = 12;
		head[SB + 36] = 2;
		if (rows[i].at)
			head[rows[i].at] = rows[i].value;
		unit_eq(store_check(head, rows[i].size, &f), rows[i].want, rows[i].why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(heads) };

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
