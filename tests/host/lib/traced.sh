# SPDX-License-Identifier: Apache-2.0
# traced.sh - the calls that a kernel refuses a running workload; needs strace. Sourced after tap.sh.

# traced WORKLOAD LOAD…: refused calls of all its processes during the load.
traced() {
	local w=$1 p last pids=()
	shift
	p=$(program_pid "$w")
	for last in $p $(cat "/proc/$p/task/$p/children"); do pids+=(-p "$last"); done
	timeout 60 strace -f -qq -e trace=all -e status=failed -o "$RUN_DIR/strace" "${pids[@]}" &
	local tracer=$!
	attached() { grep -q '^TracerPid:[[:space:]]*[1-9]' "/proc/$last/status"; } # the last of them
	until_true 5 attached || echo "strace is not attached to $last"
	"$@" >"$RUN_DIR/traced" 2>&1 || echo "the load ended with $?: $(tail -1 "$RUN_DIR/traced")"
	kill -INT "$tracer" 2>/dev/null
	wait "$tracer" 2>/dev/null
	grep -E '= -1 (EPERM|ENOSYS|EACCES)' "$RUN_DIR/strace" | sed 's/^[0-9]* *//' | sort | uniq -c | head -5
}
