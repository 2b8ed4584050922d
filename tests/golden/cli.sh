#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cli.sh - command lines that need no supervisor: exit code and message of each.
# needs: cloister
set -u
cloister=${B:-build}/bin/cloister passed=0 failed=0
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
export CLOISTER_SOCKET="$t/none.sock"

# CODE TEXT ARGUMENT...: runs and compares; TEXT must stand in what it says.
expect() {
	code=$1 text=$2
	shift 2
	got=0
	"$cloister" "$@" >"$t/out" 2>&1 </dev/null || got=$?
	if [ "$got" = "$code" ] && grep -qF -- "$text" "$t/out"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL cloister $*: exit $got, want $code; it says:"
		head -n 5 "$t/out"
	fi
}

expect 0 'usage: cloister COMMAND' --help
expect 0 'usage: cloister COMMAND' help
expect 0 'usage: cloister workload VERB' workload --help
expect 0 'usage: cloister workload logs TENANT/NAME' workload logs --help
expect 0 'usage: cloister workload logs TENANT/NAME' help workload logs
expect 0 'Who may: root, members of the groups cloister and cloister-operator,' status --help
expect 0 'Who may: root, members of the group cloister-operator,' workload stop --help
expect 0 "$(cat VERSION)" --version
expect 0 "$(cat VERSION)" version
expect 2 'no command given'
expect 2 "did you mean 'cloister status'" statsu
expect 2 "unknown verb 'lits'" workload lits
expect 2 "did you mean '--json'" status --jsn
expect 2 "'volume create' is not in this version yet" volume create data
expect 125 "needs a terminal as standard input" run -t -- sh
expect 2 'put -- before the command' run ls -l
expect 2 'is not a workload; write TENANT/NAME' workload stop web
expect 2 'is not a workload; write TENANT/NAME' workload logs a/
expect 2 'nothing to build it from' image build x
expect 2 'no completion for' completion fish
expect 2 "no command 'frob'" help frob

# Nobody answers: one line that says where it looked and what to do.
for c in status 'tenant list' 'workload list' 'image list' 'profile list' doctor 'workload stop a/b'; do
	# shellcheck disable=SC2086 # words of a command
	expect 5 "no supervisor answers at $t/none.sock" $c
	[ "$(wc -l <"$t/out")" = 1 ] || { echo "FAIL $c: more than one line"; failed=$((failed + 1)); }
done
expect 0 'nothing to do' down
expect 125 'no supervisor answers' run -- /bin/true
CLOISTER_SOCKET=/$(printf '%0200d' 0) expect 5 'too long for a socket' status

# A message is one line, and shows nothing raw, whatever the words hold.
expect 2 '\x1b]0;' "$(printf 'a\033]0;title\007\nb')"
[ "$(wc -l <"$t/out")" = 1 ] || { echo "FAIL: an escape made two lines"; failed=$((failed + 1)); }
if tr -d '\n' <"$t/out" | grep -q '[[:cntrl:]]'; then echo "FAIL: a raw control character"; failed=$((failed + 1)); fi

# A pipe that nobody reads is no fault worth a message.
# shellcheck disable=SC2216 # on purpose: true does not read
"$cloister" help 2>"$t/err" | true
[ -s "$t/err" ] && { echo "FAIL: a closed pipe was complained about"; failed=$((failed + 1)); }
# A full disk is.
expect_full() {
	"$cloister" help >/dev/full 2>"$t/out"
	[ $? = 5 ] && grep -q 'No space left' "$t/out"
}
if expect_full; then passed=$((passed + 1)); else failed=$((failed + 1)) && echo "FAIL: /dev/full"; fi

echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
