#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# cli.sh - the command line against a real private supervisor: exit codes, messages, JSON, signals, what is left.
# needs: all programs
cd "$(dirname "$0")/../.." || exit 2
. tests/host/lib/tap.sh
. tests/host/lib/codes.sh
unset CLOISTER_SOCKET

gone() { [ ! -e "$state/control.sock" ] && ! pgrep -f -- "cloisterd --state $state" >/dev/null; }
[ "$(id -u)" = 0 ] || { echo "1..0 # SKIP needs root"; exit 0; }

# --- up ---
code 1 "up refuses another user" setpriv --reuid=65534 --regid=65534 --clear-groups "$BIN/cloister" up --state "$state"
says 'only root'
chmod 0777 "$work" && mkdir -m 0777 "$work/open"
code 5 "up refuses a directory that others can write" cloister up --state "$work/open"
says 'writable by nobody else'
chmod 0755 "$work"
mkdir "$work/used" && : >"$work/used/file"
code 1 "up refuses a directory that holds something else" cloister up --state "$work/used"
says 'has other things in it'
for ms in 0.000 0.001 0.003 0.01 0.03 0.1; do # SIGTERM, for a shell's background jobs ignore Ctrl-C; both are one path
	"$BIN/cloister" up --state "$state" >"$work/out" 2>"$work/err" &
	pid=$!
	until [ "$(cat /proc/$pid/comm 2>/dev/null)" != bash ]; do :; done # a fork of this shell would run its traps
	sleep $ms
	kill -TERM $pid 2>/dev/null
	wait $pid
	[ -s "$work/out" ] && cloister down --state "$state" >/dev/null 2>&1 # it was faster than the signal
	gone
	verdict $? "a signal $ms s after the start of up leaves nothing"
done
code 0 "up" cloister up --state "$state"
[ "$(cat "$work/out")" = "export CLOISTER_SOCKET=$state/control.sock" ]
verdict $? "up prints one line for the shell"
code 0 "up again" cloister up --state "$state"
says 'already running'
[ "$(cat "$work/out")" = "export CLOISTER_SOCKET=$state/control.sock" ]
verdict $? "up again prints the same line"
export CLOISTER_SOCKET=$state/control.sock

# --- listings ---
for c in status 'tenant list' 'workload list' 'image list' 'profile list' doctor; do
	# shellcheck disable=SC2086 # words of a command
	set -- $c
	got=0
	cloister "$@" >"$work/out" 2>"$work/err" || got=$?
	[ "$got" = 0 ] || { [ "$c" = doctor ] && [ "$got" = 4 ]; }
	verdict $? "$c"
	! grep -q "$(printf '\033')" "$work/out"
	verdict $? "$c is plain when it is not on a terminal"
	cloister "$@" --json 2>"$work/err" | jq -es 'length == 1 and (.[0] | type == "object")' >"$work/out"
	verdict $? "$c --json is one document"
done
same "--json before or after, the same keys" "$(cloister status --json | jq -c '[paths | map(tostring) | join(".")] | sort')" \
	"$(cloister --json status | jq -c '[paths | map(tostring) | join(".")] | sort')"

# --- run ---
code 0 "run true" cloister run -- /bin/true
code 7 "run: the command's own code" cloister run -- /bin/sh -c 'exit 7'
code 137 "run: 128 + signal" cloister run -- /bin/sh -c 'kill -9 $$'
code 127 "run: not found" cloister run -- /no/such/program
says 'cloister: run: /no/such/program'
code 126 "run: not executable" cloister run -- /etc/passwd
code 125 "run: unknown profile" cloister run --profile no.such -- /bin/true
code 125 "run: unknown root" cloister run --root no-such-image -- /bin/true
code 125 "run: unknown tenant" cloister run --tenant nobody -- /bin/true
code 125 "run: network of no workload" cloister run --net-of none -- /bin/true
[ "$(echo "in and out" | cloister run -- /bin/cat)" = "in and out" ]
verdict $? "run copies stdin and stdout"
[ "$(cloister run -- /bin/sh -c 'echo out; echo err >&2' 2>/dev/null)" = out ]
verdict $? "run keeps stderr apart"
[ "$(cloister run -- /bin/echo --help -- --json)" = "--help -- --json" ]
verdict $? "run hands the command its own options"
want=$(head -c 20000000 /dev/zero | cksum)
[ "$(head -c 20000000 /dev/zero | cloister run -- /bin/cat | cksum)" = "$want" ]
verdict $? "run copies 20 MB through"
cloister run -- /bin/sh -c 'while :; do echo y; done' 2>"$work/err" | head -n 1 >"$work/out"
[ "$(cat "$work/out")" = y ]
verdict $? "run ends when its reader goes away"
cloister run -- /bin/sh -c 'trap "exit 9" TERM; echo ready; while :; do sleep 0.05; done' >"$work/out" 2>"$work/err" &
pid=$!
until grep -q ready "$work/out" || ! kill -0 $pid 2>/dev/null; do sleep 0.02; done
kill -TERM $pid
wait $pid
verdict "$([ $? = 9 ]; echo $?)" "run passes SIGTERM on"
ls -l /proc/self/fd >/dev/null
out=$(exec 7</etc/shadow; cloister run -- /bin/sh -c 'echo ran; ls /proc/self/fd 2>/dev/null || echo none; cat <&7' 2>/dev/null)
grep -qx ran <<<"$out" && ! grep -q root: <<<"$out"
verdict $? "run hands in no descriptor of the caller's"
for fd in 1 2; do # the number that the caller closed is free for the control socket
	(eval "exec $fd>&-"; exec cloister run -- /bin/sh -c 'printf "{\"method\":\"io.cloister.Shutdown\"}\0" >&'$fd)
	[ $? = 0 ] && cloister status >"$work/out" 2>"$work/err"
	verdict $? "run with descriptor $fd closed: what the command writes there is no call of ours"
