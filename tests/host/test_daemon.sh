#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_daemon.sh - cloisterd alone, with stand-ins for its workers: start, restart, refusal, end, traces.
# needs: cloisterd cloister-netd
set -u
cd "$(dirname "$0")/../.." || exit 2
B=${B:-build}
[ "$(id -u)" = 0 ] || { echo '1..0 # SKIP needs root'; exit 0; }
for p in cloisterd cloister-netd; do [ -x "$B/bin/$p" ] || { echo "Bail out! $B/bin/$p is not built"; exit 1; }; done

T=$(mktemp -d /tmp/cloister-daemon.XXXXXX)
S=$T/state LOG=$T/state/log/supervisor.log
n=0 bad=0 pid=
result() { # RC NAME
	n=$((n + 1))
	if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; bad=$((bad + 1)); fi
}
is() { # GOT WANT NAME
	[ "$1" = "$2" ]; local rc=$?
	[ $rc = 0 ] || echo "# got '$1', wanted '$2'"
	result $rc "$3"
}
# waits up to 10 s for a command to be true
await() { local i; for ((i = 0; i < 200; i++)); do "$@" && return 0; sleep 0.05; done; return 1; }
cleanup() {
	[ -n "$pid" ] && kill -9 "$pid" 2>/dev/null
	[ -f "$LOG" ] && sed -n 's/.*workload pid=//p' "$LOG" | while read -r p; do
		[ "$(readlink "/proc/$p/exe" 2>/dev/null)" = "$T/build/bin/cloister-spawn" ] && kill -9 "$p"
	done
	[ "$bad" = 0 ] || { echo "# log:"; sed 's/^/# /' "$LOG" 2>/dev/null | tail -40; sed 's/^/# err: /' "$T/err"; }
	rm -rf "$T"
}
trap cleanup EXIT

mkdir -p "$T/build/bin" "$T/profiles/std"
chmod 711 "$T" "$T/build" "$T/build/bin"
"${CC:-cc}" -std=gnu17 -D_GNU_SOURCE -I. -o "$T/fake" tests/host/fake_worker.c lib/plan/policy.c \
	lib/base/{fault,fd,sha256,str}.c || exit 1
cp "$B/bin/cloisterd" "$T/build/bin/"
for w in spawn netd volumed engine; do install -m 755 "$T/fake" "$T/build/bin/cloister-$w"; done
mkfifo "$T/ready"

