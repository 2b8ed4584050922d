#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# demo.sh - what `make run` does after building: two tenants' servers, and a stranger's questions.
# Leaves the host running. Ctrl-C at any time leaves nothing behind.
set -eu
cd "$(dirname "$0")/.."
bin=$PWD/${B:-build}/bin state=$PWD/.run
probe=${B:-build}/tests/probe-root
began=$(date +%s)
[ "$(id -u)" = 0 ] || { echo "make run: needs root, for namespaces, mounts and cgroups: sudo make run" >&2; exit 1; }

bold='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$(printf '\033[1m') plain=$(printf '\033[0m'); fi
step() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }

# Whatever ends this script before its last line ends the host as well.
finished= listener=
leave() {
	rc=$?
	trap '' INT TERM HUP
	trap - EXIT
	[ -z "$listener" ] || kill "$listener" 2>/dev/null || true
	[ -n "$finished" ] && exit 0
	echo "make run: stopping; removing what was started" >&2
	tools/stop.sh || rc=1
	exit "$rc"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

step "start a private supervisor in ./.run"
line=$("$bin/cloister" up --state "$state")
eval "$line"
PATH=$bin:$PATH
export CLOISTER_CACHE="$state/archives" # goes with `make stop`
cloister doctor || true # it says itself what is missing and what that means

step "build the images and apply examples/two-tenants"
cloister apply examples/two-tenants
step "an image with a client's tools"
cloister image build tools --package dash coreutils curl redis-tools --dir "$probe"

inside() { cloister run --tenant "$1" --net-of "$1/$2" --root tools -- /usr/bin/sh -c "$3"; }
# Waits inside, beside the server: one run, no polling from here.
step "wait until both answer from inside"
inside shop web 'i=0; until curl -sf http://127.0.0.1/ >/dev/null || [ $i = 100 ]; do i=$((i+1)); sleep 0.1; done
	curl -sS http://127.0.0.1/ | head -n 5'
inside ledger cache 'i=0; until [ "$(redis-cli ping 2>/dev/null)" = PONG ] || [ $i = 100 ]; do i=$((i+1)); sleep 0.1; done
	redis-cli set greeting "hello from redis"; redis-cli get greeting'

step "status"
cloister status

pid_of() { cloister workload list "$1" | awk -v w="$1/$2" '$1 == w { print $4 }'; }
# A port on which the host itself listens, shown from here to be reached, for the question whether it is from inside.
perl -MIO::Socket::INET -e '$| = 1; alarm 60; my $s = IO::Socket::INET->new(Listen => 5, LocalAddr => "127.0.0.1") or die;
	print $s->sockport, "\n"; while (my $c = $s->accept) { close $c }' >"$state/host-port" &
listener=$!
i=0
until [ -s "$state/host-port" ] || [ $i = 100 ]; do i=$((i + 1)); sleep 0.05; done
host_port=$(cat "$state/host-port")
perl -MIO::Socket::INET -e 'exit !IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => shift)' "$host_port" ||
	{ echo "make run: the host's own port cannot be reached from the host" >&2; exit 1; }

step "from inside tenant shop: the other tenant, and the host"
tab=$(printf '\t')
cloister run --tenant shop --net-of shop/web --root tools -- /usr/bin/cloister-probe --demo \
	--target "host-file=$state/tenants.idx" --target "host-port=127.0.0.1:$host_port" \
	--target "peer-file=/etc/redis/redis.conf" --target "peer-pid=$(pid_of ledger cache)" \
	--target "peer-port=127.0.0.1:6379" |
	awk -F "$tab" 'BEGIN { printf "%-38s %-46s %s\n", "TRIED", "ANSWER", "STOPPED BY" }
		{ n++; printf "%-38s %-46s %s\n", $1, $2, $3; if ($2 == "REACHED") bad++ }
		END { if (!n) { print "no attempt was reported"; exit 1 }
		      if (bad) { print bad " attempts got through"; exit 1 } }'
kill "$listener"
listener=

finished=1
cat <<TEXT

${bold}Two tenants are up, after $(($(date +%s) - began)) seconds.${plain} Next, in a root shell in this folder:
  $line
  export PATH=$bin:\$PATH
  cloister status
  cloister run --tenant shop --net-of shop/web --root tools -- curl -si http://127.0.0.1/
  cloister run --tenant ledger --net-of ledger/cache --root tools -- redis-cli info memory
  cloister run -- sh -c 'id; ls /; cat /proc/self/status | grep -i seccomp'
  cloister workload logs ledger/cache
  cloister profile show web.nginx
  make stop
TEXT
