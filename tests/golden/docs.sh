#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# docs.sh - what is printed from the command table: the committed copy, the manual pages, the completions.
# needs: cloister
set -u
cloister=${B:-build}/bin/cloister passed=0 failed=0
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
verdict() { # STATUS WHAT
	if [ "$1" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)) && echo "FAIL $2"; fi
}

"$cloister" help --as md >"$t/commands.md"
cmp -s "$t/commands.md" docs/generated/commands.md
verdict $? "docs/generated/commands.md is old: make docs"

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
docs/build.sh "$PWD/$cloister" "$t" && grep -q 'cloister workload stop' "$t/man/cloister.1" &&
	grep -q '\.TH "cloister\.profile" "5"' "$t/man/cloister.profile.5"
verdict $? "the manual pages do not build"
echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
