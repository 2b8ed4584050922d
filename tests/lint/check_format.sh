#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Plants what check-format should find.
. tests/lint/plant.sh
head='/* SPDX-License-Identifier: Apache-2.0 */'
run() { tools/check-format "$PLANT"; }
fresh() {
	rm -rf "${PLANT:?}"/*
	cp .clang-format "$PLANT"
	printf '%s\nint a(void)\n{\n\treturn 0; /* http://example.org/ */\n}\n\n/*\n * // not one\n */\nconst char *u = "//";\n' "$head" | put a/a.c
}

fresh
expect 0 '' run
printf '%s\nint b(void) { return 0; }\n' "$head" | put a/b.c
expect 1 'a/b.c:2:12: not as clang-format lays it out' run
fresh
printf 'int b;\n' | put a/b.c
expect 1 'a/b.c: no SPDX line' run
fresh
printf '#!/bin/sh\ntrue\n' | put tools/thing
expect 1 'tools/thing: no SPDX line' run
fresh
printf '%s\nint b; // no\n' "$head" | put a/b.c
expect 1 'a/b.c:2: a // comment' run
mkdir "$PLANT/empty"
expect 1 'no sources here' tools/check-format "$PLANT/empty"
verdict
