#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# exec.sh - one more command in a running workload is under what the workload is under, whoever runs there looks at it
# or not, and a terminal is the command's own (launch.md 3.6; security-model.md 6, I26, I27).
# seconds: 240
. "$(dirname "$0")/lib/tap.sh"
supervisor_up || { not_ok "a private supervisor starts"; done_testing; exit; }
term=$B/tests/term

mkdir "$RUN_DIR/files"
cp "$TOP/tests/host/exec.profile" "$RUN_DIR/files/"
# The watcher tries for ever to look into whoever else is there, by number, for hidepid hides names: with built-in words
# only, so that every process but it and its own child is an exec.
cat >"$RUN_DIR/files/t.tenant" <<'T'
cloister 1

tenant ta under host.try {
  about "of a test"
  workload svc {
    profile box
    run "/usr/bin/sleep" "1000"
  }
  workload mute {
    profile mute
    run "/usr/bin/sleep" "1000"
  }
  workload watcher {
    profile box
    run "/usr/bin/dash" "-c" "sleep 1000 & peer=$!; look() { { read -r x <$1/environ || [ -n \"$x\" ] || cd $1/fd; } 2>/dev/null; }; look /proc/$peer && echo CONTROL; echo begun; while :; do i=3; while [ $i -lt 400 ]; do [ $i = $peer ] || [ $i = $$ ] || { x=; look /proc/$i && echo GOT $i; }; i=$((i+1)); done; done"
  }
}

tenant tb under host.try {
  about "of a test"
  workload svc {
    profile box
    run "/usr/bin/sleep" "1000"
  }
}
T
check "workloads to be entered" cli apply "$RUN_DIR/files"
ex() { cli workload exec ta/svc -- "$@"; }
# The same in the background; $client is the client itself.
bg() { "$BIN/cloister" workload exec ta/svc -- "$@" & client=$!; }
code() { local want=$1 what=$2; shift 2; "$@" >"$RUN_DIR/out" 2>"$RUN_DIR/err"; same "$what" "$want" $?; }
svc=$(program_pid ta/svc)
spawn() { worker_pid spawn; }
# The execs: children of the spawner that are PID 1 of nothing.
execs() { local p s; s=$(spawn); for p in $(cat "/proc/$s/task/$s/children"); do
	awk -v p="$p" '/^NSpid/ && $NF != 1 && NF > 2 { print p }' "/proc/$p/status" 2>/dev/null; done; }
one_exec() { [ "$(execs | wc -l)" = 1 ]; }
no_exec() { [ -z "$(execs)" ]; }

# ---- where it is and what it may ----
places() { local n; for n in mnt pid net ipc uts cgroup user time; do readlink "/proc/$1/ns/$n"; done; sort "/proc/$1/cgroup"; readlink "/proc/$1/root" "/proc/$1/cwd"; cat "/proc/$1/limits" "/proc/$1/oom_score_adj"; }
rights() { grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp|Seccomp_filters|Sig(Blk|Ign)|Shd)' "/proc/$1/status"; }
bg sleep 30
check "an exec runs" until_true 10 one_exec
x=$(execs)
runs_sleep() { [ "$(readlink "/proc/$x/exe")" = /usr/bin/sleep ]; }
check "the command runs in it" until_true 5 runs_sleep
same "its namespaces, cgroups, root and limits are the workload's" "$(places "$svc")" "$(places "$x")"
same "its ids, capabilities and filters are the workload's" "$(rights "$svc")" "$(rights "$x")"
has "no capability" "CapEff:	0000000000000000" "$(rights "$x")"
has "one filter, in force" "Seccomp_filters:	1" "$(rights "$x")"
same "descriptors 0 to 2 and no other" "0 1 2" "$(ls "/proc/$x/fd" | paste -sd' ')"
env_of() { tr '\0' '\n' <"/proc/$1/environ" | sort; }
same "the environment is the plan's" "$(env_of "$svc")" "$(env_of "$x")"
same "its parent is out of sight" 0 "$(ex cat /proc/self/status | awk '/^PPid/ { print $2 }')"
kill -9 $client; wait $client 2>/dev/null
check "who closes the connection kills it" until_true 5 no_exec
same "and not the workload" "$svc" "$(program_pid ta/svc)"

# ---- what it answers ----
code 0 "code 0" ex true
code 3 "the command's own code" ex sh -c 'exit 3'
code 137 "the signal that killed it" ex sh -c 'kill -9 $$'
code 127 "not found" ex /nowhere
code 127 "not found along PATH" ex nowhere
code 126 "not to be executed" ex /usr/share
has "and why" "Permission denied" "$(cat "$RUN_DIR/err")"
code 125 "no such workload" cli workload exec ta/none -- true
code 2 "not a workload's name" cli workload exec svc -- true
same "words behind the name need no --" "a -n b" "$(cli workload exec ta/svc sh -c 'echo a "$@"' sh -n b)"
same "input is copied, to its end" "one two" "$(printf 'one\ntwo\n' | ex cat | paste -sd' ')"
same "errors come apart from output" "out" "$(ex sh -c 'echo out; echo err >&2' 2>/dev/null)"
bg sh -c 'trap "echo got; exit 9" TERM; echo up; sleep 30 & wait' >"$RUN_DIR/out"
until_true 5 grep -q up "$RUN_DIR/out"; kill -TERM $client; wait $client
same "a signal is passed on" "9 got" "$? $(tail -1 "$RUN_DIR/out")"
bg sleep 20
until_true 5 one_exec; kill -9 "$(execs)"; wait $client
same "killed from outside: told as such" 137 $?
clients=()
for i in $(seq 16); do bg sleep 30; clients+=("$client"); done
full() { [ "$(execs | wc -l)" = 16 ]; }
check "16 at a time" until_true 10 full
code 125 "and no more" ex true
code 0 "another tenant has places of its own" cli workload exec tb/svc -- true
kill -9 "${clients[@]}"; wait "${clients[@]}" 2>/dev/null; check "all of them go" until_true 10 no_exec

