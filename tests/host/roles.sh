#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# roles.sh - who may see and do what (security-model.md 4): strangers are closed unheard, readers read, operators change,
# and a tenant's own people have their tenant and nothing else, in every method there is.
# seconds: 200
. "$(dirname "$0")/lib/tap.sh"
VIEWER=61001 EDITOR=61002 STRANGER=61003 TEAM=61100
STATE=$RUN_DIR/state
line=$(scope_exec "$BIN/cloister" up --state "$STATE" --let-in) || { not_ok "a private supervisor starts"; done_testing; exit; }
eval "$line"
export CLOISTER_SOCKET
same "the socket of --let-in" 666 "$(stat -c %a "$CLOISTER_SOCKET")"
as() { local u=$1; shift; timeout 20 setpriv --reuid="$u" --regid="$u" --clear-groups "$BIN/cloister" "$@" 2>&1; }
as_in() { local u=$1 g=$2; shift 2; timeout 20 setpriv --reuid="$u" --regid="$u" --groups "$g" "$BIN/cloister" "$@" 2>&1; }
code() { "$@" >"$RUN_DIR/out" 2>&1; echo $?; }

# Two tenants with a service each, an image, and people for the first.
mkdir -p "$RUN_DIR/root/usr/bin"
install -m 0755 "$B/tests/cloister-probe" "$RUN_DIR/root/usr/bin/probe"
check "an image is built" cli image build probes --dir "$RUN_DIR/root"
cat >"$RUN_DIR/roles.profile" <<-END
	cloister 1
	profile roles.any {
	  include runtime.glibc
	  limit memory 32MiB
	  limit pids 8
	  mount "/usr/" from image "root" ro exec
	  allow path "/usr/" read, list, exec
	}
END
tenant() { # NAME PEOPLE
	printf '\ntenant %s {\n%b  workload svc {\n    profile roles.any\n    image root as probes\n    run "/usr/bin/probe" "--inside" "--nonce" "x" "fs."\n    restart never\n  }\n}\n' "$1" "$2"
}
{
	echo "cloister 1"
	tenant alpha "  viewer user $VIEWER\n  editor user $EDITOR\n  viewer group $TEAM\n"
	tenant secretbeta ""
} >"$RUN_DIR/roles.tenant"
cli apply "$RUN_DIR/roles.profile" "$RUN_DIR/roles.tenant" >"$RUN_DIR/apply.out" 2>&1
has "both services are there" "secretbeta/svc" "$(cli workload list)"