up() { # starts cloisterd and waits for its word
	: >"$T/err"
	"$T/build/bin/cloisterd" --state "$S" --ready-fd 7 7>"$T/ready" 2>>"$T/err" &
	pid=$!
	timeout 10 head -c1 "$T/ready" >"$T/word"
	[ "$(wc -c <"$T/word")" = 1 ]
}
last() { sed -n "s/^cloister-$1 start pid=\([0-9]*\) .*/\1/p" "$LOG" | tail -1; }
last_line() { grep "^cloister-$1 start" "$LOG" | tail -1; }
field() { sed -n "s/.* $1=\([^ ]*\).*/\1/p"; }
gone() { ! kill -0 "$1" 2>/dev/null; }
own() { local f; for f in /run/cloister-ids/*; do [ "$(head -1 "$f" 2>/dev/null)" = "$S" ] && { basename "$f"; return; }; done; }
# our cgroups; a number that we gave back may be another supervisor's by now, and with it the directories
traces() {
	[ -e "/run/cloister-ids/$1" ] && [ "$(head -1 "/run/cloister-ids/$1")" != "$S" ] && return
	find /sys/fs/cgroup -maxdepth 8 -type d -name "cloister.$1" 2>/dev/null
}
newer() { local now; now=$(last "$1"); [ -n "$now" ] && [ "$now" != "$2" ]; }

# what is enabled in the cgroup that we are in
lent() { local m; m=$(awk '$9 == "cgroup2" || $8 == "cgroup2" { print $5; exit }' /proc/self/mountinfo); cat "$m$(sed -n 's/^0:://p' /proc/self/cgroup)/cgroup.subtree_control"; }
before=$(lent)

# ---- start
up; result $? 'up: the ready byte comes'
N=$(own)
[ -n "$N" ]; result $? 'a number is claimed'
base=$((0x70000000 + N * 65536))
CG=$(traces "$N" | while read -r d; do [ -f "$d/cgroup.kill" ] && echo "$d"; done | head -1)
[ -d "$CG/t" ] && [ -d "$CG/helper" ]; result $? 'cgroup subtree with t and helper'
is "$(cat "$CG/supervisor/cgroup.procs")" "$pid" 'cloisterd is in supervisor'
is "$(wc -l <"$CG/supervisor/1/cgroup.procs")" 4 'four workers in supervisor/1'
is "$(stat -c '%u %a' "$S" "$S/state" "$S/log" "$S/images/pub" "$S/acts" "$S/run/w" "$S/tenants.idx" "$S/control.sock" | tr '\n' ',')" \
	"0 711,$((base + 1)) 700,$((base + 1)) 700,0 700,0 700,0 700,0 600,0 660," 'owners and modes'
is "$(stat -c %s "$S/tenants.idx")" $((64 * 4094)) 'size of tenants.idx'
is "$(last_line engine | field uid) $(last_line engine | field gid) $(last_line engine | field capbnd)" \
	"$((base + 1)) $((base + 1)) 0" 'the engine: own uid and gid, nothing in its bounding set'
is "$(last_line netd | field uid)" 0 'netd is root'
is "$(last_line engine | field fds)" 0,1,2,3,4,5,6,7,8,9,10 'descriptors of the engine'
is "$(last_line netd | field fds)" 0,1,2,3,4,5 'descriptors of netd'
is "$(last_line volumed | field fds)" 0,1,2,3,4,5,6 'descriptors of volumed'
rows=$(traces "$N" | wc -l)
is "$(last_line spawn | field fds)" "$(seq -s, 0 $((10 + rows)))" "descriptors of spawn ($rows hierarchies)"
is "$(last_line engine | field env) $(last_line engine | field argc)" '0 1' 'no environment, argv[0] only'
is "$(grep -c 'frame op=1 ' "$LOG")" 10 'five edges, both ends told'
is "$(sed -n 's/^CapEff:\t//p' "/proc/$pid/status")" 00000000000000e0 'cloisterd: KILL SETUID SETGID'
is "$(sed -n 's/^Seccomp:\t//p;s/^NoNewPrivs:\t//p' "/proc/$pid/status" | tr '\n' ' ')" '0 0 ' 'cloisterd: nothing that passes to workloads'
is "$(sed -n 's/^NoNewPrivs:\t//p' "/proc/$(last spawn)/status")" 0 'spawn inherits none either'

# ---- refusals
"$T/build/bin/cloisterd" --state "$S" 2>"$T/second"; is $? 1 'a second supervisor on the state directory is refused'
grep -q 'a supervisor is running' "$T/second"; result $? 'and told why'
mkdir -m 755 "$T/foreign"; touch "$T/foreign/thing"
"$T/build/bin/cloisterd" --state "$T/foreign" 2>/dev/null; is "$? $(stat -c %a "$T/foreign")" '1 755' 'a directory with other things is refused and left alone'
"$T/build/bin/cloisterd" --sate x 2>/dev/null; is $? 2 'an unknown option is usage'
mode=$(stat -c %a /)
ln -s / "$T/link"; "$T/build/bin/cloisterd" --state "$T/link" 2>/dev/null; is "$? $(stat -c %a /)" "1 $mode" 'a link to / is no state directory'

# ---- two at once
"$T/build/bin/cloisterd" --state "$T/other" 2>/dev/null & second=$!
claimed() { grep -lsx "$T/other" /run/cloister-ids/* | head -1; }
has_claim() { [ -n "$(claimed)" ]; }
await has_claim; M=$(basename "$(claimed)")
[ "$M" != "$N" ]; result $? 'another state directory has another number'
await test -S "$T/other/control.sock"
kill -INT $second; wait $second; is "$? $(claimed)" '0 ' 'it ends and takes its claim along'
is "$(own)" "$N" 'and leaves ours'

# ---- restarts
for w in spawn netd volumed engine; do
	old=$(last $w); others=$(for o in spawn netd volumed engine; do [ $o = $w ] || last $o; done | tr '\n' ' ')
	edges=$(grep -c 'frame op=1 ' "$LOG")
	kill -9 "$old"
	await newer $w "$old"; result $? "$w killed: started again"
	peers=2; case $w in spawn | engine) peers=3 ;; esac
	more() { [ "$(grep -c 'frame op=1 ' "$LOG")" = $((edges + 2 * peers)) ]; }
	await more; result $? "$w: it and its siblings get new edges"
	is "$(for o in spawn netd volumed engine; do [ $o = $w ] || last $o; done | tr '\n' ' ')" "$others" "$w: the siblings are the same"
	is "$(grep "^cloister-$w frame" "$LOG" | tail -1)" "cloister-$w frame op=3 worker=0 fds=0" "$w: told to run"
done

# ---- workloads outlive
kill -USR2 "$(last spawn)"
await grep -q 'workload pid=' "$LOG"; W=$(sed -n 's/.*workload pid=//p' "$LOG" | tail -1)
await grep -q "^$W$" "$CG/t/7/1/cgroup.procs"; result $? 'a workload in t/7/1'
! grep -q 'no workload' "$LOG"; result $? 'in every hierarchy'
old=$(last spawn); kill -9 "$old"; await newer spawn "$old"
is "$(awk '$1 == "PPid:" { print $2 }' "/proc/$W/status")" "$pid" 'spawn killed: its workload is cloisterd'"'"'s child'
kill "$pid"; await gone "$pid"; result $? 'SIGTERM ends cloisterd'
is "$(cat "$CG/supervisor/cgroup.procs" "$CG"/supervisor/*/cgroup.procs 2>/dev/null)" '' 'and its workers'
kill -0 "$W"; result $? 'the workload lives'
is "$(own)" "$N" 'its claim stays'
[ ! -e "$S/control.sock" ]; result $? 'the socket is gone'
up; result $? 'up again'
is "$(own) $(ls -d "$CG"/supervisor/*/ | xargs -n1 basename)" "$N 2" 'the same number, the next generation'
grep -q "^$W$" "$CG/t/7/1/cgroup.procs"; result $? 'the workload is where it was'

