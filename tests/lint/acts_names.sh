#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The names that cloister-acts prints are those of the servers' tables.
reader=supervisor/acts/main_acts.c
passed=0 failed=0
compare() { # ARRAY TABLE
	local want got
	want=$(sed -n 's/^\t\(\[[A-Z_]*\]\) *= *ROW[A-Z_]*( *\("[a-z.]*"\).*/\1 = \2/p' "$2" | sort)
	got=$(sed -n "/ $1\[/,/^};/p" "$reader" | grep -o '\[[A-Z_]*\] = "[a-z.]*"' | sort)
	if [ -n "$want" ] && [ "$want" = "$got" ]; then passed=$((passed + 1)); return; fi
	failed=$((failed + 1))
	echo "$1 is not the table of $2:"
	diff <(echo "$want") <(echo "$got")
}
compare spawn_names sandbox/spawn_ops.c
compare netd_names netns/netd_ops.c
compare volumed_names volumes/volumed_ops.c
echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
