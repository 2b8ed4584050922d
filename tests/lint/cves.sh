#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every past escape of tests/host/probes/cves.txt names a probe or a test that is there. A table with one fault of each
# kind shows that each is found.
. tests/lint/plant.sh
LATER_MOST=5

# check TABLE: a line for each fault; status 1 with any.
check() {
	local table=$1 line cves checks c text file found=0 rows=0 later=0
	while IFS= read -r line; do
		case $line in '#'* | '') continue ;; esac
		rows=$((rows + 1))
		cves=${line%%|*} checks=${line#*|}
		[[ $cves =~ ^CVE-[0-9]{4}-[0-9]+ ]] || { echo "no CVE: $line"; found=1; }
		[ "$checks" != "$line" ] && [ -n "${checks// /}" ] || { echo "no check: $cves"; found=1; continue; }
		for c in $checks; do
			file=${c#*:} text=${c#*:*:}
			file=${file%%:*}
			case $c in
			probe:*) grep -qF "\"${c#probe:}\"," tests/host/probes/*.c || { echo "no probe ${c#probe:}: $cves"; found=1; } ;;
			unit:*:?* | host:*:?*)
				grep -qF -- "$(tr _ ' ' <<<"$text")" "tests/${c%%:*}/$file" 2>/dev/null ||
					grep -qF -- "$text" "tests/${c%%:*}/$file" 2>/dev/null || { echo "no $text in $file: $cves"; found=1; } ;;
			lint:*) [ -e "tests/lint/$file" ] || { echo "no test $file: $cves"; found=1; } ;;
			later:*) later=$((later + 1)) ;;
			*) echo "no kind of check: $c"; found=1 ;;
			esac
		done
	done <"$table"
	[ "$rows" -ge "$2" ] || { echo "$rows rows, fewer than $2"; found=1; }
	[ $later -le $LATER_MOST ] || { echo "$later rows are for later, more than $LATER_MOST"; found=1; }
	return $found
}

expect 0 '' check tests/host/probes/cves.txt 54
put good <<'END'
# a comment
CVE-2014-3519 shocker | probe:fs.handle unit:plan_texts.h:cwd_is_a_descriptor lint:cves.sh
END
expect 0 '' check "$PLANT/good" 1
bad() { printf '%s\n' "$1" >"$PLANT/bad"; expect 1 "$2" check "$PLANT/bad" 1; }
bad 'CVE-2014-3519 shocker | probe:fs.no-such-probe' 'no probe fs.no-such-probe'
bad 'CVE-2014-3519 shocker | probe:fs.handl' 'no probe fs.handl'
bad 'CVE-2014-3519 shocker | unit:plan_texts.h:no_such_words_in_it' 'no no_such_words_in_it in plan_texts.h'
bad 'CVE-2014-3519 shocker | host:no_such.sh:x' 'no x in no_such.sh'
bad 'CVE-2014-3519 shocker | host:cves.sh:' 'no kind of check: host:cves.sh:'
bad 'CVE-2014-3519 shocker | lint:no_such.sh' 'no test no_such.sh'
bad 'CVE-2014-3519 shocker | somehow' 'no kind of check: somehow'
bad 'CVE-2014-3519 shocker |' 'no check: CVE-2014-3519'
bad 'CVE-2014-3519 shocker' 'no check: '
bad 'shocker | probe:fs.handle' 'no CVE: '
bad '# nothing' '0 rows, fewer than 1'
for _ in 1 2 3 4 5 6; do echo 'CVE-2014-3519 shocker | later:some_day'; done | put many
expect 1 '6 rows are for later' check "$PLANT/many" 1
verdict
