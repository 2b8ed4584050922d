#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# probes.sh - every probe, inside a tenant and as its control outside: the canaries are on the host and in a second
# tenant. The control runs before and after; what it cannot reach is no pass (reliability.md 2).
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/canary.sh"
P=$(nonce) dir=$canary_dir

mkfifo "$RUN_DIR/peer.in"
exec 6<>"$RUN_DIR/peer.in"
canary_up 6>&- || { not_ok "the host's canary is ready"; done_testing; exit; }
# ---- a supervisor whose place carries the nonce, an image, a second tenant ----
supervisor_up "$RUN_DIR/state-$N" || { not_ok "a private supervisor starts"; done_testing; exit; }
check "two tenants are made" tenants a b
check "the image is built" probe_image

CLOISTER_PROBE_LEAK=$N inside b --canary --nonce "$P" --target dir=/tmp <"$RUN_DIR/peer.in" >"$RUN_DIR/peer.targets" 5>&- 6>&- &
peer=$!
if until_true 20 grep -qx ready "$RUN_DIR/peer.targets"; then ok "the second tenant's canary is ready"; else
	not_ok "the second tenant's canary is ready"
	done_testing
	exit
fi
by_comm() { local f; for f in /proc/[0-9]*/comm; do [ "$(head -c 16 "$f" 2>/dev/null)" = "$1" ] && { f=${f%/comm}; echo "${f#/proc/}"; return; }; done; }
ppid() { awk '/^PPid/ { print $2 }' "/proc/$1/status"; }
victim=$(by_comm "$(sed -n 's/^procname=//p' "$RUN_DIR/peer.targets")")
work=$(ppid "$victim")
init=$(ppid "$work")
uid=$(stat -c %u "/proc/$victim")

# From tenant a the peer's things have the same names; its process has the number that the host knows.
mapfile -t PT < <(grep -E '^(file|abstract|unix|tcp|procname)=' "$RUN_DIR/peer.targets" | targets /dev/stdin)
PT+=(--target "pid=$victim" --target "uid=$uid")
# fs.shared-*: the peer's canary sleeps on, and locks, a file of the image that both have.
seen_there=(fs.canary-read net.abstract net.path-socket net.host-loopback)
seen_here=(pt.signal-peer pt.tgkill-peer pt.queue-peer pt.pidfd-peer pt.prio-peer pt.sigio)

control() {
	"$probe" --control --nonce "$N" "${T[@]}"
	# Inside the peer's own namespaces its things must be reachable, and with its own uid its process.
	nsenter -t "$work" -m -n -i -u -p -- /usr/bin/cloister-probe --control --as peer --nonce "$P" "${PT[@]}" "${seen_there[@]}"
	"$probe" --control --as peer --nonce "$P" "${PT[@]}" "${seen_here[@]}"
}
control >"$RUN_DIR/control" 2>"$RUN_DIR/control.err"
{
	CLOISTER_PROBE_LEAK=$N inside a --inside --nonce "$N" "${T[@]}" --target setuid=/usr/bin/probe-setuid \
		--target filecap=/usr/bin/probe-filecap 9</dev/null
	inside a --inside --as peer --nonce "$P" "${PT[@]}" "${seen_there[@]}" "${seen_here[@]}"
	"$probe" --uid0 --nonce "$N" --target "init=$init" --target "work=$work"
} >"$RUN_DIR/inside" 2>"$RUN_DIR/inside.err"
control >>"$RUN_DIR/control" 2>>"$RUN_DIR/control.err"
tap_from < <("$probe" --merge "$RUN_DIR/inside" "$RUN_DIR/control")
# All probes ran, not only those of a table that somebody cut.
same "as many probes ran as are listed" "$("$probe" --list | grep -c ' \(inside\|outside\) ') probes" \
	"$(grep -c '^probe=[^@]* ' "$RUN_DIR/inside") probes"
sed 's/^/# /' "$RUN_DIR/inside.err" "$RUN_DIR/control.err" | head -20
same "the second tenant's canary lives" 0 "$(kill -0 "$victim" 2>/dev/null; echo $?)"

# ---- I26: what the operator's descriptors suffer ----
mkdir "$RUN_DIR/io"
echo precious >"$RUN_DIR/io/victim"
echo "first line" >"$RUN_DIR/io/log"
exec 8>>"$RUN_DIR/io/log"
flags() { sed -n 's/^flags:[[:space:]]*//p' /proc/$$/fdinfo/8; }
before=$(flags)
inside a --stdio-attack <"$RUN_DIR/io" >&8 2>&8
same "stdio: the attack ran to its end" 0 $?
same "stdio: the log's flags are as before" "$before" "$(flags)"
same "stdio: nothing of the log is lost" "first line" "$(head -1 "$RUN_DIR/io/log")"
has "stdio: what was written is at its end" "attack done" "$(tail -1 "$RUN_DIR/io/log")"
same "stdio: the directory is as before" "log victim" "$(ls "$RUN_DIR/io" | paste -sd' ')"
exec 8>&-
if command -v script >/dev/null; then
	size=$(script -qefc "stty rows 40 cols 100; '$BIN/cloister' run --tenant a --root probe -- /usr/bin/cloister-probe --stdio-attack >/dev/null; stty size; stty -a | grep -o -- '-\?isig'" /dev/null | tr -d '\r' | paste -sd' ')
	has "stdio: the terminal keeps its size and settings" "40 100 isig" "$size"
else
	skip stdio.terminal-kept "no script(1) here"
fi

# ---- the demonstration of `make run` ----
demo=$(inside a --demo --target "peer-file=/tmp/canary-$P" --target "host-file=$dir/canary-$N" --target "peer-pid=$victim" \
	--target "peer-port=$(sed -n 's/^tcp=//p' "$RUN_DIR/peer.targets")" --target "host-port=$(sed -n 's/^tcp=//p' "$RUN_DIR/host.targets")")
same "demo: ends with 0" 0 $?
same "demo: nothing was reached" "" "$(grep REACHED <<<"$demo")"
same "demo: 14 lines of three fields" 14 "$(awk -F'\t' 'NF == 3' <<<"$demo" | wc -l)"

# ---- what two tenants share (reliability.md 2.4): no superblock of an image ----
dev_a=$(cli run --tenant a --root probe -- /usr/bin/cloister-probe --statdev 2>/dev/null)
dev_b=$(cli run --tenant b --root probe -- /usr/bin/cloister-probe --statdev 2>/dev/null)
if [ -n "$dev_a" ] && [ "$dev_a" != "$dev_b" ]; then ok "two tenants see two superblocks of one image"; else not_ok "two tenants see two superblocks of one image"; note "a: $dev_a b: $dev_b"; fi
# I10: what the workload lives in is written down where the next spawner finds it.
leaf=$(findmnt -nt cgroup2 -o TARGET | head -n 1)$(sed -n 's/^0:://p' "/proc/$work/cgroup")
has "the workload's network namespace is noted on its cgroup" "$(stat -Lc %i "/proc/$work/ns/net") $dev_b" \
	"$(python3 -c 'import os, struct, sys; v = os.getxattr(sys.argv[1], "trusted.cloister.held"); print(*struct.unpack(f"{len(v) // 8}Q", v))' "$leaf")"
# The probe of it is able to fail: within one tenant the image is one.
for id in fs.shared-futex fs.shared-lock fs.shared-watch; do
	has "$id: within one tenant it is seen" "verdict=reached" "$(inside b --inside --nonce x "$id" 2>/dev/null)"
done

exec 6>&-
wait "$peer"
same "the second tenant's canary ends by itself" 0 $?
check "the supervisor ends" supervisor_down
done_testing
