# SPDX-License-Identifier: Apache-2.0
# codes.sh - for tests of the command line: exit codes and what is said. Sourced after tap.sh.
work=$RUN_DIR state=$RUN_DIR/state
export PATH=$BIN:$PATH

# verdict STATUS WHAT: what the last command said is shown where it failed.
verdict() {
	if [ "$1" = 0 ]; then ok "$2"; else
		not_ok "$2"
		sed 's/^/#   /' "$work/out" "$work/err" 2>/dev/null | head -n 12
	fi
}
# code CODE WHAT COMMAND...: runs it, output in $work/out and $work/err.
code() {
	local want=$1 what=$2 got=0
	shift 2
	"$@" >"$work/out" 2>"$work/err" </dev/null || got=$?
	[ "$got" = "$want" ]
	verdict $? "$what (exit $got, wanted $want)"
}
says() { grep -qE -- "$1" "$work/err" "$work/out"; verdict $? "  and says $1"; }
