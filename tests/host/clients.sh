#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# clients.sh - slow and hostile clients are bounded and the others are served meanwhile; lists longer than a message;
# the verbs that make, change and remove tenants by hand.
# seconds: 120
. "$(dirname "$0")/lib/tap.sh"
supervisor_up || { not_ok "a private supervisor starts"; done_testing; exit; }
code() { "$@" >"$RUN_DIR/out" 2>&1; echo $?; }
# Milliseconds of one status, the slowest of five.
slowest() {
	local i t0 t1 most=0
	for i in 1 2 3 4 5; do
		t0=${EPOCHREALTIME/./}; cli status >/dev/null 2>&1 || { echo failed; return; }; t1=${EPOCHREALTIME/./}
		[ $((t1 - t0)) -gt $most ] && most=$((t1 - t0))
	done
	echo $((most / 1000))
}
served() { local ms; ms=$(slowest); if [ "$ms" != failed ] && [ "$ms" -lt "${2:-100}" ]; then ok "$1: others are served ($ms ms)"; else not_ok "$1: others are served"; note "$ms ms"; fi; }
# hostile CODE: perl with a socket $s; prints what became of it.
hostile() { timeout 20 perl -MIO::Socket::UNIX -MSocket -e '$SIG{PIPE} = "IGNORE"; my $s = IO::Socket::UNIX->new($ENV{CLOISTER_SOCKET}) or die; '"$1" 2>&1; }
engine_kib() { awk '/VmRSS/ { print $2 }' "/proc/$(worker_pid engine)/status"; }
engine=$(worker_pid engine)
served "nobody else"

# ---- one byte a second ----
hostile 'my $n = 0; while ($n < 15) { syswrite($s, "{") or last; $n++; my $r = ""; vec($r, fileno($s), 1) = 1;
	if (select($r, undef, undef, 1)) { sysread($s, my $b, 1) or last } } print $n < 15 ? "closed" : "kept"' >"$RUN_DIR/slow" &
slow=$!
# ---- 1 GiB without an end ----
before=$(engine_kib)
same "1 GiB: closed" closed "$(hostile 'my $b = "x" x 65536; my $n = 0; while ($n < 16384) { syswrite($s, $b) or last; $n++ } print $n < 16384 ? "closed" : "kept"')"
served "after 1 GiB"
# ---- JSON that is deep, and wide ----
same "100,000 deep: closed" closed "$(hostile 'syswrite $s, ("[" x 60000) . "\0"; print sysread($s, my $b, 100) ? $b : "closed"')"
same "an object that is deep: closed" closed "$(hostile 'syswrite $s, (q({"a":) x 9000) . "1" . ("}" x 9000) . "\0"; print sysread($s, my $b, 100) ? $b : "closed"')"
same "keys twice: closed" closed "$(hostile 'syswrite $s, q({"method":"a.B","method":"c.D"}) . "\0"; print sysread($s, my $b, 100) ? $b : "closed"')"
same "the control: a good call is answered" answered "$(hostile 'syswrite $s, q({"method":"io.cloister.TenantList"}) . "\0"; print sysread($s, my $b, 100) ? "answered" : "closed"')"
# ---- never reads ----
hostile 'my $q = q({"method":"io.cloister.ProfileShow","parameters":{"name":"shell"}}) . "\0"; my $n = 0;
	while ($n < 200000) { my $w = ""; vec($w, fileno($s), 1) = 1; select(undef, $w, undef, 3) or last; syswrite($s, $q) or last; $n++ } print "asked $n\n"; sleep 5' >"$RUN_DIR/deaf" &
