# SPDX-License-Identifier: Apache-2.0
# plant.sh - sourced by the tests of tools/check-*: a scratch tree, and `expect STATUS TEXT COMMAND...`.
# Not a test itself: it is skipped by name in tests/tests.mk.
set -u
PLANT=$(mktemp -d)
trap 'rm -rf "$PLANT"' EXIT
passed=0 failed=0

# The command's status is STATUS and its output has a line with TEXT (empty: no output at all).
expect() {
	local want=$1 text=$2 out rc
	shift 2
	out=$("$@" 2>&1)
	rc=$?
	if [ "$rc" -eq "$want" ] && { [ -z "$text" ] && [ -z "$out" ] || [ -n "$text" ] && grep -qF -- "$text" <<<"$out"; }; then
		passed=$((passed + 1))
		return
	fi
	failed=$((failed + 1))
	echo "FAIL ${BASH_SOURCE[1]}:${BASH_LINENO[0]}: wanted status $want and \"$text\", got $rc and:"
	sed 's/^/    /' <<<"$out" | head -20
}

# put FILE <<'E': a file of the planted tree, its folders made as needed.
put() {
	mkdir -p "$PLANT/$(dirname "$1")"
	cat >"$PLANT/$1"
}

verdict() {
	echo "$passed passed, $failed failed, 0 skipped"
	[ $failed -eq 0 ]
}
