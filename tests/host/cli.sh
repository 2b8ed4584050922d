#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# cli.sh - the command line against a real private supervisor: exit codes, messages, JSON, signals, what is left.
# Needs root. TAP, then one line that adds up.
set -u
cd "$(dirname "$0")/../.." || exit 2
bin=$PWD/${B:-build}/bin
work=$(mktemp -d /tmp/cloister-cli-XXXXXX) # never on the machine's own places
state=$work/state n=0 failed=0 skipped=0
chmod 0755 "$work"
unset CLOISTER_SOCKET
export PATH=$bin:$PATH

ok() { # STATUS WHAT
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		failed=$((failed + 1))
		echo "not ok $n - $2"
		sed 's/^/#   /' "$work/out" "$work/err" 2>/dev/null | head -n 12
	fi
}
skip() { n=$((n + 1)) skipped=$((skipped + 1)) && echo "ok $n - $1 # SKIP $2"; }
# Processes that have the state directory on their command line; this shell has not.
ours() { grep -lazF -- "$state" /proc/[0-9]*/cmdline 2>/dev/null | grep -cv "/$$/"; }
gone() { [ ! -e "$state/control.sock" ] && [ "$(ours)" = 0 ]; }
# shellcheck disable=SC2329 # called by the trap
leave() {
	cloister down --state "$state" >/dev/null 2>&1
	rm -rf "$work"
}
trap leave EXIT
trap 'exit 130' INT TERM HUP

# CODE WHAT COMMAND...: runs it, output in $work/out and $work/err.
code() {
	local want=$1 what=$2 got=0
	shift 2
	"$@" >"$work/out" 2>"$work/err" </dev/null || got=$?
	[ "$got" = "$want" ] || what="$what (exit $got, want $want)"
	ok "$([ "$got" = "$want" ]; echo $?)" "$what"
}
says() { grep -qE -- "$1" "$work/err" "$work/out"; ok $? "  it says: $1"; }

[ "$(id -u)" = 0 ] || { echo "1..0 # SKIP needs root"; echo "0 passed, 0 failed, 1 skipped"; exit 0; }

# --- up ---
code 4 "up refuses another user" setpriv --reuid=65534 --regid=65534 --clear-groups "$bin/cloister" up --state "$state"
says 'only root'
chmod 0777 "$work" && mkdir -m 0777 "$work/open"
code 5 "up refuses a directory that others can write" cloister up --state "$work/open"
says 'nobody else can write'
chmod 0755 "$work"
for ms in 0.00 0.02 0.06 0.15; do
	setsid -w cloister up --state "$state" >"$work/out" 2>"$work/err" &
	pid=$!
	sleep $ms
	child=$(pgrep -P $pid -x cloister || echo $pid)
	kill -INT "$child" 2>/dev/null
	wait $pid
	[ -s "$work/out" ] && cloister down --state "$state" >/dev/null 2>&1 # it was faster than the signal
	gone
	ok $? "Ctrl-C $ms s after the start of up leaves nothing"
done
code 0 "up" cloister up --state "$state"
[ "$(cat "$work/out")" = "export CLOISTER_SOCKET=$state/control.sock" ]
ok $? "up prints one line for the shell"
code 0 "up again" cloister up --state "$state"
says 'already running'
[ "$(cat "$work/out")" = "export CLOISTER_SOCKET=$state/control.sock" ]
ok $? "up again prints the same line"
export CLOISTER_SOCKET=$state/control.sock

# --- listings ---
for c in status 'tenant list' 'workload list' 'image list' 'profile list' doctor; do
	# shellcheck disable=SC2086 # words of a command
	set -- $c
	got=0
	cloister "$@" >"$work/out" 2>"$work/err" || got=$?
	[ "$got" = 0 ] || { [ "$c" = doctor ] && [ "$got" = 4 ]; }
	ok $? "$c"
	! grep -q "$(printf '\033')" "$work/out"
	ok $? "$c is plain when it is not on a terminal"
	if command -v python3 >/dev/null; then
		cloister "$@" --json 2>"$work/err" | python3 -m json.tool >"$work/out"
		ok $? "$c --json is one document"
	else
		skip "$c --json" "no python3 to check it with"
	fi
