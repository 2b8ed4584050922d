#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# docs.sh - what is printed from tables: the committed copies, the manual pages and their examples, the completions.
# needs: cloister compile_text doc_text
set -u
bin=${B:-build}/bin cloister=${B:-build}/bin/cloister passed=0 failed=0
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
verdict() { # STATUS WHAT
	if [ "$1" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)) && echo "FAIL $2"; fi
}

"$cloister" help --as md >"$t/commands.md"
cmp -s "$t/commands.md" docs/generated/commands.md
verdict $? "docs/generated/commands.md is old: make docs"

for made in io.cloister.varlink=idl methods.scd=scd rights.tsv=rights; do
	"$bin/doc_text" "${made#*=}" | cmp -s - "docs/generated/${made%=*}"
	verdict $? "docs/generated/${made%=*} is old: make docs"
done

"$cloister" completion bash >"$t/bash"
bash -n "$t/bash"
verdict $? "bash completion does not parse"
got=$(bash -c '. "$1"; COMP_WORDS=(cloister workload l); COMP_CWORD=2; _cloister; echo "${COMPREPLY[*]}"' - "$t/bash")
[ "$got" = "list logs" ]
verdict $? "bash completion of 'cloister workload l': '$got'"
got=$(bash -c '. "$1"; COMP_WORDS=(cloister run --te); COMP_CWORD=2; _cloister; echo "${COMPREPLY[*]}"' - "$t/bash")
[ "$got" = "--tenant" ]
verdict $? "bash completion of 'cloister run --te': '$got'"

"$cloister" completion zsh >"$t/zsh" && zsh -n "$t/zsh"
verdict $? "zsh completion does not parse"

# Names come from the program that is completed; what a name cannot be is left out, for shells expand words.
cat >"$t/cloister" <<'EOF_'
#!/bin/sh
case $1 in
tenant) printf '{\n  "tenants": [\n    {\n      "limits": [\n        {\n          "name": "no"\n        }\n      ],\n      "name": "shop"\n    },\n    {\n      "name": "$(touch bad)"\n    }\n  ]\n}\n' ;;
workload) printf '{\n  "workloads": [\n    {\n      "name": "web",\n      "tenant": "shop"\n    },\n    {\n      "name": "`touch bad`",\n      "tenant": "shop"\n    }\n  ]\n}\n' ;;
*) echo "no supervisor answers" >&2; exit 5 ;;
esac
EOF_
chmod +x "$t/cloister"
words() { # WORD... - what bash offers for the last of them
	(cd "$t" && bash -c '. ./bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _cloister; echo "${COMPREPLY[*]}"' - "$t/cloister" "$@" 2>&1)
}
: >"$t/f.profile"
while IFS='|' read -r line want; do
	# shellcheck disable=SC2086 # words of a command line
	got=$(words $line '')
	[ "$got" = "$want" ]
	verdict $? "bash completion of '$line': '$got'"
done <<'EOF_'
tenant show|--help --json shop
workload stop|--help shop/web
workload exec|--help --tty shop/web
events|--help --json --follow shop shop/web
run --tenant|shop
tenant add|--help --json --under --limit --feature --viewer --editor
image show|--help --json
run --root|host
EOF_
[ "$(words workload stop --)" = --help ] && [ "$(words workload stop s)" = shop/web ] && [ "$(words run --profile f)" = f.profile ]
verdict $? "bash completion of the beginning of a word"
if command -v zsh >/dev/null; then
	got=$(cd "$t" && sed '$d' zsh >names.zsh && zsh -fc '. ./names.zsh; _cloister_names "$PWD/cloister" tenants workloads images' 2>&1 | tr '\n' ' ')
	[ "$got" = "shop shop/web " ]
	verdict $? "zsh's names: '$got'"
fi
[ ! -e "$t/bad" ]
verdict $? "a shell ran what stood in a name"
docs/build.sh "$PWD/$cloister" "$t" 2>"$t/err"
verdict $? "the manual pages do not build: $(head -n 3 "$t/err")"
for page in docs/man/*.scd; do
	name=$(basename "$page" .scd)
	[ -s "$t/man/$name" ] && ! grep -q '^@[A-Z]\|@RIGHTS' "$t/man/$name"
	verdict $? "$name is not whole"
done
grep -q 'cloister workload stop' "$t/man/cloister.1" && grep -q 'method WorkloadStop(' "$t/man/cloister-api.7" &&
	grep -q 'CAP_NET_ADMIN' "$t/man/cloister-netd.8"
verdict $? "a page does not say what its table does"

# Each block of a page is marked with what it is, and is run as that: "; example: KIND" before it.
mkdir "$t/ex"
awk -v dir="$t/ex" 'function base(f) { sub(/.*\//, "", f); sub(/\.scd$/, "", f); return f }
	/^; example: / { kind = $3; next }
	/^```$/ && !open { open = 1; if (!kind) { print FILENAME ":" FNR ": a block without a mark"; bad = 1 }
		file = dir "/" base(FILENAME) "-" FNR "." kind; next }
	/^```$/ { open = 0; kind = ""; close(file); next }
	open { print >file }
	END { exit bad }' docs/man/*.scd
verdict $? "a block of a page is not marked"
library=
for f in profiles/std/*.profile; do library="$library -l $f"; done
compile() { # MODE FILE
	# shellcheck disable=SC2086 # a list of words
	"$bin/compile_text" "$1" -c host.default $library "$2"
}
blocks=0
for f in "$t"/ex/*; do
	blocks=$((blocks + 1))
	case $f in
	*.profile|*.tenant) said=$(compile check "$f") ;;
	*.conf) said=$(compile host "$f") ;;
	*.commands) sed -n 's/.*cloister \([^|)]*\).*/\1/p' "$f" >"$t/lines" && [ -s "$t/lines" ] && said=$("$bin/doc_text" commands <"$t/lines") ;;
	*.calls) said=$("$bin/doc_text" calls <"$f") ;;
	*.report) # the text that is complained about stands in the report, at line 14
		{ printf 'cloister 1\nprofile a under host.default {\n  limit memory 1MiB\n' && yes '#' | head -n 10; sed -n 's/^   14 | //p' "$f"; echo '}'; } >"$t/shop.profile"
		said=$(compile check "$t/shop.profile"); printf '%s\n' "$said" | grep -v '^   fix: ' | diff - "$f" >"$t/diff"; [ ! -s "$t/diff" ] || head -n 5 "$t/diff" ;;
	*) said="no such kind of example"; false ;;
	esac
	code=$?
	case $f in *.report) ! [ -s "$t/diff" ]; code=$? ;; esac
	verdict $code "$(basename "$f"): $said"
done
[ $blocks -ge 10 ]
verdict $? "only $blocks examples were found"
# The controls: what is wrong is seen.
! printf 'tenant add\n' | "$bin/doc_text" commands >/dev/null && ! printf '{"method":"io.cloister.TenantShow"}\n' | "$bin/doc_text" calls >/dev/null
verdict $? "the control: a wrong command line or call is not seen"
echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