# ---- cloisterd killed
old=$pid; kill -9 "$pid"; await gone "$pid"; pid=
up; result $? 'up after cloisterd was killed'
is "$(own) $(ls -d "$CG"/supervisor/*/ | xargs -n1 basename)" "$N 3" 'the claim is taken over, the old generation is gone'
is "$(wc -l <"$CG/supervisor/3/cgroup.procs")" 4 'one set of workers'
kill -0 "$W"; result $? 'the workload lives'

# ---- down
ln "/run/cloister-ids/$N" /run/cloister-ids/7 2>/dev/null # as spawn claims a tenant's index
kill -USR1 "$(last engine)"
await gone "$pid"; result $? 'the engine says down: cloisterd ends'
wait "$pid" 2>/dev/null; is $? 0 'with 0'
pid=
await gone "$W"; result $? 'no workload is left'
is "$(traces "$N")" '' 'no cgroup is left'
is "$(lent)" "$before" 'no controller stays enabled for us'
is "$(own)" '' 'no claim is left'
[ ! -e "$S/control.sock" ] && [ ! -e "$S/lock" ]; result $? 'no socket, no lock'
[ -d "$S/state" ] && [ -d "$S/images/pub" ] && [ -f "$S/tenants.idx" ]; result $? 'state and images stay'

# ---- a worker that is missing
rm "$T/build/bin/cloister-netd"
"$T/build/bin/cloisterd" --state "$S" 2>"$T/miss"; is $? 5 'a missing program is a fault'
grep -q 'cloister-netd' "$T/miss"; result $? 'that names it'
is "$(traces "$N")$(own)" '' 'and leaves nothing'
install -m 755 "$T/fake" "$T/build/bin/cloister-netd"

# ---- a worker that does not get as far as serving
printf '#!/bin/false\n' >"$T/build/bin/cloister-netd"; chmod 755 "$T/build/bin/cloister-netd"
timeout 10 "$T/build/bin/cloisterd" --state "$S" 2>"$T/miss"; is $? 5 'a worker that ends at its start is a fault'
grep -q 'cloister-netd' "$T/miss"; result $? 'that names it'
is "$(traces "$N")$(own)" '' 'and leaves nothing'

# ---- the real netd
cp "$B/bin/cloister-netd" "$T/build/bin/cloister-netd"
status() { sed -n "s/^$2:[ \t]*//p" "/proc/$1/status"; }
up; result $? 'up with the real netd'
netd() { local p; for p in $(cat "$CG"/supervisor/*/cgroup.procs); do [ "$(cat "/proc/$p/comm")" = cloister-netd ] && echo "$p"; done; }
p=$(netd)
is "$(status "$p" CapPrm) $(status "$p" CapEff) $(status "$p" CapBnd) $(status "$p" CapAmb)" \
	'0000000000201000 0000000000201000 0000000000201000 0000000000000000' 'netd: NET_ADMIN SYS_ADMIN in every set, nothing else'
is "$(status "$p" Seccomp) $(status "$p" Seccomp_filters) $(status "$p" NoNewPrivs)" '2 1 1' 'netd: one filter, no_new_privs'
is "$(wc -l <"/proc/$p/mountinfo") $(ls -A "/proc/$p/root")" '1 ' 'netd: an empty root'
[ "$(readlink "/proc/$p/ns/net")" != "$(readlink /proc/self/ns/net)" ]; result $? 'netd: not in the network of the host'
full() { [ "$(find "/proc/$(netd)/fd" -lname 'net:*' 2>/dev/null | wc -l)" = 33 ]; }
await full; result $? 'netd: four namespaces of each of eight kinds, and its own'
is "$(find "/proc/$p/fd" -lname 'net:*' -exec readlink {} + | sort -u | wc -l)" 33 'netd: all different'
kill -9 "$p"; again() { local q; q=$(netd); [ -n "$q" ] && [ "$q" != "$p" ]; }
await again && await full; result $? 'netd killed: the next one fills its pool'
kill -USR1 "$(last engine)"; await gone "$pid"; result $? 'down'
is "$(traces "$N")$(own)" '' 'nothing is left'
pid=
install -m 755 "$T/fake" "$T/build/bin/cloister-netd"

# ---- stop without workloads
up; result $? 'up on an old state directory'
is "$(own)" "$N" 'the number it had last'
kill -INT "$pid"; await gone "$pid"; result $? 'SIGINT ends it'
is "$(traces "$N")$(own)" '' 'without workloads nothing is left'
pid=
echo "1..$n"
exit $((bad > 0))
