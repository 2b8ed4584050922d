#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# life.sh - the life of services: ready as the profile says, every reason of an end told apart, limits changed while it
# runs, storms of ends that slow nobody else, logs that rotate and outlive their supervisor, and what is told of it.
# seconds: 300
. "$(dirname "$0")/lib/tap.sh"
supervisor_up || { not_ok "a private supervisor starts"; done_testing; exit; }

files=$RUN_DIR/files
mkdir "$files"
# profile NAME [LINE…]: the shell's profile on the host's /usr, with these lines; a limit of its own that is given makes way.
profile() {
	local name=$1
	shift
	printf '%s\n' "$@" | awk -v name="$name" '
		FNR == NR { if ($0 != "") { lines[++n] = $0; given[$1 " " $2] = 1 } next }
		{ sub(/^profile shell/, "profile life." name); sub(/from image "root"/, "from host \"/usr/\"") }
		($1 " " $2) in given { next }
		{ print }
		/^  set hostname/ { for (i = 1; i <= n; i++) print "  " lines[i] }' - "$TOP/profiles/std/shell.profile" >"$files/$name.profile"
}
# workload NAME PROFILE RESTART ARG…: one of the tenant file that is being written.
workload() {
	local name=$1 profile=$2 restart=$3 arg
	shift 3
	printf '  workload %s {\n    profile life.%s\n    run' "$name" "$profile"
	for arg; do arg=${arg//\\/\\\\}; arg=${arg//\"/\\\"}; printf ' "%s"' "${arg//$'\n'/\\n}"; done
	printf '\n    restart %s\n  }\n' "$restart"
}
# tenant FILE NAME: from standard input, with workloads.
tenant() { { printf 'cloister 1\n\ntenant %s {\n' "$2"; cat; printf '}\n'; } >"$files/$1.tenant"; }
apply() { cli apply "$files"/*.profile "$files/$1.tenant" "${@:2}"; }
field() { cli workload list --json | jq -r --arg w "$1" '.workloads[] | select(.tenant + "/" + .name == $w) | '"$2"; }
is() { [ "$(field "$1" "$2")" = "$3" ]; }
events() { cli events --json "$@" | jq -r '.event'; }
told() { events "$1" | grep -qx "$2"; } # WORKLOAD KIND
now_ms() { date +%s%3N; }

# ---- ready, as `set ready` says ----
profile plain
profile listen "set ready listen" "limit startup 8s"
profile notify "set ready notify" "limit startup 8s"
profile never "set ready listen" "limit startup 1s"
profile timed "limit startup 3s"
listen='import socket, time
time.sleep(1)
s = socket.socket(KIND, socket.TYPE)
s.bind((ADDRESS, PORT))
LISTEN
time.sleep(1000)'
program() { local p=$listen; p=${p/KIND/$1}; p=${p/TYPE/$2}; p=${p/ADDRESS/$3}; p=${p/PORT/$4}; printf '%s' "${p/LISTEN/$5}"; }
{
	workload tcp listen never /usr/bin/python3 -c "$(program socket.AF_INET SOCK_STREAM "'0.0.0.0'" 8080 's.listen()')"
	workload udp listen never /usr/bin/python3 -c "$(program socket.AF_INET SOCK_DGRAM "'127.0.0.1'" 5353 '')"
	workload notify notify never /usr/bin/python3 -c "import os, socket, time
time.sleep(1)
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect(os.environ['NOTIFY_SOCKET'])
s.send(b'STOPPING=1')
time.sleep(0.5)
s.send(b'READY=1')
time.sleep(1000)"
	workload timed timed never /usr/bin/sleep 1000
} | tenant ready ready
t0=$(now_ms)
check "apply of services that become ready" apply ready
took=$(($(now_ms) - t0))
check "apply waited until they were (three that take a second or more, one after the other: $took ms)" test $took -ge 3000
for w in tcp udp notify; do
	same "$w runs and is ready" "running yes" "$(field ready/$w '.state + " " + .ready')"
	check "$w: its readiness is told" told ready/$w ready
done
check "ready by time is running at once, and ready later" is ready/timed '.state + " " + .ready' "running no"
check "then it is ready" until_true 6 is ready/timed .ready yes
# waited NAME FOR: asks to be told; prints milliseconds and the state it is told
waited() {
	local from
	from=$(now_ms)
	NAME=$1 FOR=$2 perl -MIO::Socket::UNIX -e 'my $s = IO::Socket::UNIX->new($ENV{CLOISTER_SOCKET}) or die;
		syswrite $s, qq({"method":"io.cloister.WorkloadWait","parameters":{"tenant":"ready","name":"$ENV{NAME}","for":"$ENV{FOR}","timeout_ms":9000}}) . "\0";
		my $all = ""; while (sysread($s, my $b, 65536)) { $all .= $b; last if $b =~ /\0/ } $all =~ tr/\0//d; print $all' |
		jq -r '[.error // "", .parameters.workload.state, .parameters.workload.ready] | join(" ")' >"$RUN_DIR/waited"
	echo "$(($(now_ms) - from)) $(cat "$RUN_DIR/waited")"
}
check "restart" cli workload restart ready/timed
read -r ms state <<<"$(waited timed running)"
same "a wait for running is told at once" " running no" " $state"
check "  ($ms ms)" test "$ms" -lt 1500
read -r ms state <<<"$(waited timed ready)"
same "a wait for ready is told when it is" " running yes" " $state"
check "  ($ms ms)" test "$ms" -ge 1200
has "no other word is taken" Refused "$(waited timed listening)"
check "stop" cli workload stop ready/tcp
cli workload start ready/tcp >"$RUN_DIR/start" 2>&1 &
starter=$!
check "until it listens it is starting" until_true 3 is ready/tcp '.state + " " + .ready' "starting no"
check "start is not answered before" kill -0 $starter
wait $starter
same "start is answered once it is ready" "0 running yes" "$? $(field ready/tcp '.state + " " + .ready')"

# What is not ready in time is stopped, and whoever waits is told.
{
	workload never never never /usr/bin/sleep 1000
	# a socket that is bound to no port of an in fact, and one that only connects
	workload wrong never never /usr/bin/python3 -c "import socket, time
a = socket.socket(socket.AF_UNIX); a.bind('/run/x'); a.listen()
time.sleep(1000)"
} | tenant late late
has "apply says that it was not ready in time" "not ready within" "$(apply late 2>&1)"
same "its reason is time-out" "failed time-out" "$(field late/never '.state + " " + .exit.reason')"
same "listening elsewhere is not ready" "failed time-out" "$(field late/wrong '.state + " " + .exit.reason')"
has "start says it too" "not ready within" "$(cli workload start late/never 2>&1)"
check "it is told as an event" told late/never late

# ---- each reason of an end ----
profile small "limit memory 24MiB"
profile brief "limit lifetime 1s"
profile quick "limit stop 300ms"
{
	workload code plain never /usr/bin/sh -c 'exit 7'
	workload well plain on-failure /usr/bin/true
	workload signal plain never /usr/bin/sh -c 'kill -SEGV $$'
	workload refused plain never /usr/bin/perl -e 'syscall(0x40000027)'
	workload oom small never /usr/bin/python3 -c 'x = bytearray(200 << 20)'
	workload lifetime brief never /usr/bin/sleep 1000
	workload term plain never /usr/bin/sleep 1000
	workload kill quick never /usr/bin/sh -c 'trap "" TERM; while :; do sleep 1; done'
	workload polite plain never /usr/bin/sh -c 'trap "exit 5" TERM; while :; do sleep 0.1; done'
	workload noexec plain never /usr/bin/not-there
} | tenant ends ends
apply ends >"$RUN_DIR/ends" 2>&1
has "apply says what cannot be executed" "No such file" "$(grep noexec "$RUN_DIR/ends")"
trapped() { grep -qE "^Sig(Ign|Cgt):.*[4-7c-f][0-9a-f]{3}\$" "/proc/$(program_pid "$1")/status"; } # SIGTERM
check "two shells have set their traps" until_true 10 trapped ends/kill
check "both of them" until_true 10 trapped ends/polite
cli workload stop ends/term >/dev/null
cli workload stop ends/kill >/dev/null
cli workload stop ends/polite >/dev/null
ended() { # NAME REASON CODE SIGNAL CLAIM
	check "$1 ends" until_true 10 is "ends/$1" '.exit != null' true
	same "$1: $2" "$2 $3 $4 $5" "$(field "ends/$1" '.exit | "\(.reason) \(.code) \(.signal) \(.claim)"')"
}
ended code exited 7 null null
ended well exited 0 null null
ended signal "killed by a signal" null 11 true
ended refused "refused call that killed" null 31 true
ended lifetime lifetime null 15 true
ended term "killed by the operator" null 15 true
ended kill "killed by the operator" null 9 null
ended polite exited 5 null null
ended noexec "could not be executed" null null null
check "oom ends" until_true 10 is ends/oom '.exit != null' true
same "oom: out of memory" "out of memory 9" "$(field ends/oom '.exit | "\(.reason) \(.signal)"')"
check "oom: how many were killed" is ends/oom '.exit.oom >= 1' true
check "oom: it is told as an event" told ends/oom oom
same "what ended well is not a failure, and does not begin again" "exited 0" "$(field ends/well '.state + " " + (.restarts | tostring)')"
same "a code other than 0 is" failed "$(field ends/code .state)"

# ---- back-off, and a storm that slows nobody else ----
storm() { for i in 1 2 3 4 5 6 7 8; do workload "s$i" plain always /usr/bin/false; done; }
storm | tenant storm storm
cli apply "$files/plain.profile" "$files/storm.tenant" >/dev/null 2>&1
# The other tenant's calls meanwhile; the worst may meet a busy machine.
for i in $(seq 20); do t0=$(now_ms); cli workload list ready >/dev/null; echo $(($(now_ms) - t0)); done | sort -n >"$RUN_DIR/calls"
note "calls beside the storm: median $(sed -n 10p "$RUN_DIR/calls") ms, worst $(tail -1 "$RUN_DIR/calls") ms"
check "another tenant's call is answered within 100 ms" test "$(sed -n 10p "$RUN_DIR/calls")" -lt 100
begun() { cli workload list --json storm | jq '[.workloads[].restarts] | add'; }
a=$(begun) t0=$(now_ms)
sleep 3
b=$(begun) took=$(($(now_ms) - t0))
check "a tenant's restarts are bounded ($((b - a)) in $took ms)" test $((b - a)) -le $((16 + 8 * took / 1000 + 8))
check "they go on" test "$b" -gt 0
check "back-off is told" told storm/s1 backoff
check "and the restart" told storm/s1 restart
for i in 1 2 3 4 5 6 7 8; do cli workload stop "storm/s$i" >/dev/null 2>&1; done
same "what waits for its next start can be stopped" "8 " "$(cli workload list --json storm | jq -r '"\(.workloads | length) \([.workloads[] | select(.state == "backoff" or .state == "starting") | .name] | join(" "))"')"

# ---- a workload that forks while it is stopped ----
profile bomb "limit pids 40" "limit stop 300ms"
{ workload bomb bomb never /usr/bin/python3 -c "import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
while True:
    try: os.fork()
    except OSError: time.sleep(0.001)"; } | tenant bomb bomb
check "a workload that forks all the time" apply bomb
full() { [ "$(field bomb/bomb .pids)" -ge 39 ]; }
check "its cgroup is full of processes" until_true 10 full
pid=$(workload_pid bomb/bomb)
t0=$(now_ms)
check "stop ends it all the same" timeout 20 "$BIN/cloister" workload stop bomb/bomb
took=$(($(now_ms) - t0))
check "soon after its grace ($took ms)" test $took -lt 5000
check "nothing of it is left" test ! -d "/proc/$pid"
same "the reason is the stop" "killed by the operator" "$(field bomb/bomb .exit.reason)"

# ---- limits, changed while it runs ----
group() { # PID CONTROLLER V2-FILE V1-FILE: what the kernel says
	local path
	path=$(grep -E "^[0-9]+:([^:]*,)?$2(,[^:]*)?:" "/proc/$1/cgroup" | cut -d: -f3-)
	if [ -n "$path" ]; then cat "/sys/fs/cgroup/$2$path/$4"; else
		cat "$(findmnt -nt cgroup2 -o TARGET | head -n 1)$(sed -n 's/^0:://p' "/proc/$1/cgroup")/$3"; fi
}
profile live "limit memory 200MiB" "limit pids 50" "limit cpu 100%" "limit stop 5s"
{ workload w live never /usr/bin/python3 -c 'import time; x = bytearray(40 << 20); print("up", flush=True); time.sleep(1000)'; } | tenant live live
check "a workload whose limits will change" apply live
check "it has touched its memory" until_true 10 is live/w '.memory > 40000000' true
pid=$(workload_pid live/w)
profile live "limit memory 300MiB" "limit pids 30" "limit cpu 50%" "limit stop 1s"
out=$(apply live --dry-run)
has "the difference says that it applies now" "set-limit" "$(grep live/w <<<"$out")"
has "with the values" "applies now: memory 200MiB -> 300MiB, cpu 100% -> 50%, pids 50 -> 30, stop 5s -> 1s" "$out"
same "a dry run changes nothing" 50 "$(group "$pid" pids pids.max pids.max)"
check "apply" apply live
same "the process is the one it was" "$pid 0" "$(field live/w '"\(.pid) \(.restarts)"')"
same "memory" 314572800 "$(group "$pid" memory memory.max memory.limit_in_bytes)"
same "pids" 30 "$(group "$pid" pids pids.max pids.max)"
same "cpu" 50000 "$(group "$pid" cpu cpu.max cpu.cfs_quota_us | cut -d' ' -f1)"
check "it is told as an event" told live/w limits
profile live "limit memory 8MiB" "limit pids 20" "limit cpu 50%" "limit stop 1s"
out=$(apply live 2>&1)
has "a limit below what it uses: that is said before" "it uses" "$out"
case $(group "$pid" memory memory.max memory.limit_in_bytes) in
314572800) # version 1 refuses
	has "the kernel's refusal is said" "more than that" "$out"
	same "then all of it stays as it was" 30 "$(group "$pid" pids pids.max pids.max)"
	same "the workload too" "$pid" "$(workload_pid live/w)" ;;
*) check "version 2 takes pages back or kills" until_true 10 is live/w '.memory < 9000000 or .exit.reason == "out of memory"' true ;;
esac
profile live "limit memory 300MiB" "limit pids 30" "limit cpu 50%" "limit files 99"
out=$(apply live --dry-run)
has "a limit of the process itself needs a start" "at restart: stop 1s -> 10s, process limits" "$out"
check "apply of it" apply live
check "starts it anew" test "$(workload_pid live/w)" != "$pid"
sed -i 's/^tenant live {/tenant live {\n  limit memory 250MiB/' "$files/live.tenant"
pid=$(workload_pid live/w)
out=$(apply live)
has "a tenant's limit applies now" "applies now: memory none -> 250MiB" "$out"
same "and its workload goes on" "$pid" "$(workload_pid live/w)"
check "which has touched its memory" until_true 10 is live/w '.memory > 40000000' true
if [ "$(group "$pid" memory memory.max memory.limit_in_bytes)" = 314572800 ] && [ -d /sys/fs/cgroup/memory ]; then # version 1 refuses
	out=$(cli tenant set live --limit memory=8MiB 2>&1)
	same "tenant set waits for the kernel, which refuses" 1 $?
	has "and says so" "more than that" "$out"
	check "the next one is not told of it" cli tenant set live --limit memory=250MiB
fi

# ---- figures: pressure and throttling ----
profile tight "limit cpu 20%"
{ workload busy tight never /usr/bin/sh -c 'while :; do :; done & while :; do :; done'; } | tenant busy busy
check "a workload that wants more than its share" apply busy
check "its use of the processor is shown" until_true 10 is busy/busy '.cpu_us > 0' true
if [ "$(field busy/busy 'has("throttled")')" = true ]; then
	check "how often it was held back is shown" until_true 10 is busy/busy '.throttled > 0' true
else
	skip life.throttled "no cpu controller here"
fi
if [ "$(field busy/busy '.pressure.cpu != null')" = true ]; then
	check "it waits for the processor" until_true 20 is busy/busy '.pressure.cpu.some10 > 1000' true
	check "and that is told as an event" until_true 40 told busy/busy pressure
else
	skip life.pressure "this kernel counts no pressure"
fi
cli workload stop busy/busy >/dev/null

# ---- logs: parts, drops, and a supervisor that is away ----
profile loud "limit log 512MiB/s"
profile hushed "limit log 4KiB/s"
{
	workload parts loud never /usr/bin/python3 -c "
for i in range(320000): print('line %08d %s' % (i, 'x' * 48))"
	workload flood hushed never /usr/bin/sh -c 'i=0; while [ $i -lt 3000 ]; do echo "flood $i flood flood flood flood"; i=$((i+1)); done; sleep 1000'
	workload clock plain always /usr/bin/sh -c 'i=0; while :; do echo "tick $i"; i=$((i+1)); sleep 0.05; done'
} | tenant logs logs
check "workloads that write" apply logs
last() { cli workload logs -n 1 "logs/$1"; }
wrote() { [ "$(last parts)" = "line 00319999 $(printf 'x%.0s' {1..48})" ]; }
check "all was written" until_true 30 wrote
log=$STATE/log/logs.parts.log
same "four parts, none above its size" "4" "$(find "$STATE/log" -name 'logs.parts.log*' -size -8193 | wc -l)"
same "each rotated one names its number" "3" "$(head -qc 6 "$log" "$log".[123] | grep -o '\[part ' | wc -l | awk '{ print ($1 >= 3) ? 3 : $1 }')"
cli workload logs logs/parts | grep -v '^\[part ' >"$RUN_DIR/parts"
first=$(head -1 "$RUN_DIR/parts" | cut -d' ' -f2)
check "the oldest lines made way (the first is $first)" test "$((10#$first))" -gt 0
same "what is kept has no gap" "$((320000 - 10#$first)) line 00319999" "$(wc -l <"$RUN_DIR/parts") $(tail -1 "$RUN_DIR/parts" | cut -d' ' -f1,2)"
same "the last three lines" "line 00319997 line 00319998 line 00319999" "$(cli workload logs -n 3 logs/parts | cut -d' ' -f1,2 | paste -sd' ')"
same "none of them" "" "$(cli workload logs -n 0 logs/parts)"
dropped() { cli workload logs logs/flood | grep -qE '^\[[0-9]+ bytes dropped\]$'; }
check "what came faster than its rate is counted" until_true 20 dropped
ticked() { [ "$(last clock)" != "$1" ]; }
pid=$(program_pid logs/clock)
for name in spawn engine; do
	old=$(worker_pid $name)
	kill -9 "$old"
	again() { local p; p=$(worker_pid $name); [ -n "$p" ] && [ "$p" != "$old" ] && [ "$(cli status --json | jq -r .state)" = running ]; }
	check "$name is killed and started again" until_true 15 again
	same "$name: the workload is the process it was" "$pid" "$(program_pid logs/clock)"
	tick=$(last clock)
	check "$name: its log goes on" until_true 10 ticked "$tick"
	same "$name: it is shown as ready as before" "running yes" "$(field ready/tcp '.state + " " + .ready')"
done
# What init records of a service is lost with the spawner that made it.
profile late "set ready notify" "limit startup 4s"
workload one late never /usr/bin/sleep 1000 | tenant late late
apply late >"$RUN_DIR/out" 2>&1 &
job=$!
check "a service waits to be ready" until_true 10 is late/one '.state' starting
pid=$(program_pid late/one)
old=$(worker_pid spawn)
kill -9 "$old"
wait $job
check "one that starts while spawn is killed is ready when its time is over" until_true 10 is late/one '.state + " " + .ready' "running yes"
same "and is the process it was" "$pid" "$(program_pid late/one)"
cli workload stop late/one >/dev/null
check "the restart of spawn or the engine is told" sh -c "'$BIN/cloister' events --json | grep -q '\"event\":\"worker\"'"
cli workload logs -f -n 1 logs/clock >"$RUN_DIR/follow" 2>&1 &
follower=$!
grew() { [ "$(grep -c '^tick' "$RUN_DIR/follow")" -ge 5 ]; }
check "logs -f follows" until_true 10 grew
kill $follower

# ---- events ----
# One whose start this spawner saw: of what it found running it has no wait status.
cli workload stop logs/clock >/dev/null
check "a fresh start" cli workload start logs/clock
# The programs themselves, and only once they are these: a shell that is stopped between its fork and its exec still
# has our traps, and takes the supervisor along when it is ended.
"$BIN/cloister" events -f --json logs/clock >"$RUN_DIR/events" 2>&1 &
watcher=$!
"$BIN/cloister" events -f >"$RUN_DIR/stuck" 2>&1 &
stuck=$!
follow() { grep -qs '^cloister' "/proc/$watcher/comm" && grep -qs '^cloister' "/proc/$stuck/comm"; }
check "two follow" until_true 5 follow
kill -STOP $stuck
cli workload stop logs/clock >/dev/null
seen() { grep -q '"event":"exit"' "$RUN_DIR/events"; }
check "events -f tells an end as it comes" until_true 10 seen
same "and of nobody else" "" "$(jq -r 'select(.tenant != "logs" or .workload != "clock") | .event' "$RUN_DIR/events")"
has "with the reason" "killed by the operator" "$(grep '"event":"exit"' "$RUN_DIR/events")"
check "one that does not read holds up nobody" timeout 5 "$BIN/cloister" workload list
kill -CONT $stuck
kill $watcher $stuck
wait $watcher $stuck 2>/dev/null
same "a name that is none is refused" 2 "$(cli events '/x' >/dev/null 2>&1; echo $?)"

# ---- apply takes away what its file made, and nothing else ----
{ workload one plain never /usr/bin/sleep 1000; workload two plain never /usr/bin/sleep 1000; } | tenant first mine
{ workload three plain never /usr/bin/sleep 1000; } | tenant second other
check "two files" cli apply "$files/plain.profile" "$files/first.tenant" "$files/second.tenant"
{ workload one plain never /usr/bin/sleep 1000; } | tenant first mine
out=$(cli apply --dry-run "$files/plain.profile" "$files/first.tenant")
has "what a file does not name any more goes" "remove       mine/two" "$out"
same "and nothing of another file" "" "$(grep other <<<"$out")"
check "apply" cli apply "$files/plain.profile" "$files/first.tenant"
same "so it is" "one three" "$(cli workload list --json | jq -r '[.workloads[] | select(.tenant == "mine" or .tenant == "other") | .name] | sort | join(" ")')"

check "the supervisor ends" supervisor_down
done_testing