done
(exec <&-; exec cloister run -- /bin/cat)
verdict $? "run with stdin closed: the command reads its end"
[ "$(SECRET=x cloister run -- /bin/sh -c 'echo "ran $SECRET"')" = "ran " ]
verdict $? "run hands in no variable of the caller's"
script -qec "$BIN/cloister run -- /bin/sh -c 'printf \"a\\\\033[2J\\\\302\\\\233b\"'" /dev/null </dev/null >"$work/out"
grep -qF 'a\x1b[2J\xc2\x9bb' "$work/out"
verdict $? "run shows escape sequences on a terminal, and does not send them"

# --- names and files ---
for name in .. a/b -x "$(printf 'a\nb')" "$(head -c 4096 /dev/zero | tr '\0' a)" A 1a ''; do
	got=0
	cloister run "--tenant=$name" -- /bin/true >"$work/out" 2>"$work/err" </dev/null || got=$?
	{ [ "$got" = 125 ] || [ "$got" = 2 ]; } && [ "$(wc -l <"$work/err")" = 1 ]
	verdict $? "tenant's name $(printf '%.12q' "$name") is refused in one line"
done
printf 'cloister 1\n\nprofile t.good {\n  include runtime.glibc\n  limit memory 16MiB\n}\n' >"$work/good.profile"
sed 's/limit memory/limit memroy/' "$work/good.profile" >"$work/word.profile"
sed 's/16MiB/16MB/' "$work/good.profile" >"$work/unit.profile"
{ cat "$work/good.profile"; printf '# \377\n'; } >"$work/utf8.profile"
{ cat "$work/good.profile"; printf '# \000\n'; } >"$work/nul.profile"
{ cat "$work/good.profile"; printf '# \342\200\256\n'; } >"$work/bidi.profile"
{ cat "$work/good.profile"; head -c 10000000 /dev/zero | tr '\0' '#'; } >"$work/big.profile"
{ printf 'cloister 1\nprofile t.deep {\n'; yes 'when feature fork {' | head -n 10000; } >"$work/deep.profile"
: >"$work/empty.profile"
code 0 "profile check of a good file" cloister profile check "$work/good.profile"
for f in word:P011 unit:P021 utf8:P001 nul:P001 bidi:P001 big:P053 deep:P; do
	began=${EPOCHREALTIME/./}
	code 3 "profile check refuses ${f%:*}" cloister profile check "$work/${f%:*}.profile"
	took=$(((${EPOCHREALTIME/./} - began) / 1000))
	says "${f%:*}\\.profile:[0-9]+:[0-9]+: error\\[${f#*:}[0-9]*\\]: "
	[ $took -lt 1000 ]
	verdict $? "  within a second ($took ms)"
done
code 3 "profile check refuses an empty file" cloister profile check "$work/empty.profile"
code 3 "profile check of a missing file" cloister profile check "$work/none.profile"
code 3 "apply of a directory without files" cloister apply /proc/self/fdinfo
mkdir "$work/t" && printf 'cloister 1\n\ntenant cli-test {\n  about "x"\n  frobnicate\n}\n' >"$work/t/a.tenant"
code 3 "apply refuses a bad tenant file" cloister apply "$work/t"
says 'a\.tenant:5:3: error\[P'
cloister tenant list >"$work/out" && ! grep -q cli-test "$work/out"
verdict $? "and changes nothing"
printf 'cloister 1\n\ntenant cli-test {\n  about "x"\n}\n' >"$work/t/a.tenant"
code 0 "apply --dry-run" cloister apply --dry-run "$work/t"
cloister tenant list >"$work/out" && ! grep -q cli-test "$work/out"
verdict $? "changes nothing"
code 0 "apply" cloister apply "$work/t"
cloister tenant list | grep -q '^cli-test '
verdict $? "makes the tenant"
code 1 "workload stop of none" cloister workload stop cli-test/none
code 1 "workload logs of none" cloister workload logs cli-test/none
code 1 "profile show of none" cloister profile show no.such
code 0 "profile show" cloister profile show web.nginx
says 'profile web.nginx'
code 1 "another user may not look" setpriv --reuid=65534 --regid=65534 --clear-groups "$BIN/cloister" status
code 2 "what is not built" cloister volume list
says 'not in this version yet'

# --- what an earlier supervisor left running ---
cloister run -- /bin/sleep 31536 >"$work/out" 2>"$work/err" </dev/null &
sleeper() { pgrep -xf '/bin/sleep 31536'; }
check "a run that lasts" until_true 10 sleeper
leaf=$(findmnt -nt cgroup2 -o TARGET | head -n 1)$(sed -n 's/^0:://p' "/proc/$(sleeper)/cgroup")
[ -d "$leaf" ]
verdict $? "its cgroup"
pid=$(pgrep -f -- "cloisterd --state $state")
kill -TERM "$pid"
ended() { ! kill -0 "$pid" 2>/dev/null; }
check "SIGTERM ends the supervisor" until_true 10 ended
check "and leaves the run" sleeper
code 0 "up again" cloister up --state "$state"
code 0 "the first run works beside what is ended" cloister run -- /bin/true
removed() { [ ! -e "$leaf" ]; }
check "what no row knows is gone with its cgroup" until_true 10 removed

# --- down ---
code 0 "down" cloister down
gone
verdict $? "nothing is left after down"
code 0 "down again" cloister down
code 5 "status after down" cloister status
done_testing
