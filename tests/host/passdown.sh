#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# passdown.sh - what a process passes on to its children without being asked: an operator may favour the supervisor,
# and none of it reaches a workload.
. "$(dirname "$0")/lib/tap.sh"
echo -500 >/proc/self/oom_score_adj 2>/dev/null
renice -n -5 -p $$ >/dev/null 2>&1
ulimit -c unlimited 2>/dev/null
umask 0
trap '' USR1
ionice -c 2 -n 7 -p $$
favoured=$(cat /proc/self/oom_score_adj) nice=$(awk '{ print $19 }' /proc/$$/stat)
supervisor_up || { not_ok "a private supervisor starts"; done_testing; exit; }

inside() { cli run --root host -- /bin/sh -c "$1"; }
sleeps() { pid=$(program_pid "$(cli workload list --json | jq -r '.workloads[] | select(.state == "running") | .tenant + "/" + .name')") && [ "$(readlink "/proc/$pid/exe")" = /usr/bin/sleep ]; }
same "the supervisor was given an I/O priority" "best-effort: prio 7" "$(ionice -p "$(daemon_pid)")"
for run in first parked; do # the second goes on in a start that was made ahead
	if [ "$favoured" = -500 ]; then same "$run: not favoured by the OOM killer" 0 "$(inside 'cat /proc/self/oom_score_adj')"
	else skip passdown.oom "root lacks CAP_SYS_RESOURCE here"; fi
	if [ "$nice" = -5 ]; then same "$run: not favoured by the scheduler" 0 "$(inside 'cut -d" " -f19 /proc/self/stat')"
	else skip passdown.nice "root lacks CAP_SYS_NICE here"; fi
	"$BIN/cloister" run --root host -- /bin/sleep 30 & # not cli: the signal is for the client itself
	sleeper=$!
	check "$run: a run is there to look at" until_true 10 sleeps
	same "$run: no I/O priority of ours" "$(ionice -c 0 ionice)" "$(ionice -p "$pid")"
	kill $sleeper
	wait $sleeper
	same "$run: its umask is its plan's" 0022 "$(inside umask)"
	same "$run: no signal is blocked" $'SigBlk:\t0000000000000000' "$(inside 'grep ^SigBlk: /proc/self/status')"
	same "$run: nor ignored" $'SigIgn:\t0000000000000000' "$(inside 'grep ^SigIgn: /proc/self/status')"
	same "$run: no core is dumped" 0 "$(inside 'ulimit -c')"
	same "$run: the cgroup that it sees is the root" "0::/" "$(inside 'grep ^0: /proc/self/cgroup')"
done
check "the supervisor ends" supervisor_down
done_testing