done
a=$(cloister status --json | tr -d ' \n' | tr -c '[:alpha:]"' '\n' | grep -o '"[a-z_]*"$' | sort -u)
b=$(cloister --json status | tr -d ' \n' | tr -c '[:alpha:]"' '\n' | grep -o '"[a-z_]*"$' | sort -u)
[ "$a" = "$b" ]
ok $? "--json before or after, the same keys"

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
ok $? "run copies stdin and stdout"
[ "$(cloister run -- /bin/sh -c 'echo out; echo err >&2' 2>/dev/null)" = out ]
ok $? "run keeps stderr apart"
[ "$(cloister run -- /bin/echo --help -- --json)" = "--help -- --json" ]
ok $? "run hands the command its own options"
want=$(head -c 20000000 /dev/zero | cksum)
[ "$(head -c 20000000 /dev/zero | cloister run -- /bin/cat | cksum)" = "$want" ]
ok $? "run copies 20 MB through"
cloister run -- /bin/sh -c 'while :; do echo y; done' 2>"$work/err" | head -n 1 >"$work/out"
[ "$(cat "$work/out")" = y ]
ok $? "run ends when its reader goes away"
cloister run -- /bin/sh -c 'trap "exit 9" TERM; echo ready; while :; do sleep 0.05; done' >"$work/out" 2>"$work/err" &
pid=$!
until grep -q ready "$work/out" || ! kill -0 $pid 2>/dev/null; do sleep 0.02; done
kill -TERM $pid
wait $pid
ok "$([ $? = 9 ]; echo $?)" "run passes SIGTERM on"
ls -l /proc/self/fd >/dev/null
out=$(exec 7</etc/shadow; cloister run -- /bin/sh -c 'ls /proc/self/fd 2>/dev/null || echo none; cat <&7' 2>/dev/null)
! grep -q root: <<<"$out"
ok $? "run hands in no descriptor of the caller's"
[ -z "$(SECRET=x cloister run -- /bin/sh -c 'echo $SECRET')" ]
ok $? "run hands in no variable of the caller's"
if command -v script >/dev/null; then
	script -qec "$bin/cloister run -- /bin/sh -c 'printf \"a\\\\033[2J\\\\302\\\\233b\"'" /dev/null </dev/null >"$work/out"
	grep -qF 'a\x1b[2J\xc2\x9bb' "$work/out"
	ok $? "run shows escape sequences on a terminal, and does not send them"
else
	skip "run on a terminal" "no script(1)"
fi

# --- names and files ---
for name in .. a/b -x "$(printf 'a\nb')" "$(head -c 4096 /dev/zero | tr '\0' a)" A 1a ''; do
	got=0
	cloister run "--tenant=$name" -- /bin/true >"$work/out" 2>"$work/err" </dev/null || got=$?
	{ [ "$got" = 125 ] || [ "$got" = 2 ]; } && [ "$(wc -l <"$work/err")" = 1 ]
	ok $? "tenant's name $(printf '%.12q' "$name") is refused in one line"
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
	ok $? "  within a second ($took ms)"
done
code 3 "profile check refuses an empty file" cloister profile check "$work/empty.profile"
code 3 "profile check of a missing file" cloister profile check "$work/none.profile"
code 3 "apply of a directory without files" cloister apply /proc/self/fdinfo
mkdir "$work/t" && printf 'cloister 1\n\ntenant cli-test {\n  about "x"\n  frobnicate\n}\n' >"$work/t/a.tenant"
code 3 "apply refuses a bad tenant file" cloister apply "$work/t"
says 'a\.tenant:5:3: error\[P'
cloister tenant list | grep -q cli-test
ok "$([ $? != 0 ]; echo $?)" "and changes nothing"
printf 'cloister 1\n\ntenant cli-test {\n  about "x"\n}\n' >"$work/t/a.tenant"
code 0 "apply --dry-run" cloister apply --dry-run "$work/t"
cloister tenant list | grep -q cli-test
ok "$([ $? != 0 ]; echo $?)" "changes nothing"
code 0 "apply" cloister apply "$work/t"
cloister tenant list | grep -q '^cli-test '
ok $? "makes the tenant"
code 1 "workload stop of none" cloister workload stop cli-test/none
code 1 "workload logs of none" cloister workload logs cli-test/none
code 1 "profile show of none" cloister profile show no.such
code 0 "profile show" cloister profile show web.nginx
says 'profile web.nginx'
code 1 "another user may not look" setpriv --reuid=65534 --regid=65534 --clear-groups "$bin/cloister" status
code 2 "what is not built" cloister workload exec cli-test/none
says 'not in this version yet'

# --- down ---
code 0 "down" cloister down
gone
ok $? "nothing is left after down"
code 0 "down again" cloister down
code 5 "status after down" cloister status
echo "1..$n"
echo "$((n - failed - skipped)) passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