# ---- at accept ----
same "a stranger: not heard" 5 "$(code as $STRANGER status)"
has "a stranger: is told why" "no role" "$(cat "$RUN_DIR/out")"
same "a viewer: heard" 0 "$(code as $VIEWER status)"
same "one of the team's group: heard" 0 "$(code as_in $STRANGER $TEAM status)"
closed=$(setpriv --reuid=$STRANGER --regid=$STRANGER --clear-groups perl -MIO::Socket::UNIX -e '
	my $s = IO::Socket::UNIX->new($ARGV[0]) or die; alarm 10; my $r;
	1 while $r = sysread($s, my $b, 4096); print "closed"' "$CLOISTER_SOCKET" 2>&1)
same "a stranger who says nothing is closed" closed "$closed"

# ---- the viewer ----
out=$(as $VIEWER status --json)
same "a viewer's status has its tenant alone" "alpha/svc 1 0" \
	"$(jq -r '"\(.workloads | map(.tenant + "/" + .name) | join(" ")) \(.tenants) \(.processes | length)"' <<<"$out")"
same "a viewer's tenants" alpha "$(as $VIEWER tenant list --json | jq -r '.tenants[].name')"
same "a viewer sees its own" 0 "$(code as $VIEWER tenant show alpha)"
same "a viewer may not stop" 1 "$(code as $VIEWER workload stop alpha/svc)"
own=$(as $VIEWER workload list nope 2>&1); other=$(as $VIEWER workload list secretbeta 2>&1)
has "a tenant that is none is told so" "no such tenant" "$own"
same "another's tenant sounds like none" "${own//nope/X}" "${other//secretbeta/X}"
own=$(as $VIEWER workload status nope/svc)
has "a workload that is none is told so" cloister: "$own"
same "another's workload sounds like none" "$own" "$(as $VIEWER workload status secretbeta/svc)"

# ---- every method there is, called about the other tenant ----
cat >"$RUN_DIR/walk.pl" <<'END'
use IO::Socket::UNIX;
my $path = shift;
sub call {
	my ($text) = @_;
	my $s = IO::Socket::UNIX->new($path) or die "connect: $!";
	syswrite $s, "$text\0";
	my $got = '';
	eval { local $SIG{ALRM} = sub { die }; alarm 3;
		while (sysread($s, my $b, 65536)) { $got .= $b; last if $got =~ /\0$/ && $got !~ /"continues":\s*true\S*\0$/ }
		alarm 0; };
	return $got;
}
my $idl = call('{"method":"org.varlink.service.GetInterfaceDescription","parameters":{"interface":"io.cloister"}}');
$idl =~ s/\\n/\n/g;
my %value = ('string' => '"secretbeta"', 'int' => 1, 'bool' => 'true', 'object' => '{}', '[]string' => '["secretbeta"]', '[string]string' => '{"a":"b"}');
while ($idl =~ /method (\w+)\((.*?)\) ->/g) {
	my ($m, $in) = ($1, $2);
	next if $m eq 'Signal';
	my @p;
	for (split /, /, $in) {
		my ($n, $t) = /^(\w+): \??(.*)$/ or next;
		my $v = $value{$t} // '""';
		# other names come back in messages: only the tenant is the other one's
		$v = $n eq 'name' && $in =~ /tenant/ ? '"svc"' : '"elsewhere"' if $t eq 'string' && $n ne 'tenant';
		push @p, qq("$n":$v);
	}
	my $got = call('{"method":"io.cloister.' . $m . '","more":true,"parameters":{' . join(',', @p) . '}}');
	my $kind = $got =~ /PermissionDenied/ ? 'refused' : $got =~ /"error":\s*"([^"]*)/ ? "error $1" : $got eq '' ? 'silent' : 'answered';
	$got =~ s/"parameter":"[^"]*"//;
	print "$m $kind", ($got =~ /secretbeta/ ? ' LEAK' : ''), "\n";
}
END
walk() { setpriv --reuid="$1" --regid="$1" --clear-groups perl "$RUN_DIR/walk.pl" "$CLOISTER_SOCKET"; }
walk $VIEWER >"$RUN_DIR/viewer"
walk $EDITOR >"$RUN_DIR/editor"
n=$(grep -c . "$RUN_DIR/viewer")
[ "$n" -gt 20 ] && ok "all $n methods were called" || { not_ok "all methods were called"; note "$n"; }
same "by the editor too" "$n" "$(grep -c . "$RUN_DIR/editor")"
same "no method tells a viewer of the other tenant" "" "$(grep -E 'LEAK|silent' "$RUN_DIR/viewer")"
same "no method tells an editor of the other tenant" "" "$(grep -E 'LEAK|silent' "$RUN_DIR/editor")"
answered() { grep -v refused "$1" | cut -d' ' -f1 | sort | tr '\n' ' '; }
# What answers is about the library, about what was sent, or has its rows filtered; nothing of it changes anything.
same "what a viewer may call about another tenant" "$(answered "$RUN_DIR/viewer")" "$(answered "$RUN_DIR/editor")"
for m in WorkloadStop WorkloadStart WorkloadRestart WorkloadStatus WorkloadLogs WorkloadWait TenantShow TenantSet TenantRemove Apply Run Shutdown ImageList ImageRemove ImageBegin Doctor; do
	grep -q "^$m refused" "$RUN_DIR/editor" && ok "an editor and $m about another tenant: refused" || not_ok "an editor and $m about another tenant: refused"
done
has "the control: root is told of it" secretbeta "$(cli workload list)"

