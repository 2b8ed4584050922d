#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# leftover.sh - what a spawner that died left half made: no process in a tenant's cgroup goes on without an init of its
# own, and the tenant's numbers are free again.
. "$(dirname "$0")/lib/tap.sh"
supervisor_up || { not_ok "a private supervisor starts"; done_testing; exit; }

spawn=$(worker_pid spawn)
top=$(scope_hierarchies | awk 'NF == 1 { print $1; exit }')$(sed -n 's/^0:://p' "/proc/$spawn/cgroup")
top=${top%/supervisor/*}/t
tenants shop >/dev/null
check "a tenant's run" cli run --tenant shop --root host -- true
index=$(cli tenant list --json | jq -r '.tenants[0].index')
put() { # DIRECTORY: a process in it, its pid in $pid
	mkdir -p "$1" && { sleep 600 & }
	pid=$!
	echo "$pid" >"$1/cgroup.procs"
}
put "$top/$index/4000000" && orphan=$pid
put "$top/4000" && stranger=$pid
check "control: the one lives" kill -0 "$orphan"
check "control: and the other" kill -0 "$stranger" # kill is content with one of two
kill -9 "$spawn"
dead() { ! kill -0 "$1" 2>/dev/null; }
check "a start that was cut short is ended" until_true 15 dead "$orphan"
check "so is what is in the cgroup of no tenant" until_true 15 dead "$stranger"
{ kill -9 "$orphan" "$stranger"; wait "$orphan" "$stranger"; } 2>/dev/null
settled() { [ "$(cli status --json | jq -r .state)" = running ] && cli run --tenant shop --root host -- true; }
check "the tenant's next run works" until_true 15 settled
check "the supervisor ends" supervisor_down
done_testing
