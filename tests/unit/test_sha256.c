/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_sha256.c - the vectors of FIPS 180-4 and NIST's CAVP, and every way to cut an input.
 */
/* links: lib/base */
#include "tests/unit/unit.h"

#include "lib/base/sha256.h"
#include "lib/base/str.h"

#include <string.h>

static const struct {
	const char *why, *text;
	size_t times;
	const char *want;
} vectors[] = {
	{ "nothing", "", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "FIPS 180 one block", "abc", 1,
	  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "FIPS 180 two blocks", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
	  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	{ "four-block message",
	  "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqr"
	  "lmnopqrsmnopqrstnopqrstu",
	  1, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
	{ "a million a", "a", 1000000,
	  "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
	{ "55 bytes: the padding just fits", "a", 55,
	  "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318" },
	{ "56 bytes: it just does not", "a", 56,
	  "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a" },
	{ "64 bytes: a whole block", "a", 64,
	  "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb" },
};

static void known_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(vectors); i++) {
		struct sha256 s;
		uint8_t got[32];
		char hex[65];

		sha256_init(&s);
		for (size_t n = 0; n < vectors[i].times; n++)
			sha256_add(&s, vectors[i].text, strlen(vectors[i].text));
		sha256_done(&s, got);
		str_hex(hex, got, sizeof(got));
		unit_row(strcmp(hex, vectors[i].want) == 0, vectors[i].why);
	}
}

/* Wherever an input is cut in two, the digest is that of the whole. */
static void any_cut(void **state)
{
	uint8_t in[200], whole[32], parts[32];

	(void)state;
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 7);
	for (size_t n = 0; n <= sizeof(in); n++) {
		sha256_of(in, n, whole);
		for (size_t cut = 0; cut <= n; cut++) {
			struct sha256 s;

			sha256_init(&s);
			sha256_add(&s, in, cut);
			sha256_add(&s, in + cut, n - cut);
			sha256_done(&s, parts);
			assert_memory_equal(whole, parts, sizeof(whole));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers),
		cmocka_unit_test(any_cut),
	};

	return cmocka_run_group_tests_name("sha256", tests, NULL, NULL);
}
