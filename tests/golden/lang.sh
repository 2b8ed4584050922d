#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lang.sh - what the compiler says about a text, word for word: tests/golden/lang/*.in against *.want.
# needs: compile_text
# The first line of an .in file may hold options of compile_text behind '#!'. The line stays part of the text.
# With UPDATE=1 the .want files are written anew; read the difference before committing it.
set -u
cd "$(dirname "$0")/../.." || exit 2
tool=${B:-build}/bin/compile_text
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
library=()
for f in profiles/std/*.profile; do library+=(-l "$f"); done

pass=0 fail=0
for in in tests/golden/lang/*.in; do
	name=$(basename "$in" .in)
	options=$(sed -n '1s/^#! *//p' "$in")
	ext=profile
	[[ $name == tenant-* || $name == make-* ]] && ext=tenant
	[[ $name == conf-* ]] && ext=conf
	cp "$in" "$work/$name.$ext"
	# shellcheck disable=SC2086 # the options are words
	"$tool" ${options:-check -c host.default} "${library[@]}" "$work/$name.$ext" >"$work/out" 2>&1
	echo "exit $?" >>"$work/out"
	if [ -n "${UPDATE:-}" ]; then
		cp "$work/out" "${in%.in}.want"
	elif ! cmp -s "$work/out" "${in%.in}.want"; then
		echo "FAIL golden lang $name: the compiler says something else"
		diff -u "${in%.in}.want" "$work/out" | head -40
		fail=$((fail + 1))
		continue
	fi
	pass=$((pass + 1))
	rm -f "$work/$name.$ext"
done
echo "$pass passed, $fail failed, 0 skipped"
[ "$fail" -eq 0 ]
