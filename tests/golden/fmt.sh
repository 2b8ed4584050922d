#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# fmt.sh - the canonical form: word for word (tests/golden/fmt/*.in against *.want), and over every text there is:
# formatting twice is formatting once, and what a text allows, or asks for, is the same before and after.
# needs: compile_text
# shellcheck disable=SC2086,SC2013,SC2046 # lists of words, names without spaces
# With UPDATE=1 the .want files are written anew; read the difference before committing it.
set -u
cd "$(dirname "$0")/../.." || exit 2
tool=${B:-build}/bin/compile_text
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
library=
for f in profiles/std/*.profile; do library="$library -l $f"; done
fragments="-l profiles/std/runtime.glibc.profile" # all that an explanation reads of it
pass=0 fail=0
verdict() { if [ "$1" = 0 ]; then pass=$((pass + 1)); else fail=$((fail + 1)); echo "FAIL fmt: $2"; fi; }

# ask OUT WORD...: one more command line for the next do_all, whose output becomes OUT, and its exit code OUT.code.
asked=()
ask() {
	asked+=("$1")
	shift
	echo "$*" >>"$work/batch"
}
do_all() { # in one process: starting one costs more than what it is asked
	"$tool" batch "$work/batch" >"$work/said" 2>&1
	printf '%s\n' "${asked[@]}" | awk 'FNR == NR { out[FNR] = $0; next }
		FNR == 1 || done { n++; printf "" >out[n]; done = 0 }
		/^=== [0-9]+$/ { print $2 >(out[n] ".code"); close(out[n]); close(out[n] ".code"); done = 1; next }
		{ print >>out[n] }' - "$work/said"
	asked=()
	: >"$work/batch"
}

# What a text means, without the places: facts of each unit of a profile file, rows of a tenant file.
ask_meaning() { # OUT TEXT
	local u
	case $2 in
	*.tenant) ask "$1.rows" apply -c host.default -i nginx -i redis -i site $library "$2" ;;
	*) for u in $(sed -n 's/^ *\(profile\|ceiling\|fragment\)  *\([a-z0-9._-]*\).*/\2/p' "$2" | sort -u); do
			ask "$1.$u.facts" explain -p "$u" $fragments "$2"
		done ;;
	esac
}
meaning() { # OUT
	awk -F '\t' '{ name = FILENAME; sub(/.*\/m\./, "", name) }
		name == "rows" && !/^ / { gsub(/line [0-9]*/, ""); sub(/:[0-9]*:[0-9]*:/, ":"); print name, $0 }
		name != "rows" && /\t|error/ { line = $1 "\t" $2; sub(/:[0-9]*:[0-9]*:/, ":", line); print name, line }' \
		/dev/null $(ls "$1".*.facts "$1".rows 2>/dev/null) | sort
}

# Every text is laid out, and those of fmt/ are compared with what they should be.
texts=() n=0
for in in profiles/std/*.profile tests/golden/lang/*.in tests/golden/fmt/*.in examples/*/*.profile examples/*/*.tenant; do
	[ -f "$in" ] || continue
	name=$(basename "$in" .in)
	case $name in tenant-*|*.tenant) ext=.tenant ;; *) ext=.profile ;; esac
	texts[n]=$in
	mkdir -p "$work/$n/a" "$work/$n/b"
	before=$work/$n/a/t$ext
	case $in in tests/golden/fmt/*) before=$work/$n/a/${name%"$ext"}$ext ;; esac # errors show the name
	cp "$in" "$before"
	echo "$before" >"$work/$n/name"
	ask "$work/$n/after" format "$before"
	n=$((n + 1))
done
do_all
for ((i = 0; i < n; i++)); do
	in=${texts[i]} want=${texts[i]%.in}.want
	case $in in tests/golden/fmt/*) ;; *) continue ;; esac
	[ -n "${UPDATE:-}" ] && cp "$work/$i/after" "$want"
	diff -u "$want" "$work/$i/after" | head -40
	cmp -s "$want" "$work/$i/after"
	verdict $? "$in is laid out differently"
done

# Once more, and what both mean.
for ((i = 0; i < n; i++)); do
	[ "$(cat "$work/$i/after.code")" = 0 ] || continue # a text with errors has no form
	before=$(cat "$work/$i/name")
	after=$work/$i/b/${before##*/}
	cp "$work/$i/after" "$after"
	ask "$work/$i/twice" format "$after"
	ask_meaning "$work/$i/a/m" "$before"
	ask_meaning "$work/$i/b/m" "$after"
done
# The control: a changed text is seen to mean something else.
mkdir -p "$work/x/a" "$work/x/b"
printf 'cloister 1\n\nprofile x under host.default {\n  include runtime.glibc\n  limit memory 1MiB\n}\n' >"$work/x/a/t.profile"
sed 's/1MiB/2MiB/' "$work/x/a/t.profile" >"$work/x/b/t.profile"
ask_meaning "$work/x/a/m" "$work/x/a/t.profile"
ask_meaning "$work/x/b/m" "$work/x/b/t.profile"
do_all
formed=0
for ((i = 0; i < n; i++)); do
	[ "$(cat "$work/$i/after.code")" = 0 ] || continue
	in=${texts[i]} before=$(cat "$work/$i/name")
	after=$work/$i/b/${before##*/}
	formed=$((formed + 1))
	cmp -s "$after" "$work/$i/twice"
	verdict $? "$in: twice is not once"
	meaning "$work/$i/a/m" >"$work/m1"
	meaning "$work/$i/b/m" >"$work/m2"
	cmp "$work/m1" "$work/m2"
	verdict $? "$in: the meaning changed"
	awk 'FNR == 1 { file++ } { n[file] += gsub(/#/, "") } END { exit n[1] != n[2] }' "$before" "$after"
	verdict $? "$in: a comment was lost"
	! grep -q ' $' "$after" && [ -z "$(tail -c 1 "$after")" ]
	verdict $? "$in: space at the end of a line"
done
[ $formed -ge 15 ]
verdict $? "only $formed texts could be laid out"
meaning "$work/x/a/m" >"$work/m1"
meaning "$work/x/b/m" >"$work/m2"
[ -s "$work/m1" ] && ! cmp -s "$work/m1" "$work/m2"
verdict $? "the control: a changed limit is not seen"
echo "$pass passed, $fail failed, 0 skipped"
[ $fail = 0 ]