# ---- the editor ----
before=$(cli workload status secretbeta/svc --json | jq -c '.workload | {state, pid, started, restarts}')
has "the other's service is there" '"started":' "$before"
same "an editor may not stop another's" 1 "$(code as $EDITOR workload stop secretbeta/svc)"
same "nor start it" 1 "$(code as $EDITOR workload start secretbeta/svc)"
same "nor restart it" 1 "$(code as $EDITOR workload restart secretbeta/svc)"
same "which is as it was" "$before" "$(cli workload status secretbeta/svc --json | jq -c '.workload | {state, pid, started, restarts}')"
started() { cli workload status alpha/svc --json | jq .workload.started; }
t0=$(started)
as $EDITOR workload restart alpha/svc >"$RUN_DIR/out" 2>&1
[ "$(started)" -gt "$t0" ] && ok "an editor restarts its own" || { not_ok "an editor restarts its own"; note "$(cat "$RUN_DIR/out")"; }
same "an editor stops its own" 0 "$(code as $EDITOR workload stop alpha/svc)"
same "an editor changes no tenant" 1 "$(code as $EDITOR tenant set alpha --limit memory=1GiB)"
same "an editor adds none" 1 "$(code as $EDITOR tenant add mine)"
same "an editor checks a profile of its own" 0 "$(code as $EDITOR profile check "$RUN_DIR/roles.profile")"
same "an editor ends nothing" 1 "$(code as $EDITOR down)"

# ---- a role that is taken away ----
mkfifo "$RUN_DIR/go"
setpriv --reuid=$VIEWER --regid=$VIEWER --clear-groups perl -MIO::Socket::UNIX -e '
	my $s = IO::Socket::UNIX->new($ARGV[0]) or die; $| = 1;
	my $q = q({"method":"io.cloister.TenantList","parameters":{}}) . "\0";
	for (1, 2) { syswrite $s, $q; my $g = ""; while ($g !~ /\0/) { sysread($s, $g, 65536, length $g) or last }
		print $g =~ /alpha/ ? "seen\n" : "not\n"; if ($_ == 1) { open my $f, "<", $ARGV[1]; <$f> } }' \
	"$CLOISTER_SOCKET" "$RUN_DIR/go" >"$RUN_DIR/role.out" &
peer=$!
until_true 5 grep -q seen "$RUN_DIR/role.out"
setpriv --reuid=$VIEWER --regid=$VIEWER --clear-groups "$BIN/cloister" events -f --json alpha/svc >"$RUN_DIR/follow.out" 2>/dev/null &
follower=$!
check "a viewer follows what happens" until_true 5 test -s "$RUN_DIR/follow.out"
check "a viewer is taken out" cli tenant set alpha --no-role user:$VIEWER
echo >"$RUN_DIR/go"
wait $peer
same "an open conversation sees nothing from then on" "seen not" "$(tr '\n' ' ' <"$RUN_DIR/role.out" | sed 's/ $//')"
same "and no new one is heard" 5 "$(code as $VIEWER status)"
before=$(wc -l <"$RUN_DIR/follow.out")
cli workload start alpha/svc >/dev/null 2>&1
check "something happens" until_true 10 sh -c "[ \$('$BIN/cloister' events --json alpha/svc | wc -l) -gt $before ]"
ended() { ! kill -0 $follower 2>/dev/null; }
check "who followed is let go of" until_true 10 ended
same "and is told nothing of it" "$before" "$(wc -l <"$RUN_DIR/follow.out")"
kill $follower 2>/dev/null

# ---- a tenant of a name that was another's ----
before=$(cli events --json alpha | wc -l)
check "there is something to hide" test "$before" -gt 0
check "the tenant is removed" cli tenant remove alpha --force
check "and another of its name made" cli tenant add alpha --viewer user:$VIEWER
same "its people see nothing of the one before" "0 0" "$(as $VIEWER events --json alpha | wc -l) $(code as $VIEWER events --json alpha)"
check "the supervisor ends" supervisor_down

# ---- without --let-in ----
supervisor_up "$RUN_DIR/state2"
same "the socket without it" 660 "$(stat -c %a "$CLOISTER_SOCKET")"
same "without it nobody else connects" 1 "$(code as $STRANGER status)"
check "the second supervisor ends" supervisor_down
done_testing
