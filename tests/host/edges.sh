#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# edges.sh - a worker that answers too late loses its edge, and so may one that lives; the host mends both by itself.
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

# All edges of the engine end while both ends of each live: nobody was started anew, so nobody brings others.
engine=$(worker_pid engine)
workers="$(worker_pid spawn) $(worker_pid netd) $(worker_pid volumed)"
cut=$(perl -MSocket -e '
	my $p = syscall(434, $ARGV[0] + 0, 0); my $n = 0;
	for my $f (4 .. 63) { my $d = syscall(438, $p, $f, 0); next if $d < 0; open(my $s, "+<&=", $d) or next;
		my $t = getsockopt($s, SOL_SOCKET, SO_TYPE) or next; my $l = getsockopt($s, SOL_SOCKET, 30);
		next if unpack("i", $t) != 5 || unpack("i", $l); shutdown($s, 2) and $n++ }
	print $n' "$engine" 2>&1)
same "the engine has three edges, which are shut" 3 "$cut"
anew() { [ -n "$(worker_pid engine)" ] && [ "$(worker_pid engine)" != "$engine" ]; }
check "the engine begins anew" until_true 20 anew
check "and a run works" until_true 10 one
same "the workers are those they were" "$workers" "$(worker_pid spawn) $(worker_pid netd) $(worker_pid volumed)"
check "the supervisor ends" supervisor_down
done_testing