# ---- a link of the workload's own gives no exec a right ----
# /srv/own/ may be read, /opt/ only be written to; both are the workload's to make.
ex sh -c 'echo secret >/opt/f'
code 1 "what the profile does not let it read" ex cat /opt/f
code 2 "a path of the plan that is not there yet" ex sh -c 'echo x >/srv/own/f'
ex sh -c 'mkdir /srv/own'
same "the same once it is there" "x" "$(ex sh -c 'echo x >/srv/own/f; cat /srv/own/f')"
ex sh -c 'rm /srv/own/f; rmdir /srv/own; ln -s /opt /srv/own'
same "then a link is there" "/opt" "$(ex readlink /srv/own)"
code 1 "it gives no right over what it leads to" ex cat /srv/own/f
code 1 "by no name" ex cat /opt/f
ex sh -c 'rm /srv/own'

# ---- a workload that looks ----
log() { cli workload logs ta/watcher; }
check "the watcher looks" until_true 10 eval 'log | grep -q begun'
has "its own child it can look into" CONTROL "$(log)"
bad=0
for i in $(seq 150); do cli workload exec ta/watcher -- true || bad=$((bad + 1)); done
same "150 execs beside it" 0 $bad
same "it saw into none" "" "$(log | grep GOT)"

# ---- a terminal ----
on_term() { "$term" 33 101 "$@" 2>&1; }
sh_inside() { on_term "$BIN/cloister" "$@" >"$RUN_DIR/term"; local rc=$?; [ $rc = 0 ] || sed 's/^/#   /' "$RUN_DIR/term"; return $rc; }
shell_steps() { cat <<'S'
<$ 
raw
>stty size; tty\n
<33 101
</dev/pts/0
size 44 77
>sleep 0.2; stty size\n
<44 77
>sh -c 'echo u""p; exec sleep 50'\n
<up
>^C
<^C
<$ 
>sh -c 'echo u""p; exec sleep 60'\n
<up
>^Z
<Stopped
>jobs; kill %1; fg\n
<Terminated
>printf '\\e[5mblink\\n'\n
<[5mblink
>echo TTY=$(ps -o tty= 2>/dev/null; echo $TERM)\n
<xterm-256color
>exit 5\n
end 5
S
}
sh_inside run -t -- sh -i < <(shell_steps); same "run -t: size, Ctrl-C, job control, code, settings afterwards" 0 $?
sh_inside workload exec -t ta/svc sh -i < <(shell_steps); same "exec -t: the same" 0 $?
at_once() { printf '<33 101\nend 0\n'; }
sh_inside run -t -- stty size < <(at_once); same "the size is there before the command" 0 $?
sh_inside run -t -- sh -c 'kill -9 $$' < <(echo "end 137"); same "a killed command leaves the terminal as it was" 0 $?
sh_inside workload exec -t ta/svc sh -i < <(printf '<$ \nraw\nkill 15\nend 143\n'); same "SIGTERM to the client too" 0 $?
check "and the command is gone with its terminal" until_true 5 no_exec
sh_inside run -t -- sh -i < <(printf '<$ \nraw\nkill 20\nstopped\ncooked\nkill 18\nraw\n>exit\\n\nend 0\n'); same "stopped and continued" 0 $?
sh_inside run -t -- bash -c 'n=0; while exec {f}<>/dev/ptmx; do n=$((n + 1)); done 2>/dev/null; echo n=$n' < <(printf '<n=15\nend 0\n'); same "16 terminals, its own among them" 0 $?
code 125 "-t without a terminal" cli run -t -- true </dev/null
sh_inside workload exec -t ta/mute true < <(printf "<feature pty on\nend 125\n"); same "-t without feature pty names the line to add" 0 $?
sh_inside workload exec ta/svc sh -c 'printf "\033]0;x\007"; tty' < <(printf '<\\x1b]0;x\\x07\nend 1\n'); same "without -t what is shown is escaped, and there is no terminal" 0 $?

# ---- an exec and the supervisor's processes ----
bg sleep 40
until_true 5 one_exec; x=$(execs)
kill -9 "$(spawn)"; wait $client
same "the spawner ends: its client is told" 125 $?
check "and the exec is gone" until_true 5 test ! -d "/proc/$x"
same "the workload is not" "$svc" "$(program_pid ta/svc)"
back() { ex true; }
check "the next spawner enters it again" until_true 15 back
net_of() { cli run --tenant ta --root host --net-of ta/svc -- sh -c 'readlink /proc/self/ns/net'; }
same "and shares its network" "$(readlink "/proc/$svc/ns/net")" "$(net_of)"
kill -9 "$(worker_pid netd)"
netd_back() { [ -n "$(worker_pid netd)" ]; }
until_true 10 netd_back
same "also after netd has ended" "$(readlink "/proc/$svc/ns/net")" "$(net_of)"
bg sleep 40
until_true 5 one_exec; x=$(execs)
kill -9 "$(worker_pid engine)"; wait $client
same "the engine ends: its client knows" 125 $?
check "and the exec does not go on alone" until_true 10 test ! -d "/proc/$x"
check "the next engine enters it again" until_true 15 back
bg sleep 40
until_true 5 one_exec
cli workload stop ta/svc; wait $client
same "an exec ends with its workload" 137 $?
code 125 "and none begins in what is stopped" ex true
has "and it says so" "not running" "$(cat "$RUN_DIR/err")"

check "down leaves nothing" supervisor_down
done_testing
