#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# exhaust.sh - a tenant uses up what it can reach: its own limit stops it, and only it. At the limit, while it keeps
# what it took, a neighbour and the supervisor work as before, and the control outside gets all that it asks for.
# Judged by work that is done, not by how long it took. The machine is asked for some 100 MiB and some hundred processes.
# seconds: 240
. "$(dirname "$0")/lib/tap.sh"
probe=$B/tests/cloister-probe
UNITS=5

supervisor_up || { not_ok "a private supervisor starts"; done_testing; exit; }
mkdir -p "$RUN_DIR/root/usr/bin"
install -m 0755 "$probe" "$RUN_DIR/root/usr/bin/cloister-probe"
check "the tenants are made" tenants a b
check "the image is built" cli image build probe --dir "$RUN_DIR/root"
# profile NAME LIMIT…: the shell's calls, small limits.
profile() {
	local name=$1
	shift
	sed "s/^profile shell /profile exhaust.$name /; /^  limit /d; s/^  set hostname.*/  set hostname \"exhaust\"$(printf '\\n  limit %s' "$@")/" \
		"$TOP/profiles/std/shell.profile" >"$RUN_DIR/$name.profile"
}
profile small "memory 64MiB" "pids 48" "files 256" "tmp 8MiB"
profile wide "memory 48MiB" "pids 48" "files 8192" "tmp 256MiB"
run() { local tenant=$1 profile=$2; shift 2; cli run --tenant "$tenant" --root probe --profile "$RUN_DIR/$profile.profile" -- /usr/bin/cloister-probe "$@"; }
# The file of a controller for the cgroup of the process that has these arguments: FILE-V1 FILE-V2.
value() {
	local pid path
	pid=$(pgrep -xf "$1" | head -n 1)
	path=$(grep -E "^[0-9]+:([^:]*,)?$2(,[^:]*)?:" "/proc/$pid/cgroup" | cut -d: -f3-)
	if [ -n "$path" ] && [ -d "/sys/fs/cgroup/$2$path" ]; then cat "/sys/fs/cgroup/$2$path/$3"; return; fi
	cat "$(findmnt -nt cgroup2 -o TARGET | head -n 1)$(sed -n 's/^0:://p' "/proc/$pid/cgroup")/$4"
}

# ---- the neighbour: one unit of work a line ----
mkfifo "$RUN_DIR/work.in"
exec 7<>"$RUN_DIR/work.in"
run b small --work <"$RUN_DIR/work.in" >"$RUN_DIR/work" 7>&- &
neighbour=$!
check "the neighbour is ready" until_true 20 grep -qx ready "$RUN_DIR/work"
of_neighbour() { value "/usr/bin/cloister-probe --work" memory memory.usage_in_bytes memory.current; }
tasks() { value "/usr/bin/cloister-probe --work" pids pids.current pids.current; }
answered() { [ "$(grep -cv ready "$RUN_DIR/work")" -ge "$1" ]; }
work() {
	local had
	had=$(grep -cv ready "$RUN_DIR/work")
	for _ in $(seq $UNITS); do echo >&7; done
	until_true 20 answered $((had + UNITS))
	tail -n +$((had + 2)) "$RUN_DIR/work" | sort | uniq -c | awk '{ $1 = $1; print }'
}
same "the neighbour works (control)" "$UNITS done" "$(work)"
at_rest=$(of_neighbour) tasks_at_rest=$(tasks)
check "what it costs can be read" test "$at_rest" -gt 0 -a "$tasks_at_rest" -gt 0
near() { [ $(($1 - $2)) -lt 4194304 ] && [ $(($2 - $1)) -lt 4194304 ]; }

# beside WHAT: what the others can do now, and what it costs them
beside() {
	same "$1: the neighbour works on" "$UNITS done" "$(work)"
	same "$1: the supervisor answers, and another's run is made" "running 1" \
		"$(cli status --json | jq -r .state) $(run b small --whoami >/dev/null 2>&1; echo $?)"
	if near "$(of_neighbour)" "$at_rest"; then ok "$1: none of it is charged to the neighbour"; else not_ok "$1: none of it is charged to the neighbour"; note "$at_rest -> $(of_neighbour)"; fi
	same "$1: nor a process" "$tasks_at_rest" "$(tasks)"
}

# ---- each probe alone: at its limit, then let go ----
mkfifo "$RUN_DIR/in"
attack() { # PROFILE ID
	local id=$2 rc
	exec 8<>"$RUN_DIR/in"
	run a "$1" --inside --nonce none --target hold=1 "$id" <"$RUN_DIR/in" >"$RUN_DIR/one" 2>"$RUN_DIR/one.err" 7>&- 8>&- &
	local run=$!
	over() { grep -qx held "$RUN_DIR/one" || ! kill -0 "$run" 2>/dev/null; }
	until_true 50 over
	grep -qx held "$RUN_DIR/one" && beside "$id"
	"$probe" --control --nonce none "$id" >>"$RUN_DIR/control" 7>&- 8>&- <"$RUN_DIR/in"
	exec 8>&-
	wait "$run"
	rc=$?
	# Where a cgroup is ended as one (version 2) nobody is left to report: the run says why.
	if [ $rc = 137 ] && grep -q "out of memory" "$RUN_DIR/one.err"; then
		beside "$id"
		echo "probe=$id verdict=capped errno=- control=- layers=CG us=0 nonce=0 note=the whole run was ended" >>"$RUN_DIR/inside"
	fi
	grep '^probe=' "$RUN_DIR/one" >>"$RUN_DIR/inside"
	"$probe" --control --nonce none "$id" >>"$RUN_DIR/control" 7>&- 8>&- </dev/null
}
mapfile -t alone < <("$probe" --list | awk '$4 == "alone" { print $1 }')
for id in "${alone[@]}"; do
	case $id in
	res.memory-* | res.epoll) attack wide "$id" ;;
	*) attack small "$id" ;;
	esac
