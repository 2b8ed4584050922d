#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# walk.sh - the engine, spawn, its children before their exec, netd and volumed are killed at a system call in the
# middle of each operation, at its entry or its exit. Afterwards the supervisor serves again by itself, the operation is
# finished or undone and can be repeated, nobody else noticed, and `down` leaves nothing.
# By default 200 of all the calls, others each time; SEED=N says which, WALK=all takes all of them (`make test-walk`),
# WALK=PLACE (of a failure) one.
# seconds: 900
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/walk_ops.sh"
. "$(dirname "$0")/lib/walk.sh"
WALK=${WALK:-200}
case $WALK in
*/*) echo "$WALK 3" >"$out/places" ;;
*)
	check "three clean runs of each operation" keys || { done_testing; exit; }
	# who exits does not come back: exit, exit_group
	awk '{ print $1 ":entry", $2 } $1 !~ /\/c?(60|231):/ { print $1 ":exit", $2 }' "$out/keys" >"$out/all"
	[ "$WALK" = all ] && WALK=$(wc -l <"$out/all")
	note "SEED=$SEED, $WALK of $(wc -l <"$out/all") places:"
	cut -d/ -f1,2 "$out/all" | sort | uniq -c | awk '{ printf "# %s %d\n", $2, $1 }'
	sample "$WALK" <"$out/all" >"$out/places" ;;
esac
walk "$out/places"
done_testing
