#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# evilframes.sh - a broken message ends its sender's edge and nothing else: on the sockets between our programs, and
# on the control socket of a running supervisor.
. "$(dirname "$0")/lib/tap.sh"
. "$TOP/tests/host/lib/scope.sh"
scope_enter "evil.$$" || { skip evil.all "no cgroup of its own can be made here"; done_testing; exit; }
trap 'scope_kill; scope_leave; at_end' EXIT

cg=
for d in "${scope_dirs[@]}"; do [ -e "$d/cgroup.kill" ] && cg=$d; done
for s in netd volumed spawn; do
	dir=$RUN_DIR/$s
	mkdir -p "$dir"
	[ $s = spawn ] && mkdir "$cg/own" "$cg/own/t" "$cg/own/helper" "$cg/own/supervisor"
	"$B/tests/evil-frames" $s "$BIN/cloister-$s" "$dir" "$cg/own" >"$dir.tap" 2>"$dir.err"
	tap_from <"$dir.tap"
	grep -q '^1\.\.' "$dir.tap" || not_ok "evil.$s went to its end"
	rm -rf "$dir"
done

if supervisor_up; then
	"$B/tests/evil-client" "$STATE/control.sock" "$(worker_pid engine)" >"$RUN_DIR/client.tap"
	tap_from <"$RUN_DIR/client.tap"
	grep -q '^1\.\.' "$RUN_DIR/client.tap" || not_ok "evil.client went to its end"
	check "evil.client: the supervisor ends as usual" supervisor_down
else
	not_ok "a private supervisor starts"
fi
done_testing
