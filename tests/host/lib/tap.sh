# SPDX-License-Identifier: Apache-2.0
# tap.sh - for the host tests: TAP 13, a private supervisor, waiting without guessing. Sourced by bash.
# A test gets from run.sh: TOP (the tree), B (the build), RUN_DIR (a directory of its own). By hand it makes them.
set -u
TOP=${TOP:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)}
B=${B:-build}
case $B in /*) ;; *) B=$TOP/$B ;; esac
BIN=$B/bin
if [ -z "${RUN_DIR:-}" ]; then
	RUN_DIR=$(mktemp -d /tmp/cloister-host.XXXXXX)
	RUN_DIR_OWN=1
fi
chmod 0755 "$RUN_DIR"
. "$TOP/tests/host/lib/scope.sh"
tap_n=0 tap_bad=0

note() { printf '# %s\n' "$*"; }
ok() { tap_n=$((tap_n + 1)); printf 'ok %d %s\n' "$tap_n" "$*"; }
not_ok() { tap_n=$((tap_n + 1)); tap_bad=$((tap_bad + 1)); printf 'not ok %d %s\n' "$tap_n" "$*"; }
# An id without blanks first: tests/host/skips lists what may be skipped, by that id.
skip() { local id=$1; shift; tap_n=$((tap_n + 1)); printf 'ok %d %s # SKIP %s\n' "$tap_n" "$id" "$*"; }
# check WHAT COMMAND…: the command must succeed.
check() { local what=$1; shift; if "$@" >"$RUN_DIR/check.out" 2>&1; then ok "$what"; else not_ok "$what"; sed 's/^/#   /' "$RUN_DIR/check.out" | head -20; fi; }
same() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1"; printf '#   wanted: %s\n#   got:    %s\n' "$2" "$3"; fi; }
# has WHAT TEXT IN: an empty TEXT would be in everything, so it is not.
has() { case ${2:+$3} in *"${2:-none}"*) ok "$1" ;; *) not_ok "$1"; printf '#   wanted in it: %s\n#   got:          %s\n' "$2" "$(printf '%s' "$3" | head -c 600)" ;; esac; }
# Passes on the TAP lines of another report, renumbered; one that is not as long as its plan says, or has none, failed.
tap_from() {
	local line first=$tap_n plan=none
	while IFS= read -r line; do
		case $line in
		"ok "*) line=${line#ok }; tap_n=$((tap_n + 1)); printf 'ok %d %s\n' "$tap_n" "${line#* }" ;;
		"not ok "*) line=${line#not ok }; tap_n=$((tap_n + 1)); tap_bad=$((tap_bad + 1)); printf 'not ok %d %s\n' "$tap_n" "${line#* }" ;;
		1..*) plan=${line#1..} ;;
		*) printf '# %s\n' "${line#\# }" ;;
		esac
	done
	[ "${plan%% *}" = $((tap_n - first)) ] || not_ok "a report is whole: $((tap_n - first)) results, its plan is $plan"
}
done_testing() { printf '1..%d\n' "$tap_n"; [ "$tap_bad" -eq 0 ]; }

# until_true SECONDS COMMAND…: polls with a deadline; the deadline is the failure, not the pause.
until_true() {
	local end=$((SECONDS + $1)); shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

nonce() { od -An -N8 -tx1 /dev/urandom | tr -d ' \n'; }

# ---- a private supervisor ----
STATE=
supervisor_up() {
	STATE=${1:-$RUN_DIR/state}
	local line
	line=$(scope_exec "$BIN/cloister" up --state "$STATE") || return 1
	eval "$line"
	export CLOISTER_SOCKET
}
supervisor_down() {
	[ -n "$STATE" ] || return 0
	"$BIN/cloister" down
	local rc=$?
	STATE=
	scope_exec_end
	return $rc
}
cli() { "$BIN/cloister" "$@"; }
# tenants NAME…: makes them, without workloads.
tenants() {
	{ echo "cloister 1"; printf '\ntenant %s {\n  about "of a test"\n}\n' "$@"; } >"$RUN_DIR/tenants.tenant"
	cli apply "$RUN_DIR/tenants.tenant"
}
# The pid of a process of this supervisor by its name: a child of the cloisterd that has this state directory.
daemon_pid() { local p; for p in $(pgrep -x cloisterd); do tr '\0' '\n' <"/proc/$p/cmdline" | grep -qxF -- "$STATE" && echo "$p" && return; done; }
worker_pid() { local d p; d=$(daemon_pid) && for p in $(cat "/proc/$d/task/$d/children"); do
	case $(tr '\0' ' ' <"/proc/$p/cmdline") in "cloister-$1 "*) echo "$p" ;; esac; done; }
workload_pid() { cli workload list --json | jq -r --arg w "$1" '.workloads[] | select(.tenant + "/" + .name == $w) | .pid'; }
# The program beside init: its child.
program_pid() { local init; init=$(workload_pid "$1"); cat "/proc/$init/task/$init/children" 2>/dev/null | cut -d' ' -f1; }

at_end() {
	local rc=$?
	trap - EXIT
	# a child that a signal reaches between its fork and its exec still has this trap: not its business
	[ "$BASHPID" = "$$" ] || exit $rc
	[ -n "$STATE" ] && supervisor_down >/dev/null 2>&1
	[ -n "${RUN_DIR_OWN:-}" ] && rm -rf "$RUN_DIR"
	exit $rc
}
trap at_end EXIT
trap 'exit 130' INT TERM
