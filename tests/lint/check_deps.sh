#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Plants what check-deps should find.
. tests/lint/plant.sh

tree() {
	rm -rf "$PLANT"/*
	put lib/base/.may_include </dev/null
	echo lib/base | put lib/wire/.may_include
	echo 'lib/base lib/wire' | put netns/.may_include
	printf '#ifndef A\n#define A\n#include <stdint.h>\nstruct a { uint32_t n; };\n#endif\n' | put lib/base/a.h
	printf '#ifndef B\n#define B\n#include "lib/base/a.h"\nstruct b { struct a a; };\n#endif\n' | put lib/wire/b.h
	printf '#include "netns/c.h"\n#include "lib/wire/b.h"\n' | put netns/c.c
	printf '#ifndef C\n#define C\nint c(void);\n#endif\n' | put netns/c.h
}
run() { CFLAGS='-std=gnu17 -Wall -Werror' tools/check-deps "$PLANT"; }

tree
expect 0 '' run
echo '#include "netns/c.h"' | put lib/wire/d.c
expect 1 'lib/wire/d.c:1: lib/wire may not include from netns' run
tree
echo '#include "volumes/v.h"' >>"$PLANT/netns/c.c"
expect 1 '"volumes/v.h" is not a file as seen from the top' run
tree
echo '#include "c.h"' >>"$PLANT/netns/c.c"
expect 1 'is not a file as seen from the top' run
tree
echo '#include "../lib/base/a.h"' >>"$PLANT/netns/c.c"
expect 1 'is not a path from the top' run
tree
printf '#ifndef E\n#define E\n#include "netns/c.h"\n#endif\n' | put netns/e.h
printf '#ifndef C\n#define C\n#include "netns/e.h"\nint c(void);\n#endif\n' | put netns/c.h
expect 1 'a cycle of files: netns/c.h netns/e.h' run
tree
echo 'lib/wire' | put lib/base/.may_include
echo '#include "lib/wire/b.h"' | put lib/base/a.c
expect 1 'a cycle of folders: lib/base lib/wire' run
tree
printf 'struct late { uint32_t n; };\n' | put netns/late.h
expect 1 'netns/late.h: does not compile alone' run
tree
rm "$PLANT/netns/.may_include"
expect 1 'netns: it has no .may_include' run
tree
echo '*' | put tests/.may_include
echo '#include "netns/c.h"' | put tests/unit/t.c
expect 0 '' run
mkdir "$PLANT/empty"
expect 1 'no sources here' tools/check-deps "$PLANT/empty"
verdict
