#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# leak_meta.sh - does the leak check see a leak? Each kind is seeded alone, must be the whole difference, and must
# be gone from the difference when it is taken back. All in namespaces of its own.
if [ -z "${LEAK_META_INSIDE:-}" ]; then
	LEAK_META_INSIDE=1 exec unshare -m -n -i -- bash "$0" "$@"
fi
. "$(dirname "$0")/lib/tap.sh"

mount --make-rprivate / && mount -t tmpfs none /dev/shm || exit 1
# The scope: cgroups of its own, also when the runner has one already.
scope_enter "meta.$$" || { skip leak.meta "no cgroup of its own can be made here"; done_testing; exit; }
trap 'scope_kill; scope_leave; at_end' EXIT
dir=$RUN_DIR/meta
mkdir -p "$dir"
snap() { "$B/tests/leak-snap" "$@" --cgroup "$scope_cgroup" --dir "$dir"; }

# One line of the difference per pattern, in the order of the sorted list.
kinds=(
	'child|\+ process [0-9]+ leak-seed'
	'zombie|\+ zombie [0-9]+ leak-seed'
	'cgroup|\+ cgroup .*/leaked'
	"mount|- file $dir/at 40000;\\+ mount ns=[0-9]+ $dir/at tmpfs leak /"
	"foreign-mount|\\+ mount ns=[0-9]+ $dir/at tmpfs leak /"
	'detached|\+ descriptor [0-9]+ leak-seed file;\+ detached mount [0-9]+ leak-seed .*'
	'netns-fd|\+ descriptor [0-9]+ leak-seed net:;\+ namespace net: [0-9]+ by descriptor'
	'netns-socket|\+ descriptor [0-9]+ leak-seed socket:;\+ namespace net [0-9]+ by socket'
	"netns-name|- file $dir/name 100000;\\+ mount ns=[0-9]+ $dir/name nsfs nsfs net:\\[[0-9]+\\]"
	'link|\+ link ns=[0-9]+ leak0;\+ link ns=[0-9]+ veth0'
	'route|\+ route ns=[0-9]+ lo 6363630A 00000000'
	'neighbour|\+ neighbour ns=[0-9]+ 10.99.99.100'
	"loop|\\+ loop loop[0-9]+ $dir/disk"
	'key|\+ key user cloister-leak: 1'
	'shm|\+ sysv shm key 19088743 id [0-9]+'
	'sem|\+ sysv sem key 19088744 id [0-9]+'
	'queue|\+ queue cloister-leak'
	'bpf-map|\+ bpf map [0-9]+;\+ descriptor [0-9]+ leak-seed anon_inode:'
	"socket-file|\\+ file $dir/stale.sock 140000"
	"deleted|\\+ deleted file [0-9]+ leak-seed $dir/gone \\(deleted\\);\\+ descriptor [0-9]+ leak-seed deleted"
	"claim|\\+ claim 99999 $dir"
	'fd|\+ descriptor [0-9]+ leak-seed /dev/'
	'setting|- setting net/ipv4/ip_default_ttl=64;\+ setting net/ipv4/ip_default_ttl=65'
	'dev-shm|\+ dev-shm cloister-leak'
)

one() {
	local kind=${1%%|*} want=${1#*|} where=$dir word diff rc
	[ "$kind" = cgroup ] && where=${scope_dirs[0]}
	coproc SEED { exec "$B/tests/leak-seed" "$kind" "$where" 2>/dev/null; }
	local in=${SEED[1]} out=${SEED[0]} pid=$SEED_PID
	read -r -t 5 word <&"$out"
	if [ "$word" != armed ]; then
		skip "leak.$kind" "cannot be made here: ${word:-ended}"
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
		return
	fi
	snap list >"$dir.before"
	echo >&"$in"
	read -r -t 5 word <&"$out"
	if [ "$word" != leaked ]; then
		skip "leak.$kind" "cannot be made here: ${word:-ended}"
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
		return
	fi
	snap list >"$dir.after"
	diff=$(snap diff "$dir.before" "$dir.after" | paste -sd';')
	if printf '%s\n' "$diff" | grep -qxE -e "$want"; then ok "leak.$kind is seen, and nothing else"; else
		not_ok "leak.$kind is seen, and nothing else"
		note "wanted: $want"
		note "got:    ${diff:0:400}"
	fi
	echo >&"$in"
	read -r -t 5 word <&"$out"
	diff=$(snap diff "$dir.before") && rc=0 || rc=1
	same "leak.$kind is gone when it is taken back" "clean 0 " "$word $rc $diff"
	kill "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	rm -rf "$dir" && mkdir "$dir"
}

for k in "${kinds[@]}"; do one "$k"; done 2>/dev/null
rmdir /run/cloister-ids 2>/dev/null
rm -rf "$dir" "$dir.before" "$dir.after"
done_testing
