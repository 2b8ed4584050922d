#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# verbs.sh - verbs about profiles and names against a real private supervisor: compare, diff, lint, completion, image show.
# needs: all programs
cd "$(dirname "$0")/../.." || exit 2
. tests/host/lib/tap.sh
. tests/host/lib/codes.sh
[ "$(id -u)" = 0 ] || { echo "1..0 # SKIP needs root"; exit 0; }

supervisor_up "$state" || { not_ok "a private supervisor starts"; done_testing; exit; }

# --- compare and diff ---
mkdir "$work/new"
printf 'cloister 1\n\nprofile t.one under host.default {\n  include runtime.glibc\n  limit memory 16MiB\n}\n' >"$work/t.profile"
sed 's/16MiB/32MiB\n  allow syscall { sync }/' "$work/t.profile" >"$work/new/t.profile"
sed 's/runtime.glibc/runtime.glbc/' "$work/t.profile" >"$work/bad.profile"
code 0 "compare with itself is equal" cloister profile compare shell shell
says '^shell is equal to shell$'
code 10 "stricter" cloister profile compare "$work/t.profile" "$work/new/t.profile"
says 'limit .*memory 32MiB > 16MiB.*new/t.profile:5'
says 'syscall .* sync .*new/t.profile:6'
code 11 "looser" cloister profile compare "$work/new/t.profile" "$work/t.profile"
code 12 "incomparable" cloister profile compare shell web.nginx
[ "$(grep -c '^syscall ' "$work/out")" = 1 ]
verdict $? "compare shows one witness of a domain and side"
code 10 "a profile is within the ceiling it is made for" cloister profile compare web.nginx host.default
code 12 "diff" cloister profile diff shell web.nginx
[ "$(grep -c '^syscall ' "$work/out")" -gt 5 ]
verdict $? "diff shows all"
code 10 "compare --json" cloister profile compare --json "$work/t.profile" "$work/new/t.profile"
jq -e '.verdict == "stricter" and (.differences | length == 2) and (.domains[] | select(.domain == "env").verdict == "equal")' "$work/out" >/dev/null
verdict $? "it is one document, with verdicts"
code 3 "a bad file" cloister profile compare "$work/bad.profile" shell
says 'error\[P050\]'
code 3 "no such profile" cloister profile compare no.such shell
code 2 "one profile is not enough" cloister profile compare shell

# --- lint ---
printf 'cloister 1\n\nprofile t.two {\n  include runtime.glibc\n  limit memory 16MiB\n  set ready listen\n}\n' >"$work/lint.profile"
code 0 "lint of a shipped profile finds nothing" cloister profile lint web.nginx
[ ! -s "$work/out" ]
verdict $? "and says nothing"
code 1 "lint" cloister profile lint "$work/lint.profile"
says '^L006 .*lint.profile:6 '
code 1 "lint --json" cloister profile lint --json "$work/lint.profile"
jq -e '.findings | length == 1 and .[0].id == "L006"' "$work/out" >/dev/null
verdict $? "it is one document"
code 3 "lint of a bad file" cloister profile lint "$work/bad.profile"

# --- explain ---
code 0 "explain" cloister profile explain shell
says '^syscall .* read'
code 0 "explain --json" cloister profile explain --json shell read
jq -e '.facts | length > 0' "$work/out" >/dev/null
verdict $? "it is one document"
code 1 "explain of what nothing allows" cloister profile explain shell no-such-word
says "nothing in shell allows 'no-such-word'"
code 1 "explain --json of what nothing allows" cloister profile explain --json shell no-such-word
for verb in 'explain shell' "lint $work/lint.profile" 'compare shell web.nginx'; do
	# shellcheck disable=SC2086 # words of a command
	code 5 "$verb --json onto a full disk" sh -c 'exec cloister profile "$@" --json >/dev/full' - $verb
	says 'No space left'
done
cp "$work/t.profile" "$work/plain"
code 0 "a word with a slash is a file, whatever it is called" cloister profile explain "$work/plain"
says 'memory 16MiB'
mkfifo "$work/fifo" && ln -s /dev/fd/7 "$work/pipe.profile"
code 0 "fmt" cloister profile fmt "$work/t.profile"
once() { # COMMAND...: what it opens as descriptor 7 can be read once
	exec 8<>"$work/fifo" 7<"$work/fifo"
	cat "$work/t.profile" >&8
	exec 8>&-
	"$@"
}
code 0 "explain reads its file once" once cloister profile explain "$work/pipe.profile"
says 'memory 16MiB'
code 0 "fmt compares with the text that it has sent" once cloister profile fmt --check "$work/pipe.profile"

# --- completion ---
cloister tenant add by-hand >/dev/null
cloister completion bash >"$work/completion"
offered() { bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _cloister; printf "%s\n" "${COMPREPLY[@]}"' - "$work/completion" cloister "$@"; }
offered tenant show '' | grep -qx by-hand
verdict $? "completion knows the tenants"
offered profile explain web | grep -qx web.nginx
verdict $? "completion knows the profiles"
[ -z "$(CLOISTER_SOCKET=$work/none offered tenant show b 2>&1)" ]
verdict $? "and says nothing where no supervisor answers"

# --- image show ---
mkdir "$work/tree" "$work/t" && echo hello >"$work/tree/file"
code 0 "image build" cloister image build t-image --dir "$work/tree"
code 0 "image show" cloister image show t-image
says '^image  *t-image$'
says '^used by  *no workload$'
cloister image show --json t-image | jq -e '.image.name == "t-image" and .image.bytes > 0 and .workloads == []' >/dev/null
verdict $? "image show --json"
offered image show t | grep -qx t-image
verdict $? "completion knows the images"
printf 'cloister 1\n\ntenant ct {\n  workload one {\n    profile web.nginx\n    image site as t-image\n    image nginx as t-image\n    run "/usr/sbin/nginx"\n    restart never\n  }\n}\n' >"$work/t/a.tenant"
cloister apply "$work/t" >"$work/out" 2>"$work/err"
code 0 "image show of one in use" cloister image show t-image
says '^used by  *ct/one$'
offered workload status '' | grep -qx ct/one
verdict $? "completion knows the workloads"
code 1 "image show of none" cloister image show no-such
says 'image show: '

code 0 "down" supervisor_down
done_testing