done
echo "end probes=${#alone[@]}" >>"$RUN_DIR/inside"
tap_from < <("$probe" --merge "$RUN_DIR/inside" "$RUN_DIR/control")
has "all of them ran" "${#alone[@]} 2" "$(grep -c '^probe=' "$RUN_DIR/inside") $(($(grep -c 'control=ok' "$RUN_DIR/control") / ${#alone[@]}))"
sed 's/^/# /' "$RUN_DIR/one.err" | head -5

# ---- names that are not there: kept as long as there is room, and the room is the tenant's ----
NAMES=700000
dentries() { cut -f1 /proc/sys/fs/dentry-state; }
held_names() { # COMMAND…: how many more names the kernel keeps while it holds
	local before pid
	exec 8<>"$RUN_DIR/in"
	before=$(dentries)
	"$@" --names --target names=$NAMES --target "dir=$names_dir" <"$RUN_DIR/in" >"$RUN_DIR/names" 7>&- 8>&- &
	pid=$!
	# no number where it holds nothing
	until_true 60 grep -qx held "$RUN_DIR/names" && echo $((($(dentries) - before) * 100 / NAMES))
	exec 8>&-
	wait $pid
}
names_dir=/usr
inside=$(held_names run a wide)
mkdir "$RUN_DIR/names.d"
names_dir=$RUN_DIR/names.d
outside=$(held_names "$probe")
rmdir "$RUN_DIR/names.d" # takes them along
if [ "$inside" -le 50 ] && [ "$outside" -ge 80 ]; then ok "res.dentry: names are kept within the tenant's memory"; else not_ok "res.dentry: names are kept within the tenant's memory"; fi
note "of $NAMES names $inside % are kept inside, $outside % outside"
beside res.dentry

# ---- processors: two tenants of one weight get as much done, however many processes each has ----
MS=2500
share() { # COMMAND of the many, COMMAND of the few: work of the many in percent of the few's
	local many few
	$1 --spin --target processes=8 --target ms=$MS >"$RUN_DIR/many" 7>&- &
	many=$!
	few=$($2 --spin --target processes=2 --target ms=$MS 7>&-)
	wait $many
	echo $(($(cat "$RUN_DIR/many") * 100 / (few + 1)))
}
profile spin "memory 48MiB" "pids 48" "cpu 800%"
weighed=$(share "run a spin" "run b spin")
plain=$(share "$probe" "$probe")
if [ "$weighed" -lt 220 ] && [ "$plain" -gt 260 ]; then ok "res.cpu: four times the processes do not get four times the work"; else not_ok "res.cpu: four times the processes do not get four times the work"; fi
note "8 processes did $weighed % of the work of 2, $plain % outside"

# ---- a service's output, and a service that ends at once ----
cat >"$RUN_DIR/talk.profile" <<'END'
cloister 1

profile exhaust.talk {
  about "Of a test"
  include runtime.glibc
  feature fork on
  feature log on
  feature proc on
  limit memory 48MiB
  limit pids 48
  limit log 256KiB/s
  mount "/usr/" from host "/usr/" ro exec
  allow path "/usr/" read, list, exec
  allow path "/dev/" list
  allow syscall { vfork getpgrp getpgid setpgid pipe stat lstat fadvise64 splice }
}
END
talking() { # NAME RESTART COMMAND…
	local name=$1 restart=$2
	shift 2
	printf 'cloister 1\n\ntenant a {\n  about "of a test"\n  workload %s {\n    profile exhaust.talk\n    run%s\n    restart %s\n  }\n}\n' \
		"$name" "$(printf ' "%s"' "$@")" "$restart" >"$RUN_DIR/talk.tenant"
	cli apply "$RUN_DIR/talk.tenant" "$RUN_DIR/talk.profile"
}
log_of() { find "$STATE/log" -type f -name '*flood*' -printf '%s\n' 2>/dev/null | awk '{ n += $1 } END { print n + 0 }'; }
check "a service that floods its log" talking flood never /usr/bin/dash -c 'head -c 50000000 /dev/zero; while :; do echo a line of the flood, again and again; done'
told() { [ "$(cli workload logs a/flood 2>/dev/null | grep -ac 'bytes dropped')" -ge 2 ]; }
check "res.log-flood: what is too much is dropped, and the log says how much" until_true 20 told
beside res.log-flood
size=$(log_of)
if [ "$size" -gt 0 ] && [ "$size" -le 20971520 ]; then ok "res.log-flood: the log stays small"; else not_ok "res.log-flood: the log stays small"; note "$size bytes: $(ls -laR "$STATE/log" | head -5)"; fi
check "it is stopped" cli workload stop a/flood

check "a service that ends at once, always started again" talking storm always /usr/bin/true
restarts() { cli workload list --json | jq -r '.workloads[] | select(.name == "storm") | .restarts'; }
again() { [ "$(restarts)" -ge 2 ]; }
check "res.exit-storm: it is started again (control)" until_true 20 again
beside res.exit-storm
# 100 ms, 200 ms, 400 ms …: as many as the time allows, and no more.
t0=$SECONDS n0=$(restarts)
until_true 3 false
n=$(($(restarts) - n0))
if [ "$n" -le 4 ]; then ok "res.exit-storm: it is started ever less often"; else not_ok "res.exit-storm: it is started ever less often"; note "$n times in $((SECONDS - t0)) s"; fi
check "it is stopped" cli workload stop a/storm

exec 7>&-
wait $neighbour
same "the neighbour ends by itself" 0 $?
check "the supervisor ends" supervisor_down
done_testing
