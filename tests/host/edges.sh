#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# edges.sh - a worker that answers too late loses its edge, and the host mends that by itself.
. "$(dirname "$0")/lib/tap.sh"
supervisor_up || { not_ok "a private supervisor starts"; done_testing; exit; }

one() { cli run --root host -- /usr/bin/true; } # the profile `shell` has a network
check "a run with a network" one
netd=$(worker_pid netd)
spawn=$(worker_pid spawn)
# More networks than are ready: netd makes one for the next start only when it is asked, and offers it to spawn.
kill -STOP "$spawn"
for i in $(seq 1 4); do one >/dev/null 2>&1 & done
gone() { [ -n "$(worker_pid netd)" ] && [ "$(worker_pid netd)" != "$netd" ]; }
check "netd, without an answer, begins anew" until_true 10 gone
kill -CONT "$spawn"
wait $(jobs -p)
same "spawn is the one it was" "$spawn" "$(worker_pid spawn)"
check "a run with a network works again" until_true 10 one
check "the supervisor ends" supervisor_down
done_testing
