#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run.sh [SCRIPT…] - the tests that need root and real kernel objects (`make test-host`).
# Runs every tests/host/*.sh, each with a time limit (its line `# seconds: N`, else 120), in cgroups and a directory
# of its own, and a leak check around it. Each prints TAP; this adds up and ends with `N passed, N failed, N skipped`.
# A skip whose id is not in tests/host/skips is a failure; so are a missing or wrong plan, a non-zero exit and
# anything left over.
set -u
TOP=$(cd "$(dirname "$0")/../.." && pwd)
B=${B:-build}
case $B in /*) ;; *) B=$TOP/$B ;; esac
SECONDS_EACH=${SECONDS_EACH:-120}
export TOP B
. "$TOP/tests/host/lib/scope.sh"
cd "$TOP" || exit 2
[ "$(id -u)" = 0 ] || { echo "test-host: needs root: sudo make test-host" >&2; exit 1; }

passed=0 failed=0 skipped=0
base=$(mktemp -d /tmp/cloister-host.XXXXXX)
chmod 0755 "$base"
scope_enter "cloister-test.$$" || { echo "test-host: no cgroup of its own can be made here" >&2; exit 1; }
finish() {
	trap - EXIT
	scope_kill
	scope_leave
	rm -rf "$base"
	exit "$1"
}
trap 'finish 1' EXIT
trap 'finish 130' INT TERM HUP
snap() { "$B/tests/leak-snap" "$@" --cgroup "$scope_cgroup" --dir "$RUN_DIR"; }

allowed() { grep -v '^#' tests/host/skips 2>/dev/null | awk -v id="$1" '$1 == id { hit = 1 } END { exit !hit }'; }
fail() { failed=$((failed + 1)); printf '  FAIL %s: %s\n' "$name" "$*"; }

# What a test may leave in its directory: the state that `down` keeps. All else is a leak.
sweep() {
	local d
	for d in "$RUN_DIR"/*/; do
		[ -e "$d/tenants.idx" ] || { rm -rf "$d"; continue; }
		rm -rf "$d"/{state,log,images,acts,keys,etc,tenants.idx}
		rmdir "$d"/run/* "$d"/run "$d" 2>/dev/null
	done
	find "$RUN_DIR" -maxdepth 1 ! -type d -delete
}

# On a time-out: where everybody stands.
stacks() {
	local p
	find "${scope_dirs[@]}" -name cgroup.procs -exec cat {} + 2>/dev/null | sort -un | while read -r p; do
		[ "$p" = $$ ] && continue
		printf '    pid %s %s wchan=%s\n' "$p" "$(cat "/proc/$p/comm" 2>/dev/null)" "$(cat "/proc/$p/wchan" 2>/dev/null)"
		sed 's/^/      /' "/proc/$p/stack" 2>/dev/null | head -5
	done
}

# Adds up one TAP report.
judge() {
	local line id plan= seen=0 reason
	while IFS= read -r line; do
		case $line in
		"ok "*"# SKIP"*)
			seen=$((seen + 1)); id=${line#ok * }; reason=${id#*# SKIP }; id=${id%% *}
			if allowed "$id"; then skipped=$((skipped + 1)); else fail "skipped and not in tests/host/skips:"; fi
			printf '  SKIP %s %s: %s\n' "$name" "$id" "$reason" ;;
		"ok "*) seen=$((seen + 1)); passed=$((passed + 1)) ;;
		"not ok "*) seen=$((seen + 1)); fail "${line#not ok }" ;;
		1..*) plan=${line#1..} ;;
		esac
	done <"$1"
	[ "$plan" = "$seen" ] || fail "planned ${plan:-nothing}, ran $seen"
}

run_one() {
	local rc start=$SECONDS before=$((passed + failed + skipped)) bad=$failed left
	name=$(basename "$1" .sh)
	export RUN_DIR=$base/$name
	mkdir "$RUN_DIR"
	snap list >"$base/$name.before"
	local limit
	limit=$(sed -n 's/^# seconds: *//p' "$1")
	limit=${LIMIT:-${limit:-$SECONDS_EACH}}
	timeout --foreground -k 10 "$limit" bash "$1" >"$base/$name.tap" 2>"$base/$name.err" </dev/null &
	wait $!
	rc=$?
	[ $rc = 124 ] || [ $rc = 137 ] && { fail "no end within $limit s"; stacks; }
	judge "$base/$name.tap"
	# 1 is what a report with failures ends with; without one it says that something else went wrong.
	[ $rc = 1 ] && [ "$failed" = "$bad" ] && fail "exit code 1, and no check that failed"
	[ $rc -gt 1 ] && [ $rc != 124 ] && [ $rc != 137 ] && fail "exit code $rc"
	sweep
	scope_exec_end
	left=$(snap diff "$base/$name.before") || { fail "left over:"; printf '%s\n' "$left" | head -40 | sed 's/^/    /'; scope_kill; }
	[ "$failed" -gt "$bad" ] && { grep -A4 '^not ok' "$base/$name.tap" | grep '^#' | head -60 | sed 's/^/    /'; tail -20 "$base/$name.err" | sed 's/^/    stderr: /'; }
	rm -rf "$RUN_DIR"
	printf '%-14s %4d checks, %d failed, %d s\n' "$name" $((passed + failed + skipped - before)) $((failed - bad)) $((SECONDS - start))
}

[ $# -gt 0 ] || set -- $(ls tests/host/*.sh | grep -v '/run\.sh$')
for script; do run_one "$script"; done
echo "$passed passed, $failed failed, $skipped skipped"
finish $((failed > 0))
