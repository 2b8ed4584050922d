#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Plants what check-size should find, and beside each the largest that is still allowed.
. tests/lint/plant.sh
run() { tools/check-size "$PLANT"; }
fresh() { rm -rf "${PLANT:?}"/*; }
lines() { seq -f "$2" "$1"; } # N FORMAT

for n in 60 61; do
	fresh
	{ echo 'static int f(int a)'; echo '{'; lines $((n - 3)) '	a += %g;'; echo '}'; } | put a/f.c
	[ $n = 60 ] && expect 0 '' run || expect 1 'a/f.c:1: f() has 61 lines, 60 are allowed' run
done

fresh
printf 'int g(int a, int b, int c, int d, int e)\n{\n\treturn a;\n}\n' | put a/g.c
expect 0 '' run
printf 'int g(int a, int b, int c, int d, int e, int f)\n{\n\treturn a;\n}\n' | put a/g.c
expect 1 'g() has 6 parameters' run
printf 'int g(int a, int b, int c, int d, int e,\n      struct fault *f)\n{\n\treturn a;\n}\n' | put a/g.c
expect 0 '' run
printf 'static PRINTF(4, 0) int g(int a, int b, int c,\n\t\t      int d, int e, int f)\n{\n\treturn a;\n}\n' | put a/g.c
expect 1 'g() has 6 parameters' run
printf 'int g(int (*cb)(int, int, int), int b, int c, int d, int e)\n{\n\treturn b;\n}\n' | put a/g.c
expect 0 '' run
printf 'int g(void)\n{\n\treturn 0;\n}\n' | put a/g.c
expect 0 '' run

fresh
printf 'int h(int a)\n{\n\tfor (;;)\n\t\tif (a)\n\t\t\twhile (a)\n\t\t\t\ta--;\n\treturn a;\n}\n' | put a/h.c
expect 0 '' run
printf 'int h(int a)\n{\n\tfor (;;) {\n\t\tif (a)\n\t\t\twhile (a)\n\t\t\t\tif (a)\n\t\t\t\t\ta--;\n\t}\n}\n' | put a/h.c
expect 1 'a/h.c:6: nested 4 deep' run

fresh
{ echo '/* SPDX-License-Identifier: Apache-2.0 */'; lines 500 'extern int v%g;'; yes "" | head -50; } | put a/l.c
expect 0 '' run
lines 501 'extern int v%g;' | put a/l.c
expect 1 'a/l.c: 501 lines, a source may have 500' run
fresh
lines 251 'extern int v%g;' | put a/l.h
expect 1 'a/l.h: 251 lines, a header may have 250' run

fresh
for i in $(seq 16); do echo "#include \"a/h$((i + 1)).h\"" | put a/h$i.h; done
echo '' | put a/h17.h
echo '#include "a/h3.h"' | put a/deep.c
expect 0 '' run
echo '#include "a/h2.h"' | put a/deep.c
expect 1 'a/deep.c: reaches 16 headers of ours' run

# As many files of 430 lines as are just too much for the folder's budget.
budget() { sed -n "s|^budget $1 ||p" tools/check-size; }
fresh
n=$(($(budget sandbox) / 430 + 1))
for i in $(seq $n); do lines 430 'extern int v%g;' | put sandbox/s$i.c; done
expect 1 "sandbox: $((n * 430)) lines of code" run
mv "$PLANT/sandbox/s1.c" "$PLANT/sandbox/init.c" # another program's
expect 0 '' run
n=$(($(budget lib/plan) / 430 + 1))
for i in $(seq $n); do lines 430 'extern int v%g;' | put lib/plan/s$i.c; done
expect 1 "lib/plan: $((n * 430)) lines of code" run
verdict
