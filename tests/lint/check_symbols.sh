#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Plants objects and programs that break a law, and expects check-symbols to name each.
. tests/lint/plant.sh
CC=${CC:-gcc}
hard='-O2 -fPIE -D_GNU_SOURCE'
good='-pie -Wl,-z,relro,-z,now,-z,noexecstack'

# One planted object per forbidden call: HEADER | what f() does | SYMBOL | more flags.
while IFS='|' read -r header code sym flags; do
	printf '#include <%s>\nlong f(char *s, void **p);\nlong f(char *s, void **p)\n{\n\t(void)s;\n\t(void)p;\n\t%s;\n\treturn 0;\n}\n' \
		"$header" "$code" >"$PLANT/o.c"
	rm -f "$PLANT/o.o"
	$CC $hard $flags -c -o "$PLANT/o.o" "$PLANT/o.c"
	if [ "$sym" = - ]; then
		expect 0 '' tools/check-symbols objects cloister-spawn "$PLANT/o.o"
	else
		expect 1 "cloister-spawn: $PLANT/o.o calls $sym" tools/check-symbols objects cloister-spawn "$PLANT/o.o"
	fi
done <<'E2'
unistd.h|return write(1, s, 1)|-
stdlib.h|*p = malloc(9)|malloc
stdlib.h|*p = calloc(9, 9)|calloc
stdlib.h|*p = realloc(*p, 9)|realloc
stdlib.h|free(*p)|free
string.h|*p = strdup(s)|strdup
stdlib.h|return strtol(s, 0, 10)|strtol
stdio.h|return sscanf(s, "%p", p)|__isoc99_sscanf
stdio.h|*p = fopen(s, "r")|fopen
stdlib.h|*p = getenv(s)|getenv
pwd.h|*p = getpwnam(s)|getpwnam
dlfcn.h|*p = dlopen(s, 0)|dlopen
pthread.h|return pthread_create((pthread_t *)p, 0, 0, 0)|pthread_create
stdio.h|char b[8]; sprintf(b, "%s", s); return b[1]|__sprintf_chk|-D_FORTIFY_SOURCE=2 -Wno-format-overflow
E2

program() { # NAME FLAGS...: a program of that name
	local name=$1
	shift
	echo 'int main(void) { return 0; }' >"$PLANT/p.c"
	$CC -fPIE -o "$PLANT/$name" "$PLANT/p.c" "$@" 2>/dev/null
}
check() { tools/check-symbols program "$PLANT/$1"; }

program cloisterd $good
expect 0 '' check cloisterd
program cloisterd $good -no-pie
expect 1 'cloisterd: not position independent' check cloisterd
program cloisterd -pie -Wl,-z,norelro,-z,now
expect 1 'cloisterd: no RELRO' check cloisterd
program cloisterd -pie -Wl,-z,relro,-z,lazy
expect 1 'cloisterd: not bound at start' check cloisterd
program cloisterd $good -Wl,-z,execstack
expect 1 'its stack is executable' check cloisterd
program cloisterd $good -Wl,-rpath,/opt/lib
expect 1 'cloisterd: it has an RPATH' check cloisterd
program cloisterd $good -Wl,--no-as-needed -lcap
expect 0 '' check cloisterd
program cloisterd $good -Wl,--no-as-needed -ljansson
expect 1 'cloisterd: it links libjansson.so.4, which its row does not list' check cloisterd
program cloister-init -static-pie -Wl,-z,relro,-z,now,-z,noexecstack
expect 0 '' check cloister-init
program cloister-init $good
expect 1 'cloister-init: not static' check cloister-init
program cloister-else $good
expect 1 'cloister-else: it has no row' check cloister-else
echo 'text' >"$PLANT/cloisterd"
expect 1 'cloisterd: not a program' check cloisterd
verdict
