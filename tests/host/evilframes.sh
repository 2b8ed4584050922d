#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# evilframes.sh - a broken message ends its sender's edge and nothing else: on the sockets between our programs, and
# on the control socket of a running supervisor.
. "$(dirname "$0")/lib/tap.sh"
scope_enter "evil.$$" || { skip evil.all "no cgroup of its own can be made here"; done_testing; exit; }

# The spawner's part of the tree, version 2: below our own current directory.
cg=$(scope_hierarchies | awk 'NF == 1 { print $1 }')$(sed -n 's/^0:://p' /proc/self/cgroup)
cg=${cg%/}/cloister-evil.$$
mkdir "$cg" && trap 'rmdir "$cg/own"/* "$cg/own" "$cg" 2>/dev/null; scope_kill; scope_leave; at_end' EXIT
for s in netd volumed spawn; do
	dir=$RUN_DIR/$s
	mkdir -p "$dir"
	[ $s = spawn ] && mkdir "$cg/own" "$cg/own/t" "$cg/own/helper" "$cg/own/supervisor"
	"$B/tests/evil-frames" $s "$BIN/cloister-$s" "$dir" "$cg/own" >"$dir.tap" 2>"$dir.err"
	tap_from <"$dir.tap"
	grep -q '^1\.\.' "$dir.tap" || not_ok "evil.$s went to its end"
	rm -rf "$dir"
done
rmdir "$cg/own"/* "$cg/own" "$cg" 2>/dev/null

if supervisor_up; then
	"$B/tests/evil-client" "$STATE/control.sock" "$(worker_pid engine)" >"$RUN_DIR/client.tap"
	tap_from <"$RUN_DIR/client.tap"
	grep -q '^1\.\.' "$RUN_DIR/client.tap" || not_ok "evil.client went to its end"
	check "evil.client: the supervisor ends as usual" supervisor_down
else
	not_ok "a private supervisor starts"
fi
done_testing