deaf=$!
until_true 10 grep -q asked "$RUN_DIR/deaf"
served "while one never reads"
after=$(engine_kib)
same "the engine is the process it was" "$engine" "$(worker_pid engine)"
[ "${before:-0}" -gt 0 ] && [ $((after - before)) -lt 16384 ] && ok "the engine did not grow ($before to $after KiB)" || { not_ok "the engine did not grow"; note "$before to $after KiB"; }
kill $deaf 2>/dev/null; wait $deaf 2>/dev/null
wait $slow
same "one byte a second: closed within its time" closed "$(cat "$RUN_DIR/slow")"
# ---- more connections than one uid may have ----
n=$(hostile 'my @k = ($s); for (1 .. 60) { my $x = IO::Socket::UNIX->new($ENV{CLOISTER_SOCKET}) or last; push @k, $x }
	my $open = 0; for (@k) { syswrite $_, q({"method":"io.cloister.TenantList"}) . "\0"; my $r = ""; vec($r, fileno($_), 1) = 1; select($r, undef, undef, 2); $open++ if sysread($_, my $b, 9) } print $open')
[ "$n" -ge 16 ] && [ "$n" -le 32 ] && ok "32 connections of a uid, no more ($n)" || { not_ok "32 connections of a uid"; note "$n"; }
served "afterwards"

# ---- clients that wait and go away: the 257th still may ----
cat >"$RUN_DIR/wait.profile" <<-END
	cloister 1
	profile wait.any {
	  include runtime.glibc
	  feature fork on
	  limit memory 32MiB
	  limit pids 8
	  mount "/usr/" from image "root" ro exec
	  allow path "/usr/" read, list, exec
	}
END
cli run --root host --profile "$RUN_DIR/wait.profile" -- /usr/bin/sleep 60 >/dev/null 2>&1 &
run=$!
row() { cli workload list --json | jq -e '.workloads[] | select(.state == "running")'; }
check "a run that lasts" until_true 10 row
name=$(cli workload list --json | jq -r '.workloads[0].name')
out=$(NAME=$name hostile 'for my $i (1 .. 300) { my $x = IO::Socket::UNIX->new($ENV{CLOISTER_SOCKET}) or next;
	syswrite $x, qq({"method":"io.cloister.WorkloadWait","parameters":{"tenant":"default","name":"$ENV{NAME}","for":"exited"}}) . "\0";
	my $r = ""; vec($r, fileno($x), 1) = 1; select($r, undef, undef, 0.005); close $x }
	syswrite $s, qq({"method":"io.cloister.WorkloadWait","parameters":{"tenant":"default","name":"$ENV{NAME}","for":"exited","timeout_ms":50}}) . "\0";
	sysread($s, my $b, 65536); print $b')
has "a wait after 300 whose clients went away" '"state":"running"' "${out//\": \"/\":\"}"
kill -KILL $run 2>/dev/null; wait $run 2>/dev/null

# ---- lists longer than a message ----
for t in 1 2 3 4; do # one file each: a compile has two seconds
	{
		printf 'cloister 1\n\ntenant many%d {\n' $t
		for i in $(seq 50); do printf '  workload with-a-rather-long-name-%d {\n    profile wait.any\n    run "/usr/bin/no-such-program"\n    image root as many\n    restart never\n  }\n' "$i"; done
		echo "}"
	} >"$RUN_DIR/many$t.tenant"
done
mkdir -p "$RUN_DIR/root/usr/bin"
install -m 0755 "$B/tests/cloister-probe" "$RUN_DIR/root/usr/bin/probe"
cli image build many --dir "$RUN_DIR/root" >/dev/null 2>&1
for t in 1 2 3 4; do cli apply "$RUN_DIR/wait.profile" "$RUN_DIR/many$t.tenant" >"$RUN_DIR/apply.out" 2>&1; done
note "the last apply: $(tail -n 1 "$RUN_DIR/apply.out")"
same "200 workloads are listed" 200 "$(cli workload list --json | jq '[.workloads[] | select(.tenant | startswith("many"))] | length')"
same "status has them all" 200 "$(cli status --json | jq '[.workloads[] | select(.tenant | startswith("many"))] | length')"
[ "$(cli status --json | jq -c . | wc -c)" -gt 65536 ] && ok "which is more than one message" || not_ok "which is more than one message"
has "without more: refused, and says how" 'call with' "$(hostile 'syswrite $s, q({"method":"io.cloister.Status"}) . "\0"; sysread($s, my $b, 65536); print $b')"
served "with 200 rows" 200

# ---- tenants by hand ----
same "add" 0 "$(code cli tenant add hand --limit memory=256MiB pids=50 --feature io-uring=off --viewer user:1000 --editor group:2001)"
same "add again" 1 "$(code cli tenant add hand)"
has "and says what to do" "tenant set" "$(cat "$RUN_DIR/out")"
same "what it is" '["memory:268435456","pids:50"] ["io-uring"] ["viewer user 1000","editor group 2001"] false' \
	"$(cli tenant show hand --json | jq -rc '.tenant | "\([.limits[] | "\(.knob):\(.value)"]) \(.features_off) \([.people[] | "\(.role) \(.kind) \(.id)"]) \(.applied)"')"
same "set" 0 "$(code cli tenant set hand --limit memory=none pids=60 --feature io-uring=any --no-role user:1000)"
same "what it is then" '["pids:60"] [] ["editor group 2001"]' \
	"$(cli tenant show hand --json | jq -rc '.tenant | "\([.limits[] | "\(.knob):\(.value)"]) \(.features_off) \([.people[] | "\(.role) \(.kind) \(.id)"])"')"
same "a value that is none: 3" 3 "$(code cli tenant set hand --limit memory=5XB)"
has "with its place" "error[P021]" "$(cat "$RUN_DIR/out")"
same "a value that ends its line: 2" 2 "$(code cli tenant set hand --limit $'memory=1MiB\n  feature fork off')"
same "a second ceiling: 3" 3 "$(code cli tenant set hand --under host.default host.try)"
has "is not in this version" "error[P004]" "$(cat "$RUN_DIR/out")"
same "a ceiling that is not there: 3" 3 "$(code cli tenant set hand --under no.such)"
same "nothing changed" '["pids:60"]' "$(cli tenant show hand --json | jq -c '[.tenant.limits[] | "\(.knob):\(.value)"]')"
same "remove of one with workloads: refused" 1 "$(code cli tenant remove many1)"
has "and says how many" "50 workloads" "$(cat "$RUN_DIR/out")"
same "remove with them" 0 "$(code cli tenant remove many1 --force)"
has "and says that a file made it" "apply" "$(cat "$RUN_DIR/out")"
same "they are gone" 0 "$(cli workload list --json | jq '[.workloads[] | select(.tenant == "many1")] | length')"
same "remove of an empty one" 0 "$(code cli tenant remove hand)"
same "which is gone" 1 "$(code cli tenant show hand)"
check "the supervisor ends" supervisor_down
done_testing
