#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# fmt.sh - the canonical form: word for word (tests/golden/fmt/*.in against *.want), and over every text there is:
# formatting twice is formatting once, and what a text allows, or asks for, is the same before and after.
# needs: compile_text
# With UPDATE=1 the .want files are written anew; read the difference before committing it.
set -u
cd "$(dirname "$0")/../.." || exit 2
tool=${B:-build}/bin/compile_text
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
library=()
for f in profiles/std/*.profile; do library+=(-l "$f"); done
fragments=(-l profiles/std/runtime.glibc.profile) # all that an explanation reads of it
pass=0 fail=0
verdict() { if [ "$1" = 0 ]; then pass=$((pass + 1)); else fail=$((fail + 1)); echo "FAIL fmt: $2"; fi; }

for in in tests/golden/fmt/*.in; do
	name=$(basename "$in" .in)
	case $name in *.tenant) ;; *) name=$name.profile ;; esac
	cp "$in" "$work/$name"
	"$tool" format "$work/$name" >"$work/out" 2>&1
	[ -n "${UPDATE:-}" ] && cp "$work/out" "${in%.in}.want"
	diff -u "${in%.in}.want" "$work/out" | head -40
	cmp -s "${in%.in}.want" "$work/out"
	verdict $? "$name is laid out differently"
done

# What a text means, without the places: facts of each unit of a profile file, rows of a tenant file.
meaning() {
	local units
	case $1 in
	*.tenant) "$tool" apply -c host.default -i nginx -i redis -i site "${library[@]}" "$1" 2>&1 | sed 's/line [0-9]*//g; /^ /d; s/:[0-9]*:[0-9]*:/:/' | sort ;;
	*)
		units=$(sed -n 's/^ *\(profile\|ceiling\|fragment\)  *\([a-z0-9._-]*\).*/\2/p' "$1" | sort -u)
		for u in $units; do
			echo "unit $u"
			"$tool" explain -p "$u" "${fragments[@]}" "$1" 2>&1 | grep -P '\t|error' | cut -f1,2 | sed 's/:[0-9]*:[0-9]*:/:/' | sort
		done ;;
	esac
}
texts=0
for in in profiles/std/*.profile tests/golden/lang/*.in tests/golden/fmt/*.in examples/*/*.profile examples/*/*.tenant; do
	[ -f "$in" ] || continue
	name=$(basename "$in" .in)
	case $name in tenant-*|*.tenant) ext=.tenant ;; *) ext=.profile ;; esac
	mkdir -p "$work/a" "$work/b"
	before=$work/a/t$ext after=$work/b/t$ext
	cp "$in" "$before"
	"$tool" format "$before" >"$after" 2>/dev/null || continue # a text with errors has no form
	texts=$((texts + 1))
	"$tool" format "$after" >"$work/twice"
	cmp -s "$after" "$work/twice"
	verdict $? "$in: twice is not once"
	meaning "$before" >"$work/m1"
	meaning "$after" >"$work/m2"
	cmp "$work/m1" "$work/m2"
	verdict $? "$in: the meaning changed"
	[ "$(tr -cd '#' <"$before" | wc -c)" = "$(tr -cd '#' <"$after" | wc -c)" ]
	verdict $? "$in: a comment was lost"
	! grep -q ' $' "$after" && [ -z "$(tail -c 1 "$after")" ]
	verdict $? "$in: space at the end of a line"
done
[ $texts -ge 15 ]
verdict $? "only $texts texts could be laid out"
# The control: a changed text is seen to mean something else.
printf 'cloister 1\n\nprofile x under host.default {\n  include runtime.glibc\n  limit memory 1MiB\n}\n' >"$work/a/t.profile"
sed 's/1MiB/2MiB/' "$work/a/t.profile" >"$work/b/t.profile"
[ "$(meaning "$work/a/t.profile")" != "$(meaning "$work/b/t.profile")" ]
verdict $? "the control: a changed limit is not seen"
echo "$pass passed, $fail failed, 0 skipped"
[ $fail = 0 ]
