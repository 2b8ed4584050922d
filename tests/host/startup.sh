#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# startup.sh - `allow startup` (profiles-audit A.10): what is open until the program is ready and refused from then on,
# beside a call that is open all the time and a profile that has feature exec.
. "$(dirname "$0")/lib/tap.sh"
supervisor_up || { not_ok "a private supervisor starts"; done_testing; exit; }

profile() { # NAME LINE…
	local name=$1
	shift
	{
		printf 'cloister 1\n\nprofile %s {\n  include runtime.glibc\n  feature fork on\n  feature log on\n  limit memory 64MiB\n' "$name"
		printf '  mount "/usr/" from host "/usr/" ro exec\n  allow path "/usr/" read, list, exec\n'
		# what perl and dash need
		printf '  allow syscall { lstat stat select getgroups pause getppid unlink }\n  allow socket unix\n'
		printf '  %s\n' "$@"
		echo '}'
	} >"$RUN_DIR/$name.profile"
}
run() { local p=$1; shift; cli run --profile "$RUN_DIR/$p.profile" --root host -- "$@"; }
field() { awk -v f="$2:" '$1 == f { print $2 }' "/proc/$1/status"; }

# Tries an exec and a bind; then waits for what ends the startup phase, WAY; then tries until both fail, 3 s at most,
# and once more. umask, which every filter allows, is the control: init answers for no other call.
cat >"$RUN_DIR/try.pl" <<'EOF'
use Socket;
my ($way) = @ARGV;
sub tries { # "exec bind umask", each yes or the reason
	my $n = ++$main::n;
	my $exec = system("/usr/bin/true") == 0 ? "yes" : $! || "no";
	socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die "socket: $!";
	my $bind = bind($s, pack_sockaddr_un("\0startup-$n")) ? "yes" : "$!";
	return "exec $exec, bind $bind, umask " . (defined umask(022) ? "yes" : "$!");
}
$| = 1;
print "before: ", tries(), "\n";
if ($way eq "notify") {
	socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die;
	defined send($s, "READY=1", 0, pack_sockaddr_un("/run/notify")) or die "notify: $!";
}
my $end = time + 3;
my $now;
do { $now = tries(); select(undef, undef, undef, 0.02) } while $now =~ /yes,/ && time < $end;
print "after: ", tries(), "\n";
EOF
script=$(cat "$RUN_DIR/try.pl")
try() { run "$1" /usr/bin/perl -e "$script" "$2" 2>&1; }
yes="exec yes, bind yes, umask yes"
no="exec Operation not permitted, bind Operation not permitted, umask yes"

profile notify "set ready notify" "allow startup syscall { bind }"
profile time "limit startup 500ms" "allow startup syscall { bind }"
profile always "feature exec on" "limit startup 500ms" "allow syscall { bind }"
profile none "limit startup 500ms"

for round in first parked; do # the second goes on in a start that was made ahead
	same "$round: ready by READY=1" "before: $yes
after: $no" "$(try notify notify)"
	same "$round: ready when limit startup is over" "before: $yes
after: $no" "$(try time time)"
	same "$round: with feature exec all of it stays open (control)" "before: $yes
after: $yes" "$(try always time)"
	same "$round: what has no line is refused all the time" "before: exec yes, bind Operation not permitted, umask yes
after: $no" "$(try none time)"
done

# A service's init was handed no command: other numbers of its descriptors are free.
cat >"$RUN_DIR/svc.tenant" <<'EOF'
cloister 1

tenant svc {
  workload a {
    profile time
    run "/usr/bin/perl" "-e" "sub t { syswrite STDOUT, system('/usr/bin/true') == 0 ? 'yes ' : 'no ' } t; sleep 1; t; sleep 60"
    restart never
  }
}
EOF
check "a service starts" cli apply "$RUN_DIR/svc.tenant" "$RUN_DIR/time.profile"
tried() { [ "$(cli workload logs svc/a | wc -w)" = 2 ]; }
check "it tried an exec before and after" until_true 10 tried
same "which went well until limit startup was over" "yes no" "$(cli workload logs svc/a | tr -d '\n' | sed 's/ *$//')"
second() { cli workload exec svc/a -- /usr/bin/perl -e "$1" 2>&1; }
same "a second command runs there" "second" "$(second 'print "second"')"
same "and starts no other: its startup is its own exec" "no" "$(second 'print system("/usr/bin/true") == 0 ? "yes" : "no"')"
same "nothing of it is left beside" "1" "$(cat "/proc/$(workload_pid svc/a)/task/$(workload_pid svc/a)/children" | wc -w)"
check "it is stopped" cli workload stop svc/a

# A parked start waits behind its filter; its clock begins with its program.
sleep 1
same "limit startup is counted from the start, not from the parking" "before: $yes
after: $no" "$(try time time)"
same "a program that is not there is told as such" 127 "$(run time /nowhere >/dev/null 2>&1; echo $?)"
same "one that is found along PATH starts" 0 "$(run time true >/dev/null 2>&1; echo $?)"
same "and its exit code is its own" 7 "$(run time sh -c 'exit 7' >/dev/null 2>&1; echo $?)"

# ---- who holds the listener ----
run time /usr/bin/perl -e 'sleep 60' &
sleeper=$!
inits() { cat "/proc/$(worker_pid spawn)/task/$(worker_pid spawn)/children" | tr ' ' '\n' | grep .; }
find_it() { local i; for i in $(inits); do program=$(tr -d ' ' <"/proc/$i/task/$i/children"); init=$i; [ "$(readlink "/proc/$program/exe")" = /usr/bin/perl ] && return; done; return 1; }
check "a program runs" until_true 10 find_it
listeners() { find "/proc/$1/fd" -lname '*seccomp notify*' | wc -l; }
same "its init holds the listener" 1 "$(listeners "$init")"
same "the program does not" 0 "$(listeners "$program")"
same "nor anything else above stdio" "0 1 2" "$(ls "/proc/$program/fd" | sort -n | paste -sd' ')"
same "one filter each, nothing stacked" "1 1" "$(field "$init" Seccomp_filters) $(field "$program" Seccomp_filters)"
same "in force on both" "2 2" "$(field "$init" Seccomp) $(field "$program" Seccomp)"
kill "$sleeper"
wait "$sleeper" 2>/dev/null
check "the supervisor ends" supervisor_down
done_testing
