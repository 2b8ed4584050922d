#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# parked.sh - the start that is made ahead: confined before it has a command, used by the next run of the same
# objects and by no other, and never left over.
. "$(dirname "$0")/lib/tap.sh"
supervisor_up || { not_ok "a private supervisor starts"; done_testing; exit; }

run() { cli run --root host -- "$@"; }
spawn_pid() { worker_pid spawn; }
# The inits below the spawner: while nothing runs, each is a parked start.
inits() {
	local spawn
	spawn=$(spawn_pid) && cat "/proc/$spawn/task/$spawn/children" 2>/dev/null | tr ' ' '\n' | grep .
}
one() { [ "$(inits | wc -l)" = 1 ]; }
none() { [ -z "$(inits)" ]; }
waiter() { local p; p=$(inits | head -1); cat "/proc/$p/task/$p/children" 2>/dev/null | tr -d ' '; }
waits() { one && [ -n "$(waiter)" ] && grep -q '^Seccomp:[[:space:]]2' "/proc/$(waiter)/status"; }
field() { awk -v f="$2:" '$1 == f { $1 = ""; sub(/^ /, ""); print }' "/proc/$1/status"; }

same "nothing is parked before the first run" "" "$(inits)"
check "a first run" run true
check "then a start waits behind its filter" until_true 10 waits
w=$(waiter)
same "its filter is in force" 2 "$(field "$w" Seccomp)"
same "one filter, nothing stacked" 1 "$(field "$w" Seccomp_filters)"
same "it cannot gain privileges" 1 "$(field "$w" NoNewPrivs)"
same "no capability in any set" "0000000000000000 0000000000000000 0000000000000000 0000000000000000 0000000000000000" \
	"$(for s in CapInh CapPrm CapEff CapBnd CapAmb; do field "$w" $s; done | paste -sd' ')"
same "all four uids are of our range" 4 "$(field "$w" Uid | tr ' \t' '\n' | awk '$1 >= 1879048192' | wc -l)"
program() { readlink "/proc/$1/exe"; }
has "no program of a tenant's runs in it yet" memfd "$(program "$w")"

init=$(inits | head -1)
run sleep 2 &
sleeper=$!
slept() { [ "$(program "$w")" = /usr/bin/sleep ]; }
check "the next run of the same objects goes on in it" until_true 10 slept
same "under the init that was there" "$init" "$(field "$w" PPid)"
wait $sleeper
check "another is made for the one after" until_true 10 waits

kill -9 "$(inits | head -1)" 2>/dev/null
check "one that was killed is noticed" until_true 10 none
check "a run after the parked one was killed" run true
check "and one is parked again" until_true 10 waits
dead=$(waiter)
kill -9 "$(spawn_pid)"
gone() { ! [ -d "/proc/$dead" ]; }
check "it ends with the spawner" until_true 5 gone
check "a run under the new spawner" until_true 10 run true

check "and is parked there" until_true 10 waits
last=$(waiter)
out=$(cli run --root host --profile "$TOP/tests/host/parked.profile" -- /usr/bin/true 2>&1)
same "a run under another plan" "" "$out"
check "leaves it alone" test -d "/proc/$last"

supervisor_down
check "down leaves none" until_true 5 test ! -d "/proc/$last"
done_testing
